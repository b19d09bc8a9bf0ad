# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the fleet report in a browser: with mouse and keyboard, printed, narrow, dark, and without its script."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ansible_collections.ontap.akv.tests.browser import fleet
from ansible_collections.ontap.akv.tests.browser.conftest import PICTURES, Page

Show = Callable[..., Page]
#: Names that would be evaluated if they were not escaped.
AWKWARD = [
    "<script>document.title='taken'</script>",
    '"><img src=x onerror="document.title=\'taken\'">',
    "</style><script>document.title='taken'</script>",
    "</script><script>document.title='taken'</script>",
    "<svg onload=document.title='taken'>",
    "{{ 6 * 7 }}",
    "&lt;b&gt;",
    "' autofocus onfocus='document.title=1",
]


def press(page: Page, *keys: str) -> None:
    ActionChains(page.chrome).send_keys(*keys).perform()


def focused(page: Page) -> str:
    """Return the ID, key, state, class or tag of the focused element."""
    return str(
        page.script(
            "const e = document.activeElement; return e.id || e.dataset.sort || e.dataset.filterState || e.className ||"
            " e.tagName"
        )
    )


def tab_to(page: Page, expected: str) -> None:
    for _time in range(60):
        press(page, Keys.TAB)
        if focused(page) == expected:
            return
    raise AssertionError(f"the key Tab does not lead to {expected}")


def shows(page: Page, text: str) -> None:
    WebDriverWait(page.chrome, 20).until(lambda _chrome: page.shown == text, f"not {text!r} but {page.shown!r}")


def sort_of(page: Page, key: str) -> str:
    return str(
        page.script(
            "return document.querySelector('button[data-sort=' + arguments[0] +"
            " ']').closest('th').getAttribute('aria-sort')",
            key,
        )
    )


def test_page_loads_nothing_else(show: Show) -> None:
    """The browser sends one request, for the file, and logs no problem."""
    page = show(previous=fleet.before())
    page.one("#theme").click()
    page.one("button[data-sort=svm]").click()
    assert page.requests() == [page.address]
    assert page.log("browser") == []


def test_page_shows_counts(show: Show) -> None:
    page = show()
    assert {
        card.get_attribute("data-state"): card.get_attribute("data-count") for card in page.all("#summary [data-count]")
    } == {
        "ok": "12",
        "problem": "2",
        "warning": "1",
        "unknown": "3",
    }
    assert page.shown == "18 of 18 shown"
    assert page.one("#verdict").text == "2 of 18 SVMs on 2 of 5 clusters need action."
    assert "timed out" in page.one("#problems").text
    assert page.column("health")[:4] == ["Problem", "Problem", "Warning", "Not checked"]


def test_names_are_shown_as_text(show: Show) -> None:
    """This holds for the table, the charts, the changes, and clusters that could not be read."""
    entries = [
        {
            **fleet.entry(1, [fleet.record(1, 1, svm={"name": name}, client_id=name, key_id=name, name=name)]),
            "cluster": name,
        }
        for name in AWKWARD
    ]
    entries += [{**fleet.entry(1, []), "cluster": name, "error": name} for name in AWKWARD]
    earlier = [
        {**each, "azure_key_vaults": [{**found, "name": "before"} for found in each["azure_key_vaults"]]}
        for each in entries
    ]
    page = show(fleet.report(*entries), fleet.report(*earlier), title=AWKWARD[0])
    assert page.chrome.title == AWKWARD[0]
    assert sorted(page.column("svm")) == sorted(AWKWARD)
    assert page.script("return document.querySelectorAll('img, script, style').length") == 2
    assert page.one("#problems").text.count(AWKWARD[0]) >= 2
    assert AWKWARD[0] in page.one("#changes").text
    assert page.requests() == [page.address]
    assert page.log("browser") == []


