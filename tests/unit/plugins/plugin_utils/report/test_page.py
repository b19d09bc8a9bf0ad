# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet report: its content, and that all data of a cluster is shown as text."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.common.error_codes import CATALOGUE, STATUS_CODES
from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv, rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render

VAULT = "https://ourvault.vault.azure.net/"
#: Elements without an end.
VOID = {"meta", "input", "br", "wbr"}
#: The first words of the heading of a cause.
STATES = ("Problem", "Warning", "Not checked", "Not read")
#: Attributes that load something or run code.
ACTIVE_ATTRIBUTES = {
    "src",
    "href",
    "srcset",
    "data",
    "action",
    "formaction",
    "poster",
    "background",
    "xlink:href",
    "style",
}


def record(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "uuid": f"85619643-9a06-11ea-8d52-{number:012d}",
        "scope": "svm",
        "svm": {"name": f"svm{number}", "uuid": f"15619643-9a06-11ea-8d52-{number:012d}"},
        "name": VAULT,
        "key_id": f"{VAULT}keys/ontap/0123456789abcdef",
        "authentication_method": "client_secret",
        "client_id": "client-1",
        "tenant_id": "tenant-1",
        "state": {"available": True, "code": 0, "message": ""},
        "azure_reachability": {"reachable": True, "code": 0, "message": ""},
        "ekmip_reachability": [{"node": {"name": name}, "reachable": True, "code": 0} for name in ("node1", "node2")],
        **fields,
    }


def report(*records: Any, cluster: str = "cluster1", error: Any = None, **more: Any) -> dict[str, Any]:
    entry = {"host": cluster, "cluster": cluster, "error": error, "azure_key_vaults": list(records)}
    return {"generated": "2026-01-02T03:04:05Z", "health": True, "clusters": [entry], **more}


