# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority made at start, the server's certificate and a client's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from .azure_cloud.clouds import LOGINS, LOOPBACK
from .config import Config

_VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True)
class Material:
    """Where the files are, and the server's TLS context."""

    ca_path: str
    client_cert_path: str
    client_key_path: str
    context: ssl.SSLContext
    azure_context: ssl.SSLContext


def make(directory: Path, config: Config) -> Material:
    """Write ca.pem, client.pem and client-key.pem into the directory."""
    authority = trustme.CA()
    ca_path = directory / "ca.pem"
    authority.cert_pem.write_to_path(ca_path)
    client = authority.issue_cert("client.example.com", common_name=config.username)
    client_cert, client_key = directory / "client.pem", directory / "client-key.pem"
    client.cert_chain_pems[0].write_to_path(client_cert)
    client_key.touch(mode=0o600)
    client.private_key_pem.write_to_path(client_key)
    return Material(
        str(ca_path), str(client_cert), str(client_key), _context(authority, config), _azure_context(authority, config)
    )


def _azure_context(authority: trustme.CA, config: Config) -> ssl.SSLContext:
    local = [f"{name}.localhost" for name in config.azure_vaults]
    public = [name for domain, login in LOGINS.items() for name in (f"*.{domain}", login)]
    certificate = authority.issue_cert(*LOOPBACK, *local, *dict.fromkeys(public))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _context(authority: trustme.CA, config: Config) -> ssl.SSLContext:
    names = ["other.example.com"] if config.wrong_host_cert else ["localhost", "127.0.0.1", "::1", *config.names]
    now = datetime.now(UTC)
    dates = (now - timedelta(days=2), now - timedelta(days=1)) if config.expired_cert else (None, None)
    certificate = authority.issue_cert(*names, not_before=dates[0], not_after=dates[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    authority.configure_trust(context)
    # A client may show a certificate; one that this authority did not issue fails the handshake.
    context.verify_mode = ssl.CERT_OPTIONAL
    if config.tls_maximum == "1.1":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = _VERSIONS[config.tls_maximum]
    return context
