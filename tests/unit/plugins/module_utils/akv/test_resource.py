# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.tests.unit.support.records import (
    KEY,
    NO_VOLUMES,
    VAULT,
    VERSION,
    cluster_record,
    record,
)

HOST = "kmip-akv-keyvault.vault.azure.net"


@pytest.mark.parametrize(
    ("wanted", "reported", "same"),
    [
        (VAULT, VAULT, True),
        (f"https://{HOST}", f"https://{HOST}/", True),
        (f"HTTPS://{HOST.upper()}//", VAULT, True),
        (f"https://{HOST}:443/", VAULT, True),
        (f"https://{HOST}:8443/", VAULT, False),
        ("https://other.vault.azure.net/", VAULT, False),
        ("https://[fd20:8b1e:b255:c09b::15]/", "https://[FD20:8B1E:B255:C09B::15]:443", True),
        ("https://192.0.2.7", "https://192.0.2.7/", True),
        ("https://192.0.2.7", "https://192.0.2.8/", False),
        (VAULT, None, False),
        (VAULT, HOST, False),
    ],
)
def test_compares_vault_names_as_urls(wanted: str, reported: Any, same: bool) -> None:
    assert resource.is_same_vault(wanted, reported) is same


@pytest.mark.parametrize(
    "name",
    ["", "myvault", HOST, f"http://{HOST}/", "https://", "https:///", f"https://{HOST}/keys", f"https://{HOST}/?a=1", f"https://{HOST}/#a",
     f"https://user@{HOST}/", f"https://{HOST}:port/", f"https://{HOST}:99999/", f"https://{HOST}:0/", "https://[::1/", f"https://{HOST} /",
     f"https://{HOST}/?", f"https://{HOST}/#", f"https://example.com\\.{HOST}/", f"https://{HOST}\x00/"],
)  # fmt: skip
def test_refuses_invalid_vault_url(name: str) -> None:
    with pytest.raises(OptionError) as refused:
        resource.parse_vault(name)
    assert refused.value.target == "name"
    assert "https://VAULT" in refused.value.message


@pytest.mark.parametrize("option", [resource.parse_vault, resource.parse_key])
def test_error_does_not_repeat_password_in_url(option: Any) -> None:
    with pytest.raises(OptionError) as refused:
        option(f"https://admin:hunter2@{HOST}/keys/key1")
    assert "hunter2" not in refused.value.as_text()


@pytest.mark.parametrize(
    "key_id",
    ["", "key1", VAULT, f"http://{HOST}/keys/key1", f"{VAULT}keys", f"{VAULT}keys/", f"{VAULT}secrets/key1", f"{VAULT}keys//{VERSION}", f"{KEY}//",
     f"{KEY}/{VERSION}/more", f"{KEY}?a=1", f"{KEY}#a", f"https://user@{HOST}/keys/key1", f"{VAULT}keys/my key", f"{VAULT}/keys/key1",
     f"{KEY}?", f"{KEY}#", f"https://{HOST}:0/keys/key1", f"https://example.com\\.{HOST}/keys/key1"],
)  # fmt: skip
def test_refuses_invalid_key_url(key_id: str) -> None:
    with pytest.raises(OptionError) as refused:
        resource.parse_key(key_id)
    assert refused.value.target == "key_id"
    assert "/keys/NAME" in refused.value.message


@pytest.mark.parametrize(
    "key_id",
    [
        KEY,
        f"{KEY}/",
        f"{KEY}/{VERSION}",
        f"{KEY}/{VERSION}/",
        "https://192.0.2.7/keys/k",
        "https://[::1]:8443/keys/k/v",
    ],
)
def test_accepts_key_urls_of_any_domain(key_id: str) -> None:
    assert resource.parse_key(key_id).name in ("key1", "k")


