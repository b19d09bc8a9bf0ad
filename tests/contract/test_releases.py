# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of releases, compared with the field lists of the vendor's clients."""

from __future__ import annotations

import ast
import zipfile

import pytest

from tooling.data import data
from tooling.wheels import wheel

VERSIONS = ("9.12.1", "9.14.1", "9.19.1")
#: The clients on both sides of each new setting, and of the state of key stores.
SETTINGS_VERSIONS = ("9.10.1", "9.12.1", "9.14.1", "9.15.1", "9.16.1", "9.19.1")
#: What the lists contain in addition to the fields of the table: the owner, the identity, and links.
OTHERS = {"links", "scope", "svm.links", "svm.name", "svm.uuid", "uuid"}
#: The client of 9.12.1 lists these for writing; in the reference they are read-only.
READ_ONLY = {"authentication_method", "ekmip_reachability"}
RELEASES = data("releases")


def lists(version: str, resource: str = "azure_key_vault") -> dict[str, set[str]]:
    """Return the field lists of a client by name, read without importing it."""
    with zipfile.ZipFile(wheel("netapp-ontap", f"{version}.0")) as archive:
        source = archive.read(f"netapp_ontap/resources/{resource}.py")
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = {str(ast.literal_eval(element)) for element in node.value.elts}
    return found


@pytest.mark.parametrize(
    ("listed", "operation"),
    [("gettable_fields", "read"), ("postable_fields", "create"), ("patchable_fields", "change")],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_fields_match_client(version: str, listed: str, operation: str) -> None:
    generation, major, _minor = (int(number) for number in version.split("."))
    release = RELEASES.Version(generation, major)
    expected = set()
    for name, field in RELEASES.FIELDS.items():
        first = getattr(field, operation)
        last = field.last_change if operation == "change" else None
        # Set at creation and changed by calls of another resource.
        elsewhere = name == "enabled" and operation != "read"
        if first is not None and first <= release and (last is None or release <= last) and not elsewhere:
            expected.add(name)
    there = lists(version)[listed] - OTHERS
    assert there - (READ_ONLY if operation != "read" else set()) == expected


@pytest.mark.parametrize("version", SETTINGS_VERSIONS)
def test_settings_match_client(version: str) -> None:
    """Each setting can be read and changed since the same release."""
    generation, major, _minor = (int(number) for number in version.split("."))
    expected = {name for name, first in RELEASES.SETTINGS.items() if first <= RELEASES.Version(generation, major)}
    fields = lists(version, "key_manager_config")
    assert fields["gettable_fields"] - {"links", "cc_mode_enabled"} == expected
    assert fields["patchable_fields"] - {"passphrase", "cc_mode_enabled"} == expected


@pytest.mark.parametrize("version", SETTINGS_VERSIONS)
def test_state_of_key_store_matches_client(version: str) -> None:
    generation, major, _minor = (int(number) for number in version.split("."))
    has = RELEASES.Version(generation, major) >= RELEASES.KEY_STORE_STATE
    assert ("state" in lists(version, "security_keystore")["gettable_fields"]) is has
