# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    PATH,
    VAULT,
    cluster_record,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import ANY, Wire

ONE = f"{PATH}/{uuid_of(1)}"
SAME = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}
SECRET = "hunter2-hunter2"
FULL = {**SAME, "client_secret": SECRET, "update_credentials": "on_create"}
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
KEY_2 = f"{VAULT}keys/key2"
PLAIN = {"fields": "*", "scope": "svm", "svm.name": "svm1"}


def script_query(wire: Wire, *records: dict[str, Any], query: Any = ANY) -> None:
    """Script the next query to return records."""
    wire.on("GET", PATH, query=query, json=page(*records))


@pytest.mark.parametrize("check", [True, False])
def test_no_change_needs_one_request(play: Play, wire: Wire, check: bool) -> None:
    script_query(wire, record(1), query=PLAIN)
    result = play(azure_key_vault, check=check, diff=True, svm="svm1", **FULL)
    assert (result["changed"], result["azure_key_vaults"]) == (False, [record(1)])
    assert result["diff"] == {"before": {}, "after": {}}
    assert warnings_of(result) == []
    (target,) = result["results"]
    assert (target["action"], target["job"], target["error"]) == ("none", None, None)


def test_100_svms_without_changes_need_one_request(play: Play, wire: Wire) -> None:
    script_query(wire, *(record(number) for number in range(100)))
    result = play(azure_key_vault, svm=[f"svm{number}" for number in range(100)], **FULL)
    assert (result["changed"], len(result["results"])) == (False, 100)


def test_accepts_svms_as_comma_separated_string(play: Play, wire: Wire) -> None:
    script_query(wire, record(1), record(2), query={**PLAIN, "svm.name": "svm1|svm2"})
    assert len(play(azure_key_vault, svm=None, vserver="svm1,svm2", **FULL)["results"]) == 2


def test_create_needs_two_requests(play: Play, wire: Wire) -> None:
    script_query(wire, query=PLAIN)
    wire.on(
        "POST",
        PATH,
        query={"return_records": "true"},
        body={"svm": {"name": "svm1"}, **SAME, "client_secret": SECRET},
        status=201,
        json=page(record()),
    )
    result = play(azure_key_vault, diff=True, svm="svm1", **FULL)
    assert (result["changed"], result["azure_key_vaults"]) == (True, [record()])
    (target,) = result["results"]
    assert (target["svm"], target["uuid"], target["action"], target["job"]) == ("svm1", uuid_of(1), "create", None)
    assert target["fields"] == ["client_id", "client_secret", "key_id", "name", "svm", "tenant_id"]
    assert result["diff"]["before"] == {"svm1": {}}
    assert result["diff"]["after"]["svm1"]["client_secret"] == "will be sent"
    assert SECRET not in play.output


@pytest.mark.parametrize(
    ("held", "arguments", "action"),
    [
        ((), FULL, "create"),
        ((record(),), {"client_id": "x"}, "update"),
        ((record(),), {"key_id": KEY_2, "allow_rekey": True}, "rekey"),
        ((record(),), {"client_secret": SECRET, "update_credentials": "always"}, "update"),
        ((record(),), {"state": "absent"}, "delete"),
    ],
)
def test_check_mode_predicts_and_sends_no_write(
    play: Play, wire: Wire, held: Any, arguments: dict[str, Any], action: str
) -> None:
    script_query(wire, *held)
    result = play(azure_key_vault, check=True, diff=True, svm="svm1", **arguments)
    assert result["changed"] is True
    (target,) = result["results"]
    assert (target["action"], target["changed"], target["job"]) == (action, True, None)
    assert list(result["diff"]["before"]) == ["svm1"]
    assert {seen.method for seen in wire.seen} == {"GET"}


