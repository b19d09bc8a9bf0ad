# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the inventory plugin: their sources, and values that are refused before any request."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, connection, documentation
from ansible_collections.ontap.akv.tests.integration.support.inventory import PLUGIN, Inventory, cluster
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

HOST = ["svm1@127.0.0.1"]


def refused(inventory: Inventory, source: dict[str, Any] | str, *simulators: Simulator) -> str:
    """Check that a source is refused with an error before any request, and return the error."""
    listed = inventory.list(source, env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"})
    assert listed.status != 0
    assert [each.control.log() for each in simulators] == [[] for _each in simulators]
    return listed.told


def test_empty_values_count_as_not_set(inventory: Inventory, simulator: Simulator, tmp_path: Path) -> None:
    """In the environment and in the source, for all clusters and for one; this includes empty files. AWX sets both."""
    configured(simulator, "svm1")
    empty = tmp_path / "empty"
    empty.touch()
    unset = {"ONTAP_CERT_FILEPATH": str(empty), "ONTAP_KEY_FILEPATH": str(empty), "ONTAP_VALIDATE_CERTS": ""}
    inventory.environment |= connection(simulator) | unset
    nothing = {
        "username": "",
        "password": "",
        "cert_filepath": str(empty),
        "key_filepath": str(empty),
        "ca_path": str(empty),
        "http_port": "",
    }
    assert inventory.list({**nothing, "validate_certs": "", "timeout": None}).names == HOST
    inventory.environment |= dict.fromkeys(connection(simulator), "")
    full = {name: value for name, value in cluster(simulator).items() if name != "hostname"}
    assert inventory.list({**full, "clusters": [{"hostname": simulator.hostname, **nothing}]}).names == HOST


def test_verification_can_be_turned_off(inventory: Inventory, simulator: Simulator) -> None:
    """The environment and the source can do it, also for one cluster; the source has priority."""
    configured(simulator, "svm1")
    login = {name: value for name, value in cluster(simulator).items() if name != "ca_path"}
    off = {"ONTAP_VALIDATE_CERTS": "false"}
    assert inventory.list(login, env=off).names == HOST
    assert inventory.list({"clusters": [{**login, "validate_certs": False}]}).names == HOST
    assert "certificate" in inventory.list({**login, "validate_certs": True}, env=off).told
    assert "certificate" in inventory.list(login).told


def encrypted(inventory: Inventory, value: str) -> str:
    """Return a value as ansible-vault writes it into a file."""
    (inventory.folder / "vault-password").write_text("open-sesame", encoding="utf-8")
    command = [program("ansible-vault"), "encrypt_string", "--vault-password-file", "vault-password"]
    done = subprocess.run(
        command,
        input=value,
        env=inventory.variables(),
        cwd=inventory.folder,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=True,
    )
    return done.stdout


def test_accepts_vault_values_and_templates(inventory: Inventory, simulator: Simulator, other: Simulator) -> None:
    """This works for all clusters and for one, and for options that are not text."""
    for each in (simulator, other):
        configured(each, "svm1")
    text = f"""
plugin: {PLUGIN}
username: "{{{{ lookup('ansible.builtin.env', 'LOGIN') }}}}"
password: {encrypted(inventory, simulator.password)}
validate_certs: "{{{{ lookup('ansible.builtin.env', 'VERIFY') }}}}"
workers: "{{{{ akv_workers }}}}"
clusters:
  - hostname: "{{{{ lookup('ansible.builtin.env', 'EAST') }}}}"
    name: east
    http_port: "{{{{ lookup('ansible.builtin.env', 'EAST_PORT') }}}}"
  - hostname: {other.hostname}
    name: west
    http_port: {other.port}
    password: {encrypted(inventory, other.password)}
"""
    inventory.environment |= {
        "LOGIN": "admin",
        "VERIFY": "false",
        "EAST": simulator.hostname,
        "EAST_PORT": str(simulator.port),
    }
    arguments = ["--vault-password-file", "vault-password", "-e", "akv_workers=2"]
    assert inventory.list(text, *arguments).names == ["svm1@east", "svm1@west"]
    assert "password: the value cannot be used" in inventory.list(text, "-e", "akv_workers=2").told


def test_accepts_template_for_list_of_clusters(inventory: Inventory, simulator: Simulator) -> None:
    configured(simulator, "svm1")
    (inventory.folder / "clusters.yml").write_text(
        yaml.safe_dump([{**cluster(simulator), "name": "east"}]), encoding="utf-8"
    )
    listed = inventory.list({"clusters": "{{ lookup('ansible.builtin.file', 'clusters.yml') | from_yaml }}"})
    assert listed.names == ["svm1@east"]


@pytest.mark.parametrize("password", ["[1, 2]", "{'a': 1}", "True", "{{ 1/0 }}", "0123"])
def test_password_is_not_converted(inventory: Inventory, simulator: Simulator, password: str) -> None:
    """Text that looks like another type is unchanged, for all clusters and for one."""
    configured(simulator, "svm1")
    simulator.control.user("reader", password)
    login = cluster(simulator, username="reader", password="{{ lookup('ansible.builtin.env', 'SECRET') }}")
    for source in (login, {"clusters": [login]}):
        assert inventory.list(source, env={"SECRET": password}).names == HOST


def test_client_certificate_of_cluster_replaces_password(
    inventory: Inventory, simulator: Simulator, other: Simulator
) -> None:
    """It replaces the password that is set for all clusters."""
    for each in (simulator, other):
        configured(each, "svm1")
    certificate = {"cert_filepath": simulator.client_cert_path, "key_filepath": simulator.client_key_path}
    location = {name: value for name, value in cluster(simulator).items() if name not in ("username", "password")}
    source = {
        "username": other.username,
        "password": other.password,
        "clusters": [{**location, **certificate, "name": "east"}, cluster(other, name="west")],
    }
    assert inventory.list(source).names == ["svm1@east", "svm1@west"]
    assert [entry["auth"] for each in (simulator, other) for entry in each.control.log()] == ["certificate", "basic"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"clusters": []}, ["clusters: it must be a list"]),
        ({"clusters": None}, ["clusters: it must be a list"]),
        ({"clusters": {"hostname": "a"}}, ["clusters: it must be a list"]),
        ({"clusters": ["a"]}, ["clusters: it must be a list"]),
        ({"clusters": [{"name": "a"}]}, ["clusters[0]: hostname is missing"]),
        ({"clusters": [{"hostname": "b"}], "hostname": "a"}, ["hostname: it cannot be combined with clusters"]),
        (
            {"clusters": [{"hostname": "a"}, {"hostname": "b", "name": "a"}]},
            ["clusters[1]: a cluster with the name a already exists"],
        ),
        ({"clusters": [{"hostname": "a", "http_port": "many"}]}, ["cluster a: ", "http_port"]),
        ({"clusters": [{"hostname": "a", "http_port": 70000}]}, ["cluster a: http_port: 70000"]),
        ({"clusters": [{"hostname": "a", "validate_cert": False}]}, ["cluster a: ", "validate_cert"]),
        ({"clusters": [{"hostname": "a", "name": "x", "use_rest": "never"}]}, ["cluster x: ", "use_rest"]),
        (
            {"clusters": [{"hostname": "a", "ca_path": "/nonesuch.pem"}]},
            ["cluster a: ca_path: /nonesuch.pem does not exist"],
        ),
        ({"clusters": [{"hostname": "https://a/"}]}, ["is not a name, an IPv4 or an IPv6 address", "Remove scheme"]),
        ({"clusters": [{"hostname": "fd00::1"}]}, ["'fd00::1' cannot be the name of a cluster"]),
        ({"clusters": [{"hostname": "a", "name": "a[1:3]"}]}, ["'a[1:3]' cannot be the name of a cluster"]),
        ({"hostname": "a", "cert_filepath": "/etc/hostname"}, ["two kinds of credentials"]),
        ({"hostname": ""}, ["hostname: it is empty"]),
        ({"hostname": "a", "username": "u", "password": "s3cret\n"}, ["password: it ends with a line break", "echo"]),
        ({"hostname": "a", "cluster": []}, ["unknown options: cluster"]),
        ({"hostname": "a", "timeout": 0}, ["cluster a: timeout: 0"]),
        ({"hostname": "a", "workers": 0}, ["workers: 0 is not accepted"]),
        ({"hostname": "a", "workers": "few"}, ["workers"]),
        ({"hostname": "a", "svms": "some"}, ["svms"]),
        ({"hostname": "a", "on_error": "ignore"}, ["on_error"]),
        ({"hostname": "a", "query": {"scope": "cluster"}}, ["query: scope and the option"]),
        ({"hostname": "a", "query": {"fields": "name"}}, ["query: fields is not a filter"]),
        ({"hostname": "a", "svms": "all", "query": {"name": "x"}}, ["query: it cannot be combined with svms: all"]),
        ({"hostname": "{{ nonesuch }}"}, ["hostname: the value cannot be used", "nonesuch"]),
    ],
)
def test_invalid_options_are_refused(inventory: Inventory, source: dict[str, Any], words: list[str]) -> None:
    """Each error names the option, and the cluster if it is set for one; nothing is sent, and no password is shown."""
    secret = inventory.ansible.secrets.new("password-of-the-source")
    message = refused(inventory, {"username": "admin", "password": secret, **source})
    assert [word for word in words if word not in message] == []


