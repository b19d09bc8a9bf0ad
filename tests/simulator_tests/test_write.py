# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing: create, update, delete, and requests that are refused as invalid."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from simulator_tests.support import KEY, NEW_KEY, VAULTS, Api, body, pkcs12_base64

from simulator import Simulator


def configuration(sim: Simulator, svm: str = "svm1") -> dict[str, Any]:
    """Return the configuration of an SVM, including secrets."""
    return dict(sim.control.state()["svms"][svm]["configuration"])


def test_create_returns_record_on_request(sim: Simulator, api: Api) -> None:
    response = api("POST", VAULTS, body(proxy_host="p", proxy_port=8080), return_records="true")
    assert response.status_code == 201
    record = response.json()["records"][0]
    assert response.headers["Location"] == f"{VAULTS}/{record['uuid']}"
    assert record["svm"]["name"] == "svm1"
    assert (record["proxy_host"], record["authentication_method"]) == ("p", "client_secret")
    assert "client_secret" not in record
    assert configuration(sim)["client_secret"] == "Secret1"
    response = api("POST", VAULTS, body("svm2"))
    assert response.json() == {"num_records": 1}


def test_create_for_svm_by_uuid_and_for_cluster(sim: Simulator, api: Api) -> None:
    uuid = sim.control.state()["svms"]["svm2"]["uuid"]
    assert api("POST", VAULTS, body(None) | {"svm": {"uuid": uuid.upper()}}).status_code == 201
    api.create("svm3")
    api.create(None)
    assert configuration(sim, "svm2")["scope"] == "svm"
    assert sim.control.state()["cluster"]["configuration"]["scope"] == "cluster"


def test_create_with_certificate_that_expires_later(sim: Simulator, api: Api) -> None:
    certificate = pkcs12_base64(ends=10)
    uuid = api.create("svm1", client_secret=None, client_certificate=certificate)
    assert api.get(f"{VAULTS}/{uuid}")["authentication_method"] == "certificate"
    digest = hashlib.sha256(base64.b64decode(certificate)).hexdigest()
    assert configuration(sim)["fingerprint"] == digest
    sim.control.azure(certificates=[digest])
    assert api.get(fields="azure_reachability")["records"][0]["azure_reachability"]["reachable"]
    sim.control.advance(11 * 86400)
    found = api.get(fields="azure_reachability")["records"][0]["azure_reachability"]
    assert not found["reachable"]
    assert "expired" in found["message"]


def test_invalid_certificates_are_refused(api: Api) -> None:
    for certificate in ("%%%", "MAMCAQM=", pkcs12_base64(ends=-1, starts=-2)):
        changes = {"client_secret": None, "client_certificate": certificate}
        assert api.code("POST", VAULTS, body(**changes)) == "65537573"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonsense": 1}, "262179"),
        ({"svm": {"name": "svm1", "nonsense": 1}}, "262179"),
        ({"uuid": "1"}, "262196"),
        ({"scope": "svm"}, "262196"),
        ({"authentication_method": "certificate"}, "262196"),
        ({"state": {"available": True}}, "262196"),
        ({"state": 1}, "262196"),
        ({"_links": 1}, "262196"),
        ({"proxy_port": "8080"}, "262197"),
        ({"proxy_port": True}, "262197"),
        ({"proxy_port": 65536}, "262197"),
        ({"proxy_type": "socks"}, "262197"),
        ({"client_id": 7}, "262197"),
        ({"client_secret": ["x"]}, "262255"),
        ({"name": "vault1"}, "262197"),
        ({"name": "http://vault1.vault.azure.net/"}, "262197"),
        ({"svm": {"name": "nobody"}}, "2621462"),
        ({"svm": {"uuid": "nobody"}}, "2621462"),
        ({"tenant_id": None}, "262212"),
        ({"key_id": ""}, "262212"),
        ({"client_certificate": "MAMCAQM="}, "2"),
    ],
)
def test_invalid_creation_is_refused(sim: Simulator, api: Api, changes: dict[str, Any], code: str) -> None:
    assert api.code("POST", VAULTS, body(**changes)) == code
    assert sim.control.state()["svms"]["svm1"]["configuration"] is None


