# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source with C(azure) over the wire: its requests to Azure, how often it sends them, and what it reports."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.inventory import cluster
from ansible_collections.ontap.akv.tests.integration.support.source import Source, watching
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator
from simulator.azure_cloud.client import AzureControl

#: An interval that never ends in a test.
NEVER = 3600
SECRET, STALE = "event-Secret~of.the.tests", "stale-Secret~of.the.tests"
OTHER = "0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d"
DAY = 24 * 3600


@pytest.fixture
def azure(simulator: Simulator) -> AzureControl:
    return simulator.azure.control


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def described(simulator: Simulator, **fields: Any) -> dict[str, Any]:
    """Return the fields of a configuration that the simulated Azure knows."""
    side = simulator.azure
    return {
        "name": side.vault_url(),
        "key_id": side.key_url(),
        "client_id": side.client_id,
        "tenant_id": side.tenant_id,
        **fields,
    }


def options(simulator: Simulator, **more: Any) -> dict[str, Any]:
    """Return the options for the simulated Azure, with continuous checks."""
    given = {
        "azure_oauth_host": simulator.azure.login_host,
        "azure_ca_path": simulator.azure.ca_path,
        "client_secret": SECRET,
    }
    return {"azure": True, "azure_interval": 0.1, "health_interval": NEVER, **given, **more}


def logins(azure: AzureControl) -> int:
    return sum(entry["service"] == "login" for entry in azure.log())


def reads(simulator: Simulator) -> int:
    return len(simulator.control.log())


async def wait_for_events(source: Source, *types: str) -> list[dict[str, Any]]:
    """Wait for exactly these events. What ONTAP itself reports about Azure is ignored: both share one state."""
    await source.until(lambda: len(of_azure(source)) >= len(types), f"{types} did not come")
    found, source.events = of_azure(source), []
    assert sorted(event["type"] for event in found) == sorted(types), [event["text"] for event in found]
    return found


def of_azure(source: Source) -> list[dict[str, Any]]:
    return [event for event in source.events if event["check"] is None]


async def is_checked(source: Source, azure: AzureControl, times: int = 1) -> None:
    """Wait until so many checks have logged in."""
    await source.until(lambda: logins(azure) >= times, "Azure was not checked")


def test_key_of_several_clusters_is_checked_once(simulator: Simulator, other: Simulator, azure: AzureControl) -> None:
    """Three configurations on two clusters use the same key and application: one login, and the key is read once."""
    configured(simulator, "svm1", "svm2", **described(simulator))
    configured(other, "svm1", **described(simulator))
    azure.key("key1", expires_in=5 * DAY)

    async def scenario() -> None:
        clusters = [cluster(simulator, name="east"), cluster(other, name="west")]
        async with watching(clusters, **options(simulator, azure_interval=NEVER)) as source:
            (expiring,) = await wait_for_events(source, "azure_key_expiring")
            assert [(use["cluster"], use["svm"]) for use in expiring["used_by"]] == [
                ("east", "svm1"),
                ("east", "svm2"),
                ("west", "svm1"),
            ]
            assert (expiring["cluster"], expiring["svm"], expiring["source"], expiring["initial"]) == (
                None,
                None,
                "azure",
                True,
            )
            assert expiring["key_id"] == simulator.azure.key_url()
            seen = reads(simulator)
            await source.until(lambda: reads(simulator) > seen + 3, "the cluster was not read")
            # The challenge, the login and the key.
            assert [entry["service"] for entry in azure.log()] == ["vault", "login", "vault"]
            # A key that was not checked so far is checked at once.
            other.control.put_record(
                "svm1",
                uuid=expiring["used_by"][2]["uuid"],
                **described(simulator, key_id=simulator.azure.key_url("key2")),
            )
            found = await wait_for_events(source, "configuration_drift", "azure_key_unusable")
            assert (
                next(event for event in found if event["type"] == "azure_key_unusable")["used_by"][0]["cluster"]
                == "west"
            )
            assert logins(azure) == 2

    run(scenario())


