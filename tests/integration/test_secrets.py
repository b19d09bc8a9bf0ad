# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown on the screen, in the log, a result, a diff or the fact cache, even if a server repeats it.

Every run here is one with -vvvv and --diff, and every output of every run is searched, see support/ansible.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Run, connection
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, lines_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS, Requests
from ansible_collections.ontap.akv.tests.integration.support.secrets import FORMS, Secrets
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

USER = "bäcker"
SECRET = '\nclient_secret: "{{ client_secret }}"'
PROXY = '\nproxy_host: proxy.example.com\nproxy_password: "{{ proxy_password }}"'
TEXT = '\nclient_certificate: "{{ certificate }}"'
FILE = '\nclient_certificate_path: "{{ certificate_path }}"'
ALWAYS = "\nupdate_credentials: always"
EXTERNAL = f"key: external\nkey_id: {OTHER_KEY}"
COLLECTION = f"{VAULTS}$"
#: Status codes of redirects; clients that follow 303 and 302 change a DELETE to a GET.
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Searched:
    """Run tasks with unique secrets, and also search a log file and a fact cache."""

    ansible: Ansible
    folder: Path

    @property
    def secrets(self) -> Secrets:
        return self.ansible.secrets

    def secret(self, name: str) -> str:
        """Return a secret of the tasks."""
        return str(self.ansible.variables[name])

    def tasks(self, tasks: Sequence[str], *, modes: Sequence[bool] = (), **keywords: Any) -> list[Run]:
        """Run tasks like Ansible.tasks(), and store their results in the fact cache."""
        registered = [f"{task}\nregister: result{number}" for number, task in enumerate(tasks)]
        listed = ", ".join(f'"{{{{ result{number} }}}}"' for number in range(len(tasks)))
        keep = f"ansible.builtin.set_fact:\n  kept: [{listed}]\n  cacheable: true"
        *runs, _kept = self.ansible.tasks(
            [*registered, keep], modes=[*(modes or [False] * len(tasks)), False], **keywords
        )
        cached = "".join(path.read_text(encoding="utf-8") for path in (self.folder / "cache").iterdir())
        log = (self.folder / "ansible.log").read_text(encoding="utf-8")
        assert cached.count("azure_key_vaults") >= len(tasks), "the results are not in the cache"
        assert "ontap.akv" in log
        assert self.secrets.found_in(cached + log) == []
        return runs


@pytest.fixture
def searched(ansible: Ansible, simulator: Simulator, tmp_path: Path) -> Searched:
    """Use unique values for the password and every secret, with characters that can be written in several forms."""
    secrets = ansible.secrets
    certificate = pfx()
    secrets.mark("certificate", base64_of(certificate))
    (tmp_path / "client.pfx").write_bytes(certificate)
    ansible.variables |= {
        **{name: secrets.awkward(name) for name in ("password", "client_secret", "proxy_password")},
        "certificate": lines_of(certificate),
        "certificate_path": str(tmp_path / "client.pfx"),
    }
    simulator.control.user(USER, ansible.variables["password"])
    ansible.environment |= {
        "ONTAP_USERNAME": USER,
        "ONTAP_PASSWORD": ansible.variables["password"],
        "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "cache"),
    }
    return Searched(ansible, tmp_path)


