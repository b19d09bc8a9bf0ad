# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before the API: the control interface, the log, the login."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Scope, Send

from . import codes, errors, ontapi, tunnel
from .app import Api
from .control import ControlApp
from .delivery import Answer
from .errors import ApiError
from .log import Entry
from .service import Service
from .web import refusal
from .world import World

_LOGGER = logging.getLogger("simulator")
_NOT_SERVED = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
_LOCAL = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


class Front(Service):
    """The ASGI application of the API's port; the control interface answers on it too, to local clients."""

    def __init__(self, world: World) -> None:
        super().__init__(world, world)
        self.api: ASGIApp = Api(world).app()
        self.control = ControlApp(world)

    async def answer(self, scope: Scope, body: bytes, send: Send) -> None:
        """One request."""
        if scope["path"].startswith("/_control/") and scope["client"][0] in _LOCAL:
            await self.control.answer(scope, body, send)
            return
        await super().answer(scope, body, send)

    def log(self, scope: Scope, body: bytes) -> Entry:
        """Add the request to the log."""
        headers = scope["simulator.headers"]
        accept = headers.get(b"accept")
        scope["simulator.hal"] = accept is None or accept.partition(";")[0].strip() != "application/json"
        scope["simulator.knobs"] = self.world.cluster.knobs
        scope["simulator.release"] = self.world.cluster.release
        text = scope["query_string"].decode("latin-1")
        return self.world.log.add(
            connection=scope["simulator.connection"].number,
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(text, keep_blank_values=True)),
            raw_path=scope["raw_path"].decode("latin-1") + (f"?{text}" if text else ""),
            body=body.decode(errors="replace") if scope["path"] == ontapi.PATH else _json(body),
            accept=accept,
            user_agent=headers.get(b"user-agent"),
            at=self.world.cluster.clock.now(),
        )

    async def work(self, scope: Scope, entry: Entry) -> Answer:
        """Log in, then let the API answer; a web service that is switched off does neither (assumption)."""
        if not self._served(entry.path):
            return Answer(404, {"content-type": "text/html"}, _NOT_SERVED)
        answer = Answer(500, {}, b"")

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        try:
            self._login(scope, entry)
            scope["simulator.svm"] = tunnel.svm_of(self.world.cluster, scope["simulator.headers"])
            knobs = self.world.cluster.knobs
            if knobs.busy_code is not None and self.world.busy(entry.method, entry.path):
                raise ApiError(knobs.busy_code, codes.text(codes.ANY, knobs.busy_code), status=knobs.busy_status)
            await self.api(scope, receive, collect)
        except ApiError as error:
            await refusal(scope, error)(scope, receive, collect)
        except Exception:
            _LOGGER.exception("%s %s", entry.method, entry.raw_path)
            answer = Answer(500, {}, b'{"error":{"code":"1","message":"bug in the simulator"}}')
        if entry.query.get("pretty", "").lower() == "true":
            answer.body = _indented(answer.body)
        answer.headers.setdefault(
            "content-type", "application/hal+json" if scope["simulator.hal"] else "application/json"
        )
        return answer

    def _served(self, path: str) -> bool:
        """Whether the web service behind a path is switched on; ONTAPI is not, on new clusters since 9.13
        (ontap-releases.md).
        """
        knobs = self.world.cluster.knobs
        if path == ontapi.PATH:
            return not self.world.cluster.release.at_least("9.13") if knobs.ontapi is None else knobs.ontapi
        return knobs.rest or not path.startswith("/api/")

    def _login(self, scope: Scope, entry: Entry) -> None:
        """Basic authentication (UTF-8) or a client certificate; 401 and code 6 otherwise (ontap-releases.md)."""
        name, password = _basic(scope["simulator.headers"].get(b"authorization"))
        entry.auth = "basic" if name is not None else None
        if name is None:
            name = scope["simulator.connection"].user
            entry.auth = "certificate" if name is not None else None
        entry.user = name
        user = self.world.login(name, password) if name is not None else None
        if user is None:
            raise errors.not_permitted(401)
        scope["simulator.user"] = user
        # ONTAPI has one method for everything, and its own way to refuse.
        if entry.path != ontapi.PATH and not user.may(entry.method, entry.path):
            raise errors.not_permitted(403)


def _indented(body: bytes) -> bytes:
    """JSON for people; anything else as it is."""
    content = _json(body)
    return body if content is None else json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _basic(header: str | None) -> tuple[str | None, str | None]:
    """Name and password of an Authorization header."""
    scheme, _space, token = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None, None
    try:
        name, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, password) if colon else ("", "")
