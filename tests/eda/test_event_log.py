# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log of a cluster reports a loss long before the next interval."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from simulator import Simulator


def test_event_log_starts_recovery_before_next_interval(place: Callable[..., Place], east: Simulator) -> None:
    """The interval is ten minutes."""
    uuids = encrypted(east, "svm1", "svm2")
    running = place(east=east).start(
        "ontap.akv.self_heal", akv_interval=600, akv_health_interval=600, akv_confirm=1, akv_ems=True
    )
    # The event log comes first, then the configurations.
    running.until(lambda: reads(east) >= 2, "the cluster was never read")
    east.control.reboot("node1")
    running.until(lambda: whole(east, "svm1", "svm2"), "the keys are still lost")
    assert {event["source"] for event in running.of("akv_state_lost")} == {"ems"}
    assert restores(east, uuids) == {"svm1": 1, "svm2": 1}
