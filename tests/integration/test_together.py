# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: one PATCH of the collection for all SVMs that get the same; its faults are in test_together_faults.py.

What every result says is compared with what became of the configuration in the simulator.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import until
from ansible_collections.ontap.akv.tests.integration.support.secrets import FORMS
from ansible_collections.ontap.akv.tests.integration.support.tasks import PROPERTIES, SVMS, akv, configured
from ansible_collections.ontap.akv.tests.integration.support.together import COLLECTION, SECRET, THREE, changed, rest, state, ten, true_of_each, updates
from simulator import Simulator

PROXY = {"proxy_type": "http", "proxy_host": "proxy.example.com", "proxy_port": 3128, "proxy_username": "ontap"}
CERTIFICATE = base64_of(pfx())
SENT = [
    pytest.param(SECRET, {"client_secret": SECRET["client_secret"]}, id="secret"),
    pytest.param({"client_certificate": CERTIFICATE, "update_credentials": "on_create"}, {"client_certificate": CERTIFICATE}, id="certificate"),
    pytest.param({**PROXY, "proxy_port": "3128"}, PROXY, id="proxy"),
]


@pytest.mark.parametrize(("options", "body"), SENT)
def test_a_hundred_svms(simulator: Simulator, options: dict[str, Any], body: dict[str, Any]) -> None:
    """Three requests; every SVM that was named has it, and nothing happened to any other configuration."""
    configured(simulator, *SVMS, None)
    names = simulator.control.seed(100)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **options)
    assert (done.result.get("msg"), done.warnings) == (None, "")
    assert done.requests.lines == ["GET", "PATCH", "GET"]
    assert done.requests.connections <= 2
    assert done.requests.bodies == [body]
    now = state(simulator)
    assert sorted(done.requests.writes[0]["query"]["uuid"].split("|")) == sorted(now[name]["uuid"] for name in names)
    assert changed(simulator, before) == set(names)
    for told, name in zip(done.result["results"], names, strict=True):
        assert (told["svm"], told["uuid"], told["action"], told["changed"], told["error"]) == (name, now[name]["uuid"], "update", True, None)
        assert told["fields"] == sorted(body)
        assert now[name]["done"] == {"update": 1}
        assert now[name] == {**before[name], **now[name], **body}
    assert len(done.result["azure_key_vaults"]) == 100


def test_two_groups_of_fifty(simulator: Simulator) -> None:
    """A request for each of them, beside each other; the SVMs that are right already are in neither."""
    names = simulator.control.seed(50, "new") + simulator.control.seed(50, "half", proxy_host="proxy.example.com")
    right = simulator.control.seed(3, "right", **PROXY)
    configured(simulator, "svm1", None)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=[*names, *right], **{**PROXY, "proxy_port": "3128"})
    assert done.requests.lines == ["GET", "PATCH", "PATCH", "GET"]
    assert sorted(len(entry["query"]["uuid"].split("|")) for entry in done.requests.writes) == [50, 50]
    assert sorted(len(body) for body in done.requests.bodies) == [3, 4]
    assert done.requests.connections <= 3
    assert changed(simulator, before) == set(names)
    assert all(state(simulator)[name].items() >= PROXY.items() for name in names)
    assert [told["action"] for told in done.result["results"]] == ["update"] * 100 + ["none"] * 3


def test_a_playbook_for_a_hundred_svms(ansible: Ansible, simulator: Simulator) -> None:
    """Check mode sends nothing and tells the same; applied, it is three requests on at most two connections."""
    names = simulator.control.seed(100)
    configured(simulator, *SVMS, None)
    before = state(simulator)
    task = akv(f'svm: {names}\nupdate_credentials: always\nclient_secret: "{{{{ client_secret }}}}"')
    check, apply = ansible.tasks([task, task], modes=[True, False])
    assert check.ok().requests.lines == ["GET"]
    assert apply.ok().requests.lines == ["GET", "PATCH", "GET"]
    assert apply.requests.connections <= 2
    assert (check.actions, check.records, check.result["diff"]) == (apply.actions, apply.records, apply.result["diff"])
    assert changed(simulator, before) == set(names)
    assert {state(simulator)[name]["client_secret"] for name in names} == {ansible.variables["client_secret"]}


