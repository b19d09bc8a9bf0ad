# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true in Azure, what a task asks, and what disturbs it: all from one seed."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from simulator_tests.support import pkcs12_base64

from chaos.schedule import Event, Fault
from simulator.azure_cloud.client import AzureSide

#: The secret of the application. It has no form that a message could hold by accident.
SECRET = "chaos-Secret~5c1d0f9e2b7a.of-the-application"
OLD, NEW, UNKNOWN = "1" * 32, "0" * 32, "f" * 32
_DAY = 86400
_NOW = int(time.time())
#: Seconds of one request, and between that limit and the arrival of a slow response.
TIMEOUT, LATE = 1, 0.3
#: Faults that take real time.
_SLOW = ("slow", "slow_after", "drip", "huge")


@functools.cache
def certificate() -> str:
    """Return the client certificate of these runs."""
    return pkcs12_base64(ends=400)


@functools.cache
def unknown_certificate() -> str:
    """Return a certificate that the application does not have."""
    return pkcs12_base64(ends=400)


#: What the login says to the credential -> whether it is right, changes to the application.
LOGINS: dict[str, dict[str, Any]] = {
    "right": {},
    "wrong": {"secrets": ["another"]},
    "expired": {"secrets": [{"value": SECRET, "expires_in": -60}]},
    "disabled": {"enabled": False},
    "blocked": {"refusal": 53003},
}
#: State of the key -> changes to its newest version.
KEYS: dict[str, dict[str, Any]] = {
    "good": {},
    "disabled": {"enabled": False},
    "expired": {"expires": _NOW - 100},
    "not yet valid": {"not_before": _NOW + _DAY},
    "expiring": {"expires": _NOW + 5 * _DAY + 100},
    "one way": {"operations": ["wrapKey", "encrypt"]},
    "elliptic": {"type": "EC"},
    "deleted": {"deleted": True},
}
RIGHTS: dict[str, tuple[str, ...]] = {
    "all": ("get", "list", "wrapKey", "unwrapKey", "encrypt", "decrypt"),
    "no list": ("get", "wrapKey", "unwrapKey", "encrypt", "decrypt"),
    "no unwrap": ("get", "wrapKey", "encrypt"),
    "no get": ("wrapKey", "unwrapKey", "encrypt", "decrypt"),
    "none": (),
}
#: Condition of the vault -> changes to it.
VAULTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rbac": {"rbac": True},
    "purgeable": {"recovery_level": "Recoverable+Purgeable"},
    "firewall": {"denies": "ForbiddenByFirewall"},
    "other tenant": {"tenant": "00000000-0000-0000-0000-000000000003"},
    "no resource": {"resource": ""},
    "other audience": {"resource": "https://management.azure.com"},
    "no challenge": {"challenge": "Basic realm=x"},
}


@dataclass(frozen=True)
class Truth:
    """What is true in Azure, by the names of the tables above."""

    login: str = "right"
    key: str = "good"
    rights: str = "all"
    vault: str = "plain"
    method: str = "secret"

    def prepare(self, side: AzureSide) -> None:
        """Let the simulated Azure be so."""
        control = side.control
        control.tenant(side.tenant_id)
        known = unknown_certificate() if self.login == "wrong" else certificate()
        control.application(
            side.client_id,
            tenants=[side.tenant_id],
            **{"secrets": [SECRET], "certificates": [known], **LOGINS[self.login]},
        )
        control.key("key1", version=OLD, created=_NOW - 2 * _DAY, updated=_NOW - 2 * _DAY)
        control.new_version("key1", version=NEW, created=_NOW - _DAY, updated=_NOW - _DAY)
        changes = KEYS[self.key]
        for version in (OLD, NEW) if changes and "deleted" not in changes else ():
            control.key("key1", version=version, **changes)
        if "deleted" in changes:
            control.key("key1", **changes)
        control.grant(side.client_id, RIGHTS[self.rights])
        control.vault(**VAULTS[self.vault])


@dataclass(frozen=True)
class Wish:
    """What a task asks. version: None for the newest."""

    version: str | None = None
    checks: tuple[str, ...] = ("login", "key", "operations")
    versions: bool = False

    def options(self, side: AzureSide, truth: Truth) -> dict[str, Any]:
        """Return the options of the task."""
        credential = {"client_secret": SECRET} if truth.method == "secret" else {"client_certificate": certificate()}
        return {
            "key_id": side.key_url(version=self.version),
            "client_id": side.client_id,
            "tenant_id": side.tenant_id,
            "oauth_host": side.login_host,
            "azure_ca_path": side.ca_path,
            "checks": list(self.checks),
            "versions": self.versions,
            **credential,
        }


@dataclass(frozen=True)
class AzureSchedule:
    """All settings of one run. events: "interrupt" or "drop connections", before the nth request."""

    seed: int
    truth: Truth
    wish: Wish
    faults: tuple[Fault, ...] = ()
    events: tuple[Event, ...] = ()
    max_retries: int = 2

    @property
    def timeout(self) -> int:
        """Seconds for a request. Only slow responses may depend on the speed of the machine."""
        return TIMEOUT if any(fault.kind in _SLOW for fault in self.faults) else 60

    @property
    def interrupted(self) -> bool:
        """Whether the run is to be stopped by a signal."""
        return any(event.kind == "interrupt" for event in self.events)


