# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ontap.akv.plugins.modules import akv_settings
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.action import InProcess


class ActionModule(InProcess):
    """The action of akv_settings."""

    module = akv_settings
