# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ontap.akv.watch reports every change in its output and to the notification playbook, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, writes
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}
NOTIFY = Path(__file__).parent / "playbooks" / "notify.yml"


def asks_azure(east: Simulator, here: Place, secrets: Secrets) -> dict[str, Any]:
    """Return the variables for checks in the simulated Azure; the credential is in the environment."""
    side = east.azure
    here.environment |= {"ONTAP_AKV_CLIENT_ID": side.client_id, "ONTAP_AKV_CLIENT_SECRET": secrets.new("client-secret")}
    return {
        "akv_azure": True,
        "akv_azure_interval": 1,
        "akv_azure_oauth_host": side.login_host,
        "akv_azure_ca_path": side.ca_path,
    }


def add_keys(east: Simulator, *keys: str) -> None:
    """Create configurations with keys that expire soon."""
    side = east.azure
    for key in keys:
        side.control.key(key, expires_in=5 * 24 * 3600)
        east.control.add_svm(f"svm-{key}")
    for key in keys:
        configured(
            east,
            f"svm-{key}",
            name=side.vault_url(),
            key_id=side.key_url(key),
            client_id=side.client_id,
            tenant_id=side.tenant_id,
        )


def test_watch_reports_changes_and_changes_nothing(
    place: Callable[..., Place], east: Simulator, secrets: Secrets, tmp_path: Path
) -> None:
    """Each change is reported once, simultaneous ones together; a lasting problem is also escalated."""
    notes = tmp_path / "notes"
    notes.mkdir()
    encrypted(east, *(f"svm{number}" for number in range(1, 6)))
    here = place(east=east)
    here.environment["NOTES"] = str(notes)
    given = asks_azure(east, here, secrets)
    running = here.start(
        "ontap.akv.watch", **FAST, **given, akv_notify_playbook=str(NOTIFY), akv_remind=2, akv_escalate_after=1
    )
    running.until(lambda: reads(east), "the cluster was never read")

    def received(*, escalation: bool) -> list[list[dict[str, Any]]]:
        found = [json.loads(note.read_text(encoding="utf-8")) for note in notes.iterdir()]
        return [note["events"] for note in found if note["escalation"] is escalation]

    east.control.reboot("node1")
    running.until(lambda: received(escalation=True), "nothing was escalated")
    first = next(events for events in received(escalation=False) if events[0]["reminder"] == 0)
    assert sorted(event["svm"] for event in first) == [f"svm{number}" for number in range(1, 6)]
    assert {event["type"] for event in first} == {"akv_state_lost"}
    for event in running.of("akv_state_lost", reminder=1):
        assert running.text.count(f"\nACTION REQUIRED: {event['text']}\n") == 1
    for number in range(1, 6):
        east.control.svm(f"svm{number}", wrapped=["node1", "node2"])
    east.control.remove_record("svm5")
    running.until(
        lambda: any(
            event["type"] == "configuration_removed" for events in received(escalation=False) for event in events
        ),
        "the removal was not reported",
    )
    # The loss of the removed configuration ends with it.
    running.until(lambda: len(running.of("akv_state_restored")) == 5, "the recovery was not reported")
    # Two keys at the same time are two events, although neither belongs to a cluster.
    add_keys(east, "key6", "key7")
    running.until(
        lambda: (
            {event["key_id"] for events in received(escalation=False) for event in events}
            >= {east.azure.key_url("key6"), east.azure.key_url("key7")}
        ),
        "the expiring keys were not reported",
    )
    assert writes(east) == []
