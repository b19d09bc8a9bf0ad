# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter matching_hosts, which fails if a playbook would run on no host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleFilterError
from ansible.utils.context_objects import CLIArgs

from ansible_collections.ontap.akv.plugins.filter.matching_hosts import FilterModule, require_hosts

GROUPS = {"all": ["east", "west", "svm1@east"], "ungrouped": ["svm1@east"], "clusters": ["east", "west"], "empty": []}
NO_INVENTORY: dict[str, list[str]] = {"all": [], "ungrouped": []}


def test_registers_filter_under_its_name() -> None:
    assert FilterModule().filters() == {"matching_hosts": require_hosts}


@pytest.mark.parametrize(
    "pattern",
    [
        "all",
        "clusters",
        "ea*",
        "~^w",
        "all:!clusters",
        "clusters:&east",
        ["east", "nonesuch"],
        "clusters[1]",
        "svm1@east",
    ],
)
def test_returns_matching_pattern(pattern: Any) -> None:
    assert require_hosts(pattern, GROUPS) == pattern


@pytest.mark.parametrize("pattern", ["typo", "empty", "all:!all", ["typo", "nonesuch"], "clusters:&ungrouped"])
def test_error_names_pattern_that_matches_no_host(pattern: Any) -> None:
    shown = ",".join(pattern) if isinstance(pattern, list) else pattern
    with pytest.raises(AnsibleFilterError, match="No host of the inventory matches") as refused:
        require_hosts(pattern, GROUPS)
    assert f"'{shown}'" in str(refused.value)


@pytest.mark.parametrize("pattern", ["cluster1", "cluter1.example.com", "cluster2.example.com"])
def test_error_suggests_nearest_host(pattern: str) -> None:
    groups = {"all": ["cluster1.example.com"], "ungrouped": ["cluster1.example.com"]}
    with pytest.raises(AnsibleFilterError, match=r"Did you mean 'cluster1\.example\.com'\?"):
        require_hosts(pattern, groups)
    with pytest.raises(AnsibleFilterError, match=r"matches the pattern 'fra-prod07'\. Correct"):
        require_hosts("fra-prod07", groups)


def test_error_names_empty_inventory_as_cause() -> None:
    with pytest.raises(AnsibleFilterError, match=r"No host matches the pattern 'all': the inventory is empty"):
        require_hosts("all", NO_INVENTORY)
    assert require_hosts("localhost", NO_INVENTORY) == "localhost"


def test_applies_limit_to_pattern(tmp_path: Path) -> None:
    """The limit is a pattern or a file of host names. One remaining host is enough."""
    retry = tmp_path / "playbook.retry"
    retry.write_text("west\n", encoding="utf-8")
    for limit in ("", None, "west", "clusters", "all:!east", f"@{retry}"):
        assert require_hosts("clusters", GROUPS, limit) == "clusters"
    for pattern, limit in (("east", "west"), ("east", f"@{retry}"), ("localhost", "east")):
        with pytest.raises(AnsibleFilterError, match="both the pattern") as refused:
            require_hosts(pattern, GROUPS, limit)
        assert repr(pattern) in str(refused.value)
        assert repr(limit) in str(refused.value)


@pytest.mark.parametrize("pattern", ["", None, " ", []])
def test_refuses_empty_pattern(pattern: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="akv_hosts is required"):
        require_hosts(pattern, GROUPS)


def test_refuses_invalid_pattern() -> None:
    with pytest.raises(AnsibleFilterError, match="cannot be used"):
        require_hosts("clusters[9]", GROUPS)


def test_needs_no_inventory_when_no_task_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in ("syntax", "listtasks", "listtags"):
        monkeypatch.setattr(context, "CLIARGS", CLIArgs({option: True}))
        assert require_hosts("all", NO_INVENTORY) == "all"
        with pytest.raises(AnsibleFilterError, match="akv_hosts is required"):
            require_hosts("", GROUPS)
