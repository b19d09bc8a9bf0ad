# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API for Azure key vaults is: paths, fields, how values compare, and a record as a return value.

Source: ONTAP 9.11.1 REST API reference, "Manage Azure Key Vaults".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AnswerError, OptionError, Request
from ansible_collections.ontap.akv.plugins.module_utils.common.options import whole_number
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import exact

PATH = "/api/security/azure-key-vaults"
KEY_STORES = "/api/security/key-stores"
#: Properties that are never returned; what ONTAP should send of them all the same is taken out.
WRITE_ONLY = frozenset({"client_secret", "client_certificate", "proxy_password"})
#: A modifier of a request with a credential: not a property of a configuration, whatever a release returns for it.
SKIP_VERIFICATION = "skip_verification"
#: Fields of a request that cannot be read back.
UNSEEN = WRITE_ONLY | {SKIP_VERIFICATION}
#: Properties that cost the cluster work; ONTAP returns them only when they are named (or with C(**)).
ADVANCED = ("state", "azure_reachability", "ekmip_reachability")
PROXY_FIELDS = ("proxy_type", "proxy_host", "proxy_port", "proxy_username")
#: How ONTAP reaches Azure, from ONTAP 9.14.1 on.
WAY_FIELDS = ("oauth_host", "vault_host", "port", "verify_host", "verify_ip")
#: The plain fields of a record that describe the configuration.
DESCRIPTION = ("scope", "name", "client_id", "tenant_id", "key_id", "authentication_method", *PROXY_FIELDS, "enabled", *WAY_FIELDS)
CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of an authentication method
CERTIFICATE = "certificate"

