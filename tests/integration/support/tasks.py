# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of the tests have in common."""

from __future__ import annotations

from typing import Any

from simulator import Simulator

#: The SVMs of a simulator, if a test does not say otherwise.
SVMS = ("svm1", "svm2", "svm3", "svm4", "svm5")

NAME = "https://kmip-akv-keyvault.vault.azure.net/"
CLIENT_ID = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa"
OTHER_CLIENT_ID = "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT_ID = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
KEY = f"{NAME}keys/key1"
OTHER_KEY = f"{NAME}keys/key2"
VERSION = "a8e619fd8f234db3b0b95c59540e2a74"

#: What a request to create holds beside its owner and its credential.
PROPERTIES = {"name": NAME, "client_id": CLIENT_ID, "tenant_id": TENANT_ID, "key_id": KEY}

#: The same as options of a task.
DESCRIBED = "".join(f"\n{name}: {value}" for name, value in PROPERTIES.items())


def configured(simulator: Simulator, *svms: str | None, **fields: Any) -> list[str]:
    """Gives SVMs (None: the cluster) a configuration without a request; returns the UUIDs."""
    return [simulator.control.put_record(svm, **{**PROPERTIES, **fields})["uuid"] for svm in svms]


def akv(options: str) -> str:
    """Returns a task that calls azure_key_vault with options in YAML's flow form or as lines."""
    return _task("azure_key_vault", options)


def rekey(options: str) -> str:
    """Returns a task that calls akv_rekey."""
    return _task("akv_rekey", options)


def migrate(options: str) -> str:
    """Returns a task that calls akv_migrate."""
    return _task("akv_migrate", options)


def restore(options: str) -> str:
    """Returns a task that calls akv_restore."""
    return _task("akv_restore", options)


def info(options: str = "") -> str:
    """Returns a task that calls akv_info."""
    return _task("akv_info", options)


def azure_info(options: str = "") -> str:
    """Returns a task that calls akv_azure_info, for the application of the tests."""
    return _task("akv_azure_info", f"client_id: {CLIENT_ID}\ntenant_id: {TENANT_ID}\n{options}")


def settings(options: str = "") -> str:
    """Returns a task that calls akv_settings."""
    return _task("akv_settings", options)


def svm_info(options: str = "") -> str:
    """Returns a task that calls akv_svm_info."""
    return _task("akv_svm_info", options)


def _task(module: str, options: str) -> str:
    lines = "".join(f"\n  {line}" for line in options.strip().splitlines())
    return f"ontap.akv.{module}:{lines or ' {}'}"
