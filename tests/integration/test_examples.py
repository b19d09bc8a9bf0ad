# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every module, run unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, documentation
from ansible_collections.ontap.akv.tests.integration.support.azure import azures_names
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured
from simulator import Simulator

MODULES = (
    "azure_key_vault",
    "akv_azure_info",
    "akv_rekey",
    "akv_restore",
    "akv_migrate",
    "akv_info",
    "akv_settings",
    "akv_svm_info",
)


@pytest.fixture(scope="session")
def examples() -> dict[str, list[dict[str, Any]]]:
    """Return the examples of each module, as ansible-doc shows them."""
    shown = documentation(*(f"ontap.akv.{name}" for name in MODULES))
    return {name: yaml.safe_load(shown[f"ontap.akv.{name}"]["examples"]) for name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_examples_succeed(
    ansible: Ansible, simulator: Simulator, tmp_path: Path, examples: dict[str, list[dict[str, Any]]], module: str
) -> None:
    """Each example runs in check mode first: both runs succeed; check mode sends no writes and predicts the change."""
    # Some use the newest options.
    simulator.control.reset(version="9.19.1", svms=list(SVMS))
    simulator.control.put_key_manager(kind="onboard")
    certificate = pfx(rsa=True)
    ansible.secrets.hide("certificate", base64_of(certificate))
    (tmp_path / "certificate.p12").write_bytes(certificate)
    for name in ("svm1", "svm2"):
        simulator.control.svm(name, encrypted_volumes=1)
    if module != "azure_key_vault":
        configured(simulator, "svm1", "svm2")
        simulator.control.reboot("node1")
    if module == "akv_azure_info":
        simulator.azure.control.application(simulator.azure.client_id, certificates=[base64_of(certificate)])
    if module == "akv_migrate":
        for name in ("svm1", "svm2"):
            simulator.control.svm(name, keys_on_admin=True)
    ansible.variables |= {
        "ontap_hostname": simulator.hostname,
        "ontap_username": simulator.username,
        "ontap_password": simulator.password,
        "akv_client_secret": ansible.variables["client_secret"],
        "akv_client_certificate_path": str(tmp_path / "certificate.p12"),
    }
    tasks = [{**task, "check_mode": mode, "diff": True} for task in examples[module] for mode in (True, False)]
    with azures_names(simulator) as proxy_url:
        # The cluster is named by its address, which no_proxy excludes.
        ansible.environment |= {
            "https_proxy": proxy_url,
            "no_proxy": "127.0.0.1",
            "ONTAP_AKV_AZURE_CA_PATH": simulator.azure.ca_path,
        }
        runs = ansible.playbook({"tasks": tasks})
    assert [run.name for run in runs] == [task["name"] for task in tasks]
    for check, apply in zip(runs[::2], runs[1::2], strict=True):
        assert check.ok().changed == apply.ok().changed
        assert check.requests.writes == []
        assert apply.changed == bool(apply.requests.writes)
        assert apply.changed is not module.endswith("_info")
