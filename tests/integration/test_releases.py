# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules on every release: missing features are replaced or refused before any write, new ones work."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_migrate, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    KEY,
    NAME,
    OTHER_KEY,
    PROPERTIES,
    SVMS,
    configured,
)
from simulator import Simulator

VERSIONS = ("9.8.0", "9.9.1", "9.10.1", "9.11.1", "9.12.1", "9.14.1", "9.16.1", "9.19.1")
WANTED = {**PROPERTIES, "client_secret": "a-secret-of-azure", "update_credentials": "on_create"}
CLI = "/api/private/cli/security/key-manager/external/azure"


def of(version: str) -> releases.Version:
    generation, major, *_minor = version.split(".")
    return releases.Version(int(generation), int(major))


def on(simulator: Simulator, version: str) -> releases.Version:
    """Reset the simulator to a release, with encrypted volumes in svm1 and svm2."""
    simulator.control.reset(version=version, svms=list(SVMS), job_seconds=0.05)
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)
    return of(version)


def configuration(simulator: Simulator, svm: str = "svm1") -> dict[str, Any]:
    return dict(simulator.control.state()["svms"][svm]["configuration"])


def ok(done: Done) -> Done:
    assert not done.failed, done.result
    return done


@pytest.mark.parametrize("version", VERSIONS)
def test_modules_work_on_every_release(simulator: Simulator, version: str) -> None:
    """The same tasks create, change, re-key, restore and remove on every release, which is read only if it lacks a
    call.
    """
    release = on(simulator, version)
    created = ok(run_brisk(simulator, azure_key_vault, svm=["svm1", "svm2"], **WANTED))
    assert created.requests.writes.lines == ["POST", "POST"]
    again = ok(run_brisk(simulator, azure_key_vault, svm=["svm1", "svm2"], **WANTED))
    assert (again.result["changed"], again.requests.lines) == (False, ["GET"])
    proxied = ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], proxy_type="http", proxy_host="proxy.example.com"))
    assert configuration(simulator)["proxy_host"] == "proxy.example.com"
    assert proxied.requests.writes.lines == ["PATCH /UUID"]

    rekeyed = ok(run_brisk(simulator, akv_rekey, svm=["svm1"], key="external", key_id=OTHER_KEY))
    assert configuration(simulator)["key_id"] == OTHER_KEY
    assert rekeyed.only["action"] == "rekey"
    internal = ok(run_brisk(simulator, akv_rekey, svm=["svm1"], key="internal"))
    assert configuration(simulator)["done"]["rekey-internal"] == 1
    simulator.control.reboot("node1")
    restored = ok(run_brisk(simulator, akv_restore, svm=["svm1", "svm2"]))
    assert {entry["action"] for entry in restored.result["results"]} == {"restore"}
    assert all(record["state"]["available"] for record in restored.result["azure_key_vaults"])

    asked = [
        [entry["path"] for entry in done.requests].count("/api/cluster")
        for done in (created, proxied, rekeyed, internal, restored)
    ]
    assert asked == [0, 0, int(release < (9, 11)), int(release < (9, 10)), int(release < (9, 10))]
    assert (rekeyed.requests.writes.lines[-1] == "PATCH /UUID") is (release < (9, 11))
    assert (internal.requests.writes[-1]["path"] == f"{CLI}/rekey-internal") is (release < (9, 10))
    assert (restored.requests.writes[-1]["path"] == f"{CLI}/restore") is (release < (9, 10))

    simulator.control.svm("svm2", encrypted_volumes=0)
    ok(run_brisk(simulator, azure_key_vault, svm=["svm2"], state="absent"))
    listed = ok(run_brisk(simulator, akv_info))
    assert [record["svm"]["name"] for record in listed.result["azure_key_vaults"]] == ["svm1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_certificate_needs_9_10_1(simulator: Simulator, version: str) -> None:
    """Before 9.10.1 it is refused before any write, for an existing configuration and for a creation."""
    release = on(simulator, version)
    configured(simulator, "svm1")
    certificate = {"client_certificate": base64_of(pfx()), "update_credentials": "on_create"}
    for svm, options in (("svm1", {}), ("svm3", PROPERTIES)):
        done = run_brisk(simulator, azure_key_vault, svm=[svm], **options, **certificate)
        assert done.failed is (release < (9, 10))
        if done.failed:
            assert done.requests.writes == []
            assert "client_certificate needs ONTAP 9.10.1 or later" in done.result["error"]["hint"]


@pytest.mark.parametrize("version", VERSIONS)
def test_change_of_client_id_needs_9_9_1(simulator: Simulator, version: str) -> None:
    """client_id cannot be changed on 9.8, and the error names the first release that can."""
    release = on(simulator, version)
    configured(simulator, "svm1")
    done = run_brisk(
        simulator,
        azure_key_vault,
        svm=["svm1"],
        client_id="another",
        client_secret="secret-of-the-other",
        update_credentials="on_create",
    )
    assert done.failed is (release < (9, 9))
    if done.failed:
        assert "client_id needs ONTAP 9.9.1 or later, and the cluster has 9.8" in done.result["msg"]


NEW = {
    "oauth_host": "login.microsoftonline.us",
    "vault_host": "vault.usgovcloudapi.net",
    "port": 8443,
    "verify_host": False,
    "verify_ip": True,
    "skip_verification": True,
    "enabled": False,
    "configuration": "second",
}


@pytest.mark.parametrize("option", NEW)
@pytest.mark.parametrize("version", VERSIONS)
def test_option_unknown_to_release_is_refused_first(simulator: Simulator, version: str, option: str) -> None:
    release = on(simulator, version)
    done = run_brisk(simulator, azure_key_vault, svm=["svm3"], **WANTED, **{option: NEW[option]})
    first = releases.find_first(option)
    assert done.failed is (release < first), done.result
    if done.failed:
        assert [entry["path"] for entry in done.requests] == ["/api/cluster"]
        assert done.result["msg"].startswith(
            f"{option}: it needs ONTAP {first} or later, and the cluster has {release}"
        )
    else:
        again = ok(run_brisk(simulator, azure_key_vault, svm=["svm3"], **WANTED, **{option: NEW[option]}))
        assert again.result["changed"] is False


@pytest.mark.parametrize("version", ["9.14.1", "9.16.1", "9.19.1"])
def test_several_configurations_are_managed_by_name(simulator: Simulator, version: str) -> None:
    """An enabled and an inactive configuration are selected by name; the inactive one is not changed unless it is
    named.
    """
    on(simulator, version)
    ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED))
    second = {"configuration": "second", **WANTED, "key_id": OTHER_KEY}
    done = ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], **second))
    assert (done.only["configuration"], done.only["action"]) == ("second", "create")
    assert done.requests.writes[0]["query"]["create_inactive"] == "true"
    assert run_brisk(simulator, azure_key_vault, svm=["svm1"], **second).result["changed"] is False

    unnamed = run_brisk(simulator, azure_key_vault, svm=["svm1"], **WANTED)
    assert "there are 2 configurations" in unnamed.result["msg"]
    assert unnamed.requests.writes == []
    named = ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], configuration="default", **WANTED))
    assert named.result["changed"] is False

    listed = ok(run_brisk(simulator, akv_info, svm=["svm1"]))
    assert [record["configuration"]["name"] for record in listed.result["azure_key_vaults"]] == ["default"]
    assert (
        ok(run_brisk(simulator, akv_info, svm=["svm1"], configuration="second")).result["azure_key_vaults"][0]["key_id"]
        == OTHER_KEY
    )
    assert ok(run_brisk(simulator, akv_info, query={"enabled": False})).result["num_records"] == 1
    rekeyed = ok(run_brisk(simulator, akv_rekey, svm=["*"], key="internal"))
    assert [entry["configuration"] for entry in rekeyed.result["results"]] == ["default"]
    assert rekeyed.requests.writes.lines == ["POST /UUID/rekey-internal"]

    switched = ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], configuration="second", enabled=True))
    assert [entry["path"].rpartition("/")[0] for entry in switched.requests.writes] == ["/api/security/key-stores"]
    assert (switched.only["action"], switched.only["fields"]) == ("update", ["enabled"])
    assert (
        ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], configuration="second", enabled=True)).result["changed"]
        is False
    )
    gone = ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], configuration="default", state="absent"))
    assert [f"{entry['method']} {entry['path'].rpartition('/')[0]}" for entry in gone.requests.writes] == [
        "DELETE /api/security/key-stores"
    ]
    left = ok(run_brisk(simulator, akv_info, query={"svm.name": "svm1"}))
    assert [record["configuration"]["name"] for record in left.result["azure_key_vaults"]] == ["second"]


