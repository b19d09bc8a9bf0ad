# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_rekey: new external and internal keys."""

from __future__ import annotations

import uuid

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import KEY, OTHER_KEY, VERSION, configured, rekey
from simulator import Simulator


def test_external_key_is_changed(ansible: Ansible, simulator: Simulator) -> None:
    """One POST for each SVM with another key; the cluster waits before its job is read."""
    configured(simulator, "svm1", "svm2")
    configured(simulator, "svm3", key_id=OTHER_KEY)
    cycle = (
        ansible.cycle(rekey(f"svm: [svm1, svm2, svm3]\nkey: external\nkey_id: {OTHER_KEY}")).ok().predicted().settled()
    )
    assert sorted(cycle.apply.requests.lines) == ["GET", "GET", *["POST /UUID/rekey-external"] * 2]
    assert cycle.apply.requests.bodies == [{"key_id": OTHER_KEY}] * 2
    assert all(int(entry["query"]["return_timeout"]) > 0 for entry in cycle.apply.requests.writes)
    assert cycle.apply.actions == {"svm1": "rekey", "svm2": "rekey", "svm3": "none"}
    assert [entry["fields"] for entry in cycle.apply.results] == [["key_id"], ["key_id"], []]
    assert [entry["job"] and entry["job"]["state"] for entry in cycle.apply.results] == ["success", "success", None]
    assert cycle.check.records == cycle.apply.records == cycle.apply_again.records
    diff = cycle.apply.result["diff"]
    assert set(diff["before"]) == {"svm1", "svm2"}
    assert (diff["before"]["svm1"]["key_id"], diff["after"]["svm1"]["key_id"]) == (KEY, OTHER_KEY)


def test_unreported_version_is_rekeyed_with_warning(ansible: Ansible, simulator: Simulator) -> None:
    """Without a version, the same key is unchanged; with a version, every run re-keys with a warning."""
    configured(simulator, "svm1", key_id=f"{KEY}/{VERSION}")
    same = ansible.task(rekey(f"svm: svm1\nkey: external\nkey_id: {KEY}")).ok()
    assert not same.changed
    assert same.warnings == ""
    cycle = ansible.cycle(rekey(f"svm: svm1\nkey: external\nkey_id: {KEY}/{VERSION}")).ok().predicted()
    for run in (cycle.check, cycle.apply, cycle.check_again, cycle.apply_again):
        assert run.changed
        assert "it is not known whether" in run.warnings
    assert cycle.apply_again.requests.bodies == [{"key_id": f"{KEY}/{VERSION}"}]


def test_reported_version_is_compared(ansible: Ansible, simulator: Simulator) -> None:
    """If ONTAP reports versions, they are compared, and the re-key is idempotent."""
    simulator.control.knob(key_versions=True)
    configured(simulator, "svm1", key_id=f"{KEY}/0123456789abcdef0123456789abcdef")
    cycle = ansible.cycle(rekey(f"svm: svm1\nkey: external\nkey_id: {KEY}/{VERSION}")).ok().predicted().settled()
    assert cycle.apply.changed
    assert cycle.apply.warnings == ""
    assert cycle.apply.records[0]["key_id"] == f"{KEY}/{VERSION}"
    assert not ansible.task(rekey(f"svm: svm1\nkey: external\nkey_id: {KEY}")).ok().changed


def test_force_rekeys_in_every_run(ansible: Ansible, simulator: Simulator) -> None:
    """Every run re-keys with the same key."""
    configured(simulator, "svm1")
    cycle = ansible.cycle(rekey(f"svm: svm1\nkey: external\nkey_id: {KEY}\nforce: true")).ok().predicted()
    for run in (cycle.apply, cycle.apply_again):
        assert run.changed
        assert run.requests.lines == ["GET", "POST /UUID/rekey-external", "GET"]
    assert set(cycle.check.result["diff"]["after"]) == {"svm1"}


def test_internal_keys_are_changed_in_every_run(ansible: Ansible, simulator: Simulator) -> None:
    """The wildcard selects every SVM with a configuration but never the cluster; each run re-keys."""
    uuids = configured(simulator, "svm1", "svm2")
    configured(simulator, None)
    for name in ("svm1", "svm2"):
        simulator.control.svm(name, encrypted_volumes=1)
    cycle = ansible.cycle(rekey('svm: ["*", "svm*", svm2]\nkey: internal')).ok().predicted()
    for run in (cycle.apply, cycle.apply_again):
        assert sorted(run.requests.lines) == ["GET", "GET", *["POST /UUID/rekey-internal"] * 2]
        assert run.requests.bodies == [None, None]
        assert {entry["uuid"] for entry in run.results} == set(uuids)
        assert run.actions == {"svm1": "rekey", "svm2": "rekey"}
        assert [entry["fields"] for entry in run.results] == [[], []]
    assert simulator.control.state()["cluster"]["configuration"]["done"] == {}


def test_shows_error_of_each_svm(ansible: Ansible, simulator: Simulator) -> None:
    """With keys on the admin SVM's key manager, or without keys: each SVM has its own error and hint; the third is
    re-keyed.
    """
    configured(simulator, "svm1", "svm2", "svm3")
    simulator.control.svm("svm1", keys_on_admin=True)
    simulator.control.svm("svm3", encrypted_volumes=1)
    run = ansible.task(rekey("svm: [svm1, svm2, svm3]\nkey: internal")).refused()
    assert [entry["error"] and entry["error"]["code"] for entry in run.results] == ["65537547", "65537559", None]
    assert all(entry["error"]["hint"] for entry in run.results[:2])
    assert [entry["changed"] for entry in run.results] == [False, False, True]
    assert run.changed
    assert run.error == run.results[0]["error"]
    assert run.msg.startswith("svm1: ")
    assert run.msg.endswith("1 more target failed, see results.")


def test_configuration_of_cluster_is_rekeyed_only_by_name(ansible: Ansible, simulator: Simulator) -> None:
    """scope: cluster and the UUID of the configuration select it."""
    (cluster,) = configured(simulator, None)
    configured(simulator, "svm1")
    tasks = [
        rekey(f"{target}\nkey: external\nkey_id: {key}")
        for target, key in (("scope: cluster", OTHER_KEY), (f"uuid: {cluster}", KEY))
    ]
    for run in ansible.tasks(tasks):
        assert run.ok().actions == {None: "rekey"}
        assert cluster in run.requests.writes[0]["path"]
        assert set(run.result["diff"]["after"]) == {"cluster"}


def test_missing_configuration_is_error_or_warning(ansible: Ansible, simulator: Simulator) -> None:
    """A wildcard without a match is a warning; a name, UUID or cluster without a configuration is an error."""
    configured(simulator, "svm1")
    unknown = str(uuid.uuid4())
    targets = ['svm: "tenant*"', "svm: [svm1, svm2]", f"uuid: {unknown}", "scope: cluster"]
    runs = ansible.tasks([rekey(f"{target}\nkey: external\nkey_id: {OTHER_KEY}") for target in targets])
    assert not runs[0].ok().changed
    assert runs[0].results == []
    assert "tenant*" in runs[0].warnings
    assert runs[1].refused().actions["svm1"] == "rekey"
    assert [entry["error"] is None for entry in runs[1].results] == [True, False]
    assert runs[1].msg.startswith("svm2: ")
    assert unknown in runs[2].refused().msg
    assert runs[3].refused().error["target"] == "scope"
    assert [len(run.requests.writes) for run in runs] == [0, 1, 0, 0]
