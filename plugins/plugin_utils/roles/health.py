# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_health: the problems of a host, and the summary of all hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.filter.days_until import count_days_until
from ansible_collections.ontap.akv.plugins.module_utils.akv.health import CHECKS, PROPERTIES, find_problems
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import azure_state, configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.host import RoleHost, pass_warnings, read_configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.variables import (
    find_description_errors,
    find_errors_of_host,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import (
    RESTORE_ADVICE,
    format_count,
    join_few,
    read_names,
)

#: What to do about the problems that a check finds, in the order in which it helps.
_ADVICE = {
    "azure": (
        "As long as a vault cannot be reached, do not reboot nodes that are up, and do not delete the configuration."
        " Keys can be restored only when their vault can be reached. To see what is wrong in Azure, run the playbook"
        " ontap.akv.health (-e akv_azure=true). If the credential is the reason, run ontap.akv.rotate_credentials with"
        " a valid one."
    ),
    "state": RESTORE_ADVICE,
}


def check(  # noqa: PLR0913 - all of them by name
    host: RoleHost,
    *,
    cluster: str,
    svm: Any,
    described: Any,
    common: Any,
    azure: bool,
    values: Mapping[str, Any],
    stop: str = "",
) -> dict[str, Any]:
    """Read the configurations of a host, and return what was C(found), which is the result of judge().

    If a variable is wrong, nothing is read, and the result is a failure with C(msg). stop: why this host is not
    started, an empty text if it is. svm: C(akv_svm). described, common: see judge(). azure: whether to return as
    C(source) what akv_info returned. values: the other variables of the role, by name.
    """
    svms, checks = read_names(svm), read_names(values["akv_checks"]) or list(CHECKS)
    # The description is read unless SVMs are given.
    wrong = find_description_errors(described or [], common or {}) if (described or common) and not svms else []
    errors = stop or find_errors_of_host(host, "akv_health", {"akv_svm": svms, **values}) + wrong
    if errors:
        return {"failed": True, "msg": errors}
    read = read_configurations(host, svms, inactive=True, fields=["*", *(PROPERTIES[check] for check in checks)])
    dates = {name: values[f"akv_credential_{name}"] for name in ("expires", "created", "min_days", "max_age_days")}
    found = judge(
        cluster=cluster, read=read, checks=checks, svms=svms, described=described, common=common, credential=dates
    )
    return {"found": found, "checks": checks, **pass_warnings(read), **({"source": read} if azure else {})}


def judge(  # noqa: PLR0913 - all of them by name
    *,
    cluster: str,
    read: Mapping[str, Any],
    checks: Sequence[str],
    svms: Sequence[str],
    described: Any,
    credential: Mapping[str, Any],
    common: Any = None,
) -> dict[str, Any]:
    """Return the result of the health check of a host.

    It has C(cluster), C(read) (whether the cluster could be read), C(problems), C(kinds) (the checks that found one),
    C(warnings), C(checked) (a number), C(verdict), and C(outage): what happens to the volumes if a vault cannot be
    reached, None if that is not known. The problems and warnings are texts. svms: those that were requested. described:
    C(akv_configurations) of the host, and common: C(akv_common); if no SVMs are requested, the configurations that they
    describe must exist.
    """
    entries = [] if svms else _list_described(described, common)
    named = svms or [svm for entry in entries for svm in read_names(entry.get("svm"))]
    problems = _check_dates(**credential) + _find_problems(cluster, read, checks, named)
    if any(entry.get("scope") == "cluster" for entry in entries) and not read.get("failed"):
        missing = configurations.find_missing_cluster(read.get("azure_key_vaults") or [])
        problems += [f"{cluster}: {text}" for text in missing]
    used = [record for record in read.get("azure_key_vaults") or [] if configurations.is_in_use(record)]
    warnings = [f"{cluster}: {text}" for text in list_warnings(read)]
    return {
        "cluster": cluster,
        "read": not read.get("failed"),
        "problems": problems,
        "kinds": sorted({problem.check for problem in find_problems(used, checks) if problem.checked}),
        "warnings": warnings,
        "checked": len(used),
        "verdict": _format_verdict(problems),
        "outage": read.get("outage"),
    }


def list_warnings(read: Mapping[str, Any]) -> list[str]:
    """Return a warning for each key store that is not active, and for what could not be read of the cluster's
    settings.
    """
    stores = [store for store in read.get("key_stores") or [] if store["meaning"]]
    return [*(_describe_store(store) for store in stores), *(read.get("doubts") or [])]


def _describe_store(store: Mapping[str, Any]) -> str:
    configuration = "" if store["configuration"] in (None, "default") else f" {store['configuration']}"
    return f"{store['svm'] or 'cluster'}: the key store{configuration} is {store['state']}: {store['meaning']}"


def list_outages(hosts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each thing that clusters do during an outage, with their names. hosts: C(cluster),
    C(outage).
    """
    clusters: dict[str, list[str]] = {}
    for host in hosts:
        if host.get("outage"):
            clusters.setdefault(host["outage"], []).append(str(host["cluster"]))
    return [
        f"Setting of {join_few(names, 'more clusters')}: if a vault cannot be reached, {outage}."
        for outage, names in sorted(clusters.items())
    ]


def add_azure(
    *, found: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], results: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result of judge() with what Azure returned: more problems, C(warnings), and C(azure), whether each
    check was made.

    checks: those of the host. results: those of all hosts.
    """
    azure = azure_state.judge(checks=checks, results=results)
    problems = [*found["problems"], *azure["problems"]]
    warnings = [*found["warnings"], *azure["warnings"]]
    return {
        **found,
        "problems": problems,
        "verdict": _format_verdict(problems),
        "warnings": warnings,
        "azure": azure["checked"],
    }


def _format_verdict(problems: Sequence[str]) -> str:
    return f"{format_count(len(problems), 'problem')}, see the summary above."


def _find_problems(cluster: str, read: Mapping[str, Any], checks: Sequence[str], svms: Sequence[str]) -> list[str]:
    if read.get("failed"):
        return [f"{cluster}: {configurations.describe_refusal(read)}"]
    return [
        f"{cluster}: {text}"
        for text in configurations.find_problems(
            read.get("azure_key_vaults") or [], checks, svms, read.get("unread") or []
        )
    ]


def _list_described(described: Any, common: Any) -> list[dict[str, Any]]:
    """Return the entries whose configuration must exist according to the description for the role akv_configure."""
    shared = common if isinstance(common, Mapping) else {}
    entries = (
        [{**shared, **entry} for entry in described if isinstance(entry, Mapping)]
        if isinstance(described, (list, tuple))
        else []
    )
    return [entry for entry in entries if entry.get("state", "present") == "present"]


def _check_dates(*, expires: Any, created: Any, min_days: Any, max_age_days: Any) -> list[str]:
    """Return what is wrong with the dates of the credential; an empty date is not checked."""
    found = []
    left = count_days_until(expires) if expires else None
    if left is not None and left < int(min_days):
        found.append(
            f"the credential expired on {expires}"
            if left < 0
            else f"the credential expires on {expires}, in {format_count(left, 'day', zero='0')}"
        )
    age = -count_days_until(created) if created else None
    if age is not None and age > int(max_age_days):
        found.append(
            f"the credential is {format_count(age, 'day')} old, more than akv_credential_max_age_days ({max_age_days})"
        )
    return found


def summarize(*, hosts: Sequence[Mapping[str, Any]], checks: Sequence[str], lines: Any) -> dict[str, Any]:
    """Return the summary of the results of judge() for several hosts: C(problems), C(checked), C(lines) to show, and
    C(published).

    published: what goes to set_stats; C(akv_warnings) only if there are any, or if a host checked Azure. lines: the
    maximum number of problems and warnings to show; the last lines say what happens if a vault cannot be reached. A
    problem that hosts share, such as an expiring credential, counts once.
    """
    problems = list(dict.fromkeys(problem for host in hosts for problem in host["problems"]))
    warnings = list(dict.fromkeys(warning for host in hosts for warning in host.get("warnings", [])))
    checked = sum(host["checked"] for host in hosts)
    texts = [*problems, *(f"warning: {warning}" for warning in warnings)]
    shown = [f"- {text}" for text in texts[: int(lines)]]
    rest = [*problems, *warnings][len(shown) :]
    counts = ", ".join(
        [format_count(len(problems), "problem"), *([format_count(len(warnings), "warning")] if warnings else [])]
    )
    head = _format_head(hosts, checked, checks) + (f": {counts}." if checked or texts else ".")
    told = {"akv_warnings": warnings} if warnings or any("azure" in host for host in hosts) else {}
    published = {"akv_problems": problems, "akv_checked": checked, **told}
    advice = [text for kind, text in _ADVICE.items() if any(kind in host["kinds"] for host in hosts)]
    last = [*([_format_rest(hosts, rest)] if rest else []), *list_outages(hosts), *advice]
    return {"problems": problems, "checked": checked, "published": published, "lines": [head, *shown, *last]}


def _format_rest(hosts: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> str:
    """Return the line about the problems and warnings that are not shown: how many there are, and of which clusters.

    What is not about one cluster, such as an expiring credential, is counted for Azure.
    """
    owners = {
        text: str(host["cluster"])
        for host in hosts
        for text in (*host["problems"], *host.get("warnings", []))
        if text.startswith(f"{host['cluster']}: ")
    }
    counts = Counter(owners[text] for text in texts if text in owners)
    shared = len(texts) - sum(counts.values())
    clusters = join_few((f"{cluster} ({count})" for cluster, count in counts.items()), "more clusters")
    places = [clusters, f"Azure ({shared})" if shared else ""]
    return f"- and {len(texts)} more: {', '.join(filter(None, places))}"


def _format_head(hosts: Sequence[Mapping[str, Any]], checked: int, checks: Sequence[str]) -> str:
    """Return what was checked. A cluster that could not be read does not count, and nothing found is not healthy."""
    clusters, read = ({host["cluster"] for host in hosts if host["read"] or not only} for only in (False, True))
    where = format_count(len(clusters), "cluster")
    if not checked and clusters == read:
        return f"Found no configurations in use on {where}, so nothing was checked"
    part = "" if clusters == read else f"{len(read)} of "
    azure = _format_azure_count(hosts)
    return f"Checked {format_count(checked, 'configuration')} on {part}{where} ({', '.join(checks)}){azure}"


def _format_azure_count(hosts: Sequence[Mapping[str, Any]]) -> str:
    """Return how many keys were checked in Azure, as a part of a sentence; empty if no host was to check any."""
    states = {identity: checked for host in hosts for identity, checked in host.get("azure", {}).items()}
    if not any("azure" in host for host in hosts):
        return ""
    checked = sum(states.values())
    return (
        f" and {format_count(checked, 'key')} in Azure"
        if checked == len(states)
        else f" and {checked} of {format_count(len(states), 'key')} in Azure"
    )
