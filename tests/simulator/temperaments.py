# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temperaments: named values of knobs, each one way in which a real cluster may respond if it is not documented."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Where a temperament comes from.
DOCUMENTED, ASSUMPTION = "documented", "assumption"


@dataclass(frozen=True)
class Temperament:
    """One temperament. since, until: the releases whose behaviour it changes (until: the first one that it does
    not).
    """

    meaning: str
    knobs: Mapping[str, Any]
    source: str = ASSUMPTION
    since: str = "9.8"
    until: str | None = None


def _documented(meaning: str, since: str = "9.8", **knobs: Any) -> Temperament:
    return Temperament(meaning, knobs, DOCUMENTED, since)


def _assumed(meaning: str, since: str = "9.8", until: str | None = None, **knobs: Any) -> Temperament:
    return Temperament(meaning, knobs, ASSUMPTION, since, until)


TEMPERAMENTS: dict[str, Temperament] = {
    "error-409": _assumed("Errors of the work have HTTP status 409.", error_status=409),
    "error-500": _assumed("Errors of the work have HTTP status 500.", error_status=500),
    "passthrough-400": _assumed("Errors of the CLI passthrough have HTTP status 400.", cli_error_status=400),
    "passthrough-job": _documented(
        "A command of the CLI passthrough runs as a job; the response is 202 with the job.", cli_jobs=True
    ),
    "completion-200-job": _assumed(
        "If a re-key, restore or migration ends in time, the response is 200 with the job, in later releases too.",
        "9.14",
        completion="200 job",
    ),
    "completion-201-job": _documented(
        "If a re-key, restore or migration ends in time, the response is 201 with the job.", completion="201 job"
    ),
    "completion-201-empty": _documented(
        "If a re-key, restore or migration ends in time, the response is 201 without a body.", completion="201 empty"
    ),
    "completion-202-job": _documented(
        "The response to a re-key, restore or migration is always 202 with the job.", completion="202 job"
    ),
    "creation-empty": _documented(
        "The response to a creation is 201 with Location and without a body.", empty_creation=True
    ),
    "creation-unlocated": _assumed("The response to a creation is 201 without Location.", creation_location=False),
    "creation-bare": _assumed(
        "The response to a creation is 201 without a body and without Location.",
        empty_creation=True,
        creation_location=False,
    ),
    "creation-job": _documented("The response to a creation is 202 with a job and Location.", async_create=True),
    "update-job": _documented("PATCH runs as a job; the response is 202 with the job.", async_patch=True),
    "update-accepted": _documented(
        "PATCH runs as a job; the response is 202 without a body.", async_patch=True, unnamed_jobs=True
    ),
    "deletion-job": _documented("DELETE runs as a job; the response is 202 with the job.", async_delete=True),
    "deletion-accepted": _documented(
        "DELETE runs as a job; the response is 202 without a body.", async_delete=True, unnamed_jobs=True
    ),
    "success-empty": _documented("The response to PATCH and DELETE is 200 without a body.", empty_success=True),
    "busy-7-429": _documented("The first request of each kind gets code 7 with 429.", busy_code="7", busy_status=429),
    "busy-7-503": _documented("The first request of each kind gets code 7 with 503.", busy_code="7", busy_status=503),
    "busy-8-409": _documented("The first request of each kind gets code 8 with 409.", busy_code="8", busy_status=409),
    "busy-8-503": _documented("The first request of each kind gets code 8 with 503.", busy_code="8", busy_status=503),
    "busy-262160": _documented(
        "The first request of each kind gets code 262160 with 429.", busy_code="262160", busy_status=429
    ),
    "svm-locked-400": _assumed(
        "The first request of each kind gets the code of a locked SVM (2621573) with 400.",
        busy_code="2621573",
        busy_status=400,
    ),
    "svm-locked-409": _assumed(
        "The first request of each kind gets the code of a locked SVM (2621573) with 409.",
        busy_code="2621573",
        busy_status=409,
    ),
    "failed-job-error": _documented("A job that failed has the state error.", failed_job_state="error"),
    "failed-job-cancelled": _documented("A job that failed has the state cancelled.", failed_job_state="cancelled"),
    "failed-job-expired": _documented("A job that failed has the state expired.", failed_job_state="expired"),
    "jobs-queued": _assumed("Jobs stay queued for 20 s.", queued_seconds=20.0),
    "jobs-gone": _assumed("The record of a job is deleted as soon as the job has ended.", job_retention=0.0),
    "job-query": _assumed("The description of a job also contains the query of the request.", job_description="query"),
    "job-resource": _assumed("The description of a job contains the path without /api.", job_description="resource"),
    "job-words": _assumed("The description of a job does not name the request.", job_description="words"),
    "job-undescribed": _assumed("A job has no description.", job_description="none"),
    "status-error-all": _documented(
        "Reading the collection fails if a status cannot be read (65537549).", status_error="65537549"
    ),
    "status-error-one": _documented(
        "A record has no advanced properties if its status cannot be read (65537551).",
        status_error="65537551",
        status_error_scope="record",
    ),
    "status-error-ekmip": _documented(
        "Reading the collection fails if a status cannot be read (65537552).", status_error="65537552"
    ),
    "denial-400": _documented("A missing right is reported with 400 and 6691623.", denial_code="6691623"),
    "unknown-uuid-400": _documented("An unknown UUID is reported with 400 and 8586226.", unknown_uuid_code="8586226"),
    "not-configured-65537511": _documented(
        "An SVM without a configuration is reported with 65537511.", not_configured_code="65537511"
    ),
    "creation-late": _assumed("A new configuration is shown only after 2 s.", creation_delay=2.0),
    "uncounted": _assumed("A collection has no num_records.", record_count=False),
    "unordered": _assumed("A collection lists its records in any order.", record_order=14),
    "paged": _documented(
        "A page holds one record, and a page without records comes before it.", page_size=1, empty_pages=1
    ),
    "false-omitted": _assumed("available and reachable are omitted if they are false.", omit_false=True),
    "codes-text": _documented("The code of a status is a text.", string_codes=True),
    "codes-number": _assumed(
        "The code of a status is a number in later releases too.", since="9.12", string_codes=False
    ),
    "key-versioned": _documented("key_id is shown with its version.", key_versions=True),
    "key-unversioned": _assumed(
        "key_id is shown without its version in later releases too.", since="9.14", key_versions=False
    ),
    "jobs-not-cancellable": _assumed("A job cannot be cancelled (458784).", jobs_cancellable=False),
    "tunnel-finds-nothing": _assumed(
        "A filter on an SVM other than that of the tunneling headers finds nothing; the response is not 400.",
        tunnel_refuses_filters=False,
    ),
    "cluster-state": _documented("state.available is called state.cluster_state.", cluster_state_name=True),
}


def names_of(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list. Raises ValueError for an unknown one."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in TEMPERAMENTS]
    if unknown:
        raise ValueError(f"unknown temperament {', '.join(unknown)}; known: {', '.join(TEMPERAMENTS)}")
    return names


def knobs_of(names: Iterable[str]) -> dict[str, Any]:
    """Return the knobs of some temperaments; the last one takes precedence."""
    knobs: dict[str, Any] = {}
    for name in names:
        knobs |= TEMPERAMENTS[name].knobs
    return knobs


def combination(rng: random.Random, most: int = 5) -> tuple[str, ...]:
    """Return some temperaments that do not set a knob of each other."""
    chosen: list[str] = []
    turned: set[str] = set()
    for name in rng.sample(list(TEMPERAMENTS), len(TEMPERAMENTS)):
        knobs = set(TEMPERAMENTS[name].knobs)
        if knobs & turned or len(chosen) == most:
            continue
        chosen.append(name)
        turned |= knobs
    return tuple(sorted(chosen))
