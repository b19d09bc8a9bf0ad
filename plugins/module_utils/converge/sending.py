# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one request of a plan, and detect in the configuration what it did.

If the cluster accepts a request without naming a job (HTTP 202), or the response to a creation contains no record, the
configuration is read until it shows the result, or until the deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    OutcomeUnknownError,
    ResponseError,
    StoppedError,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, choose_fields
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, make_unknown, make_wait_timeout
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Reply, Watcher, Write

_FIRST_PAUSE, _PAUSE_GROWTH, _LONGEST_PAUSE = 0.1, 1.5, 2.0
#: Seconds for a last read after the time for the request is over: the wait may end later by this time.
_LAST_LOOK = 0.5


@dataclass(frozen=True)
class Sending:
    """One request of a plan and how to send it. watch: is called with its job."""

    client: Client
    change: Change
    write: Write
    deadline: Deadline
    wait: bool
    watch: Watcher

    def send_once(self) -> Reply:
        """Send the request. Raises the errors of Client.write()."""
        return self.client.write(self.write, deadline=self.deadline, wait=self.wait, watch=self.watch)

    def start_reading(self) -> Deadline | None:
        """Return the deadline for reading what became of the request, None without a limit."""
        return self.client.start_deadline(max(_LAST_LOOK, self.deadline.left)) if self.write.limited else None

    @property
    def creates(self) -> bool:
        """Whether the request creates the configuration."""
        return self.write.method == "POST" and self.write.path == resource.PATH


def choose_error(lost: OutcomeUnknownError, exc: AkvError) -> OutcomeUnknownError:
    """Return the error to raise if another error prevents reading a lost outcome.

    A refused login or permission is not hidden.
    """
    return make_unknown(exc, lost.job) if exc.denied else lost


def find(sending: Sending) -> dict[str, Any] | None:
    """Return the current configuration that a request is about, None if it does not exist. Raises AkvError."""
    records = selection.read_target(sending.client, sending.change.target, ["*"], sending.start_reading()).records
    if sending.creates:
        return records[0] if records else None
    return next((record for record in records if _is_subject(sending.write.path, record)), None)


def _is_subject(path: str, record: dict[str, Any]) -> bool:
    return any(
        uuid is not None and f"/{uuid}" in path for uuid in (record["uuid"], resource.get_configuration(record, "uuid"))
    )


def can_be_seen(sending: Sending) -> bool:
    """Return whether a configuration can show a PATCH or DELETE: a readable field had another value before."""
    return sending.write.method == "DELETE" or bool(_find_visible(sending))


def _find_visible(sending: Sending) -> dict[str, Any]:
    """Return the fields of a PATCH that can be read back and differ from what was read before."""
    sent = {name: value for name, value in (sending.write.body or {}).items() if name not in resource.UNSEEN}
    return resource.find_differences(sent, sending.change.record or {})


def _is_unseen(sending: Sending, now: dict[str, Any]) -> bool:
    """Return whether an existing configuration shows no effect of a PATCH or DELETE."""
    visible = _find_visible(sending)
    return resource.find_differences(visible, now).keys() == visible.keys()


def wait_until_seen(sending: Sending, look_for_failure: Callable[[], None]) -> Reply:
    """Wait until the configuration shows what was sent. Raises WaitTimeoutError, and what look_for_failure raises."""
    return _poll(
        sending,
        lambda: find_effect(sending),
        look_for_failure,
        f"the {sending.change.action} that the cluster accepted does not show",
    )


def find_effect(sending: Sending) -> Reply | None:
    """Return the reply of a PATCH or DELETE if the configuration shows its effect, else None. Raises AkvError."""
    now = find(sending)
    if sending.write.method == "DELETE":
        return Reply() if now is None else None
    return Reply() if now is not None and not resource.find_differences(_find_visible(sending), now) else None


def add_created(sending: Sending, reply: Reply) -> Reply:
    """Return the response to a creation with the record that it lacks, which may take some time to become visible."""
    uuid = _parse_uuid(reply.location)
    if not sending.wait:
        return reply if uuid is None else Reply(job=reply.job, record={"uuid": uuid})

    def find_created() -> Reply | None:
        now = find(sending)
        return None if now is None else Reply(job=reply.job, record=now)

    return _poll(sending, find_created, lambda: None, "the configuration that the cluster created does not show")


def _parse_uuid(location: str | None) -> str | None:
    path, _slash, uuid = (location or "").rpartition("/")
    return uuid if path.endswith(resource.PATH) and resource.is_uuid(uuid) else None


def _poll(sending: Sending, look: Callable[[], Reply | None], look_for_failure: Callable[[], None], late: str) -> Reply:
    pause = _FIRST_PAUSE
    while True:
        reply = _look(look)
        if reply is not None:
            return reply
        look_for_failure()
        if not sending.deadline.left:
            raise make_wait_timeout(f"{late} within wait_timeout", sending.write.request)
        sending.client.sleep(min(pause, sending.deadline.left))
        pause = min(_LONGEST_PAUSE, pause * _PAUSE_GROWTH)


def _look(look: Callable[[], Reply | None]) -> Reply | None:
    """Return the result of one read; None after a transient error."""
    try:
        return look()
    except AkvError as exc:
        if exc.denied or isinstance(exc, StoppedError):
            raise make_unknown(exc) from exc
        return None


def can_show_work(sending: Sending) -> bool:
    """Return whether a configuration can show a re-key or restore: not if it looks the same before and after."""
    before = sending.change.record
    if before is None:
        return False
    if sending.change.action == "restore":
        return not resource.is_available(before)
    key_id = (sending.write.body or {}).get("key_id")
    return key_id is not None and not resource.is_same_key(key_id, before.get("key_id"))


def read_whether_work_shows(sending: Sending, lost: OutcomeUnknownError) -> bool:
    """Re-read the configuration and return whether it shows a re-key or restore.

    If it cannot be read, the outcome stays unknown.
    """
    try:
        return _is_work_shown(sending)
    except AkvError as exc:
        raise choose_error(lost, exc) from exc


def _is_work_shown(sending: Sending) -> bool:
    change = sending.change
    now = selection.read_again(
        sending.client, [(change.record or {})["uuid"]], choose_fields(change), sending.start_reading()
    )
    record = next(iter(now.values()), {})
    if change.action == "restore" and record and "state" not in record:
        raise ResponseError("the state could not be read", request=sending.write.request)
    return (
        resource.is_available(record)
        if change.action == "restore"
        else resource.is_same_key((sending.write.body or {})["key_id"], record.get("key_id"))
    )


def is_unchanged(sending: Sending) -> bool:
    """Return whether the configuration shows that an interrupted job did nothing.

    Return False if the configuration cannot show it, since the job may have done a part.
    """
    try:
        if sending.write.method == "POST":
            return can_show_work(sending) and not _is_work_shown(sending)
        now = find(sending)
    except AkvError:
        return False
    return can_be_seen(sending) and now is not None and _is_unseen(sending, now)
