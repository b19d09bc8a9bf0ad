# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an action needs of no release of ansible-core: to end a plain module with its task, and silence for libraries.

Ansible raises an exception in the worker for a task timeout, and does not end what the worker has started: a module would go on for as
long as the worker lives, and without somebody who watches it longer.
"""

from __future__ import annotations

import logging
import subprocess
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Stop, cut_off_in_worker, interruptible


@contextmanager
def ending_with_task() -> Iterator[None]:
    """End the processes that the block has started when an exception, a signal or the end of ansible-playbook leaves it early."""
    stop = Stop()
    try:
        with interruptible(stop, cut_off_in_worker()):
            yield
    except BaseException as exc:
        for process in _processes_in(exc):
            _end(process)
        stop.pass_on()
        raise


def _processes_in(exc: BaseException | None) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the processes that the frames of an exception, and of those that it came from, were waiting for."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        for frame, _line in traceback.walk_tb(exc.__traceback__):
            yield from (value for value in frame.f_locals.values() if isinstance(value, subprocess.Popen))
        exc = exc.__cause__ or exc.__context__


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate a process and close its pipes, by which a module behind a shell notices that nobody waits for it."""
    with suppress(OSError):
        process.terminate()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


@contextmanager
def silence_libraries() -> Iterator[None]:
    """Throw away what libraries warn of, or log, as the stderr of a module is: it would stand beside Ansible's output, and unmasked."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
