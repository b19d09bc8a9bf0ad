# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of a task leaves a module in its result, output or log, whatever a server repeats."""

from __future__ import annotations

import base64
import syslog
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from ansible.module_utils import basic

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ConnectionFailedError, Request
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.secrets import AWKWARD, FORMS, Secrets
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    NO_VOLUMES,
    PATH,
    page,
    record,
    refusal,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

ONE = f"{PATH}/{uuid_of(1)}"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
SAME = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}
UNAVAILABLE = {"available": False, "code": 346758, "message": "gone"}
VAULT_SECRETS = ("client_secret", "proxy_password")


class Streams:
    """Records the output and the errors of a module. text: everything that was read."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def readouterr(self) -> Any:
        read = self._capsys.readouterr()
        self.text += read.out + read.err
        return read


class Boundary:
    """Runs modules with secrets and searches their output. secrets: option -> its value."""

    def __init__(self, wire: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.wire = wire
        self.known = Secrets()
        self.secrets = {name: self.known.awkward(name) for name in ("password", *VAULT_SECRETS)}
        self.logged: list[str] = []
        self._streams = Streams(capsys)
        self._play = Play(wire.clock, monkeypatch, self._streams)  # type: ignore[arg-type] # as much of it as Play uses
        monkeypatch.setattr(basic, "has_journal", False)
        monkeypatch.setattr(syslog, "syslog", lambda *told: self.logged.append(str(told[-1])))

    def certificate(self) -> str:
        """Replace the client secret by a certificate. Return its base64."""
        text = self.known.mark("client_certificate", base64.b64encode(pair().pkcs12()).decode())
        del self.secrets["client_secret"]
        self.secrets["client_certificate"] = text
        return text

    def given(self, module: ModuleType) -> dict[str, str]:
        """Return the secrets of a task with this module. It cannot mask others."""
        return dict(self.secrets) if module is azure_key_vault else {"password": self.secrets["password"]}

    def repeated(self, module: ModuleType, form: Callable[[str], str] = str) -> str:
        """Return the message of a server that repeats the secrets in a form."""
        return f"Request: {' '.join(form(value) for value in self.given(module).values())} was refused"

    def __call__(self, module: ModuleType, **arguments: Any) -> dict[str, Any]:
        """Run a module with its secrets, and check that no part of them leaves it."""
        result = self._play(module, **{**self.given(module), **arguments})
        told = {"output": self._streams.text, "syslog": "\n".join(self.logged)}
        assert {where: self.known.found_in(text) for where, text in told.items()} == {"output": [], "syslog": []}, told
        return result


@pytest.fixture
def boundary(wire: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Boundary:
    """Runs modules and searches what they print, return and log."""
    return Boundary(wire, monkeypatch, capsys)


def parametrize_cases(mapping: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Parametrize a test over a table of cases."""
    return pytest.mark.parametrize("case", list(mapping.values()), ids=list(mapping))


# Errors in which the server repeats the request in various forms.


def _query(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, status=400, json=refusal("2", words))


def _create(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=400, json=refusal("2", words))


def _create_with_lost_response(wire: Wire, words: Any) -> None:
    """Script an error after which the configuration is read, because the request may have succeeded."""
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=500, json=refusal("65541", words))
    wire.on("GET", PATH, json=page())


