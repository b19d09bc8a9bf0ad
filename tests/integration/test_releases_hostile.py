# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on earlier and later releases: lost responses, wrong jobs, names with special meanings, unknown outcomes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_migrate, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run_brisk
from ansible_collections.ontap.akv.tests.integration.support.tasks import KEY, OTHER_KEY, configured
from ansible_collections.ontap.akv.tests.integration.test_releases import CLI, WANTED, configuration, on
from simulator import Simulator


def test_lost_patch_without_visible_effect_is_unknown(simulator: Simulator) -> None:
    """Until 9.10 the key is a field that does not show its version, so the outcome of a lost response stays unknown."""
    on(simulator, "9.10.1")
    configured(simulator, "svm1", key_id=f"{KEY}/aaaa")
    simulator.control.fault("drop_before", method="PATCH", times=None)
    done = run_brisk(simulator, akv_rekey, svm=["svm1"], key="external", key_id=f"{KEY}/bbbb", max_retries=1)
    assert "the outcome is unknown" in done.result["msg"]
    assert (done.only["changed"], done.only["recovered"]) == (True, False)
    assert configuration(simulator)["key_id"] == f"{KEY}/aaaa"


def test_lost_patch_with_visible_effect_is_recovered(simulator: Simulator) -> None:
    on(simulator, "9.10.1")
    configured(simulator, "svm1")
    simulator.control.fault("drop_after", method="PATCH", times=None)
    done = run_brisk(simulator, akv_rekey, svm=["svm1"], key="external", key_id=OTHER_KEY, max_retries=1)
    assert (done.failed, done.only["recovered"]) == (False, True)
    assert configuration(simulator)["key_id"] == OTHER_KEY


def test_job_of_another_svm_is_not_used_for_migration(simulator: Simulator) -> None:
    """The path of a migration to Azure names only the cluster's key manager, so jobs of two SVMs look the same."""
    on(simulator, "9.19.1")
    configured(simulator, "svm1", "svm2")
    simulator.control.put_key_manager(kind="onboard")
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, keys_on_admin=True)
    simulator.control.jobs(hold="queued")
    run_brisk(simulator, akv_migrate, svm=["svm2"], to="azure_key_vault", wait=False)
    simulator.control.fault("drop_before", method="POST", path="migrate")
    done = run_brisk(simulator, akv_migrate, svm=["svm1"], to="azure_key_vault", wait_timeout=2)
    assert "the outcome is unknown" in done.only["error"]["message"]
    assert (done.only["job"], done.only["changed"], done.only["recovered"]) == (None, True, False)


@pytest.mark.parametrize("configuration", ["null", "!null", "a..b", "NULL"])
def test_configuration_name_that_is_operator_is_refused(simulator: Simulator, configuration: str) -> None:
    on(simulator, "9.14.1")
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], state="absent", configuration=configuration)
    assert (done.result["error"]["target"], done.requests) == ("configuration", [])


def test_wrong_password_is_tried_once_if_release_is_read(simulator: Simulator) -> None:
    on(simulator, "9.14.1")
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, port=8443, username="admin", password="wrong")
    assert (done.result["error"]["status"], [entry["status"] for entry in done.requests]) == (401, [401])


def test_wrong_password_is_not_sent_again_to_read_release(simulator: Simulator) -> None:
    """The release is read only to explain a refused field."""
    done = run_brisk(simulator, akv_info, fields=["authentication_method"], username="admin", password="wrong")
    assert [entry["status"] for entry in done.requests] == [401]


def test_release_is_read_once(simulator: Simulator) -> None:
    on(simulator, "9.8.0")
    configured(simulator, "svm1", "svm2")
    done = run_brisk(simulator, akv_rekey, svm=["*"], key="internal", concurrency=1)
    assert [entry["path"] for entry in done.requests].count("/api/cluster") == 1
    assert sorted(body["vserver"] for body in done.requests.bodies if body) == ["svm1", "svm2"]


def test_creation_is_not_limited_by_wait_timeout(simulator: Simulator) -> None:
    """It has no job, so timeout limits it."""
    simulator.control.fault("slow_after", method="POST", seconds=2)
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, wait_timeout=1)
    assert (done.failed, done.only["recovered"], done.only["action"]) == (False, False, "create")


def test_user_without_right_to_read_release_succeeds(simulator: Simulator) -> None:
    on(simulator, "9.14.1")
    simulator.control.user("limited", "secret-of-it", privileges={"/api/security/azure-key-vaults": "all"})
    done = run_brisk(
        simulator, azure_key_vault, svm=["svm1"], **WANTED, port=8443, username="limited", password="secret-of-it"
    )
    assert not done.failed, done.result


