# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done where the release of the cluster has not got what a task wants: another way to the same end, or a clear word.

The release is asked for here alone: after a refusal that it may explain, and before a task that uses what is newer than the
release that the collection is built from.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.ontap.akv.plugins.module_utils import akv, releases
from ansible_collections.ontap.akv.plugins.module_utils.client import Client, Write
from ansible_collections.ontap.akv.plugins.module_utils.errors import AkvError, ApiError, OptionError


def instead(client: Client, write: Write, refusal: ApiError) -> Write | None:
    """Returns what is sent in the place of a request that was refused since the release has no such call, None where nothing can be."""
    if write.older is None or not refusal.unserved:
        return None
    first, older = write.older
    version = client.release()
    return older if version is not None and version < first else None


def explained(client: Client, refusal: AkvError, write: Write) -> AkvError:
    """Returns the refusal of a request with the release that it would have needed in its hint, where that is the reason."""
    if not isinstance(refusal, ApiError):
        return refusal
    if refusal.unserved:
        call = next((name for name in releases.CALLS if f"/{name}" in write.path), None)
        return _with_hint(client, refusal, {call: releases.CALLS[call]} if call else {})
    if refusal.unknown_field:
        operation = releases.CREATE if write.path == akv.PATH and write.method == "POST" else releases.CHANGE
        return _with_hint(client, refusal, {name: first for name in write.body or () if (first := _first(name, operation)) is not None})
    return refusal


def explained_reading(client: Client, refusal: ApiError, uses: Iterable[str]) -> ApiError:
    """Returns the refusal of a question with the release that what a task uses would have needed."""
    return _with_hint(client, refusal, {name: releases.first(name) for name in uses if name in releases.FIELDS})


def check(client: Client, options: Iterable[str]) -> None:
    """Raises OptionError where the release has no operation that knows an option."""
    version = client.release()
    for name in releases.newer_than_base(options):
        first = releases.first(name)
        if version is not None and version < first:
            raise OptionError(name, f"it needs ONTAP {first} or later, and the cluster has {version}", hint="Leave it out for this cluster.")


def _first(name: str, operation: str) -> releases.Version | None:
    return getattr(releases.FIELDS[name], operation) if name in releases.FIELDS else None


def _with_hint(client: Client, refusal: ApiError, wanted: dict[str, releases.Version]) -> ApiError:
    """The refusal, with what of the wanted the release lacks."""
    version = client.release() if wanted else None
    lacking = {name: first for name, first in wanted.items() if version is not None and version < first}
    if lacking:
        needs = " and ".join(f"{name} needs ONTAP {first} or later" for name, first in lacking.items())
        refusal.hint = f"{needs}, and the cluster has {version}."
    return refusal
