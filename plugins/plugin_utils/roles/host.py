# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host for which a step of a role runs modules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple


class RoleHost(NamedTuple):
    """A host of a play.

    name: its name in the inventory. names: the names of all its variables that begin with C(akv_).
    list_inventory_names: returns the names of the variables that belong to the host, including those from the
    inventory. read_variables: takes names, and returns the values of those that are set. run_module: takes the name of
    a module of this collection and its options, without those of the connection, and returns the result.
    """

    name: str
    names: Collection[str]
    list_inventory_names: Callable[[], Collection[str]]
    read_variables: Callable[[Collection[str]], Mapping[str, Any]]
    run_module: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def read_configurations(host: RoleHost, svms: Sequence[str], **options: Any) -> Mapping[str, Any]:
    """Return what akv_info returns for SVMs, or for all of the cluster with its settings.

    The settings are read once for a cluster, not for each of its SVMs.
    """
    return host.run_module("akv_info", {"settings": not svms, **options, **({"svm": svms} if svms else {})})


def pass_warnings(*results: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Ansible shows of the results of modules, beside the outcome of their task."""
    found = {name: [text for each in results for text in each.get(name, [])] for name in ("warnings", "deprecations")}
    return {name: texts for name, texts in found.items() if texts}