def test_columns_can_be_sorted_with_mouse(show: Show) -> None:
    page = show()
    names = page.column("svm")
    page.one("button[data-sort=svm]").click()
    assert sort_of(page, "svm") == "ascending"
    # Natural order: 10 comes after 2.
    assert page.column("svm") == sorted(names, key=lambda name: int(name.removeprefix("svm")))
    page.one("button[data-sort=svm]").click()
    assert sort_of(page, "svm") == "descending"
    assert page.column("svm") == sorted(names, key=lambda name: -int(name.removeprefix("svm")))
    page.one("button[data-sort=cluster]").click()
    assert (sort_of(page, "svm"), sort_of(page, "cluster")) == ("none", "ascending")
    page.one("button[data-sort=health]").click()
    assert page.column("health") == ["Problem"] * 2 + ["Warning"] + ["Not checked"] * 3 + ["Healthy"] * 12
    # Empty values are last in both directions.
    for _time in range(2):
        page.one("button[data-sort=proxy]").click()
        assert page.column("proxy") == ["https://proxy.example.com:8080"] + [""] * 17
    # The note on a configuration stays below its row.
    owners = (
        "return [...document.querySelectorAll('tr.note')].map(note =>"
        " note.previousElementSibling.querySelector('[data-key=health]').textContent)"
    )
    assert sorted(page.script(owners)) == ["Problem", "Problem", "Warning"]
    page.one("#reset").click()
    assert page.column("svm") == names
    assert sort_of(page, "proxy") == "none"


def test_page_can_be_filtered_with_keyboard(show: Show) -> None:
    """From the top to the filter, the states, the reset button, and a column to sort; the focus is visible."""
    page = show()
    tab_to(page, "filter")
    press(page, "CLUSTER2 svm1")
    shows(page, "2 of 18 shown")
    assert page.column("svm") == ["svm1", "svm10"]
    tab_to(page, "problem")
    press(page, Keys.SPACE)
    shows(page, "1 of 18 shown")
    assert page.one("button[data-filter-state=problem]").get_attribute("aria-pressed") == "true"
    tab_to(page, "warning")
    press(page, Keys.ENTER)
    shows(page, "1 of 18 shown")
    tab_to(page, "reset")
    assert page.script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(page, Keys.ENTER)
    shows(page, "18 of 18 shown")
    assert focused(page) == "filter"
    assert page.one("#filter").get_attribute("value") == ""
    tab_to(page, "method")
    press(page, Keys.ENTER)
    assert sort_of(page, "method") == "ascending"
    assert page.column("method")[0] == "certificate"
    press(page, Keys.SPACE)
    assert sort_of(page, "method") == "descending"


def test_page_can_be_filtered_by_lists_and_counts(show: Show) -> None:
    """Cluster, application and vault have a list if their values differ; a count in the summary filters its rows."""
    page = show(fleet.mixed())
    assert [each.get_attribute("data-filter") for each in page.all("select")] == ["cluster", "client_id", "vault"]
    choose = (
        "const list = document.querySelector(`select[data-filter=${arguments[0]}]`); list.value = arguments[1];"
        " list.dispatchEvent(new Event('change'))"
    )
    options = [option.text for option in page.all("select[data-filter=vault] option")]
    assert options == [
        "all",
        "kv-archive.vault.azure.net (11)",
        "kv-finance-frc.vault.azure.net (6)",
        "kv-production-weu.vault.azure.net (43)",
    ]
    page.script(choose, "vault", "kv-finance-frc.vault.azure.net")
    shows(page, "6 of 60 shown")
    assert set(page.column("vault")) == {"kv-finance-frc.vault.azure.net"}
    page.script(choose, "cluster", "ams-dr01.storage.example.com")
    shows(page, "0 of 60 shown")
    page.one("#reset").click()
    shows(page, "60 of 60 shown")
    page.one("#summary a[data-filter-state=warning]").click()
    shows(page, "3 of 60 shown")
    assert page.script("return location.hash") == "#table"


