# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are not ONTAP, or are broken. The modules report them and never claim a result that they cannot know."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import ssl
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from ansible_collections.ontap.akv.plugins.modules import akv_info, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support import hostilities, stage, trial
from ansible_collections.ontap.akv.tests.unit.support.certificates import DAY, Pair, pair
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock
from ansible_collections.ontap.akv.tests.unit.support.cluster import Cluster, Honest, Seen
from ansible_collections.ontap.akv.tests.unit.support.hostilities import (
    JOBS_IN_BAD_SHAPE,
    NO_JOB,
    NO_RECORD,
    SHAPES,
    STRANGE,
)
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, refusal
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.stage import Hostility, Place, Stage, http, staged
from ansible_collections.ontap.akv.tests.unit.support.trial import Ran, Scenario, judge
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

READS = {"info": trial.INFO, "absent": trial.ABSENT, "create": trial.CREATE}
WRITES = {
    "create": trial.CREATE,
    "update": trial.UPDATE,
    "delete": trial.ABSENT,
    "rekey": trial.REKEY,
    "restore": trial.RESTORE,
}
_KINDS = {**STRANGE, **SHAPES, **JOBS_IN_BAD_SHAPE}
#: Polls within the 10 seconds that these tests wait for a job. The pauses grow.
_MOST_POLLS = 40
_MIB = 1024 * 1024
#: Memory that a module may need for a too large response: the part that it reads, and a copy while the buffer grows.
_MOST_MEMORY = 64 * _MIB


@dataclass(frozen=True)
class Authority:
    """A certificate authority that the modules trust, and the path of its certificate."""

    pair: Pair
    folder: Path
    ca_path: str

    def context(self, name: str, **more: Any) -> ssl.SSLContext:
        """Return the TLS context of a server with a certificate of this authority, unless more names another issuer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair(name, **{"issuer": self.pair, **more}).pem(self.folder, name))
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    mine, folder = pair("authority", authority=True), tmp_path_factory.mktemp("authority")
    return Authority(mine, folder, mine.pem(folder, "authority")[0])


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    """The TLS context of a server with a valid certificate."""
    return authority.context("localhost")


class _Clock(RecordedClock):
    """A clock on which even an empty pause takes time, so that a loop without pauses reaches its deadline."""

    def _sleep(self, seconds: float) -> None:
        super()._sleep(max(seconds, 0.05))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses between tries take no time."""
    monkeypatch.setattr(task, "Transport", partial(Transport, clock=_Clock().clock))


@pytest.fixture
def meet(no_waiting: None, context: ssl.SSLContext, authority: Authority) -> Callable[..., tuple[Ran, Stage]]:
    """Run a scenario against a hostile server, optionally over TLS, and check that its result is true."""

    def met(
        scenario: Scenario, place: Place, hostility: Hostility, *, tls: bool = False, **options: Any
    ) -> tuple[Ran, Stage]:
        works, jobs_end = options.pop("works", True), options.pop("jobs_end", True)
        limits = {} if scenario.module is akv_info else {"wait_timeout": 10}
        with staged(Stage(Cluster(jobs_end=jobs_end), place, hostility, works, context if tls else None)) as server:
            ran = trial.run(scenario, server, ca_path=authority.ca_path, **{**limits, **options})
        assert server.hits, "the hostile response was never sent"
        judge(ran, server)
        return ran, server

    return met


# One hostile response at each place.


@pytest.mark.parametrize("kind", [*STRANGE, *SHAPES])
@pytest.mark.parametrize("read", READS)
def test_hostile_selection_fails_before_any_change(meet: Any, read: str, kind: str) -> None:
    """The task fails before it changes anything, and says what to do."""
    ran, server = meet(READS[read], stage.selection, _KINDS[kind], tls=True)
    assert ran.failed, ran.result
    assert server.writes == []
    assert not ran.changed
    # The catalogue has hints for ONTAP's own errors.
    assert ran.error["hint"] or kind.startswith("error")


# A complete status line of success confirms an update or a deletion. Only a POST requires more.
_SUCCESSFUL = {(write, "half_a_head") for write in ("update", "delete")}


