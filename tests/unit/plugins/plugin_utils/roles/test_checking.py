# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the roles health, report and recover, and when a run stops."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.filter.fleet import collect_fleet
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import health, recover, report, stopping, wording
from ansible_collections.ontap.akv.tests.unit.support.dates import get_today
from ansible_collections.ontap.akv.tests.unit.support.role_data import (
    QUIET,
    REACHED,
    loop,
    lost,
    read,
    record,
    refusal,
    run,
    standby,
    unreachable,
    unread,
)
from ansible_collections.ontap.akv.tests.unit.support.role_data import entry as entry_of

NO_DATES: dict[str, Any] = {"expires": "", "created": "", "min_days": 14, "max_age_days": 180}
CHECKS = ["state", "azure"]


def judged(result: dict[str, Any], svms: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """Return the findings of the health check of a host."""
    return health.judge(
        **{
            "cluster": "east",
            "read": result,
            "checks": CHECKS,
            "svms": svms or [],
            "described": [],
            "credential": NO_DATES,
            **more,
        }
    )


def test_does_not_check_or_count_standby_configurations() -> None:
    found = judged(read(record("svm1", enabled=True), standby("svm1"), record("svm2")))
    assert found == {
        "cluster": "east",
        "read": True,
        "problems": [],
        "kinds": [],
        "warnings": [],
        "checked": 2,
        "verdict": "no problems, see the summary above.",
        "outage": None,
    }


def test_svm_without_enabled_configuration_is_a_problem() -> None:
    found = judged(read(standby("svm1"), record("svm2")))
    assert found["problems"] == ["east: svm1: no configuration is enabled (not enabled: standby)."]
    assert found["checked"] == 1


def test_missing_named_or_described_configurations_are_problems() -> None:
    """Named SVMs must exist or, if none is named, those that the host describes as present, with the common values."""
    missing = "no configuration found: check the name of the SVM, and the permissions of the user"
    assert judged(read(record("svm1")), ["svm1", "svm9"])["problems"] == [f"east: svm9: {missing}"]
    described = [{"svm": "svm1, svm2"}, {"svm": ["svm3"], "state": "absent"}, {"scope": "cluster"}]
    no_cluster = "east: cluster: no configuration found"
    assert judged(read(record("svm1")), described=described)["problems"] == [f"east: svm2: {missing}", no_cluster]
    assert judged(read(*map(record, ("svm1", "svm2", None))), described=described)["problems"] == []
    common = {"scope": "cluster"}
    assert judged(read(record("svm1")), described=[{"configuration": "a"}], common=common)["problems"] == [no_cluster]
    assert (
        judged(read(), described=[{"svm": "svm1"}, {"scope": "cluster"}], common={"state": "absent"})["problems"] == []
    )
    assert judged(unread(), described=described)["problems"] == ["east: no answer"]
    assert judged(read(record("svm1")), ["svm1"], described=described)["problems"] == []
    assert judged(read())["problems"] == []


def test_unreadable_status_is_a_problem_with_its_reason() -> None:
    lacking = record("svm1")
    del lacking["azure_reachability"]
    reason = {
        "uuid": "uuid-svm1",
        "svm": "svm1",
        "property": "azure_reachability",
        "code": "65537552",
        "message": "node2 is down",
    }
    problems = judged(read(lacking, unread=[reason]))["problems"]
    assert problems == ["east: svm1: whether the vault can be reached could not be read: node2 is down (code 65537552)"]


def test_unreadable_cluster_is_a_problem_in_one_line() -> None:
    assert judged(unread())["problems"] == ["east: no answer"]


def test_reports_expiring_and_old_credentials() -> None:
    today = get_today()
    for expires, text in ((-1, "expired on"), (13, "in 13 days"), (1, "in 1 day"), (0, "in 0 days")):
        (problem,) = judged(read(), credential={**NO_DATES, "expires": str(today + dt.timedelta(days=expires))})[
            "problems"
        ]
        assert text in problem
        assert not (expires == 1 and "days" in problem)
    assert judged(read(), credential={**NO_DATES, "expires": str(today + dt.timedelta(days=14))})["problems"] == []
    old = judged(read(), credential={**NO_DATES, "created": str(today - dt.timedelta(days=181))})["problems"]
    assert old == ["the credential is 181 days old, more than akv_credential_max_age_days (180)"]


def test_health_summary_counts_problems_and_limits_lines() -> None:
    hosts = [judged(read(record("svm1"))), judged(read(unreachable("svm2"), unreachable("svm3")), cluster="west")]
    found = health.summarize(hosts=hosts, checks=CHECKS, lines=1)
    assert found["lines"] == [
        "Checked 3 configurations on 2 clusters (state, azure): 2 problems.",
        "- west: svm2: the vault cannot be reached: timed out (code 1)",
        "- and 1 more: west (1)",
        health._ADVICE["azure"],
    ]
    assert (len(found["problems"]), found["checked"]) == (2, 3)
    one = health.summarize(hosts=hosts[:1], checks=["state"], lines=40)
    assert one["lines"] == ["Checked 1 configuration on 1 cluster (state): no problems."]


def test_last_line_of_health_summary_names_clusters_of_the_rest() -> None:
    """Otherwise the problems of one cluster hide that another has any. What has no cluster belongs to Azure."""
    bad = {
        "east": judged(read(*(unreachable(f"svm{number}") for number in range(64)))),
        "west": judged(surveyed(unreachable("svm1"), key_stores=[BLOCKED]), cluster="west"),
    }
    lines = health.summarize(hosts=list(bad.values()), checks=CHECKS, lines=40)["lines"]
    assert [line for line in lines if line.startswith("- and ")] == ["- and 26 more: east (24), west (2)"]
    shared = {**bad["west"], "problems": [*bad["west"]["problems"], "application x: Has expired."]}
    shared["warnings"] = [*shared["warnings"], "application y: Expires soon."]
    lines = health.summarize(hosts=[shared, {**shared, "cluster": "north"}], checks=CHECKS, lines=0)["lines"]
    assert lines[1] == "- and 4 more: west (2), Azure (2)"


def test_last_line_of_health_summary_names_few_clusters() -> None:
    hosts = [judged(read(unreachable("svm1"), unreachable("svm2")), cluster=f"c{number}") for number in range(9)]
    lines = health.summarize(hosts=hosts, checks=CHECKS, lines=1)["lines"]
    assert lines[2] == "- and 17 more: c0 (1), c1 (2), c2 (2), c3 (2), c4 (2) and 4 more clusters"


def test_unread_clusters_do_not_count_as_healthy() -> None:
    """This applies to unreadable clusters and to clusters without configurations."""
    down = judged(unread(), cluster="down")
    lines = health.summarize(hosts=[judged(read(record("svm1"))), down], checks=CHECKS, lines=9)["lines"]
    assert lines[0] == "Checked 1 configuration on 1 of 2 clusters (state, azure): 1 problem."
    lines = health.summarize(hosts=[down], checks=CHECKS, lines=9)["lines"]
    assert lines[0] == "Checked no configurations on 0 of 1 cluster (state, azure): 1 problem."
    lines = health.summarize(hosts=[judged(read()), judged(read(), cluster="west")], checks=CHECKS, lines=9)["lines"]
    assert lines == ["Found no configurations in use on 2 clusters, so nothing was checked."]


def test_health_summary_gives_advice_once_per_kind_of_problem() -> None:
    """There is no advice about a status that the cluster could not read."""
    hosts = [judged(read(lost("svm1"), lost("svm2")))]
    lines = health.summarize(hosts=hosts, checks=CHECKS, lines=9)["lines"]
    assert [line for line in lines if line in health._ADVICE.values()] == [health._ADVICE["state"]]


def test_advice_about_the_vault_comes_before_the_restore() -> None:
    """A restore cannot help until the vault can be reached."""
    both = {**lost("svm1"), "azure_reachability": unreachable("svm1")["azure_reachability"]}
    vault, restore = health.summarize(hosts=[judged(read(both))], checks=CHECKS, lines=9)["lines"][-2:]
    assert "do not reboot nodes that are up" in vault
    assert "run the playbook ontap.akv.health (-e akv_azure=true)" in vault
    assert "run the playbook ontap.akv.recover (-e akv_hosts=HOST)" in restore


def test_shared_problem_is_counted_once() -> None:
    credential = {**NO_DATES, "expires": "2020-01-01"}
    hosts = [judged(read(), cluster=cluster, credential=credential) for cluster in ("east", "west")]
    assert health.summarize(hosts=hosts, checks=CHECKS, lines=40)["problems"] == [
        "the credential expired on 2020-01-01"
    ]


OFFLINE, ONLINE = "volumes go offline after 4 failed polls, 15 minutes apart", "volumes stay online"
BLOCKED = {"uuid": "1", "svm": "svm1", "configuration": "default", "state": "blocked", "meaning": "it provides no keys"}
SECOND = {"uuid": "2", "svm": None, "configuration": "second", "state": "mixed", "meaning": "no new keys"}
GOOD = {"uuid": "3", "svm": "svm3", "configuration": "default", "state": "active", "meaning": None}


def surveyed(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a result of akv_info with the settings of the cluster."""
    return {
        **read(*(records or (record("svm1"),))),
        "settings": {},
        "outage": None,
        "key_stores": [],
        "doubts": [],
        **more,
    }


def test_health_summary_describes_outage_once_for_all_clusters() -> None:
    """It is described only if it is known. Further names are counted."""
    hosts = [judged(surveyed(outage=OFFLINE), cluster=f"east{number}") for number in range(8)]
    hosts += [
        judged(surveyed(outage=ONLINE), cluster="west"),
        judged(surveyed(outage=ONLINE), cluster="west"),
        judged(surveyed(), cluster="old"),
    ]
    found = health.summarize(hosts=hosts, checks=["state"], lines=40)
    assert found["lines"][1:] == [
        f"Setting of east0, east1, east2, east3, east4 and 3 more clusters: if a vault cannot be reached, {OFFLINE}.",
        f"Setting of west: if a vault cannot be reached, {ONLINE}.",
    ]
    assert found["problems"] == []


def test_inactive_key_store_is_a_warning_with_its_meaning() -> None:
    found = judged(surveyed(key_stores=[BLOCKED, GOOD, SECOND]))
    assert found["problems"] == []
    assert found["warnings"] == [
        "east: svm1: the key store is blocked: it provides no keys",
        "east: cluster: the key store second is mixed: no new keys",
    ]
    lines = health.summarize(hosts=[found], checks=["state"], lines=40)["lines"]
    assert lines[0] == "Checked 1 configuration on 1 cluster (state): no problems, 2 warnings."
    assert lines[1] == "- warning: east: svm1: the key store is blocked: it provides no keys"


def test_unreadable_settings_are_a_warning() -> None:
    found = judged(surveyed(doubts=["what happens could not be read: no access"]))
    assert (found["problems"], found["warnings"]) == ([], ["east: what happens could not be read: no access"])


def test_adding_azure_keeps_warnings_of_ontap() -> None:
    found = judged(surveyed(key_stores=[BLOCKED]))
    assert health.add_azure(found=found, checks=[], results={})["warnings"] == found["warnings"]


def test_fleet_entry_contains_outage_and_inactive_key_stores() -> None:
    """Only inactive key stores are listed. Without the settings, the entry has none of these fields."""
    hostvars = {
        "east": {"read": surveyed(outage=OFFLINE, key_stores=[BLOCKED, GOOD])},
        "west": {"read": read(record("svm1"))},
    }
    east, west = collect_fleet(["east", "west"], hostvars, "read")
    assert {name: east[name] for name in ("settings", "outage", "key_stores", "doubts")} == {
        "settings": {}, "outage": OFFLINE, "key_stores": [BLOCKED], "doubts": [],
    }  # fmt: skip
    assert not {"settings", "outage", "key_stores", "doubts"} & set(west)


def test_report_summary_describes_outage_and_key_stores() -> None:
    clusters = [
        {"cluster": "east", "error": None, **surveyed(outage=OFFLINE, key_stores=[BLOCKED], doubts=["one\nline"])}
    ]
    assert report.summarize(clusters=clusters, found=QUIET, absent=[], folder="/r", metrics="/m", predicted=False)[
        1:-1
    ] == [
        "- warning: east: svm1: the key store is blocked: it provides no keys",
        "- warning: east: one line",
        f"Setting of east: if a vault cannot be reached, {OFFLINE}.",
    ]


def test_last_line_of_report_summary_names_files_and_counts() -> None:
    clusters: list[dict[str, Any]] = [
        {"cluster": "east", "error": None, "azure_key_vaults": [record("svm1"), record("svm2")]},
        {"cluster": "east", "error": None, "azure_key_vaults": []},
        {"cluster": "west", "error": "no\nanswer", "azure_key_vaults": []},
    ]
    assert report.summarize(
        clusters=clusters,
        found={**QUIET, "verdict": "2 of 2 SVMs are healthy."},
        absent=[],
        folder="/r",
        metrics="/m/akv.prom",
        predicted=False,
    ) == [
        "2 of 2 SVMs are healthy.",
        "- west could not be read: no answer",
        "Wrote 2 configurations of 1 cluster to /r: akv.html, akv.json, akv.csv. Metrics: /m/akv.prom.",
    ]
    assert report.summarize(clusters=[], found=QUIET, absent=[], folder="/r", metrics="/m/akv.prom", predicted=True)[
        -1
    ].startswith("Would write no configurations of no clusters to /r: akv.html")


NO_MATCH = "no configuration found: no SVM with a configuration matches; check the pattern, and the permissions"


def test_pattern_without_match_is_a_problem() -> None:
    """A misspelled pattern must not let a check of nothing pass."""
    found = judged(read(record("svm1")), ["svm*", "fin*", "*"])
    (problem,) = found["problems"]
    assert problem.startswith(f"east: fin*: {NO_MATCH}")
    assert found["verdict"] == "1 problem, see the summary above."
    found = judged(read(), ["fin*"])
    lines = health.summarize(hosts=[found], checks=CHECKS, lines=40)["lines"]
    assert lines[0] == "Found no configurations in use on 1 cluster, so nothing was checked: 1 problem."
    assert lines[1].startswith(f"- east: fin*: {NO_MATCH}")
    assert judged(read(record(None)), ["fin*"])["problems"] != []


def test_pattern_for_everything_may_match_nothing() -> None:
    assert judged(read(), ["*"])["problems"] == []


def test_unread_cluster_is_not_searched_for_patterns() -> None:
    assert len(judged(unread(), ["fin*"])["problems"]) == 1


def test_recover_fails_on_pattern_without_match() -> None:
    planned = recover.plan(read=read(record("svm1")), svms=["svm*", "fin*"])
    found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=loop(), predicted=False)
    assert found["ok"] is False
    assert any(line.startswith(f"- fin*: {NO_MATCH}") for line in found["lines"])


HEALTHY = {"cluster": "east", "error": None, "azure_key_vaults": [record("svm1"), record("svm2")]}


def built(
    folder: Path, *entries: dict[str, Any], absent: dict[str, list[str]] | None = None, **earlier: Any
) -> dict[str, Any]:
    """Return the files that the role writes, by default for one cluster. The folder may contain an earlier report.

    absent: the requested SVMs without a configuration, by cluster.
    """
    found = {entry["cluster"]: entry for entry in entries or (HEALTHY,)}
    names = absent or {}
    return report.build(
        hosts=list(found),
        hostvars={
            host: {"_akv_report_found": {"entry": entry, "absent": names.get(host, [])}}
            for host, entry in found.items()
        },
        report={"generated": "2026-01-02T03:04:05Z", "health": True},
        earlier={"previous": str(folder / "akv.json"), "optional": True, **earlier},
        title="",
        # Text, because older releases of ansible-core convert the number to text.
        keep="2",
        summary={"folder": str(folder), "metrics": str(folder / "akv.prom"), "predicted": False},
    )


def test_builds_all_files_of_the_report(tmp_path: Path) -> None:
    found = built(tmp_path)
    contents = found["contents"]
    assert found["error"] == ""
    assert sorted(contents) == ["akv-history.json", "akv.csv", "akv.html", "akv.json", "akv.prom"]
    written = json.loads(contents["akv.json"])
    assert [each["svm"]["name"] for each in written["clusters"][0]["azure_key_vaults"]] == ["svm1", "svm2"]
    assert contents["akv.json"].endswith("}\n")
    assert [each["generated"] for each in json.loads(contents["akv-history.json"])["reports"]] == [written["generated"]]
    assert contents["akv.csv"].count("\n") == 3
    assert 'ontap_akv_cluster_up{cluster="east"} 1' in contents["akv.prom"]
    assert found["published"]["akv_report_summary"]["configurations"] == 2
    assert found["lines"][-1].startswith("Wrote 2 configurations of 1 cluster to ")


def test_lines_of_report_name_causes(tmp_path: Path) -> None:
    """The console of the job says what is wrong. A cluster that could not be read is listed once, with its error."""
    west = {"cluster": "west", "error": "timed out", "azure_key_vaults": []}
    east = {
        "cluster": "east",
        "error": None,
        "azure_key_vaults": [lost("svm1", ekmip_reachability=REACHED), lost("svm2", ekmip_reachability=REACHED)],
    }
    found = built(tmp_path, east, west)
    assert found["lines"][1:-1] == [
        "- west could not be read: timed out",
        "- Keys are not available: 2 SVMs of east",
    ]


def test_lines_of_report_count_causes_that_are_left_out(tmp_path: Path) -> None:
    clusters = [
        {"cluster": f"c{n}", "error": None, "azure_key_vaults": [lost("svm1", ekmip_reachability=REACHED)]}
        for n in range(12)
    ]
    assert built(tmp_path, *clusters)["lines"][-2] == "- and 2 more causes, see akv.html"


def test_history_is_extended_and_limited(tmp_path: Path) -> None:
    counts = {"ok": 1, "warning": 0, "problem": 0, "unknown": 0, "unread": 0}
    reports = [{"generated": f"2026-01-0{day}T00:00:00Z", **counts} for day in (1, 2)]
    (tmp_path / "akv-history.json").write_text(json.dumps({"reports": reports}), encoding="utf-8")
    kept = json.loads(built(tmp_path)["contents"]["akv-history.json"])["reports"]
    assert [each["generated"] for each in kept] == ["2026-01-02T00:00:00Z", "2026-01-02T03:04:05Z"]


def test_missing_named_earlier_report_is_an_error(tmp_path: Path) -> None:
    found = built(tmp_path, optional=False)
    assert set(found) == {"error"}
    assert f"previous: {tmp_path / 'akv.json'} could not be used" in found["error"]


EAST, WEST = ({"cluster": name, "error": None, "azure_key_vaults": []} for name in ("east", "west"))
DOWN = {"cluster": "down", "error": "timed out", "azure_key_vaults": []}


def test_report_without_any_requested_configuration_is_an_error(tmp_path: Path) -> None:
    """A misspelled SVM must not replace the report of the fleet with an empty one."""
    found = built(tmp_path, EAST, WEST, absent={"east": ["svm66", "fin*"], "west": ["svm66", "fin*"]})
    assert found == {
        "error": "No configuration found for svm66, fin* on east, west, so nothing was written. Check the names, and"
        " the permissions of the user."
    }
    many = [{"cluster": f"c{number}", "error": None, "azure_key_vaults": []} for number in range(8)]
    error = built(tmp_path, *many, absent={entry["cluster"]: ["svm66"] for entry in many})["error"]
    assert error.startswith("No configuration found for svm66 on c0, c1, c2, c3, c4 and 3 more clusters, so ")


@pytest.mark.parametrize(
    ("entries", "absent"),
    [
        ((EAST, HEALTHY | {"cluster": "west"}), {"east": ["svm66"], "west": ["svm66"]}),
        ((EAST, DOWN), {"east": ["svm66"]}),
        ((EAST, WEST), {"east": ["svm66"]}),
        ((EAST, WEST), {}),
    ],
    ids=["found on another cluster", "a cluster could not be read", "a host was not asked for SVMs", "no SVMs"],
)
def test_report_is_written_despite_missing_svms(
    tmp_path: Path, entries: tuple[dict[str, Any], ...], absent: dict[str, list[str]]
) -> None:
    found = built(tmp_path, *entries, absent=absent)
    assert (found["error"], bool(found["contents"])) == ("", True)
    assert [line for line in found["lines"] if "no configuration found" in line] == [
        f"- {cluster}: svm66: no configuration found: check the name of the SVM, and the permissions of the user"
        for cluster in absent
    ]


def test_report_names_patterns_without_match(tmp_path: Path) -> None:
    lines = built(tmp_path, absent={"east": ["fin*"]})["lines"]
    assert any(line.startswith(f"- east: fin*: {NO_MATCH}") for line in lines)


def test_restores_only_missing_keys_of_enabled_configurations() -> None:
    planned = recover.plan(read=read(lost("svm1"), record("svm2"), standby("svm3"), lost(None)), svms=[])
    assert planned["targets"] == [{"svm": ["svm1"]}, {"scope": "cluster"}]
    assert planned["names"] == ["svm1", "the cluster itself"]
    assert planned["absent"] == []


def test_named_svm_without_enabled_configuration_is_a_failure() -> None:
    planned = recover.plan(read=read(standby("svm2")), svms=["svm2", "svm9", "x*"])
    found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=loop(), predicted=False)
    assert found["ok"] is False
    assert found["lines"][0] == "east: restored: none. Not restored:"
    assert any(line.startswith("- svm9: no configuration") for line in found["lines"])
    assert any(line.startswith("- svm2: no configuration is enabled") for line in found["lines"])


def reached(svm: str | None, **fields: Any) -> dict[str, Any]:
    """Return a healthy configuration; every node reaches the key servers."""
    return record(svm, ekmip_reachability=REACHED, **fields)


def recovered(done: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any]:
    """Return the summary after the role tried to restore the keys of svm1 and of the cluster."""
    planned = recover.plan(read=read(lost("svm1"), lost(None)), svms=[])
    return recover.summarize(cluster="east", plan=planned, done=done, seen=seen, predicted=False)


def test_recover_summary_lists_restored_keys() -> None:
    found = recovered(loop(run(entry_of("svm1"))), loop(read(reached("svm1")), read(reached(None))))
    assert found["ok"] is True
    assert found["lines"][0] == "east: restored: svm1, the cluster itself"
    assert [line.partition(": ")[0] for line in found["lines"][1:-1]] == ["- before", "- before"]
    assert "volume show -state offline" in found["lines"][-1]


def test_recover_summary_counts_checked_configurations() -> None:
    def summarized(*records: dict[str, Any]) -> list[str]:
        planned = recover.plan(read=read(*records), svms=[])
        found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=loop(), predicted=False)
        assert found["ok"] is True
        return list(found["lines"])

    assert summarized(record("svm1"), record("svm2"), standby("svm3")) == [
        "east: nothing to restore; 2 configurations checked, and no key is missing."
    ]
    assert summarized() == ["east: nothing to restore, because no configuration is in use."]


def test_vanished_configuration_is_not_restored() -> None:
    found = recovered(loop(run(entry_of("svm1"))), loop(read(), read(record(None))))
    assert found["ok"] is False
    assert any("svm1: no configuration" in line for line in found["lines"])
    refused = run(entry_of(None, action="none", changed=False, error=refusal(None, None)))
    found = recovered(loop(run(entry_of("svm1")), refused), loop(read(record("svm1")), read()))
    assert found["ok"] is False
    assert any("cluster: no configuration" in line for line in found["lines"])


def test_earlier_state_counts_after_refused_login() -> None:
    """Nothing is read after it, so an earlier result must not look like success."""
    found = recovered(loop(run(entry_of("svm1", changed=False, error=refusal(None, 401)))), {"skipped": True})
    assert found["ok"] is False
    assert sum("the keys are not available" in line for line in found["lines"]) == 2
    assert found["lines"][-1] == recover._ADVICE


UNREACHED = {"azure_reachability": {"reachable": False, "code": "65537127", "message": "no route"}}


def test_recover_shows_what_it_does_not_restore() -> None:
    """Keys are available, and the vault is not: volumes can be offline, so "nothing to restore" alone would mislead."""
    planned = recover.plan(read=read(record("svm1"), record(None)), svms=[])
    assert (planned["targets"], planned["checks"]) == ([], [{}])
    seen = loop(read(reached("svm1", **UNREACHED), reached(None)))
    found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=seen, predicted=False)
    assert found == {
        "ok": True,
        "lines": [
            "east: nothing to restore; 2 configurations checked, and no key is missing.",
            recover._REMAINING,
            "- svm1: the vault cannot be reached: no route (code 65537127)",
            recover._NEXT,
        ],
    }
    refused = loop({"failed": True, "msg": "timed out"})
    found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=refused, predicted=False)
    assert found["lines"][1:] == [recover._REMAINING, "- timed out", recover._NEXT]


def test_recover_shows_what_remains_after_restore() -> None:
    found = recovered(loop(run(entry_of("svm1"))), loop(read(reached("svm1", **UNREACHED)), read(reached(None))))
    assert found["ok"] is True
    assert found["lines"][-3:] == [
        recover._REMAINING,
        "- svm1: the vault cannot be reached: no route (code 65537127)",
        recover._NEXT,
    ]


def test_recover_fails_if_key_is_lost_between_its_reads() -> None:
    planned = recover.plan(read=read(record("svm1")), svms=["svm1"])
    assert planned["checks"] == [{"svm": ["svm1"]}]
    seen = loop(read(lost("svm1", ekmip_reachability=REACHED)))
    found = recover.summarize(cluster="east", plan=planned, done=loop(), seen=seen, predicted=False)
    assert (found["ok"], found["lines"][0]) == (False, "east: keys are still missing.")


def test_recover_groups_many_lines_by_problem() -> None:
    """The advice is not the last line of a wall."""
    still = [lost(f"svm{number}", ekmip_reachability=REACHED) for number in range(1, 10)]
    records = [{**each, **UNREACHED} for each in still]
    planned = recover.plan(read=read(*records), svms=[])
    found = recover.summarize(
        cluster="east", plan=planned, done=loop(run(entry_of("svm1"))), seen=loop(read(*records)), predicted=False
    )
    names = ", ".join(f"svm{number}" for number in range(1, 10))
    assert found["lines"][1:-1] == [
        f"- {names}: the keys are not available: Node: node1. Reason: rebooted (code 1)",
        f"- {names}: the vault cannot be reached: no route (code 65537127)",
    ]


def test_recover_summary_lists_reasons_beside_each_missing_key() -> None:
    """Who reads it at night finds the three lines of an SVM together."""
    still = [{**lost(svm, ekmip_reachability=REACHED), **UNREACHED} for svm in ("svm1", None)]
    found = recovered(loop(run(entry_of("svm1"))), loop(read(*still)))
    assert [line.partition(":")[0] for line in found["lines"][1:-1]] == ["- svm1", "- svm1", "- cluster", "- cluster"]
    assert ["vault cannot be reached" in line for line in found["lines"][1:-1]] == [False, True, False, True]


def test_unreadable_state_after_restore_is_a_failure() -> None:
    assert recovered(loop(run(entry_of("svm1"))), loop(unread(), read(record(None))))["ok"] is False


@pytest.mark.parametrize(
    ("failed", "most", "stops"),
    [(0, 0, False), (1, 0, True), (1, 25, False), (2, 25, True), (4, 100, False), (1, "24", True)],
)
def test_host_does_not_start_after_too_many_failures(failed: int, most: Any, stops: bool) -> None:
    hosts = ["a", "b", "c", "d"]
    reason = stopping.find_stop_reason(everyone=hosts, left=hosts[failed:], most=most)
    assert bool(reason) is stops
    assert not stops or hosts[0] in reason


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("", []),
        (" svm1, svm2,", ["svm1", "svm2"]),
        (["svm1", ["svm2, svm3"], None], ["svm1", "svm2", "svm3"]),
        ((), []),
        (7, ["7"]),
    ],
)
def test_reads_names_from_strings_and_lists(value: Any, names: list[str]) -> None:
    assert wording.read_names(value) == names
