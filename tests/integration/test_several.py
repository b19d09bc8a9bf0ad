# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: the same update for many SVMs is one request for each; faults are in test_several_faults.py.

Every result is compared with the configuration in the simulator.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.secrets import FORMS
from ansible_collections.ontap.akv.tests.integration.support.several import (
    ONE,
    SECRET,
    THREE,
    changed,
    rest,
    state,
    ten,
    true_of_each,
    updates,
)
from ansible_collections.ontap.akv.tests.integration.support.tasks import PROPERTIES, SVMS, akv, configured
from simulator import Simulator

PROXY = {"proxy_type": "http", "proxy_host": "proxy.example.com", "proxy_port": 3128, "proxy_username": "ontap"}
CERTIFICATE = base64_of(pfx())
SENT = [
    pytest.param(SECRET, {"client_secret": SECRET["client_secret"]}, id="secret"),
    pytest.param(
        {"client_certificate": CERTIFICATE, "update_credentials": "on_create"},
        {"client_certificate": CERTIFICATE},
        id="certificate",
    ),
    pytest.param({**PROXY, "proxy_port": "3128"}, PROXY, id="proxy"),
]


@pytest.mark.parametrize(("options", "body"), SENT)
def test_updates_a_hundred_svms(simulator: Simulator, options: dict[str, Any], body: dict[str, Any]) -> None:
    """At most 102 requests on at most concurrency connections change exactly the named SVMs."""
    configured(simulator, *SVMS, None)
    names = simulator.control.seed(100)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, concurrency=5, **options)
    assert (done.result.get("msg"), done.warnings) == (None, "")
    assert done.requests.lines == ["GET", *["PATCH /UUID"] * 100, "GET"]
    assert done.requests.connections <= 5
    assert done.requests.bodies == [body] * 100
    now = state(simulator)
    assert sorted(entry["path"].rpartition("/")[2] for entry in done.requests.writes) == sorted(
        now[name]["uuid"] for name in names
    )
    assert {tuple(set(entry["query"]) - {"return_timeout"}) for entry in done.requests.writes} == {()}
    assert changed(simulator, before) == set(names)
    for outcome, name in zip(done.result["results"], names, strict=True):
        assert (outcome["svm"], outcome["uuid"], outcome["action"], outcome["changed"], outcome["error"]) == (
            name,
            now[name]["uuid"],
            "update",
            True,
            None,
        )
        assert outcome["fields"] == sorted(body)
        assert now[name]["done"] == {"update": 1}
        assert now[name] == {**before[name], **now[name], **body}
    assert len(done.result["azure_key_vaults"]) == 100


def test_playbook_updates_a_hundred_svms(ansible: Ansible, simulator: Simulator) -> None:
    """Check mode sends no write and predicts the same; without it there are 102 requests on at most 8 connections."""
    names = simulator.control.seed(100)
    configured(simulator, *SVMS, None)
    before = state(simulator)
    task = akv(f'svm: {names}\nupdate_credentials: always\nclient_secret: "{{{{ client_secret }}}}"')
    check, apply = ansible.tasks([task, task], modes=[True, False])
    assert check.ok().requests.lines == ["GET"]
    assert apply.ok().requests.lines == ["GET", *["PATCH /UUID"] * 100, "GET"]
    assert apply.requests.connections <= 8
    assert (check.actions, check.records, check.result["diff"]) == (apply.actions, apply.records, apply.result["diff"])
    assert changed(simulator, before) == set(names)
    assert {state(simulator)[name]["client_secret"] for name in names} == {ansible.variables["client_secret"]}


@pytest.mark.parametrize("asynchronous", [False, True])
def test_refusal_of_one_svm_does_not_stop_others(simulator: Simulator, asynchronous: bool) -> None:
    """Nine are changed, one has an error; every SVM gets one request."""
    names = ten(simulator)
    simulator.control.knob(async_patch=asynchronous)
    simulator.control.condition("update", "65537547", svm=names[3])
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert done.requests.writes.lines == ["PATCH /UUID"] * 10
    assert changed(simulator, before) == set(names) - {names[3]}
    assert updates(simulator, *names) == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    assert [outcome["changed"] for outcome in done.result["results"]] == [name != names[3] for name in names]
    assert [outcome["error"] and outcome["error"]["code"] for outcome in done.result["results"]] == [
        None,
        None,
        None,
        "65537547",
        *[None] * 6,
    ]
    assert names[3] in done.result["msg"]
    assert done.warnings == ""
    true_of_each(simulator, done, before)


def test_secret_refused_by_azure_is_error_of_each_svm(simulator: Simulator) -> None:
    """Each SVM has its own error with ONTAP's code; nothing was changed, and nothing was sent twice."""
    names = ten(simulator)
    simulator.control.azure(secrets={"client1": ["another-secret"]})
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert {(outcome["error"]["code"], outcome["changed"]) for outcome in done.result["results"]} == {
        ("65537540", False)
    }
    assert done.requests.writes.lines == ["PATCH /UUID"] * 10
    assert (changed(simulator, before), done.warnings) == (set(), "")


