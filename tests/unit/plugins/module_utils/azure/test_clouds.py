# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which login and audience belong to a vault, and which vault may receive a token."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import (
    Challenge,
    find_audience,
    find_login,
    is_audience,
    parse_challenge,
)

TENANT = "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"


@pytest.mark.parametrize(
    ("host", "login"),
    [
        ("vault1.vault.azure.net", "login.microsoftonline.com"),
        ("VAULT1.Vault.Azure.Net", "login.microsoftonline.com"),
        ("hsm1.managedhsm.azure.net", "login.microsoftonline.com"),
        ("vault1.vault.usgovcloudapi.net", "login.microsoftonline.us"),
        ("hsm1.managedhsm.usgovcloudapi.net", "login.microsoftonline.us"),
        ("vault1.vault.azure.cn", "login.partner.microsoftonline.cn"),
        ("hsm1.managedhsm.azure.cn", "login.partner.microsoftonline.cn"),
        ("vault1.privatelink.vaultcore.azure.net", None),
        ("vault.azure.net", None),
        ("evilvault.azure.net", None),
        ("vault1.vault.azure.net.example.com", None),
        ("localhost", None),
    ],
)
def test_finds_login_by_domain_of_vault(host: str, login: str | None) -> None:
    assert find_login(host) == login
    assert find_audience(host) == (None if login is None else f"https://{host.lower().partition('.')[2]}")


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (
            f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="https://vault.azure.net"',
            Challenge(TENANT, "https://vault.azure.net"),
        ),
        (
            f'Bearer authorization="https://login.windows.net/{TENANT.upper()}/",resource="https://x"',
            Challenge(TENANT, "https://x"),
        ),
        (
            f'Bearer authorization_uri="https://login/{TENANT}", scope="https://vault.azure.net/.default"',
            Challenge(TENANT, "https://vault.azure.net"),
        ),
        (
            f'Negotiate, Bearer authorization="https://login/{TENANT}", resource="https://x"',
            Challenge(TENANT, "https://x"),
        ),
        ('Bearer authorization="https://login/common", resource="https://x"', Challenge(None, "https://x")),
        ('Bearer resource="https://x"', Challenge(None, "https://x")),
        (f'Bearer authorization="https://login/{TENANT}"', Challenge(TENANT, None)),
        ('Basic realm="Bearer resource=x"', Challenge(None, None)),
        ("Bearer ", Challenge(None, None)),
        ("", Challenge(None, None)),
        (None, Challenge(None, None)),
    ],
)
def test_parses_tenant_and_resource_of_challenge(header: str | None, challenge: Challenge) -> None:
    assert parse_challenge(header) == challenge


@pytest.mark.parametrize(
    ("resource", "host", "allowed"),
    [
        ("https://vault.azure.net", "vault1.vault.azure.net", True),
        ("https://vault.azure.net/", "Vault1.vault.azure.net", True),
        ("https://managedhsm.azure.net", "hsm1.managedhsm.azure.net", True),
        ("https://localhost", "localhost", True),
        ("https://127.0.0.1:8443", "127.0.0.1", True),
        ("https://[::1]", "::1", True),
        ("https://vault.example.com", "vault1.vault.example.com", True),
        # A token for another service, or for more than the vault.
        ("https://management.azure.com", "vault1.vault.azure.net", False),
        ("https://azure.net", "vault1.vault.azure.net", False),
        ("https://managedhsm.azure.net", "vault1.vault.azure.net", False),
        ("https://vault.azure.net", "vault1.example.com", False),
        ("https://vault.azure.net", "evilvault.azure.net", False),
        ("https://vault.azure.net", "vault.azure.net.example.com", False),
        ("https://net", "vault1.example.net", False),
        # Invalid audiences.
        ("http://localhost", "localhost", False),
        ("https://somebody@localhost", "localhost", False),
        ("https://localhost/path", "localhost", False),
        ("https://localhost?query", "localhost", False),
        ("https://", "localhost", False),
        ("https://[::1", "::1", False),
        ("https://localhost:port", "localhost", False),
        ("", "localhost", False),
    ],
)
def test_accepts_only_audience_of_vault(resource: str, host: str, allowed: bool) -> None:
    assert is_audience(resource, host) is allowed
