# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the roles that rotate: credentials with a canary and a rollback, and keys in batches."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.roles import rotate_credentials as credentials
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import rotate_key as keys
from ansible_collections.ontap.akv.tests.unit.support.role_data import (
    CLIENT_ID,
    OTHER_CLIENT_ID,
    entry,
    loop,
    lost,
    read,
    record,
    refusal,
    run,
    standby,
    unreachable,
    unread,
    uuid_of,
)


def planned(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the plan of a rotation."""
    return credentials.plan(
        **{"records": records, "client_id": CLIENT_ID, "svms": [], "canary": "", "batch_size": 2, **more}
    )


def names(plan: dict[str, Any]) -> list[list[str]]:
    """Return the names of the configurations in each batch."""
    return [[each["name"] for each in batch] for batch in plan["batches"]]


def test_rotates_canary_first_and_then_batches() -> None:
    svms = [record(f"svm{number}") for number in (5, 1, 2, 4, 3)]
    assert names(planned(*svms, record(None))) == [["svm1"], ["svm2", "svm3"], ["svm4", "svm5"]]
    assert names(planned(*svms, canary="svm4, svm2", batch_size="9")) == [["svm2", "svm4"], ["svm1", "svm3", "svm5"]]
    assert names(planned(*svms, canary=["svm9"]))[0] == ["svm1"]
    assert planned(*svms, record(None))["cluster"] is True
    assert planned(*svms)["cluster"] is False
    assert names(planned()) == []


def test_announces_canaries_that_do_not_exist() -> None:
    plan = planned(record("svm1"), record("svm2"), canary="svm9, svm2, svm8")
    assert credentials.announce(cluster="east", plan=plan, word="new") == (
        "east: 2 SVMs get the new credential, first svm2. akv_canary names SVMs that are not among them: svm9, svm8."
    )


def test_rotates_all_configurations_of_the_application() -> None:
    """This includes disabled ones and IDs in other letter case.

    An SVM with one configuration is addressed by name, others by UUID.
    """
    plan = planned(
        record("svm1", enabled=True),
        standby("svm1", client_id=CLIENT_ID.upper()),
        record("svm2", enabled=True, client_id=OTHER_CLIENT_ID),
        standby("svm2"),
        record("svm3"),
        batch_size=5,
    )
    assert names(plan) == [["svm1", "svm1/standby"], ["svm2/standby", "svm3"]]
    assert credentials.build_targets(batch=plan["batches"][0]) == [
        {"uuid": "uuid-svm1", "name": "svm1"},
        {"uuid": "uuid-svm1-standby", "name": "svm1/standby"},
    ]
    assert credentials.build_targets(batch=plan["batches"][1]) == [
        {"svm": ["svm3"], "name": "svm3"},
        {"uuid": "uuid-svm2-standby", "name": "svm2/standby"},
    ]


def test_reports_named_svms_that_are_left_out() -> None:
    """They have no configuration or use another application. C(*) names no SVM."""
    plan = planned(
        record("svm1"), record("svm2", client_id=OTHER_CLIENT_ID), svms=["svm1", uuid_of("svm2"), "svm9", "sv*"]
    )
    assert plan["missing"] == [
        "svm9: no configuration found: check the name of the SVM, and the permissions of the user",
        f"{uuid_of('svm2')}: its configuration uses the application {OTHER_CLIENT_ID}, not {CLIENT_ID}",
    ]
    assert planned(record("svm1"), record("svm2", client_id=OTHER_CLIENT_ID), svms=["*"])["missing"] == []


def test_reports_patterns_that_select_nothing() -> None:
    other = record("test1", client_id=OTHER_CLIENT_ID)
    nothing, foreign = planned(record("svm1"), other, svms=["svm*", "fin*", "test*"])["missing"]
    assert nothing.startswith("fin*: no configuration found: no SVM with a configuration matches; check the pattern")
    assert foreign == f"test*: the matching configurations use the application {OTHER_CLIENT_ID}, not {CLIENT_ID}"


@pytest.mark.parametrize(
    ("sent", "former", "rollback", "part"),
    [
        ({}, {}, False, "Give exactly one new credential"),
        ({"client_secret": "a", "client_certificate": "b"}, {}, False, "Give exactly one new credential"),
        ({"client_secret": "a"}, {}, True, "Give exactly one old credential"),
        (
            {"client_secret": "a"},
            {"client_secret": "b", "client_certificate_path": "c"},
            False,
            "Give at most one old credential",
        ),
        ({"client_secret": "a"}, {"client_secret": "a"}, False, "The new credential is the same as the old one."),
    ],
)
def test_refuses_missing_ambiguous_or_equal_credentials(
    sent: dict[str, Any], former: dict[str, Any], rollback: bool, part: str
) -> None:
    pair = credentials.build_credentials(new=[sent, {}], old=[{}, former], rollback=rollback)
    found = credentials.find_errors(client_id=CLIENT_ID, pair=pair)
    assert any(part in text for text in found), found


def test_rollback_exchanges_credentials() -> None:
    pair = credentials.build_credentials(new=[{"client_secret": "new"}], old=[{"client_secret": "old"}], rollback=True)
    assert (pair["sent"], pair["former"], pair["word"]) == ({"client_secret": "old"}, {"client_secret": "new"}, "old")
    assert credentials.find_errors(client_id=CLIENT_ID, pair=pair) == []
    assert "akv_client_id is required" in credentials.find_errors(client_id="", pair=pair)[0]


def judged(plan: dict[str, Any], *records: dict[str, Any]) -> list[str]:
    """Return the problems of the first batch of a plan."""
    return [found["text"] for found in credentials.judge(batch=plan["batches"][0], seen=read(*records))]


def test_verifies_each_configuration_of_a_batch() -> None:
    """Another configuration of the SVM does not replace a missing one. ONTAP reports no state of a standby one."""
    plan = planned(record("svm1", enabled=True), standby("svm1"))
    assert judged(plan, record("svm1", enabled=True), standby("svm1")) == []
    assert judged(plan, record("svm1", enabled=True)) == ["svm1/standby: the configuration no longer exists"]
    assert judged(plan, standby("svm1"), record("svm1", "another")) == ["svm1: the configuration no longer exists"]
    assert judged(plan, record("svm1", enabled=False), standby("svm1")) == [
        "svm1: the configuration is no longer enabled, so the credential was not verified"
    ]
    (text,) = judged(plan, unreachable("svm1", enabled=True), standby("svm1"))
    assert "svm1: the vault cannot be reached" in text
    assert (
        credentials.judge(batch=plan["batches"][0], seen={})
        == credentials.judge(batch=plan["batches"][0], seen={"skipped": True})
        == []
    )
    (denied,) = credentials.judge(batch=plan["batches"][0], seen=unread(403))
    assert denied["denied"] is True


def stopped(
    sent: dict[str, Any], problems: list[dict[str, Any]], back: dict[str, Any], given: bool = True, index: int = 1
) -> list[str]:
    """Return why a rotation of four SVMs stopped at its second batch."""
    plan = planned(*(record(f"svm{number}") for number in range(1, 5)), batch_size=1)
    return credentials.explain_stop(
        cluster="east",
        plan=plan,
        word="new",
        stop={"index": index, "sent": sent, "problems": problems},
        back={"given": given, "result": back, "problems": back.pop("problems", [])},
    )


SENT = {"svm": "svm2", "uuid": "uuid-svm2"}
BAD: list[dict[str, Any]] = [{"text": "svm2: the vault cannot be reached", "denied": False}]


def test_check_mode_reports_nothing_as_sent_or_put_back() -> None:
    refused = entry("svm3", changed=False, error=refusal())
    lines = credentials.explain_stop(
        cluster="east",
        plan=planned(*(record(f"svm{number}") for number in range(1, 4)), batch_size=2),
        word="new",
        stop={"index": 1, "sent": loop(run(entry("svm2"), refused)), "problems": []},
        back={"given": True, "result": loop(run(entry("svm2"))), "problems": []},
        predicted=True,
    )
    assert lines == [
        "east: would stop at batch 1.",
        "- svm3: refused (ONTAP error 65537540).",
        "Check mode: nothing was sent.",
    ]


def test_stop_message_describes_state_of_the_batch() -> None:
    """Put back and verified, put back and not verified, refused, not given, unchanged, and login refused."""
    sent = loop(run(entry("svm2")))
    lines = stopped(sent, BAD, loop(run(entry("svm2"))))
    assert lines == [
        "east: stopped at batch 1.",
        "- svm2: the vault cannot be reached",
        "The former credential was put back on svm2, and the vaults are reachable with it.",
        "Rotated in earlier batches, and kept: svm1",
        "Not started: svm3, svm4",
        "Fix the cause, then run the playbook again.",
    ]
    unverified = stopped(sent, BAD, {**loop(run(entry("svm2"))), "problems": BAD})[2]
    assert (
        unverified
        == "The former credential was put back on svm2, but the verification failed: svm2: the vault cannot be reached"
    )
    assert stopped(sent, BAD, loop(run(entry("svm2", changed=False, error=refusal()))))[2].startswith(
        "Putting the former credential back FAILED: svm2: "
    )
    assert (
        stopped(sent, BAD, {"skipped": True}, given=False)[2]
        == "These have the new credential, because no other was given to put back: svm2"
    )
    refused = loop(run(entry("svm2", changed=False, error=refusal())))
    assert stopped(refused, [], {"skipped": True})[2] == "No SVM of this batch was changed."
    denied = [{"text": "svm2: login refused", "denied": True}]
    assert (
        stopped(sent, denied, {"skipped": True})[2]
        == "These have the new credential; nothing was put back, because the cluster refused the login: svm2"
    )
    assert stopped(sent, BAD, {"skipped": True}, index=0)[0] == "east: stopped at the canary."


def stopped_batch(sent: dict[str, Any], back: dict[str, Any], **more: Any) -> list[str]:
    """Return why a rotation stopped at its first batch, of svm1, svm2, and svm3 with a standby configuration."""
    plan = planned(
        record("svm1"),
        record("svm2"),
        record("svm3", enabled=True),
        standby("svm3"),
        record("svm4"),
        canary=["svm1", "svm2", "svm3"],
    )
    return credentials.explain_stop(
        cluster="east",
        plan=plan,
        word="new",
        stop={"index": 0, "sent": sent, "problems": BAD},
        back={"given": True, "result": back, "problems": [], **more},
    )


ALL_SENT = loop(run(entry("svm1"), entry("svm2")), run(entry("svm3")), run(entry("svm3", uuid="uuid-svm3-standby")))


def test_names_configurations_whose_rollback_was_not_tried() -> None:
    """A refused login ends the loop. Those that it did not reach still have the new credential."""
    refused = run(entry("svm1"), entry("svm2", changed=False, error=refusal("6", 401)))
    lines = stopped_batch(ALL_SENT, loop(refused))
    assert lines[2:5] == [
        "Putting the former credential back FAILED: svm2: refused (ONTAP error 6).",
        "Not tried, so these still have the new credential: svm3, svm3/standby",
        "The former credential was put back on svm1",
    ]
    assert "set akv_rollback: true" in lines[-1]


def test_rollback_that_ended_before_its_first_request_was_not_tried() -> None:
    ended = {"failed": True, "changed": False, "msg": "no connection", "error": refusal(None, None)}
    lines = stopped_batch(ALL_SENT, loop(ended))
    assert lines[3] == "Not tried, so these still have the new credential: svm1, svm2, svm3, svm3/standby"


def test_rollback_that_was_cut_off_is_not_called_untried() -> None:
    """A run that was ended from outside reports nothing, and may have sent the credential."""
    cut_off = {"failed": True, "msg": "timed out", "item": {"svm": ["svm1", "svm2"], "name": "svm1, svm2"}}
    lines = stopped_batch(ALL_SENT, loop(cut_off, run(entry("svm3"))), problems=BAD)
    assert lines[2:7] == [
        "Putting the former credential back FAILED: timed out",
        "Not tried, so these still have the new credential: svm3/standby",
        "Which credential these have is not known: svm1, svm2",
        "The former credential was put back on svm3",
        "Found afterwards: svm2: the vault cannot be reached",
    ]


def test_names_configurations_of_the_batch_that_were_not_started() -> None:
    """The loop that sends the credential ends at the first failure, too."""
    sent = loop(run(entry("svm1"), entry("svm2", changed=False, error=refusal())))
    back = loop(run(entry("svm1")))
    assert "Not started: svm3, svm3/standby, svm4" in stopped_batch(sent, back)
    cut_off = loop({"failed": True, "msg": "timed out", "item": {"svm": ["svm1", "svm2"], "name": "svm1, svm2"}})
    lines = stopped_batch(cut_off, {"skipped": True})
    assert "Which credential these have is not known: svm1, svm2" in lines
    assert "Not started: svm3, svm3/standby, svm4" in lines


def test_stop_message_ends_with_next_step() -> None:
    """If the vaults are unreachable with both credentials, the credential is probably not the cause."""
    sent = loop(run(entry("svm2")))
    both = stopped(sent, BAD, {**loop(run(entry("svm2"))), "problems": BAD})[-1]
    assert both.startswith("The vaults could not be reached with the former credential either: check the vault")
    not_given = stopped(sent, BAD, {"skipped": True}, given=False)[-1]
    assert "set akv_rollback: true and akv_old_client_secret, " in not_given


@pytest.mark.parametrize(
    ("problems", "sent", "given", "expected"),
    [
        (BAD, loop(run(entry("svm2"))), True, True),
        (BAD, loop(run(entry("svm2"))), False, False),
        ([], loop(run(entry("svm2", changed=False, error=refusal()))), True, False),
        ([{"text": "x", "denied": True}], loop(run(entry("svm2"))), True, False),
        ([], loop(run(entry("svm2"), entry("svm3", changed=False, error=refusal(None, 401)))), True, False),
    ],
)
def test_former_credential_is_put_back_only_when_possible(
    problems: list[dict[str, Any]], sent: dict[str, Any], given: bool, expected: bool
) -> None:
    assert credentials.is_put_back(stop={"index": 0, "sent": sent, "problems": problems}, given=given) is expected


def test_rotation_summary_names_left_out_svms_and_next_step() -> None:
    plan = planned(record("svm1", enabled=True), standby("svm1"))
    told = {"cluster": "east", "word": "new", "client_id": CLIENT_ID, "predicted": False}
    assert (
        credentials.announce(cluster="east", plan=plan, word="new")
        == "east: 1 SVM gets the new credential, first svm1."
    )
    mistyped = planned(record("svm1"), canary="svm1,smv2")
    announced = credentials.announce(cluster="east", plan=mistyped, word="new")
    assert announced.endswith(", first svm1. akv_canary names SVMs that are not among them: smv2.")
    nothing = credentials.summarize(plan=planned(), **told)
    assert nothing == [f"east: no SVM uses the application {CLIENT_ID}; nothing was sent."]
    lines = credentials.summarize(plan=plan, **told)
    assert lines[0] == f"east: 1 SVM of the application {CLIENT_ID} uses the new credential."
    assert lines[1].endswith("ONTAP checks only enabled configurations: svm1/standby")
    assert "You can delete the old credential in Azure" in lines[-1]
    with_cluster = credentials.summarize(plan=planned(record("svm1"), record(None)), **told)
    assert "the cluster's configuration also uses this application" in with_cluster[-1]
    foreign = credentials.summarize(plan=planned(record("svm2", client_id=OTHER_CLIENT_ID), svms=["svm2"]), **told)
    assert foreign[1].startswith("- Left out: svm2: ")


def test_rekeys_enabled_configurations_not_done_before() -> None:
    """Named SVMs without an enabled configuration are reported as missing."""
    told = read(*(record(f"svm{number}") for number in (3, 1, 2)), standby("svm4"), record(None))
    plan = keys.plan(read=told, svms=["*", "svm4", "svm9"], done="svm2@east, svm1@west", cluster="east", batch_size="1")
    assert (plan["batches"], plan["svms"], plan["done"]) == (
        [["svm1"], ["svm3"]],
        ["svm1", "svm2", "svm3"],
        ["svm2@east"],
    )
    assert len(plan["missing"]) == 2


def test_reports_svms_done_by_an_earlier_run() -> None:
    given = ["svm1@east,svm2@east svm3@west", "svm1@east", "@east"]
    assert keys.list_reported(done=given, cluster="east", svms=["*"]) == ["svm1@east", "svm2@east"]
    assert keys.list_reported(done=given, cluster="east", svms=["svm2"]) == ["svm2@east"]
    assert keys.list_reported(done=given, cluster="east", svms=[uuid_of("svm1")]) == ["svm1@east", "svm2@east"]


def test_svm_without_internal_key_counts_as_done() -> None:
    """It is not a failure, whatever the module returned. Other failures of the same task are."""
    none, bad = refusal(keys.NO_INTERNAL_KEY), refusal("65537547")
    alone = run(entry("svm1", changed=False, error=none), entry("svm2"))
    assert keys.list_refused(result=alone, svms=["svm1", "svm2"]) == []
    assert keys.find_without_internal_key(result=alone) == ["svm1"]
    mixed = run(entry("svm1", changed=False, error=none), entry("svm2", changed=False, error=bad))
    assert [failure["svm"] for failure in keys.list_refused(result=mixed, svms=["svm1", "svm2"])] == ["svm2"]


def test_key_rotation_stops_after_too_many_failures() -> None:
    failed = [{"svm": "svm1", "denied": False, "text": "a"}, {"svm": "svm1", "denied": False, "text": "b"}]
    assert keys.is_stopped(failed=failed, most=1) is False
    assert keys.is_stopped(failed=failed, most="0") is True
    assert keys.is_stopped(failed=[{"svm": "svm1", "denied": True, "text": "a"}], most=9) is True
    assert keys.list_healthy(batch=["svm1", "svm2"], failed=failed) == ["svm2"]
    assert keys.list_healthy(batch=["svm1", "svm2"], failed=[{"svm": "svm1", "denied": True, "text": "a"}]) == []
    # SVMs that were finished before a refused login stay finished.
    denied = [{"svm": "svm2", "denied": True, "text": "a"}, {"svm": "svm3", "denied": True, "text": "not started"}]
    assert keys.list_finished(batch=["svm1", "svm2", "svm3"], failed=denied, last={"failed": True}) == ["svm1"]
    assert keys.list_finished(batch=["svm1", "svm2", "svm3"], failed=denied, last={"skipped": True}) == []


def test_verifies_svms_after_rekey() -> None:
    assert keys.judge(svms=["svm1"], seen=read(record("svm1"))) == []
    assert [found["svm"] for found in keys.judge(svms=["svm1", "svm2"], seen=read(unreachable("svm1")))] == [
        "svm2",
        "svm1",
    ]
    assert keys.judge(svms=["svm1"], seen={"skipped": True}) == keys.judge(svms=["svm1"], seen={}) == []
    assert [found["svm"] for found in keys.judge(svms=["svm1"], seen=unread())] == ["svm1"]


KEY2 = "https://vault1.vault.azure.net/keys/key2"


def summary_of_keys(*done: str, plan: dict[str, Any] | None = None, **given: Any) -> list[str]:
    wish = {"key": "internal", "key_id": KEY2, "most": 0, "predicted": False, **given}
    outcome = {"done": [f"{svm}@east" for svm in done], "keyless": [], "failed": [], **given}
    return keys.summarize(
        cluster="east", plan=plan or {"svms": ["svm1", "svm2", "svm3"], "done": []}, wish=wish, outcome=outcome
    )


def test_key_rotation_summary_counts_svms() -> None:
    """It counts the SVMs with the new keys, not those without an internal key. Check mode predicts."""
    svms = ["svm1", "svm2", "svm3"]
    assert summary_of_keys(*svms, keyless=["svm3"]) == [
        "east: 2 of 3 SVMs have a new internal key; 1 has no internal key yet (svm3)."
    ]
    (both,) = summary_of_keys(*svms, key="both", keyless=["svm2", "svm3"])
    assert both.startswith(f"east: 3 of 3 SVMs use the key {KEY2}; 1 of 3 SVMs has a new internal key; ")
    assert both.endswith("; 2 have no internal key yet (svm2, svm3).")
    assert summary_of_keys(*svms, key="external", predicted=True) == [f"east: 3 of 3 SVMs would use the key {KEY2}."]
    earlier = {"svms": svms, "done": ["svm1@east"]}
    assert summary_of_keys(*svms, plan=earlier) == [
        "east: 2 of 3 SVMs have a new internal key; 1 was done by an earlier run."
    ]
    assert summary_of_keys(plan={"svms": [], "done": []}) == [
        "east: no SVM has a configuration that is in use; nothing was re-keyed."
    ]


def test_stopped_key_rotation_summary_explains_how_to_continue() -> None:
    failed = [{"svm": "svm2", "denied": False, "text": "svm2: refused"}]
    assert summary_of_keys("svm1", failed=failed) == [
        "Stopped. east: 1 of 3 SVMs is known to have a new internal key.",
        "- svm2: refused",
        "- Not started: svm3",
        (
            "To continue, fix the cause and run the playbook again with -e akv_done=svm1@east. Join the lists of all"
            " hosts with commas."
        ),
    ]
    # An SVM without an internal key that failed for another reason counts once, as failed.
    assert summary_of_keys("svm1", failed=failed, keyless=["svm2"])[0].endswith(
        ": 1 of 3 SVMs is known to have a new internal key."
    )
    assert summary_of_keys(failed=failed)[-1] == "To continue, fix the cause and run the playbook again."
    assert keys.find_errors(key="both", key_id="", svms=[]) == [
        "akv_svm: it is empty; name the SVMs, or use * for all SVMs of the cluster.",
        "akv_key_id is required with akv_key: both.",
    ]


def test_key_rotation_summary_does_not_deny_that_failed_svms_use_the_new_key() -> None:
    """An SVM can fail after its re-key: the summary warns about both external keys, and names what restores a key."""
    failed = keys.judge(svms=["svm1"], seen=read(lost("svm1")))
    assert summary_of_keys(key="external", plan={"svms": ["svm1"], "done": []}, failed=failed) == [
        f"Stopped. east: 0 of 1 SVM is known to use the key {KEY2}.",
        f"- {failed[0]['text']}",
        "Do not disable or delete the old or the new key in Azure: an SVM that failed may use either of them.",
        "To restore missing keys, run the playbook ontap.akv.recover.",
        "To continue, fix the cause and run the playbook again.",
    ]
    assert summary_of_keys("svm1", key="external", failed=[])[-1].startswith("To continue, ")
