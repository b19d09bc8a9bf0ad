# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge: compares the report of a module with what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chaos.run import VAULTS, Attempt, Played
from chaos.schedule import LOSING

#: Seconds by which the wait for a job may exceed wait_timeout, and an additional tolerance for a busy machine.
_LATER, _BUSY = 1.0, 1.5
#: Maximum number of requests of a run; with pauses between them, no schedule comes near it.
_MOST_REQUESTS = 200
#: Operations that must never be done more often than requested.
_ONCE = ("create", "rekey-external", "rekey-internal", "restore")
#: Properties of a configuration that a record shows.
SHOWN = (
    "scope",
    "name",
    "client_id",
    "tenant_id",
    "key_id",
    "proxy_type",
    "proxy_host",
    "proxy_port",
    "proxy_username",
)

Configuration = dict[str, Any] | None


@dataclass(frozen=True)
class Truth:
    """What happened to one target.

    changed: whether the run changed it. as_expected: whether its state is the same as without faults.
    twice: operations that were done more often than without faults.
    """

    changed: bool
    as_expected: bool
    twice: tuple[str, ...]


def judge(played: Played, undisturbed: Played) -> list[str]:
    """Return the problems of a report as texts; an empty list if it is right."""
    if played.traceback is not None:
        return [f"an exception that is not an AkvError:\n{played.traceback}"]
    wrong = list(_times(played))
    wrong += _info(played, undisturbed) if played.scenario.operation == "info" else _changes(played, undisturbed)
    return wrong


def excused(played: Played, undisturbed: Played) -> int:
    """Return how many results would be wrong without their warning, see _doubted."""
    results = played.report.get("results") or []
    return sum(
        told["error"] is None and not truth.as_expected and _doubted(told, played)
        for told, truth in zip(results, truths(played, undisturbed), strict=False)
    )


def truths(played: Played, undisturbed: Played) -> list[Truth]:
    """Return what happened to each target, in the order of the task."""
    return [
        _truth(before, after, expected_before, expected_after)
        for before, after, expected_before, expected_after in zip(
            played.before, played.after, undisturbed.before, undisturbed.after, strict=True
        )
    ]


def _truth(
    before: Configuration, after: Configuration, expected_before: Configuration, expected_after: Configuration
) -> Truth:
    done, expected = _done(before, after), _done(expected_before, expected_after)
    complete = all(done.get(name, 0) >= 1 for name in expected)
    twice = tuple(name for name in _ONCE if done.get(name, 0) > max(1, expected.get(name, 0)))
    surplus = tuple(name for name in _ONCE if done.get(name, 0) and not expected.get(name, 0))
    return Truth(before != after, _plain(after) == _plain(expected_after) and complete, twice + surplus)


def _plain(configuration: Configuration) -> Configuration:
    """Return a configuration without values that differ between runs."""
    return configuration and {name: value for name, value in configuration.items() if name not in ("uuid", "done")}


def _done(before: Configuration, after: Configuration) -> dict[str, int]:
    """Return how often each operation was done."""
    earlier = before["done"] if before else {}
    done = after["done"] if after else {}
    return {name: count - earlier.get(name, 0) for name, count in done.items() if count > earlier.get(name, 0)}


def _info(played: Played, undisturbed: Played) -> Iterator[str]:
    if played.report["changed"] or played.before != played.after:
        yield "akv_info changed something, or says so"
    if not played.report.get("failed"):
        for name in ("azure_key_vaults", "num_records"):
            if played.report[name] != undisturbed.report[name]:
                yield f"{name} is not what the cluster has"


def _changes(played: Played, undisturbed: Played) -> Iterator[str]:
    found = truths(played, undisturbed)
    for owner, truth in zip(played.scenario.owners, found, strict=True):
        if truth.twice:
            yield f"{owner or 'cluster'}: done more often than asked for: {', '.join(truth.twice)}"
    results = played.report.get("results")
    if results is None:
        yield from _nothing_done(played, found)
        return
    if len(results) != len(found):
        yield f"{len(results)} results for {len(found)} targets"
        return
    for number, (told, truth) in enumerate(zip(results, found, strict=True)):
        for text in (*_target(told, truth, played), *_recovery(told, number, played), *_record(told, number, played)):
            yield f"{played.scenario.owners[number] or 'cluster'}: {text}"
    yield from _whole(played.report)


