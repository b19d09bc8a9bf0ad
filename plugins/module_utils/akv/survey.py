# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster does during an outage of a vault, and the states of its key stores, as far as they can be read.

Source: the settings, see there; the public pages of C(/security/key-stores) of ONTAP 9.16.1 and later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, settings
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, ApiError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

ACTIVE = "active"
#: The other states of a key store, and what each means.
STATES = {
    "mixed": "the key manager has a mixed configuration, so no new keys can be created",
    "svm_kek_rekey": "the internal key (KEK) is being re-keyed, and no new keys can be created until that has ended",
    "blocked": "the key manager is blocked and provides no keys, neither new nor existing ones",
    "switching": "the SVM is switching to another configuration, which blocks some operations",
    "initializing": "the key manager is being initialized, which blocks all operations",
    "disabling": "the key manager is being disabled, which blocks all operations",
}


def read_survey(client: Client, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what akv_info returns besides the configurations: C(settings), C(outage), C(key_stores) and C(doubts).

    settings: as settings.read() returns them, empty if the release does not have them.
    outage: see settings.describe_outage(). key_stores: see _read_key_stores(), those of the owners of records (the
    configurations). doubts: texts that say what could not be read, and why. Sends one request, and one more if the
    release may report states. Raises AkvError for a refused login only.
    """
    found: dict[str, Any] = {"settings": {}, "key_stores": [], "doubts": []}
    try:
        found["settings"] = settings.read(client, policy=False)
        # The first release with the policy is older than the first one with the states.
        states = settings.POLICY in found["settings"]
    except AkvError as exc:
        states = _add_doubt(found, "what happens to the volumes during an outage of a vault could not be read", exc)
    if states:
        try:
            found["key_stores"] = _read_key_stores(client, records)
        except AkvError as exc:
            _add_doubt(found, "the states of the key stores could not be read", exc)
    return {**found, "outage": settings.describe_outage(found["settings"])}


def _add_doubt(found: dict[str, Any], what: str, exc: AkvError) -> bool:
    """Add the reason, unless the release does not have what was requested; return whether to continue.

    Raises AkvError for a refused login: the next one could lock the account, and the cluster can no longer be checked.
    """
    if exc.status == 401:
        raise exc
    if isinstance(exc, ApiError) and (exc.unserved or exc.unknown_field):
        return False
    found["doubts"].append(f"{what}: {exc.as_text()}")
    return True


def _read_key_stores(client: Client, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the enabled key stores: UUID, names of the SVM (None for the cluster) and configuration, state, its
    meaning.

    meaning: None for an active one. Raises AkvError.
    """
    owners = {resource.get_svm(record, "name") for record in records}
    query = {"type": "akv", "fields": "uuid,svm,configuration,type,state"}
    stores = [
        _describe_key_store(store)
        for store in client.read_records(resource.KEY_STORES, query)
        if store.get("type", "akv") == "akv" and store.get("state")
    ]
    return [store for store in stores if store["svm"] in owners]


def _describe_key_store(record: Mapping[str, Any]) -> dict[str, Any]:
    state = str(record["state"])
    meaning = None if state == ACTIVE else STATES.get(state, "this collection does not know this state")
    return {
        "uuid": record.get("uuid"),
        "svm": resource.get_svm(record, "name"),
        "configuration": resource.get_configuration(record, "name"),
        "state": state,
        "meaning": meaning,
    }