@pytest.mark.parametrize(
    ("wanted", "reported", "same", "hidden"),
    [
        (KEY, KEY, True, False),
        (KEY, f"{KEY}/", True, False),
        (KEY.replace("https://kmip", "HTTPS://KMIP"), KEY, True, False),
        (KEY.replace(HOST, f"{HOST}:443"), KEY, True, False),
        (KEY, f"{KEY}/{VERSION}", True, False),
        (f"{KEY}/{VERSION}", KEY, True, True),
        (f"{KEY}/{VERSION}", f"{KEY}/{VERSION}", True, False),
        (f"{KEY}/{VERSION}", f"{KEY}/other", False, False),
        (KEY, f"{VAULT}keys/key2", False, False),
        (f"{VAULT}keys/KEY1", KEY, False, False),
        (KEY, "https://other.vault.azure.net/keys/key1", False, False),
        (KEY, None, False, False),
        (KEY, "key1", False, False),
        (f"{KEY}/{VERSION}", "key1", False, False),
    ],
)
def test_compares_key_identifiers_as_urls(wanted: str, reported: Any, same: bool, hidden: bool) -> None:
    assert resource.is_same_key(wanted, reported) is same
    assert resource.is_version_hidden(wanted, reported) is hidden


NAMES = st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True)


@given(name=NAMES, version=st.one_of(st.none(), NAMES), port=st.sampled_from(["", ":443", ":8443"]))
def test_key_comparison_ignores_case_of_host_and_trailing_slash(name: str, version: str | None, port: str) -> None:
    path = f"/keys/{name}" + (f"/{version}" if version else "")
    assert resource.is_same_key(f"https://{HOST}{port}{path}", f"HTTPS://{HOST.upper()}{port}{path}/")


@given(st.text())
def test_any_text_gives_url_or_option_error(text: str) -> None:
    with contextlib.suppress(OptionError):
        resource.parse_vault(text)
    with contextlib.suppress(OptionError):
        resource.parse_key(text)


@pytest.mark.parametrize(
    ("text", "is_uuid"),
    [
        ("024cd3cf-9a08-11ea-8d52-005056bbeba5", True),
        ("024CD3CF-9A08-11EA-8D52-005056BBEBA5", True),
        ("024cd3cf9a0811ea8d52005056bbeba5", False),
        ("{024cd3cf-9a08-11ea-8d52-005056bbeba5}", False),
        ("024cd3cf-9a08-11ea-8d52-005056bbeba5\n", False),
        ("svm1", False),
    ],
)
def test_recognizes_uuid_by_its_form(text: str, is_uuid: bool) -> None:
    assert resource.is_uuid(text) is is_uuid


def test_builds_path_of_configuration_and_action() -> None:
    assert resource.build_path("u") == "/api/security/azure-key-vaults/u"
    assert resource.build_path("u", "restore") == "/api/security/azure-key-vaults/u/restore"


def test_removes_links_and_secrets_at_any_depth() -> None:
    links = {"self": {"href": "/api"}}
    sent = record(
        1,
        _links=links,
        svm={"name": "svm1", "uuid": "u", "_links": links},
        client_secret="hunter2",
        client_certificate="hunter3",
        proxy_password="hunter4",
        ekmip_reachability=[{"node": {"name": "n1", "_links": links}, "code": "0", "client_secret": "hunter5"}],
    )
    returned = resource.clean_record(sent)
    assert returned == record(
        1, svm={"name": "svm1", "uuid": "u"}, ekmip_reachability=[{"node": {"name": "n1"}, "code": 0}]
    )
    assert "_links" in sent


@pytest.mark.parametrize(
    ("sent", "returned"), [("346758", 346758), (346758, 346758), ("0", 0), ("", ""), ("none", "none"), (None, None)]
)
def test_converts_numeric_status_codes_to_integers(sent: Any, returned: Any) -> None:
    status = {"code": sent, "message": "m"}
    found = resource.clean_record(
        record(1, state=status, azure_reachability=status, ekmip_reachability=[status, status])
    )
    assert found["state"]["code"] == returned
    assert found["azure_reachability"]["code"] == returned
    assert [entry["code"] for entry in found["ekmip_reachability"]] == [returned, returned]


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ({"cluster_state": False}, {"available": False}),
        ({"cluster_state": True, "code": 0}, {"available": True, "code": 0}),
        ({"cluster_state": True, "available": False}, {"available": False}),
        ({"available": True}, {"available": True}),
        ({}, {}),
    ],
)
def test_renames_cluster_state_to_available(sent: dict[str, Any], returned: dict[str, Any]) -> None:
    assert resource.clean_record(record(1, state=sent))["state"] == returned