def _update(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("PATCH", ONE, status=400, json=refusal("2", words))


def _delete(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("DELETE", ONE, status=400, json=refusal("2", words))


def _rekey(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", f"{ONE}/rekey-internal", status=400, json=refusal("2", words))


def _restore(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record(state=UNAVAILABLE)))
    wire.on("POST", f"{ONE}/restore", status=400, json=refusal("2", words))
    # The state is read again, because a failed restore may have succeeded in part.
    wire.on("GET", PATH, json=page(record(state=UNAVAILABLE)))


def _job(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("PATCH", ONE, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "failure", "message": words, "code": 2})


def _job_with_an_error(wire: Wire, words: Any) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", f"{ONE}/rekey-internal", status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "failure", "error": {"code": "2", "message": words}})


Case = tuple[Callable[[Wire, Any], None], ModuleType, dict[str, Any]]
ALWAYS = {"update_credentials": "always"}
REFUSALS: dict[str, Case] = {
    "info": (_query, akv_info, {}),
    "re-key, query": (_query, akv_rekey, {"key": "internal", "check": True}),
    "restore, query": (_query, akv_restore, {"check": True}),
    "absent, query": (_query, azure_key_vault, {"state": "absent", "check": True}),
    "present, query": (_query, azure_key_vault, {**SAME, "check": True, "diff": True}),
    "create": (_create, azure_key_vault, {**SAME, "diff": True}),
    "create, response lost": (_create_with_lost_response, azure_key_vault, {**SAME, "max_retries": 0}),
    "update": (_update, azure_key_vault, {**ALWAYS, "diff": True}),
    "delete": (_delete, azure_key_vault, {"state": "absent"}),
    "re-key": (_rekey, akv_rekey, {"key": "internal"}),
    "restore": (_restore, akv_restore, {}),
    "job of an update": (_job, azure_key_vault, ALWAYS),
    "job of a re-key": (_job_with_an_error, akv_rekey, {"key": "internal"}),
}


@parametrize_cases(REFUSALS)
@pytest.mark.parametrize("form", list(FORMS))
def test_masks_every_form_of_echoed_secret(boundary: Boundary, form: str, case: Case) -> None:
    script, module, arguments = case
    script(boundary.wire, boundary.repeated(module, FORMS[form]))
    assert boundary(module, svm="svm1", **arguments)["error"]["code"] in ("2", "65541")


def test_keeps_rest_of_masked_message(boundary: Boundary) -> None:
    """Only the secret is masked, so the problem remains readable."""
    _create(boundary.wire, boundary.repeated(azure_key_vault))
    assert boundary(azure_key_vault, svm="svm1", **SAME)["error"]["message"].endswith(" was refused")


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_every_form_of_echoed_certificate(boundary: Boundary, form: str) -> None:
    boundary.certificate()
    _create(boundary.wire, boundary.repeated(azure_key_vault, FORMS[form]))
    assert boundary(azure_key_vault, svm="svm1", **SAME)["error"]["code"] == "2"


@pytest.mark.parametrize(
    "newline", ["\n", "\r\n", "\\n", "\\r\\n", " "], ids=["line feed", "CR LF", "escaped", "CR LF escaped", "space"]
)
def test_masks_every_line_of_echoed_certificate(boundary: Boundary, newline: str) -> None:
    """The certificate was given in lines, and a server may break them at other places."""
    text = boundary.certificate()
    given = "\n".join(textwrap.wrap(text, 64)) + "\n"
    _create(boundary.wire, f"Not a certificate: {newline.join(textwrap.wrap(text, 76))}")
    assert boundary(azure_key_vault, svm="svm1", **SAME, client_certificate=given)["error"]["code"] == "2"
    assert boundary.wire.seen[-1].body["client_certificate"] == text


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_content_of_certificate_file(boundary: Boundary, form: str, tmp_path: Path) -> None:
    text = boundary.certificate()
    (tmp_path / "client.pfx").write_bytes(base64.b64decode(text))
    del boundary.secrets["client_certificate"]
    _create(boundary.wire, f"Request: {FORMS[form](text)} was refused")
    result = boundary(azure_key_vault, svm="svm1", **SAME, client_certificate_path=str(tmp_path / "client.pfx"))
    assert result["error"]["code"] == "2"
    assert boundary.wire.seen[-1].body["client_certificate"] == text


@parametrize_cases(
    {name: REFUSALS[name] for name in ("info", "create", "update", "delete", "job of an update", "job of a re-key")}
)
@pytest.mark.parametrize(
    "shape",
    [lambda sent: sent, lambda sent: {"request": {"body": sent}}, lambda sent: [list(sent.values())]],
    ids=["flat", "deep", "list"],
)
def test_masks_secrets_in_object_in_place_of_message(
    boundary: Boundary, case: Case, shape: Callable[[dict[str, str]], Any]
) -> None:
    """The server repeats the body as JSON, not as text."""
    script, module, arguments = case
    script(boundary.wire, shape(boundary.given(module)))
    assert boundary(module, svm="svm1", **arguments)["failed"]


@pytest.mark.parametrize("part", ["code", "target", "arguments"])
def test_masks_secrets_in_other_parts_of_an_error(boundary: Boundary, part: str) -> None:
    for value in (dict(boundary.secrets), boundary.secrets["client_secret"]):
        boundary.wire.on("GET", PATH, json=page())
        boundary.wire.on("POST", PATH, status=400, json={"error": {"message": "refused", "code": "2", part: value}})
        assert boundary(azure_key_vault, svm="svm1", **SAME)["failed"]


@pytest.mark.parametrize("part", ["message", "code", "error"])
def test_masks_secrets_in_other_parts_of_a_failed_job(boundary: Boundary, part: str) -> None:
    for value in (dict(boundary.secrets), boundary.secrets["client_secret"]):
        boundary.wire.on("GET", PATH, json=page(record()))
        boundary.wire.on("PATCH", ONE, status=202, json={"job": {"uuid": JOB}})
        boundary.wire.on(
            "GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "failure", "message": "no", "code": 2, part: value}
        )
        assert boundary(azure_key_vault, svm="svm1", **ALWAYS)["results"][0]["job"]["state"] == "failure"


@pytest.mark.parametrize("part", ["state", "message"])
def test_masks_secrets_in_other_parts_of_a_running_job(boundary: Boundary, part: str) -> None:
    for value in (dict(boundary.secrets), boundary.secrets["client_secret"]):
        boundary.wire.on("GET", PATH, json=page(record()))
        boundary.wire.on("PATCH", ONE, status=202, json={"job": {"uuid": JOB}})
        boundary.wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "running", part: value}, takes=40)
        boundary.wire.on("GET", PATH, json=page(record()))
        assert boundary(azure_key_vault, svm="svm1", **ALWAYS, wait_timeout=30)["results"][0]["job"]["uuid"] == JOB