def test_success_shows_no_secret_returned_by_cluster(searched: Searched, simulator: Simulator) -> None:
    """This covers every module, check mode and diff, on a cluster that returns write-only fields; a password of any
    characters logs in.
    """
    simulator.control.knob(leak_secrets=True)
    described = f"svm: [svm1, svm2]{DESCRIBED}{SECRET}{PROXY}"
    login = '\nusername: bäcker\npassword: "{{ password }}"'
    tasks = [
        akv(described),
        akv(f"{described}{login}"),
        akv(f"svm: svm1{TEXT}{PROXY}{ALWAYS}"),
        akv(f"svm: svm1{TEXT}{PROXY}{ALWAYS}{login}"),
        akv(f"svm: svm2{FILE}{ALWAYS}"),
        akv(f"svm: svm1{TEXT}{PROXY}"),
        rekey(f'svm: "*"\n{EXTERNAL}{login}'),
        restore('svm: "*"\nforce: true'),
        info('fields: ["**"]'),
        akv(f"svm: [svm1, svm2]\nstate: absent{SECRET}"),
    ]
    runs = searched.tasks(tasks, modes=[True, False, True, *[False] * 6, True])
    assert [run.ok().changed for run in runs] == [True] * 5 + [False, True, True, False, True]
    logged = Requests(entry for run in runs for entry in run.requests)
    assert {(entry["user"], entry["status"] < 300) for entry in logged} == {(USER, True)}
    sent = [value for body in logged.bodies for value in (body or {}).values()]
    assert {searched.secret("client_secret"), searched.secret("proxy_password")} <= {
        value for value in sent if isinstance(value, str)
    }
    assert sum(searched.secrets.found_in(str(value)) == ["certificate"] for value in sent) == 2
    # What the cluster returned to the modules.
    shown = requests.get(
        simulator.url + VAULTS,
        {"fields": "*"},
        auth=(simulator.username, simulator.password),
        verify=simulator.ca_path,
        timeout=10,
    )
    assert searched.secrets.found_in(shown.text) == ["certificate", "proxy_password"]


def _repeated(searched: Searched, *names: str) -> dict[str, str]:
    """Return messages of a server that repeats these secrets, by their form."""
    return {
        name: f"Not accepted: {' '.join(form(searched.secret(secret)) for secret in names)}"
        for name, form in FORMS.items()
    }


def _refusing(simulator: Simulator, words: dict[str, str], operation: str, *, configure: bool) -> list[str]:
    """Create an SVM for each form, for which an operation fails with its message; return their names."""
    names = [f"{operation}-{number}" for number in range(len(words))]
    for name, text in zip(names, words.values(), strict=True):
        simulator.control.add_svm(name)
        if configure:
            configured(simulator, name)
        simulator.control.condition(operation, "65537541", svm=name, message=text)
    return names


def _codes(run: Run) -> set[str]:
    return {entry["error"]["code"] for entry in run.refused().results}


def test_failure_shows_no_secret_repeated_by_cluster(searched: Searched, simulator: Simulator) -> None:
    """There is an error for each form of a secret, with the body that was sent, in a response and in a job."""
    every = _repeated(searched, "password", "client_secret", "proxy_password")
    own = _repeated(searched, "password")
    created = _refusing(simulator, every, "create", configure=False)
    updated = _refusing(simulator, every, "update", configure=True)
    deleted = _refusing(simulator, every, "delete", configure=True)
    rekeyed = _refusing(simulator, own, "rekey-external", configure=True)
    restored = _refusing(simulator, own, "restore", configure=True)
    # The cluster responds before the jobs end, so that the modules read them.
    simulator.control.knob(echo_body=True, async_patch=True, longest_return_timeout=0.001)
    simulator.control.jobs(seconds=0.5)
    waiting = "\nconcurrency: 40"
    tasks = [
        akv(f"svm: {created}{DESCRIBED}{SECRET}{PROXY}\nconcurrency: 40"),
        akv(f"svm: {updated}{SECRET}{PROXY}{ALWAYS}{waiting}"),
        akv(f"svm: {deleted}\nstate: absent{SECRET}{PROXY}"),
        rekey(f"svm: {rekeyed}\n{EXTERNAL}{waiting}"),
        restore(f"svm: {restored}\nforce: true{waiting}"),
    ]
    runs = searched.tasks(tasks)
    assert [_codes(run) for run in runs] == [{"65537541"}] * 5
    assert [len(run.results) for run in runs] == [len(FORMS)] * 5
    assert "GET /api/cluster/jobs/UUID" in runs[1].requests.lines
    assert {entry["job"]["state"] for entry in runs[3].results} == {"failure"}


