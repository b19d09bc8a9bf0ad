# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that credentials create in a job, and that modules log in with it; the role created the credential
types in the controller.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.awx.support.injection import inject
from ansible_collections.ontap.akv.tests.awx.support.setup import Machine, SetUp
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import DESCRIBED, akv, info
from simulator import Simulator


class Job:
    """Run tasks as a job of the controller does, with only credentials to log in."""

    def __init__(self, machine: Machine, ansible: Ansible, folder: Path) -> None:
        self._types, self._ansible, self._folder = machine.controller.store, ansible, folder

    def environment(self, kind: str, **inputs: Any) -> dict[str, str]:
        """Return the variables that a credential of that type sets."""
        return inject(self._types.named("credential_types", kind), inputs, self._folder)

    def run(self, task: str, *credentials: dict[str, str]) -> Any:
        """Run one task; the port of the simulator is not part of a credential."""
        env: dict[str, str | None] = {"ONTAP_HTTP_PORT": str(self._ansible.simulator.port)}
        for credential in credentials:
            env |= credential
        return self._ansible.task(task, env=env)


@pytest.fixture
def job(done: tuple[Machine, SetUp], simulator: Simulator, secrets: Secrets, tmp_path: Path, folder: Path) -> Job:
    secrets.hide("the simulator's password", simulator.password)
    return Job(done[0], Ansible(simulator, secrets, tmp_path), folder)


def ontap(job: Job, **inputs: Any) -> dict[str, str]:
    return job.environment("AKV ONTAP cluster", **inputs)


def text(path: str | None) -> str:
    assert path
    return Path(path).read_text(encoding="utf-8")


@pytest.fixture
def password(simulator: Simulator) -> dict[str, Any]:
    return {"username": simulator.username, "password": simulator.password}


@pytest.fixture
def certificate(simulator: Simulator) -> dict[str, Any]:
    return {"client_certificate": text(simulator.client_cert_path), "client_key": text(simulator.client_key_path)}


def test_types_contain_unevaluated_templates(done: tuple[Machine, SetUp]) -> None:
    """Ansible does not evaluate the controller's templates; secret fields are marked; the only switch is insecure."""
    types = {item["name"]: item for item in done[0].controller.store.all("credential_types")}
    assert types["AKV ONTAP cluster"]["injectors"]["env"]["ONTAP_PASSWORD"] == "{{ password }}"
    secret = {
        name: {field["id"] for field in item["inputs"]["fields"] if field.get("secret")} for name, item in types.items()
    }
    assert secret == {
        "AKV ONTAP cluster": {"password", "client_key"},
        "AKV Azure application": {"client_secret", "client_certificate", "old_client_secret", "old_client_certificate"},
    }
    assert {field["id"] for field in types["AKV ONTAP cluster"]["inputs"]["fields"] if field["type"] == "boolean"} == {
        "insecure"
    }


@pytest.mark.parametrize("way", ["password", "certificate"])
def test_module_logs_in_with_credential(
    way: str, job: Job, simulator: Simulator, request: pytest.FixtureRequest
) -> None:
    """With a password or a certificate, and the company's CA; empty fields have no effect."""
    env = ontap(
        job, hostname=simulator.hostname, ca_certificate=text(simulator.ca_path), **request.getfixturevalue(way)
    )
    run = job.run(info(), env).ok()
    assert [entry["auth"] for entry in run.requests] == [{"password": "basic", "certificate": "certificate"}[way]]


def test_certificate_of_cluster_is_verified_by_default(
    job: Job, simulator: Simulator, password: dict[str, Any]
) -> None:
    """Without a CA and without the switch, the simulator's certificate is verified and rejected."""
    run = job.run(info(), ontap(job, hostname=simulator.hostname, **password)).refused()
    assert "TLS certificate" in run.msg
    assert run.requests == []


