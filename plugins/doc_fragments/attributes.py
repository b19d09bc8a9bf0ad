# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes that all modules share."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
    details:
      - The module runs on any POSIX host, commonly on the controller (C(delegate_to=localhost)), and reaches the cluster by HTTPS.
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
    details:
      - Where the connection is local, the work is done in the process of Ansible itself, which saves the start of a process for each task;
        the result is the same. With become, async, a C(timeout) or C(environment) of the task, another Python interpreter than Ansible's
        own, or an ansible-core release with which this was not tried, the plain module runs.
      - The variable C(ontap_akv_in_process) set to V(false) always runs the plain module. C(-vvv) tells which way was taken, and why.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
  action_group:
    description: Use C(group/ontap.akv.akv) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - ontap.akv.akv
"""

    ACTIONS = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - No request that changes anything is sent. The configurations are read, and C(changed), C(results) and C(diff) are predicted.
  diff_mode:
    support: full
    details:
      - A secret is shown only as a word that it will be sent.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - The module changes nothing.
  diff_mode:
    support: N/A
    details:
      - The module changes nothing.
"""
