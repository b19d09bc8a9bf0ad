# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API for Azure key vaults: paths, fields, the comparison of values, and records in the form of return values.

Source: ONTAP 9.11.1 REST API reference, "Manage Azure Key Vaults".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, Request, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import (
    check_exact,
    find_disguise,
    join_lines,
    parse_whole_number,
)

PATH = "/api/security/azure-key-vaults"
KEY_STORES = "/api/security/key-stores"
#: Properties that are never returned; if ONTAP sends one all the same, it is removed.
WRITE_ONLY = frozenset({"client_secret", "client_certificate", "proxy_password"})
#: A modifier of a request with a credential: not a property of a configuration, even if a release returns it.
SKIP_VERIFICATION = "skip_verification"
#: Fields of a request that cannot be read back.
UNSEEN = WRITE_ONLY | {SKIP_VERIFICATION}
#: Properties that are expensive for the cluster; ONTAP returns them only if they are requested by name (or with C(**)).
ADVANCED = ("state", "azure_reachability", "ekmip_reachability")
PROXY_FIELDS = ("proxy_type", "proxy_host", "proxy_port", "proxy_username")
#: Connection settings: how ONTAP reaches Azure, from ONTAP 9.14.1 on.
WAY_FIELDS = ("oauth_host", "vault_host", "port", "verify_host", "verify_ip")
#: The plain fields of a record that describe the configuration.
DESCRIPTION = (
    "scope",
    "name",
    "client_id",
    "tenant_id",
    "key_id",
    "authentication_method",
    *PROXY_FIELDS,
    "enabled",
    *WAY_FIELDS,
)
CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of an authentication method
CERTIFICATE = "certificate"

