# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source over the wire: its requests and events, and that no cluster can end it."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import NAMES
from ansible_collections.ontap.akv.plugins.plugin_utils.watch import pace
from ansible_collections.ontap.akv.plugins.plugin_utils.watch import watching as loops
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import OPTIONS
from ansible_collections.ontap.akv.tests.integration.support.inventory import cluster
from ansible_collections.ontap.akv.tests.integration.support.source import documentation, main, watching
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, configured
from simulator import Simulator
from tooling.paths import COLLECTION, TREE

AN_APPLICATION = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"
#: An interval that never ends in a test.
NEVER = 3600


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def reads(simulator: Simulator) -> list[dict[str, Any]]:
    return [entry for entry in simulator.control.log() if entry["path"] == "/api/security/azure-key-vaults"]


def fields(entry: dict[str, Any]) -> set[str]:
    return set(dict(entry["query"])["fields"].split(","))


def refused(simulator: Simulator) -> int:
    return sum(entry["status"] == 401 for entry in simulator.control.log())


def test_each_read_is_one_request(simulator: Simulator) -> None:
    """It uses one connection; expensive fields are read in a separate interval, and again if a change has to be
    confirmed.
    """
    uuids = configured(simulator, "svm1", "svm2", None)

    async def scenario() -> None:
        async with watching([cluster(simulator)], health_interval=NEVER, confirm=2) as source:
            await source.until(lambda: len(reads(simulator)) >= 4, "it was not read")
            assert [
                bool({"state", "azure_reachability", "ekmip_reachability"} & fields(entry))
                for entry in reads(simulator)[:4]
            ] == [
                True,
                False,
                False,
                False,
            ]
            simulator.control.reboot("node1")
        async with watching([cluster(simulator)], health_interval=NEVER, confirm=2, checks=["state"]) as source:
            told = await source.told(*["akv_state_lost"] * len(uuids))
            assert {event["uuid"] for event in told} == set(uuids)
            assert all(event["initial"] for event in told)
            seen = len(reads(simulator))
            await source.until(lambda: len(reads(simulator)) > seen + 3, "it was not read")
            assert [fields(entry) >= {"state"} for entry in reads(simulator)[seen + 1 : seen + 3]] == [False, False]
            assert not any("azure_reachability" in fields(entry) for entry in reads(simulator)[-4:])

    run(scenario())
    assert len(reads(simulator)) == len(simulator.control.log())
    assert simulator.control.connections()["handshakes"] == 2


def test_each_type_of_event_is_reported(simulator: Simulator, other: Simulator) -> None:
    """Each type of event, from two clusters, with the documented fields."""
    uuids = configured(simulator, "svm1", None)
    (west,) = configured(other, "svm1")

    async def scenario() -> None:
        async with watching(
            [cluster(simulator, name="east"), cluster(other, name="west")], svm=["*"], ems=False
        ) as source:
            await source.until(lambda: len(reads(simulator)) > 1 and len(reads(other)) > 1, "they were not read")
            simulator.control.reboot("node2")
            (lost,) = await source.told("akv_state_lost")
            assert {
                name: lost[name]
                for name in (
                    "cluster",
                    "hostname",
                    "http_port",
                    "svm",
                    "uuid",
                    "scope",
                    "node",
                    "initial",
                    "reminder",
                    "source",
                )
            } == {
                "cluster": "east",
                "hostname": simulator.hostname,
                "http_port": simulator.port,
                "svm": "svm1",
                "uuid": uuids[0],
                "scope": "svm",
                "node": None,
                "initial": False,
                "reminder": 0,
                "source": "poll",
            }
            assert "node2" in lost["message"]
            assert set(lost) == documented_names()
            simulator.control.svm("svm1", wrapped=["node1", "node2"])
            await source.told("akv_state_restored")
            other.control.azure(reachable=False, message="no way out")
            (away,) = await source.told("azure_unreachable")
            assert (away["cluster"], "no way out" in away["message"]) == ("west", True)
            other.control.azure(reachable=True)
            await source.told("azure_reachable")
            other.control.node("node1", ekmip=False)
            (unreached,) = await source.told("ekmip_unreachable")
            assert unreached["node"] == "node1"
            other.control.node("node1", ekmip=True)
            await source.told("ekmip_reachable")
            other.control.put_record("svm1", uuid=west, client_id="somebody-else")
            (drift,) = await source.told("configuration_drift")
            assert drift["changes"]["client_id"] == {"before": CLIENT_ID, "after": "somebody-else"}
            configured(other, "svm2")
            (added,) = await source.told("configuration_added")
            assert (added["cluster"], added["svm"]) == ("west", "svm2")
            other.control.remove_record("svm2")
            await source.told("configuration_removed")

    run(scenario())


