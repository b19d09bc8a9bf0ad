# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST, PATCH and DELETE of several records in the body: the work of the job, its rollback, and its results.

Source: "Getting started with the ONTAP REST API", "Operations on multiple records", option 1, and "Record-based
Errors".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import codes
from .errors import ApiError, of_the_work

Undo = Callable[[], None]


@dataclass
class Step:
    """The operation on one record. identity: what names it in an error. do: does it, and gives how it is undone
    (None: not at all).
    """

    identity: dict[str, Any]
    names: list[str]
    do: Callable[[], Undo | None]
    #: The row that the record is, once it is known.
    row: Any = None
    undo: Undo | None = None


@dataclass
class Batch:
    """All steps of a request, in order."""

    method: str
    path: str
    steps: list[Step]
    go_on: bool
    errors: list[ApiError] = field(default_factory=list)
    rollback_errors: list[ApiError] = field(default_factory=list)

    @property
    def progress(self) -> tuple[str, str]:
        """Code and message of the job while it runs: the records are changed at its end (assumption)."""
        return "262289", f"0 of {len(self.steps)} records complete."

    def run(self) -> None:
        """Do every step. The first that fails takes back those before it, unless continue_on_failure is set or
        records are deleted.
        """
        done: list[Step] = []
        for step in self.steps:
            try:
                step.undo = step.do()
            except ApiError as error:
                self.errors.append(_failed(self.method, step.identity, error))
                if not self.go_on:
                    self._roll_back(done)
                    raise self._outcome() from error
            else:
                done.append(step)
        if self.errors:
            failures = " ".join(error.message for error in self.errors)
            raise of_the_work("262292", f"{codes.text(codes.RECORDS, '262292')} {failures}")

    def _roll_back(self, done: list[Step]) -> None:
        """A best effort, the last record first."""
        for step in reversed(done):
            try:
                if step.undo is not None:
                    step.undo()
            except ApiError as error:
                method = "DELETE" if self.method == "POST" else self.method
                self.rollback_errors.append(_failed(method, {"uuid": step.row.uuid}, error))

    def _outcome(self) -> ApiError:
        if self.rollback_errors:
            return of_the_work("262288", codes.text(codes.RECORDS, "262288"))
        return self.errors[-1]


def _failed(method: str, identity: dict[str, Any], error: ApiError) -> ApiError:
    listed = ", ".join(f"{name}: {value}" for name, value in identity.items())
    return of_the_work("262287", f'{method} of record "{listed}" failed. Reason: {error.message.rstrip(".")}.')
