# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's own clients, set up for the simulated Azure."""

from __future__ import annotations

import base64
from typing import Any

from azure.identity import CertificateCredential, ClientSecretCredential
from azure.keyvault.keys import ApiVersion, KeyClient
from simulator_tests.support import pkcs12_base64

from simulator import Simulator

PKCS12 = pkcs12_base64()
Credential = ClientSecretCredential | CertificateCredential


def by_secret(sim: Simulator, secret: str = "right", **changes: Any) -> ClientSecretCredential:
    """The credential of an application with a secret."""
    side = sim.azure
    given = {"tenant_id": side.tenant_id, "client_id": side.client_id} | changes
    return ClientSecretCredential(
        given["tenant_id"],
        given["client_id"],
        secret,
        authority=side.login_url,
        disable_instance_discovery=True,
        connection_verify=side.ca_path,
        retry_total=0,
    )


def by_certificate(sim: Simulator, pkcs12: str = PKCS12) -> CertificateCredential:
    """The credential of an application with a certificate."""
    side = sim.azure
    return CertificateCredential(
        side.tenant_id,
        side.client_id,
        certificate_data=base64.b64decode(pkcs12),
        authority=side.login_url,
        disable_instance_discovery=True,
        connection_verify=side.ca_path,
        retry_total=0,
    )


def keys(sim: Simulator, credential: Credential, api_version: ApiVersion = ApiVersion.V7_4, **more: Any) -> KeyClient:
    """A client of vault1."""
    given = {"verify_challenge_resource": False, "connection_verify": sim.azure.ca_path, "retry_total": 0} | more
    return KeyClient(sim.azure.vault_url(), credential, api_version=api_version, **given)
