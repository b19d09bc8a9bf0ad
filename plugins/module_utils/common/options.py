# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options: one table for the argument specification, the environment and the connection itself.

The documentation fragment C(ontap.akv.connection) describes every option.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_exact, parse_whole_number
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_host as only_host

# RFC 1123: labels of at most 63 characters, 253 in total, and an optional final dot. Underscores are used in practice.
_LABEL = re.compile("[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_LONGEST_LABEL = 63
_LONGEST_HOST = 254


#: In seconds. More than a week is a mistake, and numbers beyond any clock cause system errors.
LONGEST_WAIT = 7 * 24 * 3600
_MOST_RETRIES = 100
_LARGEST_PEM = 1024 * 1024


class Option(NamedTuple):
    """One connection option. env: the environment variable that is read if the task does not set it."""

    type: str
    default: Any = None
    env: str | None = None
    aliases: tuple[str, ...] = ()
    no_log: bool | None = None
    required: bool = False


OPTIONS: dict[str, Option] = {
    "hostname": Option("str", env="ONTAP_HOSTNAME", required=True),
    "username": Option("str", env="ONTAP_USERNAME", aliases=("user",)),
    "password": Option("str", env="ONTAP_PASSWORD", aliases=("pass",), no_log=True),
    "cert_filepath": Option("path", env="ONTAP_CERT_FILEPATH"),
    "key_filepath": Option("path", env="ONTAP_KEY_FILEPATH", no_log=False),
    "https": Option("bool", default=True),
    "http_port": Option("int", env="ONTAP_HTTP_PORT"),
    "validate_certs": Option("bool", default=True, env="ONTAP_VALIDATE_CERTS"),
    "ca_path": Option("path", env="ONTAP_CA_PATH"),
    "timeout": Option("int", default=60),
    "max_retries": Option("int", default=3),
    "use_rest": Option("str", default="auto"),
    "ontapi": Option("int"),
    "feature_flags": Option("dict"),
    "force_ontap_version": Option("str"),
    "use_lambda": Option("bool", default=False),
    "lambda_config": Option("dict"),
}
#: Options of netapp.ontap that have no effect here.
WITHOUT_EFFECT = frozenset({"ontapi", "feature_flags", "force_ontap_version", "use_lambda", "lambda_config"})
_REST = ("auto", "always", "never")

# The two ways to authenticate. The source of an option (task or environment) decides which one is used, so these
# options are read here and not by the fallback of the argument specification, which does not keep the source.
PASSWORD_WAY = ("username", "password")
CERTIFICATE_WAY = ("cert_filepath", "key_filepath")
_SOURCE_MATTERS = PASSWORD_WAY + CERTIFICATE_WAY


def read_environment(variable: str) -> str:
    """Return an environment variable for an argument specification; an empty one counts as not set."""
    value = os.environ.get(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


def build_argument_spec(**own: Any) -> dict[str, Any]:
    """Return the connection options as an argument specification, together with a module's own options."""
    return {**{name: _build_argument(name, option) for name, option in OPTIONS.items()}, **own}


def _build_argument(name: str, option: Option) -> dict[str, Any]:
    argument: dict[str, Any] = {"type": option.type}
    if option.default is not None:
        argument["default"] = option.default
    if option.aliases:
        argument["aliases"] = list(option.aliases)
    if option.no_log is not None:
        argument["no_log"] = option.no_log
    if option.required:
        argument["required"] = True
    if option.env and name not in _SOURCE_MATTERS:
        argument["fallback"] = (read_environment, [option.env])
    return argument


def read_connection(params: Mapping[str, Any], environ: Mapping[str, str]) -> Connection:
    """Return the connection that a task asks for; raise OptionError naming what is wrong.

    Only the argument specification reads the host name from the environment: an empty hostname in the task must not
    lead to the cluster named there.
    """
    hostname = _check_hostname(params.get("hostname"))
    credentials: dict[str, Any] = _read_credentials(params, environ)
    # As in netapp.ontap: a client certificate requires TLS.
    https = params["https"] or credentials.get("cert_filepath") is not None
    if params.get("use_lambda"):
        raise OptionError(
            "use_lambda",
            "this collection cannot reach a cluster through AWS Lambda",
            hint="Remove it, or set it to false.",
        )
    return Connection(
        hostname=hostname,
        port=check_range(
            "http_port", params["http_port"] if params.get("http_port") is not None else 443 if https else 80, 1, 65535
        ),
        https=https,
        validate_certs=params["validate_certs"],
        ca_path=(
            check_readable("ca_path", drop_empty(params.get("ca_path") or environ.get("ONTAP_CA_PATH")))
            if params["validate_certs"]
            else None
        ),
        timeout=check_range("timeout", params["timeout"], 1, LONGEST_WAIT),
        max_retries=check_range("max_retries", params["max_retries"], 0, _MOST_RETRIES),
        **credentials,
    )


def read_use_rest(params: Mapping[str, Any]) -> str:
    """Return the option use_rest in lower case, as C(netapp.ontap) accepts it; raise OptionError for other values."""
    value = str(params.get("use_rest") or "auto").lower()
    if value not in _REST:
        raise OptionError("use_rest", f"{value!r} is not accepted; give one of {', '.join(_REST)}")
    return value


def check_range(name: str, value: int, lowest: int, highest: int | None = None) -> int:
    """Return the value of a numeric option; raise OptionError if it is out of range."""
    if value < lowest or (highest is not None and value > highest):
        limits = f"at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise OptionError(name, f"{value} is not accepted, it must be {limits}")
    return value


def parse_proxy_port(value: str) -> int:
    """Return the number in the option proxy_port; raise OptionError if it is not a port."""
    port = parse_whole_number(value)
    if port is None:
        raise OptionError(
            "proxy_port", f"{value!r} is not a port; give a number from 1 to 65535, or an empty string for none"
        )
    return check_range("proxy_port", port, 1, 65535)


def drop_empty(path: str | None) -> str | None:
    """Return a path, None if it is empty or names an empty file: AWX injects both for "not set"."""
    try:
        empty = not path or (Path(path).is_file() and Path(path).stat().st_size == 0)
    except (OSError, ValueError):
        return path  # Its content is not accessible; readable() reports that with the option's name.
    return None if empty else path


def check_readable(name: str, path: str | None) -> str | None:
    """Return a path that can be read; raise OptionError if it is set but cannot be read."""
    if path is None:
        return None
    try:
        if os.access(path, os.R_OK):
            return path
        reason = "may not be read" if Path(path).exists() else "does not exist"
    except (OSError, ValueError):
        reason = "cannot be accessed"
    raise OptionError(
        name,
        f"{path} {reason} on the host that runs the module",
        hint=None if path is None or path == path.strip() else "White space surrounds the path.",
    )


def _check_hostname(value: str | None) -> str:
    if is_blank(value):
        raise OptionError(
            "hostname",
            "it is empty; give the cluster management LIF",
            hint="To use the cluster that the environment names (ONTAP_HOSTNAME), remove hostname.",
        )
    host = str(value)
    address = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ipaddress.ip_address(address)
        return address
    except ValueError:
        if len(host) <= _LONGEST_HOST and all(
            len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")
        ):
            return host
    hint = "Remove scheme, path, port and login; set the port with http_port, and the login with username and password."
    raise OptionError(
        "hostname", f"{only_host('hostname', host, hint=hint)!r} is not a name, an IPv4 or an IPv6 address", hint=hint
    )


def is_blank(value: Any) -> bool:
    """Return whether a value is None or a text without content."""
    return value is None or (isinstance(value, str) and not value.strip())


def _read_credentials(params: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the way to authenticate: one set by the task takes precedence over one from the environment."""
    task = {name: _read_given(name, params.get(name)) for name in _SOURCE_MATTERS}
    environment = {name: _read_given(name, environ.get(OPTIONS[name].env or "")) for name in _SOURCE_MATTERS}
    for source, where in ((task, "in the task"), (environment, "in the environment")):
        ways = [way for way in (PASSWORD_WAY, CERTIFICATE_WAY) if any(source[name] for name in way)]
        if len(ways) == 2:
            both = " and ".join(name for way in ways for name in way if source[name])
            raise OptionError(ways[0][0], f"two kinds of credentials are given {where} ({both}); use one")
        if ways:
            given = {name: source[name] for name in ways[0]}
            return _complete(ways[0], given if _is_whole(given) else _fill(given, environment))
    raise OptionError(
        "username",
        "no credentials were given; set username and password, or cert_filepath and key_filepath",
        hint=(
            "The environment variables ONTAP_USERNAME and ONTAP_PASSWORD, or ONTAP_CERT_FILEPATH and"
            " ONTAP_KEY_FILEPATH, can be used too."
        ),
    )


def _fill(values: dict[str, str | None], environment: Mapping[str, str | None]) -> dict[str, str | None]:
    """Complete half of a pair from the environment, but never with a value that belongs to a different pair there."""
    if any(environment[name] not in (None, value) for name, value in values.items() if value is not None):
        return values
    return {name: value or environment[name] for name, value in values.items()}


def _is_whole(given: Mapping[str, str | None]) -> bool:
    """Whether a client certificate and its private key are in one PEM file, which netapp.ontap accepts too."""
    path = given.get("cert_filepath")
    if path is None or given.get("key_filepath") is not None:
        return False
    try:
        with Path(path).open("rb") as file:
            return b"PRIVATE KEY-----" in file.read(_LARGEST_PEM)
    except (OSError, ValueError):
        return False  # It cannot be read; readable() reports that with the option's name.


def _read_given(name: str, value: str | None) -> str | None:
    return drop_empty(value) if name in CERTIFICATE_WAY else value or None


def _complete(way: tuple[str, ...], values: dict[str, str | None]) -> dict[str, str | None]:
    missing = [name for name in way if values[name] is None]
    if missing and not _is_whole(values):
        present = next(name for name in way if values[name])
        raise OptionError(
            missing[0], f"it is required together with {present}", hint=f"Give {way[0]} and {way[1]} together."
        )
    for name in way:
        if way == CERTIFICATE_WAY:
            check_readable(name, values[name])
        else:
            check_exact(name, values[name] or "")
    return values
