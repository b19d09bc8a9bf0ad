# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to troubleshooting says of error codes what the catalogue in module_utils says."""

from __future__ import annotations

from tooling import troubleshooting
from tooling.data import data


def test_the_codes_are_those_that_are_made() -> None:
    guide = troubleshooting.PART.read()
    assert troubleshooting.PART.begin in guide
    assert troubleshooting.PART.end in guide
    assert guide == troubleshooting.PART.written(), "run: make troubleshooting"


def test_every_code_can_be_linked_to() -> None:
    told = troubleshooting.entries()
    codes = data("error_codes").CATALOGUE
    assert len(codes) >= 50
    assert all(f"docsite.code_{code}:" in told and f"``{code}`` (" in told for code in codes)
    assert told.count("\n``") + told.startswith("``") == len(codes)
