# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: akv_health
short_description: Tell what changes in the Azure Key Vault configurations of ONTAP clusters
version_added: 0.1.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - An event source for ansible-rulebook. It looks at one or many clusters again and again, and tells what has changed, not how things are.
  - >-
    Each event is a flat dictionary with C(type), which is one of C(akv_state_lost), C(akv_state_restored), C(azure_unreachable), C(azure_reachable),
    C(ekmip_unreachable), C(ekmip_reachable), C(status_unreadable), C(status_readable), C(configuration_added), C(configuration_removed),
    C(configuration_drift), C(cluster_unreachable), C(cluster_reachable); C(cluster), the name of the cluster, C(hostname) and C(http_port); C(svm)
    (null for the cluster's own configuration), C(svm_uuid), C(uuid) of the configuration, C(configuration) (its name, from ONTAP 9.14.1 on),
    C(scope); C(check), the check that the event is about; C(node), for EKMIP; C(cause), see below; C(since), when it was first seen so, and C(at),
    when it is told (UTC, ISO 8601); C(initial), whether it was so at the first look; C(reminder), how often it was told again; C(code) and C(message)
    of ONTAP; C(changes), of a drift the fields with C(before) and C(after); C(source), C(poll) or C(ems); and C(text), all of it in one line.
  - No event holds a secret, and no text in one is a template.
  - An SVM whose key is not available because it has no volumes yet is no trouble.
  - >-
    C(status_unreadable) says that ONTAP cannot read a status of a configuration, with ONTAP's reason, or does not report it. The status then
    counts as neither lost nor restored.
  - >-
    What is wrong with a configuration ends when the configuration is removed or is no longer enabled. The event of the end (for example
    C(akv_state_restored) for C(akv_state_lost)) then has C(cause) set to C(configuration_removed) or C(configuration_drift). If the check
    itself shows that it ended, C(cause) is null.
  - While a cluster cannot be read, nothing is told of its SVMs. It is looked at on, and compared with what was known before.
requirements:
  - ansible-core and the Python library C(requests), where ansible-rulebook runs.
options:
  hostname:
    description: The cluster management LIF of the only cluster. Excludes O(clusters). If neither is set, E(ONTAP_HOSTNAME) is used.
    type: str
  clusters:
    description:
      - The clusters, each with C(hostname), if wanted a C(name), and any of the connection options, which wins over the one that is given for all; as
        O(ontap.akv.svms#inventory:clusters).
    type: list
    elements: dict
  username:
    description: As O(ontap.akv.akv_info#module:username); E(ONTAP_USERNAME).
    type: str
    aliases: [user]
  password:
    description:
      - As O(ontap.akv.akv_info#module:password); E(ONTAP_PASSWORD).
      - A rulebook makes a number of a text that looks like one; so give it by the environment, or in O(clusters) as a variable as a whole.
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
    description: Seconds that one HTTP request may take, to the end of its answer.
    type: int
    default: 60
  max_retries:
    description: How often a request is tried again after a fault that passes.
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
    description: Only these SVMs, by name, UUID or wildcard. By default all of them, and the cluster's own configuration.
    type: list
    elements: str
    default: []
  interval:
    description:
      - Seconds between two looks at the configurations, at the most. A look is one request for each cluster (of 10,000 configurations).
      - What was seen and has to be confirmed is looked at again after 5 seconds, or this time where it is less.
    type: float
    default: 60
  health_interval:
    description:
      - Seconds between two looks that ask for O(checks) too, in the same request; they cost the cluster work. One of O(interval) that is
        due at about the same time is the same look.
      - After a cluster could not be read, the first look that reads it asks for O(checks).
    type: float
    default: 300
  checks:
    description:
      - V(state) is whether the keys are available, V(azure) whether the vault can be reached, V(ekmip) whether each node reaches the EKMIP servers.
    type: list
    elements: str
    choices: [state, azure, ekmip]
    default: [state, azure, ekmip]
  confirm:
    description: How many looks in a row have to show a change before it is told.
    type: int
    default: 2
  initial:
    description: Whether what is wrong already at the first look is told.
    type: bool
    default: true
  remind:
    description: Seconds after which something that is still wrong is told again, with C(reminder) one higher; 0 for never.
    type: float
    default: 0
  workers:
    description: How many clusters are looked at at the same time. One that has not answered after 5 seconds is not counted.
    type: int
    default: 16
  jitter:
    description: By what part of it an interval may be shorter, so that the clusters are not all looked at in the same moment; 0.9 at most.
    type: float
    default: 0.1
  ems:
    description:
      - Whether the event logs of the clusters are read too. A message about keys has the configurations looked at at once.
      - The user needs C(/api/support/ems/events) (C(readonly)).
    type: bool
    default: false
  ems_interval:
    description: Seconds between two looks at the event log.
    type: float
    default: 10
notes:
  - An empty text, null and an empty list count as not given, so that a rulebook can pass variables that are not set. An unknown option is an error,
    and so is an empty O(hostname) without O(clusters).
  - >-
    A refused login is told at the second try, whatever O(confirm) is; then the cluster is asked again after ten minutes, and after twice as
    long each time, up to an hour, so that the account is not locked.
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
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any


def _importable() -> None:
    """Has Python find the collection that this file belongs to: ansible-rulebook runs the file as it lies there."""
    root = next((folder for folder in Path(__file__).absolute().parents if folder.name == "ansible_collections"), None)
    if root is None:
        return  # A checkout by itself: then it is up to whoever runs it.
    if str(root.parent) not in sys.path:
        sys.path.append(str(root.parent))
    # The package "ansible" brings a folder of this name along in which Python would look alone.
    for name, folder in (("ansible_collections", root), ("ansible_collections.ontap", root / "ontap")):
        package = importlib.import_module(name)
        if str(folder) not in package.__path__:
            package.__path__.append(str(folder))


async def main(queue: Any, args: dict[str, Any]) -> None:
    """Puts events into the queue of ansible-rulebook until it is cancelled. Raises RuntimeError where an option is wrong."""
    _importable()
    from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, MissingLibraryError
    from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import read_options
    from ansible_collections.ontap.akv.plugins.plugin_utils.watch.watching import watch

    try:
        await watch(read_options(args, os.environ), queue.put)
    except MissingLibraryError as exc:
        raise RuntimeError(f"the Python library {exc.library} is missing where ansible-rulebook runs") from None
    except AkvError as exc:
        # Told in one line by ansible-rulebook, which ends then.
        raise RuntimeError(exc.text()) from None
