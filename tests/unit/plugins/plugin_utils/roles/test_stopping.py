# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches of a run that stops after failures."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.stopping import find_batch, list_batch

HOSTS = [f"host{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("serial", "sizes"),
    [
        ("100%", [10]),
        (0, [10]),
        ("3", [3, 3, 3, 1]),
        (20, [10]),
        ("25%", [2, 2, 2, 2, 2]),
        ("1%", [1] * 10),
        ([1, "100%"], [1, 9]),
        ([1, "50%", 2], [1, 5, 2, 2]),
    ],
)
def test_batches_match_those_of_serial(serial: Any, sizes: list[int]) -> None:
    numbers = [find_batch(host=host, hosts=HOSTS, serial=serial) for host in HOSTS]
    assert numbers == sorted(numbers)
    assert [numbers.count(number) for number in range(len(sizes))] == sizes


@pytest.mark.parametrize("serial", ["100%", 0, "3", 20, "25%", "1%", [1, "100%"], [1, "50%", 2]])
def test_batch_lists_remaining_hosts_with_its_number(serial: Any) -> None:
    left = [host for host in HOSTS if host not in ("host3", "host9")]
    numbers = {host: find_batch(host=host, hosts=HOSTS, serial=serial) for host in HOSTS}
    for number in range(max(numbers.values()) + 1):
        batch = list_batch(number=number, hosts=HOSTS, left=left, serial=serial)
        assert batch == [host for host in left if numbers[host] == number]


@pytest.mark.parametrize("serial", ["many", "x%", ["1", "half"]])
def test_refuses_invalid_batch_size(serial: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="akv_serial"):
        find_batch(host="host1", hosts=HOSTS, serial=serial)
