# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a response of Azure means: the requested data, an Azure error, or something that does not come from Azure.

Sources: Microsoft's documentation, "Azure Key Vault REST API error codes" and "OAuth 2.0 client credentials flow"
(error response).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    CONNECTION,
    KEY,
    LOGIN,
    OPERATIONS,
    VAULT,
    Refusal,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ResponseError,
    TlsError,
    limit_message,
    read_code,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.responses import parse_json

#: The errors of a login that could not decide.
_UNDECIDED = frozenset({"temporarily_unavailable", "server_error"})
#: The errors of a vault that concern the vault itself, not the key.
_ABOUT_THE_VAULT = frozenset(
    {"ForbiddenByFirewall", "ForbiddenByConnection", "Unauthorized", "VaultNotFound", "Throttled"}
)
_DEEPEST = 10
_LONGEST_TYPE = 100


def make_unreachable(where: str, exc: AkvError) -> Refusal:
    """Return the refusal for a request without a usable response."""
    reason = "tls" if isinstance(exc, TlsError) else "foreign" if isinstance(exc, ResponseError) else "network"
    return Refusal(CONNECTION, f"{where} could not be reached from this host: {exc.message}.", reason=reason)


def make_foreign(where: str, response: Response) -> Refusal:
    """Return the refusal for a response that does not come from Azure.

    Examples: the page of a proxy, a gateway that does not reach its server, truncated JSON.
    """
    kind = response.content_type.partition(";")[0].strip()
    what = kind if 0 < len(kind) <= _LONGEST_TYPE else "no content type"
    reason = "busy" if response.status == 429 or response.status >= 500 else "foreign"
    message = f"The response of {where} is not Azure's: HTTP {response.status}, {what}."
    return Refusal(CONNECTION, message, reason=reason, status=response.status)


def read_vault(
    where: str, response: Response, mask: Callable[[str], str], operation: str | None = None
) -> dict[str, Any] | Refusal:
    """Return the body of a vault's response, or why it failed.

    mask: removes secrets from text. operation: the right that was tested.
    """
    body = parse_json(response.content)
    if response.status == 200 and isinstance(body, dict) and body and "error" not in body:
        return body
    error = body.get("error") if isinstance(body, dict) else None
    code = _find_innermost_code(error)
    if code is None or not isinstance(error, dict) or response.status < 400:
        return make_foreign(where, response)
    decided = response.status < 500 and response.status not in (408, 429)
    if response.status == 429:
        code = "Throttled" if code == "TooManyRequests" else code
    check = (
        VAULT
        if code in _ABOUT_THE_VAULT or operation is None or not decided
        else KEY
        if operation in ("get", "list")
        else OPERATIONS
    )
    message = _make_sentence(error.get("message"), mask, f"{where} responded with HTTP {response.status}.")
    return Refusal(
        check,
        message,
        code=code,
        decided=decided,
        operation=operation,
        status=response.status,
        reason=None if decided else "busy",
    )


def read_token(where: str, response: Response, mask: Callable[[str], str]) -> str | Refusal:
    """Return the access token in a response of the login, or why it failed. mask: removes secrets from text."""
    body = parse_json(response.content)
    if not isinstance(body, dict):
        return make_foreign(where, response)
    token, error = body.get("access_token"), body.get("error")
    if (
        response.status == 200
        and isinstance(token, str)
        and token.isascii()
        and token.isprintable()
        and token.strip() == token != ""
    ):
        return token
    if not isinstance(error, str) or not error or response.status < 400:
        return make_foreign(where, response)
    decided = error not in _UNDECIDED and response.status < 500 and response.status not in (408, 429)
    message = _make_sentence(body.get("error_description"), mask, f"{where} responded with HTTP {response.status}.")
    return Refusal(
        LOGIN,
        message,
        code=_read_login_code(body) or read_code(error),
        decided=decided,
        status=response.status,
        reason=read_code(error),
    )


def _read_login_code(body: dict[str, Any]) -> str | None:
    codes = body.get("error_codes")
    number = codes[0] if isinstance(codes, list) and codes else None
    return (
        f"AADSTS{number}" if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**9 else None
    )


def _find_innermost_code(error: Any) -> str | None:
    """Return the most specific code of a Key Vault error: that of the innermost inner error."""
    code = None
    for _level in range(_DEEPEST):
        if not isinstance(error, dict):
            break
        found = error.get("code")
        code = read_code(found) if isinstance(found, str) and found else code
        error = error.get("innererror", error.get("innerError"))
    return code


def _make_sentence(message: Any, mask: Callable[[str], str], otherwise: str) -> str:
    text = join_lines(mask(message)) if isinstance(message, str) else ""
    return limit_message(text) if text else otherwise
