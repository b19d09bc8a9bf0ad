# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PATCH and DELETE of a collection by a query: every record that the query finds, one by one.

Source: "Getting started with the ONTAP REST API", "Operations on multiple records", option 2. What the vendor's
generated clients of PATCH /security/azure-key-vaults say of parameters and responses is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .config import Knobs
from .errors import ApiError, in_words_of
from .parameters import Asked
from .tables import Record


@dataclass
class Bulk:
    """The work on the rows found, and what came of it. record: how return_records shows a row."""

    found: list[Any]
    asked: Asked
    work: Callable[[Any], None]
    record: Callable[[Any], Record]
    #: A record that is deleted is shown as it was.
    deletes: bool = False
    changed: list[Record] = field(default_factory=list)
    errors: list[ApiError] = field(default_factory=list)

    def run(self) -> None:
        """Change each as a request of its own does; the first that fails ends it, and those before stay changed
        (assumption).
        """
        for row in self.found:
            try:
                shown = self.record(row) if self.asked.records and self.deletes else {}
                self.work(row)
            except ApiError as error:
                if not self.asked.go_on:
                    raise
                self.errors.append(error)
            else:
                self.changed.append(self.record(row) if self.asked.records and not self.deletes else shown)

    def answer(self, knobs: Knobs) -> Record:
        """How many were changed ("only the number of records is returned"), and the records where they are wanted.

        With continue_on_failure the failures stand in `errors`, where the vendor's client looks for those of an
        operation on several records; that the status is 200 all the same is an assumption.
        """
        content: Record = {"num_records": len(self.changed)}
        if self.asked.records:
            content["records"] = self.changed
        if self.errors:
            content["errors"] = [in_words_of(error, knobs).error() for error in self.errors]
        return content
