# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module needs: the files that Ansible packs for it, and the imports of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    KEY,
    akv,
    azure_info,
    configured,
    info,
    migrate,
    rekey,
    restore,
    settings,
    svm_info,
)
from simulator import Simulator
from tooling.paths import TREE, link_tree

pytestmark = pytest.mark.module_only

#: What connects to a cluster, reads, and ends a run.
READING = {
    *("akv/resource", "akv/selection", "akv/statuses"),
    *(
        "common/connection",
        "common/error_codes",
        "common/errors",
        "common/interrupt",
        "common/masking",
        "common/options",
        "common/releases",
        "common/texts",
    ),
    *(
        "rest/client",
        "rest/exchange",
        "rest/jobs",
        "rest/network_errors",
        "rest/proxies",
        "rest/responses",
        "rest/session",
        "rest/time_limit",
        "rest/tls",
        "rest/transport",
    ),
    *("run/module", "run/task"),
}
#: What earlier and later releases need.
RELEASES = {"converge/older_releases"}
CHANGING = (
    READING
    | RELEASES
    | {f"converge/{name}" for name in ("apply", "converge", "outcome", "plan", "recover", "results", "sending")}
    | {"common/workers"}
)
BY_CLI = {"converge/cli", "rest/ontapi"}
#: What connects to Azure; the client of ONTAP is always packed with the run of a module.
AZURE = {
    f"azure/{name}"
    for name in (
        "assertion",
        "clouds",
        "conversation",
        "description",
        "judge",
        "options",
        "problems",
        "record",
        "responses",
        "vault",
    )
}
PACKED = {
    "akv_azure_info": READING - {"akv/selection", "akv/statuses"} | AZURE | {"akv/certificate"},
    "akv_info": READING | RELEASES | {"akv/query", "akv/settings", "akv/survey"},
    "akv_migrate": CHANGING,
    "akv_rekey": CHANGING | BY_CLI,
    "akv_restore": CHANGING | BY_CLI,
    "akv_settings": (
        READING - {"akv/selection", "akv/statuses"} | RELEASES | {"akv/settings", "converge/change_settings"}
    ),
    "akv_svm_info": READING | {"akv/svms"},
    "azure_key_vault": CHANGING | {"akv/certificate", "akv/svms", "converge/configuration"},
}
TASKS = {
    "akv_azure_info": azure_info(
        "key_id: https://127.0.0.1:1/keys/key1\noauth_host: 127.0.0.1:1\nclient_secret: a-secret\nmax_retries: 0"
    ),
    "akv_info": info(),
    "akv_migrate": migrate("svm: svm1\nto: key_manager"),
    "akv_rekey": rekey("svm: svm1\nkey: internal"),
    "akv_restore": restore("svm: svm1"),
    "akv_settings": settings("cloud_kms_retry_count: 3"),
    "akv_svm_info": svm_info(),
    "azure_key_vault": akv("svm: x\nstate: absent"),
}
HTTP = ("requests", "urllib3", "ssl", "http.client")

#: Runs a module; its last line lists what was imported and the most memory that it held (KiB, on Linux). getrusage()
#: would count the memory of the process that started it as well.
_RUN = """
import importlib, json, sys
from pathlib import Path
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[2].encode(), "legacy"
before = set(sys.modules)
try:
    importlib.import_module("ansible_collections.ontap.akv.plugins.modules." + sys.argv[1]).main()
except SystemExit:
    print()
    status = Path("/proc/self/status")
    memory = int(status.read_text().partition("VmHWM:")[2].split()[0]) if status.exists() else 0
    print(json.dumps([sorted(set(sys.modules) - before), memory]))
"""


@pytest.mark.parametrize("module", sorted(PACKED))
def test_only_needed_files_are_packed(ansible: Ansible, simulator: Simulator, tmp_path: Path, module: str) -> None:
    configured(simulator, "svm1")
    ansible.environment |= {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote")}
    ansible.task(TASKS[module])
    (wrapper,) = (tmp_path / "remote").rglob(f"AnsiballZ_{module}.py")
    subprocess.run(
        [sys.executable, wrapper, "explode"], cwd=tmp_path, capture_output=True, timeout=LONGEST_RUN, check=True
    )
    (folder,) = (path.parents[1] for path in (tmp_path / "remote").rglob("module_utils/common/options.py"))
    packed = {
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.py") if path.stem != "__init__"
    }
    assert packed == PACKED[module]


def ran(simulator: Simulator, module: str, **options: Any) -> tuple[dict[str, Any], set[str], int]:
    """Run a module; return its result, the names of imported modules (those of the collection shortened) and its
    memory.
    """
    link_tree()
    # Measuring coverage needs memory.
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    env = {**own, **connection(simulator), "PYTHONPATH": str(TREE)}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, module, json.dumps({"ANSIBLE_MODULE_ARGS": options})],
        env=env,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=True,
    )
    result, (names, memory) = (json.loads(line) for line in done.stdout.splitlines() if line.strip())
    return result, {name.removeprefix("ansible_collections.ontap.akv.plugins.module_utils.") for name in names}, memory


@pytest.mark.parametrize("module", sorted(PACKED))
def test_argument_errors_import_no_http_library(simulator: Simulator, module: str) -> None:
    """This covers errors found by the module and by AnsibleModule."""
    for options in ({"svm": "a|b", **({"key": "internal"} if module == "akv_rekey" else {})}, {"unknown": 1}):
        result, names, _memory = ran(simulator, module, **options)
        assert result["failed"]
        assert not names & {*HTTP, "rest.session", "rest.tls", "rest.network_errors", "rest.time_limit"}


def test_unchanged_target_imports_no_code_for_changes(simulator: Simulator) -> None:
    configured(simulator, "svm1")
    result, names, _memory = ran(
        simulator, "azure_key_vault", svm="svm1", key_id=KEY, client_secret="hunter2", update_credentials="on_create"
    )
    assert (result["changed"], result["results"][0]["action"]) == (False, "none")
    assert "requests" in names
    assert not names & {
        "converge.apply",
        "converge.recover",
        "common.workers",
        "akv.certificate",
        "common.error_codes",
        "cryptography",
    }


def test_release_is_not_read(simulator: Simulator) -> None:
    """No option and no error in these tasks depends on the release."""
    configured(simulator, "svm1")
    for module, options in (
        ("akv_info", {}),
        ("akv_restore", {"svm": "svm1", "force": True}),
        ("azure_key_vault", {"svm": "nobody"}),
    ):
        ran(simulator, module, **options)
    assert {entry["path"].split("?")[0].rpartition("/")[0] for entry in simulator.control.log()} >= {"/api/security"}
    assert not [entry for entry in simulator.control.log() if entry["path"] == "/api/cluster"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_memory_stays_flat(simulator: Simulator) -> None:
    """10,000 configurations take less than 150 MB in the process of the module."""
    simulator.control.seed(10_000)
    result, _names, memory = ran(simulator, "akv_info")
    assert result["num_records"] == len(result["azure_key_vaults"]) == 10_000
    assert memory < 150 * 1024