@pytest.mark.parametrize("fields", [["state"], ["azure_reachability", "ekmip_reachability"], ["key_id"]])
def test_fields_do_not_affect_selected_configuration(simulator: Simulator, fields: list[str]) -> None:
    """The fields do not affect the selection of the named or enabled configuration, which needs one more request at
    most.
    """
    on(simulator, "9.16.1")
    configured(simulator, "svm1", "svm2")
    configured(simulator, "svm1", configuration="second", enabled=False)
    named = ok(run_brisk(simulator, akv_info, svm=["svm1"], configuration="second", fields=fields))
    assert [record["configuration"]["name"] for record in named.result["azure_key_vaults"]] == ["second"]
    unnamed = ok(run_brisk(simulator, akv_info, svm=["svm1", "svm2"], fields=fields))
    assert [record["svm"]["name"] for record in unnamed.result["azure_key_vaults"]] == ["svm1", "svm2"]
    assert all(
        set(record) == {"uuid", "name", "scope", "svm", *fields} for record in unnamed.result["azure_key_vaults"]
    )
    assert len(unnamed.requests) == 2
    assert len(ok(run_brisk(simulator, akv_info, svm=["svm2"], fields=fields)).requests) == 1
    simulator.control.remove_record("svm1", configuration="default")
    alone = ok(run_brisk(simulator, akv_info, svm=["svm1"], fields=["state"]))
    assert alone.result["azure_key_vaults"] == []


