# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of the cluster: how long modules wait, and what they report."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_KEY, configured, rekey, restore
from simulator import Simulator

EXTERNAL = f"key: external\nkey_id: {OTHER_KEY}"
JOB = "GET /api/cluster/jobs/UUID"


def test_job_is_read_only_after_return_timeout(ansible: Ansible, simulator: Simulator) -> None:
    """A job that ends within return_timeout is never read; a longer one is read afterwards, and only a few times."""
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(seconds=0.5)
    short = ansible.task(rekey(f"svm: svm1\n{EXTERNAL}\ntimeout: 5")).ok()
    assert short.requests.lines == ["GET", "POST /UUID/rekey-external", "GET"]
    assert 0 < int(short.requests.writes[0]["query"]["return_timeout"]) < 5
    simulator.control.jobs(seconds=1.5)
    long = ansible.task(rekey(f"svm: svm2\n{EXTERNAL}\nwait_timeout: 3")).ok()
    lines = long.requests.lines
    assert lines[:3] == ["GET", "POST /UUID/rekey-external", JOB]
    assert set(lines[2:-1]) == {JOB}
    assert len(lines) <= 8
    assert lines[-1] == "GET"
    post, first_poll = long.requests[1:3]
    assert first_poll["at"] - post["at"] >= int(post["query"]["return_timeout"]) == 1
    for run in (short, long):
        assert run.results[0]["job"]["state"] == "success"
    assert long.requests[2]["path"].endswith(long.results[0]["job"]["uuid"])


def test_wait_false_returns_jobs_at_once(ansible: Ansible, simulator: Simulator) -> None:
    """wait: false returns the UUIDs of the jobs at once and reports changes."""
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(hold="queued")
    run = ansible.task(rekey(f"svm: [svm1, svm2]\n{EXTERNAL}\nwait: false")).ok()
    assert run.changed
    assert [entry["job"]["state"] for entry in run.results] == ["queued", "queued"]
    known = {job["uuid"]: job["description"] for job in simulator.control.state()["jobs"]}
    assert {entry["job"]["uuid"] for entry in run.results} == set(known)
    assert all(entry["uuid"] in known[entry["job"]["uuid"]] for entry in run.results)
    assert all(entry["query"] == {"return_timeout": "0"} for entry in run.requests.writes)
    assert JOB not in run.requests.lines


def test_job_longer_than_wait_timeout_is_named(ansible: Ansible, simulator: Simulator) -> None:
    """The target fails and names the job, which continues in the cluster; the other target is completed."""
    configured(simulator, "svm1")
    configured(simulator, "svm2", key_id=OTHER_KEY)
    simulator.control.jobs(hold="paused")
    run = ansible.task(rekey(f"svm: [svm1, svm2]\n{EXTERNAL}\nwait_timeout: 1")).refused()
    (job,) = simulator.control.state()["jobs"]
    assert job["uuid"] in run.msg
    assert "continues in the cluster" in run.msg
    assert run.error["target"] == "wait_timeout"
    assert run.results[0]["job"] == {"uuid": job["uuid"], "state": "paused", "message": None}
    assert run.results[0]["changed"]
    assert run.changed
    assert run.actions == {"svm1": "rekey", "svm2": "none"}
    post = run.requests.writes[0]
    assert max(entry["at"] for entry in run.requests) - post["at"] < 3
    simulator.control.jobs(hold=None, seconds=0)


def test_shows_error_of_job_that_fails_in_time(ansible: Ansible, simulator: Simulator) -> None:
    """The failure is the response of ONTAP: its code and a hint are reported, and nothing is changed."""
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    simulator.control.jobs(fail="65537515")
    run = ansible.task(restore("svm: [svm1, svm2]\nconcurrency: 1")).refused()
    assert [entry["error"]["code"] for entry in run.results] == ["65537515", "65537515"]
    assert run.error["hint"]
    assert run.msg.endswith("1 more target failed, see results.")
    assert not run.changed
    assert JOB not in run.requests.lines


def test_shows_error_of_job_that_fails_later(ansible: Ansible, simulator: Simulator) -> None:
    """The failure is in the record of the job: its code, a hint and the state of the job are reported."""
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    simulator.control.knob(longest_return_timeout=0.001)
    simulator.control.jobs(fail="65537515", seconds=0.5)
    run = ansible.task(restore("svm: svm1")).refused()
    assert run.error["code"] == "65537515", run.error
    assert run.error["hint"]
    assert JOB in run.requests.lines
    assert run.results[0]["job"]["state"] == "failure"
    assert run.results[0]["job"]["uuid"] in run.msg
    assert not run.changed
