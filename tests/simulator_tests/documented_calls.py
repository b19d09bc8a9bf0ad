# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of curl in the documentation, as they stand there.

SEED: the ONTAP 9.11.1 REST API reference, "Manage Azure Key Vaults", overview. CURRENT: the newest page "Security
azure-key-vaults endpoint overview" and that of the key stores (its calls from the second one on as the vendor's client
of 9.19.1 has them, whose documentation is made from the same source). `CERTIFICATE` is in the place of the certificate,
which no page prints whole.

Their errors, which a reader has to correct:

- The file of the seed breaks lines inside URLs and JSON strings, and doubles backslashes in the second call; joined
  here.
- The public pages of every release name the vault `https:://mykeyvault...`; the reference has it right. Each is refused
  as the name of a vault, and what the reader means works (MISTYPED).
- The vault and the key of the calls are in different domains (`azure.vault.net`, `vault.azure.net`); neither is judged.
- "Retrieving the advanced properties" of the newest page ends `fields` with a quotation mark, in the form for Python
  only.
- They send no login, and JSON with curl's own content type, which is that of a form; ONTAP reads the JSON all the same.
"""

from __future__ import annotations

SVM = "4f7abf4c-9a07-11ea-8d52-005056bbeba5"
CONFIGURATION = "85619643-9a06-11ea-8d52-005056bbeba5"
STORE = "33421d82-0a8d-11ec-ae88-005056bb5955"
MISTYPED, MEANT = "https:://", "https://"
_URL = "https://<mgmt-ip>/api/security/azure-key-vaults"
_HAL = "-H 'accept: application/hal+json'"
_CLIENT = r"\"client_id\": \"client1\", \"tenant_id\": \"tenant1\""
_KEY = r"\"key_id\": \"https://keyvault-test.vault.azure.net/keys/key1/a8e619fd8f234db3b0b95c59540e2a74\""
_SVM = rf"\"svm\": {{ \"uuid\": \"{SVM}\" }}"
_RIGHT = r"\"name\": \"https://mykeyvault.azure.vault.net/\""
_WRONG = r"\"name\": \"https:://mykeyvault.azure.vault.net/\""

#: What has to be there before a call, the call, and the status and the fields of the response that the page shows.
Call = tuple[str, str, int, str]

_CHANGES: tuple[Call, ...] = (
    (
        "configuration",
        rf"""curl -X PATCH '{_URL}/{CONFIGURATION}' -d "{{ \"client_secret\": \"newSecret\" }}" """,
        200,
        "",
    ),
    (
        "configuration",
        rf"""curl -X PATCH '{_URL}/{CONFIGURATION}' -d "{{ \"client_certificate\": \"CERTIFICATE\" }}" """,
        200,
        "",
    ),
    ("empty configuration", f"curl -X DELETE '{_URL}/{CONFIGURATION}'", 200, ""),
)
SEED: tuple[Call, ...] = (
    (
        "svm",
        rf"""curl -X POST '{_URL}?return_records=true' {_HAL} -d "{{ {_CLIENT}, {_RIGHT}, {_KEY}, \"client_secret\" : \"myclientPwd\" }}" """,
        201,
        (
            "num_records records.uuid records.client_id records.tenant_id records.name records.key_id"
            " records._links.self.href"
        ),
    ),
    (
        "svm",
        rf"""curl -X POST '{_URL}?return_records=true' {_HAL} -d "{{ {_SVM}, {_CLIENT}, {_RIGHT}, {_KEY}, \"client_certificate\" : \"CERTIFICATE\" }}" """,
        201,
        "num_records records.uuid records.svm.uuid records.svm.name records.name records.key_id",
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}?fields=*'",
        200,
        (
            "records.uuid records.svm.name records.client_id records.tenant_id records.key_id records.name"
            " records.scope records._links num_records _links"
        ),
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}/{CONFIGURATION}?fields=*'",
        200,
        "uuid client_id tenant_id key_id name scope _links.self.href",
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}/{CONFIGURATION}?fields=state,azure_reachability,ekmip_reachability'",
        200,
        (
            "uuid name state.message state.code azure_reachability.reachable azure_reachability.code"
            " ekmip_reachability.node.name _links.self.href"
        ),
    ),
    *_CHANGES,
    ("configuration", f"curl -X POST '{_URL}/{CONFIGURATION}/restore'", 202, "job.uuid job._links.self.href"),
    ("configuration", f"curl -X POST '{_URL}/{CONFIGURATION}/rekey-internal'", 202, "job.uuid job._links.self.href"),
)

_STORES = "https://<mgmt-ip>/api/security/key-stores"
_NAMED = r"\"configuration\": { \"name\": \"myConfiguration\" }"
CURRENT: tuple[Call, ...] = (
    (
        "svm",
        rf"""curl -X POST '{_URL}?return_records=true' {_HAL} -d "{{ {_SVM}, {_CLIENT}, {_WRONG}, {_KEY}, \"client_certificate\" : \"CERTIFICATE\" }}" """,
        202,
        "job.uuid",
    ),
    (
        "svm",
        (
            rf"""curl -X POST '{_URL}?create_inactive=true&return_records=true' {_HAL} """
            rf"""-d "{{ {_SVM}, {_NAMED}, {_CLIENT}, {_WRONG}, {_KEY}, \"client_secret\" : \"myclientPwd\" }}" """
        ),
        202,
        "job.uuid",
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}?fields=*'",
        200,
        (
            "records.uuid records.enabled records.authentication_method records.configuration.name"
            " records.configuration.uuid records.scope records.key_id"
        ),
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}/{CONFIGURATION}?fields=*'",
        200,
        "uuid enabled authentication_method configuration.name scope name",
    ),
    (
        "configuration",
        f"curl -X GET '{_URL}/{CONFIGURATION}?fields=state,azure_reachability,ekmip_reachability'",
        200,
        "state.code ekmip_reachability.node.name",
    ),
    *_CHANGES,
    ("configuration", f"curl -X POST '{_URL}/{CONFIGURATION}/restore'", 202, "job.uuid"),
    ("configuration", f"curl -X POST '{_URL}/{CONFIGURATION}/rekey-internal'", 202, "job.uuid"),
    (
        "store",
        f"curl -X GET '{_STORES}?fields=*'",
        200,
        "records.type records.location records.uuid records.configuration.name records.enabled records.scope",
    ),
    ("store", f"curl -X GET '{_STORES}/{STORE}?fields=*'", 200, "type location uuid configuration.uuid enabled scope"),
    ("store", rf"""curl -X PATCH '{_STORES}/{STORE}' -d "{{ \"enabled\": true }}" """, 202, "job.uuid"),
    ("store", f"curl -X DELETE '{_STORES}/{STORE}'", 200, ""),
)
