# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError

LOGIN = {"hostname": "cluster", "username": "admin", "password": "secret"}


def validated(given: dict[str, Any]) -> dict[str, Any]:
    """Return options as a module receives them. An option that the argument specification refuses fails the test."""
    result = ArgumentSpecValidator(options.build_argument_spec()).validate(given)
    assert result.error_messages == []
    parameters: dict[str, Any] = result.validated_parameters
    return parameters


def connection(environ: Any = None, **given: Any) -> Connection:
    """Return the connection of a task with these options. Options that are None are left out."""
    return options.read_connection(
        validated({name: value for name, value in given.items() if value is not None}), environ or {}
    )


def refused(environ: Any = None, **given: Any) -> OptionError:
    """Return the error of a task with these options."""
    with pytest.raises(OptionError) as failed:
        connection(environ, **given)
    return failed.value


def test_connection_has_expected_defaults() -> None:
    assert connection(**LOGIN) == Connection(hostname="cluster", port=443, username="admin", password="secret")


def test_accepts_aliases_of_netapp_ontap() -> None:
    assert connection(hostname="cluster", user="admin", **{"pass": "secret"}) == connection(**LOGIN)


def test_reads_all_connection_options(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x")
    found = connection(**LOGIN, http_port=8443, ca_path=str(bundle), timeout=9, max_retries=0, use_rest="always")
    assert found == Connection(
        "cluster", 8443, username="admin", password="secret", ca_path=str(bundle), timeout=9, max_retries=0
    )
    assert found.base_url == "https://cluster:8443"


def test_plain_http_defaults_to_port_80() -> None:
    assert connection(**LOGIN, https=False).base_url == "http://cluster:80"


def test_hostname_is_required() -> None:
    (error,) = ArgumentSpecValidator(options.build_argument_spec()).validate({}).error_messages
    assert "hostname" in error


# Options of netapp.ontap 23.6


@pytest.mark.parametrize("value", ["auto", "always", "never", "Auto", "ALWAYS", "Never"])
def test_accepts_use_rest_in_any_letter_case(value: str) -> None:
    assert options.read_use_rest(validated({**LOGIN, "use_rest": value})) == value.lower()


def test_refuses_unknown_use_rest_value() -> None:
    with pytest.raises(OptionError, match="use_rest: 'sometimes' is not accepted; give one of auto, always, never"):
        options.read_use_rest(validated({**LOGIN, "use_rest": "sometimes"}))


@pytest.mark.parametrize(
    "settings",
    [
        {"ontapi": 120},
        {"feature_flags": {"trace_apis": True, "unknown": 1}},
        {"force_ontap_version": "9.10.1"},
        {"use_lambda": False, "lambda_config": {"function_name": "f", "aws_region": "r"}},
        {"validate_certs": "yes", "https": "true", "use_rest": "Always"},
    ],
)
def test_accepts_and_ignores_other_options_of_netapp_ontap(settings: dict[str, Any]) -> None:
    assert connection(**LOGIN, **settings) == connection(**LOGIN)


def test_refuses_connection_through_lambda() -> None:
    """It must not silently become a direct connection."""
    assert refused(**LOGIN, use_lambda=True).target == "use_lambda"


def test_client_certificate_forces_https(files: dict[str, str]) -> None:
    assert connection(hostname="cluster", https=False, **files).base_url == "https://cluster:443"


def test_accepts_certificate_file_that_contains_its_key(tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n")
    found = connection({"ONTAP_KEY_FILEPATH": __file__}, hostname="cluster", cert_filepath=str(tmp_path / "both.pem"))
    assert (found.cert_filepath, found.key_filepath) == (str(tmp_path / "both.pem"), None)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("cluster-mgmt_1.example.com", "https://cluster-mgmt_1.example.com:443"),
        ("cluster.example.com.", "https://cluster.example.com.:443"),
        ("192.0.2.10", "https://192.0.2.10:443"),
        ("fd20:8b1e::15", "https://[fd20:8b1e::15]:443"),
        ("[fd20:8b1e::15]", "https://[fd20:8b1e::15]:443"),
        ("fe80::1%eth0", "https://[fe80::1%25eth0]:443"),
    ],
)
def test_accepts_host_name_ipv4_and_ipv6_address(host: str, url: str) -> None:
    assert connection(**{**LOGIN, "hostname": host}).base_url == url


