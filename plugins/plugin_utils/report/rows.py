# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a fleet report: one for each configuration, with the judgement of module_utils/akv/health.py on it.

Records come from clusters: any value in them may be missing or of another type than ONTAP promises.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource
from ansible_collections.ontap.akv.plugins.plugin_utils.report.azure import AzureFacts, AzureIndex

OK, WARNING, PROBLEM, UNKNOWN = "ok", "warning", "problem", "unknown"
#: From the worst to the best, the order of every list.
LIGHTS = (PROBLEM, WARNING, UNKNOWN, OK)
#: Lost keys and an unreachable vault are problems. An unreachable EKMIP server is a warning: available keys stay
#: available.
_LIGHT_OF = {"state": PROBLEM, "azure": PROBLEM, "ekmip": WARNING}
_WORDS = {
    "state": {OK: "available", PROBLEM: "not available"},
    "azure": {OK: "reachable", PROBLEM: "not reachable"},
    "ekmip": {OK: "reachable", WARNING: "not reachable"},
}
# HTML or UTF-8 cannot contain them, they are invisible, or they change the reading direction of the rest of the line.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_DIGITS = re.compile(r"([0-9]{1,18})")
_KEY = re.compile(r"(?i)https?://[^/]*/keys/([^/?#]+)(?:/([^/?#]+))?/?")


class CheckResult(NamedTuple):
    """The result of one check.

    word: the result in a word. message: ONTAP's message. node: the node, or None for all nodes. code: ONTAP's code.
    """

    light: str
    word: str
    message: str = ""
    node: str | None = None
    code: str = ""


_NOT_IN_USE = (CheckResult(UNKNOWN, "not in use"),)
_UNCHECKED = (CheckResult(UNKNOWN, "not checked"),)
_PASSED = {check: (CheckResult(OK, words[OK]),) for check, words in _WORDS.items()}


class Row(NamedTuple):
    """One configuration.

    identity: its key in an earlier report. fields: the values that are compared with it. store: the state of its key
    store and what that means, empty if it is active or not known. facts: what Azure says.
    """

    cluster: str
    identity: tuple[str, str]
    light: str
    fields: Mapping[str, str]
    state: CheckResult
    azure: CheckResult
    ekmip: Sequence[CheckResult]
    messages: Sequence[str]
    store: str
    facts: AzureFacts


class UnreadCluster(NamedTuple):
    """A cluster that could not be read, with the reason."""

    cluster: str
    error: str


def format_text(value: Any) -> str:
    """Return a value of a record as one line of printable text; empty unless it is a text, number or boolean."""
    # Nearly all values: printable, without white space to collapse.
    if isinstance(value, str) and value.isprintable() and "  " not in value and value[:1] != " " and value[-1:] != " ":
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        return ""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", " ".join(str(value).split()))


def build_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a report, in its order."""
    return [row for _cluster, row, _record in iterate_rows(report) if row is not None]


def sort_key(row: Row) -> tuple[Any, ...]:
    """Return the sort key of a row: the worst first, then by cluster and SVM in natural order."""
    return (
        LIGHTS.index(row.light),
        *(_split_name(name) for name in (row.cluster, row.fields["svm"], row.fields["configuration"])),
    )


@functools.lru_cache(maxsize=4096)
def _split_name(name: str) -> list[tuple[bool, int, str]]:
    """Return the parts of a name, which sort in natural order."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in _DIGITS.split(name)]


def iterate_rows(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Row | None, Mapping[str, Any]]]:
    """Yield each record of a report with its cluster and its row. A cluster that was not read follows its records,
    without a row.
    """
    checked = report.get("health") is True
    for cluster, entry in _iterate_entries(report):
        unread, azure, stores = _index_unread(entry), AzureIndex(entry), _index_stores(entry)
        for record in _list_of(entry, "azure_key_vaults"):
            store = (
                stores.get(format_text(resource.get_svm(record, "name")), "")
                if stores and record.get("enabled") is not False
                else ""
            )
            own = unread.get(str(record.get("uuid")), ()) if unread else ()
            yield entry, _build_row(cluster, record, own, store, azure.find(record), checked=checked), record
        if entry.get("error"):
            yield entry, None, {}


def list_unread(report: Mapping[str, Any]) -> list[UnreadCluster]:
    """Return the clusters of a report that could not be read."""
    return [
        UnreadCluster(cluster, format_text(entry.get("error")))
        for cluster, entry in _iterate_entries(report)
        if entry.get("error")
    ]


def list_read(report: Mapping[str, Any]) -> list[str]:
    """Return the clusters of a report that were read, each once, in its order."""
    return list(dict.fromkeys(cluster for cluster, entry in _iterate_entries(report) if not entry.get("error")))


