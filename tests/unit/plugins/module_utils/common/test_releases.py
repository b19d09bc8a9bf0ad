# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of releases, and how it explains error responses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError, OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.releases import FIELDS, Version
from ansible_collections.ontap.akv.plugins.module_utils.converge import older_releases
from ansible_collections.ontap.akv.plugins.module_utils.converge.older_releases import check_release
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON

CLUSTER = {"version": {"generation": 9, "major": 10, "minor": 1, "full": "NetApp Release 9.10.1"}}
PATCH = Write("PATCH", "/api/security/azure-key-vaults/u", {"key_id": "k"})
REKEY = Write("POST", "/api/security/azure-key-vaults/u/rekey-external", {"key_id": "k"}, older=(Version(9, 11), PATCH))


class FakeClient:
    """A client that returns a fixed release and counts how often it is read."""

    def __init__(self, version: Version | None) -> None:
        self.version = version
        self.times = 0

    def read_release(self) -> Version | None:
        self.times += 1
        return self.version


def refusal(code: str, status: int = 400) -> ApiError:
    return ApiError("refused", code=code, status=status)


@pytest.mark.parametrize(
    ("version", "name"), [((9, 8), "9.8"), ((9, 9), "9.9.1"), ((9, 14), "9.14.1"), ((10, 1), "10.1.1")]
)
def test_release_name_has_patch_number_since_9_9(version: tuple[int, int], name: str) -> None:
    assert str(Version(*version)) == name


def test_reads_release_of_cluster() -> None:
    assert releases.read_version(CLUSTER) == (9, 10)


@given(ANY_JSON)
def test_accepts_any_json_as_release_of_cluster(said: Any) -> None:
    for record in (
        {"version": said},
        {"version": {"generation": said, "major": 8}},
        {"version": {"generation": 9, "major": said}},
        {},
    ):
        found = releases.read_version(record)
        assert found is None or all(isinstance(number, int) and not isinstance(number, bool) for number in found)


def test_every_field_has_a_first_release() -> None:
    assert all(releases.find_first(name) >= (9, 8) for name in FIELDS)
    assert [releases.find_first(name) for name in ("client_id", "client_certificate")] == [(9, 8), (9, 10)]
    assert releases.find_newer_than_base([*FIELDS, "svm"]) == [
        "configuration",
        "enabled",
        "oauth_host",
        "vault_host",
        "port",
        "verify_host",
        "verify_ip",
        "skip_verification",
    ]


#: The first minor release that reads, creates and changes each field, and the last one that changes it, taken from
#: the vendor's clients, not from the table.
VENDOR_FIELDS: dict[str, tuple[int | None, int | None, int | None, int | None]] = {
    "name": (8, 8, None, None),
    "client_id": (8, 8, 9, None),
    "tenant_id": (8, 8, 9, None),
    "key_id": (8, 8, 8, 10),
    "client_secret": (None, 8, 8, None),
    "client_certificate": (None, 10, 10, None),
    "authentication_method": (10, None, None, None),
    "proxy_type": (8, 8, 8, None),
    "proxy_host": (8, 8, 8, None),
    "proxy_port": (8, 8, 8, None),
    "proxy_username": (8, 8, 8, None),
    "proxy_password": (None, 8, 8, None),
    "state": (8, None, None, None),
    "azure_reachability": (8, None, None, None),
    "ekmip_reachability": (8, None, None, None),
    "configuration": (14, 14, None, None),
    "enabled": (14, 14, 14, None),
    "oauth_host": (14, 14, 14, None),
    "vault_host": (14, 14, 14, None),
    "port": (14, 14, 14, None),
    "verify_host": (14, None, 14, None),
    "verify_ip": (14, None, 14, None),
    "skip_verification": (16, 16, 16, None),
}


def test_table_matches_vendor_clients() -> None:
    """The simulated ONTAP uses the same table, so no other test would find a mistake in it."""
    assert {name: tuple(each and each.major for each in field) for name, field in FIELDS.items()} == VENDOR_FIELDS
    assert {each.generation for field in FIELDS.values() for each in field if each} == {9}
    calls = {
        "rekey-internal": (9, 10),
        "rekey-external": (9, 11),
        "restore": (9, 10),
        "migrate": (9, 9),
        "key-stores": (9, 14),
    }
    assert {**calls, "key-manager-configs": (9, 10)} == releases.CALLS
    assert list(releases.SETTINGS.values()) == [(9, 10), (9, 11), (9, 15)]
    assert (releases.BASE, releases.NEWEST) == ((9, 11), (9, 19))


