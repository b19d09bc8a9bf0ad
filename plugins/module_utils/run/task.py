# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a module: its options, and the warnings and secrets that it collects."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.masking import SHORTEST_SECRET, Mask
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import find_doubt
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport


@dataclass
class Task:
    """A run of a module without AnsibleModule: its options, and what it collects until the end of the run.

    secrets: what is masked in the output, in all its forms. changing: whether something may have been changed.
    """

    params: Mapping[str, Any]
    check_mode: bool = False
    diff: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    warnings: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    changing: bool = False

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def hide(self, secret: str | None, option: str | None = None) -> None:
        """Mask a secret in the output, including the encoded forms in which a server may echo it.

        option: its name, for a warning if the secret is short or doubtful.
        """
        if secret:
            self.secrets.add(secret)
        doubtful = find_doubt(option, secret) if secret and option else None
        if doubtful:
            self.warn(doubtful)
        if secret and option and len(secret) < SHORTEST_SECRET:
            self.warn(
                f"{option} has fewer than {SHORTEST_SECRET} characters. It is masked in the messages of the cluster and"
                " as a whole value, but not as a part of names or of other text."
            )

    def make_mask(self) -> Mask:
        """Return the mask that removes the secrets known so far from values."""
        return Mask(self.secrets)

    def remove_secrets(self, text: str) -> str:
        """Return free text of the cluster without the secrets known so far."""
        return self.make_mask().mask_foreign(text)

    def read_connection(self) -> Connection:
        """Return how to reach the cluster of the task, and mask its password; raise OptionError."""
        connection = options.read_connection(self.params, self.environ)
        self.hide(connection.password, "password")
        if connection.password and not connection.https:
            self.warn("The password is sent over http, so others on the network can read it; use https.")
        return replace(connection, mask=self.remove_secrets)

    @contextmanager
    def open_client(self, *, connections: int = 1) -> Iterator[Client]:
        """Yield a client for the REST interface of the task's cluster; raises AkvError."""
        require_rest(self.params)
        connection = self.read_connection()
        transport = Transport(connection, connections=connections)
        try:
            yield Client(transport)
        finally:
            # If the block is left early in a process that continues, threads still at work must send nothing more.
            transport.stop()
            transport.close()


def require_rest(params: Mapping[str, Any]) -> None:
    """Raise OptionError if the task disables the REST interface."""
    if options.read_use_rest(params) == "never":
        raise OptionError(
            "use_rest",
            "only ontap.akv.akv_rekey and ontap.akv.akv_restore accept never",
            hint="Remove it: this module needs the REST interface.",
        )