@pytest.mark.parametrize("user", ["a", "ab", "abc", "bäcker"])
@parametrize_cases({name: REFUSALS[name] for name in ("info", "create", "delete", "re-key", "restore")})
def test_masks_echoed_authorization_header(boundary: Boundary, user: str, case: Case) -> None:
    """The position of the password in the base64 depends on the length of the user name."""
    script, module, arguments = case
    header = base64.b64encode(f"{user}:{boundary.secrets['password']}".encode()).decode()
    script(boundary.wire, f"Authorization: Basic {header} was refused")
    assert boundary(module, svm="svm1", username=user, **arguments)["error"]["code"] == "2"
    assert boundary.wire.seen[-1].headers["Authorization"] == f"Basic {header}"


def test_module_invocation_is_logged_without_secrets(boundary: Boundary) -> None:
    """The fixture searches this log for secrets."""
    _create(boundary.wire, "no")
    boundary(azure_key_vault, svm="svm1", **SAME)
    assert any("Invoked with" in line and "svm1" in line for line in boundary.logged)


# Other reports about a response.


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_secrets_in_warning_with_server_message(boundary: Boundary, form: str) -> None:
    """Newer ansible-core does not mask warnings."""
    boundary.wire.on("GET", PATH, json=page(record()))
    boundary.wire.on("PATCH", ONE)
    _query(boundary.wire, boundary.repeated(azure_key_vault, FORMS[form]))
    result = boundary(azure_key_vault, svm="svm1", **ALWAYS)
    assert result["changed"]
    assert "could not be read again" in str(result["warnings"])


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_secrets_in_error_of_concurrent_create(boundary: Boundary, form: str) -> None:
    boundary.wire.on("GET", PATH, json=page())
    boundary.wire.on(
        "POST", PATH, status=409, json=refusal("65537500", boundary.repeated(azure_key_vault, FORMS[form]))
    )
    boundary.wire.on("GET", PATH, json=page(record(1, **boundary.secrets)))
    result = boundary(azure_key_vault, svm="svm1", **SAME)
    assert [entry["action"] for entry in result["results"]] == ["none"]
    assert "another run was faster" in str(result["warnings"])


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_secrets_in_state_message(boundary: Boundary, form: str) -> None:
    words = f"{NO_VOLUMES} {boundary.repeated(akv_info, FORMS[form])}"
    boundary.wire.on("GET", PATH, json=page(record(state={**UNAVAILABLE, "message": words})))
    (found,) = boundary(akv_info, svm="svm1", fields=["state"], diff=True)["azure_key_vaults"]
    assert found["state"]["message"].startswith(NO_VOLUMES)


