# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import WILL_BE_SENT, Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.records import (
    KEY,
    PATH,
    VAULT,
    VERSION,
    record,
    svm_uuid_of,
    uuid_of,
)

TARGET = Target("svm1", svm="svm1", svm_uuid=svm_uuid_of(1))
NEW = Target("svm1", svm="svm1")
ONE = f"{PATH}/{uuid_of(1)}"
SAME = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}
KEY_2 = f"{VAULT}keys/key2"
CERTIFICATE = base64.b64encode(pair().pkcs12()).decode()
PROXY = {"proxy_type": "https", "proxy_host": "proxy.example.com", "proxy_port": 3128, "proxy_username": "p"}
NO_PROXY = dict.fromkeys(PROXY, "")


def wanted(**options: Any) -> configuration.Wanted:
    """Return the configuration that a task with these options describes."""
    return configuration.read_wanted({"update_credentials": None, "allow_rekey": False, **options})


def update(options: dict[str, Any], **has: Any) -> Change:
    """Return the plan of a task with these options if the cluster has the default record with some differences."""
    return configuration.plan_update(TARGET, record(**has), wanted(**options))


def patch(change: Change) -> Any:
    """Return the body of the only request of a plan, which has to be a PATCH."""
    (write,) = change.writes
    assert (write.method, write.path, write.waits, write.query) == ("PATCH", ONE, True, ())
    return write.body


def is_untouched(change: Change) -> bool:
    """Return whether a plan changes nothing."""
    return (change.action, change.writes, change.fields, change.changes) == (
        "none",
        (),
        [],
        False,
    ) and change.expected == change.record


# Errors that the options alone show


@pytest.mark.parametrize(
    ("option", "value"),
    [("client_id", ""), ("client_id", "   "), ("tenant_id", ""), ("tenant_id", " "), ("client_secret", "")],
)
def test_refuses_empty_values(option: str, value: str) -> None:
    with pytest.raises(OptionError, match="empty") as refused:
        wanted(**{option: value})
    assert refused.value.target == option


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5", "8 0", "0x50"])
def test_refuses_invalid_proxy_port(port: str) -> None:
    with pytest.raises(OptionError) as refused:
        wanted(proxy_port=port)
    assert refused.value.target == "proxy_port"


def test_sends_proxy_port_as_number() -> None:
    assert wanted(proxy_port="3128").fields == {"proxy_port": 3128}
    assert wanted(proxy_port="").fields == {"proxy_port": ""}


@pytest.mark.parametrize(
    ("option", "value"), [("name", "myvault"), ("key_id", VAULT), ("client_certificate", "no base64!")]
)
def test_error_names_option_of_invalid_value(option: str, value: str) -> None:
    with pytest.raises(OptionError) as refused:
        wanted(**{option: value})
    assert refused.value.target == option


# Texts with surrounding white space or invalid content

EXACT = (
    "name",
    "client_id",
    "tenant_id",
    "key_id",
    "client_secret",
    "proxy_host",
    "proxy_port",
    "proxy_username",
    "proxy_password",
    "oauth_host",
    "vault_host",
)


@pytest.mark.parametrize("option", EXACT)
@pytest.mark.parametrize("value", ["s3cret\n", " s3cret", "s3cret\u00a0", "\ufeffs3cret"])
def test_refuses_leading_or_trailing_white_space(option: str, value: str) -> None:
    with pytest.raises(OptionError, match=rf"^{option}: it (begins|ends) with") as failed:
        wanted(**{option: value})
    assert "s3cret" not in failed.value.as_text()
    assert "echo" in str(failed.value.hint)


@pytest.mark.parametrize("option", ["proxy_host", "oauth_host", "vault_host"])
@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("http://proxy", "a scheme"),
        ("http://user:s3cret@proxy:3128", "a user name or a password"),
        ("user:s3/cret@proxy", "a user name or a password"),
        ("user:s3cret", "a colon"),
        ("proxy:3128", "a port"),
        ("[fd00::1]:3128", "a port"),
        ("proxy/path", "a path"),
        ("pro xy", "white space"),
    ],
)
def test_refuses_host_with_scheme_port_path_or_credentials(option: str, value: str, what: str) -> None:
    with pytest.raises(OptionError, match=rf"^{option}: it holds {what}") as failed:
        wanted(**{option: value})
    assert "s3" not in failed.value.as_text()
    assert "port" in str(failed.value.hint)


@pytest.mark.parametrize("value", ["proxy", "proxy_1.example.com.", "192.0.2.1", "fd00::1", "[fd00::1]"])
def test_accepts_names_and_addresses_as_host(value: str) -> None:
    assert wanted(proxy_host=value).fields["proxy_host"] == value


