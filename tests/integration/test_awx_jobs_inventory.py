# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of AWX that the inventory plugin creates from a file of the project, and jobs that run on its hosts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.awx import Awx
from ansible_collections.ontap.akv.tests.integration.support.inventory import PLUGIN
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST
from ansible_collections.ontap.akv.tests.integration.support.tasks import PROPERTIES, configured
from simulator import Simulator

#: Text of ONTAP that must not be evaluated.
TEMPLATE = "{{ 6 * 7 }}"


def source(simulator: Simulator, **options: Any) -> dict[str, Any]:
    """Return a source that only names the cluster; the login comes from the credential."""
    return {
        "plugin": PLUGIN,
        "clusters": [{"name": "east", "hostname": simulator.hostname, "http_port": simulator.port}],
        **options,
    }


def test_job_uses_hosts_of_inventory_source(awx: Awx, simulator: Simulator) -> None:
    """Text of a cluster stays data in AWX; variables of a job template may be templates that use it."""
    configured(simulator, "svm1", "svm2", proxy_type="http", proxy_host="proxy.example.com", proxy_username=TEMPLATE)
    simulator.control.knob(leak_secrets=True)
    update, hosts = awx.update(source(simulator, health=True))
    update.ok()
    assert sorted(hosts) == ["svm1@east", "svm2@east"]
    simulator.control.clear_log()
    job = awx.job("health", hosts, "-vvvv").ok()
    assert job.hosts == sorted(hosts)
    assert job.artifacts == {"akv_problems": [], "akv_checked": 2}
    entry = {"svm": "{{ akv.svm.name }}", **PROPERTIES, "proxy_username": "{{ akv.proxy_username }}"}
    job = awx.job(
        "configure", hosts, "-vvvv", variables={"akv_hosts": "all", "akv_configurations": [entry], **FAST}
    ).ok()
    assert job.requests.writes == []
    entry["proxy_username"] = "{{ akv.proxy_username }}!"
    job = awx.job("configure", hosts, variables={"akv_hosts": "all", "akv_configurations": [entry], **FAST}).ok()
    assert [body["proxy_username"] for body in job.requests.bodies] == [f"{TEMPLATE}!"] * 2


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("ONTAP_CA_PATH", "", "was not accepted"),
        ("ONTAP_PASSWORD", "", "password: it is required together with username"),
        ("ONTAP_PASSWORD", "wrong", "error 6"),
    ],
)
def test_failed_update_returns_no_hosts(field: str, value: str, reason: str, awx: Awx, simulator: Simulator) -> None:
    """AWX keeps its hosts, because the output cannot be taken for an empty inventory."""
    configured(simulator, "svm1")
    (awx.files if field in awx.files else awx.env)[field] = value
    update, hosts = awx.update(source(simulator))
    assert hosts == {}
    assert reason in update.failed().printed
