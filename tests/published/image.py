# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m published.image FOLDER IMAGE`: run `ontap.akv.health` in an execution environment by ansible-navigator.

The playbook reads a simulated cluster: first one without problems, then one whose keys are lost, which it must report.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from published.site import CLUSTER, Site, simulated_site

_TIMEOUT = 300
_SVMS = ("svm1", "svm2")


def main(folder: Path, image: str) -> None:
    """Run the playbook twice and compare what it reports with the cluster."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "clusters.yml").write_text(f"clusters:\n  hosts:\n    {CLUSTER}:\n", encoding="utf-8")
    with simulated_site() as site:
        for svm in _SVMS:
            site.simulator.control.put_record(svm)
        status, output = _navigate(site, folder, image)
        assert status == 0, output
        assert "Checked 2 configurations on 1 cluster" in output, output
        assert "no problems" in output, output
        read = {entry["path"] for entry in site.simulator.control.log()}
        assert "/api/security/azure-key-vaults" in read, read
        site.simulator.control.reboot("node1")
        status, output = _navigate(site, folder, image)
        assert status != 0, output
        assert "svm2" in output, output


def _navigate(site: Site, folder: Path, image: str) -> tuple[int, str]:
    """Run the playbook in the image; return the exit status and the output."""
    # The container sees this folder, not the temporary one of the simulator.
    authorities = shutil.copy(str(site.simulator.ca_path), folder / "ca.pem")
    variables = site.variables() | {"ONTAP_CA_PATH": str(authorities), "ONTAP_PASSWORD": site.password}
    passed = [word for name in variables for word in ("--penv", name)]
    command = ["ansible-navigator", "run", "ontap.akv.health", "--mode", "stdout", "-i", "clusters.yml"]
    command += ["--execution-environment-image", image, "--container-engine", "podman", "--pull-policy", "never"]
    command += ["--playbook-artifact-enable", "false", *passed]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    site.check_output(done.stdout)
    return done.returncode, done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