def test_update_needs_three_requests(play: Play, wire: Wire) -> None:
    script_query(wire, record(1), record(2, client_id="x"), query={**PLAIN, "svm.name": "svm1|svm2"})
    wire.on(
        "PATCH",
        ONE,
        query={"return_timeout": "15"},
        body={"client_id": "x", "client_secret": SECRET},
        json={"job": {"uuid": JOB}},
    )
    script_query(wire, record(1, client_id="x", tenant_id="as it is"), query={"fields": "*", "uuid": uuid_of(1)})
    result = play(azure_key_vault, diff=True, svm=["svm1", "svm2"], **{**FULL, "client_id": "x"})
    assert result["changed"] is True
    assert result["azure_key_vaults"] == [record(1, client_id="x", tenant_id="as it is"), record(2, client_id="x")]
    first, second = result["results"]
    assert (first["action"], first["fields"]) == ("update", ["client_id", "client_secret"])
    assert first["job"] == {"uuid": JOB, "state": "success", "message": None}
    assert second["action"] == "none"
    assert list(result["diff"]["after"]) == ["svm1"]


@pytest.mark.parametrize("check", [True, False])
def test_warns_about_unsent_secret(play: Play, wire: Wire, check: bool) -> None:
    script_query(wire, record())
    result = play(azure_key_vault, check=check, svm="svm1", **SAME, client_secret=SECRET)
    assert result["changed"] is False
    (warning,) = warnings_of(result)
    assert "update_credentials" in warning
    assert SECRET not in play.output


def test_update_credentials_always_sends_secret(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("PATCH", ONE, body={"client_secret": SECRET})
    script_query(wire, record())
    result = play(azure_key_vault, diff=True, svm="svm1", client_secret=SECRET, update_credentials="always")
    assert result["changed"] is True
    assert result["results"][0]["fields"] == ["client_secret"]
    assert result["diff"]["after"]["svm1"]["client_secret"] == "will be sent"


@pytest.mark.parametrize(
    ("update_credentials", "fields"),
    [("when_unreachable", "*,azure_reachability"), ("always", "*"), ("on_create", "*")],
)
def test_reads_reachability_only_when_it_decides(play: Play, wire: Wire, update_credentials: str, fields: str) -> None:
    script_query(wire, record(azure_reachability={"reachable": True}), query={**PLAIN, "fields": fields})
    play(azure_key_vault, check=True, svm="svm1", client_secret=SECRET, update_credentials=update_credentials)


def test_fails_when_configuration_is_missing_after_update(play: Play, wire: Wire) -> None:
    script_query(wire, record(1), record(2))
    wire.in_order = False
    wire.on("PATCH", ONE)
    wire.on("PATCH", f"{PATH}/{uuid_of(2)}")
    script_query(wire, record(2))
    result = play(azure_key_vault, svm=["svm1", "svm2"], client_secret=SECRET, update_credentials="always")
    assert (result["failed"], result["changed"], len(result["azure_key_vaults"])) == (True, True, 1)
    assert "svm1: the update succeeded, but the configuration no longer exists" in result["msg"]
    assert [target["error"] is None for target in result["results"]] == [False, True]


@pytest.mark.parametrize("had", ["certificate", "client_secret"])
def test_fails_when_authentication_method_did_not_change(play: Play, wire: Wire, had: str) -> None:
    script_query(wire, record(1, authentication_method=had))
    wire.on("PATCH", ONE)
    script_query(wire, record(1, authentication_method="certificate"))
    result = play(azure_key_vault, svm="svm1", client_secret=SECRET, update_credentials="always")
    assert (result["failed"], result["error"]["target"]) == (True, "authentication_method")


@pytest.mark.parametrize("field", [{"enabled": False}, {"authentication_method": "certificate"}, {"scope": "cluster"}])
def test_fails_when_created_record_differs(play: Play, wire: Wire, field: dict[str, Any]) -> None:
    """The record is compared with everything that the task describes, not only with what was sent."""
    wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 14, "minor": 1}})
    script_query(wire)
    wire.on("POST", PATH, status=201, json=page(record(1, **{"enabled": True, **field})))
    result = play(azure_key_vault, svm="svm1", enabled=True, **FULL)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, True, next(iter(field)))


def test_when_unreachable_updates_only_unreachable_svms(play: Play, wire: Wire) -> None:
    script_query(
        wire,
        record(1, azure_reachability={"reachable": False, "code": "346758"}),
        record(2, azure_reachability={"reachable": True, "code": "0"}),
    )
    wire.on("PATCH", ONE, body={"client_secret": SECRET})
    script_query(
        wire,
        record(1, azure_reachability={"reachable": True, "code": "0"}),
        query={"fields": "*,azure_reachability", "uuid": uuid_of(1)},
    )
    result = play(azure_key_vault, svm="svm1,svm2", client_secret=SECRET, update_credentials="when_unreachable")
    assert [target["action"] for target in result["results"]] == ["update", "none"]
    assert result["azure_key_vaults"][0]["azure_reachability"] == {"reachable": True, "code": 0}


