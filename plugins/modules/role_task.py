#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_task
short_description: Read and check for a role of this collection
version_added: 1.0.0
description:
  - Runs several read-only modules for a role of this collection and checks their results, all in one task, because
    Ansible starts a process for each task of each host.
  - It is only for these roles. Its steps can change with every release.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ontap.akv.attributes
  - ontap.akv.attributes.info
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  step:
    description: The role (without its prefix) and the step, such as V(health.check).
    type: str
    required: true
  data:
    description: The data of the step.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Check the health of the configurations
  ansible.builtin.include_role:
    name: ontap.akv.akv_health
"""

RETURN = r"""
found:
  description: The problems and warnings of the host.
  returned: if the step is V(health.check)
  type: dict
entry:
  description: The entry of the host in the report.
  returned: if the step is V(report.read)
  type: dict
"""
