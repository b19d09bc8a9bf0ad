# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Java that ansible-rulebook needs; a virtual environment cannot contain it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tooling.running import Skipped

#: Oldest release that ansible-rulebook supports.
OLDEST = 17
_HOW = f"ansible-rulebook needs Java {OLDEST} or newer on PATH or in JAVA_HOME (Debian: openjdk-{OLDEST}-jre-headless)"


def needed() -> None:
    """Raise Skipped if no Java that ansible-rulebook supports is installed."""
    program = _program()
    if program is None:
        raise Skipped(f"there is no Java here: {_HOW}")
    told = _told(program)
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST:
        raise Skipped(
            f"{program} is no Java {OLDEST} or newer ({next(iter(told.splitlines()), 'it says nothing')}): {_HOW}"
        )


def _told(program: str) -> str:
    """Return the version output of Java."""
    try:
        return subprocess.run(
            [program, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        ).stdout
    except OSError as error:
        return f"it cannot be started: {error.strerror}"


def _program() -> str | None:
    """Find Java as ansible-rulebook does: JAVA_HOME first."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java")