@pytest.mark.parametrize(
    ("option", "value"),
    [("name", "https://user:s3/cret@vault"), ("key_id", "https://s3cret@vault/keys/k"), ("name", "user:s3cret@vault")],
)
def test_refuses_url_with_password_without_repeating_it(option: str, value: str) -> None:
    with pytest.raises(OptionError, match=rf"^{option}: it holds a user name or a password") as failed:
        wanted(**{option: value})
    assert "s3" not in failed.value.as_text()


@pytest.mark.parametrize(
    ("options", "method", "authentication"),
    [
        ({}, None, {}),
        ({"proxy_password": "p"}, None, {}),
        ({"client_secret": "s", "proxy_password": "p"}, "client_secret", {"client_secret": "s"}),
        ({"client_certificate": f" {CERTIFICATE}\n"}, "certificate", {"client_certificate": CERTIFICATE}),
    ],
)
def test_determines_authentication_method(
    options: dict[str, str], method: str | None, authentication: dict[str, str]
) -> None:
    found = wanted(**options)
    assert (found.method, found.authentication) == (method, authentication)


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        ({"client_secret": "s"}, False),
        ({"client_secret": "s", "update_credentials": "always"}, False),
        ({"client_secret": "s", "update_credentials": "on_create"}, False),
        ({"client_secret": "s", "update_credentials": "when_unreachable"}, True),
        ({"proxy_password": "p", "update_credentials": "when_unreachable"}, True),
        ({"update_credentials": "when_unreachable"}, False),
    ],
)
def test_reads_reachability_only_when_it_decides(options: dict[str, str], asks: bool) -> None:
    assert wanted(**options).asks_reachability is asks


# Creation


def test_create_sends_all_given_options() -> None:
    change = configuration.plan_creation(
        NEW, wanted(**SAME, client_secret="hunter2", proxy_password="hunter3", **{**PROXY, "proxy_port": "3128"})
    )
    body = {"svm": {"name": "svm1"}, **SAME, **PROXY, "client_secret": "hunter2", "proxy_password": "hunter3"}
    assert change.writes == (Write("POST", PATH, body, query=(("return_records", "true"),)),)
    assert (change.action, change.record, change.changes) == ("create", None, True)
    assert change.expected == {
        "scope": "svm",
        "svm": {"name": "svm1"},
        **SAME,
        **PROXY,
        "authentication_method": "client_secret",
    }
    assert change.shown == {"client_secret": WILL_BE_SENT, "proxy_password": WILL_BE_SENT}
    assert change.fields == sorted(body)


def test_create_omits_empty_proxy_options() -> None:
    change = configuration.plan_creation(
        NEW, wanted(**SAME, client_certificate=CERTIFICATE, proxy_password="", **NO_PROXY)
    )
    assert change.writes[0].body == {"svm": {"name": "svm1"}, **SAME, "client_certificate": CERTIFICATE}
    assert change.expected is not None
    assert change.expected["authentication_method"] == "certificate"


@pytest.mark.parametrize(
    ("target", "owner", "scope"),
    [
        (NEW, {"svm": {"name": "svm1"}}, "svm"),
        (Target(svm_uuid_of(1), svm=svm_uuid_of(1), svm_uuid=svm_uuid_of(1)), {"svm": {"uuid": svm_uuid_of(1)}}, "svm"),
        (Target("cluster"), {}, "cluster"),
    ],
)
def test_create_names_owner_of_configuration(target: Target, owner: dict[str, Any], scope: str) -> None:
    change = configuration.plan_creation(target, wanted(**SAME, client_secret="s"))
    assert change.writes[0].body == {**owner, **SAME, "client_secret": "s"}
    assert change.expected is not None
    assert change.expected["scope"] == scope
    assert change.expected.get("svm") == owner.get("svm")


CREDENTIAL = "one of client_secret, client_certificate and client_certificate_path"


@pytest.mark.parametrize(
    ("given", "missing", "first"),
    [
        ({}, f"name, client_id, tenant_id, key_id, {CREDENTIAL}", "name"),
        ({"client_secret": "s"}, "name, client_id, tenant_id, key_id", "name"),
        ({"name": VAULT, "tenant_id": "t"}, f"client_id, key_id, {CREDENTIAL}", "client_id"),
        ({**SAME, "proxy_password": "p"}, CREDENTIAL, "client_secret"),
    ],
)
def test_create_error_names_all_missing_options(given: dict[str, str], missing: str, first: str) -> None:
    with pytest.raises(TargetError) as refused:
        configuration.plan_creation(NEW, wanted(**given))
    assert refused.value.message.endswith(f"missing: {missing}")
    assert refused.value.target == first


