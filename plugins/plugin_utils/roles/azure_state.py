# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles akv_health and akv_report with akv_azure: each distinct application and key is checked once for the whole run.

Each host lists what its configurations need, because only there its variables say which credential counts. Of the hosts
that have a credential for the same application and key, one runs the check. All hosts share the results, by the
identity of the check. No step returns a credential except find_credential().
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.plugin_utils.azure import verdicts
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import (
    Credentials,
    find_checks,
    find_missing_option,
    identify,
    is_checked,
    make_label,
    read_options,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import list_runs

Data = Mapping[str, Any]

#: The loop variable of the task that runs the checks.
LOOP = "_akv_azure_check"
_NO_CREDENTIAL = (
    "no credential was given for this application; add it to akv_azure_credentials, or exclude it with an empty"
    " dictionary there"
)
_EXCLUDED = "akv_azure_credentials names this application with an empty credential"
_MOST_NAMES = 3


def list_checks(*, cluster: str, read: Data, credentials: Any, sources: Sequence[Data]) -> list[dict[str, Any]]:
    """Return the checks that the configurations of a host need, each as C(identity), C(options), C(uses), C(missing)
    and C(excluded).

    missing: why the host cannot run it, None if it can. read: what akv_info returned. credentials, sources: see
    Credentials.
    """
    known = _make_credentials(credentials, sources)
    found = find_checks([{"cluster": cluster, "azure_key_vaults": read.get("azure_key_vaults")}])
    return [
        {
            "identity": check.identity,
            "options": check.options,
            "uses": [use.label for use in check.uses],
            "missing": find_missing_option(check) or _find_missing_credential(known, check.options["client_id"]),
            "excluded": known.is_excluded(check.options["client_id"]),
        }
        for check in found
    ]


def find_credential(*, options: Data, credentials: Any, sources: Sequence[Data]) -> dict[str, Any]:
    """Return the credential of a check as options of akv_azure_info."""
    return _make_credentials(credentials, sources).find(str(options["client_id"]))


def _make_credentials(credentials: Any, sources: Sequence[Data]) -> Credentials:
    return Credentials(credentials if isinstance(credentials, Mapping) else {}, sources)


def _find_missing_credential(known: Credentials, client_id: str) -> str | None:
    if known.find(client_id):
        return None
    return _EXCLUDED if known.is_excluded(client_id) else _NO_CREDENTIAL


def find_earlier(
    *, everyone: Sequence[str], batch: Sequence[str], hostvars: Mapping[str, Data], register: str
) -> dict[str, Any]:
    """Return the results of the checks that an earlier batch of the play has run, by identity.

    everyone: all hosts of the play, in its order. register: the variable that holds the results of a batch.
    """
    active = set(batch)
    first = next((number for number, host in enumerate(everyone) if host in active), 0)
    held = (hostvars[host].get(register) for host in reversed(everyone[:first]))
    results = next((value for value in held if isinstance(value, Mapping)), {})
    return {identity: result for identity, result in results.items() if result["asked"]}


def assign(*, hosts: Sequence[Mapping[str, Any]], earlier: Data) -> dict[str, str]:
    """Return which host runs each check, by identity. hosts: C(host) and C(checks) of each. earlier: what was run
    already.
    """
    turns: dict[str, str] = {}
    for entry in hosts:
        for check in entry["checks"]:
            if check["missing"] is None and check["identity"] not in earlier:
                turns.setdefault(check["identity"], entry["host"])
    return turns


def select_own(*, host: str, checks: Sequence[Data], turns: Data) -> list[Data]:
    """Return the checks that a host runs."""
    return [check for check in checks if turns.get(check["identity"]) == host]


def collect(*, hosts: Sequence[Mapping[str, Any]], runs: Iterable[Data], earlier: Data) -> dict[str, Any]:
    """Return the result of every check of a batch, by identity: C(asked), C(excluded), C(label), and the data of its
    verdict.

    hosts: as for assign(). runs: the registered loops that ran the checks.
    """
    done = {run[LOOP]["identity"]: run for loop in runs for run in list_runs(loop) if LOOP in run}
    needed: dict[str, list[Data]] = {}
    for entry in hosts:
        for check in entry["checks"]:
            needed.setdefault(check["identity"], []).append(check)
    return {
        **earlier,
        **{
            identity: _build_result(checks, done.get(identity), earlier.get(identity))
            for identity, checks in needed.items()
        },
    }


def _build_result(checks: Sequence[Data], run: Data | None, earlier: Data | None) -> dict[str, Any]:
    label = f"{make_label(checks[0]['options'])} ({_shorten([use for check in checks for use in check['uses']])})"
    if run is None and earlier is not None:
        return {**earlier, "label": label}
    reason = next((check["missing"] for check in checks if check["missing"]), verdicts.NOT_RUN)
    verdict = verdicts.make_unchecked(reason) if run is None else verdicts.judge(checks[0]["options"], run)
    excluded = run is None and all(check["excluded"] for check in checks)
    return {"asked": run is not None, "excluded": excluded, "label": label, **verdict.as_data()}


def _shorten(uses: Iterable[str]) -> str:
    names = list(dict.fromkeys(uses))
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def describe(*, read: Data, results: Data) -> list[dict[str, Any]]:
    """Return what Azure said for each configuration in use of a host, as the filter fleet documents it."""
    records = [record for record in read.get("azure_key_vaults") or [] if is_checked(record)]
    return [_describe_record(record, results.get(identify(read_options(record)))) for record in records]


def _describe_record(record: Data, result: Data | None) -> dict[str, Any]:
    told = result or {**verdicts.make_unchecked(verdicts.NOT_RUN).as_data(), "excluded": False}
    return {
        "uuid": record.get("uuid"),
        "usable": told["usable"],
        "not_checked": told["doubt"],
        "problems": _select_distinct(told["findings"]),
        "key": told["key"],
        "certificate": told["certificate"],
    }


def _select_distinct(findings: Iterable[Data]) -> list[Data]:
    """Return the findings without those that repeat another one: a key that has expired has two kinds."""
    first: dict[str, Data] = {}
    for finding in findings:
        first.setdefault(finding["message"], finding)
    return list(first.values())


def judge(*, checks: Sequence[Data], results: Data) -> dict[str, Any]:
    """Return what the checks of a host found: C(problems) and C(warnings), one line each, and C(checked), by identity.

    An error is a problem, and so are a key or certificate that expires soon and whatever could not be checked, since it
    may be broken. The rest is a warning, as is an application that is excluded.
    """
    found = [results[check["identity"]] for check in checks if check["identity"] in results]
    lines = [line for result in found for line in _format_lines(result)]
    return {
        "problems": [text for is_problem, text in lines if is_problem],
        "warnings": [text for is_problem, text in lines if not is_problem],
        "checked": {
            check["identity"]: results[check["identity"]]["usable"] is not None
            for check in checks
            if check["identity"] in results
        },
    }


def _format_lines(result: Data) -> list[tuple[bool, str]]:
    lines = [
        (
            finding["severity"] == verdicts.ERROR or finding["kind"] in verdicts.EXPIRIES,
            f"{finding['message']} {finding['hint'] or ''}",
        )
        for finding in _select_distinct(result["findings"])
    ]
    if result["doubt"] is not None:
        lines.append((not result["excluded"], f"not checked in Azure: {result['doubt']}"))
    return [(is_problem, join_lines(f"{result['label']}: {text}")) for is_problem, text in lines]
