# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in Ansible's own process prints, warns and logs the same as in a separate process."""

from __future__ import annotations

import json
import syslog
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import module as without_process
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock
from ansible_collections.ontap.akv.tests.unit.support.records import KEY, PATH, VAULT, page, record, refusal, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.running import LOGIN, Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

NAME = "ontap.akv.some_module"
INTERNAL = {
    "module_name": NAME,
    "no_log": False,
    "check_mode": False,
    "diff": False,
    "syslog_facility": "LOG_USER",
    "target_log_info": None,
    # An older release would treat it as an option of the module.
    **({"inject_invocation": True} if core.RELEASE >= (2, 21) else {}),
}
DESCRIBED = {"name": VAULT, "client_id": "c", "tenant_id": "t", "key_id": KEY}
#: Wrong arguments, refused by AnsibleModule or by the module.
REFUSED: list[tuple[ModuleType, dict[str, Any]]] = [
    (akv_info, {"unknown": 1, "other": 2}),
    (akv_info, {"max_records": "many"}),
    (akv_info, {"query": "no dictionary"}),
    (akv_info, {"hostname": None}),
    (akv_info, {"scope": "node"}),
    (akv_info, {"svm": "svm1", "vserver": "svm2", "max_records": 0}),
    (akv_rekey, {"svm": "svm1"}),
    (akv_rekey, {"svm": "svm1", "key": "external"}),
    (akv_rekey, {"svm": "svm1", "key": "internal", "force": True}),
    (akv_restore, {"svm": "svm1", "force": "perhaps"}),
    (akv_restore, {}),
    (azure_key_vault, {"svm": "a", "client_secret": "one secret", "client_certificate": "another secret"}),
    (azure_key_vault, {"svm": "a", "unknown": "one secret", "client_secret": "one secret"}),
    (azure_key_vault, {"svm": "a", "proxy_type": "password-1!", "proxy_password": "password-1!"}),
    (azure_key_vault, {"svm": ["a", "a b"], "client_secret": " "}),
    (azure_key_vault, {"svm": "a", "user": "u", "pass": "alias-of-a-password", "concurrency": 0}),
]
#: Tasks that end after one page of records.
READING: list[tuple[ModuleType, dict[str, Any]]] = [
    (akv_info, {}),
    (akv_info, {"user": "admin", "username": "admin", "pass": "netapp1!"}),
    (akv_info, {"svm": "svm*,other*"}),
    (akv_rekey, {"svm": ["svm1", "svm2"], "key": "external", "key_id": KEY}),
    (akv_rekey, {"uuid": uuid_of(3), "key": "internal"}),
    (
        azure_key_vault,
        {
            "svm": "svm1",
            **DESCRIBED,
            "client_id": None,
            "tenant_id": None,
            "client_secret": "a secret that is not sent",
        },
    ),
    (azure_key_vault, {"svm": "svm1", "name": "https://other.vault.azure.net"}),
    (azure_key_vault, {"svm": "svm9", "state": "absent", "client_secret": "unused"}),
]