@pytest.mark.parametrize("uuid", ["../../cluster", "", None, "{configuration}"])
def test_created_record_without_valid_key_store_is_error(simulator: Simulator, uuid: Any) -> None:
    """Requests after the creation go to a known key store or are not sent."""
    on(simulator, "9.14.1")
    record = {
        "uuid": "024cd3cf-9a08-11ea-8d52-005056bbeba5",
        "svm": {"name": "svm1"},
        "scope": "svm",
        "configuration": {"name": "blue", "uuid": uuid},
    }
    if uuid is None:
        del record["configuration"]["uuid"]
        simulator.control.fault(
            "wrong_shape", method="GET", path="azure-key-vaults", nth=2, body={"records": [record], "num_records": 1}
        )
    simulator.control.fault(
        "wrong_shape", method="POST", path="azure-key-vaults", status=201, body={"records": [record], "num_records": 1}
    )
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, configuration="blue", enabled=True)
    assert done.failed
    assert [entry["method"] for entry in done.requests.writes] == ["POST"], done.requests
    assert done.only["changed"] is True


RECORD = {
    "uuid": "024cd3cf-9a08-11ea-8d52-005056bbeba5",
    "svm": {"name": "svm1"},
    "scope": "svm",
    "configuration": {"name": "blue"},
}


def test_incomplete_record_of_creation_is_read(simulator: Simulator) -> None:
    """The record is then read."""
    on(simulator, "9.14.1")
    simulator.control.fault(
        "wrong_shape", method="POST", path="azure-key-vaults", status=201, body={"records": [RECORD], "num_records": 1}
    )
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, configuration="blue", enabled=True)
    assert [entry["method"] for entry in done.requests.writes] == ["POST", "PATCH"]
    assert configuration(simulator)["configuration"] == "blue"


def test_change_after_creation_needs_no_key_store(simulator: Simulator) -> None:
    on(simulator, "9.14.1")
    response = {"records": [RECORD], "num_records": 1}
    simulator.control.fault("wrong_shape", method="POST", path="azure-key-vaults", status=201, body=response)
    simulator.control.fault("wrong_shape", method="GET", path="azure-key-vaults", nth=2, body=response)
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, configuration="blue", verify_host=False)
    assert done.requests.writes.lines == ["POST", "PATCH /UUID"]


def test_several_configurations_are_enabled_by_key_store(simulator: Simulator) -> None:
    """Each is enabled through its key store."""
    on(simulator, "9.19.1")
    configured(simulator, "svm1", "svm2", configuration="blue", enabled=False)
    done = run_brisk(simulator, azure_key_vault, svm=["svm1", "svm2"], configuration="blue", enabled=True)
    assert not done.failed, done.result
    assert [entry["path"].rpartition("/")[0] for entry in done.requests.writes] == ["/api/security/key-stores"] * 2


@pytest.mark.parametrize("module", [akv_restore, akv_rekey])
def test_command_is_limited_by_wait_timeout(simulator: Simulator, module: Any) -> None:
    on(simulator, "9.8.0")
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    # Longer than a test may take.
    simulator.control.fault("slow_after", path=CLI, seconds=3600)
    if module is akv_restore:
        # Reading the outcome is also slow.
        simulator.control.fault("slow", method="GET", path="azure-key-vaults", nth=2, seconds=3600)
    options = {"key": "internal"} if module is akv_rekey else {}
    done = run_brisk(simulator, module, svm=["svm1"], wait_timeout=1, **options)
    if module is akv_rekey:
        assert "the outcome is unknown" in done.only["error"]["message"]
    assert (done.only["changed"], done.requests.writes.lines[-1].partition("/")[0]) == (True, "POST ")


@pytest.mark.parametrize("module", [akv_restore, akv_rekey])
def test_cluster_has_no_command_on_9_8(simulator: Simulator, module: Any) -> None:
    """A command names an SVM; for the cluster the error names the release that is needed."""
    on(simulator, "9.8.0")
    configured(simulator, None)
    simulator.control.reboot("node1")
    done = run_brisk(simulator, module, scope="cluster", **({"key": "internal"} if module is akv_rekey else {}))
    assert "needs ONTAP 9.10.1 or later, and the cluster has 9.8" in done.result["msg"]
    assert [entry["path"] for entry in done.requests if entry["path"].startswith("/api/private")] == []
    assert (done.only["changed"], len(done.requests.writes)) == (False, 1)


