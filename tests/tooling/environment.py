# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables of tools and tests: those of the user, without settings that would change a result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tooling.paths import HOME, TREE, WORK

#: Personal settings that must not influence a test. Proxies and CA bundles are kept.
_DROPPED_PREFIXES = (
    "ANSIBLE_",
    "_ANSIBLE_",
    "ONTAP_",
    "PYTHON",
    "PYTEST_",
    "XDG_",
    "MOLECULE_",
    "VIRTUAL_ENV",
    "COVERAGE_",
    "GIT_",
    "NOX",
)
_DROPPED = (
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "CDPATH",
    "GET_PIP",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
)
#: Settings of this machine's connections, in lower case: proxies and CA bundles.
CONNECTION = (
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "requests_ca_bundle",
    "curl_ca_bundle",
    "ssl_cert_file",
    "ssl_cert_dir",
)
#: Coverage settings are passed to every child process; see coverage.variables().
_KEPT = ("COVERAGE_PROCESS_START", "COVERAGE_CORE")


def clean() -> dict[str, str]:
    """Return the user's environment without the settings above."""
    return {
        key: value
        for key, value in os.environ.items()
        if key in _KEPT or not (key in _DROPPED or key.startswith(_DROPPED_PREFIXES))
    }


def without_connection(variables: Mapping[str, str]) -> dict[str, str]:
    """Leave out the connection settings of this machine, which must not decide what a test finds."""
    return {name: value for name, value in variables.items() if name.lower() not in CONNECTION}


def for_pip() -> dict[str, str]:
    """Return clean() with the user's HOME, for pip's configuration and cache."""
    environment = clean()
    environment.update({key: value for key, value in os.environ.items() if key.startswith("XDG_")})
    return environment


def for_tools(python: Path) -> dict[str, str]:
    """Return the variables for the tools of a virtual environment: HOME below .work/, its programs first on PATH."""
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
    environment.update(utf8(environment))
    return environment


def for_ansible(python: Path, collections: Path = TREE) -> dict[str, str]:
    """Return the variables for ansible-playbook and the like: no user settings, collections from one place only."""
    environment = for_tools(python)
    configuration = HOME / "ansible.cfg"
    configuration.touch()
    # Not for playbooks: modules would find the Python packages of this project in addition to their own.
    del environment["PYTHONPATH"]
    environment.update(
        ANSIBLE_HOME=str(HOME / ".ansible"),
        # An empty configuration file, so that no other is read, not even one in the folder in which a test starts.
        ANSIBLE_CONFIG=str(configuration),
        ANSIBLE_COLLECTIONS_PATH=str(collections),
        ANSIBLE_COLLECTIONS_SCAN_SYS_PATH="false",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        # A name, not a path: Ansible cannot use an interpreter whose path contains a space.
        ANSIBLE_PYTHON_INTERPRETER="python3",
    )
    return environment


def utf8(environment: dict[str, str]) -> dict[str, str]:
    """Return a UTF-8 locale if the current one is not UTF-8; Ansible refuses to start in any other."""
    current = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    if current.upper().replace("-", "").endswith("UTF8"):
        return {}
    return {"LC_ALL": "C.UTF-8"}
