# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stop in the middle of a recovery: the service ends, leaves nothing running, and completes the recovery after the
next start.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole
from ansible_collections.ontap.akv.tests.eda.support.running import Place, Running, until
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


@pytest.mark.parametrize("stop", [Running.stop, Running.interrupt], ids=["service", "Ctrl-C"])
def test_stop_during_recovery_leaves_nothing_running(
    place: Callable[..., Place], east: Simulator, stop: Callable[[Running], None]
) -> None:
    """The cluster continues its work, and the next run finds it done."""
    uuids = encrypted(east, "svm1", "svm2")
    here = place(east=east)
    if stop is Running.interrupt:
        # Java ignores signals, so that Python ends what it has started: the guide recommends this for a terminal.
        here.environment["JAVA_TOOL_OPTIONS"] = "-Xrs"
    running = here.start("ontap.akv.self_heal", **FAST)
    running.until(lambda: reads(east), "the cluster was never read")
    east.control.jobs(hold="running")
    east.control.reboot("node1")
    running.until(lambda: sum(restores(east, uuids).values()) == 2, "no restore was sent")
    stop(running)
    sent = len(east.control.log())
    east.control.jobs(hold=None)
    until(lambda: whole(east, "svm1", "svm2"), "the cluster did not finish its jobs")
    # No program is left that could send requests.
    assert len(east.control.log()) == sent
    east.control.svm("svm1", wrapped=[])
    again = here.start("ontap.akv.self_heal", **FAST)
    again.until(lambda: whole(east, "svm1", "svm2"), "a loss before the start is not repaired")
    assert restores(east, uuids) == {"svm1": 2, "svm2": 1}
    assert [event["svm"] for event in again.of("akv_state_lost", initial=True)] == ["svm1"]


def test_stop_does_not_wait_for_slow_cluster(place: Callable[..., Place], east: Simulator) -> None:
    """A request that hangs does not delay the stop."""
    encrypted(east, "svm1")
    east.control.fault("slow", seconds=30, times=None)
    running = place(east=east).start("ontap.akv.self_heal", **FAST)
    running.until(east.control.log, "the cluster was never read")
    running.stop()
    assert east.control.log()[0]["status"] is None