@pytest.mark.parametrize("version", ["9.8.0", "9.10.1"])
def test_patch_that_rekeys_waits_for_job(simulator: Simulator, version: str) -> None:
    on(simulator, version)
    configured(simulator, "svm1")
    simulator.control.knob(async_patch=True)
    done = run_brisk(simulator, akv_rekey, svm=["svm1"], key="external", key_id=OTHER_KEY)
    assert (done.failed, done.only["job"]["state"]) == (False, "success")
    assert int(done.requests.writes[-1]["query"]["return_timeout"]) > 0
    simulator.control.jobs(hold="running")
    late = run_brisk(simulator, akv_rekey, svm=["svm1"], key="external", key_id=KEY, wait_timeout=1)
    assert "continues in the cluster" in late.only["error"]["message"]


def test_command_with_error_in_output_fails(simulator: Simulator) -> None:
    on(simulator, "9.8.0")
    configured(simulator, "svm1")
    simulator.control.fault(
        "wrong_shape", path=CLI, before=True, body={"cli_output": "Error: command failed: no keys\n"}
    )
    done = run_brisk(simulator, akv_rekey, svm=["svm1"], key="internal")
    assert done.failed


@pytest.mark.parametrize("fields", [["key_id"], ["state"], ["uuid"], ["*"], ["**"], []])
def test_fields_do_not_affect_selected_configuration(simulator: Simulator, fields: list[str]) -> None:
    """The named or enabled configuration is returned, regardless of the fields."""
    on(simulator, "9.14.1")
    configured(simulator, "svm1")
    (second,) = configured(simulator, "svm1", configuration="second", enabled=False)
    named = run_brisk(simulator, akv_info, svm=["svm1"], configuration="second", fields=fields)
    assert [record["uuid"] for record in named.result["azure_key_vaults"]] == [second]
    unnamed = run_brisk(simulator, akv_info, svm=["svm1"], fields=fields)
    assert second not in [record["uuid"] for record in unnamed.result["azure_key_vaults"]]
    assert unnamed.result["num_records"] == 1
    for query in ({"configuration.name": "second"}, {"enabled": False}):
        asked = run_brisk(simulator, akv_info, svm=["svm1"], query=query, fields=fields)
        assert [record["uuid"] for record in asked.result["azure_key_vaults"]] == [second]


def test_only_requested_fields_are_returned(simulator: Simulator) -> None:
    on(simulator, "9.19.1")
    configured(simulator, "svm1")
    always = {"uuid", "name", "scope", "svm"}
    (record,) = run_brisk(simulator, akv_info, fields=["state.available", "key_id"]).result["azure_key_vaults"]
    assert set(record) == {*always, "state", "key_id"}
    (everything,) = run_brisk(simulator, akv_info, fields=["**"]).result["azure_key_vaults"]
    assert set(everything) > {
        *always,
        "state",
        "azure_reachability",
        "ekmip_reachability",
        "client_id",
        "oauth_host",
        "enabled",
    }


def test_lost_responses_for_named_configuration_are_recovered(simulator: Simulator) -> None:
    """The module reads the named configuration afterwards, not another one of the same SVM."""
    on(simulator, "9.19.1")
    configured(simulator, "svm1")
    green = {"svm": ["svm1"], "configuration": "green"}
    simulator.control.fault("drop_after", method="POST")
    made = run_brisk(simulator, azure_key_vault, **green, **{**WANTED, "key_id": OTHER_KEY})
    assert (made.failed, made.only["action"], made.only["recovered"]) == (False, "create", True)
    simulator.control.fault("drop_after", method="PATCH", times=None)
    changed = run_brisk(simulator, azure_key_vault, **green, port=8443, max_retries=0)
    assert (changed.failed, changed.only["action"], changed.only["recovered"]) == (False, "update", True)
    simulator.control.clear_faults()
    simulator.control.fault("drop_after", method="DELETE", times=None)
    gone = run_brisk(simulator, azure_key_vault, **green, state="absent", max_retries=0)
    assert (gone.failed, gone.only["action"], gone.only["recovered"]) == (False, "delete", True)
    assert configuration(simulator)["key_id"] == KEY
    assert simulator.control.state()["svms"]["svm1"]["inactive"] == {}


