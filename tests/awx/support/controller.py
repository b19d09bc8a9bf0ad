# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated AWX: as much of its API as the modules of awx.awx ask for when the role runs, over plain HTTP on a port
of its own.

What it assumes of AWX 24.6, from its sources and from what the modules rely on: the paths, that lists are filtered by
the fields and come in pages, the fields and their defaults (kinds.py), what is refused (rules.py, store.py), that
secrets of credentials come back as $encrypted$,
that a job template has the organization of its project, and that a project is fetched after its creation. It starts no
jobs.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ansible_collections.ontap.akv.tests.awx.support.kinds import KINDS, UNIFIED
from ansible_collections.ontap.akv.tests.awx.support.store import ENCRYPTED, Refused, Store
from ansible_collections.ontap.akv.tests.integration.support.serving import Handler, http, serving

_ROOT = "/api/v2/"
_PAGE = 25
_VERSION = "24.6.1"


@dataclass(frozen=True)
class Answer:
    """status, and what goes out as JSON; None for nothing."""

    status: int
    body: Any = None


@dataclass
class Controller:
    """url, token: how it is reached. log: method, path and body of each request."""

    store: Store
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    log: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def writes(self) -> list[str]:
        """The requests that could change something."""
        return [f"{method} {path}" for method, path, _body in self.log if method != "GET"]

    def environment(self) -> dict[str, str]:
        """What the modules of awx.awx read."""
        return {"CONTROLLER_HOST": self.url, "CONTROLLER_OAUTH_TOKEN": self.token}

    def answer(self, method: str, target: str, body: Any, token: str) -> Answer:
        """Answer one request."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        with self._lock:
            self.log.append((method, path, body))
            if token != f"Bearer {self.token}":
                return Answer(401, {"detail": "no"})
            try:
                return self._route(method, path.removeprefix(_ROOT).strip("/").split("/"), query, body)
            except Refused as refused:
                return Answer(400, {"__all__": [str(refused)]})
            except KeyError as missing:
                return Answer(404, {"detail": f"not found: {missing}"})

    def _route(self, method: str, parts: list[str], query: Mapping[str, str], body: Any) -> Answer:
        kind, *rest = parts
        if kind == "project_updates":
            return Answer(200, {"id": int(rest[0]), "status": self.store.update_status(int(rest[0]))})
        if kind == "inventory_updates":
            return Answer(
                200,
                {
                    "id": int(rest[0]),
                    "status": "successful",
                    "failed": False,
                    "finished": "2026-01-01T00:00:00Z",
                    "url": f"{_ROOT}inventory_updates/{rest[0]}/",
                },
            )
        if not rest:
            return (
                Answer(201, self._shown(kind, self.store.create(kind, body)))
                if method == "POST"
                else self._listed(kind, self.store.all(kind), query)
            )
        identifier = int(rest[0])
        if len(rest) == 1:
            return Answer(
                200,
                self._shown(
                    kind,
                    (
                        self.store.change(kind, identifier, body)
                        if method == "PATCH"
                        else self.store.get(kind, identifier)
                    ),
                ),
            )
        return self._inner(method, kind, identifier, rest[1], query, body) if len(rest) == 2 else Answer(404, {})

    def _inner(self, method: str, kind: str, identifier: int, name: str, query: Mapping[str, str], body: Any) -> Answer:
        """What lies below one object: its survey, its approval, its lists."""
        self.store.get(kind, identifier)
        if name == "survey_spec":
            if method == "POST":
                self.store.set_survey(identifier, body)
            return Answer(200, self.store.surveys.get(identifier, {}))
        if kind == "inventory_sources" and name == "update":
            self.store.update_inventory(identifier)
            return Answer(
                202,
                {
                    "id": identifier,
                    "inventory_update": identifier,
                    "status": "pending",
                    "url": f"{_ROOT}inventory_updates/{identifier}/",
                },
            )
        if name == "create_approval_template":
            approval = self.store.create("workflow_approval_templates", body)
            self.store.change(kind, identifier, {"unified_job_template": approval["id"]})
            return Answer(201, self._shown("workflow_approval_templates", approval))
        if method == "POST":
            self.store.link(kind, identifier, name, body["id"], remove=bool(body.get("disassociate")))
            return Answer(204)
        if name not in KINDS[kind].lists:
            raise KeyError(name)
        members = self.store.members(kind, identifier, name)
        return self._listed(name, members, query)

    def _listed(self, kind: str, items: list[dict[str, Any]], query: Mapping[str, str]) -> Answer:
        page = int(query.get("page", "1"))
        wanted = {name: value for name, value in query.items() if name != "page"}
        found = [item for item in items if _matches(item, wanted)]
        more = f"{_ROOT}{kind}/?{urlencode({**wanted, 'page': page + 1})}" if page * _PAGE < len(found) else None
        shown = [self._shown(_kind(item), item) for item in found[(page - 1) * _PAGE : page * _PAGE]]
        return Answer(200, {"count": len(found), "next": more, "previous": None, "results": shown})

    def _shown(self, kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
        """An object as the API tells it."""
        url = f"{_ROOT}{kind}/{item['id']}/"
        shown: dict[str, Any] = {**item, "url": url, "related": {}, "summary_fields": {}}
        if kind in UNIFIED:
            shown["related"]["survey_spec"] = f"{url}survey_spec/"
        if kind == "inventory_sources":
            shown["related"]["update"] = f"{url}update/"
        if kind == "projects":
            shown["scm_revision"] = ""
            shown["summary_fields"]["current_update"] = {"id": item["id"]}
        if kind == "credentials":
            fields = self.store.get("credential_types", item["credential_type"])["inputs"]["fields"]
            hidden = {each["id"] for each in fields if each.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in hidden else value for name, value in item["inputs"].items()}
        if kind == "notification_templates" and "password" in item["notification_configuration"]:
            shown["notification_configuration"] = {**item["notification_configuration"], "password": ENCRYPTED}
        if item.get("unified_job_template"):
            target = self.store.get("unified_job_templates", item["unified_job_template"])
            shown["related"]["unified_job_template"] = f"{_ROOT}{_kind(target)}/{target['id']}/"
        return shown


def _kind(item: Mapping[str, Any]) -> str:
    return next(name for name, kind in KINDS.items() if kind.type == item["type"])


def _matches(item: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Filters as AWX has them: all fields, or any of those that begin with or__."""
    either = [
        str(item.get(name.removeprefix("or__"))) == value for name, value in wanted.items() if name.startswith("or__")
    ]
    return all(str(item.get(name)) == value for name, value in wanted.items() if not name.startswith("or__")) and (
        not either or any(either)
    )


class _Handler(Handler):
    """Reads a request, writes an answer; Controller.log has them."""

    controller: Controller

    def _serve(self) -> None:
        answer = self.controller.answer(self.command, self.path, self.asked(), self.headers.get("Authorization", ""))
        self.answered(answer.status, answer.body, X_API_Product_Name="AWX", X_API_Product_Version=_VERSION)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names are the base class's


@contextmanager
def running(playbooks: list[str]) -> Iterator[Controller]:
    """A controller with the organization Default and nothing else, on a free port; playbooks: those of every
    project.
    """
    controller = Controller(Store(playbooks))
    controller.store.create("organizations", {"name": "Default"})
    with serving(http(type("Controllers", (_Handler,), {"controller": controller}))) as controller.url:
        yield controller
