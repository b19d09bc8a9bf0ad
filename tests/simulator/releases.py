# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP releases as numbers that compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

FIRST, LAST = "9.8.0", "9.19.1"


@total_ordering
@dataclass(frozen=True)
class Release:
    """A release such as 9.11.1."""

    generation: int
    major: int
    minor: int = 0

    @classmethod
    def parse(cls, text: str) -> Release:
        """Read "9.8", "9.11.1" or "9.14.1P3"."""
        match = re.match(r"^(\d+)\.(\d+)(?:\.(\d+))?", text)
        if not match:
            raise ValueError(f"{text!r} is no ONTAP release; give one such as 9.11.1")
        generation, major, minor = match.groups()
        return cls(int(generation), int(major), int(minor or 0))

    def __lt__(self, other: Release) -> bool:
        return (self.generation, self.major, self.minor) < (other.generation, other.major, other.minor)

    @classmethod
    def simulated(cls, text: str) -> Release:
        """A release that this simulator knows."""
        release = cls.parse(text)
        if not cls.parse(FIRST) <= release <= cls.parse(LAST):
            raise ValueError(f"{text} is no release that is simulated: {FIRST} to {LAST} are")
        return release

    def __str__(self) -> str:
        return f"{self.generation}.{self.major}.{self.minor}"

    def at_least(self, text: str) -> bool:
        """Whether this is the release `text` or a later one."""
        return self >= Release.parse(text)

    def as_record(self) -> dict[str, object]:
        """`version` of GET /api/cluster."""
        return {
            "full": f"NetApp Release {self}: Thu Aug 29 12:00:00 UTC 2024",
            "generation": self.generation,
            "major": self.major,
            "minor": self.minor,
        }
