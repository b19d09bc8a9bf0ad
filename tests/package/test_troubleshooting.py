# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The troubleshooting guide describes the error codes of the catalog in module_utils."""

from __future__ import annotations

import pytest

from tooling import troubleshooting
from tooling.data import data
from tooling.generated import Part


@pytest.mark.parametrize("part", troubleshooting.PARTS, ids=["ONTAP", "codes of Azure", "problems of Azure"])
def test_guide_has_current_codes(part: Part) -> None:
    guide = part.read()
    assert part.begin in guide
    assert part.end in guide
    assert guide == part.written(), "run: make troubleshooting"


def test_problems_of_azure_are_listed_with_command() -> None:
    catalogue = data("problems", "azure").CATALOGUE
    table = troubleshooting.azure_table()
    assert table.count("   * - ") == len(catalogue) + 1
    assert table.count("``az ") == sum(
        command is not None for entry in catalogue.values() for command in (entry.command, entry.hsm)
    )
    assert all(f"     - {entry.cause.partition('`')[0]}" in table for entry in catalogue.values())
    codes = [name for name, entry in catalogue.items() if entry.code]
    assert all(f"docsite.code_{name.lower()}:" in troubleshooting.azure_entries() for name in codes)


def test_every_code_has_link_target() -> None:
    listed = troubleshooting.entries()
    catalogue = data("error_codes")
    codes = {**catalogue.CATALOGUE, **catalogue.STATUS_CODES}
    assert len(codes) >= 50
    assert "``346758`` (status of a configuration)" in listed
    assert all(f"docsite.code_{code}:" in listed and f"``{code}`` (" in listed for code in codes)
    assert listed.count("\n``") + listed.startswith("``") == len(codes)
    assert listed.count("Temporary: modules retry") == sum(entry.passes for entry in codes.values())
