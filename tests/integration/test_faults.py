# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network faults: what is retried, how often, and what is never retried."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import DESCRIBED, akv, configured, info
from simulator import Simulator

SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'


def test_reads_are_retried(ansible: Ansible, simulator: Simulator) -> None:
    """After a lost connection, 429 and 503, up to max_retries, after Retry-After; other responses are final."""
    configured(simulator, "svm1")
    simulator.control.fault("drop_before", method="GET")
    simulator.control.fault("status", method="GET", status=429, retry_after=1)
    simulator.control.fault("drop_during", method="GET")
    run = ansible.task(info()).ok()
    assert [entry["status"] for entry in run.requests] == [None, 429, None, 200]
    assert run.result["num_records"] == 1
    assert run.requests[2]["at"] - run.requests[1]["at"] >= 1
    simulator.control.fault("status", status=503, body="empty", times=2)
    simulator.control.fault("status", status=409)
    simulator.control.fault("status", status=503, retry_after=3600)
    few, final, far = ansible.tasks([info("max_retries: 1"), info(), info()])
    assert few.refused().error["status"] == 503
    assert "2 tries" in few.msg
    assert final.refused().error["status"] == 409
    assert far.refused().error["status"] == 503
    assert [len(run.requests) for run in (few, final, far)] == [2, 1, 1]


def test_refused_connection_is_retried(ansible: Ansible, simulator: Simulator) -> None:
    """The connection is retried; without a server the message names host and port."""
    simulator.control.fault("refuse")
    assert ansible.task(info()).ok().requests.lines == ["GET"]
    assert simulator.control.connections()["refused"] == 1
    run = ansible.task(info("max_retries: 0\nhttp_port: 1")).refused()
    assert "127.0.0.1:1" in run.msg
    assert (run.error["code"], run.error["status"]) == (None, None)


def test_updates_are_retried(ansible: Ansible, simulator: Simulator) -> None:
    """A repeated PATCH has the same result."""
    configured(simulator, "svm1", proxy_host="old.example.com")
    simulator.control.fault("drop_after", method="PATCH")
    simulator.control.fault("status", method="PATCH", status=502)
    cycle = ansible.cycle(akv("svm: svm1\nproxy_host: proxy.example.com")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", *["PATCH /UUID"] * 3, "GET"]
    assert cycle.apply.requests.bodies == [{"proxy_host": "proxy.example.com"}] * 3


def test_deletions_are_retried(ansible: Ansible, simulator: Simulator) -> None:
    """404 to a repeated DELETE means that the first one succeeded."""
    configured(simulator, "svm1", "svm2")
    simulator.control.fault("drop_after", method="DELETE")
    run = ansible.task(akv("svm: [svm1, svm2]\nconcurrency: 1\nstate: absent")).ok()
    assert [entry["status"] for entry in run.requests.writes] == [None, 404, 200]
    assert [entry["recovered"] for entry in run.results] == [True, False]
    assert run.changed


def test_post_is_retried_after_429(ansible: Ansible, simulator: Simulator) -> None:
    """429 means that nothing was done."""
    simulator.control.fault("status", method="POST", status=429, retry_after=1)
    first = ansible.task(akv(f"svm: svm1{DESCRIBED}{SECRET}")).ok()
    assert [entry["status"] for entry in first.requests.writes] == [429, 201]
    assert first.requests.writes[1]["at"] - first.requests.writes[0]["at"] >= 1
    assert not first.results[0]["recovered"]


def test_timeout_ends_request(ansible: Ansible, simulator: Simulator) -> None:
    """timeout ends a request without a response, and the hint names the option."""
    simulator.control.fault("slow", seconds=3)
    run = ansible.task(info("timeout: 1\nmax_retries: 0")).refused()
    assert "in time" in run.msg
    assert "timeout" in run.error["hint"]
    assert run.requests.lines == ["GET"]


def test_invalid_responses_are_errors(ansible: Ansible, simulator: Simulator) -> None:
    """A redirect is refused and its host is named; a login page, a truncated or malformed response are errors without a
    traceback.
    """
    configured(simulator, "svm1")
    simulator.control.fault("redirect", location="https://login.example.com/saml?token=abc")
    simulator.control.fault("html")
    simulator.control.fault("html", status=404)
    simulator.control.fault("cut_json")
    for body in ([1, 2], {"records": {"uuid": 1}}, {"records": [{"name": "no uuid"}]}, {"error": "a text"}):
        simulator.control.fault("wrong_shape", body=body)
    runs = ansible.tasks([info("max_retries: 0")] * 8)
    for run in runs:
        assert run.refused().requests.lines == ["GET"]
        assert run.error["message"]
    assert "login.example.com" in runs[0].msg
    assert "token=abc" not in ansible.output
    assert "not ONTAP's" in runs[1].msg
    assert runs[2].error["status"] == 404
