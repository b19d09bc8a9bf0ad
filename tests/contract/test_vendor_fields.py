# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of other resources in the simulator, compared with the field lists of the vendor's clients."""

from __future__ import annotations

import pytest
from contract.test_releases import VERSIONS, lists

from simulator import vendor_fields
from simulator.releases import Release

#: What the simulator has in addition to the lists: a field that Harvest reads, and the configuration of a key manager,
#: which the clients have since 9.16.1.
OTHERS: dict[str, set[str]] = {
    "cluster": {"health"},
    "security_key_manager": {"configuration.name", "configuration.uuid", "enabled"},
}
#: Fields that a later client no longer has; ONTAP may still have them.
WITHDRAWN = {
    "ldap_fastbind", "external.client_certificate.name", "external.server_ca_certificates.name",
    "volume_efficiency_policy.name", "volume_efficiency_policy.uuid",
}  # fmt: skip
#: Names that the clients spell differently from the API.
IN_JSON = {"tags": "_tags", "cifs.auth_style": "cifs.auth-style"}


def listed(version: str, resource: str) -> set[str]:
    """Return the names of fields and groups that a client can read, without links."""
    return {
        IN_JSON.get(name, name)
        for name in lists(version, resource)["gettable_fields"]
        if name.rpartition(".")[2] != "links"
    }


def covers(group: str, name: str) -> bool:
    return name == group or name.startswith(f"{group}.")


@pytest.mark.parametrize("resource", vendor_fields.FIELDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_fields_of_simulator_match_client(version: str, resource: str) -> None:
    groups, known = listed(version, resource), set(vendor_fields.readable(resource, Release.parse(version)))
    assert {group for group in groups if not any(covers(group, name) for name in known)} == set()
    unlisted = {name for name in known if not any(covers(group, name) for group in groups)} - OTHERS.get(
        resource, set()
    )
    assert unlisted - WITHDRAWN == set()
