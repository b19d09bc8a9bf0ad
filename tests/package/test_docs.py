# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make docs` reports about a site, and the pages that it creates. Every run checks the whole site."""

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
    """Create a site of two pages without problems."""
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


def test_valid_site_has_no_problems(site: Path) -> None:
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
def test_reports_broken_links_and_remote_content(site: Path, markup: str, told: str) -> None:
    (site / "c.html").write_text(f"<html><body>{markup}</body></html>", encoding="utf-8")
    assert docs_links.problems(site) == [told]


def test_reports_problems_of_style_sheets(site: Path) -> None:
    (site / "_static" / "b.css").write_text(
        "@font-face { src: url(https://example.com/a.woff2) } p { background: url(b.png) }", encoding="utf-8"
    )
    assert docs_links.problems(site) == [
        "_static/b.css: b.png is not there",
        "_static/b.css: https://example.com/a.woff2 is loaded from elsewhere",
    ]


def test_reports_missing_pages(site: Path) -> None:
    """The site of this test has no page for the modules, roles and guides of the collection."""
    assert set(docs.missing(site)) == {
        f"{page}: {why}"
        for page in docs.pages_wanted()
        for why in ("there is no such page", "the landing page does not link to it")
    }
    (site / "akv_rekey_module.html").touch()
    assert "akv_rekey_module.html: there is no such page" not in docs.missing(site)


def test_expects_pages_for_plugins_roles_guides_and_playbooks() -> None:
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
def test_page_names_every_variable_of_playbook(playbook: docs_pages.Playbook) -> None:
    """The page names every variable of the playbook's head comment, with a meaning unless the role explains it."""
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


def test_names_are_marked_as_code() -> None:
    told = docs_pages.code(
        'else from ONTAP_AKV_CLIENT_ID. See vars/connection.yml, ontap.akv.svms; "*" for all; [1, 100%] a*b | c'
    )
    assert (
        told
        == 'else from ``ONTAP_AKV_CLIENT_ID``. See ``vars/connection.yml``, ``ontap.akv.svms``; ``"*"`` for all; [1,'
        " 100%] a\\*b \\| c"
    )


def test_plugins_are_read_from_index() -> None:
    index = (
        "Modules\n\n* :ansplugin:`a module <ontap.akv.a#module>` -- Does it\n* :ansplugin:`b role <ontap.akv.b#role>`"
        " -- Re\\-keys\n* a list\n"
    )
    assert docs_pages.plugins(index) == [("a", "module", "Does it"), ("b", "role", "Re\\-keys")]


#: How the action passes the time limit of a task to the module; not for users.
INTERNAL = {"ONTAP_AKV_TIME_LIMIT"}


def test_page_about_environment_names_every_variable() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("plugins", "roles", "playbooks", "extensions")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yml"}
    )
    page = (docs.OURS / "environment.rst").read_text(encoding="utf-8")
    used = set(re.findall(r"\bONTAP_[A-Z_]*[A-Z]\b", code)) - INTERNAL
    assert len(used) > 10
    assert sorted(name for name in used if f"``{name}``" not in page) == []
    assert set(re.findall(r"\bONTAP_[A-Z_]*[A-Z]\b", page)) <= used


def test_page_about_playbooks_names_no_other_file() -> None:
    template = (docs.OURS / "playbooks.rst").read_text(encoding="utf-8")
    options: dict[str, set[str]] = {path.name: set() for path in (ROOT / "roles").iterdir()}
    assert "beside this file" not in docs_pages.about_playbooks(template, options)
