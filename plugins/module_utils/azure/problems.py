# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems in Azure: its error codes and the collection's own findings, with their causes and the commands to fix them.

Sources: Microsoft's documentation, "Microsoft Entra authentication and authorization error codes" and "Azure Key Vault
REST API error codes". AADSTS codes change, so they are used for hints alone: C(error) of OAuth decides whether a login
was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What an error code or a finding means.

    command: for the Azure CLI, with {vault}, {key}, {key_id}, {client_id} and {tenant_id}. code: whether its name is
    one of Azure's codes, not a finding of the collection. hsm: the command for a managed HSM, if it is another one.
    """

    cause: str
    hint: str
    command: str | None = None
    code: bool = True
    hsm: str | None = None


_NEW_SECRET = "az ad app credential reset --id {client_id} --append"  # noqa: S105 - a command
_SHOW_APPLICATION = "az ad sp show --id {client_id}"
_SHOW_TENANT = "az account list --all --query '[].tenantId'"
_SHOW_POLICIES = "az rest --method get --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies"
_ENABLE_APPLICATION = "az ad sp update --id {client_id} --set accountEnabled=true"
_LIST_CERTIFICATES = "az ad app credential list --id {client_id} --cert"
_COMPARE_CERTIFICATE = (
    "Compare the thumbprint with the certificates of the application, and add the certificate if it is missing."
)
_CORRECT_CLOCK = "Correct the clock of the host that runs the module (NTP)."
_MFA = "A policy of the tenant requires multifactor authentication, or another interaction, for this login."
_EXCLUDE = "Exclude the application from the policy; the sign-in log of the service principal names the policy."
_WITHOUT_MFA = f"An application cannot interact. {_EXCLUDE} Check that client_id is not the ID of a user."
_KEY_VAULT_APPLICATION = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
_ASSIGN_ROLE = (
    "az role assignment create --assignee {client_id} --role 'Key Vault Crypto User'"
    ' --scope "$(az keyvault show --name {vault} --query id --output tsv)/keys/{key}"'
)
_SET_POLICY = (
    "az keyvault set-policy --name {vault} --spn {client_id} --key-permissions get wrapKey unwrapKey encrypt decrypt"
)
# A managed HSM has roles of its own, not those of Azure's control plane.
_ASSIGN_LOCAL_ROLE = (
    "az keyvault role assignment create --hsm-name {vault} --assignee {client_id} --role 'Managed HSM Crypto User'"
    " --scope /keys/{key}"
)
_SHOW_HSM_TENANT = "az keyvault show --hsm-name {vault} --query properties.tenantId"
_NATIONAL_CLOUD = (
    "Set oauth_host to the login server of the cloud that the tenant belongs to, and use a vault of the same cloud."
)

CATALOGUE: dict[str, Meaning] = {
    "AADSTS7000215": Meaning(
        "The client secret is wrong.",
        "Use the value of the secret, not its ID, and check that it belongs to client_id. If the value is lost, create"
        " a new secret.",
        _NEW_SECRET,
    ),
    "AADSTS7000222": Meaning("The client secret has expired.", "Create a new secret and rotate to it.", _NEW_SECRET),
    "AADSTS7000218": Meaning(
        "The login server received neither a secret nor an assertion.",
        "Check the proxies between this host and the login server.",
    ),
    "AADSTS700016": Meaning(
        "The tenant does not know the application.",
        "Check client_id and tenant_id: the application must have a service principal in the tenant.",
        _SHOW_APPLICATION,
    ),
    "AADSTS7000229": Meaning(
        "The application has no service principal in the tenant.",
        "Create the service principal.",
        "az ad sp create --id {client_id}",
    ),
    "AADSTS7000112": Meaning(
        "The application is disabled.",
        "Enable its service principal.",
        _ENABLE_APPLICATION,
    ),
    "AADSTS700027": Meaning(
        "The signature of the certificate was not accepted: the application does not have this certificate, or it has"
        " expired.",
        _COMPARE_CERTIFICATE,
        _LIST_CERTIFICATES,
    ),
    "AADSTS700024": Meaning(
        "The assertion is not valid at the time of the login.",
        _CORRECT_CLOCK,
    ),
    "AADSTS700023": Meaning(
        "The assertion is for another login server.",
        "Check oauth_host: it must be the login server of the cloud that the tenant belongs to.",
    ),
    "AADSTS90002": Meaning(
        "The tenant does not exist in this cloud.",
        "Check tenant_id, and oauth_host for a national cloud.",
        _SHOW_TENANT,
    ),
    "AADSTS90038": Meaning("The tenant belongs to another cloud.", _NATIONAL_CLOUD, "az cloud list --output table"),
    "AADSTS900382": Meaning(
        "The login was sent to a cloud other than the tenant's.", _NATIONAL_CLOUD, "az cloud list --output table"
    ),
    "AADSTS500011": Meaning(
        "The tenant does not know Azure Key Vault as a resource: the tenant or the cloud is wrong.",
        "Check tenant_id and oauth_host. In a tenant that never used Key Vault, create its service principal.",
        f"az ad sp create --id {_KEY_VAULT_APPLICATION}",
    ),
    "AADSTS53003": Meaning(
        "A Conditional Access policy blocks the login.",
        "Exclude the application or the address of this host from the policy; the sign-in log of the service principal"
        " names the policy.",
        _SHOW_POLICIES,
    ),
    "AADSTS530032": Meaning(
        "A security policy of the tenant blocks the login.",
        "Ask the administrator of the tenant for an exception.",
        _SHOW_POLICIES,
    ),
    "AADSTS530035": Meaning(
        "The security defaults of the tenant block the login.",
        "Security defaults have no exceptions. Ask the administrator of the tenant to replace them with Conditional"
        " Access policies that do not block the application.",
        "az rest --method get --url"
        " https://graph.microsoft.com/v1.0/policies/identitySecurityDefaultsEnforcementPolicy",
    ),
    "AADSTS50105": Meaning(
        "The application requires an assignment to log in, and has none.",
        "Assign it, or turn the requirement off.",
        "az ad sp update --id {client_id} --set appRoleAssignmentRequired=false",
    ),
    "AADSTS50001": Meaning(
        "The login server does not know the resource of the vault, or the resource is disabled.",
        "Check that the vault belongs to the cloud of oauth_host.",
    ),
    "AADSTS500014": Meaning(
        "Azure Key Vault is disabled as a resource in the tenant, for example because a subscription has ended.",
        "Check the subscription, then enable the service principal of Azure Key Vault.",
        f"az ad sp update --id {_KEY_VAULT_APPLICATION} --set accountEnabled=true",
    ),
    "AADSTS500021": Meaning(
        "A proxy limits which tenants can be used (tenant restrictions), and this tenant is not one of them.",
        "Have the tenant added to the list of the proxy, or use a route that does not restrict tenants.",
    ),
    "AADSTS500022": Meaning(
        "A proxy limits which tenants can be used (tenant restrictions), and this tenant is not one of them.",
        "Have the tenant added to the list of the proxy, or use a route that does not restrict tenants.",
    ),
    "AADSTS50002": Meaning(
        "The tenant does not allow logins through this proxy.",
        "Change the tenant restrictions, or use another route to the login server.",
    ),
    "AADSTS50012": Meaning(
        "The certificate is not accepted: its thumbprint or chain is not authorized, or the signature is wrong.",
        _COMPARE_CERTIFICATE,
        _LIST_CERTIFICATES,
    ),
    "AADSTS50013": Meaning(
        "The assertion is not accepted: it is not valid at this time, or it is for another login server.",
        "Correct the clock of the host that runs the module (NTP), and check oauth_host and tenant_id.",
    ),
    "AADSTS500133": Meaning(
        "The assertion is not valid at the time of the login.",
        _CORRECT_CLOCK,
    ),
    "AADSTS50027": Meaning(
        "The assertion is not accepted as a token: it is malformed, not valid at this time, or for another login"
        " server.",
        "Correct the clock of the host that runs the module (NTP), check oauth_host, and check that no proxy changes"
        " the request.",
    ),
    "AADSTS50034": Meaning(
        "The tenant does not know the account.",
        "Check tenant_id, and that client_id is the ID of an application, not of a user.",
        _SHOW_APPLICATION,
    ),
    "AADSTS50049": Meaning(
        "The login server does not know this cloud.", _NATIONAL_CLOUD, "az cloud list --output table"
    ),
    "AADSTS50053": Meaning(
        "The login is blocked after too many failed logins, or because it comes from an address with malicious"
        " activity.",
        "Stop whatever logs in with an old credential, check the sign-in log of the service principal, and wait.",
    ),
    "AADSTS50059": Meaning("The request does not name a tenant.", "Check tenant_id.", _SHOW_TENANT),
    "AADSTS50128": Meaning("The request does not name a tenant that exists.", "Check tenant_id.", _SHOW_TENANT),
    "AADSTS50074": Meaning(_MFA, _WITHOUT_MFA, _SHOW_POLICIES),
    "AADSTS50076": Meaning(_MFA, _WITHOUT_MFA, _SHOW_POLICIES),
    "AADSTS50079": Meaning(_MFA, _WITHOUT_MFA, _SHOW_POLICIES),
    "AADSTS50097": Meaning(
        "A Conditional Access policy requires a registered device, which an application does not have.",
        _EXCLUDE,
        _SHOW_POLICIES,
    ),
    "AADSTS50131": Meaning(
        "A Conditional Access policy or a risk assessment blocks the login.", _EXCLUDE, _SHOW_POLICIES
    ),
    "AADSTS50196": Meaning(
        "The application sends the same login too often.",
        "Wait a few minutes, and check what else logs in with this application.",
    ),
    "AADSTS53000": Meaning(
        "A Conditional Access policy requires a compliant device, which an application does not have.",
        _EXCLUDE,
        _SHOW_POLICIES,
    ),
    "AADSTS650052": Meaning(
        "The tenant has no subscription to Azure Key Vault, or has not enabled it.",
        "Create its service principal, or ask the administrator of the tenant.",
        f"az ad sp create --id {_KEY_VAULT_APPLICATION}",
    ),
    "AADSTS650057": Meaning(
        "The application may request only the resources of its registration, and Azure Key Vault is not one of them.",
        "Add Azure Key Vault to the API permissions of the application.",
        "az ad app permission list --id {client_id}",
    ),
    "AADSTS70001": Meaning(
        "The application is disabled, or the tenant does not know it.",
        "Check client_id and tenant_id, and enable the service principal.",
        _ENABLE_APPLICATION,
    ),
    "AADSTS700011": Meaning(
        "The tenant does not know the application.",
        "Check client_id and tenant_id: the application must have a service principal in the tenant.",
        _SHOW_APPLICATION,
    ),
    "AADSTS70002": Meaning(
        "The credential is wrong.",
        "Check that the secret or certificate belongs to client_id. If it is lost, create a new secret.",
        _NEW_SECRET,
    ),
    "AADSTS70011": Meaning(
        "The login server does not accept the scope of the vault.",
        "Check that the vault belongs to the cloud of oauth_host.",
    ),
    "AADSTS700020": Meaning(_MFA, _WITHOUT_MFA, _SHOW_POLICIES),
    "AADSTS700025": Meaning(
        "The application is registered as a public client, which cannot have a credential.",
        "Turn off public client flows in the registration, or use another application.",
        "az ad app update --id {client_id} --is-fallback-public-client false",
    ),
    "AADSTS700030": Meaning(
        "The subject of the certificate is not authorized for the application.",
        _COMPARE_CERTIFICATE,
        _LIST_CERTIFICATES,
    ),
    "AADSTS7000216": Meaning(
        "The login server received neither a secret nor an assertion.",
        "Check the proxies between this host and the login server.",
    ),
    "AADSTS900144": Meaning(
        "The login server did not receive a required parameter.",
        "Check the proxies between this host and the login server.",
    ),
    "AADSTS900384": Meaning(
        "The signature of the assertion was not accepted.",
        _COMPARE_CERTIFICATE,
        _LIST_CERTIFICATES,
    ),
    "AADSTS90055": Meaning(
        "The tenant receives too many logins at once.", "Retry later, and check fewer applications at the same time."
    ),
    "AADSTS1000031": Meaning(
        "The application cannot be used at this time.", "Ask the administrator of the tenant.", _SHOW_APPLICATION
    ),
    "AADSTS90033": Meaning("The login server has a temporary fault.", "Retry later."),
    "invalid_client": Meaning(
        "The login server does not accept the credential.",
        "Check the secret or certificate of the application.",
        "az ad app credential list --id {client_id}",
    ),
    "unauthorized_client": Meaning(
        "The application is not allowed to log in to this tenant.", "Check client_id and tenant_id.", _SHOW_APPLICATION
    ),
    "invalid_request": Meaning(
        "The login server does not accept the request.", "Check tenant_id and oauth_host.", _SHOW_TENANT
    ),
    "invalid_grant": Meaning(
        "A policy of the tenant blocks the login.",
        "Check the sign-in log of the service principal, which names the policy, and compare the list of the policies.",
        _SHOW_POLICIES,
    ),
    "interaction_required": Meaning(_MFA, _WITHOUT_MFA, _SHOW_POLICIES),
    "invalid_resource": Meaning(
        "The tenant does not know the resource of the vault.", "Check tenant_id and oauth_host.", _SHOW_TENANT
    ),
    "invalid_scope": Meaning(
        "The login server does not accept the scope of the vault.",
        "Check that the vault belongs to the cloud of oauth_host.",
    ),
    "access_denied": Meaning(
        "The tenant denies the application access.", "Check the assignments of the application.", _SHOW_APPLICATION
    ),
    "temporarily_unavailable": Meaning("The login server is temporarily unavailable.", "Retry later."),
    "server_error": Meaning("The login server has an internal fault.", "Retry later."),
    "ForbiddenByRbac": Meaning(
        "The vault uses Azure RBAC, and the application lacks a role on the key.",
        "Assign the role Key Vault Crypto User (on a managed HSM: Managed HSM Crypto User).",
        _ASSIGN_ROLE,
        hsm=_ASSIGN_LOCAL_ROLE,
    ),
    "ForbiddenByPolicy": Meaning(
        "The access policy of the vault does not let the application act on its own.",
        "Create an access policy for this application alone, without an authorized application.",
        _SET_POLICY,
    ),
    "AccessDenied": Meaning(
        "The access policy of the vault lacks a key permission.",
        "Add the missing permission to the access policy.",
        _SET_POLICY,
        hsm=_ASSIGN_LOCAL_ROLE,
    ),
    "Forbidden": Meaning(
        "The application lacks a right on the key. Managed HSMs return this code.",
        "Assign the role Managed HSM Crypto User on a managed HSM, or Key Vault Crypto User on a vault.",
        _ASSIGN_ROLE,
        hsm=_ASSIGN_LOCAL_ROLE,
    ),
    "ForbiddenByFirewall": Meaning(
        "The firewall of the vault refuses this host. It may accept or refuse the cluster's SVMs independently.",
        "Allow the address of this host (and of the LIFs of the SVMs), or run the task on a host next to the cluster.",
        "az keyvault network-rule add --name {vault} --ip-address ADDRESS",
        hsm="az keyvault network-rule add --hsm-name {vault} --ip-address ADDRESS",
    ),
    "ForbiddenByConnection": Meaning(
        "Public access to the vault is disabled, and this host does not come through a private endpoint.",
        "Run the task on a host that reaches the private endpoint (delegate_to), or allow public access.",
        "az keyvault show --name {vault} --query properties.privateEndpointConnections",
        hsm="az keyvault show --hsm-name {vault} --query properties.privateEndpointConnections",
    ),
    "KeyDisabled": Meaning(
        "The key is disabled: it still wraps and encrypts, but neither unwraps nor decrypts.",
        "Enable the key version. Volumes go offline if ONTAP cannot unwrap their keys.",
        "az keyvault key set-attributes --id {key_id} --enabled true",
    ),
    "KeyExpired": Meaning(
        "The key has expired: it unwraps and decrypts, but neither wraps nor encrypts.",
        "Postpone the expiry date, or create a new version and rotate to it.",
        "az keyvault key set-attributes --id {key_id} --expires YYYY-MM-DDTHH:MM:SSZ",
    ),
    "KeyNotYetValid": Meaning(
        "The key is not valid yet: it unwraps and decrypts, but neither wraps nor encrypts.",
        "Wait, or set an earlier activation date.",
        "az keyvault key set-attributes --id {key_id} --not-before YYYY-MM-DDTHH:MM:SSZ",
    ),
    "KeyNotFound": Meaning(
        "The vault does not have this key or this version. It may have been deleted.",
        "Check key_id. A deleted key can be recovered until it is purged.",
        "az keyvault key recover --vault-name {vault} --name {key}",
        hsm="az keyvault key recover --hsm-name {vault} --name {key}",
    ),
    "KeyOperationForbidden": Meaning(
        "The key does not permit an operation that ONTAP may need.",
        "Permit these operations for the key version.",
        "az keyvault key set-attributes --id {key_id} --ops wrapKey unwrapKey encrypt decrypt",
    ),
    "Unauthorized": Meaning(
        "The vault does not accept the token: it trusts another tenant or another cloud.",
        "Compare tenant_id with the tenant of the vault, and oauth_host with its cloud.",
        "az keyvault show --name {vault} --query properties.tenantId",
        hsm=_SHOW_HSM_TENANT,
    ),
    "VaultNotFound": Meaning(
        "No vault with this name exists. It may have been deleted.",
        "Check the host in key_id, and the cloud of its domain. A deleted vault can be recovered until it is purged.",
        "az keyvault recover --name {vault}",
        hsm="az keyvault recover --hsm-name {vault}",
    ),
    "BadParameter": Meaning(
        "The vault does not accept a parameter of the request.",
        "Check the form of key_id.",
        "az keyvault key show --id {key_id}",
    ),
    "Throttled": Meaning(
        "The vault receives too many requests at once.",
        "Retry later, and check fewer keys of the vault at the same time.",
    ),
    "network": Meaning(
        "The connection failed or was lost, or no response arrived in time.",
        "Check name resolution, routes and firewalls from the host that runs the task to port 443, https_proxy or the"
        " proxy options, and timeout. A vault that has only a private endpoint can be reached only from its network.",
        code=False,
    ),
    "tls": Meaning(
        "The TLS certificate of the host was not accepted, for example because a proxy inspects TLS.",
        "Set azure_ca_path to the certificate authority of the proxy, or exempt Azure from the inspection.",
        code=False,
    ),
    "foreign": Meaning(
        "Something other than Azure responded, such as the login page of a proxy, a captive portal or another server;"
        " redirects are not followed.",
        "Check key_id, oauth_host and the proxy.",
        code=False,
    ),
    "busy": Meaning("Azure, or a gateway in between, is temporarily unavailable.", "Retry later.", code=False),
    "no challenge": Meaning(
        "The server at the address of the vault does not name a login server and an audience, as a vault does.",
        "Check the host in key_id.",
        code=False,
    ),
    "other audience": Meaning(
        "The vault requests a token for an audience that it does not belong to. Such a token could be used elsewhere.",
        "Check the host in key_id: it is not a vault of Azure.",
        code=False,
    ),
    "other tenant": Meaning(
        "The vault trusts a tenant other than tenant_id.",
        "Use the tenant of the vault, and an application that has a service principal there.",
        "az keyvault show --name {vault} --query properties.tenantId",
        hsm=_SHOW_HSM_TENANT,
        code=False,
    ),
    "other vault": Meaning(
        "name and key_id name different vaults.",
        "Check both: ONTAP uses the vault of name and the key of key_id.",
        code=False,
    ),
    "other bytes": Meaning(
        "Unwrapping or decrypting did not return the original bytes.",
        "Do not use this key. Check the proxies between this host and the vault.",
        code=False,
    ),
    "key type": Meaning(
        "The key is not an RSA key.",
        "Create an RSA key.",
        "az keyvault key create --vault-name {vault} --name {key} --kty RSA --size 2048",
        code=False,
        hsm="az keyvault key create --hsm-name {vault} --name {key} --kty RSA-HSM --size 2048",
    ),
    "key expiring": Meaning(
        "The key expires soon.",
        "Postpone the expiry date, or create a new version and rotate to it.",
        "az keyvault key rotate --vault-name {vault} --name {key}",
        hsm="az keyvault key rotate --hsm-name {vault} --name {key}",
        code=False,
    ),
    "newer version": Meaning(
        "The key has a newer version than the requested one.",
        "Rotate to it with the role akv_rotate_key or the module akv_rekey.",
        code=False,
    ),
    "purgeable": Meaning(
        "The vault has no purge protection: anyone with the right to purge can delete the key, and with it the"
        " data, for good.",
        "Enable purge protection. It cannot be disabled again.",
        "az keyvault update --name {vault} --enable-purge-protection true",
        hsm="az keyvault update-hsm --hsm-name {vault} --enable-purge-protection true",
        code=False,
    ),
    "late grant": Meaning(
        "A right was refused at first and granted seconds later: a new grant has not yet reached every server of the"
        " vault.",
        "Wait ten minutes, then check again before ONTAP depends on it.",
        code=False,
    ),
    "certificate expired": Meaning(
        "The client certificate has expired.",
        "Issue a new certificate, add it to the application and rotate to it.",
        "az ad app credential reset --id {client_id} --append --cert @certificate.pem",
        code=False,
    ),
    "certificate not valid yet": Meaning(
        "The client certificate is not valid yet.",
        "Wait, or issue another certificate; check the clock of the host that runs the module.",
        code=False,
    ),
    "certificate expiring": Meaning(
        "The client certificate expires soon.",
        "Issue a new certificate, add it to the application and rotate to it.",
        "az ad app credential reset --id {client_id} --append --cert @certificate.pem",
        code=False,
    ),
    "versions refused": Meaning(
        "The versions of the key could not be listed.",
        "Grant the application the key permission list, or omit versions.",
        _SET_POLICY + " list",
        code=False,
        hsm=_ASSIGN_LOCAL_ROLE,
    ),
}


def find_hint(names: tuple[str | None, ...], values: Mapping[str, str], *, managed_hsm: bool = False) -> str | None:
    """Return what to do about a problem, with the command for it.

    names: codes or findings, the most precise first. values: for the command. managed_hsm: whether the vault is one.
    """
    problem = next((CATALOGUE[name] for name in names if name in CATALOGUE), None)
    if problem is None:
        return None
    command = (problem.hsm if managed_hsm else None) or problem.command
    return problem.hint if command is None else f"{problem.hint} Command: {command.format_map(values)}"
