# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are read but not installed; each is downloaded once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from tooling import environment
from tooling.paths import WORK
from tooling.running import Failure, say

_PLACE = WORK / "wheels"


def wheel(package: str, version: str) -> Path:
    """Return the wheel of one release of a package."""
    folder = _PLACE / f"{package}-{version}"
    _PLACE.mkdir(parents=True, exist_ok=True)
    with (_PLACE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            say(f"downloading {package} {version}")
            _download(f"{package}=={version}", folder)
    (found,) = folder.glob("*.whl")
    return found


def _download(requirement: str, folder: Path) -> None:
    # Renamed after the download is complete.
    partly = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(partly, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--no-deps", "--only-binary", ":all:", "--dest", str(partly), requirement],
        env=environment.for_pip(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or len(list(partly.glob("*.whl"))) != 1:
        raise Failure(f"{requirement} could not be downloaded:\n{done.stderr.strip()}")
    partly.rename(folder)
