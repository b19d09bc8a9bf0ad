# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as one picture: a panel for each case, bars on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]

from .cases import FAST, PLAIN, VENDOR, Case
from .figures import Results, Series, duration

mpl.use("svg")
# The same figures give the same file; text stays text, which is small and can be searched.
mpl.rcParams.update({"svg.hashsalt": "ontap.akv", "svg.fonttype": "none", "font.size": 9})

import matplotlib.pyplot as plt  # type: ignore[import-not-found]  # noqa: E402 - after the choice of what it draws with

_OWN, _OWN_PLAIN, _OTHERS, _CLIENT = "#0f62fe", "#78a9ff", "#8d8d8d", "#c6c6c6"
_COLOURS = {FAST: _OWN, PLAIN: _OWN_PLAIN, VENDOR: _CLIENT}
_COLUMNS = 2
_TITLE = """\
Medians and the range of all rounds, logarithmic. Time of a task in a running ansible-playbook; netapp-ontap: of a script;
25 clusters: of the whole ansible-playbook. 10 x 10: a loop over ten SVMs, its time multiplied by ten."""


def draw(cases: Sequence[Case], results: Results, path: Path) -> None:
    """Write the picture; the ending of the path says in which form."""
    rows = -(-len(cases) // _COLUMNS)
    figure, panels = plt.subplots(rows, _COLUMNS, figsize=(13, 2.35 * rows), squeeze=False)
    for panel in panels.flat[len(cases) :]:
        panel.remove()
    for panel, case in zip(panels.flat, cases, strict=False):
        _panel(panel, case.heading, results[case.name])
    figure.suptitle(_TITLE, fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 0.985), h_pad=1.6)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _panel(panel: Any, title: str, series: Mapping[str, Series]) -> None:
    """One case: the fastest on top, with whiskers from the fastest round to the slowest."""
    ordered = sorted(series.items(), key=lambda item: item[1].seconds, reverse=True)
    medians = [each.seconds for _name, each in ordered]
    reach = [
        [each.seconds - each.fastest for _name, each in ordered],
        [each.slowest - each.seconds for _name, each in ordered],
    ]
    names = [_label(name, each) for name, each in ordered]
    bars = panel.barh(
        names,
        medians,
        color=[_COLOURS.get(name, _OTHERS) for name, _each in ordered],
        height=0.72,
        xerr=reach,
        error_kw={"lw": 1, "ecolor": "#393939"},
    )
    own = series[FAST].seconds
    texts = [
        duration(median) + ("" if name == FAST else f"  ({median / own:.3g} x)")
        for (name, _each), median in zip(ordered, medians, strict=True)
    ]
    panel.bar_label(bars, texts, padding=6)
    panel.set_xscale("log")
    low, high = min(medians), max(each.slowest for _name, each in ordered)
    # Room for the words behind the longest bar.
    panel.set_xlim(low / 3, high * (high / low * 3) ** 0.45)
    panel.set_title(title, loc="left", fontweight="bold", fontsize=10)
    panel.xaxis.set_major_formatter(lambda seconds, _position: duration(seconds) if seconds < 1 else f"{seconds:g} s")
    panel.minorticks_off()
    panel.grid(axis="x", which="major", color="#e0e0e0")
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _label(name: str, series: Series) -> str:
    return name.removeprefix("netapp.ontap.").removeprefix("ansible.builtin.") + (
        " (10 x 10)" if series.times > 1 else ""
    )
