# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a TLS connection to the cluster trusts, and the client certificate that it presents."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.rest.time_limit import LimitedTlsSocket


class _Context(ssl.SSLContext):
    """A context that can hold the cluster's address: urllib3 1.26 does not pass an IP address for verification."""

    address = ""
    sslsocket_class = LimitedTlsSocket

    def wrap_socket(self, sock: Any, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        if self.check_hostname:
            kwargs["server_hostname"] = (kwargs.get("server_hostname") or self.address).strip("[]")
        return super().wrap_socket(sock, *args, **kwargs)


#: The contexts in use, by everything they are made of. A bundle takes a megabyte, and milliseconds to read; hundreds of
#: clusters share it.
_CONTEXTS: WeakValueDictionary[tuple[object, ...], _Context] = WeakValueDictionary()


def trust(connection: Connection, address: str = "") -> tuple[bool | str, ssl.SSLContext]:
    """Return what requests verifies with, and a TLS context (1.2 or later) with the same trust and client certificate.

    address: what the certificate has to name, if the HTTP library does not set it. A context in use is shared.
    """
    bundle = connection.ca_path if connection.validate_certs else None
    source = connection.ca_option
    if connection.validate_certs and bundle is None:
        source = next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)), source)
        bundle = os.environ.get(source)
    made_of = (
        address,
        connection.validate_certs,
        *map(_read_version, (bundle, connection.cert_filepath, connection.key_filepath)),
    )
    context = _CONTEXTS.get(made_of)
    if context is None:
        context = _CONTEXTS[made_of] = _make_context(connection, bundle, source, address)
    return bundle or connection.validate_certs, context


def _read_version(path: str | None) -> tuple[object, ...]:
    """Return what identifies the content of a file: certificates may be replaced during a long-running watch."""
    try:
        stat = Path(path).stat() if path is not None else None
    except (OSError, ValueError):
        stat = None
    return (path,) if stat is None else (path, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _make_context(connection: Connection, bundle: str | None, source: str, address: str) -> _Context:
    try:
        is_folder = bundle is not None and Path(bundle).is_dir()
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.address = address
        if bundle is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except OSError as exc:  # ssl.SSLError is one
        unfit = isinstance(exc, ssl.SSLError)
        reason = "it holds no certificate as PEM" if unfit else exc.strerror
        raise OptionError(
            source,
            f"{bundle} cannot be used as a bundle of certificate authorities: {reason}",
            hint="Convert a DER file with: openssl x509 -inform der -in CA.der -out CA.pem" if unfit else None,
        ) from exc
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not connection.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if connection.cert_filepath is not None:
        _load_client_certificate(context, connection.cert_filepath, connection.key_filepath)
    return context


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        # An empty password: without it, OpenSSL would prompt on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as exc:
        raise OptionError(
            "cert_filepath",
            f"{certificate}{f' and key_filepath {key}' if key else ''} {'are' if key else 'is'} not a PEM certificate"
            " with its private key",
            hint="Both must be PEM, belong together, and the key must not be encrypted.",
        ) from exc
