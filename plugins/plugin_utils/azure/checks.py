# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which checks in Azure cover a set of configurations: each distinct application and key once.

The options of a check never hold a credential, so they can be shown and stored. The credential is looked up when the
check runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import LOGINS
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError

#: The options of a credential; all of them come from one source.
CREDENTIAL_OPTIONS = ("client_secret", "client_certificate", "client_certificate_path")
#: The options of akv_azure_info that a configuration decides, apart from the credential and the login.
REQUIRED = ("key_id", "client_id", "tenant_id")

Record = Mapping[str, Any]


class Use(NamedTuple):
    """A configuration that a check covers. svm: None for the cluster. configuration: None for the default one."""

    cluster: str
    svm: str | None
    configuration: str | None
    uuid: str | None

    @property
    def label(self) -> str:
        """What messages call the configuration."""
        name = f"/{self.configuration}" if self.configuration else ""
        return f"{self.svm or 'cluster'}{name}@{self.cluster}"


class Check(NamedTuple):
    """A check: an application and a key, with the configurations that use them.

    identity: equal for equal checks of different clusters. options: those of akv_azure_info, without a credential.
    """

    identity: str
    options: dict[str, str]
    uses: list[Use]


class Credentials(NamedTuple):
    """The credentials for applications.

    own: by client_id, in any letter case. An application that it names has no other credential; an empty one excludes
    it from the checks. general: the sources for all other applications; the first one that has a credential counts.
    """

    own: Mapping[str, Any]
    general: Sequence[Mapping[str, Any]]

    def find(self, client_id: str) -> dict[str, Any]:
        """Return the credential of an application as options of akv_azure_info, empty without one."""
        own = self._get_own(client_id)
        return find_credential(self.general if own is None else [own])

    def is_excluded(self, client_id: str) -> bool:
        """Return whether an application is named without a credential, so that it is not checked."""
        own = self._get_own(client_id)
        return own is not None and not find_credential([own])

    def _get_own(self, client_id: str) -> Mapping[str, Any] | None:
        """Return what is given for an application by name, None if it is not named."""
        found = [value for name, value in self.own.items() if str(name).lower() == client_id.lower()]
        return next((value if isinstance(value, Mapping) else {} for value in found), None)


def find_credential(sources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the credential of the first source that holds one, as options of the modules; empty without one."""
    found = ({kind: source[kind] for kind in CREDENTIAL_OPTIONS if source.get(kind)} for source in sources)
    return next((each for each in found if each), {})


def find_checks(fleet: Iterable[Mapping[str, Any]]) -> list[Check]:
    """Return the checks that cover the configurations in use of several clusters.

    fleet: entries with C(cluster) and C(azure_key_vaults), as the filter fleet returns them.
    """
    found: dict[str, tuple[dict[str, str], dict[Use, None]]] = {}
    for entry in fleet:
        for record in entry.get("azure_key_vaults") or []:
            if is_checked(record):
                options = read_options(record)
                _options, uses = found.setdefault(identify(options), (options, {}))
                uses[_use_of(str(entry.get("cluster") or ""), record)] = None
    return [Check(identity, options, list(uses)) for identity, (options, uses) in found.items()]


def is_checked(record: Any) -> bool:
    """Return whether a record is a configuration in use. Others need neither the login nor the key."""
    return isinstance(record, Mapping) and record.get("enabled") is not False


def find_missing_option(check: Check) -> str | None:
    """Return why a check cannot run with any credential, None if it can."""
    missing = [name for name in REQUIRED if not check.options[name]]
    return f"ONTAP does not report {' and '.join(missing)}." if missing else None


def build_options(described: Record) -> dict[str, str]:
    """Return the options of akv_azure_info for a description of a configuration that the user wrote."""
    host = described.get("oauth_host")
    return {
        **{name: str(described.get(name) or "") for name in REQUIRED},
        **({"oauth_host": str(host)} if host else {}),
    }


def read_options(record: Record) -> dict[str, str]:
    """Return the options of akv_azure_info for a configuration that a cluster reports.

    The credential is sent to the login, so a cluster chooses only among the logins of Azure's clouds.
    """
    known = str(record.get("oauth_host") or "").lower() in LOGINS.values()
    return build_options(record if known else {**record, "oauth_host": None})


def identify(options: Mapping[str, str]) -> str:
    """Return a text that is the same for options that mean the same.

    GUIDs and hosts ignore the case of letters, and so do the names of keys in Azure.
    """
    key_id = options["key_id"]
    try:
        (_scheme, host, port), name, version = resource.parse_key(key_id)
        key_id = f"{host}:{port}/{name}/{version or ''}"
    except OptionError:
        pass  # The module refuses it.
    return " ".join([key_id, options["client_id"], options["tenant_id"], options.get("oauth_host", "")]).lower()


def make_label(options: Mapping[str, Any]) -> str:
    """Return the name of a check for messages."""
    return (
        f"application {options.get('client_id') or 'without client_id'}, key"
        f" {options.get('key_id') or 'without key_id'}"
    )


def _use_of(cluster: str, record: Record) -> Use:
    configuration, uuid = resource.get_configuration(record, "name"), record.get("uuid")
    named = None if configuration in (None, selection.DEFAULT) else configuration
    return Use(cluster, resource.get_svm(record, "name"), named, uuid if isinstance(uuid, str) else None)
