# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the event source: what is watched, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils import health, select
from ansible_collections.ontap.akv.plugins.module_utils.errors import OptionError
from ansible_collections.ontap.akv.plugins.plugin_utils.clusters import NAMES, Cluster, clusters_of

#: The options that are not about how a cluster is reached.
OPTIONS: dict[str, dict[str, Any]] = {
    "interval": {"type": "float", "default": 60.0},
    "health_interval": {"type": "float", "default": 300.0},
    "denied_interval": {"type": "float", "default": 600.0},
    "confirm": {"type": "int", "default": 2},
    "checks": {"type": "list", "elements": "str", "choices": list(health.CHECKS), "default": list(health.CHECKS)},
    "initial": {"type": "bool", "default": True},
    "remind": {"type": "float", "default": 0.0},
    "svm": {"type": "list", "elements": "str", "default": []},
    "workers": {"type": "int", "default": 16},
    "jitter": {"type": "float", "default": 0.1},
    "ems": {"type": "bool", "default": False},
    "ems_interval": {"type": "float", "default": 10.0},
}
#: What ansible-rulebook adds to the options of every source.
_ADDED = frozenset({"eda_feedback_queue"})
_LOWEST = {"interval": 0.1, "health_interval": 0.1, "denied_interval": 1.0, "confirm": 1, "remind": 0.0, "workers": 1, "jitter": 0.0, "ems_interval": 0.1}
_HIGHEST = {"jitter": 1.0, "confirm": 100, "workers": 1000}
_LONGEST = 30 * 86400.0


class Watch(NamedTuple):
    """What a source does. The intervals and remind: seconds. jitter: by what part of it an interval may be shorter or longer.

    confirm: looks in a row. initial: whether what is wrong at the first look is told. workers: clusters that are read at once.
    """

    clusters: Sequence[Cluster]
    svms: Sequence[str]
    interval: float
    health_interval: float
    denied_interval: float
    confirm: int
    checks: Sequence[str]
    initial: bool
    remind: float
    workers: int
    jitter: float
    ems: bool
    ems_interval: float


def watch_of(given: Mapping[str, Any], environ: Mapping[str, str]) -> Watch:
    """Returns what the arguments of a source ask for; raises AkvError naming the option that is wrong."""
    # Where a rulebook fills in a variable that is not set, an empty text arrives, or null.
    said = {name: value for name, value in given.items() if name not in _ADDED and value not in (None, "", [])}
    unknown = sorted(str(name) for name in said if name not in OPTIONS and name not in NAMES and name != "clusters")
    if unknown:
        raise OptionError(unknown[0], "there is no such option", hint="The documentation of ontap.akv.akv_health lists all of them.")
    checked = ArgumentSpecValidator(OPTIONS).validate({name: value for name, value in said.items() if name in OPTIONS})
    if checked.error_messages:
        raise OptionError(_blamed(checked.error_messages[0], said), checked.error_messages[0])
    values = checked.validated_parameters
    for name, lowest in _LOWEST.items():
        highest = _HIGHEST.get(name, _LONGEST)
        if not lowest <= values[name] <= highest:
            raise OptionError(name, f"{values[name]:g} is not accepted, it must be from {lowest:g} to {highest:g}")
    svms = values.pop("svm")
    if svms:
        select.selector({"svm": svms}, wildcards=True, required=True)
    clusters = clusters_of({name: value for name, value in said.items() if name in NAMES or name == "clusters"}, environ)
    return Watch(clusters=clusters, svms=svms, **values)


def _blamed(message: str, said: Mapping[str, Any]) -> str:
    return next((name for name in OPTIONS if name in said and name in message), "options")