def test_refuses_to_create_a_configuration_by_uuid() -> None:
    with pytest.raises(TargetError) as refused:
        configuration.plan_creation(Target(uuid_of(1), uuid=uuid_of(1)), wanted(**SAME, client_secret="s"))
    assert refused.value.target == "uuid"


# Comparison


@pytest.mark.parametrize(
    "options",
    [
        {},
        SAME,
        {"name": VAULT.rstrip("/").upper().replace("HTTPS", "https")},
        {"client_id": record()["client_id"].upper()},
        {"tenant_id": record()["tenant_id"].upper()},
        {"key_id": f"{KEY}/{VERSION}"},
        {"key_id": f"{KEY}/"},
        NO_PROXY,
        {"key_id": KEY, "allow_rekey": True},
    ],
)
def test_plans_no_change_when_options_match(options: dict[str, Any]) -> None:
    change = update(options)
    assert is_untouched(change)
    assert change.warnings == ()


@pytest.mark.parametrize(
    ("options", "has"),
    [
        ({"key_id": KEY}, {"key_id": f"{KEY}/{VERSION}"}),
        ({"key_id": f"{KEY}/{VERSION}"}, {"key_id": f"{KEY}/{VERSION}"}),
        ({**PROXY, "proxy_port": "3128"}, PROXY),
        (NO_PROXY, NO_PROXY),
        ({"client_id": "an app"}, {"client_id": "an app"}),
        ({"proxy_port": "3128"}, {"proxy_port": "3128"}),
    ],
)
def test_plans_no_change_for_equivalent_records(options: dict[str, Any], has: dict[str, Any]) -> None:
    assert is_untouched(update(options, **has))


@pytest.mark.parametrize(
    ("options", "has", "body"),
    [
        ({**SAME, "client_id": "x"}, {}, {"client_id": "x"}),
        ({"tenant_id": "x", "client_id": "y"}, {}, {"tenant_id": "x", "client_id": "y"}),
        ({"client_id": "AN APP"}, {"client_id": "an app"}, {"client_id": "AN APP"}),
        ({"proxy_host": "other"}, PROXY, {"proxy_host": "other"}),
        ({"proxy_port": "8080"}, PROXY, {"proxy_port": 8080}),
        (NO_PROXY, PROXY, NO_PROXY),
        ({"proxy_host": ""}, PROXY, {"proxy_host": ""}),
        ({**PROXY, "proxy_port": "3128"}, {}, PROXY),
    ],
)
def test_update_sends_only_differences(options: dict[str, Any], has: dict[str, Any], body: dict[str, Any]) -> None:
    change = update(options, **has)
    assert patch(change) == body
    assert change.action == "update"
    assert change.fields == sorted(body)
    assert change.record == record(**has)
    assert change.expected == {**record(**has), **body}


@pytest.mark.parametrize(
    ("options", "has", "names"),
    [
        ({"proxy_port": "3128"}, {}, "proxy_port"),
        ({"proxy_port": "3128"}, {"proxy_host": ""}, "proxy_port"),
        ({"proxy_port": "3128"}, {"proxy_port": 3128}, "proxy_port"),
        ({"proxy_type": "http", "proxy_username": "p"}, {}, "proxy_type and proxy_username"),
        ({"proxy_host": "", "proxy_port": "3128"}, PROXY, "proxy_port"),
    ],
)
def test_update_warns_about_proxy_options_without_proxy_host(
    options: dict[str, Any], has: dict[str, Any], names: str
) -> None:
    """Another task may set the host, so ONTAP decides."""
    text = f"svm1: {names} may have no effect without proxy_host. Set proxy_host, or remove {names}."
    assert update(options, **has).warnings == (text,)


@pytest.mark.parametrize("option", ["proxy_type", "proxy_port", "proxy_username", "proxy_password"])
def test_creation_warns_about_proxy_options_without_proxy_host(option: str) -> None:
    value = {**PROXY, "proxy_port": "3128", "proxy_password": "p"}[option]
    created = configuration.plan_creation(NEW, wanted(**SAME, client_secret="s", **{option: value}))
    text = f"svm1: {option} may have no effect without proxy_host. Set proxy_host, or remove {option}."
    assert created.warnings == (text,)


