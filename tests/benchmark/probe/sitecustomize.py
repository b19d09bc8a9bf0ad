# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python runs this at the start of every process of a memory measurement: at its end, each writes how much memory it
took.

It is on PYTHONPATH for that measurement alone, never where time is taken.
"""

from __future__ import annotations

import atexit
import os
import re
import resource
import sys


def _write() -> None:
    """One line for this process: its name, its peak, and the highest peak of those that it waited for, in KiB."""
    with open("/proc/self/status", encoding="utf-8") as file:  # noqa: PTH123 - as few imports as can be
        peak = re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    line = f"{os.path.basename(sys.argv[0])} {peak.group(1) if peak else 0} {children}\n"  # noqa: PTH119 - as above
    with open(os.environ["BENCHMARK_PEAKS"], "a", encoding="utf-8") as file:  # noqa: PTH123 - as above
        file.write(line)


if "BENCHMARK_PEAKS" in os.environ:
    atexit.register(_write)
