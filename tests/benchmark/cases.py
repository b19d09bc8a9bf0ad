# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases: what is to be done, from which state on, and who does it how. cases/*.yml holds them as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

FAST = "ontap.akv"
#: The same tasks, with the switch that has the module run in a process of its own.
PLAIN = "ontap.akv, plain module"
URI = "ansible.builtin.uri"
RESTIT = "netapp.ontap.na_ontap_restit"
REST_INFO = "netapp.ontap.na_ontap_rest_info"
VENDOR = "netapp-ontap"

_FOLDER = Path(__file__).parent / "cases"
#: name -> its file, and how many SVMs it has.
_CASES = {
    "nothing-1": ("nothing", 1),
    "nothing-20": ("nothing", 20),
    "nothing-100": ("nothing", 100),
    "create": ("create", 100),
    "rotate": ("rotate", 100),
    "rekey": ("rekey", 100),
    "restore": ("restore", 500),
    "info": ("info", 10_000),
    "clusters-forks-5": ("clusters", 4),
    "clusters-forks-25": ("clusters", 4),
}
NAMES = tuple(_CASES)
#: Of so many SVMs one has lost its keys, in the state "unavailable".
_LOST = 50
#: What the simulator calls the SVMs that it is seeded with.
_PREFIX = "seed"
_SVM = {"volumes": 2, "encrypted_volumes": 1}
#: How many targets ontap.akv works on at a time where the task does not say.
_CONCURRENCY = 8
#: Seconds of a job in the rounds that only warm up.
_QUICK = 0.05

#: Commands of the simulator's control interface, with their arguments.
Commands = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Contender:
    """One way to do the work of a case; that of the vendor's client is in vendor.py.

    check: what must be true after the tasks (Jinja). slow: takes so long that its loops go through a sample of the
    SVMs.
    rounds: that it takes part in, where it waits for jobs most of the time. writes: how many requests change something:
    "each" target one, or "one" for all.
    """

    name: str
    tasks: tuple[dict[str, Any], ...] = ()
    check: str | None = None
    slow: bool = False
    rounds: int | None = None
    writes: str = "each"
    note: str = ""


@dataclass(frozen=True)
class Case:
    """What is to be done for `count` SVMs. write: method and path (a pattern) of the requests that do it."""

    name: str
    title: str
    about: str
    state: str
    count: int
    contenders: tuple[Contender, ...]
    write: str | None = None
    sample: int | None = None
    job_seconds: float = _QUICK

    @property
    def heading(self) -> str:
        """The title with what tells this case from others of its kind."""
        if self.name.startswith("nothing"):
            return f"{self.title}: {self.count} SVM{'s' if self.count > 1 else ''}"
        return f"{self.title}, {self.forks} forks" if self.name.startswith("clusters") else self.title

    @property
    def forks(self) -> int:
        """Of the cases that are about forks."""
        return int(self.name.rpartition("-")[2])

    @property
    def svms(self) -> list[str]:
        """The names of the SVMs."""
        return [f"{_PREFIX}{number:05d}" for number in range(1, self.count + 1)]

    @property
    def concurrency(self) -> int:
        """How many targets ontap.akv works on at a time."""
        (task,) = next(each.tasks for each in self.contenders if each.name == FAST)
        return next(
            (options["concurrency"] for options in task.values() if "concurrency" in (options or ())), _CONCURRENCY
        )

    def targets(self, contender: Contender) -> list[str]:
        """The SVMs that a loop of this contender goes through."""
        if self.state == "unavailable":
            return self.svms[::_LOST]
        return self.svms[: self.sample] if contender.slow else self.svms

    def times(self, contender: Contender) -> int:
        """How often a loop over the targets counts."""
        return 1 if self.sample is None else max(1, self.count // len(self.targets(contender)))

    def writes(self, contender: Contender) -> int:
        """How many requests must have changed something."""
        if self.write is None:
            return 0
        return 1 if contender.writes == "one" else len(self.targets(contender))

    def before(self, latency: float) -> Commands:
        """What brings the simulator into the state before the work. latency: seconds of a round trip."""
        empty = [{"name": name, **_SVM} for name in self.svms] if self.state == "empty" else []
        commands: Commands = [
            ("reset", {"svms": empty, "job_seconds": self.job_seconds}),
            ("knob", {"latency": latency}),
        ]
        if self.state != "empty":
            commands.append(("seed", {"number": self.count, "prefix": _PREFIX, "svm": _SVM}))
        if self.state == "unavailable":
            commands += [("svm", {"name": name, "wrapped": []}) for name in self.svms[::_LOST]]
        return commands

    def small(self) -> Case:
        """The same for one SVM, to warm up with."""
        return replace(self, count=1, job_seconds=_QUICK)


def load(name: str) -> Case:
    """A case by its name."""
    file, count = _CASES[name]
    data = yaml.safe_load((_FOLDER / f"{file}.yml").read_text(encoding="utf-8"))
    contenders: list[Contender] = []
    for called, described in data.pop("contenders").items():
        contender = Contender(called, **{**described, "tasks": tuple(described.get("tasks", ()))})
        contenders.append(contender)
        if called == FAST:
            contenders.append(_plain(contender))
    return Case(name=name, count=count, contenders=tuple(contenders), **data)


def _plain(fast: Contender) -> Contender:
    """The same tasks with a process for each."""
    return replace(
        fast, name=PLAIN, tasks=tuple({**task, "vars": {"ontap_akv_in_process": False}} for task in fast.tasks)
    )
