# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README table of features by ONTAP release, generated from the table of releases in module_utils."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tooling.data import data
from tooling.generated import Part
from tooling.paths import ROOT


def table() -> str:
    """Return the table in Markdown: a column for each release with new features, a row for each feature."""
    found = data("releases")
    rows = _rows(found)
    firsts = sorted({first for _title, first, _instead in rows})
    last = [*(found.Version(9, later.major - 1) for later in firsts[1:]), found.NEWEST]
    heads = [str(first) if first == end else f"{first} to {end}" for first, end in zip(firsts, last, strict=True)]
    lines = [["ONTAP", *heads], ["---"] * (len(heads) + 1)]
    lines += [
        [title, *("yes" if first <= release else instead for release in firsts)] for title, first, instead in rows
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows(found: ModuleType) -> list[tuple[str, Any, str]]:
    fields, calls, instead = found.FIELDS, found.CALLS, found.INSTEAD
    new: dict[Any, list[str]] = {}
    for name in fields:
        if found.find_first(name) > found.BASE:
            new.setdefault(found.find_first(name), []).append(f"`{name}`")
    return [
        ("`azure_key_vault`, `akv_info`", found.find_first("name"), "no"),
        ("change `client_id`, `tenant_id`", fields["client_id"].change, "no"),
        ("`client_certificate`", found.find_first("client_certificate"), "no"),
        ("`akv_rekey`, external key", calls["rekey-external"], f"by {instead['rekey-external']}"),
        ("`akv_rekey`, internal key; `akv_restore`", calls["restore"], f"by {instead['restore']}"),
        ("`akv_migrate`", calls["migrate"], "no"),
        ("`akv_settings`", calls["key-manager-configs"], "no"),
        *(
            (f"`akv_settings`, `{name}`", first, "no")
            for name, first in found.SETTINGS.items()
            if first > calls["key-manager-configs"]
        ),
        *((", ".join(names), first, "no") for first, names in sorted(new.items())),
    ]


PART = Part(ROOT / "README.md", "<!-- made by `make support-table` -->\n", "<!-- until here -->\n", table)
