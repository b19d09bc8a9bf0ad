# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: svms
short_description: SVMs with an Azure Key Vault configuration, from one or more ONTAP clusters
version_added: 1.0.0
description:
  - Queries clusters for the SVMs that have an Azure Key Vault configuration, and creates a host C(SVM@CLUSTER) for each
    of them.
  - Several clusters are read at the same time (see O(workers)). Each cluster needs one query, and one more for each
    further page of 10,000 records.
  - The cluster-scoped configuration is never a host.
  - >-
    Each host has the variables C(akv_hostname) (the address of the cluster), C(akv_http_port) and C(akv_https) if they
    differ from the default, C(akv_cluster), C(akv_svm), and C(akv). C(akv) is a dictionary: the configuration as
    in RV(ontap.akv.akv_info#module:azure_key_vaults) of M(ontap.akv.akv_info), and the additional key C(cluster) with
    the name of the cluster. None of these variables holds a secret, and text that comes from a cluster is
    never a template.
  - The name of the file must be C(akv.yml) or end in C(.akv.yml), or the same with C(.yaml).
  - Needs ONTAP 9.8 or later.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [ontap.akv.svms]
  hostname:
    required: false
    description:
      - The cluster management LIF of a single cluster, as a name, an IPv4 or an IPv6 address. Mutually exclusive with
        O(clusters).
      - If neither is set, the environment variable E(ONTAP_HOSTNAME) is used.
  clusters:
    description:
      - The clusters. Each has its O(clusters[].hostname), and any of the connection options of this plugin, which take
        precedence over the options for all clusters.
      - If the user name or client certificate of an entry differs from the one for all clusters, the password or key
        for all clusters is not used with it. If an entry has its own kind of authentication, it replaces the one for
        all clusters.
    type: list
    elements: dict
    suboptions:
      hostname:
        description: The cluster management LIF.
        type: str
        required: true
      name:
        description:
          - Name of the cluster in the names of the hosts and in C(akv_cluster). The default is O(clusters[].hostname).
          - Consists of letters, digits, hyphens, underscores and dots, and must be unique.
        type: str
  svms:
    description:
      - V(configured) returns the SVMs that have a configuration.
      - V(all) returns every data SVM. For an SVM without a configuration, C(akv) holds only C(cluster) and C(svm). This
        needs one more query for each cluster, and the user needs access to C(/api/svm/svms) (C(readonly)).
    type: str
    choices: [configured, all]
    default: configured
  health:
    description:
      - Whether C(akv) includes C(state), C(azure_reachability) and C(ekmip_reachability). These properties are
        expensive for the clusters.
    type: bool
    default: false
  query:
    description:
      - Filters, in the form of the option O(ontap.akv.akv_info#module:query) of M(ontap.akv.akv_info). Only SVMs with a
        matching configuration become hosts.
      - Mutually exclusive with O(svms=all).
    type: dict
    default: {}
  on_error:
    description:
      - What to do if a cluster cannot be reached, refuses the login, or returns a response that is not ONTAP's.
      - With V(warn), a warning names the cluster and the reason, and the SVMs of the other clusters are in the
        inventory. If no cluster could be read, this is an error in any case.
      - With V(fail), an error names all such clusters, and the inventory has no hosts.
    type: str
    choices: [warn, fail]
    default: warn
  workers:
    description: Maximum number of clusters to read at the same time.
    type: int
    default: 16
notes:
  - Values may be templates, such as the lookup of an environment variable, and may be encrypted with Ansible Vault.
    This includes those in O(clusters). O(compose), O(groups) and O(keyed_groups) hold expressions, as in other
    inventory plugins.
  - In an inventory file, an empty string counts as not set for every connection option except O(hostname), for which it
    is an error.
  - An unknown option is an error.
  - A cluster that does not respond delays the inventory by O(timeout) seconds for each attempt (see O(max_retries)).
  - If a source ends with an error, Ansible itself continues without its hosts and only shows a warning. Set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) to make Ansible stop.
  - With O(cache), the result of a cluster is valid for O(cache_timeout) seconds. The next run reads a cluster again if
    it could not be read, but not the others. The cache holds no secret.
  - An SVM with several configurations (ONTAP 9.14.1 and later) is one host, with the enabled configuration, or else the
    first one by UUID. A warning reports this.
"""

EXAMPLES = r"""
# One cluster, in a file whose name ends in .akv.yml. The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and
# ONTAP_PASSWORD.
plugin: ontap.akv.svms

---
# Several clusters with one user; one of them has its own password.
plugin: ontap.akv.svms
username: ansible
password: "{{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}"
ca_path: /etc/ssl/company-ca.pem
clusters:
  - hostname: cluster1.example.com
    name: east
  - hostname: cluster2.example.com
    name: west
    password: "{{ lookup('ansible.builtin.env', 'WEST_PASSWORD') }}"
on_error: fail

---
# Groups by vault and by cluster, a group of SVMs whose keys are not available or whose vault cannot be reached, and
# results cached for ten minutes.
plugin: ontap.akv.svms
health: true
query:
  svm.name: prod*
keyed_groups:
  - key: akv.name | ansible.builtin.urlsplit('hostname')
    prefix: vault
  - key: akv_cluster
    prefix: cluster
groups:
  degraded: not (akv.state.available | default(false) and akv.azure_reachability.reachable | default(false))
compose:
  akv_vault: akv.name
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible/akv
cache_timeout: 600
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils import basic
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, MissingLibraryError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import check_range
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet import fleet
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import NAMES, Cluster, read_clusters
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.plain import silence_libraries

#: Evaluated for each host, not when the file is read.
_EXPRESSIONS = frozenset({"plugin", "compose", "groups", "keyed_groups"})
#: Not passed to Ansible's own check of options, which knows neither the environment variables of a module nor the list.
_OURS = frozenset({*NAMES, "clusters"})


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """SVMs as hosts."""

    NAME = "ontap.akv.svms"

    def verify_file(self, path: str) -> bool:
        """Return whether a file is one for this plugin."""
        name = Path(path).name
        return f".{name}".endswith((".akv.yml", ".akv.yaml")) and bool(super().verify_file(path))  # type: ignore[no-untyped-call]

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Set the options of a file, with templates rendered and vaulted values decrypted."""
        self.templar.available_variables = self._vars or {}
        self._given = {
            name: value if name in _EXPRESSIONS else self._render(name, value) for name, value in (direct or {}).items()
        }
        checked = {name: value for name, value in self._given.items() if name not in _OURS}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=checked)  # type: ignore[no-untyped-call]
        unknown = sorted(str(name) for name in checked if name not in self._options)
        if unknown:
            raise AnsibleParserError(f"unknown options: {', '.join(unknown)}")

    def _render(self, name: str, value: Any) -> Any:
        # A password that looks like a list stays text; a whole list of clusters may come from one template.
        convert = name not in NAMES and not (name == "clusters" and isinstance(value, list))
        try:
            return core.as_a_module_gets_it({name: core.render(self.templar, value, convert=convert)})[name]
        except (AnsibleError, TypeError, ValueError) as exc:
            raise AnsibleParserError(f"{name}: the value cannot be used: {exc}") from None

    def _read_option(self, name: str) -> Any:
        return self.get_option(name)  # type: ignore[no-untyped-call]

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts. Raises AnsibleParserError."""
        super().parse(inventory, loader, path)
        self._read_config_data(path)  # type: ignore[no-untyped-call]
        key = self.get_cache_key(path) if self._read_option("cache") else None
        try:
            clusters = read_clusters(self._given, os.environ)
            asked = fleet.read_query(
                self._read_option("query"), every=self._read_option("svms") == "all", health=self._read_option("health")
            )
            found = self._find(
                clusters, asked, check_range("workers", self._read_option("workers"), 1), key, fresh=not cache
            )
        except MissingLibraryError as exc:
            raise AnsibleParserError(basic.missing_required_lib(exc.library)) from None
        except AkvError as exc:
            raise AnsibleParserError(exc.as_text()) from None
        self._tell(found)
        for each in found.values():
            for host in each.hosts:
                self._add(inventory, host)

    def _find(
        self, clusters: Sequence[Cluster], asked: fleet.Asked, workers: int, key: str | None, *, fresh: bool
    ) -> dict[str, fleet.Found]:
        """Return the result for each cluster, from the cache if that is valid.

        key: of the cache, None if it is not used.
        """
        kept = fleet.Kept(
            asked,
            None if key is None or fresh else self._read_cache(key),
            self._read_option("cache_timeout"),
            time.time(),
        )
        known = {cluster.name: kept.find(cluster) for cluster in clusters}
        unknown = [cluster for cluster in clusters if known[cluster.name] is None]
        with silence_libraries():
            read = fleet.read(unknown, asked, workers)
        if key is not None and any(each.error is None for each in read.values()):
            self._cache[key] = kept.merge(clusters, read)
        return {name: each or read[name] for name, each in known.items()}

    def _read_cache(self, key: str) -> Any:
        """Return what the cache holds, None if it cannot be read: then the clusters are read, as without a cache."""
        try:
            return self._cache.get(key)
        except (AnsibleError, TypeError, ValueError):
            return None

    def _tell(self, found: Mapping[str, fleet.Found]) -> None:
        """Warn of problems. Raises AnsibleParserError if the source asks for that, or if no cluster could be read."""
        errors = [f"cluster {name}: {each.error}" for name, each in found.items() if each.error is not None]
        if errors and (self._read_option("on_error") == "fail" or len(errors) == len(found)):
            raise AnsibleParserError(f"{len(errors)} of {len(found)} clusters could not be read: {' '.join(errors)}")
        warnings = [f"cluster {name}: {text}" for name, each in found.items() for text in each.warnings]
        doubts = [host.doubt for each in found.values() for host in each.hosts if host.doubt is not None]
        for text in (*errors, *warnings, *doubts):
            self.display.warning(text)

    def _add(self, inventory: Any, host: fleet.SvmHost) -> None:
        inventory.add_host(host.name)
        for name, value in host.variables.items():
            inventory.set_variable(host.name, name, core.remove_trust(value))
        strict, variables = self._read_option("strict"), inventory.get_host(host.name).get_vars()
        self._set_composite_vars(self._read_option("compose"), variables, host.name, strict=strict)  # type: ignore[no-untyped-call]
        self._add_host_to_composed_groups(self._read_option("groups"), {}, host.name, strict=strict)  # type: ignore[no-untyped-call]
        self._add_host_to_keyed_groups(self._read_option("keyed_groups"), {}, host.name, strict=strict)  # type: ignore[no-untyped-call]
