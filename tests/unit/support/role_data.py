# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations as the data that ontap.akv.akv_info and the modules return, for the steps of the roles."""

from __future__ import annotations

from typing import Any

CLIENT_ID = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa"
OTHER_CLIENT_ID = "cccccccc-dddd-cccc-dddd-cccccccccccc"
OK = {"code": 0, "message": ""}
#: EKMIP, as every node reports it on a good day.
REACHED = [{"node": {"name": "node1"}, "reachable": True, **OK}]
#: What the report publishes about a fleet without problems.
QUIET: dict[str, Any] = {"verdict": "", "causes": [], "more_causes": 0}


def record(svm: str | None, uuid: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a healthy configuration of an SVM (None: the cluster). uuid: by default built from the SVM's name."""
    owner = {"scope": "cluster"} if svm is None else {"scope": "svm", "svm": {"name": svm, "uuid": uuid_of(svm)}}
    state = {
        "state": {"available": True, **OK},
        "azure_reachability": {"reachable": True, **OK},
        "ekmip_reachability": [],
    }
    return {"uuid": uuid or f"uuid-{svm}", "client_id": CLIENT_ID, **owner, **state, **fields}


def standby(svm: str | None, name: str = "standby", **fields: Any) -> dict[str, Any]:
    """Return a disabled configuration, of which ONTAP reports no state."""
    made = record(svm, f"uuid-{svm}-{name}", enabled=False, configuration={"name": name}, **fields)
    return {
        key: value for key, value in made.items() if key not in ("state", "azure_reachability", "ekmip_reachability")
    }


def uuid_of(svm: str) -> str:
    """Return the UUID of an SVM whose name ends in a digit."""
    return f"00000000-0000-0000-0000-00000000000{svm[-1]}"


def unreachable(svm: str, **fields: Any) -> dict[str, Any]:
    """Return a configuration whose vault cannot be reached."""
    return record(svm, azure_reachability={"reachable": False, "code": 1, "message": "timed out"}, **fields)


def lost(svm: str | None, **fields: Any) -> dict[str, Any]:
    """Return a configuration whose keys are not available."""
    return record(svm, state={"available": False, "code": 1, "message": "Node: node1. Reason: rebooted"}, **fields)


def entry(
    svm: str | None, *, action: str = "update", changed: bool = True, error: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return the result of a module for one target."""
    return {
        "svm": svm,
        "uuid": f"uuid-{svm}",
        "action": action,
        "changed": changed,
        "message": None,
        "error": error,
        **more,
    }


def refusal(code: str | None = "65537540", status: int | None = 400) -> dict[str, Any]:
    """Return an error as a module reports it."""
    return {
        "code": code,
        "message": "refused",
        "target": None,
        "status": status,
        "method": "PATCH",
        "path": "/",
        "hint": None,
    }


def run(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the result of a task. It failed if one of its targets did."""
    first = next((each["error"] for each in entries if each["error"]), None)
    failed = {"failed": True, "msg": "the first one", "error": first} if first else {"failed": False}
    return {"changed": any(each["changed"] for each in entries), "results": list(entries), **failed, **more}


def loop(*runs: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a task that loops."""
    failed = any(each.get("failed") for each in runs)
    return {
        "failed": failed,
        "changed": False,
        "msg": "One or more items failed",
        "results": [{"ansible_loop_var": "item", **each} for each in runs],
    }


def read(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the result of ontap.akv.akv_info."""
    return {"failed": False, "changed": False, "azure_key_vaults": list(records), "num_records": len(records), **more}


def unread(status: int | None = 500) -> dict[str, Any]:
    """Return the result of a failed ontap.akv.akv_info."""
    return {"failed": True, "changed": False, "msg": "no\nanswer", "error": {**refusal(None, status), "method": "GET"}}
