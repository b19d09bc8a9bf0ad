# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request to Azure, and JSON responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..delivery import Answer


@dataclass(frozen=True)
class Request:
    """One request. `host` is the Host header; names of `headers` are in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """Where the client sees this service, without a path."""
        return f"https://{self.host}"


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A JSON response with the headers of Azure's services."""
    always = {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store, no-cache",
        "pragma": "no-cache",
        "strict-transport-security": "max-age=31536000;includeSubDomains",
        "x-content-type-options": "nosniff",
    }
    return Answer(status, always | (headers or {}), json.dumps(content).encode())
