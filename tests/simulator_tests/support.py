# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain HTTP client of the simulator, and the bodies and certificates that the tests send."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from simulator import Simulator

VAULTS = "/api/security/azure-key-vaults"
JOBS = "/api/cluster/jobs"
STORES = "/api/security/key-stores"
MANAGERS = "/api/security/key-managers"
KEY = "https://vault1.vault.azure.net/keys/key1"
NEW_KEY = "https://vault1.vault.azure.net/keys/key2"


def body(svm: str | dict[str, str] | None = "svm1", **changes: Any) -> dict[str, Any]:
    """A POST body that is right; None takes a field out."""
    given: dict[str, Any] = {
        "svm": {"name": svm} if isinstance(svm, str) else svm,
        "client_id": "client1",
        "tenant_id": "tenant1",
        "name": "https://vault1.vault.azure.net/",
        "key_id": KEY,
        "client_secret": "Secret1",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def pkcs12_base64(
    *, size: int = 2048, starts: int = -1, ends: int = 30, digest: hashes.SHA224 | hashes.SHA256 | None = None
) -> str:
    """A self-signed certificate with its key as base64 PKCS#12; `starts` and `ends` in days from now."""
    key = rsa.generate_private_key(65537, size)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "application")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=starts))
        .not_valid_after(now + timedelta(days=ends))
        .sign(key, digest or hashes.SHA256())
    )
    der = pkcs12.serialize_key_and_certificates(b"application", key, certificate, None, NoEncryption())
    return base64.b64encode(der).decode()


@dataclass
class Api:
    """The API as an administrator sees it."""

    sim: Simulator
    accept: str = "application/json"
    #: Further headers of each request.
    headers: dict[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.auth = (self.sim.username, self.sim.password)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.session.close()

    def __call__(self, method: str, path: str, json: Any = None, **query: Any) -> requests.Response:
        """Send a request."""
        return self.session.request(
            method,
            self.sim.url + path,
            json=json,
            params={name.replace("__", "."): value for name, value in query.items()},
            headers={"Accept": self.accept, **self.headers},
            verify=self.sim.ca_path or True,
            timeout=20,
        )

    def get(self, path: str = VAULTS, **query: Any) -> dict[str, Any]:
        """GET that must succeed; a double underscore stands for a dot."""
        response = self("GET", path, **query)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def create(self, svm: str | None = "svm1", **changes: Any) -> str:
        """POST that must succeed, waited for where it runs as a job; gives the uuid."""
        response = self("POST", VAULTS, body(svm, **changes), return_timeout=10)
        assert response.status_code == 201, response.text
        return response.headers["Location"].rpartition("/")[2]

    def code(self, method: str, path: str, json: Any = None, **query: Any) -> str:
        """The code of a request that must fail."""
        response = self(method, path, json, **query)
        assert response.status_code >= 400, response.text
        error = response.json()["error"]
        assert isinstance(error["code"], str)
        assert error["message"]
        return str(error["code"])


def job_end(api: Api, uuid: str) -> dict[str, Any]:
    """The record of a job that has ended."""
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        record = api.get(f"{JOBS}/{uuid}")
        if "end_time" in record:
            return record
    raise AssertionError(f"still {record['state']}")


def left(sim: Simulator) -> str:
    """Who has a configuration: the number of an SVM, "c" for the cluster."""
    state = sim.control.state()
    owners = {**{name[-1]: svm for name, svm in state["svms"].items()}, "c": state["cluster"]}
    return "".join(name for name, owner in owners.items() if owner["configuration"])


def enabled(api: Api) -> list[str]:
    """The names of the enabled configurations of svm1 and svm2."""
    return [
        record["configuration"]["name"]
        for record in api.get(STORES, enabled="true", fields="configuration.name", order_by="svm.name")["records"]
    ]