def test_sends_patch_and_then_rekey(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("PATCH", ONE, body={"client_id": "x"})
    wire.on(
        "POST",
        f"{ONE}/rekey-external",
        query={"return_timeout": "15"},
        body={"key_id": KEY_2},
        status=202,
        json={"job": {"uuid": JOB}},
    )
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success", "message": "done", "code": 0})
    script_query(wire, record(client_id="x", key_id=KEY_2))
    result = play(azure_key_vault, diff=True, svm="svm1", client_id="x", key_id=KEY_2, allow_rekey=True)
    (target,) = result["results"]
    assert (target["action"], target["fields"]) == ("rekey", ["client_id", "key_id"])
    assert target["job"] == {"uuid": JOB, "state": "success", "message": "done"}
    assert result["diff"]["after"]["svm1"]["key_id"] == KEY_2


def test_failed_rekey_after_patch_is_changed_and_failed(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("PATCH", ONE)
    wire.on("POST", f"{ONE}/rekey-external", status=400, json=refusal("65537547", "Keys exist in the admin SVM."))
    script_query(wire, record(client_id="x"))
    result = play(azure_key_vault, svm="svm1", client_id="x", key_id=KEY_2, allow_rekey=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("svm1: Keys exist in the admin SVM (ONTAP error 65537547). ")
    (target,) = result["results"]
    assert (target["action"], target["changed"], target["fields"]) == ("rekey", True, ["client_id", "key_id"])
    assert target["error"] == result["error"]
    assert result["azure_key_vaults"] == [record(client_id="x")]


def test_returns_jobs_without_waiting(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("PATCH", ONE, query={"return_timeout": "0"}, status=202, json={"job": {"uuid": JOB}})
    script_query(wire, record())
    result = play(azure_key_vault, svm="svm1", client_id="x", wait=False)
    assert result["results"][0]["job"] == {"uuid": JOB, "state": "queued", "message": None}


def test_wait_timeout_names_running_job(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("PATCH", ONE, query={"return_timeout": "1"}, status=202, json={"job": {"uuid": JOB}}, takes=2.9)
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "running"})
    script_query(wire, record())
    result = play(azure_key_vault, svm="svm1", client_id="x", wait_timeout=3)
    assert (result["failed"], result["changed"]) == (True, True)
    assert JOB in result["msg"]
    assert result["error"]["target"] == "wait_timeout"
    assert result["results"][0]["job"]["state"] == "running"


# Errors of one target

TARGET_ERRORS: list[tuple[dict[str, Any], tuple[dict[str, Any], ...], str, str]] = [
    ({"svm": "svm1", "client_id": "x"}, (), "name", "name, tenant_id, key_id, one of client_secret"),
    ({"svm": "svm1", **FULL, "name": "https://other.vault.azure.net"}, (record(),), "name", "cannot change it"),
    ({"svm": "svm1", **FULL, "key_id": KEY_2}, (record(),), "key_id", "re-wraps"),
    ({"uuid": uuid_of(1), **FULL}, (), "uuid", "no configuration has this UUID"),
]


@pytest.mark.parametrize("case", TARGET_ERRORS, ids=["missing", "name", "key_id", "uuid"])
@pytest.mark.parametrize("check", [True, False])
def test_wrong_target_fails_without_changes(
    play: Play, wire: Wire, case: tuple[dict[str, Any], tuple[dict[str, Any], ...], str, str], check: bool
) -> None:
    arguments, held, target, part = case
    script_query(wire, *held)
    result = play(azure_key_vault, check=check, **arguments)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["error"]["target"] == target
    assert part in result["msg"]
    (entry,) = result["results"]
    assert (entry["action"], entry["error"]) == ("none", result["error"])


def test_other_targets_are_finished_after_errors(play: Play, wire: Wire) -> None:
    script_query(wire, record(1, name="https://other.vault.azure.net/"), record(2, client_id="old"), record(3))
    wire.in_order = False
    wire.on("PATCH", f"{PATH}/{uuid_of(2)}")
    wire.on("POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured."))
    script_query(wire)
    script_query(wire, record(2))
    result = play(azure_key_vault, svm="svm1,svm2,svm3,svm4", **FULL)
    assert (result["failed"], result["changed"]) == (True, True)
    assert [entry["action"] for entry in result["results"]] == ["none", "update", "none", "create"]
    assert [bool(entry["error"]) for entry in result["results"]] == [True, False, False, True]
    assert result["msg"].startswith("svm1: ")
    assert result["msg"].endswith("1 more target failed, see results.")
    assert result["error"]["code"] is None
    assert result["results"][3]["error"]["code"] == "65537500"


def test_masks_secret_that_ontap_repeats(play: Play, wire: Wire) -> None:
    script_query(wire)
    wire.on("POST", PATH, status=400, json=refusal("65537573", f"bad value {SECRET}"))
    play(azure_key_vault, svm="svm1", **FULL)
    assert SECRET not in play.output


# State absent


@pytest.mark.parametrize("selection", [{"svm": "svm1"}, {"uuid": uuid_of(1)}, {"scope": "cluster"}])
@pytest.mark.parametrize("check", [True, False])
def test_absent_changes_nothing_when_configuration_is_missing(
    play: Play, wire: Wire, selection: dict[str, str], check: bool
) -> None:
    script_query(wire)
    result = play(azure_key_vault, check=check, state="absent", **selection)
    assert (result["changed"], result["azure_key_vaults"]) == (False, [])
    assert result["results"][0]["action"] == "none"


@pytest.mark.parametrize(
    ("selection", "held"),
    [({"svm": "svm1"}, record()), ({"uuid": uuid_of(1)}, record()), ({"scope": "cluster"}, cluster_record())],
)
def test_absent_deletes_configuration(play: Play, wire: Wire, selection: dict[str, str], held: dict[str, Any]) -> None:
    script_query(wire, held)
    wire.on("DELETE", f"{PATH}/{held['uuid']}")
    result = play(azure_key_vault, diff=True, state="absent", **selection)
    assert (result["changed"], result["azure_key_vaults"]) == (True, [])
    (target,) = result["results"]
    name = None if held["scope"] == "cluster" else "svm1"
    assert (target["svm"], target["uuid"], target["action"], target["fields"]) == (name, held["uuid"], "delete", [])
    assert list(result["diff"]["after"]) == [name or "cluster"]
    assert result["diff"]["after"][name or "cluster"] == {}


def test_refused_delete_changes_nothing(play: Play, wire: Wire) -> None:
    script_query(wire, record())
    wire.on("DELETE", ONE, status=409, json=refusal("65536867", "Volume keys are still in use."))
    result = play(azure_key_vault, state="absent", svm="svm1")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["azure_key_vaults"] == [record()]
    assert result["error"]["hint"]


def test_absent_ignores_other_options(play: Play, wire: Wire) -> None:
    script_query(wire)
    assert play(azure_key_vault, state="absent", svm="svm1", **FULL)["changed"] is False


# Certificates


def test_certificate_is_sent_in_one_line_and_masked_in_results(play: Play, wire: Wire) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    given = "\n".join(textwrap.wrap(text, 64))
    script_query(wire)
    body = {"svm": {"name": "svm1"}, **SAME, "client_certificate": text}
    wire.on("POST", PATH, body=body, status=201, json=page(record(proxy_host=text, proxy_username=given)))
    result = play(azure_key_vault, svm="svm1", **SAME, client_certificate=given)
    assert {"proxy_host", "proxy_username"} <= set(result["azure_key_vaults"][0])
    assert text[:60] not in play.output


def test_masks_content_of_certificate_file(play: Play, wire: Wire, tmp_path: Path) -> None:
    content = pair().pkcs12()
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    text = base64.b64encode(content).decode()
    script_query(wire)
    wire.on("POST", PATH, status=201, json=page(record(proxy_host=text)))
    result = play(azure_key_vault, svm="svm1", **SAME, client_certificate_path=str(path))
    assert "proxy_host" in result["azure_key_vaults"][0]
    assert text[:60] not in play.output


def test_warns_about_password_protected_certificate(play: Play, wire: Wire) -> None:
    script_query(wire, record(authentication_method="certificate"))
    text = base64.b64encode(pair().pkcs12(b"hunter2")).decode()
    result = play(azure_key_vault, svm="svm1", client_certificate=text, update_credentials="on_create")
    (warning,) = warnings_of(result)
    assert "could not be checked" in warning


# Wrong arguments


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({"name": "myvault"}, "name"),
        ({"key_id": VAULT}, "key_id"),
        ({"client_id": " "}, "client_id"),
        # A joiner, a non-breaking hyphen and full-width digits.
        ({"client_id": "7b2e9c4a\u2060-1d3f-4e6a-8b5c-9d0e1f2a3b4c"}, "client_id"),
        ({"tenant_id": "3f6c1d2e\u20118a4b-4c5d-9e7f-0a1b2c3d4e5f"}, "tenant_id"),
        ({"tenant_id": "\uff13f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"}, "tenant_id"),
        ({"name": "https://my\u200bvault.vault.azure.net"}, "name"),
        ({"key_id": f"{VAULT}/keys/key\u00ad1"}, "key_id"),
        ({"key_id": f"{VAULT}/keys/\uff4bey1"}, "key_id"),
        ({"proxy_host": "proxy\u200d.example.com"}, "proxy_host"),
        ({"client_secret": ""}, "client_secret"),
        ({"client_certificate": "%%%"}, "client_certificate"),
        ({"client_certificate": base64.b64encode(b"nothing").decode()}, "client_certificate"),
        ({"client_certificate_path": "/does/not/exist"}, "client_certificate_path"),
        ({"proxy_port": 70000}, "proxy_port"),
        ({"svm": "svm*"}, "svm"),
    ],
)
def test_refuses_invalid_arguments(play: Play, arguments: dict[str, Any], target: str) -> None:
    result = play(azure_key_vault, **{"svm": "svm1", **FULL, "client_secret": None, **arguments})
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, False, target)


