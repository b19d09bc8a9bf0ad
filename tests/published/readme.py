# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m published.readme FOLDER CHECKOUT PROGRAMS`: run the commands of the README as they are written.

FOLDER: an empty folder for the user's files. CHECKOUT: a copy of the project. PROGRAMS: the programs of an environment
that holds only ansible-core. The cluster of the README is a simulator that a proxy leads to, and one path differs: that
of the CA bundle.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from published.site import Site, simulated_site
from tooling import environment

_CA_PATH = "/etc/ssl/company-ca.pem"
_TIMEOUT = 300
#: Commands of the README that need more than ansible-core, by a word in them, and the target that runs each.
_ELSEWHERE = {"ontap.akv.awx_setup": "make awx"}


def main(folder: Path, checkout: Path, programs: Path) -> None:
    """Run every command of the README and check its effect on the cluster."""
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in _blocks(readme, "shell") if not block.startswith("make ")]
    assert len(blocks) == 2, "the README has other blocks of shell than to install and to run"
    install, play = blocks
    (playbook,) = _blocks(readme, "yaml")
    env = _environment(folder, programs)
    _run(install, env, checkout)
    (folder / "akv.yml").write_text(playbook, encoding="utf-8")
    (folder / "clusters.yml").write_text("clusters:\n  hosts:\n    cluster1.example.com:\n", encoding="utf-8")
    with simulated_site() as site:
        _check_playbook(play, env, folder, site)
        _check_commands(readme, env, folder, site)


def _blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


def _environment(folder: Path, programs: Path) -> dict[str, str]:
    """Return the variables of a user: pip's settings are theirs, and nothing is written to their home directory."""
    env = environment.for_pip()
    env |= environment.utf8(env)
    configuration = folder / "ansible.cfg"
    configuration.touch()
    return env | {
        "PATH": os.pathsep.join([str(programs), env.get("PATH", os.defpath)]),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_NOCOLOR": "true",
        # No one answers there: a command that asked Galaxy would fail.
        "ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:9/",
    }


def _run(script: str, env: dict[str, str], folder: Path, answers: str = "") -> str:
    """Run a script in bash, with what the user types; return its output, and show it if the script fails."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, f"{script}\nended with status {done.returncode}:\n{done.stdout}"
    return done.stdout


def _check_playbook(script: str, env: dict[str, str], folder: Path, site: Site) -> None:
    """Run the first playbook, in check mode and for real; a second run changes nothing."""
    assert _CA_PATH in script
    script = script.replace(_CA_PATH, str(site.simulator.ca_path))
    env = env | {"https_proxy": site.proxy_url}
    output = _run(script, env, folder, f"{site.password}\n{site.client_secret}\n")
    site.check_output(output)
    assert output.count("changed=1") == 2, output
    for svm in ("svm1", "svm2"):
        assert f"{svm} uses https://ourvault.vault.azure.net/keys/ontap" in output, output
        configuration = site.simulator.control.state()["svms"][svm]["configuration"]
        assert configuration["client_secret"] == site.client_secret
    sent = [entry["method"] for entry in site.simulator.control.log() if entry["method"] != "GET"]
    assert sent == ["POST", "POST"], sent
    again = _run(script, env, folder, f"{site.password}\n{site.client_secret}\n")
    assert again.count("changed=0") == 2, again


def _check_commands(readme: str, env: dict[str, str], folder: Path, site: Site) -> None:
    """Run the commands in the text; each is either run here or has a target of its own."""
    commands = re.findall(r"`(ansible-[a-z]+ [^`]+)`", readme)
    here = [command for command in commands if not any(word in command for word in _ELSEWHERE)]
    assert {word for word in _ELSEWHERE if any(word in command for command in commands)} == set(_ELSEWHERE)
    assert {command.split()[0] for command in here} == {"ansible-playbook", "ansible-doc"}, here
    env = env | site.variables() | {"ONTAP_PASSWORD": site.password}
    for command in here:
        output = _run(command, env, folder)
        site.check_output(output)
        assert "azure_key_vault" in output or "no problems" in output, output


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