def texts(value: Any) -> list[str]:
    """Return every text in a value."""
    if isinstance(value, dict):
        return [text for name, item in value.items() for text in (name, *texts(item))]
    return [value] if isinstance(value, str) else []


def documented_names() -> set[str]:
    """Return the names in C() of the two paragraphs that list the keys of an event."""
    about, change = (text for text in yaml.safe_load(documentation())["description"] if text.startswith("These keys "))
    return set(re.findall(r"C\((\w+)\)", about + change)) - {"before", "after", "poll", "ems", "azure"} | {"type"}


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "html", "cut_json", "wrong_shape", "redirect", "refuse"])
def test_faulty_cluster_is_reported_once_and_recovers(simulator: Simulator, other: Simulator, kind: str) -> None:
    """It is reported once as unreachable, without events about its SVMs; the other cluster is still watched. Then it is
    read again.
    """
    configured(simulator, "svm1")
    configured(other, "svm1")
    more = {
        "wrong_shape": {"body": {"records": [{"svm": 1}]}},
        "redirect": {"location": "https://elsewhere.example.com/"},
    }.get(kind, {})

    async def scenario() -> None:
        async with watching(
            [cluster(simulator, name="east", max_retries=0), cluster(other, name="west")], confirm=2
        ) as source:
            await source.until(lambda: len(reads(simulator)) > 1 and len(reads(other)) > 1, "they were not read")
            simulator.control.fault(kind, times=None, **more)
            if kind == "refuse":
                simulator.control.drop_connections()
            (away,) = await source.told("cluster_unreachable")
            assert (away["cluster"], away["svm"], away["uuid"], away["initial"]) == ("east", None, None, False)
            assert away["message"]
            seen = len(reads(other))
            other.control.reboot("node1")
            assert [event["cluster"] for event in await source.told("akv_state_lost")] == ["west"]
            assert len(reads(other)) > seen
            simulator.control.clear_faults()
            await source.told("cluster_reachable")

    run(scenario())


def test_passing_fault_is_not_reported(simulator: Simulator) -> None:
    """The request is retried within the same read."""
    configured(simulator, "svm1")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")
            simulator.control.fault("drop_after", times=1)
            simulator.control.fault("status", status=503, times=1, nth=2)
            seen = len(reads(simulator))
            await source.until(lambda: len(reads(simulator)) > seen + 4, "it was not read")
            assert source.events == []

    run(scenario())


@pytest.mark.parametrize("ems", [False, True], ids=["poll", "ems"])
def test_refused_login_is_retried_only_after_pause(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, ems: bool
) -> None:
    """There are two requests, however many reads a confirmation needs, and the next one after a pause; then the source
    continues.
    """
    configured(simulator, "svm1")
    monkeypatch.setattr(pace, "_FIRST_REST", 1.0)

    async def scenario() -> None:
        async with watching([cluster(simulator)], confirm=3, jitter=0, ems=ems, ems_interval=0.1) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")
            simulator.control.user(simulator.username, "changed-Password1")
            (away,) = await source.told("cluster_unreachable")
            assert away["code"] == 6
            await source.until(lambda: refused(simulator) > 2, "it was not retried")
            simulator.control.user(simulator.username, simulator.password)
            await source.told("cluster_reachable")

    run(scenario())
    at = [entry["at"] for entry in simulator.control.log() if entry["status"] == 401]
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(at[1:]))


def test_refused_login_to_event_log_counts_as_first_attempt(simulator: Simulator) -> None:
    """The log is read first."""
    simulator.control.user(simulator.username, "changed-Password1")

    async def scenario() -> None:
        async with watching([cluster(simulator)], confirm=2, ems=True) as source:
            (away,) = await source.told("cluster_unreachable")
            assert (away["code"], away["initial"]) == (6, True)

    run(scenario())
    assert [entry["path"].rpartition("/")[2] for entry in simulator.control.log()] == ["events", "azure-key-vaults"]


