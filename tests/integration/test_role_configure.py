# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_configure and its playbook."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster, play
from ansible_collections.ontap.akv.tests.integration.support.roles import message, refused_logins, writes
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    CLIENT_ID,
    KEY,
    NAME,
    OTHER_KEY,
    PROPERTIES,
    SVMS,
    configured,
)
from simulator import Simulator

COMMON = dict(PROPERTIES)
ELSEWHERE = {"name": "https://elsewhere.vault.azure.net/", "key_id": "https://elsewhere.vault.azure.net/keys/key1"}


def configurations(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """Return SVM -> configuration, for SVMs that have one."""
    found = simulator.control.state()["svms"]
    return {svm: each["configuration"] for svm, each in found.items() if each["configuration"]}


def test_configures_list_of_entries(plays: Ansible, simulator: Simulator) -> None:
    """Shared values, an entry for several SVMs, a different one, and the cluster's; a second run changes nothing."""
    secret, other = plays.secrets.new("client-secret"), plays.secrets.new("other-secret")
    entries = [
        {"svm": ["svm1", "svm2"]},
        {"svm": "svm3", "key_id": OTHER_KEY, "client_secret": other, "proxy_host": "proxy.example.com"},
        {"scope": "cluster"},
        {"svm": "svm4", "state": "absent"},
    ]
    configured(simulator, "svm4")
    wanted: dict[str, Any] = {"akv_configurations": entries, "akv_common": COMMON, "akv_client_secret": secret}
    check = play(plays, "configure", None, "--check", **wanted).ok()
    # One read for each entry, and no verification in check mode.
    assert Requests(simulator.control.log()).lines == ["GET"] * 4
    assert "cluster1" in check.hosts
    first = play(plays, "configure", **wanted).ok()
    assert first.hosts["cluster1"]["changed"] == check.hosts["cluster1"]["changed"] == 1
    found = simulator.control.state()
    assert [found["svms"][svm]["configuration"]["client_secret"] for svm in ("svm1", "svm2", "svm3")] == [
        secret,
        secret,
        other,
    ]
    assert found["svms"]["svm3"]["configuration"]["key_id"] == OTHER_KEY
    assert found["svms"]["svm4"]["configuration"] is None
    assert found["cluster"]["configuration"]["key_id"] == KEY
    simulator.control.clear_log()
    again = play(plays, "configure", **wanted, akv_update_credentials="on_create").ok()
    assert again.hosts["cluster1"]["changed"] == 0
    # One read and one verification for each entry, except for the verification of the removed one.
    assert Requests(simulator.control.log()).lines == ["GET"] * 7


def test_accepts_secrets_encrypted_by_ansible_vault(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """They can be shared and in an entry, as variables of a host in an inventory."""
    secret, other = plays.secrets.new("client-secret"), plays.secrets.new("other-secret")
    (tmp_path / "vault-password").write_text("open-sesame", encoding="utf-8")
    vault = VaultLib([("default", VaultSecret(b"open-sesame"))])
    shared, own = (textwrap.indent(vault.encrypt(text).decode(), "        ") for text in (secret, other))
    variables = tmp_path / "vaulted.yml"
    lines = (
        f"akv_client_secret: !vault |\n{shared}\nakv_configurations:\n  - svm: svm1\n  - svm: svm2\n    client_secret:"
        f" !vault |\n{own}\n"
    )
    variables.write_text(lines, encoding="utf-8")
    arguments = ["-e", f"@{variables}", "--vault-password-file", str(tmp_path / "vault-password")]
    play(plays, "configure", None, *arguments, akv_common=COMMON).ok()
    assert {svm: each["client_secret"] for svm, each in configurations(simulator).items()} == {
        "svm1": secret,
        "svm2": other,
    }


@pytest.mark.parametrize(
    ("variable", "shape"),
    [("akv_client_secret", "dict"), ("akv_configurations", "str"), ("akv_configurations", "list of str")],
)
def test_secret_of_wrong_type_is_not_shown(plays: Ansible, simulator: Simulator, variable: str, shape: str) -> None:
    """Neither the check of the role's variables nor the module shows it."""
    secret = plays.secrets.new("wrong")
    values: dict[str, Any] = {
        "dict": {"value": secret},
        "str": f"client_secret {secret}",
        "list of str": [f"client_secret {secret}"],
    }
    wanted: dict[str, Any] = {
        "akv_configurations": [{"svm": "svm1", "key_id": "wrong"}],
        "akv_common": COMMON,
        variable: values[shape],
    }
    play(plays, "configure", **wanted).failed()
    assert writes(simulator) == []


def test_all_errors_are_reported_at_end(plays: Ansible, simulator: Simulator) -> None:
    """Every entry is tried; one message contains refusals, unreachable vaults and unknown SVMs."""
    secret = plays.secrets.new("client-secret")
    simulator.control.azure(vaults=[NAME])
    simulator.control.condition(
        "create", "65537506", svm="svm2", message="{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
    )
    entries = [
        {"svm": "svm1", **ELSEWHERE},
        {"svm": "svm2"},
        {"svm": "svm9"},
        {"svm": "svm3"},
        {"svm": "svm9", "state": "absent"},
    ]
    played = play(
        plays, "configure", akv_configurations=[*entries[:4]], akv_common=COMMON, akv_client_secret=secret
    ).failed()
    assert set(configurations(simulator)) == {"svm1", "svm3"}
    found = message(played)
    for part in (
        "cluster1 is not as described:",
        "- svm1: the vault cannot be reached",
        "- svm2: ",
        "(ONTAP error 65537506)",
        "- svm9: ",
    ):
        assert part in found
    assert "svm3: " not in found
    assert "lookup('ansible.builtin.pipe', 'touch evaluated')" in found
    assert not (played.folder / "evaluated").exists()
    # After the causes are fixed, another run does the rest; the keys of an SVM whose vault was unreachable have to be
    # restored first.
    simulator.control.azure(vaults=None)
    simulator.control.clear_conditions()
    simulator.control.clear_log()
    left = [*entries[:2], *entries[3:]]
    played = play(plays, "configure", akv_configurations=left, akv_common=COMMON, akv_client_secret=secret).failed()
    assert writes(simulator).lines == ["POST"]
    assert "- svm1: the keys are not available" in message(played)
    assert not any(f"{svm}: " in message(played) for svm in ("svm2", "svm3", "svm9"))


def test_credential_of_entry_has_priority(plays: Ansible, simulator: Simulator) -> None:
    """Credentials come from the environment, which AWX sets; empty ones count as not set; an entry's credential has
    priority.
    """
    shared, common, own = (plays.secrets.new(name) for name in ("shared-secret", "common-secret", "own-secret"))
    content = base64_of(pfx())
    plays.secrets.hide("certificate", content)
    plays.environment |= {"ONTAP_AKV_CLIENT_SECRET": shared, "ONTAP_AKV_CLIENT_CERTIFICATE": ""}
    empty = {"client_secret": "", "client_certificate": "", "client_certificate_path": ""}
    entries = [
        {"svm": "svm1"},
        {"svm": "svm2", **empty},
        {"svm": "svm3", "client_secret": own},
        {"svm": "svm4", "client_certificate": content, "client_secret": ""},
    ]
    play(plays, "configure", akv_configurations=entries, akv_common=COMMON).ok()
    assert [body.get("client_secret") for body in writes(simulator).bodies] == [shared, shared, own, None]
    assert configurations(simulator)["svm4"]["client_certificate"] == content
    # A secret in akv_common applies to entries without a credential; an entry with a certificate uses only that.
    simulator.control.reset()
    play(plays, "configure", akv_configurations=entries, akv_common={**COMMON, "client_secret": common}).ok()
    assert [body.get("client_secret") for body in writes(simulator).bodies] == [common, common, own, None]


def test_invalid_entries_are_refused_before_any_request(plays: Ansible, simulator: Simulator) -> None:
    """One host for each error; no value of an entry is repeated, because it may be a misplaced secret."""
    misplaced = plays.secrets.new("misplaced-secret")
    wrong: dict[str, tuple[Any, str]] = {
        "twice": (
            [{"svm": "svm1"}, {"svm": ["svm2", "svm1"]}],
            "akv_configurations: svm1 appears in more than one entry",
        ),
        "as_text": (
            [{"svm": "svm1, svm2"}, {"svm": "svm2"}],
            "akv_configurations: svm2 appears in more than one entry",
        ),
        "cluster_twice": (
            [{"scope": "cluster"}, {"scope": "cluster", "key_id": KEY}],
            "akv_configurations: scope: cluster appears in more than one entry",
        ),
        "unknown_option": (
            [{"svm": "svm1", "client_secrett": misplaced}],
            "akv_configurations: 'client_secrett' is not an option; did you mean client_secret?",
        ),
        "unknown_scope": ([{"scope": "svm"}], "scope"),
        "no_list": ("svm1=", "akv_configurations"),
    }
    hosts = {
        name: cluster(simulator, akv_configurations=given, akv_common=COMMON) for name, (given, _said) in wrong.items()
    }
    hosts["nothing"] = cluster(simulator)
    # Without the misspelled key, the configuration would be as described.
    configured(simulator, "svm1")
    common = {"keyid": OTHER_KEY, "client_secret": misplaced, f"client_secret:{misplaced}": None}
    hosts["common"] = cluster(simulator, akv_configurations=[{"svm": "svm1"}], akv_common=common)
    simulator.control.clear_log()
    played = play(plays, "configure", hosts, akv_client_secret=misplaced).failed()
    assert message(played, "common").startswith("akv_common: 'keyid' is not an option; did you mean key_id?")
    for name, (_given, reason) in wrong.items():
        assert reason in message(played, name), name
    assert "akv_configurations" in message(played, "nothing")
    assert simulator.control.log() == []


def test_refused_login_is_tried_once(plays: Ansible, simulator: Simulator) -> None:
    """Of three hosts, one refuses the login, one is unreachable, and the last one is still configured."""
    secret, wrong = plays.secrets.new("client-secret"), plays.secrets.new("wrong-password")
    hosts = {
        "stranger": cluster(simulator, akv_username=simulator.username, akv_password=wrong),
        "down": cluster(simulator, akv_http_port=1, akv_max_retries=0),
        "good": cluster(simulator),
    }
    entries = [{"svm": svm} for svm in SVMS[:3]]
    played = play(
        plays,
        "configure",
        hosts,
        akv_configurations=entries,
        akv_common=COMMON,
        akv_client_secret=secret,
        akv_retries=3,
    ).failed()
    assert refused_logins(simulator) == 1
    assert "- Not started: svm2, svm3" in message(played, "stranger")
    assert message(played, "down").count("no connection to 127.0.0.1:1") == 1
    assert "- Not started: svm2, svm3" in message(played, "down")
    assert played.hosts["good"]["failures"] == 0
    assert set(configurations(simulator)) == {"svm1", "svm2", "svm3"}


def test_failed_verification_is_retried_and_reported(plays: Ansible, simulator: Simulator) -> None:
    """A failed read is retried; if it still fails, the run fails with the cluster's error."""
    secret = plays.secrets.new("client-secret")
    wanted: dict[str, Any] = {
        "akv_configurations": [{"svm": "svm1"}],
        "akv_common": COMMON,
        "akv_client_secret": secret,
        "akv_max_retries": 0,
    }
    # The first read is that of the module.
    simulator.control.fault("status", method="GET", nth=2, times=1, status=500)
    play(plays, "configure", **wanted).ok()
    simulator.control.clear_faults()
    simulator.control.fault("status", method="GET", nth=2, times=None, status=500)
    played = play(plays, "configure", **wanted, akv_update_credentials="on_create").failed()
    assert "500" in message(played)
    simulator.control.clear_faults()
    simulator.control.clear_log()
    simulator.control.fault("status", method="GET", nth=2, times=None, status=401)
    play(plays, "configure", **{**wanted, "akv_retries": 5}, akv_update_credentials="on_create").failed()
    assert [entry["status"] for entry in simulator.control.log()] == [200, 401]


def test_rekeys_and_sends_credentials_only_on_request(plays: Ansible, simulator: Simulator) -> None:
    """A different key is refused or changed; a secret that was not sent is reported; empty answers of a survey do not
    count.
    """
    secret = plays.secrets.new("client-secret")
    configured(simulator, "svm1", "svm2")
    wanted: dict[str, Any] = {
        "akv_configurations": [{"svm": "svm1", "key_id": OTHER_KEY}, {"svm": "svm2"}],
        "akv_client_secret": secret,
    }
    played = play(plays, "configure", **wanted, akv_update_credentials="").failed()
    assert "key_id" in message(played)
    assert "allow_rekey" in message(played)
    assert "update_credentials" in played.output
    assert writes(simulator) == []
    play(plays, "configure", **wanted, akv_allow_rekey=True, akv_update_credentials="always").ok()
    assert configurations(simulator)["svm1"]["key_id"] == OTHER_KEY
    assert {each["client_secret"] for each in configurations(simulator).values()} == {secret}


def test_role_can_be_included_twice_in_own_play(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """The connection comes from module_defaults; a failure of the first list is rescued; each cluster has a list."""
    simulator.control.azure(vaults=[NAME])
    role = {"ansible.builtin.include_role": {"name": "ontap.akv.akv_configure"}}
    own = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": {"group/ontap.akv.akv": "{{ login }}"},
        "vars": {"akv_common": COMMON},
        "tasks": [
            {
                "block": [{**role, "vars": {"akv_configurations": [{"svm": "svm1", **ELSEWHERE}]}}],
                "rescue": [{"ansible.builtin.debug": {"msg": "It is forgiven."}}],
            },
            {**role, "vars": {"akv_configurations": "{{ mine }}"}},
            {**role, "vars": {"akv_configurations": []}},
        ],
    }

    def host(each: Simulator, *svms: str) -> dict[str, Any]:
        names = ("hostname", "username", "password", "ca_path")
        login = {"http_port": each.port, **{name: str(getattr(each, name)) for name in names}}
        return {"login": login, "mine": [{"svm": list(svms)}]}

    plays.variables = {**FAST, "akv_client_secret": plays.secrets.new("client-secret")}
    played = plays.play([own], {"cluster1": host(simulator, "svm2"), "cluster2": host(other, "svm3", "svm4")}).ok()
    assert "- svm1: the vault cannot be reached" in played.texts
    assert "It is forgiven." in played.texts
    assert set(configurations(simulator)) == {"svm1", "svm2"}
    assert set(configurations(other)) == {"svm1", "svm3", "svm4"}
    assert {each["client_id"] for each in configurations(other).values()} == {CLIENT_ID}
