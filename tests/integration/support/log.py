# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's request log as the tests look at it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from simulator import Simulator

VAULTS = "/api/security/azure-key-vaults"
_PATIENCE = 30.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Requests(list[dict[str, Any]]):
    """Entries of the request log, in order."""

    @property
    def lines(self) -> list[str]:
        """Method and path of each request; the collection's path left out, UUIDs as UUID."""
        return [f"{entry['method']} {_UUID.sub('UUID', entry['path'].removeprefix(VAULTS))}".strip() for entry in self]

    @property
    def reads(self) -> Requests:
        """Those that change nothing."""
        return Requests(entry for entry in self if entry["method"] == "GET")

    @property
    def writes(self) -> Requests:
        """Those that change something."""
        return Requests(entry for entry in self if entry["method"] != "GET")

    @property
    def bodies(self) -> list[Any]:
        """The bodies that were sent with the writes, in order."""
        return [entry["body"] for entry in self.writes]

    @property
    def connections(self) -> int:
        """How many connections they came on."""
        return len({entry["connection"] for entry in self})

    def about(self, *uuids: str) -> Requests:
        """Those whose path names one of these configurations."""
        return Requests(entry for entry in self if any(uuid in entry["path"] for uuid in uuids))


def sorted_bodies(bodies: Iterable[Any]) -> list[Any]:
    """Bodies of several SVMs in an order that does not depend on which request came first."""
    return sorted(bodies, key=lambda body: str(sorted(body.items(), key=str)))


def until(simulator: Simulator, condition: Callable[[list[dict[str, Any]]], bool]) -> int:
    """Waits until the request log is so; returns the number of requests."""
    end = time.monotonic() + _PATIENCE
    while not condition(log := simulator.control.log()):
        assert time.monotonic() < end, Requests(log).lines[-20:]
        time.sleep(0.01)
    return len(log)
