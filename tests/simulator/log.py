# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: what reached the API, in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

#: How many requests the log keeps; each has its number, so a reader sees whether older ones are gone.
_KEPT = 50_000


@dataclass
class Entry:
    """One request. `status` is None where no (whole) answer was sent."""

    number: int
    connection: int
    method: str
    path: str
    query: dict[str, str]
    raw_path: str
    body: Any
    accept: str | None
    user_agent: str | None
    at: float
    status: int | None = None
    auth: str | None = None
    user: str | None = None
    fault: str | None = None


@dataclass
class AzureEntry(Entry):
    """One request to Azure. Neither a secret nor a token is kept, only the kind of credential (`auth`) and whose it
    is (`user`).
    """

    #: "login" or "vault", and the host that the client named.
    service: str = ""
    host: str = ""
    #: Kinds of credentials that do not belong in this request: a secret sent to a vault, a token sent to the login or
    #: to a vault of another audience.
    misplaced: list[str] = field(default_factory=list)


class Log:
    """The last requests, and the numbers of connections."""

    def __init__(self, kind: type[Entry] = Entry) -> None:
        self._kind = kind
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._number = 0
        self.opened = 0
        self.accepted = 0
        self.handshakes = 0
        self.refused = 0

    def add(self, **known: Any) -> Entry:
        """Note a request that arrived."""
        self._number += 1
        entry = self._kind(number=self._number, **known)
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """The requests as JSON."""
        return [dict(vars(entry)) for entry in self._entries]

    def clear(self) -> None:
        """Forget requests and counts; connections that are open stay open."""
        self._entries.clear()
        self._number = self.accepted = self.handshakes = self.refused = 0

    def connections(self) -> dict[str, int]:
        """Connections accepted, refused by a fault, and TLS handshakes that succeeded."""
        return {"accepted": self.accepted, "handshakes": self.handshakes, "refused": self.refused}
