# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vaults: keys and what can be done with them, as the REST API 7.4 has it.

Sources: Microsoft's "Key Vault REST API reference, Keys" and "REST API error codes", the public recordings of the Azure
SDK.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from ..delivery import Answer
from ..log import AzureEntry
from . import http, material
from .clouds import split_host
from .directory import DEFAULT_TENANT, object_id
from .http import Request
from .keystore import Key, KeyVault, Version
from .tokens import decode, encode

if TYPE_CHECKING:
    from ..cluster import Cluster

_API_VERSIONS = re.compile(r"2015-06-01|2016-10-01|7\.[0-6](-preview(\.\d+)?)?|20\d\d-\d\d-\d\d(-preview(\.\d+)?)?")
_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
#: Last part of the path -> operation, which is its right as well.
_OPERATIONS = {"wrapkey": "wrapKey", "unwrapkey": "unwrapKey", "encrypt": "encrypt", "decrypt": "decrypt"}
_ACTIONS = {
    "get": "read",
    "list": "read",
    "wrapKey": "wrap/action",
    "unwrapKey": "unwrap/action",
    "encrypt": "encrypt/action",
    "decrypt": "decrypt/action",
    "getrotationpolicy": "rotationpolicies/read",
}
_PAGE = 25
_LOCATION = "westeurope"
_DENIED = {
    "ForbiddenByFirewall": (
        "Client address is not authorized and caller is not a trusted service.\r\nClient address:"
        " 192.0.2.1\r\n{caller}\r\n{vault}"
    ),
    "ForbiddenByConnection": (
        "Public network access is disabled and request is not from a trusted service nor via an approved private"
        " link.\r\n{caller}\r\n{vault}"
    ),
}
_UNUSABLE = {
    "KeyDisabled": "Operation {operation} is not allowed on a disabled key.",
    "KeyExpired": "Operation {operation} is not allowed on an expired key.",
    "KeyNotYetValid": "Operation {operation} is not allowed before this key's not-before time.",
    "KeyOperationForbidden": "Operation {operation} is not permitted on this key.",
}


