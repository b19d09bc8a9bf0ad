# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of akv_azure_info, and how they are converted. These tests send no requests."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.azure import conversation
from ansible_collections.ontap.akv.plugins.module_utils.azure.options import parse_host, read_connection
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Host, Question, Record
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.rest import session
from ansible_collections.ontap.akv.plugins.modules import akv_azure_info
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

VAULT = "https://vault1.vault.azure.net"
GOOD = {
    "key_id": f"{VAULT}/keys/key1",
    "client_id": "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c",
    "tenant_id": "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f",
    "client_secret": "very-Secret~value.1",
    # Options of the cluster that the fixture passes to every module.
    "hostname": None,
    "username": None,
    "password": None,
}
PROXY = {
    "proxy_type": None,
    "proxy_host": "proxy.example.com",
    "proxy_port": None,
    "proxy_username": None,
    "proxy_password": None,
}
REACH = {"azure_ca_path": None, "timeout": 10, "max_retries": 2, **PROXY}


def pkcs12(password: bytes | None = None, *, rsa: bool = True) -> str:
    return base64.b64encode(pair(rsa=rsa).pkcs12(password)).decode()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("key_id", f"{VAULT}/secrets/key1"),
        ("key_id", VAULT),
        ("key_id", f"{VAULT}/keys/"),
        ("key_id", "http://vault1.vault.azure.net/keys/key1"),
        ("key_id", f"{VAULT}/keys/key1/v1/more"),
        ("key_id", f"{VAULT}/keys/../secrets"),
        ("key_id", f"{VAULT}/keys/key_1"),
        ("key_id", f"{VAULT}/keys/{'k' * 128}"),
        ("key_id", f"{VAULT}/keys/kéy1"),
        ("key_id", f"{VAULT}/keys/key%31"),
        ("key_id", f"{VAULT}/keys//v"),
        ("key_id", f"{VAULT}/keys/key1//"),
        ("key_id", f"{VAULT}//keys/key1"),
        ("key_id", f"{VAULT}/KEYS/key1"),
        ("key_id", f"{VAULT}/certificates/key1"),
        ("key_id", f"{VAULT}/keys/key1/versions-"),
        ("key_id", f"{VAULT}/keys/key1/{'0' * 31}"),
        ("key_id", f"{VAULT}/keys/key1/{'0' * 33}"),
        ("key_id", f"{VAULT}/keys/key1/{'g' * 32}"),
        ("key_id", f"{VAULT}/keys/key1?"),
        ("key_id", f"{VAULT}/keys/key1?api-version=7.4"),
        ("key_id", f"{VAULT}/keys/key1#"),
        ("key_id", f"{VAULT}:0/keys/key1"),
        ("key_id", f"{VAULT}:65536/keys/key1"),
        ("key_id", f"{VAULT}:+443/keys/key1"),
        ("key_id", "https://vault1@vault1.vault.azure.net/keys/key1"),
        # For urllib3, the host of this one is evil.example.com.
        ("key_id", "https://evil.example.com\\.vault.azure.net/keys/key1"),
        ("key_id", "https://väult1.vault.azure.net/keys/key1"),
        ("key_id", "https://vault1。vault.azure.net/keys/key1"),
        ("key_id", "https://.vault.azure.net/keys/key1"),
        ("key_id", "https://vault1..vault.azure.net/keys/key1"),
        ("key_id", "https://vault1%2eexample.com/keys/key1"),
        # Not a null character, which AnsibleModule itself refuses on newer Pythons when it logs to syslog.
        ("key_id", "https://vault1\x01.vault.azure.net/keys/key1"),
        ("key_id", "https://$(id).vault.azure.net/keys/key1"),
        ("key_id", "https://[::1/keys/key1"),
        ("key_id", "https:/vault1.vault.azure.net/keys/key1"),
        ("key_id", ""),
        ("key_id", f"{VAULT}/keys/key1\n"),
        ("name", "vault1"),
        ("name", f"{VAULT}/keys/key1"),
        ("name", f"{VAULT}:0"),
        ("name", f"{VAULT}?"),
        ("name", "https://evil.example.com\\.vault.azure.net"),
        ("name", ""),
        ("client_id", "client1"),
        ("client_id", "{7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c}"),
        ("client_id", " 7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"),
        ("tenant_id", "contoso.onmicrosoft.com"),
        ("tenant_id", ""),
        ("client_secret", ""),
        ("client_secret", "  "),
        ("client_secret", "very-Secret~value.1\n"),
        ("client_certificate", "not base64"),
        ("client_certificate", base64.b64encode(b"no certificate").decode()),
        ("client_certificate", pkcs12(b"password")),
        ("client_certificate", pkcs12(rsa=False)),
        ("client_certificate", " "),
        ("client_certificate_path", ""),
        ("client_certificate_path", "/"),
        ("client_certificate_path", "/does/not/exist.pfx"),
        ("oauth_host", "https://login.microsoftonline.com"),
        ("oauth_host", "login.microsoftonline.com/tenant"),
        ("oauth_host", "login.microsoftonline.com:0"),
        ("oauth_host", "login.microsoftonline.com:65536"),
        ("oauth_host", "login.microsoftonline.com:-1"),
        ("oauth_host", "::1"),
        ("oauth_host", "lögin.microsoftonline.com"),
        ("oauth_host", "login..com"),
        ("oauth_host", "login.microsoftonline.com:port"),
        ("oauth_host", "login.microsoftonline.com:"),
        ("oauth_host", "somebody@login.microsoftonline.com"),
        ("oauth_host", "login microsoftonline.com"),
        ("oauth_host", ""),
        ("proxy_port", "70000"),
        ("proxy_port", "http"),
        ("proxy_host", "http://proxy.example.com"),
        ("proxy_host", "proxy.example.com:3128"),
        ("proxy_host", "proxy example.com"),
        ("azure_ca_path", "/does/not/exist.pem"),
        ("checks", []),
        ("warn_days", -1),
        ("warn_days", 10**6),
        ("timeout", 0),
        ("max_retries", -1),
    ],
)
def test_invalid_option_is_named_before_any_request(play: Play, wire: Wire, option: str, value: Any) -> None:
    options = {**GOOD, "proxy_host": "proxy.example.com", option: value}
    if option.startswith("client_cert"):
        options["client_secret"] = None
    result = play(akv_azure_info, **options)
    assert result["failed"]
    assert result["error"]["target"] == option
    assert result["msg"].startswith(f"{option}: ")
    assert wire.seen == []
    if isinstance(value, str) and option in ("client_secret", "client_certificate") and value.strip():
        assert value not in play.output


