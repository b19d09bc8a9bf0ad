# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each release supports: fields in responses, POST and PATCH, and calls."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from simulator_tests.support import KEY, NEW_KEY, VAULTS, Api, body, pkcs12_base64

from simulator import ControlError, Simulator

RELEASES = (
    "9.8.0", "9.9.1", "9.10.1", "9.11.1", "9.12.1", "9.13.1", "9.14.1", "9.15.1", "9.16.1", "9.17.1", "9.18.1", "9.19.1",
)  # fmt: skip
NEVER = 99


class Known(NamedTuple):
    """The first release of ONTAP 9 in which a field can be read, set by POST and set by PATCH; a value to send."""

    read: int
    post: int
    patch: int
    value: Any
    patch_until: int = NEVER


#: The table "Fields" of ontap-releases.md.
FIELDS = {
    "client_id": Known(8, 8, 9, "another"),
    "tenant_id": Known(8, 8, 9, "another"),
    "client_secret": Known(NEVER, 8, 8, "Secret2"),
    "client_certificate": Known(NEVER, 10, 10, None),
    "authentication_method": Known(10, NEVER, NEVER, "certificate"),
    "name": Known(8, 8, NEVER, "https://vault2.vault.azure.net/"),
    "key_id": Known(8, 8, 8, NEW_KEY, patch_until=10),
    "proxy_type": Known(8, 8, 8, "https"),
    "proxy_host": Known(8, 8, 8, "proxy.example.com"),
    "proxy_port": Known(8, 8, 8, 3128),
    "proxy_username": Known(8, 8, 8, "user"),
    "proxy_password": Known(NEVER, 8, 8, "Secret3"),
    "state": Known(8, NEVER, NEVER, {"available": True}),
    "azure_reachability": Known(8, NEVER, NEVER, {"reachable": True}),
    "ekmip_reachability": Known(8, NEVER, NEVER, []),
    "configuration.uuid": Known(14, NEVER, NEVER, "1"),
    "enabled": Known(14, NEVER, NEVER, False),
    "oauth_host": Known(14, 14, 14, "login.example.com"),
    "vault_host": Known(14, 14, 14, "vault.example.com"),
    "port": Known(14, 14, 14, 8443),
    "verify_host": Known(14, NEVER, 14, False),
    "verify_ip": Known(14, NEVER, 14, False),
    "skip_verification": Known(16, 16, 16, True),
}


def nested(name: str, value: Any) -> dict[str, Any]:
    group, dot, leaf = name.partition(".")
    return {group: {leaf: value}} if dot else {name: value}


def first(known: Known) -> int:
    return min(known.read, known.post, known.patch)


def refusal(known: Known, major: int) -> str:
    return "262196" if major >= first(known) else "262179"


@pytest.fixture(params=RELEASES)
def major(request: pytest.FixtureRequest, sim: Simulator) -> int:
    """Run the simulator with each release."""
    sim.control.reset(version=request.param)
    return int(request.param.split(".")[1])


def test_field_can_be_read_since_its_release(sim: Simulator, api: Api, major: int) -> None:
    uuid = sim.control.put_record("svm1")["uuid"]
    for name, known in FIELDS.items():
        if major >= known.read:
            assert api("GET", f"{VAULTS}/{uuid}", fields=name).status_code == 200, name
            continue
        response = api("GET", f"{VAULTS}/{uuid}", fields=name)
        codes = ("262249", "262202") if major >= known.post else ("262197", "262179")
        assert (response.status_code, response.json()["error"]["code"], response.json()["error"]["target"]) == (
            400,
            codes[0],
            "fields",
        ), name
        assert api.code("GET", VAULTS, **{name: "x"}) == codes[1], name
    shown = api.get(f"{VAULTS}/{uuid}")
    assert set(shown) & {"enabled", "oauth_host", "skip_verification"} == {
        name for name in ("enabled", "oauth_host", "skip_verification") if major >= FIELDS[name].read
    }


def test_field_can_be_set_by_post_since_its_release(sim: Simulator, api: Api, major: int) -> None:
    for name, known in FIELDS.items():
        value = pkcs12_base64() if name == "client_certificate" else known.value
        others = {"client_secret": None} if name == "client_certificate" else {}
        response = api("POST", VAULTS, body(**others, **nested(name, value)), return_timeout=10)
        if major >= known.post:
            assert response.status_code == 201, (name, response.text)
            sim.control.remove_record("svm1")
        else:
            assert (response.status_code, response.json()["error"]["code"]) == (400, refusal(known, major)), name


def test_field_can_be_set_by_patch_in_its_releases(sim: Simulator, api: Api, major: int) -> None:
    for name, known in FIELDS.items():
        path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
        value = pkcs12_base64() if name == "client_certificate" else known.value
        others = {"client_secret": "Secret2"} if name in ("client_id", "tenant_id") else {}
        response = api("PATCH", path, nested(name, value) | others)
        if known.patch <= major <= known.patch_until:
            assert response.status_code == 200, (name, response.text)
            if major >= known.read:
                assert api.get(path)[name] == value
        else:
            assert (response.status_code, response.json()["error"]["code"]) == (400, refusal(known, major)), name


