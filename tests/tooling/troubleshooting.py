# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the guide to troubleshooting that tells every error code, made from the catalogue in module_utils."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tooling.data import data
from tooling.generated import Part
from tooling.paths import ROOT

_LABEL = "ansible_collections.ontap.akv.docsite.code_"
_WORDS = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "rekey-external": "external re-key",
    "rekey-internal": "internal re-key",
    "restore": "restore",
    "migrate": "migrate",
}


def entries() -> str:
    """Every code, in the order of their numbers: those of every request first, since they are the smallest."""
    found = data("error_codes").CATALOGUE
    return "\n".join(_entry(code, found[code].operations, found[code].cause, found[code].hint) for code in sorted(found, key=int))


def _entry(code: str, operations: Iterable[str], cause: str, hint: str) -> str:
    where = ", ".join(_WORDS[operation] for operation in operations) or "any request"
    return f".. _{_LABEL}{code}:\n\n``{code}`` ({where})\n    {_text(cause)} {_text(hint)}\n"


def _text(words: str) -> str:
    """Plain words as reStructuredText; a module is a link to its page."""
    escaped = re.sub(r"([\\*`|_](?=\W|$))", r"\\\1", words)
    return re.sub(r"\bontap\.akv\.(\w+)", r":ansplugin:`ontap.akv.\1#module`", escaped)


def _made() -> str:
    return f"\n{entries()}\n"


PART = Part(ROOT / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst", ".. Made by `make troubleshooting` from here\n", ".. to here\n", _made)
