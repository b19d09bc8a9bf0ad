# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the roles: unknown names, and values that are refused before anything runs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configure, variables
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.variables import (
    find_description_errors,
    find_errors,
    find_start_errors,
    list_names,
)


@pytest.fixture
def extra(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The extra variables of a run."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(variables, "load_extra_vars", lambda _loader: given)
    return given


def test_knows_variables_of_roles_and_connection() -> None:
    assert {
        "akv_svm",
        "akv_canary",
        "akv_report_health",
        "akv_hosts",
        "akv_cluster",
        "akv_ca_path",
        "akv_rotated",
    } <= list_names()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("akv_canaries", "akv_canary"),
        ("akv_retry", "akv_retries"),
        ("akv_report_healt", "akv_report_health"),
        ("akv_batchsize", "akv_batch_size"),
    ],
)
def test_misspelled_variable_error_suggests_nearest_name(extra: dict[str, Any], name: str, nearest: str) -> None:
    """It may be an extra variable, a variable of the role, or a variable in the inventory."""
    expected = [f"{name} is not a variable of this collection. Did you mean {nearest}?"]
    assert find_errors([name, "akv_svm"], {}) == expected
    assert find_errors([name], {}, inventory=[name]) == expected
    extra[name] = 1
    assert find_errors([name], {}, inventory=[name]) == expected


def test_accepts_unknown_variables_of_the_inventory(extra: dict[str, Any]) -> None:
    """An unknown extra variable is refused, although it belongs to the host as well."""
    assert find_errors(["akv_datacenter"], {}, inventory=["akv_datacenter"]) == []
    extra["akv_datacenter"] = "east"
    (text,) = find_errors(["akv_datacenter"], {}, inventory=["akv_datacenter"])
    assert text.startswith("akv_datacenter is not a variable of this collection.")


def test_accepts_variables_of_the_roles() -> None:
    assert find_errors(sorted(list_names()), {}) == []


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("akv_credential_expires", "31.12.2027", "akv_credential_expires: '31.12.2027' is not a date; use YYYY-MM-DD."),
        ("akv_credential_created", "2027-02-30", "akv_credential_created: '2027-02-30' is not a date; use YYYY-MM-DD."),
        ("akv_batch_size", 0, "akv_batch_size: 0 is not accepted; use a whole number of at least 1."),
        ("akv_batch_size", "ten", "akv_batch_size: 'ten' is not accepted; use a whole number of at least 1."),
        ("akv_max_failures", -1, "akv_max_failures: -1 is not accepted; use a whole number of at least 0."),
        (
            "akv_max_fail_percentage",
            "101",
            "akv_max_fail_percentage: '101' is not accepted; use a whole number from 0 to 100.",
        ),
        ("akv_retries", True, "akv_retries: True is not accepted; use a whole number of at least 0."),
        ("akv_checks", "state, vault", "akv_checks: 'vault' is not a check; use some of state, azure, ekmip."),
        ("akv_done", "svm1", "akv_done: 'svm1' is not accepted; use SVM@CLUSTER, as a failed run reports it."),
    ],
)
def test_invalid_value_error_names_accepted_values(name: str, value: Any, text: str) -> None:
    assert find_errors([], {name: value}) == [text]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("akv_key_id", "https://vault.example/keys", "akv_key_id: "),
        ("akv_key_id", "keys/key1", "https://VAULT/keys/NAME"),
        ("akv_svm", "svm1|svm2", "akv_svm: 'svm1|svm2' is not accepted: it holds a query operator"),
        ("akv_svm", ",", "akv_svm: it is empty"),
        ("exact_svms", "svm*", "akv_svm: 'svm*' is not accepted: this module does not accept wildcards"),
        ("exact_svms", ["svm1", ""], "it is empty"),
        ("exact_svms", "", "akv_svm: it is empty; name the SVMs."),
        ("exact_svms", None, "akv_svm: it is empty; name the SVMs."),
    ],
)
def test_refuses_invalid_names_and_urls(name: str, value: Any, part: str) -> None:
    (text,) = find_errors([], {name: value})
    assert part in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("akv_credential_expires", "2027-06-30T12:00:00Z"),
        ("akv_credential_expires", ""),
        ("akv_batch_size", "10"),
        ("akv_checks", ["state"]),
        ("akv_checks", ""),
        ("akv_key_id", ""),
        ("akv_key_id", "https://vault.example/keys/key1/0123"),
        ("akv_svm", ""),
        ("akv_svm", []),
        ("akv_svm", ["svm*", "svm1, svm2"]),
        ("akv_done", ["svm1@c1,svm2@c1", "svm3@c2 svm4@c2"]),
        ("exact_svms", "svm1, svm2 "),
    ],
)
def test_accepts_valid_values(name: str, value: Any) -> None:
    assert find_errors([], {name: value}) == []


@pytest.mark.parametrize("role", [path.name for path in sorted(variables.ROLES.glob("akv_*"))])
def test_roles_check_all_values_that_have_a_rule(role: str) -> None:
    """The list of checked values of a role is complete after a new rule or a new variable."""
    options = variables._read_options(role)
    text = (variables.ROLES / role / "vars" / "main.yml").read_text(encoding="utf-8")
    checked = {"akv_svm" if name == "exact_svms" else name for name in re.findall(r"^ +(\w+): ", text, re.MULTILINE)}
    assert checked | {"akv_svm"} >= set(variables._RULES) & set(options)


