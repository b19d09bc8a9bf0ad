# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.converge import apply as apply_module
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import read_waiting
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, refusal, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

CHANGING = {
    akv_rekey: {"key": "internal"},
    akv_restore: {},
    azure_key_vault: {"state": "absent"},
}
ALL = {akv_info: {}, **CHANGING}


@pytest.fixture(params=list(CHANGING), ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def changing(request: pytest.FixtureRequest) -> Any:
    """Each module that can change something."""
    return request.param


@pytest.fixture(params=list(ALL), ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def any_module(request: pytest.FixtureRequest) -> Any:
    """Each module."""
    return request.param


# Wrong arguments end the task before any request. The fixture wire asserts that none was sent.


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({}, "svm"),
        ({"svm": []}, "svm"),
        ({"svm": ""}, "svm"),
        ({"svm": ["a", "b|c"]}, "svm"),
        ({"scope": "svm"}, "scope"),
        ({"svm": "a", "uuid": uuid_of(1)}, "svm"),
        ({"svm": "a", "scope": "cluster"}, "svm"),
        ({"uuid": "svm1"}, "uuid"),
        ({"svm": "a", "concurrency": 0}, "concurrency"),
        ({"svm": "a", "concurrency": 101}, "concurrency"),
        ({"svm": "a", "wait_timeout": 0}, "wait_timeout"),
        ({"svm": "a", "timeout": 0}, "timeout"),
        ({"svm": "a", "hostname": "https://cluster"}, "hostname"),
        ({"svm": "a", "username": None}, "username"),
        ({"svm": "a", "ca_path": "/does/not/exist"}, "ca_path"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_wrong_arguments_end_the_task_before_any_request(
    play: Play, changing: Any, arguments: dict[str, Any], target: str, check: bool
) -> None:
    result = play(changing, check=check, **{**CHANGING[changing], **arguments})
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["error"]["target"] == target
    assert result["error"]["status"] is None
    assert result["msg"].startswith(target)
    assert "results" not in result


@pytest.mark.parametrize(
    "arguments", [{"wait": "perhaps"}, {"scope": "node"}, {"concurrency": "many"}, {"unknown": 1}, {"hostname": None}]
)
def test_ansible_refuses_wrong_types_and_choices(play: Play, changing: Any, arguments: dict[str, Any]) -> None:
    result = play(changing, **{"svm": "a", **CHANGING[changing], **arguments})
    assert result["failed"] is True
    assert next(iter(arguments)) in result["msg"]


def test_concurrency_is_limited_to_100() -> None:
    params: Mapping[str, Any] = {"wait": False, "wait_timeout": 1, "concurrency": 100}
    assert read_waiting(params) == apply_module.Waiting(wait=False, wait_timeout=1, concurrency=100)
    with pytest.raises(OptionError, match="from 1 to 100"):
        read_waiting({**params, "concurrency": 101})


# Faults of the only query


def test_refused_query_ends_the_task(play: Play, wire: Wire, any_module: Any) -> None:
    wire.on("GET", PATH, status=403, json=refusal("6", "not authorized for that command"))
    result = play(any_module, **{"svm": "svm1", **ALL[any_module]})
    error = result["error"]
    assert (error["code"], error["status"], error["method"], error["path"]) == ("6", 403, "GET", PATH)
    assert result["msg"].startswith("not authorized for that command (ONTAP error 6). ")
    assert result["msg"].endswith(error["hint"])
    assert result["changed"] is False


def test_lost_query_ends_the_task(play: Play, wire: Wire, any_module: Any) -> None:
    for _number in range(2):
        wire.on("GET", PATH, raises=requests.ReadTimeout())
    result = play(any_module, **{"svm": "svm1", "max_retries": 1, **ALL[any_module]})
    assert result["error"]["status"] is None
    assert "in time" in result["msg"]
    assert "timeout" in result["error"]["hint"]


def test_redirect_ends_the_task(play: Play, wire: Wire, any_module: Any) -> None:
    wire.on("GET", PATH, status=302, headers={"Location": "https://sso.example.com/login"})
    result = play(any_module, **{"svm": "svm1", **ALL[any_module]})
    assert "sso.example.com" in result["msg"]
    assert result["error"]["status"] == 302


# Secrets


def test_masks_password_that_ontap_repeats(play: Play, wire: Wire, any_module: Any) -> None:
    wire.on("GET", PATH, status=400, json=refusal("2", "value hunter2-hunter2 is bad"))
    play(any_module, **{"svm": "svm1", "password": "hunter2-hunter2", **ALL[any_module]})
    assert "hunter2" not in play.output


def test_masks_password_of_environment(
    play: Play, wire: Wire, any_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONTAP_USERNAME", "admin")
    monkeypatch.setenv("ONTAP_PASSWORD", "hunter2-hunter2")
    wire.on("GET", PATH, status=400, json=refusal("2", "value hunter2-hunter2 is bad"))
    result = play(any_module, **{"svm": "svm1", "username": None, "password": None, **ALL[any_module]})
    assert "hunter2" not in play.output
    assert "is bad" in result["msg"]


def test_warns_about_password_over_plain_http(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page())
    (warning,) = warnings_of(play(akv_info, https=False))
    assert "http" in warning
    assert wire.seen[0].url.startswith("http://cluster.example.com:80/")


def test_each_warning_is_given_once() -> None:
    task = Task({})
    for text in ("a", "b", "a"):
        task.warn(text)
    assert task.warnings == ["a", "b"]


# Wildcards


@pytest.mark.parametrize("module", [akv_rekey, akv_restore])
@pytest.mark.parametrize("check", [True, False])
def test_warns_about_unmatched_wildcard(play: Play, wire: Wire, module: Any, check: bool) -> None:
    wire.on("GET", PATH, json=page())
    result = play(module, check=check, svm="prod*", **CHANGING[module])
    assert (result["changed"], result["results"], result["azure_key_vaults"]) == (False, [], [])
    (warning,) = warnings_of(result)
    assert "prod*" in warning


@pytest.mark.parametrize("module", [akv_rekey, akv_restore])
@pytest.mark.parametrize("arguments", [{"svm": "svm9"}, {"uuid": uuid_of(9)}, {"scope": "cluster"}])
@pytest.mark.parametrize("check", [True, False])
def test_missing_configuration_is_an_error_of_its_target(
    play: Play, wire: Wire, module: Any, arguments: dict[str, Any], check: bool
) -> None:
    wire.on("GET", PATH, json=page())
    result = play(module, check=check, **arguments, **CHANGING[module])
    assert result["failed"] is True
    assert result["error"]["target"] == next(iter(arguments))
    (target,) = result["results"]
    assert (target["action"], target["changed"]) == ("none", False)
    assert target["error"] == result["error"]


def test_azure_key_vault_refuses_wildcard(play: Play) -> None:
    result = play(azure_key_vault, svm="prod*", state="absent")
    assert result["error"]["target"] == "svm"
    assert "wildcard" in result["msg"]


# Rereading


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("status", "code"), [(401, "6691623"), (403, "6"), (401, None), (400, "6691623")])
def test_refused_login_at_last_read_fails_the_task(
    play: Play, wire: Wire, status: int, code: str | None, wait: bool
) -> None:
    """The change is made, but the login of the next task would be refused too, which could lock the account."""
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("PATCH", f"{PATH}/{uuid_of(1)}")
    wire.on("GET", PATH, status=status, json=refusal(code, "no"))
    result = play(azure_key_vault, svm="svm1", client_id="x", wait=wait)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["results"][0]["error"]["status"] == status


def test_change_is_returned_as_planned_when_reread_fails(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("PATCH", f"{PATH}/{uuid_of(1)}")
    wire.on("GET", PATH, status=400, json=refusal("2", "no"))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert result["changed"] is True
    assert "failed" not in result
    assert result["azure_key_vaults"] == [record(1, client_id="x")]
    (warning,) = warnings_of(result)
    assert "could not be read again" in warning


def test_ambiguous_svm_fails_and_other_svms_are_finished(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1), record(1, uuid=uuid_of(8)), record(2)))
    wire.on("DELETE", f"{PATH}/{uuid_of(2)}")
    result = play(azure_key_vault, svm=["svm1", "svm2"], state="absent")
    assert result["failed"] is True
    assert result["changed"] is True
    assert uuid_of(8) in result["msg"]
    assert [entry["action"] for entry in result["results"]] == ["none", "delete"]
    assert [bool(entry["error"]) for entry in result["results"]] == [True, False]


def test_sends_no_request_after_refused_login(play: Play, wire: Wire) -> None:
    """The wire has no further response. Another request would be another refused login."""
    wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on("POST", f"{PATH}/{uuid_of(1)}/rekey-internal")
    wire.on("POST", f"{PATH}/{uuid_of(2)}/rekey-internal", status=401, json=refusal("6", "not authorized"))
    result = play(akv_rekey, svm=["svm1", "svm2"], key="internal", concurrency=1)
    assert result["failed"]
    assert [entry["changed"] for entry in result["results"]] == [True, False]
    assert any("not read again" in text for text in warnings_of(result))