def test_keeps_unexpected_shapes_of_status() -> None:
    odd = cluster_record(state="?", azure_reachability=["x"], ekmip_reachability={"code": "1"})
    assert resource.clean_record(odd) == {**odd, "ekmip_reachability": {"code": 1}}


@pytest.mark.parametrize(
    ("reachability", "unreachable"),
    [
        ({"reachable": True, "code": 0}, False),
        ({"reachable": False, "code": 346758}, True),
        ({"reachable": False, "code": 0}, True),
        ({"reachable": True, "code": 7}, False),
        ({"code": 346758}, True),
        ({"code": 0}, False),
        ({}, None),
        ({"message": "?"}, None),
        (None, None),
        ("yes", None),
    ],
)
def test_vault_is_unreachable_by_flag_or_else_by_code(reachability: Any, unreachable: bool | None) -> None:
    assert resource.is_unreachable(resource.clean_record(record(1, azure_reachability=reachability))) is unreachable


@pytest.mark.parametrize(
    ("state", "available"),
    [({"available": True}, True), ({"available": False}, False), ({}, False), (None, False), ("x", False)],
)
def test_key_is_available_only_when_state_confirms_it(state: Any, available: bool) -> None:
    assert resource.is_available(record(1, state=state)) is available


@pytest.mark.parametrize(
    ("message", "waits"),
    [
        (NO_VOLUMES, True),
        (NO_VOLUMES.replace(" ", "\n", 12), True),
        (NO_VOLUMES + " " + NO_VOLUMES.split(": ", 1)[1].replace("node1", "node2"), True),
        (NO_VOLUMES + " Node: node2. Reason: The key could not be unwrapped.", False),
        ("Node: n1. Reason: Key missing. Node: n2. Reason: No volumes created yet for the SVM.", False),
        ("No volumes created yet for the SVM.", True),
        ("no volumes created yet for the SVM", True),
        ("Reason: No volumes created yet for the SVM", True),
        ("Node: node1. No volumes created yet for the SVM. Node: node2. No volumes created yet for the SVM.", True),
        ("Nodes: node1, node2. Reason: No volumes created yet for the SVM.", True),
        # Each node counts even without "Reason:".
        ("Node: node1. No volumes created yet for the SVM. Node: node2. The key could not be unwrapped.", False),
        ("Node: node1. The key could not be unwrapped. Node: node2. No volumes created yet for the SVM.", False),
        ("node1: No volumes created yet for the SVM. node2: The key could not be unwrapped.", False),
        ("node1: No volumes created yet for the SVM; node2: the wrapped key is missing", False),
        ("The wrapped key is missing. No volumes created yet for the SVM.", False),
        ("No volumes created yet for the SVM. The wrapped key is missing on node2.", False),
        ("No volumes created yet for the SVM svm2 was found.", False),
        (NO_VOLUMES + " The wrapped key is missing on node2.", False),
        (NO_VOLUMES.replace("Reason: ", "") + " Node: node2. The key is missing.", False),
        (NO_VOLUMES.replace("Reason: ", ""), True),
        (
            NO_VOLUMES.replace(
                "unavailable on the following nodes", "unavailable on the following nodes, and the key is lost,"
            ),
            False,
        ),
        ("The wrapped key is missing.", False),
        ("", False),
        (None, False),
    ],
)
def test_waits_for_volumes_only_when_no_node_has_another_reason(message: Any, waits: bool) -> None:
    assert (
        resource.is_waiting_for_volumes(record(1, state={"available": False, "code": 346758, "message": message}))
        is waits
    )


def test_state_message_is_one_line() -> None:
    assert resource.get_state_message(record(1, state={"message": "a\n  b"})) == "a b"
    assert resource.get_state_message(record(1)) is None
