# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project in docs/project, run as it stands, with the commands of its README: only names are led to simulators, by a proxy."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible, program
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.proxy import proxy
from simulator import Simulator
from tooling.paths import ROOT

PROJECT = ROOT / "docs" / "project"
CLUSTERS = ("cluster1.example.com", "cluster2.example.com")
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
ON_CLUSTERS = ("-i", "inventory/clusters.yml", "-e", "akv_hosts=clusters")


@dataclass
class Project:
    """A copy of the project, the clusters that it names, and the environment that a person has."""

    folder: Path
    clusters: list[Simulator]
    env: dict[str, str]
    ansible: Ansible

    def run(self, *command: str) -> str:
        """Runs a program of Ansible in the project; it must succeed. Returns what it printed."""
        done = subprocess.run(
            [program(command[0]), *command[1:]], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=LONGEST_RUN, check=False
        )
        output = done.stdout + done.stderr
        assert self.ansible.secrets.found_in(output) == []
        assert done.returncode == 0, output
        return done.stdout

    def playbook(self, name: str, *arguments: str) -> str:
        """Runs a playbook of the project with -v."""
        return self.run("ansible-playbook", f"playbooks/{name}.yml", "-v", *arguments)

    def configurations(self) -> list[dict[str, Any]]:
        """SVM -> its configuration, of each cluster."""
        return [{svm: told["configuration"] for svm, told in cluster.control.state()["svms"].items() if told["configuration"]} for cluster in self.clusters]


