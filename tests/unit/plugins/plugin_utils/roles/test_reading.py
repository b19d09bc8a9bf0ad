# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the roles that run modules: which modules, with which options, and what becomes of their results."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.roles import health, report
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.host import RoleHost
from ansible_collections.ontap.akv.tests.unit.support.role_data import record

REFUSED = {"failed": True, "msg": "User is not authorized."}
STEPS = {"health": health.check, "report": report.read}


class Cluster:
    """A host that keeps which modules ran, and returns the given result for each."""

    def __init__(self, *names: str, inventory: Sequence[str] = (), **results: Mapping[str, Any]) -> None:
        self.runs: list[tuple[str, Mapping[str, Any]]] = []
        self.inventory_reads = 0
        self._inventory = inventory
        self._results = results
        self.variables: dict[str, Any] = {}
        self.host = RoleHost("host1", names, self._list_inventory, self._read, self._run)

    def _list_inventory(self) -> Sequence[str]:
        self.inventory_reads += 1
        return self._inventory

    def _read(self, names: Collection[str]) -> Mapping[str, Any]:
        return {name: value for name, value in self.variables.items() if name in names}

    def _run(self, name: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
        self.runs.append((name, options))
        return self._results[name]

    def check(self, **data: Any) -> dict[str, Any]:
        """Run the step of the health check."""
        values = {
            "akv_checks": ["state"],
            "akv_credential_expires": "",
            "akv_credential_created": "",
            "akv_credential_min_days": 14,
            "akv_credential_max_age_days": 180,
            **data.pop("values", {}),
        }
        given = {"cluster": "east", "svm": "", "described": [], "common": {}, "azure": False, **data}
        return health.check(self.host, **given, values=values)

    def read(self, **data: Any) -> dict[str, Any]:
        """Run the step of the report."""
        values = {"akv_credential_expires": "", **data.pop("values", {})}
        given = {"cluster": "east", "svm": "", "health": True, "coverage": True, "azure": False, **data}
        return report.read(self.host, **given, values=values)


def read(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a result of akv_info."""
    return {"changed": False, "azure_key_vaults": list(records), "unread": [], **more}


@pytest.mark.parametrize("step", ["check", "read"])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"values": {"akv_warn_days": "x"}}, ["akv_warn_days: 'x' is not accepted; use a whole number from 0 to"]),
        ({"svm": "svm1|svm2"}, ["akv_svm: "]),
        ({"stop": "Not begun, because 2 hosts failed."}, "Not begun, because 2 hosts failed."),
    ],
    ids=["value", "svm", "stopped"],
)
def test_sends_nothing_for_a_refused_variable(step: str, data: dict[str, Any], expected: Any) -> None:
    cluster = Cluster()
    found = getattr(cluster, step)(**data)
    assert set(found) == {"failed", "msg"}
    assert found["failed"] is True
    message = found["msg"] if isinstance(expected, str) else [found["msg"][0][: len(expected[0])]]
    assert message == expected
    assert cluster.runs == []


@pytest.mark.parametrize("step", ["check", "read"])
def test_reads_the_inventory_only_for_unknown_variables(step: str) -> None:
    own = Cluster("akv_svm", "akv_azure", "akv_hostname", "akv_serial", akv_info=read(), akv_svm_info={})
    assert "failed" not in getattr(own, step)()
    assert own.inventory_reads == 0
    # A variable of another role, and one of the inventory.
    shared = ("akv_client_id", "akv_datacenter")
    other = Cluster(*shared, inventory=shared, akv_info=read(), akv_svm_info={})
    assert "failed" not in getattr(other, step)()
    assert other.inventory_reads == 1
    mistyped = Cluster("akv_svms")
    assert getattr(mistyped, step)()["msg"] == ["akv_svms is not a variable of this collection. Did you mean akv_svm?"]
    assert mistyped.runs == []


@pytest.mark.parametrize("step", ["check", "read"])
def test_sends_nothing_for_a_wrong_type(step: str) -> None:
    cluster = Cluster("akv_svms")
    cluster.variables = {"akv_azure": "maybe", "akv_azure_proxy": "north", "akv_client_id": {}}
    unknown, boolean, proxy = getattr(cluster, step)()["msg"]
    assert "Did you mean akv_svm?" in unknown
    assert "akv_azure" in boolean
    assert "not a valid boolean" in boolean
    assert "akv_azure_proxy" in proxy
    assert cluster.runs == []


@pytest.mark.parametrize(
    ("described", "common", "expected"),
    [
        # Without the SVM, nothing would be missing.
        ([{"svn": "svm1"}], {}, "akv_configurations: 'svn' is not an option; did you mean svm?"),
        ([{"svm": "svm1"}], {"keyid": "k"}, "akv_common: 'keyid' is not an option; did you mean key_id?"),
        # An entry in another state is not expected to exist.
        ([{"svm": "svm1"}], {"state": "presnt"}, "akv_common"),
        ("svm1", {}, "akv_configurations: it is not accepted; use a list of dictionaries."),
    ],
)
def test_health_refuses_a_description_with_errors(described: Any, common: Any, expected: str) -> None:
    """It is read unless SVMs are given."""
    cluster = Cluster(akv_info=read(record("svm1")))
    (line,) = cluster.check(described=described, common=common)["msg"]
    assert expected in line
    assert cluster.runs == []
    assert "failed" not in cluster.check(described=described, common=common, svm="svm1")


def test_health_accepts_an_empty_description() -> None:
    assert "failed" not in Cluster(akv_info=read(record("svm1"))).check(described=None, common=None)
    assert "failed" not in Cluster(akv_info=read(record("svm1"))).check(described="", common="")


def test_health_reads_a_cluster_with_its_settings() -> None:
    cluster = Cluster(akv_info=read(record("svm1")))
    found = cluster.check(values={"akv_checks": "state, ekmip"})
    fields = ["*", "state", "ekmip_reachability"]
    assert cluster.runs == [("akv_info", {"inactive": True, "settings": True, "fields": fields})]
    assert found["checks"] == ["state", "ekmip"]
    assert (found["found"]["checked"], found["found"]["read"]) == (1, True)
    assert "source" not in found


def test_health_reads_an_svm_without_the_settings() -> None:
    cluster = Cluster(akv_info=read(record("svm1"), warnings=["a warning"]))
    found = cluster.check(svm="svm1, svm2", values={"akv_checks": ""}, azure=True)
    ((_name, options),) = cluster.runs
    assert (options["svm"], options["settings"], len(options["fields"])) == (["svm1", "svm2"], False, 4)
    assert found["checks"] == ["state", "azure", "ekmip"]
    assert [problem.split(":")[1] for problem in found["found"]["problems"]][:1] == [" svm2"]
    assert found["source"]["azure_key_vaults"] == [record("svm1")]
    assert found["warnings"] == ["a warning"]


def test_health_reports_a_cluster_that_cannot_be_read() -> None:
    found = Cluster(akv_info=REFUSED).check()
    assert found.get("failed") is None
    assert found["found"]["problems"] == ["east: User is not authorized."]
    assert (found["found"]["read"], found["found"]["checked"]) == (False, 0)


def test_report_reads_the_svms_of_a_cluster() -> None:
    cluster = Cluster(akv_info=read(record("svm1")), akv_svm_info={"svms": [{"name": "svm1"}], "release": "9.16.1"})
    found = cluster.read(values={"akv_credential_expires": "2027-01-31"})
    fields = ["*", "state", "azure_reachability", "ekmip_reachability"]
    assert cluster.runs == [("akv_info", {"settings": True, "fields": fields}), ("akv_svm_info", {"release": True})]
    entry = found["entry"]
    assert (entry["host"], entry["cluster"], entry["error"]) == ("host1", "east", None)
    assert (entry["svms"], entry["release"], entry["credential_expires"]) == (
        [{"name": "svm1"}],
        "9.16.1",
        "2027-01-31",
    )
    assert "source" not in found


@pytest.mark.parametrize(
    ("data", "result"),
    [({"svm": "svm1"}, read()), ({"coverage": False}, read()), ({}, REFUSED)],
    ids=["one SVM", "no coverage", "unread cluster"],
)
def test_report_reads_no_other_svms(data: dict[str, Any], result: dict[str, Any]) -> None:
    cluster = Cluster(akv_info=result)
    found = cluster.read(health=False, **data)
    assert [(name, options["fields"]) for name, options in cluster.runs] == [("akv_info", ["*"])]
    assert found["entry"]["error"] == (result["msg"] if result is REFUSED else None)
    assert "svms" not in found["entry"]


def test_report_goes_on_if_the_svms_cannot_be_read() -> None:
    found = Cluster(akv_info=read(record("svm1")), akv_svm_info=REFUSED).read()
    assert (found["entry"]["error"], len(found["entry"]["azure_key_vaults"])) == (None, 1)
    assert not {"svms", "release"} & set(found["entry"])


def test_report_names_svms_without_configuration() -> None:
    assert Cluster(akv_info=read(record("svm1"))).read(svm=["svm1", "smv2", "svm*"])["absent"] == ["smv2"]
    assert Cluster(akv_info=read(record("svm1"))).read(svm=["svm*", "fin*", "*"])["absent"] == ["fin*"]
    assert Cluster(akv_info=REFUSED).read(svm="svm1")["absent"] == []


def test_report_shows_hosts_that_failed_before_they_were_read(tmp_path: Path) -> None:
    refused = {"failed": True, "msg": ["akv_warn_days: 'x' is not accepted"]}
    found = report.build(
        hosts=["host1", "host2", "host3"],
        hostvars={
            "host1": {"_akv_report_found": Cluster(akv_info=read(record("svm1")), akv_svm_info={}).read()},
            "host2": {"_akv_report_found": refused, "akv_cluster": "west"},
            "host3": {},
        },
        report={"generated": "2026-01-02T03:04:05Z", "health": True},
        earlier={"previous": str(tmp_path / "akv.json"), "optional": True},
        title="",
        keep=2,
        summary={"folder": str(tmp_path), "metrics": str(tmp_path / "akv.prom"), "predicted": False},
    )
    assert found["lines"][1:3] == [
        "- west could not be read: it was not read",
        "- host3 could not be read: it was not read",
    ]
    assert 'ontap_akv_cluster_up{cluster="west"} 0' in found["contents"]["akv.prom"]
