# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of C(azure_key_vault): turn the difference between expected and current configuration into requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import DEFAULT, get_key_store
from ansible_collections.ontap.akv.plugins.module_utils.common import options, texts
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import (
    WILL_BE_SENT,
    Change,
    plan_nothing,
    plan_rekey,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write

if TYPE_CHECKING:
    from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import Certificate

ON_CREATE, ALWAYS, WHEN_UNREACHABLE = "on_create", "always", "when_unreachable"
_REQUIRED = ("name", "client_id", "tenant_id", "key_id")
# ONTAP accepts these only in a PATCH: after a creation they are sent in a second request.
_ONLY_CHANGED = ("verify_host", "verify_ip")
# Placeholders for UUIDs that are known only after the creation.
_CREATED, _CREATED_CONFIGURATION = "{uuid}", "{configuration}"
_AZURE_HINT = "Remove scheme and path; set the port of the vault with port."
_ONE_CREDENTIAL = "one of client_secret, client_certificate and client_certificate_path"


class Wanted(NamedTuple):
    """The checked configuration that a task describes.

    fields: values that can be compared, by API field. credentials: values that cannot be compared, by API field.
    update_credentials, enabled, skip_verification: None if the task does not set them. named: whether the task names
    one configuration of its SVM.
    """

    fields: Mapping[str, Any]
    credentials: Mapping[str, str]
    update_credentials: str | None = None
    allow_rekey: bool = False
    warnings: tuple[str, ...] = ()
    enabled: bool | None = None
    skip_verification: bool | None = None
    named: bool = False

    @property
    def authentication(self) -> Mapping[str, str]:
        """The credential for Azure, without the one for the proxy."""
        return {name: value for name, value in self.credentials.items() if name != "proxy_password"}

    @property
    def method(self) -> str | None:
        """The authentication method as ONTAP names it, None if the task gives no credential."""
        if not self.authentication:
            return None
        return resource.CLIENT_SECRET if "client_secret" in self.authentication else resource.CERTIFICATE

    def add_modifier(self, credentials: Mapping[str, str]) -> dict[str, Any]:
        """Return credentials as a request sends them: with the modifier that says whether ONTAP verifies them first."""
        modifier = (
            {}
            if self.skip_verification is None or not credentials
            else {resource.SKIP_VERIFICATION: self.skip_verification}
        )
        return {**credentials, **modifier}

    @property
    def asks_reachability(self) -> bool:
        """Whether the plan depends on the reachability of the vault; reading it is expensive for the cluster."""
        return self.update_credentials == WHEN_UNREACHABLE and bool(self.credentials)


def read_wanted(params: Mapping[str, Any]) -> Wanted:
    """Return the configuration that a task describes. Raises OptionError naming the option that is not valid."""
    _check_not_empty(params, ("client_id", "tenant_id", "client_secret"))
    fields: dict[str, Any] = {
        name: texts.check_exact(name, params[name])
        for name in (*_REQUIRED, *resource.PROXY_FIELDS)
        if params.get(name) is not None
    }
    for name in ("client_id", "tenant_id"):
        texts.check_ascii(name, fields.get(name, ""))
    if "name" in fields:
        resource.parse_vault(fields["name"])
    if "key_id" in fields:
        resource.parse_key(fields["key_id"])
    if fields.get("proxy_port"):
        fields["proxy_port"] = options.parse_proxy_port(fields["proxy_port"])
    texts.check_host("proxy_host", fields.get("proxy_host", ""), hint=texts.PROXY_HINT)
    fields.update(_read_way(params))
    sent = _read_certificate(params)
    credentials = {
        name: texts.check_exact(name, params[name])
        for name in ("client_secret", "proxy_password")
        if params.get(name) is not None
    }
    if sent is not None:
        credentials["client_certificate"] = sent.base64
    warnings = [sent.warning] if sent is not None and sent.warning else []
    if not credentials:
        warnings += _warn_without_credential(params)
    return Wanted(
        fields,
        credentials,
        params["update_credentials"],
        params["allow_rekey"],
        tuple(warnings),
        params.get("enabled"),
        skip_verification=params.get(resource.SKIP_VERIFICATION),
        named=any(params.get(name) is not None for name in ("configuration", "uuid")),
    )


def _warn_without_credential(params: Mapping[str, Any]) -> list[str]:
    """Return warnings about the options that have no effect in a task without a credential."""
    when, skips = params["update_credentials"], params.get(resource.SKIP_VERIFICATION)
    useless = [
        *([f"update_credentials: {when}"] if when in (ALWAYS, WHEN_UNREACHABLE) else []),
        *([resource.SKIP_VERIFICATION] if skips is not None else []),
    ]
    return [
        f"{text} sends nothing, because the task has neither a credential nor a proxy_password." for text in useless
    ]


def _read_way(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the connection settings: the hosts and port by which ONTAP reaches Azure, and what it verifies there."""
    given = {name: params[name] for name in resource.WAY_FIELDS if params.get(name) is not None}
    for name in ("oauth_host", "vault_host"):
        if name in given and not texts.check_host(name, given[name], hint=_AZURE_HINT):
            raise OptionError(name, "it is empty")
    if "port" in given:
        options.check_range("port", given["port"], 1, 65535)
    return given


def _check_not_empty(params: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if params.get(name) is not None and not params[name].strip():
            raise OptionError(name, "it is empty")


def _read_certificate(params: Mapping[str, Any]) -> Certificate | None:
    if params.get("client_certificate") is None and params.get("client_certificate_path") is None:
        return None
    from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import read_certificate

    return read_certificate(params)


def find_misplaced_certificate(params: Mapping[str, Any]) -> str | None:
    """Return the content of a certificate that a task gives instead of its path, None if it does not."""
    if params.get("client_certificate_path") is None:
        return None
    from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import find_misplaced

    return find_misplaced(params)


def plan_creation(target: Target, wanted: Wanted) -> Change:
    """Return the plan to create a configuration. Raises TargetError naming every missing property."""
    if target.uuid is not None:
        raise TargetError(
            "uuid: no configuration has this UUID",
            target="uuid",
            hint="Give svm or scope: cluster to create one; ONTAP chooses its uuid.",
        )
    missing = [name for name in _REQUIRED if name not in wanted.fields]
    if wanted.method is None:
        missing.append(_ONE_CREDENTIAL)
    if missing:
        raise TargetError(
            f"the configuration does not exist, and to create it these options are missing: {', '.join(missing)}",
            target=missing[0] if missing[0] in _REQUIRED else "client_secret",
            hint="Give them, or check the name of the SVM.",
        )
    fields = {name: value for name, value in wanted.fields.items() if value != ""}
    later = {name: fields.pop(name) for name in _ONLY_CHANGED if name in fields}
    credentials = {name: value for name, value in wanted.credentials.items() if value != ""}
    owner = _build_owner(target)
    inactive = wanted.enabled is False or target.configuration not in (None, DEFAULT)
    # Without create_inactive ONTAP names the configuration "default".
    named = {"configuration": {"name": target.configuration or DEFAULT}} if inactive else {}
    query = (("return_records", "true"), *((("create_inactive", "true"),) if inactive else ()))
    writes = [
        Write("POST", resource.PATH, {**owner, **named, **fields, **wanted.add_modifier(credentials)}, query=query)
    ]
    if later:
        writes.append(Write("PATCH", resource.build_path(_CREATED), later, waits=True))
    if inactive and wanted.enabled:
        writes.append(Write("PATCH", f"{resource.KEY_STORES}/{_CREATED_CONFIGURATION}", {"enabled": True}, waits=True))
    state = {} if wanted.enabled is None and not inactive else {"enabled": bool(wanted.enabled)}
    expected = {
        "scope": "svm" if owner else "cluster",
        **owner,
        **named,
        **fields,
        **later,
        **state,
        "authentication_method": wanted.method,
    }
    shown = dict.fromkeys(credentials, WILL_BE_SENT)
    warnings = _warn_hostless(target, None, {**fields, **credentials})
    return Change(target, "create", None, expected, tuple(writes), shown=shown, warnings=warnings)


def _build_owner(target: Target) -> dict[str, Any]:
    if target.svm_uuid is not None:
        return {"svm": {"uuid": target.svm_uuid}}
    return {"svm": {"name": target.svm}} if target.svm is not None else {}


def plan_deletion(target: Target, record: dict[str, Any]) -> Change:
    """Return the plan to delete a configuration; if it is not enabled, ONTAP deletes its key store."""
    path = (
        resource.build_path(record["uuid"])
        if record.get("enabled") is not False
        else f"{resource.KEY_STORES}/{get_key_store(record)}"
    )
    return Change(target, "delete", record, None, (Write("DELETE", path),))


def plan_update(target: Target, record: dict[str, Any], wanted: Wanted) -> Change:
    """Return the plan to bring a configuration to the expected state: one PATCH of the differences, then the re-key.

    Raises TargetError for a difference that cannot be changed, or that the task does not allow to be changed.
    """
    _check_name(record, wanted)
    new_key = _find_new_key(record, wanted)
    different = {name: value for name, value in wanted.fields.items() if _is_patched(name, value, record)}
    credentials, warnings = _choose_credentials(record, wanted, different)
    warnings += _warn_unused(target, record, wanted)
    warnings += _warn_hostless(target, record.get("proxy_host"), wanted.fields)
    body = {**different, **wanted.add_modifier(credentials)}
    switched = wanted.enabled is not None and record.get("enabled") is not wanted.enabled
    if not body and not switched and new_key is None:
        return plan_nothing(target, record, warnings=warnings)
    writes: tuple[Write, ...] = (Write("PATCH", resource.build_path(record["uuid"]), body, waits=True),) if body else ()
    expected = {**record, **different}
    if switched:
        writes += (
            Write("PATCH", f"{resource.KEY_STORES}/{get_key_store(record)}", {"enabled": wanted.enabled}, waits=True),
        )
        expected["enabled"] = wanted.enabled
    if set(credentials) & set(wanted.authentication):
        expected["authentication_method"] = wanted.method
    shown = dict.fromkeys(credentials, WILL_BE_SENT)
    if new_key is None:
        return Change(target, "update", record, expected, writes, shown=shown, warnings=warnings)
    rekey = plan_rekey(target, expected, new_key, warnings=warnings)
    return replace(rekey, record=record, writes=writes + rekey.writes, shown=shown)


def _warn_hostless(target: Target, proxy_host: str | None, given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a warning if a task gives options of a proxy, but neither the task nor the configuration its host.

    The task is not refused: another one may set the host, and what ONTAP does with the rest is not documented.
    """
    names = " and ".join(name for name in (*resource.PROXY_FIELDS, "proxy_password") if given.get(name))
    if not names or given.get("proxy_host", proxy_host):
        return ()
    return (f"{target.label}: {names} may have no effect without proxy_host. Set proxy_host, or remove {names}.",)


def _warn_unused(target: Target, record: Mapping[str, Any], wanted: Wanted) -> tuple[str, ...]:
    """Return a warning if the task does not name a configuration and the only matching one is not enabled.

    The SVM does not use such a configuration.
    """
    if record.get("enabled") is not False or wanted.enabled is not None or wanted.named:
        return ()
    unused = f"{target.label}: the configuration is not enabled, so the SVM does not use it."
    return (
        (
            f"{unused} Set enabled: true to use it. If that is intended, set enabled: false, or name it with"
            f" configuration."
        ),
    )


def _check_name(record: Mapping[str, Any], wanted: Wanted) -> None:
    name = wanted.fields.get("name")
    if name is not None and not resource.is_same_vault(name, record.get("name")):
        raise TargetError(
            f"name: the configuration uses the vault {record.get('name')}, and ONTAP cannot change it to {name}",
            target="name",
            hint=(
                "To move to another vault, migrate the keys to another key manager (ontap.akv.akv_migrate),"
                " delete this configuration (state: absent), create it with the new vault, and migrate the keys back."
            ),
        )


def _find_new_key(record: Mapping[str, Any], wanted: Wanted) -> str | None:
    key_id: str | None = wanted.fields.get("key_id")
    if key_id is None or resource.is_same_key(key_id, record.get("key_id")):
        return None
    if not wanted.allow_rekey:
        raise TargetError(
            f"key_id: the configuration uses the key {record.get('key_id')}, not {key_id}; changing it re-wraps the"
            " keys of the SVM",
            target="key_id",
            hint="Use ontap.akv.akv_rekey, or set allow_rekey: true in this task.",
        )
    return key_id


def _is_patched(name: str, value: Any, record: Mapping[str, Any]) -> bool:
    """Return whether a field goes into the PATCH: it differs, and a PATCH can change it."""
    return name not in ("name", "key_id") and not resource.is_same_value(name, value, record.get(name))


def _choose_credentials(
    record: Mapping[str, Any], wanted: Wanted, different: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the credentials to send to an existing configuration, and warnings about those that are not sent."""
    if not wanted.credentials:
        return {}, ()
    lost = resource.is_unreachable(record) if wanted.update_credentials == WHEN_UNREACHABLE else False
    everything = wanted.update_credentials == ALWAYS or lost is True
    # Before 9.10, ONTAP supports only one method and does not report it.
    other_method = wanted.method not in (None, record.get("authentication_method", resource.CLIENT_SECRET))
    sent: dict[str, str] = {}
    if everything or other_method or {"client_id", "tenant_id"} & set(different):
        sent.update(wanted.authentication)
    if "proxy_password" in wanted.credentials and (everything or set(resource.PROXY_FIELDS) & set(different)):
        sent["proxy_password"] = wanted.credentials["proxy_password"]
    return sent, _list_warnings(
        sorted(name for name, value in wanted.credentials.items() if value and name not in sent),
        wanted.update_credentials,
        lost,
    )


def _list_warnings(kept: list[str], update_credentials: str | None, lost: bool | None) -> tuple[str, ...]:
    """Return the warnings about credentials that are not sent.

    lost: whether the vault is unreachable, None if ONTAP does not report it.
    """
    names = " and ".join(kept)
    if kept and lost is None:
        return (
            (
                f"update_credentials: ONTAP does not say whether the vault can be reached, so {names} was not sent"
                " (when_unreachable)."
            ),
        )
    if kept and update_credentials is None:
        unsent = f"{names} cannot be compared with what the cluster has and was not sent to the existing configuration."
        return (f"{unsent} Set update_credentials: always to send it, or on_create to keep it without this warning.",)
    return ()
