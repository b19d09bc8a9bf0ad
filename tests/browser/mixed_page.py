# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of the mixed fleet, for its picture in the documentation."""

from __future__ import annotations

import sys
from pathlib import Path

from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render
from ansible_collections.ontap.akv.tests.browser import fleet

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(fleet.mixed(), fleet.earlier(), kept=fleet.trend()), encoding="utf-8")
