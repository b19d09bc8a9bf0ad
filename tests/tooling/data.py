# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the data of module_utils without Ansible, for the simulator and for generated texts."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from tooling.paths import ROOT


def data(name: str, package: str = "common") -> ModuleType:
    """Return a module of module_utils that needs only the standard library."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "plugins" / "module_utils" / package / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"plugins/module_utils/{package}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks up the module that defines it.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