@pytest.mark.parametrize("credentials", [{}, {"client_secret": "very-Secret~value.1", "client_certificate": "MIIB"}])
def test_requires_exactly_one_credential(play: Play, credentials: dict[str, str]) -> None:
    result = play(akv_azure_info, **{**GOOD, "client_secret": None, **credentials})
    assert result["failed"]
    assert "client_certificate_path" in result["msg"]


def test_vault_of_unknown_domain_requires_oauth_host(play: Play) -> None:
    result = play(akv_azure_info, **{**GOOD, "key_id": "https://10.1.1.1/keys/key1"})
    assert result["error"]["target"] == "oauth_host"


def test_refuses_empty_certificate_file(play: Play, tmp_path: Path) -> None:
    (tmp_path / "empty.pfx").write_bytes(b"")
    result = play(
        akv_azure_info, **{**GOOD, "client_secret": None, "client_certificate_path": str(tmp_path / "empty.pfx")}
    )
    assert result["error"]["target"] == "client_certificate_path"


def test_invalid_bundle_error_names_azure_ca_path(play: Play, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    result = play(akv_azure_info, **{**GOOD, "azure_ca_path": str(tmp_path / "ca.pem")})
    assert result["error"]["target"] == "azure_ca_path"


def test_reads_bundle_path_from_environment(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTAP_AKV_AZURE_CA_PATH", "/does/not/exist.pem")
    assert play(akv_azure_info, **GOOD)["error"]["target"] == "azure_ca_path"


def test_reports_missing_requests_library(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LIBRARY_ERROR", "No module named requests")
    result = play(akv_azure_info, **GOOD)
    assert result["failed"]
    assert "requests" in result["msg"]


def capture_question(play: Play, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Question:
    """Return the question that the options of a task become."""
    questions: list[Question] = []

    def ask(question: Question, **_more: Any) -> Record:
        questions.append(question)
        return Record()

    monkeypatch.setattr(akv_azure_info, "ask", ask)
    assert not play(akv_azure_info, **{**GOOD, **options}).get("failed")
    return questions[0]


def test_options_become_a_question(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    version = "0A1B" * 8
    question = capture_question(
        play,
        monkeypatch,
        key_id=f"https://HSM1.managedhsm.usgovcloudapi.net:8443/keys/key1/{version}/",
        warn_days=5,
        versions=True,
    )
    assert (question.vault, question.key, question.version) == (
        Host("hsm1.managedhsm.usgovcloudapi.net", 8443),
        "key1",
        version.lower(),
    )
    assert question.oauth_host == Host("login.microsoftonline.us")
    assert (question.reach.timeout, question.reach.max_retries, question.reach.validate_certs) == (10, 2, True)
    assert (question.warn_days, question.versions, list(question.checks)) == (5, True, ["login", "key", "operations"])
    assert "very-Secret" not in repr(question)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (VAULT, False),
        (f"{VAULT.upper().replace('HTTPS', 'https')}:443/", False),
        ("https://vault2.vault.azure.net", True),
    ],
)
def test_compares_vault_of_name_and_key_id(play: Play, monkeypatch: pytest.MonkeyPatch, name: str, other: bool) -> None:
    assert (capture_question(play, monkeypatch, name=name).other_vault is not None) is other


def test_certificate_replaces_secret(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    question = capture_question(play, monkeypatch, client_secret=None, client_certificate=f"\n{pkcs12()}\n")
    assert question.certificate is not None
    assert question.secret is None


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("login.microsoftonline.us", Host("login.microsoftonline.us")),
        ("localhost:8443", Host("localhost", 8443)),
        ("10.1.1.1", Host("10.1.1.1")),
        ("[fd00::1]:8443", Host("fd00::1", 8443)),
        ("[fd00::1]", Host("fd00::1")),
    ],
)
def test_parses_host_and_port(value: str, host: Host) -> None:
    assert parse_host("oauth_host", value) == host
    assert host.text == value


@pytest.mark.parametrize("value", ["fd00::1", "[localhost]", "a..b", "-a", "a" * 300, "login?x", "login#x", "login%41"])
def test_refuses_invalid_hosts(value: str) -> None:
    with pytest.raises(OptionError, match="HOST or HOST:PORT"):
        parse_host("oauth_host", value)


def test_host_error_does_not_repeat_password() -> None:
    with pytest.raises(OptionError) as refused:
        parse_host("oauth_host", "somebody:hunter2@login")
    assert "hunter2" not in refused.value.as_text()


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"proxy_host": None}, None),
        ({"proxy_host": ""}, None),
        ({}, "http://proxy.example.com"),
        ({"proxy_type": "https", "proxy_port": "3128"}, "https://proxy.example.com:3128"),
        ({"proxy_type": "", "proxy_port": "", "proxy_username": "", "proxy_password": ""}, "http://proxy.example.com"),
        ({"proxy_username": "bob", "proxy_password": "p@ss:w/rd"}, "http://bob:p%40ss%3Aw%2Frd@proxy.example.com"),
        ({"proxy_username": "bob"}, "http://bob@proxy.example.com"),
        ({"proxy_host": "fd00::1", "proxy_port": "8080"}, "http://[fd00::1]:8080"),
        ({"proxy_host": "[fd00::1]"}, "http://[fd00::1]"),
    ],
)
def test_builds_proxy_url(options: dict[str, Any], url: str | None) -> None:
    assert read_connection({**REACH, **options}, str).proxy == url