# Maximum nesting of a record; the API has four levels.
_DEEPEST = 20
# A query, a fragment, white space, a backslash, control characters.
_NOT_IN_A_URL = re.compile(r"[?#\\]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
#: ONTAP's message about nodes for which an SVM has no volumes: the nodes, if it names them, and the reason.
_NODE = r"[^\s,:;]+"
_NO_VOLUMES = (
    rf"(?:nodes?: {_NODE}(?:, ?{_NODE})*[:;,.]? |{_NODE}: )?(?:reason: )?no volumes created yet for the svm[.;,]*"
    r"(?: wrapped kek status will be available after creating encrypted volumes[.;,]*)?"
)
_SUBJECT = r"(?:top-level internal key protection key \(kek\)|the azure key vault service)"
_HEADING = rf"{_SUBJECT} is unavailable on the following nodes(?: with the associated reasons)?:"
_WAITS_FOR_VOLUMES = re.compile(rf"(?:{_HEADING} )?{_NO_VOLUMES}(?: {_NO_VOLUMES})*", re.IGNORECASE)


class Target(NamedTuple):
    """One target of a task: an SVM, the cluster, or a configuration.

    label: its name in messages and diffs. svm: the SVM's name, or the SVM as the task gives it; None for the cluster.
    svm_uuid: the SVM's UUID, if known. uuid: the UUID of the configuration, if the task gives it.
    configuration: the name of the configuration, if known.
    """

    label: str
    svm: str | None = None
    svm_uuid: str | None = None
    uuid: str | None = None
    configuration: str | None = None


def is_uuid(text: str) -> bool:
    """Return whether a text has the form of a UUID."""
    return _UUID.fullmatch(text) is not None


def build_path(uuid: str, operation: str | None = None) -> str:
    """Return the path of a configuration, or of an operation on it."""
    return f"{PATH}/{uuid}/{operation}" if operation else f"{PATH}/{uuid}"


class KeyId(NamedTuple):
    """The parts of a key identifier that are compared: vault (scheme, host, port), name and, if given, version."""

    vault: tuple[str, str, int]
    name: str
    version: str | None


def _parse_https_url(option: str, value: str, form: str) -> tuple[SplitResult, tuple[str, str, int]]:
    """Return the parts of a URL and its origin, with the default port filled in. Raises OptionError."""
    # The part before an @ may be a password.
    if "@" in check_exact(option, value):
        raise OptionError(option, f"it holds a user name or a password; give {form}")
    try:
        parts = urlsplit(value)
        port = 443 if parts.port is None else parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    # Libraries disagree about the host of a URL with a backslash.
    if parts.scheme.lower() != "https" or not parts.hostname or port == 0 or not _is_plain(value):
        raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return parts, ("https", parts.hostname.lower(), port)


def _is_plain(url: str) -> bool:
    return _NOT_IN_A_URL.search(url) is None and find_disguise(url) is None


def parse_vault(value: str, option: str = "name") -> tuple[str, str, int]:
    """Return the origin (scheme, host, port) of a vault name. Raises OptionError if it is not a vault URL."""
    form = "the URL of the vault, https://VAULT"
    parts, origin = _parse_https_url(option, value, form)
    if parts.path.strip("/"):
        raise OptionError(option, f"{value!r} is not accepted; give {form}, without a path")
    return origin


def parse_key(value: str, option: str = "key_id") -> KeyId:
    """Return the parts of a key identifier. Raises OptionError if it is not the URL of a key."""
    form = "the identifier of a key, https://VAULT/keys/NAME or https://VAULT/keys/NAME/VERSION"
    parts, origin = _parse_https_url(option, value, form)
    path = parts.path.removesuffix("/")
    steps = path.split("/")[1:]
    if len(steps) not in (2, 3) or steps[0] != "keys" or not all(steps):
        raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return KeyId(origin, steps[1], steps[2] if len(steps) == 3 else None)


def is_same_vault(wanted: str, reported: Any) -> bool:
    """Return whether two vault names stand for the same URL."""
    try:
        return parse_vault(wanted) == parse_vault(str(reported))
    except OptionError:
        return bool(wanted == reported)


def is_same_key(wanted: str, reported: Any) -> bool:
    """Return whether two key identifiers name the same key; versions are compared only if both have one."""
    try:
        left, right = parse_key(wanted), parse_key(str(reported))
    except OptionError:
        return bool(wanted == reported)
    versions_fit = left.version is None or right.version is None or left.version == right.version
    return (left.vault, left.name) == (right.vault, right.name) and versions_fit


def is_same_value(name: str, wanted: Any, reported: Any) -> bool:
    """Return whether a field of a configuration has the expected value.

    URLs, UUIDs and empty proxy fields are compared by their meaning in ONTAP.
    """
    if name == "name":
        return is_same_vault(wanted, reported)
    if name == "key_id":
        return is_same_key(wanted, reported)
    if name in PROXY_FIELDS:
        return str(wanted) == str("" if reported is None else reported)
    if isinstance(reported, str) and isinstance(wanted, str) and is_uuid(wanted):
        return wanted.lower() == reported.lower()
    return bool(wanted == reported)


def find_differences(sent: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request whose values differ from a record's, as is_same_value() compares them."""
    return {name: value for name, value in sent.items() if not is_same_value(name, value, record.get(name))}


def is_version_hidden(wanted: str, reported: Any) -> bool:
    """Return whether a key version is expected but the release does not report the version in use (9.11.1)."""
    try:
        return parse_key(wanted).version is not None and parse_key(str(reported)).version is None
    except OptionError:
        return False


def clean_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as modules return it: no links, no secrets, codes as integers, current name of the state."""
    cleaned: dict[str, Any] = _clean(record, _DEEPEST)
    state = cleaned.get("state")
    if isinstance(state, dict) and "cluster_state" in state:
        old_name = state.pop("cluster_state")
        state.setdefault("available", old_name)
    for status in (state, cleaned.get("azure_reachability"), *_as_list(cleaned.get("ekmip_reachability"))):
        if isinstance(status, dict) and "code" in status:
            status["code"] = _parse_integer(status["code"])
    return cleaned


def _clean(value: Any, deepest: int) -> Any:
    if not deepest:
        raise ResponseError(
            "the response is not ONTAP's: a record is nested too deeply", status=200, request=Request("GET", PATH)
        )
    if isinstance(value, Mapping):
        return {
            key: _clean(item, deepest - 1) for key, item in value.items() if key != "_links" and key not in WRITE_ONLY
        }
    if isinstance(value, list):
        return [_clean(item, deepest - 1) for item in value]
    return value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parse_integer(code: Any) -> Any:
    if not isinstance(code, str):
        return code
    number = parse_whole_number(code)
    return code if number is None else number


def get_svm(record: Mapping[str, Any], part: str) -> str | None:
    """Return the name or uuid of the SVM that owns a record, None if the cluster owns it."""
    svm = record.get("svm")
    value = svm.get(part) if isinstance(svm, dict) else None
    return value if isinstance(value, str) else None


def get_configuration(record: Mapping[str, Any], part: str) -> str | None:
    """Return the name or uuid of a record's configuration, None if the release does not report it."""
    configuration = record.get("configuration")
    value = configuration.get(part) if isinstance(configuration, dict) else None
    return value if isinstance(value, str) else None


def is_unreachable(record: Mapping[str, Any]) -> bool | None:
    """Return whether the cluster cannot reach the vault, None if ONTAP does not report it."""
    return is_status_unreachable(record.get("azure_reachability"))


def is_status_unreachable(reachability: Any) -> bool | None:
    """Return whether Azure, or EKMIP on one node, is reported as unreachable, None if ONTAP does not say."""
    if not isinstance(reachability, dict):
        return None
    if isinstance(reachability.get("reachable"), bool):
        return not reachability["reachable"]
    code = reachability.get("code")
    return None if code is None else code != 0


def is_available(record: Mapping[str, Any]) -> bool:
    """Return whether the wrapped key is known to be on every node."""
    state = record.get("state")
    return isinstance(state, dict) and state.get("available") is True


def get_state_message(record: Mapping[str, Any]) -> str | None:
    """Return ONTAP's message about the state as one line, None if it sends no message."""
    state = record.get("state")
    message = state.get("message") if isinstance(state, dict) else None
    return join_lines(message) if isinstance(message, str) and message else None


def is_waiting_for_volumes(record: Mapping[str, Any]) -> bool:
    """Return whether the key is unavailable only because the SVM has no volumes yet.

    ONTAP has no code for this, so the message is compared: the one of the example in the reference, for every node
    that it names. A message that says anything more is a problem, since that part may be about another node.
    """
    return _WAITS_FOR_VOLUMES.fullmatch(get_state_message(record) or "") is not None
