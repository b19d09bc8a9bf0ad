# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium for all tests, and pages that it opens from files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render
from ansible_collections.ontap.akv.tests.browser import fleet
from tooling import browser
from tooling.paths import WORK

#: Where the pictures go.
PICTURES = WORK / "browser"


class Page:
    """The page that is open, as a person meets it."""

    def __init__(self, chrome: Chrome, address: str) -> None:
        self.chrome = chrome
        self.address = address

    def script(self, code: str, *arguments: Any) -> Any:
        """What a script in the page returns."""
        return self.chrome.execute_script(code, *arguments)

    def one(self, selector: str) -> Any:
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def column(self, key: str) -> list[str]:
        """The texts of a column of the table, of the rows that are shown."""
        return self.script(  # type: ignore[no-any-return]
            "const shown = '#configurations tbody tr:not([hidden]) td[data-key=' + arguments[0] + ']';"
            "return [...document.querySelectorAll(shown)].map(cell => cell.innerText.trim())",
            key,
        )

    @property
    def shown(self) -> str:
        return str(self.one("#shown").text)

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What the browser noted since it was asked last."""
        return list(self.chrome.get_log(kind))

    def requests(self) -> list[str]:
        """The addresses that were asked for since that was asked last."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def command(self, name: str, **arguments: Any) -> Any:
        """Send a command to the browser itself, by the protocol of its developer tools."""
        return self.chrome.execute_cdp_cmd(name, arguments)

    def picture(self, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        assert self.chrome.save_screenshot(str(path))
        return path


@pytest.fixture(scope="session")
def _chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = os.environ["CHROMIUM"]
    for flag in (*browser.FLAGS, "--window-size=1400,1000", f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = Chrome(options=options, service=Service(os.environ["CHROMEDRIVER"]))
    # What the browser starts with is a page, too, and asks for parts of its own that would be counted.
    chrome.get("about:blank")
    yield chrome
    chrome.quit()


@pytest.fixture
def chrome(_chrome: Chrome) -> Iterator[Chrome]:
    """The browser as it was started."""
    yield _chrome
    _chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    _chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    _chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def show(chrome: Chrome, tmp_path: Path) -> Callable[..., Page]:
    """Opens the page of a report."""

    def opened(report: dict[str, Any] | None = None, previous: dict[str, Any] | None = None, **more: Any) -> Page:
        path = tmp_path / "akv.html"
        path.write_text(render(report or fleet.some(), previous, **more), encoding="utf-8")
        page = Page(chrome, path.as_uri())
        for kind in ("performance", "browser"):
            page.log(kind)
        chrome.get(page.address)
        return page

    return opened