@pytest.mark.parametrize(
    ("knobs", "reached"),
    [
        pytest.param({"collection_patch": False}, 0, id="refused"),
        pytest.param({"collection_patch_count": 9}, 10, id="too few told"),
        pytest.param({"collection_patch_count": 11}, 10, id="too many told"),
        pytest.param({"async_patch": True, "collection_patch_jobs": True}, 10, id="a job for each"),
        pytest.param({"page_size": 3}, 3, id="pages"),
        pytest.param({"page_size": 3, "empty_pages": 1}, 0, id="empty pages"),
    ],
)
def test_each_by_itself_where_it_is_not_told_for_all(simulator: Simulator, knobs: dict[str, Any], reached: int) -> None:
    """One more request than without, and every SVM is as wished."""
    names = ten(simulator)
    simulator.control.knob(**knobs)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert (done.result.get("msg"), done.warnings) == (None, "")
    assert done.requests.writes.lines == ["PATCH", *["PATCH /UUID"] * 10]
    assert sorted(updates(simulator, *names)) == [1] * (10 - reached) + [2] * reached
    assert changed(simulator, before) == set(names)
    assert {told["changed"] for told in done.result["results"]} == {True}
    true_of_each(simulator, done, before)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_one_of_ten_that_is_refused(simulator: Simulator, asynchronous: bool) -> None:
    """Nine are changed and told so, one error; what was done before the refusal is done again."""
    names = ten(simulator)
    simulator.control.knob(async_patch=asynchronous)
    simulator.control.condition("update", "65537547", svm=names[3])
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert done.requests.writes.lines == ["PATCH", *["PATCH /UUID"] * 10]
    assert changed(simulator, before) == set(names) - {names[3]}
    assert updates(simulator, *names) == [2, 2, 2, 0, 1, 1, 1, 1, 1, 1]
    assert [told["changed"] for told in done.result["results"]] == [name != names[3] for name in names]
    assert [told["error"] and told["error"]["code"] for told in done.result["results"]] == [None, None, None, "65537547", *[None] * 6]
    assert names[3] in done.result["msg"]
    assert done.warnings == ""
    true_of_each(simulator, done, before)


def test_a_refusal_that_passes(simulator: Simulator) -> None:
    """What ONTAP refused once it may take the next time: nothing failed then."""
    names = ten(simulator)
    simulator.control.condition("update", "65537547", svm=names[3], times=1)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert (done.result.get("msg"), done.warnings) == (None, "")
    assert updates(simulator, *names) == [2, 2, 2, *[1] * 7]


def test_a_secret_that_azure_refuses(simulator: Simulator) -> None:
    """Each SVM has its own error with ONTAP's code; none was changed."""
    names = ten(simulator)
    simulator.control.azure(secrets={"client1": ["another-secret"]})
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=names, **SECRET)
    assert {(told["error"]["code"], told["changed"]) for told in done.result["results"]} == {("65537540", False)}
    assert (changed(simulator, before), done.warnings) == (set(), "")


@pytest.mark.parametrize("timeout", [1, 60])
def test_its_job_is_waited_for(simulator: Simulator, timeout: int) -> None:
    """By the cluster where the time-out leaves room, else by questions after it; each result names it."""
    names = ten(simulator)
    simulator.control.knob(async_patch=True)
    done = run(simulator, azure_key_vault, svm=names, timeout=timeout, **SECRET)
    (job,) = simulator.control.state()["jobs"]
    assert [told["job"] for told in done.result["results"]] == [{"uuid": job["uuid"], "state": "success", "message": told_of(done)}] * 10
    assert ("GET /api/cluster/jobs/UUID" in done.requests.lines) is (timeout == 1)
    assert done.requests.writes.lines == ["PATCH"]
    assert updates(simulator, *names) == [1] * 10


def told_of(done: Done) -> str | None:
    """The words of the job in the first result."""
    message: str | None = done.result["results"][0]["job"]["message"]
    return message


def test_its_job_fails(simulator: Simulator) -> None:
    """Jobs of their own follow, and each says what became of its SVM."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    simulator.control.jobs(fail="65537515")
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, **SECRET)
    assert done.requests.writes.lines == ["PATCH", *["PATCH /UUID"] * 3]
    assert changed(simulator, before) == set()
    assert len({told["job"]["uuid"] for told in done.result["results"]}) == 3
    assert {(told["job"]["state"], told["error"]["code"]) for told in done.result["results"]} == {("failure", "65537515")}
    true_of_each(simulator, done, before)


def test_a_held_job(simulator: Simulator) -> None:
    """wait_timeout ends the wait for it; nothing is said to be done for certain, and later it is."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    simulator.control.jobs(hold="paused")
    before = state(simulator)
    done = run(simulator, azure_key_vault, svm=THREE, timeout=1, wait_timeout=1, **SECRET)
    assert done.failed
    assert changed(simulator, before) == set()
    true_of_each(simulator, done, before)
    for told in done.result["results"]:
        assert (told["changed"], told["job"]["state"], told["error"]["target"]) == (True, "paused", "wait_timeout")
        assert told["job"]["uuid"] in told["error"]["message"]
    simulator.control.jobs(hold=None)
    rest(simulator, lambda now: all(now[svm]["client_secret"] == SECRET["client_secret"] for svm in THREE))
    assert changed(simulator, before) == set(THREE)


def test_a_job_that_is_let_go(simulator: Simulator) -> None:
    """It is waited for as long as it takes; no single request follows."""
    configured(simulator, *SVMS, None)
    simulator.control.knob(async_patch=True)
    simulator.control.jobs(hold="queued")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, simulator, azure_key_vault, svm=THREE, timeout=1, **SECRET)
        until(simulator, lambda log: sum("/cluster/jobs/" in entry["path"] for entry in log) >= 2)
        simulator.control.jobs(hold=None)
        done = running.result()
    assert not done.failed
    assert done.requests.writes.lines == ["PATCH"]
    assert updates(simulator, *THREE) == [1] * 3


