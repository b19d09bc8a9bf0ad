# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of module_utils, for what is no part of Ansible: the simulator, and texts that are made from it."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from tooling.paths import ROOT


def data(name: str, package: str = "common") -> ModuleType:
    """A module of a package of module_utils that needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "plugins" / "module_utils" / package / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"plugins/module_utils/{package}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks for the module that it is in.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