@pytest.mark.parametrize(
    "arguments",
    [
        {"client_secret": SECRET, "client_certificate": "QUJDRA=="},
        {"client_secret": SECRET, "client_certificate_path": "/c"},
        {"client_certificate": "QUJDRA==", "client_certificate_path": "/c"},
        {"state": "there"},
        {"update_credentials": "never"},
        {"proxy_type": "socks"},
    ],
)
def test_ansible_refuses_conflicting_or_wrong_arguments(play: Play, arguments: dict[str, Any]) -> None:
    result = play(azure_key_vault, svm="svm1", **arguments)
    assert result["failed"] is True
    assert next(iter(arguments)) in result["msg"]


def test_empty_proxy_options_mean_no_proxy(play: Play, wire: Wire) -> None:
    none = {"proxy_type": "", "proxy_host": "", "proxy_port": "", "proxy_username": "", "proxy_password": ""}
    script_query(wire, record())
    result = play(azure_key_vault, svm="svm1", update_credentials="on_create", **none)
    assert result["changed"] is False
    assert result["azure_key_vaults"] == [record()]


def test_creates_configuration_for_svm_uuid(play: Play, wire: Wire) -> None:
    script_query(wire, query={"fields": "*", "scope": "svm", "svm.uuid": svm_uuid_of(1)})
    wire.on(
        "POST",
        PATH,
        body={"svm": {"uuid": svm_uuid_of(1)}, **SAME, "client_secret": SECRET},
        status=201,
        json=page(record()),
    )
    result = play(azure_key_vault, svm=svm_uuid_of(1), **FULL)
    assert result["results"][0]["svm"] == "svm1"


def test_creates_configuration_of_cluster(play: Play, wire: Wire) -> None:
    script_query(wire, query={"fields": "*", "scope": "cluster"})
    wire.on("POST", PATH, body={**SAME, "client_secret": SECRET}, status=201, json=page(cluster_record()))
    result = play(azure_key_vault, diff=True, scope="cluster", **FULL)
    assert result["results"][0]["svm"] is None
    assert list(result["diff"]["after"]) == ["cluster"]


def test_different_key_of_one_svm_is_an_error_of_that_svm(play: Play, wire: Wire) -> None:
    script_query(wire, record(1, key_id=KEY_2), record(2, key_id=KEY))
    result = play(azure_key_vault, svm="svm1,svm2", key_id=KEY)
    assert [bool(entry["error"]) for entry in result["results"]] == [True, False]