@pytest.mark.parametrize("options", [{"concurrency": 1}, {"wait": False}])
def test_never_for_a_canary_nor_without_a_wait(simulator: Simulator, options: dict[str, Any]) -> None:
    """One after the other means that; and a job that nobody waits for is that of its SVM."""
    configured(simulator, *SVMS, None)
    simulator.control.condition("update", "65537547", svm="svm2")
    simulator.control.knob(async_patch="wait" in options)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, **options, **SECRET)
    assert done.requests.writes.lines == ["PATCH /UUID"] * 3
    rest(simulator, lambda now: [now[svm]["done"].get("update", 0) for svm in THREE] == [1, 0, 1])


@pytest.mark.parametrize("svms", [["svm1"], ["svm1", "svm4"]])
def test_never_for_one(simulator: Simulator, svms: list[str]) -> None:
    """An SVM alone, also beside one that is right already, gets a request of its own."""
    configured(simulator, "svm1")
    configured(simulator, "svm4", **PROXY)
    done = run_brisk(simulator, azure_key_vault, svm=svms, **{**PROXY, "proxy_port": "3128"})
    assert done.requests.lines == ["GET", "PATCH /UUID", "GET"]


def _repeating(secret: str) -> list[str]:
    """What a server says that repeats a secret, a few of the forms at a time."""
    forms = [form(secret) for form in FORMS.values()]
    return [f"Not accepted: {' '.join(forms[at : at + 6])}" for at in range(0, len(forms), 6)]


def test_no_secret_is_told(ansible: Ansible, simulator: Simulator) -> None:
    """Where the one request fails with words that repeat the body; every output is searched, see support/ansible.py."""
    secret = ansible.variables["client_secret"] = ansible.secrets.awkward("client_secret")
    configured(simulator, *SVMS, None)
    simulator.control.knob(echo_body=True)
    words = _repeating(secret)
    task = akv(f'svm: {THREE}\nupdate_credentials: always\nclient_secret: "{{{{ client_secret }}}}"')
    for text in words:
        simulator.control.fault("wrong_shape", method="PATCH", path=COLLECTION, status=401, body={"error": {"message": text, "code": "6"}}, before=True)
    refused = ansible.tasks([task] * len(words))
    for run_ in refused:
        assert run_.refused().requests.lines == ["GET", "PATCH"]
        assert run_.error["message"].startswith("Not accepted")
    # Refused by ONTAP, which adds the body: first for all, then for each.
    simulator.control.condition("update", "65537541", message=words[0])
    (run_,) = ansible.tasks([task])
    assert {entry["error"]["code"] for entry in run_.refused().results} == {"65537541"}
    simulator.control.clear_conditions()
    simulator.control.condition("update", "65537541", message=words[1], times=1)
    (run_,) = ansible.tasks([task])
    assert run_.ok().requests.writes.lines == ["PATCH", *["PATCH /UUID"] * 3]
    assert [state(simulator)[svm]["client_secret"] for svm in THREE] == [secret] * 3


def at_once(simulator: Simulator, *calls: dict[str, Any]) -> list[Done]:
    """Runs azure_key_vault so that each run has selected its SVMs before any of them changes something."""
    simulator.control.fault("slow", method="PATCH|DELETE", seconds=0.3)
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: run(simulator, azure_key_vault, **call), calls))


def test_two_secrets_at_once(simulator: Simulator) -> None:
    """Both are sent to all, and all SVMs have the same one in the end."""
    names = ten(simulator)
    calls = [{"svm": names, **SECRET, "client_secret": secret} for secret in ("secret-number-1", "secret-number-2")]
    runs = at_once(simulator, *calls)
    assert [(done.failed, {told["changed"] for told in done.result["results"]}) for done in runs] == [(False, {True})] * 2
    assert updates(simulator, *names) == [2] * 10
    (final,) = {state(simulator)[name]["client_secret"] for name in names}
    assert final in ("secret-number-1", "secret-number-2")


def test_an_update_of_all_and_a_deletion_of_one(simulator: Simulator) -> None:
    """What is gone is not in the count: each by itself, an error for that one, and it is not created again."""
    configured(simulator, *SVMS, None)
    simulator.control.fault("slow", method="PATCH", path=COLLECTION, seconds=0.8)
    update, deletion = at_once(simulator, {"svm": THREE, **PROPERTIES, **SECRET}, {"svm": ["svm2"], "state": "absent"})
    assert (deletion.only["action"], deletion.only["changed"]) == ("delete", True)
    assert update.result["error"]["code"] == "4"
    assert [told["changed"] for told in update.result["results"]] == [True, False, True]
    assert "another run" in update.result["results"][1]["error"]["hint"]
    now = state(simulator)
    assert now["svm2"] is None
    assert [now[svm]["client_secret"] for svm in ("svm1", "svm3")] == [SECRET["client_secret"]] * 2