def test_masking_does_not_affect_decisions_by_message(play: Play, wire: Wire) -> None:
    """Messages are masked after the decision."""
    wire.on("GET", PATH, json=page(record(state={**UNAVAILABLE, "message": NO_VOLUMES})))
    (result,) = play(akv_restore, svm="svm1", password="volumes")["results"]
    assert (result["action"], result["svm"]) == ("none", "svm1")
    assert "volumes" not in result["message"]


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("check", [True, False])
def test_masks_secrets_in_properties_that_a_server_adds(boundary: Boundary, form: str, check: bool) -> None:
    """Write-only properties are omitted at any depth. A value of the task is masked under any name."""
    sent = {name: FORMS[form](value) for name, value in boundary.secrets.items()}
    leaking = record(
        1,
        **sent,
        old={"values": [sent]},
        note=sent["client_secret"],
        state={"available": True, "message": sent["password"]},
    )
    boundary.wire.on("GET", PATH, json=page(leaking))
    if not check:
        boundary.wire.on("PATCH", ONE, json=page(leaking))
        boundary.wire.on("GET", PATH, json=page(leaking))
    (result,) = boundary(azure_key_vault, svm="svm1", **ALWAYS, proxy_host="proxy", check=check, diff=True)[
        "azure_key_vaults"
    ]
    assert not {"client_secret", "proxy_password"} & {*result, *result["old"]["values"][0]}


@pytest.mark.parametrize("module", [akv_info, akv_rekey, akv_restore, azure_key_vault])
def test_never_returns_write_only_properties(boundary: Boundary, module: ModuleType) -> None:
    """A task cannot mask a secret that it does not know, so these properties are never returned."""
    stored = {
        name: boundary.known.awkward(f"stored {name}")
        for name in ("client_secret", "client_certificate", "proxy_password")
    }
    boundary.wire.on(
        "GET",
        PATH,
        json=page(record(1, **stored, state={"available": True, **stored}, others=[stored, {"deeper": stored}])),
    )
    special: dict[ModuleType, dict[str, Any]] = {
        akv_info: {"fields": ["**"]},
        akv_rekey: {"key": "external", "key_id": KEY},
    }
    (shown,) = boundary(module, svm="svm1", **special.get(module, {}), diff=True)["azure_key_vaults"]
    assert shown["uuid"] == uuid_of(1)


def test_masks_secrets_in_created_record(boundary: Boundary) -> None:
    boundary.wire.on("GET", PATH, json=page())
    boundary.wire.on("POST", PATH, status=201, json=page(record(1, **boundary.secrets)))
    result = boundary(azure_key_vault, svm="svm1", **SAME, diff=True)
    assert result["diff"]["after"]["svm1"]["client_secret"] == "will be sent"
    assert {name: boundary.wire.seen[-1].body[name] for name in VAULT_SECRETS} == {
        name: boundary.secrets[name] for name in VAULT_SECRETS
    }