@pytest.mark.parametrize(
    ("version", "code", "expected"),
    [
        ((9, 10), "3", PATCH),
        ((9, 8), "3", PATCH),
        ((9, 11), "3", None),
        (None, "3", None),
        ((9, 10), "4", None),
        ((9, 10), "65537547", None),
    ],
)
def test_falls_back_only_when_release_lacks_the_call(
    version: tuple[int, int] | None, code: str, expected: Write | None
) -> None:
    client: Any = FakeClient(version and Version(*version))
    assert older_releases.find_fallback(client, REKEY, refusal(code, 404)) == expected
    assert client.times == (1 if code == "3" else 0)


def test_hint_names_release_of_unsupported_call() -> None:
    client: Any = FakeClient(Version(9, 8))
    told = older_releases.add_release_hint(
        client, refusal("3", 404), Write("POST", "/api/security/key-managers/u/migrate", {"uuid": "v"})
    )
    assert told.hint == "migrate needs ONTAP 9.9.1 or later, and the cluster has 9.8."


@pytest.mark.parametrize(
    ("method", "body", "hint"),
    [
        (
            "PATCH",
            {"client_id": "c", "client_secret": "s"},
            "client_id needs ONTAP 9.9.1 or later, and the cluster has 9.8.",
        ),
        (
            "POST",
            {"client_id": "c", "client_certificate": "x"},
            "client_certificate needs ONTAP 9.10.1 or later, and the cluster has 9.8.",
        ),
    ],
)
def test_hint_names_release_of_unsupported_field(method: str, body: dict[str, Any], hint: str) -> None:
    client: Any = FakeClient(Version(9, 8))
    path = "/api/security/azure-key-vaults" + ("" if method == "POST" else "/u")
    assert older_releases.add_release_hint(client, refusal("262179"), Write(method, path, body)).hint == hint


def test_other_errors_keep_their_hint() -> None:
    for version in (Version(9, 19), None):
        client: Any = FakeClient(version)
        given_hint = refusal("262179").hint
        assert (
            older_releases.add_release_hint(
                client, refusal("262179"), Write("PATCH", "/api/security/azure-key-vaults/u", {"client_id": "c"})
            ).hint
            == given_hint
        )
    client = FakeClient(Version(9, 8))
    assert older_releases.add_release_hint(client, refusal("65537547"), PATCH).hint == refusal("65537547").hint
    assert client.times == 0


def test_bulk_patch_is_explained_as_patch() -> None:
    """A C(PATCH) of the REST collection changes several records and creates none."""
    client: Any = FakeClient(Version(9, 8))
    several = Write("PATCH", "/api/security/azure-key-vaults", {"client_id": "c"}, query=(("uuid", "u|v"),))
    assert (
        older_releases.add_release_hint(client, refusal("262179"), several).hint
        == "client_id needs ONTAP 9.9.1 or later, and the cluster has 9.8."
    )


def test_does_not_read_release_when_it_cannot_explain_the_error() -> None:
    client: Any = FakeClient(Version(9, 8))
    older_releases.add_release_hint(client, refusal("3", 404), Write("POST", "/api/security/azure-key-vaults", {}))
    older_releases.add_release_hint(
        client, refusal("262179"), Write("PATCH", "/api/security/azure-key-vaults/u", {"bogus": 1})
    )
    with pytest.raises(ApiError), check_release(client, ["authentication_method"]):
        raise refusal("6", 401)
    assert client.times == 0


def test_does_not_read_release_without_newer_fields() -> None:
    client: Any = FakeClient(Version(9, 8))
    with check_release(client, ["client_certificate", "name", "*"]):
        pass
    assert client.times == 0


def test_refuses_field_newer_than_cluster_before_any_request() -> None:
    client: Any = FakeClient(Version(9, 14))
    with (
        pytest.raises(
            OptionError, match=r"skip_verification: it needs ONTAP 9\.16\.1 or later, and the cluster has 9\.14\.1"
        ),
        check_release(client, ["port", "skip_verification"]),
    ):
        raise AssertionError
    with check_release(client, ["port"]):
        pass


def test_unknown_release_does_not_block_the_run() -> None:
    client: Any = FakeClient(None)
    with check_release(client, ["port"]):
        pass
    with pytest.raises(ApiError) as refused, check_release(client, ["port"]):
        raise refusal("262197")
    assert refused.value.hint == refusal("262197").hint
