# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task reaches a cluster: options, environment, TLS, authentication, proxies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    OTHER_KEY,
    akv,
    configured,
    info,
    rekey,
    restore,
)
from simulator import Simulator

_OF_ONTAP = (
    "HOSTNAME",
    "HTTP_PORT",
    "USERNAME",
    "PASSWORD",
    "CA_PATH",
    "CERT_FILEPATH",
    "KEY_FILEPATH",
    "VALIDATE_CERTS",
)
#: Removes the connection from the environment.
NOTHING = {f"ONTAP_{name}": None for name in _OF_ONTAP}


def _options(**options: object) -> str:
    return yaml.safe_dump(options, sort_keys=False)


def test_client_certificate_overrides_password_of_environment(ansible: Ansible, simulator: Simulator) -> None:
    """In the task it overrides a password in the environment; it can also come from the environment."""
    pair = {"cert_filepath": simulator.client_cert_path, "key_filepath": simulator.client_key_path}
    task = ansible.task(info(_options(**pair))).ok()
    env = {"ONTAP_CERT_FILEPATH": simulator.client_cert_path, "ONTAP_KEY_FILEPATH": simulator.client_key_path}
    environment = ansible.task(info(), env={**env, "ONTAP_USERNAME": "", "ONTAP_PASSWORD": ""}).ok()
    for run in (task, environment):
        assert [(entry["auth"], entry["user"], entry["status"]) for entry in run.requests] == [
            ("certificate", simulator.username, 200)
        ]


def test_empty_hostname_does_not_use_environment(ansible: Ansible, simulator: Simulator) -> None:
    """An undefined variable with default('') is empty: state absent would remove a configuration of another cluster."""
    configured(simulator, "svm1")
    for hostname in ('""', '"  "', "null"):
        run = ansible.task(akv(f"svm: svm1\nstate: absent\nhostname: {hostname}")).refused()
        # ansible-core 2.18 itself refuses null, and gives only a message.
        named = run.error["target"] if "error" in run.result else run.result["msg"].partition(" is of type")[0]
        assert named in ("hostname", "argument 'hostname'")