class Page(HTMLParser):
    """The page as a browser parses it: elements with their attributes and texts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, list[str]] = {}
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.texts.setdefault(number, []).append(data)

    def of(self, tag: str, **attributes: str) -> list[str]:
        """Return the texts of the elements with a tag and attributes."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        found = [
            number for number, (name, has) in enumerate(self.elements) if name == tag and wanted.items() <= has.items()
        ]
        return ["".join(self.texts.get(number, [])) for number in found]

    @property
    def notes(self) -> list[str]:
        """The problems of configurations, in the rows below them."""
        return self.of("tr", **{"class": "note"})

    def cells(self, key: str) -> list[str]:
        return [text.strip() for text in self.of("td", data_key=key)]

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the verdict. Zeros are not shown."""
        return {
            str(has["data-state"]): int(str(has["data-count"])) for _tag, has in self.elements if "data-count" in has
        }

    @property
    def verdict(self) -> str:
        return self.of("h2", id="verdict")[0]

    @property
    def causes(self) -> list[str]:
        """The problems by cause: the heading of each."""
        return [
            text
            for text, (tag, _has) in zip(self._all_texts(), self.elements, strict=True)
            if tag == "h3" and text.startswith(STATES)
        ]

    def _all_texts(self) -> list[str]:
        return ["".join(self.texts.get(number, [])) for number in range(len(self.elements))]


def test_healthy_fleet_has_short_page() -> None:
    """One sentence, one count, no zeros. With a single configuration, most columns have the same value everywhere."""
    page = Page(render(report(record())))
    assert page.verdict == "1 of 1 SVM on 1 of 1 cluster is healthy."
    assert page.counts == {"ok": 1}
    assert page.causes == []
    assert page.of("h1") == ["Azure key vaults of the fleet"]
    assert "2 Jan 2026, 03:04 UTC · 1 cluster · 1 SVM · 1 configuration" in page.of("header")[0]
    assert [has["datetime"] for tag, has in page.elements if tag == "time"] == ["2026-01-02T03:04:05Z"]
    assert (page.cells("health"), page.cells("svm"), page.cells("vault")) == (["Healthy"], ["svm1"], [])
    same = (
        "cluster cluster1, vault ourvault.vault.azure.net, key ontap, key version 0123456789abcdef, application"
        " client-1, authentication client secret"
    )
    assert page.of("p", id="same") == [f"The same everywhere: {same}, tenant tenant-1, no proxy."]


def test_shows_column_only_when_values_differ() -> None:
    page = Page(render(report(record(), record(2, client_id="client-2", configuration={"name": "second"}))))
    assert page.cells("client_id") == ["client-1", "client-2"]
    assert page.cells("configuration") == ["", "second"]
    assert page.cells("tenant_id") == []
    assert "application" not in page.of("p", id="same")[0]


@pytest.mark.parametrize(
    ("fields", "light", "cause", "said"),
    [
        (
            {"state": {"available": False, "code": 65537515, "message": "not on node2"}},
            "problem",
            "Keys are not available",
            "Keys not available",
        ),
        (
            {"state": {"code": 65537515, "message": "not on node2"}},
            "problem",
            "Keys are not available",
            "Keys not available",
        ),
        (
            {"azure_reachability": {"reachable": False, "code": 1, "message": "expired"}},
            "problem",
            "Vault ourvault cannot be reached",
            "Vault not reachable",
        ),
        (
            {"ekmip_reachability": [{"node": {"name": "node1"}, "reachable": False, "code": 9, "message": "gone"}]},
            "warning",
            "node1 of cluster1 does not reach the key servers",
            "Key servers on node1 not reachable: gone",
        ),
        (
            {"state": {"available": False, "code": 65537200, "message": "No volumes created yet for the SVM."}},
            "ok",
            None,
            "Keys no volumes yet",
        ),
        ({"state": None}, "problem", "Keys are not available", "Keys not available"),
        ({"enabled": False}, "unknown", None, None),
    ],
)
def test_each_problem_has_a_cause_and_a_note(
    fields: dict[str, Any], light: str, cause: str | None, said: str | None
) -> None:
    """The page uses the checks of health.py, adds ONTAP's message and shows the worst row first."""
    page = Page(render(report(record(), record(2, **fields))))
    assert page.counts == ({"ok": 2} if light == "ok" else {light: 1, "ok": 1})
    assert page.cells("svm")[0] == ("svm1" if light == "ok" else "svm2")
    assert [heading.partition(" ")[2] for heading in page.causes] == ([f"{cause}1 SVM of cluster1"] if cause else [])
    notes = page.notes
    assert (len(notes) == 1 and said in notes[0]) if said else notes == []
    message = next(iter(fields.values()))
    if isinstance(message, dict) and light == "problem":
        assert f"{message['message']} (code {message['code']})" in notes[0]


def test_groups_problems_by_cause_worst_first() -> None:
    """The same message of seven SVMs is one cause, and so are messages that differ only in the name of the SVM."""
    away = {"azure_reachability": {"reachable": False, "code": 1, "message": "not found"}}
    lost = [
        record(number, state={"available": False, "message": f"svm{number} has no key on node1"})
        for number in range(20, 22)
    ]
    unreached = record(30, ekmip_reachability=[{"node": {"name": "node1"}, "reachable": False, "code": 9}])
    found = report(record(), unreached, *lost, *(record(number, **away) for number in range(2, 6)))
    found["clusters"] += report(*(record(number, **away) for number in range(6, 9)), cluster="cluster2")["clusters"]
    found["clusters"] += report(cluster="cluster3", error="timed out")["clusters"]
    page = Page(render(found))
    assert page.verdict == "9 of 11 SVMs on 2 of 3 clusters need action."
    assert page.causes == [
        "Not read cluster3 could not be read",
        "Problem Vault ourvault cannot be reached7 SVMs of 2 clusters",
        "Problem Keys are not available2 SVMs of cluster1",
        "Warning node1 of cluster1 does not reach the key servers1 SVM of cluster1",
    ]
    (problems,) = page.of("section", id="problems")
    assert problems.count("not found (code 1)") == 1
    assert "cluster2svm6, svm7, svm8" in problems


def test_shows_hint_of_the_error_code() -> None:
    (problems,) = Page(render(report(record(state={"available": False, "code": 65537544, "message": "gone"})))).of(
        "section", id="problems"
    )
    assert CATALOGUE["65537544"].hint in problems
    (problems,) = Page(render(report(record(state={"available": False, "code": 5, "message": "gone"})))).of(
        "section", id="problems"
    )
    assert "run the playbook ontap.akv.recover" in problems


