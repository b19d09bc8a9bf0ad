# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Features that earlier ONTAP releases do not have: send another request to the same end, or name the required release.

Reads the cluster's release only after a refusal that the release may explain, and before a task that uses features
newer than the release that the collection is based on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, ApiError, OptionError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write


@contextmanager
def check_release(client: Client, uses: Sequence[str]) -> Iterator[None]:
    """Raise OptionError before any other request if the cluster's release lacks options or fields that a task uses.

    Reads the release only if one of them is newer than the base, or after a refusal that the release may explain.
    """
    if releases.find_newer_than_base(uses):
        _check_options(client, uses)
    try:
        yield
    except ApiError as exc:
        if not exc.unknown_field:
            raise
        needed = {name: releases.find_first(name) for name in uses if name in releases.FIELDS}
        raise _name_releases(client, exc, needed) from exc.__cause__


def find_fallback(client: Client, write: Write, refusal: ApiError) -> Write | None:
    """Return the request to send instead of one that the cluster's release does not have, or None."""
    if write.older is None or not refusal.unserved:
        return None
    first, older = write.older
    version = client.read_release()
    return older if version is not None and version < first else None


def add_release_hint(client: Client, refusal: AkvError, write: Write) -> AkvError:
    """Return the refusal of a request; if the release is the reason, its hint names the required release."""
    if not isinstance(refusal, ApiError):
        return refusal
    if refusal.unserved:
        call = next((name for name in releases.CALLS if f"/{name}" in write.path), None)
        return _name_releases(client, refusal, {call: releases.CALLS[call]} if call else {})
    if refusal.unknown_field:
        operation = releases.CREATE if write.path == resource.PATH and write.method == "POST" else releases.CHANGE
        return _name_releases(
            client,
            refusal,
            {name: first for name in write.body or () if (first := _find_first(name, operation)) is not None},
        )
    return refusal


def explain_refusal(client: Client, refusal: AkvError, needs: dict[str, releases.Version]) -> AkvError:
    """Return the refusal of a call or of fields; if the release is the reason, its hint names the required release.

    needs: the first release of each feature that the request uses.
    """
    if isinstance(refusal, ApiError) and (refusal.unserved or refusal.unknown_field):
        return _name_releases(client, refusal, needs)
    return refusal


def _check_options(client: Client, options: Iterable[str]) -> None:
    """Raise OptionError if no operation of the release knows an option."""
    version = client.read_release()
    for name in releases.find_newer_than_base(options):
        first = releases.find_first(name)
        if version is not None and version < first:
            raise OptionError(
                name,
                f"it needs ONTAP {first} or later, and the cluster has {version}",
                hint="Remove it for this cluster.",
            )


def _find_first(name: str, operation: str) -> releases.Version | None:
    return getattr(releases.FIELDS[name], operation) if name in releases.FIELDS else None


def _name_releases(client: Client, refusal: ApiError, wanted: dict[str, releases.Version]) -> ApiError:
    """Return the refusal with a hint that names what the release does not support."""
    version = client.read_release() if wanted else None
    lacking = {name: first for name, first in wanted.items() if version is not None and version < first}
    if lacking:
        needs = " and ".join(f"{name} needs ONTAP {first} or later" for name, first in lacking.items())
        refusal.hint = f"{needs}, and the cluster has {version}."
    return refusal