@pytest.mark.parametrize(
    "host",
    ["https://cluster", "http://cluster/", "cluster:8443", "cluster/api", "clu ster", "cluster,other", "user@cluster", "[::1", "::1::2", "[cluster]",
     ".cluster", "cluster..example", "-cluster", "cluster-", "clüster", "a?b", "a#b", "[::1]:443"],
)  # fmt: skip
def test_refuses_invalid_hostname(host: str) -> None:
    error = refused(**{**LOGIN, "hostname": host})
    assert error.target == "hostname"
    assert "IPv6" in error.message


@pytest.mark.parametrize("host", ["", "  ", "\n", None])
def test_empty_hostname_does_not_fall_back_to_environment(monkeypatch: pytest.MonkeyPatch, host: str | None) -> None:
    monkeypatch.setenv("ONTAP_HOSTNAME", "other")
    result = ArgumentSpecValidator(options.build_argument_spec()).validate({**LOGIN, "hostname": host})
    if host is None and result.error_messages:
        # ansible-core 2.18 itself refuses null for a required option.
        assert ["argument 'hostname'" in message for message in result.error_messages] == [True]
        return
    assert result.error_messages == []
    with pytest.raises(OptionError, match="hostname: it is empty"):
        options.read_connection(result.validated_parameters, os.environ)


@pytest.mark.parametrize(
    "host",
    [
        "https://admin:hunter2@cluster",
        "admin:hunter2@cluster",
        "https://admin:hunter2/x@cluster",
        "admin:hunter2",
        "admin:hunter2/x",
        "//admin:hunter2#x",
    ],
)
def test_error_does_not_repeat_password_in_hostname(host: str) -> None:
    assert "hunter2" not in refused(**{**LOGIN, "hostname": host}).as_text()


@pytest.mark.parametrize(
    ("host", "what"),
    [("https://cluster", "a scheme"), ("admin@cluster", "a user name or a password"), ("cluster/api", "a path"), ("cluster:8443", "a port"),
     ("[::1]:8443", "a port"), ("clu ster", "white space"), ("clu\u200bster", "white space"),
     ("\uff43luster", "characters that only look like others, such as full-width letters")],
)  # fmt: skip
def test_error_names_invalid_part_of_hostname(host: str, what: str) -> None:
    error = refused(**{**LOGIN, "hostname": host})
    assert error.message == f"hostname: it holds {what}, so it is not a name, an IPv4 or an IPv6 address"
    assert "http_port" in str(error.hint)


EDGES = {
    "secret\n": "ends with a line break",
    " secret": "begins with white space",
    "\tsecret\r\n": "begins and ends with a line break",
    "secret\u00a0": "ends with white space",
    "\ufeffsecret": "begins with white space",
    "secret\u200b": "ends with white space",
    # Marks of the direction, as dialogs of Windows add them; a soft hyphen; a word joiner; an end of a paragraph.
    "\u200esecret": "begins with white space",
    "\u202asecret\u202c": "begins and ends with white space",
    "secret\u00ad": "ends with white space",
    "secret\u2060": "ends with white space",
    "secret\u2029": "ends with white space",
    "secret\x07": "ends with white space",
}


@pytest.mark.parametrize("source", ["task", "environment"])
@pytest.mark.parametrize("name", ["hostname", "username", "password"])
@pytest.mark.parametrize("value", list(EDGES))
def test_refuses_leading_or_trailing_white_space(
    monkeypatch: pytest.MonkeyPatch, source: str, name: str, value: str
) -> None:
    given: dict[str, Any] = {**LOGIN, name: value}
    if source == "environment":
        monkeypatch.setenv(f"ONTAP_{name.upper()}", given.pop(name))
    error = refused(os.environ, **given)
    assert (error.target, error.message) == (name, f"{name}: it {EDGES[value]}")
    assert "echo" in str(error.hint)
    assert "secret" not in error.as_text()