@pytest.mark.parametrize("scope", ["collection", "record"])
def test_unreadable_status_is_reported(simulator: Simulator, scope: str) -> None:
    """The reason is reported, but no loss or recovery; statuses of other SVMs are still read."""
    configured(simulator, "svm1", "svm2")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")
            simulator.control.knob(status_error="65537549", status_error_svm="svm1", status_error_scope=scope)
            told = await source.told(*["status_unreadable"] * 3)
            assert {(event["svm"], event["code"]) for event in told} == {("svm1", 65537549)}
            assert [event["check"] for event in told] == ["state", "azure", "ekmip"]
            assert "Failed to get the status" in told[0]["message"]
            assert "a status cannot be read (state) since" in told[0]["text"]
            simulator.control.svm("svm2", wrapped=[])
            (lost,) = await source.told("akv_state_lost")
            assert lost["svm"] == "svm2"
            simulator.control.svm("svm2", wrapped=["node1", "node2"])
            await source.told("akv_state_restored")
            simulator.control.knob(status_error=None)
            back = await source.told(*["status_readable"] * 3)
            assert {(event["svm"], event["cause"]) for event in back} == {("svm1", None)}

    run(scenario())


def test_loss_ends_if_configuration_is_removed(simulator: Simulator) -> None:
    """The end of a loss is reported, with its reason."""
    configured(simulator, "svm1")
    simulator.control.svm("svm1", wrapped=[])

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.told("akv_state_lost")
            simulator.control.remove_record("svm1")
            removed, ended = await source.told("configuration_removed", "akv_state_restored")
            assert (removed["cause"], ended["cause"], ended["svm"]) == (None, "configuration_removed", "svm1")
            assert "svm1: no longer checked, the configuration was removed (state) since" in ended["text"]

    run(scenario())


@pytest.mark.parametrize("password", ["svm", "message", "node", "state", "since"])
def test_password_that_is_word_of_event_removes_nothing(simulator: Simulator, password: str) -> None:
    """Masking it removes no key and no word of an event."""
    configured(simulator, "svm1")
    simulator.control.user("reader", password)
    simulator.control.svm("svm1", wrapped=[])

    async def scenario() -> None:
        async with watching([cluster(simulator, username="reader", password=password)]) as source:
            (lost,) = await source.told("akv_state_lost")
            assert set(lost) == documented_names()
            assert (lost["svm"], lost["type"], "the keys are not available since" in lost["text"]) == (
                "svm1",
                "akv_state_lost",
                True,
            )

    run(scenario())


def test_unreachable_cluster_is_reported_again_without_requests(simulator: Simulator) -> None:
    """Reminders need no request, so the login is not tried again for them."""
    simulator.control.user(simulator.username, "changed-Password1")

    async def scenario() -> None:
        async with watching([cluster(simulator)], remind=0.2) as source:
            await source.until(lambda: len(source.events) >= 4, "it was not reported again")
            assert [event["reminder"] for event in source.events[:4]] == [0, 1, 2, 3]
            assert {event["type"] for event in source.events} == {"cluster_unreachable"}
            assert len({event["since"] for event in source.events}) == 1

    run(scenario())
    assert refused(simulator) == 1


def test_stop_does_not_wait_for_request(simulator: Simulator) -> None:
    """It stops at once and sends nothing afterwards."""
    configured(simulator, "svm1")
    simulator.control.fault("slow", seconds=600, times=None)

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: simulator.control.connections()["open"], "it was not read")

    # Neither the source nor the process waits for the response.
    run(asyncio.wait_for(scenario(), 60))
    simulator.control.clear_faults()


