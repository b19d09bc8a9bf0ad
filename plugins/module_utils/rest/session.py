# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request to one cluster: sockets, TLS, authentication, and the limits for reading a response.

The only module that imports requests and urllib3. Other modules import it only when they make a request, so a run that
ends because of wrong arguments does not load the libraries; C(LIBRARY_ERROR) reports if they are missing.
"""

from __future__ import annotations

import json
import ssl
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ConnectionFailedError,
    MissingLibraryError,
    Request,
    ResponseError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.network_errors import translate
from ansible_collections.ontap.akv.plugins.module_utils.rest.proxies import check_proxy, explain, find_proxy
from ansible_collections.ontap.akv.plugins.module_utils.rest.time_limit import limit_socket, limit_time
from ansible_collections.ontap.akv.plugins.module_utils.rest.tls import trust

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import HTTPBasicAuth
    from requests.utils import should_bypass_proxies
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
except ImportError:
    LIBRARY_ERROR: str | None = traceback.format_exc()
else:
    LIBRARY_ERROR = None

VERSION = "1.0.0"
#: Bytes to read of one response; 10,000 records of this API are about 10 MB.
MAX_RESPONSE = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_JSON = {"Content-Type": "application/json"}
_XML = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}
_LONGEST_HOST = 253


class Session:
    """Persistent connections to one cluster; may be used by several threads."""

    def __init__(self, connection: Connection, connections: int) -> None:
        """Raise MissingLibraryError if requests is not installed, and OptionError for TLS files."""
        if LIBRARY_ERROR is not None:
            raise MissingLibraryError("requests", LIBRARY_ERROR)
        self._connection = connection
        self._verify: bool | str = connection.validate_certs
        self._session = requests.Session()
        self._session.auth = _make_authentication(connection)
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"ontap.akv/{VERSION}"}
        )
        # The proxy is selected here, once, because errors have to name it.
        self._proxy = find_proxy(connection, partial(should_bypass_proxies, no_proxy=None))
        self._session.trust_env = False
        self._session.proxies = (
            {} if self._proxy is None else {"https" if connection.https else "http": self._proxy.url}
        )
        if connection.https:
            # From version 2 on, urllib3 itself sets what the certificate has to name, also for an IP address.
            says = not urllib3.__version__.startswith("1.")  # type: ignore[attr-defined]
            self._verify, context = trust(connection, "" if says else connection.hostname.partition("%")[0])
            self._session.mount("https://", _make_adapter(context, connections))
        else:
            self._session.mount("http://", _make_adapter(None, connections))

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def send(
        self,
        request: Request,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | bytes | None,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        left: Callable[[], float],
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request once and return the status, headers and content of the response.

        body: bytes are XML unless headers specify another type. seconds: the limit for connecting and for one read.
        left: returns the seconds that the whole request may still take. Raises AkvError.
        """
        if self._proxy is not None:
            check_proxy(self._proxy, self._connection, request)
        try:
            with limit_time(left):
                response = self._session.request(
                    request.method,
                    self._connection.base_url + request.path,
                    params=query,
                    data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
                    headers={**_choose_headers(body), **(headers or {})},
                    timeout=seconds,
                    allow_redirects=False,
                    stream=True,
                    verify=self._verify,
                )
                with response:
                    _refuse_redirect(response, request, self._connection)
                    return response.status_code, response.headers, _read_body(response, request)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            raise translate(
                exc, request, self._connection, None if self._proxy is None else partial(explain, self._proxy)
            ) from exc


def _choose_headers(body: Mapping[str, Any] | bytes | None) -> Mapping[str, str]:
    if body is None:
        return {}
    return _XML if isinstance(body, bytes) else _JSON


def _read_body(response: requests.Response, request: Request) -> bytes:
    """Return the body as received; its size is limited, so it must not be compressed."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() not in ("identity", ""):
        raise ResponseError(
            "the response is compressed, although that was not requested",
            status=response.status_code,
            request=request,
            hint="Check hostname, and any proxy between the host that runs the module and the cluster.",
        )
    content = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        content += chunk
        if len(content) > MAX_RESPONSE:
            raise ResponseError(
                f"the response is larger than {MAX_RESPONSE // 1024 // 1024} MiB",
                status=response.status_code,
                request=request,
                hint=(
                    "Request fewer records (max_records, a filter) or fewer fields, or check what responds at this"
                    " address."
                ),
            )
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(content) < int(announced):
        # Newer releases of urllib3 detect this themselves.
        raise ConnectionFailedError("the connection was lost in the middle of the response", request=request, sent=True)
    return bytes(content)


def _make_authentication(connection: Connection) -> Any:
    if connection.username is not None and connection.password is not None:
        # As bytes: requests would encode text as Latin-1, but ONTAP reads UTF-8 (RFC 7617).
        return HTTPBasicAuth(connection.username.encode(), connection.password.encode())
    # Without any authentication, requests would read .netrc; this callable adds nothing and prevents that.
    return lambda prepared: prepared


def _make_adapter(context: ssl.SSLContext | None, connections: int) -> Any:
    """Return the adapter of requests: our TLS context (None for plain http), and sockets with the time limit."""
    pools = _make_pools()
    trust_of_ours: dict[str, Any] = {} if context is None else {"ssl_context": context}

    class Adapter(HTTPAdapter):
        """Pass our TLS context and pools to every pool manager, including those of proxies."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **{**kwargs, **trust_of_ours})
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            # A proxy that is itself reached over TLS is verified like the server behind it.
            to_proxy = (
                {"proxy_ssl_context": context} if context is not None and proxy.lower().startswith("https:") else {}
            )
            manager = super().proxy_manager_for(proxy, **{**kwargs, **trust_of_ours, **to_proxy})
            if isinstance(manager, urllib3.ProxyManager):
                manager.pool_classes_by_scheme = pools
            return manager

    if context is not None and context.verify_mode == ssl.CERT_NONE:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return Adapter(pool_maxsize=connections, pool_block=True)


def _make_pools() -> dict[str, Any]:
    """Return urllib3 pools with connections whose sockets keep the time limit."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return limit_socket(super()._new_conn())

    class Tls(HTTPSConnection):
        def _new_conn(self) -> Any:
            return limit_socket(super()._new_conn())

    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls}),
    }


def _refuse_redirect(response: requests.Response, request: Request, connection: Connection) -> None:
    if 300 <= response.status_code < 400:
        host = _read_host(response.headers.get("Location", ""), connection)
        raise ResponseError(
            f"the response is a redirect (HTTP {response.status_code}) to {host}; redirects are not followed",
            status=response.status_code,
            request=request,
            hint="Set hostname to the cluster's own management address. Check https and http_port.",
        )


def _read_host(location: str, connection: Connection) -> str:
    try:
        host = urlsplit(location).hostname
    except ValueError:
        return "an address that cannot be read"
    if not host:
        return "the same host"
    return connection.mask(host) if len(host) <= _LONGEST_HOST else "an address that cannot be read"
