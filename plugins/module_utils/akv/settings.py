# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's settings for key managers, and what they mean for the volumes during an outage of a vault.

Source: the public pages of C(/security/key-manager-configs) of ONTAP 9.10.1 to 9.19.1; the EMS reference
(C(ekmip.akv.volOffline)): ONTAP polls the vault every 15 minutes, and takes the encrypted volumes offline if no poll
succeeds for 60 minutes. That another interval keeps the number of polls (4) is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Request, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import parse_whole_number
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

PATH = "/api/security/key-manager-configs"
INTERVAL, RETRIES, POLICY = "health_monitor_polling_interval", "cloud_kms_retry_count", "health_monitor_policy"
#: The numeric settings with their documented limits.
LIMITS = {RETRIES: (0, 10), INTERVAL: (15, 30)}
#: The parts of AKV's policy. The policies of other key managers are neither returned nor sent.
POLICY_PARTS = ("enabled", "manage_volume_offline")
_AKV = f"{POLICY}.akv"
#: The number of polls without success after which ONTAP takes the volumes offline.
_POLLS = 4


def read(client: Client, *, policy: bool) -> dict[str, Any]:
    """Return the settings under the names of the module's options, without those that the release does not have.

    policy: whether the policy is required; if so, a release without it refuses the request. Otherwise C(**) reads it
    from the releases that have it. Raises AkvError.
    """
    fields = f"{RETRIES},{INTERVAL},{_AKV}" if policy else "**"
    record = client.read_record(PATH, {"fields": fields})
    found = {name: _parse_number(name, record[name]) for name in LIMITS if record.get(name) is not None}
    policies = record.get(POLICY)
    own = policies.get("akv") if isinstance(policies, Mapping) else None
    parts = (
        {part: own[part] for part in POLICY_PARTS if isinstance(own.get(part), bool)}
        if isinstance(own, Mapping)
        else {}
    )
    return {**found, **({POLICY: parts} if parts else {})}


def _parse_number(name: str, value: Any) -> int:
    number = parse_whole_number(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise ResponseError(
            f"the response is not ONTAP's: {name} is not a number", status=200, request=Request("GET", PATH)
        )
    return number


def build_body(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a C(PATCH) for settings under the names of the module's options."""
    return {name: {"akv": dict(value)} if name == POLICY else value for name, value in changes.items()}


def merge(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings after a change."""
    policy = (
        {POLICY: {**current.get(POLICY, {}), **changes.get(POLICY, {})}}
        if POLICY in current or POLICY in changes
        else {}
    )
    return {**current, **changes, **policy}


def find_differences(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wanted settings that differ from the current ones; of the policy, only the parts that differ."""
    found = {name: value for name, value in wanted.items() if name != POLICY and current.get(name) != value}
    policy = current.get(POLICY, {})
    parts = {part: value for part, value in wanted.get(POLICY, {}).items() if policy.get(part) is not value}
    return {**found, **({POLICY: parts} if parts else {})}


def find_missing(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Return the names of the wanted settings that the cluster does not report."""
    parts = wanted.get(POLICY, {})
    return [
        name
        for name in wanted
        if name not in current or (name == POLICY and any(part not in current[POLICY] for part in parts))
    ]


def describe_outage(current: Mapping[str, Any]) -> str | None:
    """Return what happens to the encrypted volumes if the vault cannot be reached, None if the settings do not show
    it.
    """
    policy = current.get(POLICY, {})
    if False in (policy.get(part) for part in POLICY_PARTS):
        return "volumes stay online"
    if INTERVAL not in current or any(part not in policy for part in POLICY_PARTS):
        return None
    return f"volumes go offline after {_POLLS} failed polls, {current[INTERVAL]} minutes apart"
