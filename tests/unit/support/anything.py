# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategies of hypothesis: any JSON, and configurations that are valid or nearly valid."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from ansible_collections.ontap.akv.tests.unit.support.records import (
    KEY,
    NO_VOLUMES,
    PATH,
    VAULT,
    VERSION,
    record,
    svm_uuid_of,
    uuid_of,
)

#: With lone surrogates, which JSON can express.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
_ODD = st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 1e308, 10**400, ""])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, _ODD)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)

_STATES = st.fixed_dictionaries(
    {},
    optional={
        "available": st.booleans(),
        "cluster_state": st.booleans(),
        "reachable": st.booleans(),
        "code": st.sampled_from([0, "0", 346758, "346758", "none"]),
        "message": st.sampled_from(["", NO_VOLUMES]) | st.text(max_size=20),
        "node": st.fixed_dictionaries({}, optional={"name": st.text(max_size=5), "uuid": st.just(uuid_of(3))}),
    },
)
_NEARLY: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.sampled_from([uuid_of(1), uuid_of(2), uuid_of(1).upper()]),
    "scope": st.sampled_from(["svm", "cluster"]),
    "svm": st.sampled_from([{"uuid": svm_uuid_of(1), "name": "svm1"}, {"uuid": svm_uuid_of(2), "name": "svm2"}]),
    "name": st.sampled_from([VAULT, VAULT.upper()]),
    "client_id": st.sampled_from([record()["client_id"], ""]),
    "tenant_id": st.just(record()["tenant_id"]),
    "key_id": st.sampled_from([KEY, f"{KEY}/{VERSION}", f"{KEY}x"]),
    "authentication_method": st.sampled_from(["client_secret", "certificate"]),
    "proxy_type": st.sampled_from(["http", "https", ""]),
    "proxy_host": st.sampled_from(["proxy.example.com", ""]),
    "proxy_port": st.sampled_from([8080, "8080", 0, ""]),
    "client_secret": st.just("never returned"),
    "state": _STATES,
    "azure_reachability": _STATES,
    "ekmip_reachability": st.lists(_STATES, max_size=2),
    "_links": st.just({"self": {"href": f"{PATH}/{uuid_of(1)}"}}),
}
#: Records as ONTAP could send them, with further properties of any kind.
_UNKNOWN = st.dictionaries(
    st.text("abcdefgh_", min_size=3, max_size=12),
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()),
    max_size=3,
)
GOOD_RECORDS = st.builds(
    lambda unknown, known: {**unknown, **known},
    _UNKNOWN,
    st.fixed_dictionaries(
        {
            "uuid": st.just(uuid_of(1)),
            "scope": st.just("svm"),
            "svm": st.just({"uuid": svm_uuid_of(1), "name": "svm1"}),
        },
        optional={name: strategy for name, strategy in _NEARLY.items() if name not in ("uuid", "scope", "svm")},
    ),
)
#: Records in which some properties are missing or have any value.
RECORDS = st.one_of(
    st.builds(
        lambda good, odd, state: {**good, **odd, **state},
        GOOD_RECORDS,
        st.dictionaries(st.sampled_from(list(_NEARLY)), ANY_JSON, max_size=2),
        st.fixed_dictionaries(
            {},
            optional={
                "state": st.dictionaries(st.sampled_from(["available", "cluster_state", "code", "message"]), ANY_JSON)
            },
        ),
    ),
    st.fixed_dictionaries({}, optional=_NEARLY),
)
_LINKS = st.fixed_dictionaries(
    {}, optional={"next": ANY_JSON | st.fixed_dictionaries({"href": ANY_JSON | st.just(f"{PATH}?start=1")})}
)
PAGES = st.fixed_dictionaries(
    {"records": st.lists(RECORDS, max_size=3)}, optional={"num_records": st.integers(0, 3), "_links": ANY_JSON | _LINKS}
)
_JOBS = st.fixed_dictionaries({"job": ANY_JSON | st.fixed_dictionaries({"uuid": ANY_JSON | st.just(uuid_of(7))})})
_JOB = st.fixed_dictionaries(
    {"state": ANY_JSON | st.sampled_from(["success", "failure", "running"])},
    optional={"error": ANY_JSON, "message": ANY_JSON},
)
_ERRORS = st.fixed_dictionaries(
    {"error": ANY_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("code", "message", "target"), ANY_JSON))}
)
BODIES = st.one_of(PAGES, PAGES, PAGES, ANY_JSON, _ERRORS)
#: Status and body of the response to a write or to a poll of a job.
ANSWERS = st.tuples(
    st.sampled_from([200, 201, 202, 400, 404, 409, 500, 503]), st.one_of(_JOBS, _JOB, _ERRORS, PAGES, ANY_JSON)
)

UUIDS = st.sampled_from([record()["client_id"], record()["client_id"].upper(), record()["tenant_id"], "an application"])
_PORTS = st.sampled_from(["", "1", "8080", "65535"])
#: Options of a task for azure_key_vault that describe a configuration of the vault of record().
WISHES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(
        [VAULT, VAULT.removesuffix("/"), VAULT.upper().removesuffix("/"), f"{VAULT.removesuffix('/')}:443/"]
    ),
    "client_id": UUIDS,
    "tenant_id": UUIDS,
    "key_id": st.sampled_from(
        [KEY, f"{KEY}/", f"{KEY}/{VERSION}", f"{KEY}2", f"{KEY}2/{VERSION}", KEY.replace("kmip", "KMIP")]
    ),
    "client_secret": st.sampled_from(["secret-1", "secret-2"]),
    "proxy_type": st.sampled_from(["http", "https", ""]),
    "proxy_host": st.sampled_from(["proxy.example.com", "10.1.1.1", ""]),
    "proxy_port": _PORTS,
    "proxy_username": st.sampled_from(["somebody", ""]),
    "proxy_password": st.sampled_from(["password-1", ""]),
    "update_credentials": st.sampled_from(["on_create", "always", "when_unreachable"]),
}
#: The current configuration of a cluster: record() with some of these added or replaced.
HAD: dict[str, st.SearchStrategy[Any]] = {
    "client_id": UUIDS,
    "tenant_id": UUIDS,
    "key_id": st.sampled_from([KEY, f"{KEY}/{VERSION}", f"{KEY}2"]),
    "authentication_method": st.sampled_from(["client_secret", "certificate", None]),
    "proxy_type": st.sampled_from(["http", "https"]),
    "proxy_host": st.sampled_from(["proxy.example.com", "10.1.1.1", ""]),
    "proxy_port": st.sampled_from([0, 1, 8080]),
    "proxy_username": st.sampled_from(["somebody", ""]),
    "azure_reachability": st.sampled_from(
        [{"reachable": True}, {"reachable": False, "code": 1}, {"code": 0}, {"code": 5}, {}, None]
    ),
}
