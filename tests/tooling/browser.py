# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the browser tests need besides Python: Debian's Chromium with its driver, and axe-core from npm."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from tooling import environment
from tooling.paths import ROOT, WORK
from tooling.running import Skipped, checked

#: Options of Chromium for the tests and the picture: works for any user, headless, and without prompts.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Shown in the README and the documentation.
PICTURE = ROOT / "docs" / "docsite" / "rst" / "images" / "report.png"
_PROGRAMS = ("chromium", "chromedriver")
_NODE = WORK / "node"
_SCRIPT = Path("node_modules") / "axe-core" / "axe.min.js"


def needed() -> None:
    """Raise Skipped if no browser is installed."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise Skipped(f"{' and '.join(missing)} not found on PATH (Debian: apt-get install chromium chromium-driver)")


def variables() -> dict[str, str]:
    """Return the environment variables that give the tests the paths; without npm, AXE_CORE is missing."""
    found = {program.upper(): str(shutil.which(program)) for program in _PROGRAMS}
    return found | ({"AXE_CORE": str(_axe())} if shutil.which("npm") else {})


def _axe() -> Path:
    """Return the script of axe-core in the version that tests/browser/package.json names."""
    wanted = ROOT / "tests" / "browser" / "package.json"
    kept = _NODE / "package.json"
    if (
        not (_NODE / _SCRIPT).is_file()
        or not kept.is_file()
        or json.loads(kept.read_text(encoding="utf-8")) != json.loads(wanted.read_text(encoding="utf-8"))
    ):
        _NODE.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wanted, kept)
        env = environment.for_pip() | {"npm_config_cache": str(WORK / "cache" / "npm")}
        env |= {key: value for key, value in os.environ.items() if key.lower().startswith("npm_config_registry")}
        checked(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"],
            env,
            cwd=_NODE,
            log="npm",
        )
    return _NODE / _SCRIPT


def picture(page: Path) -> Path:
    """Take the picture of a report in a common window width. Raises Skipped if no browser is installed."""
    needed()
    with tempfile.TemporaryDirectory() as profile:
        flags = [
            *FLAGS,
            f"--user-data-dir={profile}",
            "--hide-scrollbars",
            "--window-size=1400,1330",
            f"--screenshot={PICTURE}",
        ]
        checked(["chromium", *flags, page.as_uri()], environment.clean(), log="picture")
    return PICTURE
