# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Told to end in the middle of a recovery: it ends, nothing is left running, and the next start finishes what is
left to do.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole
from ansible_collections.ontap.akv.tests.eda.support.running import Place, Running, until
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


@pytest.mark.parametrize("stop", [Running.stop, Running.interrupt], ids=["service", "Ctrl-C"])
def test_in_the_middle(place: Callable[..., Place], east: Simulator, stop: Callable[[Running], None]) -> None:
    """While the cluster works on it: the work continues there, and the next run finds it done."""
    uuids = encrypted(east, "svm1", "svm2")
    here = place(east=east)
    if stop is Running.interrupt:
        # Java leaves signals alone, so that Python ends what it has started: as the guide has it for a terminal.
        here.environment["JAVA_TOOL_OPTIONS"] = "-Xrs"
    running = here.start("ontap.akv.self_heal", **FAST)
    running.until(lambda: reads(east), "the cluster was never looked at")
    east.control.jobs(hold="running")
    east.control.reboot("node1")
    running.until(lambda: sum(restores(east, uuids).values()) == 2, "no restore was asked for")
    stop(running)
    sent = len(east.control.log())
    east.control.jobs(hold=None)
    until(lambda: whole(east, "svm1", "svm2"), "the cluster did not end what it had begun")
    # Nothing is left that could send anything.
    assert len(east.control.log()) == sent
    east.control.svm("svm1", wrapped=[])
    again = here.start("ontap.akv.self_heal", **FAST)
    again.until(lambda: whole(east, "svm1", "svm2"), "what was wrong when it started is not healed")
    assert restores(east, uuids) == {"svm1": 2, "svm2": 1}
    assert [event["svm"] for event in again.of("akv_state_lost", initial=True)] == ["svm1"]


def test_a_cluster_that_does_not_answer(place: Callable[..., Place], east: Simulator) -> None:
    """It keeps no one from ending it."""
    encrypted(east, "svm1")
    east.control.fault("slow", seconds=30, times=None)
    running = place(east=east).start("ontap.akv.self_heal", **FAST)
    running.until(east.control.log, "the cluster was never asked")
    running.stop()
    assert east.control.log()[0]["status"] is None