def _nothing_done(played: Played, found: list[Truth]) -> Iterator[str]:
    """Verify that a report without results means that no target was processed."""
    if not played.report.get("failed") or played.report["changed"]:
        yield "a report without results that is no failure, or that changed something"
    for owner, truth in zip(played.scenario.owners, found, strict=True):
        if truth.changed:
            yield f"{owner or 'cluster'}: no target is said to be worked on, but it was changed"


def _whole(report: dict[str, Any]) -> Iterator[str]:
    results = report["results"]
    if report["changed"] != any(told["changed"] for told in results):
        yield "changed is not what the results say"
    errors = [told["error"] for told in results if told["error"]]
    if bool(report.get("failed")) != bool(errors):
        yield "failed is not what the results say"
    if errors and report.get("error") != errors[0]:
        yield "error is not the first error of the results"


def _target(told: dict[str, Any], truth: Truth, played: Played) -> Iterator[str]:
    """Compare one result with what happened."""
    error = told["error"]
    if truth.changed and not told["changed"]:
        yield f"changed: false ({_said(told)}), but it was changed"
    if error is None:
        yield from _success(told, truth, played)
    elif told["changed"] and not truth.changed and not _open(told, played):
        yield f"changed: true ({_said(told)}), but nothing was done"


def _success(told: dict[str, Any], truth: Truth, played: Played) -> Iterator[str]:
    goes_on = told["job"] is not None and told["job"]["state"] in ("queued", "running", "paused")
    # Work that was accepted without naming a job, and is not waited for, continues too.
    goes_on = goes_on or (told["job"] is None and _knob(played, "unnamed_jobs") and not _waited(played))
    fails = goes_on and played.schedule is not None and (played.schedule.fail, played.schedule.refused) != (None, None)
    if told["action"] != "none" and not told["changed"]:
        yield f"action {told['action']} without a change and without an error"
    doubted = _doubted(told, played)
    if told["changed"] and not truth.changed and not fails and not doubted:
        yield "changed: true without an error, but nothing was done"
    excused = fails or doubted or _not_started(told)
    if not truth.as_expected and not excused:
        yield f"no error (action {told['action']}), but it is not as expected"
    if goes_on and told["job"] is not None and _waited(played):
        yield "a job that continues, without an error, although it was to be waited for"


def _doubted(told: dict[str, Any], played: Played) -> bool:
    """Whether the job of another run was adopted and a warning says so.

    That job did the same in the same second, and the operation leaves no trace in a configuration.

    Both clocks have whole seconds: no response distinguishes the two jobs, and the key was replaced in that second.
    """
    in_that_second = played.schedule is not None and played.schedule.earlier == 0.0
    traceless = played.scenario.operation == "rekey_internal" or played.scenario.variant == "force"
    named = told["job"] is not None and any(
        told["job"]["uuid"] in text and "cannot be distinguished from it" in text for text in played.warnings
    )
    return bool(told["recovered"]) and in_that_second and traceless and named


def _not_started(told: dict[str, Any]) -> bool:
    """Whether a result says that no request was sent for it, and why."""
    return (told["message"] or "").startswith("not started")


def _waited(played: Played) -> bool:
    return played.schedule is None or bool(played.schedule.options["wait"])


def _open(told: dict[str, Any], played: Played) -> bool:
    """Whether an error leaves open what was done or will be done."""
    message = told["error"]["message"]
    # A failed restore may have restored keys on some nodes; this is not visible if no status can be read.
    unseen = told["error"]["code"] == "65537515" and _knob(played, "status_error") is not None
    return unseen or any(
        text in message for text in ("outcome is unknown", "continues in the cluster", "outcome may be partial")
    )


def _knob(played: Played, name: str) -> Any:
    return None if played.schedule is None else played.schedule.all_knobs.get(name)


def _said(told: dict[str, Any]) -> str:
    return told["error"]["message"] if told["error"] else f"action {told['action']}, no error"


def _requests(number: int, played: Played) -> list[dict[str, Any]]:
    """Return the write requests for one target that reached the cluster."""
    owner = played.scenario.owners[number]
    configuration = played.before[number]
    if configuration is not None:
        return [
            entry
            for entry in played.log
            if entry["path"].startswith(f"{VAULTS}/{configuration['uuid']}") and entry["method"] != "GET"
        ]
    creations = [entry for entry in played.log if entry["path"] == VAULTS and entry["method"] == "POST"]
    return [entry for entry in creations if ((entry["body"] or {}).get("svm") or {}).get("name") == owner]


