# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connection options apply to each cluster of an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import CERTIFICATE_WAY, PASSWORD_WAY
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster, read_clusters

LOGIN = {"username": "admin", "password": "netapp1!"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A client certificate and its key, and a file of 0 bytes."""
    for name in ("a.pem", "a.key", "b.pem", "b.key"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "empty").touch()
    return {path.name: str(path) for path in tmp_path.iterdir()}


def read_only_cluster(given: dict[str, Any], environ: dict[str, str] | None = None) -> Cluster:
    """Return the only cluster."""
    (cluster,) = read_clusters(given, environ or {})
    return cluster


def get_login(cluster: Cluster) -> dict[str, str]:
    """Return the login options of a cluster."""
    return {
        name: value
        for name in PASSWORD_WAY + CERTIFICATE_WAY
        if (value := getattr(cluster.connection, name)) is not None
    }


def test_reads_single_cluster() -> None:
    cluster = read_only_cluster({"hostname": "c1", **LOGIN, "timeout": "7", "https": "no", "svms": "all"})
    assert (cluster.name, cluster.connection.base_url, cluster.connection.timeout) == ("c1", "http://c1:80", 7)
    assert get_login(cluster) == LOGIN


def test_environment_provides_missing_options() -> None:
    environ = {"ONTAP_HOSTNAME": "c9", "ONTAP_USERNAME": "env", "ONTAP_PASSWORD": "secret"}
    assert read_only_cluster({}, environ).name == "c9"
    assert get_login(read_only_cluster({"hostname": "c1", "username": ""}, environ)) == {
        "username": "env",
        "password": "secret",
    }
    assert get_login(read_only_cluster({"clusters": [{"hostname": "c1", **LOGIN}]}, environ)) == LOGIN


@pytest.mark.parametrize("hostname", ["", " ", None])
def test_empty_hostname_does_not_fall_back_to_environment(hostname: str | None) -> None:
    with pytest.raises(AkvError, match="hostname: it is empty"):
        read_clusters({**LOGIN, "hostname": hostname}, {"ONTAP_HOSTNAME": "c9"})


def test_ignores_empty_hostname_next_to_clusters() -> None:
    assert (
        read_only_cluster({**LOGIN, "hostname": "", "clusters": [{"hostname": "c1"}]}, {"ONTAP_HOSTNAME": "c9"}).name
        == "c1"
    )


@pytest.mark.parametrize("hostname", ["https://admin:hunter2@c1", "admin:hunter2", "c1:8443", "c1\n"])
def test_error_does_not_repeat_invalid_hostname(hostname: str) -> None:
    with pytest.raises(AkvError, match="hostname: it") as failed:
        read_clusters({**LOGIN, "clusters": [{"hostname": hostname}]}, {})
    assert hostname not in failed.value.as_text()
    assert "hunter2" not in failed.value.as_text()


def test_hostname_of_environment_does_not_apply_to_clusters() -> None:
    with pytest.raises(AkvError, match=r"clusters\[0\]: hostname is missing"):
        read_clusters({"clusters": [{"name": "east", **LOGIN}]}, {"ONTAP_HOSTNAME": "c9"})


def test_options_of_a_cluster_override_general_options() -> None:
    given = {
        **LOGIN,
        "timeout": 7,
        "max_retries": 1,
        "clusters": [{"hostname": "c1", "timeout": 9, "name": "east"}, {"hostname": "c2", "http_port": "8443"}],
    }
    east, other = read_clusters(given, {})
    assert (east.name, east.connection.timeout, east.connection.max_retries, east.connection.port) == (
        "east",
        9,
        1,
        443,
    )
    assert (other.name, other.connection.timeout, other.connection.max_retries, other.connection.port) == (
        "c2",
        7,
        1,
        8443,
    )


@pytest.mark.parametrize(
    ("general", "own", "expected"),
    [
        (LOGIN, {}, LOGIN),
        (LOGIN, {"password": "other"}, {"username": "admin", "password": "other"}),
        (LOGIN, {"user": "x", "pass": "y"}, {"username": "x", "password": "y"}),
        ({"user": "admin", "pass": "netapp1!"}, {"username": "admin"}, LOGIN),
        (LOGIN, {"username": "", "password": None}, LOGIN),
        (
            LOGIN,
            {"cert_filepath": "a.pem", "key_filepath": "a.key"},
            {"cert_filepath": "a.pem", "key_filepath": "a.key"},
        ),
        (LOGIN, {"cert_filepath": "empty", "key_filepath": "empty"}, LOGIN),
        ({"cert_filepath": "a.pem", "key_filepath": "a.key"}, LOGIN, LOGIN),
        (
            {"cert_filepath": "a.pem", "key_filepath": "a.key"},
            {"key_filepath": "b.key"},
            {"cert_filepath": "a.pem", "key_filepath": "b.key"},
        ),
        ({"cert_filepath": "empty", "key_filepath": "empty", **LOGIN}, {}, LOGIN),
    ],
)
def test_login_of_a_cluster_overrides_general_login(
    files: dict[str, str], general: dict[str, str], own: dict[str, str], expected: dict[str, str]
) -> None:
    def real(options: dict[str, str]) -> dict[str, Any]:
        return {name: files.get(value, value) for name, value in options.items()}

    assert get_login(read_only_cluster({**real(general), "clusters": [{"hostname": "c1", **real(own)}]})) == real(
        expected
    )


@pytest.mark.parametrize(
    ("general", "own", "missing"),
    [
        (LOGIN, {"username": "guest"}, "password"),
        ({"cert_filepath": "a.pem", "key_filepath": "a.key"}, {"cert_filepath": "b.pem"}, "key_filepath"),
        (LOGIN, {"cert_filepath": "a.pem"}, "key_filepath"),
    ],
)
def test_identity_is_never_combined_with_credential_of_another(
    files: dict[str, str], general: dict[str, str], own: dict[str, str], missing: str
) -> None:
    given = {name: files.get(value, value) for name, value in general.items()}
    with pytest.raises(AkvError, match=f"cluster c1: {missing}: it is required") as raised:
        read_clusters(
            {
                **given,
                "clusters": [{"hostname": "c1", **{name: files.get(value, value) for name, value in own.items()}}],
            },
            {},
        )
    assert "netapp1!" not in raised.value.as_text()


def test_refuses_path_in_unknown_home_directory() -> None:
    with pytest.raises(AkvError, match=r"cluster c1: ca_path: .*does not exist"):
        read_clusters({"hostname": "c1", **LOGIN, "ca_path": "~nobody-of-that-name/ca.pem"}, {})


@pytest.mark.parametrize(
    "name", ["a b", "a:b", "a,b", "a[1:2]", "!a", "&a", "~a", ".a", "-a", "a@b", "a\n", "a/b", 7, ["a"], "ä"]
)
def test_refuses_names_with_a_meaning_in_ansible_patterns(name: Any) -> None:
    with pytest.raises(AkvError, match="cannot be the name of a cluster"):
        read_clusters({**LOGIN, "clusters": [{"hostname": "c1", "name": name}]}, {})


def test_ipv6_address_requires_a_name() -> None:
    with pytest.raises(AkvError, match="cannot be the name of a cluster"):
        read_clusters({**LOGIN, "hostname": "fd00::1"}, {})
    assert (
        read_only_cluster({**LOGIN, "clusters": [{"hostname": "fd00::1", "name": "six"}]}).connection.base_url
        == "https://[fd00::1]:443"
    )
    assert read_only_cluster({**LOGIN, "hostname": "192.0.2.1"}).name == "192.0.2.1"


@pytest.mark.parametrize("entries", [None, "", [], {}, "c1", ["c1"], [None], [{1: 2}]])
def test_refuses_clusters_that_are_not_a_list_of_dictionaries(entries: Any) -> None:
    """An empty list never falls back to the cluster of the environment."""
    with pytest.raises(AkvError, match="clusters: it must be a list"):
        read_clusters({**LOGIN, "clusters": entries}, {"ONTAP_HOSTNAME": "c9"})
