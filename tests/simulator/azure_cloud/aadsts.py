# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the login, with the error, the status and the text of the response of Microsoft Entra (texts
shortened).

Sources: Microsoft's documentation "Microsoft Entra authentication and authorization error codes", "OAuth 2.0 client
credentials flow" and the troubleshooting guides of the Azure SDKs; README.md says which parts are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """An error code: `error` of OAuth, HTTP status, text with the fields of a request."""

    error: str
    status: int
    text: str


CODES: dict[int, Code] = {
    50027: Code("invalid_request", 400, "Invalid JWT token. {reason}"),
    50049: Code("invalid_request", 400, "Unknown or invalid instance."),
    50105: Code(
        "access_denied",
        400,
        "Your administrator has configured the application {client_id} to block users unless they are assigned.",
    ),
    53003: Code(
        "invalid_grant",
        400,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    70003: Code("unsupported_grant_type", 400, "The app requested an unsupported grant type '{grant_type}'."),
    90002: Code(
        "invalid_request",
        400,
        "Tenant '{tenant}' not found.",
    ),
    90013: Code("invalid_request", 400, "Invalid input received from the user."),
    90033: Code("temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    90038: Code(
        "invalid_request",
        400,
        "Confidential Client is not supported in Cross Cloud request: tenant '{tenant}' belongs to another national"
        " cloud.",
    ),
    90055: Code("temporarily_unavailable", 429, "There are too many incoming requests."),
    500011: Code(
        "invalid_resource",
        400,
        "The resource principal named {resource} was not found in the tenant named {tenant}.",
    ),
    530032: Code("invalid_grant", 400, "Blocked by security policy."),
    530035: Code("invalid_grant", 400, "Access has been blocked by security defaults."),
    700016: Code(
        "unauthorized_client",
        400,
        "Application with identifier '{client_id}' was not found in the directory '{tenant}'.",
    ),
    700021: Code("invalid_client", 401, "Client assertion application identifier doesn't match 'client_id' parameter."),
    700023: Code("invalid_client", 401, "Client assertion audience claim does not match Realm issuer."),
    700024: Code(
        "invalid_client",
        401,
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {valid_from},"
        " expiry time of assertion {valid_to}.",
    ),
    700027: Code(
        "invalid_client",
        401,
        "{what}. [Reason - {reason}, Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see"
        " configured keys for app Id '{client_id}'.]",
    ),
    900144: Code("invalid_request", 400, "The request body must contain the following parameter: '{parameter}'."),
    900382: Code("invalid_request", 400, "Confidential Client is not supported in Cross Cloud request."),
    1002012: Code(
        "invalid_scope",
        400,
        "The provided value for scope {scope} is not valid: it has to end with /.default.",
    ),
    7000112: Code("unauthorized_client", 400, "Application '{client_id}'({client_id}) is disabled."),
    7000215: Code(
        "invalid_client",
        401,
        "Invalid client secret provided. Send the value of a secret of app '{client_id}', not its ID.",
    ),
    7000218: Code(
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000222: Code(
        "invalid_client",
        401,
        "The provided client secret keys for app '{client_id}' are expired.",
    ),
}


class _Details(dict[str, object]):
    """Fields of a text; one that the request does not have stays empty."""

    def __missing__(self, _name: str) -> str:
        return ""


class Refusal(Exception):
    """A login that is refused."""

    def __init__(self, code: int, **details: object) -> None:
        known = CODES[code]
        self.code = code
        self.error = known.error
        self.status = known.status
        self.text = known.text.format_map(_Details(details))
        super().__init__(self.text)
