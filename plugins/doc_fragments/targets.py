# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which Azure key vault configurations a task is about."""

    DOCUMENTATION = r"""
options:
  svm:
    description:
      - The SVMs whose configurations the task is about, as names or UUIDs, told apart by their form.
      - One query serves them all; a mixed list costs one query of each kind. Where the names do not fit into one URL (about 4 KB),
        every configuration is asked for and sorted out, or several queries are made where the answer costs the cluster work.
      - The cluster-scoped configuration is never reached by a name or wildcard, see O(scope).
      - Where the module accepts the wildcard V(*), one that matches nothing is a warning, not an error.
        Other query operators of ONTAP, white space and empty items are refused.
    type: list
    elements: str
    aliases: [vserver]
  uuid:
    description:
      - UUID of one Azure key vault configuration.
      - Excludes O(svm) and O(scope=cluster).
    type: str
  scope:
    description:
      - V(cluster) is the cluster-scoped configuration; excludes O(svm) and O(uuid).
      - V(svm) stands for the configurations of SVMs. Alone it is a filter of M(ontap.akv.akv_info) only.
    type: str
    choices: [cluster, svm]
  configuration:
    description:
      - Name of the configuration, where an SVM (or the cluster) has several. Excludes O(uuid).
      - White space, the wildcard V(*) and the other query operators of ONTAP are refused.
      - If not set, a configuration that is not enabled is left alone by the modules that do not describe configurations.
      - Needs ONTAP 9.14.1 or later.
    type: str
"""
