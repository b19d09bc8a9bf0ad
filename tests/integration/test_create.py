# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: creating configurations."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import sorted_bodies
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    KEY,
    NAME,
    PROPERTIES,
    akv,
    configured,
)
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'


def test_creates_configurations_of_several_svms(ansible: Ansible) -> None:
    """One query for all SVMs, one POST for each, and one request in the second run."""
    cycle = ansible.cycle(akv(f"svm: [svm1, svm2, svm3]{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert cycle.check.requests.lines == ["GET"]
    assert sorted(cycle.apply.requests.lines) == ["GET", "POST", "POST", "POST"]
    secret = ansible.variables["client_secret"]
    expected = [{"svm": {"name": name}, **PROPERTIES, "client_secret": secret} for name in ("svm1", "svm2", "svm3")]
    assert sorted_bodies(cycle.apply.requests.bodies) == expected
    assert all(entry["query"] == {"return_records": "true"} for entry in cycle.apply.requests.writes)
    assert cycle.apply.actions == dict.fromkeys(("svm1", "svm2", "svm3"), "create")
    assert cycle.apply.requests.connections <= 4


def test_creation_returns_results_records_and_diff(ansible: Ansible, simulator: Simulator) -> None:
    """Results, records and diff have the documented form; a secret is a placeholder."""
    cycle = ansible.cycle(akv(f"svm: svm1{DESCRIBED}{SECRET}")).ok().predicted().settled()
    (result,) = cycle.apply.results
    (record,) = cycle.apply.records
    assert result == {
        "svm": "svm1",
        "uuid": record["uuid"],
        "action": "create",
        "changed": True,
        "fields": sorted([*PROPERTIES, "client_secret", "svm"]),
        "job": None,
        "message": None,
        "recovered": False,
        "error": None,
    }
    assert record["svm"]["name"] == "svm1"
    assert {name: record[name] for name in PROPERTIES} == PROPERTIES
    assert record["authentication_method"] == "client_secret"
    assert cycle.apply_again.records == cycle.apply.records
    assert cycle.check.result["diff"]["before"] == {"svm1": {}}
    after = cycle.check.result["diff"]["after"]["svm1"]
    assert {name: after[name] for name in PROPERTIES} == PROPERTIES
    assert after["client_secret"] == "will be sent"
    assert cycle.apply_again.result["diff"] == {"before": {}, "after": {}}


def test_svms_can_be_named_by_name_and_uuid(ansible: Ansible, simulator: Simulator) -> None:
    """An SVM named by UUID is created by UUID; a mixed list needs one query of each kind, and one for duplicates."""
    svm2 = simulator.control.state()["svms"]["svm2"]["uuid"]
    cycle = ansible.cycle(akv(f"svm: [svm1, {svm2}]{DESCRIBED}{SECRET}")).ok().predicted().settled(reads=2)
    assert sorted(cycle.apply.requests.lines) == ["GET", "GET", "GET /api/svm/svms", "POST", "POST"]
    owners = [body["svm"] for body in cycle.apply.requests.bodies]
    assert sorted(owners, key=str) == sorted([{"name": "svm1"}, {"uuid": svm2}], key=str)
    assert [entry["svm"] for entry in cycle.apply_again.results] == ["svm1", "svm2"]


def test_svm_can_be_named_by_uuid(ansible: Ansible, simulator: Simulator) -> None:
    """UUIDs alone need one query; they are recognized by their form, also in upper case."""
    svm1 = simulator.control.state()["svms"]["svm1"]["uuid"].upper()
    cycle = ansible.cycle(akv(f"svm: {svm1}{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", "POST"]
    assert cycle.apply.records[0]["svm"]["name"] == "svm1"


def test_creates_configuration_of_cluster(ansible: Ansible, simulator: Simulator) -> None:
    """scope: cluster creates the cluster's configuration, without an owner in the body, beside those of SVMs."""
    configured(simulator, "svm1")
    cycle = ansible.cycle(akv(f"scope: cluster{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", "POST"]
    assert cycle.apply.requests.bodies == [{**PROPERTIES, "client_secret": ansible.variables["client_secret"]}]
    assert cycle.apply.actions == {None: "create"}
    assert cycle.apply.records[0]["scope"] == "cluster"
    assert set(cycle.check.result["diff"]["after"]) == {"cluster"}


def test_error_names_all_missing_properties(ansible: Ansible, simulator: Simulator) -> None:
    """One error names everything that a creation lacks; an SVM with a configuration is not affected."""
    configured(simulator, "svm1")
    cycle = ansible.cycle(akv(f"svm: [svm1, svm2]\nkey_id: {KEY}\nname: {NAME}")).predicted()
    for run in (cycle.check, cycle.apply):
        run.refused()
        assert "client_id, tenant_id, one of client_secret, client_certificate and client_certificate_path" in run.msg
        assert run.requests.lines == ["GET"]
        assert [entry["error"] is None for entry in run.results] == [True, False]
        assert run.error["target"] == "client_id"
        assert run.error["code"] is None


@pytest.mark.parametrize("path", ["client_certificate: QUJD", "client_certificate_path: /nonexistent"])
def test_secret_and_certificate_are_mutually_exclusive(ansible: Ansible, path: str) -> None:
    """Both together are an error before any request that names the options."""
    run = ansible.task(akv(f"svm: svm1{DESCRIBED}{SECRET}\n{path}")).refused()
    assert "client_secret" in run.msg
    assert path.partition(":")[0] in run.msg
    assert run.requests == []


def test_unknown_svm_fails_and_others_are_created(ansible: Ansible) -> None:
    """ONTAP refuses it; the others are created and reported."""
    cycle = ansible.cycle(akv(f"svm: [svm1, nonesuch, svm2]{DESCRIBED}{SECRET}"))
    assert not cycle.check.failed
    for run in (cycle.apply, cycle.apply_again):
        run.refused()
        assert run.msg.startswith("nonesuch: ")
        assert run.error["status"] == 400
        assert (run.error["method"], run.error["path"]) == ("POST", "/api/security/azure-key-vaults")
    assert cycle.apply.changed
    assert not cycle.apply_again.changed
    assert [entry["changed"] for entry in cycle.apply.results] == [True, False, True]
    assert cycle.apply_again.requests.lines == ["GET", "POST"]


def test_empty_proxy_option_is_not_sent(ansible: Ansible) -> None:
    """An empty proxy option means none: it is not sent, and equals a value that ONTAP does not report."""
    proxy = (
        '\nproxy_type: https\nproxy_host: proxy.example.com\nproxy_port: 3128\nproxy_username: ""\nproxy_password: "{{'
        ' proxy_password }}"'
    )
    cycle = ansible.cycle(akv(f"svm: svm1{DESCRIBED}{SECRET}{proxy}")).ok().predicted().settled()
    (body,) = cycle.apply.requests.bodies
    sent = {name: value for name, value in body.items() if name.startswith("proxy")}
    password = ansible.variables["proxy_password"]
    assert sent == {
        "proxy_type": "https",
        "proxy_host": "proxy.example.com",
        "proxy_port": 3128,
        "proxy_password": password,
    }
    assert cycle.check.result["diff"]["after"]["svm1"]["proxy_password"] == "will be sent"


def test_creates_a_hundred_configurations(ansible: Ansible, simulator: Simulator) -> None:
    """A hundred existing configurations need one request; creating them needs only as many connections as allowed."""
    names = [f"tenant{number:03}" for number in range(100)]
    simulator.control.reset({"svms": names})
    cycle = ansible.cycle(akv(f"svm: {names}\nconcurrency: 10{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert len(cycle.apply.requests.writes) == 100
    assert len(cycle.apply.requests.reads) == 1
    assert cycle.apply.requests.connections <= 11
    assert [entry["svm"] for entry in cycle.apply.results] == names
