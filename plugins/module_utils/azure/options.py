# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that define how to reach Azure: hosts, proxy, certificate authorities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import find_login
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Host
from ansible_collections.ontap.akv.plugins.module_utils.common import options, texts
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError

CA_VARIABLE = "ONTAP_AKV_AZURE_CA_PATH"
PROXY_ARGUMENTS: dict[str, Any] = {
    "proxy_type": {"type": "str", "choices": ["http", "https", ""]},
    "proxy_host": {"type": "str"},
    "proxy_port": {"type": "str"},
    "proxy_username": {"type": "str"},
    "proxy_password": {"type": "str", "no_log": True},
}
ARGUMENTS: dict[str, Any] = {
    "oauth_host": {"type": "str"},
    **PROXY_ARGUMENTS,
    "azure_ca_path": {"type": "path", "fallback": (options.read_environment, [CA_VARIABLE])},
    "timeout": {"type": "int", "default": 10},
    "max_retries": {"type": "int", "default": 2},
}
_NAME = re.compile(
    r"(?=.{1,253}\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_MOST_RETRIES = 100
#: The largest number of days for C(warn_days).
LONGEST_WARNING = 100 * 366


def read_connection(params: Mapping[str, Any], mask: Callable[[str], str]) -> Connection:
    """Return how a task reaches Azure, without the name of a server; raise OptionError."""
    return Connection(
        hostname="",
        port=443,
        ca_path=options.check_readable("azure_ca_path", options.drop_empty(params["azure_ca_path"])),
        ca_option="azure_ca_path",
        timeout=options.check_range("timeout", params["timeout"], 1, options.LONGEST_WAIT),
        max_retries=options.check_range("max_retries", params["max_retries"], 0, _MOST_RETRIES),
        proxy=_build_proxy_url(params),
        mask=mask,
    )


def read_login_host(params: Mapping[str, Any], vault: str) -> Host:
    """Return the login host of a task, by default that of the vault's cloud; raise OptionError."""
    value = params["oauth_host"]
    if value is not None:
        return parse_host("oauth_host", value)
    name = find_login(vault)
    if name is None:
        raise OptionError(
            "oauth_host",
            f"it is required for the vault {vault}, which is not in a domain of Azure's clouds",
            hint="Set the host of the login, such as login.microsoftonline.com.",
        )
    return Host(name)


def parse_host(option: str, value: str) -> Host:
    """Return HOST or HOST:PORT as a host; raise OptionError for anything else, such as a URL."""
    form = "give HOST or HOST:PORT, without scheme and path, and with a port from 1 to 65535"
    if "@" in value:
        # The part before it may be a password.
        raise OptionError(option, f"it holds a user name or a password; {form}")
    refusal = OptionError(option, f"{value!r} is not accepted; {form}")
    if re.search(r"[\s/\\?#%]", value):
        raise refusal
    try:
        parts = urlsplit(f"//{value}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        raise refusal from None
    if (":" in name) != parts.netloc.startswith("[") or not is_host(name) or port == 0 or value.endswith(":"):
        raise refusal
    return Host(name, 443 if port is None else port)


def is_host(name: str) -> bool:
    """Return whether a text is the name of a host, an IPv4 address, or an IPv6 address without brackets."""
    return texts.is_address(name) if ":" in name else _NAME.fullmatch(name) is not None


def read_proxy(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of the proxy that a dictionary holds, without empty ones; raise OptionError if they are not
    accepted.
    """
    unknown = sorted(str(name) for name in given if name not in PROXY_ARGUMENTS)
    if unknown:
        raise OptionError(unknown[0], f"it is not an option of the proxy; use {', '.join(PROXY_ARGUMENTS)}")
    proxy = {name: str(value) for name, value in given.items() if value not in (None, "")}
    kinds = PROXY_ARGUMENTS["proxy_type"]["choices"]
    if proxy.get("proxy_type", "") not in kinds:
        raise OptionError("proxy_type", f"it is not accepted; give {' or '.join(kind for kind in kinds if kind)}")
    _build_proxy_url({**dict.fromkeys(PROXY_ARGUMENTS), **proxy})
    return proxy


def _build_proxy_url(params: Mapping[str, Any]) -> str | None:
    """Return the URL of the task's proxy, None if it sets none; raise OptionError for parts without the rest."""
    _require("proxy_host", params, ("proxy_type", "proxy_port", "proxy_username", "proxy_password"))
    _require("proxy_username", params, ("proxy_password",))
    if not params["proxy_host"]:
        return None
    texts.check_host("proxy_host", params["proxy_host"], hint=texts.PROXY_HINT)
    bracketed = f"[{params['proxy_host'].strip('[]')}]" if params["proxy_host"].count(":") > 1 else params["proxy_host"]
    parse_host("proxy_host", bracketed)
    port = f":{options.parse_proxy_port(params['proxy_port'])}" if params["proxy_port"] else ""
    return f"{params['proxy_type'] or 'http'}://{_build_login(params)}{bracketed}{port}"


def _require(option: str, params: Mapping[str, Any], parts: tuple[str, ...]) -> None:
    """Raise OptionError if an option is not set on which others, which are set, depend."""
    given = [name for name in parts if params[name]]
    if given and not params[option]:
        raise OptionError(
            option,
            f"it is required together with {' and '.join(given)}",
            hint=f"Set {option}, or remove {' and '.join(given)}.",
        )


def _build_login(params: Mapping[str, Any]) -> str:
    """Return the proxy's user name and password in the form of a URL."""
    if not params["proxy_username"]:
        return ""
    parts = [_quote(name, params[name]) for name in ("proxy_username", "proxy_password") if params[name]]
    return f"{':'.join(parts)}@"


def _quote(option: str, value: str) -> str:
    # requests decodes this and sends it as Latin-1, so the bytes that are sent are UTF-8.
    return quote(texts.check_exact(option, value).encode().decode("latin-1"), safe="")
