# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of an HTTP response: ONTAP's JSON, an ONTAP error, or something that does not come from ONTAP."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ApiError,
    Request,
    ResponseError,
    find_hint,
    is_transient,
    limit_message,
    read_code,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import JOBS

#: The codes of a missing right, with whatever status.
_RIGHT_CODES = frozenset({"6", "6691623"})
_OWN_PATHS = ("/api/security/azure-key-vaults", JOBS)
_NO_RIGHT = "The user is not allowed to do this. Check its role:"
_STATUS_HINTS = {
    401: "The login was refused. Check user name and password, or the client certificate.",
    403: (
        f"{_NO_RIGHT} it needs access to /api/security/azure-key-vaults and read access to /api/cluster/jobs"
        " (security login rest-role show)."
    ),
    407: (
        "A proxy requires a login. Check http_proxy and https_proxy in the environment, or add the cluster to no_proxy."
    ),
    404: "Check that hostname is an ONTAP cluster of release 9.8 or later.",
    429: "The cluster receives too many requests at once. Lower concurrency, or run the task later.",
    503: "The cluster is busy or starting: run the task again later.",
}
_LONGEST_TYPE = 100
# json.loads accepts half of a UTF-16 surrogate pair as a character.
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def decode(response: Response, *, error_is_data: bool = False) -> dict[str, Any]:
    """Return the JSON object of a response; raise ApiError for an ONTAP error and ResponseError for anything else.

    error_is_data: whether C(error) may be a property of the requested record, as in the record of a job.
    """
    body = parse_json(response.content)
    if isinstance(body, dict) and body.get("error") is not None and not (error_is_data and response.status < 400):
        raise _make_api_error(response, body["error"])
    if response.status >= 400:
        raise _make_status_error(response)
    if not isinstance(body, dict) or response.status < 200:
        what = response.content_type.partition(";")[0] or "no content type"
        raise ResponseError(
            "the response is not ONTAP's: not a JSON object but"
            f" {response.mask(what) if len(what) <= _LONGEST_TYPE else 'something else'}",
            status=response.status,
            request=response.request,
        )
    # Messages of a job are shown, never compared.
    return _mask_messages(body, response) if response.request.path.startswith(JOBS) else body


def _mask_messages(value: Any, response: Response) -> Any:
    if isinstance(value, dict):
        masked = {name: _mask_messages(item, response) for name, item in value.items()}
        return {
            name: response.mask(item) if name in ("message", "code") and isinstance(item, str) else item
            for name, item in masked.items()
        }
    return [_mask_messages(item, response) for item in value] if isinstance(value, list) else value


def is_retried(status: int, content: bytes) -> bool | None:
    """Return whether an ONTAP error object allows a retry, None if the status alone decides.

    A code in the catalogue makes it ONTAP's response, whatever the status: either nothing was started and a retry may
    succeed, or the response is final.
    """
    body = parse_json(content) if status >= 400 else None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None
    return is_transient(read_code(error.get("code")))


def parse_json(content: bytes) -> Any:
    """Return the content of a response; an empty object if it is empty.

    None if it is not JSON or holds text that cannot be encoded.
    """
    try:
        body = (
            json.loads(
                content, object_pairs_hook=_build_object, parse_constant=_refuse_number, parse_float=_parse_number
            )
            if content.strip()
            else {}
        )
        if _HALF_CHARACTER.search(content):
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return body


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names are all unique: with two values for one name, neither can be trusted."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _parse_number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _make_api_error(response: Response, error: Any) -> ApiError:
    if not isinstance(error, dict):
        error = {"message": "an error without a description"}
    code = read_code(error.get("code"))
    target = error.get("target")
    message = error.get("message")
    return ApiError(
        response.mask(limit_message(message)) if message else "ONTAP gave no message",
        code=code if code is None or code.isdecimal() else response.mask(code),
        target=target if isinstance(target, str) else None,
        status=response.status,
        request=response.request,
        hint=_choose_hint(response, code),
        retry_after=response.retry_after,
    )


def _choose_hint(response: Response, code: str | None) -> str | None:
    """Return what to do about an error of ONTAP. One code means both a refused login and a missing right; the status
    shows which.
    """
    path = response.request.path
    if response.status != 401 and (response.status == 403 or code in _RIGHT_CODES) and not path.startswith(_OWN_PATHS):
        # Without the UUID at its end.
        needed = "/".join(path.split("/")[:4])
        return f"{_NO_RIGHT} it needs access to {needed} (security login rest-role show)."
    by_status = _STATUS_HINTS.get(response.status)
    return by_status if response.status in (401, 403) else find_hint(code) or by_status


def _make_status_error(response: Response) -> ApiError:
    """Return the error for a status without an ONTAP error object."""
    tries = f" to each of {response.attempts} tries" if response.attempts > 1 else ""
    return ApiError(
        f"the cluster responded with HTTP {response.status}{tries} without an explanation",
        status=response.status,
        request=response.request,
        hint=_STATUS_HINTS.get(
            response.status,
            "Check that the cluster's management services are up, and any proxy between this host and the cluster.",
        ),
        retry_after=response.retry_after,
    )


def read_page(body: Mapping[str, Any], request: Request) -> list[dict[str, Any]]:
    """Return the records of a page; raise ResponseError if they do not look like ONTAP's."""
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ResponseError(
            "the response is not ONTAP's: records is not a list of objects", status=200, request=request
        )
    told = body.get("num_records")
    links = body.get("_links")
    # With a link to a next page, the number might include the records of that page.
    continues = bool(records) and isinstance(links, dict) and bool(links.get("next"))
    if isinstance(told, int) and told > len(records) and not continues:
        raise ResponseError(
            f"the response is not ONTAP's: it reports {told} records but contains {len(records) or 'none'}",
            status=200,
            request=request,
        )
    return records