class Both:
    """Runs a module both ways. logged: the lines that each wrote to the system's log."""

    def __init__(self, play: Play, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self._play = play
        self._clock = clock
        self._monkeypatch = monkeypatch
        self.logged: list[list[tuple[Any, ...]]] = []

    def __call__(
        self, module: ModuleType, arguments: dict[str, Any], **told: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the module prints, and what it prints without a separate process."""
        given = {name: value for name, value in {**LOGIN, **arguments}.items() if value is not None}
        internal = {f"_ansible_{name}": value for name, value in {**INTERNAL, **told}.items()}
        with self._monkeypatch.context() as patch:
            patch.setattr(basic, "has_journal", False)
            patch.setattr(syslog, "openlog", lambda *opened: self.logged[-1].append(opened))
            patch.setattr(syslog, "syslog", lambda *line: self.logged[-1].append(line))
            patch.setattr(task, "Transport", partial(Transport, clock=self._clock.clock))
            self.logged.append([])
            printed = self._play(
                module,
                check=internal["_ansible_check_mode"],
                diff=internal["_ansible_diff"],
                **{**dict.fromkeys(LOGIN), **given},
                **internal,
            )
            self.logged.append([])
            done = without_process.prepare(module, {**given, **internal}, core.RELEASE)()
        mine: dict[str, Any] = json.loads(done.text)
        for result in (printed, mine):
            if "warnings" in result:
                result["warnings"] = warnings_of(result)
        return printed, mine


@pytest.fixture
def both(play: Play, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch) -> Both:
    """Runs a module both ways on the scripted wire."""
    return Both(play, clock, monkeypatch)


@pytest.mark.parametrize(("module", "arguments"), REFUSED)
def test_argument_errors_match_the_module(both: Both, module: ModuleType, arguments: dict[str, Any]) -> None:
    printed, mine = both(module, arguments)
    assert mine == printed
    assert mine["failed"]
    for secret in ("one secret", "another secret", "password-1!", "alias-of-a-password"):
        assert secret not in json.dumps(mine)
    assert both.logged[0] == both.logged[1]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("module", "arguments"), READING)
def test_results_of_reading_match_the_module(
    both: Both, wire: Wire, module: ModuleType, arguments: dict[str, Any], check: bool
) -> None:
    for _way in range(2):
        wire.on("GET", PATH, json=page(record(1), record(2)))
    printed, mine = both(module, arguments, check_mode=check, diff=True)
    assert mine == printed
    assert both.logged[0] == both.logged[1]
    assert any("Invoked with" in str(line) for line in both.logged[1])


def test_change_failure_and_diff_match_the_module(both: Both, wire: Wire) -> None:
    secret = "a secret that the cluster repeats"
    wire.in_order = False
    for _way in range(2):
        wire.on("GET", PATH, json=page(record(1), record(2)))
        wire.on("PATCH", f"{PATH}/{uuid_of(1)}", json={})
        wire.on("PATCH", f"{PATH}/{uuid_of(2)}", status=400, json=refusal("65537540", f"refused: {secret}"))
        wire.on("GET", PATH, json=page({**record(1), "proxy_host": "p"}))
    arguments = {
        "svm": ["svm1", "svm2"],
        "proxy_host": "p",
        "client_secret": secret,
        "update_credentials": "always",
        "concurrency": 1,
    }
    printed, mine = both(azure_key_vault, arguments, diff=True)
    assert mine == printed
    assert (mine["failed"], mine["changed"], mine["diff"]["after"]["svm1"]["client_secret"]) == (
        True,
        True,
        "will be sent",
    )
    assert secret not in json.dumps(mine)
    assert secret not in str(both.logged)


#: Secrets that occur in the words, names and numbers of every result.
ORDINARY = [
    "c",
    "svm",
    "fail",
    "changed",
    "failed",
    "True",
    "False",
    "name",
    "443",
    "65537540",
    "msg",
    "client_secret",
    "password",
    "update_credentials",
]


def _with_secrets(both: Both, wire: Wire, secret: str, said: str) -> dict[str, Any]:
    """Run one successful and one refused update with the same secret in every option. Check that both ways agree."""
    wire.in_order = False
    for _way in range(2):
        wire.on("GET", PATH, json=page(record(1), record(2)))
        wire.on("PATCH", f"{PATH}/{uuid_of(1)}", json={})
        wire.on("PATCH", f"{PATH}/{uuid_of(2)}", status=400, json=refusal("65537540", said))
        wire.on("GET", PATH, json=page({**record(1), "proxy_host": "p"}))
    arguments = {"svm": ["svm1", "svm2"], "proxy_host": "p", "update_credentials": "always", "concurrency": 1}
    printed, mine = both(
        azure_key_vault,
        {**arguments, **dict.fromkeys(("password", "client_secret", "proxy_password"), secret)},
        diff=True,
    )
    assert mine == printed
    mine.pop("warnings", None)
    return mine


@pytest.mark.parametrize("secret", ORDINARY)
def test_common_word_as_secret_does_not_alter_results(both: Both, wire: Wire, secret: str) -> None:
    told = _with_secrets(both, wire, secret, "Invalid -")
    assert told == _with_secrets(both, wire, "0b5d9a-kept-6f2c17", "Invalid -")
    assert (told["changed"], told["failed"], [result["svm"] for result in told["results"]]) == (
        True,
        True,
        ["svm1", "svm2"],
    )


@pytest.mark.parametrize("secret", ["x7!q", "hunter", "password"])
def test_masks_short_secret_that_cluster_repeats(both: Both, wire: Wire, secret: str) -> None:
    told = _with_secrets(both, wire, secret, f"<{secret}> is not right")
    assert f"<{secret}>" not in json.dumps(told)
    assert told["error"]["message"].endswith("is not right")


@pytest.mark.parametrize("failing", [False, True])
def test_warns_about_short_secret(both: Both, wire: Wire, failing: bool) -> None:
    """There is one warning for each option, without the secret, and none for a secret of 8 characters."""
    for _way in range(2):
        wire.on("GET", PATH, **({"status": 400, "json": refusal("2")} if failing else {"json": page(record(1))}))
    arguments = {
        "svm": "svm1",
        "password": "x7!q9zk",
        "client_secret": "x7!q9z~",
        "proxy_password": "x7!q9zkw",
        "update_credentials": "on_create",
    }
    printed, mine = both(azure_key_vault, arguments)
    assert mine == printed
    assert sorted(text.partition(" ")[0] for text in mine["warnings"]) == ["client_secret", "password"]
    assert all("fewer than 8 characters" in text and "x7!q9z" not in text for text in mine["warnings"])


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("$encrypted$", "the text that AWX shows"),
        ("$ANSIBLE_VAULT;1.1;AES256 3132", "still encrypted by Ansible Vault"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "looks like the ID of a secret"),
    ],
)
def test_warns_about_value_that_is_probably_not_a_secret(both: Both, wire: Wire, secret: str, words: str) -> None:
    """It is sent nevertheless. A password may be a GUID."""
    for _way in range(2):
        wire.on("GET", PATH, json=page(record(1)))
    printed, mine = both(
        azure_key_vault, {"svm": "svm1", "password": secret, "client_secret": secret, "update_credentials": "on_create"}
    )
    assert mine == printed
    expected = ["client_secret"] if secret.startswith("0") else ["password", "client_secret"]
    assert sorted(text.partition(" ")[0] for text in mine["warnings"]) == sorted(expected)
    assert all(words in text and secret not in text for text in mine["warnings"])


def test_logs_nothing_with_no_log(both: Both, wire: Wire) -> None:
    for _way in range(2):
        wire.on("GET", PATH, json=page())
    printed, mine = both(akv_info, {}, no_log=True)
    assert mine == printed
    assert both.logged == [[], []]


def test_log_uses_facility_and_target_of_ansible(both: Both, wire: Wire) -> None:
    for _way in range(2):
        wire.on("GET", PATH, json=page())
    both(akv_info, {"svm": "x"}, target_log_info="job 17:", syslog_facility="LOG_LOCAL3")
    assert both.logged[0] == both.logged[1]
    assert both.logged[1][0][2] == syslog.LOG_LOCAL3
    assert str(both.logged[1][1][1]).startswith("job 17: Invoked with")


def test_passes_deprecations_on(both: Both, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """No option is deprecated now, so the test adds one to the specification."""
    alias = {"name": "limit", "version": "9.0.0", "collection_name": "ontap.akv"}
    specification = {
        **akv_info.ARGUMENT_SPEC,
        "max_records": {"type": "int", "aliases": ["limit"], "deprecated_aliases": [alias]},
    }
    monkeypatch.setattr(akv_info, "ARGUMENT_SPEC", specification)
    for _way in range(2):
        wire.on("GET", PATH, json=page())
    printed, mine = both(akv_info, {"limit": 3})
    (told,) = mine.pop("deprecations")
    assert (told["version"], told["collection_name"]) == ("9.0.0", "ontap.akv")
    assert told["msg"] in json.dumps(printed.pop("deprecations"))
    assert mine == printed


def test_omits_invocation_when_not_requested(wire: Wire, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible-core 2.21 and later can request this."""
    wire.on("GET", PATH, json=page())
    monkeypatch.setattr(task, "Transport", partial(Transport, clock=clock.clock))
    internal = {
        f"_ansible_{name}": value for name, value in {**INTERNAL, "inject_invocation": False, "no_log": True}.items()
    }
    assert "invocation" not in json.loads(without_process.prepare(akv_info, {**LOGIN, **internal}, core.RELEASE)().text)
