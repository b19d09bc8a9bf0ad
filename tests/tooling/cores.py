# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The supported ansible-core releases, and the Pythons of this machine that can run them."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int]

#: The only list of supported releases: ansible-core release -> oldest and newest Python of its controller.
SUPPORTED: dict[str, tuple[Version, Version]] = {
    "2.18": ((3, 11), (3, 13)),
    "2.19": ((3, 11), (3, 13)),
    "2.20": ((3, 12), (3, 14)),
    "2.21": ((3, 12), (3, 14)),
}
#: Oldest Python that the plugins support on a host other than the controller.
OLDEST_TARGET: Version = (3, 9)
_PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


@dataclass(frozen=True)
class Python:
    """A Python interpreter of this machine that can create virtual environments."""

    version: Version
    path: Path

    @property
    def name(self) -> str:
        return ".".join(str(part) for part in self.version)


def own() -> Python:
    """Return the interpreter that runs this program, chosen with PYTHON=."""
    return Python((sys.version_info[0], sys.version_info[1]), Path(sys.executable))


def probe(command: str) -> Python | None:
    """Query an interpreter; return None if it does not run (an inactive pyenv shim) or cannot create environments."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [command, "-c", _PROBE], capture_output=True, text=True, timeout=20, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2:
        return None
    major, minor = lines[0].split(".")
    return Python((int(major), int(minor)), Path(lines[1]))


def _candidates() -> list[str]:
    """Return the interpreters on PATH and those of pyenv, whose shims often hide all but one."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path("~/.pyenv").expanduser())
    folders += sorted(pyenv.glob("versions/*/bin"), reverse=True)
    found = []
    for folder in folders:
        try:
            names = sorted(entry.name for entry in folder.iterdir() if re.fullmatch(r"python3\.\d+", entry.name))
        except OSError:
            continue
        found += [str(folder / name) for name in names]
    return found


@functools.cache
def pythons() -> dict[Version, Python]:
    """Return one interpreter for each Python release from OLDEST_TARGET on, the chosen one first."""
    found = {own().version: own()}
    for candidate in _candidates():
        minor = int(candidate.rpartition(".")[2])
        if (3, minor) < OLDEST_TARGET or (3, minor) in found:
            continue
        python = probe(candidate)
        if python:
            found.setdefault(python.version, python)
    return dict(sorted(found.items()))


def takes(core: str, python: Python) -> bool:
    oldest, newest = SUPPORTED[core]
    # A Python newer than those in the table is only tried with the newest release.
    return oldest <= python.version and (python.version <= newest or core == newest_core())


def newest_core() -> str:
    return list(SUPPORTED)[-1]


def newest_for(python: Python) -> str:
    """Return the newest supported ansible-core that this Python can run."""
    return [core for core in SUPPORTED if takes(core, python)][-1]


def newest_pair() -> tuple[str, Python]:
    """Return the newest ansible-core that any Python of this machine can run, and the newest such Python."""
    pairs = [(core, python) for core in SUPPORTED for python in pythons().values() if takes(core, python)]
    return pairs[-1]


def matrix() -> tuple[list[tuple[str, Python]], list[str]]:
    """Return every supported ansible-core with a Python, and why some are left out.

    Older releases run on the oldest Python that they support, the newest on the newest, so that both ends are tested.
    """
    chosen, skipped = [], []
    for core, (oldest, newest) in SUPPORTED.items():
        fitting = [python for python in pythons().values() if takes(core, python)]
        if fitting:
            chosen.append((core, fitting[-1 if core == newest_core() else 0]))
        else:
            wanted = f"Python {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}"
            skipped.append(
                f"ansible-core {core}: wants {wanted}; found here: {', '.join(p.name for p in pythons().values())}"
            )
    return chosen, skipped
