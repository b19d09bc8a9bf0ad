# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the documentation that antsibull-docs does not generate: the landing page, and one about the playbooks."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from tooling.paths import ROOT

PLAYBOOKS = ROOT / "playbooks"
#: Playbooks that only the demo uses; they are not in the tarball.
_NOT_FOR_USERS = ("demo",)
_PLUGIN = re.compile(r"^\* :ansplugin:`\w+ \w+ <ontap\.akv\.(\w+)#(\w+)>` -- (.*)$", re.MULTILINE)
_VARIABLE = re.compile(r"(?:akv|ansible|awx_content)_\w+")
_ROLE = re.compile(r"^ +(?:- role|name|_akv_role): ontap\.akv\.(\w+)$", re.MULTILINE)
_IMPORTED = re.compile(r"import_playbook: (\w+)\.yml$", re.MULTILINE)
_NAMES = re.compile(rf"{_VARIABLE.pattern}(?:,(?: or)? {_VARIABLE.pattern})*")


#: Text in quotes, names with an underscore, file names, and names of a collection.
_CODE = re.compile(r"""("[^"]+"|\b\w+(?:\.\w+)*_\w+|\b[\w/]+\.yml\b|\b[a-z]+\.a(?:kv|wx)(?:\.\w+)*)""")


class Plugin(NamedTuple):
    """A module, another plugin or a role. summary: one line of reStructuredText."""

    name: str
    kind: str
    summary: str


class Playbook(NamedTuple):
    """The content of the comment at the top of a playbook: paragraphs, and the variables with their meaning."""

    name: str
    paragraphs: list[str]
    variables: list[tuple[str, str]]


def plugins(index: str) -> list[Plugin]:
    """Return everything that antsibull-docs lists in its index."""
    return [Plugin(*found) for found in _PLUGIN.findall(index)]


def playbooks() -> list[Playbook]:
    return [head(path) for path in sorted(PLAYBOOKS.glob("*.yml")) if path.stem not in _NOT_FOR_USERS]


def head(path: Path) -> Playbook:
    """Return the comment of a playbook below its licence."""
    lines = path.read_text(encoding="utf-8").splitlines()
    begins = lines.index("#") + 1
    ends = next(number for number, line in enumerate(lines[begins:], begins) if not line.startswith("#"))
    text = textwrap.dedent("\n".join(line.removeprefix("#") for line in lines[begins:ends]))
    entries = _entries(text)
    variables = [_variable(entry) for entry in entries if _VARIABLE.match(entry)]
    paragraphs = [" ".join(entry.split()) for entry in entries if not _VARIABLE.match(entry)]
    return Playbook(path.stem, paragraphs, variables)


def _entries(text: str) -> list[str]:
    """Split a comment into paragraphs and variables with their meaning; indented lines belong to the variable above."""
    entries: list[str] = []
    for line in text.splitlines():
        more = (
            entries
            and entries[-1]
            and line
            and (line.startswith(" ") or not (_VARIABLE.match(line) or _VARIABLE.match(entries[-1])))
        )
        if more:
            entries[-1] += f"\n{line}"
        else:
            entries.append(line)
    return [entry for entry in entries if entry]


def _variable(entry: str) -> tuple[str, str]:
    """Return names and meaning. Long names are on a separate line."""
    first, _newline, more = entry.partition("\n")
    names, _gap, meaning = first.partition("  ") if more else (first, "", "")
    found = _NAMES.match(names)
    if not more and found:
        names, meaning = found[0], first[found.end() :]
    return names, " ".join(f"{meaning} {more}".split())


