# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs run by ansible-runner, as in AWX: neither job events nor other files that a job leaves contain a secret."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, lines_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.log import until
from ansible_collections.ontap.akv.tests.integration.support.playing import nothing_follows
from ansible_collections.ontap.akv.tests.integration.support.runner import Runner
from ansible_collections.ontap.akv.tests.integration.support.secrets import FORMS
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    OTHER_KEY,
    akv,
    configured,
    info,
    rekey,
    restore,
)
from simulator import Simulator

SECRETS = '\nproxy_host: proxy.example.com\nproxy_password: "{{ proxy_password }}"\nupdate_credentials: always'
SECRET = '\nclient_secret: "{{ client_secret }}"'
CERTIFICATE = '\nclient_certificate: "{{ certificate }}"'


@pytest.fixture
def runner(ansible: Ansible, simulator: Simulator, tmp_path: Path) -> Iterator[Runner]:
    """Return a runner of jobs with secrets in extra variables."""
    certificate = pfx()
    ansible.secrets.mark("certificate", base64_of(certificate))
    secrets = {name: ansible.secrets.awkward(name) for name in ("password", "client_secret", "proxy_password")}
    simulator.control.user("bäcker", secrets["password"])
    variables: dict[str, Any] = {**secrets, "certificate": lines_of(certificate), **ansible.way}
    runner = Runner(ansible, tmp_path / "job", variables)
    yield runner
    ansible.output += runner.printed


def test_job_leaves_no_secrets_behind(runner: Runner, simulator: Simulator) -> None:
    """This covers success, check mode and failure of modules on a cluster that returns and repeats every secret."""
    simulator.control.knob(leak_secrets=True, echo_body=True)
    configured(
        simulator, "svm1", "svm2", **{name: runner.variables[name] for name in ("client_secret", "proxy_password")}
    )
    every = ("password", "client_secret", "proxy_password")
    repeated = {form: " ".join(write(runner.variables[name]) for name in every) for form, write in FORMS.items()}
    own = " ".join(write(runner.variables["password"]) for write in FORMS.values())
    for form, words in repeated.items():
        simulator.control.add_svm(form.replace(" ", "-").replace(",", ""))
        simulator.control.condition("create", "65537505", svm=form.replace(" ", "-").replace(",", ""), message=words)
    for operation in ("rekey-external", "restore"):
        simulator.control.condition(operation, "65537547", svm="svm2", message=own)
    new = ", ".join(form.replace(" ", "-").replace(",", "") for form in FORMS)
    tasks = [
        info('fields: ["**"]'),
        f"{akv(f'svm: svm1{CERTIFICATE}{SECRETS}')}\ncheck_mode: true",
        akv(f"svm: svm1{CERTIFICATE}{SECRETS}"),
        akv(f"svm: svm1{SECRET}{SECRETS}"),
        rekey(f'svm: "*"\nkey: external\nkey_id: {OTHER_KEY}'),
        restore('svm: "*"\nforce: true'),
        akv(f"svm: [{new}]{DESCRIBED}{SECRET}{SECRETS}"),
        akv(f"svm: [svm1, svm2]\nstate: absent{SECRET}"),
    ]
    job = runner.run(tasks)
    assert [event["event"] for event in job.ended] == ["runner_on_ok"] * 4 + ["runner_on_failed"] * 3 + ["runner_on_ok"]
    assert len(job.ended[6]["event_data"]["res"]["results"]) == len(FORMS)
    assert job.ended[3]["event_data"]["res"]["diff"]["after"]["svm1"]["client_secret"] == "will be sent"
    assert [body["client_secret"] for body in job.requests.bodies if "client_secret" in (body or {})] == [
        runner.variables["client_secret"]
    ] * (1 + len(FORMS))
    assert {entry["user"] for entry in job.requests} == {"bäcker"}
    assert "azure_key_vaults" in json.dumps(job.ended)
    assert runner.ansible.secrets.found_in(job.text) == []


def test_canceled_job_sends_nothing_more(runner: Runner, simulator: Simulator) -> None:
    """AWX cancels a job with SIGTERM: it ends in the middle of a wait, and sends nothing more."""
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(hold="running")
    with runner.started(
        [rekey(f"svm: [svm1, svm2]\nkey: external\nkey_id: {OTHER_KEY}\nconcurrency: 1\ntimeout: 1\nwait_timeout: 600")]
    ) as job:
        until(simulator, lambda log: any(entry["path"].startswith("/api/cluster/jobs/") for entry in log))
        job.send_signal(signal.SIGTERM)
        job.communicate(timeout=60)
        nothing_follows(simulator)