def test_failed_query_shows_no_secret(searched: Searched, simulator: Simulator) -> None:
    """This also holds in check mode; the server returns an object instead of a text."""
    configured(simulator, "svm1")
    tasks = [
        info(),
        rekey(f"svm: svm1\n{EXTERNAL}"),
        restore("svm: svm1"),
        akv(f"svm: svm1\nstate: absent{SECRET}{PROXY}"),
        akv(f"svm: svm1{DESCRIBED}{SECRET}{PROXY}"),
    ]
    known = [("password",)] * 3 + [("password", "client_secret", "proxy_password")] * 2
    for names in known:
        message = {
            "request": {name: searched.secret(name) for name in names},
            "forms": list(_repeated(searched, "password").values()),
        }
        _set_response(simulator, {"error": {"message": message, "code": "2"}}, status=400, before=True)
    for run in searched.tasks(tasks, modes=[True] * 5):
        assert (run.refused().error["code"], run.error["status"]) == ("2", 400)


def _set_response(
    simulator: Simulator, body: Any, *, method: str = "GET", path: str = COLLECTION, **arguments: Any
) -> None:
    """Set the response to the next matching request."""
    simulator.control.fault("wrong_shape", method=method, path=path, body=body, **arguments)


@pytest.mark.module_only
def test_malformed_responses_show_no_secret(searched: Searched, simulator: Simulator) -> None:
    """Responses of any shape contain the secrets, and Ansible is configured to show tracebacks."""
    (uuid,) = configured(simulator, "svm1")
    sent = {name: searched.secret(name) for name in ("password", "client_secret", "proxy_password")}
    shapes: list[Any] = [
        list(sent.values()),
        {"records": sent},
        {"records": [{"uuid": sent}]},
        {"records": [{"uuid": uuid, "svm": sent}]},
        {"error": sent},
    ]
    for shape in shapes:
        _set_response(simulator, shape)
    # A malformed error, and work without a job: the outcome is read, or unknown.
    _set_response(simulator, {"error": sent, "job": sent}, method="POST", status=202)
    _set_response(simulator, {"job": {"uuid": sent}}, method="PATCH", path=uuid, status=202)
    described = f"{DESCRIBED}{SECRET}{PROXY}"
    tasks = [akv(f"svm: svm1{described}{ALWAYS}")] * len(shapes) + [
        akv(f"svm: svm2{described}"),
        akv(f"svm: svm1{described}{ALWAYS}"),
    ]
    env = {"ANSIBLE_DISPLAY_TRACEBACK": "always"}
    *read, created, updated = searched.tasks(tasks, env=env, traceback=True)
    for run in read:
        assert run.failed
        assert run.error["code"] is None
        assert run.error["message"]
    for run in (created, updated):
        assert run.failed or run.results[0]["recovered"]
        assert run.changed
    # A warning with the server's message.
    simulator.control.fault(
        "wrong_shape",
        method="GET",
        path=COLLECTION,
        nth=2,
        status=400,
        body={"error": {"message": str(sent), "code": "2"}},
    )
    (warned,) = searched.tasks([akv(f"svm: svm1{SECRET}{PROXY}{ALWAYS}")], env=env, traceback=True)
    assert "could not be read again" in warned.ok().warnings