@pytest.mark.parametrize(
    ("write", "kind"), [case for case in itertools.product(WRITES, STRANGE) if case not in _SUCCESSFUL]
)
def test_hostile_response_to_failed_change_is_no_success(meet: Any, write: str, kind: str) -> None:
    """The change never counts as done. Work that cannot be verified is sent again only after 429."""
    ran, server = meet(WRITES[write], stage.writing, STRANGE[kind], works=False)
    assert ran.failed, ran.result
    if write in ("rekey", "restore"):
        assert len(server.writes) == (2 if "429" in kind else 1)


@pytest.mark.parametrize("kind", [kind for kind, hostility in STRANGE.items() if not hostility.refuses])
@pytest.mark.parametrize("write", ["create", "update", "rekey"])
def test_hostile_response_to_completed_change_reports_changed(meet: Any, write: str, kind: str) -> None:
    """The change is reported as possible, or the cluster's state confirms it."""
    ran, server = meet(WRITES[write], stage.writing, STRANGE[kind])
    assert ran.changed
    assert len(server.cluster.done) == 1 or write == "update", server.cluster.done


@pytest.mark.parametrize("kind", NO_JOB)
@pytest.mark.parametrize("write", WRITES)
def test_accepted_work_without_valid_job_is_verified_or_unknown(meet: Any, write: str, kind: str) -> None:
    """The cluster's state shows the outcome, or it is unknown. The name of a job never leads to another path."""
    ran, _server = meet(WRITES[write], stage.writing, NO_JOB[kind], works=False)
    assert ran.failed, ran.result
    ran, _server = meet(WRITES[write], stage.writing, NO_JOB[kind])
    assert ran.changed


@pytest.mark.parametrize("kind", NO_RECORD)
def test_create_with_invalid_record_returns_record_of_its_svm(meet: Any, kind: str) -> None:
    """The returned configuration is valid and belongs to this SVM."""
    ran, _server = meet(trial.CREATE, stage.writing, NO_RECORD[kind])
    (entry,) = ran.result["results"]
    assert (entry["svm"], entry["action"]) == ("svm2", "create")
    for found in ran.result["azure_key_vaults"]:
        assert found["svm"]["name"] == "svm2"
        assert isinstance(found.get("uuid", ""), str)


@pytest.mark.parametrize(
    "kind", [*NO_RECORD, "html_200", "nothing", "lists_10000_deep", "retry_after_beyond_any_calendar"]
)
def test_hostile_response_to_one_target_does_not_stop_others(meet: Any, kind: str) -> None:
    def first(seen: Seen, before: list[Seen]) -> bool:
        return seen.is_write and [other.is_write for other in before].count(True) == 1

    ran, server = meet(trial.CREATE, first, {**STRANGE, **NO_RECORD}[kind], svm=["svm2", "svm3", "svm4"], concurrency=1)
    assert len(server.cluster.done) >= 3
    assert [entry["svm"] for entry in ran.result["results"]] == ["svm2", "svm3", "svm4"]


@pytest.mark.parametrize("kind", [*STRANGE, *JOBS_IN_BAD_SHAPE])
def test_hostile_poll_of_unfinished_job_is_no_success(meet: Any, kind: str) -> None:
    """The job never counts as finished."""
    ran, server = meet(trial.REKEY, stage.polling, _KINDS[kind], jobs_end=False)
    assert ran.failed, ran.result
    assert ran.changed
    assert len(server.writes) == 1
    assert server.hits <= _MOST_POLLS


@pytest.mark.parametrize("kind", [*STRANGE, *JOBS_IN_BAD_SHAPE])
def test_hostile_poll_of_finished_job_reports_changed(meet: Any, kind: str) -> None:
    """The work is reported, or the cluster's state confirms it. The request is not sent a second time."""
    ran, server = meet(trial.REKEY, stage.polling, _KINDS[kind])
    assert ran.changed
    assert len(server.writes) == 1
    assert server.hits <= _MOST_POLLS


# A configuration is read again by its UUID alone, whatever owner its record names.
_AGAIN = [("update", kind) for kind in (*STRANGE, *SHAPES) if not kind.startswith(("svm_name_", "scope_"))]
_AGAIN += [("restore", kind) for kind in STRANGE]


@pytest.mark.parametrize(("write", "kind"), _AGAIN)
def test_hostile_reread_after_change_warns_or_fails(meet: Any, write: str, kind: str) -> None:
    """The change is reported, with a warning that the reread failed, or with an error if the reread decides."""
    ran, server = meet(WRITES[write], stage.reading_after, _KINDS[kind])
    assert ran.failed or ran.warnings, ran.result
    assert len(server.writes) == 1


