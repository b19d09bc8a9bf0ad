# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the roles count, list and name things."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

#: How many names a line shows.
_FEW = 5
#: What to do about missing keys.
RESTORE_ADVICE = "To restore missing keys, run the playbook ontap.akv.recover (-e akv_hosts=HOST)."


def read_names(value: Any) -> list[str]:
    """Return names that are given as a list, as text with commas, or mixed; an empty survey answer gives none."""
    if value is None:
        return []
    if isinstance(value, str):
        return [name for part in value.split(",") if (name := part.strip())]
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return [name for item in value for name in read_names(item)]
    return read_names(str(value))


def read_labels(value: Any) -> list[str]:
    """Return labels such as C(SVM@CLUSTER), which are separated by commas or white space."""
    return [label for name in read_names(value) for label in name.split()]


def format_count(number: int, noun: str, *, zero: str = "no") -> str:
    """Return a number and what it counts, such as C(1 SVM), C(3 SVMs) or C(no SVMs)."""
    return f"{number or zero} {noun}{'' if number == 1 else 's'}"


def join_names(names: Iterable[str]) -> str:
    """Return names as part of a sentence."""
    return ", ".join(names) or "none"


def join_few(names: Iterable[str], more: str = "more") -> str:
    """Return different names as part of a sentence; of many the first few, and how many are left out.

    more: the words after the number, such as C(more clusters).
    """
    distinct = list(dict.fromkeys(names))
    left = len(distinct) - _FEW
    return ", ".join(distinct) if left <= 1 else f"{', '.join(distinct[:_FEW])} and {left} {more}"


def find_nearest(name: str, known: Collection[str], similarity: float) -> str | None:
    """Return the known name that is most like a misspelled one, None if none is similar enough (0 to 1)."""
    return next(iter(difflib.get_close_matches(name, known, 1, similarity)), None)
