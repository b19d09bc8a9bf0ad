# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role in the tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.tests.awx.support.setup import Machine

#: One-line playbooks of the user's project.
PLAYBOOKS = ("configure", "rotate_credentials", "rotate_key", "recover", "decommission", "health", "report")
#: The least.
LEAST = {"awx_content_scm_url": "https://git.example.com/storage/akv.git"}


def everything(machine: Machine) -> dict[str, Any]:
    """Variables of every kind, none with its default; hosts are clusters."""
    secrets = machine.secrets
    return {
        "awx_content_prefix": "prod ",
        "awx_content_names": {"project": "Key management", "recovery": "Are the keys well?"},
        "awx_content_labels": ["keys", "storage"],
        "awx_content_organization": "Storage",
        "awx_content_organization_create": True,
        "awx_content_execution_environment_image": "registry.example.com/akv:1",
        "awx_content_execution_environment_pull": "always",
        "awx_content_scm_type": "archive",
        "awx_content_scm_url": "https://files.example.com/akv.tar.gz",
        "awx_content_scm_update_on_launch": False,
        "awx_content_playbook_folder": "keys",
        "awx_content_ontap_inputs": {
            "username": "akv",
            "password": secrets.new("password"),
            "ca_certificate": "-----BEGIN CERTIFICATE-----",
            "hostname": "",
            "insecure": False,
        },
        "awx_content_azure_inputs": {
            "client_id": "11111111-2222-3333-4444-555555555555",
            "client_secret": secrets.new("client_secret"),
            "old_client_secret": secrets.new("old_client_secret"),
            "expires": "2027-01-31",
        },
        "awx_content_hosts_are": "clusters",
        "awx_content_clusters": [
            {"name": "cluster1", "variables": {"akv_hostname": "192.0.2.1"}},
            {"name": "cluster2", "variables": {"akv_hostname": "192.0.2.2"}},
            {"name": "cluster3"},
        ],
        "awx_content_inventory_variables": {"akv_timeout": 20},
        "awx_content_pattern": "cluster*",
        "awx_content_forks": 10,
        "awx_content_job_slice_count": 4,
        "awx_content_extra_vars": {"report": {"akv_report_directory": str(machine.folder / "reports")}},
        "awx_content_notification_templates": [
            {
                "name": "on-call",
                "type": "webhook",
                "configuration": {"url": "https://chat.example.com", "headers": {}, "password": secrets.new("webhook")},
            }
        ],
        "awx_content_notify_failure": ["on-call"],
        "awx_content_notify_approval": ["on-call"],
        "awx_content_approval_timeout": 3600,
        "awx_content_health_rrule": "DTSTART;TZID=Europe/Berlin:20260101T060000 RRULE:FREQ=HOURLY;INTERVAL=6",
        "awx_content_rekey_enabled": True,
    }
