# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How the changes of a task are run and waited for."""

    DOCUMENTATION = r"""
options:
  concurrency:
    description:
      - How many targets are worked on at a time, from 1 to 100; each has one kept-alive connection.
      - With V(1) the targets are worked on strictly one after the other.
    type: int
    default: 8
  wait:
    description:
      - Whether to wait until the jobs in the cluster have ended.
      - With V(false) the UUID of the job is returned as soon as the cluster has accepted it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for each job, from the moment its request is sent.
      - The cluster itself waits first, for at most 15 seconds; then it is asked at growing intervals of at most 2 seconds, which sleep
        over the end of the job by no more than a tenth of its time, or 0.3 seconds.
      - When the time is over the target fails; its job goes on in the cluster and is named.
      - A module that is told to end meanwhile (SIGTERM, SIGINT) does so at once, and names the jobs that go on.
    type: int
    default: 300
"""