def test_call_exists_since_its_release(sim: Simulator, api: Api, major: int) -> None:
    uuid = sim.control.put_record("svm1")["uuid"]
    sim.control.svm("svm1", encrypted_volumes=1)
    manager = sim.control.put_key_manager()["uuid"]
    calls = (
        (10, "POST", f"{VAULTS}/{uuid}/rekey-internal", None),
        (10, "POST", f"{VAULTS}/{uuid}/restore", None),
        (11, "POST", f"{VAULTS}/{uuid}/rekey-external", {"key_id": NEW_KEY}),
        (9, "POST", f"/api/security/key-managers/{uuid}/migrate", {"uuid": manager}),
        (14, "GET", "/api/security/key-stores", None),
        (14, "GET", f"/api/security/key-stores/{uuid}", None),
        (14, "PATCH", f"/api/security/key-stores/{uuid}", {"enabled": True}),
        (8, "GET", "/api/security/key-managers", None),
    )
    for since, method, path, sent in calls:
        waiting = {} if method == "GET" else {"return_timeout": 10}
        response = api(method, path, sent, **waiting)
        if major >= since:
            # Pages of 9.14.1 and later: 201 for work that ended in time.
            assert response.status_code == (201 if method == "POST" and major >= 14 else 200), (path, response.text)
        else:
            assert (response.status_code, response.json()["error"]["code"], response.json()["error"]["message"]) == (
                404,
                "3",
                "API not found",
            ), path
    assert api.code("DELETE", f"/api/security/key-stores/{uuid}") == ("65538905" if major >= 14 else "3")


def test_create_inactive_is_accepted_since_9_14(api: Api, major: int) -> None:
    response = api("POST", VAULTS, body(configuration={"name": "c"}), create_inactive="true", return_timeout=10)
    assert (response.status_code == 201) == (major >= 14)
    assert major >= 14 or response.json()["error"]["code"] == "262179"


def test_key_version_and_type_of_codes_depend_on_release(sim: Simulator, api: Api, major: int) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1', key_id=f'{KEY}/1')['uuid']}"
    assert api.get(path)["key_id"] == (f"{KEY}/1" if major >= 14 else KEY)
    assert api.get(path, fields="state")["state"]["code"] == ("0" if major >= 12 else 0)


def test_patch_of_key_id_rekeys_until_9_10(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.9.1")
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"

    def done() -> dict[str, int]:
        return dict(sim.control.state()["svms"]["svm1"]["configuration"]["done"])

    assert api("PATCH", path, {"key_id": KEY}).status_code == 200
    assert done() == {"update": 1}
    assert api("PATCH", path, {"key_id": NEW_KEY}).status_code == 200
    assert done() == {"update": 2, "rekey-external": 1}
    assert api.get(path)["key_id"] == NEW_KEY
    sim.control.azure(keys=[NEW_KEY])
    assert api.code("PATCH", path, {"key_id": KEY}) == "346758"
    sim.control.azure(keys=None)
    sim.control.condition("rekey-external", "65537547", times=1)
    assert api.code("PATCH", path, {"key_id": KEY}) == "65537547"
    sim.control.svm("svm1", keys_on_admin=True)
    assert api.code("PATCH", path, {"key_id": KEY}) == "65537547"
    assert done() == {"update": 2, "rekey-external": 1}
    assert api.get(path)["key_id"] == NEW_KEY


@pytest.mark.parametrize("version", ["9.7", "9.20.1", "10.1", "9.19.2"])
def test_unsupported_releases_are_rejected(sim: Simulator, version: str) -> None:
    with pytest.raises(ControlError, match=r"9\.8\.0 to 9\.19\.1"):
        sim.control.reset(version=version)
    with pytest.raises(ValueError, match=r"9\.8\.0 to 9\.19\.1"):
        Simulator(version=version)


def test_hosts_and_ports_of_azure_can_be_changed(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.16.1")
    path = f"{VAULTS}/{api.create()}"
    names = ("oauth_host", "vault_host", "port", "verify_host", "verify_ip", "skip_verification")
    before = {name: api.get(path)[name] for name in names}
    assert before == {
        "oauth_host": "login.microsoftonline.com", "vault_host": "vault.azure.net", "port": 443,
        "verify_host": True, "verify_ip": True, "skip_verification": False,
    }  # fmt: skip
    changed = {
        "oauth_host": "a.example.com",
        "vault_host": "b.example.com",
        "port": 1,
        "verify_host": False,
        "verify_ip": False,
    }
    assert api("PATCH", path, changed).status_code == 200
    assert {name: api.get(path)[name] for name in changed} == changed
    assert api("PATCH", path, {"oauth_host": ""}).status_code == 200
    assert api.get(path)["oauth_host"] == before["oauth_host"]
    for wrong in ({"port": 0}, {"port": 65536}, {"port": "443"}, {"verify_host": "no"}, {"oauth_host": 1}):
        assert api.code("PATCH", path, wrong) == "262197"


def test_skip_verification_accepts_refused_credential(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.16.1")
    path = f"{VAULTS}/{api.create()}"
    sim.control.azure(secrets={"client1": ["Secret1"]})
    assert api.code("PATCH", path, {"client_secret": "Secret2"}) == "65537540"
    assert api("PATCH", path, {"client_secret": "Secret2", "skip_verification": True}).status_code == 200
