# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ontap.akv.self_heal restores lost keys without people, once, and never twice at the same time; it reports what it
cannot repair.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole, wrapped, writes
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from simulator import Simulator

#: Reads everything every second, and needs no confirmation.
FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


def test_lost_keys_are_restored_within_two_intervals(
    place: Callable[..., Place], east: Simulator, west: Simulator
) -> None:
    """A node reboots while twenty SVMs of another cluster lose their keys: each SVM is restored once, in one run."""
    interval = 20
    of_east, of_west = (
        encrypted(east, None, "svm1", "svm2"),
        encrypted(west, *(f"svm{number}" for number in range(1, 21))),
    )
    running = place(east=east, west=west).start("ontap.akv.self_heal", **{**FAST, "akv_health_interval": interval})
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    west.control.reboot("node2")
    east.control.reboot("node1")
    start = time.monotonic()
    running.until(
        lambda: whole(east, *of_east.values()) and whole(west, *of_west.values()),
        "some keys are still lost",
        patience=2 * interval,
    )
    assert time.monotonic() - start < 2 * interval
    assert len(running.of("akv_state_lost")) == 23
    assert restores(east, of_east) == dict.fromkeys(of_east.values(), 1)
    assert restores(west, of_west) == dict.fromkeys(of_west.values(), 1)


def test_recovery_waits_for_running_recovery(place: Callable[..., Place], east: Simulator) -> None:
    """Reports of the same loss during a long restore wait for it, and then find nothing to do."""
    uuids = encrypted(east, "svm1")
    running = place(east=east).start("ontap.akv.self_heal", **FAST, akv_remind=2, akv_escalate_after=100)
    running.until(lambda: reads(east), "the cluster was never read")
    east.control.jobs(hold="running")
    east.control.reboot("node1")
    running.until(lambda: restores(east, uuids), "no restore was sent")
    running.until(lambda: len(running.of("akv_state_lost")) >= 4, "the loss was not reported again")
    assert len(running.playbooks()) > 0
    assert restores(east, uuids) == {"svm1": 1}
    east.control.jobs(hold=None)
    running.until(lambda: running.of("akv_state_restored"), "the recovery was never reported")
    running.until(lambda: running.text.count("nothing to restore; ") >= 3, "the waiting reports were dropped")
    assert restores(east, uuids) == {"svm1": 1}


def test_passing_loss_is_not_restored(place: Callable[..., Place], east: Simulator) -> None:
    """A key is lost at one read and available at the next."""
    uuids = encrypted(east, "svm1", "svm2")
    running = place(east=east).start("ontap.akv.self_heal", **{**FAST, "akv_confirm": 2})
    for _time in range(2):
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not read")  # type: ignore[misc]
        east.control.svm("svm1", wrapped=[])
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not read")  # type: ignore[misc]
        east.control.svm("svm1", wrapped=["node1", "node2"])
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not read")  # type: ignore[misc]
    # A lasting loss is reported, so the source works.
    east.control.svm("svm2", wrapped=[])
    running.until(lambda: running.of("akv_state_restored"), "the other key was never restored")
    assert {event["svm"] for event in running.of("akv_state_lost")} == {"svm2"}
    assert restores(east, uuids) == {"svm2": 1}


def test_failed_recovery_is_retried_and_escalated_once(
    place: Callable[..., Place], east: Simulator, west: Simulator
) -> None:
    """Azure is unreachable when a node reboots: each report starts a retry, escalation happens once, and the keys are
    restored in the end.
    """
    uuids = encrypted(east, "svm1", "svm2")
    encrypted(west, "svm1")
    running = place(east=east, west=west).start("ontap.akv.self_heal", **FAST, akv_remind=3, akv_escalate_after=2)
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    east.control.azure(reachable=False)
    east.control.reboot("node1")
    escalation = "ACTION REQUIRED: "
    running.told(escalation, times=2)
    running.until(lambda: min(restores(east, uuids).values()) >= 2, "it was not retried")
    running.until(lambda: running.of("akv_state_lost", reminder=5), "it gave up")
    # Once for each key, and once for each unreachable vault.
    escalated = [line.removeprefix(escalation) for line in running.text.splitlines() if line.startswith(escalation)]
    assert len(escalated) == len(set(escalated)) == 4
    east.control.azure(reachable=True)
    running.until(lambda: whole(east, *uuids.values()), "it was not retried")
    running.until(lambda: len(running.of("akv_state_restored")) == 2, "the recovery was never reported")
    assert writes(west) == []


def test_unreachable_cluster_and_vault_are_only_reported(
    place: Callable[..., Place], east: Simulator, west: Simulator
) -> None:
    """A cluster and a vault are unreachable for a while, and no other credential exists: nothing is sent for that."""
    encrypted(east, "svm1")
    encrypted(west, "svm1")
    running = place(east=east, west=west).start("ontap.akv.self_heal", **FAST, akv_remind=600)
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    west.control.fault("refuse", times=None)
    west.control.drop_connections()
    east.control.azure(reachable=False)
    running.until(
        lambda: running.of("cluster_unreachable", cluster="west") and running.of("azure_unreachable", cluster="east"),
        "it was not reported",
    )
    west.control.clear_faults()
    east.control.azure(reachable=True)
    running.until(
        lambda: running.of("cluster_reachable", cluster="west") and running.of("azure_reachable", cluster="east"),
        "it was not reported",
    )
    assert [
        len(running.of(kind))
        for kind in ("cluster_unreachable", "cluster_reachable", "azure_unreachable", "azure_reachable")
    ] == [1, 1, 1, 1]
    west.control.reboot("node1")
    running.until(lambda: whole(west, "svm1"), "a cluster that came back is not repaired")
    assert [len(writes(each)) for each in (east, west)] == [0, 1]
    assert wrapped(east, "svm1") == ["node1", "node2"]
