# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the event source: what is watched, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.akv import health, selection
from ansible_collections.ontap.akv.plugins.module_utils.azure.options import LONGEST_WARNING
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import LONGEST_WAIT
from ansible_collections.ontap.akv.plugins.module_utils.run.task import require_rest
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import NAMES, Cluster, read_clusters
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_options import (
    AZURE_OPTIONS,
    AzureOptions,
    read_azure_options,
)

#: The options that are not connection options.
OPTIONS: dict[str, dict[str, Any]] = {
    "interval": {"type": "float", "default": 60.0},
    "health_interval": {"type": "float", "default": 300.0},
    "confirm": {"type": "int", "default": 2},
    "checks": {"type": "list", "elements": "str", "choices": list(health.CHECKS), "default": list(health.CHECKS)},
    "initial": {"type": "bool", "default": True},
    "remind": {"type": "float", "default": 0.0},
    "svm": {"type": "list", "elements": "str", "default": []},
    "workers": {"type": "int", "default": 16},
    "jitter": {"type": "float", "default": 0.1},
    "ems": {"type": "bool", "default": False},
    "ems_interval": {"type": "float", "default": 10.0},
    **AZURE_OPTIONS,
}
#: What ansible-rulebook adds to the options of every source.
_ADDED = ("eda_feedback_queue",)
_LONGEST = float(LONGEST_WAIT)
_RANGES: dict[str, tuple[float, float]] = {
    "interval": (0.1, _LONGEST),
    "health_interval": (0.1, _LONGEST),
    "confirm": (1, 100),
    "remind": (0.0, _LONGEST),
    "workers": (1, 1000),
    "jitter": (0.0, 0.9),
    "ems_interval": (0.1, _LONGEST),
    "azure_interval": (0.1, _LONGEST),
    "azure_warn_days": (0, LONGEST_WARNING),
}


class WatchOptions(NamedTuple):
    """The settings of a source.

    The intervals and remind: seconds. jitter: the part by which an interval may be shorter. confirm: looks in a row.
    initial: whether to report problems that the first look shows. workers: clusters that are read at once.
    azure: None if Azure is not asked.
    """

    clusters: Sequence[Cluster]
    chosen: selection.Selector
    interval: float
    health_interval: float
    confirm: int
    checks: Sequence[str]
    initial: bool
    remind: float
    workers: int
    jitter: float
    ems: bool
    ems_interval: float
    azure: AzureOptions | None


def read_options(given: Mapping[str, Any], environ: Mapping[str, str]) -> WatchOptions:
    """Return the settings that the arguments of a source ask for. Raises AkvError that names the wrong option."""
    # If a rulebook passes a variable that is not set, its value is an empty text or null.
    said = {name: value for name, value in given.items() if name not in _ADDED and value not in (None, "", [], {})}
    unknown = sorted(
        str(name) for name in given if name not in OPTIONS and name not in NAMES and name not in ("clusters", *_ADDED)
    )
    if unknown:
        raise OptionError(
            unknown[0],
            "this option does not exist",
            hint="The documentation of ontap.akv.akv_health lists all of them.",
        )
    values = {name: _check(name, said) for name in OPTIONS}
    values["checks"] = tuple(dict.fromkeys(values["checks"]))
    chosen = selection.read_selector({"svm": values.pop("svm") or None}, wildcards=True, required=False, inactive=True)
    connections = {name: value for name, value in said.items() if name in NAMES or name == "clusters"}
    if "hostname" in given and "clusters" not in said:
        # An empty host name must not select the cluster of the environment.
        connections["hostname"] = given["hostname"]
    clusters = read_clusters(connections, environ)
    for cluster in clusters:
        require_rest(cluster.params)
    azure = read_azure_options(values, environ)
    return WatchOptions(clusters=clusters, chosen=chosen, azure=azure, **values)


def _check(name: str, said: Mapping[str, Any]) -> Any:
    """Return the value of an option, converted to its type and checked against its range."""
    checked = ArgumentSpecValidator({name: OPTIONS[name]}).validate({name: said[name]} if name in said else {})
    if checked.error_messages:
        raise OptionError(name, checked.error_messages[0])
    value = checked.validated_parameters[name]
    if name in _RANGES:
        lowest, highest = _RANGES[name]
        if not lowest <= value <= highest:
            raise OptionError(name, f"{value:g} is not accepted, it must be from {lowest:g} to {highest:g}")
    return value
