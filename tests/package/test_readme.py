# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README is short, and its links are valid."""

from __future__ import annotations

import re

from tooling.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
_LONGEST = 150


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= _LONGEST


def test_links_have_existing_destinations() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).is_file()] == []
