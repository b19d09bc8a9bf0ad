# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PATCH of the collection: every configuration that a query finds, one by one.

"ONTAP supports query-based DELETE or PATCH for all collection endpoints" (ONTAP REST API, "Getting started"). What the
vendor's generated clients of PATCH /security/azure-key-vaults say of parameters and answers is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .cluster import Vault
from .errors import ApiError, in_words_of
from .parameters import Asked
from .tables import Record
from .vaults import Vaults


@dataclass
class Bulk:
    """The work on the configurations found, and what came of it."""

    vaults: Vaults
    found: list[Vault]
    given: dict[str, Any]
    asked: Asked
    changed: list[Vault] = field(default_factory=list)
    errors: list[ApiError] = field(default_factory=list)

    def run(self) -> None:
        """Change each as a PATCH of its own does; the first that fails ends it, and those before stay changed (assumption)."""
        for vault in self.found:
            try:
                self.vaults.do_update(vault, self.given)
            except ApiError as error:
                if not self.asked.go_on:
                    raise
                self.errors.append(error)
            else:
                self.changed.append(vault)

    def answer(self, record: Callable[[Vault], Record]) -> Record:
        """How many were changed ("only the number of records is returned"), and the records where they are wanted.

        With continue_on_failure the failures stand in `errors`, where the vendor's client looks for those of an
        operation on several records; that the status is 200 all the same is an assumption.
        """
        content: Record = {"num_records": len(self.changed)}
        if self.asked.records:
            content["records"] = [record(vault) for vault in self.changed]
        if self.errors:
            content["errors"] = [in_words_of(error, self.vaults.cluster.knobs).error() for error in self.errors]
        return content
