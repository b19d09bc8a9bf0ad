# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the vendor's collection, netapp.ontap 23.6, run unchanged in this process: what a task sends, a tenth
of the time.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.module_utils import basic

from simulator import Simulator
from tooling.wheels import collection

#: The release of the package `ansible` that contains netapp.ontap 23.6.0.
PACKAGE, RELEASE = "14.5.0", "23.6.0"


def run(
    monkeypatch: pytest.MonkeyPatch,
    simulator: Simulator,
    module: str,
    options: Mapping[str, Any],
    *,
    check: bool = False,
) -> dict[str, Any]:
    """Run a module on a simulator, as a task of a playbook does; return its result."""
    connection = {
        "hostname": simulator.hostname,
        "username": simulator.username,
        "password": simulator.password,
        "http_port": simulator.port,
    }
    arguments = {
        **connection,
        "https": True,
        "validate_certs": False,
        "use_rest": "always",
        **options,
        "_ansible_check_mode": check,
    }
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.syspath_prepend(str(collection("netapp.ontap", PACKAGE)))
    main = importlib.import_module(f"ansible_collections.netapp.ontap.plugins.modules.{module}").main
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        main()
    return dict(json.loads(output.getvalue().splitlines()[-1]))