def azure_schedule(seed: int) -> AzureSchedule:
    """Return the schedule of a seed."""
    rng = random.Random(f"azure {seed}")  # noqa: S311 - it must be repeatable, not secret
    faults = tuple(_fault(rng) for _count in range(rng.choices((0, 1, 2, 3), (5, 50, 30, 15))[0]))
    events = []
    if rng.random() < 0.1:
        events.append(Event("interrupt", rng.randint(1, 8)))
    if rng.random() < 0.1:
        events.append(Event("drop connections", rng.randint(2, 7)))
    return AzureSchedule(seed, _truth(rng), _wish(rng), faults, tuple(events), rng.choice((0, 1, 2, 3)))


def _mostly(rng: random.Random, names: Iterable[str], share: float) -> str:
    """Return the first name with this probability, else any."""
    listed = list(names)
    return listed[0] if rng.random() < share else rng.choice(listed)


def _truth(rng: random.Random) -> Truth:
    return Truth(
        login=_mostly(rng, LOGINS, 0.8),
        key=_mostly(rng, KEYS, 0.6),
        rights=_mostly(rng, RIGHTS, 0.7),
        vault=_mostly(rng, VAULTS, 0.7),
        method=_mostly(rng, ("secret", "certificate"), 0.7),
    )


def _wish(rng: random.Random) -> Wish:
    checks = [name for name in ("login", "key", "operations") if rng.random() < 0.85] or ["operations"]
    return Wish(rng.choice((None, None, NEW, OLD, UNKNOWN)), tuple(checks), rng.random() < 0.25)


#: JSON that Azure does not return with 200. A false token or a false result of an operation would be a lie that no one
#: can detect.
_SHAPES: tuple[Any, ...] = (
    *(
        [1, 2],
        "text",
        5,
        None,
        {},
        {"value": 5},
        {"value": ""},
        {"value": "not base64url!"},
        {"key": {}},
        {"key": {"kid": 5, "kty": "RSA"}},
        {"key": [1]},
    ),
    *({"access_token": 5}, {"access_token": ""}, {"access_token": "two\nlines"}, {"access_token": "töken"}),
    *(
        {"error": "a text"},
        {"error": {"code": "ForbiddenByRbac", "message": f"made up, {SECRET}"}},
        {"nextLink": "https://elsewhere.example.com/"},
    ),
)
_PATHS = (
    None,
    None,
    "/token$",
    "^/keys/key1$",
    "^/keys/key1(/[0-9a-f]{32})?$",
    "/versions$",
    "/(wrapkey|encrypt)$",
    "/(unwrapkey|decrypt)$",
)


def _fault(rng: random.Random) -> Fault:
    make = rng.choices([maker for maker, _weight in _MAKERS], [weight for _maker, weight in _MAKERS])[0]
    kind, arguments = make(rng)
    times = rng.choices((1, 2, 3, None), (50, 20, 10, 20))[0]
    if kind in _SLOW:
        times = 1
    path = None if kind == "refuse" else rng.choice(_PATHS)
    return Fault(
        kind,
        nth=rng.randint(1, 7) if path is None else rng.choice((1, 1, 2)),
        times=times,
        path=path,
        arguments=arguments,
    )


Made = tuple[str, dict[str, Any]]
Maker = Callable[[random.Random], Made]


def _plain(kind: str, **arguments: Any) -> Maker:
    return lambda _rng: (kind, arguments)


def _slow(rng: random.Random) -> Made:
    return rng.choice(("slow", "slow_after")), {"seconds": rng.choice((TIMEOUT + LATE, 0.05))}


def _drip(rng: random.Random) -> Made:
    return "drip", rng.choice(({"seconds": 0.3, "chunk": 1}, {"seconds": 0.02, "chunk": 100}))


def _passing(rng: random.Random) -> Made:
    arguments: dict[str, Any] = {
        "status": rng.choice((429, 500, 502, 503, 504)),
        "body": rng.choice(("json", "html", "empty")),
    }
    if rng.random() < 0.4:
        arguments["retry_after"] = rng.choice((0, 1, 4, 400, "soon", formatdate(1_700_000_000, usegmt=True)))
    return rng.choice(("status", "status_after")), arguments


def _final(rng: random.Random) -> Made:
    """Return a refusal by something that is not Azure: its body is not JSON."""
    return "status", {"status": rng.choice((400, 401, 403, 404, 407, 410, 451)), "body": rng.choice(("html", "empty"))}


def _empty(rng: random.Random) -> Made:
    return rng.choice(("status", "status_after")), {
        "status": rng.choice((200, 204)),
        "body": rng.choice(("empty", "html")),
    }


def _html(rng: random.Random) -> Made:
    return "html", {"status": rng.choice((200, 200, 403, 503))}


def _redirect(rng: random.Random) -> Made:
    return "redirect", {"location": "https://login.example.com/", "status": rng.choice((301, 302, 307, 308))}


def _shape(rng: random.Random) -> Made:
    return "wrong_shape", {"body": rng.choice(_SHAPES), "status": 200, "before": rng.random() < 0.5}


_MAKERS: tuple[tuple[Maker, int], ...] = (
    (_plain("refuse"), 6),
    (_plain("drop_before"), 10),
    (_plain("drop_after"), 8),
    (_plain("drop_during"), 8),
    (_plain("cut_json"), 10),
    (_plain("huge", bytes=40_000_000), 1),
    (_slow, 2),
    (_drip, 2),
    (_passing, 20),
    (_final, 10),
    (_empty, 5),
    (_html, 8),
    (_redirect, 8),
    (_shape, 16),
)
