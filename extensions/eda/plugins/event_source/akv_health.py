# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: akv_health
short_description: Report changes of the Azure Key Vault configurations of ONTAP clusters
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - An event source for ansible-rulebook. It reads one or more clusters repeatedly and reports what has changed, not the
    current state.
  - >-
    Each event is a flat dictionary. C(type) is one of C(akv_state_lost), C(akv_state_restored), C(azure_unreachable),
    C(azure_reachable), C(ekmip_unreachable), C(ekmip_reachable), C(status_unreadable), C(status_readable),
    C(configuration_added), C(configuration_removed), C(configuration_drift), C(cluster_unreachable),
    C(cluster_reachable), and with O(azure) those of Azure; see below.
  - >-
    These keys name what the event is about: C(cluster), the name of the cluster, with C(hostname) and C(http_port);
    C(svm) (null for the cluster's configuration) and C(svm_uuid); C(uuid), C(configuration) (the name, from ONTAP
    9.14.1 on) and C(scope) of the configuration; C(check), the check; C(node), for EKMIP; C(client_id), C(key_id),
    C(expires) and C(used_by), for Azure.
  - >-
    These keys describe the change: C(since), when it was first seen, and C(at), when it is reported (UTC, ISO 8601);
    C(initial), whether the first read already showed it; C(reminder), how often it was reported again; C(code) and
    C(message) from ONTAP or Azure; C(changes), the changed fields of a drift with C(before) and C(after); C(cause) (see
    below); C(source), one of C(poll), C(ems) and C(azure); C(text), the event in one line.
  - No event holds a secret, and no text in one is a template.
  - If the key of an SVM is not available because the SVM has no volumes yet, that is not a problem.
  - >-
    C(status_unreadable) means that ONTAP cannot read a status of a configuration, with ONTAP's reason, or does not
    report it. The status then counts as neither lost nor restored.
  - >-
    A problem of a configuration ends when the configuration is removed or is no longer enabled. The event of the end
    (for example C(akv_state_restored) for C(akv_state_lost)) then has C(cause) set to C(configuration_removed) or
    C(configuration_drift). If the check itself shows that it ended, C(cause) is null.
  - >-
    With O(azure), the events C(azure_login_refused), C(azure_certificate_expiring), C(azure_key_unusable),
    C(azure_key_expiring) and C(azure_key_new_version) report problems of the applications and keys that the
    configurations use. They end with C(azure_login_accepted), C(azure_certificate_renewed), C(azure_key_usable),
    C(azure_key_renewed) and C(azure_key_newest_version). Such an event is reported once for all clusters: C(cluster)
    and C(svm) are null, and C(used_by) lists the configurations, each with C(cluster), C(svm), C(configuration) and
    C(uuid).
  - >-
    If Azure cannot be checked, or not completely, C(azure_check_failed) is reported once, and C(azure_check_resumed)
    when it can be checked again. What could not be checked keeps its last reported state. If no configuration uses the
    application or key, its problems end with C(cause) set to C(not_used).
  - While a cluster cannot be read, nothing is reported about its SVMs. The source keeps trying, and compares the next
    result with the last known one.
requirements:
  - ansible-core and the Python library C(requests) on the host where ansible-rulebook runs; C(cryptography) to log in
    to Azure with a certificate.