def test_hints_of_unreachable_vault_and_missing_keys_agree() -> None:
    """Both can apply to one SVM: its volumes may be offline, and a node that is down has to be booted."""
    lost = {"available": False, "code": 5, "message": "gone"}
    page = Page(
        render(
            report(record(state=lost, azure_reachability={"reachable": False, "code": 346758, "message": "expired"}))
        )
    )
    (problems,) = page.of("section", id="problems")
    assert "Volumes that are online stay online until" in problems
    assert "do not reboot nodes that are up." in problems


def test_advice_against_a_reboot_is_about_nodes_that_are_up() -> None:
    hints = [entry.hint for entry in (*CATALOGUE.values(), *STATUS_CODES.values())]
    advice = [text for text in hints if re.search(r"\bnot reboot\b", text)]
    assert len(advice) >= 5
    assert [text for text in advice if "not reboot nodes that are up" not in text] == []


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([], "No configurations were found on 1 cluster."),
        ([record(), record(2)], "2 of 2 SVMs on 1 of 1 cluster are healthy."),
        ([record(), record(2, enabled=False)], "1 of 2 SVMs on 1 of 1 cluster is healthy."),
        ([record(enabled=False)], "1 of 1 SVM on 1 of 1 cluster was not checked."),
        ([record(), record(2, ekmip_reachability=[])], "1 of 2 SVMs on 1 of 1 cluster has a warning."),
        (
            [record(state=None), record(2, svm=None, scope="cluster", state=None)],
            "1 of 1 SVM and 1 of 1 cluster configuration on 1 of 1 cluster need action.",
        ),
    ],
)
def test_verdict_is_a_grammatical_sentence(records: list[dict[str, Any]], verdict: str) -> None:
    assert Page(render(report(*records))).verdict == verdict


def test_unreadable_status_is_not_checked_and_has_reason() -> None:
    fleet = report({name: value for name, value in record().items() if name != "state"})
    reason = {
        "uuid": record()["uuid"],
        "svm": "svm1",
        "property": "state",
        "code": "65537551",
        "message": "node2 is down",
    }
    fleet["clusters"][0]["unread"] = [reason]
    page = Page(render(fleet))
    assert page.counts == {"unknown": 1}
    assert page.causes == ["Not checked The state of the keys could not be read1 SVM of cluster1"]
    assert page.notes == ["Keys not readable: node2 is down (code 65537551)"]


def test_unreachable_node_with_unprintable_name_is_noted_once() -> None:
    """An unreachable node is not listed as reachable as well because its name is shown differently."""
    nodes = [
        {"node": {"name": "no\tde\u202e1"}, "reachable": False, "code": 9, "message": "gone"},
        {"node": {"name": "node2"}, "reachable": True, "code": 0},
    ]
    page = Page(render(report(record(ekmip_reachability=nodes))))
    assert page.notes == ["Key servers on no de\\u202e1 not reachable: gone (code 9)"]


def test_unchecked_configuration_is_not_healthy() -> None:
    plain = {name: value for name, value in record().items() if not name.endswith("reachability") and name != "state"}
    page = Page(render(report(plain, health=False)))
    assert page.counts == {"unknown": 1}
    assert page.causes == []
    # A status that was requested and not reported is a problem.
    assert Page(render(report(plain, health=True))).counts == {"problem": 1}


def test_reports_clusters_that_could_not_be_read() -> None:
    page = Page(render(report(cluster="cluster9", error="no connection to cluster9")))
    assert page.verdict == "1 of 1 cluster could not be read."
    assert page.counts == {}
    assert "no connection to cluster9" in page.of("section", id="problems")[0]
    assert "No configurations." in page.of("section", id="table")[0]
    assert Page(render(report(record()))).of("section", id="problems") == []


