# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the cluster's CLI through ONTAPI (C(system-cli)), for clusters whose REST interface is disabled.

netapp-lib writes and reads the XML. The collection's transport sends it: netapp-lib alone supports neither a CA bundle
nor a client certificate, follows redirects, and retries a refused login.

Source: public documentation of ONTAPI, C(system-cli). netapp.ontap relies on the same meaning of C(cli-result-value)
(1: the command succeeded).
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    MissingLibraryError,
    Request,
    ResponseError,
    limit_message,
    read_code,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import deliver, make_unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport

try:
    from netapp_lib.api.zapi import zapi
except ImportError:
    LIBRARY_ERROR: str | None = traceback.format_exc()
else:
    LIBRARY_ERROR = None

REQUEST = Request("POST", "/servlets/netapp.servlets.admin.XMLrequest_filer")
#: The ONTAPI version of ONTAP 9.8; later releases support it too.
_ONTAPI = (1, 150)
_SUCCEEDED = "1"
_STATUS_HINTS = {
    401: (
        "Check user name and password, or the client certificate; the user needs the application ontapi (security login"
        " show)."
    ),
    404: "ONTAPI seems to be switched off (system services web show); remove use_rest to use REST.",
    503: "The cluster is busy or starting, or ONTAPI is switched off (system services web show).",
}
_HINTS = {
    "13003": ("Check the role of the user (security login role show): the command needs the advanced privilege level.")
}


class _Result(NamedTuple):
    """The values of a response; None for each that is missing."""

    status: str | None
    code: str | None
    reason: str | None
    output: str | None
    value: str | None


class Cli:
    """Run commands on one cluster; may be used by several threads."""

    def __init__(self, transport: Transport) -> None:
        """Raise MissingLibraryError if netapp-lib is not installed."""
        if LIBRARY_ERROR is not None:
            raise MissingLibraryError("netapp-lib", LIBRARY_ERROR)
        self._transport = transport
        self._server = zapi.NaServer(transport.connection.hostname)
        self._server.set_api_version(*_ONTAPI)

    def run(self, command: Sequence[str], deadline: Deadline) -> None:
        """Run a command at the advanced privilege level.

        Raises ApiError if it fails, OutcomeUnknownError if its response is lost.
        """
        element = zapi.NaElement("system-cli")
        arguments = zapi.NaElement("args")
        for word in command:
            arguments.add_new_child("arg", word)
        element.add_child_elem(arguments)
        element.add_new_child("priv", "advanced")
        response = deliver(
            self._transport, REQUEST, body=self._server._create_request(element)[0].data, deadline=deadline
        )
        if response.status != 200:
            raise _make_refusal(response)
        result = _read_result(response.content)
        if result is None:
            raise make_unknown(ResponseError("the response is not ONTAPI's", status=response.status, request=REQUEST))
        if result.status != "passed":
            reason = response.mask(limit_message(result.reason)) if result.reason else "ONTAPI gave no reason"
            raise ApiError(
                reason, code=result.code, status=response.status, request=REQUEST, hint=_HINTS.get(result.code or "")
            )
        if result.value != _SUCCEEDED:
            output = join_lines(result.output or "")
            raise ApiError(
                f"the command failed: {response.mask(limit_message(output)) or 'the cluster gives no reason'}",
                status=response.status,
                request=REQUEST,
            )


def _read_result(content: bytes) -> _Result | None:
    """Return the values of a response, None if it is not an ONTAPI response."""
    # Entities are not resolved: one could name a file of this host. Some commands output a bell character, which is not
    # valid XML.
    parser = zapi.etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        document = zapi.etree.XML(content.replace(b"\x07", b""), parser)
        result = zapi.NaElement(document).get_child_by_name("results")
        own = document.getroottree().docinfo.internalDTD
        if result is None or (own is not None and list(own.iterentities())):
            return None
        told = [result.get_child_content(name) for name in ("cli-output", "cli-result-value")]
    except (ValueError, SyntaxError):  # the parser's errors are SyntaxErrors
        return None
    return _Result(result.get_attr("status"), read_code(result.get_attr("errno")), result.get_attr("reason"), *told)


def _make_refusal(response: Response) -> AkvError:
    error = ApiError(
        f"ONTAPI responded with HTTP {response.status}",
        status=response.status,
        request=REQUEST,
        hint=_STATUS_HINTS.get(
            response.status,
            "Check that the cluster's management services are up, and any proxy between this host and the cluster.",
        ),
    )
    if 400 <= response.status < 500:
        return error
    lost = make_unknown(error)
    lost.hint = f"{error.hint} {lost.hint}"
    return lost
