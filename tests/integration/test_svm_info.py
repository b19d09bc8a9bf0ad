# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_svm_info: which SVMs a cluster has, and which it does not have."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured, svm_info
from simulator import Simulator


def test_all_of_them(ansible: Ansible, simulator: Simulator) -> None:
    """With a configuration or without one, page after page, in check mode too."""
    configured(simulator, None, "svm1")
    simulator.control.knob(page_size=2, empty_pages=1)
    for run in ansible.tasks([svm_info(), svm_info()], modes=[True, False]):
        assert not run.ok().changed
        assert [svm["name"] for svm in run.result["svms"]] == list(SVMS)
        assert all(set(svm) == {"uuid", "name", "subtype", "state"} for svm in run.result["svms"])
        assert (run.result["num_records"], run.result["missing"]) == (5, [])
        assert run.requests.lines == ["GET /api/svm/svms"] * 6
        assert run.requests.connections == 1


def test_a_mistyped_name_is_missing(ansible: Ansible, simulator: Simulator) -> None:
    """Names and UUIDs, of either kind one that is there and one that is not."""
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    unknown = uuid[:-1] + ("0" if uuid[-1] != "0" else "1")
    run = ansible.task(svm_info(f"svm: [svm1, svmm1, {uuid.upper()}, {unknown}]")).ok()
    assert {svm["name"] for svm in run.result["svms"]} == {"svm1", "svm2"}
    assert run.result["missing"] == ["svmm1", unknown]
    assert len(run.requests) == 2


def test_what_is_refused(ansible: Ansible, simulator: Simulator) -> None:
    """A wildcard before any request; a login that may not, with ONTAP's words."""
    assert ansible.task(svm_info("svm: 'svm*'")).refused().error["target"] == "svm"
    assert simulator.control.log() == []
    run = ansible.task(svm_info("username: somebody\npassword: wrong")).refused()
    assert (run.error["status"], run.error["path"]) == (401, "/api/svm/svms")
