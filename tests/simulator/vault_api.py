# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST endpoints of AKV configurations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from . import codes, query, web
from .batch import Step, Undo
from .cluster import Vault
from .collection_api import AT_ONCE, JOBS, ONE_JOB, Change, CollectionApi, deletion
from .endpoints import Endpoint
from .jobs import Job, Work
from .parameters import Asked
from .records import VAULTS
from .tables import Record
from .web import Resource
from .world import World

#: The parameter of a creation that several records have a use for, and the fields that name one of them in an error.
_CREATION = ("serial_records",)
_IDENTITY = ("svm.name", "svm.uuid", "configuration.name", "name")


class VaultApi:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._collection = CollectionApi(world, self._resource, self._changes)

    def routes(self) -> list[Endpoint]:
        """All of them."""
        vault = VAULTS + "/{uuid}"
        return [
            Endpoint("POST", VAULTS, self._create),
            Endpoint("PATCH", vault, self._update),
            Endpoint("DELETE", vault, self._delete),
            Endpoint("POST", vault + "/rekey-external", self._rekey_external, "9.11"),
            Endpoint("POST", vault + "/rekey-internal", self._rekey_internal, "9.10"),
            Endpoint("POST", vault + "/restore", self._restore, "9.10"),
            *self._collection.routes(VAULTS, lambda: self._resource(self.world.cluster.shown())),
        ]

    def _resource(self, rows: dict[str, Vault] | None = None) -> Resource:
        """The configurations; those that exist, whether GET shows them already or not, unless others are given."""
        return self.world.records.vaults, self.world.cluster.vaults if rows is None else rows

    def _vault(self, request: Request) -> Vault:
        vault: Vault = web.find(request, self._resource())
        return vault

    def _ask(self, request: Request, *own: str, filters: bool = False) -> Asked:
        return web.ask(request, self.world.records.vaults, *own, filters=filters)

    def _record(self, request: Request, asked: Asked, vault: Vault) -> Record:
        return query.one(self.world.records.vaults, vault, asked, hal=web.hal(request))

    def _returned(self, request: Request, asked: Asked, vault: Vault) -> Record:
        """The record that a write changed, if return_records asks for it."""
        return {"num_records": 1, "records": [self._record(request, asked, vault)]} if asked.records else {}

    async def _create(self, request: Request) -> Response:
        knobs = self.world.cluster.knobs
        asked = self._ask(
            request, *_CREATION, *(("create_inactive",) if self.world.cluster.release.at_least("9.14") else ())
        )
        inactive, body = asked.flag("create_inactive"), web.body_of(request)
        if "records" in body:
            asked.flag(*_CREATION)
            return await self._collection.run_records(
                request, asked, [self._step(request, record, inactive) for record in web.records_of(body)]
            )
        vault, fields = self.world.vaults.create(body, web.tunneled(request), inactive=inactive)
        work = partial(self.world.vaults.do_create, vault, fields)
        headers = {"Location": f"{VAULTS}/{vault.uuid}"} if knobs.creation_location else None
        if self.world.cluster.creates_as_job:
            job = self._start(f"POST {VAULTS}", work, vault)
            if not await web.ended([job], web.seconds_of(request, asked)):
                return web.answer({"job": job.as_answer()}, 202, headers)
            if job.error is not None:
                raise job.error
        else:
            work()
        return web.answer(None if knobs.empty_creation else self._created(request, asked, vault), 201, headers)

    def _step(self, request: Request, record: dict[str, Any], inactive: bool) -> Step:
        """One of several records to create. What is no record of the schema is refused at once, all else by the job."""
        vaults = self.world.vaults
        given = vaults.parse(codes.CREATE, record)
        step = Step({name: given[name] for name in _IDENTITY if name in given}, list(given), lambda: None)

        def do() -> Undo:
            vault, fields = vaults.prepare(dict(given), web.tunneled(request), inactive=inactive)
            vaults.do_create(vault, fields)
            step.row = vault
            return partial(vaults.delete, vault)

        step.do = do
        return step

    def _created(self, request: Request, asked: Asked, vault: Vault) -> Record:
        content: Record = {"num_records": 1} if self.world.cluster.knobs.record_count else {}
        return content | ({"records": [self._record(request, asked, vault)]} if asked.records else {})

    async def _update(self, request: Request) -> Response:
        asked, vault = self._ask(request), self._vault(request)
        knobs, given = self.world.cluster.knobs, self.world.vaults.update(web.body_of(request))
        more = partial(self._returned, request, asked, vault)
        if not knobs.async_patch:
            self.world.vaults.do_update(vault, given)
            return web.done(knobs, more())
        return await web.accepted(self._start_update(vault, given), web.seconds_of(request, asked), knobs, more)

    def _changes(self) -> dict[str, Change]:
        vaults, knobs = self.world.vaults, self.world.cluster.knobs
        update = AT_ONCE if not knobs.async_patch else JOBS if knobs.collection_patch_jobs else ONE_JOB
        return {
            "PATCH": Change(partial(vaults.parse, codes.UPDATE), vaults.check_update, self._do_update, update),
            "DELETE": deletion(vaults.delete, JOBS if knobs.async_delete else AT_ONCE),
        }

    def _do_update(self, vault: Vault, given: dict[str, Any]) -> Undo:
        before = replace(vault, fields=dict(vault.fields), wrapped=set(vault.wrapped))
        self.world.vaults.do_update(vault, given)
        return partial(self.world.vaults.undo_update, vault, before)

    def _start_update(self, vault: Vault, given: dict[str, Any]) -> Job:
        return self._start(f"PATCH {VAULTS}/{vault.uuid}", partial(self.world.vaults.do_update, vault, given), vault)

    async def _delete(self, request: Request) -> Response:
        asked, vault, knobs = self._ask(request), self._vault(request), self.world.cluster.knobs
        more = self._returned(request, asked, vault)
        work = partial(self.world.vaults.delete, vault)
        if not knobs.async_delete:
            work()
            return web.done(knobs, more)
        job = self._start(f"DELETE {VAULTS}/{vault.uuid}", work, vault)
        return await web.accepted(job, web.seconds_of(request, asked), knobs, lambda: more)

    async def _rekey_external(self, request: Request) -> Response:
        vaults = self.world.vaults
        asked, vault = self._ask(request), self._vault(request)
        key_id = vaults.rekey_external(vault, web.body_of(request))
        return await self._run(
            request, asked, codes.REKEY_EXTERNAL, partial(vaults.do_rekey_external, vault, key_id), vault
        )

    async def _rekey_internal(self, request: Request) -> Response:
        asked, vault = self._ask(request), self._vault(request)
        web.no_body(request)
        return await self._run(
            request, asked, codes.REKEY_INTERNAL, partial(self.world.vaults.do_rekey_internal, vault), vault
        )

    async def _restore(self, request: Request) -> Response:
        asked, vault = self._ask(request), self._vault(request)
        web.no_body(request)
        return await self._run(request, asked, codes.RESTORE, partial(self.world.vaults.do_restore, vault), vault)

    def _start(self, description: str, work: Work, vault: Vault) -> Job:
        return self.world.jobs.start(description, work, vault.svm)

    async def _run(self, request: Request, asked: Asked, operation: str, work: Work, vault: Vault) -> Response:
        job = self._start(f"POST {VAULTS}/{vault.uuid}/{operation}", work, vault)
        more = partial(self._returned, request, asked, vault)
        return await web.completion(job, web.seconds_of(request, asked), more, self.world.cluster.completion)
