# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure says about the credential and the key of a configuration, as the filter fleet documents it, and the date
that was given.

All of it may be missing, or of another type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import parse_time


class AzureFacts(NamedTuple):
    """Facts about one configuration; None or empty if they are not known.

    usable: whether Azure accepts the login and the key can be used. not_checked: why Azure could not be asked, or not
    completely. is_newest: whether the version in use is the newest. problems: with C(kind), C(severity), C(code),
    C(message) and C(hint).
    """

    usable: bool | None = None
    not_checked: str = ""
    key_expires: dt.datetime | None = None
    credential_expires: dt.datetime | None = None
    newest_version: str = ""
    is_newest: bool | None = None
    purge_protected: bool | None = None
    problems: Sequence[Mapping[str, Any]] = ()


_NOTHING = AzureFacts()


class AzureIndex:
    """The results from Azure of one host, by the UUID of the configuration."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        results = entry.get("azure")
        self._given = parse_time(entry.get("credential_expires"))
        self._results = {
            str(result.get("uuid")): result
            for result in (results if isinstance(results, list) else ())
            if isinstance(result, Mapping)
        }

    def find(self, record: Mapping[str, Any]) -> AzureFacts:
        """Return the facts about a record."""
        if not self._results and self._given is None:
            return _NOTHING
        return _collect(self._results.get(str(record.get("uuid")), {}), self._given)


def _collect(result: Mapping[str, Any], given: dt.datetime | None) -> AzureFacts:
    key, certificate, problems = result.get("key"), result.get("certificate"), result.get("problems")
    about_key = key if isinstance(key, Mapping) else {}
    about_certificate = certificate if isinstance(certificate, Mapping) else {}
    return AzureFacts(
        usable=_as_bool(result.get("usable")),
        not_checked=_as_text(result.get("not_checked")),
        key_expires=parse_time(about_key.get("expires")),
        credential_expires=parse_time(about_certificate.get("not_after")) or given,
        newest_version=_as_text(about_key.get("newest_version")),
        is_newest=_as_bool(about_key.get("newest_in_use")),
        purge_protected=_as_bool(about_key.get("purge_protected")),
        problems=tuple(each for each in problems if isinstance(each, Mapping)) if isinstance(problems, list) else (),
    )


def _as_bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""
