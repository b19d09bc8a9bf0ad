# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters with separate logins: each is repaired with its login, and SVMs that are not watched are not changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads, restores, whole, wrapped
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from simulator import Simulator


def vaulted(password: str, environment: dict[str, str]) -> str:
    """Return a password as ansible-vault writes it into a file of variables, after its name."""
    command = [program("ansible-vault"), "encrypt_string", "--stdin-name", "password"]
    done = subprocess.run(command, input=password, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.partition("password: ")[2]


def test_each_cluster_is_repaired_with_its_login(
    place: Callable[..., Place], east: Simulator, west: Simulator, secrets: Secrets, tmp_path: Path
) -> None:
    """The source reads it from the rulebook's variables, the recovery from the inventory, which has no localhost; both
    are encrypted.
    """
    of_east, of_west = encrypted(east, "svm1", "svm2"), encrypted(west, "svm1", "svm2")
    # Jinja would convert it to a number.
    password = secrets.hide("the other password", "1234567890123e5")
    west.control.user("westerner", password)
    here = place(east=east, west=west)
    key = tmp_path / "key"
    key.write_text(secrets.new("key"), encoding="utf-8")
    here.environment["ANSIBLE_VAULT_PASSWORD_FILE"] = str(key)
    encrypted_password = vaulted(password, here.variables())
    variables, inventory = tmp_path / "vars.yml", tmp_path / "inventory.yml"
    clusters = "".join(
        f"  - name: {each['name']}\n    hostname: {each['hostname']}\n    http_port: {each['http_port']}\n"
        for each in here.listed()
    )
    login = f"    username: westerner\n    password: {encrypted_password}"
    variables.write_text(
        f"akv_clusters:\n{clusters}{login}akv_svm: svm1\nakv_interval: 1\nakv_health_interval: 1\nakv_confirm: 1\n",
        encoding="utf-8",
    )
    inventory.write_text(
        f"clusters:\n  hosts:\n    west:\n      akv_username: westerner\n      akv_password: {encrypted_password}",
        encoding="utf-8",
    )
    running = here.start(
        "ontap.akv.self_heal", "-e", str(variables), "-i", str(inventory), "--vault-password-file", str(key)
    )
    running.until(lambda: reads(east) and reads(west), "the clusters were never read")
    east.control.reboot("node1")
    west.control.reboot("node1")
    running.until(lambda: whole(east, "svm1") and whole(west, "svm1"), "they are not repaired")
    assert (restores(east, of_east), restores(west, of_west)) == ({"svm1": 1}, {"svm1": 1})
    assert [wrapped(each, "svm2") for each in (east, west)] == [["node2"], ["node2"]]
    assert {entry["user"] for entry in west.control.log()} == {"westerner"}
    assert {entry["user"] for entry in east.control.log()} == {east.username}
