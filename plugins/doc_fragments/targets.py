# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that select the configurations of a task."""

    DOCUMENTATION = r"""
options:
  svm:
    description:
      - Names or UUIDs of the SVMs whose configurations the task is for.
      - A name or wildcard never selects the configuration of the cluster; see O(scope).
      - Only M(ontap.akv.akv_info), M(ontap.akv.akv_rekey) and M(ontap.akv.akv_restore) accept the wildcard V(*). If it
        matches nothing, the task warns.
      - Other query operators of ONTAP, white space and empty items are refused.
    type: list
    elements: str
    aliases: [vserver]
  uuid:
    description:
      - UUID of one Azure key vault configuration.
      - Mutually exclusive with O(svm) and O(scope=cluster).
    type: str
  scope:
    description:
      - V(cluster) selects the configuration of the cluster. Mutually exclusive with O(svm) and O(uuid).
      - O(scope=svm) is for M(ontap.akv.akv_info), which then returns only the configurations of SVMs. In other modules
        it selects nothing by itself, so they need the option O(svm) or O(uuid).
    type: str
    choices: [cluster, svm]
  configuration:
    description:
      - Name of the configuration if an SVM (or the cluster) has several. Mutually exclusive with O(uuid).
      - White space, the wildcard V(*) and the other query operators of ONTAP are refused.
      - If not set, M(ontap.akv.azure_key_vault) fails for an SVM that has several. All other modules use
        only the enabled one (M(ontap.akv.akv_info) returns others with O(ontap.akv.akv_info#module:inactive)).
      - Needs ONTAP 9.14.1 or later.
    type: str
"""
