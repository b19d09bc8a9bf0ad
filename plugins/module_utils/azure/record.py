# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks about Azure, and what was found: the data that the requests and the evaluation share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection

if TYPE_CHECKING:
    from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import ClientCertificate

LOGIN, CERTIFICATE, VAULT, KEY, OPERATIONS, CONNECTION = (
    "login",
    "certificate",
    "vault",
    "key",
    "operations",
    "connection",
)
#: The checks that a task may request.
CHECKS = (LOGIN, KEY, OPERATIONS)
#: The rights that ONTAP needs, by their names in Key Vault; get reads the key.
RIGHTS = ("get", "wrapKey", "unwrapKey", "encrypt", "decrypt")
_HTTPS = 443


class Host(NamedTuple):
    """A host and its port. name: without brackets for an IPv6 address."""

    name: str
    port: int = _HTTPS

    @property
    def text(self) -> str:
        """The host as in a URL, without the default port."""
        shown = f"[{self.name}]" if ":" in self.name else self.name
        return shown if self.port == _HTTPS else f"{shown}:{self.port}"


@dataclass(frozen=True)
class Question:
    """The validated options of a task.

    reach: how to reach both servers, without their names. other_vault: C(name), if it is not the vault of the key.
    """

    vault: Host
    key: str
    version: str | None
    client_id: str
    tenant_id: str
    oauth_host: Host
    reach: Connection
    secret: str | None = field(default=None, repr=False)
    certificate: ClientCertificate | None = field(default=None, repr=False)
    checks: Sequence[str] = CHECKS
    versions: bool = False
    warn_days: int = 30
    other_vault: str | None = None

    @property
    def key_id(self) -> str:
        """The identifier of the key that the task names."""
        return "/".join(["https:/", self.vault.text, "keys", self.key, *([self.version] if self.version else [])])


class Refusal(NamedTuple):
    """Why something was not done. decided: Azure refused; if false, Azure could not be reached from here.

    code: Azure's. reason: an entry of the catalogue that is more precise than the code. operation: the right that was
    tested.
    """

    check: str
    message: str
    code: str | None = None
    decided: bool = False
    reason: str | None = None
    operation: str | None = None
    status: int | None = None


@dataclass
class Record:
    """The results of the requests. key: the version in use; newest: the newest version.

    Both are as Key Vault returns them; None if not known. passed: whether each right was granted, by its name.
    waited_for: the right that was tested again because it was refused at first; late: those that were then granted.
    """

    tenant_id: str | None = None
    resource: str | None = None
    logged_in: bool | None = None
    key: Mapping[str, Any] | None = None
    newest: Mapping[str, Any] | None = None
    versions: list[Mapping[str, Any]] | None = None
    passed: dict[str, bool] = field(default_factory=dict)
    waited_for: str | None = None
    late: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        """Add something that Azure refused, or that could not be checked."""
        self.refusals.append(refusal)
        if refusal.operation in RIGHTS and refusal.decided:
            self.passed[refusal.operation or ""] = False


def get_version(bundle: Mapping[str, Any] | None) -> str | None:
    """Return the version of a key as Key Vault returns it, None if it names none."""
    return _split_key_id(bundle)[1] or None


def get_name(bundle: Mapping[str, Any] | None) -> str:
    """Return the name of a key as Key Vault returns it, an empty text if it names none."""
    return _split_key_id(bundle)[0]


def _split_key_id(bundle: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the name and the version of an identifier with a version, empty texts for anything else."""
    steps = (get_key_id(bundle) or "").split("/")
    return (steps[4], steps[5]) if len(steps) == 6 and steps[3] == "keys" else ("", "")


def get_key_id(bundle: Mapping[str, Any] | None) -> str | None:
    """Return the identifier of a key as Key Vault returns it: of one version, or of an item in the list of versions."""
    if bundle is None:
        return None
    key = bundle.get("key")
    key_id = key.get("kid") if isinstance(key, dict) else bundle.get("kid")
    return key_id if isinstance(key_id, str) else None
