# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One playbook with every module, run by ansible-playbook on every release."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    OTHER_KEY,
    akv,
    info,
    rekey,
    restore,
)
from ansible_collections.ontap.akv.tests.integration.test_releases import VERSIONS, on
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'
TASKS = [
    akv(f"svm: [svm1, svm2]{DESCRIBED}{SECRET}"),
    akv(f"svm: [svm1, svm2]{DESCRIBED}{SECRET}"),
    akv('svm: [svm1, svm2]\nclient_secret: "{{ client_secret }}"\nupdate_credentials: always'),
    rekey(f"svm: [svm1, svm2]\nkey: external\nkey_id: {OTHER_KEY}"),
    rekey(f"svm: [svm1, svm2]\nkey: external\nkey_id: {OTHER_KEY}"),
    rekey("svm: [svm1, svm2]\nkey: internal"),
    restore('svm: "*"'),
    restore('svm: "*"\nforce: true'),
    info("fields: [state, azure_reachability, ekmip_reachability]"),
    akv("svm: [svm1, svm2]\nstate: absent"),
]
CHANGED = [True, False, True, True, False, True, False, True, False, True]


@pytest.mark.parametrize("version", VERSIONS)
def test_playbook_runs_in_process(plays: Ansible, simulator: Simulator, version: str) -> None:
    plays.environment |= connection(simulator)
    plays.variables = {"client_secret": plays.secrets.new("client-secret")}
    run_all_tasks(plays, simulator, version)


@pytest.mark.module_only
@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_playbook_runs_in_module_processes(ansible: Ansible, simulator: Simulator, version: str) -> None:
    run_all_tasks(ansible, simulator, version)


def run_all_tasks(ansible: Ansible, simulator: Simulator, version: str) -> None:
    """Run every task in check mode, which must predict the change and send no writes, and then without it."""
    on(simulator, version)
    tasks = [
        f"{task}\ncheck_mode: true" if number % 2 == 0 else task
        for number, task in enumerate(each for task in TASKS[:-1] for each in (task, task))
    ]
    runs = ansible.tasks(tasks)
    for number, (check, apply) in enumerate(zip(runs[::2], runs[1::2], strict=True)):
        assert check.ok().changed == apply.ok().changed == CHANGED[number], TASKS[number]
        assert check.requests.writes == []
    first, second = runs[-1].records
    assert [record["state"]["code"] for record in (first, second)] == [0, 0]
    assert all(isinstance(node["code"], int) for record in (first, second) for node in record["ekmip_reachability"])
    refused = ansible.task(TASKS[-1]).refused()
    assert {entry["error"]["code"] for entry in refused.results} == {"65536867"}
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, encrypted_volumes=0)
    assert ansible.task(TASKS[-1]).ok().changed
    assert ansible.task(info()).ok().records == []