def test_invalid_bodies_and_parameters_are_refused(sim: Simulator, api: Api) -> None:
    uuid = api.create()
    path = f"{VAULTS}/{uuid}"
    assert api.code("POST", VAULTS, body("svm2"), return_timeout=121) == "262197"
    assert api.code("DELETE", path, return_timeout=-1) == "262197"
    assert api.code("PATCH", path, {"client_secret": "x"}, return_records="perhaps") == "262197"
    assert api.code("PATCH", path, {"client_secret": "x"}, return_timeout=121) == "262197"
    assert api.code("GET", path, return_timeout=121) == "262197"
    assert api.code("POST", f"{path}/restore", {"x": 1}) == "262179"
    assert api.code("POST", f"{path}/rekey-external", {"key_id": "k"}) == "65537523"
    assert api.code("POST", f"{path}/rekey-external", {}) == "262212"
    assert api.code("POST", f"{path}/rekey-external", {"key_id": KEY, "x": 1}) == "262179"
    assert api.code("POST", f"{path}/rekey-external", {"key_id": KEY, "scope": "cluster"}) == "262197"
    assert configuration(sim)["done"] == {"create": 1}


@pytest.mark.parametrize("field", ["name", "key_id", "scope", "uuid", "svm"])
def test_patch_refuses_fields_set_at_creation(api: Api, field: str) -> None:
    uuid = api.create()
    value = {"name": "svm1"} if field == "svm" else "x"
    assert api.code("PATCH", f"{VAULTS}/{uuid}", {field: value}) == "262196"


def test_update_changes_and_removes_values(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{api.create(proxy_host='p', proxy_port=1, proxy_username='u', proxy_password='w')}"
    response = api("PATCH", path, {"client_secret": "Secret2", "tenant_id": "t2"}, return_timeout=10)
    assert (response.status_code, response.json()) == (200, {})
    assert configuration(sim)["client_secret"] == "Secret2"
    assert api.get(path)["tenant_id"] == "t2"
    assert api("PATCH", path, {"proxy_host": "", "proxy_port": 0, "proxy_password": ""}).status_code == 200
    assert set(api.get(path)) & {"proxy_host", "proxy_port", "proxy_username"} == {"proxy_username"}
    assert configuration(sim)["proxy_password"] is None
    assert api("PATCH", path, {"client_certificate": pkcs12_base64()}).status_code == 200
    assert api.get(path)["authentication_method"] == "certificate"
    assert configuration(sim)["client_secret"] is None


def test_failed_update_changes_nothing(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{api.create()}"
    sim.control.azure(secrets={"client1": ["Secret1"]})
    before = configuration(sim)
    assert api.code("PATCH", path, {"client_secret": "Wrong", "proxy_host": "p", "proxy_password": "w"}) == "65537540"
    assert configuration(sim) == before
    sim.control.azure(reachable=False)
    assert api("PATCH", path, {"client_secret": "Wrong"}).status_code == 200


def test_deleted_configuration_is_gone(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{api.create()}"
    assert (api("DELETE", path).status_code, api.code("DELETE", path)) == (200, "4")
    assert api.get() == {"records": [], "num_records": 0}
    api.create()
    sim.control.remove_svm("svm1")
    assert api.get()["num_records"] == 0


def test_rekey_and_restore_do_their_work(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{api.create()}"
    sim.control.svm("svm1", encrypted_volumes=1)
    assert api("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}, return_timeout=5).status_code == 200
    assert api.get(path)["key_id"] == NEW_KEY
    assert api("POST", f"{path}/rekey-internal", return_timeout=5).status_code == 200
    sim.control.reboot("node1")
    assert not api.get(path, fields="state")["state"]["available"]
    response = api("POST", f"{path}/restore", return_timeout=5, return_records="true")
    assert (response.status_code, response.json()["num_records"]) == (200, 1)
    assert api.get(path, fields="state")["state"]["available"]
    assert configuration(sim)["done"] == {"create": 1, "rekey-external": 1, "rekey-internal": 1, "restore": 1}


def test_rekey_and_restore_need_azure(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{api.create()}"
    sim.control.svm("svm1", encrypted_volumes=1, wrapped=[])
    sim.control.azure(keys=[KEY])
    assert api.code("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}, return_timeout=5) == "346758"
    sim.control.azure(secrets={"client1": ["another"]})
    assert api.code("POST", f"{path}/rekey-internal", return_timeout=5) == "346758"
    assert api.code("POST", f"{path}/restore", return_timeout=5) == "65537515"


def test_error_can_echo_request_body(sim: Simulator, api: Api) -> None:
    sim.control.knob(echo_body=True)
    response = api("POST", VAULTS, body("nobody", client_secret="To-be-echoed"))
    assert "To-be-echoed" in response.json()["error"]["message"]
