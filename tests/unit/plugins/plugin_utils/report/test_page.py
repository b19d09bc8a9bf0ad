# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a fleet report: what stands in it, and that nothing from a cluster is ever more than text."""

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

from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv, rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.charts import MOST_BARS
from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render

VAULT = "https://ourvault.vault.azure.net/"
#: Elements without an end.
VOID = {"meta", "input", "br", "col", "rect", "wbr"}
#: What would ask for something elsewhere, or run something.
LEADING = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "xlink:href", "style"}


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
    """The page as a browser reads it: elements with their attributes, and the text of each."""

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
        """The texts of the elements that are so."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        found = [number for number, (name, has) in enumerate(self.elements) if name == tag and wanted.items() <= has.items()]
        return ["".join(self.texts.get(number, [])) for number in found]

    def cells(self, key: str) -> list[str]:
        return [text.strip() for text in self.of("td", data_key=key)]

    @property
    def counts(self) -> dict[str, int]:
        return {str(has["data-state"]): int(str(has["data-count"])) for _tag, has in self.elements if "data-count" in has}


def test_a_configuration_that_is_well() -> None:
    page = Page(render(report(record())))
    assert page.counts == {"ok": 1, "warning": 0, "problem": 0, "unknown": 0}
    assert page.of("h1") == ["Azure key vaults of the fleet"]
    assert "2026-01-02T03:04:05Z · 1 cluster, 1 SVM, 1 configuration" in page.of("header")[0]
    shown = {key: page.cells(key) for key in ("health", "cluster", "svm", "scope", "vault", "key", "method", "state", "azure", "ekmip")}
    assert shown == {
        "health": ["Healthy"],
        "cluster": ["cluster1"],
        "svm": ["svm1"],
        "scope": ["svm"],
        "vault": [VAULT],
        "key": ["ontap0123456789abcdef"],
        "method": ["client secret"],
        "state": ["available"],
        "azure": ["reachable"],
        "ekmip": ["reachable node1, node2"],
    }
    (message,) = page.cells("message")
    assert all(each in message for each in (record()["uuid"], "client-1", "tenant-1"))


@pytest.mark.parametrize(
    ("fields", "light", "column", "said"),
    [
        ({"state": {"available": False, "code": 65537515, "message": "not on node2"}}, "problem", "state", "not available"),
        ({"state": {"code": 65537515, "message": "not on node2"}}, "problem", "state", "not available"),
        ({"azure_reachability": {"reachable": False, "code": 1, "message": "expired"}}, "problem", "azure", "not reachable"),
        ({"ekmip_reachability": [{"node": {"name": "node1"}, "reachable": False, "code": 9, "message": "gone"}]}, "warning", "ekmip", "not reachable node1"),
        ({"state": {"available": False, "code": 65537200, "message": "No volumes created yet for the SVM."}}, "ok", "state", "no volumes yet"),
        ({"state": None}, "problem", "state", "not available"),
        ({"enabled": False}, "unknown", "state", "not in use"),
    ],
)
def test_how_it_is_judged(fields: dict[str, Any], light: str, column: str, said: str) -> None:
    """As health.py judges; the message of ONTAP stands beside it."""
    page = Page(render(report(record(), record(2, **fields))))
    assert page.counts == {name: (name == "ok") + (name == light) for name in ("ok", "warning", "problem", "unknown")}
    assert said in page.cells(column)
    # What is worst comes first.
    assert page.cells("svm")[0] == ("svm1" if light == "ok" else "svm2")
    message = next(iter(fields.values()))
    if isinstance(message, dict) and light == "problem":
        assert any(str(message["message"]) in cell and f"(code {message['code']})" in cell for cell in page.cells("message"))


def test_a_status_that_the_cluster_could_not_read_is_not_checked_and_has_its_reason() -> None:
    fleet = report({name: value for name, value in record().items() if name != "state"})
    reason = {"uuid": record()["uuid"], "svm": "svm1", "property": "state", "code": "65537551", "message": "node2 is down"}
    fleet["clusters"][0]["unread"] = [reason]
    page = Page(render(fleet))
    assert page.counts == {"ok": 0, "warning": 0, "problem": 0, "unknown": 1}
    assert page.cells("state") == ["not readable"]
    assert "node2 is down (code 65537551)" in page.cells("message")[0]


def test_a_node_is_one_node_whatever_it_is_called() -> None:
    """One that is not reached is not told as reached, too, because its name has to be shown in another way."""
    nodes = [{"node": {"name": "no\tde\u202e1"}, "reachable": False, "code": 9, "message": "gone"}, {"node": {"name": "node2"}, "reachable": True, "code": 0}]
    page = Page(render(report(record(ekmip_reachability=nodes))))
    assert page.cells("ekmip") == ["not reachable no de\\u202e1reachable node2"]


def test_what_was_not_asked_for_is_not_well() -> None:
    plain = {name: value for name, value in record().items() if not name.endswith("reachability") and name != "state"}
    page = Page(render(report(plain, health=False)))
    assert page.counts["unknown"] == 1
    assert page.cells("health") == page.cells("state") == page.cells("azure") == page.cells("ekmip") == ["not checked"] or page.cells("state") == [
        "not checked"
    ]
    # Asked for, and not told: that is wrong.
    assert Page(render(report(plain, health=True))).counts["problem"] == 1


def test_clusters_that_could_not_be_read() -> None:
    page = Page(render(report(cluster="cluster9", error="no connection to cluster9")))
    assert page.counts == dict.fromkeys(("ok", "warning", "problem", "unknown"), 0)
    assert "no connection to cluster9" in page.of("section", id="unread")[0]
    assert "0 clusters" in page.of("header")[0]
    assert "No configurations." in page.of("section", id="table")[0]
    assert page.of("section", id="unread") != []
    assert Page(render(report(record()))).of("section", id="unread") == []


def test_keys_that_are_shared() -> None:
    """By the vault and the key; who uses which version is told beside it."""
    records = [record(1), record(2, key_id=f"{VAULT}keys/ontap/fedcba"), record(3, key_id=f"{VAULT}keys/other")]
    page = Page(render(report(*records)))
    (keys,) = page.of("section", id="keys")
    assert "ontap · ourvault" in keys
    assert "2 SVMs" in keys
    assert "0123456789abcdef, fedcba" in keys
    assert "not reported" in keys
    assert len(page.of("svg", role="img")) == 2


def test_a_key_of_the_cluster_itself_is_no_svms() -> None:
    """The configuration of the cluster shares the key, but is no SVM; and an SVM with two configurations is one."""
    whole = {"scope": "cluster", "svm": None}
    both = record(1, uuid="another", configuration={"name": "second"}, enabled=False)
    (keys,) = Page(render(report(record(1), both, record(2), record(3, **whole)))).of("section", id="keys")
    assert "2 SVMs, 1 cluster" in keys
    (keys,) = Page(render(report(record(3, **whole)))).of("section", id="keys")
    assert "0 SVMs, 1 cluster" in keys


def test_charts_stay_readable() -> None:
    """A few bars, the rest as one line, and all of them in a table."""
    clusters = [report(record(number), cluster=f"cluster{number:03d}")["clusters"][0] for number in range(40)]
    page = Page(render({**report(), "clusters": clusters}))
    (chart,) = page.of("section", id="clusters")
    assert f"and {40 - MOST_BARS} more, with {40 - MOST_BARS} configurations" in chart
    assert all(f"cluster{number:03d}" in chart for number in range(40))
    assert len(page.of("text", **{"class": "number"})) == MOST_BARS + 1


def test_changes() -> None:
    """What came, went, was changed, degraded and well; nothing of a cluster that could not be read in both."""
    before = report(record(1), record(2), record(3, state={"available": False, "code": 1}), record(4), generated="2026-01-01T00:00:00Z")
    after = report(record(1, client_id="client-2"), record(2, azure_reachability={"reachable": False, "code": 1}), record(3), record(5))
    after["clusters"].append({"host": "c2", "cluster": "cluster2", "error": "away", "azure_key_vaults": []})
    before["clusters"].append({"host": "c2", "cluster": "cluster2", "error": None, "azure_key_vaults": [record(9)]})
    (told,) = Page(render(after, before)).of("section", id="changes")
    assert "Changes since 2026-01-01T00:00:00Z" in told
    assert "1 degraded, 1 removed, 1 changed, 1 added, 1 recovered." in told
    assert "client-1client-2" in told
    assert "cluster2" in told
    assert told.count("cluster2") == 1
    (same,) = Page(render(after, copy.deepcopy(after))).of("section", id="changes")
    assert "None." in same
    assert Page(render(after)).of("section", id="changes") == []
    (note,) = Page(render(after, note="it was <lost>")).of("section", id="changes")
    assert "it was <lost>" in note


def test_what_was_not_checked_became_neither_ill_nor_well() -> None:
    unchecked = {name: value for name, value in record().items() if not name.endswith("reachability") and name != "state"}
    ill = record(state={"available": False, "code": 1})
    for before, after in ((report(unchecked, health=False), report(ill)), (report(ill), report(unchecked, health=False))):
        (told,) = Page(render(after, before)).of("section", id="changes")
        assert "None." in told


def test_what_is_less_ill_has_not_become_well() -> None:
    """Keys are back, but a node does not reach the key servers: that is a change of health, no more."""
    unreached = {"ekmip_reachability": [{"node": {"name": "node1"}, "reachable": False, "code": 9}]}
    problem, warning = report(record(state={"available": False, "code": 1})), report(record(**unreached))
    (told,) = Page(render(warning, problem)).of("section", id="changes")
    assert "1 changed." in told
    assert "healthProblemWarning" in told
    (told,) = Page(render(problem, warning)).of("section", id="changes")
    assert "1 degraded." in told
    assert "healthWarningProblem" in told


def test_what_cannot_be_compared_is_named() -> None:
    """Nothing of a cluster counts as removed that one of the reports lacks, or of which a host that is one SVM could not be read."""

    def hosts(*read: int, failed: int = 0) -> list[dict[str, Any]]:
        entries = [report(record(number), cluster="shared")["clusters"][0] for number in read]
        return [*entries, *(report(cluster="shared", error="timed out")["clusters"] * failed)]

    here = report(record())["clusters"]
    gone = report(record(7), cluster="gone")["clusters"]
    before = {**report(), "clusters": [*here, *hosts(1, 2), *gone]}
    after = {**report(), "clusters": [*here, *hosts(1, failed=1)]}
    for one, other in ((before, after), (after, before)):
        (told,) = Page(render(one, other)).of("section", id="changes")
        assert "None." in told
        assert "Not compared, because it was not read or is missing in one of the reports: gone, shared." in told
    (told,) = Page(render(before, before)).of("section", id="changes")
    assert "Not compared" not in told
    many = {**report(), "clusters": [entry for number in range(40) for entry in report(cluster=f"other{number:02d}")["clusters"]]}
    (told,) = Page(render(before, many)).of("section", id="changes")
    assert "other17 and 23 more." in told


def test_many_changes_are_counted() -> None:
    many = [record(number) for number in range(700)]
    (told,) = Page(render(report(*many), report(record(9999)))).of("section", id="changes")
    assert "1 removed, 700 added. The first 500 are shown." in told


#: Texts that would be more than text, if they were let.
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
    return [(tag, tuple(sorted(has))) for tag, has in page.elements]


@given(
    values=st.fixed_dictionaries(dict.fromkeys(["client_id", "tenant_id", "proxy_host"], AWKWARD.filter(rows.text))),
    name=AWKWARD.filter(rows.text),
)
def test_values_are_never_markup(values: dict[str, str], name: str) -> None:
    """The page has the same elements as with plain values, and shows each value as it is, control characters apart."""
    plain = dict.fromkeys(values, "x")
    strange = Page(render(report(record(**values), cluster=name, error=name)))
    assert _structure(strange) == _structure(Page(render(report(record(**plain), cluster="c", error="c"))))
    (message,) = strange.cells("message")
    assert rows.text(values["client_id"]) in message
    assert strange.cells("proxy") == [rows.text(values["proxy_host"])]


@given(fields=st.dictionaries(st.sampled_from(FIELDS), ANYTHING), error=ANYTHING, more=st.dictionaries(st.sampled_from(["generated", "health"]), ANYTHING))
def test_whatever_a_report_holds(fields: dict[str, Any], error: Any, more: dict[str, Any]) -> None:
    """Never a traceback, never an open element, always UTF-8; as the page, as the table, and as the earlier report."""
    odd = report({**record(), **fields}, fields, "no record", error=error, **more)
    html = render(odd, odd)
    Page(html)
    html.encode()
    assert "\x00" not in html
    csv.write_csv(odd).encode()


@pytest.mark.parametrize("clusters", [None, [], ["x"], [{}], [{"azure_key_vaults": 5}], [{"cluster": None, "host": None, "azure_key_vaults": [None]}]])
def test_reports_of_another_form(clusters: Any) -> None:
    page = Page(render({"clusters": clusters}))
    assert sum(page.counts.values()) == 0


def test_directions_of_writing_are_shown_not_followed() -> None:
    page = Page(render(report(record(client_id="abc\u202egnp.exe", tenant_id="a\u061cb\u200bc\ufeffd"))))
    assert "abc\\u202egnp.exe" in page.cells("message")[0]
    assert "a\\u061cb\\u200bc\\ufeffd" in page.cells("message")[0]


def test_nothing_comes_from_elsewhere() -> None:
    """And its own policy lets nothing run but the two that are in it."""
    html = render(report(record()), report(record(2)))
    page = Page(html)
    leading = [(tag, name, value) for tag, has in page.elements for name, value in has.items() if name in LEADING or name.startswith("on")]
    assert leading == [("a", "href", "#table")]
    assert not re.search(r"url\(|@import|https?:", re.sub(r"/\*.*?\*/", "", page.of("style")[0] + page.of("script")[0], flags=re.DOTALL))
    (policy,) = [str(has["content"]) for tag, has in page.elements if tag == "meta" and has.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("style", "script"):
        (source,) = page.of(tag)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_the_title() -> None:
    page = Page(render(report(), title="Ours <2026>"))
    assert page.of("title") == page.of("h1") == ["Ours <2026>"]


def test_the_report_is_not_changed() -> None:
    given_report = report(record())
    before = json.dumps(given_report)
    render(given_report, given_report)
    assert json.dumps(given_report) == before


def test_lines_for_a_spreadsheet() -> None:
    """Nodes that are not reached, and what ONTAP says of all checks; no value is a formula."""
    ill = record(
        state={"available": False, "code": 7, "message": "lost"},
        ekmip_reachability=[{"node": {"name": "node2"}, "reachable": False, "code": 9, "message": "=gone"}],
        client_id="=1+1",
    )
    head, line, unread = csv.write_csv({**report(ill), "clusters": [*report(ill)["clusters"], *report(cluster="c2", error="away")["clusters"]]}).splitlines()
    assert head == ",".join(csv.COLUMNS)
    assert line.endswith('"false","true","node2","lost (code 7); node2: =gone (code 9)","problem","2026-01-02T03:04:05Z","",""')
    assert '"\'=1+1"' in line
    assert unread == '"c2"' + ',""' * 13 + ',"away","not read","2026-01-02T03:04:05Z","",""'