def test_groups_clusters_with_the_same_error() -> None:
    entries = [report(cluster=name, error=f"no connection to {name}:443")["clusters"][0] for name in ("c1", "c2")]
    page = Page(render({**report(), "clusters": [*entries, *report(cluster="c3", error="wrong password")["clusters"]]}))
    assert page.causes == ["Not read 2 clusters could not be readc1, c2", "Not read c3 could not be read"]


def test_lists_svms_that_share_a_key_in_any_version() -> None:
    """Keys are grouped by vault and name, because all versions of a key are lost together."""
    records = [record(1), record(2, key_id=f"{VAULT}keys/ontap/fedcba"), record(3, key_id=f"{VAULT}keys/other")]
    page = Page(render(report(*records)))
    (keys,) = page.of("section", id="keys")
    assert "ontapourvault.vault.azure.net2 SVMs" in keys
    assert "otherourvault.vault.azure.net1 SVM" in keys


def test_counts_cluster_configurations_apart_from_svms() -> None:
    """The configuration of the cluster is not an SVM. An SVM with two configurations counts once."""
    whole = {"scope": "cluster", "svm": None}
    both = record(1, uuid="another", configuration={"name": "second"}, enabled=False)
    (keys,) = Page(render(report(record(1), both, record(2), record(3, **whole)))).of("section", id="keys")
    assert "2 SVMs and 1 cluster configuration" in keys
    (keys,) = Page(render(report(record(3, **whole)))).of("section", id="keys")
    assert keys.endswith("1 cluster configuration")


def test_shows_few_bars_and_hides_the_rest() -> None:
    """A few bars are shown, the others after one click, each with two lines of text."""
    clusters = [report(record(number), cluster=f"cluster{number:03d}")["clusters"][0] for number in range(40)]
    clusters[0] |= {"release": "9.16.1", "svms": [{"name": "svm0"}, {"name": "other"}], "outage": "volumes stay online"}
    page = Page(render({**report(), "clusters": clusters}))
    (chart,) = page.of("section", id="clusters")
    assert "32 more clusters" in chart
    assert all(f"cluster{number:03d}" in chart for number in range(40))
    assert "cluster000ONTAP 9.16.1 · 1 of 2 SVMs with a key vault · vault outage: volumes stay online1 healthy" in chart
    assert "1 of 2 SVMs has an Azure Key Vault configuration." in chart
    assert "Show 1 SVM without onecluster000other" in chart


def build_azure_result(number: int, **more: Any) -> dict[str, Any]:
    """Return the result of Azure for a configuration."""
    key = {"expires": "2026-01-20T00:00:00Z", "newest_in_use": number != 2, "purge_protected": number != 3}
    return {"uuid": record(number)["uuid"], "usable": True, "problems": [], "key": key, "certificate": None, **more}


def test_lists_expirations_by_date() -> None:
    """Keys and credentials are listed once, the next first, then keys that can be purged and old versions."""
    certificate = {"certificate": {"not_after": "2026-01-05T00:00:00Z"}}
    found = report(record(1), record(2), record(3, authentication_method="certificate"))
    found["clusters"][0] |= {
        "azure": [build_azure_result(1), build_azure_result(2), build_azure_result(3, **certificate)],
        "credential_expires": "2026-03-01",
    }
    page = Page(render(found))
    (outlook,) = page.of("section", id="outlook")
    certificate_first, then_key = (
        "5 Jan 2026Certificate client-11 SVMin 2 days",
        "20 Jan 2026Key ontap in ourvault3 SVMsin 17 days",
    )
    dates = [certificate_first, then_key, "1 Mar 2026Client secret client-12 SVMsin 57 days"]
    assert [outlook.index(date) for date in dates] == sorted(outlook.index(date) for date in dates)
    assert "Keys that can be purged" in outlook
    assert "Old key versions in use" in outlook
    assert outlook.count("ontap in ourvault: 1 SVM of cluster1") == 2
    assert page.counts == {"ok": 3}
    assert Page(render(report(record()))).of("section", id="outlook") == []


