# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_svm_info: existing and missing SVMs."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured, svm_info
from simulator import Simulator


def test_returns_all_svms(ansible: Ansible, simulator: Simulator) -> None:
    """SVMs with and without a configuration are read page by page, also in check mode."""
    configured(simulator, None, "svm1")
    simulator.control.knob(page_size=2, empty_pages=1)
    for run in ansible.tasks([svm_info(), svm_info()], modes=[True, False]):
        assert not run.ok().changed
        assert [svm["name"] for svm in run.result["svms"]] == list(SVMS)
        assert all(set(svm) == {"uuid", "name", "subtype", "state"} for svm in run.result["svms"])
        assert (run.result["num_records"], run.result["missing"]) == (5, [])
        assert run.requests.lines == ["GET /api/svm/svms"] * 6
        assert run.requests.connections == 1


def test_unknown_svms_are_missing(ansible: Ansible, simulator: Simulator) -> None:
    """An existing and an unknown SVM, by name and by UUID."""
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    unknown = uuid[:-1] + ("0" if uuid[-1] != "0" else "1")
    run = ansible.task(svm_info(f"svm: [svm1, svmm1, {uuid.upper()}, {unknown}]")).ok()
    assert {svm["name"] for svm in run.result["svms"]} == {"svm1", "svm2"}
    assert run.result["missing"] == ["svmm1", unknown]
    assert len(run.requests) == 2


def test_wildcard_and_wrong_login_are_refused(ansible: Ansible, simulator: Simulator) -> None:
    """A wildcard is refused before any request; a refused login is reported."""
    assert ansible.task(svm_info("svm: 'svm*'")).refused().error["target"] == "svm"
    assert simulator.control.log() == []
    run = ansible.task(svm_info("username: somebody\npassword: wrong")).refused()
    assert (run.error["status"], run.error["path"]) == (401, "/api/svm/svms")
