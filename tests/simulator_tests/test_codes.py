# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error code of the reference's six tables can be returned: by state or input, or else by a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from simulator_tests.support import NEW_KEY, VAULTS, Api, body, pkcs12_base64

from simulator import CODES, OPERATIONS, Simulator
from simulator.codes import CREATE, DELETE, REKEY_EXTERNAL, REKEY_INTERNAL, RESTORE, UPDATE

Arrange = Callable[[Simulator], Any]


def run(api: Api, operation: str, uuid: str, json: dict[str, Any] | None = None) -> str:
    """Return the error code of an operation."""
    path = f"{VAULTS}/{uuid}"
    if operation == CREATE:
        return api.code("POST", VAULTS, json or body())
    if operation == UPDATE:
        return api.code("PATCH", path, {"client_secret": "Secret2"} if json is None else json)
    if operation == DELETE:
        return api.code("DELETE", path)
    default = {"key_id": NEW_KEY} if operation == REKEY_EXTERNAL else None
    return api.code("POST", f"{path}/{operation}", json or default, return_timeout=10)


def svm(**changes: Any) -> Arrange:
    return lambda sim: sim.control.svm("svm1", **changes)


def node(**changes: Any) -> Arrange:
    return lambda sim: sim.control.node("node2", **changes)


def knob(**changes: Any) -> Arrange:
    return lambda sim: sim.control.knob(**changes)


def nothing(_sim: Simulator) -> None:
    """Do nothing: the input alone causes the error."""


def certificate(**about: Any) -> dict[str, Any]:
    return {"client_secret": None, "client_certificate": pkcs12_base64(**about)}


#: operation, code -> the state, and the changes of the POST body (or the PATCH body).
NATURAL: dict[tuple[str, str], tuple[Arrange, Callable[[], dict[str, Any] | None]]] = {
    (CREATE, "3735664"): (knob(fips=True), lambda: certificate(size=1024)),
    (CREATE, "3735665"): (knob(fips=True), lambda: certificate(digest=hashes.SHA224())),
    (CREATE, "3735700"): (nothing, lambda: certificate(size=1024)),
    (CREATE, "52559972"): (nothing, lambda: certificate(starts=2)),
    (CREATE, "65537500"): (lambda sim: sim.control.put_record("svm1"), dict),
    (CREATE, "65537505"): (svm(keys_on_admin=True), dict),
    (CREATE, "65537506"): (knob(metrocluster=True), dict),
    (CREATE, "65537512"): (node(akv=False), dict),
    (CREATE, "65537518"): (node(cluster_interface=False), dict),
    (CREATE, "65537523"): (nothing, lambda: {"key_id": "https://vault1.vault.azure.net/key1"}),
    (CREATE, "65537567"): (nothing, lambda: {"client_secret": None}),
    (CREATE, "65537573"): (nothing, lambda: {"client_secret": None, "client_certificate": "bm8gUEtDUyMxMg=="}),
    (UPDATE, "65537120"): (svm(key_manager=False), lambda: None),
    (UPDATE, "65537517"): (nothing, lambda: {"client_id": "another"}),
    (UPDATE, "65537540"): (lambda sim: sim.control.azure(secrets={"client1": ["other"]}), lambda: None),
    (UPDATE, "65537541"): (nothing, dict),
    (UPDATE, "65537547"): (svm(keys_on_admin=True), lambda: None),
    (UPDATE, "65537573"): (
        lambda sim: sim.control.azure(certificates=[]),
        lambda: {"client_certificate": pkcs12_base64()},
    ),
    (UPDATE, "65537577"): (node(certificate_auth=False), lambda: {"client_certificate": pkcs12_base64()}),
    (DELETE, "65536867"): (svm(encrypted_volumes=1), lambda: None),
    (DELETE, "65537120"): (svm(key_manager=False), lambda: None),
    (REKEY_EXTERNAL, "65537120"): (svm(key_manager=False), lambda: None),
    (REKEY_EXTERNAL, "65537547"): (svm(keys_on_admin=True), lambda: None),
    (REKEY_INTERNAL, "65537120"): (svm(key_manager=False), lambda: None),
    (REKEY_INTERNAL, "65537547"): (svm(keys_on_admin=True), lambda: None),
    (REKEY_INTERNAL, "65537559"): (svm(encrypted_volumes=0), lambda: None),
    (RESTORE, "65537120"): (svm(key_manager=False), lambda: None),
    (RESTORE, "65537515"): (node(up=False), lambda: None),
}

#: Refusals of a deletion of the cluster's configuration.
CLUSTER_DELETE: dict[str, Arrange] = {
    "65536242": knob(drive_keys="assigned"),
    "65536243": knob(drive_keys="unknown"),
    "65536924": knob(nse_keys=1),
    "196608080": node(root_encrypted=True),
    "196608305": knob(nae_aggregates=1),
}

ALL = [(operation, code) for operation in OPERATIONS for code in CODES[operation]]


@pytest.mark.parametrize(("operation", "code"), ALL)
def test_condition_returns_each_code_and_changes_nothing(sim: Simulator, api: Api, operation: str, code: str) -> None:
    uuid = sim.control.put_record("svm2" if operation == CREATE else "svm1")["uuid"]
    sim.control.condition(operation=operation, code=code, svm="svm1", times=1)
    before = sim.control.state()["svms"]
    assert run(api, operation, uuid) == code
    assert sim.control.state()["svms"] == before
    assert sim.control.state()["conditions"] == []


@pytest.mark.parametrize(("operation", "code"), list(NATURAL))
def test_state_or_input_returns_code_and_changes_nothing(sim: Simulator, api: Api, operation: str, code: str) -> None:
    arrange, change = NATURAL[operation, code]
    uuid = "" if operation == CREATE else sim.control.put_record("svm1")["uuid"]
    arrange(sim)
    before = sim.control.state()["svms"]
    json = change()
    assert run(api, operation, uuid, body(**json or {}) if operation == CREATE else json) == code
    assert sim.control.state()["svms"] == before


@pytest.mark.parametrize("code", list(CLUSTER_DELETE))
def test_state_of_cluster_refuses_its_deletion(sim: Simulator, api: Api, code: str) -> None:
    uuid = sim.control.put_record()["uuid"]
    of_svm = sim.control.put_record("svm1")["uuid"]
    CLUSTER_DELETE[code](sim)
    assert run(api, DELETE, uuid) == code
    assert api("DELETE", f"{VAULTS}/{of_svm}").status_code == 200


def test_only_internal_errors_need_a_condition() -> None:
    """What the reference calls internal errors, and failures that no state of a cluster explains."""
    natural = set(NATURAL) | {(DELETE, code) for code in CLUSTER_DELETE}
    assert {code for operation, code in ALL if (operation, code) not in natural} == {
        "3735553",
        "65537504",
        "65537514",
        "65537526",
        "65536817",
        "65536827",
        "65536834",
        "65536883",
        "65536884",
        "196608301",
    }


def test_condition_can_return_code_of_later_release(sim: Simulator, api: Api) -> None:
    uuid = sim.control.put_record("svm1")["uuid"]
    sim.control.condition(RESTORE, 65537544, message="Missing wrapped key.", status=500)
    response = api("POST", f"{VAULTS}/{uuid}/restore", return_timeout=5)
    assert response.status_code == 500
    assert response.json()["error"] == {"code": "65537544", "message": "Missing wrapped key."}
