# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge: verifies that a report matches the state of the cluster, and that no unnecessary request was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.ontap.akv.plugins.modules import akv_restore
from chaos.judge import SHOWN
from simulator.azure import without_version
from temperaments.cases import Expected
from temperaments.run import Ran

_JOBS = "/api/cluster/jobs"
#: Codes that a cluster may return instead of those of the reference, by knob.
_KNOB_OF_CODE = {"65537120": "not_configured_code", "6": "denial_code", "4": "unknown_uuid_code"}
_ADVANCED = ("state", "azure_reachability", "ekmip_reachability")
#: Text of an error that leaves open what was done or will be done.
_OPEN = ("outcome is unknown", "continues in the cluster")
#: A failed restore may have restored keys on some nodes.
_IN_PART = "65537515"
#: Maximum number of requests of a run, and its maximum duration in seconds of its own clock.
_MOST_REQUESTS, _LONGEST = 400, 330


def judge(ran: Ran, plain: Ran | None = None) -> list[str]:
    """Return the problems of a report as texts. plain: the run of a reading task on a cluster without temperaments."""
    if ran.traceback is not None:
        return [f"an exception that is not an AkvError:\n{ran.traceback}"]
    wrong = list(_changes(ran) if plain is None else _reading(ran, plain))
    if len(ran.log) > _MOST_REQUESTS or ran.seconds > _LONGEST:
        wrong.append(f"{len(ran.log)} requests in {ran.seconds:.0f} s")
    return wrong


def _changes(ran: Ran) -> Iterator[str]:
    results = ran.report.get("results")
    if results is None or len(results) != len(ran.case.expected):
        yield (
            f"{len(results or ())} results for {len(ran.case.expected)} targets:"
            f" {ran.report.get('error') or ran.report}"
        )
        return
    for told, expected in zip(results, (_adapted(expected, ran) for expected in ran.case.expected), strict=True):
        for text in (*_state(expected, ran), *_target(told, expected, ran), *_record(told, expected, ran)):
            yield f"{expected.owner}: {text}"
    yield from _whole(ran.report)
    yield from _requests(ran)


def _adapted(expected: Expected, ran: Ran) -> Expected:
    """Adapt the expectations: keys with an unreadable state are restored.

    Other keys may be restored too, if the cluster does not say whose state is unreadable.
    """
    if ran.case.module is not akv_restore or expected.action != "none" or "status_error" not in ran.circumstances.knobs:
        return expected
    if ran.circumstances.hides_status(expected.owner):
        return replace(expected, action="restore", changed=True, done="restore")
    return replace(expected, action="*", changed=ran.before[expected.owner] != ran.after[expected.owner])


def _whole(report: dict[str, Any]) -> Iterator[str]:
    if report["changed"] != any(told["changed"] for told in report["results"]):
        yield "changed is not what the results say"
    errors = [told["error"] for told in report["results"] if told["error"]]
    if bool(report.get("failed")) != bool(errors) or (errors and report.get("error") != errors[0]):
        yield "failed or error is not what the results say"


