# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The return values of a module from the outcomes of its targets: results, records, diff; on failure, msg and error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.converge import plan
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import Outcome


def report(outcomes: Sequence[Outcome], *, with_diff: bool) -> dict[str, Any]:
    """Return the return values of a changing module; C(failed) is true if a target failed."""
    result: dict[str, Any] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "azure_key_vaults": [outcome.record for outcome in outcomes if outcome.record is not None],
        "results": [_build_result(outcome) for outcome in outcomes],
    }
    if with_diff:
        result["diff"] = plan.build_diff(
            [plan.limit_change(outcome.change, outcome.done) for outcome in outcomes if outcome.changed]
        )
    failed = [(outcome.change.target.label, outcome.error) for outcome in outcomes if outcome.error is not None]
    if failed:
        label, error = failed[0]
        result.update(failed=True, error=error.as_dict(), msg=_format_message(label, error, len(failed) - 1))
    return result


def _format_message(label: str, error: AkvError, others: int) -> str:
    more = f" {others} more {'target' if others == 1 else 'targets'} failed, see results." if others else ""
    return f"{label}: {error.as_text()}{more}"


def _build_result(outcome: Outcome) -> dict[str, Any]:
    target, record = outcome.change.target, outcome.record or outcome.change.record or {}
    configuration = resource.get_configuration(record, "name") or target.configuration
    return {
        "svm": resource.get_svm(record, "name") or target.svm,
        "uuid": record.get("uuid") or target.uuid,
        # Releases before 9.14.1 support only one configuration.
        **({} if configuration is None else {"configuration": configuration}),
        "action": outcome.action,
        "changed": outcome.changed,
        "fields": plan.limit_change(outcome.change, outcome.sent).fields,
        "job": outcome.job.as_dict() if outcome.job else None,
        "message": outcome.message,
        "recovered": outcome.recovered,
        "error": outcome.error.as_dict() if outcome.error else None,
    }
