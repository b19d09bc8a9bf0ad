# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of a task: values that are refused before any request, and failures of some targets."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    NAME,
    OTHER_KEY,
    SVMS,
    akv,
    configured,
    info,
    rekey,
    restore,
)
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'


def test_invalid_svm_names_are_refused(ansible: Ansible, simulator: Simulator) -> None:
    """Operators, white space, empty items and empty lists are errors that name the option, without any request."""
    configured(simulator, *SVMS, None)
    names = ["svm1|svm2", "'!svm1'", "svm1..svm3", "'null'", "'svm 1'", "''", "[svm1, '  ']", "[]"]
    tasks = [akv(f"svm: {name}\nstate: absent") for name in [*names, "'svm*'"]]
    tasks += [restore(f"svm: {name}") for name in ("'svm1|*'", "null")]
    tasks += [rekey("svm: '>svm*'\nkey: internal"), info("svm: '!svm1*'"), akv("svm: null\nstate: absent")]
    for run in ansible.tasks(tasks):
        assert run.refused().error["target"] == "svm"
        assert run.msg.startswith("svm: ")
        assert run.requests == []


def test_conflicting_targets_are_refused(ansible: Ansible, simulator: Simulator) -> None:
    """Only one of svm, uuid and scope: cluster is accepted; scope: svm only by akv_info."""
    (uuid,) = configured(simulator, "svm1")
    cases = {
        f"svm: svm1\nuuid: {uuid}": "svm",
        "svm: svm1\nscope: cluster": "svm",
        "scope: svm": "scope",
        "uuid: svm1": "uuid",
        "svm: svm1\nconcurrency: 0": "concurrency",
    }
    for run, target in zip(
        ansible.tasks([akv(f"{options}\nstate: absent") for options in cases]), cases.values(), strict=True
    ):
        assert run.refused().error["target"] == target
        assert run.requests == []


def test_invalid_values_are_refused(ansible: Ansible) -> None:
    """For invalid URLs, ports and empty secrets the message names the option; a possible password is not shown."""
    cases = {
        "name: http://vault.azure.net/": "name",
        f"name: {NAME}keys/key1": "name",
        "name: https://user:pass-in-a-url@vault.azure.net/": "name",
        f"key_id: {NAME}secrets/key1": "key_id",
        "proxy_port: 70000": "proxy_port",
        'client_secret: ""': "client_secret",
        'client_id: " "': "client_id",
    }
    for run, target in zip(
        ansible.tasks([akv(f"svm: svm1\n{option}") for option in cases]), cases.values(), strict=True
    ):
        assert run.refused().error["target"] == target
        assert run.msg.startswith(f"{target}: ")
        assert "pass-in-a-url" not in f"{run.msg}{run.error}"
        assert run.requests == []
    refused = [
        rekey("svm: svm1\nkey: external"),
        rekey(f"svm: svm1\nkey: internal\nkey_id: {OTHER_KEY}"),
        rekey("svm: svm1\nkey: internal\nforce: true"),
    ]
    for run, option in zip(ansible.tasks(refused), ("key_id", "key_id", "force"), strict=True):
        assert option in run.refused().msg
        assert run.requests == []


def test_configuration_can_be_selected_by_uuid(ansible: Ansible, simulator: Simulator) -> None:
    """The UUID of a configuration selects it; an unknown UUID is an error for state present."""
    (uuid,) = configured(simulator, "svm1", proxy_host="old.example.com")
    cycle = ansible.cycle(akv(f"uuid: {uuid}\nproxy_host: proxy.example.com")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", "PATCH /UUID", "GET"]
    assert cycle.apply.actions == {"svm1": "update"}
    assert cycle.apply.requests[0]["query"]["uuid"] == uuid
    simulator.control.remove_record("svm1")
    run = ansible.task(akv(f"uuid: {uuid}{DESCRIBED}{SECRET}")).refused()
    assert run.error["target"] == "uuid"
    assert uuid in run.msg
    assert run.requests.writes == []


def test_duplicates_are_one_target(ansible: Ansible, simulator: Simulator) -> None:
    """The same SVM by name, twice, and by UUID is one target and one request."""
    configured(simulator, "svm1", "svm2", key_id=OTHER_KEY)
    svm1 = simulator.control.state()["svms"]["svm1"]["uuid"]
    run = ansible.task(rekey(f"svm: [svm1, svm2, svm1, {svm1}]\nkey: external\nkey_id: {NAME}keys/key1")).ok()
    assert [entry["svm"] for entry in run.results] == ["svm1", "svm2"]
    assert len(run.requests.writes) == 2


def test_several_failures_are_reported(ansible: Ansible, simulator: Simulator) -> None:
    """The others are completed; msg has the first error in the order of the task, its hint, and the number of more."""
    simulator.control.condition("create", "65537505", svm="svm2")
    simulator.control.condition("create", "65537512", svm="svm4")
    run = ansible.task(akv(f"svm: {list(SVMS)}{DESCRIBED}{SECRET}")).refused()
    assert run.changed
    assert [entry["error"] and entry["error"]["code"] for entry in run.results] == [
        None,
        "65537505",
        None,
        "65537512",
        None,
    ]
    assert [entry["changed"] for entry in run.results] == [True, False, True, False, True]
    assert run.error == run.results[1]["error"]
    assert set(run.error) == {"code", "message", "target", "status", "method", "path", "hint"}
    assert run.msg.startswith("svm2: ")
    assert run.error["message"].rstrip(".") in run.msg
    assert run.error["hint"] in run.msg
    assert run.msg.endswith("1 more target failed, see results.")
    assert len(run.requests.writes) == 5
    assert set(run.result["diff"]["after"]) == {"svm1", "svm3", "svm5"}


@pytest.mark.parametrize("status", [401, 403])
def test_refused_login_stops_further_targets(ansible: Ansible, simulator: Simulator, status: int) -> None:
    """No further target is started, so that the account is not locked; the others have action none and the reason."""
    simulator.control.fault("status", method="POST", nth=2, status=status, times=None)
    run = ansible.task(akv(f"svm: {list(SVMS)}\nconcurrency: 1{DESCRIBED}{SECRET}")).refused()
    assert run.requests.lines == ["GET", "POST", "POST"]
    assert [entry["action"] for entry in run.results] == ["create", "create", "none", "none", "none"]
    assert [entry["changed"] for entry in run.results] == [True, False, False, False, False]
    assert run.error["status"] == status
    assert run.error == run.results[1]["error"]
    assert all("not started" in entry["message"] for entry in run.results[2:])
    assert run.changed


def test_readonly_user_can_only_use_check_mode(ansible: Ansible, simulator: Simulator) -> None:
    """Check mode succeeds; the first write is the last one."""
    simulator.control.user("reader", password=simulator.password, role="readonly")
    task = akv(
        f"svm: {list(SVMS)}\nconcurrency: 1\nusername: reader\npassword: '{simulator.password}'{DESCRIBED}{SECRET}"
    )
    check, apply = ansible.tasks([task, task], modes=[True, False])
    assert check.ok().changed
    assert apply.refused().error["code"] == "6"
    assert apply.error["hint"]
    assert apply.requests.lines == ["GET", "POST"]
    assert not apply.changed