def test_each_type_of_event_is_reported(simulator: Simulator, azure: AzureControl) -> None:
    """Each type of event, and its end. ONTAP reports the version of a key since 9.14."""
    simulator.control.knob(key_versions=True)
    version = azure.key("key1")["versions"][-1]["version"]
    application = simulator.azure.client_id
    (uuid,) = configured(simulator, "svm1", **described(simulator, key_id=simulator.azure.key_url(version=version)))

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator)) as source:
            await is_checked(source, azure, 2)
            azure.application(application, secrets=[{"value": SECRET, "expires_in": -60}])
            (refused,) = await wait_for_events(source, "azure_login_refused")
            assert (refused["code"], refused["client_id"], refused["key_id"]) == ("AADSTS7000222", application, None)
            azure.application(application, secrets=[SECRET])
            await wait_for_events(source, "azure_login_accepted")
            azure.key("key1", version=version, enabled=False)
            (unusable,) = await wait_for_events(source, "azure_key_unusable")
            assert (unusable["code"], unusable["key_id"]) == ("KeyDisabled", simulator.azure.key_url(version=version))
            azure.key("key1", version=version, enabled=True)
            await wait_for_events(source, "azure_key_usable")
            azure.key("key1", version=version, expires_in=5 * DAY)
            (expiring,) = await wait_for_events(source, "azure_key_expiring")
            assert expiring["expires"] in expiring["message"]
            azure.key("key1", version=version, expires_in=500 * DAY)
            await wait_for_events(source, "azure_key_renewed")
            newest = azure.new_version("key1")["version"]
            (outdated,) = await wait_for_events(source, "azure_key_new_version")
            assert newest in outdated["message"]
            simulator.control.put_record(
                "svm1", uuid=uuid, **described(simulator, key_id=simulator.azure.key_url(version=newest))
            )
            await wait_for_events(source, "configuration_drift", "azure_key_newest_version")

    run(scenario())


def test_replaced_certificate_file_is_read(simulator: Simulator, azure: AzureControl, tmp_path: Any) -> None:
    """The file is read at each check; the credential is not sent for another application, which is not checked."""
    old, new = pfx(rsa=True, ends=10), pfx(rsa=True, ends=90)
    azure.application(OTHER, certificates=[base64_of(old), base64_of(new)])
    configured(simulator, "svm1", **described(simulator))
    configured(simulator, "svm2", **described(simulator, client_id=OTHER))
    path = tmp_path / "akv.pfx"
    path.write_bytes(old)
    given = options(
        simulator, client_secret=None, azure_credentials={OTHER.upper(): {"client_certificate_path": str(path)}}
    )

    async def scenario() -> None:
        async with watching([cluster(simulator)], **given) as source:
            (expiring,) = await wait_for_events(source, "azure_certificate_expiring")
            assert (expiring["client_id"], expiring["key_id"], [use["svm"] for use in expiring["used_by"]]) == (
                OTHER,
                None,
                ["svm2"],
            )
            # In one step: a partial file would fail the check.
            (tmp_path / "new.pfx").write_bytes(new)
            (tmp_path / "new.pfx").replace(path)
            await wait_for_events(source, "azure_certificate_renewed")

    run(scenario())
    assert {entry["body"]["client_id"] for entry in azure.log() if entry["auth"] == "client_assertion"} == {OTHER}


@pytest.mark.parametrize("kind", ["html", "cut_json", "redirect"])
def test_failed_check_is_reported_once(simulator: Simulator, azure: AzureControl, kind: str) -> None:
    """It is reported once; the earlier problem remains, and nothing else is reported for the key."""
    configured(simulator, "svm1", **described(simulator))
    azure.key("key1", enabled=False)

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator)) as source:
            await wait_for_events(source, "azure_key_unusable")
            azure.fault(
                kind, times=None, **({"location": "https://elsewhere.example.com/"} if kind == "redirect" else {})
            )
            (failed,) = await wait_for_events(source, "azure_check_failed")
            assert (failed["key_id"], failed["client_id"]) == (simulator.azure.key_url(), simulator.azure.client_id)
            seen = len(azure.log())
            await source.until(lambda: len(azure.log()) > seen + 3, "Azure was not checked again")
            assert of_azure(source) == []
            azure.key("key1", enabled=True)
            azure.clear_faults()
            await wait_for_events(source, "azure_key_usable", "azure_check_resumed")

    run(scenario())