def landing(template: str, version: str, guides: Iterable[str], found: Sequence[Plugin]) -> str:
    """Return the landing page: the plugins in tables, and everything in the navigation."""
    of_kind = {
        kind: [plugin for plugin in found if plugin.kind == kind] for kind in ("module", "inventory", "filter", "role")
    }
    described = {playbook.name: playbook.paragraphs[0].partition(". ")[0].rstrip(".") for playbook in playbooks()}
    return Template(template).substitute(
        version=version,
        guides=_block(f"docsite/{name}" for name in guides),
        modules=_table((_link(plugin), plugin.summary) for plugin in of_kind["module"]),
        inventories=_table((_link(plugin), plugin.summary) for plugin in of_kind["inventory"]),
        filters=_table((_link(plugin), plugin.summary) for plugin in of_kind["filter"]),
        playbooks=_table((f":ref:`{name} <playbook_{name}>`", code(text)) for name, text in described.items()),
        modules_tree=_tree(of_kind["module"]),
        inventories_tree=_tree(of_kind["inventory"]),
        filters_tree=_tree(of_kind["filter"]),
        roles_tree=_tree(of_kind["role"]),
    )


def about_playbooks(template: str, options: dict[str, set[str]]) -> str:
    """Return the page about the playbooks. options: role -> its options, the link targets of variables."""
    connection = head(PLAYBOOKS / "vars" / "connection.yml")
    _what, _end, text = " ".join(connection.paragraphs).partition(". ")
    return Template(template).substitute(
        connection_text=code(text),
        connection=_table(
            (
                code(names),
                code(meaning)
                or "as the options of every module, such as :ansplugin:`ontap.akv.azure_key_vault#module`",
            )
            for names, meaning in connection.variables
        ),
        playbooks="".join(_section(playbook, options) for playbook in playbooks()),
    )


def _section(playbook: Playbook, options: dict[str, set[str]]) -> str:
    role = _role(playbook.name)
    title = f"ontap.akv.{playbook.name}"
    text = [
        code(paragraph) for paragraph in playbook.paragraphs if not paragraph.startswith("Connection to the clusters:")
    ]
    text.append(
        f"It runs the role :ansplugin:`ontap.akv.{role}#role`, whose page has all of its variables with their types."
    )
    rows = _table(
        (_linked(names, role, options[role]), code(meaning) or "see the role") for names, meaning in playbook.variables
    )
    table = (
        ".. list-table::\n   :class: variables\n   :header-rows: 1\n   :widths: 42 58\n\n   * - Variable\n     -"
        f" Meaning\n   {rows}"
    )
    return "\n".join(
        ["", f".. _playbook_{playbook.name}:", "", title, "-" * len(title), "", "\n\n".join(text), "", table, ""]
    )


def _role(playbook: str) -> str:
    """Return the role that a playbook runs, directly or through another playbook."""
    text = (PLAYBOOKS / f"{playbook}.yml").read_text(encoding="utf-8")
    imported = _IMPORTED.search(text)
    if imported:
        return _role(imported[1])
    (role,) = _ROLE.findall(text)
    return str(role)


def _linked(names: str, role: str, known: set[str]) -> str:
    """Return the names of variables, with a link if the role has an option of that name."""

    def one(found: re.Match[str]) -> str:
        return f":ansopt:`ontap.akv.{role}#role:main:{found[0]}`" if found[0] in known else f"``{found[0]}``"

    return _VARIABLE.sub(one, names)


def code(text: str) -> str:
    """Return plain text as reStructuredText, with names of variables and files, and quoted text, as code."""
    parts = _CODE.split(text)
    return "".join(
        f"``{part}``" if number % 2 else re.sub(r"([*`|\\])", r"\\\1", part) for number, part in enumerate(parts)
    )


def _link(plugin: Plugin) -> str:
    return f":ansplugin:`{plugin.name} <ontap.akv.{plugin.name}#{plugin.kind}>`"


def _tree(found: Iterable[Plugin]) -> str:
    return _block(f"{plugin.name} <{plugin.name}_{plugin.kind}>" for plugin in found)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return _block(f"* - {first}\n  - {second}" for first, second in rows)


def _block(parts: Iterable[str]) -> str:
    """Return the text for a placeholder that is indented by three spaces; later lines get the same indentation."""
    return "\n".join(parts).replace("\n", "\n   ")
