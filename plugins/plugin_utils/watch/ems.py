# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key-related messages from a cluster's event log (EMS): a small request that shows when to read the configurations.

Source: ONTAP REST API reference, "Retrieve observed events" (9.6 and later); ONTAP EMS references of 9.10.1 to 9.17.1,
and the newest one.

A node and an index identify an event. Its time is part of the identity here, because the documentation does not say
that an index never restarts. Each request overlaps the previous one by some minutes: the clocks of the nodes differ,
and what a node wrote while booting can be read only after it is up. The time is the cluster's (the Date of its
responses), never this machine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Request, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import parse_moment
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

PATH = "/api/support/ems/events"
NAMES: tuple[str, ...] = (
    # A vault became reachable or unreachable; a key expired or has another version; volumes lost or got their key.
    "ekmip.akv.available",
    "ekmip.akv.keyExpired",
    "ekmip.akv.keyVersionChanged",
    "ekmip.akv.notAvailable",
    "ekmip.akv.volOffline",
    "ekmip.akv.volOnline",
    # Volumes are online again, but could not be mounted.
    "km.volume.mount.fail",
    "km.volume.mount.mismatch",
    # From 9.17.1 on: the vault is available, the key expired. Of active and blocked, which the newest reference lists,
    # only the names were available; a message makes the source read the configurations, whatever it means.
    "km.cmek.akvkms.active",
    "km.cmek.akvkms.available",
    "km.cmek.akvkms.blocked",
    "km.cmek.akvkms.keyExpired",
    # A node booted or has no keys; a volume, or a whole aggregate, waits for them.
    "mgr.boot.disk_done",
    "km.keyretrieve.failed",
    "raid.encrypt.no.key",
    "gb.sfo.veto.kmgr.keysmissing",
    "arl.veto.kmgr.keysmissing",
    "other.veto.kmgr.keysmissing",
)
#: All messages that begin so count: the newest reference has more of them.
_FAMILY = "km.cmek.akvkms."
#: With wildcards only: ONTAP refuses a filter that names an event which its release does not have.
_FILTER = "|".join(dict.fromkeys(f"{name.rpartition('.')[0]}.*" for name in NAMES))
#: Seconds by which a request overlaps the previous one.
_OVERLAP = 900
#: The parameter with the SVM, from 9.14 on and before.
_OWNERS = ("svm", "vserver")

_Place = tuple[str, int, float]


class Message(NamedTuple):
    """An event. svm: None if it is about a node. time: seconds since 1970, by the clock of the node."""

    name: str
    node: str
    svm: str | None
    text: str
    time: float


class Ems:
    """What was read so far from one event log; outlives the connection."""

    def __init__(self) -> None:
        # By the clock of the cluster, in whole seconds since 1970, as the log has them.
        self._begin: int | None = None
        self._known: set[_Place] = set()

    def read_news(self, client: Client) -> list[Message]:
        """Return the messages about keys since the last call, oldest first, each once; the first call returns none.

        Sends one request for each page. Raises AkvError; what was read before is kept then.
        """
        first = self._begin is None
        begin = _find_delay(client.cluster_time) if self._begin is None else self._begin
        query = {
            "message.name": _FILTER,
            "time": f">={datetime.fromtimestamp(begin, tz=timezone.utc).isoformat()}",
            "fields": "time,message.name,log_message,parameters",
        }
        found = dict(map(_read, client.read_records(PATH, query)))
        # A server that does not know a filter returns more than was requested.
        new = [found[place] for place in found if place not in self._known and place[2] >= begin]
        # A cluster that does not report its time is asked for the whole log each time.
        self._begin = _find_delay(client.cluster_time) or begin
        # Not only what this request found: while a node is down, its events are missing from the log.
        self._known = {place for place in (*self._known, *found) if place[2] >= self._begin}
        return (
            []
            if first
            else sorted(
                (message for message in new if message.name in NAMES or message.name.startswith(_FAMILY)),
                key=lambda message: message.time,
            )
        )


def _find_delay(moment: float) -> int:
    return max(0, int(moment) - _OVERLAP)


def _read(record: Mapping[str, Any]) -> tuple[_Place, Message]:
    node, index, message = (record.get(name) for name in ("node", "index", "message"))
    where = node.get("name") if isinstance(node, Mapping) else None
    name = message.get("name") if isinstance(message, Mapping) else None
    moment = parse_moment(record.get("time"))
    if not isinstance(where, str) or not isinstance(index, int) or not isinstance(name, str) or moment is None:
        raise ResponseError(
            "the response is not ONTAP's: an event without a node, an index, a time or a name",
            status=200,
            request=Request("GET", PATH),
        )
    return (where, index, moment), Message(
        name, where, _get_svm(record), str(record.get("log_message") or name), moment
    )


def _get_svm(record: Mapping[str, Any]) -> str | None:
    parameters = record.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else []:
        if isinstance(parameter, Mapping) and parameter.get("name") in _OWNERS and parameter.get("value"):
            return str(parameter["value"])
    return None