_RECOVERIES = [("create", kind, True) for kind in (*STRANGE, *SHAPES)]
_RECOVERIES += [("create", kind, False) for kind in STRANGE]
_RECOVERIES += [("rekey", kind, True) for kind in STRANGE]


@pytest.mark.parametrize(("write", "kind", "works"), _RECOVERIES)
def test_hostile_response_to_recovery_leaves_outcome_unknown(meet: Any, write: str, kind: str, works: bool) -> None:
    """The outcome is unknown. No such response makes a second POST safe."""

    def anything(seen: Seen, before: list[Seen]) -> bool:
        return stage.writing(seen, before) or stage.after_a_write(seen, before)

    ran, server = meet(
        WRITES[write], anything, hostilities.one_after_another(STRANGE["nothing"], _KINDS[kind]), works=works
    )
    assert ran.failed, ran.result
    assert ran.changed
    assert len(server.writes) == 1


@pytest.mark.parametrize("kind", ["html_404", "empty_404", "object_404", "list_404"])
def test_foreign_404_does_not_confirm_delete(meet: Any, kind: str) -> None:
    """Only ONTAP's own 404 to a repeated DELETE confirms that the first one succeeded."""
    ran, _server = meet(
        trial.ABSENT, stage.writing, hostilities.one_after_another(STRANGE["html_502"], STRANGE[kind]), works=False
    )
    assert ran.failed, ran.result


@pytest.mark.parametrize("kind", ["html_401", "html_403"])
def test_refused_login_is_not_retried(meet: Any, kind: str) -> None:
    for scenario, place in (
        (trial.INFO, stage.selection),
        (trial.UPDATE, stage.writing),
        (trial.REKEY, stage.polling),
        (trial.UPDATE, stage.reading_after),
    ):
        _ran, server = meet(scenario, place, STRANGE[kind], works=False)
        assert server.hits == 1


@pytest.mark.parametrize("tls", [False, True])
def test_surplus_response_is_not_used_for_next_request(meet: Any, tls: bool) -> None:
    """A second response follows the first one on the same connection, before the DELETE is sent.

    One that arrives later cannot be distinguished from the response to the DELETE: HTTP/1.1 does not identify them.
    """

    def two(honest: Honest) -> Iterator[bytes]:
        yield b"".join([stage.honestly(honest), *STRANGE["html_403"].pieces(honest)])

    ran, server = meet(trial.ABSENT, stage.selection, Hostility(two), tls=tls)
    assert not ran.failed
    assert server.cluster.done


# Other hosts.


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize("write", [None, *WRITES])
def test_redirect_is_never_followed(meet: Any, write: str | None, status: int) -> None:
    with stage.trap() as port:
        elsewhere = hostilities.whole(b"", f"Location: http://localhost:{port}{PATH}", status=status)
        scenario, place = (WRITES[write], stage.writing) if write else (trial.INFO, stage.selection)
        ran, server = meet(scenario, place, elsewhere, works=False)
        assert server.hits == 1
    assert ran.failed
    assert "localhost" in ran.result["msg"]
    assert "hostname" in ran.error["hint"]


@pytest.mark.parametrize(
    "form",
    [
        "http://localhost:{}{}",
        "//localhost:{}{}",
        "http:\\\\localhost:{}{}",
        "http://localhost@localhost:{}{}",
        "\thttp://localhost:{}{}",
    ],
)
def test_links_to_another_host_are_never_followed(meet: Any, form: str) -> None:
    with stage.trap() as port:
        link = form.format(port, PATH)
        headers = (
            f"Link: <{link}>; rel=next",
            f"Location: {link}",
            f"Content-Location: {link}",
            f"Refresh: 0; url={link}",
        )
        for body in (page(next_href=link), {**page(record()), "_links": {"next": {"href": link}}}):
            ran, server = meet(trial.INFO, stage.selection, hostilities.whole(json.dumps(body).encode(), *headers))
            assert ran.failed, ran.result
            assert server.hits == 1
        for write in WRITES.values():
            answer = {"_links": {"self": {"href": link}}, "job": {"uuid": link, "_links": {"self": {"href": link}}}}
            ran, _server = meet(
                write, stage.writing, hostilities.whole(json.dumps(answer).encode(), *headers, status=202)
            )