def test_error_of_azure_is_a_problem() -> None:
    """This holds even if the cluster has not noticed it yet."""
    refused = {
        "kind": "login_refused",
        "severity": "error",
        "code": "AADSTS7000222",
        "message": "The secret has expired.",
        "hint": "Create a new one.",
    }
    unprotected = {
        "kind": "key_unprotected",
        "severity": "warning",
        "code": None,
        "message": "It can be purged.",
        "hint": None,
    }
    found = report(record(1), record(2))
    found["clusters"][0]["azure"] = [
        build_azure_result(1, usable=False, problems=[refused]),
        build_azure_result(2, problems=[unprotected]),
    ]
    page = Page(render(found))
    assert page.counts == {"problem": 1, "ok": 1}
    assert page.causes == ["Problem Azure refuses the login of application client-11 SVM of cluster1"]
    assert "Create a new one." in page.of("section", id="problems")[0]


def test_inactive_key_store_is_a_warning_with_its_meaning() -> None:
    """The key store belongs to the enabled configuration of the SVM."""
    store = {"svm": "svm2", "configuration": "default", "state": "blocked", "meaning": "it provides no keys"}
    found = report(record(), record(2), record(2, uuid="other", enabled=False))
    found["clusters"][0] |= {
        "key_stores": [store],
        "doubts": ["the settings could not be read: no right"],
        "outage": None,
    }
    page = Page(render(found))
    assert page.counts == {"warning": 1, "unknown": 1, "ok": 1}
    assert page.causes == ["Warning Key store is not active (blocked)1 SVM of cluster1"]
    assert page.notes == ["Key store blocked: it provides no keys"]
    assert "the settings could not be read: no right" in page.of("section", id="clusters")[0]
    for odd in (5, [5], [{}], [{"meaning": None, "svm": "svm1"}], [{"meaning": 5, "svm": 7}]):
        found["clusters"][0] |= {"key_stores": odd, "doubts": odd}
        assert Page(render(found)).counts == {"unknown": 1, "ok": 2}


def test_page_of_10000_configurations_is_below_8_mb() -> None:
    html = render(report(*(record(number, client_id=f"client-{number % 7}") for number in range(10_000))))
    assert html.count("<tr class=") == 10_000
    assert len(html.encode()) < 8_000_000


def test_shows_trend_of_the_history() -> None:
    def points(number: int) -> dict[str, Any]:
        counts = {"problem": 1, "warning": 0, "unknown": 0, "ok": 9, "unread": 1}
        return {"reports": [{"generated": f"2026-01-{day:02d}T00:00:00Z", **counts} for day in range(1, number + 1)]}

    (trend,) = Page(render(report(record()), kept=points(12))).of("section", id="trend")
    assert "The last 12 reports" in trend
    assert "3 Jan 2026, 00:00 UTC: 1 problem, 9 healthy, 1 cluster not read" in trend
    for kept in (points(1), {}, 5, {"reports": [{"generated": "soon"}] * 3}):
        assert Page(render(report(record()), kept=kept)).of("section", id="trend") == []


def test_lists_changes_since_earlier_report() -> None:
    """Added, removed, changed, degraded and recovered configurations, except on clusters that one report lacks."""
    before = report(
        record(1),
        record(2),
        record(3, state={"available": False, "code": 1}),
        record(4),
        generated="2026-01-01T00:00:00Z",
    )
    after = report(
        record(1, client_id="client-2"),
        record(2, azure_reachability={"reachable": False, "code": 1}),
        record(3),
        record(5),
    )
    after["clusters"].append({"host": "c2", "cluster": "cluster2", "error": "away", "azure_key_vaults": []})
    before["clusters"].append({"host": "c2", "cluster": "cluster2", "error": None, "azure_key_vaults": [record(9)]})
    (told,) = Page(render(after, before)).of("section", id="changes")
    assert "Since 1 Jan 2026, 00:00 UTC: 1 degraded, 1 removed, 1 changed, 1 added, 1 recovered." in told
    assert "client-1 → client-2" in told
    assert "cluster2" in told
    assert told.count("cluster2") == 1
    (same,) = Page(render(after, copy.deepcopy(after))).of("section", id="changes")
    assert ": no changes." in same
    assert Page(render(after)).of("section", id="changes") == []
    (note,) = Page(render(after, note="it was <lost>")).of("section", id="changes")
    assert "it was <lost>" in note


