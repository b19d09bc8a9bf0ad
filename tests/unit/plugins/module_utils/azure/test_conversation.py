# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests go to which host with which content, and how the responses are judged."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import urllib3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import open_certificate
from ansible_collections.ontap.akv.plugins.module_utils.azure.conversation import ask
from ansible_collections.ontap.akv.plugins.module_utils.azure.judge import judge
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    KEY,
    LOGIN,
    OPERATIONS,
    RIGHTS,
    Host,
    Question,
    Record,
)
from ansible_collections.ontap.akv.plugins.module_utils.azure.vault import GRANT_PAUSE, wrap_here
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.clock import BEGIN
from ansible_collections.ontap.akv.tests.unit.support.wire import Seen, Wire

CLIENT = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"
TENANT = "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"
SECRET = "very-Secret~value.1"
TOKEN = "eyJ0eXAi.token-of-the-test.signature"
VAULT = "vault1.vault.azure.net"
LOGIN_HOST = "login.microsoftonline.com"
PATH = "/keys/key1"
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
CHALLENGE = f'Bearer authorization="https://evil.example.com/{TENANT}", resource="https://vault.azure.net"'
KEY_PAIR = rsa.generate_private_key(65537, 2048)
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
QUESTION = Question(
    vault=Host(VAULT),
    key="key1",
    version=None,
    client_id=CLIENT,
    tenant_id=TENANT,
    oauth_host=Host(LOGIN_HOST),
    reach=Connection("", 443, timeout=10, max_retries=2),
    secret=SECRET,
)
PAGE = b"<html><body>Sign in to the proxy</body></html>"


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def material() -> dict[str, Any]:
    numbers = KEY_PAIR.public_key().public_numbers()
    return {"kty": "RSA", "n": encoded(numbers.n.to_bytes(256, "big")), "e": "AQAB", "key_ops": list(RIGHTS[1:])}


def bundle(version: str = "v2") -> dict[str, Any]:
    return {
        "key": {"kid": f"https://{VAULT}{PATH}/{version}", **material()},
        "attributes": {"enabled": True, "recoveryLevel": "Recoverable"},
    }


def refusal(code: str, inner: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"No: {code}.", **({"innererror": {"code": inner}} if inner else {})}}


