# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user who launches a job template gets: the variables, and the run of its playbook from the project that
users copy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.awx.support import rules
from ansible_collections.ontap.akv.tests.awx.support.injection import inject
from ansible_collections.ontap.akv.tests.awx.support.store import Store
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from ansible_collections.ontap.akv.tests.integration.support.tasks import PROPERTIES
from simulator import Simulator
from tooling.paths import ROOT

PROJECT = ROOT / "docs" / "project"
#: The SVMs that have a configuration.
CONFIGURED = ("svm1", "svm2", "svm3")


class _Text(str):
    """A text that Ansible must not take for a template: AWX writes those of a launch so."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes them."""


_Dumper.add_representer(_Text, lambda dumper, data: dumper.represent_scalar("!unsafe", str(data)))


def clusters(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """An inventory whose host is a cluster."""
    login = {"akv_hostname": simulator.hostname, "akv_http_port": simulator.port}
    return {"cluster1": {**login, "akv_configurations": [{"svm": list(CONFIGURED)}], "akv_common": PROPERTIES}}


def client_secrets(simulator: Simulator) -> dict[str, str]:
    """SVM -> its client secret, of those that have a configuration."""
    told = simulator.control.state()["svms"]
    return {svm: told[svm]["configuration"]["client_secret"] for svm in CONFIGURED if told[svm]["configuration"]}


def variables(
    template: Mapping[str, Any], questions: list[dict[str, Any]], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Variables of the template, then the answers: those that the form shows unless someone writes others; AWX has
    to take them.
    """
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
    """Where jobs are launched. credentials: credential type by its name -> what was filled in. folder: for
    their files.
    """

    store: Store
    ansible: Ansible
    folder: Path
    credentials: Mapping[str, Mapping[str, Any]]

    def environment(self, *names: str) -> dict[str, str]:
        """What the credentials give a job."""
        found = [
            inject(self.store.named("credential_types", name), self.credentials[name], self.folder) for name in names
        ]
        return {variable: value for each in found for variable, value in each.items()}

    def launch(
        self, name: str, hosts: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Any] | None = None, **more: Any
    ) -> Played:
        """Launch a template by its name, with the credentials that it has; more: variables that a workflow adds,
        which win.
        """
        template = self.store.named("job_templates", name)
        given = variables(template, self.store.questions(template["id"]), answers or {})
        path = self.folder / "extravars"
        path.write_text(
            yaml.dump({**given, **{key: _marked(value) for key, value in more.items()}}, Dumper=_Dumper),
            encoding="utf-8",
        )
        credentials = self.store.members("job_templates", template["id"], "credentials")
        types = [self.store.get("credential_types", item["credential_type"])["name"] for item in credentials]
        playbook = PROJECT / "playbooks" / Path(template["playbook"]).name
        return self.ansible.play(str(playbook), hosts, "-e", f"@{path}", env=self.environment(*types))

    def workflow(
        self,
        name: str,
        hosts: Mapping[str, Mapping[str, Any]],
        *,
        approve: bool = True,
        before: Mapping[str, Callable[[], object]] | None = None,
        **more: Any,
    ) -> dict[str, bool]:
        """Run a workflow as AWX does, one node after the other; returns the nodes that ran, and whether each succeeded.

        What a job tells by set_stats is a variable of those after it, unless the workflow has one of that name (more).
        before: what happens before a node runs. An approval that expires has the status failed, as one that is denied.
        """
        owner = self.store.named("workflow_job_templates", name)["id"]
        nodes = {
            node["id"]: node
            for node in self.store.all("workflow_job_template_nodes")
            if node["workflow_job_template"] == owner
        }
        ends = {
            member["id"]
            for node in nodes
            for kind in ("success_nodes", "failure_nodes")
            for member in self._next(node, kind)
        }
        waiting, told, done = [node for node in nodes if node not in ends], {}, {}
        while waiting:
            node = nodes[waiting.pop(0)]
            (before or {}).get(node["identifier"], int)()
            template = self.store.get("unified_job_templates", node["unified_job_template"])
            if template["type"] == "workflow_approval_template":
                succeeded = approve
            else:
                played = self.launch(template["name"], hosts, **{**told, **more})
                succeeded = played.status == 0
                told.update(played.stats)
            done[node["identifier"]] = succeeded
            waiting += [
                member["id"] for member in self._next(node["id"], "success_nodes" if succeeded else "failure_nodes")
            ]
        return done

    def _next(self, node: int, kind: str) -> list[dict[str, Any]]:
        return self.store.members("workflow_job_template_nodes", node, kind)
