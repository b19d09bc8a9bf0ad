# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a report of akv_azure_info is right, and whether the roles would continue after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.azure import judge as refusals
from chaos.azure.run import Asked
from chaos.azure.schedule import SECRET, certificate

#: The keys of a report that is not a failure.
_WHOLE = {"changed", "usable", "problems", "azure"}
_CHECKS = {"login", "certificate", "vault", "key", "operations", "connection"}
#: Codes of problems that pass; 0 is in the bodies of the simulator's fault "status".
_PASSING = {"Throttled", "0"}
#: Requests of a run: seven, one more for a page of versions, and the second try of a missing right.
_MOST = 9


def judge(asked: Asked, undisturbed: Asked) -> list[str]:
    """Return what is wrong with a run. undisturbed: the same without faults."""
    if asked.traceback is not None:
        return [asked.traceback]
    wrong = [*_about_secrets(asked), *_about_requests(asked), *_about_roles(asked)]
    if asked.report.get("failed"):
        return [*wrong, *_about_failure(asked)]
    if set(asked.report) != _WHOLE or asked.report["changed"] is not False:
        return [*wrong, f"the report has {sorted(asked.report)}, changed is {asked.report.get('changed')}"]
    return [*wrong, *_about_verdict(asked, undisturbed), *_about_facts(asked, undisturbed)]


def _about_secrets(asked: Asked) -> Iterator[str]:
    """Yield where a secret is shown. The second half of a secret is one too."""
    told = json.dumps([asked.report, asked.warnings], ensure_ascii=False)
    for name, secret in (
        ("the secret", SECRET),
        ("the certificate", certificate()),
        *(("a token", token) for token in asked.tokens),
    ):
        if secret in told or secret[len(secret) // 2 :] in told:
            yield f"{name} is in the report"
    yield from (f"{entry['service']} got {entry['misplaced']}" for entry in asked.log if entry["misplaced"])


def _about_requests(asked: Asked) -> Iterator[str]:
    if asked.cut:
        yield "it did not end by itself"
    if len(set(asked.hosts)) > 2 or any(not host.startswith(("localhost:", "127.0.0.1:")) for host in asked.hosts):
        yield f"requests were sent to {sorted(set(asked.hosts))}"
    tries = asked.schedule.max_retries + 1
    logins = sum(entry["service"] == "login" for entry in asked.log)
    if logins > tries:
        yield f"{logins} logins with max_retries {tries - 1}"
    if len(asked.hosts) > _MOST * tries:
        yield f"{len(asked.hosts)} requests with max_retries {tries - 1}"
    if not asked.hits and (len(asked.hosts) > _MOST or asked.connections["accepted"] > 2):
        yield f"{len(asked.hosts)} requests on {asked.connections['accepted']} connections without a fault"


def _about_roles(asked: Asked) -> Iterator[str]:
    """Yield a wrong decision of the roles: they continue only after a check that is usable, and only if every check was
    made.
    """
    check = {"key_id": "https://vault1.vault.azure.net/keys/key1", "client_id": "application", "client_secret": SECRET}
    run = {"ansible_loop_var": "_akv_azure_index", **asked.report}
    goes_on = not asked.report.get("failed") and asked.report.get("usable") is True
    decided = refusals(checks=[check], found={"results": [run]})
    if (not decided) != goes_on:
        yield f"the roles decide {decided}"
    interrupted: tuple[dict[str, Any], ...] = ({"results": [run]}, {"results": []}, {"skipped": True}, {})
    for found in interrupted:
        if not refusals(checks=[check, check], found=found):
            yield f"the roles continue after a verification that was interrupted: {sorted(found)}"
    if any(SECRET in line or "\n" in line for line in decided):
        yield f"the roles say {decided}"


def _about_failure(asked: Asked) -> Iterator[str]:
    if "interrupt" not in asked.events:
        yield f"it failed: {asked.report.get('msg')}"
    elif "nothing was changed" not in asked.report["msg"]:
        yield f"a stopped run says {asked.report['msg']!r}"


def _about_verdict(asked: Asked, undisturbed: Asked) -> Iterator[str]:
    usable, truth = asked.report["usable"], undisturbed.report["usable"]
    errors = [problem for problem in asked.report["problems"] if problem["severity"] == "error"]
    if usable is not None and usable is not truth:
        yield f"usable is {usable}, and without faults {truth}"
    if usable is None and truth is not None and not asked.hits:
        yield "usable is null without a fault"
    if bool(errors) is (usable is True):
        yield f"usable is {usable} with the errors {errors}"
    if "interrupt" in asked.events:
        yield "a run that was stopped has a verdict"
    for problem in asked.report["problems"]:
        if problem["check"] not in _CHECKS or problem["severity"] not in ("error", "warning") or not problem["message"]:
            yield f"a problem is {problem}"
        if problem["hint"] is None and problem["code"] in (None, *_codes(undisturbed)):
            yield f"no hint for {problem}"


def _about_facts(asked: Asked, undisturbed: Asked) -> Iterator[str]:
    """Yield what is reported about Azure and is not true: anything may be unknown, and nothing may be another."""
    made_up = _codes(asked) - _codes(undisturbed) - _PASSING
    if made_up:
        yield f"Azure did not say {sorted(made_up)}"
    found, truth = _facts(asked), _facts(undisturbed)
    different = {
        name: (value, truth[name]) for name, value in found.items() if value is not None and value != truth.get(name)
    }
    if different:
        yield f"reported and true: {different}"
    if not asked.hits and found != truth:
        yield f"without a fault, it is reported that {found}, and then {truth}"


def _codes(asked: Asked) -> set[str]:
    """Return Azure's codes of the errors of a report."""
    problems = asked.report.get("problems") or []
    return {problem["code"] for problem in problems if problem["severity"] == "error" and problem["code"] is not None}


def _facts(asked: Asked) -> dict[str, Any]:
    """Return what a report says about Azure, flat."""
    azure = asked.report["azure"]
    key = {f"key {name}": value for name, value in (azure["key"] or {}).items() if name != "days_left"}
    operations = {name: operation["ok"] for name, operation in azure["operations"].items()}
    return {
        **key,
        **operations,
        **{f"vault {name}": value for name, value in azure["vault"].items()},
        "logged in": azure["login"]["ok"],
        "versions": azure["versions"],
    }
