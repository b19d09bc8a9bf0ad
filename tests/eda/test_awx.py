# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ontap.akv.self_heal_awx launches the templates of ontap.akv.awx_setup for exactly the hosts that need it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import yaml

from ansible_collections.ontap.akv.tests.eda.support import controller
from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole
from ansible_collections.ontap.akv.tests.eda.support.controller import Controller, Job
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


@pytest.fixture
def here(place: Callable[..., Place], east: Simulator, west: Simulator) -> Place:
    """Return a place in which two clusters are watched."""
    return place(east=east, west=west)


@pytest.fixture
def awx(here: Place) -> Iterator[Controller]:
    """Run a controller whose jobs use the SVMs of the inventory plugin and the login of the credential."""
    inventory = here.folder / "akv.yml"
    inventory.write_text(yaml.safe_dump({"plugin": "ontap.akv.svms", "clusters": here.listed()}), encoding="utf-8")

    def command(job: Job) -> tuple[list[str], dict[str, str]]:
        variables = here.folder / f"job{job.id}.yml"
        variables.write_text(yaml.safe_dump({"akv_hosts": "all", **job.body["extra_vars"]}), encoding="utf-8")
        playbook = f"ontap.akv.{job.template['playbook']}"
        return [
            program("ansible-playbook"),
            "-i",
            str(inventory),
            "--limit",
            job.body["limit"],
            "-e",
            f"@{variables}",
            playbook,
        ], here.variables()

    with controller.running(command) as running:
        here.secrets.hide("the controller's token", running.token)
        here.environment |= {"EDA_CONTROLLER_TOKEN": running.token, "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2"}
        yield running


def test_recovery_job_is_launched_for_lost_keys(here: Place, awx: Controller, east: Simulator, west: Simulator) -> None:
    of_east, of_west = encrypted(east, "svm1", "svm2"), encrypted(west, "svm1", "svm2")
    running = here.start("ontap.akv.self_heal_awx", *awx.arguments(), **FAST)
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    east.control.reboot("node1")
    west.control.svm("svm2", wrapped=[])
    running.until(lambda: whole(east, "svm1", "svm2") and whole(west, "svm1", "svm2"), "some keys are still lost")
    running.until(
        lambda: awx.launched and all(job.status == "successful" for job in awx.launched), "a job does not end"
    )
    assert {job.template["name"] for job in awx.launched} == {"AKV recover keys"}
    assert sorted(host for job in awx.launched for host in job.body["limit"].split(",")) == [
        "svm1@east",
        "svm2@east",
        "svm2@west",
    ]
    assert (restores(east, of_east), restores(west, of_west)) == ({"svm1": 1, "svm2": 1}, {"svm2": 1})
    assert all("ansible_eda" not in job.body["extra_vars"] for job in awx.launched)


def test_workflow_is_launched_once_if_keys_stay_lost(here: Place, awx: Controller, east: Simulator) -> None:
    """Each report launches a job; the workflow, which notifies people if it fails, is launched once."""
    encrypted(east, "svm1")
    east.control.azure(reachable=False)
    east.control.reboot("node1")
    running = here.start("ontap.akv.self_heal_awx", *awx.arguments(), **FAST, akv_remind=2, akv_escalate_after=1)
    running.until(lambda: any(job.kind == "workflow_jobs" for job in awx.launched), "nothing was escalated")
    running.until(lambda: len(running.of("akv_state_lost")) >= 4, "it was not reported again")
    (flow,) = [job for job in awx.launched if job.kind == "workflow_jobs"]
    assert (flow.template["name"], flow.body["limit"]) == ("AKV check and recover keys", "svm1@east")
    assert {job.status for job in awx.launched if job.kind == "jobs"} - {"running"} == {"failed"}


def test_special_svm_names_limit_job_to_one_host(here: Place, awx: Controller, east: Simulator) -> None:
    """A name is always one host, which the inventory may not contain."""
    encrypted(east, "svm1,all", "*", "{{ 7 * 191 }}", "~.*")
    running = here.start("ontap.akv.self_heal_awx", *awx.arguments(), **FAST)
    running.until(lambda: reads(east), "the cluster was never read")
    east.control.reboot("node1")
    running.until(lambda: awx.launched, "nothing was launched")
    limits = [host for job in awx.launched for host in job.body["limit"].split(",")]
    assert len(limits) == 4
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+@east", limit) for limit in limits), limits
