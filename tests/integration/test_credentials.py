# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: when update_credentials sends credentials that cannot be compared."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, DESCRIBED, akv, configured
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"'
PASSWORD = '\nproxy_password: "{{ proxy_password }}"'


def test_warns_if_secret_is_not_sent(ansible: Ansible, simulator: Simulator) -> None:
    """By default, it acts like on_create and warns; there is no warning if it is set explicitly."""
    configured(simulator, "svm1", "svm2")
    silent = akv(f"svm: [svm1, svm2]{DESCRIBED}{SECRET}\nupdate_credentials: on_create")
    runs = ansible.tasks(
        [akv(f"svm: [svm1, svm2]{DESCRIBED}{SECRET}{PASSWORD}")] * 2 + [silent] * 2, modes=[True, False] * 2
    )
    for run in runs:
        assert not run.ok().changed
        assert run.requests.lines == ["GET"]
        assert run.actions == {"svm1": "none", "svm2": "none"}
    for run in runs[:2]:
        assert "update_credentials" in run.warnings
        assert "client_secret" in run.warnings
        assert "proxy_password" in run.warnings
    assert [run.warnings for run in runs[2:]] == ["", ""]


def test_always_sends_credentials_in_every_run(ansible: Ansible, simulator: Simulator) -> None:
    """Every write-only field that is set is sent in every run, and counts as a change."""
    configured(simulator, "svm1", "svm2", "svm3")
    cycle = (
        ansible.cycle(akv(f"svm: [svm1, svm2, svm3]{SECRET}{PASSWORD}\nupdate_credentials: always")).ok().predicted()
    )
    body = {name: ansible.variables[name] for name in ("client_secret", "proxy_password")}
    for run in (cycle.apply, cycle.apply_again):
        assert run.changed
        assert run.requests.lines == ["GET", *["PATCH /UUID"] * 3, "GET"]
        assert run.requests.bodies == [body] * 3
        assert run.actions == dict.fromkeys(("svm1", "svm2", "svm3"), "update")
        assert run.results[0]["fields"] == ["client_secret", "proxy_password"]
    assert cycle.check.result["diff"]["after"]["svm1"]["client_secret"] == "will be sent"


def test_when_unreachable_sends_secret_only_if_needed(ansible: Ansible, simulator: Simulator) -> None:
    """The secret is sent only to configurations whose vault is unreachable, and not again afterwards."""
    secret = ansible.variables["client_secret"]
    lost, reached = configured(simulator, "svm1", client_secret="expired") + configured(
        simulator, "svm2", client_secret=secret
    )
    simulator.control.azure(secrets={CLIENT_ID: [secret]})
    cycle = (
        ansible.cycle(akv(f"svm: [svm1, svm2]{SECRET}\nupdate_credentials: when_unreachable"))
        .ok()
        .predicted()
        .settled()
    )
    assert cycle.apply.requests.writes.lines == ["PATCH /UUID"]
    assert lost in cycle.apply.requests.writes[0]["path"]
    assert reached != lost
    assert cycle.apply.requests.bodies == [{"client_secret": secret}]
    assert cycle.apply.actions == {"svm1": "update", "svm2": "none"}
    assert "azure_reachability" in cycle.check.requests[0]["query"]["fields"]
    assert cycle.apply.warnings == ""


def test_reachability_is_read_only_for_when_unreachable(ansible: Ansible, simulator: Simulator) -> None:
    """It is expensive: no other value reads it, and not without a credential."""
    configured(simulator, "svm1")
    tasks = [f"{SECRET}\nupdate_credentials: on_create", f"{SECRET}", "\nupdate_credentials: when_unreachable"]
    for run in ansible.tasks([akv(f"svm: svm1{DESCRIBED}{options}") for options in tasks]):
        run.ok()
        assert "azure_reachability" not in run.requests[0]["query"]["fields"]


def test_omitted_reachable_counts_as_false(ansible: Ansible, simulator: Simulator) -> None:
    """Without C(reachable), a code other than 0 means the same."""
    simulator.control.knob(omit_false=True)
    configured(simulator, "svm1", client_secret="expired")
    simulator.control.azure(secrets={CLIENT_ID: [ansible.variables["client_secret"]]})
    run = ansible.task(akv(f"svm: svm1{SECRET}\nupdate_credentials: when_unreachable")).ok()
    assert run.requests.bodies == [{"client_secret": ansible.variables["client_secret"]}]


def test_missing_reachability_sends_nothing_and_warns(ansible: Ansible, simulator: Simulator) -> None:
    """A missing value is no reason to send the secret; a warning says so."""
    configured(simulator, "svm1")
    record: dict[str, Any] = ansible.task("ontap.akv.akv_info: {}").records[0]
    simulator.control.fault("wrong_shape", path=f"{VAULTS}$", times=2, body={"records": [record], "num_records": 1})
    task = akv(f"svm: svm1{SECRET}\nupdate_credentials: when_unreachable")
    for run in ansible.tasks([task, task], modes=[True, False]):
        assert not run.ok().changed
        assert run.requests.lines == ["GET"]
        assert "does not say" in run.warnings