@pytest.mark.parametrize(
    ("options", "has"),
    [({"proxy_port": "1"}, PROXY), ({"proxy_host": "p", "proxy_port": "1"}, {}), (NO_PROXY, PROXY), ({}, {})],
)
def test_does_not_warn_about_a_complete_proxy_or_none(options: dict[str, Any], has: dict[str, Any]) -> None:
    assert update(options, **has).warnings == ()


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({"update_credentials": "always"}, "update_credentials: always "),
        ({"update_credentials": "when_unreachable"}, "update_credentials: when_unreachable "),
        ({"skip_verification": True}, "skip_verification "),
        ({"skip_verification": False}, "skip_verification "),
    ],
)
def test_warns_about_options_of_a_credential_that_the_task_lacks(options: dict[str, Any], first: str) -> None:
    (warning,) = wanted(**options).warnings
    assert warning.startswith(f"{first}sends nothing")
    assert wanted(**options, proxy_password="p").warnings == ()


def test_refuses_to_change_the_vault() -> None:
    with pytest.raises(TargetError) as refused:
        update({"name": "https://other.vault.azure.net/", "client_id": "x"})
    assert refused.value.target == "name"
    assert VAULT in refused.value.message
    assert "https://other.vault.azure.net/" in refused.value.message
    assert "migrate" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("key_id", "has"), [(KEY_2, KEY), (f"{KEY}/other", f"{KEY}/{VERSION}"), ("https://other.example/keys/key1", KEY)]
)
def test_other_key_without_allow_rekey_is_an_error_with_hint(key_id: str, has: str) -> None:
    with pytest.raises(TargetError) as refused:
        update({"key_id": key_id, "client_id": "x"}, key_id=has)
    assert refused.value.target == "key_id"
    assert key_id in refused.value.message
    assert has in refused.value.message
    assert "akv_rekey" in str(refused.value.hint)
    assert "allow_rekey" in str(refused.value.hint)


def test_allow_rekey_plans_external_rekey() -> None:
    change = update({**SAME, "key_id": KEY_2, "allow_rekey": True})
    assert [(write.method, write.path, write.body, write.waits) for write in change.writes] == [
        ("POST", f"{ONE}/rekey-external", {"key_id": KEY_2}, True)
    ]
    assert (change.action, change.fields) == ("rekey", ["key_id"])
    assert change.record == record()
    assert change.expected == record(key_id=KEY_2)


def test_patch_is_sent_before_rekey() -> None:
    change = update({"key_id": KEY_2, "client_id": "x", "client_secret": "s", "allow_rekey": True})
    assert [(write.method, write.path, write.body) for write in change.writes] == [
        ("PATCH", ONE, {"client_id": "x", "client_secret": "s"}),
        ("POST", f"{ONE}/rekey-external", {"key_id": KEY_2}),
    ]
    assert (change.action, change.fields) == ("rekey", ["client_id", "client_secret", "key_id"])
    assert change.record == record()
    assert change.expected == record(client_id="x", key_id=KEY_2)
    assert change.shown == {"client_secret": WILL_BE_SENT}


def test_rekey_warns_about_unsent_secret() -> None:
    change = update({"key_id": KEY_2, "client_secret": "s", "allow_rekey": True})
    assert len(change.writes) == 1
    assert len(change.warnings) == 1


# Credentials of an existing configuration

REACHABLE: dict[str, Any] = {"azure_reachability": {"reachable": True, "code": 0}}
UNREACHABLE = {"azure_reachability": {"reachable": False, "code": 346758}}


@pytest.mark.parametrize("update_credentials", [None, "on_create", "when_unreachable"])
def test_does_not_send_secret_without_reason(update_credentials: str | None) -> None:
    change = update(
        {**SAME, "client_secret": "s", "proxy_password": "p", "update_credentials": update_credentials}, **REACHABLE
    )
    assert is_untouched(change)
    assert bool(change.warnings) is (update_credentials is None)


@pytest.mark.parametrize("option", ["client_secret", "proxy_password", "client_certificate"])
def test_warns_about_every_unsent_secret(option: str) -> None:
    has = {"authentication_method": "certificate"} if option == "client_certificate" else {}
    (warning,) = update({option: CERTIFICATE}, **has).warnings
    assert warning.startswith(option)
    assert "update_credentials" in warning
    assert CERTIFICATE not in warning


def test_one_warning_names_all_unsent_secrets() -> None:
    (warning,) = update({"client_secret": "s", "proxy_password": "p", "proxy_type": "https"}, **PROXY).warnings
    assert warning.startswith("client_secret and proxy_password")


def test_always_sends_all_write_only_options() -> None:
    change = update({**SAME, "client_secret": "s", "proxy_password": "p", "update_credentials": "always"})
    assert patch(change) == {"client_secret": "s", "proxy_password": "p"}
    assert change.warnings == ()
    assert change.shown == {"client_secret": WILL_BE_SENT, "proxy_password": WILL_BE_SENT}
    assert change.expected == record()


