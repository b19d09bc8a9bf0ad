# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regressions: each of these tests failed before the plugins were fixed."""

from __future__ import annotations

import base64
import http.client
from typing import Any

import pytest
import requests
import urllib3

from ansible_collections.ontap.akv.plugins.module_utils.akv import certificate, resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ConnectionFailedError,
    JobError,
    OptionError,
    OutcomeUnknownError,
    Request,
    ResponseError,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge import apply as apply_module
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration, plan
from ansible_collections.ontap.akv.plugins.module_utils.converge.recover import send
from ansible_collections.ontap.akv.plugins.module_utils.rest import session
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import JOBS, Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reply, Write
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.records import (
    CONNECTION,
    NO_VOLUMES,
    PATH,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)

ONE = f"{PATH}/{uuid_of(1)}"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
SAME = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}
REKEY = Write("POST", f"{ONE}/rekey-internal", waits=True)
PATCH = Write("PATCH", ONE, {"a": "b"}, waits=True)
DELETE = Write("DELETE", ONE)
CREATE = Write("POST", PATH, {"a": 1})


def write(client: Client, what: Write) -> Reply:
    return client.write(what, deadline=client.start_deadline(300), wait=True)


def refused() -> requests.ConnectionError:
    pool = urllib3.HTTPSConnectionPool("c")
    reason = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPSConnection("c"), "Connection refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, PATH, reason))


@pytest.mark.parametrize(
    ("module", "args"),
    [(akv_info, {}), (akv_rekey, {"key": "internal"}), (akv_restore, {}), (azure_key_vault, {"state": "absent"})],
)
def test_reports_missing_library(play: Any, monkeypatch: Any, module: Any, args: Any) -> None:
    monkeypatch.setattr(session, "LIBRARY_ERROR", "No module named 'requests'")
    assert "requests" in play(module, svm="svm1", **args)["msg"]


def test_failed_job_with_error_object_is_a_failed_job(wire: Any, client: Any) -> None:
    wire.on("POST", REKEY.path, status=202, json={"job": {"uuid": JOB}})
    wire.on(
        "GET",
        f"{JOBS}/{JOB}",
        json={
            "state": "failure",
            "code": 65537559,
            "message": "m",
            "error": {"code": "65537559", "message": "no keys"},
        },
    )
    with pytest.raises(JobError) as f:
        write(client, REKEY)
    assert f.value.code == "65537559"
    assert f.value.job.state == "failure"


