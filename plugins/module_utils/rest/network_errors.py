# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translates the errors of requests, urllib3 and ssl into those of the collection.

Their texts are not used: they may hold a query or a proxy's password. The classes and their names show which library
raised the error, so nothing has to be imported here before the first request.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Optional

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ConnectionFailedError,
    Request,
    ResponseError,
    TlsError,
)

# Names of exceptions of requests and urllib3 which mean that no connection was made, so nothing was sent.
_UNSENT = frozenset({"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError", "NameResolutionError"})
_TIMED_OUT = frozenset({"ConnectTimeout", "ConnectTimeoutError", "ReadTimeout", "ReadTimeoutError"})
# The same for a proxy that refuses, and for an unusable address of the cluster or the proxy.
_NO_WAY = frozenset(
    {
        "ProxyError",
        "InvalidURL",
        "InvalidProxyURL",
        "InvalidSchema",
        "LocationParseError",
        "LocationValueError",
        "ProxySchemeUnknown",
        "UnicodeEncodeError",
    }
)
# OpenSSL error numbers: the certificate is expired or not valid yet; it does not name the host or address; its issuer
# is unknown.
_WRONG_DATES = frozenset({9, 10})
_WRONG_NAMES = frozenset({62, 64})
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
_UNREADABLE = frozenset({"ValueError", "InvalidHeader", "ContentDecodingError", "DecodeError", "BadStatusLine"})

#: Returns what a proxy did instead of making a connection and what to do, None if it may not be the proxy.
Explain = Callable[[Iterable[BaseException]], Optional["tuple[str, str]"]]


def translate(
    exc: Exception, request: Request, connection: Connection, explain_proxy: Explain | None = None
) -> AkvError:
    """Return the collection's error for an exception of the HTTP library. explain_proxy: given if a proxy is used."""
    causes = list(_list_causes(exc))
    names = {type(cause).__name__ for cause in causes}
    where = f"{connection.hostname}:{connection.port}"
    # urllib3 also reports a proxy error when a connection ends after its tunnel is open; by then the request was sent.
    ended = any(
        isinstance(cause, (ConnectionError, http.client.HTTPException)) for cause in causes if not _is_requests(cause)
    )
    fault = explain_proxy(causes) if explain_proxy is not None else None
    if fault is None and names & _NO_WAY and (names & _UNSENT or not ended):
        fault = (
            "the proxy did not make the connection, or an address cannot be used",
            "Check hostname, and https_proxy in the environment, or add the cluster to no_proxy.",
        )
    if fault is not None:
        return ConnectionFailedError(
            f"no connection to {where}: {fault[0]}", request=request, sent=False, hint=fault[1]
        )
    if _is_tls_refusal(causes):
        return _make_tls_error(causes, request, connection)
    if names & _TIMED_OUT:
        return make_timeout_error(request, connection, sent=not names & _UNSENT)
    if names & _UNSENT:
        return ConnectionFailedError(
            f"no connection to {where}: {_find_reason(causes)}",
            request=request,
            sent=False,
            hint=(
                "Check hostname and http_port, and that the cluster management LIF is up and reachable from the host"
                " that runs the module."
            ),
        )
    if names & _UNREADABLE and not any(isinstance(cause, ConnectionError) for cause in causes):
        return ResponseError(f"the response from {where} cannot be read as HTTP", request=request)
    return ConnectionFailedError(
        f"the connection to {where} was lost",
        request=request,
        sent=True,
        hint=(
            "If it happens every time, check https and http_port, and any proxy between the host that runs the module"
            " and the cluster."
        ),
    )


def make_timeout_error(request: Request, connection: Connection, *, sent: bool = True) -> ConnectionFailedError:
    """Return the error for a response that did not arrive in time."""
    return ConnectionFailedError(
        f"no response from {connection.hostname}:{connection.port} in time",
        request=request,
        sent=sent,
        hint=(
            f"Increase timeout (now {connection.timeout} s) if the cluster is slow. Check that its management LIF"
            " responds."
        ),
    )


def _list_causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exception and its causes; urllib3 keeps the reason in arguments and attributes."""
    seen: set[int] = set()
    queue: list[Any] = [exc]
    while queue:
        cause = queue.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            queue += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]


def _is_tls_refusal(causes: list[BaseException]) -> bool:
    """Whether TLS itself failed; a connection that ends during the handshake is a lost connection."""
    ended = any(
        isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))
        for cause in causes
        if not _is_requests(cause)
    )
    return not ended and any(isinstance(cause, ssl.SSLError) for cause in causes)


def _is_requests(cause: BaseException) -> bool:
    return type(cause).__module__.startswith("requests")


def _make_tls_error(causes: list[BaseException], request: Request, connection: Connection) -> TlsError:
    failed = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if failed is not None:
        return TlsError(
            f"the TLS certificate of {connection.hostname} was not accepted:"
            f" {getattr(failed, 'verify_message', None) or 'it does not name this host'}",
            request=request,
            hint=_find_trust_hint(failed, connection),
        )
    reasons = (getattr(cause, "reason", None) for cause in causes if isinstance(cause, ssl.SSLError))
    reason = next((reason for reason in reasons if reason), "handshake failure")
    return TlsError(
        f"no TLS connection to {connection.hostname}: {str(reason).replace('_', ' ').lower()}",
        request=request,
        hint="TLS 1.2 or later is required. Check http_port and https, and the client certificate if you use one.",
    )


def _find_trust_hint(failed: ssl.SSLCertVerificationError, connection: Connection) -> str:
    """What to do about a certificate that was refused. Numbers: OpenSSL, X509_verify_cert_error_string."""
    code = getattr(failed, "verify_code", None)
    if code in _WRONG_DATES:
        return "Renew the certificate of the cluster, or correct the clock of the host that runs the module."
    if code in _WRONG_NAMES:
        return "Use a hostname that the certificate names."
    if code in _UNKNOWN_AUTHORITY and connection.ca_path is not None:
        return (
            f"{connection.ca_option} ({connection.ca_path}) does not contain the certificate authority that signed the"
            " certificate. Add it to that file, or use the file of that authority."
        )
    return (
        "Set ca_path (akv_ca_path for the playbooks, or ONTAP_CA_PATH in the environment) to the certificate authority"
        " of the cluster's certificate, and use a hostname that the certificate names."
    )


def _find_reason(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return "the name is not known" if any("NameResolution" in type(cause).__name__ for cause in causes) else "refused"
