# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the simulated controller, and what creating, changing and linking them does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from ansible_collections.ontap.akv.tests.awx.support import rules
from ansible_collections.ontap.akv.tests.awx.support.kinds import KINDS, MEMBERS, PROMPTED, REFERENCES, UNIFIED

ENCRYPTED = "$encrypted$"
#: Fields that decide which survey their answers are for.
_ANSWERED = ("schedules", "workflow_job_template_nodes")


class Refused(Exception):
    """AWX would answer 400."""


class Store:
    """All objects by kind and id. playbooks: what a fetched project holds. surveys, links: by the object that has them.

    group_vars: the project's group_vars/all, which an inventory update merges into the inventory's variables.
    """

    def __init__(self, playbooks: Iterable[str]) -> None:
        self.playbooks = set(playbooks)
        self.group_vars: dict[str, Any] = {}
        self._ids = itertools.count(1)
        self._objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self._links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        #: Project updates that run: one is found running once.
        self._running: set[int] = set()
        self._fetched: set[int] = set()

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Objects as they are, secrets too; of all that can be run for unified_job_templates."""
        return [
            item
            for each in (UNIFIED if kind == "unified_job_templates" else (kind,))
            for item in self._objects[each].values()
        ]

    def get(self, kind: str, identifier: int) -> dict[str, Any]:
        """One object; KeyError if none exists."""
        return next((item for item in self.all(kind) if item["id"] == identifier), None) or {}[identifier]

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """The one object of that name."""
        (found,) = [item for item in self.all(kind) if name in (item.get("name"), item.get("identifier"))]
        return found

    def members(self, kind: str, identifier: int, name: str) -> list[dict[str, Any]]:
        """What is in a list of an object."""
        return [self.get(MEMBERS[name], member) for member in self._links.get((kind, identifier, name), [])]

    def create(self, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A new object."""
        description = KINDS[kind]
        missing = [field for field in description.needs if data.get(field) in (None, "")]
        if missing:
            raise Refused(f"{description.type}: {missing} needed")
        item = {**deepcopy(description.fields), "id": next(self._ids), "type": description.type}
        self._fill(kind, item, data)
        self._objects[kind][item["id"]] = item
        if kind == "projects":
            self._running.add(item["id"])
        return item

    def change(self, kind: str, identifier: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """Other values for some fields."""
        item = self.get(kind, identifier)
        self._fill(kind, item, data)
        return item

    def link(self, kind: str, identifier: int, name: str, member: int, *, remove: bool) -> None:
        """Put something into a list of an object, or take it out."""
        if name not in KINDS[kind].lists:
            raise KeyError(name)
        new = self.get(MEMBERS[name], member)
        present = self._links.setdefault((kind, identifier, name), [])
        if remove:
            present.remove(member)
            return
        if name == "credentials" and any(
            other["credential_type"] == new["credential_type"] for other in self.members(kind, identifier, name)
        ):
            raise Refused("two credentials of one type")
        present.append(member)

    def update_status(self, project: int) -> str:
        """How the fetching of a project goes: running once, then done."""
        if project in self._running:
            self._running.remove(project)
            return "running"
        self._fetched.add(project)
        return "successful"

    def update_inventory(self, source: int) -> None:
        """Update an inventory from its project: AWX merges group_vars/all into the variables of the inventory."""
        inventory = self.get("inventories", self.get("inventory_sources", source)["inventory"])
        inventory["variables"] = (
            json.dumps({**json.loads(inventory["variables"] or "{}"), **self.group_vars})
            if self.group_vars
            else inventory["variables"]
        )

    def set_survey(self, template: int, spec: dict[str, Any]) -> None:
        """The survey of a template."""
        complaint = rules.survey(spec)
        if complaint:
            raise Refused(complaint)
        self.surveys[template] = spec

    def questions(self, template: int) -> list[dict[str, Any]]:
        """What a template asks for, where its survey is enabled."""
        enabled = self.get("unified_job_templates", template).get("survey_enabled")
        return list(self.surveys[template]["spec"]) if enabled and template in self.surveys else []

    def _fill(self, kind: str, item: dict[str, Any], data: Mapping[str, Any]) -> None:
        fields = KINDS[kind].fields
        unknown = set(data) - set(fields) - {"type"}
        if unknown:
            raise Refused(f"{kind} have no {sorted(unknown)}")
        # Null is an empty text to AWX.
        after = {
            **item,
            **{
                name: "" if value is None and isinstance(fields[name], str) else value
                for name, value in data.items()
                if name in fields
            },
        }
        if "inputs" in data and kind == "credentials":
            after["inputs"] = {
                name: item["inputs"].get(name) if value == ENCRYPTED else value
                for name, value in data["inputs"].items()
            }
        if kind == "job_templates" and after["project"]:
            after["organization"] = self.get("projects", after["project"])["organization"]
        for name, target in REFERENCES.items():
            if after.get(name) is not None and not any(other["id"] == after[name] for other in self.all(target)):
                raise Refused(f"{kind}: {name} {after[name]} does not exist")
        self._check(kind, after)
        item.update(after)

    def _check(self, kind: str, item: Mapping[str, Any]) -> None:
        unique = KINDS[kind].unique
        twins = [
            other
            for other in self.all(kind)
            if unique and other["id"] != item["id"] and all(other.get(name) == item.get(name) for name in unique)
        ]
        complaint = f"{kind}: another one has the same {unique}" if twins else None
        if kind == "credential_types":
            complaint = complaint or rules.credential_type(item["inputs"], item["injectors"])
        if kind == "credentials":
            complaint = complaint or rules.credential(
                item["inputs"], self.get("credential_types", item["credential_type"])["inputs"]["fields"]
            )
        if kind == "notification_templates":
            complaint = complaint or rules.notification(item["notification_configuration"])
        if kind == "job_templates" and (item["project"] not in self._fetched or item["playbook"] not in self.playbooks):
            complaint = complaint or f"playbook {item['playbook']} not found for project"
        if kind == "schedules":
            complaint = complaint or rules.rrule(item["rrule"])
        if kind in _ANSWERED and item["unified_job_template"]:
            questions = self.questions(item["unified_job_template"])
            complaint = complaint or rules.answers(item["extra_data"], questions, complete=kind == "schedules")
            template = self.get("unified_job_templates", item["unified_job_template"])
            unasked = [
                name for name in PROMPTED if item.get(name) is not None and not template.get(f"ask_{name}_on_launch")
            ]
            complaint = complaint or (f"{unasked}: field is not configured to prompt on launch" if unasked else None)
        if complaint:
            raise Refused(complaint)
