# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every problem that can be reported has a complete entry in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.azure import judge
from ansible_collections.ontap.akv.plugins.module_utils.azure.problems import CATALOGUE, find_hint

VALUES = {
    "vault": "vault1",
    "key": "key1",
    "key_id": "https://vault1/keys/key1",
    "client_id": "CLIENT",
    "tenant_id": "TENANT",
}
#: Codes that need a hint.
AADSTS = (
    *(7000215, 7000222, 700016, 90002, 700027, 7000112, 53003, 530032, 500011, 90038, 900382),
    # Of the page of Microsoft, those that the login of an application can meet, and that a person has to act on.
    *(50001, 50002, 500014, 500021, 500022, 50012, 50013, 500133, 50027, 50034, 50049, 50053),
    *(50059, 50074, 50076, 50079, 50097, 50105, 50128, 50131, 50196, 53000, 530035, 650052),
    *(650057, 70001, 700011, 70002, 70011, 700020, 700023, 700024, 700025, 700030, 7000216),
    *(7000218, 7000229, 90033, 900144, 900384, 90055, 1000031),
)
#: The values of error in a response of the login.
OAUTH = (
    "access_denied",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
)
KEY_VAULT = (
    "ForbiddenByRbac",
    "ForbiddenByPolicy",
    "AccessDenied",
    "ForbiddenByFirewall",
    "ForbiddenByConnection",
    "KeyDisabled",
    "KeyNotFound",
    "VaultNotFound",
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_has_cause_and_hint(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.cause.endswith(".")
    assert entry.hint.endswith(".")
    hint = find_hint((name,), VALUES)
    assert hint is not None
    assert not re.search(r"[{}]", hint.replace("--query '[].tenantId'", ""))
    assert entry.command is None or entry.command.startswith("az ")


@pytest.mark.parametrize("name", [*(f"AADSTS{number}" for number in AADSTS), *OAUTH, *KEY_VAULT])
def test_catalogue_covers_documented_codes(name: str) -> None:
    assert CATALOGUE[name].code


@pytest.mark.parametrize("code", ["AADSTS50076", "AADSTS50079", "AADSTS50074", "interaction_required"])
def test_required_interaction_names_policy_and_application(code: str) -> None:
    """An application cannot pass multifactor authentication, so repeating the login does not help."""
    hint = find_hint((code,), VALUES)
    assert hint is not None
    assert "An application cannot interact. Exclude the application from the policy" in hint


def test_uses_hint_of_most_specific_name() -> None:
    assert find_hint(("AADSTS7000222", "invalid_client"), VALUES) != find_hint((None, "invalid_client"), VALUES)
    assert find_hint(("unknown", None), VALUES) is None


def test_every_code_and_reason_in_sources_has_an_entry() -> None:
    """Every reason and every code that the sources name is in the catalogue."""
    folder = Path(judge.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.stem != "problems")
    named = {
        name
        for name in re.findall(r'"([A-Za-z ]+)"', sources)
        if f'reason="{name}"' in sources or re.fullmatch("Key[A-Z][A-Za-z]+", name)
    }
    assert {"other tenant", "no challenge", "KeyDisabled", "late grant"} <= named
    assert named <= set(CATALOGUE)


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if "{vault}" in (entry.command or "")])
def test_vault_command_has_variant_for_managed_hsm(name: str) -> None:
    if name != "ForbiddenByPolicy":
        hint = find_hint((name,), VALUES, managed_hsm=True)
        assert hint is not None
        assert "--hsm-name vault1" in hint
    plain = find_hint((name,), VALUES)
    assert plain is not None
    assert "hsm" not in plain.partition("Command:")[2]
