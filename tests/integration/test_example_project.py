# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project in docs/project, run with the commands of its README: a proxy directs host names to simulators."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.project import (
    CLIENT_ID,
    CLUSTERS,
    Project,
    project,
    two_clusters,
)
from tooling.paths import ROOT

PROJECT = ROOT / "docs" / "project"
ON_CLUSTERS = ("-i", "inventory/clusters.yml", "-e", "akv_hosts=clusters")


def test_awx_finds_only_playbooks() -> None:
    """AWX treats any YAML file with such a line as a playbook (awx/main/utils/ansible.py), except in folders such as
    tasks and roles.
    """
    looks_like_playbook = re.compile(
        r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE
    )
    found = {
        path.parent.name
        for path in PROJECT.rglob("*.yml")
        if looks_like_playbook.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"playbooks"}


@pytest.fixture
def copy(plays: Ansible, tmp_path: Path) -> Iterator[Project]:
    """Copy the project, and start two clusters."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder)
    with two_clusters() as (clusters, url):
        yield project(folder, clusters, url, plays)


def playbook(project: Project, name: str, *arguments: str) -> str:
    """Run a playbook of the project with -v, and return its output."""
    return project.run("ansible-playbook", f"playbooks/{name}.yml", "-v", *arguments)


def test_playbooks_run_as_in_readme(copy: Project) -> None:
    """All steps of the README, from the first configuration to the last."""
    first, second = copy.clusters
    playbook(copy, "configure", *ON_CLUSTERS, "--check", "--diff")
    assert copy.writes == [[], []]
    playbook(copy, "configure", *ON_CLUSTERS)
    configured = copy.configurations()
    assert [sorted(cluster) for cluster in configured] == [["svm1", "svm2", "svm3"], ["svm1"]]
    assert configured[0]["svm3"]["key_id"].endswith("/ontap-svm3")
    assert copy.secrets == {copy.env["ONTAP_AKV_CLIENT_SECRET"]}
    assert "changed=0" in playbook(copy, "configure", *ON_CLUSTERS)
    assert "Checked 4 configurations on 2 clusters" in playbook(copy, "health", "-i", "inventory/clusters.yml")

    old = copy.env["ONTAP_AKV_CLIENT_SECRET"]
    new = copy.ansible.secrets.new("new-client-secret")
    copy.env |= {"ONTAP_AKV_CLIENT_ID": CLIENT_ID, "ONTAP_AKV_CLIENT_SECRET": new, "ONTAP_AKV_OLD_CLIENT_SECRET": old}
    playbook(copy, "rotate_credentials", *ON_CLUSTERS)
    assert copy.secrets == {new}
    playbook(copy, "rotate_key", *ON_CLUSTERS, "-e", "akv_key=internal", "-e", 'akv_svm="*"')
    assert copy.done("rekey-internal") == [1] * 4

    first.control.reboot("node1")
    playbook(copy, "recover", *ON_CLUSTERS)
    assert "problems" in playbook(copy, "health", "-i", "inventory/clusters.yml")
    playbook(copy, "report", "-i", "inventory/clusters.yml")
    report = json.loads((copy.folder / "akv-report" / "akv.json").read_text(encoding="utf-8"))
    assert [(each["cluster"], len(each["azure_key_vaults"])) for each in report["clusters"]] == [
        (CLUSTERS[0], 3),
        (CLUSTERS[1], 1),
    ]

    second.control.svm("svm1", encrypted_volumes=0)
    playbook(
        copy,
        "decommission",
        "-i",
        "inventory/clusters.yml",
        "-e",
        f"akv_hosts={CLUSTERS[1]}",
        "-e",
        "akv_svm=svm1",
        "-e",
        "akv_confirm=true",
    )
    assert copy.configurations()[1] == {}


def test_playbooks_run_if_hosts_are_svms(copy: Project) -> None:
    """The inventory plugin finds and groups SVMs, and the same playbooks run on them."""
    playbook(copy, "configure", *ON_CLUSTERS)
    listed = json.loads(copy.run("ansible-inventory", "-i", "inventory/akv.yml", "--list"))
    hosts = {f"svm1@{CLUSTERS[1]}", *(f"{svm}@{CLUSTERS[0]}" for svm in ("svm1", "svm2", "svm3"))}
    assert set(listed["_meta"]["hostvars"]) == hosts
    assert set(listed["method_client_secret"]["hosts"]) == hosts
    assert listed["cluster_cluster2_example_com"]["hosts"] == [f"svm1@{CLUSTERS[1]}"]
    assert "Checked 4 configurations on 2 clusters" in playbook(copy, "health", "-i", "inventory/akv.yml")
    playbook(
        copy,
        "rotate_key",
        "-i",
        "inventory/akv.yml",
        "-e",
        "akv_hosts=cluster_cluster1_example_com",
        "-e",
        "akv_key=internal",
    )
    assert copy.done("rekey-internal") == [1, 1, 1, 0]


def test_missing_hosts_variable_sends_nothing(copy: Project) -> None:
    """Every playbook that writes requires akv_hosts."""
    for path in sorted((copy.folder / "playbooks").glob("*.yml")):
        if path.stem not in ("health", "report", "awx_setup"):
            done = copy.tried(
                "ansible-playbook", "-i", "inventory/clusters.yml", f"playbooks/{path.name}", "-e", "akv_key=internal"
            )
            assert done.returncode != 0
            assert "akv_hosts" in done.stderr + done.stdout
    assert [cluster.control.log() for cluster in copy.clusters] == [[], []]


def test_readme_names_existing_files() -> None:
    """This holds for its table and for the files in its commands."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```shell\n(.*?)```", readme, re.DOTALL):
        for line in block.splitlines():
            for word in shlex.split(line):
                assert "/" not in word or "/etc/" in word or (PROJECT / word).is_file(), word
    for entry in re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE):
        assert all((PROJECT / name).exists() for name in re.findall("`(.*?)`", entry))


def test_each_playbook_imports_playbook_of_collection() -> None:
    for playbook in sorted((PROJECT / "playbooks").glob("*.yml")):
        plays = yaml.safe_load(playbook.read_text(encoding="utf-8"))
        assert [each["ansible.builtin.import_playbook"] for each in plays] == [f"ontap.akv.{playbook.stem}"]
        assert (ROOT / "playbooks" / playbook.name).is_file()
