# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a play over several hosts stops, and what a host that was not started reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import listed


def stop_reason(*, everyone: Sequence[str], left: Sequence[str], most: Any) -> str:
    """Return why a host does not start; an empty text if it does.

    everyone, left: all hosts of the play, and those that have not failed. most: the percentage of hosts that may fail.
    """
    failed = [host for host in everyone if host not in left]
    if len(failed) * 100 <= float(most) * len(everyone):
        return ""
    return f"Not begun, because more than {float(most):g} % of the hosts failed: {listed(failed[:5])}{' and more' if len(failed) > 5 else ''}."