def test_missing_credentials_are_refused(inventory: Inventory, simulator: Simulator) -> None:
    message = refused(inventory, {"hostname": simulator.hostname, "http_port": simulator.port}, simulator)
    assert "cluster 127.0.0.1: username: no credentials were given" in message


def test_user_of_cluster_is_not_combined_with_common_password(inventory: Inventory, simulator: Simulator) -> None:
    source = {
        "username": "admin",
        "password": simulator.password,
        "clusters": [{"hostname": simulator.hostname, "username": "guest"}],
    }
    assert "password: it is required together with username" in refused(inventory, source, simulator)


def test_examples_list_hosts(inventory: Inventory, simulator: Simulator, other: Simulator, tmp_path: Path) -> None:
    """They are run as ansible-doc shows them, with addresses of simulators and files of this machine."""
    for each in (simulator, other):
        configured(each, "svm1")
        each.control.svm("svm1", encrypted_volumes=1)
    configured(simulator, "svm2")
    inventory.environment |= connection(simulator) | {
        "ONTAP_PASSWORD": simulator.password,
        "WEST_PASSWORD": other.password,
    }
    addresses = {"cluster1.example.com": simulator, "cluster2.example.com": other}
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(
        "".join(Path(str(each.ca_path)).read_text(encoding="ascii") for each in addresses.values()), encoding="ascii"
    )
    one, several, grouped = yaml.safe_load_all(documentation("-t", "inventory", PLUGIN)[PLUGIN]["examples"])
    assert inventory.list(one).names == ["svm1@127.0.0.1", "svm2@127.0.0.1"]
    for entry in several["clusters"]:
        entry |= {"hostname": simulator.hostname, "http_port": addresses[entry["hostname"]].port}
    admin = {"username": "admin", "ca_path": str(bundle)}
    assert inventory.list({**several, **admin}).names == ["svm1@east", "svm1@west", "svm2@east"]
    simulator.control.add_svm("prod1")
    configured(simulator, "prod1")
    simulator.control.azure(reachable=False)
    listed = inventory.list({**grouped, "cache_connection": str(tmp_path / "cache")})
    assert (
        listed.groups["vault_kmip_akv_keyvault_vault_azure_net"]
        == listed.groups["cluster_127_0_0_1"]
        == listed.groups["degraded"]
        == ["prod1@127.0.0.1"]
    )
    assert listed.hosts["prod1@127.0.0.1"]["akv_vault"] == "https://kmip-akv-keyvault.vault.azure.net/"
