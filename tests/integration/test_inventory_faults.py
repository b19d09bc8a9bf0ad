# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin if a cluster cannot be read: warnings, remaining hosts, and errors."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory, cluster
from ansible_collections.ontap.akv.tests.integration.support.log import until
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, configured
from simulator import Simulator

FAILING = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
UUIDS = ("024cd3cf-9a08-11ea-8d52-000000000001", "4f7abf4c-9a07-11ea-8d52-000000000001")
#: Names that Ansible would treat as a range, a pattern, an address or another host.
NAMES = (
    "svm[1:3]",
    "a,b",
    "!svm1",
    "&svm1",
    "~svm",
    "svm1:80",
    "svm1@east",
    "svm 1",
    "svm1\n",
    "@all",
    "*",
    "",
    "{{ 1/0 }}",
    "svmä",
)


def record(name: str) -> dict[str, Any]:
    """Return a configuration of an SVM with a name."""
    return {
        "uuid": UUIDS[0],
        "scope": "svm",
        "svm": {"name": name, "uuid": UUIDS[1]},
        "name": "https://v.vault.azure.net/",
        "client_id": CLIENT_ID,
    }


def nothing(_simulator: Simulator) -> None:
    """Do not change the simulator."""


def faulty(kind: str, **more: Any) -> Callable[[Simulator], None]:
    """Return a function that sets a fault for every request."""
    return lambda simulator: simulator.control.fault(kind, times=None, **more)


def locked(simulator: Simulator) -> None:
    """Change the user's password."""
    simulator.control.user("admin", "another-password")


@pytest.mark.parametrize(
    ("prepare", "options", "words"),
    [
        (locked, {}, ["(ONTAP error 6)"]),
        # The network decides whether this is before or during the TLS handshake.
        (faulty("refuse"), {"max_retries": 0}, ["connection to 127.0.0.1"]),
        (nothing, {"http_port": 1, "max_retries": 0}, ["no connection to 127.0.0.1:1"]),
        (nothing, {"ca_path": ""}, ["TLS certificate of 127.0.0.1 was not accepted"]),
        (nothing, {"https": False, "max_retries": 0}, ["cluster east: "]),
        (faulty("html", status=200), {}, ["not a JSON object but text/html"]),
        (faulty("status", status=503, body="html"), {"max_retries": 0}, ["HTTP 503"]),
        (faulty("slow", seconds=30), {"timeout": 1, "max_retries": 0}, ["no response from 127.0.0.1", "in time"]),
        (faulty("redirect"), {}, ["redirects are not followed"]),
        (faulty("cut_json"), {}, ["not a JSON object"]),
        (faulty("wrong_shape", body={"records": 1}), {}, ["records is not a list"]),
        (
            faulty("wrong_shape", body={"records": [{"uuid": UUIDS[0], "scope": "svm"}]}),
            {},
            ["whose SVM cannot be read"],
        ),
        (faulty("next_other_host"), {}, ["leads elsewhere"]),
        (faulty("huge", bytes=40_000_000), {}, ["larger than 32 MiB"]),
        *(
            (faulty("wrong_shape", body={"records": [record(name)]}), {}, ["is not the name of an SVM"])
            for name in NAMES
        ),
    ],
)
def test_warns_about_cluster_that_cannot_be_read(
    inventory: Inventory,
    simulator: Simulator,
    other: Simulator,
    prepare: Callable[[Simulator], None],
    options: dict[str, Any],
    words: list[str],
) -> None:
    """A warning names the cluster and the cause; the SVMs of the other cluster are listed."""
    configured(simulator, "svm1")
    configured(other, "svm1")
    prepare(simulator)
    source = {"clusters": [cluster(simulator, name="east", **options), cluster(other, name="west")]}
    listed = inventory.list(source, env=FAILING)
    assert (listed.status, listed.names) == (0, ["svm1@west"])
    assert [word for word in ("cluster east: ", *words) if word not in listed.told] == []
    assert "cluster west: " not in listed.told


def test_on_error_fail_lists_no_hosts(inventory: Inventory, simulator: Simulator, other: Simulator) -> None:
    """With on_error: fail there are no hosts, and the error names each cluster that cannot be read."""
    configured(simulator, "svm1")
    locked(other)
    broken = [cluster(other, name="west"), cluster(simulator, name="south", http_port=1, max_retries=0)]
    source = {"clusters": [cluster(simulator, name="east"), *broken], "on_error": "fail"}
    listed = inventory.list(source, env=FAILING)
    assert listed.status != 0
    assert "2 of 3 clusters could not be read: cluster west: " in listed.told
    assert "cluster south: no connection to" in listed.told
    assert inventory.list(source).hosts == {}


