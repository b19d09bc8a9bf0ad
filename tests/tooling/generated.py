# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of documents that are generated from data in module_utils and enclosed in two marker lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """A generated part of a file. begin, end: the marker lines. make: returns the text between them."""

    path: Path
    begin: str
    end: str
    make: Callable[[], str]

    def read(self) -> str:
        """Return the current content of the file."""
        return self.path.read_text(encoding="utf-8")

    def written(self) -> str:
        """Return the content of the file with the part up to date."""
        before, _begin, rest = self.read().partition(self.begin)
        _old, _end, after = rest.partition(self.end)
        return f"{before}{self.begin}{self.make()}{self.end}{after}"

    def write(self) -> None:
        """Write the part into the file."""
        self.path.write_text(self.written(), encoding="utf-8")
