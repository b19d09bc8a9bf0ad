# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""News about keys from the event log of a cluster (EMS): a small question that tells when a look at the configurations is worth it.

Source: ONTAP REST API reference, "Retrieve observed events" (9.6 and later); ONTAP EMS references of 9.10.1 to 9.17.1.

An event is told from all others by its node and its index; its time is part of that here, since nobody says that an index never
begins anew. A question goes back some minutes behind the one before: the clocks of the nodes differ, and what a node wrote while
it booted can be read only when it is up. The time is the cluster's own (the Date of its answers), never that of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AnswerError, Request
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

PATH = "/api/support/ems/events"
NAMES: tuple[str, ...] = (
    # A vault is there or not; a key has expired or has another version; volumes have lost or got their key.
    "ekmip.akv.available",
    "ekmip.akv.keyExpired",
    "ekmip.akv.keyVersionChanged",
    "ekmip.akv.notAvailable",
    "ekmip.akv.volOffline",
    "ekmip.akv.volOnline",
    # A node has come up; it has no keys; a volume, or a whole aggregate, waits for them.
    "mgr.boot.disk_done",
    "km.keyretrieve.failed",
    "raid.encrypt.no.key",
    "gb.sfo.veto.kmgr.keysmissing",
    "arl.veto.kmgr.keysmissing",
    "other.veto.kmgr.keysmissing",
)
#: With wildcards only: ONTAP refuses a filter that names an event which the release does not have.
_FILTER = "|".join(dict.fromkeys(f"{name.rpartition('.')[0]}.*" for name in NAMES))
#: Seconds that are asked for again.
_OVERLAP = 900
#: The parameter with the SVM, from 9.14 on and before.
_OWNERS = ("svm", "vserver")

_Place = tuple[str, int, float]


class Message(NamedTuple):
    """An event. svm: None where it is about a node. time: seconds since 1970, by the clock of the node."""

    name: str
    node: str
    svm: str | None
    text: str
    time: float


class Ems:
    """What was read of one event log so far; outlives the connection."""

    def __init__(self) -> None:
        # By the clock of the cluster, in whole seconds since 1970, as the log has them.
        self._begin: int | None = None
        self._known: set[_Place] = set()

    def news(self, client: Client) -> list[Message]:
        """Returns the messages about keys that came since the last call, the oldest first, each once; what is there at the first call is no news.

        One request for each page. Raises AkvError, and then forgets nothing.
        """
        first = self._begin is None
        begin = _behind(client.cluster_time) if self._begin is None else self._begin
        query = {
            "message.name": _FILTER,
            "time": f">={datetime.fromtimestamp(begin, tz=timezone.utc).isoformat()}",
            "fields": "time,message.name,log_message,parameters",
        }
        found = dict(map(_read, client.records(PATH, query)))
        # A server that does not know a filter answers with more.
        new = [found[place] for place in found if place not in self._known and place[2] >= begin]
        # A cluster that tells no time is asked for all of it each time.
        self._begin = _behind(client.cluster_time) or begin
        # Not only what was found: the events of a node that goes down and comes back are not there in between.
        self._known = {place for place in (*self._known, *found) if place[2] >= self._begin}
        return [] if first else sorted((message for message in new if message.name in NAMES), key=lambda message: message.time)


def _behind(moment: float) -> int:
    return max(0, int(moment) - _OVERLAP)


def _read(record: Mapping[str, Any]) -> tuple[_Place, Message]:
    node, index, message = (record.get(name) for name in ("node", "index", "message"))
    where = node.get("name") if isinstance(node, Mapping) else None
    name = message.get("name") if isinstance(message, Mapping) else None
    moment = _moment(record.get("time"))
    if not isinstance(where, str) or not isinstance(index, int) or not isinstance(name, str) or moment is None:
        raise AnswerError("the answer is not ONTAP's: an event without a node, an index, a time or a name", status=200, request=Request("GET", PATH))
    return (where, index, moment), Message(name, where, _svm(record), str(record.get("log_message") or name), moment)


def _moment(text: Any) -> float | None:
    """Returns a date and time with its zone in seconds since 1970, None for anything else."""
    try:
        # Python 3.9 does not read the Z.
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _svm(record: Mapping[str, Any]) -> str | None:
    parameters = record.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else []:
        if isinstance(parameter, Mapping) and parameter.get("name") in _OWNERS and parameter.get("value"):
            return str(parameter["value"])
    return None
