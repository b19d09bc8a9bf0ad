# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one server: what a task and its environment define, and what the requests need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """How to reach one server and authenticate to it. timeout: seconds for one request.

    proxy: the URL of a proxy that is used whatever the environment says. ca_option: the option that set ca_path.
    mask: removes secrets from the server's texts.
    """

    hostname: str
    port: int
    https: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    cert_filepath: str | None = None
    key_filepath: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: int = 60
    max_retries: int = 3
    proxy: str | None = field(default=None, repr=False)
    ca_option: str = "ca_path"
    mask: Callable[[str], str] = field(default=str, repr=False, compare=False)

    @property
    def base_url(self) -> str:
        """The URL of the cluster without a path."""
        host = f"[{self.hostname.replace('%', '%25')}]" if ":" in self.hostname else self.hostname
        return f"{'https' if self.https else 'http'}://{host}:{self.port}"
