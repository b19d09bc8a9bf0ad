# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the tests of the metrics need: Prometheus, promtool and the node exporter."""

from __future__ import annotations

import shutil

from tooling.running import Skipped

_PROGRAMS = ("prometheus", "promtool", "prometheus-node-exporter")


def needed() -> None:
    """Raise Skipped if a program is not installed."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise Skipped(
            f"{' and '.join(missing)} not found on PATH (Debian: apt-get install prometheus prometheus-node-exporter)"
        )
