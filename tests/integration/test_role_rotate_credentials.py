# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_rotate_credentials and its playbook: selection and order of SVMs, and the rollback of a failed batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, lines_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster, play
from ansible_collections.ontap.akv.tests.integration.support.roles import (
    message,
    refused_logins,
    svm_host,
    two_clusters,
    writes,
)
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    CLIENT_ID,
    NAME,
    OTHER_CLIENT_ID,
    SVMS,
    configured,
)
from simulator import Simulator

PLAYBOOK = "rotate_credentials"
#: Values that AWX sets for empty fields.
BLANK = {
    f"ONTAP_AKV_{name}": ""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "CLIENT_CERTIFICATE", "OLD_CLIENT_SECRET", "OLD_CLIENT_CERTIFICATE")
}
ELSEWHERE = {"name": "https://elsewhere.vault.azure.net/", "key_id": "https://elsewhere.vault.azure.net/keys/key1"}


class Application:
    """An Azure application with an old and a new secret, both valid; the SVMs of a simulator have the old one."""

    def __init__(self, plays: Ansible, simulator: Simulator, *svms: str | None) -> None:
        self.old, self.new = plays.secrets.new("old-secret"), plays.secrets.new("new-secret")
        self.uuids = dict(zip(svms, configured(simulator, *svms, client_secret=self.old), strict=True))
        self.given = {"akv_client_id": CLIENT_ID, "akv_client_secret": self.new}
        self.both = {**self.given, "akv_old_client_secret": self.old}
        simulator.control.azure(secrets={CLIENT_ID: [self.old, self.new], OTHER_CLIENT_ID: [self.old]})


def having(simulator: Simulator, secret: str) -> set[str | None]:
    """Return the SVMs (None: the cluster) whose configuration has a secret."""
    found = simulator.control.state()
    owners = {None: found["cluster"], **found["svms"]}
    return {
        owner
        for owner, each in owners.items()
        if each["configuration"] and each["configuration"]["client_secret"] == secret
    }


