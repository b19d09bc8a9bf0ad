# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""axe-core finds no violations on the page of the fleet report."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.browser import fleet
from ansible_collections.ontap.akv.tests.browser.conftest import Page

pytestmark = pytest.mark.skipif("AXE_CORE" not in os.environ, reason="there is no npm to install axe-core with")

REPORTS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "of every kind": (fleet.some(), None),
    "with changes": (fleet.some(), fleet.before()),
    "empty": (fleet.report(), None),
    "without changes": (fleet.some(), fleet.some()),
    "of many": (fleet.many(30, 2), None),
    "mixed": (fleet.mixed(), fleet.earlier()),
}


def violations(page: Page) -> list[str]:
    """Return the violations and their elements."""
    page.script(Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8"))
    found = page.chrome.execute_async_script(
        "const done = arguments[arguments.length - 1];axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a',"
        " 'wcag21aa', 'wcag22aa', 'best-practice']}).then(found => done(found.violations))"
    )
    return [f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_page_has_no_violations(show: Callable[..., Page], name: str, theme: str) -> None:
    page = show(*REPORTS[name], kept=fleet.trend())
    page.script("document.documentElement.dataset.theme = arguments[0]", theme)
    # Open the folded parts to check them too.
    page.script("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert violations(page) == []


def test_filtered_page_has_no_violations(show: Callable[..., Page]) -> None:
    page = show()
    page.one("button[data-filter-state=problem]").click()
    page.one("button[data-sort=svm]").click()
    page.command("Emulation.setDeviceMetricsOverride", width=375, height=800, deviceScaleFactor=1, mobile=False)
    assert violations(page) == []


def test_axe_detects_violations(show: Callable[..., Page]) -> None:
    """The contrast of a text is too low, and lists have no label."""
    page = show()
    page.script("document.querySelector('h1').style.setProperty('color', '#eee')")
    page.script(
        "document.querySelectorAll('.controls label').forEach(each =>"
        " each.replaceWith(...each.querySelectorAll('select')))"
    )
    assert {each.partition(":")[0] for each in violations(page)} >= {"color-contrast", "select-name"}
