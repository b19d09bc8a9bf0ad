# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source over the wire: its requests, its events, and that nothing a cluster does ends it."""

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
#: As long as no look at the health is meant to be due.
NEVER = 3600


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def reads(simulator: Simulator) -> list[dict[str, Any]]:
    return [entry for entry in simulator.control.log() if entry["path"] == "/api/security/azure-key-vaults"]


def fields(entry: dict[str, Any]) -> set[str]:
    return set(dict(entry["query"])["fields"].split(","))


def refused(simulator: Simulator) -> int:
    return sum(entry["status"] == 401 for entry in simulator.control.log())


def test_one_request_for_each_look(simulator: Simulator) -> None:
    """Over one connection; what costs the cluster work is asked for in its own interval, and again where something
    has to be confirmed.
    """
    uuids = configured(simulator, "svm1", "svm2", None)

    async def scenario() -> None:
        async with watching([cluster(simulator)], health_interval=NEVER, confirm=2) as source:
            await source.until(lambda: len(reads(simulator)) >= 4, "it was not looked at")
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
            await source.until(lambda: len(reads(simulator)) > seen + 3, "it was not looked at")
            assert [fields(entry) >= {"state"} for entry in reads(simulator)[seen + 1 : seen + 3]] == [False, False]
            assert not any("azure_reachability" in fields(entry) for entry in reads(simulator)[-4:])

    run(scenario())
    assert len(reads(simulator)) == len(simulator.control.log())
    assert simulator.control.connections()["handshakes"] == 2


def test_what_is_told(simulator: Simulator, other: Simulator) -> None:
    """Each kind of event, of two clusters, with the fields that its documentation names."""
    uuids = configured(simulator, "svm1", None)
    (west,) = configured(other, "svm1")

    async def scenario() -> None:
        async with watching(
            [cluster(simulator, name="east"), cluster(other, name="west")], svm=["*"], ems=False
        ) as source:
            await source.until(lambda: len(reads(simulator)) > 1 and len(reads(other)) > 1, "they were not looked at")
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
    """Every text in a value."""
    if isinstance(value, dict):
        return [text for name, item in value.items() for text in (name, *texts(item))]
    return [value] if isinstance(value, str) else []


def documented_names() -> set[str]:
    """The names in C() of the paragraph that lists the keys of an event."""
    (listed,) = (
        text for text in yaml.safe_load(documentation())["description"] if text.startswith("The other keys are ")
    )
    return set(re.findall(r"C\((\w+)\)", listed)) - {"before", "after", "poll", "ems", "azure"} | {"type"}


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "html", "cut_json", "wrong_shape", "redirect", "refuse"])
def test_a_cluster_that_answers_badly(simulator: Simulator, other: Simulator, kind: str) -> None:
    """It is reported once that it cannot be read. Nothing is reported about its SVMs, and the other cluster is still
    watched. Then it is read again.
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
            await source.until(lambda: len(reads(simulator)) > 1 and len(reads(other)) > 1, "they were not looked at")
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


def test_one_fault_in_passing_is_no_event(simulator: Simulator) -> None:
    """The request is tried again in the same look."""
    configured(simulator, "svm1")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")
            simulator.control.fault("drop_after", times=1)
            simulator.control.fault("status", status=503, times=1, nth=2)
            seen = len(reads(simulator))
            await source.until(lambda: len(reads(simulator)) > seen + 4, "it was not looked at")
            assert source.events == []

    run(scenario())


@pytest.mark.parametrize("ems", [False, True], ids=["poll", "ems"])
def test_a_refused_login_is_not_tried_on_and_on(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, ems: bool
) -> None:
    """Two requests, however many looks have to agree and whatever they ask for, and the next one after a rest; then
    all continues.
    """
    configured(simulator, "svm1")
    monkeypatch.setattr(pace, "_FIRST_REST", 1.0)

    async def scenario() -> None:
        async with watching([cluster(simulator)], confirm=3, jitter=0, ems=ems, ems_interval=0.1) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")
            simulator.control.user(simulator.username, "changed-Password1")
            (away,) = await source.told("cluster_unreachable")
            assert away["code"] == 6
            await source.until(lambda: refused(simulator) > 2, "it was not tried again")
            simulator.control.user(simulator.username, simulator.password)
            await source.told("cluster_reachable")

    run(scenario())
    at = [entry["at"] for entry in simulator.control.log() if entry["status"] == 401]
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(at[1:]))


def test_a_refused_login_to_the_event_log_is_the_first_of_two(simulator: Simulator) -> None:
    """The log is read first."""
    simulator.control.user(simulator.username, "changed-Password1")

    async def scenario() -> None:
        async with watching([cluster(simulator)], confirm=2, ems=True) as source:
            (away,) = await source.told("cluster_unreachable")
            assert (away["code"], away["initial"]) == (6, True)

    run(scenario())
    assert [entry["path"].rpartition("/")[2] for entry in simulator.control.log()] == ["events", "azure-key-vaults"]


@pytest.mark.parametrize("scope", ["collection", "record"])
def test_a_status_that_cannot_be_read(simulator: Simulator, scope: str) -> None:
    """It is said why; nothing is lost or restored by that, and the statuses of the other SVMs are still read."""
    configured(simulator, "svm1", "svm2")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")
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


def test_a_loss_ends_with_its_configuration(simulator: Simulator) -> None:
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
def test_a_password_that_is_a_word_of_an_event(simulator: Simulator, password: str) -> None:
    """It takes no key of an event away, and no word of ours."""
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


def test_a_cluster_that_is_left_alone_is_told_again(simulator: Simulator) -> None:
    """Reminders need no request: the account is not tried for them."""
    simulator.control.user(simulator.username, "changed-Password1")

    async def scenario() -> None:
        async with watching([cluster(simulator)], remind=0.2) as source:
            await source.until(lambda: len(source.events) >= 4, "it was not told again")
            assert [event["reminder"] for event in source.events[:4]] == [0, 1, 2, 3]
            assert {event["type"] for event in source.events} == {"cluster_unreachable"}
            assert len({event["since"] for event in source.events}) == 1

    run(scenario())
    assert refused(simulator) == 1


def test_stopped_in_the_middle_of_a_request(simulator: Simulator) -> None:
    """At once, and nothing is sent afterwards."""
    configured(simulator, "svm1")
    simulator.control.fault("slow", seconds=600, times=None)

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: simulator.control.connections()["open"], "it was not asked")

    # Neither the end of the source nor that of the process waits for the answer.
    run(asyncio.wait_for(scenario(), 60))
    simulator.control.clear_faults()


def test_the_loop_is_never_blocked(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty clusters that do not answer: they are asked at the same time, and whatever else runs in the loop goes
    on meanwhile.
    """
    configured(simulator, "svm1")
    simulator.control.fault("slow", seconds=600, times=None)
    # No cluster frees its place for another one.
    monkeypatch.setattr(loops, "_PATIENCE", 600.0)
    turns = 0

    async def scenario() -> None:
        nonlocal turns
        async with watching([cluster(simulator, name=f"c{number}") for number in range(20)], workers=20) as source:
            await source.until(lambda: len(reads(simulator)) == 20, "they were not asked at the same time")
            # None of the requests has been answered, and the loop turns while they wait.
            while turns < 1000:
                await asyncio.sleep(0)
                turns += 1
            assert source.task is not None
            assert not source.task.done()
            assert source.events == []
            assert [entry["status"] for entry in reads(simulator)] == [None] * 20

    run(asyncio.wait_for(scenario(), 60))
    simulator.control.clear_faults()


