# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants and applications with their credentials."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from .aadsts import CODES, Refusal

#: The tenant of vaults that name none.
DEFAULT_TENANT = "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"
DEFAULT_CLIENT = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"

_NAMESPACE = uuid.UUID("0b0e6f5c-7d1a-41ef-9d6e-005056bbeba5")


@dataclass
class Secret:
    """A client secret; `expires` in seconds since 1970, None: never."""

    value: str
    expires: float | None = None


@dataclass
class Certificate:
    """A certificate that is registered on an application: base64 of its DER, and its thumbprints (hex)."""

    der: str
    sha256: str
    sha1: str

    @property
    def x509(self) -> x509.Certificate:
        """The certificate itself."""
        return x509.load_der_x509_certificate(base64.b64decode(self.der))


@dataclass
class Application:
    """An application and its service principals. `secrets`, `certificates` None: as in `Azure.secrets` and
    `Azure.certificates`.
    """

    client_id: str
    #: Tenants that it exists in; None: every tenant.
    tenants: list[str] | None = None
    secrets: list[Secret] | None = None
    certificates: list[Certificate] | None = None
    enabled: bool = True
    #: A code that every login gets whose credential is right: 53003, 530032, ...
    refusal: int | None = None


@dataclass
class Tenant:
    """A tenant with its domain names. `cloud`: the login's host, if it is not that of the public cloud."""

    id: str
    domains: list[str] = field(default_factory=list)
    cloud: str | None = None


class Directory:
    """What Microsoft Entra knows. Nothing registered of a kind stands for "anything is accepted"."""

    def __init__(self) -> None:
        self.tenants: dict[str, Tenant] = {}
        self.applications: dict[str, Application] = {}
        #: The number of token requests that get `busy_code`, with this Retry-After (None: without).
        self.busy = 0
        self.busy_code = 90055
        self.retry_after: int | None = None
        #: The secrets that applications logged in with, so that one that is sent elsewhere is recognized.
        self.seen: set[str] = set()

    def tenant_id(self, name: str) -> str:
        """The tenant's GUID by GUID or domain name; Refusal 90002 for an unknown one."""
        wanted = name.lower()
        for tenant in self.tenants.values():
            if wanted == tenant.id or wanted in tenant.domains:
                return tenant.id
        if self.tenants or not (is_guid(wanted) or "." in wanted):
            raise Refusal(90002, tenant=name)
        return wanted if is_guid(wanted) else str(uuid.uuid5(_NAMESPACE, wanted))

    def application(self, client_id: str, tenant_id: str) -> Application:
        """The application in a tenant; Refusal 700016 or 7000112."""
        found = self.applications.get(client_id.lower())
        if found is None and not self.applications:
            return Application(client_id)
        if found is None or (found.tenants is not None and tenant_id not in found.tenants):
            raise Refusal(700016, client_id=client_id, tenant=tenant_id)
        if not found.enabled:
            raise Refusal(7000112, client_id=client_id)
        return found

    def check_busy(self) -> None:
        """Refusal 90055 (429) or 90033 (503) while the login is busy."""
        if self.busy > 0:
            self.busy -= 1
            raise Refusal(self.busy_code)

    def put_tenant(self, tenant: Tenant) -> None:
        """Add or replace a tenant."""
        if not is_guid(tenant.id):
            raise ValueError("the id of a tenant is a GUID")
        tenant.id, tenant.domains = tenant.id.lower(), [domain.lower() for domain in tenant.domains]
        self.tenants[tenant.id] = tenant

    def put_application(self, application: Application) -> None:
        """Add or replace an application."""
        if application.refusal is not None and application.refusal not in CODES:
            raise ValueError(f"refusal is one of {', '.join(map(str, CODES))}")
        self.applications[application.client_id.lower()] = application


def is_guid(text: str) -> bool:
    """Whether a text has the form of a GUID."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def object_id(tenant_id: str, client_id: str) -> str:
    """The object ID of the service principal."""
    return str(uuid.uuid5(_NAMESPACE, f"{tenant_id}/{client_id}"))


def register(text: str) -> Certificate:
    """A certificate from PEM, base64 of DER, or base64 of a PKCS#12 without a password."""
    certificate = _load(text)
    der = certificate.public_bytes(Encoding.DER)
    return Certificate(
        base64.b64encode(der).decode(),
        hashlib.sha256(der).hexdigest(),
        hashlib.sha1(der, usedforsecurity=False).hexdigest(),
    )


@lru_cache(maxsize=64)
def _load(text: str) -> x509.Certificate:
    if "-----BEGIN" in text:
        return x509.load_pem_x509_certificate(text.encode())
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a certificate is given as PEM, or as base64 of DER or PKCS#12") from None
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        certificate = pkcs12.load_key_and_certificates(der, None)[1]
    if certificate is None:
        raise ValueError("the PKCS#12 holds no certificate")
    return certificate


def thumbprint_of(text: str | None) -> str | None:
    """SHA-256 of the certificate in a PKCS#12 (base64); None if it does not open without a password."""
    try:
        return None if text is None else register(text).sha256
    except ValueError:
        return None
