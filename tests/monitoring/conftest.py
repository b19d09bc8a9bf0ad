# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports on a simulated cluster with an outage, and the programs that read their metrics."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_svm_info
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

#: Prometheus, promtool and the exporter start in less than a second; a busy machine gets more.
PATIENCE = 60


class Outage:
    """Two SVMs and the cluster with a configuration, and reports on them at each stage of an outage."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def begin(self) -> None:
        """Cut the cluster off from Azure, and reboot a node, which loses its keys."""
        self.simulator.control.azure(reachable=False)
        self.simulator.control.reboot("node1")

    def report(self, generated: str, **more: Any) -> dict[str, Any]:
        """Return a report on the cluster as it is now. more: what the entry of the host holds besides."""
        read = run(self.simulator, akv_info, fields=["*", "state", "azure_reachability", "ekmip_reachability"]).result
        svms = run(self.simulator, akv_svm_info, release=True).result
        found = {name: read[name] for name in ("azure_key_vaults", "unread")}
        entry = {
            "host": "east",
            "cluster": "east",
            "error": None,
            "svms": svms["svms"],
            "release": svms["release"],
            **found,
            **more,
        }
        down = {"host": "down", "cluster": "down", "error": "no connection", "azure_key_vaults": []}
        return {"generated": generated, "health": True, "clusters": [entry, down]}


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Simulator]:
    with Simulator(version="9.14.1", svms=["svm1", "svm2"]) as simulator:
        yield simulator


@pytest.fixture
def outage(_simulator: Simulator) -> Outage:
    _simulator.control.reset()
    configured(_simulator, "svm1", "svm2", None)
    return Outage(_simulator)


def promtool(*arguments: str | Path, stdin: str = "") -> str:
    """Return what promtool prints; it must be content, without a warning."""
    done = subprocess.run(
        ["promtool", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@contextlib.contextmanager
def served(program: str, *arguments: str) -> Iterator[str]:
    """Run a program on a free port while the block runs; yield the address that it logs."""
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen([program, *arguments], stderr=log, stdout=log) as process,
    ):
        try:

            def find_address() -> str | None:
                log.seek(0)
                said = log.read()
                assert process.poll() is None, said
                found = re.search(r'msg="Listening on" address=(127\.0\.0\.1:\d+)', said)
                return found.group(1) if found else None

            yield wait_for(find_address)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_for(look: Callable[[], Any], told: Sequence[str] = ()) -> Any:
    """Return the first result of a function that is true. told: what to say if none exists."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "\n".join(told) or "it does not happen"
        time.sleep(0.05)
    return found
