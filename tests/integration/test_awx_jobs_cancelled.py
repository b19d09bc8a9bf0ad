# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of AWX that are canceled: they end in seconds, send nothing more, and their events contain the work so far."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN
from ansible_collections.ontap.akv.tests.integration.support.awx import Awx
from ansible_collections.ontap.akv.tests.integration.support.log import Requests, until
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster
from ansible_collections.ontap.akv.tests.integration.support.runner import left_behind
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

REKEY = "POST /UUID/rekey-internal"
RESTORE = "POST /UUID/restore"
#: Seconds in which a canceled job ends, far less than what it waits for.
AT_ONCE = 120


def writes(log: list[dict[str, Any]]) -> list[str]:
    """Return the writes."""
    return Requests(log).writes.lines


def silent(simulator: Simulator, seconds: float) -> None:
    """Wait until nothing was sent for so long."""
    until(simulator, lambda log: simulator.control.advance(0) - log[-1]["at"] > seconds)


def test_cancel_during_wait_for_job_sends_nothing_more(awx: Awx, simulator: Simulator) -> None:
    """The job is canceled in the second batch: the first one is reported, the third is not started."""
    configured(simulator, "svm1", "svm2", "svm3")
    simulator.control.jobs(seconds=600)
    variables = {
        "akv_hosts": "all",
        "akv_svm": "*",
        "akv_key": "internal",
        "akv_batch_size": 1,
        "akv_timeout": 1,
        **FAST,
    }
    job = awx.launch("rotate_key", {"cluster1": cluster(simulator)}, variables=variables)
    for batch in (1, 2):
        until(
            simulator,
            lambda log, batch=batch: (
                writes(log) == [REKEY] * batch and log[-1]["path"].startswith("/api/cluster/jobs/")
            ),
        )
        if batch == 1:
            simulator.control.advance(600)
    start = time.monotonic()
    job.cancel()
    ended = job.end()
    assert time.monotonic() - start < AT_ONCE
    assert ended.status == "canceled"
    # A module that waits sends a request at least every two seconds.
    silent(simulator, 2.5)
    assert writes(simulator.control.log()) == [REKEY] * 2
    told = [
        event["event_data"]["res"]["ansible_stats"]["data"]
        for event in ended.ended
        if "ansible_stats" in event["event_data"]["res"]
    ]
    assert told[-1] == {"akv_done": ["svm1@cluster1"]}
    # Without them, AWX does not relaunch the job on failed hosts; the guide says what to do.
    assert "playbook_on_stats" not in [event["event"] for event in ended.events]


#: Cancels with the callback of ansible-runner's Python interface when a task is to be retried; it checks after so many
#: seconds without output.
CANCELLING = """
import sys, ansible_runner
seen = []
ansible_runner.run(
    private_data_dir=sys.argv[1], ident="job", playbook="playbooks/recover.yml", settings={"pexpect_timeout": 1},
    event_handler=lambda event: seen.append(event["event"]) or True, cancel_callback=lambda: "runner_retry" in seen,
)
"""


@pytest.mark.parametrize("way", [True, False], ids=["in-process", "module"])
def test_cancel_during_pause_sends_no_retry(way: bool, awx: Awx, simulator: Simulator) -> None:
    """The retry is not sent when its time comes; the reason for it is reported."""
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    simulator.control.condition("restore", "65537515", times=None)
    # Long enough to cancel the job in it on any machine.
    pause = 12
    variables = {"akv_hosts": "all", "akv_retries": 5, "akv_delay": pause, "ontap_akv_in_process": way}
    node = awx.alone({"cluster1": cluster(simulator)}, variables=variables)
    subprocess.run(
        [sys.executable, "-c", CANCELLING, str(node)],
        env=awx.ansible.job_environment(node),
        cwd=node,
        timeout=LONGEST_RUN,
        check=True,
    )
    job = left_behind(node / "artifacts" / "job", awx.ansible)
    assert job.status == "canceled"
    (retry,) = [event["event_data"] for event in job.events if event["event"] == "runner_retry"]
    assert retry["task"] == "Restore the keys"
    assert "65537515" in retry["res"]["msg"]
    silent(simulator, pause + 1)
    assert writes(simulator.control.log()) == [RESTORE] * 2
