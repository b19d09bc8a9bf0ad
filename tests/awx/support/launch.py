# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody who launches a job template gets: the variables, and the run of its playbook from the project that users copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.awx.support import rules
from ansible_collections.ontap.akv.tests.awx.support.injection import inject
from ansible_collections.ontap.akv.tests.awx.support.store import Store
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from tooling.paths import ROOT

PROJECT = ROOT / "docs" / "project"


class _Text(str):
    """A text that Ansible must not take for a template: AWX writes those of a launch so."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes them."""


_Dumper.add_representer(_Text, lambda dumper, data: dumper.represent_scalar("!unsafe", str(data)))


def variables(template: Mapping[str, Any], questions: list[dict[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Variables of the template, then the answers: those that the form shows unless somebody writes others; AWX has to take them."""
    shown = {question["variable"]: _shown(question) for question in questions if "default" in question}
    given = {**shown, **answers}
    complaint = rules.answers(given, questions, complete=True)
    assert complaint is None, complaint
    return {**json.loads(template["extra_vars"]), **{name: _marked(value) for name, value in given.items()}}


def _shown(question: Mapping[str, Any]) -> Any:
    return question["default"].splitlines() if question["type"] == "multiselect" else question["default"]


def _marked(value: Any) -> Any:
    if isinstance(value, list):
        return [_marked(item) for item in value]
    return _Text(value) if isinstance(value, str) else value


@dataclass
class Desk:
    """Where jobs are launched. credentials: credential type by its name -> what somebody filled in. folder: for their files."""

    store: Store
    ansible: Ansible
    folder: Path
    credentials: Mapping[str, Mapping[str, Any]]

    def environment(self, *names: str) -> dict[str, str]:
        """What the credentials give a job."""
        found = [inject(self.store.named("credential_types", name), self.credentials[name], self.folder) for name in names]
        return {variable: value for each in found for variable, value in each.items()}

    def launch(self, name: str, hosts: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Any] | None = None, *arguments: str) -> Played:
        """Launch a template by its name, with the credentials that it has."""
        template = self.store.named("job_templates", name)
        path = self.folder / "extravars"
        path.write_text(yaml.dump(variables(template, self.store.questions(template["id"]), answers or {}), Dumper=_Dumper), encoding="utf-8")
        types = [
            self.store.get("credential_types", item["credential_type"])["name"] for item in self.store.members("job_templates", template["id"], "credentials")
        ]
        playbook = PROJECT / "playbooks" / Path(template["playbook"]).name
        return self.ansible.play(str(playbook), hosts, "-e", f"@{path}", *arguments, env=self.environment(*types))
