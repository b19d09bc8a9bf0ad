# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_info: the selection of configurations and fields, their order, and removed secrets."""

from __future__ import annotations

import uuid

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.tasks import KEY, NAME, OTHER_KEY, configured, info
from simulator import Simulator

ADVANCED = ("state", "azure_reachability", "ekmip_reachability")


def test_returns_all_configurations_by_default(ansible: Ansible, simulator: Simulator) -> None:
    """All configurations, including the cluster's, are read in one request without expensive fields."""
    configured(simulator, None, "svm1", "svm2")
    runs = ansible.tasks([info(), info()], modes=[True, False])
    for run in runs:
        assert not run.ok().changed
        assert run.requests.lines == ["GET"]
        assert run.requests[0]["accept"] == "application/json"
        assert run.result["num_records"] == 3
        assert [record["scope"] for record in run.records] == ["cluster", "svm", "svm"]
        assert not any(name in record for record in run.records for name in ADVANCED)
    assert runs[0].records == runs[1].records
    assert "_links" not in ansible.output


def test_fields_select_properties(ansible: Ansible, simulator: Simulator) -> None:
    """uuid, name, scope and svm are always returned; a part of a property can be named on its own."""
    configured(simulator, "svm1")
    simulator.control.node("node2", ekmip=False)
    few, state, wild = ansible.tasks(
        [
            info("fields: [key_id]"),
            info("fields: [state.available, ekmip_reachability]"),
            info('svm: svm1\nfields: ["**"]'),
        ],
    )
    assert set(few.ok().records[0]) == {"uuid", "name", "scope", "svm", "key_id"}
    (record,) = state.ok().records
    assert record["state"] == {"available": True}
    assert [node["reachable"] for node in record["ekmip_reachability"]] == [True, False]
    assert "azure_reachability" not in record
    assert set(ADVANCED) <= set(wild.ok().records[0])
    assert wild.records[0]["key_id"] == KEY


def test_queries_select_and_sort_records(ansible: Ansible, simulator: Simulator) -> None:
    """Filters with ONTAP's operators, lists of values, targets and order work, also on expensive fields."""
    configured(simulator, "svm1", "svm3", "svm5", None)
    configured(simulator, "svm2", key_id=OTHER_KEY, client_certificate=base64_of(pfx()))
    simulator.control.reboot("node1")
    simulator.control.svm("svm3", wrapped=["node1", "node2"])
    cases = {
        "query: {key_id: '!*key1'}": ["svm2"],
        "query: {authentication_method: certificate}": ["svm2"],
        "query: {svm.name: 'svm2..svm4', authentication_method: [client_secret, certificate]}\norder_by: [svm.name desc]": [
            "svm3",
            "svm2",
        ],
        "query: {proxy_host: '!null'}": [],
        "query: {state.available: true}": ["svm3"],
        "svm: 'svm*'\norder_by: svm.name desc": ["svm5", "svm3", "svm2", "svm1"],
        "scope: cluster": [None],
        "scope: svm\norder_by: [authentication_method, svm.name asc]\nmax_records: 2": ["svm2", "svm1"],
        "svm: [svm1, nonesuch]": ["svm1"],
        f"uuid: {uuid.uuid4()}": [],
    }
    runs = ansible.tasks([info(options) for options in cases])
    for run, names in zip(runs, cases.values(), strict=True):
        assert [record.get("svm", {}).get("name") for record in run.ok().records] == names
        assert run.result["num_records"] == len(names)
        assert run.requests.lines == ["GET"]
    assert "max_records" in runs[7].requests[0]["query"]


def test_warns_about_wildcard_without_match(ansible: Ansible, simulator: Simulator) -> None:
    """A warning names each; the others are found. A name without a wildcard causes no warning."""
    configured(simulator, "svm1", None)
    run = ansible.task(info('svm: ["tenant*", "svm*", nonesuch]')).ok()
    assert [record["svm"]["name"] for record in run.records] == ["svm1"]
    assert "tenant*" in run.warnings
    assert "nonesuch" not in run.warnings


