# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of an action that need no particular ansible-core: ending a plain module with its task, silencing libraries.

At a task timeout, Ansible raises an exception in the worker but does not end the processes that the worker has started:
a module would run on, unsupervised, for as long as the worker lives.
"""

from __future__ import annotations

import logging
import subprocess
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import (
    Stop,
    handle_signals,
    make_worker_cut_off,
)


@contextmanager
def stop_with_task() -> Iterator[None]:
    """End the processes that the block has started if it is left early.

    The causes are an exception, a signal and the end of ansible-playbook.
    """
    stop = Stop()
    try:
        with handle_signals(stop, make_worker_cut_off()):
            yield
    except BaseException as exc:
        for process in _find_processes(exc):
            _stop(process)
        stop.pass_on()
        raise


def _find_processes(exc: BaseException | None) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the processes that the frames of an exception, and of its causes, were waiting for."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        for frame, _line in traceback.walk_tb(exc.__traceback__):
            yield from (value for value in frame.f_locals.values() if isinstance(value, subprocess.Popen))
        exc = exc.__cause__ or exc.__context__


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate a process and close its pipes, so that a module behind a shell notices that nothing waits for it."""
    with suppress(OSError):
        process.terminate()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()


@contextmanager
def silence_libraries() -> Iterator[None]:
    """Discard warnings and logs of libraries, as the stderr of a module is.

    They would appear among Ansible's output, and unmasked.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
