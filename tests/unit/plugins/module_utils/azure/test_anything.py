# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any response of Azure, or of another server in its place, leads to a verdict and never to an exception."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.azure.judge import judge
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Record, Refusal
from ansible_collections.ontap.akv.plugins.module_utils.azure.responses import read_token, read_vault
from ansible_collections.ontap.akv.plugins.module_utils.azure.vault import wrap_here
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Request
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Response
from ansible_collections.ontap.akv.tests.unit.plugins.module_utils.azure.test_judge import NOW, QUESTION
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON

_MATERIAL = st.fixed_dictionaries({}, optional=dict.fromkeys(("kid", "kty", "n", "e", "key_ops"), ANY_JSON))
_ATTRIBUTES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("enabled", "exp", "nbf", "created", "updated", "recoveryLevel"), ANY_JSON)
)
_KEYS = st.fixed_dictionaries({"key": _MATERIAL}, optional={"attributes": _ATTRIBUTES | ANY_JSON})
_ERROR = st.fixed_dictionaries({"code": ANY_JSON, "message": ANY_JSON}, optional={"innererror": ANY_JSON})
_BODIES = ANY_JSON | st.fixed_dictionaries(
    {"error": ANY_JSON | _ERROR}, optional={"error_codes": ANY_JSON, "error_description": ANY_JSON}
)
_STATUSES = st.sampled_from([200, 201, 204, 400, 401, 403, 404, 408, 429, 500, 503])


def answer(status: int, body: Any) -> Response:
    return Response(status, json.dumps(body).encode(), "application/json", 1, False, Request("GET", "/"))


@given(_KEYS, _KEYS, st.lists(st.dictionaries(st.sampled_from(["kid", "attributes"]), ANY_JSON), max_size=3))
def test_judges_any_key_without_error(
    key: dict[str, Any], newest: dict[str, Any], versions: list[dict[str, Any]]
) -> None:
    verdict = judge(Record(key=key, newest=newest, versions=versions), QUESTION, NOW)
    assert verdict.usable in (True, False)
    json.dumps(verdict.azure)


@given(_MATERIAL)
def test_wraps_with_any_public_key_or_returns_none(material: dict[str, Any]) -> None:
    assert wrap_here(material, b"s" * 32) is None or isinstance(material["n"], str)


@given(_STATUSES, _BODIES, st.sampled_from([None, "get", "wrapKey", "list"]))
def test_reads_any_vault_response_as_data_or_refusal(status: int, body: Any, operation: str | None) -> None:
    read = read_vault("vault1", answer(status, body), str, operation)
    assert isinstance(read, (dict, Refusal))
    if isinstance(read, Refusal):
        assert not read.decided or 400 <= status < 500
    else:
        assert status == 200


@given(_STATUSES, _BODIES | st.fixed_dictionaries({"access_token": ANY_JSON}))
def test_reads_any_login_response_as_token_or_refusal(status: int, body: Any) -> None:
    read = read_token("login", answer(status, body), str)
    if isinstance(read, str):
        assert status == 200
        assert read == body["access_token"]
    else:
        assert not read.decided or 400 <= status < 500
