# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clusters of an inventory source, each with its connection options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import CERTIFICATE_WAY, OPTIONS, PASSWORD_WAY

#: The names of the connection options, and of their aliases.
NAMES = {
    **{alias: name for name, option in OPTIONS.items() for alias in option.aliases},
    **{name: name for name in OPTIONS},
}
_FILES = (*CERTIFICATE_WAY, "ca_path")
#: The characters that the name of a host can hold without being a pattern or a range to Ansible.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# Set explicitly: an entry of the list never takes the host name of the environment.
_SPECIFICATION = {**options.build_argument_spec(), "hostname": {"type": "str"}}


class Cluster(NamedTuple):
    """One cluster. params: its connection options as those of a module."""

    name: str
    params: Mapping[str, Any]
    connection: Connection


def read_clusters(given: Mapping[str, Any], environ: Mapping[str, str]) -> list[Cluster]:
    """Return the clusters of a source.

    given: its options, templates rendered and vaulted values decrypted. Raises AkvError.
    """
    general = _select_given({name: value for name, value in given.items() if name in NAMES})
    if "clusters" not in given:
        # An empty host name must not select the cluster of the environment.
        return [
            _make_cluster(None, {**general, "hostname": given.get("hostname", environ.get("ONTAP_HOSTNAME"))}, environ)
        ]
    if "hostname" in general:
        raise OptionError("hostname", "it cannot be combined with clusters; set it for each cluster")
    found: dict[str, Cluster] = {}
    for where, entry in _list_entries(given["clusters"]):
        own = _select_given({name: value for name, value in entry.items() if name != "name"})
        if "hostname" not in own:
            raise OptionError(where, "hostname is missing")
        cluster = _make_cluster(entry.get("name"), _merge(general, own), environ)
        if cluster.name in found:
            raise OptionError(
                where, f"a cluster with the name {cluster.name} already exists; give one of them another name"
            )
        found[cluster.name] = cluster
    return list(found.values())


def _list_entries(entries: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(entry, dict) and all(map(_is_text, entry)) for entry in entries)
    ):
        raise OptionError("clusters", "it must be a list of at least one dictionary of connection options")
    return ((f"clusters[{number}]", entry) for number, entry in enumerate(entries))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _select_given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options by name, without those that count as not given: empty ones, and files of 0 bytes."""
    named = {NAMES.get(name, name): value for name, value in values.items() if value not in (None, "")}
    return {
        name: value
        for name, value in named.items()
        if name not in _FILES or not isinstance(value, str) or _is_given(value)
    }


def _is_given(path: str) -> bool:
    try:
        return options.drop_empty(str(Path(path).expanduser())) is not None
    except RuntimeError:
        return True  # There is no such home directory; the connection reports that the file does not exist.


def _merge(general: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of one cluster: its own take precedence.

    If it has its own kind of authentication, or its own identity, no part of the general credentials is used.
    """
    dropped: set[str] = set()
    for way, other in ((PASSWORD_WAY, CERTIFICATE_WAY), (CERTIFICATE_WAY, PASSWORD_WAY)):
        if any(name in own for name in way):
            dropped |= set(other)
        identity, proof = way
        if identity in own and general.get(identity, own[identity]) != own[identity]:
            dropped.add(proof)
    return {**{name: value for name, value in general.items() if name not in dropped}, **own}


def _make_cluster(name: Any, given: Mapping[str, Any], environ: Mapping[str, str]) -> Cluster:
    label = name or _format_host(given.get("hostname"))
    checked = ArgumentSpecValidator(_SPECIFICATION).validate(dict(given))
    try:
        if checked.error_messages:
            raise AkvError(checked.error_messages[0])
        connection = options.read_connection(checked.validated_parameters, environ)
    except AkvError as exc:
        raise AkvError(f"cluster {label}: {exc.message}", target=exc.target, hint=exc.hint) from None
    return Cluster(_name(name or connection.hostname), checked.validated_parameters, connection)


def _format_host(hostname: Any) -> str:
    """Return a host name to begin an error with; an invalid one is not shown, as it may be a URL with a password."""
    return hostname if isinstance(hostname, str) and _NAME.fullmatch(hostname) else "without a name"


def _name(name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OptionError(
            "clusters",
            f"{name!r} cannot be the name of a cluster: it becomes a part of the names of hosts",
            hint="Give the cluster a name of letters, digits, hyphens, underscores and dots.",
        )
    return name
