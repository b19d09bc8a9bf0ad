# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, which has no package of its own: taken from the last `ansible` release with it."""

from __future__ import annotations

from pathlib import Path

from tooling.wheels import collection

#: The release of the package `ansible` that contains awx.awx 24.6.1.
_PACKAGE = "12.3.0"


def collections() -> Path:
    """Return the folder whose ansible_collections contains awx.awx; download it once (55 MB)."""
    return collection("awx.awx", _PACKAGE)
