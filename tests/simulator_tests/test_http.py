# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: OPTIONS and HEAD, the header Link, and valid bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from simulator_tests.support import JOBS, KEY, STORES, VAULTS, Api, body

from simulator import Simulator

ONE = f"{VAULTS}/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (VAULTS, "GET, HEAD, OPTIONS, POST, DELETE, PATCH"),
        (ONE, "GET, HEAD, OPTIONS, DELETE, PATCH"),
        (f"{ONE}/restore", "OPTIONS, POST"),
        ("/api/cluster", "GET, HEAD, OPTIONS"),
        (f"{JOBS}/1", "GET, HEAD, OPTIONS, PATCH"),
        ("/api/svm/svms", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_returns_allowed_methods(sim: Simulator, api: Api, path: str, methods: str) -> None:
    response = api("OPTIONS", path)
    assert (response.status_code, response.headers["Allow"], response.json()) == (200, methods, {})
    refused = api("PUT", path)
    assert (refused.status_code, refused.headers["Allow"], refused.json()["error"]["code"]) == (405, methods, "3")


def test_options_of_unknown_path_is_not_found(sim: Simulator, api: Api) -> None:
    for path in ("/api/security/nonsense", STORES):
        response = api("OPTIONS", path)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "3")
    sim.control.reset(version="9.14.1")
    assert api("OPTIONS", f"{STORES}/1").headers["Allow"] == "GET, HEAD, OPTIONS, DELETE, PATCH"
    sim.control.reset(version="9.10.1")
    assert api("OPTIONS", f"{ONE}/rekey-external").status_code == 404
    assert api("OPTIONS", f"{ONE}/restore").headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", [VAULTS, "one", "/api/cluster"])
def test_head_returns_headers_of_get(sim: Simulator, api: Api, path: str) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}" if path == "one" else path
    for query in ({"fields": "*"}, {"nonsense": "1"}):
        shown, head = api("GET", path, **query), api("HEAD", path, **query)
        assert (head.status_code, head.content) == (shown.status_code, b"")
        assert int(head.headers["Content-Length"]) == len(shown.content)
        assert head.headers["Content-Type"] == shown.headers["Content-Type"]
    # The connection can still be used: nothing was sent after the headers.
    assert api("HEAD", f"{path}/nonsense/nonsense").status_code == 404
    assert api.get(path)


def test_readonly_user_can_use_head_and_options(sim: Simulator, api: Api) -> None:
    sim.control.user("reader", "Password1", privileges={VAULTS: "readonly"})
    api.session.auth = ("reader", "Password1")
    assert [api(method, VAULTS).status_code for method in ("HEAD", "OPTIONS", "PATCH")] == [200, 200, 403]
    assert [api(method, JOBS).status_code for method in ("HEAD", "OPTIONS")] == [403, 403]
    api.session.auth = ("reader", "wrong")
    assert api("OPTIONS", VAULTS).status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH"])
def test_link_header_leads_to_next_page(sim: Simulator, api: Api, method: str) -> None:
    sim.control.seed(3)
    json = {"client_secret": "x"} if method == "PATCH" else None
    response = api(method, VAULTS, json, client_id="client*", max_records=2)
    href, _semicolon, relation = response.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    assert (href[0], href[-1]) == ("<", ">")
    if method != "HEAD":
        assert href[1:-1] == response.json()["_links"]["next"]["href"]
    assert "Link" not in api(method, href[1:-1], json).headers


def send(api: Api, method: str, path: str, data: str | bytes) -> tuple[int, str, str]:
    """Send a request with this body and return status, error code and message."""
    response = api.session.request(method, api.sim.url + path, data=data, verify=api.sim.ca_path, timeout=20)
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_body_is_refused_for_get_and_delete(sim: Simulator, api: Api, method: str) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    for data in ('{"name": "x"}', "[]", "{"):
        assert send(api, method, path, data)[:2] == (400, "262198")
    assert send(api, "GET", VAULTS, "{")[:2] == (400, "262198")
    assert sim.control.state()["svms"]["svm1"]["configuration"] is not None
    assert api(method, path, {}).status_code == 200


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        ("{", "262199", "line 1, column 2"),
        ('{"client_id":\n  oops}', "262199", "line 2, column 3"),
        ('"x"', "262199", "line 1"),
        ("{} {}", "262199", "column 4"),
        ('{"proxy_port": NaN}', "262199", "NaN"),
        (b'{"client_id": "\xff"}', "262199", "byte 15"),
        ("[]", "262255", ""),
        ('{"client_id": "a", "client_id": "b"}', "262188", "client_id"),
        ('{"svm": {"name": "svm1", "name": "svm1"}}', "262188", "name"),
        ('{"svm": {"name": "svm1"}, "svm.name": "svm1"}', "262282", "svm.name"),
        ('{"client_id": ["a"]}', "262255", ""),
        ('{"client_id": null}', "262197", '"null"'),
        ('{"client_id": true}', "262197", '"true"'),
    ],
)
def test_invalid_body_is_refused_with_position(
    sim: Simulator, api: Api, data: str | bytes, code: str, place: str
) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm2')['uuid']}"
    for method, target in (("POST", VAULTS), *((("PATCH", path),) if "svm" not in str(data) else ())):
        status, found, message = send(api, method, target, data)
        assert (status, found) == (400, code)
        assert place in message


def test_dotted_name_is_accepted_as_field(sim: Simulator, api: Api) -> None:
    assert api("POST", VAULTS, body(None) | {"svm.name": "svm1"}).status_code == 201
    assert sim.control.state()["svms"]["svm1"]["configuration"] is not None


LINKS = {"self": {"href": "/api/resourcelink"}}


def test_links_in_body_are_ignored(sim: Simulator, api: Api) -> None:
    """Bodies of "Example request" have `_links` of the record and of the SVM; other read-only fields are refused."""
    svm = sim.control.state()["svms"]["svm1"]["uuid"]
    example: dict[str, Any] = {
        "_links": LINKS,
        "client_id": "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa",
        "client_secret": "abcdef",
        "key_id": "https://keyvault1.vault.azure.net/keys/key1",
        "name": "https://kmip-akv-keyvault.vault.azure.net/",
        "proxy_host": "proxy.eng.com",
        "proxy_password": "proxypassword",
        "proxy_port": 1234,
        "proxy_type": "http",
        "proxy_username": "proxyuser",
        "svm": {"_links": LINKS, "name": "svm1", "uuid": svm},
        "tenant_id": "zzzzzzzz-yyyy-zzzz-yyyy-zzzzzzzzzzzz",
    }
    response = api("POST", VAULTS, example)
    assert response.status_code == 201, response.text
    path = response.headers["Location"]
    changes = {"_links": LINKS, "client_secret": "new", "proxy_port": 1235}
    assert api("PATCH", path, changes).status_code == 200
    rekey = {"_links": LINKS, "key_id": KEY, "scope": "svm", "svm": {"_links": LINKS, "name": "svm1", "uuid": svm}}
    assert api("POST", f"{path}/rekey-external", rekey).status_code == 202
    for name, value in {
        "state": {"code": 346758},
        "ekmip_reachability": [{"node": {"_links": LINKS}}],
        "uuid": svm,
    }.items():
        assert api.code("PATCH", path, changes | {name: value}) == "262196"


def test_log_has_body_as_sent(sim: Simulator, api: Api) -> None:
    api("POST", VAULTS, json.loads('{"_links": {}, "nonsense": 1}'))
    assert sim.control.log()[-1]["body"] == {"_links": {}, "nonsense": 1}
