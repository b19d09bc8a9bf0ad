# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic of one simulated service: its faults, its request log and its open connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .faults import Faults
from .log import Log


class Closable(Protocol):
    """A connection, as far as the traffic has to do with it."""

    def shutdown(self) -> None:
        """End at once."""


class Traffic:
    """Lives in the server's event loop; nothing else may touch it."""

    def __init__(self, log: Log | None = None) -> None:
        self.log = log or Log()
        self.faults = Faults()
        #: The open connections (protocol.SimulatorProtocol).
        self.open: set[Closable] = set()

    def refuses(self) -> bool:
        """Whether a connection that comes in now is refused."""
        refused = self.faults.refuse()
        self.log.refused += refused
        return refused

    def accepted(self) -> None:
        """A connection was accepted."""
        self.log.accepted += 1

    def drop_connections(self) -> int:
        """End every connection; returns how many."""
        dropped = len(self.open)
        for connection in list(self.open):
            connection.shutdown()
        return dropped

    def forget(self) -> None:
        """Clear the faults and the log."""
        self.faults.clear()
        self.log.clear()


class TrafficControl:
    """The commands of the control interface about one service's traffic."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def fault(self, kind: str, **arguments: Any) -> None:
        """Set a fault."""
        self._traffic.faults.add(kind, **arguments)

    def clear_faults(self) -> None:
        """No more faults."""
        self._traffic.faults.clear()

    def log(self) -> list[dict[str, Any]]:
        """The requests, in order."""
        return self._traffic.log.entries()

    def clear_log(self) -> None:
        """Forget requests and connection counts."""
        self._traffic.log.clear()

    def connections(self) -> dict[str, int]:
        """Connections accepted and refused, TLS handshakes done, and those that are open now."""
        return {**self._traffic.log.connections(), "open": len(self._traffic.open)}

    def drop_connections(self) -> int:
        """End every connection, as a server does with idle ones; returns how many."""
        return self._traffic.drop_connections()


def commands(control: TrafficControl) -> dict[str, Callable[..., Any]]:
    """The commands of a control object: its public methods."""
    return {name: getattr(control, name) for name in dir(control) if not name.startswith("_")}