def test_change_is_confirmed_by_another_check(
    simulator: Simulator, azure: AzureControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change is confirmed by another check, long before the next one is due."""
    monkeypatch.setattr("ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_loop._SOON", 0.1)
    configured(simulator, "svm1", **described(simulator))
    azure.key("key1", enabled=False)

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator, azure_interval=NEVER, confirm=2)) as source:
            (unusable,) = await wait_for_events(source, "azure_key_unusable")
            assert unusable["initial"]
            seen = reads(simulator)
            await source.until(lambda: reads(simulator) > seen + 3, "the cluster was not read")
            assert logins(azure) == 2

    run(scenario())


def test_clusters_are_watched_while_azure_does_not_respond(simulator: Simulator, azure: AzureControl) -> None:
    """Neither the loop nor the end of the source waits for Azure."""
    configured(simulator, "svm1", **described(simulator))
    azure.fault("slow", seconds=600, times=None)

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator, health_interval=0.1)) as source:
            await source.until(azure.log, "Azure was not checked")
            seen = reads(simulator)
            simulator.control.reboot("node1")
            await source.told("akv_state_lost")
            await source.until(lambda: reads(simulator) > seen + 3, "the cluster was not read")
            assert [entry["status"] for entry in azure.log()] == [None]

    before = set(threading.enumerate())
    run(asyncio.wait_for(scenario(), 60))
    azure.clear_faults()
    # The check that waited has ended: it is not retried, and nothing more is sent.
    azure.drop_connections()
    for thread in [thread for thread in threading.enumerate() if thread not in before and "(work)" in thread.name]:
        thread.join(30)
        assert not thread.is_alive()
    assert len(azure.log()) == 1


def test_azure_is_not_checked_by_default(
    simulator: Simulator, azure: AzureControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONTAP_AKV_CLIENT_SECRET", SECRET)
    configured(simulator, "svm1", **described(simulator))

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator, azure=False)) as source:
            await source.until(lambda: reads(simulator) > 3, "the cluster was not read")

    run(scenario())
    assert azure.log() == []
    assert azure.connections()["accepted"] == 0


def test_credential_of_environment_is_used_for_its_application(
    simulator: Simulator, azure: AzureControl, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It applies to the application in the environment; another one is not checked, which is logged once."""
    monkeypatch.setenv("ONTAP_AKV_CLIENT_ID", simulator.azure.client_id)
    monkeypatch.setenv("ONTAP_AKV_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("ONTAP_AKV_CLIENT_CERTIFICATE", "")
    configured(simulator, "svm1", **described(simulator))
    configured(simulator, "svm2", **described(simulator, client_id=OTHER))

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator, client_secret="")) as source:
            await is_checked(source, azure, 3)

    with caplog.at_level(logging.INFO):
        run(scenario())
    assert [record.getMessage() for record in caplog.records if "not checked in Azure" in record.getMessage()] == [
        f"The application {OTHER} is not checked in Azure: azure_credentials does not name it."
    ]
    assert {entry["body"]["client_id"] for entry in azure.log() if entry["service"] == "login"} == {
        simulator.azure.client_id
    }


def test_events_contain_no_secret_repeated_by_azure(
    simulator: Simulator, azure: AzureControl, caplog: pytest.LogCaptureFixture
) -> None:
    """This holds even if the login repeats it; and no text is a template."""
    configured(simulator, "svm1", **described(simulator))
    echo = {
        "error": "invalid_client",
        "error_description": f"AADSTS7000215: Not {SECRET} {{{{ 6 * 7 }}}}\nsecond line",
        "error_codes": [7000215],
    }
    azure.fault("wrong_shape", path="oauth2", times=None, status=401, body=echo)

    async def scenario() -> None:
        async with watching([cluster(simulator)], **options(simulator)) as source:
            (refused,) = await wait_for_events(source, "azure_login_refused")
            assert "AADSTS7000215: Not" in refused["message"]
            assert SECRET not in json.dumps(refused)
            assert "{{" not in json.dumps(refused)
            assert "\\n" not in json.dumps(refused)

    with caplog.at_level(logging.DEBUG):
        run(scenario())
    assert SECRET not in caplog.text
