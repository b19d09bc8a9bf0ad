# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Azure vault: the requests of its REST API that are needed to check one key.

Source: Microsoft's documentation, "Key Vault REST API reference, Keys", version 7.4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import Challenge, parse_challenge
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    CONNECTION,
    VAULT,
    Question,
    Record,
    Refusal,
    get_key_id,
    get_name,
    get_version,
)
from ansible_collections.ontap.akv.plugins.module_utils.azure.responses import (
    make_foreign,
    make_unreachable,
    read_vault,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ConnectionFailedError,
    Request,
    ResponseError,
    TlsError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport

_VERSION = {"api-version": "7.4"}
#: Both ONTAP's operations and ours use RSA; which padding ONTAP uses is not documented.
ALGORITHM = "RSA-OAEP-256"
_DIGEST = 32
#: A vault's error codes for a missing right. A new grant takes a while to reach every server of the vault.
_RIGHTS = frozenset({"ForbiddenByRbac", "ForbiddenByPolicy", "AccessDenied", "Forbidden"})
#: Seconds after which a missing right is tested again.
GRANT_PAUSE = 2.0
_MOST_PAGES = 40
#: Identifiers stand in the commands of the hints, so they hold nothing that a shell would act on.
_KEY_ID = re.compile(r"https?://[0-9A-Za-z.:\[\]_-]+/keys/[0-9A-Za-z-]+/[0-9A-Za-z]+")


class Vault:
    """One vault. Requests carry the token as soon as it is set; refusals are added to the record."""

    def __init__(self, transport: Transport, question: Question, record: Record) -> None:
        self._transport = transport
        self._where = question.vault.text
        self._mask = question.reach.mask
        self._key = question.key
        self._path = f"/keys/{question.key}"
        self._record = record
        self._token: str | None = None

    def use(self, token: str) -> None:
        """Send a token with every request from now on."""
        self._token = token

    def request_challenge(self, version: str | None) -> Challenge | None:
        """Request the key without a token; return the vault's challenge, None if it holds nothing usable."""
        response = self._send(Request("GET", self._build_path(version)))
        if response is None:
            return None
        found = parse_challenge(response.challenge)
        if response.status == 401 and found.resource is not None:
            return found
        self._record.refuse(self._explain_missing_challenge(response))
        return None

    def _explain_missing_challenge(self, response: Response) -> Refusal:
        read = read_vault(self._where, response, self._mask)
        if response.status == 401 and response.challenge is not None:
            return Refusal(
                VAULT,
                f"The challenge of {self._where} does not name the resource of its tokens.",
                reason="no challenge",
                status=401,
            )
        if response.status == 401 and isinstance(read, Refusal) and read.check != CONNECTION:
            return Refusal(
                VAULT,
                f"{self._where} requires a login, but does not say where (no WWW-Authenticate header).",
                reason="no challenge",
                status=401,
            )
        if isinstance(read, Refusal):
            return read
        return make_foreign(self._where, response)

    def read_key(self, version: str | None) -> Mapping[str, Any] | None:
        """Return a version of the key, the newest if none is given; None if it was refused."""
        # Reading one version says nothing about another.
        self._record.passed.pop("get", None)
        body = self._ask(Request("GET", self._build_path(version)), "get")
        problem = None if body is None else self._find_problem(body, version)
        if problem is not None:
            self._record.refuse(Refusal(CONNECTION, f"The response of {self._where} {problem}.", reason="foreign"))
            return None
        if body is not None:
            self._record.passed["get"] = True
        return body

    def _find_problem(self, body: Mapping[str, Any], version: str | None) -> str | None:
        """Return why a response says nothing about the key, such as that of a gateway; None if it describes it."""
        if not self._is_asked_for(body, version):
            return "is not the requested key"
        return None if _has_life(body.get("attributes")) else "does not say whether and until when the key can be used"

    def _is_asked_for(self, body: Mapping[str, Any], version: str | None) -> bool:
        """Whether a response is a version of the key, and the one that was asked for."""
        key, found = body.get("key"), get_version(body)
        if not isinstance(key, dict) or not isinstance(key.get("kty"), str) or not key["kty"]:
            return False
        if not _KEY_ID.fullmatch(get_key_id(body) or ""):
            return False
        return get_name(body).lower() == self._key.lower() and found is not None and version in (None, found.lower())

    def operate(self, operation: str, version: str, value: bytes) -> bytes | None:
        """Let the vault wrap, unwrap, encrypt or decrypt; return the result, None if it was refused."""
        request = Request("POST", f"{self._build_path(version)}/{operation.lower()}")
        body = self._ask(request, operation, {"alg": ALGORITHM, "value": _encode(value)})
        if body is None:
            return None
        result = _decode(body.get("value"))
        if result is None:
            self._record.refuse(
                Refusal(CONNECTION, f"The response of {self._where} to {operation} is not Azure's.", reason="foreign")
            )
        return result

    def list_versions(self) -> list[Mapping[str, Any]] | None:
        """Return all versions of the key, page after page; None if they were refused."""
        found: list[Mapping[str, Any]] = []
        query: dict[str, str] | None = {}
        for _page in range(_MOST_PAGES):
            body = self._ask(Request("GET", f"{self._path}/versions"), "list", query=query)
            if body is None:
                return None
            values = body.get("value")
            if not isinstance(values, list):
                self._record.refuse(
                    Refusal(CONNECTION, f"The response of {self._where} is not a list of versions.", reason="foreign")
                )
                return None
            found += [item for item in values if isinstance(item, dict)]
            query = self._find_next_query(body.get("nextLink"))
            if query is None:
                break
        return found

    def _find_next_query(self, link: Any) -> dict[str, str] | None:
        """Return the query of the next page; the rest of its URL is ignored, so the token goes to no other place."""
        try:
            return dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) and link else None
        except ValueError:
            return None

    def _build_path(self, version: str | None) -> str:
        return f"{self._path}/{version}" if version else self._path

    def _ask(
        self,
        request: Request,
        operation: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """Return the body of a response.

        The first missing right of a run is tested again, since it may just have been granted.
        """
        read = self._read(request, operation, body, query)
        if (
            isinstance(read, Refusal)
            and read.status == 403
            and read.code in _RIGHTS
            and self._record.waited_for is None
        ):
            self._record.waited_for = operation
            self._transport.clock.sleep(GRANT_PAUSE)
            read = self._read(request, operation, body, query)
            if isinstance(read, dict):
                self._record.late.append(operation)
        if isinstance(read, Refusal):
            self._record.refuse(read)
        return read if isinstance(read, dict) else None

    def _read(
        self, request: Request, operation: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> dict[str, Any] | Refusal | None:
        response = self._send(request, body, query)
        return None if response is None else read_vault(self._where, response, self._mask, operation)

    def _send(
        self, request: Request, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> Response | None:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            return self._transport.request(
                request, query={**(query or {}), **_VERSION}, body=body, headers=headers, repeatable=True
            )
        except (ResponseError, ConnectionFailedError, TlsError) as exc:
            self._record.refuse(make_unreachable(self._where, exc))
            return None


def _has_life(attributes: Any) -> bool:
    """Whether the attributes of a key say if it is enabled, and hold no dates that cannot be read."""
    if not isinstance(attributes, dict) or not isinstance(attributes.get("enabled"), bool):
        return False
    dates = [attributes.get(name) for name in ("nbf", "exp")]
    return all(date is None or _is_moment(date) for date in dates)


def _is_moment(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def wrap_here(material: Mapping[str, Any], secret: bytes) -> bytes | None:
    """Return what wrapKey would return, made from the public half of a key; None unless that is RSA of a usual size.

    It needs no right and no valid date, so unwrapKey and decrypt can be tested even if the vault refuses to wrap
    (RFC 8017, 7.1.1).
    """
    modulus, exponent = (int.from_bytes(_decode(material.get(name)) or b"", "big") for name in ("n", "e"))
    size = (modulus.bit_length() + 7) // 8
    if not 256 <= size <= 1024 or not 2 < exponent < 2**32:
        return None
    data = hashlib.sha256().digest() + bytes(size - len(secret) - 2 * _DIGEST - 2) + b"\x01" + secret
    seed = os.urandom(_DIGEST)
    data = _combine(data, _make_mask(seed, len(data)))
    padded = b"\0" + _combine(seed, _make_mask(data, _DIGEST)) + data
    return pow(int.from_bytes(padded, "big"), exponent, modulus).to_bytes(size, "big")


def _make_mask(seed: bytes, length: int) -> bytes:
    """Return a mask by the mask generation function MGF1 with SHA-256 (RFC 8017, B.2.1)."""
    blocks = range(-(-length // _DIGEST))
    return b"".join(hashlib.sha256(seed + block.to_bytes(4, "big")).digest() for block in blocks)[:length]


def _combine(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right))


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(text: Any) -> bytes | None:
    try:
        return (
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if isinstance(text, str) and text
            else None
        )
    except (binascii.Error, ValueError):
        return None
