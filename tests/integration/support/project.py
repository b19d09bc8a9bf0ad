# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and inventories that are run as they stand: the clusters that they name are simulators, which a proxy
leads to.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.proxy import proxy
from simulator import Simulator

CLUSTERS = ("cluster1.example.com", "cluster2.example.com")
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
#: The names of Azure that the guides use; the Azure of the first cluster answers.
AZURE = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "ourvault.vault.azure.net",
    "ourvault.vault.usgovcloudapi.net",
)
#: The SVMs of each.
_SVMS = (["svm1", "svm2", "svm3"], ["svm1"])
_USER = "ansible"


@dataclass
class Project:
    """A folder, the clusters that are named in it, and the environment that a person has. authorities: those of the
    clusters, as PEM.
    """

    folder: Path
    clusters: list[Simulator]
    env: dict[str, str]
    ansible: Ansible
    authorities: str

    def tried(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a program of Ansible in the folder; returns how it ended."""
        done = programs.run(command[0], command[1:], self.env, self.folder, timeout=LONGEST_RUN)
        output = done.stdout + done.stderr
        assert self.ansible.secrets.found_in(output) == []
        assert "Traceback (most recent call last)" not in output, output
        return done

    def run(self, *command: str) -> str:
        """Runs a program of Ansible in the folder; it must succeed. Returns what it printed."""
        done = self.tried(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def renew(self, cluster: Simulator, **config: Any) -> None:
        """Makes a cluster as new, with some of its settings changed: the user may log in, and each SVM has an
        encrypted volume.
        """
        cluster.control.reset(config)
        cluster.control.user(_USER, self.env["ONTAP_PASSWORD"])
        for svm in cluster.control.state()["svms"]:
            cluster.control.svm(svm, volumes=1, encrypted_volumes=1)
        cluster.control.clear_log()

    def configurations(self) -> list[dict[str, Any]]:
        """SVM -> its configuration, of each cluster."""
        return [
            {
                svm: told["configuration"]
                for svm, told in cluster.control.state()["svms"].items()
                if told["configuration"]
            }
            for cluster in self.clusters
        ]

    @property
    def secrets(self) -> set[str | None]:
        """The client secrets that the clusters have."""
        return {each["client_secret"] for cluster in self.configurations() for each in cluster.values()}

    def done(self, operation: str) -> list[int]:
        """How often an operation was done for each configuration."""
        return [each["done"].get(operation, 0) for cluster in self.configurations() for each in cluster.values()]

    @property
    def writes(self) -> list[Requests]:
        """What was sent to each cluster to change something."""
        return [Requests(cluster.control.log()).writes for cluster in self.clusters]


@contextmanager
def two_clusters() -> Iterator[tuple[list[Simulator], str]]:
    """Two clusters by the names that the project and the guides use, and the URL of the proxy that leads to them."""
    with Simulator(names=CLUSTERS[:1], svms=_SVMS[0]) as first, Simulator(names=CLUSTERS[1:], svms=_SVMS[1]) as second:
        clusters = [first, second]
        addresses = {name: (cluster.hostname, cluster.port) for name, cluster in zip(CLUSTERS, clusters, strict=True)}
        with proxy({**addresses, **dict.fromkeys(AZURE, ("127.0.0.1", first.azure.port))}) as url:
            yield clusters, url


def project(folder: Path, clusters: list[Simulator], url: str, ansible: Ansible) -> Project:
    """A project in a folder beside two clusters as new."""
    authorities = "".join(Path(str(cluster.ca_path)).read_text(encoding="utf-8") for cluster in clusters)
    (folder.parent / "ca.pem").write_text(authorities, encoding="utf-8")
    env = {
        **ansible.job_environment(folder.parent),
        "https_proxy": url,
        "ONTAP_USERNAME": _USER,
        "ONTAP_PASSWORD": ansible.secrets.new("cluster-password"),
        "ONTAP_CA_PATH": str(folder.parent / "ca.pem"),
        "ONTAP_AKV_CLIENT_SECRET": ansible.secrets.new("client-secret"),
    }
    made = Project(folder, clusters, env, ansible, authorities)
    for cluster in clusters:
        made.renew(cluster)
    return made
