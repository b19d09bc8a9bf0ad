# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result of akv_azure_info means for the configurations that use the application and the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines

ERROR, WARNING = "error", "warning"
LOGIN_REFUSED = "login_refused"
KEY_UNUSABLE = "key_unusable"
KEY_EXPIRING = "key_expiring"
KEY_NEW_VERSION = "key_new_version"
CERTIFICATE_EXPIRING = "certificate_expiring"
KEY_UNPROTECTED = "key_unprotected"
#: The kinds of findings.
KINDS = (LOGIN_REFUSED, KEY_UNUSABLE, KEY_EXPIRING, KEY_NEW_VERSION, CERTIFICATE_EXPIRING, KEY_UNPROTECTED)
#: The kinds that announce the end of a key or certificate.
EXPIRIES = (KEY_EXPIRING, CERTIFICATE_EXPIRING)

#: What is said of a check without a result.
NOT_RUN = "The check did not run."
#: The reasons of problems that say that Azure could not be asked, not what it said.
_DOUBTS = frozenset({"network", "tls", "foreign", "busy", "no_challenge", "other_audience"})
_WARNINGS = {"key_expiring": KEY_EXPIRING, "newer_version": KEY_NEW_VERSION, "purgeable": KEY_UNPROTECTED}
_ABOUT_KEY = (
    "key_id",
    "version",
    "newest_version",
    "enabled",
    "not_before",
    "expires",
    "days_left",
    "recovery_level",
    "purge_protected",
)
_ABOUT_CERTIFICATE = ("not_before", "not_after", "days_left", "thumbprint")


class AzureFinding(NamedTuple):
    """Something that is wrong in Azure, or will be. kind: one of KINDS. severity: C(error) or C(warning).

    An expired key is two findings with the same message: KEY_UNUSABLE, and KEY_EXPIRING, which has not ended.
    """

    kind: str
    severity: str
    message: str
    hint: str | None
    code: str | None


class AzureVerdict(NamedTuple):
    """What a check found.

    usable: whether Azure accepts the login and the key can be used; None if that is not known.
    doubt: why Azure could not be asked, or not completely; None if it could.
    known: the kinds that the check could decide. A kind in it that has no finding is known to be fine; the state of any
    other kind is as unknown as it was before.
    key: C(key_id) with version, C(version), C(newest_version), C(newest_in_use), C(enabled), C(not_before), C(expires),
    C(days_left), C(recovery_level), C(purge_protected); None if it was not read. C(newest_in_use) is None if the
    configuration does not name a version, because then the version in use is not known.
    certificate: C(not_before), C(not_after), C(days_left), C(thumbprint); None for a client secret, whose expiry Azure
    does not show to the application.
    """

    usable: bool | None
    doubt: str | None
    known: tuple[str, ...]
    findings: list[AzureFinding]
    key: dict[str, Any] | None
    certificate: dict[str, Any] | None

    def as_data(self) -> dict[str, Any]:
        """Return the verdict as plain data: dictionaries and lists."""
        return {
            **self._asdict(),
            "known": list(self.known),
            "findings": [finding._asdict() for finding in self.findings],
        }


def make_unchecked(reason: str) -> AzureVerdict:
    """Return the verdict on a check that was not run."""
    return AzureVerdict(None, reason, (), [], None, None)


def judge(options: Mapping[str, Any], result: Mapping[str, Any]) -> AzureVerdict:
    """Return what a result of akv_azure_info with C(login) and C(key) means. options: what it was called with."""
    azure = result.get("azure")
    if not isinstance(azure, Mapping) or "usable" not in result:
        return make_unchecked(join_lines(result.get("msg") or NOT_RUN))
    problems = [problem for problem in result.get("problems") or [] if isinstance(problem, Mapping)]
    doubts = [problem for problem in problems if problem.get("severity") == ERROR and _is_doubt(problem, azure)]
    findings = [finding for problem in problems if problem not in doubts for finding in _list_findings(problem)]
    texts = [join_lines(f"{problem.get('message')} {problem.get('hint') or ''}") for problem in doubts]
    key = _read_key(azure.get("key"), options)
    if key is None or key["newest_in_use"] is None:
        findings = [finding for finding in findings if finding.kind != KEY_NEW_VERSION]
    return AzureVerdict(
        result["usable"],
        " ".join(texts) or None,
        tuple(_list_known(azure, key, findings)),
        findings,
        key,
        _choose(azure.get("certificate"), _ABOUT_CERTIFICATE),
    )


def _is_doubt(problem: Mapping[str, Any], azure: Mapping[str, Any]) -> bool:
    if problem.get("check") == "login":
        return azure["login"]["ok"] is None
    return problem.get("check") == "connection" or problem.get("reason") in _DOUBTS


def _list_findings(problem: Mapping[str, Any]) -> Iterator[AzureFinding]:
    for kind in _list_kinds(problem):
        yield AzureFinding(
            kind, str(problem["severity"]), str(problem["message"]), problem.get("hint"), problem.get("code")
        )


def _list_kinds(problem: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of a problem; none for a warning that does not concern the configurations, such as a late
    grant.
    """
    check, reason = problem.get("check"), problem.get("reason")
    if check == "certificate":
        return (LOGIN_REFUSED if reason == "certificate_not_valid_yet" else CERTIFICATE_EXPIRING,)
    if check == "login":
        return (LOGIN_REFUSED,)
    if problem.get("severity") == ERROR:
        return (KEY_UNUSABLE, KEY_EXPIRING) if problem.get("code") == "KeyExpired" else (KEY_UNUSABLE,)
    return (_WARNINGS[str(reason)],) if reason in _WARNINGS else ()


def _list_known(azure: Mapping[str, Any], key: Mapping[str, Any] | None, findings: list[AzureFinding]) -> Iterator[str]:
    found = {finding.kind for finding in findings}
    decided = {
        LOGIN_REFUSED: azure["login"]["ok"] is not None,
        KEY_UNUSABLE: key is not None,
        KEY_EXPIRING: key is not None,
        KEY_NEW_VERSION: key is not None and key["newest_in_use"] is not None,
        CERTIFICATE_EXPIRING: True,
        KEY_UNPROTECTED: key is not None and key["purge_protected"] is not None,
    }
    return (kind for kind in KINDS if decided[kind] or kind in found)


def _read_key(key: Any, options: Mapping[str, Any]) -> dict[str, Any] | None:
    chosen = _choose(key, _ABOUT_KEY)
    return (
        None if chosen is None else {**chosen, "newest_in_use": key.get("is_newest") if _has_version(options) else None}
    )


def _has_version(options: Mapping[str, Any]) -> bool:
    try:
        return resource.parse_key(str(options.get("key_id"))).version is not None
    except OptionError:
        return False


def _choose(values: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    return {name: values.get(name) for name in names} if isinstance(values, Mapping) else None
