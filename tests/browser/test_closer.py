# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the fleet report in detail: every column, every control, every field of a record, and every printed
page.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ansible_collections.ontap.akv.tests.browser import fleet
from ansible_collections.ontap.akv.tests.browser.conftest import Page

Show = Callable[..., Page]
#: Texts that set the title of the page if they are not treated as text.
SCRIPT = "<script>document.title='taken'</script>"
IMAGE = '"><img src=http://127.0.0.1:9/x onerror="document.title=\'taken\'">'
STYLE = "</style></script><style>body{display:none}</style>"
#: In the order of the page.
SEVERITY = ("Problem", "Warning", "Not checked", "Healthy")
COLUMNS = (
    "health",
    "cluster",
    "svm",
    "configuration",
    "vault",
    "key",
    "version",
    "client_id",
    "method",
    "tenant_id",
    "proxy",
)
#: What Tab has to reach: all visible elements that can be pressed, filled in or scrolled.
STOPS = "a[href], button, input, select, summary, [tabindex='0']"


def everywhere(value: str) -> dict[str, Any]:
    """Return a report with one record in which every text is this value."""

    def exchanged(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: exchanged(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [exchanged(inner) for inner in part]
        return value if isinstance(part, str) else part

    whole = fleet.record(
        1,
        1,
        **fleet.lost(),
        **fleet.away(),
        **fleet.unreached(),
        proxy_type="https",
        proxy_host="p",
        configuration={"name": "c"},
    )
    return dict(
        exchanged(
            fleet.report(fleet.entry(1, [whole]), {"host": "h", "cluster": "c", "error": "e", "azure_key_vaults": []})
        )
    )


def odd() -> dict[str, Any]:
    """Return a fleet whose columns have equal, empty and numbered values in both cases."""
    proxies = ["proxy10", "", "Proxy2", "proxy2", "", "proxy1"]
    records = [
        fleet.record(
            1,
            number,
            **({"proxy_host": proxy} if proxy else {}),
            svm={"name": f"{'SVM' if number % 2 else 'svm'}{11 - number // 2}"},
        )
        for number, proxy in enumerate(proxies, 1)
    ]
    records.append(fleet.record(1, 7, scope="cluster", svm=None))
    differing = {
        "name": "https://other.vault.azure.net/",
        "key_id": "https://other.vault.azure.net/keys/a/2",
        "client_id": "b",
        "tenant_id": "c",
    }
    records.append(fleet.record(1, 8, configuration={"name": "second"}, **differing))
    return fleet.report(fleet.entry(10, records), *fleet.some()["clusters"])


def natural(value: str) -> list[tuple[int, int, str]]:
    """Return a sort key that orders numbers naturally and ignores case."""
    parts = re.findall(r"\d+|\D+", value.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def texts(page: Page, key: str) -> list[str]:
    """Return the texts of a column, including folded parts."""
    code = (
        "return [...document.querySelectorAll('tr.row td[data-key=' + arguments[0] + ']')].map(cell =>"
        " cell.textContent.trim())"
    )
    return list(page.script(code, key))


@pytest.fixture
def bad(chrome: Chrome, tmp_path: Path) -> Page:
    """Open a page that does what the report must not do."""
    path = tmp_path / "bad.html"
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"
    path.write_text(
        f"<!DOCTYPE html>{policy}<title>bad</title><img src=http://127.0.0.1:9/x><script>1</script>", encoding="utf-8"
    )
    page = Page(chrome, path.as_uri())
    for kind in ("performance", "browser"):
        page.log(kind)
    chrome.get(page.address)
    return page


def test_browser_log_shows_request_and_forbidden_script(bad: Page) -> None:
    assert "http://127.0.0.1:9/x" in bad.requests()
    assert any("Content Security Policy" in entry["message"] for entry in bad.log("browser"))


@pytest.mark.parametrize("value", [SCRIPT, IMAGE, STYLE, "{{ 6 * 7 }}", "&lt;b&gt;"])
def test_every_value_is_shown_as_text(show: Show, value: str) -> None:
    """This holds for the record, its nodes and messages, errors, date, title and note; nothing is requested or run."""
    page = show(everywhere(value), title=value, note=value)
    assert page.chrome.title == value
    for part in ("#problems", "#changes", "#clusters", "#keys", "#same", "tr.note"):
        assert value in page.script("return document.querySelector(arguments[0]).textContent", part), part
    assert value in page.column("svm")[0]
    assert page.script("return document.querySelectorAll('img, script, style, link, iframe').length") == 2
    assert page.one("body").is_displayed()
    assert page.requests() == [page.address]
    assert page.log("browser") == []


@pytest.mark.parametrize("key", COLUMNS)
def test_each_column_can_be_sorted(show: Show, key: str) -> None:
    """In both directions, numbers as numbers, empty values last; equal rows keep their order."""
    page = show(odd())
    assert {head.get_attribute("data-sort") for head in page.all("#configurations thead button")} == set(COLUMNS)
    rank: Callable[[str], Any] = SEVERITY.index if key == "health" else natural
    before = list(
        zip(
            texts(page, key),
            page.script("return [...document.querySelectorAll('tr.row')].map(r => r.textContent)"),
            strict=True,
        )
    )
    full, empty = ([row for row in before if bool(row[0]) is kind] for kind in (True, False))
    for direction in ("ascending", "descending"):
        page.one(f"button[data-sort={key}]").click()
        assert page.one(f"th[aria-sort={direction}] button").get_attribute("data-sort") == key
        expected = sorted(full, key=lambda row: rank(row[0]), reverse=direction == "descending") + empty
        assert (
            list(
                zip(
                    texts(page, key),
                    page.script("return [...document.querySelectorAll('tr.row')].map(r => r.textContent)"),
                    strict=True,
                )
            )
            == expected
        )


def steps(page: Page, *, backwards: bool = False) -> Iterator[Any]:
    """Yield the elements that get the focus, until the focus leaves the page."""
    for _time in range(200):
        actions = ActionChains(page.chrome)
        if backwards:
            actions.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        else:
            actions.send_keys(Keys.TAB).perform()
        if page.script("return document.activeElement === document.body"):
            return
        yield page.chrome.switch_to.active_element
    raise AssertionError("the focus does not leave the page")


def test_tab_reaches_every_control_in_both_directions(show: Show) -> None:
    """Each control once, forwards and backwards, and visible in the window while it has the focus."""
    page = show(fleet.report(*fleet.some()["clusters"][1:2]), fleet.before())
    expected = page.script(
        f"return [...document.querySelectorAll({STOPS!r})].filter(each => each.checkVisibility()).length"
    )
    inside = (
        "const b = arguments[0].getBoundingClientRect(); return b.width > 0 && b.bottom > 0 && b.top < innerHeight &&"
        " b.right > 0 && b.left < innerWidth"
    )
    there = []
    for element in steps(page):
        assert page.script(inside, element), element.get_attribute("outerHTML")[:200]
        there.append(element)
    assert len(there) == len(set(there)) == expected
    assert list(islice(steps(page, backwards=True), expected)) == there[::-1]


def test_labels_of_host_name_stay_on_one_line(show: Show) -> None:
    """Each label of a vault's host name stays on one line, and the text is unchanged."""
    page = show(fleet.mixed())
    assert page.column("vault")[0] == "kv-production-weu.vault.azure.net"
    lines = page.script(
        "const found = []; const walk = document.createTreeWalker(document.querySelector('td[data-key=vault]'),"
        " NodeFilter.SHOW_TEXT);while (walk.nextNode()) { for (const name of walk.currentNode.data.matchAll(/[a-z]+/g))"
        " { const range = new Range();range.setStart(walk.currentNode, name.index); range.setEnd(walk.currentNode,"
        " name.index + name[0].length);found.push([name[0], range.getClientRects().length]); } } return found"
    )
    assert lines == [[name, 1] for name in ("kv", "production", "weu", "vault", "azure", "net")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_graphics_have_sufficient_contrast(show: Show, theme: str) -> None:
    """Bars, lines of the counts and edges of controls: a contrast of 3, which axe-core does not measure (WCAG
    1.4.11).
    """
    page = show(fleet.mixed(), kept=fleet.trend())
    page.script("document.documentElement.dataset.theme = arguments[0]", theme)
    found = page.script(
        "const paper = getComputedStyle(document.body).backgroundColor; const all = [];for (const bar of"
        " document.querySelectorAll('.track i, .trend i')) all.push(['bar ' + bar.classList,"
        " getComputedStyle(bar).backgroundColor]);for (const card of document.querySelectorAll('#summary li'))"
        " all.push(['card ' + card.classList, getComputedStyle(card).borderTopColor]);const edges ="
        " document.querySelectorAll('#filter, .controls button, select');for (const edge of edges) all.push([edge.id ||"
        " edge.textContent, getComputedStyle(edge).borderTopColor]);return [paper, all]"
    )
    assert {name for name, color in found[1] if contrast(color, found[0]) < 3} == set()
    assert len(found[1]) > 10


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors, as WCAG 2 defines it."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_calculated_as_in_wcag() -> None:
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
    assert contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)


def printed(page: Page) -> list[str]:
    """Return the text on each printed page."""
    data = base64.b64decode(page.command("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
    return [sheet.extract_text() for sheet in PdfReader(io.BytesIO(data)).pages]


def test_filtered_rows_are_printed(show: Show) -> None:
    """Each filtered row once, and the whole table head on each page with rows."""
    page = show(fleet.many(1, 200))
    page.one("#filter").send_keys("svm1")
    WebDriverWait(page.chrome, 20).until(lambda _chrome: page.shown == "111 of 200 shown")
    sheets = printed(page)
    # The names in the table; its rows begin with the health.
    rows = [re.findall(r"(?:Healthy|Problem)\s+(svm\d+)\b", sheet) for sheet in sheets]
    expected = sorted(f"svm{number}" for number in range(1, 201) if str(number).startswith("1"))
    assert sorted(name for sheet in rows for name in sheet) == expected
    heads = [re.sub(r"\s+", " ", sheet) for sheet, names in zip(sheets, rows, strict=True) if names]
    assert len(heads) > 2
    for head in ("Health", "SVM", "Key", "Authentication"):
        assert [number for number, sheet in enumerate(heads) if head not in sheet] == [], head


def test_nothing_is_cut_off_in_print(show: Show) -> None:
    """A4 landscape without margins is 1032 px wide."""
    page = show(previous=fleet.before())
    page.command("Emulation.setDeviceMetricsOverride", width=1032, height=703, deviceScaleFactor=1, mobile=False)
    page.command("Emulation.setEmulatedMedia", media="print")
    assert (
        page.script(
            "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 1033).map(e"
            " => e.outerHTML)"
        )
        == []
    )


def test_page_fits_320_pixels(show: Show) -> None:
    """320 px is a page of 1280 px at 400 % (WCAG 1.4.10)."""
    page = show(previous=fleet.before())
    page.command("Emulation.setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=1, mobile=False)
    assert page.script("return document.documentElement.scrollWidth") <= 320


def test_opens_ten_thousand_configurations_with_changes(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of them differ from the earlier report: only the first changes are listed, all are counted."""
    earlier = fleet.many(100, 100)
    for entry in earlier["clusters"]:
        for found in entry["azure_key_vaults"][::2]:
            found["client_id"] = "earlier"
    page = show(fleet.many(100, 100), earlier)
    taken = page.script("return performance.getEntriesByType('navigation')[0].loadEventEnd")
    with capsys.disabled():
        print(f"\n10,000 configurations with 5,000 changes: open after {taken:.0f} ms")  # noqa: T201
    assert 0 < taken < 20_000
    assert "5,000 changed." in page.one("#changes").text
    assert len(page.all("#changes > ul > li")) == 5
    assert page.one("#changes > details > summary").text == "95 more changes"
