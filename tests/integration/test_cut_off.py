# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are cut off end soon and send nothing more: a task timeout, a killed worker, a killed ansible-playbook,
also in a container.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests, until
from ansible_collections.ontap.akv.tests.integration.support.playing import (
    JOBS,
    Playbook,
    has_containers,
    nothing_follows,
    playing,
)
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_KEY, configured, rekey
from simulator import Simulator

pytestmark = [
    pytest.mark.module_only,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc"),
]

#: A task that never ends by itself, since the jobs of the simulator are held.
OPTIONS = f"key: external\nkey_id: {OTHER_KEY}\nconcurrency: 1\ntimeout: 1\nwait_timeout: 600"
PLACES = [
    pytest.param(False, id="bare"),
    pytest.param(
        True,
        id="container",
        marks=pytest.mark.skipif(not has_containers(), reason="no namespace of processes can be made here"),
    ),
]


def waits_for_job(log: list[dict[str, Any]]) -> bool:
    """Return whether a module waits for a job."""
    return any(entry["path"].startswith(JOBS) for entry in log)


@pytest.fixture
def play(simulator: Simulator, ansible: Ansible, tmp_path: Path, contained: bool, way: bool) -> Iterator[Playbook]:
    """Start a play that waits for the job of the first of two SVMs."""
    ansible.way = {}
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(hold="running")
    task = rekey(f"svm: [svm1, svm2]\n{OPTIONS}")
    with playing(
        simulator, ansible, tmp_path, task, contained=contained, variables={"ontap_akv_in_process": way}
    ) as play:
        until(simulator, waits_for_job)
        yield play


@pytest.mark.parametrize("way", [True, False], ids=["in-process", "module"])
@pytest.mark.parametrize("contained", PLACES)
def test_killed_playbook_sends_nothing_more(simulator: Simulator, play: Playbook) -> None:
    """Neither its worker nor the module of the worker continues."""
    os.kill(play.pid(), signal.SIGKILL)
    nothing_follows(simulator)


@pytest.mark.parametrize("way", [False], ids=["module"])
@pytest.mark.parametrize("contained", PLACES)
def test_killed_worker_sends_nothing_more(simulator: Simulator, play: Playbook) -> None:
    """Its module does not continue."""
    os.kill(play.worker(), signal.SIGKILL)
    nothing_follows(simulator)


@pytest.mark.parametrize("contained", PLACES)
def test_task_timeout_ends_module(simulator: Simulator, ansible: Ansible, tmp_path: Path, contained: bool) -> None:
    """The module ends at once, although the worker continues with the next item. The test sends Ansible's alarm early,
    so that it does not depend on time.
    """
    ansible.way = {}
    svms = ("svm1", "svm2", "svm3", "svm4")
    uuids = dict(zip(configured(simulator, *svms), svms, strict=True))
    simulator.control.jobs(hold="running")
    options = f'svm: "{{{{ item }}}}"\n{OPTIONS}'
    task = f"{rekey(options)}\ntimeout: 600\nloop: [[svm1, svm2], [svm3, svm4]]"
    with playing(simulator, ansible, tmp_path, task, contained=contained) as play:
        until(simulator, waits_for_job)
        os.kill(play.worker(), signal.SIGALRM)
        until(simulator, lambda log: len(Requests(log).writes) == 2)
        first, second = (job["uuid"] for job in simulator.control.state()["jobs"])
        # A module that still waits for its job reads it at least every two seconds.
        until(simulator, lambda log: simulator.control.advance(0) - last_at(log, first) > 2.5)
        until(simulator, lambda log: last_at(log, second) > last_at(log, first) + 2.5)
        simulator.control.jobs(hold=None, seconds=0)
        output = play.process.communicate(timeout=60)[0]
    rekeyed = [entry["path"].split("/")[-2] for entry in Requests(simulator.control.log()).writes]
    assert [uuids[uuid] for uuid in rekeyed] == ["svm1", "svm3", "svm4"]
    assert "time" in output


def last_at(log: list[dict[str, Any]], job: str) -> float:
    """Return when a job was last read, or its re-key was sent."""
    return max((float(entry["at"]) for entry in log if job in entry["path"]), default=0.0)
