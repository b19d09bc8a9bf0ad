# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile or broken servers instead of a cluster, with ansible-playbook; the unit tests cover more variants."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Run
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    OTHER_KEY,
    PROPERTIES,
    akv,
    configured,
    info,
    rekey,
)
from simulator import Simulator

UUID = "024cd3cf-9a08-11ea-8d52-005056bbeba5"
ONCE = "\nmax_retries: 0"


@dataclass(frozen=True)
class Meeting:
    """A task, the fault, and words of its message and its hint. asks: the requests that it sends, None for any."""

    task: str
    fault: str
    text: str
    hint: str
    asks: list[str] | None = field(default_factory=lambda: ["GET"])
    arguments: dict[str, Any] = field(default_factory=dict)


def _record(**more: Any) -> dict[str, Any]:
    return {"uuid": UUID, "scope": "svm", "svm": {"name": "svm1", "uuid": UUID}, **PROPERTIES, **more}


READS = [
    Meeting(info(ONCE), "html", "not ONTAP's", "hostname"),
    Meeting(info(ONCE), "cut_json", "not ONTAP's", "hostname"),
    Meeting(info(ONCE), "wrong_shape", "without a UUID", "hostname", arguments={"body": {"records": [{"name": "x"}]}}),
    Meeting(
        akv(f"svm: svm1\nstate: absent{ONCE}"),
        "wrong_shape",
        "not ONTAP's",
        "hostname",
        arguments={"body": {"records": None}},
    ),
    Meeting(info(ONCE), "huge", "32 MiB", "max_records", arguments={"bytes": 50_000_000}),
    Meeting(info(ONCE), "next_other_host", "not followed", "hostname"),
    Meeting(info(f"timeout: 1{ONCE}"), "drip", "in time", "timeout", arguments={"seconds": 0.3}),
]
WRITES = [
    # Nothing was done, but the module cannot know it.
    Meeting(akv(f"svm: svm1\nproxy_host: proxy.example.com{ONCE}"), "html", "outcome is unknown", "akv_info", None),
    Meeting(akv(f"svm: svm1\nstate: absent{ONCE}"), "html", "outcome is unknown", "akv_info", None),
]


@pytest.fixture(scope="module")
def untrusted() -> Iterator[dict[str, Simulator]]:
    """Start clusters with a certificate for another host, with an expired one, and with TLS 1.1."""
    with contextlib.ExitStack() as stack:
        settings: dict[str, dict[str, Any]] = {
            "name": {"wrong_host_cert": True},
            "date": {"expired_cert": True},
            "protocol": {"tls_maximum": "1.1"},
        }
        yield {what: stack.enter_context(Simulator(svms=["svm1"], **setting)) for what, setting in settings.items()}


def _at(simulator: Simulator) -> str:
    """Return a task for another cluster."""
    options = {"hostname": "localhost", "http_port": simulator.port, "ca_path": simulator.ca_path, "max_retries": 0}
    return info(yaml.safe_dump(options))


#: Invalid characters in a record, and unreadable responses to changes that were made.
SECRET = '\nclient_secret: "{{ client_secret }}"\nupdate_credentials: on_create'
ODD = [info(ONCE), akv(f"svm: svm2{DESCRIBED}{SECRET}"), rekey(f"svm: svm1\nkey: external\nkey_id: {OTHER_KEY}")]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated", "ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_broken_servers_cause_helpful_errors(
    ansible: Ansible, simulator: Simulator, untrusted: dict[str, Simulator]
) -> None:
    """Each task fails with a helpful message and without a traceback; a change that was made is detected by reading the
    configuration again.
    """
    configured(simulator, "svm1")
    for meeting, method in [(meeting, "GET") for meeting in READS] + [(meeting, "PATCH|DELETE") for meeting in WRITES]:
        simulator.control.fault(meeting.fault, method=method, **meeting.arguments)
    half = [_record(proxy_username="\ud800", client_id="\udcff\x1b[31m\u2028")]
    # Each earlier read sends one GET; reads after a write get a correct response.
    simulator.control.fault(
        "wrong_shape", method="GET", nth=len(READS) + 2 * len(WRITES) + 1, body={"records": half, "num_records": 1}
    )
    simulator.control.fault("wrong_shape", method="POST", path="vaults$", body="<html>")
    simulator.control.fault("cut_json", method="POST", path="rekey")
    meetings = READS + WRITES
    runs = ansible.tasks([meeting.task for meeting in meetings] + [_at(server) for server in untrusted.values()] + ODD)
    for meeting, run in zip(meetings, runs, strict=False):
        _failed_as(meeting, run)
    for what, run in zip(untrusted, runs[len(meetings) : -len(ODD)], strict=True):
        # A server that closes the connection does not say that it supports no newer protocol.
        assert "TLS" in run.refused().msg or what == "protocol", what
        assert run.error["hint"], what
        assert untrusted[what].control.log() == [], what
    shown, created, rekeyed = runs[-len(ODD) :]
    assert "azure_key_vaults" in shown.result, shown.result
    for run in (created, rekeyed):
        assert run.ok().changed
        assert len(run.requests.writes) == 1
        assert run.results[0]["recovered"]


def _failed_as(meeting: Meeting, run: Run) -> None:
    assert meeting.text in run.refused().msg, meeting
    assert meeting.hint in (run.error["hint"] or ""), (meeting, run.error)
    assert meeting.asks in (None, run.requests.lines), meeting
    assert run.changed is (meeting in WRITES), meeting
