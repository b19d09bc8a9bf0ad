# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed collection: its documentation, and a playbook that uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Simulator
from tooling import environment
from tooling.paths import ROOT

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/ontap.akv.akv:
      hostname: {hostname}
      http_port: {port}
      username: {username}
      password: {password}
      ca_path: "{ca_path}"
  tasks:
    - ontap.akv.azure_key_vault:
        svm: svm1
        name: https://vault1.vault.azure.net/
        key_id: https://vault1.vault.azure.net/keys/key1
        client_id: client1
        tenant_id: tenant1
        client_secret: a-secret-for-the-package-test
        update_credentials: on_create
    - ontap.akv.akv_rekey:
        svm: svm1
        key: internal
    - ontap.akv.akv_restore:
        svm: svm1
        force: true
    - ontap.akv.akv_info:
      register: akv
    - ansible.builtin.assert:
        that: akv.azure_key_vaults | map(attribute='svm.name') | list == ['svm1']
    - ontap.akv.akv_settings:
        cloud_kms_retry_count: 5
    - ontap.akv.akv_svm_info:
        svm: svm1
    - ontap.akv.akv_azure_info:
        key_id: "{key_id}"
        client_id: "{client_id}"
        tenant_id: "{tenant_id}"
        client_secret: a-secret-for-the-package-test
        oauth_host: "{login_host}"
        azure_ca_path: "{azure_ca_path}"
      register: azure
    - ansible.builtin.assert:
        that: azure.usable is true
"""


def run(program: str, *arguments: str, collections: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's programs with only the installed collection."""
    env = environment.for_ansible(Path(sys.executable), collections)
    command = [sys.executable, "-m", f"ansible.cli.{program}", *arguments]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_ansible_doc_lists_every_module(collections: Path, tmp_path: Path) -> None:
    done = run("doc", "--json", "--list", "ontap.akv", collections=collections, folder=tmp_path)
    assert done.stderr == ""
    assert sorted(json.loads(done.stdout)) == [f"ontap.akv.{name}" for name in MODULES]


@pytest.mark.parametrize("module", MODULES)
def test_ansible_doc_shows_module(module: str, collections: Path, tmp_path: Path) -> None:
    done = run("doc", "--json", f"ontap.akv.{module}", collections=collections, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)[f"ontap.akv.{module}"]
    assert shown["doc"]["filename"].startswith(str(collections))
    # Options of the fragments: they are installed too.
    assert {"hostname", "validate_certs"} <= set(shown["doc"]["options"]) or module == "akv_azure_info"
    assert shown["doc"]["attributes"]
    assert shown["examples"]
    assert shown["return"]


def test_one_group_configures_every_module(collections: Path, tmp_path: Path) -> None:
    with Simulator(svms=[{"name": "svm1", "volumes": 1, "encrypted_volumes": 1}]) as simulator:
        settings = {name: getattr(simulator, name) for name in ("hostname", "port", "username", "password", "ca_path")}
        side = simulator.azure
        settings |= {name: getattr(side, name) for name in ("client_id", "tenant_id", "login_host")}
        settings |= {"key_id": side.key_url(), "azure_ca_path": side.ca_path}
        playbook = tmp_path / "playbook.yml"
        playbook.write_text(PLAYBOOK.format(**settings), encoding="utf-8")
        inventory = tmp_path / "inventory.yml"
        host = {"ansible_connection": "local", "ansible_python_interpreter": "python3"}
        inventory.write_text(json.dumps({"all": {"hosts": {"localhost": host}}}), encoding="utf-8")
        done = run("playbook", "-i", str(inventory), str(playbook), collections=collections, folder=tmp_path)
        sent = [entry["method"] for entry in simulator.control.log() if entry["method"] != "GET"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    # Created, re-keyed, restored; settings.
    assert sent == ["POST", "POST", "POST", "PATCH"]


def test_inventory_plugin_reads_cluster(collections: Path, tmp_path: Path) -> None:
    with Simulator(svms=["svm1", "svm2"]) as simulator:
        simulator.control.put_record("svm2")
        settings = {name: getattr(simulator, name) for name in ("hostname", "username", "password", "ca_path")}
        source = tmp_path / "akv.yml"
        source.write_text(
            json.dumps({"plugin": "ontap.akv.svms", **settings, "http_port": simulator.port}), encoding="utf-8"
        )
        done = run("inventory", "--list", "-i", str(source), collections=collections, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(json.loads(done.stdout)["_meta"]["hostvars"]) == ["svm2@127.0.0.1"]
