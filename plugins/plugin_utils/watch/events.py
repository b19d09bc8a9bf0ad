# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events made of changes: flat dictionaries of plain values, without secrets or text that would be evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.masking import Mask
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Use
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import UNREAD_TYPES, Notice

_TITLES = {
    "akv_state_lost": "the keys are not available",
    "akv_state_restored": "the keys are available again",
    "azure_unreachable": "the vault cannot be reached",
    "azure_reachable": "the vault can be reached again",
    "ekmip_unreachable": "the EKMIP server cannot be reached",
    "ekmip_reachable": "the EKMIP server can be reached again",
    "cluster_unreachable": "the cluster cannot be read",
    "cluster_reachable": "the cluster can be read again",
    "status_unreadable": "a status cannot be read",
    "status_readable": "the status can be read again",
    "azure_login_refused": "Azure refuses the login",
    "azure_login_accepted": "Azure accepts the login again",
    "azure_certificate_expiring": "the client certificate expires soon",
    "azure_certificate_renewed": "the client certificate was renewed",
    "azure_key_unusable": "the key cannot be used",
    "azure_key_usable": "the key can be used again",
    "azure_key_expiring": "the key expires soon",
    "azure_key_renewed": "the key no longer expires soon",
    "azure_key_new_version": "the key has a newer version",
    "azure_key_newest_version": "the newest version of the key is in use",
    "azure_check_failed": "it cannot be checked in Azure",
    "azure_check_resumed": "it is checked in Azure again",
    "configuration_added": "a configuration was added",
    "configuration_removed": "the configuration was removed",
    "configuration_drift": "the configuration was changed",
}
#: Why an event ends another one although the cluster does not confirm that the problem is over.
_CAUSES = {
    "configuration_removed": "no longer checked, the configuration was removed",
    "configuration_drift": "no longer checked, it is not enabled",
    "not_used": "no longer checked, no configuration uses it",
}
#: How many configurations that use something in Azure the line of an event names.
_MOST_NAMED = 3
#: Characters; a message names every node of a cluster.
_LONGEST = 2000
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# A rulebook and the playbooks that it runs would evaluate a template, and try to decrypt a vaulted text.
_EVALUATED = re.compile(r"(?<=\{)(?=[{%#])|(?<=[}%#])(?=\})|(?<=\$)(?=ANSIBLE_VAULT)")


def make_event(cluster: Cluster | None, change: Notice, mask: Mask) -> dict[str, Any]:
    """Return a change as an event. cluster: None if it is about Azure. mask: removes secrets from a value."""
    record, azure = change.record or {}, change.azure
    # The reason why something cannot be read is this collection's text; the server's part of it is already masked.
    masked = mask.mask_own if azure is not None or change.type.startswith(("cluster_", "status_")) else mask.mask_data
    # Text from the cluster, from Azure, or from a server that poses as one of them.
    said = {
        "svm": resource.get_svm(record, "name"),
        "configuration": resource.get_configuration(record, "name"),
        "node": change.node,
        "client_id": azure and azure.client_id,
        "key_id": azure and azure.key_id,
        "expires": azure and azure.expires,
        "used_by": [use._asdict() for use in azure.uses] if azure else [],
        "code": change.wrong.code,
        "message": change.wrong.message,
        "changes": change.changes,
    }
    event = {
        "type": change.type,
        "cluster": cluster and cluster.name,
        "hostname": cluster and cluster.connection.hostname,
        "http_port": cluster and cluster.connection.port,
        **dict(make_plain(masked(said))),
        "svm_uuid": _get_uuid(resource.get_svm(record, "uuid")),
        "uuid": _get_uuid(record.get("uuid")),
        "scope": record.get("scope"),
        "since": _format_moment(change.since),
        "at": _format_moment(change.at),
        "check": change.check,
        "cause": change.cause,
        "initial": change.initial,
        "reminder": change.reminder,
        "source": change.source,
    }
    return {**event, "text": _format_line(event)}


def make_plain(value: Any) -> Any:
    """Return a value whose texts are single lines of limited length, and neither templates nor vaulted."""
    if isinstance(value, str):
        line = _EVALUATED.sub(" ", " ".join(_UNSEEN.sub(" ", value).split()))
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    if isinstance(value, Mapping):
        return {make_plain(str(name)): make_plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_plain(item) for item in value]
    return value


def _get_uuid(value: Any) -> str | None:
    return value if isinstance(value, str) and resource.is_uuid(value) else None


def _format_moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _format_line(event: Mapping[str, Any]) -> str:
    """Return the whole event as one line: where, what, since when, and why."""
    changes = ", ".join(
        f"{name} {_format_value(change['before'])} -> {_format_value(change['after'])}"
        for name, change in event["changes"].items()
    )
    title = _CAUSES.get(event["cause"]) or _TITLES[event["type"]]
    about = f" ({event['check']})" if event["check"] and (event["cause"] or event["type"] in UNREAD_TYPES) else ""
    reason = event["message"] or changes
    code = f" (code {event['code']})" if event["code"] and str(event["code"]) not in reason else ""
    again = f", reminder {event['reminder']}" if event["reminder"] else ""
    where = _name_place_in_azure(event) if event["cluster"] is None else _name_place(event)
    return f"{where}: {title}{about} since {event['since']}{again}{': ' if reason else ''}{reason}{code}"


def _name_place(event: Mapping[str, Any]) -> str:
    several = f"/{event['configuration']}" if event["configuration"] not in (None, selection.DEFAULT) else ""
    where = "" if event["type"].startswith("cluster_") else f": {event['svm'] or 'the cluster itself'}{several}"
    node = f", node {event['node']}" if event["node"] else ""
    return f"{event['cluster']}{where}{node}"


def _name_place_in_azure(event: Mapping[str, Any]) -> str:
    """Return what an event is about: the application, the key, or both, and some of the configurations that use it."""
    about = [
        f"{title} {event[name]}" for title, name in (("application", "client_id"), ("key", "key_id")) if event[name]
    ]
    labels = [Use(**use).label for use in event["used_by"]]
    more = [f"{len(labels) - _MOST_NAMED} more"] if len(labels) > _MOST_NAMED else []
    return f"Azure: {', '.join(about)} (used by {', '.join([*labels[:_MOST_NAMED], *more])})"


def _format_value(value: Any) -> str:
    return "nothing" if value in (None, "") else str(value)
