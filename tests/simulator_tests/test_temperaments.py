# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temperaments: each changes responses, is in the README, and can be selected at the start and while running."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import requests
from simulator_tests.support import JOBS, NEW_KEY, VAULTS, Api, body

from simulator import ControlError, Simulator
from simulator.config import Config, Knobs
from simulator.temperaments import ASSUMPTION, DOCUMENTED, TEMPERAMENTS, Temperament, combination, knobs_of

README = Path(__file__).parents[1] / "simulator" / "README.md"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_PRIVATE = "/api/private/cli/security/key-manager/external/azure/rekey-internal"


def _as_text(response: requests.Response) -> str:
    text = _MOMENT.sub("MOMENT", _UUID.sub("UUID", response.text))
    return f"{response.status_code} {'Location' in response.headers} {text}"


def transcript(sim: Simulator, version: str, *names: str) -> list[str]:
    """Return responses to requests of many kinds, without what differs from run to run."""
    sim.control.reset(
        version=version, svms=["svm1", "svm2", "svm3", "svm4"], job_seconds=0.01, temperament=",".join(names)
    )
    with Api(sim) as api, Api(sim) as reader:
        sim.control.user("reader", "Password1", role="readonly")
        reader.session.auth = ("reader", "Password1")
        made = sim.control.put_record("svm1", wrapped=["node1"], key_id=f"{NEW_KEY}/0123abcd")["uuid"]
        other, spare = sim.control.put_record("svm2")["uuid"], sim.control.put_record("svm3")["uuid"]
        path, other, spare = (f"{VAULTS}/{uuid}" for uuid in (made, other, spare))
        received = [
            api("GET", VAULTS, fields="**"),
            api("GET", path, fields="state"),
            api("POST", VAULTS, body("svm4")),
        ]
        received += [api("GET", VAULTS, fields="svm.name"), api("POST", f"{path}/restore", return_timeout=5)]
        sim.control.svm("svm3", key_manager=False)
        received += [
            api("POST", f"{spare}/restore", return_timeout=5),
            api("PATCH", path, {"client_secret": "Secret2"}),
        ]
        sim.control.azure(reachable=False)
        received += [api("PATCH", path, {"client_secret": ""}), api("POST", f"{other}/restore")]
        sim.control.jobs(hold="running")
        held = api("POST", f"{path}/restore").json()["job"]["uuid"]
        received += [api("PATCH", f"{JOBS}/{held}", action="cancel")]
        sim.control.jobs(hold=None)
        sim.control.advance(10)
        received += [Api(sim, headers={"X-Dot-SVM-Name": "svm1"})("GET", VAULTS, svm__name="svm2")]
        received += [
            api("GET", JOBS, fields="**"),
            reader("DELETE", path),
            api("DELETE", f"{VAULTS}/{'1' * 8}-1111-1111-1111-{'1' * 12}"),
        ]
        # A command waits for its job, however long it is queued.
        sim.control.knob(queued_seconds=0)
        received += [api("DELETE", other), api("POST", _PRIVATE, {"vserver": "svm1"}, privilege_level="advanced")]
        return [_as_text(response) for response in received]


def _release(temperament: Temperament) -> str:
    return {"9.8": "9.11.1", "9.12": "9.12.1", "9.14": "9.14.1"}[temperament.since]


@pytest.mark.parametrize("name", TEMPERAMENTS)
def test_temperament_changes_responses(sim: Simulator, name: str) -> None:
    release = _release(TEMPERAMENTS[name])
    assert transcript(sim, release) != transcript(sim, release, name)


def test_transcript_is_repeatable(sim: Simulator) -> None:
    assert transcript(sim, "9.14.1") == transcript(sim, "9.14.1")


def test_combination_sets_each_knob_once() -> None:
    seen: set[str] = set()
    for seed in range(300):
        names = combination(random.Random(seed))  # noqa: S311 - repeatable, not secret
        knobs = [knob for name in names for knob in TEMPERAMENTS[name].knobs]
        assert len(knobs) == len(set(knobs))
        assert 1 <= len(names) <= 5
        seen |= set(names)
    assert seen == set(TEMPERAMENTS)
    assert combination(random.Random(7)) == combination(random.Random(7))  # noqa: S311


def test_temperament_can_be_selected_at_start() -> None:
    with Simulator(svms=["svm1"], temperament="error-500,jobs-gone") as sim:
        knobs = sim.control.state()["knobs"]
        assert (knobs["error_status"], knobs["job_retention"]) == (500, 0)
        sim.control.reset(temperament="error-409")
        assert sim.control.state()["knobs"] | {"error_status": 400} == sim.control.knob(error_status=400)
        sim.control.reset()
        assert sim.control.state()["knobs"]["error_status"] == 500


def test_temperament_can_be_selected_while_running(sim: Simulator) -> None:
    assert sim.control.temperament("busy-8-409", "uncounted")["busy_code"] == "8"
    assert sim.control.state()["knobs"]["record_count"] is False


def test_unknown_temperament_is_rejected(sim: Simulator) -> None:
    with pytest.raises(ControlError, match="unknown temperament moody; known: error-409"):
        sim.control.temperament("moody")
    with pytest.raises(ValueError, match="unknown temperament moody"):
        Config(temperament="uncounted,moody")


def test_knobs_of_temperaments_exist() -> None:
    for name in TEMPERAMENTS:
        Knobs().turn(knobs_of([name]))


def test_readme_lists_each_temperament() -> None:
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| (.*?) \| (documented|\*\*assumption\*\*) \|$", README.read_text(), flags=re.MULTILINE
    )
    sources = {DOCUMENTED: "documented", ASSUMPTION: "**assumption**"}
    assert rows == [
        (name, temperament.meaning, sources[temperament.source]) for name, temperament in TEMPERAMENTS.items()
    ]
