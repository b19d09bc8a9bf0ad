# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles check in Azure before their first write: each distinct credential and key once.

A check is a dictionary of options of akv_azure_info. It holds a credential, so it is never a loop item and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import (
    CREDENTIAL_OPTIONS,
    Credentials,
    build_options,
    find_credential,
    identify,
    make_label,
    read_options,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.verdicts import NOT_RUN
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import list_runs

Check = Mapping[str, Any]
Records = Sequence[Mapping[str, Any]]

_NO_CREDENTIAL = "no credential was given to log in with. Set akv_client_secret or akv_client_certificate."


def list_checks_of_entries(*, entries: Records, common: Mapping[str, Any], sources: Records) -> list[dict[str, Any]]:
    """Return the checks for akv_configure. sources: where an entry without its own credential gets one."""
    complete = [({**common, **entry}, [entry, common, *sources]) for entry in entries]
    present = [(entry, places) for entry, places in complete if entry.get("state", "present") == "present"]
    return _select_distinct([(build_options(entry), find_credential(places)) for entry, places in present])


def list_checks_of_application(
    *, records: Records, client_id: str, svms: Sequence[str], given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the checks for akv_rotate_credentials: the keys of the SVMs that get the credential.

    given: the credential to send.
    """
    found = [
        record
        for record in configurations.select_application(records, client_id)
        if configurations.get_owner(record) in svms
    ]
    return _select_distinct([(read_options(record), given) for record in found])


def list_checks_of_keys(
    *, records: Records, svms: Sequence[str], key: str, key_id: str, sources: Records, credentials: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the checks for akv_rotate_key: the key that will be used, for each application.

    credentials: by client_id. sources: where all other applications get theirs.
    """
    proofs = Credentials(credentials or {}, sources)
    found = [
        record for record in records if configurations.is_in_use(record) and configurations.get_owner(record) in svms
    ]
    used = [read_options(record if key == "internal" else {**record, "key_id": key_id}) for record in found]
    return _select_distinct([(options, proofs.find(options["client_id"])) for options in used])


def _select_distinct(checks: Sequence[tuple[dict[str, str], Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return the options of each check once, with its credential."""
    found: dict[Any, dict[str, Any]] = {}
    for options, given in checks:
        found.setdefault((identify(options), *sorted(given.items())), {**options, **given})
    return list(found.values())


def judge(*, checks: Sequence[Check], found: Mapping[str, Any]) -> list[str]:
    """Return why the run must not start, one line each. found: the result of the loop that ran each check in Azure."""
    runs = list_runs(found)
    return [
        line
        for number, check in enumerate(checks)
        for line in _format_lines(check, runs[number] if number < len(runs) else {})
    ]


def _format_lines(check: Check, run: Mapping[str, Any]) -> list[str]:
    if run.get("usable") is True:
        return []
    errors = [problem for problem in run.get("problems") or [] if problem.get("severity") == "error"]
    texts = [f"{problem['message']} {problem['hint'] or ''}".strip() for problem in errors]
    if run and not any(check.get(option) for option in CREDENTIAL_OPTIONS):
        texts = texts or [_NO_CREDENTIAL]
    return [f"{make_label(check)}: {join_lines(text)}" for text in texts or [run.get("msg") or NOT_RUN]]
