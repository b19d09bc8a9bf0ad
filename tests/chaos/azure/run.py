# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of akv_azure_info over real HTTPS, disturbed and recorded."""

from __future__ import annotations

import functools
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from requests.adapters import HTTPAdapter

from ansible_collections.ontap.akv.plugins.module_utils.azure.conversation import ask
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Question, Record
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run_to_end
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.modules import akv_azure_info
from chaos.azure.schedule import AzureSchedule
from chaos.clock import FastClock
from chaos.run import clean_environment, cut_off
from simulator import Control, Simulator

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass
class Asked:
    """The record of a run. hosts: to whom requests were sent. tokens: those that the login issued. seconds: by the
    run's own clock.
    """

    schedule: AzureSchedule
    report: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    traceback: str | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    connections: dict[str, int] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cut: bool = False

    @property
    def hits(self) -> list[str]:
        """What disturbed the run."""
        faults = [entry["fault"] for entry in self.log if entry["fault"]]
        return [*faults, *(["refuse"] * self.connections["refused"]), *self.events]


def play(sim: Simulator, schedule: AzureSchedule) -> Asked:
    """Run the task of a schedule and return what happened."""
    sim.control.reset()
    schedule.truth.prepare(sim.azure)
    asked = Asked(schedule)
    for fault in schedule.faults:
        sim.azure.control.fault(fault.kind, path=fault.path, nth=fault.nth, times=fault.times, **fault.arguments)
    sim.azure.control.clear_log()
    with clean_environment(), cut_off(sim, asked, _release), _watched(sim, asked), _own_signals():
        _execute(sim, asked)
    asked.log = sim.azure.control.log()
    asked.connections = sim.azure.control.connections()
    return asked


def _execute(sim: Simulator, asked: Asked) -> None:
    """Run the module as Ansible does, up to the exit that prints the result."""
    schedule, clock = asked.schedule, FastClock()
    options = {
        **schedule.wish.options(sim.azure, schedule.truth),
        "timeout": schedule.timeout,
        "max_retries": schedule.max_retries,
    }
    checked = ArgumentSpecValidator(akv_azure_info.ARGUMENT_SPEC, **akv_azure_info.RULES).validate(options)
    if checked.error_messages:
        raise AssertionError(checked.error_messages)

    def asking(question: Question, *, hide: Any, note: Any) -> Record:
        def hidden(token: str) -> None:
            asked.tokens.append(token)
            hide(token)

        return ask(question, hide=hidden, clock=clock.clock, note=note)

    start = clock.monotonic()
    with mock.patch.object(akv_azure_info, "ask", asking):
        try:
            end = run_to_end(
                Task(checked.validated_parameters), akv_azure_info.ARGUMENT_SPEC, akv_azure_info.execute, _never
            )
            asked.report, asked.warnings = end.result, end.warnings
        except Exception:  # noqa: BLE001 - any exception is reported to the judge
            asked.traceback = traceback.format_exc()
    asked.seconds = clock.monotonic() - start


def _never() -> None:
    """Return that the result is still expected."""


@contextmanager
def _own_signals() -> Iterator[None]:
    """Restore the handlers that the run leaves behind when it was stopped."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watched(sim: Simulator, asked: Asked) -> Iterator[None]:
    """Record each request, and trigger events before it is sent."""
    send, control = HTTPAdapter.send, Control(sim.control_url)
    waiting = list(asked.schedule.events)

    @functools.wraps(send)
    def watching(
        adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        url = request.url or ""
        if url.startswith(sim.control_url):
            return send(adapter, request, *args, **kwargs)
        asked.hosts.append(urlsplit(url).netloc)
        for event in [event for event in waiting if event.nth <= len(asked.hosts)]:
            waiting.remove(event)
            asked.events.append(event.kind)
            if event.kind == "interrupt":
                signal.raise_signal(signal.SIGTERM)
            else:
                control.call("azure/drop_connections")
        return send(adapter, request, *args, **kwargs)

    with mock.patch.object(HTTPAdapter, "send", watching):
        yield
    control.close()


def _release(control: Control) -> None:
    control.call("azure/clear_faults")
    control.call("azure/drop_connections")
