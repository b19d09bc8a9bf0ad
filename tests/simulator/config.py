# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a simulator starts, and the switches that the control interface turns while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from .releases import Release
from .temperaments import knobs_of, names_of

#: Knobs that have a list of values.
CHOICES: dict[str, tuple[Any, ...]] = {
    "error_status": (400, 409, 500),
    "cli_error_status": (400, 500),
    "completion": (None, "200 job", "201 job", "201 empty", "202 job"),
    "busy_code": (None, "7", "8", "262160", "2621573"),
    "busy_status": (400, 409, 429, 503),
    "failed_job_state": ("failure", "error", "cancelled", "expired"),
    "job_description": ("path", "query", "resource", "words", "none"),
    "status_error": (None, "65537549", "65537551", "65537552"),
    "status_error_scope": ("collection", "record"),
    "denial_code": ("6", "6691623"),
    "unknown_uuid_code": ("4", "8586226"),
    "not_configured_code": ("65537120", "65537511"),
}


@dataclass(frozen=True)
class Config:
    """What a simulator is started, or reset, with."""

    version: str = "9.11.1"
    #: Names, or dictionaries of `Svm` fields with a name.
    svms: Sequence[str | dict[str, Any]] = ()
    nodes: Sequence[str] = ("node1", "node2")
    username: str = "admin"
    password: str = "simulated-Password1"
    #: How long work that runs as a job takes.
    job_seconds: float = 0.2
    #: Seconds of a round trip between client and cluster, see the knob.
    latency: float = 0.0
    #: How many SVMs seed00001 ... are there with a configuration and an encrypted volume.
    seed: int = 0
    #: Names of temperaments (temperaments.py), with commas between them: knobs that are turned from the start.
    temperament: str = ""
    name: str = "simulated"
    tls: bool = True
    #: Where to listen: 127.0.0.1, ::1 or localhost; the server's certificate is good for all three.
    host: str = "127.0.0.1"
    port: int = 0
    #: Vaults of the simulated Azure that have a port of their own on this machine.
    azure_vaults: Sequence[str] = ("vault1", "vault2")
    #: Further names that the server's certificate is good for, for clients that come through a proxy.
    names: Sequence[str] = ()
    #: The server certificate names another host / ended yesterday.
    wrong_host_cert: bool = False
    expired_cert: bool = False
    #: The newest TLS version that the server speaks: "1.1" shows what a client does with too old a server.
    tls_maximum: str = "1.3"

    def __post_init__(self) -> None:
        Release.simulated(self.version)
        names_of(self.temperament)

    def knobs(self) -> Knobs:
        """The knobs as they are at the start."""
        knobs = Knobs(latency=self.latency)
        knobs.turn(knobs_of(names_of(self.temperament)))
        return knobs

    @property
    def release(self) -> Release:
        """The release as numbers."""
        return Release.parse(self.version)

    def changed(self, changes: dict[str, Any]) -> Config:
        """The same with some values changed; unknown names are errors."""
        return replace(self, **changes)


