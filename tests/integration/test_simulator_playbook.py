# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that `make simulator` prints works with the simulators that it starts."""

from __future__ import annotations

from pathlib import Path

from simulator_tests.azure_support import printed_playbook

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible


def test_printed_playbook_works(ansible: Ansible, tmp_path: Path) -> None:
    with printed_playbook(tmp_path) as plays:
        played = ansible.play(plays, {"localhost": {"ansible_connection": "local"}})
    assert played.status == 0, played.output
    created, checked = played.runs
    assert created.result["changed"] is True
    assert (checked.result["usable"], checked.result["problems"]) == (True, [])