def hosts_of(simulator: Simulator, **variables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return inventory hosts that are the same cluster with different variables: name -> variables."""
    return {name: cluster(simulator, **own) for name, own in variables.items()}


def test_canaries_are_rotated_before_batches(plays: Ansible, simulator: Simulator) -> None:
    """Credentials come from the environment, as in AWX; check mode sends no writes; named canaries are first, one by
    one; other applications are not changed.
    """
    application = Application(plays, simulator, *SVMS, None)
    simulator.control.add_svm("foreign")
    configured(simulator, "foreign", client_id=OTHER_CLIENT_ID, client_secret=application.old)
    plays.environment |= {**BLANK, "ONTAP_AKV_CLIENT_ID": CLIENT_ID, "ONTAP_AKV_CLIENT_SECRET": application.new}
    wanted: dict[str, Any] = {"akv_canary": ["svm5", "svm3"], "akv_batch_size": 2}
    check = play(plays, PLAYBOOK, None, "--check", **wanted).ok()
    assert writes(simulator) == []
    assert check.stats == {}
    assert check.hosts["cluster1"]["changed"] == 3
    played = play(plays, PLAYBOOK, **wanted).ok()
    assert played.hosts["cluster1"]["changed"] == 3
    assert having(simulator, application.new) == set(SVMS)
    assert having(simulator, application.old) == {None, "foreign"}
    lines = [run.requests.lines for run in played.runs if run.requests]
    # The selection; then for each batch: the state, the credential, the verification.
    canaries, batch, rest = (
        ["GET", *sent, "GET"] for sent in (["PATCH /UUID"] * 2, ["PATCH /UUID"] * 2, ["PATCH /UUID"])
    )
    assert lines == [["GET"], canaries, ["GET"], batch, ["GET"], rest, ["GET"]]
    assert [entry["path"].rpartition("/")[2] for entry in writes(simulator)[:2]] == [
        application.uuids["svm3"],
        application.uuids["svm5"],
    ]
    assert played.stats["akv_rotated"] == [f"{svm}@cluster1" for svm in ("svm3", "svm5", "svm1", "svm2", "svm4")]
    assert "the cluster's configuration also uses this application" in message(played)


@pytest.mark.parametrize(
    ("old", "end"),
    [
        ("secret", "The former credential was put back on svm1"),
        ("certificate", "The former credential was put back on svm1"),
        ("path", "The former credential was put back on svm1"),
        ("none", "These have the new credential, because no other was given to put back: svm1"),
    ],
)
def test_failed_canary_is_rolled_back(plays: Ansible, simulator: Simulator, tmp_path: Path, old: str, end: str) -> None:
    """The old credential is put back if it is given; nothing else is started, and nothing counts as rotated."""
    application = Application(plays, simulator, "svm1", "svm2")
    content = pfx()
    plays.secrets.hide("old certificate", base64_of(content))
    (tmp_path / "old.pfx").write_bytes(content)
    former: dict[str, dict[str, Any]] = {
        "secret": {"akv_old_client_secret": application.old},
        "certificate": {"akv_old_client_certificate": lines_of(content)},
        "path": {"akv_old_client_certificate_path": str(tmp_path / "old.pfx")},
        "none": {},
    }
    simulator.control.azure(reachable=False)
    played = play(plays, PLAYBOOK, **application.given, **former[old]).failed()
    for part in (
        "cluster1: stopped at the canary",
        "svm1: the vault cannot be reached",
        end,
        "Rotated in earlier batches, and kept: none",
        "Not started: svm2",
    ):
        assert part in message(played)
    back = {"secret": [{"client_secret": application.old}], "none": []}.get(
        old, [{"client_certificate": base64_of(content)}]
    )
    assert writes(simulator).bodies == [{"client_secret": application.new}, *back]
    assert {entry["path"].rpartition("/")[2] for entry in writes(simulator)} == {application.uuids["svm1"]}
    assert played.stats == {}


def test_secret_refused_by_azure_changes_nothing(plays: Ansible, simulator: Simulator) -> None:
    """The canary keeps its secret, so nothing has to be put back."""
    application = Application(plays, simulator, "svm1", "svm2")
    simulator.control.azure(secrets={CLIENT_ID: [application.old]})
    played = play(plays, PLAYBOOK, **application.both).failed()
    assert writes(simulator).lines == ["PATCH /UUID"]
    assert "65537540" in message(played)
    assert "No SVM of this batch was changed." in message(played)
    assert having(simulator, application.old) == {"svm1", "svm2"}


def test_failed_batch_is_rolled_back(plays: Ansible, simulator: Simulator) -> None:
    """The whole batch gets the old secret back; earlier batches keep the new one, and no further batch starts."""
    application = Application(plays, simulator, *SVMS)
    configured(simulator, "svm3", client_secret=application.old, **ELSEWHERE)
    simulator.control.azure(vaults=[NAME])
    played = play(plays, PLAYBOOK, **application.both, akv_batch_size=2).failed()
    assert having(simulator, application.new) == {"svm1"}
    assert having(simulator, application.old) == {"svm2", "svm3", "svm4", "svm5"}
    for part in (
        "cluster1: stopped at batch 1",
        "svm3: the vault cannot be reached",
        "The former credential was put back on svm2, svm3",
        "Rotated in earlier batches, and kept: svm1",
        "Not started: svm4, svm5",
    ):
        assert part in message(played)
    assert "svm2: " not in message(played)
    assert played.stats == {"akv_rotated": ["svm1@cluster1"]}


def test_only_changed_svms_of_batch_are_rolled_back(plays: Ansible, simulator: Simulator) -> None:
    """Only changed SVMs get the old secret back."""
    application = Application(plays, simulator, *SVMS)
    simulator.control.condition(
        "update", "65537577", svm="svm3", message="{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
    )
    played = play(plays, PLAYBOOK, **application.both).failed()
    assert having(simulator, application.new) == {"svm1"}
    assert "The former credential was put back on svm2, svm4, svm5" in message(played)
    assert "lookup('ansible.builtin.pipe', 'touch evaluated')" in message(played)
    assert not (played.folder / "evaluated").exists()


def test_failed_rollback_is_reported(plays: Ansible, simulator: Simulator) -> None:
    application = Application(plays, simulator, "svm1", "svm2")
    configured(simulator, "svm1", client_secret=application.old, **ELSEWHERE)
    simulator.control.azure(vaults=[NAME], secrets={CLIENT_ID: [application.new]})
    played = play(plays, PLAYBOOK, **application.both).failed()
    simulator.control.azure(vaults=None)
    assert having(simulator, application.new) == {"svm1"}
    assert "Putting the former credential back FAILED: svm1: " in message(played)


def test_rollback_restores_old_credential(plays: Ansible, simulator: Simulator) -> None:
    """Old and new credentials are exchanged; if the canary fails with the old one, it gets the new one back."""
    application = Application(plays, simulator, "svm1", "svm2", "svm3")
    configured(simulator, "svm1", "svm2", client_secret=application.new)
    played = play(plays, PLAYBOOK, **application.both, akv_rollback=True).ok()
    assert having(simulator, application.old) == {"svm1", "svm2", "svm3"}
    assert "get the old credential" in played.texts
    simulator.control.azure(reachable=False)
    configured(simulator, "svm1", client_secret=application.new)
    played = play(plays, PLAYBOOK, **application.both, akv_rollback="true").failed()
    assert "The former credential was put back on svm1" in message(played)
    assert having(simulator, application.new) == {"svm1"}


def test_failure_on_first_cluster_stops_others(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """The first cluster runs alone; if it fails, the others are not even read."""
    hosts = two_clusters(simulator, other)
    application = Application(plays, simulator, "svm1", "svm2")
    configured(other, "svm1", "svm2", client_secret=application.old)
    simulator.control.azure(reachable=False)
    played = play(plays, PLAYBOOK, hosts, **application.both).failed()
    assert "stopped at the canary" in message(played)
    assert other.control.log() == []
    simulator.control.azure(reachable=True)
    played = play(plays, PLAYBOOK, hosts, **application.both).ok()
    assert having(simulator, application.new) == having(other, application.new) == {"svm1", "svm2"}
    assert played.stats["akv_rotated"] == ["svm1@cluster1", "svm2@cluster1", "svm1@cluster2", "svm2@cluster2"]
    # If clusters run in parallel, a failure of one stops the other after its batch, and its work is reported.
    simulator.control.azure(reachable=False)
    third = plays.secrets.new("third-secret")
    wanted = {
        "akv_client_id": CLIENT_ID,
        "akv_client_secret": third,
        "akv_old_client_secret": application.new,
        "akv_serial": "100%",
    }
    played = play(plays, PLAYBOOK, hosts, **wanted).failed()
    assert having(simulator, third) == set()
    assert having(other, third) == {"svm1"}
    assert played.stats["akv_rotated"] == ["svm1@cluster2"]


def test_canary_of_each_cluster_is_rotated_first(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """Clusters in parallel may have SVMs of the same name in different batches."""
    application = Application(plays, simulator, "svm1", "svm2")
    configured(other, "svm2", "svm3", client_secret=application.old)
    hosts = two_clusters(simulator, other)
    hosts["cluster2"]["akv_canary"] = ["svm3"]
    play(plays, PLAYBOOK, hosts, **application.both, akv_serial="100%", akv_batch_size=1).ok()
    uuids = {
        found["configuration"]["uuid"]: svm
        for svm, found in other.control.state()["svms"].items()
        if found["configuration"]
    }
    assert [uuids[entry["path"].rpartition("/")[2]] for entry in writes(other)] == ["svm3", "svm2"]


def test_each_host_can_be_svm(plays: Ansible, simulator: Simulator) -> None:
    """Each host is only its SVM, even if a survey returns an empty answer; the first host is the canary."""
    application = Application(plays, simulator, "svm1", "svm2", "svm3")
    hosts = {f"{svm}@east": svm_host(simulator, svm) for svm in ("svm1", "svm2")}
    empty = {"akv_svm": "", "akv_canary": "", "akv_client_certificate": "", "akv_old_client_certificate_path": ""}
    played = play(plays, PLAYBOOK, hosts, **application.both, **empty).ok()
    assert having(simulator, application.new) == {"svm1", "svm2"}
    assert having(simulator, application.old) == {"svm3"}
    assert played.stats["akv_rotated"] == ["svm1@east", "svm2@east"]
    assert "east: 1 SVM gets the new credential, first svm1" in played.texts


def test_invalid_requests_are_refused_before_any_write(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """One host for each error; only reads are sent."""
    application = Application(plays, simulator, "svm1", "svm2")
    certificates = {"good": pfx(), "expired": pfx(begins=-9, ends=-1), "early": pfx(begins=1)}
    texts = {
        name: plays.secrets.hide(f"{name} certificate", base64_of(content)) for name, content in certificates.items()
    }
    again = plays.secrets.hide("the same certificate", base64_of(repacked(certificates["good"])))
    garbage = plays.secrets.new("garbage")
    for name, content in certificates.items():
        (tmp_path / f"{name}.pfx").write_bytes(content)
    secret = {"akv_client_secret": application.new}
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "nothing": ({}, "Give exactly one new credential"),
        "rollback": ({**secret, "akv_rollback": True}, "Give exactly one old credential"),
        "both": ({**secret, "akv_client_certificate": texts["good"]}, "Give exactly one new credential"),
        "two_old": (
            {**secret, "akv_old_client_secret": application.old, "akv_old_client_certificate": again},
            "Give at most one old credential",
        ),
        "same_secret": (
            {**secret, "akv_old_client_secret": application.new},
            "The new credential is the same as the old one.",
        ),
        "same_certificate": (
            {"akv_client_certificate": texts["good"], "akv_old_client_certificate": again},
            "The new credential is the same as the old one.",
        ),
        "same_file": (
            {"akv_client_certificate_path": str(tmp_path / "good.pfx"), "akv_old_client_certificate": again},
            "The new credential is the same as the old one.",
        ),
        "expired": (
            {"akv_client_certificate": texts["expired"]},
            "The new certificate is not valid now. It is valid from ",
        ),
        "early": (
            {"akv_client_certificate_path": str(tmp_path / "early.pfx")},
            "The new certificate is not valid now. It is valid from ",
        ),
        "no_file": ({"akv_client_certificate_path": str(tmp_path / "none.pfx")}, "none.pfx cannot be read"),
        "garbage": ({"akv_client_certificate": garbage}, "it is not base64"),
        "old_garbage": ({**secret, "akv_old_client_certificate": garbage}, "it is not base64"),
        "no_batch": ({**secret, "akv_batch_size": 0}, "akv_batch_size"),
        "no_application": ({**secret, "akv_client_id": " "}, "akv_client_id is required"),
        "wildcard": ({**secret, "akv_client_id": "*"}, "uses the application *"),
        "operator": ({**secret, "akv_client_id": f"!{OTHER_CLIENT_ID}"}, "uses the application !"),
        "beginning": ({**secret, "akv_client_id": CLIENT_ID[:-1]}, "uses the application"),
        "foreign": (
            {**secret, "akv_client_id": OTHER_CLIENT_ID, "akv_svm": ["svm1", "svm2"]},
            "svm1: its configuration uses the application",
        ),
        "comma": ({**secret, "akv_svm": ","}, "it is empty"),
        "no_svm": ({**secret, "akv_svm": ["svm1", "svm9"]}, "svm9: no configuration"),
    }
    hosts = hosts_of(
        simulator, **{name: {"akv_client_id": CLIENT_ID, **given} for name, (given, _said) in wrong.items()}
    )
    played = play(plays, PLAYBOOK, hosts, akv_serial="100%", akv_max_fail_percentage=100).failed()
    for name, (_given, reason) in wrong.items():
        assert reason in message(played, name), name
    assert writes(simulator) == []


def repacked(content: bytes) -> bytes:
    """Return another PKCS#12 with the same certificate and key."""
    key, certificate, _more = pkcs12.load_key_and_certificates(content, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return pkcs12.serialize_key_and_certificates(b"another", key, certificate, None, serialization.NoEncryption())


def test_svms_are_selected_by_application_name_and_uuid(plays: Ansible, simulator: Simulator) -> None:
    """One host for each case: application in upper case, UUID, wildcard, canaries as text, no SVM if allowed."""
    application = Application(plays, simulator, "svm1", "svm2", "svm3")
    simulator.control.add_svm("svm10")
    configured(simulator, "svm10", client_secret=application.old)
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    hosts = hosts_of(
        simulator,
        capitals={"akv_client_id": f" {CLIENT_ID.upper()}\n"},
        uuid={"akv_svm": uuid},
        text={"akv_svm": "svm1*, svm3", "akv_canary": "svm3, svm10"},
        unknown_canary={"akv_canary": ["svm9"]},
        none={"akv_client_id": OTHER_CLIENT_ID, "akv_allow_none": True},
        none_named={"akv_svm": "svm9", "akv_allow_none": True},
    )
    given = {**application.given}
    del given["akv_client_id"]
    for variables in hosts.values():
        variables.setdefault("akv_client_id", CLIENT_ID)
    played = play(plays, PLAYBOOK, hosts, "--check", **given, akv_serial=1).ok()
    unknown = "names SVMs that are not among them: svm9"
    assert [
        [
            run.msg
            for run in played.of(host)
            if "the new credential, first" in str(run.result.get("msg")) or "no SVMs get" in str(run.result.get("msg"))
        ]
        for host in hosts
    ] == [
        ["capitals: 4 SVMs get the new credential, first svm1."],
        ["uuid: 1 SVM gets the new credential, first svm2."],
        ["text: 3 SVMs get the new credential, first svm10, svm3."],
        [f"unknown_canary: 4 SVMs get the new credential, first svm1. akv_canary {unknown}."],
        ["none: no SVMs get the new credential."],
        ["none_named: no SVMs get the new credential."],
    ]
    assert writes(simulator) == []


def test_certificate_is_rotated(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The path may begin with the home folder; a certificate with a password is accepted, because its dates cannot be
    read.
    """
    application = Application(plays, simulator, "svm1", "svm2")
    content, locked = pfx(), pfx(password=b"secret")
    plays.secrets.hide("certificate", base64_of(content))
    plays.secrets.hide("locked certificate", base64_of(locked))
    simulator.control.azure(certificates=None)
    home = tmp_path / "home"
    home.mkdir()
    (home / "new.pfx").write_bytes(content)
    plays.environment["HOME"] = str(home)
    given = {"akv_client_id": CLIENT_ID, "akv_old_client_secret": application.old}
    play(plays, PLAYBOOK, **given, akv_client_certificate_path="~/new.pfx").ok()
    assert {each["client_certificate"] for each in writes(simulator).bodies} == {base64_of(content)}
    simulator.control.clear_log()
    play(plays, PLAYBOOK, **given, akv_client_certificate=lines_of(locked)).ok()
    assert {each["client_certificate"] for each in writes(simulator).bodies} == {base64_of(locked)}


def test_role_can_be_used_twice_in_own_play(plays: Ansible, simulator: Simulator) -> None:
    """Applications and canaries differ; the second run is not affected by the first."""
    application = Application(plays, simulator, "svm1", "svm2", "svm3")
    configured(simulator, "svm3", client_id=OTHER_CLIENT_ID, client_secret=application.old)
    simulator.control.azure(secrets=None)
    third = plays.secrets.new("third-secret")
    role = {"role": "ontap.akv.akv_rotate_credentials"}
    own = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": {"group/ontap.akv.akv": {"hostname": simulator.hostname, "http_port": simulator.port}},
        "roles": [
            {**role, "vars": {"akv_client_id": CLIENT_ID, "akv_client_secret": "{{ first }}", "akv_batch_size": 1}},
            {**role, "vars": {"akv_client_id": OTHER_CLIENT_ID, "akv_client_secret": "{{ second }}"}},
            {
                **role,
                "vars": {
                    "akv_client_id": OTHER_CLIENT_ID,
                    "akv_client_secret": "{{ first }}",
                    "akv_allow_none": True,
                    "akv_svm": "svm1",
                },
            },
        ],
    }
    plays.variables = {**FAST, "first": application.new, "second": third}
    played = plays.play([own], {"cluster1": {}}).ok()
    assert having(simulator, application.new) == {"svm1", "svm2"}
    assert having(simulator, third) == {"svm3"}
    assert played.stats["akv_rotated"] == ["svm1@cluster1", "svm2@cluster1", "svm3@cluster1"]


def test_unreachable_cluster_and_refused_login_fail(plays: Ansible, simulator: Simulator) -> None:
    """One login is tried; the cluster that responds is rotated."""
    application = Application(plays, simulator, "svm1")
    wrong = plays.secrets.new("wrong-password")
    hosts = hosts_of(
        simulator,
        good={},
        down={"akv_http_port": 1, "akv_max_retries": 0},
        stranger={"akv_username": simulator.username, "akv_password": wrong},
    )
    played = play(plays, PLAYBOOK, hosts, **application.both, akv_serial="100%", akv_max_fail_percentage=100).failed()
    assert refused_logins(simulator) == 1
    assert "no connection to 127.0.0.1:1" in message(played, "down")
    assert played.hosts["good"]["failures"] == 0
    assert having(simulator, application.new) == {"svm1"}


def test_refused_login_in_verification_sends_nothing_more(plays: Ansible, simulator: Simulator) -> None:
    """After a refused login nothing more is sent, so the former credential is not put back; the message says so."""
    application = Application(plays, simulator, "svm1", "svm2")
    # The first reads are those of the role, and of the module before and after the change.
    simulator.control.fault("status", method="GET", nth=4, times=1, status=401)
    played = play(plays, PLAYBOOK, **application.both, akv_retries=5).failed()
    assert [entry["status"] for entry in simulator.control.log()][-1] == 401
    assert refused_logins(simulator) == 1
    assert "401" in message(played)
    assert "nothing was put back, because the cluster refused the login: svm1" in message(played)
    assert "no configuration" not in message(played)
    assert having(simulator, application.new) == {"svm1"}
    assert having(simulator, application.old) == {"svm2"}


def test_verification_is_retried(plays: Ansible, simulator: Simulator) -> None:
    """The verification is repeated, and a failed read counts as not verified yet."""
    application = Application(plays, simulator, "svm1")
    simulator.control.fault("status", method="GET", nth=4, times=1, status=500)
    play(plays, PLAYBOOK, **application.both, akv_max_retries=0).ok()
    assert having(simulator, application.new) == {"svm1"}