def test_message_is_shown_if_nothing_matches(show: Show) -> None:
    page = show()
    page.one("#filter").send_keys("no such thing")
    shows(page, "0 of 18 shown")
    assert page.one("#none").is_displayed()
    page.one("#filter").send_keys(Keys.CONTROL, "a", Keys.DELETE)
    shows(page, "18 of 18 shown")
    assert not page.one("#none").is_displayed()


def test_focus_is_never_trapped(show: Show) -> None:
    """Tab goes through the whole page, and the focus is always visible."""
    page = show()
    stops = []
    for _time in range(80):
        press(page, Keys.TAB)
        if focused(page) == "BODY":
            break
        stops.append(focused(page))
        assert page.script(
            "const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' &&"
            " parseFloat(s.outlineWidth) >= 2"
        ), stops[-1]
    assert focused(page) == "BODY"
    assert stops[0] == "skip"
    assert {"theme", "filter", "problem", "ok", "reset", "cluster", "svm", "SELECT", "SUMMARY"} <= set(stops)


def test_skip_link_leads_to_table(show: Show) -> None:
    page = show()
    press(page, Keys.TAB)
    assert page.one(".skip").rect["x"] >= 0
    press(page, Keys.ENTER)
    assert focused(page) == "table"


def test_theme_follows_system_and_button(show: Show) -> None:
    """The theme follows the system, and then the button."""
    page = show()

    def paper() -> str:
        return str(page.script("return getComputedStyle(document.body).backgroundColor"))

    seen = {}
    for scheme in ("light", "dark"):
        page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        seen[scheme] = paper()
        page.picture(scheme)
    assert seen["light"] == "rgb(255, 255, 255)"
    assert seen["dark"] != seen["light"]
    page.one("#theme").click()
    assert (paper(), page.script("return document.documentElement.dataset.theme")) == (seen["light"], "light")
    page.one("#theme").click()
    assert (paper(), page.script("return document.documentElement.dataset.theme")) == (seen["dark"], "dark")


