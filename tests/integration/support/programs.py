# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the programs of ansible-core: in a process that a fork server makes, or in a fresh one.

Starting ansible-playbook takes a second, most of which is the import of the same modules each time. The fork server
imports them once.
`pytest --fresh` starts a fresh process for each run, and test_fork_server.py compares both.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ansible_collections.ontap.akv.tests.integration.support.fork_server import PROGRAMS

_SERVER = Path(__file__).with_name("fork_server.py")
#: Variables that Python reads when it starts: a fork server serves runs with the same values as its own alone.
_STARTUP_PREFIXES = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_")


class _Choice:
    """Whether every run gets a fresh process; set by conftest.py."""

    fresh = False


def use_fresh_processes(*, always: bool) -> None:
    """Set whether every run gets a fresh process."""
    _Choice.fresh = always


def program(name: str) -> str:
    """Return the path of a program that is installed beside the Python that runs the tests."""
    return str(Path(sys.executable).with_name(name))


def run(
    name: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program of ansible-core to its end. Raises subprocess.TimeoutExpired, after killing it.

    With a PYTHONPATH, other modules may be meant than those that the fork server has imported.
    """
    if _Choice.fresh or name not in PROGRAMS or "PYTHONPATH" in env or sys.platform != "linux":
        return run_fresh(name, arguments, env, cwd, timeout=timeout)
    return run_forked(name, arguments, env, cwd, timeout=timeout)


def run_fresh(
    name: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh process."""
    return subprocess.run(
        [program(name), *arguments],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_forked(
    name: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of the fork server for these startup variables."""
    startup = tuple(sorted((key, value) for key, value in env.items() if key.startswith(_STARTUP_PREFIXES)))
    request = {"program": program(name), "arguments": list(arguments), "env": dict(env), "cwd": str(cwd)}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, Path(os.devnull).open("rb") as nothing:
        code = _server(startup).run(request, (nothing, output, errors), timeout)
        return subprocess.CompletedProcess([request["program"], *arguments], code, _text(output), _text(errors))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")


def _number(connection: socket.socket) -> int:
    """Read one line."""
    line = b""
    while not line.endswith(b"\n"):
        received = connection.recv(1)
        if not received:
            raise RuntimeError("the fork server ended before the run did")
        line += received
    return int(line)


class _Server:
    """A running fork server."""

    def __init__(self, startup: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fork-server-")
        self._address = str(Path(self._folder.name) / "socket")
        inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "TMPDIR")}
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_SERVER), self._address],
            env={**inherited, **startup},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the fork server did not start"

    def run(
        self, request: Mapping[str, object], streams: tuple[IO[bytes], IO[bytes], IO[bytes]], timeout: float
    ) -> int:
        """Run a request and return its return code."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            socket.send_fds(connection, [b"\n"], [stream.fileno() for stream in streams])
            connection.sendall(json.dumps(request).encode() + b"\n")
            process = _number(connection)
            connection.settimeout(timeout)
            try:
                return _number(connection)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                connection.settimeout(None)
                # Until it is gone.
                _number(connection)
                raise subprocess.TimeoutExpired(str(request["program"]), timeout) from None

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._folder.cleanup()


@functools.cache
def _server(startup: tuple[tuple[str, str], ...]) -> _Server:
    server = _Server(dict(startup))
    atexit.register(server.close)
    return server
