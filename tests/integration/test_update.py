# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: updates of existing configurations."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    CLIENT_ID,
    DESCRIBED,
    KEY,
    NAME,
    OTHER_CLIENT_ID,
    OTHER_KEY,
    TENANT_ID,
    VERSION,
    akv,
    configured,
)
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'
PROXY = {"proxy_type": "http", "proxy_host": "proxy.example.com", "proxy_port": 3128, "proxy_username": "ontap"}


def test_updates_client_id_of_several_svms(ansible: Ansible, simulator: Simulator) -> None:
    """One PATCH for each with the different fields and the secret, and one GET for all results."""
    uuids = configured(simulator, "svm1", "svm2", "svm3", client_id=OTHER_CLIENT_ID)
    cycle = ansible.cycle(akv(f"svm: [svm1, svm2, svm3]{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", *["PATCH /UUID"] * 3, "GET"]
    body = {"client_id": CLIENT_ID, "client_secret": ansible.variables["client_secret"]}
    assert cycle.apply.requests.bodies == [body] * 3
    assert cycle.apply.requests.connections <= 4
    assert [(entry["action"], entry["fields"], entry["uuid"]) for entry in cycle.apply.results] == [
        ("update", ["client_id", "client_secret"], uuid) for uuid in uuids
    ]
    assert cycle.check.records == cycle.apply.records == cycle.apply_again.records
    diff = cycle.apply.result["diff"]
    assert diff["before"]["svm1"]["client_id"] == OTHER_CLIENT_ID
    assert diff["after"]["svm1"]["client_id"] == CLIENT_ID
    assert diff["after"]["svm1"]["client_secret"] == "will be sent"


def test_client_id_without_secret_is_refused_by_ontap(ansible: Ansible, simulator: Simulator) -> None:
    """ONTAP refuses it, and the error says what to do."""
    configured(simulator, "svm1", client_id=OTHER_CLIENT_ID)
    run = ansible.task(akv(f"svm: svm1\nclient_id: {CLIENT_ID}")).refused()
    assert run.requests.bodies == [{"client_id": CLIENT_ID}]
    assert run.error["code"] == "65537517"
    assert run.error["target"] == "client_secret"
    assert run.error["hint"]
    assert not run.changed


def test_proxy_can_be_set_and_removed(ansible: Ansible, simulator: Simulator) -> None:
    """proxy_password is sent with a change of a proxy option; an empty string removes an option."""
    configured(simulator, "svm1")
    options = "".join(f"\n{name}: {value}" for name, value in PROXY.items())
    password = '\nproxy_password: "{{ proxy_password }}"\nupdate_credentials: on_create'
    cycle = ansible.cycle(akv(f"svm: svm1{options}{password}")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", "PATCH /UUID", "GET"]
    assert cycle.apply.requests.bodies == [{**PROXY, "proxy_password": ansible.variables["proxy_password"]}]
    assert cycle.check.records == cycle.apply.records
    nothing = "".join(f'\n{name}: ""' for name in PROXY if name != "proxy_port")
    cycle = ansible.cycle(akv(f"svm: svm1{nothing}")).ok().predicted().settled()
    assert cycle.apply.requests.bodies == [dict.fromkeys(set(PROXY) - {"proxy_port"}, "")]
    assert set(cycle.apply.records[0]) & set(PROXY) == {"proxy_port"}


def test_equivalent_values_are_no_change(ansible: Ansible, simulator: Simulator) -> None:
    """Vault and key are compared as URLs; on 9.11.1, which reports no version, without the version."""
    configured(simulator, "svm1", key_id=f"{KEY}/{VERSION}")
    equal = [
        f"name: {NAME.rstrip('/')}\nkey_id: {KEY}",
        (
            f"name: {NAME.upper().replace('.NET', '.NET:443')}\nkey_id:"
            f" {KEY.replace('https', 'HTTPS').replace('azure', 'AZURE')}"
        ),
        f"key_id: {KEY}/{VERSION}\nclient_id: {CLIENT_ID.upper()}\ntenant_id: {TENANT_ID}",
        'proxy_host: ""\nproxy_port: ""',
    ]
    for run in ansible.tasks([akv(f"svm: svm1\n{options}") for options in equal]):
        assert not run.ok().changed
        assert run.requests.lines == ["GET"]
        assert run.actions == {"svm1": "none"}


def test_other_vault_or_key_is_refused(ansible: Ansible, simulator: Simulator) -> None:
    """The error for another vault suggests a migration, the one for another key a re-key; no write is sent."""
    configured(simulator, "svm1", "svm2")
    vault = akv("svm: [svm1, svm2]\nname: https://other.vault.azure.net/")
    key = akv(f"svm: svm1\nkey_id: {OTHER_KEY}")
    runs = ansible.tasks([vault, vault, key, key], modes=[True, False, True, False])
    for run in runs:
        assert run.refused().requests.lines == ["GET"]
        assert not run.changed
    assert "migrate" in runs[0].error["hint"]
    assert runs[0].msg.endswith("1 more target failed, see results.")
    assert [entry["error"]["target"] for entry in runs[1].results] == ["name", "name"]
    assert "akv_rekey" in runs[2].error["hint"]
    assert "allow_rekey" in runs[2].error["hint"]
    assert runs[2].error == runs[3].error


def test_properties_are_changed_before_key(ansible: Ansible, simulator: Simulator) -> None:
    """If both differ, a PATCH is sent before the re-key; the result is a re-key with all fields."""
    configured(simulator, "svm1", "svm2", client_id=OTHER_CLIENT_ID, key_id=OTHER_KEY)
    cycle = ansible.cycle(akv(f"svm: [svm1, svm2]\nallow_rekey: true{DESCRIBED}{SECRET}")).ok().predicted().settled()
    assert len(cycle.apply.requests) == 6
    for result in cycle.apply.results:
        assert result["action"] == "rekey"
        assert result["fields"] == ["client_id", "client_secret", "key_id"]
        assert result["job"]["state"] == "success"
        assert cycle.apply.requests.about(result["uuid"]).lines == ["PATCH /UUID", "POST /UUID/rekey-external"]
        patch, rekey = cycle.apply.requests.about(result["uuid"]).bodies
        assert patch == {"client_id": CLIENT_ID, "client_secret": ansible.variables["client_secret"]}
        assert rekey == {"key_id": KEY}
    assert cycle.check.records == cycle.apply.records


def test_change_before_failed_rekey_is_reported(ansible: Ansible, simulator: Simulator) -> None:
    """The change is reported although the task fails; wait: false still waits for the first step."""
    configured(simulator, "svm1", client_id=OTHER_CLIENT_ID, key_id=OTHER_KEY)
    simulator.control.condition("rekey-external", "65537547")
    simulator.control.knob(async_patch=True)
    run = ansible.task(akv(f"svm: svm1\nallow_rekey: true{DESCRIBED}{SECRET}")).refused()
    assert run.changed
    assert run.results[0]["changed"]
    assert run.error["code"] == "65537547"
    assert run.records[0]["client_id"] == CLIENT_ID
    assert run.records[0]["key_id"] == OTHER_KEY
    simulator.control.reset()
    configured(simulator, "svm1", client_id=OTHER_CLIENT_ID, key_id=OTHER_KEY)
    simulator.control.knob(async_patch=True)
    run = ansible.task(akv(f"svm: svm1\nallow_rekey: true\nwait: false{DESCRIBED}{SECRET}")).ok()
    patch, rekey = run.requests.writes
    assert int(patch["query"]["return_timeout"]) > 0
    assert rekey["query"]["return_timeout"] == "0"
    assert run.results[0]["job"]["state"] in ("queued", "running")
    assert simulator.control.state()["svms"]["svm1"]["configuration"]["client_id"] == CLIENT_ID
