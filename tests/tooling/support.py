# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the README that says what works on which ONTAP release, made from the table of releases in module_utils."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

from tooling.paths import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- made by `make support-table` -->\n", "<!-- until here -->\n"


def releases() -> ModuleType:
    """The table of releases; it needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location("releases", ROOT / "plugins" / "module_utils" / "releases.py")
    if spec is None or spec.loader is None:
        raise ImportError("plugins/module_utils/releases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table() -> str:
    """The table in Markdown: a column for each release that brings something, a row for what it brings."""
    data = releases()
    rows = _rows(data)
    firsts = sorted({first for _title, first, _instead in rows})
    last = [*(data.Version(9, later.major - 1) for later in firsts[1:]), data.NEWEST]
    heads = [str(first) if first == end else f"{first} to {end}" for first, end in zip(firsts, last, strict=True)]
    lines = [["ONTAP", *heads], ["---"] * (len(heads) + 1)]
    lines += [[title, *("yes" if first <= release else instead for release in firsts)] for title, first, instead in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows(data: ModuleType) -> list[tuple[str, Any, str]]:
    fields, calls, instead = data.FIELDS, data.CALLS, data.INSTEAD
    new: dict[Any, list[str]] = {}
    for name in fields:
        if data.first(name) > data.BASE:
            new.setdefault(data.first(name), []).append(f"`{name}`")
    return [
        ("`azure_key_vault`, `akv_info`", data.first("name"), "no"),
        ("another `client_id`, `tenant_id`", fields["client_id"].change, "no"),
        ("`client_certificate`", data.first("client_certificate"), "no"),
        ("`akv_rekey`, external key", calls["rekey-external"], f"by {instead['rekey-external']}"),
        ("`akv_rekey`, internal key; `akv_restore`", calls["restore"], f"by {instead['restore']}"),
        ("`akv_migrate`", calls["migrate"], "no"),
        *((", ".join(names), first, "no") for first, names in sorted(new.items())),
    ]


def written(readme: str) -> str:
    """The README with the table as it should be."""
    before, _begin, rest = readme.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def write() -> None:
    """Bring the table into the README."""
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