def test_configuration_is_created_and_enabled(simulator: Simulator) -> None:
    """Fields that only a change can set, and the switch, follow the creation; a second run changes nothing."""
    on(simulator, "9.16.1")
    wanted = {**WANTED, "configuration": "blue", "enabled": True, "verify_host": False}
    done = ok(run_brisk(simulator, azure_key_vault, svm=["svm3"], **wanted))
    assert [
        f"{entry['method']} {entry['path'].removeprefix('/api/security/').partition('/')[0]}"
        for entry in done.requests.writes
    ] == [
        "POST azure-key-vaults",
        "PATCH azure-key-vaults",
        "PATCH key-stores",
    ]
    (record,) = done.result["azure_key_vaults"]
    assert (record["configuration"]["name"], record["enabled"], record["verify_host"]) == ("blue", True, False)
    assert run_brisk(simulator, azure_key_vault, svm=["svm3"], **wanted).result["changed"] is False


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_are_migrated_since_9_9_1(simulator: Simulator, version: str) -> None:
    """This fixes 65537547, and is needed before a removal that 65536867 refuses; since 9.9.1."""
    release = on(simulator, version)
    simulator.control.put_key_manager(kind="onboard")
    configured(simulator, "svm1")
    simulator.control.svm("svm1", keys_on_admin=True)
    if release >= (9, 10):
        refused = run_brisk(simulator, akv_rekey, svm=["svm1"], key="internal")
        assert (refused.result["error"]["code"], "ontap.akv.akv_migrate" in refused.result["error"]["hint"]) == (
            "65537547",
            True,
        )
    done = run_brisk(simulator, akv_migrate, svm=["svm1"], to="azure_key_vault")
    if release < (9, 9):
        assert "migrate needs ONTAP 9.9.1 or later" in done.result["msg"]
        return
    assert (ok(done).only["action"], done.only["changed"], done.only["recovered"]) == ("migrate", True, False)
    # 9.14.1 and later return no job for work that ended in time.
    assert (done.only["job"] or {}).get("state") == (None if release >= (9, 14) else "success")
    ok(run_brisk(simulator, akv_rekey, svm=["svm1"], key="internal"))
    kept = run_brisk(simulator, azure_key_vault, svm=["svm1"], state="absent")
    assert (kept.result["error"]["code"], "ontap.akv.akv_migrate" in kept.result["error"]["hint"]) == ("65536867", True)
    ok(run_brisk(simulator, akv_migrate, svm=["svm1"], to="key_manager"))
    ok(run_brisk(simulator, azure_key_vault, svm=["svm1"], state="absent"))