@pytest.mark.parametrize("timeout", [1, 60])
def test_waits_for_each_job(simulator: Simulator, timeout: int) -> None:
    """The cluster waits if the timeout is long enough, otherwise the job is read; each result names its job."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    done = run(simulator, azure_key_vault, svm=THREE, timeout=timeout, **SECRET)
    jobs = {job["uuid"] for job in simulator.control.state()["jobs"]}
    assert {outcome["job"]["uuid"] for outcome in done.result["results"]} == jobs
    assert [outcome["job"]["state"] for outcome in done.result["results"]] == ["success"] * 3
    assert ("GET /api/cluster/jobs/UUID" in done.requests.lines) is (timeout == 1)
    assert updates(simulator, *THREE) == [1] * 3


def test_each_failed_job_is_reported(simulator: Simulator) -> None:
    """Each SVM has its own failed job."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    simulator.control.jobs(fail="65537515")
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, **SECRET)
    assert done.requests.writes.lines == ["PATCH /UUID"] * 3
    assert changed(simulator, before) == set()
    assert len({outcome["job"]["uuid"] for outcome in done.result["results"]}) == 3
    assert {(outcome["job"]["state"], outcome["error"]["code"]) for outcome in done.result["results"]} == {
        ("failure", "65537515")
    }
    true_of_each(simulator, done, before)


def test_wait_timeout_ends_wait_for_jobs(simulator: Simulator) -> None:
    """wait_timeout ends the wait; nothing is reported as certain, and the work is done later."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    simulator.control.jobs(hold="paused")
    before = state(simulator)
    done = run(simulator, azure_key_vault, svm=THREE, timeout=1, wait_timeout=1, **SECRET)
    assert done.failed
    assert changed(simulator, before) == set()
    true_of_each(simulator, done, before)
    for outcome in done.result["results"]:
        assert (outcome["changed"], outcome["job"]["state"], outcome["error"]["target"]) == (
            True,
            "paused",
            "wait_timeout",
        )
        assert outcome["job"]["uuid"] in outcome["error"]["message"]
    simulator.control.jobs(hold=None)
    rest(simulator, lambda now: all(now[svm]["client_secret"] == SECRET["client_secret"] for svm in THREE))
    assert changed(simulator, before) == set(THREE)


def test_concurrency_of_one_updates_one_svm_at_a_time(simulator: Simulator) -> None:
    """With concurrency 1, no SVM is changed before the previous one is done."""
    configured(simulator, *SVMS, None)
    simulator.control.condition("update", "65537547", svm="svm2")
    uuids = {svm: state(simulator)[svm]["uuid"] for svm in THREE}
    done = run_brisk(simulator, azure_key_vault, svm=THREE, concurrency=1, **SECRET)
    assert [entry["path"] for entry in done.requests.writes] == [f"{VAULTS}/{uuids[svm]}" for svm in THREE]
    assert updates(simulator, *THREE) == [1, 0, 1]


def _repeating(secret: str) -> list[str]:
    """Return messages of a server that repeats a secret, each with some of its forms."""
    forms = [form(secret) for form in FORMS.values()]
    return [f"Not accepted: {' '.join(forms[at : at + 6])}" for at in range(0, len(forms), 6)]


def test_no_secret_is_shown(ansible: Ansible, simulator: Simulator) -> None:
    """Requests fail with messages that repeat the body; every output is searched, see support/ansible.py."""
    secret = ansible.variables["client_secret"] = ansible.secrets.awkward("client_secret")
    configured(simulator, *SVMS, None)
    simulator.control.knob(echo_body=True)
    words = _repeating(secret)
    task = akv(f'svm: {THREE}\nupdate_credentials: always\nconcurrency: 1\nclient_secret: "{{{{ client_secret }}}}"')
    for text in words:
        simulator.control.fault(
            "wrong_shape",
            method="PATCH",
            path=ONE,
            status=401,
            body={"error": {"message": text, "code": "6"}},
            before=True,
        )
    refused = ansible.tasks([task] * len(words))
    for run_ in refused:
        assert run_.refused().requests.lines == ["GET", "PATCH /UUID"]
        assert run_.error["message"].startswith("Not accepted")
    # ONTAP refuses the request and adds the body.
    simulator.control.condition("update", "65537541", message=words[0])
    (run_,) = ansible.tasks([task])
    assert {entry["error"]["code"] for entry in run_.refused().results} == {"65537541"}


def at_once(simulator: Simulator, *calls: dict[str, Any]) -> list[Done]:
    """Run azure_key_vault so that each run has selected its SVMs before any of them writes."""
    simulator.control.fault("slow", method="PATCH|DELETE", times=len(calls), seconds=0.3)
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: run(simulator, azure_key_vault, **call), calls))


def test_concurrent_deletion_is_error_of_its_svm(simulator: Simulator) -> None:
    """The update of the deleted configuration is an error that names another run, and it is not created again."""
    configured(simulator, *SVMS, None)
    now = state(simulator)
    simulator.control.fault("slow", method="PATCH", path=now["svm2"]["uuid"], seconds=0.8)
    update, deletion = at_once(simulator, {"svm": THREE, **PROPERTIES, **SECRET}, {"svm": ["svm2"], "state": "absent"})
    assert (deletion.only["action"], deletion.only["changed"]) == ("delete", True)
    assert update.result["error"]["code"] == "4"
    assert [outcome["changed"] for outcome in update.result["results"]] == [True, False, True]
    assert "another run" in update.result["results"][1]["error"]["hint"]
    now = state(simulator)
    assert now["svm2"] is None
    assert [now[svm]["client_secret"] for svm in ("svm1", "svm3")] == [SECRET["client_secret"]] * 2