def test_redirect_is_never_followed(searched: Searched, simulator: Simulator) -> None:
    """A redirect is always an error that names the host; it leads to the same server, which would log it."""
    location = f"https://localhost:{simulator.port}/api/cluster/nodes"
    updated = configured(simulator, "svm1", "svm2", "svm3", "svm4", "svm5")
    control = simulator.control
    for status in REDIRECTS:
        control.add_svm(f"new{status}")
        control.fault("redirect", method="GET", path=COLLECTION, location=location, status=status)
        control.fault("redirect", method="POST", path=COLLECTION, location=location, status=status)
    every = "svm: [svm1, svm2, svm3, svm4, svm5]"
    reads = [
        info(),
        akv(f"{every}\nstate: absent"),
        akv(f"{every}{SECRET}{ALWAYS}"),
        rekey(f"{every}\n{EXTERNAL}"),
        restore(f"{every}\nforce: true"),
    ]
    # The tasks run one after the other: faults on configurations are distinguished by method and path.
    for method, path in (("DELETE", "%s$"), ("PATCH", "%s$"), ("POST", "%s/rekey-external$"), ("POST", "%s/restore$")):
        for uuid, status in zip(updated, REDIRECTS, strict=True):
            control.fault("redirect", method=method, path=path % uuid, location=location, status=status)
    create = akv(f"svm: [{', '.join(f'new{status}' for status in REDIRECTS)}]{DESCRIBED}{SECRET}")
    runs = searched.tasks([*reads, *reads[1:], create])
    for run in runs[:5]:
        assert run.requests.lines == ["GET"]
        assert (run.refused().error["method"], "localhost" in run.msg, run.changed) == ("GET", True, False)
    for run, method in zip(runs[5:], ("DELETE", "PATCH", "POST", "POST", "POST"), strict=True):
        assert len(run.requests.writes) == 5
        assert len(run.refused().results) == 5
        # After a failed restore, the state is read again.
        assert run.requests.reads.lines == ["GET"] * (2 if "restore" in run.requests.writes.lines[0] else 1)
        assert (
            {entry["status"] for entry in run.requests.writes}
            == set(REDIRECTS)
            == {entry["error"]["status"] for entry in run.results}
        )
        assert {
            (entry["error"]["method"], "localhost" in entry["error"]["message"], entry["changed"])
            for entry in run.results
        } == {(method, True, False)}
    assert not [entry for entry in control.log() if "nodes" in entry["path"]]
    assert len([svm for svm in control.state()["svms"].values() if svm["configuration"]]) == 5


def test_warns_about_password_over_http(searched: Searched) -> None:
    """Every module warns, and secrets are masked as with HTTPS."""
    with Simulator(tls=False, svms=["svm1"]) as other:
        searched.ansible.simulator = other
        other.control.user(USER, searched.secret("password"))
        configured(other, "svm1")
        tasks = [
            info(),
            rekey(f"svm: svm1\n{EXTERNAL}"),
            restore("svm: svm1\nforce: true"),
            akv(f"svm: svm1{SECRET}{ALWAYS}"),
            akv("svm: svm1\nstate: absent"),
        ]
        env = {
            **connection(other),
            "ONTAP_CA_PATH": None,
            "ONTAP_USERNAME": USER,
            "ONTAP_PASSWORD": searched.secret("password"),
        }
        for run in searched.tasks([f"{task}\n  https: false" for task in tasks[1:]] + [info("https: false")], env=env):
            assert "password is sent over http" in run.ok().warnings


def test_non_ascii_login_is_accepted_and_masked(searched: Searched, simulator: Simulator) -> None:
    """They log in from the task and from the environment; an error shows neither."""
    logins = {
        "bürgermeister": "pässwörd\"\\'%",
        "админ": "пароль: 100%",
        "用户": "密码\\n\u200b12",
        "émile": "\"'\"'`$(x)%s",
    }
    for name, password in logins.items():
        simulator.control.user(name, password)
        searched.secrets.hide(name, password)
    given = [json.dumps({"username": name, "password": password}) for name, password in logins.items()]
    tasks = [f"ontap.akv.akv_info: {login}" for login in given]
    runs = searched.tasks(
        [*tasks, "ontap.akv.akv_info: " + json.dumps({"user": "bürgermeister", "pass": "{{ client_secret }}"})]
    )
    assert [run.ok().requests[0]["user"] for run in runs[:-1]] == list(logins)
    assert (runs[-1].refused().error["code"], len(runs[-1].requests)) == ("6", 1)
    name, password = next(iter(logins.items()))
    (run,) = searched.tasks([info()], env={"ONTAP_USERNAME": name, "ONTAP_PASSWORD": password})
    assert [(entry["user"], entry["status"]) for entry in run.ok().requests] == [(name, 200)]


def test_password_of_proxy_is_masked(searched: Searched) -> None:
    """The proxy of the environment is never shown with its password, even if it is unreachable or invalid."""
    password = FORMS["URL"](searched.secrets.awkward("password of the proxy", between=" ä\"'\\%/+=&<>;$~\n"))
    for address in ("127.0.0.1:9", "[127.0.0.1:9"):
        (run,) = searched.tasks(
            [info("max_retries: 0")], env={"https_proxy": f"http://user:{password}@{address}", "no_proxy": ""}
        )
        assert "proxy" in run.refused().msg
