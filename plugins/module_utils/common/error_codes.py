# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes that ONTAP documents for Azure key vaults, and what the operator does next.

Codes and their operations: "ONTAP Error Response Codes" of each endpoint in the ONTAP 9.11.1 REST API reference,
"Manage Azure Key Vaults", and of later releases up to 9.19.1; codes without an operation apply to every ONTAP endpoint
("Getting started with the ONTAP REST API"). C(tests/unit/data/ontap_error_codes.yml) lists the page and release of
each, and the codes that were left out, with the reason. The wording is the collection's own.

A response with one of these codes is ONTAP's response, whatever its HTTP status. Never add a code that leaves open what
was done, such as those of internal calls that timed out (65541, 65552, 65562, 262145).
"""

from __future__ import annotations

from dataclasses import dataclass

CREATE = "create"
UPDATE = "update"
DELETE = "delete"
REKEY_EXTERNAL = "rekey-external"
REKEY_INTERNAL = "rekey-internal"
RESTORE = "restore"
MIGRATE = "migrate"
KEY_STORE = "key store"
SETTINGS = "settings"
READ = "read"
EVENTS = "events"

#: Responses after which no further target is started: continuing could lock the account.
DENIED_CODES = frozenset({"6", "6691623", "13002", "13003"})
#: The release does not have this call.
UNSERVED_CODES = frozenset({"3"})
#: The release does not have this field, or does not accept it in this operation.
UNKNOWN_FIELD_CODES = frozenset({"262179", "262196", "262197"})
#: The entry that a request names does not exist, or the SVM has no configuration.
NOT_FOUND_CODES = frozenset({"4", "8586226", "65537120", "65537511", "65538908"})
#: A concurrent change came first: the entry already exists, is in use, or a key manager exists.
CONFLICT_CODES = frozenset({"1", "8", "65537500", "65537589", "65539218"})
#: The cluster cannot read a status (an expensive property); the configuration itself can be read.
UNREADABLE_STATUS_CODES = frozenset({"65537549", "65537551", "65537552"})

_REPORT = "A task of this collection should not meet this code; please report it, with the module and its options."
_SUPPORT = "If the error remains, check the cluster's event log (event log show) and contact NetApp support."


@dataclass(frozen=True)
class Entry:
    """What one ONTAP error code means and what to do about it.

    passes: the cluster started nothing and may accept the same request later. partial: part of the work may have been
    done.
    """

    operations: tuple[str, ...]
    cause: str
    hint: str
    passes: bool = False
    partial: bool = False


CATALOGUE: dict[str, Entry] = {
    "1": Entry(
        (),
        "An entry with this identity already exists.",
        "Retry: the task compares with the existing configuration.",
    ),
    "2": Entry(
        (),
        "A value is missing, wrong or not accepted.",
        "Compare the options of the task with the documentation of the cluster's ONTAP release.",
    ),
    "3": Entry(
        (),
        "The cluster does not support this call.",
        "Compare the ONTAP release (version in GET /api/cluster) with the release that the module needs according to"
        " its documentation.",
    ),
    "4": Entry(
        (),
        "The entry does not exist, or no longer exists.",
        "List the cluster's configurations with ontap.akv.akv_info, and correct svm or uuid.",
    ),
    "6": Entry(
        (),
        "The user is not allowed to do this, or the login was refused.",
        "Check user name, password or certificate, and the role: it needs access to /api/security/azure-key-vaults"
        " and read access to /api/cluster/jobs (security login rest-role show).",
    ),
    "7": Entry(
        (),
        "The cluster has reached a resource limit and started nothing.",
        "Retry when the cluster is less busy, or lower concurrency.",
        passes=True,
    ),
    "8": Entry(
        (),
        "The entry is in use, or the system is busy; nothing was started.",
        "Wait until the operation that uses the entry has ended (/api/cluster/jobs), then retry.",
        passes=True,
    ),
    "262155": Entry(
        (),
        "The operation needs a later effective cluster version.",
        "Finish a running upgrade so that every node has the release that the operation needs (cluster image"
        " show-update-progress).",
    ),
    "262160": Entry(
        (),
        "The cluster is processing too many requests at once and started nothing.",
        "Lower concurrency, or retry later.",
        passes=True,
    ),
    "262177": Entry(
        (),
        "A value is missing.",
        "Compare the options of the task with the documentation of the cluster's ONTAP release.",
    ),
    "262179": Entry(
        (),
        "The release does not know this argument.",
        "Omit the option, or use a cluster with the ONTAP release that the option needs.",
    ),
    "262185": Entry(
        (),
        "A value is not valid.",
        "Correct the value that ONTAP's message names.",
    ),
    "262186": Entry(
        (),
        "A field does not fit another field of the request.",
        "Correct the combination of options that ONTAP's message names.",
    ),
    "262188": Entry(
        (),
        "A field was sent twice.",
        _REPORT,
    ),
    "262190": Entry(
        (),
        "The request contained no changes.",
        "Set at least one option to change. " + _REPORT,
    ),
    "262196": Entry(
        (),
        "The field cannot be set in this operation.",
        "Omit the option in a task for an existing configuration, or use the ONTAP release that allows it.",
    ),
    "262197": Entry(
        (),
        "A field has a value that ONTAP does not accept.",
        "Correct the value of the option that ONTAP's message names.",
    ),
    "262198": Entry(
        (),
        "A GET or DELETE request must not have a body.",
        _REPORT,
    ),
    "262199": Entry(
        (),
        "The request body is not valid JSON.",
        "Check that no proxy changes the requests. " + _REPORT,
    ),
    "262200": Entry(
        (),
        "Part of the request body is not valid JSON.",
        "Check that no proxy changes the requests. " + _REPORT,
    ),
    "262201": Entry(
        (),
        "The request body cannot be read as JSON.",
        "Check that no proxy changes the requests. " + _REPORT,
    ),
    "262202": Entry(
        (),
        "A secret must not be part of a URL.",
        "Remove the field from the option query: ONTAP does not search for secrets.",
    ),
    "262210": Entry(
        (),
        "The cluster could not read and sort all records in time.",
        "Omit order_by, or restrict the query with svm or query.",
    ),
    "262211": Entry(
        (),
        "A request that creates something does not accept this filter.",
        _REPORT,
    ),
    "262212": Entry(
        (),
        "A required value is missing.",
        "Compare the options of the task with the documentation of the cluster's ONTAP release.",
    ),
    "262220": Entry(
        (),
        "The CLI passthrough does not accept a wildcard for fields.",
        _REPORT,
    ),
    "262245": Entry(
        (),
        "A value is not valid; ONTAP's message gives the reason.",
        "Correct the value that ONTAP's message names.",
    ),
    "262247": Entry(
        (),
        "A field has a value that ONTAP does not accept.",
        "Correct the value of the option that ONTAP's message names.",
    ),
    "262248": Entry(
        (),
        "A value of the query has no operator.",
        "Correct the value in query, fields or order_by of ontap.akv.akv_info that ONTAP's message names.",
    ),
    "262249": Entry(
        (),
        "The field cannot be read.",
        "Correct the value in query, fields or order_by of ontap.akv.akv_info that ONTAP's message names.",
    ),
    "262250": Entry(
        (),
        "The field cannot be used as a filter.",
        "Correct the value in query, fields or order_by of ontap.akv.akv_info that ONTAP's message names.",
    ),
    "262254": Entry(
        (),
        "The request body must be a list.",
        _REPORT,
    ),
    "262255": Entry(
        (),
        "The request body must not be a list.",
        _REPORT,
    ),
    "262268": Entry(
        (),
        "The records cannot be sorted by this field.",
        "Correct the value in query, fields or order_by of ontap.akv.akv_info that ONTAP's message names.",
    ),
    "262277": Entry(
        (),
        "A filter is accepted only by requests that read.",
        _REPORT,
    ),
    "262282": Entry(
        (),
        "A property was sent twice.",
        _REPORT,
    ),
    "262286": Entry(
        (),
        "The braces of the option fields do not match.",
        "Correct the value in query, fields or order_by of ontap.akv.akv_info that ONTAP's message names.",
    ),
    "983093": Entry(
        (EVENTS,),
        "The cluster does not know a filter of the query for EMS events.",
        "Update the cluster's ONTAP release, or set ems: false in the event source (akv_ems: false in the rulebooks)."
        " The setting applies to all clusters of the event source.",
    ),
    "2621462": Entry(
        (),
        "No SVM has this name or UUID.",
        "Check the name of the SVM (vserver show). Check mode cannot detect this, and predicts a creation.",
    ),
    "2621573": Entry(
        (),
        "Another operation, such as the recording of the configuration baseline, has locked the SVM; nothing was"
        " started.",
        "Retry in a few minutes. If the SVM stays locked, pause the replication of the configuration"
        " (set -privilege advanced, then vserver config-replication pause).",
        passes=True,
    ),
    "3735553": Entry(
        (CREATE,),
        "ONTAP could not create its self-signed certificate.",
        "Check the cluster's time and the free space of the root volume. " + _SUPPORT,
    ),
    "3735664": Entry(
        (CREATE,),
        "The key size is not allowed while the cluster is in FIPS mode.",
        "Issue the client certificate with a key size that FIPS 140 allows (RSA of 2048 bits or more). To see whether"
        " FIPS mode is on: set -privilege advanced, then security config show.",
    ),
    "3735665": Entry(
        (CREATE,),
        "The hash function is not allowed while the cluster is in FIPS mode.",
        "Issue the client certificate with SHA-256 or better.",
    ),
    "3735700": Entry(
        (CREATE,),
        "The key size is not supported.",
        "Issue the client certificate with a key of a common size (RSA of 2048, 3072 or 4096 bits).",
    ),
    "6691623": Entry(
        (),
        "The user is not authorized for this operation.",
        "Check the role of the user: it needs access to /api/security/azure-key-vaults and read access to"
        " /api/cluster/jobs (security login rest-role show).",
    ),
    "8586226": Entry(
        (),
        "The entry with this UUID does not exist, or no longer exists.",
        "List the cluster's configurations with ontap.akv.akv_info, and correct svm or uuid.",
    ),
    "9241607": Entry(
        (),
        "The cluster is not set up yet.",
        "Finish the setup of the cluster (POST /api/cluster, or the setup wizard), or correct hostname.",
    ),
    "13434920": Entry(
        (KEY_STORE,),
        "The SVM of the query for key stores does not exist.",
        "Check the name of the SVM (vserver show).",
    ),
    "39387137": Entry(
        (),
        "The address of the request is not valid.",
        "Check uuid, svm and configuration for characters that are not allowed there. " + _REPORT,
    ),
    "52559972": Entry(
        (CREATE,),
        "The client certificate is not valid yet according to the cluster's clock.",
        "Compare the cluster's time (cluster date show) with the start date of the certificate; correct NTP or wait.",
    ),
    "65536203": Entry(
        (KEY_STORE,),
        "ONTAP could not generate a key for the SVM: the cluster's key database is not initialized.",
        "Check that the key manager of the cluster is set up and its keys are restored (security key-manager key"
        " query), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536204": Entry(
        (KEY_STORE,),
        "ONTAP could not generate a key for the SVM: the key that encrypts the cluster's key database was not found.",
        "Restore the keys of the cluster's key manager (security key-manager onboard sync, or security key-manager"
        " external restore), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536207": Entry(
        (KEY_STORE,),
        "ONTAP could not store the key of the SVM.",
        "Check the free space of the root volumes (volume show) and the quorum of the cluster (set -privilege advanced,"
        " then cluster ring show), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536212": Entry(
        (KEY_STORE,),
        "ONTAP could not delete the former key of a volume from its database.",
        "Check with ontap.akv.akv_info which configuration is in use now, and that keys are available, then retry."
        " " + _SUPPORT,
        partial=True,
    ),
    "65536217": Entry(
        (KEY_STORE,),
        "ONTAP could not remove the former key from the memory of a node.",
        "Check that every node is up (cluster show) and that keys are available (ontap.akv.akv_info), then retry."
        " " + _SUPPORT,
        partial=True,
    ),
    "65536242": Entry(
        (DELETE,),
        "Self-encrypting drives still have an authentication key from this key manager.",
        "Return the drives to the manufacture secure id (storage encryption disk modify) before the configuration is"
        " removed.",
    ),
    "65536243": Entry(
        (DELETE,),
        "ONTAP cannot determine whether self-encrypting drives use a key of this key manager.",
        "Check that all drives respond (storage encryption disk show), then retry.",
    ),
    "65536602": Entry(
        (KEY_STORE,),
        "The configuration cannot be enabled while nodes are out of quorum.",
        "Bring every node back into quorum (cluster show; set -privilege advanced, then cluster ring show), then"
        " retry.",
    ),
    "65536817": Entry(
        (DELETE,),
        "ONTAP could not determine whether the key manager may be removed.",
        "Check that every node is up (cluster show), then retry. " + _SUPPORT,
    ),
    "65536827": Entry(
        (DELETE,),
        "ONTAP could not determine whether the SVM has encrypted volumes.",
        "Check that the SVM's volumes and nodes are online, then retry. " + _SUPPORT,
    ),
    "65536834": Entry(
        (DELETE,),
        "ONTAP could not read the details of the SVM's key servers.",
        "Check security key-manager show-key-store for the SVM, then retry. " + _SUPPORT,
    ),
    "65536856": Entry(
        (KEY_STORE,),
        "The SVM has no key server: the key manager that its keys are moved from has none.",
        "Check the key manager that is in use (security key-manager show-key-store, security key-manager external"
        " show), then retry.",
    ),
    "65536867": Entry(
        (DELETE,),
        "Encrypted volumes still have keys in this configuration.",
        "Move the keys to another key manager with ontap.akv.akv_migrate (to: key_manager), or decrypt or delete the"
        " volumes, then retry.",
    ),
    "65536882": Entry(
        (KEY_STORE,),
        "ONTAP cannot find the UUID of an encrypted volume.",
        "Check that the volumes of the SVM are online (volume show), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536883": Entry(
        (DELETE, KEY_STORE),
        "A volume's encryption key is missing.",
        "Restore the SVM's keys with ontap.akv.akv_restore (force: true), then retry.",
        partial=True,
    ),
    "65536884": Entry(
        (DELETE, KEY_STORE),
        "A volume's encryption key is not valid.",
        "Restore the SVM's keys with ontap.akv.akv_restore (force: true), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536886": Entry(
        (MIGRATE,),
        "The release does not support a migration between these key managers.",
        "Check both key managers with security key-manager show-key-store, and the release that the migration needs.",
    ),
    "65536889": Entry(
        (KEY_STORE,),
        "The encryption data of a volume are not valid.",
        "Leave the former configuration and its key as they are, do not reboot nodes that are up, and ask NetApp"
        " support which volume is affected (event log show).",
        partial=True,
    ),
    "65536890": Entry(
        (KEY_STORE,),
        "ONTAP could not wrap the key of a volume for the new configuration.",
        "Check azure_reachability with ontap.akv.akv_info and that every node is up, then retry. " + _SUPPORT,
        partial=True,
    ),
    "65536924": Entry(
        (DELETE,),
        "The key manager still holds authentication keys of NetApp Storage Encryption.",
        "Delete those keys (security key-manager key query; set -privilege advanced, then security key-manager key"
        " delete) before the configuration is removed.",
    ),
    "65536959": Entry(
        (MIGRATE,),
        "Source and destination of the migration are the same key manager.",
        "Set key_manager to the UUID of the other key manager (GET /api/security/key-managers).",
    ),
    "65536968": Entry(
        (MIGRATE,),
        "Not every node is healthy enough for a migration.",
        "Bring every node up (cluster show), then retry.",
    ),
    "65536973": Entry(
        (KEY_STORE,),
        "ONTAP cannot find the identifier (DSID) of an encrypted volume.",
        "Check that the volumes of the SVM are online, and that no volume is being moved or deleted, then retry."
        " " + _SUPPORT,
        partial=True,
    ),
    "65536987": Entry(
        (KEY_STORE,),
        "At least one key server of the key manager cannot be reached.",
        "Check the key servers of the key manager that is in use (security key-manager external show-status), then"
        " retry.",
        partial=True,
    ),
    "65537117": Entry(
        (MIGRATE,),
        "The migration names a key manager that does not exist, or whose SVM cannot be found.",
        "Check key_manager (GET /api/security/key-managers) and the configuration of the SVM (ontap.akv.akv_info).",
    ),
    "65537120": Entry(
        (UPDATE, DELETE, REKEY_EXTERNAL, REKEY_INTERNAL, RESTORE),
        "The SVM has no Azure key vault configuration.",
        "List the configurations with ontap.akv.akv_info and correct svm or uuid, or create one with"
        " ontap.akv.azure_key_vault.",
    ),
    "65537303": Entry(
        (SETTINGS,),
        "Changing the polling interval needs an effective cluster version of 9.10 or later.",
        "Finish a running upgrade (cluster image show-update-progress), or omit health_monitor_polling_interval.",
    ),
    "65537304": Entry(
        (SETTINGS,),
        "The cluster has no external key manager, so it has no polling interval to change.",
        "Create a configuration with ontap.akv.azure_key_vault first, or omit health_monitor_polling_interval.",
    ),
    "65537500": Entry(
        (CREATE,),
        "The SVM already has a key manager.",
        "security key-manager show-key-store shows which one. If another run has just created it, retry.",
    ),
    "65537504": Entry(
        (CREATE, UPDATE),
        "ONTAP could not store the configuration in its own database.",
        "Check cluster health (cluster show; set -privilege advanced, then cluster ring show), read the configuration"
        " with ontap.akv.akv_info, then retry.",
    ),
    "65537505": Entry(
        (CREATE,),
        "Volume keys of this SVM are in the key manager of the cluster, so ONTAP does not create the configuration.",
        "The volumes stay online. NetApp documents security key-manager key migrate (set -privilege advanced) for these"
        " keys, which needs a key manager of the SVM as the destination; without one, contact NetApp support.",
    ),
    "65537506": Entry(
        (CREATE,),
        "Azure key vaults are not supported on MetroCluster.",
        "Use another key manager on this cluster.",
    ),
    "65537511": Entry(
        (RESTORE,),
        "The SVM has no Azure key vault configuration.",
        "List the configurations with ontap.akv.akv_info and correct svm or uuid, or create one with"
        " ontap.akv.azure_key_vault.",
    ),
    "65537512": Entry(
        (CREATE,),
        "Not every node can use Azure key vaults.",
        "Bring all nodes to the same ONTAP release and finish a running upgrade or revert, then retry.",
    ),
    "65537514": Entry(
        (CREATE,),
        "ONTAP could not determine whether the Azure key vault feature is enabled.",
        "Check that every node is up (cluster show), then retry. " + _SUPPORT,
    ),
    "65537515": Entry(
        (RESTORE,),
        "The keys could not be restored on some nodes.",
        "Read state and ekmip_reachability with ontap.akv.akv_info: they show which nodes lack the keys and why. Fix"
        " the cause, then retry.",
        partial=True,
    ),
    "65537517": Entry(
        (UPDATE,),
        "The change needs the client secret.",
        "Set client_secret (or the certificate) in the task that changes client_id or tenant_id.",
    ),
    "65537518": Entry(
        (CREATE,),
        "ONTAP found no interface with the cluster role.",
        "Check the cluster's LIFs (network interface show -role cluster), then retry.",
    ),
    "65537523": Entry(
        (CREATE,),
        "The key identifier does not have the form that ONTAP requires.",
        "Write key_id as https://VAULT/keys/NAME, as shown in the Azure portal.",
    ),
    "65537526": Entry(
        (CREATE,),
        "ONTAP could not enable the Azure key vault feature.",
        "Check that every node is up and has the same ONTAP release, then retry. " + _SUPPORT,
    ),
    "65537527": Entry(
        (KEY_STORE,),
        "ONTAP could not wrap the internal key (KEK) of the SVM with the key of the other configuration.",
        "Check in Azure that the key of the configuration to enable is usable (ontap.akv.akv_azure_info), then retry.",
        partial=True,
    ),
    "65537533": Entry(
        (KEY_STORE,),
        "ONTAP could not unwrap the internal key (KEK) of the SVM.",
        "Check in Azure that the key of the configuration in use is enabled and that the application may use it"
        " (ontap.akv.akv_azure_info), then retry.",
        partial=True,
    ),
    "65537540": Entry(
        (UPDATE,),
        "Azure does not accept the client secret.",
        "Check that the client secret is the value of a secret (not its ID), that it has not expired, and that it"
        " belongs to the application (client_id).",
    ),
    "65537541": Entry(
        (UPDATE,),
        "The request contained no changes.",
        "Set at least one option to change. " + _REPORT,
    ),
    "65537544": Entry(
        (RESTORE,),
        "The cluster has lost the SVM's wrapped internal key (KEK).",
        "Leave the configuration and its key in Azure as they are, do not reboot nodes that are up, and contact NetApp"
        " support.",
    ),
    "65537547": Entry(
        (UPDATE, REKEY_EXTERNAL, REKEY_INTERNAL),
        "Keys of this SVM's encrypted volumes are still in the key manager of the admin SVM.",
        "Migrate those keys to the SVM's own configuration first with ontap.akv.akv_migrate (to: azure_key_vault), then"
        " retry.",
    ),
    "65537549": Entry(
        (READ,),
        "At least one node cannot reach the Azure key vault, so the cluster cannot report the status.",
        "Check that every node is up and that the SVM can reach the vault; the configuration itself can still be read.",
    ),
    "65537551": Entry(
        (MIGRATE, READ),
        "The top-level internal key (KEK) of the SVM is unavailable on at least one node.",
        "Check that every node is up and reaches the vault, then restore the keys with ontap.akv.akv_restore.",
    ),
    "65537552": Entry(
        (MIGRATE, READ),
        "The status of the embedded KMIP server is not available.",
        "Check that every node is up (cluster show), then retry. " + _SUPPORT,
    ),
    "65537553": Entry(
        (CREATE,),
        "The name of the vault does not have the form that ONTAP requires.",
        "Write name as https://VAULT, as shown in the Azure portal, without a path.",
    ),
    "65537559": Entry(
        (REKEY_INTERNAL,),
        "The SVM has no internal keys yet.",
        "Create an encrypted volume in the SVM first; until then there is nothing to re-key.",
    ),
    "65537564": Entry(
        (MIGRATE,),
        "According to the cluster, the Azure Key Vault service is not healthy.",
        "Check azure_reachability with ontap.akv.akv_info and the vault in Azure, then retry.",
    ),
    "65537567": Entry(
        (CREATE,),
        "Neither a client secret nor a client certificate was given.",
        "Set client_secret, client_certificate or client_certificate_path.",
    ),
    "65537573": Entry(
        (CREATE, UPDATE),
        "ONTAP or Azure does not accept the client certificate.",
        "Use a PKCS#12 file that contains the certificate and its private key and has no password, and check that Azure"
        " has the certificate for client_id.",
    ),
    "65537577": Entry(
        (UPDATE,),
        "Not every node can use certificate authentication.",
        "Use client_secret, or bring all nodes to ONTAP 9.10.1 or later.",
    ),
    "65537589": Entry(
        (CREATE,),
        "The SVM already has a configuration of this name.",
        "Retry: the task compares with the existing configuration.",
    ),
    "65537592": Entry(
        (CREATE,),
        "A configuration with a name needs an effective cluster version of 9.14.0 or later.",
        "Finish a running upgrade, or omit configuration and enabled.",
    ),
    "65537593": Entry(
        (CREATE,),
        "A configuration that is not enabled needs an effective cluster version of 9.14.0 or later.",
        "Finish a running upgrade, or omit configuration and enabled.",
    ),
    "65537594": Entry(
        (CREATE,),
        "A configuration that is not enabled needs a name.",
        "Set configuration to the name of the configuration to create; ontap.akv.azure_key_vault sends default if it is"
        " not set.",
    ),
    "65537595": Entry(
        (CREATE,),
        "Only a configuration that is created without being enabled can have a name.",
        "ontap.akv.azure_key_vault creates such a configuration in this way, and enables it afterwards if enabled is"
        " true. In a call of your own, add create_inactive=true or omit the name.",
    ),
    "65537605": Entry(
        (KEY_STORE,),
        "The cluster cannot connect to the key vault of the configuration to be enabled.",
        "Check its credential, the proxy and the connection settings; azure_reachability of ontap.akv.akv_info shows"
        " the reason for the configuration in use.",
    ),
    "65537610": Entry(
        (REKEY_EXTERNAL, REKEY_INTERNAL),
        "The SVM is switching to another configuration, or a switch was interrupted; a re-key is not possible until it"
        " is complete.",
        "Complete the switch with ontap.akv.azure_key_vault (enabled: true for the configuration to use), then retry.",
    ),
    "65537611": Entry(
        (MIGRATE,),
        "The SVM is switching to another configuration, or a switch was interrupted; a migration is not possible until"
        " it is complete.",
        "Complete the switch with ontap.akv.azure_key_vault (enabled: true for the configuration to use), then retry.",
    ),
    "65537720": Entry(
        (MIGRATE,),
        "The destination is a Google Cloud key manager, and the SVM already has a key manager.",
        "Check with security key-manager show-key-store which key managers the SVM has, and correct key_manager.",
    ),
    "65537736": Entry(
        (MIGRATE,),
        "According to the cluster, the Google Cloud key manager is not healthy.",
        "Check that key manager and the network to it (set -privilege advanced, then security key-manager external gcp"
        " check), then retry.",
    ),
    "65538107": Entry(
        (MIGRATE,),
        "Keys cannot be migrated to a key manager of this IBM type.",
        "Set key_manager to another destination (GET /api/security/key-managers).",
    ),
    "65538404": Entry(
        (SETTINGS,),
        "Changing the number of retries needs an effective cluster version of 9.11 or later.",
        "Finish a running upgrade (cluster image show-update-progress), or omit cloud_kms_retry_count.",
    ),
    "65538902": Entry(
        (CREATE,),
        "The name of the configuration is reserved for the system.",
        "Set configuration to another name.",
    ),
    "65538903": Entry(
        (CREATE,),
        "The name of the configuration is empty.",
        "Set configuration to a name, or omit it.",
    ),
    "65538905": Entry(
        (KEY_STORE,),
        "The configuration is in use.",
        "Enable another configuration first (enabled: true), then retry.",
    ),
    "65538907": Entry(
        (KEY_STORE,),
        "A key store of this type cannot be deleted this way.",
        "Check uuid and configuration: it is not the key store of an Azure key vault.",
    ),
    "65538908": Entry(
        (KEY_STORE,),
        "The key store does not exist, or no longer exists.",
        "List the cluster's configurations with ontap.akv.akv_info (query: {enabled: false} for those that are not in"
        " use).",
    ),
    "65538909": Entry(
        (KEY_STORE,),
        "The request does not say whether to enable the configuration.",
        "Set enabled: true. " + _REPORT,
    ),
    "65538910": Entry(
        (KEY_STORE,),
        "The release does not disable a configuration that is in use.",
        "Enable another configuration with enabled: true; this disables the current one.",
    ),
    "65539200": Entry(
        (KEY_STORE,),
        "A key manager of the switch has no place to store keys.",
        "Check the connection settings of the configuration that is to be enabled (ontap.akv.akv_info), then retry."
        " " + _SUPPORT,
        partial=True,
    ),
    "65539201": Entry(
        (KEY_STORE,),
        "The key manager could not encrypt a key.",
        "Check in Azure that the key is enabled and that the application may wrap and encrypt with it"
        " (ontap.akv.akv_azure_info), then retry.",
        partial=True,
    ),
    "65539205": Entry(
        (KEY_STORE,),
        "A key store of this type cannot be enabled with this call.",
        "Check uuid and configuration (ontap.akv.akv_info): the key store that was found is not that of an Azure"
        " key vault.",
    ),
    "65539206": Entry(
        (KEY_STORE,),
        "The SVM uses a key manager of a type whose keys this call does not move.",
        "Check with security key-manager show-key-store which key manager is in use. Move its keys with"
        " ontap.akv.akv_migrate if the release supports it, or keep that key manager.",
    ),
    "65539207": Entry(
        (KEY_STORE,),
        "The configuration does not exist.",
        "List the SVM's configurations with ontap.akv.akv_info (query: {enabled: false} for those that are not in"
        " use).",
    ),
    "65539212": Entry(
        (KEY_STORE,),
        "The configuration in use is neither active nor being switched, so the SVM cannot switch to another one.",
        "Wait until a running re-key or initialization has ended (state of GET /api/security/key-stores), then retry.",
    ),
    "65539218": Entry(
        (KEY_STORE,),
        "The configuration is already enabled.",
        "Retry: the task compares with the existing configuration.",
    ),
    "65539222": Entry(
        (KEY_STORE,),
        "An SVM cannot switch between key managers of different types.",
        "Move the keys with ontap.akv.akv_migrate, or enable another Azure key vault configuration.",
    ),
    "65539303": Entry(
        (SETTINGS,),
        "Changing the policy of the health monitor needs an effective cluster version of 9.15 or later.",
        "Finish a running upgrade (cluster image show-update-progress), or omit health_monitor_policy.",
    ),
    "65539304": Entry(
        (SETTINGS,),
        "The policy of the health monitor is not available on this cluster.",
        "Omit health_monitor_policy, or ask NetApp support to enable the feature.",
    ),
    "65539416": Entry(
        (KEY_STORE,),
        "ONTAP could not read the response of the key manager.",
        "Check that no proxy changes the responses of the vault, and the connection settings (vault_host, port,"
        " proxy), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65539434": Entry(
        (MIGRATE,),
        "The key manager of the SVM is being initialized; a migration is not possible yet.",
        "Wait until its state is active (GET /api/security/key-stores), then retry.",
        passes=True,
    ),
    "65539435": Entry(
        (MIGRATE,),
        "The key manager of the SVM is being disabled; its keys cannot be migrated.",
        "Wait until it is disabled, then check with security key-manager show-key-store which key manager the SVM"
        " uses.",
    ),
    "65539436": Entry(
        (REKEY_EXTERNAL, REKEY_INTERNAL),
        "The key manager of the SVM is being initialized; a re-key is not possible yet.",
        "Wait until its state is active (GET /api/security/key-stores), then retry.",
        passes=True,
    ),
    "65539437": Entry(
        (REKEY_EXTERNAL, REKEY_INTERNAL),
        "The key manager of the SVM is being disabled; it cannot be re-keyed.",
        "Wait until it is disabled, then check with security key-manager show-key-store which key manager the SVM"
        " uses.",
    ),
    "65539442": Entry(
        (KEY_STORE,),
        "ONTAP could not encrypt the keys of a volume (AES blob).",
        "Check which configuration is in use and that keys are available (ontap.akv.akv_info), then retry to complete"
        " the switch. " + _SUPPORT,
        partial=True,
    ),
    "65539444": Entry(
        (KEY_STORE,),
        "ONTAP could not save the newly wrapped key of a volume.",
        "Check the quorum of the cluster (set -privilege advanced, then cluster ring show) and that the volumes of the"
        " SVM are online, then retry to complete the switch. " + _SUPPORT,
        partial=True,
    ),
    "65539513": Entry(
        (KEY_STORE,),
        "Enabling another configuration of the cluster needs an effective cluster version of 9.16.1 or later.",
        "Finish a running upgrade (cluster image show-update-progress), or keep the configuration that is in use.",
    ),
    "65539514": Entry(
        (KEY_STORE,),
        "The release does not enable a configuration of this type that belongs to the cluster.",
        "Keep the configuration that is in use. An SVM (option svm) can switch between configurations.",
    ),
    "65539515": Entry(
        (KEY_STORE,),
        "The cluster's configuration switches only between the Onboard Key Manager and an external key manager (KMIP).",
        "Keep the key manager that is in use. An SVM (option svm) can switch between Azure key vaults.",
    ),
    "65539518": Entry(
        (KEY_STORE,),
        "ONTAP cannot find the configuration that is in use.",
        "Check with ontap.akv.akv_info and security key-manager show-key-store which configurations exist, then retry."
        " " + _SUPPORT,
    ),
    "65539521": Entry(
        (KEY_STORE,),
        "Deleting an inactive configuration of the cluster needs an effective cluster version of 9.16.1 or later.",
        "Finish a running upgrade, or keep the configuration.",
    ),
    "65539522": Entry(
        (KEY_STORE,),
        "The release does not delete a configuration of this type that belongs to the cluster.",
        "Keep the configuration, or remove it with the command of its own key manager (security key-manager).",
    ),
    "65539523": Entry(
        (KEY_STORE,),
        "ONTAP's table of key managers is missing.",
        "Check the quorum of the cluster (set -privilege advanced, then cluster ring show). " + _SUPPORT,
    ),
    "65539534": Entry(
        (KEY_STORE,),
        "The cluster's key manager cannot be switched while it holds keys of system root volumes.",
        "Decrypt the root volumes of the nodes, or keep the key manager that is in use.",
    ),
    "65539535": Entry(
        (KEY_STORE,),
        "No node has the key in an unwrapped form.",
        "Restore the keys with ontap.akv.akv_restore (force: true), do not reboot nodes that are up, then retry. "
        + _SUPPORT,
        partial=True,
    ),
    "65539536": Entry(
        (KEY_STORE,),
        "ONTAP cannot find the wrapped key of a volume.",
        "Restore the keys with ontap.akv.akv_restore (force: true), then retry. " + _SUPPORT,
        partial=True,
    ),
    "65539538": Entry(
        (KEY_STORE,),
        "The internal key (KEK) of the SVM was not created.",
        "Check azure_reachability with ontap.akv.akv_info, create an encrypted volume if the SVM has none, then retry.",
        partial=True,
    ),
    "65539539": Entry(
        (KEY_STORE,),
        "The internal key (KEK) of the SVM is not available on every node.",
        "Restore the keys with ontap.akv.akv_restore (force: true), then retry.",
        partial=True,
    ),
    "65539585": Entry(
        (KEY_STORE,),
        "The cluster already has an inactive external key manager, and cannot enable another one.",
        "Delete the inactive key manager of the cluster first (security key-manager keystore show, then security"
        " key-manager keystore delete), then retry.",
    ),
    "65539593": Entry(
        (KEY_STORE,),
        "A configuration cannot be deleted while the SVM is switching to another one.",
        "Wait until the switch has ended (state of GET /api/security/key-stores), then retry.",
    ),
    "65539622": Entry(
        (KEY_STORE,),
        "The key that encrypts the keys of the cluster (CKEK) is not available for the SVM.",
        "Restore the keys of the cluster's key manager (security key-manager onboard sync, or security key-manager"
        " external restore), then retry.",
        partial=True,
    ),
    "65539704": Entry(
        (CREATE, KEY_STORE),
        "The SVM has volumes that are encrypted with NetApp Aggregate Encryption.",
        "Move those volumes to aggregates without NetApp Aggregate Encryption before the key manager is configured.",
    ),
    "65539837": Entry(
        (KEY_STORE,),
        "The key manager that is in use has no volumes whose keys could be moved.",
        "There is nothing to move: remove the key manager that is in use, then create the configuration with"
        " ontap.akv.azure_key_vault.",
    ),
    "65539838": Entry(
        (KEY_STORE,),
        "Keys cannot be moved to a cloud key manager while a policy of the external key manager is set.",
        "Remove the policy from the external key manager (security key-manager policy show), then retry.",
    ),
    "65539839": Entry(
        (KEY_STORE,),
        "Keys can be moved to a cloud key manager only if the key manager is in the state 'mixed'.",
        "Check the state of the key stores (GET /api/security/key-stores). Wait until a running operation has ended,"
        " then retry.",
    ),
    "65539840": Entry(
        (KEY_STORE,),
        "The keys were moved, but the former ones could not be removed from the external key servers.",
        "Check with ontap.akv.akv_info that the configuration is in use and keys are available. Check the key servers"
        " (security key-manager external show-status), then retry.",
        partial=True,
    ),
    "65539841": Entry(
        (KEY_STORE,),
        "The key manager is OpenStack Barbican, and its credential is incomplete.",
        "Check uuid and configuration: it is not the key store of an Azure key vault. Complete the credential with"
        " the command of that key manager (security key-manager external barbican).",
    ),
    "65539842": Entry(
        (KEY_STORE,),
        "The internal key (KEK) of the SVM could not be restored on at least one node.",
        "Check that every node is up and reaches the vault (ekmip_reachability), restore the keys with"
        " ontap.akv.akv_restore, then retry.",
        partial=True,
    ),
    "65539843": Entry(
        (KEY_STORE,),
        "The keys of the SVM could not be moved to the other key manager; no public page explains this code.",
        "Read ONTAP's message, and check with ontap.akv.akv_info which configuration is in use and whether keys are"
        " available. " + _SUPPORT,
        partial=True,
    ),
    "65539844": Entry(
        (KEY_STORE,),
        "The internal key (KEK) of the SVM could not be moved to the other key manager.",
        "Check that the vault can be reached and the application may use its key (ontap.akv.akv_azure_info), then"
        " retry. " + _SUPPORT,
        partial=True,
    ),
    "65539845": Entry(
        (KEY_STORE,),
        "Keys of volumes can be moved to the Onboard Key Manager only if the key manager is in the state 'mixed' or"
        " 'active'.",
        "Wait until a running operation has ended (state of GET /api/security/key-stores), then retry.",
    ),
    "65539855": Entry(
        (REKEY_EXTERNAL,),
        "The re-key failed because the keys could not be restored on every node; part of it may have been done.",
        "Check key_id and state with ontap.akv.akv_info, restore the keys with ontap.akv.akv_restore, then retry.",
        partial=True,
    ),
    "65539856": Entry(
        (REKEY_INTERNAL,),
        "The re-key failed because the keys could not be restored on every node; part of it may have been done.",
        "Check state with ontap.akv.akv_info, restore the keys with ontap.akv.akv_restore, then retry.",
        partial=True,
    ),
    "65539857": Entry(
        (KEY_STORE,),
        "The switch to the other configuration failed because keys could not be restored; part of it may have been"
        " done.",
        "Check that every node is up and reaches the vault, restore the keys with ontap.akv.akv_restore, then retry to"
        " complete the switch.",
        partial=True,
    ),
    "65539858": Entry(
        (KEY_STORE,),
        "Keys were being moved to the other key manager, and could not be restored on at least one node.",
        "Check with ontap.akv.akv_info which configuration is in use and which nodes lack the keys (state,"
        " ekmip_reachability), restore the keys with ontap.akv.akv_restore, then retry.",
        partial=True,
    ),
    "65539859": Entry(
        (KEY_STORE,),
        "Keys were being moved to the other key manager, and restoring them failed; some may have been moved.",
        "Do not reboot nodes that are up. Check state and ekmip_reachability with ontap.akv.akv_info, restore the keys"
        " with ontap.akv.akv_restore (force: true), then retry.",
        partial=True,
    ),
    "196608080": Entry(
        (DELETE,),
        "The root volume of a node is encrypted with NetApp Volume Encryption.",
        "Decrypt the node's root volume before the cluster's key manager is removed.",
    ),
    "196608301": Entry(
        (DELETE,),
        "ONTAP could not read the encryption type.",
        "Check that all aggregates and nodes are online, then retry. " + _SUPPORT,
    ),
    "196608305": Entry(
        (DELETE,),
        "The cluster has aggregates with NetApp Aggregate Encryption.",
        "Decrypt or remove those aggregates, or set up another key manager, before this one is removed.",
    ),
}

#: Codes of a status, not of a response: the reference shows them in C(state), C(azure_reachability) and
#: C(ekmip_reachability). They do not say what a request did, so they do not count as documented errors.
STATUS_CODES: dict[str, Entry] = {
    "346758": Entry(
        (),
        "The keys are not available, or a vault or an EKMIP server cannot be reached; the message says which, and why.",
        "If the vault cannot be reached, check the credential, the key and the network with ontap.akv.akv_azure_info."
        " When it can be reached, restore missing keys with ontap.akv.akv_restore. Until then, do not reboot nodes that"
        " are up. An SVM without encrypted volumes has no key yet; there is nothing to do.",
    ),
}


def is_transient(code: str | None) -> bool | None:
    """Return whether the cluster started nothing and may accept the same request later; None for an unknown code."""
    entry = CATALOGUE.get(code or "")
    return entry.passes if entry else None


def find_hint(code: str | None) -> str | None:
    """Return what to do about a code of an ONTAP error or status, None if it is not documented."""
    entry = CATALOGUE.get(code or "") or STATUS_CODES.get(code or "")
    return entry.hint if entry else None
