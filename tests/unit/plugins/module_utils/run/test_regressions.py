# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong once: each of these failed before the plugins were mended."""

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
def test_a_missing_library_is_told(play: Any, monkeypatch: Any, module: Any, args: Any) -> None:
    monkeypatch.setattr(session, "LIBRARY_ERROR", "No module named 'requests'")
    assert "requests" in play(module, svm="svm1", **args)["msg"]


def test_a_failed_job_with_an_error_object_is_a_failed_job(wire: Any, client: Any) -> None:
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
def test_a_lost_answer_before_a_refused_connection_is_unknown(wire: Any, client: Any, what: Any, first: Any) -> None:
    wire.on(what.method, what.path, **first)
    for _number in range(3):
        wire.on(what.method, what.path, raises=refused())
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [CREATE, PATCH, DELETE])
def test_an_unreadable_answer_to_a_write_is_unknown(wire: Any, client: Any, what: Any) -> None:
    wire.on(what.method, what.path, content=b"no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


def test_a_too_large_answer_to_a_write_is_unknown(wire: Any, client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(session, "MAX_RESPONSE", 10)
    wire.on("POST", PATH, content=b" " * 11)
    with pytest.raises(OutcomeUnknownError):
        write(client, CREATE)


def test_an_echoed_certificate_is_masked(play: Any, wire: Any) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=400, json=refusal("2", f"bad value {text}"))
    play(azure_key_vault, svm="svm1", **SAME, client_certificate=text)
    assert text[:64] not in play.output


def test_a_redirect_that_cannot_be_read_is_an_error(wire: Any) -> None:
    wire.on("GET", PATH, status=302, headers={"Location": "https://["})
    with pytest.raises(ResponseError):
        Transport(CONNECTION, clock=wire.clock.clock).request(Request("GET", PATH))


@pytest.mark.parametrize("host", ["a" * 64, "a" * 64 + ".example.com", "x." * 140 + "y"])
def test_a_host_name_that_is_too_long_is_an_error(host: Any, clock: Any) -> None:
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
def test_a_proxy_that_cannot_be_used_means_nothing_was_sent(proxy: Any, clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(AkvError) as f:
        Transport(
            Connection("cluster.invalid", 443, username="u", password="p", max_retries=0), clock=clock.clock
        ).request(Request("GET", PATH))
    assert not getattr(f.value, "sent", False), f.value.message


@pytest.mark.parametrize("href", ["https://[", "//["])
def test_a_next_link_that_cannot_be_read_is_an_error(wire: Any, client: Any, href: Any) -> None:
    wire.on("GET", PATH, json=page(next_href=href))
    with pytest.raises(ResponseError):
        list(client.read_records(PATH, {}))


@pytest.mark.parametrize("port", ["²", "9" * 5000])
def test_a_port_of_odd_digits_is_refused(port: Any) -> None:
    with pytest.raises(OptionError):
        configuration.read_wanted({"proxy_port": port, "update_credentials": None, "allow_rekey": False})


def test_a_code_of_odd_digits_is_kept() -> None:
    assert resource.clean_record(record(state={"code": "²"}))["state"]["code"] == "²"


def test_a_retry_after_of_odd_digits_is_ignored(wire: Any) -> None:
    wire.on("GET", PATH, status=503, headers={"Retry-After": "²"})
    wire.on("GET", PATH)
    Transport(CONNECTION, clock=wire.clock.clock).request(Request("GET", PATH))


def test_a_name_longer_than_a_query_is_refused() -> None:
    with pytest.raises(OptionError):
        selection.read_selector({"svm": ["a" * 4000], "uuid": None, "scope": None}, wildcards=False)


def test_a_uuid_in_two_cases_is_one_target() -> None:
    assert (
        len(
            selection.read_selector(
                {"svm": [svm_uuid_of(1), svm_uuid_of(1).upper()], "uuid": None, "scope": None}, wildcards=False
            ).svms
        )
        == 1
    )


def test_port_0_is_refused() -> None:
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


def test_an_empty_host_in_the_task_is_not_the_one_of_the_environment(play: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONTAP_HOSTNAME", "cluster")
    assert play(akv_info, hostname="")["error"]["target"] == "hostname"


def test_no_warning_where_the_credentials_were_sent() -> None:
    change = configuration.plan_update(
        resource.Target("s"),
        record(),
        configuration.read_wanted(
            {"client_id": "x", "client_secret": "s", "update_credentials": "when_unreachable", "allow_rekey": False}
        ),
    )
    assert not change.warnings


def test_a_query_for_scope_beside_svm_is_refused(play: Any, wire: Any) -> None:
    assert play(akv_info, svm="svm1", query={"scope": "cluster"})["error"]["target"] == "query"


def test_a_forced_restore_that_leaves_the_key_missing_is_an_error(play: Any, wire: Any) -> None:
    state = {"available": False, "code": 346758, "message": NO_VOLUMES}
    wire.on("GET", PATH, json=page(record(state=state)))
    wire.on("POST", f"{ONE}/restore")
    wire.on("GET", PATH, json=page(record(state=state)))
    assert play(akv_restore, svm="svm1", force=True).get("failed")


def test_an_answer_that_is_whole_at_the_limit_counts(wire: Any, client: Any) -> None:
    wire.on("POST", PATH, status=201, json=page(record(1)), takes=60)
    assert write(client, CREATE).record == record(1)


def test_a_job_that_may_not_be_read_counts_as_changed(wire: Any, client: Any) -> None:
    change = plan.Change(resource.Target("svm1"), "rekey", record(), record(), (REKEY,))
    wire.on("POST", REKEY.path, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=403, json=refusal("6", "no"))
    (o,) = apply_module.apply(client, [change], apply_module.Waiting(), lambda _selected: change, send)
    assert o.changed
    assert o.job.uuid == JOB


def test_a_delete_after_429_recovers_nothing(wire: Any, client: Any) -> None:
    wire.on("DELETE", ONE, status=429, headers={"Retry-After": "1"})
    wire.on("DELETE", ONE, status=404, json=refusal("4", "gone"))
    assert write(client, DELETE).recovered is False


def test_a_user_of_the_task_never_gets_the_password_of_another_user() -> None:
    with pytest.raises(OptionError):
        options.read_connection(
            {"https": True, "validate_certs": True, "timeout": 1, "max_retries": 0, "hostname": "c", "username": "u"},
            {"ONTAP_USERNAME": "e", "ONTAP_PASSWORD": "p"},
        )


def test_a_blank_secret_is_refused() -> None:
    with pytest.raises(OptionError):
        configuration.read_wanted({"client_secret": "   ", "update_credentials": None, "allow_rekey": False})


# What an answer of the wrong shape, or a way through a proxy, must never be taken for.


@pytest.mark.parametrize("body", [{}, {"num_records": 0}, {"record": []}])
@pytest.mark.parametrize(
    ("module", "args"),
    [(azure_key_vault, {"state": "absent"}), (azure_key_vault, {**SAME, "client_secret": "secret-1"}), (akv_info, {})],
)
def test_an_answer_without_records_is_not_absence(play: Any, wire: Any, body: Any, module: Any, args: Any) -> None:
    wire.on("GET", PATH, json=body)
    assert play(module, svm="svm1", **args)["failed"]


def test_an_empty_answer_is_not_absence(play: Any, wire: Any) -> None:
    wire.on("GET", PATH, content=b"")
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


@pytest.mark.parametrize("svm", ["svm1", None, [], {}])
def test_a_record_whose_svm_cannot_be_read_is_not_absence(play: Any, wire: Any, svm: Any) -> None:
    wire.on("GET", PATH, json=page(record(svm=svm)))
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


@pytest.mark.parametrize("uuid", ["../../../cluster/jobs?x=", "a/b", "", "."])
def test_a_uuid_that_is_none_never_becomes_a_path(play: Any, wire: Any, uuid: str) -> None:
    wire.on("GET", PATH, json=page(record(uuid=uuid)))
    assert play(azure_key_vault, svm="svm1", state="absent")["failed"]


def test_a_record_of_an_svm_is_never_the_clusters(play: Any, wire: Any) -> None:
    wanting = {name: value for name, value in record().items() if name != "svm"}
    wire.on("GET", PATH, json=page(wanting))
    assert play(azure_key_vault, scope="cluster", state="absent").get("changed") is False


@pytest.mark.parametrize("chosen", [{"svm": "*"}, {"scope": "svm"}, {"uuid": uuid_of(7)}])
def test_info_leaves_out_what_a_server_that_ignores_filters_sends(play: Any, wire: Any, chosen: Any) -> None:
    clusters = {name: value for name, value in record(2, scope="cluster").items() if name != "svm"}
    wire.on("GET", PATH, json=page(clusters))
    assert play(akv_info, **chosen)["azure_key_vaults"] == []


@pytest.mark.parametrize("body", [{}, {"job": []}, {"job": {"uuid": 5}}, {"job": {"uuid": "../x"}}])
def test_accepted_work_without_a_job_to_wait_for_is_unknown(wire: Any, client: Any, body: Any) -> None:
    wire.on("POST", REKEY.path, status=202, json=body)
    with pytest.raises(OutcomeUnknownError):
        write(client, REKEY)


def test_a_post_that_is_lost_in_a_tunnel_may_have_arrived(wire: Any, client: Any) -> None:
    pool = urllib3.HTTPSConnectionPool("c")
    cause = urllib3.exceptions.ProxyError("Unable to connect to proxy", http.client.RemoteDisconnected("closed"))
    wire.on("POST", PATH, raises=requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(pool, PATH, cause)))
    with pytest.raises(OutcomeUnknownError):
        write(client, CREATE)


def test_a_proxy_that_refuses_means_nothing_was_sent(wire: Any, client: Any) -> None:
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


def test_a_repeated_request_waits_no_longer_than_what_is_left(wire: Any, client: Any) -> None:
    wire.on("POST", REKEY.path, status=429, headers={"Retry-After": "8"})
    wire.on("POST", REKEY.path, json={"job": {"uuid": JOB}})
    client.write(REKEY, deadline=client.start_deadline(11), wait=True)
    assert [seen.query["return_timeout"] for seen in wire.seen] == ["5", "1"]


def test_a_rekey_that_was_not_sent_is_not_told(play: Any, wire: Any) -> None:
    key = "https://kmip-akv-keyvault.vault.azure.net/keys/other"
    wire.on("GET", PATH, json=page(record()))
    wire.on("PATCH", ONE, status=400, json=refusal("65537540", "Invalid client secret."))
    result = play(
        azure_key_vault, svm="svm1", client_secret="secret-1", update_credentials="always", key_id=key, allow_rekey=True
    )
    assert result["results"][0]["fields"] == ["client_secret"]


def test_a_diff_shows_only_what_was_done(play: Any, wire: Any) -> None:
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
def test_numbers_beyond_any_use_are_refused(play: Any, given: Any) -> None:
    assert play(akv_restore, svm="svm1", **given)["error"]["target"] == next(iter(given))


@pytest.mark.parametrize("option", ["ca_path", "client_certificate_path"])
def test_paths_that_cannot_be_looked_at_are_refused(play: Any, option: str) -> None:
    assert play(azure_key_vault, svm="svm1", **{option: "/" + "x" * 300})["error"]["target"] == option


def test_paths_that_are_none_are_refused() -> None:
    # Below AnsibleModule: where it logs to syslog it refuses a NUL in any option itself, on some Pythons.
    path = "/nowhere\0/x"
    with pytest.raises(OptionError, match="ca_path"):
        options.check_readable("ca_path", options.drop_empty(path))
    with pytest.raises(OptionError, match="client_certificate_path"):
        certificate.read_certificate({"client_certificate_path": path})


def test_a_secret_that_is_no_text_is_refused(play: Any) -> None:
    assert play(azure_key_vault, svm="svm1", client_secret="a\udcffbcdef")["error"]["target"] == "client_secret"


def test_a_password_that_is_no_utf8_is_refused(play: Any, monkeypatch: Any) -> None:
    assert play(akv_info, password="a\udcffbcdef")["error"]["target"] == "password"


def test_a_record_of_endless_depth_is_an_error(play: Any, wire: Any) -> None:
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
