# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_azure_info against a simulated Azure with a login, vaults, real keys and real signatures."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.azure import SECRET, azures_names, check, options_for
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, lines_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured, info
from simulator import Simulator
from simulator.azure_cloud.client import AzureControl

DAY = 24 * 3600
ALL = dict.fromkeys(("get", "wrapKey", "unwrapKey", "encrypt", "decrypt"), True)


@pytest.fixture
def azure(simulator: Simulator) -> AzureControl:
    return simulator.azure.control


@pytest.fixture
def client_id(simulator: Simulator) -> str:
    return simulator.azure.client_id


def test_valid_setup_is_usable(simulator: Simulator) -> None:
    checked = check(simulator)
    assert (checked.usable, checked.problems, checked.rights) == (True, [], ALL)
    assert (len(checked.requests), checked.requests.connections) == (7, 2)
    assert [entry["service"] for entry in checked.requests] == ["vault", "login", *["vault"] * 5]
    assert [entry["auth"] for entry in checked.requests] == [None, "client_secret", *["bearer"] * 5]
    assert all(entry["misplaced"] in (None, []) for entry in checked.requests)
    assert checked.azure["key"]["is_newest"] is True
    assert checked.azure["key"]["size"] == 2048
    assert checked.azure["vault"]["tenant_id"] == simulator.azure.tenant_id


def test_check_mode_sends_same_requests(simulator: Simulator) -> None:
    assert check(simulator, check_mode=True).requests.lines == check(simulator).requests.lines


@pytest.mark.parametrize(
    ("secrets", "code"),
    [(["another"], "AADSTS7000215"), ([{"value": SECRET, "expires_in": -60}], "AADSTS7000222")],
)
def test_refused_secret_is_not_usable(
    simulator: Simulator, azure: AzureControl, client_id: str, secrets: list[object], code: str
) -> None:
    azure.application(client_id, secrets=secrets)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (False, [("login", "error", code)])
    assert checked.azure["login"]["ok"] is False
    assert len(checked.requests) == 2


@pytest.mark.parametrize("number", [53003, 530032, 500011, 90038, 900382, 7000112])
def test_login_refused_for_other_reasons_is_not_usable(
    simulator: Simulator, azure: AzureControl, client_id: str, number: int
) -> None:
    azure.application(client_id, secrets=[SECRET], refusal=number)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (False, [("login", "error", f"AADSTS{number}")])


def test_unknown_application_or_tenant_is_not_usable(simulator: Simulator, azure: AzureControl) -> None:
    azure.tenant(simulator.azure.tenant_id)
    azure.application("00000000-0000-0000-0000-000000000001", secrets=[SECRET])
    assert check(simulator).problems == [("login", "error", "AADSTS700016")]
    other = check(simulator, tenant_id="00000000-0000-0000-0000-000000000002")
    assert (other.usable, sorted(other.problems, key=str)) == (
        False,
        [("login", "error", "AADSTS90002"), ("vault", "error", None)],
    )


def test_vault_of_another_tenant_gets_no_token(simulator: Simulator, azure: AzureControl) -> None:
    azure.vault(tenant="00000000-0000-0000-0000-000000000003")
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (False, [("vault", "error", None)])
    assert [entry["auth"] for entry in checked.requests] == [None, "client_secret"]


def test_certificate_logs_in(simulator: Simulator, azure: AzureControl, client_id: str, tmp_path: Path) -> None:
    content = pfx(rsa=True, ends=10)
    azure.application(client_id, certificates=[base64_of(content)])
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    for given in ({"client_certificate": lines_of(content)}, {"client_certificate_path": str(path)}):
        checked = check(simulator, client_secret=None, **given)
        assert (checked.usable, checked.problems, checked.rights) == (True, [("certificate", "warning", None)], ALL)
        assert checked.azure["certificate"]["days_left"] == 9
        login = checked.requests[1]
        assert login["auth"] == "client_assertion"
        assert login["body"]["assertion"]["alg"] == "PS256"
        assert "x5t#S256" in login["body"]["assertion"]["header"]
        assert 0 < login["body"]["assertion"]["seconds"] <= 600


def test_unregistered_certificate_is_not_usable(simulator: Simulator, azure: AzureControl, client_id: str) -> None:
    azure.application(client_id, certificates=[base64_of(pfx(rsa=True))])
    checked = check(simulator, client_secret=None, client_certificate=base64_of(pfx(rsa=True, ends=90)))
    assert (checked.usable, checked.problems) == (False, [("login", "error", "AADSTS700027")])


def test_expired_certificate_is_problem_and_not_failure(
    simulator: Simulator, azure: AzureControl, client_id: str
) -> None:
    content = pfx(rsa=True, begins=-30, ends=-1)
    azure.application(client_id, certificates=[base64_of(content)])
    checked = check(simulator, client_secret=None, client_certificate=base64_of(content))
    assert checked.usable is False
    assert checked.problems[0] == ("certificate", "error", None)


def test_disabled_key_still_wraps(simulator: Simulator, azure: AzureControl) -> None:
    azure.key("key1", enabled=False)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (False, [("key", "error", "KeyDisabled")])
    assert checked.rights == {**ALL, "unwrapKey": False, "decrypt": False}


