# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the event source that are about Azure: with which credentials it is asked, how, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import is_uuid
from ansible_collections.ontap.akv.plugins.module_utils.azure.options import (
    ARGUMENTS,
    CA_VARIABLE,
    parse_host,
    read_connection,
    read_proxy,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import CREDENTIAL_OPTIONS, Credentials

#: The options of the source; the arguments are those of ArgumentSpecValidator.
AZURE_OPTIONS: dict[str, dict[str, Any]] = {
    "azure": {"type": "bool", "default": False},
    "azure_interval": {"type": "float", "default": 3600.0},
    "azure_warn_days": {"type": "int", "default": 30},
    "azure_credentials": {"type": "dict", "default": {}},
    "client_secret": {"type": "str"},
    "client_certificate": {"type": "str"},
    "client_certificate_path": {"type": "path"},
    "azure_oauth_host": {"type": "str"},
    "azure_ca_path": {"type": "path"},
    "azure_proxy": {"type": "dict", "default": {}},
}
#: The environment variables of the credential for all applications, and of the application that it is for.
_ENVIRONMENT = {"client_secret": "ONTAP_AKV_CLIENT_SECRET", "client_certificate": "ONTAP_AKV_CLIENT_CERTIFICATE"}
_APPLICATION = "ONTAP_AKV_CLIENT_ID"

_SECRETS = ("client_secret", "client_certificate")


class AzureOptions(NamedTuple):
    """The settings for Azure.

    interval: seconds. warn_days: days before the end of a key or certificate. reach: options of akv_azure_info that
    say how to reach Azure. secrets: what no event and no log may hold.
    """

    interval: float
    warn_days: int
    credentials: Credentials
    reach: Mapping[str, Any]
    secrets: frozenset[str]


def read_azure_options(values: dict[str, Any], environ: Mapping[str, str]) -> AzureOptions | None:
    """Return the settings for Azure, None if it is not asked. values: the options, which are removed from it.

    Raises AkvError that names the wrong option.
    """
    given = {name: values.pop(name) for name in AZURE_OPTIONS}
    if not given["azure"]:
        return None
    credentials = _read_credentials(given, environ)
    proofs = [value for value in credentials.own.values() if isinstance(value, Mapping)]
    secrets = {str(proof[name]) for proof in (*proofs, *credentials.general) for name in _SECRETS if proof.get(name)}
    try:
        proxy = read_proxy(given["azure_proxy"])
    except OptionError as exc:
        raise OptionError("azure_proxy", exc.message, hint=exc.hint) from None
    secrets |= {proxy["proxy_password"]} if proxy.get("proxy_password") else set()
    host = {"oauth_host": given["azure_oauth_host"]} if given["azure_oauth_host"] else {}
    if host:
        parse_host("azure_oauth_host", given["azure_oauth_host"])
    ca_path = given["azure_ca_path"] or environ.get(CA_VARIABLE)
    ways = {**host, **proxy, **({"azure_ca_path": ca_path} if ca_path else {})}
    read_connection({**dict.fromkeys(ARGUMENTS), "timeout": 1, "max_retries": 0, **ways}, str)
    return AzureOptions(given["azure_interval"], given["azure_warn_days"], credentials, ways, frozenset(secrets))


def _read_credentials(given: Mapping[str, Any], environ: Mapping[str, str]) -> Credentials:
    """Return the credentials for the applications. Raises OptionError."""
    own = {str(name).lower(): _read_credential(str(name), value) for name, value in given["azure_credentials"].items()}
    general = _require_one("client_secret", {name: given[name] for name in CREDENTIAL_OPTIONS})
    if not general:
        general = _require_one(
            _ENVIRONMENT["client_secret"], {name: environ.get(variable) for name, variable in _ENVIRONMENT.items()}
        )
        application = environ.get(_APPLICATION, "").strip().lower()
        if general and application:
            own, general = {application: general, **own}, {}
    if not general and not any(own.values()):
        raise OptionError(
            "azure_credentials",
            "azure is true, but there is no credential",
            hint=(
                "Set azure_credentials, client_secret, client_certificate or client_certificate_path, or"
                f" {_ENVIRONMENT['client_secret']} in the environment."
            ),
        )
    return Credentials(own, [general])


def _read_credential(client_id: str, value: Any) -> dict[str, Any]:
    if not is_uuid(client_id):
        # It is not shown: it may be a secret that was put there by mistake.
        raise OptionError(
            "azure_credentials", "a name in it is not a GUID; use the application (client) ID of each application"
        )
    option = f"azure_credentials[{client_id}]"
    if value not in (None, "") and (not isinstance(value, Mapping) or set(value) - set(CREDENTIAL_OPTIONS)):
        raise OptionError(option, f"it must be a dictionary with one of {', '.join(CREDENTIAL_OPTIONS)}")
    return _require_one(option, value or {})


def _require_one(option: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a credential; empty if none is set. Raises OptionError if there are two."""
    found = {name: str(value) for name, value in values.items() if value not in (None, "")}
    if len(found) > 1:
        raise OptionError(option, f"{' and '.join(found)} are given; give one of them")
    return found
