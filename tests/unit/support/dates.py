# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Today's date, for tests that compare dates with what the collection calculates from its own clock."""

from __future__ import annotations

import datetime as dt
import time


def get_today() -> dt.date:
    """Return today's date in UTC. In the last minute of a day, wait for the next day: no test runs past midnight."""
    while (now := dt.datetime.now(dt.UTC)).time() >= dt.time(23, 59):
        time.sleep(0.2)
    return now.date()