def test_empty_values_of_awx_count_as_not_set(ansible: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Empty strings and empty files count as not set; then the CA of the environment applies."""
    empty = tmp_path / "empty.pem"
    empty.touch()
    env = {
        "ONTAP_CERT_FILEPATH": str(empty),
        "ONTAP_KEY_FILEPATH": str(empty),
        "ONTAP_CA_PATH": str(empty),
        "ONTAP_VALIDATE_CERTS": "",
    }
    run = ansible.task(info('cert_filepath: ""'), env={**env, "REQUESTS_CA_BUNDLE": simulator.ca_path}).ok()
    assert [entry["auth"] for entry in run.requests] == ["basic"]


def test_module_defaults_of_group_apply_to_all_modules(ansible: Ansible, simulator: Simulator) -> None:
    """module_defaults for group/ontap.akv.akv apply to all modules; user and password may contain any character."""
    configured(simulator, "svm1")
    ansible.variables["password"] = ansible.secrets.new("password")
    simulator.control.user("betrieb-ü", password=ansible.variables["password"])
    defaults = {
        "hostname": "localhost",
        "http_port": simulator.port,
        "user": "betrieb-ü",
        "pass": "{{ password }}",
        "ca_path": simulator.ca_path,
        "svm": ["svm1"],
    }
    play = _options(module_defaults={"group/ontap.akv.akv": defaults})
    tasks = [
        info(),
        restore(""),
        rekey(f"key: external\nkey_id: {OTHER_KEY}"),
        "ontap.akv.azure_key_vault: {state: absent}",
    ]
    runs = ansible.tasks(tasks, play=play, env=NOTHING)
    assert [run.ok().changed for run in runs] == [False, False, True, True]
    assert {entry["user"] for run in runs for entry in run.requests} == {"betrieb-ü"}


def test_options_for_trust_override_environment(ansible: Ansible, simulator: Simulator, foreign_ca: Path) -> None:
    """ca_path and validate_certs: false override the bundle of the environment; a wrong one fails without a retry."""
    good = ansible.tasks([info(), info("validate_certs: false\nca_path: /nonexistent")])
    assert [len(run.ok().requests) for run in good] == [1, 1]
    assert ansible.task(info(), env={"ONTAP_VALIDATE_CERTS": "no", "ONTAP_CA_PATH": None}).ok().requests.lines == [
        "GET"
    ]
    assert ansible.task(
        info(), env={"REQUESTS_CA_BUNDLE": simulator.ca_path, "ONTAP_CA_PATH": None}
    ).ok().requests.lines == ["GET"]
    simulator.control.clear_log()
    bundle = ansible.task(info(), env={"ONTAP_CA_PATH": None}).refused()
    option = ansible.task(info(f"ca_path: {foreign_ca}"), env={"REQUESTS_CA_BUNDLE": simulator.ca_path}).refused()
    for run in (bundle, option):
        assert "TLS certificate of 127.0.0.1 was not accepted" in run.msg
        assert "ca_path" in run.error["hint"]
        assert (run.error["status"], run.error["method"]) == (None, "GET")
    assert simulator.control.connections()["accepted"] == 2
    assert simulator.control.log() == []


def test_certificate_of_another_host_is_refused(ansible: Ansible) -> None:
    """A trusted CA is not enough: the host name is checked."""
    with Simulator(wrong_host_cert=True) as other:
        ansible.simulator = other
        run = ansible.task(info(), env=connection(other)).refused()
        assert "was not accepted" in run.msg
        assert "other.example.com" in run.msg or "127.0.0.1" in run.msg
        assert other.control.connections()["accepted"] == 1


def test_plain_http_is_used_only_on_request(ansible: Ansible) -> None:
    """It is used only on request, and with a warning that the password can be read."""
    with Simulator(tls=False, svms=["svm1"]) as other:
        ansible.simulator = other
        ansible.secrets.hide("password", other.password)
        env = connection(other) | {"ONTAP_CA_PATH": None}
        run = ansible.task(info("https: false"), env=env).ok()
        assert run.requests.lines == ["GET"]
        assert "http" in run.warnings
        assert "https" in ansible.task(info("max_retries: 0"), env=env).refused().error["hint"]
        assert len(other.control.log()) == 1


def test_invalid_connection_is_refused_before_any_request(
    ansible: Ansible, simulator: Simulator, tmp_path: Path
) -> None:
    """Two methods of authentication in one source, an incomplete one, none; invalid hosts, ports and files."""
    (tmp_path / "no.pem").write_text("this is no certificate", encoding="utf-8")
    host = {"hostname": simulator.hostname, "http_port": simulator.port, "ca_path": simulator.ca_path}
    login: dict[str, Any] = {"username": "admin", "password": "{{ client_secret }}"}
    pair = {"cert_filepath": simulator.client_cert_path, "key_filepath": simulator.client_key_path}
    cases: list[tuple[dict[str, Any], str]] = [
        (login, "hostname"),
        (host | login | pair, "username"),
        (host | {"username": "admin"}, "password"),
        (host, "username"),
        (host | login | {"hostname": "https://cluster.example.com"}, "hostname"),
        (host | login | {"http_port": 70000}, "http_port"),
        (host | login | {"ca_path": "/nonexistent.pem"}, "ca_path"),
        (host | login | {"ca_path": str(tmp_path / "no.pem")}, "ca_path"),
        (host | pair | {"cert_filepath": str(tmp_path / "no.pem")}, "cert_filepath"),
        (host | login | {"use_rest": "never"}, "use_rest"),
    ]
    runs = ansible.tasks([info(_options(**options)) for options, _target in cases], env=NOTHING)
    for run, (_options_given, target) in zip(runs, cases, strict=True):
        assert target in run.refused().msg
        assert run.requests == []


def test_proxy_of_environment_is_used_without_showing_password(ansible: Ansible) -> None:
    """The proxy and no_proxy apply; the password in the URL is not shown."""
    password = ansible.secrets.hide("proxy", "password-of-the-proxy")
    env = {"https_proxy": f"http://user:{password}@127.0.0.1:9", "no_proxy": ""}
    run = ansible.task(info("max_retries: 0"), env=env).refused()
    assert "proxy" in run.msg
    assert "no_proxy" in run.error["hint"]
    assert ansible.task(info(), env={**env, "no_proxy": "127.0.0.1"}).ok().requests.lines == ["GET"]


def test_wrong_password_is_tried_once(ansible: Ansible, simulator: Simulator) -> None:
    """There is one attempt; ONTAP's code 6 is reported with a hint and without the password."""
    run = ansible.task(info("username: admin\npassword: '{{ client_secret }}'")).refused()
    assert run.requests.lines == ["GET"]
    assert (run.error["code"], run.error["status"]) == ("6", 401)
    assert run.error["hint"] in run.msg