def test_print_layout_hides_controls_and_uses_light_theme(show: Show) -> None:
    """Light colors regardless of the theme, no controls, folded parts open, and the table head on each page."""
    page = show(fleet.many(1, 120))
    page.one("#theme").click()
    page.one("button[data-filter-state=ok]").click()
    shows(page, "119 of 120 shown")
    page.command("Emulation.setEmulatedMedia", media="print")
    assert page.script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [page.one(selector).is_displayed() for selector in (".controls", "#theme", ".skip")] == [False] * 3
    assert (
        page.script("return getComputedStyle(document.querySelector('#configurations thead')).display")
        == "table-header-group"
    )
    # A button would be printed only on the first page.
    assert (
        page.script("return getComputedStyle(document.querySelector('#configurations thead button')).display")
        == "contents"
    )
    # Folded parts are open, because nothing can be clicked on paper.
    assert page.script("return document.querySelector('details .names').getBoundingClientRect().height") > 0
    page.command("Emulation.setEmulatedMedia", media="")
    printed = base64.b64decode(page.command("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "report.pdf").write_bytes(printed)
    assert printed.startswith(b"%PDF")
    # A reasonable number of rows on each page.
    assert 3 < printed.count(b"/Type /Page\n") < 20


@pytest.mark.parametrize("width", [375, 800, 1400])
@pytest.mark.parametrize("name", ["mixed", "long"])
def test_page_is_never_wider_than_window(show: Show, width: int, name: str) -> None:
    """Below 1000 px rows are cards; a wide table scrolls by itself. Names are not broken."""
    report = fleet.mixed()
    if name == "long":
        for entry in report["clusters"]:
            entry["cluster"] = f"a-very-long-name-of-a-cluster-{'x' * 40}.{entry['cluster']}"
    page = show(report, fleet.earlier(), kept=fleet.trend())
    page.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    assert page.script("return document.documentElement.scrollWidth") <= width
    display = page.script("return getComputedStyle(document.querySelector('td[data-key=svm]')).display")
    assert (display == "table-cell") is (width > 1000)
    broken = (
        "return [...document.querySelectorAll('tr.row:not(.beyond) td[data-key=svm] bdi')].filter(name =>"
        " name.getClientRects().length > 1).length"
    )
    assert page.script(broken) == 0
    if name == "mixed":
        # Names with hyphens among other words, which a browser breaks after a hyphen.
        lines = (
            "return [...document.querySelectorAll('.whole')].filter(name => name.offsetHeight > 0)"
            ".map(name => Math.round(name.offsetHeight / parseFloat(getComputedStyle(name).lineHeight)))"
        )
        assert set(page.script(lines)) == {1}
    if name == "mixed" and width == 1400:
        assert (
            page.script("const table = document.querySelector('.scroll'); return table.scrollWidth - table.clientWidth")
            == 0
        )
    page.picture(f"{name}-{width}")


def test_page_is_complete_without_script(show: Show, chrome: Any) -> None:
    """Everything can be read; controls that need the script are hidden."""
    chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page = show()
    assert len(page.all("#configurations tbody tr.row")) == 18
    assert all(row.is_displayed() for row in page.all("#configurations tbody tr"))
    assert not page.one(".controls").is_displayed()
    assert not page.one("#theme").is_displayed()
    assert "svm10" in page.one("#configurations").text

    show(fleet.many(11, 100))
    rows = page.all("#configurations tbody tr.row")
    assert len(rows) == 1100
    assert rows[-1].is_displayed()


def test_changes_are_summarized(show: Show) -> None:
    page = show(previous=fleet.before())
    text = page.one("#changes").text
    assert "Since 1 Mar 2026, 02:30 UTC: 1 degraded, 1 removed, 1 changed, 1 added." in text


def test_ten_thousand_configurations_are_usable(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    """It opens, and each sort and filter ends in seconds. The times are printed; only a hang fails the test."""
    page = show(fleet.many(100, 100))
    assert page.shown == "10,000 of 10,000 shown"
    measure = "const t = performance.now(); %s; document.body.offsetHeight; return performance.now() - t"
    taken = {
        "sort": page.script(measure % "document.querySelector('button[data-sort=svm]').click()"),
        "filter by state": page.script(measure % "document.querySelector('button[data-filter-state=problem]').click()"),
        "reset": page.script(measure % "document.querySelector('#reset').click()"),
    }
    assert (
        page.script("return [...document.querySelectorAll('tr.row')].filter(row => row.checkVisibility()).length")
        == 100
    )
    with capsys.disabled():
        times = ", ".join(f"{name} {milliseconds:.0f} ms" for name, milliseconds in taken.items())
        print(f"\n10,000 configurations: {times}")  # noqa: T201
    assert all(milliseconds < 10_000 for milliseconds in taken.values())
    page.one("#filter").send_keys("cluster17. svm42")
    shows(page, "1 of 10,000 shown")
    assert not page.one("#more").is_displayed()
    page.one("#reset").click()
    assert page.one("#more").text == "Only the first 100 are on the screen: show all 10,000"
    page.command("Emulation.setEmulatedMedia", media="print")
    assert (
        page.script(
            "return document.querySelector('#configurations tbody tr:last-child').getBoundingClientRect().height"
        )
        > 0
    )
    page.command("Emulation.setEmulatedMedia", media="")
    page.one("#more").click()
    assert not page.one("#more").is_displayed()
    assert (
        page.script(
            "return document.querySelector('#configurations tbody tr:last-child').getBoundingClientRect().height"
        )
        > 0
    )


def test_picture_of_page_is_written(show: Show) -> None:
    """Pictures to look at are written to .work/browser."""
    page = show(fleet.mixed(), fleet.earlier(), kept=fleet.trend())
    page.command("Emulation.setDeviceMetricsOverride", width=1400, height=1500, deviceScaleFactor=1, mobile=False)
    picture: Path = page.picture("report")
    assert picture.stat().st_size > 50_000
