# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which batches the hosts of a play are started, when the play stops, and what a host that was not started
reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.helpers import pct_to_int

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_names


def find_batch(*, host: str, hosts: Sequence[str], serial: Any) -> int:
    """Return the number of the batch that a host belongs to, from 0.

    hosts: all hosts of the play, in its order. serial: the size of the batches as in the keyword C(serial), which is a
    number, a percentage, or a list of them of which the last is repeated; 0 is all hosts.
    """
    counts = _count_hosts(serial, len(hosts))
    left = list(hosts).index(host)
    number = 0
    while 0 < counts[min(number, len(counts) - 1)] <= left:
        left -= counts[min(number, len(counts) - 1)]
        number += 1
    return number


def list_batch(*, number: int, hosts: Sequence[str], left: Sequence[str], serial: Any) -> list[str]:
    """Return the hosts of a batch that have not failed.

    number, hosts, serial: as for find_batch(). left: the hosts of the play that have not failed.
    """
    counts = _count_hosts(serial, len(hosts))
    size = counts[min(number, len(counts) - 1)]
    start = sum(counts[min(earlier, len(counts) - 1)] for earlier in range(number))
    active = set(left)
    return [host for host in hosts[start : start + size if size > 0 else None] if host in active]


def _count_hosts(serial: Any, everyone: int) -> list[int]:
    """Return the sizes of the batches, of which the last is repeated; 0 is all hosts."""
    try:
        return [pct_to_int(size, everyone) for size in (serial if isinstance(serial, list) else [serial])]
    except ValueError as error:
        raise AnsibleFilterError(
            f"akv_serial: {serial!r} is neither a number of hosts nor a percentage nor a list of them"
        ) from error


def find_stop_reason(*, everyone: Sequence[str], left: Sequence[str], most: Any) -> str:
    """Return why a host does not start; an empty text if it does.

    everyone, left: all hosts of the play, and those that have not failed. most: the percentage of hosts that may fail.
    """
    # A set, because Ansible's lists are slow to search, and each host asks.
    remaining = set(left)
    failed = [host for host in everyone if host not in remaining]
    if len(failed) * 100 <= float(most) * len(everyone):
        return ""
    many = f"more than {float(most):g}% of the hosts" if float(most) else f"{format_count(len(failed), 'host')}"
    return (
        f"Not started, because {many} failed: {join_names(failed[:5])}{' and more' if len(failed) > 5 else ''}."
        " Fix the cause there, or allow more failures with akv_max_fail_percentage."
    )
