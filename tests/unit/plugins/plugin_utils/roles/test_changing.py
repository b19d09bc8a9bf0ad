# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the roles that change configurations: configure and decommission, and the failures of tasks."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.filter.role_step import STEPS, FilterModule, run_step
from ansible_collections.ontap.akv.plugins.plugin_utils.azure import checks
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configure, decommission, outcomes
from ansible_collections.ontap.akv.tests.unit.support.role_data import (
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

URL = "https://vault.example"


def test_filter_runs_steps_and_refuses_unknown_ones() -> None:
    assert FilterModule().filters() == {"role_step": run_step}
    assert run_step({"value": "svm1,svm2"}, "wording.read_names") == ["svm1", "svm2"]
    for data, step in (([], "wording.read_names"), ({}, "nonesuch")):
        with pytest.raises(AnsibleFilterError):
            run_step(data, step)
    assert all(step.split(".")[1] == function.__name__ for step, function in STEPS.items())


def test_credential_comes_from_one_source_as_a_whole() -> None:
    own, common = {"svm": "svm1", "client_secret": ""}, {"client_certificate": "c", "name": URL}
    assert checks.find_credential([own, common, {"client_secret": "s"}]) == {"client_certificate": "c"}
    assert checks.find_credential([{"client_secret": "s", "client_certificate": "c"}]) == {
        "client_secret": "s",
        "client_certificate": "c",
    }
    assert checks.find_credential([]) == {}


@pytest.mark.parametrize(
    ("described", "part"),
    [
        ({"svm": "svm1|svm2"}, "query operator"),
        ({"svm": "svm*"}, "does not accept wildcards"),
        ({"svm": ["svm1", None]}, "it is empty"),
        ({"svm": "svm1", "scope": "cluster"}, "cannot be combined with scope: cluster"),
        ({}, "svm: "),
        ({"svm": "svm1", "name": "vault"}, "name: 'vault' is not accepted; give the URL of the vault"),
        ({"svm": "svm1", "key_id": f"{URL}/key1"}, "key_id: "),
        ({"svm": "svm1", "configuration": "a b"}, "configuration: "),
    ],
)
def test_error_names_number_of_wrong_entry(described: dict[str, Any], part: str) -> None:
    (text,) = configure.find_errors(entries=[{"svm": "svm9"}, described], common={})
    assert text.startswith("akv_configurations, entry 2: ")
    assert part in text


def test_checks_common_values() -> None:
    assert (
        configure.find_errors(
            entries=[{"svm": "svm1"}, {"scope": "cluster", "name": URL}],
            common={"name": URL, "key_id": f"{URL}/keys/k"},
        )
        == []
    )
    assert len(configure.find_errors(entries=[{"svm": "svm1"}, {"svm": "svm2"}], common={"name": "vault"})) == 2


UUID = uuid_of("svm1")


@pytest.mark.parametrize(
    ("entries", "twice"),
    [
        ([{"svm": "svm1"}, {"svm": "svm2, svm1"}], ["svm1"]),
        ([{"svm": ["svm1", "svm1"]}], ["svm1"]),
        ([{"svm": "svm1"}, {"svm": UUID}], ["svm1"]),
        ([{"svm": UUID.upper()}, {"svm": UUID}], ["svm1"]),
        ([{"svm": "svm1", "configuration": "a"}, {"svm": UUID, "configuration": "a"}], ["svm1 (configuration a)"]),
        ([{"svm": "svm1"}, {"svm": "svm1", "configuration": "default"}], ["svm1"]),
        ([{"scope": "cluster"}, {"scope": "cluster", "state": "absent"}], ["scope: cluster"]),
        (
            [{"scope": "cluster", "configuration": "a"}, {"scope": "cluster", "configuration": "a"}],
            ["scope: cluster (configuration a)"],
        ),
        ([{"svm": "svm1", "configuration": "a"}, {"svm": "svm1", "configuration": "b"}, {"svm": "svm1"}], []),
        ([{"svm": "svm1"}, {"svm": "svm2"}, {"scope": "cluster"}], []),
    ],
)
def test_finds_configurations_described_twice(entries: list[dict[str, Any]], twice: list[str]) -> None:
    """They are described by name and UUID, within one entry, or with the name of the configuration."""
    assert configure.find_duplicates(entries=entries, common={}, svms=[{"name": "svm1", "uuid": UUID}]) == twice


def test_looks_up_uuids_only_together_with_names() -> None:
    assert configure.list_uuids(entries=[{"svm": "svm1"}, {"svm": UUID}], common={}) == [UUID]
    assert configure.list_uuids(entries=[{"svm": UUID}], common={}) == []
    assert configure.list_uuids(entries=[{"svm": "svm1"}, {"scope": "cluster"}], common={}) == []


def judged(described: dict[str, Any], *records: dict[str, Any], done: dict[str, Any] | None = None) -> list[str]:
    """Return the problems of an entry after it was applied."""
    return [found["text"] for found in configure.judge(entry=described, done=done or run(), seen=read(*records))]


def test_reports_described_configurations_that_are_missing() -> None:
    """This covers SVMs by name and by UUID, and the cluster's configuration."""
    assert judged({"svm": ["svm1", UUID.upper()]}, record("svm1")) == []
    for described in ({"svm": "svm1, svm2"}, {"svm": ["svm1", uuid_of("svm2")]}):
        (text,) = judged(described, record("svm1"))
        assert "no configuration" in text
    assert judged({"scope": "cluster"}) == ["cluster: no configuration found"]
    assert judged({"scope": "cluster"}, record(None)) == []


def test_reports_described_configurations_that_are_disabled() -> None:
    text = "svm1: no configuration is enabled (not enabled: default)."
    off = standby("svm1", "default")
    assert judged({"svm": "svm1"}, off) == [text]
    assert judged({"svm": "svm1", "enabled": True}, off) == [text]
    assert judged({"svm": "svm1", "configuration": "default"}, off) == [text]
    assert judged({"svm": "svm1", "enabled": False}, off) == []
    assert judged({"svm": "svm1", "configuration": "standby"}, standby("svm1")) == []
    assert judged({"svm": "svm1"}, off, record("svm1", enabled=True)) == []


def test_refused_change_is_not_reported_twice() -> None:
    done = run(entry("svm1", changed=False, error=refusal()), entry("svm2"))
    assert judged({"svm": ["svm1", "svm2"]}, record("svm2"), done=done) == []
    assert len(judged({"svm": ["svm1", "svm2"]}, unreachable("svm2"), done=done)) == 1
    assert len(judged({"svm": "svm2"}, lost("svm2"))) == 1


def test_unreadable_verification_is_a_failure() -> None:
    (found,) = configure.judge(entry={"svm": "svm1"}, done=run(), seen=unread(401))
    assert found["denied"] is True


@pytest.mark.parametrize(
    ("done", "hopeless"),
    [
        (run(entry("svm1", changed=False, error=refusal(None, 401))), True),
        (run(entry("svm1", changed=False, error=refusal("6", None))), True),
        ({"failed": True, "msg": "no connection", "error": refusal(None, None)}, True),
        ({"failed": True, "msg": "wrong option", "error": {**refusal(None, None), "method": None}}, False),
        (run(entry("svm1", changed=False, error=refusal())), False),
        (run(entry("svm1")), False),
    ],
)
def test_stops_when_next_entry_would_fail_too(done: dict[str, Any], hopeless: bool) -> None:
    assert configure.is_hopeless(done=done) is hopeless


def test_summary_of_configure_counts_results_and_lists_errors() -> None:
    entries: list[dict[str, Any]] = [{"svm": "svm1"}, {"svm": "svm2", "state": "absent"}, {"svm": ["svm3", "svm4"]}]
    told = {"cluster": "east", "entries": entries, "common": {}, "predicted": False}
    done = loop(
        run(entry("svm1", action="create")),
        run(entry("svm2", action="delete")),
        run(entry("svm3"), entry("svm4", action="none", changed=False)),
    )
    seen = loop(read(record("svm1")), {"skipped": True}, read(record("svm3"), record("svm4")))
    assert configure.summarize(**told, done=done, seen=seen) == {
        "ok": True,
        "lines": ["east: 3 entries are as described. Configurations: 1 created, 1 removed, 1 updated, 1 unchanged."],
    }
    gone = loop(read(), {"skipped": True}, read(record("svm3"), record("svm4")))
    assert "svm1: no configuration" in configure.summarize(**told, done=done, seen=gone)["lines"][1]
    bad = loop(read(unreachable("svm1")), {"skipped": True}, read(record("svm4"), unreachable("svm3")))
    lines = configure.summarize(**told, done=done, seen=bad)["lines"]
    assert [line.split(":")[0] for line in lines[:3]] == ["east is not as described", "- svm1", "- svm3"]
    assert lines[3:] == ["Configurations: 1 created, 1 removed, 1 updated, 1 unchanged.", configure._ADVICE["azure"]]
    down = loop({"failed": True, "msg": "no connection", "error": {"method": "GET", "status": None}})
    assert configure.summarize(**told, done=down, seen=loop())["lines"][0] == "east could not be configured:"
    denied = loop(run(entry("svm1", changed=False, error=refusal(None, 401))))
    assert configure.summarize(**told, done=denied, seen=loop())["lines"] == [
        "east is not as described:",
        "- svm1: refused.",
        "- Not started: svm2, svm3, svm4",
    ]


def summarized(*runs: dict[str, Any], seen: dict[str, Any] | None = None, predicted: bool = False) -> list[str]:
    """Return the summary of configure for one entry per run."""
    lines = configure.summarize(
        cluster="east",
        entries=[{"svm": f"svm{number}"} for number in range(1, len(runs) + 1)],
        common={},
        done=loop(*runs) if runs else {"skipped": True, "results": []},
        seen=seen or loop(*({"skipped": True} for _run in runs)),
        predicted=predicted,
    )["lines"]
    return list(lines)


@pytest.mark.parametrize("predicted", [True, False])
def test_summary_of_an_empty_list_says_that_nothing_was_checked(predicted: bool) -> None:
    assert summarized(predicted=predicted) == [
        "east: akv_configurations is empty, so nothing was configured and nothing was checked."
    ]


def test_summary_advises_a_restore_only_for_missing_keys() -> None:
    advice = "To restore missing keys, run the playbook ontap.akv.recover (-e akv_hosts=HOST)."
    done = (run(entry("svm1")), run(entry("svm2")))
    lines = summarized(*done, seen=loop(read(lost("svm1")), read(lost("svm2"))))
    assert lines == [*lines[:-1], advice]
    assert lines.count(advice) == 1
    both = summarized(*done, seen=loop(read(lost("svm1")), read(unreachable("svm2"))))
    assert both[-2:] == [configure._ADVICE["azure"], advice]
    assert advice not in summarized(*done, seen=loop(read(unreachable("svm1")), read(record("svm2"))))
    assert advice not in summarized(*done, seen=loop(read(record("svm1")), read()))


def test_prediction_names_the_svms_to_create() -> None:
    """A misspelled name is a creation in check mode, because nothing looks for the SVM."""
    creations = [entry(svm, action="create") for svm in ("svmm1", None)]
    standby_creation = entry("svm2", action="create", configuration="standby")
    lines = summarized(run(*creations, standby_creation, entry("svm3", changed=False)), predicted=True)
    assert lines == [
        "east: 1 entry checked. Configurations: 3 created (svmm1, cluster, svm2/standby), 1 unchanged (predicted)."
    ]
    # Not known after a failure, or the same after a run.
    refused = entry("svm9", action="create", changed=False, error=refusal())
    assert "svm9" not in summarized(run(refused), predicted=True)[-1].partition("Configurations")[2]
    assert summarized(run(creations[0]), seen=loop(read(record("svm1")))) == [
        "east: 1 entry is as described. Configurations: 1 created."
    ]


def test_prediction_names_only_the_first_of_many_svms() -> None:
    many = [entry(f"svm{number}", action="create") for number in range(1, 13)]
    (line,) = summarized(run(*many), predicted=True)
    assert "12 created (svm1, svm2, svm3, svm4, svm5 and 7 more) (predicted)" in line


def test_removes_standby_configurations_first() -> None:
    targets = decommission.plan(records=[record("svm1", enabled=True), standby("svm1"), record("svm2"), record("svm3")])
    assert targets == [
        {"svm": ["svm2", "svm3"], "name": "svm2, svm3"},
        {"uuid": "uuid-svm1-standby", "name": "svm1/standby"},
        {"uuid": "uuid-svm1", "name": "svm1"},
    ]


def test_summary_of_decommission_lists_removed_configurations() -> None:
    records = [record("svm1"), standby("svm1"), record("svm2")]
    removed = [entry("svm2", action="delete"), entry("svm1", action="delete") | {"uuid": "uuid-svm1-standby"}]
    told = {"cluster": "east", "svms": ["svm1", "svm2"], "records": records, "predicted": False}
    found = decommission.summarize(**told, done=loop(*(run(each) for each in removed)), left=[])
    assert found == {"ok": True, "lines": ["east: removed: svm2, svm1/standby"]}
    refused = loop(run(removed[0], entry("svm1", changed=False, error=refusal("65536867"))))
    found = decommission.summarize(**told, done=refused, left=[record("svm1"), record("svm2")])
    assert found["lines"] == [
        "east: removed: svm2. Not removed:",
        "- svm1: refused (ONTAP error 65536867).",
        "- svm2: it still has a configuration",
    ]
    nothing = decommission.summarize(**{**told, "records": []}, done={"skipped": True, "results": []}, left=[])
    assert nothing == {"ok": True, "lines": ["east: removed: nothing", "- Without a configuration: svm1, svm2"]}


def test_summary_of_decommission_names_what_a_refused_login_left() -> None:
    records = [standby("svm1"), record("svm1"), record("svm2"), record("svm3")]
    denied = run(entry("svm2", action="delete"), entry("svm3", changed=False, error=refusal("6", 401)))
    told = {"cluster": "east", "svms": ["svm1", "svm2", "svm3"], "records": records, "predicted": False}
    assert decommission.summarize(**told, done=loop(denied), left=[]) == {
        "ok": False,
        "lines": [
            "east: removed: svm2. Not removed:",
            "- svm3: refused (ONTAP error 6).",
            "- svm1/standby: the removal was not tried",
            "- svm1: the removal was not tried",
        ],
    }


def test_summary_accepts_results_with_masked_keys() -> None:
    """A short secret may be part of a key of a result."""
    done = loop({"failed": False, "results": [{"********": "svm1", "changed": True, "uuid": "uuid-svm1"}]})
    assert (
        decommission.summarize(cluster="east", svms=[], records=[record("svm1")], done=done, left=[], predicted=False)[
            "ok"
        ]
        is True
    )
    failed = {"failed": True, "msg": "refused", "results": [{"********": "svm1", "error": {"********": "x"}}]}
    (failure,) = outcomes.list_all_failures(failed)
    assert "the task failed without a message" in failure["text"]


def test_lists_failures_of_loops_and_single_tasks() -> None:
    assert outcomes.list_all_failures({"skipped": True, "results": []}) == []
    assert len(outcomes.list_all_failures(loop(run(entry("svm1", error=refusal())), run(entry("svm2")), unread()))) == 2
    assert outcomes.has_denial(result=loop(run(entry("svm1", error=refusal("6"))))) is True
    assert outcomes.has_denial(result=run(entry("svm1", error=refusal()))) is False
    assert outcomes.list_changed_uuids(loop(run(entry("svm1"), entry("svm2", changed=False)))) == ["uuid-svm1"]
    (named,) = outcomes.list_all_failures(run(entry("svm1", error=refusal(), configuration="standby")))
    assert named["text"].startswith("svm1/standby: ")