def list_entries(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of a report: what was read for each host."""
    return [entry for _cluster, entry in _iterate_entries(report)]


def _iterate_entries(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = report.get("clusters")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            yield name_cluster(entry), entry


def name_cluster(entry: Mapping[str, Any]) -> str:
    """Return the name of the cluster of an entry."""
    return format_text(entry.get("cluster") or entry.get("host"))


def _list_of(entry: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the dictionaries of a list of an entry, such as the statuses that the cluster could not read."""
    found = entry.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _index_unread(entry: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the statuses that the cluster could not read, by the UUID of the configuration."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for status in _list_of(entry, "unread"):
        found.setdefault(str(status.get("uuid")), []).append(status)
    return found


def _index_stores(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the states of the key stores that are not active, by SVM (empty for the cluster), each with its
    meaning.
    """
    stores = _list_of(entry, "key_stores")
    return {
        format_text(store.get("svm")): f"{format_text(store.get('state'))}: {format_text(store.get('meaning'))}"
        for store in stores
        if store.get("meaning")
    }


def _build_row(
    cluster: str,
    record: Mapping[str, Any],
    unread: Sequence[Mapping[str, Any]],
    store: str,
    facts: AzureFacts,
    *,
    checked: bool,
) -> Row:
    state, azure, ekmip = (_run_check(check, record, unread, checked=checked) for check in health.CHECKS)
    checks = (*state, *azure, *ekmip)
    lights = {check.light for check in checks}
    if any(problem.get("severity") == "error" for problem in facts.problems):
        lights.add(PROBLEM)
    if store:
        lights.add(WARNING)
    return Row(
        cluster,
        (cluster, format_text(record.get("uuid"))),
        next(light for light in LIGHTS if light in lights),
        _collect_fields(record),
        state[0],
        azure[0],
        ekmip,
        tuple(dict.fromkeys(_format_message(check) for check in checks if check.message)),
        store,
        facts,
    )


def _format_message(check: CheckResult) -> str:
    return f"{check.node}: {check.message}" if check.node else check.message


def _run_check(
    check: str, record: Mapping[str, Any], unread: Sequence[Mapping[str, Any]], *, checked: bool
) -> Sequence[CheckResult]:
    """Return the results of a check of a record; a property that was not requested is unknown.

    unread: the statuses of the record that the cluster could not read.
    """
    in_use = record.get("enabled") is not False
    if not in_use or (not checked and health.PROPERTIES[check] not in record):
        return _UNCHECKED if in_use else _NOT_IN_USE
    # Most configurations are healthy: the texts of problems are made only for the others.
    suspicious = unread or any(True for _text in health.CHECKS[check](record))
    wrong = health.find_problems([record], [check], unread=unread) if suspicious else []
    if wrong and not wrong[0].checked:
        return [CheckResult(UNKNOWN, "not readable", _format_problem(wrong[0]), code=format_text(wrong[0].code))]
    if check == "ekmip":
        return _check_nodes(record, wrong)
    if wrong:
        light = _LIGHT_OF[check]
        return [CheckResult(light, _WORDS[check][light], _format_problem(wrong[0]), code=format_text(wrong[0].code))]
    if check == "state" and resource.is_waiting_for_volumes(record):
        return [CheckResult(OK, "no volumes yet", format_text(record["state"].get("message")))]
    return _PASSED[check]


def _check_nodes(record: Mapping[str, Any], wrong: Sequence[health.Problem]) -> Sequence[CheckResult]:
    bad = {problem.node: problem for problem in wrong}
    if None in bad:
        return [CheckResult(WARNING, "not reported", _format_problem(bad[None]))]
    names = map(health.get_node, record["ekmip_reachability"])
    good = _pass_nodes(tuple(name for name in names if name not in bad))
    if not bad:
        return good
    word = _WORDS["ekmip"][WARNING]
    found = [
        CheckResult(WARNING, word, _format_problem(problem), format_text(node), format_text(problem.code))
        for node, problem in bad.items()
    ]
    return sorted((*found, *good), key=_get_node)


@functools.lru_cache(maxsize=4096)
def _pass_nodes(names: tuple[str, ...]) -> Sequence[CheckResult]:
    """Return the results of the nodes that reach the key servers: the same for all configurations of a cluster."""
    word = _WORDS["ekmip"][OK]
    return tuple(sorted((CheckResult(OK, word, node=format_text(name)) for name in names), key=_get_node))


def _get_node(check: CheckResult) -> str:
    return check.node or ""


def _format_problem(problem: health.Problem) -> str:
    return format_text(problem.message) + (f" (code {format_text(problem.code)})" if problem.code else "")


def _collect_fields(record: Mapping[str, Any]) -> dict[str, str]:
    key, version = _split_key(format_text(record.get("key_id")))
    configuration = record.get("configuration")
    return {
        "svm": format_text(resource.get_svm(record, "name")),
        "scope": format_text(record.get("scope")),
        "configuration": format_text(configuration.get("name")) if isinstance(configuration, Mapping) else "",
        "vault": format_text(record.get("name")),
        "key": key,
        "version": version,
        "method": format_text(record.get("authentication_method")).replace("_", " "),
        "proxy": _format_proxy(record) if record.get("proxy_host") else "",
        "client_id": format_text(record.get("client_id")),
        "tenant_id": format_text(record.get("tenant_id")),
        "uuid": format_text(record.get("uuid")),
        "enabled": format_text(record.get("enabled")),
    }


@functools.lru_cache(maxsize=4096)
def _split_key(key: str) -> tuple[str, str]:
    """Return the name and version of a key identifier; one of another form counts as the name."""
    named = _KEY.fullmatch(key)
    return (named.group(1), named.group(2) or "") if named else (key, "")


def _format_proxy(record: Mapping[str, Any]) -> str:
    host, port, kind = (format_text(record.get(f"proxy_{part}")) for part in ("host", "port", "type"))
    return f"{kind + '://' if kind else ''}{host}{':' + port if port else ''}" if host else ""
