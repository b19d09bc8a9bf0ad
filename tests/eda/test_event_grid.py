# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook of the guide for Azure Event Grid, with events as Microsoft documents them ("Azure Key Vault as Event
Grid source").
"""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.eda.test_rulebooks import EXAMPLES
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from simulator import Simulator

NOTIFY = Path(__file__).parent / "playbooks" / "notify.yml"
VAULT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.KeyVault/vaults/vault1"
)
VALIDATION = "https://rp-eastus.eventgrid.azure.net:553/eventsubscriptions/akv/validate?id=1&t=2026-01-01T00:00:00Z"


def key_id(name: str) -> str:
    return f"https://vault1.vault.azure.net/keys/{name}/ee059b2bb5bc48398a53b168c6cdcb10"


def data(name: str) -> dict[str, Any]:
    """Return what Key Vault says about a key."""
    return {
        "Id": key_id(name),
        "VaultName": "vault1",
        "ObjectType": "Key",
        "ObjectName": name,
        "Version": "ee059b2bb5bc48398a53b168c6cdcb10",
        "NBF": "1767225600",
        "EXP": "1798761600",
    }


def grid(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return an event in the schema of Event Grid."""
    about = {"id": "1", "topic": VAULT, "subject": "key1", "eventType": kind, "eventTime": "2026-01-01T00:00:00Z"}
    return {**about, "data": content, "dataVersion": "1", "metadataVersion": "1"}


def cloud(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return an event in the schema of CloudEvents."""
    return {
        "id": "2",
        "source": VAULT,
        "subject": "key2",
        "type": kind,
        "time": "2026-01-01T00:00:00Z",
        "data": content,
        "specversion": "1.0",
    }


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def post(port: int, token: str, body: Any) -> int | None:
    """Post a body as Event Grid does, and return the status, or None if nothing listens yet."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/event-grid", json.dumps(body).encode(), headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError:
        return None


def test_events_of_key_vault_are_reported(
    place: Callable[..., Place], east: Simulator, secrets: Secrets, tmp_path: Path
) -> None:
    """Both schemas are understood, other events have no effect, and requests without the token are refused."""
    token, port, notes = "webhook-Token-of-the-tests", free_port(), tmp_path / "notes"
    secrets.hide("the token", token)
    notes.mkdir()
    here = place(east=east)
    here.environment["NOTES"] = str(notes)
    given = {"webhook_port": port, "webhook_token": token, "akv_notify_playbook": str(NOTIFY)}
    running = here.start(str(EXAMPLES / "event_grid.yml"), **given)
    validation = {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6", "validationUrl": VALIDATION}
    running.until(
        lambda: post(port, token, [grid("Microsoft.EventGrid.SubscriptionValidationEvent", validation)]) == 200,
        "nothing listens",
    )
    running.told(f"Open this address to complete the subscription: {VALIDATION}")
    assert post(port, "wrong", [grid("Microsoft.KeyVault.KeyNearExpiry", data("stranger"))]) == 401
    others: list[Any] = [
        [grid("Microsoft.KeyVault.SecretNearExpiry", data("secret1"))],
        {"type": "other"},
        [1, None],
        "text",
        [],
    ]
    for body in others:
        assert post(port, token, body) == 200
    assert post(port, token, [grid("Microsoft.KeyVault.KeyNearExpiry", data("key1"))]) == 200
    running.told(f"\nMicrosoft.KeyVault.KeyNearExpiry {key_id('key1')}\n")
    assert post(port, token, cloud("Microsoft.KeyVault.KeyNewVersionCreated", data("key2"))) == 200
    running.told(f"\nMicrosoft.KeyVault.KeyNewVersionCreated {key_id('key2')}\n")
    assert (
        post(
            port,
            token,
            [cloud("Microsoft.KeyVault.KeyNearExpiry", {**data("key3"), "Id": f"{key_id('key3')}{{{{ 6 * 7 }}}}"})],
        )
        == 200
    )
    running.told(f"\nMicrosoft.KeyVault.KeyNearExpiry {key_id('key3')} 6 7 \n")
    running.until(lambda: len(list(notes.glob("*.json"))) == 3, "the notifications did not arrive")
    texts = {
        event["text"]
        for note in notes.glob("*.json")
        for event in json.loads(note.read_text(encoding="utf-8"))["events"]
    }
    assert {text.strip() for text in texts} == {
        f"Microsoft.KeyVault.KeyNearExpiry {key_id('key1')}",
        f"Microsoft.KeyVault.KeyNewVersionCreated {key_id('key2')}",
        f"Microsoft.KeyVault.KeyNearExpiry {key_id('key3')} 6 7",
    }
    assert not any(
        "stranger" in line or "secret1" in line for line in running.text.splitlines() if line.startswith("Microsoft.")
    )