@pytest.mark.parametrize("records", [[], [record()]])
def test_endless_next_links_are_limited(meet: Any, records: list[Any]) -> None:
    """Every page links to another one, and none has a new record."""
    numbers = itertools.count(1)
    most = 2500

    def another(_honest: Honest) -> Iterator[bytes]:
        number = next(numbers)
        yield http(
            200, json.dumps(page(*records, next_href=f"{PATH}?start={number}" if number < most else None)).encode()
        )

    ran, server = meet(trial.INFO, stage.selection, Hostility(another))
    assert ran.failed, f"{server.hits} pages were read"
    assert server.hits < most


# Certificates and protocols.


def _legacy(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _bad_context(authority: Authority, what: str) -> ssl.SSLContext | None:
    if what == "no TLS":
        return None
    now = dt.datetime.now(dt.UTC)
    more: dict[str, dict[str, Any]] = {
        "expired": {"begins": now - 3 * DAY, "ends": now - DAY},
        "not valid yet": {"begins": now + DAY, "ends": now + 3 * DAY},
        # The certificate of an authority names no host.
        "another name": {"authority": True},
        "self-signed": {"issuer": None},
        "another authority": {"issuer": pair("foreign", authority=True)},
    }
    context = authority.context(f"bad {what}", **more.get(what, {}))
    return _legacy(context) if what == "TLS 1.1" else context


@pytest.fixture(
    scope="module",
    params=["expired", "not valid yet", "another name", "self-signed", "another authority", "TLS 1.1", "no TLS"],
)
def bad(request: pytest.FixtureRequest, authority: Authority) -> ssl.SSLContext | None:
    """The TLS context of an untrusted server."""
    return _bad_context(authority, request.param)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("scenario", [trial.INFO, trial.CREATE])
def test_sends_nothing_to_untrusted_server(
    no_waiting: None, authority: Authority, bad: ssl.SSLContext | None, scenario: Scenario
) -> None:
    """It receives nothing, not even the password, and only one connection."""
    with staged(Stage(Cluster(), stage.selection, STRANGE["nothing"], context=bad)) as server:
        ran = trial.run(scenario, server, ca_path=authority.ca_path, https=True)
    judge(ran, server)
    assert ran.failed
    assert "TLS" in ran.result["msg"]
    assert ran.error["hint"]
    assert (server.connections, server.requests) == (1, [])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("write", WRITES)
def test_sends_no_write_when_server_becomes_untrusted(
    no_waiting: None, authority: Authority, context: ssl.SSLContext, bad: ssl.SSLContext | None, write: str
) -> None:
    """The write needs a new connection, which an untrusted server accepts. The write is known to be unsent."""

    def swap(honest: Honest) -> Iterator[bytes]:
        server.context = bad
        yield http(honest.status, json.dumps(honest.body).encode(), "Connection: close")

    server = Stage(Cluster(), stage.selection, Hostility(swap, ends=True), context=context)
    with staged(server):
        ran = trial.run(WRITES[write], server, ca_path=authority.ca_path)
    judge(ran, server)
    assert ran.failed
    assert not ran.changed
    assert server.writes == []


# Too large and too slow responses.


@pytest.mark.parametrize("kind", ["long", "endless", "gzip_bomb", "gzip_bomb_in_gzip", "deflate_bomb"])
@pytest.mark.parametrize("place", ["selection", "writing", "polling", "reading_after"])
def test_too_large_response_needs_limited_memory(no_waiting: None, place: str, kind: str) -> None:
    """It is read up to a limit, even if it is small on the wire."""
    hostility = hostilities.LARGE[kind]
    scenario = {
        "selection": trial.INFO,
        "writing": trial.CREATE,
        "polling": trial.REKEY,
        "reading_after": trial.RESTORE,
    }[place]
    limits = {} if scenario is trial.INFO else {"wait_timeout": 1}
    # Stopped when no other thread runs, because some releases of Python 3.13 crash otherwise.
    tracemalloc.start()
    try:
        with staged(Stage(Cluster(), getattr(stage, place), hostility)) as server:
            ran = trial.run(scenario, server, max_retries=0, **limits)
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert server.hits
    judge(ran, server)
    assert ran.failed or place == "writing", ran.result
    assert peak < _MOST_MEMORY, f"{peak // _MIB} MiB"


#: Seconds that a busy machine may need beyond the limit of a run. A slow response takes 30.
_GRACE = 15.0


@dataclass(frozen=True)
class Slow:
    """A run against a slow server. It has to end within a limit for each slow response that it receives."""

    name: str
    scenario: Scenario
    place: Place
    hostility: Hostility
    context: ssl.SSLContext | None = None

    def problems(self, ca_path: str) -> list[str]:
        """Return a description of a run that did not end in time or without a report."""
        options = {} if self.scenario is trial.INFO else {"wait_timeout": 2}
        with staged(Stage(Cluster(), self.place, self.hostility, context=self.context)) as server:
            ran = trial.run(self.scenario, server, ca_path=ca_path, timeout=1, max_retries=0, **options)
        judge(ran, server)
        most = (2.0 if self.place is stage.polling else server.hits * 1.0) + _GRACE
        told = ran.failed or ran.warnings
        return (
            [f"{self.name}: {ran.seconds:.1f} s, {server.hits} slow responses, {ran.result.get('msg')}"]
            if ran.seconds > most or not told
            else []
        )


def test_slow_responses_end_within_timeout(authority: Authority, context: ssl.SSLContext) -> None:
    """They end long before the server does, however often it sends a byte. All run at once, since they only wait."""
    slow = [
        Slow(f"{kind} to a query", trial.INFO, stage.selection, hostility)
        for kind, hostility in hostilities.SLOW.items()
    ]
    slow += [
        Slow(f"{kind} to a creation", trial.CREATE, stage.writing, hostility)
        for kind, hostility in hostilities.SLOW.items()
    ]
    for kind in ("drip_head", "drip_body", "silence"):
        hostility = hostilities.SLOW[kind]
        slow += [
            Slow(f"{kind} to an update", trial.UPDATE, stage.writing, hostility),
            Slow(f"{kind} to a deletion", trial.ABSENT, stage.writing, hostility),
            Slow(f"{kind} to a re-key", trial.REKEY, stage.writing, hostility),
            Slow(f"{kind} to a poll of a job", trial.REKEY, stage.polling, hostility),
            Slow(f"{kind} to the reread after an update", trial.UPDATE, stage.reading_after, hostility),
            Slow(f"{kind} to a query over TLS", trial.INFO, stage.selection, hostility, context),
        ]
    with ThreadPoolExecutor(len(slow)) as pool:
        assert list(itertools.chain.from_iterable(pool.map(lambda one: one.problems(authority.ca_path), slow))) == []


# Text that cannot be printed everywhere.


@pytest.mark.parametrize("text", ["\ud800", "\udcff\udcfe"])
def test_lone_surrogates_never_reach_the_output(play: Play, wire: Wire, text: str) -> None:
    """Ansible cannot read JSON that contains them, so they appear neither in values nor in messages."""
    strange = record(name=f"https://vault.example.com/{text}", key_id=text, proxy_username=text)
    strange[f"new_{text}"] = 1
    wire.on("GET", PATH, json=page(strange))
    trial.printable(play(akv_info))
    wire.on("GET", PATH, json=page(strange))
    failed = play(azure_key_vault, svm="svm1", name=record()["name"], diff=True)
    assert failed["failed"]
    trial.printable(failed)
    for answer in (refusal("2", text), refusal(text, "no"), refusal("2", "no", target=text)):
        wire.on("GET", PATH, status=400, json=answer)
        trial.printable(play(akv_info))


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\u2028", "\U0010ffff"])
def test_unusual_characters_are_returned_unchanged(play: Play, wire: Wire, text: str) -> None:
    """They are returned as the server sent them."""
    strange = record(name=f"https://vault.example.com/{text}", key_id=text, proxy_username=text)
    wire.on("GET", PATH, json=page(strange))
    assert play(akv_info)["azure_key_vaults"] == [strange]
    play.output.encode("ascii")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_invalid_json_numbers_are_refused(play: Play, wire: Wire, number: str) -> None:
    """JSON cannot express them, so they appear neither in the output nor in another module's input."""
    wire.on("GET", PATH, content=json.dumps(page(record(proxy_port=4711))).replace("4711", number).encode())
    assert play(akv_info)["failed"]
    assert "NaN" not in play.output
    assert "Infinity" not in play.output
