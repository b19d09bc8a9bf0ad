# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fork server for the programs of ansible-core: imports once what they all import, and forks a process for each run.

Started as a script by programs.py, with the environment variables that Python reads when it starts. It imports nothing
that reads Ansible's configuration: ansible.constants and everything that depends on it are imported in the forked
process, after its environment, working directory and standard streams have been set. A forked process therefore reads
the same configuration as a fresh one.

Protocol: a client connects to the Unix socket, sends one byte with the three standard streams, and one line of JSON
with program, arguments, env and cwd. It gets one line with the process ID, and, when the process has ended, one line
with the return code.
The server ends when its standard input is closed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

#: What the programs and the plugins of this collection import and what does not depend on configuration.
PRELOADED = (
    "argparse",
    "asyncio",
    "cryptography.hazmat.backends.openssl.backend",
    "cryptography.hazmat.primitives.kdf.pbkdf2",
    "cryptography.hazmat.primitives.padding",
    "cryptography.hazmat.primitives.serialization.pkcs12",
    "cryptography.x509",
    "ctypes.util",
    "curses",
    "difflib",
    "email.mime.multipart",
    "getpass",
    "glob",
    "http.client",
    "importlib.metadata",
    "jinja2.nativetypes",
    "jinja2.sandbox",
    "logging.handlers",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.shared_memory",
    "packaging.requirements",
    "requests",
    "runpy",
    "secrets",
    "tarfile",
    "tty",
    "urllib.request",
    "uuid",
    "yaml",
    "zipfile",
    "ansible.module_utils.basic",
    "ansible.module_utils.common.json",
    "ansible.module_utils.urls",
)
#: Program -> the module that holds its main().
PROGRAMS = {
    "ansible-playbook": "ansible.cli.playbook",
    "ansible-inventory": "ansible.cli.inventory",
    "ansible-config": "ansible.cli.config",
    "ansible-doc": "ansible.cli.doc",
}
_CONFIGURATION = "ansible.constants"


def preload() -> None:
    """Import what all programs need. Raises RuntimeError if that read Ansible's configuration."""
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if _CONFIGURATION in sys.modules:
        raise RuntimeError(f"{_CONFIGURATION} was imported before the fork")
    # Objects that are never collected stay in pages that parent and children share.
    gc.collect()
    gc.freeze()


def serve(listener: socket.socket) -> dict[str, Any] | None:
    """Accept requests until standard input is closed. Returns the request in each forked process, and None in the
    server.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _events in selector.select()}
            if 0 in ready:
                _reap(0)
                return None
            connection = listener.accept()[0]
            if os.fork() == 0:
                break
            connection.close()
            _reap(os.WNOHANG)
    listener.close()
    return _supervise(connection)


def _reap(options: int) -> None:
    """Collect the supervisors that have ended, or wait for all of them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _supervise(connection: socket.socket) -> dict[str, Any]:
    """Fork the process of a request and report its end. Returns in the forked process alone."""
    _byte, streams, _flags, _address = socket.recv_fds(connection, 1, 3)
    with connection, connection.makefile("rw", encoding="utf-8") as channel:
        request: dict[str, Any] = json.loads(channel.readline())
        process = os.fork()
        if process:
            for stream in streams:
                os.close(stream)
            with contextlib.suppress(BrokenPipeError):
                print(process, file=channel, flush=True)
                status = os.waitpid(process, 0)[1]
                print(os.waitstatus_to_exitcode(status), file=channel, flush=True)
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return request


def become(request: dict[str, Any]) -> None:
    """Run a program in this process, which takes over everything that a new process would get."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    program = Path(request["program"])
    sys.argv = [str(program), *request["arguments"]]
    sys.path.insert(0, str(program.parent))
    if "COVERAGE_PROCESS_START" in os.environ:
        import coverage  # noqa: PLC0415 - as its .pth file does in a new process

        coverage.process_startup()
    sys.exit(importlib.import_module(PROGRAMS[program.name]).main())


def main(address: str) -> None:
    """Preload, then serve at the address of a Unix socket; a line on standard output says that it accepts requests."""
    # Ctrl-C is for the one who started the tests: they close standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        request = serve(listener)
    if request is not None:
        become(request)


if __name__ == "__main__":
    main(sys.argv[1])