@pytest.mark.parametrize("version", ["9.8.0", "9.11.1", "9.19.1"])
def test_commands_work_without_rest(simulator: Simulator, version: str) -> None:
    """use_rest: never sends the documented commands with ONTAPI, one request for each SVM and none with REST."""
    on(simulator, version)
    # Off by default since 9.13.
    simulator.control.knob(ontapi=True)
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    never: dict[str, Any] = {"svm": ["svm1", "svm2"], "use_rest": "never"}
    for module, options in (
        (akv_restore, {}),
        (akv_rekey, {"key": "internal"}),
        (akv_rekey, {"key": "external", "key_id": OTHER_KEY}),
    ):
        done = ok(run_brisk(simulator, module, **never, **options))
        assert [entry["changed"] for entry in done.result["results"]] == [True, True]
        assert [entry["path"] for entry in done.requests] == ["/servlets/netapp.servlets.admin.XMLrequest_filer"] * 2
        assert "use_rest: never" in done.warnings
    assert [configuration(simulator, svm)["key_id"] for svm in ("svm1", "svm2")] == [OTHER_KEY] * 2
    assert [configuration(simulator, svm)["done"]["restore"] for svm in ("svm1", "svm2")] == [1, 1]
    assert {
        record["state"]["available"]
        for record in run_brisk(simulator, akv_info, fields=["state"]).result["azure_key_vaults"]
    } == {True}


def test_errors_without_rest_are_reported(simulator: Simulator) -> None:
    """Errors of one SVM, an unknown SVM, a refused login, ONTAPI turned off, unsupported options and other modules."""
    on(simulator, "9.11.1")
    configured(simulator, "svm1", "svm2")
    simulator.control.condition("rekey-internal", "65537547", svm="svm1")
    done = run_brisk(simulator, akv_rekey, svm=["svm1", "svm2", "nobody"], key="internal", use_rest="never")
    assert [bool(entry["error"]) for entry in done.result["results"]] == [True, False, True]
    assert [entry["changed"] for entry in done.result["results"]] == [False, True, False]
    denied = run_brisk(
        simulator,
        akv_restore,
        svm=["svm1", "svm2"],
        use_rest="never",
        username="admin",
        password="wrong",
        concurrency=1,
    )
    assert [entry["action"] for entry in denied.result["results"]] == ["restore", "none"]
    assert len(denied.requests) == 1
    simulator.control.knob(ontapi=False)
    off = run_brisk(simulator, akv_restore, svm=["svm1"], use_rest="never")
    assert "switched off" in off.result["msg"]
    for options in (
        {"uuid": "024cd3cf-9a08-11ea-8d52-005056bbeba5"},
        {"scope": "cluster"},
        {"svm": ["*"]},
        {"svm": ["024cd3cf-9a08-11ea-8d52-005056bbeba5"]},
    ):
        wrong = run_brisk(simulator, akv_restore, use_rest="never", **options)
        assert (wrong.failed, wrong.requests) == (True, [])
    others: list[tuple[Any, dict[str, Any]]] = [
        (akv_info, {}),
        (azure_key_vault, {"svm": ["svm1"], "key_id": KEY, "name": NAME}),
        (akv_migrate, {"svm": ["svm1"], "to": "key_manager"}),
    ]
    for module, options in others:
        wrong = run_brisk(simulator, module, use_rest="never", **options)
        assert wrong.result["error"]["target"] == "use_rest"
        assert wrong.requests == []
