# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the guides that list every error code, generated from the catalogues in module_utils."""

from __future__ import annotations

import re
from typing import Any

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
    "settings": "settings",
    "read": "read",
    "events": "EMS events",
    "key store": "key store",
}


def entries() -> str:
    """Return every code in numeric order; the codes of all requests come first because they are the smallest."""
    catalogue = data("error_codes")
    found = {**catalogue.CATALOGUE, **catalogue.STATUS_CODES}
    return "\n".join(_entry(code, found[code], code in catalogue.STATUS_CODES) for code in sorted(found, key=int))


def _entry(code: str, entry: Any, status: bool) -> str:
    anywhere = "status of a configuration" if status else "any request"
    where = ", ".join(_WORDS[operation] for operation in entry.operations) or anywhere
    passes = " Temporary: modules retry the request automatically." if entry.passes else ""
    return f".. _{_LABEL}{code}:\n\n``{code}`` ({where})\n    {_text(entry.cause)} {_text(entry.hint)}{passes}\n"


def _text(words: str) -> str:
    """Return plain text as reStructuredText; the name of a module becomes a link to its page."""
    escaped = re.sub(r"([\\*`|_](?=\W|$))", r"\\\1", words)
    return re.sub(r"\bontap\.akv\.(\w+)", r":ansplugin:`ontap.akv.\1#module`", escaped)


def _made() -> str:
    return f"\n{entries()}\n"


def azure_entries() -> str:
    """Return every code of Azure as a definition that can be linked to."""
    found = data("problems", "azure").CATALOGUE
    return "\n".join(
        f".. _{_LABEL}{name.lower()}:\n\n``{name}``\n    {_text(entry.cause)} {_text(entry.hint)}{_commands(entry)}\n"
        for name, entry in sorted(found.items())
        if entry.code
    )


def azure_table() -> str:
    """Return every problem that akv_azure_info reports, with cause and fix; those without an Azure code come first."""
    found = data("problems", "azure").CATALOGUE
    rows = [("Code or reason", "Cause", "What to do")]
    for name, entry in sorted(found.items(), key=lambda item: (item[1].code, item[0])):
        code = f":ref:`{name} <{_LABEL}{name.lower()}>`" if entry.code else f"``{name.replace(' ', '_')}``"
        rows.append((code, _text(entry.cause), _text(entry.hint) + _commands(entry)))
    lines = "".join(f"   * - {code}\n     - {cause}\n     - {fix}\n" for code, cause, fix in rows)
    return f".. list-table::\n   :header-rows: 1\n   :class: longtable\n\n{lines}"


def _commands(entry: Any) -> str:
    """Return the commands of an entry with placeholders in capitals for the values that the module fills in."""
    names = ("vault", "key", "key_id", "client_id", "tenant_id")
    shown = [
        command and command.format_map({name: name.upper() for name in names}) for command in (entry.command, entry.hsm)
    ]
    return "".join(
        f"{before} ``{command}``" for before, command in zip(("", " Managed HSM:"), shown, strict=True) if command
    )


GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst"
PART = Part(GUIDE, ".. Made by `make troubleshooting` from here\n", ".. to here\n", _made)
AZURE_CODES = Part(
    GUIDE,
    ".. Azure, made by `make troubleshooting` from here\n",
    ".. Azure, to here\n",
    lambda: f"\n{azure_entries()}\n",
)
AZURE_PROBLEMS = Part(
    GUIDE.with_name("guide_azure.rst"),
    ".. Made by `make troubleshooting` from here\n",
    ".. to here\n",
    lambda: f"\n{azure_table()}\n",
)
PARTS = (PART, AZURE_CODES, AZURE_PROBLEMS)