def _configuration(expected: Expected, owners: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = owners[expected.owner]["configurations"].get(expected.configuration)
    return found


def _state(expected: Expected, ran: Ran) -> Iterator[str]:
    """Verify that the cluster is in the state that the task (or its refusal) must leave."""
    before, after = (_configuration(expected, owners) for owners in (ran.before, ran.after))
    if (expected.after is None) != (after is None):
        yield f"the configuration afterwards is {after}"
    if after is None:
        return
    different = {name: after.get(name) for name, value in (expected.after or {}).items() if after.get(name) != value}
    if different:
        yield f"afterwards {different}, expected {dict(expected.after or {})}"
    done = {name: count - (before or {"done": {}})["done"].get(name, 0) for name, count in after["done"].items()}
    # An update is sent again if the record of its job is gone and no property shows it.
    most = 2 if expected.done == "update" and ran.case.traceless and _job_may_be_gone(ran) else 1
    if expected.done is not None and not 1 <= done.get(expected.done, 0) <= most:
        yield f"{expected.done} was done {done.get(expected.done, 0)} times"
    if not expected.changed and any(done.values()):
        yield f"nothing was to be done, and it did {done}"


def _target(told: dict[str, Any], expected: Expected, ran: Ran) -> Iterator[str]:
    """Compare one result with the state and the expectation."""
    error = told["error"]
    if error is not None and any(text in error["message"] for text in _OPEN):
        if not _may_be_unknown(expected, ran):
            yield f"left open: {error['message']}"
        elif not told["changed"]:
            yield "the outcome is left open, but changed is false"
        return
    yield from _changed(told, expected, ran)
    yield from _error(error, expected, ran)
    if expected.action not in ("*", told["action"]):
        yield f"action {told['action']}, expected {expected.action}"
    if told["recovered"] and not _job_may_be_gone(ran):
        yield "recovered: true, but no answer was lost"
    if error is None and told["job"] is not None and told["job"]["state"] != "success":
        yield f"done, but its job is {told['job']}"


def _changed(told: dict[str, Any], expected: Expected, ran: Ran) -> Iterator[str]:
    """Compare `changed` with what happened; it may also be true if a change cannot be excluded."""
    error = told["error"]
    truth = ran.before[expected.owner] != ran.after[expected.owner]
    unseen = error is not None and error["code"] == _IN_PART and ran.circumstances.hides_status(expected.owner)
    stopped = error is not None and ran.circumstances.knobs.get("failed_job_state") in ("cancelled", "expired")
    if told["changed"] != truth and not (told["changed"] and (unseen or stopped)):
        yield f"changed: {told['changed']} ({error['message'] if error else 'no error'}), in truth {truth}"


def _error(error: dict[str, Any] | None, expected: Expected, ran: Ran) -> Iterator[str]:
    knob = _KNOB_OF_CODE.get(expected.code or "")
    code = expected.code if knob is None else str(ran.circumstances.knobs.get(knob, expected.code))
    refused = expected.code is not None or not expected.changed
    if refused and error is not None and error["code"] is None and _job_may_be_gone(ran):
        # The reason of the failure was lost with the record of the job.
        return
    if (
        expected.done == "restore"
        and error is not None
        and "could not be read" in error["message"]
        and ran.circumstances.hides_status(expected.owner)
    ):
        # The restored keys cannot be verified.
        return
    if (error and error["code"]) != code or (error is None) != (expected.code is None):
        yield f"error {error and (error['code'], error['message'])}, expected {code}"


def _job_may_be_gone(ran: Ran) -> bool:
    """Whether reading the state had to settle an outcome, because the record of a job no longer exists."""
    return ran.circumstances.knobs.get("job_retention") == 0


def _may_be_unknown(expected: Expected, ran: Ran) -> bool:
    """Whether nothing shows the outcome of a request: no job, no error, no trace in the configuration."""
    accepted = any(entry["status"] == 202 and entry["method"] != "GET" for entry in ran.log)
    hidden = ran.case.module is akv_restore and ran.circumstances.hides_status(expected.owner)
    unseen = ran.case.traceless or hidden or expected.code is not None or not expected.changed
    return accepted and unseen and (_job_may_be_gone(ran) or bool(ran.circumstances.knobs.get("unnamed_jobs")))


def _record(told: dict[str, Any], expected: Expected, ran: Ran) -> Iterator[str]:
    """Verify that uuid and record match the cluster."""
    after = _configuration(expected, ran.after)
    if after is None or told["error"] is not None or expected.action == "*":
        return
    if told["uuid"] != after["uuid"]:
        yield f"uuid {told['uuid']}, in truth {after['uuid']}"
    records = [record for record in ran.report["azure_key_vaults"] if record.get("uuid") == after["uuid"]]
    if len(records) != 1:
        yield f"{len(records)} records of it"
    for record in records:
        different = {name: record.get(name) for name in SHOWN if not _same(name, record.get(name), after.get(name))}
        if different:
            yield f"the record has {different}"


def _same(name: str, shown: Any, truth: Any) -> bool:
    return bool(shown == truth or (name == "key_id" and truth and shown == without_version(truth)))


def _requests(ran: Ran) -> Iterator[str]:
    """Verify the requests: every write is sent once, and again only after a refusal that says that nothing was started.

    No job is requested unnecessarily.
    """
    once = 1 + ("busy_code" in ran.circumstances.knobs)
    writes = Counter(_key(entry) for entry in ran.log if entry["method"] != "GET")
    for key, count in writes.items():
        # An idempotent request may be repeated if the record of its job is gone.
        if count > once + (key[0] in ("PATCH", "DELETE") and _job_may_be_gone(ran)):
            yield f"{count} times {' '.join(key)}"
    asked = sum(entry["path"].startswith(_JOBS) for entry in ran.log)
    if asked and not any(entry["status"] == 202 for entry in ran.log):
        yield f"asked for jobs {asked} times, although none was named"


def _key(entry: dict[str, Any]) -> tuple[str, str, str]:
    body = entry["body"] or {}
    owner = (body.get("svm") or {}).get("name") or body.get("vserver") or body.get("uuid") or ""
    return entry["method"], entry["path"], str(owner)


def _reading(ran: Ran, plain: Ran) -> Iterator[str]:
    """Verify akv_info: the records match those of the plain cluster; unreadable values are left out and reported."""
    if ran.report.get("failed") or ran.report["changed"] or ran.before != ran.after:
        yield f"failed, or changed something: {ran.report.get('msg')}"
        return
    told, truth = ran.report["azure_key_vaults"], plain.report["azure_key_vaults"]
    if ran.report["num_records"] != len(told):
        yield f"num_records is {ran.report['num_records']}, but there are {len(told)} records"
    knobs = ran.circumstances.knobs
    if "status_error" in knobs:
        shows = any(
            name in record for record in truth if ran.circumstances.hides_status(_owner(record)) for name in _ADVANCED
        )
        # A record that only lacks its status has no code.
        code = knobs["status_error"] if "status_error_scope" not in knobs else ""
        if shows and code not in f"{ran.report.get('unread')} {ran.warnings}":
            yield f"nothing says that a status could not be read ({code})"
        told, truth = (_without_status(records) for records in (told, truth))
    if ran.case.options.get("order_by") is None:
        told, truth = (sorted(records, key=lambda record: str(record["uuid"])) for records in (told, truth))
    if _comparable(told) != _comparable(truth):
        yield f"the records are {told}, not {truth}"


def _owner(record: dict[str, Any]) -> str:
    return str((record.get("svm") or {}).get("name"))


def _without_status(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if name not in _ADVANCED} for record in records]


def _comparable(value: Any) -> Any:
    """Return the records without false values, which a cluster may leave out."""
    if isinstance(value, dict):
        return {
            name: _comparable(item)
            for name, item in value.items()
            if item is not False or name not in ("available", "reachable")
        }
    return [_comparable(item) for item in value] if isinstance(value, list) else value
