# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regression tests of fixed bugs."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import DESCRIBED, akv, configured, info
from simulator import Simulator


def test_empty_proxy_port_removes_port(ansible: Ansible, simulator: Simulator) -> None:
    """An empty string removes the port like other options, although the port is a number."""
    configured(simulator, "svm1", proxy_host="proxy.example.com", proxy_port=3128)
    cycle = ansible.cycle(akv('svm: svm1\nproxy_host: ""\nproxy_port: ""')).ok().predicted().settled()
    assert cycle.apply.requests.bodies == [{"proxy_host": "", "proxy_port": ""}]
    assert "proxy_port" not in cycle.apply.records[0]


def test_empty_hostname_does_not_use_environment(ansible: Ansible) -> None:
    """An undefined lookup must not select another cluster; other empty connection options count as not set."""
    ansible.task(info('ca_path: ""')).ok()
    assert ansible.task(info('hostname: ""')).refused().error["target"] == "hostname"


def test_repeated_secrets_are_masked_in_json_form(ansible: Ansible, simulator: Simulator) -> None:
    """Secrets with characters that JSON escapes are masked in the escaped form too."""
    simulator.control.knob(echo_body=True)
    simulator.control.condition("create", "65537505")
    run = ansible.task(
        akv(
            f'svm: svm1{DESCRIBED}\nclient_secret: "{{{{ client_secret }}}}"\nproxy_password: "{{{{ proxy_password'
            ' }}"'
        )
    ).refused()
    assert run.error["code"] == "65537505"