@pytest.fixture
def project(plays: Ansible, tmp_path: Path) -> Iterator[Project]:
    """The project beside two clusters."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder)
    with Simulator(names=CLUSTERS[:1], svms=["svm1", "svm2", "svm3"]) as first, Simulator(names=CLUSTERS[1:], svms=["svm1"]) as second:
        clusters = [first, second]
        authorities = tmp_path / "ca.pem"
        authorities.write_text("".join(Path(cluster.ca_path).read_text(encoding="utf-8") for cluster in clusters), encoding="utf-8")
        for cluster in clusters:
            for svm in cluster.control.state()["svms"]:
                cluster.control.svm(svm, volumes=1, encrypted_volumes=1)
        with proxy({name: (cluster.hostname, cluster.port) for name, cluster in zip(CLUSTERS, clusters, strict=True)}) as url:
            env = {
                **plays.job_environment(tmp_path),
                "https_proxy": url,
                "ONTAP_USERNAME": first.username,
                "ONTAP_PASSWORD": plays.secrets.hide("password", first.password),
                "ONTAP_CA_PATH": str(authorities),
                "ONTAP_AKV_CLIENT_SECRET": plays.secrets.new("client-secret"),
            }
            yield Project(folder, clusters, env, plays)


def test_as_it_stands(project: Project) -> None:
    """From the first configuration to the last, as the README goes."""
    first, second = project.clusters
    project.playbook("configure", *ON_CLUSTERS, "--check", "--diff")
    assert [Requests(cluster.control.log()).writes for cluster in project.clusters] == [[], []]
    project.playbook("configure", *ON_CLUSTERS)
    configured = project.configurations()
    assert [sorted(cluster) for cluster in configured] == [["svm1", "svm2", "svm3"], ["svm1"]]
    assert configured[0]["svm3"]["key_id"].endswith("/ontap-svm3")
    assert {each["client_secret"] for cluster in configured for each in cluster.values()} == {project.env["ONTAP_AKV_CLIENT_SECRET"]}
    assert "changed=0" in project.playbook("configure", *ON_CLUSTERS)
    assert "4 configurations of 2 hosts checked" in project.playbook("health", "-i", "inventory/clusters.yml")

    old = project.env["ONTAP_AKV_CLIENT_SECRET"]
    new = project.ansible.secrets.new("new-client-secret")
    project.env |= {"ONTAP_AKV_CLIENT_ID": CLIENT_ID, "ONTAP_AKV_CLIENT_SECRET": new, "ONTAP_AKV_OLD_CLIENT_SECRET": old}
    project.playbook("rotate_credentials", *ON_CLUSTERS)
    assert {each["client_secret"] for cluster in project.configurations() for each in cluster.values()} == {new}
    project.playbook("rotate_key", *ON_CLUSTERS, "-e", "akv_key=internal", "-e", 'akv_svm="*"')
    assert [each["done"].get("rekey-internal") for cluster in project.configurations() for each in cluster.values()] == [1] * 4

    first.control.reboot("node1")
    project.playbook("recover", *ON_CLUSTERS)
    assert "problems" in project.playbook("health", "-i", "inventory/clusters.yml")
    project.playbook("report", "-i", "inventory/clusters.yml")
    report = json.loads((project.folder / "akv-report" / "akv.json").read_text(encoding="utf-8"))
    assert [(each["cluster"], len(each["azure_key_vaults"])) for each in report["clusters"]] == [(CLUSTERS[0], 3), (CLUSTERS[1], 1)]

    second.control.svm("svm1", encrypted_volumes=0)
    project.playbook("decommission", "-i", "inventory/clusters.yml", "-e", f"akv_hosts={CLUSTERS[1]}", "-e", "akv_svm=svm1", "-e", "akv_confirm=true")
    assert project.configurations()[1] == {}


def test_with_svms_as_hosts(project: Project) -> None:
    """The inventory plugin finds them, groups them, and the same playbooks run on them."""
    project.playbook("configure", *ON_CLUSTERS)
    listed = json.loads(project.run("ansible-inventory", "-i", "inventory/akv.yml", "--list"))
    hosts = {f"svm1@{CLUSTERS[1]}", *(f"{svm}@{CLUSTERS[0]}" for svm in ("svm1", "svm2", "svm3"))}
    assert set(listed["_meta"]["hostvars"]) == hosts
    assert set(listed["method_client_secret"]["hosts"]) == hosts
    assert listed["cluster_cluster2_example_com"]["hosts"] == [f"svm1@{CLUSTERS[1]}"]
    assert "4 configurations of 4 hosts checked" in project.playbook("health", "-i", "inventory/akv.yml")
    project.playbook("rotate_key", "-i", "inventory/akv.yml", "-e", "akv_hosts=cluster_cluster1_example_com", "-e", "akv_key=internal")
    assert [each["done"].get("rekey-internal") for cluster in project.configurations() for each in cluster.values()] == [1, 1, 1, None]


def test_a_forgotten_variable_hits_nobody(project: Project) -> None:
    """Every playbook that changes something wants to be told for which hosts."""
    for playbook in sorted((project.folder / "playbooks").glob("*.yml")):
        command = [program("ansible-playbook"), "-i", "inventory/clusters.yml", f"playbooks/{playbook.name}", "-e", "akv_key=internal"]
        if playbook.stem not in ("health", "report", "awx_setup"):
            done = subprocess.run(command, cwd=project.folder, env=project.env, capture_output=True, text=True, timeout=LONGEST_RUN, check=False)
            assert done.returncode != 0
            assert "akv_hosts" in done.stderr + done.stdout
    assert [cluster.control.log() for cluster in project.clusters] == [[], []]


def test_the_readme_names_what_is_there() -> None:
    """Its table, and the files in its commands."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```shell\n(.*?)```", readme, re.DOTALL):
        for line in block.splitlines():
            for word in shlex.split(line):
                assert "/" not in word or "/etc/" in word or (PROJECT / word).is_file(), word
    for entry in re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE):
        assert all((PROJECT / name).exists() for name in re.findall("`(.*?)`", entry))


def test_a_playbook_is_one_line() -> None:
    for playbook in sorted((PROJECT / "playbooks").glob("*.yml")):
        plays = yaml.safe_load(playbook.read_text(encoding="utf-8"))
        assert [each["ansible.builtin.import_playbook"] for each in plays] == [f"ontap.akv.{playbook.stem}"]
        assert (ROOT / "playbooks" / playbook.name).is_file()
