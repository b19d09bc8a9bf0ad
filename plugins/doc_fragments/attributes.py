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
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff
      mode.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
    details:
      - The module runs on any POSIX host, usually on the controller (C(delegate_to=localhost)), and connects to the
        cluster over HTTPS.
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
    details:
      - If the connection is local, the work is done in Ansible's own process, which saves starting a process for each
        task. If the result could differ from that of the module in a process of its own, Ansible starts such a process
        as usual (the plain module). Examples are a task with C(become), C(async), C(timeout) or C(environment), a
        Python interpreter other than Ansible's, a controller on macOS, and a release of ansible-core that the
        collection was not tested with.
      - Set the variable C(ontap_akv_in_process) to V(false) to always run the plain module. C(-vvv) shows where the
        work was done, and why.
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
      - Reads the configurations and predicts C(changed), C(results) and C(diff). Sends no request that changes
        anything.
  diff_mode:
    support: full
    details:
      - For a secret, the diff shows only that it will be sent.
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
