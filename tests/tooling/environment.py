# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment variables that tools and tests are started with: the person's own, less what would change a result."""

from __future__ import annotations

import os
from pathlib import Path

from tooling.paths import HOME, TREE, WORK

#: Settings of the person's own work that must not decide what a test meets. Proxies and CA bundles stay.
_DROPPED_PREFIXES = ("ANSIBLE_", "_ANSIBLE_", "ONTAP_", "PYTHON", "PYTEST_", "XDG_", "MOLECULE_", "VIRTUAL_ENV", "COVERAGE_", "GIT_", "NOX")
_DROPPED = ("PIP_REQUIRE_VIRTUALENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "CDPATH", "GET_PIP", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
#: What measures coverage goes through to every child process; see coverage.variables().
_KEPT = ("COVERAGE_PROCESS_START", "COVERAGE_CORE")


def clean() -> dict[str, str]:
    """The person's environment less the settings above."""
    return {key: value for key, value in os.environ.items() if key in _KEPT or not (key in _DROPPED or key.startswith(_DROPPED_PREFIXES))}


def for_pip() -> dict[str, str]:
    """As clean(), with the person's HOME: pip's configuration and cache are theirs."""
    environment = clean()
    environment.update({key: value for key, value in os.environ.items() if key.startswith("XDG_")})
    return environment


def for_tools(python: Path) -> dict[str, str]:
    """For tools and tests of one virtual environment: HOME below .work/, its programs first on PATH."""
    HOME.mkdir(parents=True, exist_ok=True)
    environment = clean()
    environment.update(
        HOME=str(HOME),
        PATH=os.pathsep.join([str(python.parent), environment.get("PATH", os.defpath)]),
        VIRTUAL_ENV=str(python.parent.parent),
        PYTHONPATH=str(WORK.parent / "tests"),
        PYTHONPYCACHEPREFIX=str(WORK / "cache" / "pycache"),
        PYTHONUNBUFFERED="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    environment.update(_utf8(environment))
    return environment


def for_ansible(python: Path, collections: Path = TREE) -> dict[str, str]:
    """For ansible-playbook and its like: no setting of the person's, collections from one place alone."""
    environment = for_tools(python)
    configuration = HOME / "ansible.cfg"
    configuration.touch()
    # Not for a playbook: modules would find this project's Python packages as well as their own.
    del environment["PYTHONPATH"]
    environment.update(
        ANSIBLE_HOME=str(HOME / ".ansible"),
        # An empty one, so that no other is read, not even one in the folder a test is started in.
        ANSIBLE_CONFIG=str(configuration),
        ANSIBLE_COLLECTIONS_PATH=str(collections),
        ANSIBLE_COLLECTIONS_SCAN_SYS_PATH="false",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        # A name, not a path: an interpreter whose path holds a space is no interpreter to Ansible.
        ANSIBLE_PYTHON_INTERPRETER="python3",
    )
    return environment


def _utf8(environment: dict[str, str]) -> dict[str, str]:
    """Ansible refuses to start in a locale that is not UTF-8."""
    current = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    if current.upper().replace("-", "").endswith("UTF8"):
        return {}
    return {"LC_ALL": "C.UTF-8"}
