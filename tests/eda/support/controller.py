# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated AWX: as much of its API as ansible-rulebook asks for, over plain HTTP. Its job templates are those of the
role awx_content.

It runs the playbook of a job template for real. What it assumes of AWX 24.6 is what tests/awx/support says, and that a
launch answers with the job and its URL, that jobs are listed by id__in, and that a launch needs every answer that a
survey demands. The nodes of a workflow are not run.
"""

from __future__ import annotations

import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from ansible_collections.ontap.akv.tests.awx.support import rules
from ansible_collections.ontap.akv.tests.integration.support.serving import Handler, http, serving
from tooling.paths import ROOT

_ROOT = "/api/v2/"
ORGANIZATION = "Default"


def _of_the_role(name: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / "awx_content" / name).read_text(encoding="utf-8"))


def _names() -> dict[str, str]:
    """The names that the role gives by default, by their keys."""
    prefix = _of_the_role("defaults/main.yml")["awx_content_prefix"]
    templates = _of_the_role("vars/main/names.yml")["awx_content_default_names"]
    return {key: name.replace("{{ awx_content_prefix }}", prefix) for key, name in templates.items()}


def templates() -> list[dict[str, Any]]:
    """What can be launched: as the role makes it for hosts that are SVMs. playbook, questions: of job templates."""
    names, surveys = _names(), _of_the_role("vars/main/surveys.yml")
    questions = surveys["awx_content_questions"], surveys["awx_content_questions_svms"]
    jobs = _of_the_role("vars/main/job_templates.yml")["awx_content_job_templates"]
    flows = _of_the_role("vars/main/workflows.yml")["awx_content_workflows"]
    found = [
        {
            "type": "job_template",
            "name": names[job["key"]],
            "playbook": job["playbook"],
            "questions": [question for each in questions for question in each.get(job["key"], [])],
        }
        for job in jobs
    ]
    found += [{"type": "workflow_job_template", "name": names[flow["key"]], "questions": []} for flow in flows]
    return [{"id": number, **each} for number, each in enumerate(found, 1)]


@dataclass
class Job:
    """What was launched, with the body of that request."""

    id: int
    template: dict[str, Any]
    body: dict[str, Any]
    status: str = "running"
    output: str = ""

    @property
    def kind(self) -> str:
        return "jobs" if self.template["type"] == "job_template" else "workflow_jobs"

    @property
    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "url": f"{_ROOT}{self.kind}/{self.id}/",
            "status": self.status,
            "created": "2026-01-01T00:00:00Z",
            "artifacts": {},
        }


@dataclass
class Controller:
    """command: makes the command line of a job and its environment. launched: the jobs, in order."""

    command: Callable[[Job], tuple[list[str], dict[str, str]]]
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    launched: list[Job] = field(default_factory=list)
    url: str = ""

    def arguments(self) -> tuple[str, ...]:
        """For ansible-rulebook."""
        return ("--controller-url", self.url)

    def answer(self, method: str, target: str, body: Any, token: str) -> tuple[int, Any]:
        """Status and body of an answer."""
        if token != f"Bearer {self.token}":
            return 401, {"detail": "no"}
        query = dict(parse_qsl(urlsplit(target).query))
        kind, *rest = urlsplit(target).path.removeprefix(_ROOT).strip("/").split("/")
        if kind == "config":
            return 200, {"version": "24.6.1"}
        if kind == "unified_job_templates":
            found = [self._template(each) for each in templates() if each["name"] == query["name"]]
        elif kind in ("jobs", "workflow_jobs"):
            found = [
                job.shown for job in self.launched if job.kind == kind and str(job.id) in query["id__in"].split(",")
            ]
        else:
            return self._launch(int(rest[0]), body) if method == "POST" and rest[1:] == ["launch"] else (404, {})
        return 200, {"count": len(found), "next": None, "results": found}

    @staticmethod
    def _template(template: dict[str, Any]) -> dict[str, Any]:
        kind = f"{template['type']}s"
        asked = {f"ask_{name}_on_launch": name == "limit" for name in ("limit", "labels", "inventory", "variables")}
        summary = {"organization": {"name": ORGANIZATION}}
        return {
            **template,
            **asked,
            "related": {"launch": f"{_ROOT}{kind}/{template['id']}/launch/"},
            "summary_fields": summary,
        }

    def _launch(self, number: int, body: dict[str, Any]) -> tuple[int, Any]:
        (template,) = [each for each in templates() if each["id"] == number]
        complaint = rules.answers(body.get("extra_vars", {}), template["questions"], complete=True)
        if complaint:
            return 400, {"variables_needed_to_start": [complaint]}
        job = Job(len(self.launched) + 1, template, body)
        self.launched.append(job)
        threading.Thread(target=self._run, args=(job,)).start()
        return 201, job.shown

    def _run(self, job: Job) -> None:
        if job.kind == "jobs":
            command, env = self.command(job)
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
            job.output = done.stdout + done.stderr
            job.status = "failed" if done.returncode else "successful"
        else:
            job.status = "successful"


class _Handler(Handler):
    """Reads a request, writes an answer."""

    controller: Controller

    def _serve(self) -> None:
        self.answered(
            *self.controller.answer(self.command, self.path, self.asked(), self.headers.get("Authorization", ""))
        )

    do_GET = do_POST = _serve  # noqa: N815 - the names are the base class's


@contextmanager
def running(command: Callable[[Job], tuple[list[str], dict[str, str]]]) -> Iterator[Controller]:
    """A controller on a free port."""
    controller = Controller(command)
    with serving(http(type("Controllers", (_Handler,), {"controller": controller}))) as controller.url:
        yield controller
