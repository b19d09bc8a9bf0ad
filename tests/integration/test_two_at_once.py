# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two concurrent runs on one cluster: the final state is right, and both reports are true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    KEY,
    NAME,
    OTHER_CLIENT_ID,
    OTHER_KEY,
    PROPERTIES,
    configured,
)
from simulator import Simulator

Call = tuple[ModuleType, dict[str, Any]]
FULL = {**PROPERTIES, "update_credentials": "on_create"}
DESCRIBED = {name: value for name, value in FULL.items() if name != "update_credentials"}


def at_once(simulator: Simulator, *calls: Call) -> list[Done]:
    """Run modules so that each has selected its targets before any of them writes."""
    # The first write waits for the slowest selection.
    simulator.control.fault("slow", method="POST|PATCH|DELETE", seconds=0.3)
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: run(simulator, call[0], svm="svm1", **call[1]), calls))


def state(simulator: Simulator) -> dict[str, Any] | None:
    """Return the configuration of svm1."""
    configuration: dict[str, Any] | None = simulator.control.state()["svms"]["svm1"]["configuration"]
    return configuration


def actions(runs: list[Done]) -> list[tuple[str, bool, bool]]:
    """Return action, changed and failed of each run, sorted."""
    return sorted((done.only["action"], done.only["changed"], done.failed) for done in runs)


def test_same_creations_result_in_one(simulator: Simulator) -> None:
    """One creates it, the other finds it unchanged and warns that its own secret was not sent."""
    unset = {**DESCRIBED, "client_secret": "secret-of-azure"}
    runs = at_once(simulator, (azure_key_vault, unset), (azure_key_vault, unset))
    assert actions(runs) == [("create", True, False), ("none", False, False)]
    (late,) = [done for done in runs if done.only["action"] == "none"]
    assert "another run was faster" in late.warnings
    assert "client_secret cannot be compared" in late.warnings
    assert late.only["message"]
    assert late.result["azure_key_vaults"][0]["name"] == NAME
    assert (state(simulator) or {})["done"] == {"create": 1}


def test_later_creation_with_other_fields_updates(simulator: Simulator) -> None:
    """The later run updates what the earlier one created."""
    calls = [
        (azure_key_vault, {**FULL, "client_secret": "secret-of-azure", "proxy_host": host})
        for host in ("one.example.com", "two.example.com")
    ]
    runs = at_once(simulator, *calls)
    assert actions(runs) == [("create", True, False), ("update", True, False)]
    (late,) = [done for done in runs if done.only["action"] == "update"]
    assert late.only["fields"] == ["proxy_host"]
    assert (state(simulator) or {})["proxy_host"] == late.result["azure_key_vaults"][0]["proxy_host"]


def test_later_creation_with_other_secret_updates(simulator: Simulator) -> None:
    """With update_credentials: always, the secret of the later run is sent too."""
    calls = [
        (azure_key_vault, {**FULL, "client_secret": secret, "update_credentials": "always"})
        for secret in ("secret-number-1", "secret-number-2")
    ]
    runs = at_once(simulator, *calls)
    assert actions(runs) == [("create", True, False), ("update", True, False)]
    late = next(number for number, done in enumerate(runs) if done.only["action"] == "update")
    assert (state(simulator) or {})["client_secret"] == f"secret-number-{late + 1}"


def test_later_creation_with_other_key_fails(simulator: Simulator) -> None:
    """The later run fails and names the difference."""
    calls = [(azure_key_vault, {**FULL, "client_secret": "secret-of-azure", "key_id": key}) for key in (KEY, OTHER_KEY)]
    runs = at_once(simulator, *calls)
    assert actions(runs) == [("create", True, False), ("none", False, True)]
    (late,) = [done for done in runs if done.failed]
    assert late.result["error"]["target"] == "key_id"
    assert (state(simulator) or {})["done"] == {"create": 1}


@pytest.mark.parametrize(
    "keys", [(OTHER_KEY, OTHER_KEY), (OTHER_KEY, f"{NAME}keys/key3")], ids=["the same key", "two keys"]
)
def test_external_rekeys_are_both_done(simulator: Simulator, keys: tuple[str, str]) -> None:
    """Both are done one after the other; a run whose key was replaced before it read the result fails."""
    configured(simulator, "svm1")
    runs = at_once(simulator, *[(akv_rekey, {"key": "external", "key_id": key}) for key in keys])
    final = state(simulator) or {}
    assert final["done"] == {"rekey-external": 2}
    assert len({done.only["job"]["uuid"] for done in runs}) == 2
    for done, key in zip(runs, keys, strict=True):
        assert (done.only["action"], done.only["changed"]) == ("rekey", True)
        shown = done.result["azure_key_vaults"][0]["key_id"]
        assert done.failed is (shown != key)
    assert not all(done.failed for done in runs)
    assert final["key_id"] in keys


def test_internal_rekeys_and_restores_are_both_done(simulator: Simulator) -> None:
    configured(simulator, "svm1")
    simulator.control.svm("svm1", encrypted_volumes=1)
    assert actions(at_once(simulator, *[(akv_rekey, {"key": "internal"})] * 2)) == [("rekey", True, False)] * 2
    simulator.control.reboot("node1")
    assert actions(at_once(simulator, *[(akv_restore, {})] * 2)) == [("restore", True, False)] * 2
    assert (state(simulator) or {})["done"] == {"rekey-internal": 2, "restore": 2}
    assert (state(simulator) or {})["wrapped"] == ["node1", "node2"]


def test_later_deletion_finds_nothing_to_do(simulator: Simulator) -> None:
    """One deletes; the other finds nothing to do."""
    configured(simulator, "svm1")
    runs = at_once(simulator, *[(azure_key_vault, {"state": "absent"})] * 2)
    assert actions(runs) == [("delete", True, False), ("none", False, False)]
    assert state(simulator) is None


@pytest.mark.parametrize("change", ["update", "rekey", "restore"])
def test_change_after_deletion_fails(simulator: Simulator, change: str) -> None:
    """The change fails because another run deleted the configuration, which is not created again."""
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    calls: dict[str, Call] = {
        "update": (azure_key_vault, {**FULL, "client_secret": "secret-of-azure", "client_id": OTHER_CLIENT_ID}),
        "rekey": (akv_rekey, {"key": "external", "key_id": OTHER_KEY}),
        "restore": (akv_restore, {}),
    }
    # The change is the slow one.
    simulator.control.fault("slow", method="POST|PATCH", seconds=0.5)
    changed, deleted = at_once(simulator, calls[change], (azure_key_vault, {"state": "absent"}))
    assert (deleted.only["action"], deleted.failed) == ("delete", False)
    assert state(simulator) is None
    assert (changed.failed, changed.only["changed"]) == (True, False)
    assert "another run" in changed.result["msg"] or "no Azure key vault configuration exists" in changed.result["msg"]
    assert changed.result["azure_key_vaults"] == []
