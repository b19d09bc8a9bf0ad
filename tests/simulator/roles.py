# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST roles: on which paths of the API a user may use which methods, as `security login rest-role create` says it.

Source: ONTAP REST API reference, "Security roles endpoint overview" (a privilege is for a path and all below it, the
longest that fits counts); ONTAP automation documentation, "Work with roles and users" (the access levels).
"""

from __future__ import annotations

from collections.abc import Mapping

#: Access level -> the methods that it allows.
LEVELS: dict[str, tuple[str, ...]] = {
    "none": (),
    "readonly": ("GET",),
    "read_create": ("GET", "POST"),
    "read_modify": ("GET", "PATCH"),
    "read_create_modify": ("GET", "POST", "PATCH"),
    "all": ("GET", "POST", "PATCH", "DELETE"),
}
#: The levels that the first releases with REST roles have; the others came with this release.
FIRST_LEVELS = ("none", "readonly", "all")
MORE_LEVELS_SINCE = "9.11"


def allows(privileges: Mapping[str, str], method: str, path: str) -> bool:
    """Whether a role with these privileges (path -> access level) may send a request."""
    fitting = [api for api in privileges if path == api or path.startswith(f"{api}/")]
    return bool(fitting) and method in LEVELS[privileges[max(fitting, key=len)]]
