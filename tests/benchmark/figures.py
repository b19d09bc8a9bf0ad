# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of one contender in one case, over all rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One round. simulator_seconds: CPU time that the simulator used. starts: processes that ran a module.

    parts: what the time consists of, where that was taken. Where a sample of the SVMs stands for all, the figures are
    for all.
    """

    seconds: float
    requests: int
    connections: int
    starts: int | None
    simulator_seconds: float
    parts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """All rounds of a contender. times: what a loop over a sample of the SVMs was multiplied with, 1 where it was
    none.
    """

    samples: Sequence[Sample]
    times: int = 1
    note: str = ""

    def median(self, figure: Callable[[Sample], float] = lambda sample: sample.seconds) -> float:
        """The median of a figure over the rounds."""
        return median(figure(sample) for sample in self.samples)

    @property
    def seconds(self) -> float:
        return self.median()

    @property
    def fastest(self) -> float:
        return min(sample.seconds for sample in self.samples)

    @property
    def slowest(self) -> float:
        return max(sample.seconds for sample in self.samples)

    @property
    def requests(self) -> float:
        return self.median(lambda sample: sample.requests)

    @property
    def most_connections(self) -> int:
        return max(sample.connections for sample in self.samples)

    @property
    def busy(self) -> float:
        """The share of the time in which the simulator used a core."""
        return self.median(lambda sample: sample.simulator_seconds / sample.seconds)

    def starts(self) -> float | None:
        """The median of module processes; None where they were not counted."""
        counted = [sample.starts for sample in self.samples if sample.starts is not None]
        return median(counted) if counted else None

    def part(self, name: str) -> float:
        """The median of a part of the time."""
        return self.median(lambda sample: sample.parts[name])

    def as_data(self) -> dict[str, Any]:
        """For the file of raw figures."""
        return {"times": self.times, "note": self.note, "rounds": [asdict(sample) for sample in self.samples]}


#: case -> contender -> figures
Results = dict[str, dict[str, Series]]


def duration(seconds: float) -> str:
    """A time with three digits."""
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.2f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def times(ratio: float) -> str:
    """A ratio as one reads it."""
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.0f} x"


def number(value: float) -> str:
    """A count; a median may lie between two."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
