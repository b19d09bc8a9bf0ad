# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures akv_azure_info: requests, connections and time of one check, next to one azure_key_vault task."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from demo.__main__ import simulated_ontap
from demo.credentials import write_certificate

from simulator import Control
from tooling.running import Failure, say

from . import machine
from .clusters import Cluster
from .figures import duration, number, times
from .playbook import Ansible
from .report import HEADER, table
from .targets import Target

#: The task that the others are compared with.
TASK = "`azure_key_vault`, one SVM, nothing to do"
SECRET, CERTIFICATE = "`akv_azure_info`, client secret", "`akv_azure_info`, client certificate"
PLAIN = "`akv_azure_info`, client secret, plain module"
VERSIONS = "`akv_azure_info`, a version that is not the newest"
LOGIN = "`akv_azure_info`, the login alone"
_VALUE, _OLD = "benchmark-Secret~1.of-the-application", "1" * 32
_MOST_REQUESTS, _MOST_CONNECTIONS, _MOST_LOGINS, _MOST_TIMES = 7, 2, 1, 3.0


@dataclass(frozen=True)
class Figures:
    """What came out for one way. seconds: of each round. The rest is that of one run, on ONTAP and Azure together."""

    seconds: Sequence[float]
    requests: int
    connections: int
    logins: int


def measure(collections: Path, folder: Path, rounds: int) -> dict[str, Figures]:
    """Return the figures of each way."""
    with simulated_ontap(folder) as about:
        control = Control(about["control_url"])
        certificate = folder / "application.p12"
        write_certificate(certificate)
        _prepare(control, about, certificate)
        tasks = _tasks(about, certificate)
        ansible = Ansible(collections, folder)
        cluster = Cluster(
            **{
                name: about[name]
                for name in ("hostname", "port", "username", "password", "ca_path", "control_url", "pid")
            }
        )
        seconds = _seconds(ansible, cluster, tasks, rounds)
        found = {
            title: Figures(seconds[title], *_counts(ansible, cluster, control, title, task))
            for title, task in tasks.items()
        }
        control.close()
    for title, figures in found.items():
        say(
            f"  {title}: {duration(median(figures.seconds))}, {figures.requests} requests on {figures.connections}"
            " connections"
        )
    return found


def _prepare(control: Control, about: Mapping[str, Any], certificate: Path) -> None:
    """Let Azure know the application and a key with two versions, and give one SVM a configuration."""
    known = base64.b64encode(certificate.read_bytes()).decode()
    control.call("azure/application", client_id=about["azure_client_id"], secrets=[_VALUE], certificates=[known])
    control.call("azure/key", name="key1", version=_OLD)
    control.call("azure/new_version", name="key1")
    control.put_record("svm1", **_described(about), client_secret=_VALUE)


def _described(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": about["azure_vault_url"],
        "key_id": about["azure_key_id"],
        "client_id": about["azure_client_id"],
        "tenant_id": about["azure_tenant_id"],
    }


def _tasks(about: Mapping[str, Any], certificate: Path) -> dict[str, dict[str, Any]]:
    """Return the task of each way; an assertion of its own follows each."""
    way = {"oauth_host": about["azure_login_host"], "azure_ca_path": about["azure_ca_path"]}
    common = {name: value for name, value in _described(about).items() if name != "name"} | way
    by_secret = {**common, "client_secret": _VALUE}
    options = {
        SECRET: by_secret,
        CERTIFICATE: {**common, "client_certificate_path": str(certificate)},
        VERSIONS: {**by_secret, "key_id": f"{about['azure_key_id']}/{_OLD}"},
        LOGIN: {**by_secret, "checks": ["login"]},
        PLAIN: by_secret,
    }
    checks = {
        title: {"ontap.akv.akv_azure_info": given, "register": "done", "failed_when": "done.usable is not true"}
        for title, given in options.items()
    }
    checks[PLAIN]["vars"] = {"ontap_akv_in_process": False}
    vault = {"svm": "svm1", **_described(about), "client_secret": _VALUE, "update_credentials": "on_create"}
    return {TASK: {"ontap.akv.azure_key_vault": vault, "register": "done", "failed_when": "done is changed"}, **checks}