# Levels of one record; the API has four.
_DEEPEST = 20
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
#: What ONTAP says of nodes for which an SVM has no volumes: which nodes, if it says so, and the reason.
_NODE = r"[^\s,:;]+"
_NO_VOLUMES = (
    rf"(?:nodes?: {_NODE}(?:, ?{_NODE})*[:;,.]? |{_NODE}: )?(?:reason: )?no volumes created yet for the svm[.;,]*"
    r"(?: wrapped kek status will be available after creating encrypted volumes[.;,]*)?"
)
_SUBJECT = r"(?:top-level internal key protection key \(kek\)|the azure key vault service)"
_HEADING = rf"{_SUBJECT} is unavailable on the following nodes(?: with the associated reasons)?:"
_WAITS_FOR_VOLUMES = re.compile(rf"(?:{_HEADING} )?{_NO_VOLUMES}(?: {_NO_VOLUMES})*", re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """Returns whether a text has the form of a UUID."""
    return _UUID.fullmatch(text) is not None


def path_of(uuid: str, operation: str | None = None) -> str:
    """Returns the path of one configuration, or of an operation on it."""
    return f"{PATH}/{uuid}/{operation}" if operation else f"{PATH}/{uuid}"


class KeyId(NamedTuple):
    """A key identifier in the parts that count: vault (scheme, host, port), name and, where given, version."""

    vault: tuple[str, str, int]
    name: str
    version: str | None


def _https_url(option: str, value: str, form: str) -> tuple[SplitResult, tuple[str, str, int]]:
    """The parts of a URL and its origin, with the default port filled in; raises OptionError."""
    # What stands before an @ may be a password.
    if "@" in exact(option, value):
        raise OptionError(option, f"it holds a user name or a password; give {form}")
    try:
        parts = urlsplit(value)
        port = parts.port or 443
    except ValueError:
        parts, port = urlsplit(""), 0
    extra = parts.query or parts.fragment or re.search(r"\s", value)
    if parts.scheme.lower() != "https" or not parts.hostname or extra:
        raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return parts, ("https", parts.hostname.lower(), port)


def vault_of(value: str, option: str = "name") -> tuple[str, str, int]:
    """Returns a vault name as what its URL means; raises OptionError where it is no vault URL."""
    form = "the URL of the vault, https://VAULT"
    parts, origin = _https_url(option, value, form)
    if parts.path.strip("/"):
        raise OptionError(option, f"{value!r} is not accepted; give {form}, without a path")
    return origin


def key_of(value: str, option: str = "key_id") -> KeyId:
    """Returns a key identifier as what its URL means; raises OptionError where it is no key URL."""
    form = "the identifier of a key, https://VAULT/keys/NAME or https://VAULT/keys/NAME/VERSION"
    parts, origin = _https_url(option, value, form)
    path = parts.path.removesuffix("/")
    steps = path.split("/")[1:]
    if len(steps) not in (2, 3) or steps[0] != "keys" or not all(steps):
        raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return KeyId(origin, steps[1], steps[2] if len(steps) == 3 else None)


def same_vault(wanted: str, reported: Any) -> bool:
    """Returns whether two vault names mean the same URL."""
    try:
        return vault_of(wanted) == vault_of(str(reported))
    except OptionError:
        return bool(wanted == reported)


def same_key(wanted: str, reported: Any) -> bool:
    """Returns whether two key identifiers name the same key; a version counts only where both have one."""
    try:
        left, right = key_of(wanted), key_of(str(reported))
    except OptionError:
        return bool(wanted == reported)
    versions_fit = left.version is None or right.version is None or left.version == right.version
    return (left.vault, left.name) == (right.vault, right.name) and versions_fit


def same_value(name: str, wanted: Any, reported: Any) -> bool:
    """Returns whether a field of a configuration has the wanted value, as ONTAP means it: URLs, UUIDs, empty proxy fields."""
    if name == "name":
        return same_vault(wanted, reported)
    if name == "key_id":
        return same_key(wanted, reported)
    if name in PROXY_FIELDS:
        return str(wanted) == str("" if reported is None else reported)
    if isinstance(reported, str) and isinstance(wanted, str) and is_uuid(wanted):
        return wanted.lower() == reported.lower()
    return bool(wanted == reported)


def differences(sent: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a request whose values a record does not have, as same_value() compares them."""
    return {name: value for name, value in sent.items() if not same_value(name, value, record.get(name))}


def version_hidden(wanted: str, reported: Any) -> bool:
    """Returns whether a key version is wanted and the release does not report which one is used (9.11.1)."""
    try:
        return key_of(wanted).version is not None and key_of(str(reported)).version is None
    except OptionError:
        return False


def public(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a record as modules return it: no links, no secrets, codes as integers, today's name of the state."""
    cleaned: dict[str, Any] = _cleaned(record, _DEEPEST)
    state = cleaned.get("state")
    if isinstance(state, dict) and "cluster_state" in state:
        old_name = state.pop("cluster_state")
        state.setdefault("available", old_name)
    for status in (state, cleaned.get("azure_reachability"), *_list(cleaned.get("ekmip_reachability"))):
        if isinstance(status, dict) and "code" in status:
            status["code"] = _integer(status["code"])
    return cleaned


def _cleaned(value: Any, deepest: int) -> Any:
    if not deepest:
        raise AnswerError("the answer is not ONTAP's: a record is nested too deeply", status=200, request=Request("GET", PATH))
    if isinstance(value, Mapping):
        return {key: _cleaned(item, deepest - 1) for key, item in value.items() if key != "_links" and key not in WRITE_ONLY}
    if isinstance(value, list):
        return [_cleaned(item, deepest - 1) for item in value]
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _integer(code: Any) -> Any:
    if not isinstance(code, str):
        return code
    number = whole_number(code)
    return code if number is None else number


def unreachable(record: Mapping[str, Any]) -> bool | None:
    """Returns whether the vault cannot be reached from the cluster, None where ONTAP does not say."""
    return unreached(record.get("azure_reachability"))


def unreached(reachability: Any) -> bool | None:
    """Returns whether a reachability, of Azure or of one node's EKMIP, is none, None where ONTAP does not say."""
    if not isinstance(reachability, dict):
        return None
    if isinstance(reachability.get("reachable"), bool):
        return not reachability["reachable"]
    code = reachability.get("code")
    return None if code is None else code != 0


def available(record: Mapping[str, Any]) -> bool:
    """Returns whether the wrapped key is known to be on every node."""
    state = record.get("state")
    return isinstance(state, dict) and state.get("available") is True


def state_message(record: Mapping[str, Any]) -> str | None:
    """Returns ONTAP's own words on the state, in one line."""
    state = record.get("state")
    message = state.get("message") if isinstance(state, dict) else None
    return " ".join(message.split()) if isinstance(message, str) and message else None


def waits_for_volumes(record: Mapping[str, Any]) -> bool:
    """Return whether the key is not available for no other reason than an SVM without volumes.

    No code tells this apart, so the message is read: the one of the reference's example, for every node that it names. A message that
    says anything more is a fault, since it may be that of another node.
    """
    return _WAITS_FOR_VOLUMES.fullmatch(state_message(record) or "") is not None