def test_slow_clusters_do_not_block_event_loop(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty clusters that do not respond are read at the same time, and the loop continues to run other work."""
    configured(simulator, "svm1")
    simulator.control.fault("slow", seconds=600, times=None)
    # No cluster gives up its worker for another one.
    monkeypatch.setattr(loops, "_PATIENCE", 600.0)
    turns = 0

    async def scenario() -> None:
        nonlocal turns
        async with watching([cluster(simulator, name=f"c{number}") for number in range(20)], workers=20) as source:
            await source.until(lambda: len(reads(simulator)) == 20, "they were not read at the same time")
            # None of the requests has a response, and the loop runs while they wait.
            while turns < 1000:
                await asyncio.sleep(0)
                turns += 1
            assert source.task is not None
            assert not source.task.done()
            assert source.events == []
            assert [entry["status"] for entry in reads(simulator)] == [None] * 20

    run(asyncio.wait_for(scenario(), 60))
    simulator.control.clear_faults()


def test_events_contain_no_secrets_and_no_templates(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are masked in every form, templates and vault texts are broken up, and texts have one line."""
    password = "pass-Word{{x}}1234567890"
    simulator.control.user("watcher", password)
    simulator.control.knob(leak_secrets=True)
    (uuid,) = configured(
        simulator,
        "svm1",
        client_id="{{ lookup('env', 'HOME') }}",
        tenant_id="{% raw %}",
        proxy_host="$ANSIBLE_VAULT;1.1",
    )
    monkeypatch.setenv("ONTAP_USERNAME", "watcher")
    monkeypatch.setenv("ONTAP_PASSWORD", password)
    without_login = {name: value for name, value in cluster(simulator).items() if name not in ("username", "password")}

    async def scenario() -> None:
        async with watching([without_login]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")
            simulator.control.azure(
                reachable=False, message=f"{{{{ 6 * 7 }}}} {{# x #}}\nsecond line {password} seeded-Secret1"
            )
            (away,) = await source.told("azure_unreachable")
            simulator.control.put_record(
                "svm1", uuid=uuid, client_id="{{{ 1 }}}", client_secret="new-Secret12345678", wrapped=["node1", "node2"]
            )
            (drift,) = await source.told("configuration_drift")
            for event in (away, drift):
                told = json.dumps(event)
                assert "pass-Word" not in told
                assert "1234567890" not in told
                assert not any(
                    mark in text
                    for text in texts(event)
                    for mark in ("{{", "{%", "{#", "}}", "%}", "#}", "$ANSIBLE_VAULT", "\n")
                )
            assert "second line" in away["message"]
            assert set(drift["changes"]) >= {"client_id"}
            assert not set(drift["changes"]) & {"client_secret", "client_certificate", "proxy_password"}

    run(scenario())


def test_event_log_triggers_read(simulator: Simulator) -> None:
    """A message about keys starts a read of the configurations long before it is due."""
    configured(simulator, "svm1")

    async def scenario() -> None:
        async with watching(
            [cluster(simulator)], interval=NEVER, health_interval=NEVER, ems=True, ems_interval=0.1
        ) as source:
            await source.until(lambda: len(simulator.control.log()) > 3, "the event log was not read")
            assert len(reads(simulator)) == 1
            simulator.control.reboot("node1")
            (lost,) = await source.told("akv_state_lost")
            assert lost["source"] == "ems"

    run(scenario())
    assert len(reads(simulator)) == 2


def test_cluster_that_refuses_event_log_is_polled(simulator: Simulator) -> None:
    configured(simulator, "svm1")
    simulator.control.fault("status", path="ems/events", status=403, times=None)

    async def scenario() -> None:
        async with watching([cluster(simulator)], interval=1, ems=True, ems_interval=0.1, jitter=0) as source:
            await source.until(lambda: len(reads(simulator)) > 2, "it was not read")
            simulator.control.reboot("node1")
            (lost,) = await source.told("akv_state_lost")
            assert lost["source"] == "poll"

    run(scenario())
    assert sum("ems/events" in entry["path"] for entry in simulator.control.log()) == 1


def test_oldest_release_is_watched(simulator: Simulator) -> None:
    simulator.control.reset(version="9.8")
    configured(simulator, "svm1")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")
            simulator.control.reboot("node1")
            await source.told("akv_state_lost")

    run(scenario())


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"intervall": 5}, "intervall: this option does not exist"),
        ({"interval": "soon"}, "interval: "),
        ({"interval": 0}, "interval: 0 is not accepted"),
        ({"confirm": 0}, "confirm: 0 is not accepted"),
        ({"checks": ["keys"]}, "checks: "),
        ({"svm": ["a|b"]}, "svm: "),
        ({"ems": "perhaps"}, "ems: "),
        ({"jitter": 2}, "jitter: 2 is not accepted"),
        ({"clusters": [{"name": "x"}]}, "clusters[0]: hostname is missing"),
        ({"clusters": "cluster1"}, "clusters: it must be a list"),
        ({"clusters": [{"hostname": "c1", "password": "x-Secret-1"}]}, "username"),
        ({"ca_path": "/no/such/file.pem"}, "ca_path"),
        ({"use_rest": "never"}, "use_rest: only ontap.akv.akv_rekey"),
        ({"azure": True}, "azure_credentials: azure is true, but there is no credential"),
        (
            {"azure": True, "azure_credentials": {AN_APPLICATION: {}}},
            "azure_credentials: azure is true, but there is no credential",
        ),
        ({"azure": "perhaps"}, "azure: "),
        ({"azure_interval": 0}, "azure_interval: 0 is not accepted"),
        ({"azure_warn_days": -1}, "azure_warn_days: -1 is not accepted"),
        ({"azure": True, "azure_credentials": ["x-Secret-1"]}, "azure_credentials: "),
        ({"azure": True, "azure_credentials": {"x-Secret-1": {}}}, "azure_credentials: a name in it is not a GUID"),
        (
            {"azure": True, "azure_credentials": {AN_APPLICATION: "x-Secret-1"}},
            f"azure_credentials[{AN_APPLICATION}]: it must be a dictionary",
        ),
        (
            {"azure": True, "azure_credentials": {AN_APPLICATION: {"secret": "x-Secret-1"}}},
            f"azure_credentials[{AN_APPLICATION}]: it must be a dictionary",
        ),
        (
            {"azure": True, "client_secret": "x-Secret-1", "client_certificate": "x-Secret-2"},
            "client_secret: client_secret and client_certificate are given",
        ),
        (
            {"azure": True, "client_secret": "x-Secret-1", "azure_oauth_host": "https://login.example.com"},
            "azure_oauth_host: ",
        ),
        ({"azure": True, "client_secret": "x-Secret-1", "azure_ca_path": "/no/such/file.pem"}, "azure_ca_path: "),
        (
            {"azure": True, "client_secret": "x-Secret-1", "azure_proxy": {"proxy_host": "https://p"}},
            "azure_proxy: proxy_host",
        ),
        (
            {"azure": True, "client_secret": "x-Secret-1", "azure_proxy": {"host": "p"}},
            "azure_proxy: host: it is not an option of the proxy",
        ),
        (
            {"azure": True, "client_secret": "x-Secret-1", "azure_proxy": {"proxy_port": 3128}},
            "azure_proxy: proxy_host: it is required together with proxy_port",
        ),
    ],
)
def test_invalid_options_are_refused(given: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one line that names the option, without a secret, before any request."""
    for name in ("ONTAP_USERNAME", "ONTAP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    login = (
        {}
        if "clusters" in given
        else {"hostname": "127.0.0.1", "http_port": 1, "username": "u", "password": "p-Secret-1"}
    )
    with pytest.raises(RuntimeError) as refusal:
        run(main()(asyncio.Queue(), {**login, **given}))
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "Secret" not in str(refusal.value)


def test_empty_options_count_as_not_set(simulator: Simulator) -> None:
    """Empty texts, null and empty lists count as not set; numbers and booleans may be texts, as in a rulebook."""
    configured(simulator, "svm1")
    empty: dict[str, Any] = {
        **dict.fromkeys(OPTIONS, ""),
        "svm": [],
        "hostname": None,
        "username": "",
        "password": None,
    }

    async def scenario() -> None:
        async with watching(
            [cluster(simulator)],
            **{**empty, "interval": "0.1", "health_interval": "0.1", "confirm": "1", "initial": "true"},
        ) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not read")

    run(scenario())


def test_options_match_documentation() -> None:
    """The documentation has exactly the options and defaults of the code."""
    documented = yaml.safe_load(documentation())["options"]
    assert set(documented) == {*OPTIONS, *NAMES.values(), "clusters"}
    for name, option in OPTIONS.items():
        assert {part: documented[name].get(part) for part in option} == option, name
    aliases = {alias for option in documented.values() for alias in option.get("aliases", [])}
    assert aliases == {alias for alias, name in NAMES.items() if alias != name}


def test_source_finds_collection(tmp_path: Path) -> None:
    """ansible-rulebook runs it by path, in a Python without collections or with other ones from a package."""
    source = TREE / COLLECTION / "extensions" / "eda" / "plugins" / "event_source" / "akv_health.py"
    package = tmp_path / "ansible_collections" / "ontap"
    code = (
        f"import asyncio, runpy; asyncio.run(runpy.run_path({str(source)!r})['main'](None, {{'interval': 'x',"
        " 'hostname': 'h'}))"
    )
    for _time in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/usr/bin"},
            timeout=60,
            check=False,
        )
        assert "RuntimeError: interval: " in done.stderr
        package.mkdir(parents=True, exist_ok=True)
        (package.parent / "__init__.py").touch()