@pytest.mark.parametrize(
    ("dates", "code"),
    [({"expires_in": -60}, "KeyExpired"), ({"not_before": int(time.time()) + 3600}, "KeyNotYetValid")],
)
def test_key_outside_validity_period_still_unwraps(
    simulator: Simulator, azure: AzureControl, dates: dict[str, int], code: str
) -> None:
    azure.key("key1", **dates)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (False, [("key", "error", code)])
    assert checked.rights == {**ALL, "wrapKey": False, "encrypt": False}
    assert checked.azure["operations"]["wrapKey"]["code"] == code


def test_future_problems_are_warnings(simulator: Simulator, azure: AzureControl) -> None:
    azure.key("key1", expires_in=5 * DAY + DAY // 2)
    azure.vault(recovery_level="Recoverable+Purgeable")
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (True, [("key", "warning", None)] * 2)
    assert (checked.azure["key"]["days_left"], checked.azure["key"]["purge_protected"]) == (5, False)
    assert check(simulator, warn_days=5).problems == [("key", "warning", None)]


def test_older_version_is_warning_and_versions_are_listed(simulator: Simulator, azure: AzureControl) -> None:
    azure.key("key1")
    old = check(simulator, checks=["key"]).azure["key"]["version"]
    newest = azure.new_version("key1")["version"]
    checked = check(simulator, key_id=simulator.azure.key_url(version=old))
    assert (checked.usable, checked.problems) == (True, [("key", "warning", None)])
    assert (
        checked.azure["key"]["version"],
        checked.azure["key"]["newest_version"],
        checked.azure["key"]["is_newest"],
    ) == (old, newest, False)
    assert checked.rights == {**ALL, "encrypt": None}
    assert len(checked.requests) == 7
    listed = check(simulator, versions=True)
    assert {version["version"] for version in listed.azure["versions"]} == {old, newest}


def test_unknown_key_or_version_is_not_usable(simulator: Simulator, azure: AzureControl) -> None:
    azure.key("key1")
    for url in (simulator.azure.key_url("key2"), simulator.azure.key_url(version="0" * 32)):
        checked = check(simulator, key_id=url)
        assert (checked.usable, checked.problems) == (False, [("key", "error", "KeyNotFound")])
    azure.key("key1", deleted=True)
    assert check(simulator).problems == [("key", "error", "KeyNotFound")]


def test_missing_rights_are_reported(simulator: Simulator, azure: AzureControl, client_id: str) -> None:
    azure.grant(client_id, ["get", "wrapKey", "encrypt"])
    checked = check(simulator)
    assert checked.usable is False
    assert checked.rights == {**ALL, "unwrapKey": False, "decrypt": False}
    # Each operation once, and the first one again.
    assert len(checked.requests) == 8


def test_missing_right_to_read_key_is_reported(simulator: Simulator, azure: AzureControl, client_id: str) -> None:
    azure.vault(rbac=True)
    azure.grant(client_id, ["wrapKey", "unwrapKey", "encrypt", "decrypt"])
    version = azure.key("key1")["versions"][-1]["version"]
    checked = check(simulator, key_id=simulator.azure.key_url(version=version))
    assert checked.rights == {**ALL, "get": False}
    assert checked.problems == [("key", "error", "ForbiddenByRbac")]


def test_grant_that_takes_effect_late_is_warning(simulator: Simulator, azure: AzureControl, client_id: str) -> None:
    azure.vault(rbac=True)
    azure.grant(client_id, after=1)
    checked = check(simulator)
    assert (checked.usable, checked.problems, checked.rights) == (True, [("key", "warning", None)], ALL)


@pytest.mark.parametrize("code", ["ForbiddenByFirewall", "ForbiddenByConnection", "ForbiddenByPolicy"])
def test_refusing_vault_is_not_usable(simulator: Simulator, azure: AzureControl, code: str) -> None:
    azure.vault(denies=code)
    checked = check(simulator)
    assert checked.usable is False
    assert {problem[2] for problem in checked.problems} == {code}


def test_throttling_vault_is_retried_and_then_unknown(simulator: Simulator, azure: AzureControl) -> None:
    azure.vault(throttled=2, retry_after=1)
    assert check(simulator).usable is True
    azure.vault(throttled=50)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (None, [("vault", "error", "Throttled")])


@pytest.mark.parametrize(
    "fault",
    [
        ("html", {}),
        ("cut_json", {}),
        ("redirect", {}),
        ("drop_before", {}),
        ("status", {"status": 503}),
        ("huge", {"bytes": 40_000_000}),
    ],
)
@pytest.mark.parametrize("path", ["/token$", "/keys/key1$", "/wrapkey$"])
def test_network_fault_has_no_verdict(
    simulator: Simulator, azure: AzureControl, fault: tuple[str, dict[str, int]], path: str
) -> None:
    azure.fault(fault[0], path=path, times=None, **fault[1])
    checked = check(simulator)
    assert checked.usable is None
    assert {(check, severity) for check, severity, _code in checked.problems} <= {
        ("connection", "error"),
        ("vault", "error"),
    }
    assert checked.problems


def test_dripping_response_ends_at_timeout(simulator: Simulator, azure: AzureControl) -> None:
    azure.fault("drip", path="/token$", times=None, seconds=0.2, chunk=1)
    checked = check(simulator, timeout=1, max_retries=0)
    assert (checked.usable, checked.problems) == (None, [("connection", "error", None)])


def test_unreachable_vault_has_no_verdict(simulator: Simulator) -> None:
    checked = check(simulator, key_id="https://127.0.0.1:1/keys/key1", max_retries=0)
    assert (checked.usable, checked.problems) == (None, [("connection", "error", None)])
    assert checked.requests == []


def test_untrusted_certificate_has_no_verdict(simulator: Simulator, foreign_ca: Path) -> None:
    checked = check(simulator, azure_ca_path=str(foreign_ca))
    assert (checked.usable, checked.problems) == (None, [("connection", "error", None)])
    assert "azure_ca_path" in checked.result["problems"][0]["hint"]
    assert checked.requests == []


@pytest.mark.parametrize(
    "challenge", [{"resource": ""}, {"resource": "https://management.azure.com"}, {"challenge": "Basic realm=x"}]
)
def test_no_token_is_sent_for_invalid_challenge(
    simulator: Simulator, azure: AzureControl, challenge: dict[str, str]
) -> None:
    azure.vault(**challenge)
    checked = check(simulator)
    assert (checked.usable, checked.problems) == (None, [("vault", "error", None)])
    assert "bearer" not in [entry["auth"] for entry in checked.requests]


@pytest.fixture
def way(simulator: Simulator) -> Iterator[str]:
    """Return the URL of a proxy that directs the names of the real Azure to the simulated one."""
    with azures_names(simulator) as url:
        yield url


@pytest.mark.parametrize("by", ["options", "environment"])
def test_proxy_is_used_for_names_of_azure(
    simulator: Simulator, way: str, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    parts = urlsplit(way)
    if by == "options":
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "vault1.vault.azure.net")
        options = {"proxy_host": parts.hostname, "proxy_port": str(parts.port)}
    else:
        monkeypatch.setenv("https_proxy", way)
        monkeypatch.setenv("no_proxy", "")
        options = {}
    checked = check(simulator, key_id="https://vault1.vault.azure.net/keys/key1", oauth_host=None, **options)
    assert (checked.usable, checked.rights) == (True, ALL)
    assert checked.azure["login"]["oauth_host"] == "login.microsoftonline.com"
    assert checked.azure["vault"]["resource"] == "https://vault.azure.net"


def test_unreachable_host_behind_proxy_has_no_verdict(simulator: Simulator, way: str) -> None:
    parts = urlsplit(way)
    checked = check(simulator, proxy_host=parts.hostname, proxy_port=str(parts.port), max_retries=0)
    assert (checked.usable, checked.problems) == (None, [("connection", "error", None)])


def test_secrets_are_masked_in_every_form(simulator: Simulator, azure: AzureControl, secrets: Secrets) -> None:
    secret = secrets.awkward("secret", between=" ä€\"'\\%/+=&<>;$~😀")
    told = {
        "error": "invalid_client",
        "error_description": f"Not {secret}, {json.dumps(secret)}, {base64.b64encode(secret.encode()).decode()}",
    }
    azure.fault("wrong_shape", path="/token$", status=401, body=told, before=True)
    checked = check(simulator, client_secret=secret)
    assert checked.usable is False
    assert secrets.found_in(json.dumps([checked.result, checked.warnings])) == []


def test_module_defaults_apply_to_azure_and_cluster(ansible: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """One play has module_defaults for the cluster, checks in Azure, and a request to the cluster."""
    configured(simulator, "svm1")
    secret = ansible.secrets.new("azure-secret")
    simulator.azure.control.application(simulator.azure.client_id, secrets=[secret])
    options = options_for(simulator, client_secret=secret)
    tasks = [
        {"name": "good", "ontap.akv.akv_azure_info": options, "check_mode": True, "diff": True},
        {"name": "wrong", "ontap.akv.akv_azure_info": {**options, "client_secret": f"{secret}x", "timeout": 20}},
        {"name": "bad", "ontap.akv.akv_azure_info": {**options, "tenant_id": "contoso"}, "ignore_errors": True},
        {"name": "cluster", **yaml.safe_load(info())},
    ]
    settings = {
        "username": simulator.username,
        "password": simulator.password,
        "https": True,
        "use_rest": "always",
        "timeout": 30,
    }
    good, wrong, bad, cluster = ansible.playbook({"module_defaults": {"group/ontap.akv.akv": settings}, "tasks": tasks})
    assert (good.ok().result["usable"], good.result["problems"], good.changed) == (True, [], False)
    assert wrong.ok().result["problems"][0]["code"] == "AADSTS7000215"
    assert bad.refused().error["target"] == "tenant_id"
    assert len(cluster.ok().records) == 1
    assert len(simulator.azure.control.log()) == 9
