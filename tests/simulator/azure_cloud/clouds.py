# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds of Azure: which login and which audience belong to a vault, by its host."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Hosts that stand for this machine. A vault that is reached by one of them is identified by its port.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: The domain of vaults that are reached by a port of this machine.
DOMAIN = "vault.azure.net"

#: Domain of vaults -> host of the login (Microsoft's documentation, "National clouds" and "Managed HSM").
LOGINS = {
    "vault.azure.net": "login.microsoftonline.com",
    "managedhsm.azure.net": "login.microsoftonline.com",
    "vault.usgovcloudapi.net": "login.microsoftonline.us",
    "managedhsm.usgovcloudapi.net": "login.microsoftonline.us",
    "vault.azure.cn": "login.partner.microsoftonline.cn",
    "managedhsm.azure.cn": "login.partner.microsoftonline.cn",
}


def split_host(netloc: str) -> tuple[str, int | None]:
    """Host in lower case (an IPv6 address without brackets) and port of a Host header."""
    host, colon, port = netloc.rpartition(":")
    if not colon or not port.isdigit():
        host, port = netloc, ""
    return host.strip("[]").lower(), int(port) if port else None


def is_loopback(host: str) -> bool:
    """Whether a host stands for this machine."""
    return host in LOOPBACK or host.endswith(".localhost")


@dataclass
class Addresses:
    """Which port of this machine serves what."""

    login_port: int = 0
    #: Port -> name of the vault.
    vaults: dict[int, str] = field(default_factory=dict)

    def vault_host(self, netloc: str) -> str | None:
        """The public host of the vault behind a Host header: `vault1.vault.azure.net` for `localhost:PORT`; None:
        the login.
        """
        host, port = split_host(netloc)
        if host.endswith(".localhost"):
            return f"{host.removesuffix('.localhost')}.{DOMAIN}"
        if host in LOOPBACK:
            name = self.vaults.get(port or 443)
            return f"{name}.{DOMAIN}" if name else None
        return None if host in LOGINS.values() else host

    def public(self, netloc: str) -> str:
        """The same for any host; a host that is not one of the simulator stays as it is."""
        return self.vault_host(netloc) or netloc

    def login_of(self, netloc: str) -> str:
        """The host of the login that the vault behind a Host header names."""
        host, _port = split_host(netloc)
        if is_loopback(host):
            shown = f"[{host}]" if ":" in host else host.rpartition(".")[2] if host.endswith(".localhost") else host
            return f"{shown}:{self.login_port}"
        return next((login for domain, login in LOGINS.items() if host.endswith("." + domain)), LOGINS[DOMAIN])

    @staticmethod
    def audience_of(netloc: str) -> str:
        """The audience of the vault behind a Host header; on this machine its host is its own domain."""
        host, _port = split_host(netloc)
        if is_loopback(host):
            own = "localhost" if host.endswith(".localhost") else host
            return f"https://[{own}]" if ":" in own else f"https://{own}"
        return "https://" + next((domain for domain in LOGINS if host.endswith("." + domain)), DOMAIN)
