# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are read but not installed; each is downloaded once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tooling import environment
from tooling.paths import WORK
from tooling.running import Failure, say

_PLACE = WORK / "wheels"


def wheel(package: str, version: str) -> Path:
    """Return the wheel of one release of a package."""
    folder = _PLACE / f"{package}-{version}"
    with _alone(folder):
        if not folder.is_dir():
            say(f"downloading {package} {version}")
            _download(f"{package}=={version}", folder)
    (found,) = folder.glob("*.whl")
    return found


def collection(name: str, version: str) -> Path:
    """Return a folder whose ansible_collections contains one collection out of a release of the package `ansible`.

    The package is the only source of other collections on the Python package index. It holds about a hundred, and its
    newest releases need a newer Python than the tests: installed, it takes 500 MB and minutes of pip in an environment
    of its own.
    What the tests run of it needs one download of 50 MB, and 8 MB of files that any Python can run.
    """
    source = wheel("ansible", version)
    folder = source.parent / name
    with _alone(folder):
        if not folder.is_dir():
            say(f"{name}: taken out of the package ansible {version}")
            _unpack(source, f"ansible_collections/{name.replace('.', '/')}/", folder)
    return folder


def _unpack(source: Path, inside: str, folder: Path) -> None:
    """Unpack a part of a wheel; the folder is renamed after it is complete."""
    partly = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(partly, ignore_errors=True)
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if name.startswith(inside)]
        if not names:
            raise Failure(f"{source.name} does not contain {inside}")
        archive.extractall(partly, names)
    partly.rename(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(requirement: str, folder: Path) -> None:
    # Renamed after the download is complete. Nothing is installed, so the package may be for another Python.
    partly = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(partly, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--ignore-requires-python"]
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
