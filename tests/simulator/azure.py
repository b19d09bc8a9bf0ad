# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure side: what it accepts decides reachability and whether rekey, restore and new secrets work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Credential:
    """What a configuration shows to Azure."""

    client_id: str
    secret: str | None
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
    """None stands for "anything is accepted"."""

    reachable: bool = True
    #: Why it is not reachable.
    message: str = "The request timed out"
    vaults: Sequence[str] | None = None
    #: Valid secrets by client id.
    secrets: dict[str, list[str]] | None = None
    #: SHA-256 (hex) of the DER of accepted PKCS#12 certificates.
    certificates: Sequence[str] | None = None
    #: Key ids that exist; one without a version stands for all of its versions.
    keys: Sequence[str] | None = None

    def refuses(self, credential: Credential, now: float) -> str | None:
        """Why Azure does not accept the credential, or None."""
        if credential.fingerprint is not None:
            return self._refuses_certificate(credential, now)
        if self.secrets is None or credential.secret in self.secrets.get(credential.client_id, []):
            return None
        return f'The client secret of application "{credential.client_id}" is not valid or has expired'

    def _refuses_certificate(self, credential: Credential, now: float) -> str | None:
        if credential.expires is not None and credential.expires < now:
            return f'The client certificate of application "{credential.client_id}" has expired'
        if self.certificates is None or credential.fingerprint in self.certificates:
            return None
        return f'The client certificate of application "{credential.client_id}" is not registered'

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
        if self.vaults is not None and address(name) not in {address(vault) for vault in self.vaults}:
            return f'The key vault "{name}" was not found'
        return None

    def keeps(self, key_id: str) -> bool:
        """Whether Azure has the key."""
        if self.keys is None:
            return True
        known = {address(key) for key in self.keys}
        if address(key_id) in known or address(without_version(key_id)) in known:
            return True
        return "/" not in key_id.partition("/keys/")[2].strip("/") and any(without_version(key) == address(key_id) for key in known)