@pytest.mark.parametrize("host", [None, ""])
@pytest.mark.parametrize(
    ("option", "value"),
    [("proxy_type", "https"), ("proxy_port", "3128"), ("proxy_username", "bob"), ("proxy_password", "hunter2")],
)
def test_refuses_proxy_options_without_proxy_host(option: str, value: str, host: str | None) -> None:
    """Without it, the request would go out without the proxy that the task asks for."""
    with pytest.raises(OptionError) as refused:
        read_connection({**REACH, "proxy_host": host, option: value}, str)
    assert refused.value.target == "proxy_host"
    assert refused.value.message == f"proxy_host: it is required together with {option}"
    assert refused.value.hint == f"Set proxy_host, or remove {option}."
    assert "hunter2" not in refused.value.as_text()


def test_names_all_proxy_options_without_proxy_host() -> None:
    with pytest.raises(OptionError, match="proxy_type and proxy_port and proxy_username"):
        read_connection(
            {**REACH, "proxy_host": None, "proxy_type": "http", "proxy_port": "3128", "proxy_username": "bob"}, str
        )


@pytest.mark.parametrize("name", [None, ""])
def test_refuses_a_proxy_password_without_a_user_name(name: str | None) -> None:
    """It cannot be sent without a user name."""
    with pytest.raises(OptionError) as refused:
        read_connection({**REACH, "proxy_username": name, "proxy_password": "hunter2"}, str)
    assert (refused.value.target, refused.value.hint) == (
        "proxy_username",
        "Set proxy_username, or remove proxy_password.",
    )


def test_sends_proxy_password_as_utf_8(wire: Wire) -> None:
    connection = read_connection({**REACH, "proxy_username": "bäcker", "proxy_password": "pässwort"}, str)
    header = session._make_adapter(None, 1).proxy_headers(connection.proxy)["Proxy-Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "bäcker:pässwort"


def test_azure_package_does_not_import_microsoft_libraries() -> None:
    for path in Path(conversation.__file__).parent.glob("*.py"):
        assert not {"azure.identity", "azure.keyvault", "msal"} & set(path.read_text(encoding="utf-8").split())
