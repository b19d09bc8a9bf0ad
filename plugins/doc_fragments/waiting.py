# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that decide how changes run and how long to wait for them."""

    DOCUMENTATION = r"""
options:
  concurrency:
    description:
      - Number of targets (the configurations of the task) to process at the same time, from 1 to 100. Each uses one
        kept-alive connection.
      - With V(1), the targets are processed strictly one after the other.
    type: int
    default: 8
  wait:
    description:
      - Whether to wait until the jobs in the cluster have ended.
      - With V(false), the module returns the UUID of the job as soon as the cluster has accepted it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for each job, from the moment its request is sent.
      - When the time ends, the target fails. The job continues in the cluster, and the result of the target names it.
      - A module that receives SIGTERM or SIGINT while it waits ends at once, and names the jobs that continue.
    type: int
    default: 300
"""
