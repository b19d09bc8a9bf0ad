# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at Azure for the configurations of all clusters: each distinct application and key is checked once.

A problem of Azure, or of the way there, is never raised as an exception.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.azure.record import KEY, LOGIN
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, describe_failure
from ansible_collections.ontap.akv.plugins.module_utils.common.masking import Mask
from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.modules import akv_azure_info
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Check, find_checks, find_missing_option
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.verdicts import AzureVerdict, judge, make_unchecked
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_changes import AzureDetector, AzureLook
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_options import AzureOptions
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.events import make_event

#: How many checks run at the same time.
_WORKERS = 4


class AzureOutcome(NamedTuple):
    """The outcome of a look at Azure.

    doubtful: whether something was seen that another look has to confirm. warnings: what the log has to say once.
    """

    events: list[dict[str, Any]]
    doubtful: bool
    warnings: list[str]


class AzureWatcher:
    """Runs checks in Azure and remembers what was reported about them. Only stop() may be called from another
    thread.
    """

    def __init__(
        self,
        options: AzureOptions,
        detector: AzureDetector,
        secrets: Callable[[], Iterable[str]] = tuple,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """secrets: returns what else no event may hold. now: seconds since 1970."""
        self._options = options
        self._detector = detector
        self._secrets = secrets
        self._now = now
        self._unproven: set[str] = set()
        self._stopped = False
        self._transports: list[Transport] = []

    def look(self, fleet: Iterable[Mapping[str, Any]], *, full: bool) -> AzureOutcome:
        """Check what the configurations of the clusters use.

        fleet: see find_checks(). full: whether to run all checks, not only those that are new or have to confirm a
        change.
        """
        covering = find_checks(fleet)
        checks = [check for check in covering if self._options.credentials.find(check.options["client_id"])]
        awaited = self._detector.find_awaited(checks)
        verdicts = self._run([check for check in checks if full or check.identity in awaited])
        changes = self._detector.look(AzureLook(self._now(), checks, verdicts))
        mask = Mask([*self._options.secrets, *self._secrets()]) if changes else Mask(())
        return AzureOutcome(
            [make_event(None, change, mask) for change in changes],
            bool(self._detector.find_awaited(checks)),
            self._warn_of(covering),
        )

    def _warn_of(self, checks: Iterable[Check]) -> list[str]:
        """Return a warning for each application that is not checked for lack of a credential, once."""
        credentials = self._options.credentials
        unproven = {check.options["client_id"] for check in checks if not credentials.find(check.options["client_id"])}
        new = sorted(name for name in unproven - self._unproven if not credentials.is_excluded(name))
        self._unproven |= unproven
        return [
            f"The application {name or 'without client_id'} is not checked in Azure: azure_credentials does not name"
            f" it."
            for name in new
        ]

    def _run(self, checks: Sequence[Check]) -> dict[str, AzureVerdict]:
        found: dict[str, AzureVerdict] = {}
        self._transports.clear()

        def run(_number: int, check: Check) -> None:
            # Whoever stops the source does not wait for the rest.
            if not self._stopped:
                found[check.identity] = self._ask(check)

        run_in_parallel(run, dict(enumerate(checks)), workers=min(_WORKERS, len(checks)))
        return found

    def _ask(self, check: Check) -> AzureVerdict:
        """Run one check and judge its result, which holds no secret."""
        reason = find_missing_option(check)
        if reason is not None:
            return make_unchecked(reason)
        given = {**check.options, **self._options.reach, "warn_days": self._options.warn_days, "checks": [LOGIN, KEY]}
        proof = self._options.credentials.find(check.options["client_id"])
        checked = ArgumentSpecValidator(akv_azure_info.ARGUMENT_SPEC, **akv_azure_info.RULES).validate(
            {**given, **proof}
        )
        task = Task(checked.validated_parameters)
        for secret in self._options.secrets:
            task.hide(secret)
        try:
            if checked.error_messages:
                raise AkvError(checked.error_messages[0])
            result = akv_azure_info.execute(task, self._note)
        except AkvError as exc:
            result = describe_failure(exc)
        return judge(given, task.make_mask().mask_own(result))

    def _note(self, transport: Transport) -> None:
        self._transports.append(transport)
        if self._stopped:
            transport.stop()

    def stop(self) -> None:
        """Send nothing more. A check that waits for a response ends when that arrives."""
        self._stopped = True
        for transport in list(self._transports):
            transport.stop()
            transport.close()
