# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's exceptions, which can convert themselves to the return value C(error).

No exception of this module holds a header, a request body, a response body or a secret.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

_LONGEST_MESSAGE = 4000
_LONGEST_CODE = 64


def _load_catalogue() -> ModuleType:
    # Imported on demand, so that a run without errors does not load it.
    from ansible_collections.ontap.akv.plugins.module_utils.common import error_codes

    return error_codes


def find_hint(code: str | None) -> str | None:
    """Return what to do about an ONTAP error code, None for an undocumented one."""
    hint: str | None = _load_catalogue().find_hint(code)
    return hint


def is_transient(code: str | None) -> bool | None:
    """Return whether a code means that nothing was started and a retry may succeed; None for an undocumented code."""
    passes: bool | None = _load_catalogue().is_transient(code)
    return passes


class Request(NamedTuple):
    """The request that an error is about: HTTP method and path, without query and body."""

    method: str
    path: str


class Job(NamedTuple):
    """A job of the cluster. state: queued, running, paused, success, failure, error, cancelled or expired."""

    uuid: str
    state: str
    message: str | None = None
    code: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Return the value of C(job) in the results."""
        return {"uuid": self.uuid, "state": self.state, "message": self.message}


class AkvError(Exception):
    """An error that ends a target or the task; its text names what was refused.

    code: ONTAP's error code. target: the option or parameter at fault. status: the HTTP status. code and status are
    None if ONTAP did not respond. job: the cluster's job that the error is about. retry_after: the seconds that the
    response asks to wait. recovered: whether the outcome is known because the state was re-read after a lost response.
    lost: whether an earlier try of the same request may have done its work. taken_on: whether the cluster did the work
    in spite of the error, continues with it, or may have done part of it.
    """

    recovered = False
    lost = False
    taken_on = False

    def __init__(  # noqa: PLR0913 - all but the message by name, and most are absent
        self,
        message: str,
        *,
        code: str | None = None,
        target: str | None = None,
        status: int | None = None,
        request: Request | None = None,
        hint: str | None = None,
        job: Job | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.job = job
        self.retry_after = retry_after
        self.code = code
        self.target = target
        self.status = status
        self.request = request
        self.hint = hint or find_hint(code)

    @property
    def denied(self) -> bool:
        """Whether the login or its rights were refused, so that further tries could lock the account."""
        return self.status in (401, 403) or self.code in _load_catalogue().DENIED_CODES

    @property
    def gone(self) -> bool:
        """Whether ONTAP itself, not a proxy or other server, reported that the entry does not exist."""
        return self.code in _load_catalogue().NOT_FOUND_CODES

    @property
    def unserved(self) -> bool:
        """Whether ONTAP itself, not a proxy or other server, reported that it does not have this call."""
        return self.code in _load_catalogue().UNSERVED_CODES

    @property
    def unknown_field(self) -> bool:
        """Whether the cluster does not have this field, or does not accept it in this operation."""
        return self.code in _load_catalogue().UNKNOWN_FIELD_CODES

    @property
    def conflict(self) -> bool:
        """Whether ONTAP reported that a concurrent change came first: the entry exists or is in use."""
        return self.code in _load_catalogue().CONFLICT_CODES or (self.status == 409 and not self.documented)

    @property
    def unreadable_status(self) -> bool:
        """Whether the cluster cannot read an expensive property; the configuration is readable without it."""
        return self.code in _load_catalogue().UNREADABLE_STATUS_CODES

    @property
    def documented(self) -> bool:
        """Whether the code is in the catalogue: if so, the response is ONTAP's, whatever its status."""
        return is_transient(self.code) is not None

    @property
    def busy(self) -> bool:
        """Whether ONTAP reported that it started nothing and that a retry may succeed."""
        return is_transient(self.code) is True

    @property
    def partial(self) -> bool:
        """Whether ONTAP reported a failure after which part of the work may have been done."""
        entry = _load_catalogue().CATALOGUE.get(self.code or "")
        return entry is not None and bool(entry.partial)

    @property
    def final(self) -> bool:
        """Whether the same request would be refused again: ONTAP reported that it is wrong, and is not just busy."""
        if self.documented:
            return not self.busy
        return self.status is not None and 400 <= self.status < 500 and self.status != 429

    def as_text(self) -> str:
        """Return the message, code and hint as one or two sentences for a person."""
        text = self.message.rstrip(".")
        if self.code is not None:
            text += f" (ONTAP error {self.code})"
        return f"{text}. {self.hint}" if self.hint else f"{text}."

    def as_dict(self) -> dict[str, object]:
        """Return the value of C(error) as the collection's return values describe it."""
        request = self.request._asdict() if self.request else {"method": None, "path": None}
        return {
            "code": self.code,
            "message": self.message,
            "target": self.target,
            "status": self.status,
            **request,
            "hint": self.hint,
        }


def describe_failure(error: AkvError) -> dict[str, object]:
    """Return the return values of a task that ended before it processed any target."""
    return {"failed": True, "changed": False, "azure_key_vaults": [], "error": error.as_dict(), "msg": error.as_text()}


def limit_message(message: object) -> str:
    """Return a message of ONTAP.

    A very long one is omitted, not cut: the mask would not recognize half of a secret that it may repeat.
    """
    text = str(message)
    return text if len(text) <= _LONGEST_MESSAGE else f"(a message of {len(text)} characters, left out)"


def read_code(code: object) -> str | None:
    """Return an ONTAP error code as text, None if it is missing or not a code."""
    text = str(code) if isinstance(code, (str, int)) and not isinstance(code, bool) else ""
    return text if 0 < len(text) <= _LONGEST_CODE else None


class OptionError(AkvError):
    """An invalid option of the task; raised before any request."""

    def __init__(self, option: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{option}: {message}", target=option, hint=hint)


class TargetError(AkvError):
    """The request of the task does not fit the current state of one target."""


class MissingLibraryError(AkvError):
    """A Python library that the module needs is not installed."""

    def __init__(self, library: str, reason: str) -> None:
        super().__init__(f"the Python library {library} is missing: {reason}")
        self.library = library
        self.reason = reason


class ConnectionFailedError(AkvError):
    """No response arrived.

    sent: whether the request, or part of it, may have reached the cluster. passes: whether a retry may succeed.
    """

    def __init__(
        self, message: str, *, request: Request, sent: bool, hint: str | None = None, passes: bool = True
    ) -> None:
        super().__init__(message, request=request, hint=hint)
        self.sent = sent
        self.passes = passes


class TlsError(AkvError):
    """The collection refused the TLS connection: certificate, name or protocol version."""


class ResponseError(AkvError):
    """A response that ONTAP does not document (not JSON, wrong shape, a redirect, too large)."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(
            message,
            **{
                "hint": "Check hostname and http_port; a login page or a proxy may respond in the cluster's place.",
                **more,
            },
        )


class ApiError(AkvError):
    """ONTAP refused the request and gave a reason."""


class OutcomeUnknownError(AkvError):
    """The response to a request that changes something was lost; the cluster may have done the work."""

    taken_on = True


class JobGoneError(OutcomeUnknownError):
    """The record of a job no longer exists; ONTAP deletes it some time after the job has ended."""


class StoppedError(AkvError):
    """The run was stopped (SIGTERM, SIGINT) before this was done."""


class JobError(AkvError):
    """A job of the cluster ended without success."""


class WaitTimeoutError(AkvError):
    """Work of the cluster continues after the time to wait for it is over."""

    taken_on = True
