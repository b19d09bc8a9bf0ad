# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy to a server: which one is used, and what is wrong with it. Its URL may hold a password; never show it."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit
from urllib.request import getproxies

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ConnectionFailedError, Request

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
# The standard library reports the status of a response to CONNECT only in this text.
_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})\b")
_LOGIN_WANTED = 407
#: Characters that, unencoded in the login, end the host of a URL or start an address too early.
_RAW = re.compile(r"[\[\]/?#\\\s]")
_NO_PROXY_HINT = "or add the cluster to no_proxy."


class Proxy(NamedTuple):
    """A proxy. source: the option or variable that names it."""

    url: str
    source: str

    @property
    def name(self) -> str:
        """The proxy as errors name it."""
        return f"the proxy ({self.source})"

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy, not an HTTP proxy."""
        return self.url.lower().startswith("socks")


def find_proxy(connection: Connection, is_excluded: Callable[[str], bool]) -> Proxy | None:
    """Return the proxy of a connection, None if it does not use one.

    A proxy that the task sets takes precedence over the environment, including no_proxy. is_excluded: whether the
    settings of the operating system exclude a URL, if the environment does not set no_proxy.
    """
    if connection.proxy is not None:
        return Proxy(connection.proxy, "proxy_host")
    found = getproxies()
    scheme = "https" if connection.https else "http"
    name = next((name for name in (scheme, "all") if found.get(name)), None)
    if name is None or _is_excluded(connection, is_excluded):
        return None
    url = found[name]
    variable = f"{name}_proxy"
    return Proxy(
        _encode_login(url if "://" in url else f"http://{url}"),
        variable if os.environ.get(variable) else variable.upper(),
    )


def _encode_login(url: str) -> str:
    """Return the URL of a proxy so that requests sends the bytes of its login, as curl does.

    requests decodes the login and sends it as Latin-1, which many passwords do not fit into.
    """
    scheme, _separator, rest = url.partition("://")
    login, at, address = rest.rpartition("@")
    if not at or scheme.lower() not in ("http", "https") or _RAW.search(login):
        return url
    parts = [quote(unquote_to_bytes(part).decode("latin-1"), safe="") for part in login.split(":", 1)]
    return f"{scheme}://{':'.join(parts)}@{address}"


def _is_excluded(connection: Connection, is_excluded: Callable[[str], bool]) -> bool:
    """Whether no_proxy names the server. Like curl, it accepts entries that commas or white space separate, and it
    compares IP addresses by value, or with a network.
    """
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    if not given:
        return is_excluded(connection.base_url)
    entries = [entry.lower() for entry in re.split(r"[,\s]+", given) if entry]
    name = connection.hostname.partition("%")[0].lower().removesuffix(".")
    return any(entry == "*" or _is_entry_for(entry, name, connection.port) for entry in entries)


def _is_entry_for(entry: str, host: str, port: int) -> bool:
    """Whether an entry of no_proxy is the host, a domain above it, or a network that holds it, with or without the
    port.
    """
    is_bare_ipv6 = entry.count(":") > 1 and "]" not in entry
    name = (entry if is_bare_ipv6 else entry.removesuffix(f":{port}")).replace("[", "").replace("]", "")
    try:
        network = ipaddress.ip_network(name.partition("%")[0], strict=False)
        return ipaddress.ip_address(host) in network
    except ValueError:
        domain = name.removeprefix(".").removesuffix(".")
        return host == domain or host.endswith(f".{domain}")


def check_proxy(proxy: Proxy, connection: Connection, request: Request) -> None:
    """Raise ConnectionFailedError if a proxy cannot be used at all, so that nothing is sent or retried."""
    problem = _find_problem(proxy.url)
    if problem is not None:
        what, hint = problem
        where = f"{connection.hostname}:{connection.port}"
        raise ConnectionFailedError(
            f"no connection to {where}: {proxy.name} cannot be used: {what}",
            request=request,
            sent=False,
            hint=hint,
            passes=False,
        )


def _find_problem(url: str) -> tuple[str, str] | None:
    """Return what is wrong with the URL of a proxy, and what to do about it."""
    scheme, _separator, rest = url.partition("://")
    login, at, address = rest.rpartition("@")
    if at and _RAW.search(login):
        encoded = "Percent-encode user name and password: %5B is [, %5D is ], %2F is /, %3F is ?, %23 is #, %40 is @."
        return "its user name or password holds a character that must be percent-encoded", encoded
    if " " in address or not address.isprintable():
        return "its URL holds white space", "Type it again, or copy it as plain text."
    if scheme.lower() not in _SCHEMES:
        return "its URL does not begin with http://, https:// or socks5://", "Write it as http://HOST:PORT."
    what = _find_address_problem(url)
    if what is not None:
        return what, "Write it as http://HOST:PORT, an IPv6 address in brackets."
    if scheme.lower().startswith("socks") and importlib.util.find_spec("socks") is None:
        return (
            "it is a SOCKS proxy, and the Python library PySocks is missing",
            "Install PySocks for the Python that runs the module.",
        )
    return None


def _find_address_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "its host is not a name or an address"
    try:
        # The library splits the name into labels; one of them may be empty or too long.
        (host or "").encode("idna")
    except UnicodeError:
        return "its host is not a name or an address"
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        return "its port is not a number from 1 to 65535"
    return None if host else "it names no host"


def explain(proxy: Proxy, causes: Iterable[BaseException]) -> tuple[str, str] | None:
    """Return what a proxy did instead of making a connection, and what to do; None if it may not be the proxy."""
    causes = list(causes)
    names = {type(cause).__name__ for cause in causes}
    refused = next(
        (found for cause in causes if isinstance(cause, OSError) and (found := _REFUSED_TUNNEL.search(str(cause)))),
        None,
    )
    if refused is not None:
        return _describe_refusal(proxy, int(refused[1]))
    if proxy.is_socks and names & {"SOCKS5AuthError"}:
        return _describe_refusal(proxy, _LOGIN_WANTED)
    if proxy.is_socks and names & {"SOCKS5Error", "SOCKS4Error"}:
        return (
            f"{proxy.name} could not connect to it",
            f"Check hostname and http_port, what the proxy allows, {_NO_PROXY_HINT}",
        )
    if not proxy.is_socks and "ProxyError" not in names:
        return None
    return (
        None if proxy.is_socks and "ProxyConnectionError" not in names else _describe_unreachable(proxy, causes, names)
    )


def _describe_refusal(proxy: Proxy, status: int) -> tuple[str, str]:
    code = "" if proxy.is_socks else f" (HTTP {status})"
    if status == _LOGIN_WANTED:
        hint = f"Put user name and password, percent-encoded, into {proxy.source}, {_NO_PROXY_HINT}"
        return f"{proxy.name} requires a login, or refused the one that was sent{code}", hint
    return (
        f"{proxy.name} did not connect to it{code}",
        f"Check hostname and http_port, what the proxy allows, {_NO_PROXY_HINT}",
    )


def _describe_unreachable(proxy: Proxy, causes: Iterable[BaseException], names: set[str]) -> tuple[str, str] | None:
    if names & {"SSLError", "SSLCertVerificationError"}:
        scheme = (
            f"Begin {proxy.source} with http:// unless the proxy itself uses TLS. If it does, its certificate authority"
            " must be in ca_path."
        )
        return f"no TLS connection to {proxy.name} was made", scheme
    unsent = {
        "NewConnectionError",
        "ConnectTimeoutError",
        "ConnectTimeout",
        "NameResolutionError",
        "ProxyConnectionError",
    }
    if not names & unsent:
        return None
    reason = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    if names & {"ConnectTimeoutError", "ConnectTimeout"}:
        reason = "no response in time"
    elif reason is None or names & {"NameResolutionError", "gaierror"}:
        reason = "its name is not known" if names & {"NameResolutionError", "gaierror"} else "refused"
    return f"{proxy.name} cannot be reached: {reason}", f"Check that it runs, correct {proxy.source}, {_NO_PROXY_HINT}"
