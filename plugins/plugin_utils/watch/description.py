# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that describe a configuration, and which of them have changed.

After an upgrade, ONTAP reports more fields than before: fields that were not reported are not changes, and neither is
the version of a key. For the proxy, a field that is not reported is not set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource

_SVM, _CONFIGURATION = "svm.name", "configuration.name"


def describe(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reported fields that describe a configuration, by name."""
    told = {name: record[name] for name in resource.DESCRIPTION if record.get(name) is not None}
    owner = {_SVM: resource.get_svm(record, "name"), _CONFIGURATION: resource.get_configuration(record, "name")}
    return {**{name: value for name, value in owner.items() if value is not None}, **told}


def is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether two descriptions mean the same; an empty one is that of a configuration that does not exist."""
    return bool(before) and bool(now) and not compare(before, now)


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields that have changed, each with before and after."""
    names = sorted({*before, *now})
    pairs = ((name, before.get(name), now.get(name)) for name in names)
    return {
        name: {"before": old, "after": new} for name, old, new in pairs if old != new and _is_different(name, old, new)
    }


def _is_different(name: str, old: Any, new: Any) -> bool:
    if old is None or new is None:
        return name in resource.PROXY_FIELDS and (old or new) not in ("", 0, None)
    return not resource.is_same_value(name, old, new)


def refine(before: Mapping[str, Any], now: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a description, completed with what another one of the same meaning adds."""
    more = {name: value for name, value in now.items() if name not in before}
    key = now.get("key_id")
    if key is not None and before.get("key_id") is not None and resource.is_version_hidden(str(key), before["key_id"]):
        more["key_id"] = key
    return {**before, **more} if more else before
