# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds of Azure: which login host serves a vault, and which audience a token for the vault may have.

Sources: Microsoft's documentation, "National clouds", "Managed HSM", and "Authentication, requests and responses" of
Key Vault.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

#: The domain of a cloud's vaults, which is also the host of their audience, and the login host of that cloud.
LOGINS = {
    "vault.azure.net": "login.microsoftonline.com",
    "managedhsm.azure.net": "login.microsoftonline.com",
    "vault.usgovcloudapi.net": "login.microsoftonline.us",
    "managedhsm.usgovcloudapi.net": "login.microsoftonline.us",
    "vault.azure.cn": "login.partner.microsoftonline.cn",
    "managedhsm.azure.cn": "login.partner.microsoftonline.cn",
}
_PARAMETER = re.compile(r'([A-Za-z_]{1,40})\s*=\s*"([^"]*)"')
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LONGEST_CHALLENGE = 4000


class Challenge(NamedTuple):
    """A vault's description of itself: the tenant that it trusts, None if it names none, and its tokens' audience."""

    tenant_id: str | None
    resource: str | None


def find_domain(host: str) -> str | None:
    """Return the domain of an Azure vault, None if the host is not in one of Azure's domains."""
    return next((domain for domain in LOGINS if host.lower().endswith(f".{domain}")), None)


def is_managed_hsm(host: str) -> bool:
    """Return whether a vault is a managed HSM by its domain."""
    return (find_domain(host) or "").startswith("managedhsm.")


def find_login(host: str) -> str | None:
    """Return the login host for a vault, None if its domain is not one of Azure's."""
    domain = find_domain(host)
    return None if domain is None else LOGINS[domain]


def find_audience(host: str) -> str | None:
    """Return the audience of an Azure vault, None if the host is not in one of Azure's domains."""
    domain = find_domain(host)
    return None if domain is None else f"https://{domain}"


def parse_challenge(header: str | None) -> Challenge:
    """Return the values of a WWW-Authenticate header, with None for what is missing or cannot be read."""
    scheme, bearer, rest = (header or "")[:_LONGEST_CHALLENGE].partition("Bearer ")
    if not bearer or (scheme.strip(" ,") and not scheme.rstrip().endswith(",")):
        return Challenge(None, None)
    parameters = {name.lower(): value for name, value in _PARAMETER.findall(rest)}
    authority = parameters.get("authorization") or parameters.get("authorization_uri") or ""
    resource = parameters.get("resource") or parameters.get("scope", "").removesuffix("/.default") or None
    return Challenge(_parse_tenant(authority), resource)


def _parse_tenant(authority: str) -> str | None:
    """Return the tenant at the end of https://LOGIN/TENANT."""
    tenant = authority.rstrip("/").rpartition("/")[2]
    return tenant.lower() if _GUID.fullmatch(tenant) else None


def is_audience(resource: str, host: str) -> bool:
    """Return whether a token for an audience may be sent to a vault: its host belongs to the host of the audience.

    A vault in one of Azure's domains has the audience of that domain and no other.
    """
    try:
        parts = urlsplit(resource)
        audience = (parts.hostname or "").lower()
        plain = (
            parts.scheme == "https"
            and parts.path in ("", "/")
            and not (parts.query or parts.fragment or parts.username)
        )
        parts.port  # noqa: B018 - raises ValueError if it is not a port
    except ValueError:
        return False
    domain = find_domain(host)
    if not plain or not audience:
        return False
    if domain is not None:
        return audience == domain
    return host.lower() == audience or ("." in audience and host.lower().endswith(f".{audience}"))
