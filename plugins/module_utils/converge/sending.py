# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one request of a plan is sent, and how the configuration shows what it did.

A request that the cluster accepted without naming a job (HTTP 202), or a creation whose response holds no record, is looked for in the
configuration until it shows, or until the deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, OutcomeUnknownError, StoppedError
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, Reply, Watcher, Write, goes_on, unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Deadline

_FIRST_PAUSE, _PAUSE_GROWTH, _LONGEST_PAUSE = 0.1, 1.5, 2.0
#: Seconds for a look after the time for the request is over: the wait may end as much later.
_LAST_LOOK = 0.5


@dataclass(frozen=True)
class Sending:
    """How one request of a plan is sent. watch: is told of its job."""

    client: Client
    change: Change
    write: Write
    deadline: Deadline
    wait: bool
    watch: Watcher

    def once(self) -> Reply:
        """Sends the request; the errors are those of Client.write()."""
        return self.client.write(self.write, deadline=self.deadline, wait=self.wait, watch=self.watch)

    def looking(self) -> Deadline | None:
        """Until when what became of the request is looked for, None without a limit."""
        return self.client.deadline(max(_LAST_LOOK, self.deadline.left())) if self.write.limited else None

    @property
    def creates(self) -> bool:
        """Whether the request creates the configuration."""
        return self.write.method == "POST" and self.write.path == resource.PATH


def answered_instead(lost: OutcomeUnknownError, exc: AkvError) -> OutcomeUnknownError:
    """Returns the error for an outcome that another error keeps from being looked for; a refused login or right is not hidden."""
    return unknown(exc, lost.job) if exc.denied else lost


def find(sending: Sending) -> dict[str, Any] | None:
    """Returns the configuration that a request is about as it is now, None if there is none. Raises AkvError."""
    records = selection.of(sending.client, sending.change.target, ["*"], sending.looking()).records
    if sending.creates:
        return records[0] if records else None
    return next((record for record in records if _is_subject(sending.write.path, record)), None)


def _is_subject(path: str, record: dict[str, Any]) -> bool:
    return any(uuid is not None and f"/{uuid}" in path for uuid in (record["uuid"], selection.configuration_of(record, "uuid")))


def can_be_seen(sending: Sending) -> bool:
    """Returns whether a configuration shows that a PATCH or DELETE was done: a field that can be read looks different before."""
    return sending.write.method == "DELETE" or bool(_visible(sending))


def _visible(sending: Sending) -> dict[str, Any]:
    """The fields of a PATCH that can be read back and differ from what was read before."""
    sent = {name: value for name, value in (sending.write.body or {}).items() if name not in resource.UNSEEN}
    return resource.differences(sent, sending.change.record or {})


def nothing_seen(sending: Sending, now: dict[str, Any]) -> bool:
    """Returns whether a configuration shows nothing of a PATCH or DELETE."""
    visible = _visible(sending)
    return resource.differences(visible, now).keys() == visible.keys()


def wait_until_seen(sending: Sending, look_for_failure: Callable[[], None]) -> Reply:
    """Waits until the configuration shows what was sent; raises WaitTimeoutError, and what look_for_failure raises."""
    return _polled(sending, lambda: done(sending), look_for_failure, f"the {sending.change.action} that the cluster accepted does not show")


def done(sending: Sending) -> Reply | None:
    """Returns the end of a PATCH or DELETE if the configuration shows it. Raises AkvError."""
    now = find(sending)
    if sending.write.method == "DELETE":
        return Reply() if now is None else None
    return Reply() if now is not None and not resource.differences(_visible(sending), now) else None


def with_created(sending: Sending, reply: Reply) -> Reply:
    """Returns the response to a creation with the record that it does not hold, which may be visible only after some time."""
    uuid = _uuid_in(reply.location)
    if not sending.wait:
        return reply if uuid is None else Reply(job=reply.job, record={"uuid": uuid})

    def created() -> Reply | None:
        now = find(sending)
        return None if now is None else Reply(job=reply.job, record=now)

    return _polled(sending, created, lambda: None, "the configuration that the cluster created does not show")


def _uuid_in(location: str | None) -> str | None:
    path, _slash, uuid = (location or "").rpartition("/")
    return uuid if path.endswith(resource.PATH) and resource.is_uuid(uuid) else None


def _polled(sending: Sending, look: Callable[[], Reply | None], look_for_failure: Callable[[], None], late: str) -> Reply:
    pause = _FIRST_PAUSE
    while True:
        reply = _looked(look)
        if reply is not None:
            return reply
        look_for_failure()
        if not sending.deadline.left():
            raise goes_on(f"{late} within wait_timeout", sending.write.request)
        sending.client.sleep(min(pause, sending.deadline.left()))
        pause = min(_LONGEST_PAUSE, pause * _PAUSE_GROWTH)


def _looked(look: Callable[[], Reply | None]) -> Reply | None:
    """What a look shows; a fault that passes shows nothing."""
    try:
        return look()
    except AkvError as exc:
        if exc.denied or isinstance(exc, StoppedError):
            raise unknown(exc) from exc
        return None
