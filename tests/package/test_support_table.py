# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README lists the releases of the table in module_utils."""

from __future__ import annotations

from tooling import support


def test_readme_has_current_support_table() -> None:
    readme = support.PART.read()
    assert support.PART.begin in readme
    assert readme == support.PART.written(), "run: make support-table"


def test_table_has_column_for_each_release_with_changes() -> None:
    head, _rule, *rows = support.table().splitlines()
    assert head == "| ONTAP | 9.8 | 9.9.1 | 9.10.1 | 9.11.1 to 9.13.1 | 9.14.1 | 9.15.1 | 9.16.1 to 9.19.1 |"
    assert len({row.count("|") for row in (head, *rows)}) == 1
