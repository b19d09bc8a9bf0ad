# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret expires: the new credential replaces it only if this is allowed; a wrong login is not tried forever."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, writes
from ansible_collections.ontap.akv.tests.eda.support.running import Place, until
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, OTHER_CLIENT_ID
from simulator import Simulator

FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}
CREDENTIALS = "ontap.akv.akv_rotate_credentials"


def credential(secrets: Secrets) -> dict[str, str]:
    """Return the environment of a service with a new credential."""
    return {"ONTAP_AKV_CLIENT_ID": CLIENT_ID, "ONTAP_AKV_CLIENT_SECRET": secrets.new("new")}


def client_secrets(simulator: Simulator, *svms: str) -> list[str]:
    """Return the client secrets of SVMs."""
    found = simulator.control.state()["svms"]
    return [found[svm]["configuration"]["client_secret"] for svm in svms]


def test_new_credential_replaces_expired_one_if_allowed(
    place: Callable[..., Place], east: Simulator, secrets: Secrets
) -> None:
    """It is set on every SVM that has this application and cannot reach its vault; a loss at the same time is repaired
    with it.
    """
    old, env = secrets.new("old"), credential(secrets)
    encrypted(east, "svm1", "svm2", "svm3", client_secret=old)
    encrypted(east, "svm4", client_id=OTHER_CLIENT_ID, client_secret=old)
    here = place(east=east)
    here.environment |= env
    running = here.start("ontap.akv.self_heal", **FAST, akv_rotate_when_unreachable=True)
    running.until(lambda: reads(east), "the cluster was never read")
    east.control.azure(secrets={CLIENT_ID: [env["ONTAP_AKV_CLIENT_SECRET"]]})
    east.control.reboot("node1")
    running.until(lambda: len(running.of("azure_reachable")) == 3, "the new credential has no effect")
    assert client_secrets(east, "svm1", "svm2", "svm3", "svm4") == [env["ONTAP_AKV_CLIENT_SECRET"]] * 3 + [old]
    assert [line for line in writes(east) if line.startswith("PATCH")] == ["PATCH /UUID"] * 3
    assert running.text.count("PLAY [Rotate the credential") == 1


def test_credential_is_not_rotated_unless_allowed(
    place: Callable[..., Place], east: Simulator, secrets: Secrets
) -> None:
    """A credential in the environment alone changes nothing."""
    old, env = secrets.new("old"), credential(secrets)
    encrypted(east, "svm1", client_secret=old)
    here = place(east=east)
    here.environment |= env
    east.control.azure(secrets={CLIENT_ID: [env["ONTAP_AKV_CLIENT_SECRET"]]})
    # More than the second in which the rulebook collects the events of a configuration.
    running = here.start("ontap.akv.self_heal", **FAST, akv_remind=3, akv_escalate_after=2)
    running.told("ACTION REQUIRED: ")
    assert writes(east) == []
    assert running.playbooks() == []


def test_missing_credential_is_reported_and_escalated(place: Callable[..., Place], east: Simulator) -> None:
    """The rotation is allowed, but the environment has no credential: it is tried once, reported and escalated."""
    encrypted(east, "svm1")
    east.control.azure(secrets={CLIENT_ID: ["another"]})
    here = place(east=east)
    here.environment["ONTAP_AKV_CLIENT_ID"] = CLIENT_ID
    running = here.start(
        "ontap.akv.self_heal", **FAST, akv_rotate_when_unreachable=True, akv_remind=3, akv_escalate_after=2
    )
    running.told("Give exactly one new credential")
    running.told("ACTION REQUIRED: ")
    running.until(lambda: running.of("azure_unreachable", reminder=3), "it was not reported again")
    assert running.text.count("PLAY [Rotate the credential") in (1, 2)  # a failed playbook's output is printed again
    assert writes(east) == []


def test_refused_login_is_tried_only_a_few_times(
    place: Callable[..., Place], east: Simulator, secrets: Secrets
) -> None:
    """The cluster could lock the user: the login is tried a few times, not at each interval, and not by playbooks."""
    encrypted(east, "svm1")
    east.control.reboot("node1")
    here = place(east=east)
    here.environment["ONTAP_PASSWORD"] = secrets.new("wrong")
    running = here.start("ontap.akv.self_heal", **FAST)
    running.until(lambda: running.of("cluster_unreachable"), "it was never reported")
    first = len(east.control.log())
    seconds = 8
    until_quiet(east, seconds)
    refused = [entry["status"] for entry in east.control.log()]
    assert set(refused) == {401}
    assert len(refused) <= first + 3, f"{len(refused)} refused logins, {first} of them before the report"
    assert running.playbooks() == []


def until_quiet(simulator: Simulator, seconds: float) -> None:
    """Wait for so many seconds of the cluster's clock."""
    start = simulator.control.state()["time"]
    until(lambda: simulator.control.state()["time"] > start + seconds, "the cluster's clock stands still")
