# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key managers of the cluster (onboard, external): an SVM's keys migrate between one of them and a configuration.

Source: the vendor's Python client, C(/security/key-managers) and its C(migrate), ONTAP 9.9.1 and later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AnswerError, OptionError, Request
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, Write

PATH = "/api/security/key-managers"


def of_the_cluster(client: Client) -> str:
    """Return the UUID of the key manager of scope cluster. Raises OptionError if there is not exactly one."""
    records = list(client.records(PATH, {"scope": "cluster", "fields": "uuid,scope"}))
    uuids = sorted({_uuid(record) for record in records if record.get("scope", "cluster") == "cluster"})
    if len(uuids) == 1:
        return uuids[0]
    found = f"has {len(uuids)}: {', '.join(uuids)}" if uuids else "does not have one"
    hint = "Give the UUID of one of them." if uuids else "Set up the onboard key manager, or external key servers, first (security key-manager)."
    raise OptionError("key_manager", f"it is needed, since the cluster's own scope {found}", hint=hint)


def _uuid(record: Mapping[str, Any]) -> str:
    uuid = record.get("uuid")
    if not isinstance(uuid, str) or not resource.is_uuid(uuid):
        raise AnswerError("the answer is not ONTAP's: a key manager without a UUID", status=200, request=Request("GET", PATH))
    return uuid


def migration(source: str, destination: str) -> Write:
    """Return the request that moves the keys from one key manager to another, both given by UUID."""
    return Write("POST", f"{PATH}/{source}/migrate", {"uuid": destination}, waits=True)
