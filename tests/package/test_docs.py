# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make docs` reports about a site, and the pages that it makes itself. It looks at the whole site in every
run.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tooling import docs, docs_links, docs_pages
from tooling.paths import ROOT

GOOD = """<html><head><link rel="stylesheet" href="_static/a.css?v=1"><link rel="next" href="sub/b.html">
<style>p {background: url(_static/a.png)}</style></head>
<body id="top"><a href="#top">here</a> <a href="sub/b.html#there">there</a>
<a href="https://example.com/x">elsewhere</a> <a href="mailto:a@example.com">mail</a>
<img src="_static/a.png" srcset="_static/a.png 1x, _static/a.png 2x"><img src="data:image/gif;base64,R0lG"><script>fetch("https://example.com")</script>
<svg><use href="#top"/></svg></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two pages with nothing wrong."""
    for folder in ("_static", "sub"):
        (tmp_path / folder).mkdir()
    (tmp_path / "index.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "sub" / "b.html").write_text(
        '<a name="there">x</a><a href="../index.html">back</a><a href="">itself</a>', encoding="utf-8"
    )
    (tmp_path / "_static" / "a.css").write_text(
        "p { background: url('a.png') } q { background: url(data:image/gif;base64,R0) } r { fill: url(#x) }",
        encoding="utf-8",
    )
    (tmp_path / "_static" / "a.png").touch()
    return tmp_path


def test_nothing_is_wrong_with_a_good_site(site: Path) -> None:
    assert docs_links.problems(site) == []


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ('<a href="gone.html">x</a>', "c.html: gone.html is not there"),
        ('<a href="sub/b.html#gone">x</a>', "c.html: sub/b.html#gone is not there"),
        ('<a href="#gone">x</a>', "c.html: #gone is not there"),
        ('<a href="../../etc/passwd">x</a>', "c.html: ../../etc/passwd is not there"),
        ('<area href="sub/">', "c.html: sub/ is not there"),
        ('<link rel="next" href="gone.html">', "c.html: gone.html is not there"),
        ('<img src="gone.png">', "c.html: gone.png is not there"),
        ('<img src="https://example.com/a.png">', "c.html: https://example.com/a.png is loaded from elsewhere"),
        (
            '<img srcset="_static/a.png 1x, //example.com/b.png 2x">',
            "c.html: //example.com/b.png is loaded from elsewhere",
        ),
        ('<script src="http://example.com/a.js"></script>', "c.html: http://example.com/a.js is loaded from elsewhere"),
        (
            '<link rel="stylesheet" href="https://fonts.example.com/a.css">',
            "c.html: https://fonts.example.com/a.css is loaded from elsewhere",
        ),
        (
            '<link rel="preconnect" href="https://fonts.example.com">',
            "c.html: https://fonts.example.com is loaded from elsewhere",
        ),
        (
            "<style>@import 'https://example.com/a.css';</style>",
            "c.html: https://example.com/a.css is loaded from elsewhere",
        ),
        (
            "<p style=\"background: url('//example.com/a.png')\">",
            "c.html: //example.com/a.png is loaded from elsewhere",
        ),
        (
            '<svg><image xlink:href="https://example.com/a.svg"/></svg>',
            "c.html: https://example.com/a.svg is loaded from elsewhere",
        ),
    ],
)
def test_what_is_wrong_is_told(site: Path, markup: str, told: str) -> None:
    (site / "c.html").write_text(f"<html><body>{markup}</body></html>", encoding="utf-8")
    assert docs_links.problems(site) == [told]


def test_style_sheets_are_looked_at(site: Path) -> None:
    (site / "_static" / "b.css").write_text(
        "@font-face { src: url(https://example.com/a.woff2) } p { background: url(b.png) }", encoding="utf-8"
    )
    assert docs_links.problems(site) == [
        "_static/b.css: b.png is not there",
        "_static/b.css: https://example.com/a.woff2 is loaded from elsewhere",
    ]


def test_a_page_that_is_missing_is_told(site: Path) -> None:
    """Of modules, roles and guides that are there; the site of this test has none of them."""
    assert set(docs.missing(site)) == {
        f"{page}: {why}"
        for page in docs.pages_wanted()
        for why in ("there is no such page", "the landing page does not link to it")
    }
    (site / "akv_rekey_module.html").touch()
    assert "akv_rekey_module.html: there is no such page" not in docs.missing(site)


def test_everything_has_a_page() -> None:
    wanted = docs.pages_wanted()
    assert {
        "azure_key_vault_module.html",
        "svms_inventory.html",
        "problems_filter.html",
        "akv_health_role.html",
        "docsite/guide_awx.html",
    } < set(wanted)
    assert "playbooks.html#playbook-rotate-key" in wanted
    assert not any("demo" in page for page in wanted)


NAMED = re.compile(r"\b(?:akv_\w+|awx_content_\w+|ansible_eda\b)")


@pytest.mark.parametrize("playbook", docs_pages.playbooks(), ids=lambda playbook: playbook.name)
def test_no_variable_of_a_playbook_is_lost(playbook: docs_pages.Playbook) -> None:
    """What the comment at its top names, the page names; with a meaning, but for those that the role explains."""
    text = (ROOT / "playbooks" / f"{playbook.name}.yml").read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"\b(?:akv|ansible|awx_content)_\w+", "\n".join(line for line in text.splitlines() if line.startswith("#"))
        )
    )
    told = " ".join([*playbook.paragraphs, *(f"{names} {meaning}" for names, meaning in playbook.variables)])
    assert named
    assert set(re.findall(r"\b(?:akv|ansible|awx_content)_\w+", told)) == named
    assert playbook.paragraphs[0]
    assert [names for names, meaning in playbook.variables if not meaning and "akv_concurrency" not in names] == []


def test_names_become_code() -> None:
    told = docs_pages.code(
        'else from ONTAP_AKV_CLIENT_ID. See vars/connection.yml, ontap.akv.svms; "*" for all; [1, 100%] a*b | c'
    )
    assert (
        told
        == 'else from ``ONTAP_AKV_CLIENT_ID``. See ``vars/connection.yml``, ``ontap.akv.svms``; ``"*"`` for all; [1,'
        " 100%] a\\*b \\| c"
    )


def test_plugins_are_those_of_the_index() -> None:
    index = (
        "Modules\n\n* :ansplugin:`a module <ontap.akv.a#module>` -- Does it\n* :ansplugin:`b role <ontap.akv.b#role>`"
        " -- Re\\-keys\n* a list\n"
    )
    assert docs_pages.plugins(index) == [("a", "module", "Does it"), ("b", "role", "Re\\-keys")]
