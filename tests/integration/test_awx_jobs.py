# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as jobs of AWX: secrets from credentials, empty fields and answers, artifacts for the workflow, and no
secret in stored output.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN
from ansible_collections.ontap.akv.tests.integration.support.awx import Awx
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster
from ansible_collections.ontap.akv.tests.integration.support.runner import Job, left_behind, started
from ansible_collections.ontap.akv.tests.integration.support.secrets import FORMS, Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, OTHER_KEY, PROPERTIES, configured
from simulator import Simulator

VERBOSE = ("-vvvv", "--diff")
TWO = ("svm1", "svm2")
PROXY = {"proxy_type": "http", "proxy_host": "proxy.example.com", "proxy_password": "{{ proxy_password }}"}


def plain(simulator: Simulator) -> None:
    """Configure two SVMs."""
    configured(simulator, *TWO)


def rebooted(simulator: Simulator) -> None:
    """Configure two SVMs that lost their keys in a reboot."""
    plain(simulator)
    simulator.control.reboot("node1")


def removable(simulator: Simulator) -> None:
    """Configure two SVMs without encrypted volumes."""
    plain(simulator)
    for svm in TWO:
        simulator.control.svm(svm, volumes=0, encrypted_volumes=0)


@dataclass(frozen=True)
class Case:
    """A playbook: the state before, variables of its job template, answers of its survey, expected writes, and
    artifacts.
    """

    prepare: Callable[[Simulator], None]
    sent: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Any] = field(default_factory=dict)


CASES = {
    "configure": Case(
        lambda _simulator: None,
        ["POST", "POST"],
        {"akv_configurations": [{"svm": list(TWO), **PROPERTIES, **PROXY}]},
    ),
    "rotate_credentials": Case(
        plain, ["PATCH /UUID"] * 2, artifacts={"akv_rotated": ["svm1@cluster1", "svm2@cluster1"]}
    ),
    "rotate_key": Case(
        plain,
        ["POST /UUID/rekey-external"] * 2 + ["POST /UUID/rekey-internal"] * 2,
        answers={"akv_key": "both", "akv_key_id": OTHER_KEY, "akv_svm": "*,*"},
        artifacts={"akv_done": ["svm1@cluster1", "svm2@cluster1"]},
    ),
    "recover": Case(rebooted, ["POST /UUID/restore"] * 2),
    "decommission": Case(removable, ["DELETE /UUID"] * 2, answers={"akv_svm": "svm1,svm2", "akv_confirm": "true"}),
    "health": Case(plain, artifacts={"akv_problems": [], "akv_checked": 2}),
    "report": Case(plain, artifacts={"akv_report_summary": 2}),
}


@pytest.fixture
def azure(awx: Awx, secrets: Secrets) -> Awx:
    """Add a credential of the Azure application to AWX; the cluster returns and repeats every secret."""
    awx.ansible.simulator.control.knob(leak_secrets=True, echo_body=True)
    new, old = (secrets.awkward(name) for name in ("client_secret", "old_client_secret"))
    awx.env |= {"ONTAP_AKV_CLIENT_ID": CLIENT_ID, "ONTAP_AKV_CLIENT_SECRET": new, "ONTAP_AKV_OLD_CLIENT_SECRET": old}
    awx.env |= dict.fromkeys(
        ("ONTAP_AKV_CLIENT_CERTIFICATE", "ONTAP_AKV_OLD_CLIENT_CERTIFICATE", "ONTAP_AKV_CREDENTIAL_EXPIRES"), ""
    )
    return awx


def published(job: Job) -> dict[str, Any]:
    """Return the artifacts of a job; for the summary of a report, the number of configurations."""
    return {
        name: value["configurations"] if name == "akv_report_summary" else value
        for name, value in job.artifacts.items()
    }


def run(awx: Awx, playbook: str, *arguments: str, **answers: str) -> Job:
    """Run a playbook as in its case, on one cluster."""
    case = CASES[playbook]
    simulator = awx.ansible.simulator
    variables = {"akv_hosts": "all", **FAST, **case.variables}
    return awx.job(
        playbook, {"cluster1": cluster(simulator)}, *VERBOSE, *arguments, variables=variables, **case.answers, **answers
    )