def test_redirect_error_shows_only_the_host(boundary: Boundary) -> None:
    """Only the host of the address is shown."""
    password = FORMS["URL"](boundary.secrets["password"])
    location = f"https://admin:{password}@sso.example.com/{password}?password={password}#{password}"
    boundary.wire.on("GET", PATH, status=302, headers={"Location": location})
    assert "sso.example.com" in boundary(akv_info)["msg"]


@pytest.mark.parametrize(
    "raised",
    [
        requests.ConnectionError,
        requests.exceptions.ProxyError,
        requests.exceptions.SSLError,
        requests.exceptions.InvalidHeader,
        requests.exceptions.InvalidProxyURL,
        requests.exceptions.ContentDecodingError,
        requests.ReadTimeout,
        ValueError,
    ],
)
def test_masks_secrets_in_messages_of_libraries(boundary: Boundary, raised: type[Exception]) -> None:
    """They may contain headers, a query or a proxy's password."""
    boundary.wire.on("GET", PATH, raises=raised(boundary.repeated(akv_info, repr)))
    assert boundary(akv_info, max_retries=0)["failed"]


@pytest.mark.parametrize("address", ["127.0.0.1:9", "[127.0.0.1:9", "127.0.0.1:port"])
@pytest.mark.parametrize("between", [AWKWARD, "ä\n\"'\\", ""], ids=["awkward", "Latin-1", "plain"])
def test_error_does_not_contain_proxy_password(monkeypatch: pytest.MonkeyPatch, address: str, between: str) -> None:
    """The error says that nothing was sent, because a lost POST would have an unknown outcome."""
    known = Secrets()
    monkeypatch.setenv("https_proxy", f"http://user:{FORMS['URL'](known.awkward('proxy', between))}@{address}")
    transport = Transport(
        Connection("cluster.invalid", 443, username="u", password="p", validate_certs=False, max_retries=0)
    )
    with pytest.raises(ConnectionFailedError) as failed:
        transport.request(Request("GET", PATH))
    assert known.found_in(str(failed.value.as_dict())) == []
    assert "proxy" in failed.value.message
    assert not failed.value.sent


# Errors of arguments do not contain their values.

NO_TEXT = "\udcff"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("password", NO_TEXT),
        ("client_secret", NO_TEXT),
        ("proxy_password", NO_TEXT),
        ("client_certificate", None),
        ("client_certificate", "YWJj"),
    ],
)
def test_error_does_not_repeat_invalid_secret(boundary: Boundary, option: str, value: str | None) -> None:
    secret = (
        boundary.known.awkward("refused") if value is None else boundary.known.mark("refused", value + "abcdef123456")
    )
    others = {"client_secret": None} if option == "client_certificate" else {}
    result = boundary(azure_key_vault, svm="svm1", **{**SAME, **others, option: secret})
    assert result["error"]["target"] == option


def test_error_does_not_repeat_invalid_certificate_file(boundary: Boundary, tmp_path: Path) -> None:
    (tmp_path / "client.pfx").write_text(boundary.known.awkward("file"), encoding="utf-8")
    result = boundary(
        azure_key_vault, svm="svm1", **SAME, client_secret=None, client_certificate_path=str(tmp_path / "client.pfx")
    )
    assert result["error"]["target"] == "client_certificate_path"


@pytest.mark.parametrize(
    "arguments",
    [{"client_certificate": "YWJjZGVmZ2hp"}, {"hostname": None}, {"wait": "perhaps"}, {"unknown": 1}, {"svm": None}],
)
def test_argument_errors_contain_no_secrets(boundary: Boundary, arguments: dict[str, Any]) -> None:
    assert boundary(azure_key_vault, **{"svm": "svm1", **arguments})["failed"]


