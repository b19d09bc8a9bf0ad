# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which checks in Azure cover the configurations of several clusters, and with which credential."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.azure import checks
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Credentials, find_checks

KEY = "https://vault1.vault.azure.net/keys/key1"
CLIENT, OTHER = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa", "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
COMMON = {"key_id": KEY, "client_id": CLIENT, "tenant_id": TENANT}


def record(svm: str | None, **fields: Any) -> dict[str, Any]:
    owner = {"scope": "cluster"} if svm is None else {"scope": "svm", "svm": {"name": svm}}
    return {"uuid": f"uuid of {svm}", **owner, **COMMON, **fields}


def cluster(name: str, *records: Any) -> dict[str, Any]:
    return {"cluster": name, "azure_key_vaults": list(records)}


def test_merges_equal_applications_and_keys_of_all_clusters() -> None:
    fleet = [
        cluster("one", record("svm1"), record("svm2"), record(None)),
        cluster("two", record("svm1"), record("svm2")),
    ]
    (check,) = find_checks(fleet)
    assert check.options == COMMON
    assert [use.label for use in check.uses] == ["svm1@one", "svm2@one", "cluster@one", "svm1@two", "svm2@two"]


@pytest.mark.parametrize(
    "same",
    [
        {"key_id": "https://VAULT1.vault.azure.net:443/keys/KEY1/"},
        {"client_id": CLIENT.upper()},
        {"tenant_id": TENANT.upper()},
        {"oauth_host": "login.example.com"},
    ],
    ids=str,
)
def test_different_spelling_is_the_same_check(same: dict[str, Any]) -> None:
    assert len(find_checks([cluster("one", record("svm1"), record("svm2", **same))])) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"key_id": f"{KEY}/0123"},
        {"key_id": f"{KEY}2"},
        {"client_id": OTHER},
        {"tenant_id": OTHER},
        {"oauth_host": "login.microsoftonline.us"},
    ],
    ids=str,
)
def test_different_value_is_another_check(other: dict[str, Any]) -> None:
    first, second = find_checks([cluster("one", record("svm1"), record("svm2", **other))])
    assert first.options == COMMON
    assert second.options == {**COMMON, **other}


def test_counts_configuration_reported_by_two_hosts_once() -> None:
    (check,) = find_checks([cluster("one", record("svm1")), cluster("one", record("svm1"))])
    assert len(check.uses) == 1


def test_skips_disabled_and_unread_configurations() -> None:
    assert (
        find_checks(
            [
                cluster("one", record("svm1", enabled=False)),
                {"cluster": "two", "azure_key_vaults": None},
                {"cluster": "three"},
            ]
        )
        == []
    )


def test_label_names_configuration_other_than_default() -> None:
    named = [record("svm1", configuration={"name": name}, uuid=name) for name in ("default", "second")]
    (check,) = find_checks([cluster("one", *named)])
    assert [use.label for use in check.uses] == ["svm1@one", "svm1/second@one"]


@pytest.mark.parametrize(
    "hostile",
    [
        {"key_id": ["a"]},
        {"client_id": None},
        {"tenant_id": {}},
        {"svm": 5},
        {"configuration": "x"},
        {"key_id": "https://[::"},
    ],
    ids=str,
)
def test_accepts_values_of_unexpected_types(hostile: dict[str, Any]) -> None:
    found = find_checks([cluster("one", {**record("svm1"), **hostile}, "no record", None, 5)])
    assert len(found) == 1
    assert all(isinstance(value, str) for value in found[0].options.values())


def test_reports_values_missing_for_a_check() -> None:
    (check,) = find_checks([cluster("one", record("svm1", client_id=None, tenant_id=""))])
    assert checks.find_missing_option(check) == "ONTAP does not report client_id and tenant_id."
    assert checks.find_missing_option(find_checks([cluster("one", record("svm1"))])[0]) is None


def test_cluster_does_not_choose_login_host_of_credential() -> None:
    (check,) = find_checks([cluster("one", record("svm1", oauth_host="login.attacker.example"))])
    assert "oauth_host" not in check.options
    assert checks.build_options({**COMMON, "oauth_host": "login.ours.example"})["oauth_host"] == "login.ours.example"


def test_application_uses_own_or_else_general_credential() -> None:
    credentials = Credentials(
        {OTHER.upper(): {"client_certificate_path": "/akv.pfx"}}, [{"client_secret": ""}, {"client_secret": "general"}]
    )
    assert credentials.find(OTHER) == {"client_certificate_path": "/akv.pfx"}
    assert credentials.find(CLIENT) == {"client_secret": "general"}
    assert not credentials.is_excluded(CLIENT)
    assert Credentials({}, [{}]).find(CLIENT) == {}


@pytest.mark.parametrize("empty", [{}, None, {"client_secret": ""}, "not a dictionary"])
def test_application_with_empty_credential_is_excluded(empty: Any) -> None:
    credentials = Credentials({CLIENT: empty}, [{"client_secret": "general"}])
    assert credentials.find(CLIENT) == {}
    assert credentials.is_excluded(CLIENT)
