# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as the README and the guides name it: a simulator that a proxy leads to."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ansible_collections.ontap.akv.tests.integration.support.proxy import proxy
from simulator import Simulator

CLUSTER = "cluster1.example.com"
_USER = "ansible"


@dataclass(frozen=True)
class Site:
    """The simulated cluster, the URL of the proxy, and the secrets that no output may contain."""

    simulator: Simulator
    proxy_url: str
    password: str
    client_secret: str

    def variables(self) -> dict[str, str]:
        """Return the environment variables of a user who works on the cluster, without secrets."""
        return {"https_proxy": self.proxy_url, "ONTAP_USERNAME": _USER, "ONTAP_CA_PATH": str(self.simulator.ca_path)}

    def check_output(self, output: str) -> None:
        """Raise AssertionError if an output contains a secret or a traceback."""
        assert self.password not in output
        assert self.client_secret not in output
        assert "Traceback" not in output


@contextmanager
def simulated_site() -> Iterator[Site]:
    """Start a cluster with two SVMs that hold an encrypted volume each."""
    with Simulator(names=[CLUSTER], svms=["svm1", "svm2"]) as simulator:
        addresses = {CLUSTER: (simulator.hostname, simulator.port)}
        with proxy(addresses) as url:
            site = Site(simulator, url, f"password-{secrets.token_hex(8)}", f"client-secret-{secrets.token_hex(8)}")
            simulator.control.user(_USER, site.password)
            for svm in ("svm1", "svm2"):
                simulator.control.svm(svm, volumes=1, encrypted_volumes=1)
            yield site
