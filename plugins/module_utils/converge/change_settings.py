# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of akv_settings: read the settings, send what differs, read them again, and resolve a lost response.

There is one target, the cluster, so the plan is the dictionary of the settings that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import settings
from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    JobError,
    OptionError,
    OutcomeUnknownError,
    Request,
    ResponseError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge.older_releases import explain_refusal
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, make_unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import JOBS
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

#: Seconds to wait for a change that the cluster makes in the background.
_PATIENCE = 120
_FIRST_PAUSE, _PAUSE_GROWTH, _LONGEST_PAUSE = 0.1, 1.5, 2.0
_NO_SETTINGS = "The cluster has no such settings. They need ONTAP 9.10.1 or later."
_LOOK = "The cluster may have made the change. Run the task again: it compares the settings with the current ones."


def converge(task: Task, client: Client, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs and return the return values of the module. Raises AkvError if nothing was changed."""
    before = _read(client, wanted)
    changes = settings.find_differences(wanted, before)
    after = settings.merge(before, changes)
    if not changes or task.check_mode:
        return _build_result(task, before, after)
    task.changing = True
    try:
        continues = _send(task, client, wanted, changes)
        after = _read_back(task, client, wanted, after, patience=_PATIENCE if continues else 0)
    except AkvError as exc:
        if isinstance(exc, JobError):
            after = _read_after_failure(client, before, after, exc)
        if after == before or not (exc.taken_on or isinstance(exc, JobError)):
            raise
        return {"failed": True, **_build_result(task, before, after), "error": exc.as_dict(), "msg": exc.as_text()}
    return _build_result(task, before, after)


def _read_after_failure(
    client: Client, before: dict[str, Any], expected: dict[str, Any], exc: JobError
) -> dict[str, Any]:
    """Return the settings after a job that ended without success: it may have made a part of the change.

    If they cannot be read, an interrupted job counts as done, and a failed one as not done.
    """
    try:
        now = settings.read(client, policy=settings.POLICY in before)
    except AkvError:
        return expected if exc.taken_on else before
    return now if settings.find_differences(before, now) else before


def _build_result(task: Task, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    changed = before != after
    shown = ({"cluster": dict(before)}, {"cluster": dict(after)}) if changed else ({}, {})
    diff = {"diff": dict(zip(("before", "after"), shown))} if task.diff else {}
    return {"changed": changed, "settings": dict(after), **diff}


def _read(client: Client, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the current settings, all that the task needs among them. Raises AkvError."""
    try:
        current = settings.read(client, policy=settings.POLICY in wanted)
    except AkvError as exc:
        if exc.gone:
            exc.hint = _NO_SETTINGS
        raise explain_refusal(client, exc, _list_needs(wanted)) from exc.__cause__
    absent = settings.find_missing(wanted, current)
    if absent:
        raise _explain_missing(client, absent[0])
    return current


def _list_needs(names: Iterable[str]) -> dict[str, releases.Version]:
    return {name: releases.SETTINGS[name] for name in names}


def _explain_missing(client: Client, name: str) -> AkvError:
    """Return the error for a setting that the cluster does not report."""
    version, first = client.read_release(), releases.SETTINGS[name]
    if version is not None and version < first:
        return OptionError(
            name,
            f"it needs ONTAP {first} or later, and the cluster has {version}",
            hint="Remove it for this cluster.",
        )
    return ResponseError(
        f"the cluster does not report {name}", target=name, status=200, request=Request("GET", settings.PATH)
    )


def _send(task: Task, client: Client, wanted: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """Send the changes; if the response is lost, the current settings show whether they were made.

    Returns whether the cluster accepted the change and continues with it without naming a job.
    """
    write = Write("PATCH", settings.PATH, settings.build_body(changes))
    deadline = client.start_deadline(_PATIENCE)
    try:
        return client.write(write, deadline=deadline, wait=True).accepted
    except OutcomeUnknownError as lost:
        if lost.denied:
            raise
        lost.hint = _LOOK
        if not _is_set(client, wanted, lost):
            raise
        task.warn(
            "The response to the change was lost. The cluster has the expected settings, so they count as changed."
        )
        return False
    except WaitTimeoutError as exc:
        if exc.job is None:
            raise
        # The message of the client is about an option that this module does not have.
        raise WaitTimeoutError(
            f"job {exc.job.uuid} did not end within {_PATIENCE} seconds (state {exc.job.state}); it continues in the"
            " cluster",
            request=write.request,
            hint=f"Check {JOBS}/{exc.job.uuid}. {_LOOK}",
            job=exc.job,
        ) from exc.__cause__
    except AkvError as exc:
        raise explain_refusal(client, exc, _list_needs(changes)) from exc.__cause__


def _is_set(client: Client, wanted: Mapping[str, Any], lost: OutcomeUnknownError) -> bool:
    """Return whether the settings are as expected; if they cannot be read, the outcome stays unknown."""
    try:
        return not settings.find_differences(wanted, settings.read(client, policy=settings.POLICY in wanted))
    except AkvError as exc:
        raise lost from exc


def _read_back(
    task: Task, client: Client, wanted: Mapping[str, Any], expected: dict[str, Any], *, patience: float
) -> dict[str, Any]:
    """Return the settings after the change.

    patience: the seconds to wait while they differ, if the cluster continues with the change. Raises
    OutcomeUnknownError if they still differ then, or if they cannot show how the change ended.
    """
    deadline = client.start_deadline(patience)
    pause = _FIRST_PAUSE
    while True:
        try:
            now = settings.read(client, policy=settings.POLICY in wanted)
        except AkvError as exc:
            if patience:
                raise _make_unread_error(exc) from exc
            if exc.denied:
                # The next task must not try again, because that could lock the account.
                exc.message = f"the settings were changed, but could not be read again: {exc.message}"
                exc.taken_on = True
                raise
            task.warn(f"The settings were changed, but could not be read again: {exc.as_text()}")
            return expected
        different = settings.find_differences(wanted, now)
        if not different:
            return now
        if not deadline.left:
            raise _make_not_kept_error(different, now)
        client.sleep(min(pause, deadline.left))
        pause = min(_LONGEST_PAUSE, pause * _PAUSE_GROWTH)


def _make_unread_error(exc: AkvError) -> OutcomeUnknownError:
    error = make_unknown(exc)
    error.hint = f"{exc.hint} {_LOOK}" if exc.hint else _LOOK
    return error


def _make_not_kept_error(different: Mapping[str, Any], now: Mapping[str, Any]) -> OutcomeUnknownError:
    name = next(iter(different))
    return OutcomeUnknownError(
        f"{name}: the cluster accepted {different[name]}, but reports {now.get(name)}",
        target=name,
        request=Request("PATCH", settings.PATH),
        hint="Another run may have changed it at the same time. Run the task again.",
    )
