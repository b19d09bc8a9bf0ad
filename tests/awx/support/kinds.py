# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What objects the simulated controller has: their fields with AWX's defaults, what they refer to, and their lists.

Names and defaults are those of AWX 24.6's API. Fields that nothing here asks for are left out; a field that is not
named is refused, where AWX would ignore it: a mistake in the role shall be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_NOTIFICATIONS = ("notification_templates_started", "notification_templates_success", "notification_templates_error")
_PROMPTS = dict.fromkeys(
    (
        "job_slice_count",
        "limit",
        "job_type",
        "inventory",
        "scm_branch",
        "diff_mode",
        "verbosity",
        "execution_environment",
    )
)
_ASK = (
    "limit",
    "job_type",
    "diff_mode",
    "variables",
    "tags",
    "skip_tags",
    "verbosity",
    "inventory",
    "credential",
    "labels",
    "scm_branch",
    "job_slice_count",
)
#: Prompts of a node, and what a template has to ask for when it is launched.
PROMPTED = ("job_slice_count", "limit", "job_type")

#: A field that holds an id -> the kind of what it refers to.
REFERENCES = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "credential": "credentials",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
#: A list -> the kind of what is in it.
MEMBERS = {
    **dict.fromkeys((*_NOTIFICATIONS, "notification_templates_approvals"), "notification_templates"),
    **dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes"),
    "galaxy_credentials": "credentials",
    "credentials": "credentials",
    "labels": "labels",
}


@dataclass(frozen=True)
class Kind:
    """type: what the API calls one. fields: with their defaults. needs: without these none is created. unique: no
    two have these alike.
    """

    type: str
    fields: dict[str, Any]
    needs: tuple[str, ...] = ("name",)
    unique: tuple[str, ...] = ("name", "organization")
    lists: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "organizations": Kind(
        "organization",
        {"name": "", "description": "", "max_hosts": 0, "default_environment": None},
        unique=("name",),
        lists=("galaxy_credentials",),
    ),
    "credential_types": Kind(
        "credential_type",
        {"name": "", "description": "", "kind": "", "managed": False, "inputs": {}, "injectors": {}},
        needs=("name", "kind"),
        unique=("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {"name": "", "description": "", "organization": None, "credential_type": None, "inputs": {}},
        needs=("name", "credential_type"),
        unique=("name", "organization", "credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {"name": "", "description": "", "organization": None, "image": "", "credential": None, "pull": ""},
        needs=("name", "image"),
        unique=("name",),
    ),
    "notification_templates": Kind(
        "notification_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "notification_type": "",
            "notification_configuration": {},
            "messages": {},
        },
        needs=("name", "organization", "notification_type", "notification_configuration"),
    ),
    "labels": Kind("label", {"name": "", "organization": None}, needs=("name", "organization")),
    "projects": Kind(
        "project",
        {
            "name": "",
            "description": "",
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_update_on_launch": False,
            "default_environment": None,
            "credential": None,
        },
        lists=_NOTIFICATIONS,
    ),
    "inventories": Kind(
        "inventory",
        {"name": "", "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
        needs=("name", "organization"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {
            "name": "",
            "description": "",
            "inventory": None,
            "source": "",
            "source_path": "",
            "source_project": None,
            "credential": None,
            "execution_environment": None,
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "update_cache_timeout": 0,
        },
        needs=("name", "inventory", "source", "source_project"),
        unique=("name", "inventory"),
        lists=_NOTIFICATIONS,
    ),
    "hosts": Kind(
        "host",
        {"name": "", "description": "", "inventory": None, "enabled": True, "variables": ""},
        needs=("name", "inventory"),
        unique=("name", "inventory"),
    ),
    "job_templates": Kind(
        "job_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "execution_environment": None,
            "forks": 0,
            "limit": "",
            "extra_vars": "",
            "survey_enabled": False,
            "allow_simultaneous": False,
            "job_slice_count": 1,
            **{f"ask_{field}_on_launch": False for field in _ASK},
        },
        needs=("name", "project", "playbook", "inventory"),
        lists=(*_NOTIFICATIONS, "credentials", "labels"),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            "name": "",
            "description": "",
            "organization": None,
            "inventory": None,
            "limit": None,
            "extra_vars": "",
            "survey_enabled": False,
            "allow_simultaneous": False,
            **{f"ask_{field}_on_launch": False for field in _ASK},
        },
        lists=(*_NOTIFICATIONS, "notification_templates_approvals", "labels"),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": "",
            "workflow_job_template": None,
            "unified_job_template": None,
            "extra_data": {},
            "all_parents_must_converge": False,
            **_PROMPTS,
        },
        needs=("identifier", "workflow_job_template"),
        unique=("identifier", "workflow_job_template"),
        lists=("success_nodes", "failure_nodes", "always_nodes", "credentials", "labels"),
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template", {"name": "", "description": "", "timeout": 0}, unique=()
    ),
    "schedules": Kind(
        "schedule",
        {
            "name": "",
            "description": "",
            "unified_job_template": None,
            "rrule": "",
            "enabled": True,
            "extra_data": {},
            **_PROMPTS,
        },
        needs=("name", "unified_job_template", "rrule"),
        unique=("name", "unified_job_template"),
        lists=("credentials", "labels"),
    ),
}
#: What can be run; one list shows all of it.
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")
