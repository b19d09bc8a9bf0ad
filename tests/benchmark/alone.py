# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator by itself: how fast it answers the barest client, so that one sees that it is not the limit."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from simulator import Control
from tooling.running import Failure

from .callbacks.stopwatch import cpu_seconds
from .cases import Case, load
from .clusters import Cluster

_COLLECTION = "/api/security/azure-key-vaults"
_REQUESTS = 500
_THREADS = 10


@dataclass(frozen=True)
class Alone:
    """One way to ask. seconds: for a request. busy: seconds of CPU of the simulator for a request. rate: requests in
    a second.
    """

    what: str
    seconds: float
    busy: float

    @property
    def rate(self) -> float:
        return 1 / self.seconds


def measure(cluster: Cluster) -> list[Alone]:
    """Ask in several ways, by http.client and TLS, without network latency."""
    context = ssl.create_default_context(cafile=cluster.ca_path)
    one = f"{_COLLECTION}?fields=*&svm.name=seed00001"
    hundred = f"{_COLLECTION}?fields=*&svm.name=" + "%7C".join(load("nothing-100").svms)
    asked = [
        (
            "one record, one kept-alive connection",
            "nothing-100",
            lambda: _loop(cluster, context, one, _REQUESTS),
            _REQUESTS,
        ),
        (
            f"one record, {_THREADS} kept-alive connections at a time",
            "nothing-100",
            lambda: _threads(cluster, context, one),
            _REQUESTS * _THREADS,
        ),
        (
            "one record, a new connection for each request",
            "nothing-100",
            lambda: _new_connections(cluster, context, one),
            _REQUESTS // 5,
        ),
        (
            "100 records by SVM name, out of 500",
            "restore",
            lambda: _loop(cluster, context, hundred, _REQUESTS),
            _REQUESTS,
        ),
        (
            "10,000 records in one response",
            "info",
            lambda: _loop(cluster, context, f"{_COLLECTION}?fields=*&max_records=10000", 5),
            5,
        ),
    ]
    return [_timed(what, load(case), cluster, ask, number) for what, case, ask, number in asked]


def _timed(what: str, case: Case, cluster: Cluster, ask: Callable[[], None], number: int) -> Alone:
    control = Control(cluster.control_url)
    for command, arguments in case.before(0.0):
        control.call(command, **arguments)
    control.close()
    busy, start = cpu_seconds(cluster.pid), time.perf_counter()
    ask()
    seconds, busy = time.perf_counter() - start, cpu_seconds(cluster.pid) - busy
    return Alone(what, seconds / number, busy / number)


def _loop(cluster: Cluster, context: ssl.SSLContext, path: str, number: int) -> None:
    """So many requests on one connection."""
    connection = http.client.HTTPSConnection(cluster.hostname, cluster.port, context=context, timeout=60)
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"{cluster.username}:{cluster.password}".encode()).decode(),
        "Accept": "application/json",
    }
    for _request in range(number):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        if answer.status != 200 or not content["num_records"]:
            raise Failure(f"the simulator answered {answer.status} to {path}")
    connection.close()


def _threads(cluster: Cluster, context: ssl.SSLContext, path: str) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        for asking in [pool.submit(_loop, cluster, context, path, _REQUESTS) for _thread in range(_THREADS)]:
            asking.result()


def _new_connections(cluster: Cluster, context: ssl.SSLContext, path: str) -> None:
    for _connection in range(_REQUESTS // 5):
        _loop(cluster, context, path, 1)
