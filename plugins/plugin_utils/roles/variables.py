# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the roles: which names exist, and which values are accepted."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

from ansible_collections.ontap.akv.plugins.filter.days_until import count_days_until
from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.azure.options import LONGEST_WARNING, read_proxy
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import OPTIONS
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import parse_whole_number
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import CREDENTIAL_OPTIONS
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.host import RoleHost
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import find_nearest, read_labels, read_names

ROLES = Path(__file__).resolve().parents[3] / "roles"
#: Variables of the playbooks and the inventory plugin, and those that earlier jobs of a workflow pass on with
#: set_stats.
GENERAL = frozenset(
    {
        "akv_hosts",
        "akv_serial",
        "akv_max_fail_percentage",
        "akv_connection",
        "akv_cluster",
        "akv_problems",
        "akv_checked",
        "akv_warnings",
        "akv_report_summary",
        "akv_rotated",
        "akv_done",
        "akv_rotate_key_done",
        "akv_rotate_key_failed",
    }
)
_CONNECTION = frozenset(f"akv_{option}" for option in OPTIONS)
#: The connection options for which false and 0 are values.
_FALSE_OR_ZERO = frozenset({"validate_certs", "https", "max_retries"})
#: The safe loader, of libyaml if it is installed, which is eight times faster: the process of each host reads files.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: A variable of the inventory may have any name, unless it looks like a typing error.
_MISTYPED, _SIMILAR = 0.8, 0.6
#: A misspelled option. Anything else may be a secret, such as C(client_secret:VALUE) without a space after the colon.
_OPTION_NAME = re.compile(r"[A-Za-z_-]{1,40}")


@functools.lru_cache(maxsize=1)
def list_names() -> frozenset[str]:
    """Return the names of all variables that begin with C(akv_) and that a role or a playbook reads."""
    names = set(GENERAL) | _CONNECTION
    for path in sorted(ROLES.glob("akv_*")):
        names.update(_read_options(path.name))
    return frozenset(names)