@pytest.mark.parametrize("value", [False, "False", "false", "True", "no", ""])
def test_text_does_not_turn_verification_off(value: Any, job: Job) -> None:
    """A text, which a secret management system may return, does not turn it off."""
    assert ontap(job, insecure=value)["ONTAP_VALIDATE_CERTS"] == "true"


def test_insecure_turns_verification_off(job: Job, simulator: Simulator, password: dict[str, Any]) -> None:
    env = ontap(job, hostname=simulator.hostname, insecure=True, **password)
    assert job.run(info(), env).ok().requests.lines == ["GET"]


def test_empty_credential_has_no_effect(job: Job, simulator: Simulator, password: dict[str, Any]) -> None:
    """Every variable and every file is present but empty; the options of the task apply."""
    env = ontap(job)
    assert {name for name, value in env.items() if value} == {"ONTAP_VALIDATE_CERTS"}
    options = "\n".join(
        f"{name}: '{value}'" for name, value in {"hostname": simulator.hostname, "ca_path": simulator.ca_path}.items()
    )
    assert "username" in job.run(info(options), env).refused().msg
    login = (
        '\nusername: \'{{ lookup("ansible.builtin.env", "THE_USER") }}\'\npassword: \'{{ lookup("ansible.builtin.env",'
        ' "THE_PASSWORD") }}\''
    )
    given = {"THE_USER": password["username"], "THE_PASSWORD": password["password"]}
    assert job.run(info(options + login), env, given).ok().requests.lines == ["GET"]


def test_certificates_and_keys_are_passed_as_files(job: Job, simulator: Simulator, certificate: dict[str, Any]) -> None:
    """Certificate, key and CA are written to files, and the variables contain their names."""
    env = ontap(job, ca_certificate=text(simulator.ca_path), **certificate)
    assert text(env["ONTAP_CERT_FILEPATH"]) == certificate["client_certificate"]
    assert text(env["ONTAP_KEY_FILEPATH"]) == certificate["client_key"]
    assert text(env["ONTAP_CA_PATH"]) == text(simulator.ca_path)


def test_azure_application_sets_variables(
    job: Job, simulator: Simulator, secrets: Secrets, password: dict[str, Any]
) -> None:
    """Every field is set, and no secret is shown; a secret reaches the cluster unchanged."""
    inputs = {
        "client_id": "11111111-2222-3333-4444-555555555555",
        "client_secret": secrets.awkward("client_secret"),
        "client_certificate": secrets.hide(
            "client_certificate", base64.b64encode(b"\0" * 3000 + b"certificate").decode()
        ),
        "old_client_secret": secrets.awkward("old_client_secret"),
        "old_client_certificate": secrets.new("old_client_certificate"),
        "expires": "2027-01-31",
        "ca_certificate": text(simulator.azure.ca_path),
    }
    env = job.environment("AKV Azure application", **inputs)
    assert text(env.pop("ONTAP_AKV_AZURE_CA_PATH")) == inputs["ca_certificate"]
    assert env == {
        "ONTAP_AKV_CLIENT_ID": inputs["client_id"],
        "ONTAP_AKV_CLIENT_SECRET": inputs["client_secret"],
        "ONTAP_AKV_CLIENT_CERTIFICATE": inputs["client_certificate"],
        "ONTAP_AKV_OLD_CLIENT_SECRET": inputs["old_client_secret"],
        "ONTAP_AKV_OLD_CLIENT_CERTIFICATE": inputs["old_client_certificate"],
        "ONTAP_AKV_CREDENTIAL_EXPIRES": inputs["expires"],
    }
    assert set(job.environment("AKV Azure application").values()) == {""}
    login = ontap(job, hostname=simulator.hostname, ca_certificate=text(simulator.ca_path), **password)
    secret = 'client_secret: \'{{ lookup("ansible.builtin.env", "ONTAP_AKV_CLIENT_SECRET") }}\''
    run = job.run(akv(f"svm: svm1\nupdate_credentials: on_create\n{secret}{DESCRIBED}"), login, env).ok()
    assert run.requests.bodies[0]["client_secret"] == inputs["client_secret"]
