# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of a fleet report on what comes next, the clusters and the keys."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ontap.akv.plugins.plugin_utils.report.coverage import ClusterSummary
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import format_date, format_distance, format_iso
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import (
    count_of,
    count_owners,
    fold,
    format_counts,
    isolate_text,
    locate,
    name_vault,
    render_badge,
    render_bar,
    render_bars,
    shorten_vault,
    wrap_section,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.outlook import Expiry, KeyUse, Outlook, group_keys
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, PROBLEM, Row

#: Lines of a list that are shown; the others are one click away.
_MOST = 8
#: Names in a list that is one click away.
_MOST_NAMES = 200


def render_outlook(outlook: Outlook) -> str:
    """Return the section on what expires next, empty if no date is known."""
    expiries = [_render_expiry(expiry) for expiry in outlook.expiries]
    parts = [
        _cut(expiries, '<ul class="dates">{}</ul>'),
        _render_uses(
            "Keys that can be purged",
            "Turn on purge protection of the vault: volumes cannot be decrypted without the key.",
            outlook.unprotected,
        ),
        _render_uses(
            "Old key versions in use",
            "Run the playbook ontap.akv.rotate_key before the old version is disabled.",
            outlook.outdated,
        ),
    ]
    return wrap_section("outlook", "What expires next" if expiries else "Keys that need attention", "".join(parts))


def _cut(items: Sequence[str], form: str) -> str:
    """Return the first items, and the others one click away. form: the list around them."""
    first, rest = items[:_MOST], items[_MOST:]
    return (form.format("".join(first)) if first else "") + (
        fold(f"{len(rest):,} more", form.format("".join(rest))) if rest else ""
    )


def _render_expiry(expiry: Expiry) -> str:
    owner = f" in {isolate_text(name_vault(expiry.owner))}" if expiry.owner else ""
    distance = format_distance(expiry.days)
    left = f'<span class="soft">{distance}</span>' if expiry.light == OK else render_badge(expiry.light, distance)
    return (
        f'<li><time datetime="{format_iso(expiry.moment)}">{format_date(expiry.moment)}</time><span>{expiry.kind}'
        f" <strong>{isolate_text(expiry.name)}</strong>{owner}"
        f"<small>{count_owners(expiry.rows)}</small></span>{left}</li>"
    )


def _render_uses(title: str, hint: str, uses: Sequence[KeyUse]) -> str:
    if not uses:
        return ""
    items = [
        f"<li><strong>{isolate_text(use.key)}</strong> in {isolate_text(name_vault(use.vault))}:"
        f" {isolate_text(locate(use.rows))}</li>"
        for use in uses
    ]
    return f'<h3>{title}</h3><p class="hint">{hint}</p>{_cut(items, "<ul>{}</ul>")}'


def render_clusters(clusters: Sequence[ClusterSummary]) -> str:
    """Return the section on the clusters: health, coverage, release, and what an outage of a vault would do."""
    longest = max((sum(cluster.counts.values()) for cluster in clusters), default=0)
    lines = [_describe_cluster(cluster, longest) for cluster in clusters]
    more = render_bars(lines[_MOST:])
    shown = render_bars(lines[:_MOST]) + (
        fold(f"{count_of(len(lines) - _MOST, 'more cluster')}", more) if len(lines) > _MOST else ""
    )
    return wrap_section("clusters", "Clusters", _render_coverage(clusters) + shown if clusters else "")


def _describe_cluster(cluster: ClusterSummary, longest: int) -> tuple[str, str, str, str]:
    facts = [f"ONTAP {cluster.release}"] if cluster.release else []
    if cluster.uncovered is not None:
        facts.append(
            f"{cluster.covered:,} of {count_of(cluster.covered + len(cluster.uncovered), 'SVM')} with a key vault"
        )
    if cluster.outage:
        facts.append(f"vault outage: {cluster.outage}")
    facts += filter(None, cluster.doubts)
    counts = {light: cluster.counts.get(light, 0) for light in LIGHTS}
    caption = format_counts(counts) or "no configurations"
    if not cluster.is_read:
        caption = render_badge(PROBLEM, "Not read")
    return isolate_text(cluster.name), isolate_text(" · ".join(facts)), render_bar(counts, longest), caption


def _render_coverage(clusters: Sequence[ClusterSummary]) -> str:
    """Return how many SVMs have a configuration, and the names of those that have none."""
    known = [cluster for cluster in clusters if cluster.uncovered is not None]
    if not known:
        return ""
    covered = sum(cluster.covered for cluster in known)
    uncovered = [(cluster, name) for cluster in known for name in cluster.uncovered or ()]
    text = (
        f"{covered:,} of {count_of(covered + len(uncovered), 'SVM')} {'has' if covered == 1 else 'have'} an Azure Key"
        " Vault configuration."
    )
    if not uncovered:
        return f"<p>{text}</p>"
    by_cluster: dict[str, list[str]] = {}
    for cluster, name in uncovered[:_MOST_NAMES]:
        by_cluster.setdefault(cluster.name, []).append(name)
    names = "".join(
        f"<dt>{isolate_text(cluster)}</dt><dd>{', '.join(map(isolate_text, names))}</dd>"
        for cluster, names in by_cluster.items()
    )
    more = f'<p class="soft">and {len(uncovered) - _MOST_NAMES:,} more</p>' if len(uncovered) > _MOST_NAMES else ""
    folded = fold(f"Show {count_of(len(uncovered), 'SVM')} without one", f'<dl class="names">{names}</dl>{more}')
    return f"<p>{text}</p>{folded}"


def render_keys(rows: Sequence[Row]) -> str:
    """Return the section on which SVMs share a key. All versions of a key are one bar, because they are lost
    together.
    """
    uses = group_keys(rows, lambda row: bool(row.fields["key"] or row.fields["vault"]))
    owners = [len({(row.cluster, row.fields["svm"]) for row in use.rows}) for use in uses]
    longest = max(owners, default=0)
    lines = [
        (
            isolate_text(use.key),
            isolate_text(shorten_vault(use.vault)),
            render_bar({"svms": number}, longest),
            count_owners(use.rows),
        )
        for use, number in zip(uses, owners)
    ]
    rest = lines[_MOST:]
    more = fold(count_of(len(rest), "more key"), render_bars(rest)) if rest else ""
    return wrap_section("keys", "SVMs that share a key", render_bars(lines[:_MOST]) + more if lines else "")