@functools.cache
def _read_options(role: str) -> dict[str, dict[str, Any]]:
    """Return the specification of a role's variables."""
    text = (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    specs = yaml.load(text, _LOADER)  # noqa: S506 - it is a safe loader
    options = dict(specs["argument_specs"]["main"]["options"])
    if "akv_common" in options:
        # Not in the file, because the documentation would show the options of an entry twice.
        options["akv_common"] = {**options["akv_common"], "options": options["akv_configurations"]["options"]}
    return options


def select_connection_options(*, host: str, address: str, hostname: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the connection options of the modules for a host, without those that are not set.

    host, address: C(inventory_hostname) and C(ansible_host). hostname: C(akv_hostname), None if it is not defined.
    values: the other variables, by option. An empty string counts as not set, except for the hostname on localhost,
    which would otherwise come from the environment.
    """
    local = host == "localhost" and address in ("localhost", "127.0.0.1")
    chosen = hostname if local else hostname or address
    named = {} if chosen is None else {"hostname": chosen}
    return named | {name: value for name, value in values.items() if _is_set(name, value)}


def _is_set(name: str, value: Any) -> bool:
    return value not in ("", None) if name in _FALSE_OR_ZERO else bool(value)


def list_given(*, role: str, names: Collection[str]) -> list[str]:
    """Return which of the given variables belong to a role. role: its full name."""
    return [name for name in _read_options(role.rpartition(".")[2]) if name in names]


def find_start_errors(*, role: str, values: Mapping[str, Any], svm: Any = "") -> list[str]:
    """Return why a role cannot start, one line each: a required variable is not set, or a value has a wrong type.

    Ansible's own check of the specification would show all of it for each host. role: its full name. values: those of
    its variables that are set. svm: the SVM that the host is; empty if it is a cluster.
    """
    options = _read_options(role.rpartition(".")[2])
    missing = [name for name, option in options.items() if option.get("required") and name not in values]
    if missing:
        return [_describe_missing(role, missing, svm)]
    return _find_wrong_values(role.rpartition(".")[2], values)


def find_description_errors(entries: Any, common: Any) -> list[str]:
    """Return why akv_configurations and akv_common are refused, one line each: options, types and choices."""
    return _find_wrong_values("akv_configure", {"akv_configurations": entries, "akv_common": common})


def _find_wrong_values(role: str, values: Mapping[str, Any]) -> list[str]:
    options = _read_options(role)
    return [line for name, value in values.items() for line in _find_wrong_value(name, value, options[name])]


def _find_wrong_value(name: str, value: Any, option: Mapping[str, Any]) -> list[str]:
    wrong = _find_wrong_options(name, value, option) if "options" in option else []
    return wrong or _find_wrong_type(name, value, option)


def _find_wrong_options(name: str, value: Any, option: Mapping[str, Any]) -> list[str]:
    """Return what find_unknown_options() returns for a dictionary or a list of dictionaries."""
    is_list = option["type"] == "list"
    items = value if is_list and isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(item, Mapping) for item in items):
        return [f"{name}: it is not accepted; use {'a list of dictionaries' if is_list else 'a dictionary'}."]
    return find_unknown_options(name=name, given=[key for item in items for key in item], known=option["options"])


def find_unknown_options(*, name: str, given: Collection[Any], known: Collection[str]) -> list[str]:
    """Return a line for each name in a dictionary that is not an option.

    Ansible's own check shows all accepted names instead of the nearest one, and shows names that may be secrets.
    """
    unknown = dict.fromkeys(str(key) for key in given if key not in known)
    return list(dict.fromkeys(_describe_unknown_option(name, key, list(known)) for key in unknown))


def _describe_unknown_option(name: str, key: str, known: Sequence[str]) -> str:
    accepted = f"use some of {', '.join(known)}"
    if not _OPTION_NAME.fullmatch(key):
        return (
            f"{name}: a name in it is not an option. It is not shown, because it may contain a secret. Write each"
            f" option as NAME: VALUE, with a space after the colon; {accepted}."
        )
    nearest = find_nearest(key.lower(), known, _SIMILAR)
    return f"{name}: {key!r} is not an option; {f'did you mean {nearest}?' if nearest else f'{accepted}.'}"


def _find_wrong_type(name: str, value: Any, option: Mapping[str, Any]) -> list[str]:
    """Return why Ansible refuses the type of a value or what is not among its choices: the first of its messages."""
    checked = ArgumentSpecValidator({name: dict(option)}).validate({name: value}, validate_role_argument_spec=True)
    # Not all of these messages name the variable.
    return [text if name in text else f"{name}: {text}" for text in map(str, checked.error_messages[:1])]


def _describe_missing(role: str, missing: Sequence[str], svm: Any) -> str:
    if svm and "akv_configurations" in missing:
        return (
            f"The hosts of {role} have to be clusters, and this host is the SVM {svm}."
            " akv_configurations is required for each cluster."
        )
    return (
        f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} required; see ansible-doc --type role {role}."
    )


def find_errors(names: Collection[str], values: Mapping[str, Any], inventory: Collection[str] = ()) -> list[str]:
    """Return what is wrong with the variables of a role, one line each.

    names: all variables that begin with C(akv_). values: the variables of the role to check. inventory: the names of
    the variables that belong to the host, including those from the inventory.
    """
    return _find_unknown(names, inventory) + _check_values(values)


def find_errors_of_host(host: RoleHost, role: str, values: Mapping[str, Any]) -> list[str]:
    """Return what find_errors() and find_start_errors() return for a host.

    The specifications of the other roles and the inventory are read only for a name that this role does not know,
    because the process of each host reads them again.
    """
    known = {*GENERAL, *_CONNECTION, *_read_options(role)}
    others = [name for name in host.names if name not in known]
    unknown = _find_unknown(others, host.list_inventory_names()) if others else []
    wrong = find_start_errors(role=role, values=host.read_variables(_read_options(role)))
    return unknown + (wrong or _check_values(values))


def _find_unknown(names: Collection[str], inventory: Collection[str]) -> list[str]:
    known, own = sorted(list_names()), set(inventory) - _list_extra_variables()
    found = []
    for name in sorted(set(names) - set(known)):
        nearest = find_nearest(name, known, _MISTYPED if name in own else _SIMILAR)
        if nearest or name not in own:
            found.append(
                f"{name} is not a variable of this collection.{f' Did you mean {nearest}?' if nearest else ''}"
            )
    return found


def _list_extra_variables() -> set[str]:
    """Return the names of the variables that were given with -e, or by AWX."""
    try:
        return set(load_extra_vars(DataLoader()))
    except AnsibleError:
        return set()  # ansible-playbook has refused them already.


def _check_values(values: Mapping[str, Any]) -> list[str]:
    return [text for name, value in values.items() if (text := _check_value(name, value))]


def _check_value(name: str, value: Any) -> str | None:
    """Return why a value is refused, None if it is accepted."""
    return _RULES[name](name, value)


def _make_range_check(minimum: int, maximum: int | None = None) -> Callable[[str, Any], str | None]:
    def check(name: str, value: Any) -> str | None:
        number = (
            value if isinstance(value, int) and not isinstance(value, bool) else parse_whole_number(str(value).strip())
        )
        if number is None or number < minimum or (maximum is not None and number > maximum):
            limits = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
            return f"{name}: {value!r} is not accepted; use a whole number {limits}."
        return None

    return check


def _check_date(name: str, value: Any) -> str | None:
    if value in ("", None):
        return None
    try:
        count_days_until(value)
    except AnsibleFilterError:
        return f"{name}: {str(value)!r} is not a date; use YYYY-MM-DD."
    return None


def _check_checks(name: str, value: Any) -> str | None:
    unknown = [check for check in read_names(value) if check not in health.CHECKS]
    return f"{name}: {unknown[0]!r} is not a check; use some of {', '.join(health.CHECKS)}." if unknown else None


def _check_credentials(name: str, value: Any) -> str | None:
    """Return why credentials by application are refused. Neither names nor values are shown: one may hold a secret
    by mistake.
    """
    entries = value if isinstance(value, Mapping) else {}
    for client_id, entry in entries.items():
        if not resource.is_uuid(str(client_id)):
            return f"{name}: a name in it is not a GUID; use the application (client) ID of each application."
        if entry and (not isinstance(entry, Mapping) or set(entry) - set(CREDENTIAL_OPTIONS)):
            return (
                f"{name}: the credential of {client_id} is not accepted; use a dictionary with one of"
                f" {', '.join(CREDENTIAL_OPTIONS)}."
            )
    return None


def _check_proxy(name: str, value: Any) -> str | None:
    refused = find_refusal(lambda: read_proxy(value if isinstance(value, Mapping) else {}))
    return f"{name}: {refused}" if refused else None


def _check_key(name: str, value: Any) -> str | None:
    return find_refusal(lambda: resource.parse_key(str(value), name)) if value else None


def _check_svms(_name: str, value: Any) -> str | None:
    names = read_names(value)
    if not names and str(value if value is not None else "").strip(" []"):
        return f"akv_svm: it is empty: {value!r} names no SVM."
    return _refuse_svms(names, wildcards=True) if names else None


def _check_exact_svms(_name: str, value: Any) -> str | None:
    """Return why names are refused: SVMs to remove are named in full.

    An empty item may be a variable without a value.
    """
    items = [
        part for item in (value if isinstance(value, (list, tuple)) else [value]) for part in str(item or "").split(",")
    ]
    if not read_names(value):
        return "akv_svm: it is empty; name the SVMs."
    return _refuse_svms([item.strip() for item in items], wildcards=False)


def _refuse_svms(names: list[str], *, wildcards: bool) -> str | None:
    refused = find_refusal(lambda: selection.read_selector({"svm": names}, wildcards=wildcards))
    return f"akv_{refused}" if refused else None


def find_refusal(check: Callable[[], Any]) -> str | None:
    """Return why a check refuses a value, None if it does not."""
    try:
        check()
    except OptionError as exc:
        return exc.as_text()
    return None


def _check_done(name: str, value: Any) -> str | None:
    wrong = [label for label in read_labels(value) if not re.fullmatch(r"[^@]+@.+", label)]
    return f"{name}: {wrong[0]!r} is not accepted; use SVM@CLUSTER, as a failed run reports it." if wrong else None


_RULES: dict[str, Callable[[str, Any], str | None]] = {
    "akv_azure_credentials": _check_credentials,
    "akv_azure_proxy": _check_proxy,
    "akv_batch_size": _make_range_check(1),
    "akv_checks": _check_checks,
    "akv_concurrency": _make_range_check(1),
    "akv_credential_created": _check_date,
    "akv_credential_expires": _check_date,
    "akv_credential_max_age_days": _make_range_check(0),
    "akv_credential_min_days": _make_range_check(0),
    "akv_delay": _make_range_check(0),
    "akv_done": _check_done,
    "akv_history": _make_range_check(0),
    "akv_key_id": _check_key,
    "akv_max_fail_percentage": _make_range_check(0, 100),
    "akv_max_failures": _make_range_check(0),
    "akv_retries": _make_range_check(0),
    "akv_summary_lines": _make_range_check(0),
    "akv_svm": _check_svms,
    "exact_svms": _check_exact_svms,
    "akv_wait_timeout": _make_range_check(1),
    "akv_warn_days": _make_range_check(0, LONGEST_WARNING),
}