class VaultError(Exception):
    """An error response: {"error": {"code", "message", "innererror": {"code"}}}."""

    def __init__(
        self, status: int, code: str, message: str, inner: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner = status, code, message, inner
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The response."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.inner is not None:
            error["innererror"] = {"code": self.inner}
        return http.answer({"error": error}, self.status, self.headers)


class Vaults:
    """Serves requests to vaults, on one cluster's Azure."""

    def __init__(self, cluster: Cluster) -> None:
        self._azure = cluster.azure
        self._now = cluster.clock.now

    def answer(self, host: str, request: Request, entry: AzureEntry) -> Answer:
        """One request to the vault of a (public) host."""
        vault = self._azure.store.vault(host)
        try:
            answer = self._served(vault, request, entry)
        except VaultError as error:
            answer = error.answer()
        answer.headers.update(
            {
                "cache-control": "no-cache",
                "expires": "-1",
                "x-ms-keyvault-region": _LOCATION,
                "x-ms-keyvault-service-version": "1.9.0.0",
                "x-ms-request-id": str(uuid.uuid4()),
                "x-ms-keyvault-network-info": "conn_type=Ipv4;addr=192.0.2.1;act_addr_fam=InterNetwork;",
            }
        )
        return answer

    def _served(self, vault: KeyVault, request: Request, entry: AzureEntry) -> Answer:
        client_id = self._authenticate(vault, request, entry)
        self._throttle(vault)
        version = request.query.get("api-version")
        if not version:
            raise VaultError(400, "BadParameter", "api-version must be specified")
        if not _API_VERSIONS.fullmatch(version):
            message = (
                f"The specified version ({version}) is not recognized. Consider using the latest supported version"
                " (7.4)."
            )
            raise VaultError(400, "BadParameter", message)
        parts = request.path.split("/")[1:]
        if len(parts) < 2 or parts[0].lower() != "keys" or not parts[1]:
            raise VaultError(404, "NotFound", "The requested resource was not found.")
        name, rest = parts[1], [part for part in parts[2:] if part]
        if not _NAME.fullmatch(name):
            raise VaultError(400, "BadParameter", f"The request URI contains an invalid name: {name}")
        if request.method == "GET":
            return self._read(vault, client_id, name, rest, request)
        operation = _OPERATIONS.get(rest[-1].lower()) if rest else None
        if request.method != "POST" or operation is None or len(rest) > 2:
            raise VaultError(405, "BadMethod", f"The HTTP method {request.method} is not supported for this resource.")
        self._allow(vault, client_id, operation, name)
        entry.body = {"alg": None}
        return self._operate(vault, name, rest[0] if len(rest) == 2 else None, operation, request, entry)

    def _authenticate(self, vault: KeyVault, request: Request, entry: AzureEntry) -> str:
        """The application that the token was issued to."""
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise self._unauthorized(vault, request, "AKV10000: Request is missing a Bearer or PoP token.")
        entry.auth = "bearer"
        claims = self._azure.tokens.read(token.strip())
        if claims is None:
            raise self._unauthorized(vault, request, "AKV10001: Error validating token: the signature is not valid.")
        entry.user = claims["appid"]
        if not claims["nbf"] <= self._now() < claims["exp"]:
            raise self._unauthorized(
                vault,
                request,
                "AKV10004: Error validating token: IDX10223: Lifetime validation failed. The token is expired.",
            )
        audience = self._audience(vault, request) or self._azure.addresses.audience_of(request.host)
        if claims["aud"] != audience:
            entry.misplaced.append("token")
            raise self._unauthorized(
                vault, request, f"AKV10022: Invalid audience. Expected {audience}, found: {claims['aud']}."
            )
        issuer = f"https://sts.windows.net/{self._tenant(vault)}/"
        if claims["iss"] != issuer:
            raise self._unauthorized(
                vault, request, f"AKV10032: Invalid issuer. Expected one of {issuer}, found {claims['iss']}."
            )
        return str(claims["appid"])

    def _tenant(self, vault: KeyVault) -> str:
        return vault.tenant or next(iter(self._azure.directory.tenants), DEFAULT_TENANT)

    def _audience(self, vault: KeyVault, request: Request) -> str:
        return self._azure.addresses.audience_of(request.host) if vault.resource is None else vault.resource

    def _unauthorized(self, vault: KeyVault, request: Request, message: str) -> VaultError:
        challenge = vault.challenge
        if challenge is None:
            challenge = (
                f'Bearer authorization="https://{self._azure.addresses.login_of(request.host)}/{self._tenant(vault)}"'
            )
            audience = self._audience(vault, request)
            challenge += f', resource="{audience}"' if audience else ""
        return VaultError(401, "Unauthorized", message, headers={"www-authenticate": challenge} if challenge else {})

    @staticmethod
    def _throttle(vault: KeyVault) -> None:
        if vault.throttled <= 0:
            return
        vault.throttled -= 1
        headers = {} if vault.retry_after is None else {"retry-after": str(vault.retry_after)}
        message = (
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"
        )
        raise VaultError(429, "Throttled", message, headers=headers)

    def _allow(self, vault: KeyVault, client_id: str, right: str, name: str) -> None:
        """Firewall, then rights."""
        tenant = self._tenant(vault)
        caller = f"appid={client_id};oid={object_id(tenant, client_id)};iss=https://sts.windows.net/{tenant}/"
        where = f"Vault: {vault.name};location={_LOCATION}"
        if vault.denies in _DENIED:
            raise VaultError(403, "Forbidden", _DENIED[vault.denies].format(caller=caller, vault=where), vault.denies)
        if vault.denies is None and vault.allows(client_id, right, count=True):
            return
        if vault.denies == "ForbiddenByRbac" or (vault.denies is None and vault.rbac):
            group = "/subscriptions/0/resourcegroups/simulated"
            resource = f"{group}/providers/microsoft.keyvault/vaults/{vault.name}/keys/{name}"
            message = (
                f"Caller is not authorized to perform action on resource.\r\nCaller: {caller}\r\nAction:"
                f" 'Microsoft.KeyVault/vaults/keys/{_ACTIONS[right]}'\r\nResource: '{resource}'\r\nAssignment: (not"
                f" found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\n{where}\r\n"
            )
            raise VaultError(403, "Forbidden", message, "ForbiddenByRbac")
        message = (
            f"The user, group or application '{caller}' does not have keys {right} permission on key vault"
            f" '{vault.name};location={_LOCATION}'."
        )
        raise VaultError(403, "Forbidden", message, vault.denies or vault.policy_code)

    def _find(self, vault: KeyVault, name: str, version: str | None) -> tuple[Key, Version]:
        key = self._azure.store.find(vault, name, version)
        if key is not None and not self._azure.keeps(
            f"https://{vault.host}/keys/{name}" + (f"/{version}" if version else "")
        ):
            key = None
        found = key.find(version) if key is not None else None
        if key is None or found is None:
            shown = f"{name}/{version}" if version else name
            raise VaultError(404, "KeyNotFound", f"A key with (name/id) {shown} was not found in this key vault.")
        return key, found

    def _read(self, vault: KeyVault, client_id: str, name: str, rest: list[str], request: Request) -> Answer:
        if len(rest) > 1:
            raise VaultError(404, "NotFound", "The requested resource was not found.")
        if rest == ["versions"]:
            self._allow(vault, client_id, "list", name)
            return self._versions(vault, name, request)
        if rest == ["rotationpolicy"]:
            self._allow(vault, client_id, "getrotationpolicy", name)
            key, _newest = self._find(vault, name, None)
            attributes: dict[str, Any] = {} if key.expiry_time is None else {"expiryTime": key.expiry_time}
            attributes |= {"created": key.versions[0].created, "updated": key.versions[0].updated}
            content = {
                "id": f"{request.url}/keys/{key.name}/rotationpolicy",
                "lifetimeActions": key.lifetime_actions,
                "attributes": attributes,
            }
            return http.answer(content)
        self._allow(vault, client_id, "get", name)
        key, version = self._find(vault, name, rest[0] if rest else None)
        return http.answer(_bundle(vault, key, version, request))

    def _versions(self, vault: KeyVault, name: str, request: Request) -> Answer:
        """One page, ordered by the version's identifier, whatever its age."""
        key, _newest = self._find(vault, name, None)
        size = _maximum(request.query.get("maxresults"))
        ordered = sorted(key.versions, key=lambda each: each.version)
        start = _start(request.query.get("$skiptoken"), ordered)
        page = ordered[start : start + size]
        following = None
        if start + size < len(ordered):
            token = encode(ordered[start + size].version.encode())
            # With its port, be it the default one (recordings of the Azure SDK).
            url = request.url if split_host(request.host)[1] else f"{request.url}:443"
            following_page = f"api-version={request.query['api-version']}&$skiptoken={token}&maxresults={size}"
            following = f"{url}/keys/{key.name}/versions?{following_page}"
        value = [
            {"kid": _kid(key, each, request), "attributes": _attributes(vault, each), **_tags(each)} for each in page
        ]
        return http.answer({"value": value, "nextLink": following})

    def _operate(
        self, vault: KeyVault, name: str, wanted: str | None, operation: str, request: Request, entry: AzureEntry
    ) -> Answer:
        key, version = self._find(vault, name, wanted)
        algorithm, value = _parameters(request.body)
        entry.body = {"alg": algorithm}
        inner = version.unusable(operation, self._now())
        if inner is not None:
            raise VaultError(403, "Forbidden", _UNUSABLE[inner].format(operation=operation), inner)
        if not version.type.startswith("RSA"):
            raise VaultError(
                400, "BadParameter", f"Operation {operation} is not supported by a key of type {version.type}."
            )
        work = material.decrypt if operation in ("unwrapKey", "decrypt") else material.encrypt
        try:
            result = work(material.rsa_key(version.size, version.material), algorithm, value)
        except ValueError:
            raise VaultError(400, "BadParameter", "The parameter is incorrect.\r\n") from None
        return http.answer({"kid": _kid(key, version, request), "value": encode(result)})


def _maximum(text: str | None) -> int:
    if text is None:
        return _PAGE
    if not text.isdigit() or not 1 <= int(text) <= _PAGE:
        raise VaultError(400, "BadParameter", f"maxresults must be between 1 and {_PAGE}")
    return int(text)


def _start(token: str | None, ordered: list[Version]) -> int:
    """Where the page of a skip token starts."""
    if token is None:
        return 0
    starts = [at for at, each in enumerate(ordered) if encode(each.version.encode()) == token]
    if not starts:
        raise VaultError(400, "BadParameter", "The skip token is not valid.")
    return starts[0]


def _parameters(body: bytes) -> tuple[str, bytes]:
    """Algorithm and value of an operation."""
    try:
        content = json.loads(body)
        algorithm, value = content["alg"], decode(content["value"])
    except (ValueError, TypeError, KeyError):
        raise VaultError(
            400, "BadParameter", "The request body is not valid: alg and value (base64url) are expected."
        ) from None
    if algorithm not in material.ALGORITHMS:
        raise VaultError(400, "BadParameter", f"Property alg has invalid value {algorithm}.")
    return algorithm, value


def _kid(key: Key, version: Version, request: Request) -> str:
    return f"{request.url}/keys/{key.name}/{version.version}"


def _tags(version: Version) -> dict[str, Any]:
    return {} if version.tags is None else {"tags": version.tags}


def _attributes(vault: KeyVault, version: Version) -> dict[str, Any]:
    times = {"nbf": version.not_before, "exp": version.expires}
    return {
        "enabled": version.enabled,
        **{name: moment for name, moment in times.items() if moment is not None},
        "created": version.created,
        "updated": version.updated,
        "recoveryLevel": vault.recovery_level,
        "recoverableDays": vault.recoverable_days,
    }


def _bundle(vault: KeyVault, key: Key, version: Version, request: Request) -> dict[str, Any]:
    public = material.public_parts(version.type, version.size, version.material)
    web_key = {"kid": _kid(key, version, request), "kty": version.type, "key_ops": version.operations, **public}
    return {"key": web_key, "attributes": _attributes(vault, version), **_tags(version)}
