# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of the reference, operation by operation, with ONTAP's words.

Each table is "ONTAP Error Response Codes" of the endpoint in azure-key-vaults-9.11.1.md; `LATER` holds codes of
later documentation (ontap-releases.md).
"""

from __future__ import annotations

CREATE = "create"
UPDATE = "update"
DELETE = "delete"
REKEY_EXTERNAL = "rekey-external"
REKEY_INTERNAL = "rekey-internal"
RESTORE = "restore"
ENABLE = "enable"
DISABLE = "disable"
DELETE_INACTIVE = "delete-inactive"
MIGRATE = "migrate"
CANCEL = "cancel"
RECORDS = "records"
READ = "read"
SETTINGS = "settings"
ANY = "any"
OPERATIONS = (CREATE, UPDATE, DELETE, REKEY_EXTERNAL, REKEY_INTERNAL, RESTORE)
#: Those of other endpoints and later releases, for which the reference has no table.
LATER_OPERATIONS = (ENABLE, DISABLE, DELETE_INACTIVE, MIGRATE)

NOT_CONFIGURED = {"65537120": "Azure Key Vault is not configured for the given SVM."}
KEYS_ON_ADMIN_SVM = {
    "65537547": (
        "One or more volume encryption keys for encrypted volumes of this data SVM are stored in the key"
        " manager configured for the admin SVM. Use the REST API POST method to migrate this data SVM's keys from the"
        " admin SVM's key manager to this data SVM's key manager before running the rekey operation."
    )
}

CODES: dict[str, dict[str, str]] = {
    CREATE: {
        "3735553": "Failed to create self-signed certificate.",
        "3735664": "The specified key size is not supported in FIPS mode.",
        "3735665": "The specified hash function is not supported in FIPS mode.",
        "3735700": "The specified key size is not supported.",
        "52559972": "The certificates start date is later than the current date.",
        "65537500": "A key manager has already been configured for this SVM.",
        "65537504": "Internal error. Failed to store configuration in internal database.",
        "65537505": (
            "One or more volume encryption keys of the given SVM are stored on a key manager configured for the admin"
            " SVM."
        ),
        "65537506": "AKV is not supported in MetroCluster configurations.",
        "65537512": (
            "AKV cannot be configured for the given SVM as not all nodes in the cluster can enable the Azure Key Vault"
            " feature."
        ),
        "65537514": "Failed to check if the Azure Key Vault feature is enabled.",
        "65537518": "Failed to find an interface with Cluster role.",
        "65537523": 'Invalid key ID format. Example key ID format: "https://mykeyvault.vault.azure.net/keys/key1".',
        "65537526": "Failed to enable Azure Key Vault feature.",
        "65537567": "No authentication method provided.",
        "65537573": "Invalid client certificate.",
    },
    UPDATE: {
        **NOT_CONFIGURED,
        "65537504": "Internal error. Failed to store configuration in internal database.",
        "65537517": 'The field "client_secret" must be specified.',
        "65537540": "Invalid client secret.",
        "65537541": "No inputs were provided for the patch request.",
        **KEYS_ON_ADMIN_SVM,
        "65537573": "Invalid client certificate.",
        "65537577": (
            "The AKV certificate authentication method cannot be configured for the given SVM as not all"
            " nodes in the cluster support the AKV certificate authentication."
        ),
    },
    DELETE: {
        "65536242": "One or more self-encrypting drives are assigned an authentication key.",
        "65536243": "Cannot determine authentication key presence on one or more self-encrypting drives.",
        "65536817": "Internal error. Failed to determine if key manager is safe to disable.",
        "65536827": "Internal error. Failed to determine if the given SVM has any encrypted volumes.",
        "65536834": "Internal error. Failed to get existing key-server details for the given SVM.",
        "65536867": (
            "Volume encryption keys (VEK) for one or more encrypted volumes are stored on the key manager configured"
            " for the given SVM."
        ),
        "65536883": "Internal error. Volume encryption key is missing for a volume.",
        "65536884": "Internal error. Volume encryption key is invalid for a volume.",
        "65536924": "Cannot remove key manager that still contains one or more NSE authentication keys.",
        **NOT_CONFIGURED,
        "196608080": (
            "One or more nodes in the cluster have the root volume encrypted using NVE (NetApp Volume Encryption)."
        ),
        "196608301": "Internal error. Failed to get encryption type.",
        "196608305": "NAE aggregates found in the cluster.",
    },
    REKEY_EXTERNAL: {**NOT_CONFIGURED, **KEYS_ON_ADMIN_SVM},
    REKEY_INTERNAL: {
        **NOT_CONFIGURED,
        **KEYS_ON_ADMIN_SVM,
        "65537559": (
            "There are no existing internal keys for the SVM. A rekey operation is allowed for an SVM with one or more"
            " encryption keys."
        ),
    },
    RESTORE: {
        **NOT_CONFIGURED,
        "65537515": "Failed to restore keys on some nodes in the cluster.",
    },
}

#: Of the public documentation of later releases. CREATE: the newest page of POST, from 9.14 on, when there can be
#: several configurations (assumption). DELETE_INACTIVE: "Delete an inactive keystore configuration".
#: SETTINGS: "Update key manager configurations". The words are ours, and so are
#: those of READ and ANY (assumption).
LATER: dict[str, dict[str, str]] = {
    CREATE: {
        "65537553": 'Invalid name of the Azure Key Vault. Example name format: "https://mykeyvault.vault.azure.net".',
        "65537589": "A key manager configuration with this name already exists for the given SVM.",
        "65537594": 'The field "configuration.name" is required when the parameter "create_inactive" is true.',
        "65537595": 'The field "configuration.name" is supported only when the parameter "create_inactive" is true.',
        "65538903": "The name of the configuration must not be empty.",
    },
    RESTORE: {
        "65537544": "Missing wrapped top-level internal key protection key (KEK) from the internal database.",
    },
    READ: dict.fromkeys(("65537549", "65537551", "65537552"), "Failed to get the status of the Azure Key Vault."),
    ANY: {
        "7": "Too many requests are in progress. Try again later.",
        "8": "The operation cannot be performed because the system is busy. Try again later.",
        "262160": "Too many requests. Try again later.",
        "2621573": "The SVM is locked by another operation. Try again later.",
    },
    CANCEL: {"459753": "The job was cancelled."},
    SETTINGS: {
        "65537301": "The Onboard Key Manager is not enabled.",
        "65537302": "The passphrase field is required when changing cc_mode_enabled to true.",
        "65537304": "Unable to modify polling period because no external key management is configured on the cluster.",
    },
    RECORDS: {
        "262288": "The operation on the records failed and was left in a partially completed state.",
        "262291": "The operation did not complete within the system timeout period. Try it again in a few minutes.",
        "262292": "The operation on the records was partially completed. These failures were encountered:",
        "262293": "The job is still running. Try the operation again when it is complete.",
        "262294": "The job is not associated with this API.",
    },
    DELETE_INACTIVE: {
        "65538905": "The keystore configuration is currently enabled and cannot be deleted.",
        "65538907": "The method is not yet supported for deleting the given UUID's type of configuration.",
        "65538908": (
            "The specified keystore configuration UUID either does not exist or corresponds to a keystore configuration"
            " that is not supported by this operation."
        ),
    },
}

#: The code of the reference's examples for state, azure_reachability and ekmip_reachability that are not good.
NOT_AVAILABLE = 346758


def text(operation: str | None, code: str) -> str:
    """ONTAP's words for a code; a code that the reference does not have gets words of its own."""
    for tables in (CODES, LATER):
        for name, table in tables.items():
            if operation in (None, name) and code in table:
                return table[code]
    return f"Simulated error {code}."
