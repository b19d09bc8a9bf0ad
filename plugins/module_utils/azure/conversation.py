# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the requests: the vault's challenge, one login, the key, then the operations that ONTAP needs it for.

At most seven requests, on one connection to each of two hosts. A list of versions takes one more request for each page.
Retries of a request, and the second try of a missing right, are additional.

Source for the login: Microsoft's documentation, "Microsoft identity platform and the OAuth 2.0 client credentials
flow".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlencode

from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import Challenge, find_audience, is_audience
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    KEY,
    OPERATIONS,
    VAULT,
    Host,
    Question,
    Record,
    Refusal,
    get_version,
)
from ansible_collections.ontap.akv.plugins.module_utils.azure.responses import make_unreachable, read_token
from ansible_collections.ontap.akv.plugins.module_utils.azure.vault import Vault, wrap_here
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ConnectionFailedError,
    Request,
    ResponseError,
    TlsError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport

_RSA = ("RSA", "RSA-HSM")
_BYTES = 32
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def ask(
    question: Question,
    *,
    hide: Callable[[str], None],
    clock: Clock | None = None,
    note: Callable[[Transport], None] | None = None,
) -> Record:
    """Query Azure and return the results.

    hide: called with each secret that a request or a response adds to those of the task. note: called with each
    transport before it is used, so that another thread can stop it. Raises MissingLibraryError and OptionError before
    the first request.
    """
    record = Record()
    with (
        _open(question.vault, question, clock, note) as to_vault,
        _open(question.oauth_host, question, clock, note) as to_login,
    ):
        vault = Vault(to_vault, question, record)
        challenge = vault.request_challenge(question.version)
        trusted = challenge is not None and _is_trusted(challenge, question, record)
        audience = record.resource if trusted else find_audience(question.vault.name)
        if audience is None:
            return record
        token = _fetch_token(to_login, question, audience, hide)
        record.logged_in = None if isinstance(token, Refusal) and not token.decided else isinstance(token, str)
        if isinstance(token, Refusal):
            record.refuse(token)
            return record
        hide(token)
        if trusted and record.tenant_id in (None, question.tenant_id.lower()):
            vault.use(token)
            _look_at_key(vault, question, record)
    return record


def _fetch_token(transport: Transport, question: Question, resource: str, hide: Callable[[str], None]) -> str | Refusal:
    """Log in and return an access token for an audience, or why the login failed.

    transport: to C(oauth_host). hide: see ask().
    """
    request = Request("POST", f"/{question.tenant_id}/oauth2/v2.0/token")
    form = {
        "grant_type": "client_credentials",
        "client_id": question.client_id,
        "scope": f"{resource.rstrip('/')}/.default",
    }
    form.update(_build_proof(question, f"https://{question.oauth_host.text}{request.path}", transport.clock.now()))
    if "client_assertion" in form:
        # Whoever has it can log in until it expires.
        hide(form["client_assertion"])
    try:
        response = transport.request(request, body=urlencode(form).encode(), headers=_FORM, repeatable=True)
    except (ResponseError, ConnectionFailedError, TlsError) as exc:
        return make_unreachable(question.oauth_host.text, exc)
    return read_token(question.oauth_host.text, response, question.reach.mask)


def _build_proof(question: Question, url: str, now: float) -> dict[str, str]:
    """Return the fields that prove the application's identity to the login."""
    if question.certificate is None:
        return {"client_secret": question.secret or ""}
    from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import TYPE, sign_assertion

    return {
        "client_assertion_type": TYPE,
        "client_assertion": sign_assertion(question.certificate, question.client_id, url, now),
    }


@contextmanager
def _open(
    host: Host, question: Question, clock: Clock | None, note: Callable[[Transport], None] | None
) -> Iterator[Transport]:
    transport = Transport(replace(question.reach, hostname=host.name, port=host.port), clock=clock)
    if note is not None:
        note(transport)
    try:
        transport.open()
        yield transport
    finally:
        transport.close()


def _is_trusted(challenge: Challenge, question: Question, record: Record) -> bool:
    """Whether a token for the audience that the challenge names may be sent to this vault."""
    record.tenant_id, resource = challenge.tenant_id, challenge.resource or ""
    if not is_audience(resource, question.vault.name):
        message = (
            f"The challenge of {question.vault.text} names an audience that the vault does not belong to; no token was"
            " sent."
        )
        record.refuse(Refusal(VAULT, message, reason="other audience"))
        return False
    record.resource = resource
    return True


def _look_at_key(vault: Vault, question: Question, record: Record) -> None:
    wants_key = KEY in question.checks
    if not (wants_key or OPERATIONS in question.checks):
        return
    if wants_key or question.version is None:
        record.newest = vault.read_key(None)
        record.key = record.newest
        if record.newest is None and not _is_only_get_missing(record):
            return
    different = question.version is not None and get_version(record.newest) != question.version
    if different and not _is_only_get_missing(record):
        record.key = vault.read_key(question.version)
        if record.key is None and not _is_only_get_missing(record):
            return
    if wants_key and question.versions:
        record.versions = vault.list_versions()
    if OPERATIONS in question.checks and not _is_lost(record):
        # Reading both versions took one request more. Skip encrypt to stay within seven: it matters least.
        _operate(vault, question, record, encrypts=not (different and record.newest is not None))


def _is_only_get_missing(record: Record) -> bool:
    """Whether a missing right is the only reason that the key could not be read: other rights can still be tested."""
    return bool(record.refusals) and record.refusals[-1].status == 403 and record.refusals[-1].check == KEY


def _operate(vault: Vault, question: Question, record: Record, *, encrypts: bool) -> None:
    """Wrap and unwrap, encrypt and decrypt random bytes; the result has to equal the original."""
    version = question.version or get_version(record.key)
    material = record.key["key"] if record.key is not None else {}
    if version is None or (material and material.get("kty") not in _RSA):
        return
    secret = os.urandom(_BYTES)
    hidden: dict[str, bytes] = {}
    for operation in ("wrapKey", "encrypt") if encrypts else ("wrapKey",):
        result = vault.operate(operation, version, secret)
        if result is not None:
            record.passed[operation], hidden[operation] = True, result
        elif _is_lost(record):
            return
    for operation, maker in (("unwrapKey", "wrapKey"), ("decrypt", "encrypt")):
        # The algorithm is always the same, so both can open what wrapKey, encrypt or wrap_here() made.
        value = hidden.get(maker) or next(iter(hidden.values()), None) or wrap_here(material, secret)
        if value is not None:
            _open_again(vault, operation, version, value, secret, record)
        if _is_lost(record):
            return


def _open_again(vault: Vault, operation: str, version: str, value: bytes, secret: bytes, record: Record) -> None:
    result = vault.operate(operation, version, value)
    if result is not None and result != secret:
        message = f"{operation} did not return the bytes that were sent."
        record.refuse(Refusal(OPERATIONS, message, decided=True, operation=operation, reason="other bytes"))
    elif result is not None:
        record.passed[operation] = True


def _is_lost(record: Record) -> bool:
    """Whether Azure has become unreachable; every further request would take as long to fail."""
    return bool(record.refusals) and not record.refusals[-1].decided
