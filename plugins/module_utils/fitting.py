# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the cluster's release has what a task uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ansible_collections.ontap.akv.plugins.module_utils import releases
from ansible_collections.ontap.akv.plugins.module_utils.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.errors import ApiError


@contextmanager
def fitting(client: Client, uses: Sequence[str]) -> Iterator[None]:
    """Raises OptionError before anything is asked, where a task uses options or fields that the release has not got.

    The release is asked for only if one of them is newer than the base, or after a refusal that this may explain. Most tasks
    need nothing of that, and do not pay for it.
    """
    if releases.newer_than_base(uses):
        from ansible_collections.ontap.akv.plugins.module_utils import older

        older.check(client, uses)
    try:
        yield
    except ApiError as exc:
        if not exc.unknown_field:
            raise
        from ansible_collections.ontap.akv.plugins.module_utils import older

        raise older.explained_reading(client, exc, uses) from exc.__cause__
