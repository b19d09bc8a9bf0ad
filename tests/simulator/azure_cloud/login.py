# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login: Microsoft Entra's token endpoint for applications, and what its clients look up first.

Sources: Microsoft's documentation "OAuth 2.0 client credentials flow" and "OpenID Connect on the Microsoft identity
platform".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..delivery import Answer
from ..log import AzureEntry
from . import assertion, http
from .aadsts import Refusal
from .clouds import LOGINS, is_loopback, split_host
from .directory import Application, object_id
from .http import Request

if TYPE_CHECKING:
    from ..cluster import Cluster

_GRANT = "client_credentials"
_SUFFIX = "/.default"


class Login:
    """Serves requests to the login, on one cluster's Azure."""

    def __init__(self, cluster: Cluster) -> None:
        self._azure = cluster.azure
        self._now = cluster.clock.now

    def answer(self, request: Request, entry: AzureEntry) -> Answer:
        """One request."""
        parts = request.path.strip("/").split("/")
        work: Callable[[str, Request, AzureEntry], dict[str, Any]]
        if request.method == "GET" and parts[1:] == ["v2.0", ".well-known", "openid-configuration"]:
            work = self._configuration
        elif request.method == "POST" and parts[1:] == ["oauth2", "v2.0", "token"]:
            work = self._token
        else:
            return Answer(
                404,
                {"content-type": "text/html"},
                b"<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>",
            )
        try:
            return http.answer(work(parts[0], request, entry))
        except Refusal as refusal:
            return self._refused(request, refusal)

    def _configuration(self, tenant: str, request: Request, _entry: AzureEntry) -> dict[str, Any]:
        tenant_id = self._azure.directory.tenant_id(tenant)
        base = f"{request.url}/{tenant_id}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "http_logout_supported": True,
            "frontchannel_logout_supported": True,
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
            "kerberos_endpoint": f"{base}/kerberos",
            "tenant_region_scope": "WW",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
            "rbac_url": "https://pas.windows.net",
        }

    def _token(self, tenant: str, request: Request, entry: AzureEntry) -> dict[str, Any]:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        entry.user = form.get("client_id")
        entry.auth = next((name for name in ("client_secret", "client_assertion") if name in form), None)
        # What is not known stays out: a parameter with a mistyped name may hold the secret.
        entry.body = {
            name: form[name] for name in ("grant_type", "client_id", "scope", "client_assertion_type") if name in form
        }
        self._azure.directory.check_busy()
        for parameter in ("grant_type", "client_id", "scope"):
            if not form.get(parameter):
                raise Refusal(900144, parameter=parameter)
        if form["grant_type"] != _GRANT:
            raise Refusal(70003, grant_type=form["grant_type"])
        tenant_id = self._azure.directory.tenant_id(tenant)
        self._check_cloud(tenant_id, request)
        application = self._azure.directory.application(form["client_id"], tenant_id)
        self._authenticate(application, tenant, form, request, entry)
        audience = self._audience(form["scope"], tenant_id)
        if application.refusal is not None:
            raise Refusal(application.refusal, tenant=tenant, client_id=application.client_id, resource=audience)
        seconds = self._azure.tokens.seconds
        token = self._azure.tokens.issue(self._claims(application, tenant_id, audience, entry))
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}

    def _check_cloud(self, tenant_id: str, request: Request) -> None:
        """A tenant of another cloud is known, but does not log in here (the simulator's own address counts as the
        public cloud).
        """
        host, _port = split_host(request.host)
        own = LOGINS["vault.azure.net"] if is_loopback(host) else host
        tenant = self._azure.directory.tenants.get(tenant_id)
        if tenant is not None and tenant.cloud not in (None, own):
            raise Refusal(900382)

    def _authenticate(
        self, application: Application, tenant: str, form: dict[str, str], request: Request, entry: AzureEntry
    ) -> None:
        if entry.auth is None or not form[entry.auth]:
            raise Refusal(7000218)
        if entry.auth == "client_secret":
            self._azure.directory.seen.add(form["client_secret"])
            self._azure.check_secret(application, form["client_secret"], self._now())
            return
        if form.get("client_assertion_type") != assertion.TYPE:
            raise Refusal(900144, parameter="client_assertion_type")
        given = assertion.read(form["client_assertion"])
        entry.body["assertion"] = given.about(self._now())
        tenant_id = self._azure.directory.tenant_id(tenant)
        names = {tenant, tenant_id}
        audiences = [
            f"{request.url}/{name}{path}" for name in names for path in ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0")
        ]
        registered = application.certificates or []
        assertion.check_signature(given, form["client_id"], registered)
        assertion.check_claims(given, form["client_id"], audiences, self._now())

    def _audience(self, scope: str, tenant_id: str) -> str:
        audience = scope.removesuffix(_SUFFIX)
        if audience == scope or " " in scope:
            raise Refusal(1002012, scope=scope)
        known = {f"https://{domain}" for domain in LOGINS} | {
            vault.resource for vault in self._azure.store.vaults.values() if vault.resource
        }
        host, _port = split_host(audience.partition("://")[2])
        if audience.rstrip("/") not in known and not is_loopback(host):
            raise Refusal(500011, resource=audience, tenant=tenant_id)
        return audience.rstrip("/")

    def _claims(self, application: Application, tenant_id: str, audience: str, entry: AzureEntry) -> dict[str, Any]:
        now = int(self._now())
        oid = object_id(tenant_id, application.client_id)
        return {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": now + self._azure.tokens.seconds,
            "appid": application.client_id,
            "appidacr": "1" if entry.auth == "client_secret" else "2",
            "idp": f"https://sts.windows.net/{tenant_id}/",
            "oid": oid,
            "sub": oid,
            "tid": tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }

    def _refused(self, request: Request, refusal: Refusal) -> Answer:
        trace, moment = str(uuid.uuid4()), datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        correlation = request.headers.get("client-request-id") or str(uuid.uuid4())
        content = {
            "error": refusal.error,
            "error_description": (
                f"AADSTS{refusal.code}: {refusal.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp:"
                f" {moment}"
            ),
            "error_codes": [refusal.code],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{request.url}/error?code={refusal.code}",
        }
        if refusal.code in (53003, 530032, 530035):
            content |= {"suberror": "message_only"}
        headers = {"x-ms-request-id": trace}
        seconds = self._azure.directory.retry_after
        if refusal.status in (429, 503) and seconds is not None:
            headers["retry-after"] = str(seconds)
        return http.answer(content, refusal.status, headers)