class Azure:
    """Scripts the wire and runs the check. hidden: the secrets that the check registered for masking."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.hidden: list[str] = []

    def challenge(self, path: str = PATH, header: str | None = CHALLENGE, status: int = 401, **more: Any) -> Azure:
        more.setdefault("json", refusal("Unauthorized"))
        self.wire.on(
            "GET",
            path,
            status=status,
            headers={} if header is None else {"WWW-Authenticate": header},
            query={"api-version": "7.4"},
            **more,
        )
        return self

    def token(self, status: int = 200, **more: Any) -> Azure:
        more.setdefault("json", {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599})
        self.wire.on("POST", TOKEN_PATH, status=status, **more)
        return self

    def key(self, version: str = "v2", path: str = PATH, **more: Any) -> Azure:
        more.setdefault("json", bundle(version))
        self.wire.on("GET", path, **more)
        return self

    def operations(self, *names: str, version: str = "v2", status: int = 200, **more: Any) -> Azure:
        """Script operations that succeed, or that return the given response."""
        for name in names:
            given = dict(more) if more else {"content": partial(perform, name)}
            self.wire.on("POST", f"{PATH}/{version}/{name.lower()}", status=status, **given)
        return self

    def ask(self, **changes: Any) -> Record:
        record = ask(replace(QUESTION, **changes), hide=self.hidden.append, clock=self.wire.clock.clock)
        self.wire.done()
        return record

    def hosts(self) -> list[str]:
        return [urlsplit(seen.url).netloc for seen in self.wire.seen]


def perform(name: str, seen: Seen) -> bytes:
    """Return the response of a vault to an operation."""
    value = decoded(seen.body["value"])
    result = (
        KEY_PAIR.public_key().encrypt(value, OAEP) if name in ("wrapKey", "encrypt") else KEY_PAIR.decrypt(value, OAEP)
    )
    return json.dumps({"kid": f"https://{VAULT}{PATH}/v2", "value": encoded(result)}).encode()


@pytest.fixture
def azure(wire: Wire) -> Azure:
    return Azure(wire)


def verdict(record: Record, **changes: Any) -> tuple[bool | None, list[tuple[str, str, str | None]]]:
    """Return whether the key is usable, and check, severity and code of each problem."""
    judged = judge(record, replace(QUESTION, **changes), BEGIN)
    assert all(problem["message"] and problem["hint"] for problem in judged.problems)
    return judged.usable, [(problem["check"], problem["severity"], problem["code"]) for problem in judged.problems]


def bearers(wire: Wire) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in wire.seen]


def test_full_check_sends_seven_requests_on_two_connections(azure: Azure, wire: Wire) -> None:
    record = azure.challenge().token().key().operations("wrapKey", "encrypt", "unwrapKey", "decrypt").ask()
    assert verdict(record) == (True, [])
    assert record.passed == dict.fromkeys(RIGHTS, True)
    assert len(wire.seen) == 7
    assert azure.hosts() == [f"{VAULT}:443", f"{LOGIN_HOST}:443"] + [f"{VAULT}:443"] * 5
    assert len({id(adapter) for adapter in wire.adapters}) == 2
    assert all(adapter._pool_maxsize == 1 for adapter in wire.adapters)


def test_sends_secret_only_to_login_and_token_only_to_vault(azure: Azure, wire: Wire) -> None:
    azure.challenge().token().key().operations("wrapKey", "encrypt", "unwrapKey", "decrypt").ask()
    assert bearers(wire) == [None, None] + [f"Bearer {TOKEN}"] * 5
    assert wire.seen[1].body == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": "https://vault.azure.net/.default",
    }
    assert all(SECRET not in f"{seen.url}{seen.body}{seen.headers}" for seen in wire.seen if LOGIN_HOST not in seen.url)
    assert not any("evil" in host for host in azure.hosts())
    assert azure.hidden == [TOKEN]


def test_operations_use_random_bytes_and_rsa_oaep_256(azure: Azure, wire: Wire) -> None:
    azure.challenge().token().key().operations("wrapKey", "encrypt", "unwrapKey", "decrypt").ask()
    sent = [seen.body for seen in wire.seen[3:]]
    assert {body["alg"] for body in sent} == {"RSA-OAEP-256"}
    assert sent[0]["value"] == sent[1]["value"]
    assert len(decoded(sent[0]["value"])) == 32
    assert len({body["value"] for body in sent}) == 3


@pytest.mark.parametrize(
    ("checks", "number"), [([LOGIN], 2), ([KEY], 3), ([LOGIN, KEY], 3), ([OPERATIONS], 7), ([KEY, OPERATIONS], 7)]
)
def test_sends_only_requests_of_selected_checks(azure: Azure, wire: Wire, checks: list[str], number: int) -> None:
    azure.challenge().token()
    if number > 2:
        azure.key()
    if number > 3:
        azure.operations("wrapKey", "encrypt", "unwrapKey", "decrypt")
    assert verdict(azure.ask(checks=checks)) == (True, [])
    assert len(wire.seen) == number


def test_reads_newest_version_once(azure: Azure, wire: Wire) -> None:
    azure.challenge(f"{PATH}/v2").token().key().operations("wrapKey", "encrypt", "unwrapKey", "decrypt")
    assert verdict(azure.ask(version="v2"), version="v2") == (True, [])
    assert len(wire.seen) == 7


def test_check_of_older_version_sends_seven_requests(azure: Azure, wire: Wire) -> None:
    azure.challenge(f"{PATH}/v1").token().key().key("v1", f"{PATH}/v1").operations(
        "wrapKey", "unwrapKey", "decrypt", version="v1"
    )
    record = azure.ask(version="v1")
    assert verdict(record, version="v1") == (True, [("key", "warning", None)])
    assert record.passed == {"get": True, "wrapKey": True, "unwrapKey": True, "decrypt": True}
    assert len(wire.seen) == 7


def test_operations_check_uses_requested_version(azure: Azure, wire: Wire) -> None:
    azure.challenge(f"{PATH}/v1").token().key("v1", f"{PATH}/v1").operations(
        "wrapKey", "encrypt", "unwrapKey", "decrypt", version="v1"
    )
    assert verdict(azure.ask(version="v1", checks=[OPERATIONS]), version="v1", checks=[OPERATIONS]) == (True, [])
    assert len(wire.seen) == 7


def test_reads_all_pages_of_versions_from_same_host(azure: Azure, wire: Wire) -> None:
    azure.challenge().token().key()
    pages = [
        {"value": [{"kid": f"https://{VAULT}{PATH}/{name}", "attributes": {}}], "nextLink": link}
        for name, link in (("v1", "next"), ("v2", None))
    ]
    pages[0]["nextLink"] = "https://evil.example.com/elsewhere?api-version=7.4&$skiptoken=abc"
    wire.on("GET", f"{PATH}/versions", json=pages[0], query={"api-version": "7.4"})
    wire.on("GET", f"{PATH}/versions", json=pages[1], query={"api-version": "7.4", "$skiptoken": "abc"})
    record = azure.ask(checks=[KEY], versions=True)
    assert record.versions is not None
    assert len(record.versions) == 2
    assert set(azure.hosts()) == {f"{VAULT}:443", f"{LOGIN_HOST}:443"}


@pytest.mark.parametrize(
    ("header", "host"),
    [
        (f'Bearer authorization="https://x/{TENANT}", resource="https://management.azure.com"', VAULT),
        (f'Bearer authorization="https://x/{TENANT}", resource="https://azure.net"', VAULT),
        (f'Bearer authorization="https://x/{TENANT}", resource="https://vault.azure.net"', "vault1.example.com"),
    ],
)
def test_sends_no_token_to_vault_with_foreign_audience(azure: Azure, wire: Wire, header: str, host: str) -> None:
    azure.challenge(header=header)
    if host == VAULT:
        azure.token()
    record = azure.ask(vault=Host(host))
    assert verdict(record) == (None, [("vault", "error", None)])
    assert not any(bearers(wire))
    assert all(seen.body is None or seen.body["scope"] == "https://vault.azure.net/.default" for seen in wire.seen)


@pytest.mark.parametrize(
    "header", [f'Bearer authorization="https://login/{TENANT}"', "Bearer ", "Basic realm=vault", None]
)
def test_reports_challenge_without_resource(azure: Azure, wire: Wire, header: str | None) -> None:
    record = azure.challenge(header=header).token().ask()
    assert verdict(record) == (None, [("vault", "error", None)])
    assert record.logged_in is True
    assert not any(bearers(wire))


def test_reports_vault_of_another_tenant(azure: Azure, wire: Wire) -> None:
    other = "00000000-0000-0000-0000-000000000001"
    record = (
        azure.challenge(
            header=f'Bearer authorization="https://login.windows.net/{other}", resource="https://vault.azure.net"'
        )
        .token()
        .ask()
    )
    assert verdict(record) == (False, [("vault", "error", None)])
    assert not any(bearers(wire))


def test_checks_login_when_vault_is_unreachable(azure: Azure, wire: Wire) -> None:
    for _try in range(3):
        wire.on("GET", PATH, raises=unreachable())
    record = azure.token(
        401, json={"error": "invalid_client", "error_description": "AADSTS7000222: expired", "error_codes": [7000222]}
    ).ask()
    assert verdict(record) == (False, [("connection", "error", None), ("login", "error", "AADSTS7000222")])


def test_skips_login_when_vault_domain_is_unknown(azure: Azure, wire: Wire) -> None:
    for _try in range(3):
        wire.on("GET", PATH, raises=unreachable())
    record = azure.ask(vault=Host("vault1.example.com"))
    assert verdict(record) == (None, [("connection", "error", None)])
    assert record.logged_in is None


def unreachable() -> Exception:
    pool = urllib3.HTTPSConnectionPool(VAULT)
    reason = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPSConnection(VAULT), "Connection refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, PATH, reason))


STRANGE: list[Mapping[str, Any]] = [
    {"status": 200, "content": PAGE, "content_type": "text/html"},
    {"status": 401, "content": PAGE, "content_type": "text/html"},
    {"status": 403, "content": PAGE, "content_type": "text/html"},
    {"status": 407, "content": b"", "content_type": "text/html"},
    {"status": 302, "content": b"", "headers": {"Location": "https://portal.example.com/login"}},
    {"status": 200, "content": b'{"key": {"kid": "https://', "content_type": "application/json"},
    {"status": 200, "content": b"", "content_type": "application/json"},
    {"status": 200, "content": b"[]", "content_type": "application/json"},
    {"status": 200, "content": b'{"value": 1}', "content_type": "text/plain"},
    {"status": 200, "content": b'{"access_token": "a b\\n"}', "content_type": "application/json"},
    {"status": 200, "content": b'{"access_token": ["x"]}', "content_type": "application/json"},
    {"status": 400, "content": b'{"error": 5}', "content_type": "application/json"},
    {"status": 404, "content": b'{"message": "no route"}', "content_type": "application/json"},
]


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("where", ["login", "key", "operation"])
def test_response_of_another_server_leaves_result_unknown(
    azure: Azure, wire: Wire, where: str, strange: Mapping[str, Any]
) -> None:
    azure.challenge()
    if where == "login":
        wire.on("POST", TOKEN_PATH, **strange)
    else:
        azure.token()
        if where == "operation":
            azure.key()
            wire.on(
                "POST",
                f"{PATH}/v2/wrapkey",
                **({**strange, "content": b'{"value": "***"}'} if strange["content"] == b'{"value": 1}' else strange),
            )
        else:
            wire.on("GET", PATH, **strange)
    assert verdict(azure.ask()) == (None, [("connection", "error", None)])


@pytest.mark.parametrize("strange", STRANGE)
def test_challenge_of_another_server_leaves_result_unknown(
    azure: Azure, wire: Wire, strange: Mapping[str, Any]
) -> None:
    wire.on("GET", PATH, **strange)
    usable, problems = verdict(azure.token().ask(checks=[LOGIN]))
    assert (usable, len(problems)) == (None, 1)
    assert problems[0][0] in ("connection", "vault")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_retried_and_then_leaves_result_unknown(azure: Azure, wire: Wire, status: int) -> None:
    azure.challenge()
    for _try in range(3):
        azure.token(status, json={"error": "server_error", "error_description": "a fault"})
    record = azure.ask()
    assert verdict(record)[0] is None
    assert record.logged_in is None


def test_429_waits_for_retry_after(azure: Azure, wire: Wire) -> None:
    azure.challenge().token()
    azure.key(status=429, json=refusal("Throttled"), headers={"Retry-After": "7"}).key()
    azure.operations("wrapKey", status=429, json=refusal("Throttled"), headers={"Retry-After": "3"})
    azure.operations("wrapKey", "encrypt", "unwrapKey", "decrypt")
    assert verdict(azure.ask()) == (True, [])
    assert wire.clock.slept == [7, 3]


def test_repeated_429_leaves_result_unknown(azure: Azure, wire: Wire) -> None:
    azure.challenge().token()
    for _try in range(3):
        azure.key(status=429, json=refusal("Throttled"))
    assert verdict(azure.ask()) == (None, [("vault", "error", "Throttled")])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret.",
                "error_codes": [7000215],
            },
            "AADSTS7000215",
        ),
        (
            {"error": "unauthorized_client", "error_description": "AADSTS700016: Not found.", "error_codes": [700016]},
            "AADSTS700016",
        ),
        ({"error": "invalid_request", "error_codes": [90002]}, "AADSTS90002"),
        ({"error": "invalid_client"}, "invalid_client"),
        ({"error": "invalid_client", "error_codes": ["7000215"]}, "invalid_client"),
        ({"error": "invalid_client", "error_codes": [True]}, "invalid_client"),
        ({"error": "invalid_client", "error_codes": []}, "invalid_client"),
    ],
)
def test_refused_login_reports_most_specific_code(azure: Azure, body: dict[str, Any], code: str) -> None:
    record = azure.challenge().token(401, json=body).ask()
    assert verdict(record) == (False, [("login", "error", code)])
    assert record.logged_in is False


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_temporary_login_error_leaves_result_unknown(azure: Azure, error: str) -> None:
    record = azure.challenge().token(400, json={"error": error, "error_codes": [7000215]}).ask()
    assert verdict(record)[0] is None
    assert record.logged_in is None


def test_masks_secret_in_message_of_login(azure: Azure) -> None:
    reach = replace(QUESTION.reach, mask=lambda text: text.replace(SECRET, "********"))
    record = (
        azure.challenge()
        .token(401, json={"error": "invalid_client", "error_description": f"You sent {SECRET}"})
        .ask(reach=reach)
    )
    assert record.refusals[0].message == "You sent ********"


def test_masks_assertion_in_message_of_login(azure: Azure) -> None:
    def echo(seen: Seen) -> bytes:
        told = f"Not this: {seen.body['client_assertion']}"
        return json.dumps({"error": "invalid_client", "error_description": told}).encode()

    def mask(text: str) -> str:
        return text.replace(azure.hidden[0] if azure.hidden else "nothing", "********")

    certificate = open_certificate("client_certificate", pair(rsa=True).pkcs12())
    azure.challenge().token(401, json=None, content=echo)
    record = azure.ask(secret=None, certificate=certificate, reach=replace(QUESTION.reach, mask=mask))
    assert record.refusals[0].message == "Not this: ********"


@pytest.mark.parametrize("inner", ["ForbiddenByRbac", "ForbiddenByPolicy", "AccessDenied"])
def test_missing_permission_is_retried_once_per_run(azure: Azure, wire: Wire, inner: str) -> None:
    azure.challenge().token().key()
    azure.operations(
        "wrapKey", "wrapKey", "encrypt", "unwrapKey", "decrypt", status=403, json=refusal("Forbidden", inner)
    )
    record = azure.ask()
    assert verdict(record) == (False, [("operations", "error", inner)])
    assert record.passed == {"get": True, **dict.fromkeys(RIGHTS[1:], False)}
    assert wire.clock.slept == [GRANT_PAUSE]


def test_permission_granted_during_check_is_a_warning(azure: Azure, wire: Wire) -> None:
    azure.challenge().token().key(status=403, json=refusal("Forbidden", "ForbiddenByRbac")).key()
    azure.operations("wrapKey", "encrypt", "unwrapKey", "decrypt")
    record = azure.ask()
    assert verdict(record) == (True, [("key", "warning", None)])
    assert record.late == ["get"]


def test_tests_other_permissions_when_key_is_not_readable(azure: Azure) -> None:
    azure.challenge(f"{PATH}/v1").token()
    azure.key(status=403, json=refusal("Forbidden", "AccessDenied")).key(
        status=403, json=refusal("Forbidden", "AccessDenied")
    )
    azure.operations("wrapKey", "encrypt", "unwrapKey", "decrypt", version="v1")
    record = azure.ask(version="v1")
    assert verdict(record, version="v1") == (False, [("key", "error", "AccessDenied")])
    assert record.passed == {"get": False, **dict.fromkeys(RIGHTS[1:], True)}


@pytest.mark.parametrize(("inner", "check"), [("ForbiddenByFirewall", "vault"), ("ForbiddenByConnection", "vault")])
def test_sends_nothing_more_after_vault_refuses_this_host(azure: Azure, wire: Wire, inner: str, check: str) -> None:
    record = azure.challenge(f"{PATH}/v1").token().key(status=403, json=refusal("Forbidden", inner)).ask(version="v1")
    assert verdict(record, version="v1") == (False, [(check, "error", inner)])
    assert wire.clock.slept == []


def test_uses_innermost_code_in_either_spelling(azure: Azure) -> None:
    body = {
        "error": {
            "code": "Forbidden",
            "message": "No.",
            "innerError": {"code": "AccessDenied", "innererror": {"code": "ForbiddenByFirewall"}},
        }
    }
    assert verdict(azure.challenge().token().key(status=403, json=body).ask())[1] == [
        ("vault", "error", "ForbiddenByFirewall")
    ]


def test_reports_firewall_that_refuses_first_request(azure: Azure) -> None:
    record = azure.challenge(header=None, status=403, json=refusal("Forbidden", "ForbiddenByConnection")).token().ask()
    assert verdict(record) == (False, [("vault", "error", "ForbiddenByConnection")])


def test_reports_missing_key(azure: Azure) -> None:
    record = azure.challenge().token().key(status=404, json=refusal("KeyNotFound")).ask()
    assert verdict(record) == (False, [("key", "error", "KeyNotFound")])


def test_reports_missing_key_version(azure: Azure) -> None:
    azure.challenge(f"{PATH}/v1").token().key().key(path=f"{PATH}/v1", status=404, json=refusal("KeyNotFound"))
    assert verdict(azure.ask(version="v1"), version="v1") == (False, [("key", "error", "KeyNotFound")])


def test_reports_token_that_vault_refuses(azure: Azure) -> None:
    record = azure.challenge().token().key(status=401, json=refusal("Unauthorized")).ask()
    assert verdict(record) == (False, [("vault", "error", "Unauthorized")])


def test_disabled_key_fails_unwrap_and_decrypt_only(azure: Azure) -> None:
    azure.challenge().token().key().operations("wrapKey", "encrypt")
    azure.operations("unwrapKey", "decrypt", status=403, json=refusal("Forbidden", "KeyDisabled"))
    record = azure.ask()
    assert verdict(record) == (False, [("operations", "error", "KeyDisabled")])
    assert record.passed == {"get": True, "wrapKey": True, "encrypt": True, "unwrapKey": False, "decrypt": False}


def test_expired_key_unwraps_locally_wrapped_bytes(azure: Azure) -> None:
    azure.challenge().token().key()
    azure.operations("wrapKey", "encrypt", status=403, json=refusal("Forbidden", "KeyExpired")).operations(
        "unwrapKey", "decrypt"
    )
    record = azure.ask()
    assert verdict(record) == (False, [("operations", "error", "KeyExpired")])
    assert record.passed == {"get": True, "wrapKey": False, "encrypt": False, "unwrapKey": True, "decrypt": True}


def test_reports_unwrap_that_returns_other_bytes(azure: Azure) -> None:
    azure.challenge().token().key().operations("wrapKey", "encrypt")
    azure.operations("unwrapKey", json={"value": encoded(b"x" * 32)}).operations("decrypt")
    record = azure.ask()
    assert verdict(record) == (False, [("operations", "error", None)])
    assert record.passed["unwrapKey"] is False


def test_does_not_test_operations_of_non_rsa_key(azure: Azure) -> None:
    key = bundle()
    key["key"]["kty"] = "EC"
    assert verdict(azure.challenge().token().key(json=key).ask()) == (False, [("key", "error", None)])


def test_lost_connection_ends_the_check(azure: Azure, wire: Wire) -> None:
    azure.challenge().token().key().operations("wrapKey")
    for _try in range(3):
        wire.on("POST", f"{PATH}/v2/encrypt", raises=requests.exceptions.ReadTimeout())
    assert verdict(azure.ask()) == (None, [("connection", "error", None)])


def test_untrusted_certificate_hints_at_azure_ca_path(azure: Azure, wire: Wire) -> None:
    failed = ssl.SSLCertVerificationError(1, "certificate verify failed")
    wire.on(
        "GET",
        PATH,
        raises=requests.exceptions.SSLError(
            urllib3.exceptions.MaxRetryError(urllib3.HTTPSConnectionPool(VAULT), PATH, failed)
        ),
    )
    record = azure.token().ask()
    judged = judge(record, QUESTION, BEGIN)
    assert judged.usable is None
    assert "azure_ca_path" in judged.problems[0]["hint"]


@pytest.mark.parametrize("size", [2048, 3072])
def test_local_wrap_matches_wrap_of_vault(size: int) -> None:
    key = rsa.generate_private_key(65537, size)
    numbers = key.public_key().public_numbers()
    wrapped = wrap_here({"n": encoded(numbers.n.to_bytes(size // 8, "big")), "e": "AQAB"}, b"s" * 32)
    assert wrapped is not None
    assert key.decrypt(wrapped, OAEP) == b"s" * 32


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"n": 5, "e": "AQAB"},
        {"n": "AQAB", "e": "AQAB"},
        {"n": "A" * 400, "e": ""},
        {"n": "/w" + "A" * 340, "e": "AQ"},
    ],
)
def test_local_wrap_returns_none_for_invalid_key(strange: dict[str, Any]) -> None:
    assert wrap_here(strange, b"s" * 32) is None


def _with(**material_changes: Any) -> dict[str, Any]:
    return {"key": {**bundle()["key"], **material_changes}, "attributes": {"enabled": True}}


@pytest.mark.parametrize(
    "body",
    [
        {"key": {}},
        {"key": "a text"},
        _with(kty=None),
        _with(kid=None),
        _with(kid=f"https://{VAULT}{PATH}"),
        _with(kid=f"https://{VAULT}/keys/key2/v2"),
        _with(kid=f"https://{VAULT}/secrets/key1/v2"),
        # Hints contain commands with the identifier.
        _with(kid=f"https://{VAULT}{PATH}/$(id)"),
        _with(kid=f"https://{VAULT};id{PATH}/v2"),
        {"key": bundle()["key"]},
        {**bundle(), "attributes": [True]},
        {**bundle(), "attributes": {}},
        {**bundle(), "attributes": {"enabled": "true"}},
        {**bundle(), "attributes": {"enabled": True, "exp": "1700000000"}},
        {**bundle(), "attributes": {"enabled": True, "exp": 1700000000.5}},
        {**bundle(), "attributes": {"enabled": True, "nbf": False}},
        {**bundle(), "attributes": {"enabled": True, "exp": -1}},
    ],
)
def test_response_other_than_the_key_leaves_result_unknown(azure: Azure, body: dict[str, Any]) -> None:
    record = azure.challenge().token().key(json=body).ask()
    verdict = judge(record, QUESTION, BEGIN)
    assert (verdict.usable, [problem["check"] for problem in verdict.problems]) == (None, ["connection"])
    assert verdict.azure["key"] is None


def test_reading_newest_version_does_not_prove_get_of_another(azure: Azure) -> None:
    record = (
        azure.challenge(f"{PATH}/v1")
        .token()
        .key()
        .key("v1", f"{PATH}/v1", status=500, content=PAGE)
        .key("v1", f"{PATH}/v1", status=400, content=PAGE)
        .ask(version="v1")
    )
    assert judge(record, QUESTION, BEGIN).azure["operations"]["get"] == {"ok": None, "code": None}


def test_response_with_another_version_leaves_result_unknown(azure: Azure) -> None:
    record = azure.challenge(f"{PATH}/v1").token().key().key("v3", f"{PATH}/v1").ask(version="v1")
    assert judge(record, QUESTION, BEGIN).usable is None


@pytest.mark.parametrize(("status", "code"), [(429, "Throttled"), (503, "ServerBusy")])
def test_temporarily_unlistable_versions_leave_result_unknown(azure: Azure, status: int, code: str) -> None:
    """The operations are not tested after that, so the key is not reported as usable."""
    azure.challenge().token().key()
    for _try in range(3):
        azure.wire.on("GET", f"{PATH}/versions", status=status, json=refusal(code))
    assert verdict(azure.ask(versions=True)) == (None, [("vault", "error", code)])


def test_versions_that_are_not_a_list_leave_result_unknown(azure: Azure) -> None:
    azure.challenge().token().key()
    azure.wire.on("GET", f"{PATH}/versions", json={"value": 5})
    record = azure.ask(versions=True)
    verdict = judge(record, QUESTION, BEGIN)
    assert (verdict.usable, verdict.azure["versions"]) == (None, None)