def test_missing_variables_are_reported_in_one_line() -> None:
    key, configure = "ontap.akv.akv_rotate_key", "ontap.akv.akv_configure"
    assert find_start_errors(role=key, values={"akv_key": "external", "akv_svm": "svm1"}) == []
    assert find_start_errors(role="ontap.akv.akv_health", values={}) == []
    assert find_start_errors(role=key, values={"akv_svm": ["svm1"]}, svm="svm1") == [
        f"akv_key is required; see ansible-doc --type role {key}."
    ]
    assert find_start_errors(role=key, values={}) == [
        f"akv_key and akv_svm are required; see ansible-doc --type role {key}."
    ]
    assert find_start_errors(role=configure, values={}) == [
        f"akv_configurations is required; see ansible-doc --type role {configure}."
    ]
    (line,) = find_start_errors(role=configure, values={}, svm="svm1")
    assert line == (
        f"The hosts of {configure} have to be clusters, and this host is the SVM svm1."
        " akv_configurations is required for each cluster."
    )


@pytest.mark.parametrize(
    ("role", "values", "expected"),
    [
        ("akv_health", {"akv_azure": "maybe"}, "'maybe' is not a valid boolean"),
        ("akv_configure", {"akv_configurations": "svm1"}, "akv_configurations"),
        ("akv_rotate_key", {"akv_key": "outer", "akv_svm": "*"}, "external, internal"),
    ],
)
def test_wrong_types_are_reported(role: str, values: dict[str, Any], expected: str) -> None:
    line = find_start_errors(role=f"ontap.akv.{role}", values=values)[0]
    assert expected in line
    assert next(iter(values)) in line


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({"akv_common": {"keyid": "k", "name": "n"}}, ["akv_common: 'keyid' is not an option; did you mean key_id?"]),
        (
            {"akv_common": {"update_credential": "always"}},
            ["akv_common: 'update_credential' is not an option; did you mean update_credentials?"],
        ),
        (
            {"akv_configurations": [{"svm": "svm1"}, {"svn": "svm2"}, {"svn": "svm3", "Port": 443}]},
            [
                "akv_configurations: 'svn' is not an option; did you mean svm?",
                "akv_configurations: 'Port' is not an option; did you mean port?",
            ],
        ),
        ({"akv_configurations": None}, ["akv_configurations: it is not accepted; use a list of dictionaries."]),
        ({"akv_configurations": ["svm1"]}, ["akv_configurations: it is not accepted; use a list of dictionaries."]),
        ({"akv_common": "name=n"}, ["akv_common: it is not accepted; use a dictionary."]),
        ({"akv_common": None}, ["akv_common: it is not accepted; use a dictionary."]),
    ],
)
def test_misspelled_option_error_suggests_nearest_name(values: dict[str, Any], lines: list[str]) -> None:
    given = {"akv_configurations": [{"svm": "svm1"}], **values}
    assert find_start_errors(role="ontap.akv.akv_configure", values=given) == lines
    described = {"entries": given["akv_configurations"], "common": given.get("akv_common", {})}
    assert find_description_errors(**described) == lines
    assert configure.find_errors(**described) == lines


def test_unknown_option_error_names_accepted_options() -> None:
    (line,) = find_description_errors([{"svm": "svm1"}], {"colour": "red"})
    assert line.startswith("akv_common: 'colour' is not an option; use some of svm, scope, configuration, ")
    assert "key_id" in line


@pytest.mark.parametrize("key", ["client_secret:Kx8Q~s3cret", "client_secret s3cret", "Kx8Qs3cret", "s" * 41, 3])
def test_name_that_may_hold_a_secret_is_not_shown(key: Any) -> None:
    """Without a space after the colon, YAML takes the option and its value as one name."""
    (line,) = find_description_errors([{"svm": "svm1"}], {key: None})
    assert line.startswith("akv_common: a name in it is not an option")
    assert str(key) not in line
    assert "s3cret" not in line


def test_common_values_have_the_types_of_entries() -> None:
    for value in ({"state": "absnet"}, {"enabled": "maybe"}):
        (name,) = value
        (line,) = find_description_errors([{"svm": "svm1"}], {**value, "client_secret": "s3cret"})
        assert "akv_common" in line
        assert name in line
        assert "s3cret" not in line
    accepted = dict.fromkeys(("name", "key_id", "client_secret", "proxy_type"), "") | {"port": "443", "svm": ["s"]}
    assert find_description_errors([], accepted) == []


def test_only_variables_of_the_role_are_given() -> None:
    names = ["akv_svm", "akv_password", "akv_datacenter", "akv_azure"]
    assert sorted(variables.list_given(role="ontap.akv.akv_health", names=names)) == ["akv_azure", "akv_svm"]


@pytest.mark.parametrize(
    ("host", "address", "hostname", "expected"),
    [
        ("cluster1", "192.0.2.1", None, "192.0.2.1"),
        ("cluster1", "192.0.2.1", "", "192.0.2.1"),
        ("cluster1", "192.0.2.1", "north", "north"),
        ("localhost", "192.0.2.1", None, "192.0.2.1"),
        ("localhost", "127.0.0.1", None, None),
        ("localhost", "localhost", "north", "north"),
        # Not the cluster of the environment: the empty name is an error of the module.
        ("localhost", "localhost", "", ""),
    ],
)
def test_hostname_comes_from_variable_or_address(
    host: str, address: str, hostname: str | None, expected: str | None
) -> None:
    found = variables.select_connection_options(host=host, address=address, hostname=hostname, values={})
    assert found == ({} if expected is None else {"hostname": expected})


def test_empty_connection_variables_count_as_not_set() -> None:
    given = {"username": "", "password": None, "validate_certs": False, "https": "", "max_retries": 0, "timeout": 0}
    found = variables.select_connection_options(host="h", address="a", hostname="c", values={**given, "http_port": 444})
    assert found == {"hostname": "c", "validate_certs": False, "max_retries": 0, "http_port": 444}
