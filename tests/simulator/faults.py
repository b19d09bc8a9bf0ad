# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what happens to a request, selected by method, path and order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

#: kind -> the arguments that it takes.
KINDS: dict[str, frozenset[str]] = {
    "refuse": frozenset(),
    "drop_before": frozenset(),
    "drop_after": frozenset(),
    "drop_during": frozenset(),
    "slow": frozenset({"seconds"}),
    "slow_after": frozenset({"seconds"}),
    "drip": frozenset({"seconds", "chunk"}),
    "status": frozenset({"status", "retry_after", "body"}),
    "status_after": frozenset({"status", "retry_after", "body"}),
    "error": frozenset({"code", "status", "message", "retry_after"}),
    "html": frozenset({"status"}),
    "cut_json": frozenset(),
    "wrong_shape": frozenset({"body", "status", "before"}),
    "huge": frozenset({"bytes"}),
    "redirect": frozenset({"location", "status"}),
    "next_loop": frozenset(),
    "next_other_host": frozenset({"location"}),
}

#: Faults that keep the request from ever being worked on.
BEFORE = frozenset({"drop_before", "status", "error", "html", "huge", "redirect"})


@dataclass
class Fault:
    """One fault. It hits `times` (None: all) of the matching requests, from number `nth` on."""

    kind: str
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int | None = 1
    arguments: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the request is one that this fault counts."""
        if self.method is not None and method not in self.method.upper().split("|"):
            return False
        return self.path is None or re.search(self.path, path) is not None

    @property
    def spent(self) -> bool:
        """Whether it hits no more."""
        return self.times is not None and self.hits >= self.times

    def strikes(self, *, free: bool = True) -> bool:
        """Count one matching request; whether the fault hits it (one that another fault hits is not free)."""
        self.seen += 1
        if not free or self.spent or self.seen < self.nth:
            return False
        self.hits += 1
        return True


def _check_pattern(path: str | None) -> None:
    try:
        re.compile(path or "")
    except re.error as error:
        raise ValueError(f"path is no regular expression: {error}") from None


class Faults:
    """The faults that wait, in the order in which they were set."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(
        self,
        kind: str,
        method: str | None = None,
        path: str | None = None,
        nth: int | None = None,
        times: int | None = 1,
        **arguments: Any,
    ) -> None:
        """Set a fault; unknown kinds and arguments are errors."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}")
        unknown = sorted(set(arguments) - KINDS[kind])
        if unknown:
            raise ValueError(f"fault {kind} takes {', '.join(sorted(KINDS[kind])) or 'nothing'}, not {unknown}")
        if kind == "wrong_shape" and "body" not in arguments:
            raise ValueError("fault wrong_shape needs body")
        _check_pattern(path)
        self._waiting.append(Fault(kind, method, path, nth or 1, times, arguments))

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request: the first whose turn it is. All that match count the request."""
        hit = None
        for fault in self._waiting:
            if fault.kind != "refuse" and fault.matches(method, path) and fault.strikes(free=hit is None):
                hit = fault
        self._forget()
        return hit

    def refuse(self) -> bool:
        """Whether a new connection is refused."""
        hit = any(fault.kind == "refuse" and fault.strikes() for fault in self._waiting)
        self._forget()
        return hit

    def _forget(self) -> None:
        self._waiting = [fault for fault in self._waiting if not fault.spent]

    def clear(self) -> None:
        """No more faults."""
        self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """The faults that have not hit as often as they shall."""
        return [
            {"kind": fault.kind, "method": fault.method, "path": fault.path, "nth": fault.nth, "times": fault.times}
            | {"seen": fault.seen, "hits": fault.hits, **fault.arguments}
            for fault in self._waiting
        ]
