# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated ONTAP that serves the azure-key-vaults API. See README.md beside this file."""

from __future__ import annotations

from .client import Control, ControlError
from .codes import CODES, OPERATIONS
from .server import Simulator

__all__ = ["CODES", "OPERATIONS", "Control", "ControlError", "Simulator"]