options:
  hostname:
    description: The cluster management LIF of a single cluster. Mutually exclusive with O(clusters). If neither is set,
      E(ONTAP_HOSTNAME) is used.
    type: str
  clusters:
    description:
      - The clusters, each with C(hostname), optionally a C(name), and any of the connection options, which take
        precedence over the options for all clusters. See O(ontap.akv.svms#inventory:clusters).
    type: list
    elements: dict
  username:
    description: As O(ontap.akv.akv_info#module:username); E(ONTAP_USERNAME).
    type: str
    aliases: [user]
  password:
    description:
      - As O(ontap.akv.akv_info#module:password); E(ONTAP_PASSWORD).
      - A rulebook converts a text that looks like a number to a number. Therefore set it in the environment, or in an
        entry of O(clusters), and pass that whole list as one variable.
    type: str
    aliases: [pass]
  cert_filepath:
    description: As O(ontap.akv.akv_info#module:cert_filepath); E(ONTAP_CERT_FILEPATH).
    type: path
  key_filepath:
    description: As O(ontap.akv.akv_info#module:key_filepath); E(ONTAP_KEY_FILEPATH).
    type: path
  https:
    description: As O(ontap.akv.akv_info#module:https).
    type: bool
    default: true
  http_port:
    description: As O(ontap.akv.akv_info#module:http_port); E(ONTAP_HTTP_PORT).
    type: int
  validate_certs:
    description: As O(ontap.akv.akv_info#module:validate_certs); E(ONTAP_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description: As O(ontap.akv.akv_info#module:ca_path); E(ONTAP_CA_PATH).
    type: path
  timeout:
    description: Maximum time in seconds for one HTTP request, to the end of its response.
    type: int
    default: 60
  max_retries:
    description: How often a request is retried after a transient error.
    type: int
    default: 3
  use_rest:
    description: As O(ontap.akv.akv_info#module:use_rest). V(never) is refused.
    type: str
    default: auto
  ontapi:
    description: Accepted and ignored, as O(ontap.akv.akv_info#module:ontapi).
    type: int
  feature_flags:
    description: Accepted and ignored, as O(ontap.akv.akv_info#module:feature_flags).
    type: dict
  force_ontap_version:
    description: Accepted and ignored, as O(ontap.akv.akv_info#module:force_ontap_version).
    type: str
  use_lambda:
    description: As O(ontap.akv.akv_info#module:use_lambda).
    type: bool
    default: false
  lambda_config:
    description: Accepted and ignored, as O(ontap.akv.akv_info#module:lambda_config).
    type: dict
  svm:
    description: Only these SVMs, by name, UUID or wildcard. By default all SVMs, and the cluster's configuration.
    type: list
    elements: str
    default: []
  interval:
    description:
      - Maximum time in seconds between two reads of the configurations. A read is one request for each cluster (for up
        to 10,000 configurations).
      - If a change has to be confirmed, the next read follows after 5 seconds, or after this time if it is shorter.
    type: float
    default: 60
  health_interval:
    description:
      - Maximum time in seconds between two reads that also request O(checks), in the same request. This is expensive
        for the cluster. If a read of O(interval) is due at about the same time, the two are combined.
      - The first successful read of a cluster after a failure requests O(checks).
    type: float
    default: 300
  checks:
    description:
      - V(state) is whether the keys are available, V(azure) whether the vault can be reached, V(ekmip) whether each
        node reaches the EKMIP servers.
    type: list
    elements: str
    choices: [state, azure, ekmip]
    default: [state, azure, ekmip]
  confirm:
    description: How many reads in a row must show a change before it is reported.
    type: int
    default: 2
  initial:
    description: Whether to report problems that the first read already shows.
    type: bool
    default: true
  remind:
    description: Time in seconds after which a problem that continues is reported again, with C(reminder) increased by
      one; 0 means never.
    type: float
    default: 0
  workers:
    description: Maximum number of clusters to read at the same time. A cluster that has not responded after 5 seconds
      does not count.
    type: int
    default: 16
  jitter:
    description: The part of an interval by which it may be shorter, from 0 to 0.9, so that the clusters are not all
      read at the same moment.
    type: float
    default: 0.1
  ems:
    description:
      - Whether to read the event logs of the clusters too. A message about keys triggers a read of the configurations
        at once.
      - The user needs access to C(/api/support/ems/events) (C(readonly)).
    type: bool
    default: false
  ems_interval:
    description: Time in seconds between two reads of the event log.
    type: float
    default: 10
  azure:
    description:
      - Whether to check in Azure every application and key that the configurations of the clusters use, as
        M(ontap.akv.akv_azure_info) does with the checks C(login) and C(key). Each is checked once for all clusters.
      - A credential is required; see O(azure_credentials). An application without one is not checked; the log says so.
      - Whether a newer version than the one in use exists is known only if the cluster reports the version of the key.
    type: bool
    default: false
  azure_interval:
    description:
      - Maximum time in seconds between two checks of everything in Azure.
      - An application or key that was not checked so far is checked at once. If a change has to be confirmed
        (O(confirm)), the next check follows after 5 seconds.
      - With O(remind), a warning (of an expiry or a new version) is repeated at most once a day, any other problem at
        most after this time.
    type: float
    default: 3600
  azure_warn_days:
    description: A key or client certificate that expires within this number of days is reported.
    type: int
    default: 30
  azure_credentials:
    description:
      - The credentials by client ID, each a dictionary with C(client_secret), C(client_certificate) or
        C(client_certificate_path). No other credential is used for an application that is named here; an empty
        dictionary excludes it from the checks.
    type: dict
    default: {}
  client_secret:
    description:
      - The client secret for every application that O(azure_credentials) does not name.
      - If no credential is set here, E(ONTAP_AKV_CLIENT_SECRET) or E(ONTAP_AKV_CLIENT_CERTIFICATE) is used. If
        E(ONTAP_AKV_CLIENT_ID) is set, it is used for that application only.
      - A rulebook converts a text that looks like a number to a number, as for O(password).
    type: str
  client_certificate:
    description: The client certificate (PKCS#12 in base64) instead of O(client_secret).
    type: str
  client_certificate_path:
    description: Path of the client certificate instead of O(client_secret). The file is read at each check.
    type: path
  azure_oauth_host:
    description: As O(ontap.akv.akv_azure_info#module:oauth_host).
    type: str
  azure_ca_path:
    description: As O(ontap.akv.akv_azure_info#module:azure_ca_path); E(ONTAP_AKV_AZURE_CA_PATH).
    type: path
  azure_proxy:
    description:
      - The proxy to Azure, a dictionary of O(ontap.akv.akv_azure_info#module:proxy_type),
        O(ontap.akv.akv_azure_info#module:proxy_host), O(ontap.akv.akv_azure_info#module:proxy_port),
        O(ontap.akv.akv_azure_info#module:proxy_username) and O(ontap.akv.akv_azure_info#module:proxy_password).
    type: dict
    default: {}
notes:
  - An empty string, null and an empty list count as not set, so that a rulebook can pass variables that are not set.
  - An unknown option is an error, and so is an empty O(hostname) without O(clusters).
  - >-
    A refused login is reported at the second attempt at the latest, regardless of O(confirm). The cluster is then
    queried again after ten minutes, and after twice as long each time, up to an hour, so that the account is not
    locked.
"""

EXAMPLES = r"""
- ontap.akv.akv_health:
    hostname: cluster1.example.com
    ca_path: /etc/ssl/company-ca.pem

- ontap.akv.akv_health:
    clusters:
      - hostname: cluster1.example.com
        name: east
      - hostname: cluster2.example.com
        name: west
    interval: 30
    health_interval: 120
    ems: true

- ontap.akv.akv_health:
    hostname: cluster1.example.com
    azure: true
    azure_credentials: "{{ akv_azure_credentials }}"
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any


def _add_collections() -> None:
    """Let Python find the collection that this file belongs to: ansible-rulebook runs the file from where it is."""
    root = next((folder for folder in Path(__file__).absolute().parents if folder.name == "ansible_collections"), None)
    if root is None:
        return  # In a plain checkout, whoever runs it has to set the path.
    if str(root.parent) not in sys.path:
        sys.path.append(str(root.parent))
    # The package "ansible" includes a directory of this name, which Python would search alone.
    for name, folder in (("ansible_collections", root), ("ansible_collections.ontap", root / "ontap")):
        package = importlib.import_module(name)
        if str(folder) not in package.__path__:
            package.__path__.append(str(folder))


async def main(queue: Any, args: dict[str, Any]) -> None:
    """Put events into the queue of ansible-rulebook until cancelled. Raises RuntimeError if an option is wrong."""
    _add_collections()
    from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, MissingLibraryError
    from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import read_options
    from ansible_collections.ontap.akv.plugins.plugin_utils.watch.watching import watch

    try:
        await watch(read_options(args, os.environ), queue.put)
    except MissingLibraryError as exc:
        raise RuntimeError(f"the Python library {exc.library} is missing where ansible-rulebook runs") from None
    except AkvError as exc:
        # ansible-rulebook shows it in one line and ends.
        raise RuntimeError(exc.as_text()) from None
