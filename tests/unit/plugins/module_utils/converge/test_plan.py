# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration, plan
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import WILL_BE_SENT, Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, VAULT, record, svm_uuid_of, uuid_of

TARGET = Target("svm1", svm="svm1", svm_uuid=svm_uuid_of(1))
ONE = f"{PATH}/{uuid_of(1)}"
SAME = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}


def wanted(**options: Any) -> configuration.Wanted:
    """Return the configuration that a task with these options describes."""
    return configuration.read_wanted({"update_credentials": None, "allow_rekey": False, **options})


def update(options: dict[str, Any]) -> Change:
    """Return the plan of a task with these options if the cluster has the default record."""
    return configuration.plan_update(TARGET, record(), wanted(**options))


def test_plans_deletion() -> None:
    change = configuration.plan_deletion(TARGET, record())
    assert change.writes == (Write("DELETE", ONE),)
    assert (change.action, change.record, change.expected, change.fields) == ("delete", record(), None, [])


def test_diff_replaces_secret_with_placeholder() -> None:
    change = update({"client_id": "x", "client_secret": "hunter2"})
    shown = plan.build_diff([change])
    described = {
        name: record()[name] for name in ("scope", "name", "client_id", "tenant_id", "key_id", "authentication_method")
    }
    assert shown == {
        "before": {"svm1": described},
        "after": {"svm1": {**described, "client_id": "x", "client_secret": WILL_BE_SENT}},
    }


def test_diff_of_created_and_deleted_configurations() -> None:
    created = configuration.plan_creation(Target("svm2", svm="svm2"), wanted(**SAME, client_secret="s"))
    shown = plan.build_diff([created, configuration.plan_deletion(TARGET, record())])
    assert shown["before"]["svm2"] == {}
    assert shown["after"]["svm1"] == {}
    assert shown["after"]["svm2"]["client_secret"] == WILL_BE_SENT
    assert list(shown["before"]) == list(shown["after"]) == ["svm2", "svm1"]


def test_refused_change_sends_nothing() -> None:
    error = TargetError("no")
    change = plan.plan_refusal(TARGET, record(), error)
    assert not change.changes
    assert (change.error, change.record, change.expected) == (error, record(), record())


def test_plans_external_rekey_with_fallback() -> None:
    key_id = f"{VAULT}keys/key2"
    change = plan.plan_rekey(TARGET, record(), key_id, warnings=("careful",))
    patch = Write("PATCH", ONE, {"key_id": key_id}, waits=True)
    assert change.writes == (
        Write("POST", f"{ONE}/rekey-external", {"key_id": key_id}, waits=True, older=((9, 11), patch)),
    )
    assert (change.action, change.expected, change.warnings, change.changes) == (
        "rekey",
        record(key_id=key_id),
        ("careful",),
        True,
    )


def test_plans_no_change_with_message_and_warnings() -> None:
    change = plan.plan_nothing(TARGET, record(), message="why", warnings=("careful",))
    assert (change.action, change.changes, change.message, change.warnings) == ("none", False, "why", ("careful",))
    assert (change.record, change.expected) == (record(), record())


def test_description_contains_only_configuration_and_state() -> None:
    assert plan.describe(None) == {}
    shown = plan.describe(record(state={"available": True}, azure_reachability={"reachable": True}))
    assert set(shown) == {"scope", "name", "client_id", "tenant_id", "key_id", "authentication_method", "state"}
