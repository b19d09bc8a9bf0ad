# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make recording`: record `make demo` as the animated picture in the README."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tooling import cores, environment, venv
from tooling.paths import ROOT, WORK
from tooling.running import Failure, checked
from tooling.steps import Result

#: Shown in the README.
PICTURE = ROOT / "docs" / "demo.svg"
_SESSION = WORK / "demo.cast"
_COLUMNS, _LINES = 110, 32
#: Longer pauses are cut to this many seconds.
_PAUSE = "0.8"
#: Makes an animated SVG of a session.
_RENDERER = "svg-term-cli@2.1.1"


def run_recording() -> Result:
    """Record the demo and write the picture. Raises Failure without npm."""
    if shutil.which("npm") is None:
        raise Failure("npm is not installed (Debian: apt-get install npm)")
    recorder = venv.ensure("recording", cores.own(), ["recording"])
    env = environment.for_tools(recorder) | {"TERM": "xterm-256color", "SHELL": "/bin/sh"}
    record: list[str | Path] = [recorder.parent / "asciinema", "rec", "--quiet", "--overwrite"]
    record += ["--cols", str(_COLUMNS), "--rows", str(_LINES), "--idle-time-limit", _PAUSE]
    command = f"PYTHONPATH={ROOT / 'tests'} {sys.executable} -m tooling demo"
    checked([*record, "--command", command, _SESSION], env, log="recording")
    # The picture shows where a reader would have the project.
    _SESSION.write_text(_SESSION.read_text(encoding="utf-8").replace(str(ROOT), "~/ontap.akv"), encoding="utf-8")
    npm = environment.for_pip() | {"npm_config_cache": str(WORK / "cache" / "npm")}
    npm |= {key: value for key, value in os.environ.items() if key.lower().startswith("npm_config_registry")}
    render: list[str | Path] = [
        "npm",
        "exec",
        "--yes",
        _RENDERER,
        "--",
        "--in",
        _SESSION,
        "--out",
        PICTURE,
        "--window",
        "--no-cursor",
    ]
    checked([*render, "--width", str(_COLUMNS), "--height", str(_LINES)], npm, log="recording")
    return Result("", passed=1, note=f"{PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size // 1024} kB")
