# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as ONTAP returns them: {"error": {"code": "<string>", "message", "target", "arguments"}}."""

from __future__ import annotations

import json
from typing import Any

from . import codes
from .config import Knobs


class ApiError(Exception):
    """A response with an error object; `code` is a string on the wire (reference, "error").

    status None: an error of the work, whose status no page names (knob error_status).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        target: str | None = None,
        status: int | None = 400,
        arguments: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.target = target
        self.status = status
        self.arguments = arguments

    def error(self) -> dict[str, Any]:
        """The error object."""
        error: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.target is not None:
            error["target"] = self.target
        if self.arguments:
            error["arguments"] = self.arguments
        return error


def documented(operation: str, code: str, *, target: str | None = None, detail: str | None = None) -> ApiError:
    """One of the codes of the reference's tables. They name no HTTP status: knob error_status."""
    message = codes.text(operation, code)
    return of_the_work(code, f"{message} {detail}" if detail else message, target=target)


def of_the_work(code: str, message: str, *, target: str | None = None) -> ApiError:
    """An error of the work itself."""
    return ApiError(code, message, target=target, status=None)


def in_words_of(error: ApiError, knobs: Knobs) -> ApiError:
    """The error with the status and the code that this cluster has for it."""
    code, message, status = error.code, error.message, error.status or knobs.error_status
    if code == "4" and knobs.unknown_uuid_code != code:
        code, message, status = knobs.unknown_uuid_code, "Specified UUID not found.", 400
    elif code == "6" and status == 403 and knobs.denial_code != code:
        code, message, status = knobs.denial_code, "User is not authorized.", 400
    elif code == "65537120" and knobs.not_configured_code != code:
        code, message = knobs.not_configured_code, "AKV is not configured for the given SVM."
    return ApiError(code, message, target=error.target, status=status, arguments=error.arguments)


def unexpected_argument(name: str) -> ApiError:
    """A query parameter or body field that ONTAP does not know."""
    return ApiError("262179", f'Unexpected argument "{name}".', target=name)


def cannot_set(name: str) -> ApiError:
    """A field that exists but cannot be set in this operation."""
    return ApiError("262196", f'Field "{name}" cannot be set in this operation.', target=name)


def invalid_value(name: str, value: object, expected: str) -> ApiError:
    """A value of the wrong type or form. The value itself is reported only where it can be no secret."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    shown = "" if name in ("client_secret", "client_certificate", "proxy_password") else f' "{text}"'
    return ApiError("262197", f'The value{shown} is invalid for field "{name}" (<{expected}>).', target=name)


def secret_in_url(name: str) -> ApiError:
    """A secret as a query parameter, where logs show it."""
    return ApiError("262202", f'Field "{name}" is secret and must not be provided in the URL.', target=name)


def filter_on_post(name: str) -> ApiError:
    """A field of the resource as a query parameter of POST."""
    return ApiError(
        "262211", f'POST does not support a filter on "{name}". Fields must be in the request body.', target=name
    )


def not_readable(name: str) -> ApiError:
    """`fields` names a field that can only be set."""
    return ApiError("262249", f'Field "{name}" cannot be read.', target="fields")


def not_sortable(name: str) -> ApiError:
    """order_by names a field that can only be set."""
    return ApiError("262268", f'Field "{name}" is not supported by order_by.', target="order_by")


def no_wildcard() -> ApiError:
    """`fields=*` of the passthrough to the CLI."""
    return ApiError("262220", "Wildcard fields=* is not allowed for CLI-based REST APIs.", target="fields")


def mismatched_braces(text: str) -> ApiError:
    """Braces of `fields` that do not match."""
    return ApiError("262286", f'The braces of "{text}" do not match.', target="fields")


def not_queried(name: str) -> ApiError:
    """A query in a field that can only be set."""
    return ApiError("262250", f'Field "{name}" cannot be queried, because it cannot be read.', target=name)


def cross_field(code: str, message: str, target: str) -> ApiError:
    """A cross-field query that is wrong."""
    return ApiError(code, message, target=target)


def no_operand(name: str, text: str) -> ApiError:
    """An operator of a filter without its value."""
    return ApiError("262194", f'The expression "{text}" is missing a value.', target=name)


def no_values() -> ApiError:
    """An operation on several records without any."""
    return ApiError("262190", "You must provide one or more values to apply your changes.", target="records")


def query_and_records() -> ApiError:
    """Records of a body together with a query, which chooses records too; the code is an assumption."""
    return ApiError("262186", 'The field "records" cannot be used together with a query.', target="records")


def no_body_allowed() -> ApiError:
    """A body of a request that takes none."""
    return ApiError("262198", "A request body is not allowed on GET, HEAD, and DELETE.")


def invalid_json(place: str) -> ApiError:
    """A body that is no JSON object."""
    return ApiError("262199", f"Invalid JSON input at {place}.")


def unexpected_array(name: str | None) -> ApiError:
    """An array in the place of something else."""
    return ApiError("262255", "An array was found in the JSON when it was not expected.", target=name)


def array_expected(name: str) -> ApiError:
    """Something else in the place of an array."""
    return ApiError("262254", f'Invalid JSON input, an array was expected for "{name}".', target=name)


def specified_twice(name: str, *, as_path: bool = False) -> ApiError:
    """A field that a body has twice. as_path: as an object and by its dotted name."""
    return ApiError("262282" if as_path else "262188", f'Field "{name}" was specified twice.', target=name)


def missing(names: list[str]) -> ApiError:
    """Required values that were not given."""
    listed = ", ".join(f'"{name}"' for name in names)
    return ApiError("262212", f"The request is missing required value(s): {listed}.", target=names[0])


def bad_value(message: str, *, target: str | None = None) -> ApiError:
    """Values that do not go together."""
    return ApiError("2", message, target=target)


def no_svm(name: str, target: str) -> ApiError:
    """There is no such SVM; the code is that of other endpoints (assumption)."""
    return ApiError("2621462", f'SVM "{name}" does not exist.', target=target)


def different_svms(target: str) -> ApiError:
    """The name is that of one SVM, the UUID that of another."""
    return ApiError("2621706", "The specified UUID and name refer to different SVMs.", target=target)


def other_svm(name: str, value: object) -> ApiError:
    """Another SVM than that of the tunneling headers; the code is an assumption."""
    return ApiError("262186", f'"{name}" is "{value}", which is not the SVM of the request header.', target=name)


def not_found(target: str = "uuid") -> ApiError:
    """The entry does not exist."""
    return ApiError("4", "entry doesn't exist", target=target, status=404)


def no_such_api(status: int = 404) -> ApiError:
    """A path, or a method on a path, that this release does not have."""
    return ApiError("3", "API not found", status=status)


def not_permitted(status: int) -> ApiError:
    """No or a wrong login (401), or a role that may not do this (403)."""
    message = "not authorized for that command" if status == 403 else "User is not authorized"
    return ApiError("6", message, status=status)