@pytest.mark.parametrize("playbook", CASES)
def test_playbook_sends_expected_requests_and_leaks_no_secret(
    playbook: str, azure: Awx, simulator: Simulator, secrets: Secrets
) -> None:
    """Playbooks that write run in check mode first. No job leaves a secret behind, even with -vvvv and --diff."""
    case = CASES[playbook]
    case.prepare(simulator)
    password = secrets.awkward("proxy_password")
    if case.sent:
        assert run(azure, playbook, "--check", proxy_password=password).ok().requests.writes == []
    job = run(azure, playbook, proxy_password=password).ok()
    assert job.requests.writes.lines == case.sent
    assert published(job) == case.artifacts
    assert {entry["user"] for entry in job.requests} == {"bäcker"}
    sent = [body["client_secret"] for body in job.requests.bodies if "client_secret" in (body or {})]
    assert sent == [azure.env["ONTAP_AKV_CLIENT_SECRET"]] * (
        2 if playbook in ("configure", "rotate_credentials") else 0
    )


def test_secret_refused_by_azure_reaches_no_svm(azure: Awx, simulator: Simulator) -> None:
    """The survey asks whether Azure is checked first; the credential has the CA of the company's proxy, or an empty
    file.
    """
    side, secret = simulator.azure, azure.env["ONTAP_AKV_CLIENT_SECRET"]
    described = {
        "name": side.vault_url(),
        "key_id": side.key_url(),
        "client_id": CLIENT_ID,
        "tenant_id": side.tenant_id,
    }
    configured(simulator, "svm1", client_secret=azure.env["ONTAP_AKV_OLD_CLIENT_SECRET"], **described)
    side.control.application(CLIENT_ID, secrets=[{"value": secret, "expires_in": -60}])
    azure.files["ONTAP_AKV_AZURE_CA_PATH"] = Path(side.ca_path).read_text(encoding="utf-8")
    variables = {"akv_hosts": "all", "akv_azure_oauth_host": side.login_host, **FAST}
    hosts = {"cluster1": cluster(simulator)}
    job = azure.job("rotate_credentials", hosts, *VERBOSE, variables=variables, akv_verify_azure="true").failed()
    assert job.requests.writes == []
    assert "AADSTS7000222" in json.dumps(job.events)
    azure.files["ONTAP_AKV_AZURE_CA_PATH"] = ""
    asked = len(side.control.log())
    azure.job("rotate_credentials", hosts, *VERBOSE, variables=variables, akv_verify_azure="false").failed()
    assert len(side.control.log()) == asked


#: Texts that a survey can ask for. If they are not answered, ansible-core 2.19 and later reads None, earlier releases
#: an empty text.
CONNECTION = (
    "akv_username",
    "akv_password",
    "akv_cert_filepath",
    "akv_key_filepath",
    "akv_validate_certs",
    "akv_ca_path",
    "akv_serial",
)
CREDENTIAL = (
    "akv_client_id",
    *(f"akv_{age}client_{kind}" for age in ("", "old_") for kind in ("secret", "certificate", "certificate_path")),
)
#: Playbook -> its other texts, expected writes, and artifacts for the workflow.
EMPTY: dict[str, tuple[tuple[str, ...], list[str], dict[str, Any]]] = {
    "configure": (("akv_update_credentials", "akv_client_secret", "akv_client_certificate"), ["POST"], {}),
    "rotate_credentials": (("akv_svm", "akv_canary", *CREDENTIAL), ["PATCH /UUID"], {"akv_rotated": ["svm1@cluster1"]}),
    "rotate_key": (
        ("akv_svm", "akv_key_id", "akv_done"),
        ["POST /UUID/rekey-internal"],
        {"akv_done": ["svm1@cluster1"]},
    ),
    "recover": (("akv_svm",), ["POST /UUID/restore"], {}),
    "health": (
        ("akv_svm", "akv_hosts", "akv_checks", "akv_credential_expires", "akv_credential_created"),
        [],
        {"akv_problems": [], "akv_checked": 1},
    ),
    "report": (("akv_svm", "akv_hosts", "akv_report_directory"), [], {"akv_report_summary": 1}),
}