def test_unchecked_configuration_has_no_health_change() -> None:
    unchecked = {
        name: value for name, value in record().items() if not name.endswith("reachability") and name != "state"
    }
    ill = record(state={"available": False, "code": 1})
    for before, after in (
        (report(unchecked, health=False), report(ill)),
        (report(ill), report(unchecked, health=False)),
    ):
        (told,) = Page(render(after, before)).of("section", id="changes")
        assert ": no changes." in told


def test_partial_recovery_is_a_change_and_no_recovery() -> None:
    """The keys are available again, but a node does not reach the key servers. The health has only changed."""
    unreached = {"ekmip_reachability": [{"node": {"name": "node1"}, "reachable": False, "code": 9}]}
    problem, warning = report(record(state={"available": False, "code": 1})), report(record(**unreached))
    (told,) = Page(render(warning, problem)).of("section", id="changes")
    assert "1 changed." in told
    assert "health Problem → Warning" in told
    (told,) = Page(render(problem, warning)).of("section", id="changes")
    assert "1 degraded." in told
    assert "health Warning → Problem" in told


def test_names_clusters_that_cannot_be_compared() -> None:
    """Nothing counts as removed if a report lacks the cluster or could not read one of its hosts."""

    def hosts(*read: int, failed: int = 0) -> list[dict[str, Any]]:
        entries = [report(record(number), cluster="shared")["clusters"][0] for number in read]
        return [*entries, *(report(cluster="shared", error="timed out")["clusters"] * failed)]

    here = report(record())["clusters"]
    gone = report(record(7), cluster="gone")["clusters"]
    before = {**report(), "clusters": [*here, *hosts(1, 2), *gone]}
    after = {**report(), "clusters": [*here, *hosts(1, failed=1)]}
    for one, other in ((before, after), (after, before)):
        (told,) = Page(render(one, other)).of("section", id="changes")
        assert ": no changes." in told
        assert "Not compared (not read, or missing in one of the reports): gone, shared." in told
    (told,) = Page(render(before, before)).of("section", id="changes")
    assert "Not compared" not in told
    many = {
        **report(),
        "clusters": [entry for number in range(40) for entry in report(cluster=f"other{number:02d}")["clusters"]],
    }
    (told,) = Page(render(before, many)).of("section", id="changes")
    assert "other17 and 23 more." in told


def test_groups_changes_and_shows_first_five() -> None:
    """700 configurations with the same change are one line. Lines after the fifth are shown after one click."""
    many = [record(number) for number in range(700)]
    page = Page(render(report(*many), report(record(9999))))
    (told,) = page.of("section", id="changes")
    assert "1 removed, 700 added." in told
    assert "added 700 SVMs of cluster1" in told
    before, after = ([record(number, client_id=f"{word}-{number}") for number in range(20)] for word in ("old", "new"))
    page = Page(render(report(*after), report(*before)))
    first, rest = (text.count("→") for text in page.of("ul", **{"class": "changes"}))
    assert (first, rest) == (5, 15)


