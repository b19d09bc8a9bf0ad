# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login of an application at Microsoft Entra: one request for a token.

Source: Microsoft's documentation, "Microsoft identity platform and the OAuth 2.0 client credentials flow".
"""

from __future__ import annotations

from urllib.parse import urlencode

from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Question, Refusal
from ansible_collections.ontap.akv.plugins.module_utils.azure.responses import not_asked, read_token
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AnswerError, ConnectionFailedError, Request, TlsError
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def fetch_token(transport: Transport, question: Question, resource: str) -> str | Refusal:
    """Log in and return an access token for an audience, or why the login failed. transport: to C(oauth_host)."""
    request = Request("POST", f"/{question.tenant_id}/oauth2/v2.0/token")
    form = {"grant_type": "client_credentials", "client_id": question.client_id, "scope": f"{resource.rstrip('/')}/.default"}
    form.update(_proof(question, f"https://{question.oauth_host.text}{request.path}", transport.clock.now()))
    try:
        answer = transport.request(request, body=urlencode(form).encode(), headers=_FORM, repeatable=True)
    except (AnswerError, ConnectionFailedError, TlsError) as exc:
        return not_asked(question.oauth_host.text, exc)
    return read_token(question.oauth_host.text, answer, question.reach.mask)


def _proof(question: Question, url: str, now: float) -> dict[str, str]:
    """Return the fields that prove the application's identity to the login."""
    if question.certificate is None:
        return {"client_secret": question.secret or ""}
    from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import TYPE, signed_assertion

    return {"client_assertion_type": TYPE, "client_assertion": signed_assertion(question.certificate, question.client_id, url, now)}
