# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory the processes of a run took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .cases import FAST, VENDOR

_PROBE = Path(__file__).parent / "probe"
_CONTROLLER = "ansible-playbook"


@dataclass(frozen=True)
class Probe:
    """What is told to a run, and what its processes wrote."""

    path: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that have every Python process of a run write its peak."""
        return {"PYTHONPATH": str(_PROBE), "BENCHMARK_PEAKS": str(self.path)}

    def peak(self, contender: str) -> float:
        """The peak (MB, of a million bytes) of the process that did the work.

        That is a module's, the script's, or in Ansible's own process the largest of its workers, which hold all that
        ansible-playbook holds.
        """
        lines = self._lines()
        if contender == FAST:
            kibibytes = [int(children) for name, _own, children in lines if name == _CONTROLLER]
        elif contender == VENDOR:
            kibibytes = [int(own) for _name, own, _children in lines]
        else:
            kibibytes = [int(own) for name, own, _children in lines if name.startswith("AnsiballZ_")]
        return _megabytes(kibibytes)

    def peak_of(self, program: str) -> float:
        """The peak (MB) of a program itself."""
        return _megabytes(int(own) for name, own, _children in self._lines() if name == program)

    def _lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text(encoding="utf-8").splitlines()]


def _megabytes(kibibytes: Iterable[int]) -> float:
    return max(kibibytes) * 1024 / 1e6


def probe(folder: Path) -> Probe:
    """A probe for one run."""
    path = folder / "peaks"
    path.write_text("", encoding="utf-8")
    return Probe(path)
