# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ontap.akv.self_heal restores what is lost with no one acting, once, and never twice at the same time; what it
cannot heal it tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole, wrapped, writes
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from simulator import Simulator

#: Looks every second, at everything, and believes what it sees.
FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


def test_lost_keys_come_back_within_two_intervals(
    place: Callable[..., Place], east: Simulator, west: Simulator
) -> None:
    """A node reboots, and twenty SVMs of another cluster lose their keys at the same moment: one restore each, in
    one run for all of them.
    """
    interval = 12
    of_east, of_west = (
        encrypted(east, None, "svm1", "svm2"),
        encrypted(west, *(f"svm{number}" for number in range(1, 21))),
    )
    running = place(east=east, west=west).start("ontap.akv.self_heal", **{**FAST, "akv_health_interval": interval})
    running.until(lambda: reads(east) and reads(west), "the clusters were never looked at")
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


def test_healing_waits_for_healing(place: Callable[..., Place], east: Simulator) -> None:
    """A restore that takes longer than the next reports of the same loss: they wait for it, and then there is
    nothing left to do.
    """
    uuids = encrypted(east, "svm1")
    running = place(east=east).start("ontap.akv.self_heal", **FAST, akv_remind=2, akv_escalate_after=100)
    running.until(lambda: reads(east), "the cluster was never looked at")
    east.control.jobs(hold="running")
    east.control.reboot("node1")
    running.until(lambda: restores(east, uuids), "no restore was asked for")
    running.until(lambda: len(running.of("akv_state_lost")) >= 4, "the loss was not told again")
    assert len(running.playbooks()) > 0
    assert restores(east, uuids) == {"svm1": 1}
    east.control.jobs(hold=None)
    running.until(lambda: running.of("akv_state_restored"), "it was never told that the key is back")
    running.until(lambda: running.text.count("nothing to restore; ") >= 3, "the reports that waited were forgotten")
    assert restores(east, uuids) == {"svm1": 1}


def test_what_passes_by_itself_is_left_alone(place: Callable[..., Place], east: Simulator) -> None:
    """A key that one look misses and the next one finds."""
    uuids = encrypted(east, "svm1", "svm2")
    running = place(east=east).start("ontap.akv.self_heal", **{**FAST, "akv_confirm": 2})
    for _time in range(2):
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not looked at")  # type: ignore[misc]
        east.control.svm("svm1", wrapped=[])
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not looked at")  # type: ignore[misc]
        east.control.svm("svm1", wrapped=["node1", "node2"])
        seen = reads(east)
        running.until(lambda seen=seen: reads(east) > seen, "the cluster was not looked at")  # type: ignore[misc]
    # What does not pass is reported, so it was not blind.
    east.control.svm("svm2", wrapped=[])
    running.until(lambda: running.of("akv_state_restored"), "the other key was never healed")
    assert {event["svm"] for event in running.of("akv_state_lost")} == {"svm2"}
    assert restores(east, uuids) == {"svm2": 1}


def test_what_cannot_be_healed(place: Callable[..., Place], east: Simulator, west: Simulator) -> None:
    """Azure is away when a node reboots: it is tried again at each report, someone is called once, and it ends well
    all the same.
    """
    uuids = encrypted(east, "svm1", "svm2")
    encrypted(west, "svm1")
    running = place(east=east, west=west).start("ontap.akv.self_heal", **FAST, akv_remind=3, akv_escalate_after=2)
    running.until(lambda: reads(east) and reads(west), "the clusters were never looked at")
    east.control.azure(reachable=False)
    east.control.reboot("node1")
    called = "ACTION REQUIRED: "
    running.told(called, times=2)
    running.until(lambda: min(restores(east, uuids).values()) >= 2, "it was not tried again")
    running.until(lambda: running.of("akv_state_lost", reminder=5), "it gave up")
    # Once for each key, and once for each vault that cannot be reached.
    told = [line.removeprefix(called) for line in running.text.splitlines() if line.startswith(called)]
    assert len(told) == len(set(told)) == 4
    east.control.azure(reachable=True)
    running.until(lambda: whole(east, *uuids.values()), "it was not tried again")
    running.until(lambda: len(running.of("akv_state_restored")) == 2, "it was never told that the keys are back")
    assert writes(west) == []


def test_only_people_can_mend(place: Callable[..., Place], east: Simulator, west: Simulator) -> None:
    """A cluster goes away and comes back, a vault cannot be reached and no other credential is there: told, and
    nothing is sent.
    """
    encrypted(east, "svm1")
    encrypted(west, "svm1")
    running = place(east=east, west=west).start("ontap.akv.self_heal", **FAST, akv_remind=600)
    running.until(lambda: reads(east) and reads(west), "the clusters were never looked at")
    west.control.fault("refuse", times=None)
    west.control.drop_connections()
    east.control.azure(reachable=False)
    running.until(
        lambda: running.of("cluster_unreachable", cluster="west") and running.of("azure_unreachable", cluster="east"),
        "it was not told",
    )
    west.control.clear_faults()
    east.control.azure(reachable=True)
    running.until(
        lambda: running.of("cluster_reachable", cluster="west") and running.of("azure_reachable", cluster="east"),
        "it was not told",
    )
    assert [
        len(running.of(kind))
        for kind in ("cluster_unreachable", "cluster_reachable", "azure_unreachable", "azure_reachable")
    ] == [1, 1, 1, 1]
    west.control.reboot("node1")
    running.until(lambda: whole(west, "svm1"), "a cluster that came back is not healed")
    assert [len(writes(each)) for each in (east, west)] == [0, 1]
    assert wrapped(east, "svm1") == ["node1", "node2"]
