# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a cluster is never evaluated by ansible-rulebook, the collection's playbooks or the notification playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, whole
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}
NOTIFY = Path(__file__).parent / "playbooks" / "notify.yml"


def test_text_of_cluster_is_not_evaluated(
    place: Callable[..., Place], east: Simulator, west: Simulator, tmp_path: Path
) -> None:
    """Names and messages contain templates, vaults and Python values, and the notification playbook reads them."""
    trace, notes = tmp_path / "evaluated", tmp_path / "notes"
    notes.mkdir()
    touch = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trace}') }}}}"
    names = [
        touch,
        "svm{% if true %}x{% endif %}",
        "{{ 7 * 191 }}",
        "{{ 7 * 191",
        "[1, 2]",
        "None",
        "1e3",
        "$ANSIBLE_VAULT;1.1;AES256",
        "a'b\"c",
        "--limit",
        "*",
    ]
    encrypted(east, *names)
    encrypted(west, "svm1")
    here = place(east=east, west=west)
    here.environment["NOTES"] = str(notes)
    running = here.start("ontap.akv.self_heal", **FAST, akv_notify_playbook=str(NOTIFY), akv_remind=600)
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    east.control.azure(reachable=False, message=f"{touch} {{{{ 7 * 191 }}}} $ANSIBLE_VAULT;1.1;AES256\n6162")
    east.control.reboot("node1")
    west.control.reboot("node1")
    running.until(lambda: whole(west, "svm1"), "the other cluster is not repaired")

    def received() -> set[tuple[str, str]]:
        events = [event for note in notes.iterdir() for event in json.loads(note.read_text(encoding="utf-8"))["events"]]
        return {(event["type"], event["uuid"]) for event in events}

    running.until(lambda: len(received()) >= 2 * len(names) + 2, "not every event was sent")
    running.until(lambda: not running.playbooks(), "a playbook does not end")
    assert not trace.exists()
    everything = running.text + "".join(note.read_text(encoding="utf-8") for note in notes.iterdir())
    assert "1337" not in everything
    assert "Decryption failed" not in everything
