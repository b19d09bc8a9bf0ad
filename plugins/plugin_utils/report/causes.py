# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group the problems of a fleet by cause: what is wrong, for whom, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.error_codes import CATALOGUE
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import count_of, locate, name_vault
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import (
    LIGHTS,
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    CheckResult,
    Row,
    UnreadCluster,
    format_text,
)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: What to do if the code is not known, by check.
_HINTS = {
    "state": (
        "Check that every node is up and that the cluster reaches the vault, then run the playbook ontap.akv.recover."
        " Until it succeeds, do not reboot nodes that are up."
    ),
    "azure": (
        "Check the network, and check the credential and the key with the playbook ontap.akv.health"
        " (-e akv_azure=true). Volumes that are online stay online until a node reboots or ONTAP's limit passes."
    ),
    "ekmip": (
        "Check the node and the cluster network (event log show). Do not plan a takeover or reboot until the node"
        " reaches the key servers again."
    ),
    "cluster": (
        "Check the management network, the login and the certificate of the cluster. Until it can be read, the state of"
        " its keys is not known."
    ),
    "store": (
        "Wait until the operation has ended. If the state does not change, check the event log (event log show) and"
        " contact NetApp support."
    ),
    "unread": "Check that every node is up (cluster show), then run the report again.",
    "login_refused": (
        "Check the credential of the application in Azure, then run the playbook ontap.akv.rotate_credentials."
    ),
    "key_unusable": (
        "Check the key in Azure: that it exists, is enabled, has not expired, and that the application may use it."
    ),
}


class Cause(NamedTuple):
    """One cause of problems. where: the affected SVMs. messages: those of ONTAP or Azure, without repetition."""

    light: str
    title: str
    where: str
    messages: Sequence[str]
    hint: str
    rows: Sequence[Row]


class _Finding(NamedTuple):
    """What is wrong with one row. identity: equal for all findings of one cause."""

    identity: tuple[str, ...]
    light: str
    title: str
    message: str
    hint: str


def find_causes(rows: Sequence[Row], unread: Sequence[UnreadCluster]) -> list[Cause]:
    """Return the causes, the worst first, then the one that affects most."""
    groups: dict[tuple[str, ...], list[tuple[_Finding, Row]]] = {}
    for row in rows:
        for finding in _find(row):
            groups.setdefault(finding.identity, []).append((finding, row))
    causes = [_build_cause(group) for group in groups.values()]
    causes.sort(key=lambda cause: (LIGHTS.index(cause.light), -len(cause.rows)))
    return [*_list_unread(unread), *causes]


def _build_cause(group: Sequence[tuple[_Finding, Row]]) -> Cause:
    first = group[0][0]
    rows = [row for _finding, row in group]
    messages = list(dict.fromkeys(finding.message for finding, _row in group if finding.message))
    return Cause(first.light, first.title, locate(rows), messages, first.hint, rows)


def _list_unread(unread: Sequence[UnreadCluster]) -> list[Cause]:
    """Return the clusters that could not be read, grouped by their error without the name of the cluster."""
    groups: dict[str, list[UnreadCluster]] = {}
    for each in unread:
        groups.setdefault(each.error.replace(each.cluster, "") if each.cluster else each.error, []).append(each)
    return [_build_unread(group) for group in groups.values()]


def _build_unread(group: Sequence[UnreadCluster]) -> Cause:
    names = list(dict.fromkeys(each.cluster for each in group))
    title = f"{names[0] if len(names) == 1 else count_of(len(names), 'cluster')} could not be read"
    return Cause(
        PROBLEM,
        title,
        ", ".join(names) if len(names) > 1 else "",
        list(dict.fromkeys(each.error for each in group)),
        _HINTS["cluster"],
        [],
    )


def _find(row: Row) -> Iterator[_Finding]:
    if row.light == OK:
        return
    yield from _find_check("state", row.state, row, "Keys are not available", (row.cluster,))
    if row.store:
        state, _colon, meaning = row.store.partition(": ")
        yield _Finding(
            ("store", row.cluster, state), WARNING, f"Key store is not active ({state})", meaning, _HINTS["store"]
        )
    yield from _find_check(
        "azure", row.azure, row, f"Vault {name_vault(row.fields['vault'])} cannot be reached", (row.fields["vault"],)
    )
    bad = [check for check in row.ekmip if check.light != OK]
    nodes = " and ".join(check.node for check in bad if check.node)
    if bad:
        title = (
            f"{nodes} of {row.cluster} {'does' if len(bad) == 1 else 'do'} not reach the key servers"
            if nodes
            else "Key servers are not reported"
        )
        yield from _find_check("ekmip", bad[0], row, title, (row.cluster, nodes))
    for problem in row.facts.problems:
        if problem.get("severity") == "error":
            yield _find_in_azure(problem, row)


def _find_check(name: str, check: CheckResult, row: Row, title: str, place: tuple[str, ...]) -> Iterator[_Finding]:
    if check.light == UNKNOWN and check.message:
        title = {
            "state": "The state of the keys",
            "azure": "Whether the vault can be reached",
            "ekmip": "Whether the key servers can be reached",
        }[name]
        yield _Finding(
            (name, "unread", row.cluster, check.code),
            UNKNOWN,
            f"{title} could not be read",
            check.message,
            _make_hint(check.code, "unread"),
        )
    elif check.light not in (UNKNOWN, OK):
        yield _Finding(
            (name, *place, check.code or _generalize(check.message, row)),
            check.light,
            title,
            check.message,
            _make_hint(check.code, name),
        )


def _make_hint(code: str, otherwise: str) -> str:
    known = CATALOGUE.get(code)
    return known.hint if known else _HINTS[otherwise]


def _generalize(message: str, row: Row) -> str:
    """Return a message without what is about one SVM alone."""
    for name in filter(None, (row.fields["svm"], row.cluster)):
        message = message.replace(name, "…")
    return _UUID.sub("…", message)


def _find_in_azure(problem: Mapping[str, Any], row: Row) -> _Finding:
    kind, message, hint = (format_text(problem.get(name)) for name in ("kind", "message", "hint"))
    fields = row.fields
    place = (fields["client_id"],) if kind == "login_refused" else (fields["vault"], fields["key"])
    title = (
        f"Azure refuses the login of application {fields['client_id']}"
        if kind == "login_refused"
        else f"Key {fields['key']} in vault {name_vault(fields['vault'])} cannot be used"
    )
    return _Finding(
        ("azure says", kind, *place), PROBLEM, title, message, hint or _HINTS.get(kind, _HINTS["key_unusable"])
    )
