# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of Azure: one truth decides what ONTAP reports and what the simulated login and vaults (azure_cloud)
answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import InitVar, dataclass
from urllib.parse import urlsplit

from .azure_cloud.aadsts import Refusal
from .azure_cloud.clouds import Addresses
from .azure_cloud.directory import Application, Directory, thumbprint_of
from .azure_cloud.keystore import KeyStore
from .azure_cloud.tokens import Tokens


@dataclass
class Credential:
    """What a configuration shows to Azure."""

    client_id: str
    tenant_id: str
    secret: str | None
    certificate: str | None
    fingerprint: str | None
    expires: float | None


def address(url: str) -> str:
    """A URL in the form that is compared: scheme and host in lower case, no slash at the end, no default port."""
    parts = urlsplit(url.strip())
    host = parts.netloc.lower().removesuffix(":443")
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}"


def without_version(key_id: str) -> str:
    """https://HOST/keys/NAME of https://HOST/keys/NAME/VERSION."""
    head, keys, tail = key_id.partition("/keys/")
    return f"{head}{keys}{tail.strip('/').partition('/')[0]}"


@dataclass
class Azure:
    """None stands for "anything is accepted". What is registered in `directory` and `store` narrows it further."""

    reachable: bool = True
    #: Why it is not reachable.
    message: str = "The request timed out"
    #: Whether it is reachable from where the clients of the login and of the vaults are (None: as from ONTAP).
    reachable_here: bool | None = None
    vaults: Sequence[str] | None = None
    #: Valid secrets by client id.
    secrets: dict[str, list[str]] | None = None
    #: SHA-256 (hex) of the DER of accepted PKCS#12 certificates.
    certificates: Sequence[str] | None = None
    #: Key ids that exist; one without a version stands for all of its versions.
    keys: Sequence[str] | None = None
    now: InitVar[Callable[[], float]] = time.time
    #: Key ids of ONTAP's configurations.
    in_use: InitVar[Callable[[], Iterable[str]]] = tuple

    def __post_init__(self, now: Callable[[], float], in_use: Callable[[], Iterable[str]]) -> None:
        self.addresses = Addresses()
        self.directory = Directory()
        self.store = KeyStore(now, lambda: map(self._public, in_use()))
        self.tokens = Tokens()

    @property
    def serves_here(self) -> bool:
        """Whether clients of the login and the vaults reach them."""
        return self.reachable if self.reachable_here is None else self.reachable_here

    def refuses(self, credential: Credential, now: float) -> str | None:
        """Why Azure does not accept the credential, or None."""
        kind = "secret" if credential.fingerprint is None else "certificate"
        about = f'The client {kind} of application "{credential.client_id}"'
        if kind == "certificate" and credential.expires is not None and credential.expires < now:
            return f"{about} has expired"
        try:
            self._log_in(credential, now)
        except Refusal as refusal:
            known = {
                7000215: "is not valid or has expired",
                7000222: "is not valid or has expired",
                700027: "is not registered",
            }
            return (
                f"{about} {known[refusal.code]}" if refusal.code in known else f"AADSTS{refusal.code}: {refusal.text}"
            )
        return None

    def _log_in(self, credential: Credential, now: float) -> None:
        """What the login does with the credential of a configuration."""
        directory = self.directory
        tenant_id = directory.tenant_id(credential.tenant_id) if directory.tenants else credential.tenant_id.lower()
        application = directory.application(credential.client_id, tenant_id)
        if credential.fingerprint is None:
            self.check_secret(application, credential.secret, now)
        else:
            self._check_certificate(application, credential)
        if application.refusal is not None:
            raise Refusal(application.refusal, tenant=tenant_id, client_id=credential.client_id, resource="")

    def check_secret(self, application: Application, value: str | None, now: float) -> None:
        """Refusal 7000215 or 7000222 for a secret that the application does not have, or that has expired."""
        if application.secrets is None:
            if self.secrets is None or value in self.secrets.get(application.client_id, []):
                return
            raise Refusal(7000215, client_id=application.client_id)
        matching = [secret for secret in application.secrets if secret.value == value]
        if not any(secret.expires is None or now < secret.expires for secret in matching):
            raise Refusal(7000222 if matching else 7000215, client_id=application.client_id)

    def _check_certificate(self, application: Application, credential: Credential) -> None:
        """A certificate that does not open without a password is known by the digest of its file alone."""
        thumbprint = None if application.certificates is None else thumbprint_of(credential.certificate)
        if application.certificates is not None and thumbprint is not None:
            known = any(thumbprint == certificate.sha256 for certificate in application.certificates)
        else:
            known = self.certificates is None or credential.fingerprint in self.certificates
        if not known:
            raise Refusal(700027, what="", reason="", client_id=credential.client_id)

    def lacks(self, name: str, key_id: str) -> str | None:
        """Why Azure does not serve the vault or the key, or None."""
        fault = self.hides(name)
        if fault is not None or self.keeps(key_id):
            return fault
        return f'The key "{key_id}" was not found in the key vault'

    def hides(self, name: str) -> str | None:
        """Why Azure does not serve the vault, or None."""
        if not self.reachable:
            return self.message
        if not self.has_vault(name):
            return f'The key vault "{name}" was not found'
        return None

    def has_vault(self, name: str) -> bool:
        """Whether there is a vault of that URL."""
        return self.vaults is None or self._public(name) in map(self._public, self.vaults)

    def keeps(self, key_id: str) -> bool:
        """Whether Azure has the key."""
        return self._lists(key_id) and self.store.has(*self._parts(key_id))

    def _lists(self, key_id: str) -> bool:
        if self.keys is None:
            return True
        wanted, known = self._public(key_id), {self._public(key) for key in self.keys}
        if wanted in known or without_version(wanted) in known:
            return True
        return "/" not in wanted.partition("/keys/")[2] and any(without_version(key) == wanted for key in known)

    def forbids(self, credential: Credential, key_id: str, operations: Sequence[str], now: float) -> str | None:
        """Why the vault does not let an application do something with a key that exists, or None."""
        host, name, version = self._parts(key_id)
        vault = self.store.vaults.get(host)
        if vault is not None and vault.tenant not in (None, self._tenant_of(credential)):
            return f'The key vault belongs to the tenant "{vault.tenant}" (AKV10032)'
        code = self.store.refusal(host, (name, version), credential.client_id, operations, now)
        return None if code is None else f'The key vault refused the operation on the key "{key_id}" ({code})'

    def _tenant_of(self, credential: Credential) -> str:
        try:
            return self.directory.tenant_id(credential.tenant_id)
        except Refusal:
            return credential.tenant_id

    def add_version(self, key_id: str, version: str) -> None:
        """A key has a new version."""
        host, name, _version = self._parts(key_id)
        vault = self.store.vault(host)
        key = vault.keys.get(name)
        if key is not None and key.find(version) is None:
            self.store.add_version(vault, name, version, {})

    def _public(self, url: str) -> str:
        """The address of a URL, by the public name of the vault that it reaches."""
        parts = urlsplit(address(url))
        return f"{parts.scheme}://{self.addresses.public(parts.netloc)}{parts.path}"

    def _parts(self, key_id: str) -> tuple[str, str, str]:
        """Host, name and version ("") of a key."""
        parts = urlsplit(self._public(key_id))
        name, _slash, version = parts.path.removeprefix("/keys/").partition("/")
        return parts.netloc, name.lower(), version
