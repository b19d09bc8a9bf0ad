# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of modules without AnsibleModule on a real connection, compared with what the cluster really did."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, describe_failure
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.records import JOBS, KEY, PATH, record, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.stage import Stage

#: The maximum length of a message.
LONGEST_MESSAGE = 5000
# Text that only a programmer understands.
_CODE = re.compile(r"Traceback|object at 0x|Errno|Exception|\w+Error\(|HTTPS?Connection|urllib3|NoneType|<class")
_PATHS = re.compile(
    rf"{PATH}(/{uuid_of(0)[:-12]}\d{{12}}(/(rekey-external|rekey-internal|restore))?)?|{JOBS}(/[0-9a-f-]{{36}})?"
)
_PROPERTIES = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}


@dataclass(frozen=True)
class Scenario:
    """A module with its options, as a task would give them."""

    module: ModuleType
    options: Mapping[str, Any]


INFO = Scenario(akv_info, {"svm": ["svm1"]})
ABSENT = Scenario(azure_key_vault, {"svm": ["svm1"], "state": "absent"})
CREATE = Scenario(azure_key_vault, {"svm": ["svm2"], "client_secret": "secret-1", **_PROPERTIES})
UPDATE = Scenario(azure_key_vault, {"svm": ["svm1"], "proxy_host": "proxy.example.com"})
REKEY = Scenario(akv_rekey, {"svm": ["svm1"], "key": "external", "key_id": f"{KEY}0"})
RESTORE = Scenario(akv_restore, {"svm": ["svm1"]})


@dataclass(frozen=True)
class Ran:
    """The result of a run, successful or failed, its warnings, and its duration in seconds."""

    result: dict[str, Any]
    warnings: list[str]
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether the task reports that something changed or may have changed."""
        return bool(self.result["changed"])

    @property
    def error(self) -> dict[str, Any]:
        """The error of the task."""
        return dict(self.result["error"])


def run(scenario: Scenario, stage: Stage, **options: Any) -> Ran:
    """Run a module against a server on this host. options are added to those of the scenario."""
    scheme = {"https": stage.context is not None, "hostname": "localhost", "http_port": stage.port}
    return execute(scenario, **{**scheme, **options})


def execute(scenario: Scenario, **options: Any) -> Ran:
    """Run a module with options that are validated as by AnsibleModule. options are added to those of the scenario."""
    given = {
        "username": "admin",
        "password": "netapp1!",
        "max_retries": 1,
        "timeout": 20,
        **scenario.options,
        **options,
    }
    check_mode = given.pop("check_mode", False)
    checked = ArgumentSpecValidator(scenario.module.ARGUMENT_SPEC).validate(given)
    assert checked.error_messages == []
    task = Task(checked.validated_parameters, check_mode=check_mode, diff=True)
    begin = time.monotonic()
    try:
        result = scenario.module.execute(task)
    except AkvError as exc:
        # The same conversion as in running.run().
        result = describe_failure(exc)
    return Ran(result, task.warnings, time.monotonic() - begin)


def printable(result: Any) -> None:
    """Check that the result is valid JSON. ansible-core refuses lone surrogates and drops the whole result."""
    json.dumps(result, allow_nan=False, ensure_ascii=False).encode()


def judge(ran: Ran, stage: Stage) -> None:
    """Check that the message is clear, that no claim is false, and that every request exists in this API."""
    printable(ran.result)
    assert [seen.path for seen in stage.requests if not _PATHS.fullmatch(seen.path)] == []
    if ran.failed:
        assert _clear(ran.result["msg"]), ran.result["msg"]
        assert ran.error["message"]
    if stage.cluster.done:
        assert ran.changed, "something changed, and the task does not say so"
    if not ran.failed:
        assert ran.changed == bool(stage.cluster.done), (
            f"changed: {ran.changed} without an error, but the cluster did {stage.cluster.done}"
        )
        assert ran.changed or not stage.writes, "a change may have been made, and the task says ok"


def _clear(text: Any) -> bool:
    return isinstance(text, str) and 10 < len(text) < LONGEST_MESSAGE and not _CODE.search(text)
