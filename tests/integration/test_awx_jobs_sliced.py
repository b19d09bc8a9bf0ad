# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliced jobs of AWX: several at the same time, each with a part of the inventory; together they do the work of one
job, each change once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.awx import Awx, sliced
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster
from ansible_collections.ontap.akv.tests.integration.support.runner import Job
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured
from simulator import Simulator

REKEY = "POST /UUID/rekey-internal"
KEYS = {"akv_hosts": "all", "akv_key": "internal", **FAST}


def svms(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """Return hosts that are the SVMs of one cluster, as the inventory plugin creates them."""
    return {
        f"{svm}@east": cluster(simulator, akv_cluster="east", akv_svm=svm, akv={"svm": {"name": svm}}) for svm in SVMS
    }


def with_keys(simulator: Simulator) -> None:
    """Give every SVM a configuration and an internal key."""
    configured(simulator, *SVMS)
    for svm in SVMS:
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)


def slices(awx: Awx, playbook: str, hosts: Mapping[str, Mapping[str, Any]], count: int, **variables: Any) -> list[Job]:
    """Run the slices of a job at the same time, and check that each works on exactly its hosts."""
    parts = sliced(hosts, count)
    jobs = [job.end() for job in [awx.launch(playbook, part, variables=variables) for part in parts]]
    assert [job.hosts for job in jobs] == [sorted(part) for part in parts]
    return jobs


def rekeyed(simulator: Simulator) -> list[int]:
    """Return how often each SVM got a new internal key."""
    return [simulator.control.state()["svms"][svm]["configuration"]["done"].get("rekey-internal", 0) for svm in SVMS]


def test_each_slice_summarizes_its_hosts(awx: Awx, simulator: Simulator) -> None:
    """The summary and the artifacts of a slice cover only its hosts."""
    configured(simulator, *SVMS)
    simulator.control.svm("svm4", wrapped=["node1"])
    jobs = slices(awx, "health", svms(simulator), 3)
    assert [job.status for job in jobs] == ["failed", "successful", "successful"]
    assert [job.artifacts["akv_checked"] for job in jobs] == [2, 2, 1]
    assert [len(job.artifacts["akv_problems"]) for job in jobs] == [1, 0, 0]
    assert jobs[0].artifacts["akv_problems"][0].startswith("east: svm4: the keys are not available")
    assert [
        "Checked 2 configurations on 1 cluster" in jobs[0].told,
        "Checked 1 configuration on 1 cluster" in jobs[2].told,
    ] == [True, True]
    assert Requests(simulator.control.log()).lines == ["GET"] * len(SVMS)


def test_slices_rekey_each_svm_once(awx: Awx, simulator: Simulator) -> None:
    """Each SVM gets one new key from its slice, which reports it."""
    with_keys(simulator)
    jobs = slices(awx, "rotate_key", svms(simulator), 3, **KEYS)
    # The hosts of a slice end in any order.
    assert [sorted(job.ok().artifacts["akv_done"]) for job in jobs] == [
        [f"{svm}@east" for svm in SVMS[number::3]] for number in range(3)
    ]
    assert rekeyed(simulator) == [1] * len(SVMS)
    assert Requests(simulator.control.log()).writes.lines == [REKEY] * len(SVMS)


def test_slices_rekey_all_svms_of_their_clusters(awx: Awx, simulator: Simulator, other: Simulator) -> None:
    """Each slice re-keys all SVMs of its cluster."""
    other.control.user("bäcker", awx.env["ONTAP_PASSWORD"])
    awx.files["ONTAP_CA_PATH"] += Path(str(other.ca_path)).read_text(encoding="utf-8")
    clusters = {"east": simulator, "west": other}
    for each in clusters.values():
        with_keys(each)
    jobs = slices(awx, "rotate_key", {name: cluster(each) for name, each in clusters.items()}, 2, **KEYS, akv_svm="*")
    assert [job.ok().artifacts for job in jobs] == [
        {"akv_done": [f"{svm}@{name}" for svm in SVMS]} for name in clusters
    ]
    assert [rekeyed(each) for each in clusters.values()] == [[1] * len(SVMS)] * 2