@pytest.mark.parametrize("playbook", EMPTY)
def test_empty_answers_count_as_not_set(playbook: str, azure: Awx, simulator: Simulator) -> None:
    """They count as not set: the values of credentials apply, and a host that is one SVM does not become all SVMs of
    its cluster.
    """
    names, sent, artifacts = EMPTY[playbook]
    CASES[playbook].prepare(simulator)
    host = cluster(simulator, akv_cluster="cluster1", akv_svm="svm1", akv={"svm": {"name": "svm1"}})
    variables = {
        "akv_hosts": "all",
        **FAST,
        "akv_configurations": [{"svm": "svm1", **PROPERTIES}],
        "akv_key": "internal",
    }
    job = azure.job(
        playbook, {"svm1@cluster1": host}, variables=variables, **dict.fromkeys((*CONNECTION, *names), "")
    ).ok()
    assert job.requests.writes.lines == sent
    assert published(job) == artifacts
    assert "svm1" in json.dumps(job.events)
    assert "svm2" not in json.dumps(job.events)


def content(path: str | Path | None) -> str:
    """Return the content of a file of the simulator."""
    return Path(str(path)).read_text(encoding="utf-8")


def test_job_logs_in_with_certificate(awx: Awx, simulator: Simulator, secrets: Secrets) -> None:
    """Certificate and key are files; user name and password are empty."""
    plain(simulator)
    awx.env |= {"ONTAP_USERNAME": "", "ONTAP_PASSWORD": ""}
    awx.files |= {
        "ONTAP_CERT_FILEPATH": content(simulator.client_cert_path),
        "ONTAP_KEY_FILEPATH": content(simulator.client_key_path),
    }
    secrets.hide("key", awx.files["ONTAP_KEY_FILEPATH"])
    job = awx.job("health", {"cluster1": cluster(simulator)}, *VERBOSE).ok()
    assert job.artifacts["akv_checked"] == 2
    assert {entry["auth"] for entry in job.requests} == {"certificate"}


@pytest.mark.parametrize(("verify", "verified"), [("", True), ("true", True), ("False", False)])
def test_certificate_is_verified_without_ca_by_default(
    verify: str, verified: bool, awx: Awx, simulator: Simulator
) -> None:
    """An empty file is not a CA; an empty text does not turn verification off."""
    plain(simulator)
    awx.files["ONTAP_CA_PATH"] = ""
    awx.env["ONTAP_VALIDATE_CERTS"] = verify
    job = awx.job("health", {"cluster1": cluster(simulator)}, *VERBOSE)
    assert job.status == ("failed" if verified else "successful")
    assert job.artifacts["akv_checked"] == (0 if verified else 2)
    assert ("certificate of 127.0.0.1 was not accepted" in job.told) is verified
    # The configurations and the cluster's settings.
    assert len(job.requests) == (0 if verified else 2)


def test_secrets_repeated_by_cluster_are_masked(azure: Awx, simulator: Simulator) -> None:
    """In each form in which a program may write it."""
    plain(simulator)
    repeated = " ".join(
        write(azure.env[name]) for name in ("ONTAP_PASSWORD", "ONTAP_AKV_CLIENT_SECRET") for write in FORMS.values()
    )
    simulator.control.condition("update", "65537517", svm="svm2", message=repeated)
    job = run(azure, "rotate_credentials").failed()
    assert "svm2" in job.told
    assert "65537517" in job.told
    assert job.artifacts == {"akv_rotated": ["svm1@cluster1"]}
    assert job.requests.writes.lines == ["PATCH /UUID"] * 2


def test_ansible_runner_leaves_secrets_only_in_command_file(azure: Awx, simulator: Simulator, secrets: Secrets) -> None:
    """Only its own file `command` contains secrets, because ansible-runner writes its whole environment there."""
    plain(simulator)
    node = azure.alone({"cluster1": cluster(simulator)}, *VERBOSE, variables={"akv_hosts": "all", **FAST})
    with started(
        "run", str(node), "-p", "playbooks/rotate_credentials.yml", "-i", "job", ansible=azure.ansible, folder=node
    ) as process:
        printed = "".join(process.communicate(timeout=LONGEST_RUN))
    artifacts = node / "artifacts" / "job"
    job = left_behind(artifacts, azure.ansible, printed, but=["command"]).ok()
    assert job.artifacts == {"akv_rotated": ["svm1@cluster1", "svm2@cluster1"]}
    assert job.requests.writes.lines == ["PATCH /UUID"] * 2
    assert secrets.found_in(job.text) == []
    told = json.loads((artifacts / "command").read_text(encoding="utf-8"))
    hidden = {**azure.env, **azure.files}
    assert (
        secrets.found_in(
            json.dumps({**told, "env": {name: value for name, value in told["env"].items() if name not in hidden}})
        )
        == []
    )