def test_fails_if_no_cluster_can_be_read(inventory: Inventory, simulator: Simulator, other: Simulator) -> None:
    """If no cluster responds, it is an error even with on_error: warn; clusters without a configuration are not an
    error.
    """
    source = {"clusters": [cluster(simulator, name="east"), cluster(other, name="west")], "on_error": "warn"}
    listed = inventory.list(source, env=FAILING)
    assert (listed.status, listed.hosts) == (0, {})
    for each in (simulator, other):
        locked(each)
    listed = inventory.list(source, env=FAILING)
    assert listed.status != 0
    assert "2 of 2 clusters could not be read" in listed.told


def test_cluster_is_omitted_if_svms_cannot_be_read(inventory: Inventory, simulator: Simulator) -> None:
    """If the role lacks /api/svm/svms, the cluster is not listed, so no SVM seems to have no configuration."""
    configured(simulator, "svm1")
    simulator.control.fault("status", path="/api/svm/svms", status=403, body="json", times=None)
    listed = inventory.list({**cluster(simulator), "svms": "all"}, env=FAILING)
    assert listed.status != 0
    assert "403" in listed.told


def test_passing_fault_is_retried(inventory: Inventory, simulator: Simulator) -> None:
    configured(simulator, "svm1")
    simulator.control.fault("drop_during", method="GET")
    simulator.control.fault("status", method="GET", status=503)
    listed = inventory.list(cluster(simulator))
    assert listed.names == ["svm1@127.0.0.1"]
    assert len(simulator.control.log()) == 3


def test_secrets_repeated_by_server_are_masked(inventory: Inventory, simulator: Simulator) -> None:
    """The password is masked in fields and errors; secrets in responses are removed."""
    awkward = inventory.ansible.secrets.awkward("password")
    simulator.control.user("reader", awkward)
    configured(
        simulator, "svm1", client_secret=inventory.ansible.secrets.new("client-secret"), proxy_host=f"proxy-{awkward}-x"
    )
    simulator.control.knob(leak_secrets=True)
    login = cluster(simulator, username="reader", password=awkward)
    listed = inventory.list(login)
    assert "client_secret" not in listed.hosts["svm1@127.0.0.1"]["akv"]
    assert listed.hosts["svm1@127.0.0.1"]["akv"]["proxy_host"].endswith("-x")
    simulator.control.fault(
        "wrong_shape", status=403, body={"error": {"code": "6", "message": f"not authorized: {awkward}"}}, times=None
    )
    assert "not authorized: " in inventory.list(login).told


def test_warns_about_password_over_http(inventory: Inventory, tmp_path: Path) -> None:
    with Simulator(svms=["svm1"], tls=False) as plain:
        configured(plain, "svm1")
        listed = inventory.list({"clusters": [{**cluster(plain, name="east"), "ca_path": None, "https": False}]})
    assert listed.hosts["svm1@east"]["akv_https"] is False
    assert "cluster east: The password is sent over http" in listed.told


def test_missing_library_is_reported_once(inventory: Inventory, simulator: Simulator, tmp_path: Path) -> None:
    """It is reported once, and not as an error of every cluster."""
    (tmp_path / "requests.py").write_text("raise ImportError('not here')", encoding="utf-8")
    listed = inventory.list(
        {"clusters": [cluster(simulator, name="east")]}, env={**FAILING, "PYTHONPATH": str(tmp_path)}
    )
    assert listed.status != 0
    assert "Failed to import the required Python library (requests)" in listed.told
    assert "cluster east" not in listed.told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_plugin_within_seconds(
    inventory: Inventory, simulator: Simulator, other: Simulator, number: int
) -> None:
    """This holds while requests wait for a response."""
    for each in (simulator, other):
        each.control.fault("slow", seconds=600, times=None)
    with inventory.started({"clusters": [cluster(simulator, name="east"), cluster(other, name="west")]}) as process:
        for each in (simulator, other):
            until(each, lambda log: len(log) == 1)
        process.send_signal(number)
        output = "".join(process.communicate(timeout=60))
    assert process.returncode != 0
    assert inventory.ansible.secrets.found_in(output) == []
