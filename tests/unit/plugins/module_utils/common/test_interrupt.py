# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is told to end, or that nobody waits for any more; what a module says then is in the integration tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Interrupted, Stop, interruptible, lineage

#: Starter -> leader of a session (a worker) -> its child (a module), which tells what becomes of it.
_STARTER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]], start_new_session=True)"
_LEADER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
_CHILD = """
import threading
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Interrupted, Stop, interruptible, lineage
try:
    with interruptible(Stop(), starter={starter}):
        print("ready", flush=True)
        threading.Event().wait({patience})
        print("went on", flush=True)
except Interrupted as end:
    print(end.error("nothing was done").message, flush=True)
"""


def told(number: signal.Signals) -> None:
    """Work that is told to end."""
    with interruptible(Stop()):
        os.kill(os.getpid(), number)
        threading.Event().wait(5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_and_later_ones_nothing_more(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    try:
        with pytest.raises(Interrupted, match=number.name):
            told(number)
        # They would have ended the test.
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        for each, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(each, handler)


def test_without_a_signal_everything_is_as_before() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with interruptible(Stop(), starter=lineage):
        pass
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
@pytest.mark.parametrize(("starter", "patience", "said"), [("lineage", 20, "the run was stopped by SIGTERM: nothing was done"), ("None", 1.5, "went on")])
def test_a_run_whose_starter_is_killed(starter: str, patience: float, said: str) -> None:
    child = _CHILD.format(starter=starter, patience=patience)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", _STARTER, _LEADER, child], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        assert process.stdout.read() == f"{said}\n"


def test_what_cannot_be_seen_is_no_lineage() -> None:
    assert lineage(2**22 + 1) == ()