#: Texts that would be markup or code if they were not escaped.
AWKWARD = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style><b>",
        "</script>",
        "<!--",
        "]]>",
        "javascript:alert(1)",
        "&lt;",
        "&#60;",
        "' onclick='x",
    ]
) | st.text(max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(AWKWARD, inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "uuid",
    "scope",
    "svm",
    "name",
    "key_id",
    "authentication_method",
    "client_id",
    "tenant_id",
    "state",
    "azure_reachability",
    "ekmip_reachability",
    "proxy_host",
    "proxy_port",
    "proxy_type",
    "configuration",
    "enabled",
]


def _structure(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements, except those that only keep a name with hyphens in one line."""
    return [(tag, tuple(sorted(has))) for tag, has in page.elements if has.get("class") != "whole"]


@given(
    values=st.fixed_dictionaries(
        dict.fromkeys(["client_id", "tenant_id", "proxy_host"], AWKWARD.filter(rows.format_text))
    ),
    name=AWKWARD.filter(rows.format_text),
)
def test_values_never_become_markup(values: dict[str, str], name: str) -> None:
    """The page has the same elements as with plain values and shows each value, except for control characters."""
    plain = dict.fromkeys(values, "x")
    strange = Page(render(report(record(**values), cluster=name, error=name)))
    assert _structure(strange) == _structure(Page(render(report(record(**plain), cluster="c", error="c"))))
    (same,) = strange.of("p", id="same")
    assert f"application {rows.format_text(values['client_id'])}" in same or not rows.format_text(values["client_id"])
    assert f"proxy {rows.format_text(values['proxy_host'])}" in same


@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), ANYTHING),
    error=ANYTHING,
    more=st.dictionaries(st.sampled_from(["generated", "health"]), ANYTHING),
)
def test_renders_any_report(fields: dict[str, Any], error: Any, more: dict[str, Any]) -> None:
    """Any content of a report or of the earlier one gives valid HTML and CSV in UTF-8."""
    odd = report({**record(), **fields}, fields, "no record", error=error, **more)
    html = render(odd, odd)
    Page(html)
    html.encode()
    assert "\x00" not in html
    csv.write_csv(odd).encode()


@pytest.mark.parametrize(
    "clusters",
    [None, [], ["x"], [{}], [{"azure_key_vaults": 5}], [{"cluster": None, "host": None, "azure_key_vaults": [None]}]],
)
def test_renders_reports_of_unexpected_form(clusters: Any) -> None:
    page = Page(render({"clusters": clusters}))
    assert sum(page.counts.values()) == 0


def test_escapes_bidirectional_and_invisible_characters() -> None:
    page = Page(render(report(record(client_id="abc\u202egnp.exe", tenant_id="a\u061cb\u200bc\ufeffd"))))
    assert "application abc\\u202egnp.exe" in page.of("p", id="same")[0]
    assert "a\\u061cb\\u200bc\\ufeffd" in page.of("p", id="same")[0]


def test_page_loads_nothing_and_policy_forbids_it() -> None:
    """The policy of the page allows only its own style and script."""
    html = render(report(record()), report(record(2)), kept={})
    page = Page(html)
    leading = [
        (tag, name, value)
        for tag, has in page.elements
        for name, value in has.items()
        if name in ACTIVE_ATTRIBUTES or name.startswith("on")
    ]
    assert leading == [("a", "href", target) for target in ("#table", "akv.csv", "akv.json", "#table")]
    assert not re.search(
        r"url\(|@import|https?:", re.sub(r"/\*.*?\*/", "", page.of("style")[0] + page.of("script")[0], flags=re.DOTALL)
    )
    (policy,) = [
        str(has["content"])
        for tag, has in page.elements
        if tag == "meta" and has.get("http-equiv") == "Content-Security-Policy"
    ]
    for tag in ("style", "script"):
        (source,) = page.of(tag)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_uses_given_title() -> None:
    page = Page(render(report(), title="Ours <2026>"))
    assert page.of("title") == page.of("h1") == ["Ours <2026>"]


def test_rendering_does_not_modify_the_report() -> None:
    given_report = report(record())
    before = json.dumps(given_report)
    render(given_report, given_report)
    assert json.dumps(given_report) == before


def test_csv_lists_unreachable_nodes_and_escapes_formulas() -> None:
    """The lines have unreachable nodes and ONTAP's messages of all checks. No value is a formula."""
    ill = record(
        state={"available": False, "code": 7, "message": "lost"},
        ekmip_reachability=[{"node": {"name": "node2"}, "reachable": False, "code": 9, "message": "=gone"}],
        client_id="=1+1",
    )
    head, line, unread = csv.write_csv(
        {**report(ill), "clusters": [*report(ill)["clusters"], *report(cluster="c2", error="away")["clusters"]]}
    ).splitlines()
    assert head == ",".join(csv.COLUMNS)
    assert line.endswith(
        '"false","true","node2","lost (code 7); node2: =gone (code 9)","problem","2026-01-02T03:04:05Z","",""'
    )
    assert '"\'=1+1"' in line
    assert unread == '"c2"' + ',""' * 13 + ',"away","not read","2026-01-02T03:04:05Z","",""'