@pytest.mark.parametrize("what", [PATCH, DELETE])
@pytest.mark.parametrize("first", [{"raises": requests.ReadTimeout()}, {"status": 502}])
def test_lost_response_before_refused_connection_is_unknown(wire: Any, client: Any, what: Any, first: Any) -> None:
    wire.on(what.method, what.path, **first)
    for _number in range(3):
        wire.on(what.method, what.path, raises=refused())
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [CREATE, PATCH, DELETE])
def test_unreadable_response_to_write_is_unknown(wire: Any, client: Any, what: Any) -> None:
    wire.on(what.method, what.path, content=b"no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


def test_too_large_response_to_write_is_unknown(wire: Any, client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(session, "MAX_RESPONSE", 10)
    wire.on("POST", PATH, content=b" " * 11)
    with pytest.raises(OutcomeUnknownError):
        write(client, CREATE)


def test_echoed_certificate_is_masked(play: Any, wire: Any) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=400, json=refusal("2", f"bad value {text}"))
    play(azure_key_vault, svm="svm1", **SAME, client_certificate=text)
    assert text[:64] not in play.output


def test_redirect_with_invalid_location_is_an_error(wire: Any) -> None:
    wire.on("GET", PATH, status=302, headers={"Location": "https://["})
    with pytest.raises(ResponseError):
        Transport(CONNECTION, clock=wire.clock.clock).request(Request("GET", PATH))


@pytest.mark.parametrize("host", ["a" * 64, "a" * 64 + ".example.com", "x." * 140 + "y"])
def test_too_long_host_name_is_an_error(host: Any, clock: Any) -> None:
    try:
        options.read_connection(
            {
                "https": True,
                "validate_certs": True,
                "timeout": 1,
                "max_retries": 0,
                "hostname": host,
                "username": "u",
                "password": "p",
            },
            {},
        )
    except OptionError:
        return
    with pytest.raises(AkvError):
        Transport(Connection(host, 443, username="u", password="p", max_retries=0), clock=clock.clock).request(
            Request("GET", PATH)
        )


@pytest.mark.parametrize("proxy", ["http://[", "socks5://127.0.0.1:1", "http://127.0.0.1:port", "foo", "http://"])
def test_unusable_proxy_means_nothing_was_sent(proxy: Any, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(AkvError) as f:
        Transport(
            Connection("cluster.invalid", 443, username="u", password="p", max_retries=0), clock=clock.clock
        ).request(Request("GET", PATH))
    assert not getattr(f.value, "sent", False), f.value.message


@pytest.mark.parametrize("href", ["https://[", "//["])
def test_invalid_next_link_is_an_error(wire: Any, client: Any, href: Any) -> None:
    wire.on("GET", PATH, json=page(next_href=href))
    with pytest.raises(ResponseError):
        list(client.read_records(PATH, {}))


@pytest.mark.parametrize("port", ["²", "9" * 5000])
def test_refuses_port_of_unusual_digits(port: Any) -> None:
    with pytest.raises(OptionError):
        configuration.read_wanted({"proxy_port": port, "update_credentials": None, "allow_rekey": False})


def test_keeps_code_of_unusual_digits() -> None:
    assert resource.clean_record(record(state={"code": "²"}))["state"]["code"] == "²"


def test_ignores_retry_after_of_unusual_digits(wire: Any) -> None:
    wire.on("GET", PATH, status=503, headers={"Retry-After": "²"})
    wire.on("GET", PATH)
    Transport(CONNECTION, clock=wire.clock.clock).request(Request("GET", PATH))


def test_refuses_name_longer_than_a_query() -> None:
    with pytest.raises(OptionError):
        selection.read_selector({"svm": ["a" * 4000], "uuid": None, "scope": None}, wildcards=False)


def test_uuid_in_two_letter_cases_is_one_target() -> None:
    assert (
        len(
            selection.read_selector(
                {"svm": [svm_uuid_of(1), svm_uuid_of(1).upper()], "uuid": None, "scope": None}, wildcards=False
            ).svms
        )
        == 1
    )


def test_refuses_port_0() -> None:
    with pytest.raises(OptionError):
        options.read_connection(
            {
                "https": True,
                "validate_certs": True,
                "timeout": 1,
                "max_retries": 0,
                "hostname": "c",
                "username": "u",
                "password": "p",
                "http_port": 0,
            },
            {},
        )


def test_empty_hostname_does_not_fall_back_to_environment(play: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONTAP_HOSTNAME", "cluster")
    assert play(akv_info, hostname="")["error"]["target"] == "hostname"


def test_no_warning_when_credentials_are_sent() -> None:
    change = configuration.plan_update(
        resource.Target("s"),
        record(),
        configuration.read_wanted(
            {"client_id": "x", "client_secret": "s", "update_credentials": "when_unreachable", "allow_rekey": False}
        ),
    )
    assert not change.warnings


def test_refuses_query_for_scope_together_with_svm(play: Any, wire: Any) -> None:
    assert play(akv_info, svm="svm1", query={"scope": "cluster"})["error"]["target"] == "query"


def test_forced_restore_that_leaves_key_missing_is_an_error(play: Any, wire: Any) -> None:
    state = {"available": False, "code": 346758, "message": NO_VOLUMES}
    wire.on("GET", PATH, json=page(record(state=state)))
    wire.on("POST", f"{ONE}/restore")
    wire.on("GET", PATH, json=page(record(state=state)))
    assert play(akv_restore, svm="svm1", force=True).get("failed")


def test_complete_response_at_the_time_limit_counts(wire: Any, client: Any) -> None:
    wire.on("POST", PATH, status=201, json=page(record(1)), takes=60)
    assert write(client, CREATE).record == record(1)


def test_unreadable_job_counts_as_changed(wire: Any, client: Any) -> None:
    change = plan.Change(resource.Target("svm1"), "rekey", record(), record(), (REKEY,))
    wire.on("POST", REKEY.path, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=403, json=refusal("6", "no"))
    (o,) = apply_module.apply(client, [change], apply_module.Waiting(), lambda _selected: change, send)
    assert o.changed
    assert o.job.uuid == JOB


def test_delete_after_429_does_not_count_as_recovered(wire: Any, client: Any) -> None:
    wire.on("DELETE", ONE, status=429, headers={"Retry-After": "1"})
    wire.on("DELETE", ONE, status=404, json=refusal("4", "gone"))
    assert write(client, DELETE).recovered is False


def test_task_username_never_gets_environment_password() -> None:
    with pytest.raises(OptionError):
        options.read_connection(
            {"https": True, "validate_certs": True, "timeout": 1, "max_retries": 0, "hostname": "c", "username": "u"},
            {"ONTAP_USERNAME": "e", "ONTAP_PASSWORD": "p"},
        )


def test_refuses_blank_secret() -> None:
    with pytest.raises(OptionError):
        configuration.read_wanted({"client_secret": "   ", "update_credentials": None, "allow_rekey": False})


# Responses of a wrong shape and faults of proxies that must not be misread.


@pytest.mark.parametrize("body", [{}, {"num_records": 0}, {"record": []}])
@pytest.mark.parametrize(
    ("module", "args"),
    [(azure_key_vault, {"state": "absent"}), (azure_key_vault, {**SAME, "client_secret": "secret-1"}), (akv_info, {})],
)
def test_response_without_records_is_not_absence(play: Any, wire: Any, body: Any, module: Any, args: Any) -> None:
    wire.on("GET", PATH, json=body)
    assert play(module, svm="svm1", **args)["failed"]


def test_empty_response_is_not_absence(play: Any, wire: Any) -> None:
    wire.on("GET", PATH, content=b"")
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


@pytest.mark.parametrize("svm", ["svm1", None, [], {}])
def test_record_with_unreadable_svm_is_not_absence(play: Any, wire: Any, svm: Any) -> None:
    wire.on("GET", PATH, json=page(record(svm=svm)))
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


@pytest.mark.parametrize("uuid", ["../../../cluster/jobs?x=", "a/b", "", "."])
def test_invalid_uuid_never_becomes_a_path(play: Any, wire: Any, uuid: str) -> None:
    wire.on("GET", PATH, json=page(record(uuid=uuid)))
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


def test_record_of_svm_scope_is_never_the_clusters(play: Any, wire: Any) -> None:
    wanting = {name: value for name, value in record().items() if name != "svm"}
    wire.on("GET", PATH, json=page(wanting))
    assert play(azure_key_vault, scope="cluster", state="absent").get("changed") is False


@pytest.mark.parametrize("chosen", [{"svm": "*"}, {"scope": "svm"}, {"uuid": uuid_of(7)}])
def test_info_filters_records_when_server_ignores_the_query(play: Any, wire: Any, chosen: Any) -> None:
    clusters = {name: value for name, value in record(2, scope="cluster").items() if name != "svm"}
    wire.on("GET", PATH, json=page(clusters))
    assert play(akv_info, **chosen)["azure_key_vaults"] == []


@pytest.mark.parametrize("body", [{}, {"job": []}, {"job": {"uuid": 5}}, {"job": {"uuid": "../x"}}])
def test_accepted_rekey_without_valid_job_is_unknown(wire: Any, client: Any, body: Any) -> None:
    wire.on("POST", REKEY.path, status=202, json=body)
    with pytest.raises(OutcomeUnknownError):
        write(client, REKEY)


def test_post_lost_in_proxy_tunnel_may_have_arrived(wire: Any, client: Any) -> None:
    pool = urllib3.HTTPSConnectionPool("c")
    cause = urllib3.exceptions.ProxyError("Unable to connect to proxy", http.client.RemoteDisconnected("closed"))
    wire.on("POST", PATH, raises=requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(pool, PATH, cause)))
    with pytest.raises(OutcomeUnknownError):
        write(client, CREATE)


def test_refusal_of_proxy_means_nothing_was_sent(wire: Any, client: Any) -> None:
    pool = urllib3.HTTPSConnectionPool("c")
    cause = urllib3.exceptions.ProxyError(
        "Unable to connect to proxy", OSError("Tunnel connection failed: 503 Service Unavailable")
    )
    for _number in range(4):
        wire.on(
            "POST", PATH, raises=requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(pool, PATH, cause))
        )
    with pytest.raises(ConnectionFailedError) as failed:
        write(client, CREATE)
    assert not failed.value.sent


def test_retried_request_asks_for_remaining_wait_only(wire: Any, client: Any) -> None:
    wire.on("POST", REKEY.path, status=429, headers={"Retry-After": "8"})
    wire.on("POST", REKEY.path, json={"job": {"uuid": JOB}})
    client.write(REKEY, deadline=client.start_deadline(11), wait=True)
    assert [seen.query["return_timeout"] for seen in wire.seen] == ["5", "1"]


def test_does_not_report_rekey_that_was_not_sent(play: Any, wire: Any) -> None:
    key = "https://kmip-akv-keyvault.vault.azure.net/keys/other"
    wire.on("GET", PATH, json=page(record()))
    wire.on("PATCH", ONE, status=400, json=refusal("65537540", "Invalid client secret."))
    result = play(
        azure_key_vault, svm="svm1", client_secret="secret-1", update_credentials="always", key_id=key, allow_rekey=True
    )
    assert result["results"][0]["fields"] == ["client_secret"]


def test_diff_shows_only_completed_changes(play: Any, wire: Any) -> None:
    key = "https://kmip-akv-keyvault.vault.azure.net/keys/other"
    wire.on("GET", PATH, json=page(record()))
    wire.on("PATCH", ONE)
    wire.on("POST", f"{ONE}/rekey-external", status=400, json=refusal("65537547", "admin"))
    wire.on("GET", PATH, json=page(record()))
    result = play(
        azure_key_vault,
        svm="svm1",
        client_secret="secret-1",
        update_credentials="always",
        key_id=key,
        allow_rekey=True,
        diff=True,
    )
    assert result["changed"]
    assert result["failed"]
    (after,) = result["diff"]["after"].values()
    assert after["key_id"] == record()["key_id"]
    assert "client_secret" in after


@pytest.mark.parametrize("given", [{"timeout": 10**10}, {"wait_timeout": 10**400}, {"max_retries": 10**10}])
def test_refuses_excessive_numbers(play: Any, given: Any) -> None:
    assert play(akv_restore, svm="svm1", **given)["error"]["target"] == next(iter(given))


@pytest.mark.parametrize("option", ["ca_path", "client_certificate_path"])
def test_refuses_too_long_paths(play: Any, option: str) -> None:
    assert play(azure_key_vault, svm="svm1", **{option: "/" + "x" * 300})["error"]["target"] == option


def test_refuses_paths_with_null_character() -> None:
    # Called without AnsibleModule, which itself refuses a NUL in any option if it logs to syslog, on some Pythons.
    path = "/nowhere\0/x"
    with pytest.raises(OptionError, match="ca_path"):
        options.check_readable("ca_path", options.drop_empty(path))
    with pytest.raises(OptionError, match="client_certificate_path"):
        certificate.read_certificate({"client_certificate_path": path})


def test_refuses_secret_that_is_not_valid_text(play: Any) -> None:
    assert play(azure_key_vault, svm="svm1", client_secret="a\udcffbcdef")["error"]["target"] == "client_secret"


def test_refuses_password_that_is_not_utf_8(play: Any, monkeypatch: Any) -> None:
    assert play(akv_info, password="a\udcffbcdef")["error"]["target"] == "password"


def test_too_deeply_nested_record_is_an_error(play: Any, wire: Any) -> None:
    wire.on(
        "GET",
        PATH,
        content=b'{"records": [{"uuid": "'
        + uuid_of(1).encode()
        + b'", "svm": '
        + b'{"a": ' * 900
        + b"1"
        + b"}" * 900
        + b"}]}",
    )
    assert play(akv_info)["failed"]
