# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a credential becomes in a job, as AWX 24.6 does it (CredentialType.inject_credential in its sources)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import sandbox


def inject(credential_type: Mapping[str, Any], inputs: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Returns the environment variables that a credential gives a job; its files go into the folder.

    A text that is empty or not given is undefined in the templates, a switch that is not given is false, and every file
    is written.
    """
    fields = credential_type["inputs"]["fields"]
    namespace: dict[str, Any] = {field["id"]: False for field in fields if field["type"] == "boolean"}
    namespace |= {name: value for name, value in inputs.items() if isinstance(value, bool) or value}
    filename = SimpleNamespace()
    namespace["tower"] = SimpleNamespace(filename=filename)
    environment = sandbox.ImmutableSandboxedEnvironment()
    for label, template in credential_type["injectors"].get("file", {}).items():
        # Made readable for its owner alone.
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(environment.from_string(template).render(**namespace))
        setattr(filename, label.partition(".")[2], file.name)
    return {
        name: environment.from_string(template).render(**namespace)
        for name, template in credential_type["injectors"].get("env", {}).items()
    }