def test_error_names_white_space_around_path(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    assert "White space" in refused(**LOGIN, ca_path=f"{tmp_path}/ca.pem\n").as_text()


@given(st.text(max_size=60))
def test_any_hostname_gives_valid_url_or_option_error(host: str) -> None:
    try:
        found = options.read_connection(
            {"https": True, "validate_certs": True, "timeout": 1, "max_retries": 0, **LOGIN, "hostname": host}, {}
        )
    except OptionError as error:
        if error.target != "hostname":
            raise
    else:
        assert not set(found.base_url) & set(" /?#@\\") - {"/"}


@pytest.mark.parametrize(
    ("name", "value"), [("http_port", -1), ("http_port", 65536), ("timeout", 0), ("timeout", -1), ("max_retries", -1)]
)
def test_refuses_numbers_out_of_range(name: str, value: int) -> None:
    error = refused(**LOGIN, **{name: value})
    assert error.target == name
    assert str(value) in error.message


@pytest.mark.parametrize(("value", "limits"), [(0, "from 1 to 9"), (10, "from 1 to 9")])
def test_range_error_names_both_limits(value: int, limits: str) -> None:
    with pytest.raises(OptionError, match=limits):
        options.check_range("concurrency", value, 1, 9)
    assert options.check_range("concurrency", 9, 1, 9) == 9


# Environment


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("ONTAP_HOSTNAME", "other", "hostname", "other"),
        ("ONTAP_HTTP_PORT", "8443", "port", 8443),
        ("ONTAP_VALIDATE_CERTS", "false", "validate_certs", False),
        ("ONTAP_VALIDATE_CERTS", "True", "validate_certs", True),
        ("ONTAP_CA_PATH", __file__, "ca_path", __file__),
    ],
)
def test_missing_options_are_read_from_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: Any
) -> None:
    monkeypatch.setenv("ONTAP_HOSTNAME", "cluster")
    monkeypatch.setenv(variable, value)
    assert getattr(connection(username="u", password="p"), field) == expected


@pytest.mark.parametrize(
    ("variable", "field", "expected"),
    [
        ("ONTAP_HTTP_PORT", "port", 443),
        ("ONTAP_VALIDATE_CERTS", "validate_certs", True),
        ("ONTAP_CA_PATH", "ca_path", None),
    ],
)
def test_empty_environment_variable_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, variable: str, field: str, expected: Any
) -> None:
    monkeypatch.setenv(variable, "")
    assert getattr(connection(**LOGIN), field) == expected


def test_empty_hostname_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTAP_HOSTNAME", "")
    errors = ArgumentSpecValidator(options.build_argument_spec()).validate({}).error_messages
    assert errors == ["missing required arguments: hostname"]


def test_task_overrides_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOSTNAME", "other"), ("HTTP_PORT", "1"), ("VALIDATE_CERTS", "no"), ("CA_PATH", "/nowhere")):
        monkeypatch.setenv(f"ONTAP_{name}", value)
    found = connection(**LOGIN, http_port=8443, validate_certs=True, ca_path="")
    assert (found.hostname, found.port, found.validate_certs, found.ca_path) == ("cluster", 8443, True, None)


# Trust


