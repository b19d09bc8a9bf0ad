# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: Stands for a connection to another host
description:
  - What it is told to run it runs on this one.
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(Local):
    """A connection that does not say that it is local."""

    transport = "elsewhere"