@dataclass
class Knobs:
    """Behaviour that differs between clusters or releases, or that only a broken or hostile one shows."""

    #: Answer `state.cluster_state` as the reference's overview does, instead of `state.available`.
    cluster_state_name: bool = False
    #: Leave `available` and `reachable` out where they are false, as the reference's examples do.
    omit_false: bool = False
    #: Report key ids with their version; None: from 9.14 on.
    key_versions: bool | None = None
    #: Status codes as strings; None: from 9.12 on.
    string_codes: bool | None = None
    #: Whether an enabled configuration can be disabled by its key store; None: from 9.17 on.
    keystore_disable: bool | None = None
    #: Whether a create is refused while volume keys of the SVM are on the admin SVM's key manager, as the reference has
    #: it.
    admin_keys_refuse_create: bool = True
    #: Whether the web services answer: REST, and ONTAPI (None: up to 9.12).
    rest: bool = True
    ontapi: bool | None = None
    #: ONTAPI: a command that fails is a failed call, not only an output that says so.
    ontapi_failed: bool = False
    #: PATCH runs as a job.
    async_patch: bool = False
    #: PATCH of the collection: whether the cluster has it, a count to answer in place of the right one, and
    #: (with async_patch) whether each record has a job of its own.
    collection_patch: bool = True
    collection_patch_count: int | None = None
    collection_patch_jobs: bool = False
    #: Pages without records before each page with records, and the most records that a page has.
    empty_pages: int = 0
    page_size: int | None = None
    #: Records show the write-only fields; error messages repeat the request's body.
    leak_secrets: bool = False
    echo_body: bool = False
    #: Seconds of a round trip between client and cluster. Each answer is held back for one; the first
    #: of a connection also for those of the handshakes before it: one for TCP, one for TLS (two up to TLS 1.2). What
    #: one connection waits for, no other does. Bandwidth and TCP's slow start are not modelled.
    latency: float = 0.0
    #: A user whose login failed this often (in a row) is locked.
    lockout_after: int | None = None
    #: Cluster properties that refuse a create or a delete.
    metrocluster: bool = False
    fips: bool = False
    nse_keys: int = 0
    nae_aggregates: int = 0
    #: Authentication keys on self-encrypting drives: "none", "assigned" or "unknown".
    drive_keys: str = "none"

    # Responses that the pages of the releases leave open, or that differ between them (README.md, "Responses by
    # release").

    #: HTTP status of an error of the work, and of one of the CLI passthrough.
    error_status: int = 400
    cli_error_status: int = 500
    #: Response to a re-key, restore or migration that ended within return_timeout: its status, and whether it names the
    #: job or has no body. "202 job": as if it had not ended. None: 200 with the job up to 9.13, 201 without a body from
    #: 9.14 on.
    completion: str | None = None
    #: Seconds after which a request is answered at the latest, however long its return_timeout is.
    longest_return_timeout: float = 120.0
    #: DELETE and POST of a configuration run as jobs (async_patch: PATCH); async_create None: from 9.15 on.
    async_delete: bool = False
    async_create: bool | None = None
    #: A 202 to PATCH and DELETE of a configuration or key store has no body, so that it does not name the job.
    unnamed_jobs: bool = False
    #: A 200 to the same has no body, instead of an empty object; a 201 to a creation has none, instead of the number of
    #: records.
    empty_success: bool = False
    empty_creation: bool = False
    #: Whether a response to a creation has the header Location.
    creation_location: bool = True
    #: Seconds after its creation from which on GET shows a configuration.
    creation_delay: float = 0.0
    #: The first request with each method to each path is refused with this code, and nothing is started.
    busy_code: str | None = None
    busy_status: int = 503
    #: The state of a job that failed.
    failed_job_state: str = "failure"
    #: Seconds that a job stays queued before its work begins, and that its record is kept after its end.
    queued_seconds: float = 0.0
    job_retention: float = 300.0
    #: Description of a job: method and path, with a query, without /api, as words, or none.
    job_description: str = "path"
    #: A GET that asks for advanced properties fails with this code, because of the configuration of one SVM (None: of
    #: any).
    status_error: str | None = None
    status_error_svm: str | None = None
    #: Whether the collection fails with it, or its record has no advanced properties; a GET of that record alone always
    #: fails.
    status_error_scope: str = "collection"
    #: Code of a refused right (6: with 403, else 400), of an unknown UUID (4: with 404, else 400), of an SVM without a
    #: configuration.
    denial_code: str = "6"
    unknown_uuid_code: str = "4"
    not_configured_code: str = "65537120"
    #: Commands of the CLI passthrough run as jobs, which are not waited for without return_timeout.
    cli_jobs: bool = False
    #: Whether jobs can be cancelled.
    jobs_cancellable: bool = True
    #: A filter that excludes the SVM of the tunneling headers is refused, instead of finding nothing.
    tunnel_refuses_filters: bool = True
    #: Whether a collection has num_records beside its records.
    record_count: bool = True
    #: Seed of the order in which a collection lists its records without order_by; None: the oldest first.
    record_order: int | None = None

    def turn(self, changes: dict[str, Any]) -> None:
        """Set some switches; unknown names and values are errors."""
        for name, value in changes.items():
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}, not {value!r}")
        set_fields(self, changes)


def set_fields(target: Any, changes: dict[str, Any]) -> None:
    """Set attributes of a dataclass instance, those that it has."""
    known = {item.name for item in fields(target)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        setattr(target, name, value)