def test_nothing_secret_and_nothing_to_be_evaluated(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a cluster says of secrets, and in whatever form; templates and vaulted texts are broken, lines are
    one line.
    """
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
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")
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


def test_the_event_log_tells_sooner(simulator: Simulator) -> None:
    """A message about keys has the configurations looked at, long before that is due; a cluster without the call is
    only polled.
    """
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


def test_a_cluster_that_refuses_its_event_log(simulator: Simulator) -> None:
    configured(simulator, "svm1")
    simulator.control.fault("status", path="ems/events", status=403, times=None)

    async def scenario() -> None:
        async with watching([cluster(simulator)], interval=1, ems=True, ems_interval=0.1, jitter=0) as source:
            await source.until(lambda: len(reads(simulator)) > 2, "it was not looked at")
            simulator.control.reboot("node1")
            (lost,) = await source.told("akv_state_lost")
            assert lost["source"] == "poll"

    run(scenario())
    assert sum("ems/events" in entry["path"] for entry in simulator.control.log()) == 1


def test_old_releases(simulator: Simulator) -> None:
    simulator.control.reset(version="9.8")
    configured(simulator, "svm1")

    async def scenario() -> None:
        async with watching([cluster(simulator)]) as source:
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")
            simulator.control.reboot("node1")
            await source.told("akv_state_lost")

    run(scenario())


@pytest.mark.parametrize(
    ("given", "said"),
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
def test_what_is_refused(given: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that names the option, before anything is asked, and without a secret."""
    for name in ("ONTAP_USERNAME", "ONTAP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    login = (
        {}
        if "clusters" in given
        else {"hostname": "127.0.0.1", "http_port": 1, "username": "u", "password": "p-Secret-1"}
    )
    with pytest.raises(RuntimeError) as refusal:
        run(main()(asyncio.Queue(), {**login, **given}))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "Secret" not in str(refusal.value)


def test_what_counts_as_not_given(simulator: Simulator) -> None:
    """Empty texts, null and empty lists, as a rulebook passes them; numbers and switches as texts."""
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
            await source.until(lambda: len(reads(simulator)) > 1, "it was not looked at")

    run(scenario())


def test_its_documentation() -> None:
    """Every option, with the default that holds; and no other."""
    documented = yaml.safe_load(documentation())["options"]
    assert set(documented) == {*OPTIONS, *NAMES.values(), "clusters"}
    for name, option in OPTIONS.items():
        assert {part: documented[name].get(part) for part in option} == option, name
    aliases = {alias for option in documented.values() for alias in option.get("aliases", [])}
    assert aliases == {alias for alias, name in NAMES.items() if alias != name}


def test_it_finds_the_collection_by_itself(tmp_path: Path) -> None:
    """As ansible-rulebook runs it: by its path, in a Python that knows nothing of collections, or has other ones
    from a package.
    """
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