@pytest.mark.parametrize(("fault", "recovered"), [("drop_after", True), ("drop_before", False)])
def test_lost_restore_command_is_resolved_by_state(simulator: Simulator, fault: str, recovered: bool) -> None:
    """It has no job; the state shows the outcome, and it is never sent again."""
    on(simulator, "9.8.0")
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    simulator.control.fault(fault, path=CLI)
    done = run_brisk(simulator, akv_restore, svm=["svm1"])
    assert (done.failed, done.only["recovered"], done.only["changed"]) == (not recovered, recovered, True)
    assert [entry["path"] for entry in done.requests].count(f"{CLI}/restore") == 1


def test_lost_command_without_visible_effect_is_unknown(simulator: Simulator) -> None:
    """If the state was available before, it does not show a restore."""
    on(simulator, "9.8.0")
    configured(simulator, "svm1")
    simulator.control.fault("drop_after", path=CLI, times=2)
    for module, options in ((akv_restore, {"force": True}), (akv_rekey, {"key": "internal"})):
        done = run_brisk(simulator, module, svm=["svm1"], **options)
        assert "the outcome is unknown" in done.result["msg"]
        assert (done.only["changed"], done.only["recovered"]) == (True, False)


def test_filter_that_conflicts_with_option_is_refused(simulator: Simulator) -> None:
    on(simulator, "9.14.1")
    done = run_brisk(simulator, akv_info, svm=["svm1"], configuration="second", query={"configuration.name": "default"})
    assert (done.result["error"]["target"], done.requests) == ("query", [])


def test_default_configuration_is_created_enabled(simulator: Simulator) -> None:
    """With or without its name and enabled: one request, and no switch afterwards."""
    on(simulator, "9.19.1")
    for svm, options in (
        ("svm1", {"configuration": "default"}),
        ("svm2", {"enabled": True}),
        ("svm3", {"configuration": "default", "enabled": True}),
    ):
        done = run_brisk(simulator, azure_key_vault, svm=[svm], **WANTED, **options)
        assert not done.failed, done.result
        assert done.requests.writes.lines == ["POST"]
        assert "create_inactive" not in done.requests.writes[0]["query"]
        assert configuration(simulator, svm)["enabled"] is True


@pytest.mark.parametrize("check_mode", [True, False])
def test_other_configuration_is_created_inactive(simulator: Simulator, check_mode: bool) -> None:
    """By default it is not enabled, and check mode predicts that."""
    on(simulator, "9.19.1")
    done = run_brisk(
        simulator, azure_key_vault, svm=["svm1"], **WANTED, configuration="blue", check_mode=check_mode, diff=True
    )
    (record,) = done.result["azure_key_vaults"]
    assert (record["enabled"], record["configuration"]["name"]) == (False, "blue")
    assert done.result["diff"]["after"]["svm1/blue"]["enabled"] is False


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("enabled", [True, False])
def test_configuration_is_enabled_or_disabled(simulator: Simulator, check_mode: bool, enabled: bool) -> None:
    """A configuration can be enabled, and since 9.17 disabled; check mode predicts the result."""
    on(simulator, "9.19.1")
    (uuid,) = configured(simulator, "svm5", configuration="blue", enabled=not enabled)
    done = run_brisk(
        simulator,
        azure_key_vault,
        svm=["svm5"],
        configuration="blue",
        enabled=enabled,
        check_mode=check_mode,
        diff=True,
    )
    assert not done.failed, done.result
    assert [record["enabled"] for record in done.result["azure_key_vaults"]] == [enabled]
    assert [done.result["diff"][when]["svm5/blue"]["enabled"] for when in ("before", "after")] == [not enabled, enabled]
    assert done.requests.bodies == ([] if check_mode else [{"enabled": enabled}])
    now = run_brisk(simulator, akv_info, uuid=uuid).result["azure_key_vaults"]
    assert [record["enabled"] for record in now] == [not enabled if check_mode else enabled]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            (name, host)
            for name in ("oauth_host", "vault_host")
            for host in ("", "a b", " a", "a\n", "https://login.microsoftonline.us", "a/b")
        ),
        ("port", 0),
        ("port", 65536),
        ("port", -1),
    ],
)
def test_invalid_connection_settings_are_refused(simulator: Simulator, option: str, value: Any) -> None:
    done = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, **{option: value})
    assert (done.result["error"]["target"], done.requests) == (option, [])


@pytest.mark.parametrize("port", [1, 65535])
def test_first_and_last_port_are_accepted(simulator: Simulator, port: int) -> None:
    on(simulator, "9.14.1")
    assert not run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED, port=port).failed
    assert configuration(simulator)["port"] == port
