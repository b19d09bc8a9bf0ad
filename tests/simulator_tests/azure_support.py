# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain HTTP client of the simulated Azure, and the playbook that a start prints."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from simulator import Simulator

API = "7.4"


def encoded(data: bytes) -> str:
    """Base64url without padding, as the vaults have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def printed_playbook(directory: Path) -> Iterator[list[dict[str, Any]]]:
    """The plays that `python -m simulator` prints, while it runs."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "simulator", "--directory", str(directory), "--end-with-parent"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = ""
        try:
            while "Or the connection by the environment" not in printed:
                line = process.stdout.readline()
                assert line, printed
                printed += line
            yield yaml.safe_load(printed.partition("A playbook for it:\n")[2].partition("Or the connection")[0])
        finally:
            process.terminate()


@dataclass
class AzureApi:
    """Azure as an application sees it."""

    sim: Simulator
    token: str | None = None
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def __enter__(self) -> AzureApi:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.session.close()

    def send(self, method: str, url: str, *, host: str | None = None, **more: Any) -> requests.Response:
        """A request, with the token, if the client has one. `host` replaces the host of the URL in the Host header."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if host is not None:
            headers["Host"] = host
        return self.session.request(
            method, url, headers=headers, verify=self.sim.azure.ca_path, timeout=20, allow_redirects=False, **more
        )

    def get(self, url: str, api: str | None = API, **query: Any) -> requests.Response:
        """GET of a vault."""
        return self.send("GET", url, params=query | ({} if api is None else {"api-version": api}))

    def login(self, tenant: str | None = None, **form: Any) -> requests.Response:
        """POST of the login; a field that is None is left out."""
        side = self.sim.azure
        given = {
            "grant_type": "client_credentials",
            "client_id": side.client_id,
            "client_secret": "right",
            "scope": "https://localhost/.default",
        } | form
        data = {name: value for name, value in given.items() if value is not None}
        return self.session.post(
            f"{side.login_url}/{tenant or side.tenant_id}/oauth2/v2.0/token",
            data=data,
            verify=side.ca_path,
            timeout=20,
            allow_redirects=False,
        )

    def log_in(self, tenant: str | None = None, **form: Any) -> None:
        """Log in, which must succeed; later requests have the token."""
        response = self.login(tenant, **form)
        assert response.status_code == 200, response.text
        self.token = response.json()["access_token"]

    def read(self, url: str, **query: Any) -> dict[str, Any]:
        """GET that must succeed."""
        if self.token is None:
            self.log_in()
        response = self.get(url, **query)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def operate(self, url: str, operation: str, value: bytes, algorithm: str = "RSA-OAEP-256") -> requests.Response:
        """wrapkey, unwrapkey, encrypt or decrypt with a key."""
        if self.token is None:
            self.log_in()
        return self.send(
            "POST", f"{url}/{operation}", params={"api-version": API}, json={"alg": algorithm, "value": encoded(value)}
        )

    def code(self, response: requests.Response) -> tuple[int, str, str | None]:
        """Status, code and inner code of an error of a vault."""
        error = response.json()["error"]
        assert error["message"]
        return response.status_code, error["code"], error.get("innererror", {}).get("code")

    def refusal(self, **form: Any) -> tuple[int, str, list[int]]:
        """Status, error and codes of a login that must be refused."""
        response = self.login(**form)
        content = response.json()
        return response.status_code, content["error"], content["error_codes"]
