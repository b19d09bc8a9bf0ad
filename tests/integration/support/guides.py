# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of the documentation as text: their blocks, the files that they include, their tables."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

from tooling.paths import ROOT

FOLDER = ROOT / "docs" / "docsite" / "rst"
EXAMPLES = FOLDER / "examples"

_DIRECTIVE = re.compile(r"^( *)\.\. ([a-z-]+)::[ ]?(.*)\n((?:\1 +\S.*\n|\n)*)", re.MULTILINE)
_OPTION = re.compile(r"^ *:([a-z-]+): ?(.*)$", re.MULTILINE)


class Directive(NamedTuple):
    """A directive of reStructuredText, with all that is indented below it."""

    name: str
    argument: str
    options: dict[str, str]
    content: str


def guides() -> dict[str, str]:
    """Name -> text of every guide."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("guide_*.rst"))}


def directives(text: str, name: str) -> list[Directive]:
    """The directives of a kind, in order."""
    found = []
    for _indent, kind, argument, body in _DIRECTIVE.findall(text):
        if kind == name:
            lines = textwrap.dedent(body)
            head, _blank, content = lines.partition("\n\n") if lines.startswith(":") else ("", "", lines)
            found.append(Directive(kind, argument.strip(), dict(_OPTION.findall(head)), content.strip("\n") + "\n"))
    return found


def examples() -> list[str]:
    """Every file of an example, by its path below the folder of examples."""
    return sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*") if path.is_file())


def rows(table: str) -> list[list[str]]:
    """The rows of a list-table without its head; each cell in one line."""
    found: list[list[str]] = []
    for line in textwrap.dedent(table).splitlines():
        if line.startswith("* -"):
            found.append([line[3:].strip()])
        elif line.startswith("  -"):
            found[-1].append(line[3:].strip())
        elif line.strip():
            found[-1][-1] += f" {line.strip()}"
    return found[1:]


def readme_blocks(path: Path, language: str) -> list[str]:
    """The blocks of a language in a file of Markdown."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def targets() -> set[str]:
    """The targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"[a-z-]+", makefile.partition("TARGETS = ")[2].partition("\n\n")[0]))
