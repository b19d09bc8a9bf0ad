# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of texts for people that are made from data in module_utils, and stand between two lines that say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """A part of a file. begin, end: the lines around it. make: what makes the text between them."""

    path: Path
    begin: str
    end: str
    make: Callable[[], str]

    def read(self) -> str:
        """The file as it is."""
        return self.path.read_text(encoding="utf-8")

    def written(self) -> str:
        """The file with the part as it should be."""
        before, _begin, rest = self.read().partition(self.begin)
        _old, _end, after = rest.partition(self.end)
        return f"{before}{self.begin}{self.make()}{self.end}{after}"

    def write(self) -> None:
        """Bring the part into the file."""
        self.path.write_text(self.written(), encoding="utf-8")