def _seconds(
    ansible: Ansible, cluster: Cluster, tasks: Mapping[str, Mapping[str, Any]], rounds: int
) -> dict[str, list[float]]:
    """Return the times of each way: one play, a round that warms up, then each way once a round, and each round in
    another order.
    """
    titles = list(tasks)
    turns = [
        (count, title)
        for count in range(rounds + 1)
        for title in [*titles[count % len(titles) :], *titles[: count % len(titles)]]
    ]
    plan: dict[str, dict[str, Any]] = {
        f"{title}, round {count}": {"measure": title if count else None, "times": 1, "before": []}
        for count, title in turns
    }
    # The time of a task ends at the start of the next one.
    last = {"name": "End", "ansible.builtin.meta": "noop"}
    lines = ansible.recorded(
        [*({"name": f"{title}, round {count}", **tasks[title]} for count, title in turns), last], plan, cluster
    )
    return {title: [line["seconds"] for line in lines if line["measure"] == title] for title in titles}


def _counts(
    ansible: Ansible, cluster: Cluster, control: Control, title: str, task: Mapping[str, Any]
) -> tuple[int, int, int]:
    """Return how many requests, connections and logins one run of a task takes."""
    control.call("clear_log")
    control.call("azure/clear_log")
    ansible.run([{"name": title, **task}], [cluster])
    asked, log = control.call("azure/log"), control.log()
    refused = [entry for entry in (*asked, *log) if entry["status"] >= 400]
    # The vault's challenge is the one response that is not 200.
    if len(refused) > 1 or any(entry["status"] != 401 for entry in refused) or not (asked or log):
        raise Failure(f"{title}: {refused or 'nothing was sent'}")
    logins = sum(entry["service"] == "login" for entry in asked)
    return (
        len(asked) + len(log),
        control.connections()["accepted"] + control.call("azure/connections")["accepted"],
        logins,
    )


def evaluate(found: Mapping[str, Figures]) -> list[Target]:
    """Return what is to be reached, decided by the figures."""
    checks = {title: figures for title, figures in found.items() if title != TASK}
    ratio = median(found[SECRET].seconds) / median(found[TASK].seconds)
    counted = (("requests", _MOST_REQUESTS), ("connections", _MOST_CONNECTIONS), ("logins", _MOST_LOGINS))
    most = {name: max(getattr(figures, name) for figures in checks.values()) for name, _limit in counted}
    return [
        *(
            Target(f"one check: {name}", f"at most {limit}", number(most[name]), most[name] <= limit)
            for name, limit in counted
        ),
        Target(f"{SECRET}, against {TASK}", f"at most {_MOST_TIMES:.0f} x", times(ratio), ratio <= _MOST_TIMES),
    ]


def page(found: Mapping[str, Figures], rounds: int, about: Mapping[str, str]) -> str:
    """Return the figures as a page of Markdown."""
    reference = median(found[TASK].seconds)
    rows = [
        (
            title,
            duration(median(each.seconds)),
            f"{duration(min(each.seconds))} to {duration(max(each.seconds))}",
            times(median(each.seconds) / reference),
            number(each.requests),
            number(each.connections),
            number(each.logins),
        )
        for title, each in found.items()
    ]
    head = ("", "median", "fastest to slowest", f"{TASK} is 1", "requests", "connections", "logins")
    targets = [(target.what, target.wanted, target.measured, target.word) for target in evaluate(found)]
    return (
        f"{HEADER}# One check in Azure\n\n`make bench ARGS=--azure` measured this in {rounds} rounds without network"
        " latency. Modules run in Ansible's own process, except in the last row. The\nsimulated ONTAP and Azure count"
        " requests and connections; the time includes their RSA operations. The real Azure is farther away: a"
        " check\ntakes two TLS handshakes and seven round trips, one after the other.\n\n"
        f"{table(('', 'target', 'measured', 'result'), targets)}\n{table(head, rows)}\n| | |\n| --- | --- |\n"
        + "".join(f"| {name} | {value} |\n" for name, value in about.items())
    )


def publish(collections: Path, folder: Path, target: Path, rounds: int) -> None:
    """Measure, and write the page and the raw figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**machine.machine(), **machine.versions(collections)}
    found = measure(collections, folder, rounds)
    target.mkdir(parents=True, exist_ok=True)
    (target / "azure.md").write_text(page(found, rounds, about), encoding="utf-8")
    data = {"rounds": rounds, "machine": about, "ways": {title: asdict(each) for title, each in found.items()}}
    (target / "azure.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for reached in evaluate(found):
        say(f"{reached.word.strip('*'):<13} {reached.what}: wanted {reached.wanted}, measured {reached.measured}")