def test_masks_secrets_given_as_number_or_object(boundary: Boundary) -> None:
    """A number or an object becomes text, which is masked as well."""
    number = int(boundary.known.mark("number", "8127364519283746"))
    mapping = {"key": boundary.known.awkward("mapping")}
    boundary.wire.on("GET", PATH, json=page())
    boundary.wire.on("POST", PATH, status=400, json=refusal("2", f"Request: {number} was refused", target=number))
    assert (
        boundary(azure_key_vault, svm="svm1", **SAME, password=number, proxy_password=number, client_secret=mapping)[
            "error"
        ]["code"]
        == "2"
    )
    assert str(number) == boundary.wire.seen[-1].body["proxy_password"]


def test_error_does_not_repeat_login_in_hostname(boundary: Boundary) -> None:
    result = boundary(akv_info, hostname=f"https://admin:{boundary.secrets['password']}@cluster.example.com")
    assert result["error"]["target"] == "hostname"


def test_masks_password_of_environment(boundary: Boundary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTAP_USERNAME", "admin")
    monkeypatch.setenv("ONTAP_PASSWORD", boundary.secrets["password"])
    _query(boundary.wire, boundary.repeated(akv_info, FORMS["JSON"]))
    assert boundary(akv_info, username=None, password=None)["error"]["code"] == "2"
    monkeypatch.setenv("ONTAP_PASSWORD", boundary.known.mark("no text", NO_TEXT + "fedcba654321"))
    assert boundary(akv_info, username=None, password=None)["error"]["target"] == "password"


# Secrets that contain each other, and short secrets.


def test_masks_longer_secret_that_begins_with_another(boundary: Boundary) -> None:
    """The longer secret is masked as a whole, not only its beginning."""
    boundary.secrets["client_secret"] = boundary.known.mark("longer", boundary.secrets["password"] + "0123456789abcdef")
    _create(boundary.wire, boundary.repeated(azure_key_vault))
    assert boundary(azure_key_vault, svm="svm1", **SAME)["error"]["code"] == "2"


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("between", [AWKWARD, "8~._-~"], ids=["awkward", "Azure style"])
def test_masks_secret_that_consists_of_short_pieces(boundary: Boundary, form: str, between: str) -> None:
    """No piece is long enough to be treated as a secret by itself."""
    boundary.secrets["client_secret"] = boundary.known.scattered("pieces", between)
    _create(boundary.wire, boundary.repeated(azure_key_vault, FORMS[form]))
    assert boundary(azure_key_vault, svm="svm1", **SAME)["error"]["code"] == "2"


@pytest.mark.parametrize("form", list(FORMS))
def test_masks_short_secret(boundary: Boundary, form: str) -> None:
    boundary.secrets["client_secret"] = 'qX"\\ö%'
    _create(boundary.wire, f"Request: {FORMS[form](boundary.secrets['client_secret'])} was refused")
    result = boundary(azure_key_vault, svm="svm1", **SAME)
    assert FORMS[form](boundary.secrets["client_secret"]) not in result["msg"]


# Transport of the password.


@parametrize_cases({name: case for name, case in REFUSALS.items() if case[0] is _query})
def test_warns_about_password_over_http(boundary: Boundary, case: Case) -> None:
    script, module, arguments = case
    script(boundary.wire, "no")
    assert "over http" in str(boundary(module, svm="svm1", **arguments, https=False)["warnings"])


def test_sends_password_as_utf_8(boundary: Boundary) -> None:
    """The password is sent as UTF-8, whatever characters it contains."""
    boundary.wire.on("GET", PATH, json=page())
    boundary(akv_info, username="bäcker")
    scheme, _space, token = boundary.wire.seen[0].headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(token).decode() == f"bäcker:{boundary.secrets['password']}"
    assert AWKWARD in boundary.secrets["password"]
