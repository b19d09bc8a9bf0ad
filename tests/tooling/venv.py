# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments below .work/venv: created once, recreated when their requirements change."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from tooling import environment
from tooling.cores import Python
from tooling.paths import LOGS, REQUIREMENTS, ROOT, VENVS
from tooling.running import Failure, run, say, stopwatch


def ensure(name: str, python: Python, requirements: Sequence[str], extra: Sequence[str] = ()) -> Path:
    """Return the interpreter of an environment with these requirements; pip runs only if something changed."""
    folder = VENVS / f"{name}-py{python.name}"
    stamp = folder / ".complete"
    wanted = _fingerprint(python, extra)
    interpreter = folder / "bin" / "python"
    VENVS.mkdir(parents=True, exist_ok=True)
    with (VENVS / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second make waits here for the first
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and interpreter.exists():
            return interpreter
        _make(folder, python, requirements, extra)
        stamp.write_text(wanted, encoding="utf-8")
    return interpreter


def _fingerprint(python: Python, extra: Sequence[str]) -> str:
    """Return all that determines the content of an environment, including its path, which its programs contain."""
    digest = hashlib.sha256(repr((str(ROOT), str(python.path), python.version, tuple(extra))).encode())
    for path in [ROOT / "requirements.txt", *sorted(REQUIREMENTS.glob("*.txt"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make(folder: Path, python: Python, requirements: Sequence[str], extra: Sequence[str]) -> None:
    say(
        f"environment {folder.name}: installing"
        f" {', '.join([*extra, *(f'tests/requirements/{name}.txt' for name in requirements)])}"
    )
    shutil.rmtree(folder, ignore_errors=True)
    files = [part for name in requirements for part in ("-r", str(REQUIREMENTS / f"{name}.txt"))]
    # Not compiled: environment.for_tools() sets PYTHONPYCACHEPREFIX, so Python looks elsewhere;
    # and most files are never imported.
    install: list[str | Path] = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-compile",
        *extra,
        *files,
    ]
    create: list[str | Path] = [python.path, "-m", "venv", folder]
    with stopwatch() as watch:
        for number, command in enumerate((create, install), 1):
            log = f"venv-{folder.name}-{number}"
            if run(command, environment.for_pip(), log=log):
                path = LOGS / f"{log}.log"
                raise Failure(f"could not make the environment {folder.name}:\n{_tail(path)}\n(all of it: {path})")
    say(f"environment {folder.name}: ready after {watch.seconds:.0f} s")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