def test_always_without_secret_plans_no_change() -> None:
    assert is_untouched(update({**SAME, "update_credentials": "always"}))


@pytest.mark.parametrize("reachability", [{"reachable": False, "code": 0}, {"reachable": False}, {"code": 346758}])
def test_when_unreachable_sends_secrets_to_unreachable_vault(reachability: dict[str, Any]) -> None:
    options = {"client_secret": "s", "proxy_password": "p", "update_credentials": "when_unreachable"}
    change = update(options, azure_reachability=reachability)
    assert patch(change) == {"client_secret": "s", "proxy_password": "p"}
    assert change.warnings == ()


@pytest.mark.parametrize("reachability", [{"reachable": True, "code": 0}, {"reachable": True}, {"code": 0}])
def test_when_unreachable_sends_nothing_to_reachable_vault(reachability: dict[str, Any]) -> None:
    change = update(
        {"client_secret": "s", "proxy_password": "p", "update_credentials": "when_unreachable"},
        azure_reachability=reachability,
    )
    assert is_untouched(change)
    assert change.warnings == ()


@pytest.mark.parametrize("has", [{}, {"azure_reachability": {}}])
def test_when_unreachable_warns_if_reachability_is_unknown(has: dict[str, Any]) -> None:
    change = update({"client_secret": "s", "update_credentials": "when_unreachable"}, **has)
    assert is_untouched(change)
    (warning,) = change.warnings
    assert "update_credentials" in warning
    assert "when_unreachable" in warning


@pytest.mark.parametrize("update_credentials", [None, "on_create", "when_unreachable", "always"])
@pytest.mark.parametrize("changed", ["client_id", "tenant_id"])
def test_sends_secret_together_with_new_application(changed: str, update_credentials: str | None) -> None:
    change = update({**SAME, changed: "x", "client_secret": "s", "update_credentials": update_credentials}, **REACHABLE)
    assert patch(change) == {changed: "x", "client_secret": "s"}
    assert change.warnings == ()


def test_sends_new_application_without_secret() -> None:
    assert patch(update({"client_id": "x"})) == {"client_id": "x"}


@pytest.mark.parametrize("update_credentials", [None, "on_create", "when_unreachable", "always"])
@pytest.mark.parametrize(
    ("option", "value", "has", "method"),
    [
        ("client_certificate", CERTIFICATE, {}, "certificate"),
        ("client_certificate", CERTIFICATE, {"authentication_method": None}, "certificate"),
        ("client_secret", "s", {"authentication_method": "certificate"}, "client_secret"),
    ],
)
def test_other_authentication_method_is_a_difference(
    option: str, value: str, has: dict[str, Any], method: str, update_credentials: str | None
) -> None:
    change = update({option: value, "update_credentials": update_credentials}, **has, **REACHABLE)
    assert patch(change) == {option: value}
    assert change.expected == {**record(**has, **REACHABLE), "authentication_method": method}
    assert change.warnings == ()


def test_missing_authentication_method_means_client_secret() -> None:
    assert is_untouched(update({"client_secret": "s", "update_credentials": "on_create"}, authentication_method=None))


@pytest.mark.parametrize("update_credentials", [None, "on_create", "when_unreachable"])
@pytest.mark.parametrize(
    "changed", [{"proxy_host": "other"}, {"proxy_port": "1"}, {"proxy_type": "http"}, {"proxy_username": "o"}]
)
def test_sends_proxy_password_with_every_proxy_change(changed: dict[str, str], update_credentials: str | None) -> None:
    change = update({**changed, "proxy_password": "p", "update_credentials": update_credentials}, **PROXY, **REACHABLE)
    assert set(patch(change)) == {*changed, "proxy_password"}
    assert change.warnings == ()


def test_does_not_send_proxy_password_with_new_application() -> None:
    change = update({"client_id": "x", "client_secret": "s", "proxy_password": "p"}, **PROXY)
    assert patch(change) == {"client_id": "x", "client_secret": "s"}
    (warning,) = change.warnings
    assert warning.startswith("proxy_password")


def test_does_not_send_client_secret_with_proxy_change() -> None:
    change = update(
        {"proxy_host": "other", "client_secret": "s", "proxy_password": "p", "update_credentials": "on_create"}, **PROXY
    )
    assert patch(change) == {"proxy_host": "other", "proxy_password": "p"}


def test_planning_does_not_modify_the_record() -> None:
    held = record()
    configuration.plan_update(TARGET, held, wanted(key_id=KEY_2, client_id="x", client_secret="s", allow_rekey=True))
    assert held == record()