def test_reads_all_pages(ansible: Ansible, simulator: Simulator) -> None:
    """All pages are read, including empty ones, up to max_records."""
    simulator.control.seed(25, svm={"volumes": 1}, name=NAME)
    simulator.control.knob(page_size=10, empty_pages=1)
    everything, few = ansible.tasks([info(), info("max_records: 12")])
    assert everything.ok().result["num_records"] == 25
    assert len({record["uuid"] for record in everything.records}) == 25
    assert everything.requests.lines == ["GET"] * 6
    assert everything.requests.connections == 1
    assert few.ok().result["num_records"] == 12
    assert len(few.requests) == 4
    assert few.records == everything.records[:12]


def test_invalid_next_links_are_not_followed(ansible: Ansible, simulator: Simulator) -> None:
    """A next link to another host, or to a page that was already read, fails the task, and nothing is sent there."""
    configured(simulator, "svm1")
    simulator.control.fault("next_other_host")
    assert "leads elsewhere" in ansible.task(info()).refused().msg
    simulator.control.fault("next_loop", times=None)
    run = ansible.task(info()).refused()
    assert "already read" in run.msg
    assert len(run.requests) <= 2


def test_secrets_are_removed_from_records(ansible: Ansible, simulator: Simulator) -> None:
    """Write-only fields are removed from every record, even if ONTAP should not return them."""
    certificate = base64_of(pfx())
    values = {
        "client_secret": ansible.variables["client_secret"],
        "proxy_password": ansible.variables["proxy_password"],
    }
    ansible.secrets.hide("certificate", certificate)
    configured(simulator, "svm1", **values)
    configured(simulator, "svm2", client_certificate=certificate)
    simulator.control.knob(leak_secrets=True)
    ansible.variables = {}
    plain, named = ansible.tasks([info(), info("fields: [key_id, state]\nsvm: 'svm*'")])
    for run in (plain, named):
        assert run.ok().result["num_records"] == 2
        assert not {"client_secret", "client_certificate", "proxy_password"} & {
            name for record in run.records for name in record
        }


def test_codes_are_integers_on_every_release(ansible: Ansible, simulator: Simulator) -> None:
    """Since 9.12 ONTAP sends status codes as strings; old responses call the state cluster_state."""
    simulator.control.reset(version="9.12.1")
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    simulator.control.azure(reachable=False)
    simulator.control.node("node1", ekmip=False)
    simulator.control.knob(cluster_state_name=True)
    (record,) = ansible.task(info(f"fields: [{', '.join(ADVANCED)}]")).ok().records
    assert record["state"]["available"] is False
    assert "cluster_state" not in record["state"]
    assert record["azure_reachability"]["reachable"] is False
    codes = [
        record["state"]["code"],
        record["azure_reachability"]["code"],
        *(node["code"] for node in record["ekmip_reachability"]),
    ]
    assert all(isinstance(code, int) for code in codes)
    assert codes[0] > 0
    assert codes[-1] == 0


def test_invalid_options_are_refused_before_any_request(ansible: Ansible, simulator: Simulator) -> None:
    """Each message names the option with the invalid filter, field or order."""
    cases = {
        "fields: ['key_id,uuid&x=1']": "fields: ",
        "query: {fields: key_id}": "query: ",
        "svm: svm1\nquery: {svm.name: svm2}": "query: ",
        "order_by: [svm.name sideways]": "order_by: ",
        "max_records: 0": "max_records: ",
        "scope: cluster\nsvm: svm1": "svm: ",
    }
    for run, message in zip(ansible.tasks([info(options) for options in cases]), cases.values(), strict=True):
        assert run.refused().msg.startswith(message)
        assert run.error["target"] == message[:-2]
    assert simulator.control.log() == []


def test_unknown_field_is_refused_by_ontap(ansible: Ansible, simulator: Simulator) -> None:
    """ONTAP's message and a hint are reported."""
    run = ansible.task(info("query: {nonesuch: 1}")).refused()
    assert run.error["code"] == "262179"
    assert run.error["status"] == 400
    assert "nonesuch" in run.error["message"]
    assert run.error["hint"]