def test_empty_ca_bundle_counts_as_unset(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.touch()
    assert connection(**LOGIN, ca_path=str(empty)).ca_path is None


def test_accepts_directory_as_ca_path(tmp_path: Path) -> None:
    assert connection(**LOGIN, ca_path=str(tmp_path)).ca_path == str(tmp_path)


def test_refuses_missing_ca_bundle() -> None:
    error = refused(**LOGIN, ca_path="/does/not/exist.pem")
    assert error.target == "ca_path"
    assert "does not exist on the host that runs the module" in error.message


def test_refuses_unreadable_ca_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x")
    # Root may read every file, whatever its mode.
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "may not be read" in refused(**LOGIN, ca_path=str(bundle)).message


def test_ignores_ca_bundle_without_verification() -> None:
    found = connection(**LOGIN, validate_certs=False, ca_path="/does/not/exist.pem")
    assert (found.validate_certs, found.ca_path) == (False, None)


# Authentication


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A client certificate and its key, as paths."""
    for name in ("cert", "key"):
        (tmp_path / name).write_text("x")
    return {"cert_filepath": str(tmp_path / "cert"), "key_filepath": str(tmp_path / "key")}


PASSWORD_ENV = {"ONTAP_USERNAME": "env-user", "ONTAP_PASSWORD": "env-pass"}


def env_files(files: dict[str, str]) -> dict[str, str]:
    """The same paths as environment variables."""
    return {f"ONTAP_{name.upper()}": value for name, value in files.items()}


def test_task_certificate_is_used(files: dict[str, str]) -> None:
    found = connection(hostname="cluster", **files)
    assert (found.username, found.password) == (None, None)
    assert (found.cert_filepath, found.key_filepath) == (files["cert_filepath"], files["key_filepath"])


def test_environment_password_is_used() -> None:
    found = connection(PASSWORD_ENV, hostname="cluster")
    assert (found.username, found.password) == ("env-user", "env-pass")


def test_environment_certificate_is_used(files: dict[str, str]) -> None:
    assert connection(env_files(files), hostname="cluster").cert_filepath == files["cert_filepath"]


def test_task_certificate_overrides_environment_password(files: dict[str, str]) -> None:
    found = connection(PASSWORD_ENV, hostname="cluster", **files)
    assert (found.username, found.cert_filepath) == (None, files["cert_filepath"])


def test_task_password_overrides_environment_certificate(files: dict[str, str]) -> None:
    found = connection(env_files(files), **LOGIN)
    assert (found.username, found.cert_filepath) == ("admin", None)


def test_task_password_overrides_environment_password() -> None:
    assert connection(PASSWORD_ENV, **LOGIN).username == "admin"


def test_refuses_password_and_certificate_in_task(files: dict[str, str]) -> None:
    error = refused(**LOGIN, **files)
    assert "in the task" in error.message
    assert "username and password and cert_filepath and key_filepath" in error.message


def test_refuses_password_and_certificate_in_environment(files: dict[str, str]) -> None:
    assert "in the environment" in refused({**PASSWORD_ENV, **env_files(files)}, hostname="cluster").message


def test_refuses_missing_credentials() -> None:
    error = refused(hostname="cluster")
    assert "no credentials were given" in error.message
    assert "ONTAP_USERNAME" in str(error.hint)


@pytest.mark.parametrize(("given", "missing"), [("username", "password"), ("password", "username")])
def test_refuses_username_without_password_and_vice_versa(given: str, missing: str) -> None:
    assert refused(hostname="cluster", **{given: "x"}).target == missing
    assert refused({f"ONTAP_{given.upper()}": "x"}, hostname="cluster").target == missing


@pytest.mark.parametrize(("given", "missing"), [("cert_filepath", "key_filepath"), ("key_filepath", "cert_filepath")])
def test_refuses_certificate_without_key_and_vice_versa(files: dict[str, str], given: str, missing: str) -> None:
    assert refused(hostname="cluster", **{given: files[given]}).target == missing
    assert refused({f"ONTAP_{given.upper()}": files[given]}, hostname="cluster").target == missing


@pytest.mark.parametrize("source", ["task", "environment"])
def test_empty_credential_strings_count_as_unset(files: dict[str, str], source: str) -> None:
    empty = {"cert_filepath": "", "key_filepath": ""} if source == "task" else {}
    found = connection({"ONTAP_CERT_FILEPATH": "", "ONTAP_KEY_FILEPATH": ""}, **LOGIN, **empty)
    assert (found.username, found.cert_filepath) == ("admin", None)
    blank = {"username": "", "password": ""} if source == "task" else {}
    assert (
        connection({"ONTAP_USERNAME": "", "ONTAP_PASSWORD": ""}, hostname="cluster", **blank, **files).cert_filepath
        == files["cert_filepath"]
    )


@pytest.mark.parametrize("source", ["task", "environment"])
def test_empty_credential_files_count_as_unset(tmp_path: Path, source: str) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).touch()
    empty = {"cert_filepath": str(tmp_path / "cert"), "key_filepath": str(tmp_path / "key")}
    found = connection(env_files(empty), **LOGIN) if source == "environment" else connection(**LOGIN, **empty)
    assert (found.username, found.cert_filepath, found.key_filepath) == ("admin", None, None)


@pytest.mark.parametrize("name", ["cert_filepath", "key_filepath"])
def test_refuses_missing_certificate_or_key_file(files: dict[str, str], name: str) -> None:
    error = refused(hostname="cluster", **{**files, name: "/does/not/exist"})
    assert error.target == name


def test_credential_options_have_no_fallback_in_argument_spec() -> None:
    """A fallback of the argument specification does not record the source, so these four options have none."""
    spec = options.build_argument_spec()
    assert {name for name, argument in spec.items() if "fallback" in argument} == {
        "hostname",
        "http_port",
        "validate_certs",
        "ca_path",
    }


def test_argument_spec_merges_module_and_connection_options() -> None:
    spec = options.build_argument_spec(state={"type": "str"})
    assert spec["state"] == {"type": "str"}
    assert set(spec) == set(options.OPTIONS) | {"state"}
    assert spec["password"]["no_log"] is True