def _recovery(told: dict[str, Any], number: int, played: Played) -> Iterator[str]:
    """Verify that recovered is true if and only if reading the state had to settle an outcome."""
    writes = _requests(number, played)
    lost = any(entry["fault"] in LOSING for entry in writes) or any(entry["status"] is None for entry in writes)
    job_lost = any(
        entry["path"].startswith("/api/cluster/jobs") and (entry["status"] != 200 or entry["fault"])
        for entry in played.log
    )
    # The client cannot distinguish a connection that closes before the request (as an idle one may) from a later close.
    ended = played.refused or any(
        event.kind == "drop connections" for event in (played.schedule.events if played.schedule else ())
    )
    if told["recovered"] and not (lost or job_lost or ended):
        yield "recovered: true, but no answer was lost"
    posts = [entry for entry in writes if entry["method"] == "POST"]
    # A client that has a whole slow response may disconnect before the simulator records its end; an empty one
    # cannot be incomplete.
    empty = _knob(played, "empty_creation") or _knob(played, "completion") == "201 empty"
    whole = {"drip", "drop_during", "cut_json"} if empty else {"drip"}
    answered = any(
        (entry["status"] in (200, 201, 202) and entry["fault"] not in ("cut_json", "html")) or entry["fault"] in whole
        for entry in posts
    )
    if posts and not answered and told["error"] is None and told["changed"] and not told["recovered"]:
        yield "recovered: false, but no POST was answered"


def _record(told: dict[str, Any], number: int, played: Played) -> Iterator[str]:
    """Verify that the record of a target without errors matches the cluster."""
    job = told["job"]
    if told["error"] is not None or (job is not None and job["state"] != "success") or not told["changed"]:
        return
    # Without a wait, the record may be from before an update that the cluster accepted and named no job for.
    waits = played.schedule is None or played.schedule.options.get("wait", True)
    if job is None and not waits and any(entry["status"] == 202 for entry in _requests(number, played)):
        return
    after = played.after[number]
    if after is None:
        return
    if told["uuid"] not in (after["uuid"], None):
        yield f"uuid is {told['uuid']}, but the configuration has {after['uuid']}"
    records = [
        record
        for record in played.report["azure_key_vaults"]
        if (record.get("svm") or {}).get("name") == played.scenario.owners[number]
    ]
    for record in records:
        different = [name for name in SHOWN if record.get(name) != after.get(name)]
        if different:
            yield f"the record differs from the cluster's in {', '.join(different)}"
    if len(records) != 1:
        yield f"there are {len(records)} records of it in azure_key_vaults"


def _times(played: Played) -> Iterator[str]:
    if played.cut:
        yield "it did not end by itself"
    yield from _single_requests(played)
    if len(played.attempts) > _MOST_REQUESTS:
        yield f"{len(played.attempts)} requests: the cluster is asked without a pause"
    if played.schedule is None or played.scenario.operation == "info" or not played.schedule.options["wait"]:
        return
    limit = played.schedule.options["wait_timeout"] + _LATER + _BUSY
    for path, seconds in _waits(played.attempts):
        if seconds > limit:
            yield f"wait_timeout is {played.schedule.options['wait_timeout']} s, but {path} took {seconds:.1f} s"


def _single_requests(played: Played) -> Iterator[str]:
    if played.schedule is not None:
        limit = played.schedule.options["timeout"] + _BUSY
        for attempt in played.attempts:
            if attempt.end - attempt.start > limit:
                yield (
                    f"timeout is {played.schedule.options['timeout']} s, but {attempt.method} {attempt.path} took"
                    f" {attempt.end - attempt.start:.1f} s"
                )


def _waits(attempts: list[Attempt]) -> Iterator[tuple[str, float]]:
    """Return how long each awaited write took, from its first request to the last one about it or its job."""
    for thread in {attempt.thread for attempt in attempts}:
        writes: dict[str, tuple[float, float]] = {}
        current = None
        for attempt in sorted(
            (attempt for attempt in attempts if attempt.thread == thread), key=lambda attempt: attempt.start
        ):
            if attempt.method == "PATCH" or (attempt.method == "POST" and attempt.path != VAULTS):
                current = f"{attempt.method} {attempt.path}"
            elif not attempt.path.startswith("/api/cluster/jobs"):
                current = None
            if current is not None:
                start, _end = writes.get(current, (attempt.start, 0.0))
                writes[current] = (start, attempt.end)
        yield from ((path, end - start) for path, (start, end) in writes.items())
