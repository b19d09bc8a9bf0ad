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
AADSTS = (7000215, 7000222, 700016, 90002, 700027, 7000112, 53003, 530032, 500011, 90038, 900382)
KEY_VAULT = (
    "ForbiddenByRbac",
    "ForbiddenByPolicy",
    "AccessDenied",
    "ForbiddenByFirewall",
    "ForbiddenByConnection",
    "KeyDisabled",
    "KeyNotFound",
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


@pytest.mark.parametrize("name", [*(f"AADSTS{number}" for number in AADSTS), *KEY_VAULT])
def test_catalogue_covers_documented_codes(name: str) -> None:
    assert CATALOGUE[name].code


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
