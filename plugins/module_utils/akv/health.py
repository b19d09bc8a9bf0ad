# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems of configurations according to what ONTAP reports: one set of rules for roles, reports and monitoring.

Source: the properties C(state), C(azure_reachability) and C(ekmip_reachability) of the ONTAP 9.11.1 REST API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines


class Problem(NamedTuple):
    """One problem of a configuration.

    check: one of CHECKS, or C(configuration) if the configuration is missing. svm: None for the cluster.
    node: the affected node, if ONTAP reports one. checked: whether the cluster could read the status at all.
    """

    check: str
    svm: str | None
    uuid: str | None
    node: str | None
    code: int | str | None
    message: str
    checked: bool = True

    @property
    def text(self) -> str:
        """The problem in one line."""
        node = f", node {self.node}" if self.node else ""
        code = f" (code {self.code})" if self.code else ""
        title = _TITLES[self.check] if self.checked else _UNREAD[self.check]
        return join_lines(f"{self.svm or 'cluster'}: {title}{node}: {self.message}{code}")


#: The title of a problem, by check.
_TITLES = {
    "configuration": "no configuration found",
    "state": "the keys are not available",
    "azure": "the vault cannot be reached",
    "ekmip": "the EKMIP server cannot be reached",
}
#: The title of a problem if the cluster could not read the status, by check.
_UNREAD = {
    "state": "the state of the keys could not be read",
    "azure": "whether the vault can be reached could not be read",
    "ekmip": "whether the EKMIP servers can be reached could not be read",
}
_MISSING = "check the name of the SVM, and the permissions of the user"
_NO_MATCH = "no SVM with a configuration matches; check the pattern, and the permissions of the user"
_UNSAID = "ONTAP does not say"
_NO_WORDS = "ONTAP gives no reason"


def _check_state(record: Mapping[str, Any]) -> Iterator[tuple[str | None, Any]]:
    """Yield the state if the key is not available; an SVM without volumes has no key yet and needs none."""
    if not resource.is_available(record) and not resource.is_waiting_for_volumes(record):
        yield None, record.get("state")


def _check_azure(record: Mapping[str, Any]) -> Iterator[tuple[str | None, Any]]:
    if resource.is_unreachable(record) is not False:
        yield None, record.get("azure_reachability")


def _check_ekmip(record: Mapping[str, Any]) -> Iterator[tuple[str | None, Any]]:
    if not is_reported(record, "ekmip"):
        yield None, None
        return
    for status in record["ekmip_reachability"]:
        if resource.is_status_unreachable(status) is not False:
            yield get_node(status), status


def is_reported(record: Mapping[str, Any], check: str) -> bool:
    """Return whether ONTAP reports the status for a check; an empty list of nodes reports nothing."""
    status = record.get(PROPERTIES[check])
    return isinstance(status, list) and bool(status) if check == "ekmip" else isinstance(status, dict)


def get_node(status: Any) -> str:
    """Return the name of the node that an entry of ekmip_reachability is about."""
    node = status.get("node") if isinstance(status, dict) else None
    name = node.get("name") if isinstance(node, dict) else None
    return name if isinstance(name, str) else "unknown"


CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[tuple[str | None, Any]]]] = {
    "state": _check_state,
    "azure": _check_azure,
    "ekmip": _check_ekmip,
}
#: The property that each check reads; it has to be requested by name.
PROPERTIES = {"state": "state", "azure": "azure_reachability", "ekmip": "ekmip_reachability"}


def find_problems(
    records: Sequence[Mapping[str, Any]],
    checks: Sequence[str],
    svms: Sequence[str] = (),
    unread: Sequence[Mapping[str, Any]] = (),
) -> list[Problem]:
    """Return the problems of configurations as C(akv_info) returns them.

    svms: the SVMs, by name or UUID, that must have a configuration among the records. A property that was requested
    but is not reported is a problem, too. unread: the statuses that the cluster could not read, as C(akv_info) returns
    them; each is a problem with the reason, and its C(checked) is false.
    """
    reasons = {(str(status.get("uuid")), str(status.get("property"))): status for status in unread}
    there = {
        _normalize(told)
        for record in records
        for part in ("name", "uuid")
        if (told := resource.get_svm(record, part)) is not None
    }
    missing = [
        Problem("configuration", svm, None, None, None, _NO_MATCH if "*" in svm else _MISSING)
        for svm in svms
        if _normalize(svm) not in there
    ]
    found = []
    for record in records:
        for check in checks:
            reason = reasons.get((str(record.get("uuid")), PROPERTIES[check]))
            if reason is not None:
                found.append(_make_unread(check, record, reason))
            else:
                found += [_make_problem(check, record, node, status) for node, status in CHECKS[check](record)]
    return missing + found


def _make_unread(check: str, record: Mapping[str, Any], reason: Mapping[str, Any]) -> Problem:
    code, message = reason.get("code"), join_lines(str(reason.get("message") or _NO_WORDS))
    return _make_problem(check, record, None, {"code": code, "message": message})._replace(checked=False)


def _normalize(svm: str) -> str:
    """Return a name or UUID in the form in which it is compared."""
    return svm.lower() if resource.is_uuid(svm) else svm


def _make_problem(check: str, record: Mapping[str, Any], node: str | None, status: Any) -> Problem:
    told = status if isinstance(status, dict) else None
    message = (told.get("message") or _NO_WORDS) if told is not None else _UNSAID
    code = told.get("code") if told is not None else None
    uuid = record.get("uuid")
    return Problem(
        check,
        resource.get_svm(record, "name"),
        uuid if isinstance(uuid, str) else None,
        node,
        code if isinstance(code, (int, str)) else None,
        join_lines(str(message)),
    )
