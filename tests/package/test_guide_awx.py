# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to AWX: what it says to write down is laid out and run, with simulated clusters in place of its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from simulator import Simulator
from tooling import environment, tree
from tooling.paths import COLLECTION, ROOT

GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
#: Of the checkout alone, and of who sets AWX up.
NOT_FOR_JOBS = {"awx_setup", "demo"}


class Block(NamedTuple):
    """A code block of the guide; caption: the file that it belongs into."""

    language: str
    caption: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^\.\. code-block:: (\w+)\n(?:   :caption: (.+)\n)?\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    return [Block(language, caption, textwrap.dedent(text).strip() + "\n") for language, caption, text in found]


FILES = {block.caption: block.text for block in blocks() if block.language == "yaml"}
PLAYBOOKS = sorted(Path(name).stem for name in FILES if name.startswith("playbooks/"))
CLUSTERS = {"cluster1.example.com": ["svm1", "svm2"], "cluster2.example.com": ["svm3"]}


@pytest.fixture(scope="module")
def simulators() -> Iterator[dict[str, Simulator]]:
    """A simulated ONTAP for each cluster that the guide names."""
    running = {name: Simulator(svms=[{"name": svm, "volumes": 1} for svm in svms]).start() for name, svms in CLUSTERS.items()}
    yield running
    for simulator in running.values():
        simulator.stop()


@pytest.fixture(scope="module")
def project(simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the guide; nothing differs from its text but how the clusters are reached."""
    folder = tmp_path_factory.mktemp("project")
    content: dict[str, Any] = {name: yaml.safe_load(text) for name, text in FILES.items()}
    for host, variables in content["inventory/clusters.yml"]["all"]["hosts"].items():
        variables.update(akv_hostname=simulators[host].hostname, akv_http_port=simulators[host].port)
    for cluster in content["inventory/akv.yml"]["clusters"]:
        name = cluster["hostname"]
        cluster.update(name=name, hostname=simulators[name].hostname, http_port=simulators[name].port)
    for name, data in content.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return folder


def run(program: str, *arguments: str, project: Path, collections: Path, variables: dict[str, str] | None = None) -> str:
    env = {**environment.for_ansible(Path(sys.executable), collections), **(variables or {})}
    done = subprocess.run([f"ansible-{program}", *arguments], env=env, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def credentials(simulators: dict[str, Simulator], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the credentials put into the environment: the same for all clusters, and empty where nothing was filled in."""
    [(username, password)] = {(simulator.username, simulator.password) for simulator in simulators.values()}
    authorities = tmp_path_factory.mktemp("credentials") / "authorities.pem"
    authorities.write_text("".join(Path(str(simulator.ca_path)).read_text(encoding="utf-8") for simulator in simulators.values()), encoding="utf-8")
    given = {"USERNAME": username, "PASSWORD": password, "CA_PATH": str(authorities), "AKV_CLIENT_SECRET": "a-secret-for-the-guide"}
    return {**dict.fromkeys(re.findall(r"``(ONTAP_\w+)``", GUIDE), ""), **{f"ONTAP_{name}": value for name, value in given.items()}}


def test_every_file_is_named_and_is_yaml() -> None:
    assert all(block.caption for block in blocks() if block.language == "yaml")
    assert all(text.startswith("---\n") and yaml.safe_load(text) for text in FILES.values())
    assert {block.language for block in blocks()} == {"shell", "yaml"}
    assert len(blocks()) == GUIDE.count("code-block::")


@pytest.mark.parametrize("commands", [block.text for block in blocks() if block.language == "shell"], ids=lambda text: text.partition("\n")[0])
def test_syntax_of_commands(commands: str) -> None:
    subprocess.run(["sh", "-n", "-c", commands], check=True)


def test_the_project_has_every_playbook() -> None:
    shipped = {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - NOT_FOR_JOBS
    assert sorted(shipped) == PLAYBOOKS


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_syntax_of_a_playbook(playbook: str, project: Path, collections: Path) -> None:
    arguments = ["--syntax-check", "-i", "inventory/clusters.yml", "-e", "akv_hosts=all", f"playbooks/{playbook}.yml"]
    assert f"playbook: playbooks/{playbook}.yml" in run("playbook", *arguments, project=project, collections=collections)


def test_what_sets_awx_up(project: Path, collections: Path) -> None:
    arguments = ["--syntax-check", "-e", "@awx.yml", "ontap.akv.awx_setup"]
    assert "awx_setup" in run("playbook", *arguments, project=project, collections=collections)
    specs = yaml.safe_load((ROOT / "roles" / "awx_content" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specs["argument_specs"]["main"]["options"]
    for name, value in yaml.safe_load(FILES["awx.yml"]).items():
        assert name in options
        assert set(value if "options" in options[name] else ()) <= set(options[name].get("options", ()))


def test_the_project_does_its_work(simulators: dict[str, Simulator], project: Path, collections: Path, credentials: dict[str, str]) -> None:
    settings: dict[str, Any] = {"project": project, "collections": collections, "variables": credentials}
    everywhere = ["-e", "akv_hosts=all"]
    run("playbook", "-i", "inventory/clusters.yml", *everywhere, "playbooks/configure.yml", **settings)
    update = run("inventory", "-i", "inventory/akv.yml", "--list", "--export", **settings)
    assert sorted(json.loads(update)["_meta"]["hostvars"]) == sorted(f"{svm}@{cluster}" for cluster, svms in CLUSTERS.items() for svm in svms)
    # A job of AWX does not run the plugin: it gets what the update found, from a script.
    hosts = project / "hosts"
    hosts.write_text(f"#!/bin/sh\ncat <<'END'\n{update}\nEND\n", encoding="utf-8")
    hosts.chmod(0o700)
    run("playbook", "-i", "hosts", "playbooks/health.yml", **settings)
    output = run("playbook", "-i", "hosts", *everywhere, "-e", "akv_key=internal", "playbooks/rotate_key.yml", **settings)
    assert "svm3@cluster2.example.com" in output
    # A key for each SVM, not for each host and SVM.
    sent = {name: [entry["method"] for entry in simulator.control.log() if entry["path"].endswith("/rekey-internal")] for name, simulator in simulators.items()}
    assert sent == {name: ["POST"] * len(svms) for name, svms in CLUSTERS.items()}


def test_the_commands_make_the_build_context() -> None:
    commands = next(block.text for block in blocks() if block.language == "shell")
    source = tree.copy("guide")
    shutil.rmtree(source.parent / "akv-ee", ignore_errors=True)
    env = environment.for_ansible(Path(sys.executable))
    # What needs an engine and what is here already is left out; the rest is as it stands.
    commands = re.sub(r"^pip install .*\n", "", commands, flags=re.MULTILINE)
    commands, replaced = re.subn(r"ansible-builder build --tag \S+", "ansible-builder create --output-filename Containerfile", commands)
    assert replaced == 1
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=source, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    containerfile = (source.parent / "akv-ee" / "context" / "Containerfile").read_text(encoding="utf-8")
    chosen = re.findall(r"--build-arg (\w+)=", GUIDE)
    assert chosen
    assert [name for name in chosen if f"ARG {name}=" not in containerfile] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\b(?:ONTAP|akv|awx_content)_\w+\b", GUIDE))))
def test_every_name_is_one_of_the_collection(name: str, collections: Path) -> None:
    installed = collections / COLLECTION
    files = [path for folder in ("plugins", "playbooks", "roles") for path in (installed / folder).rglob("*") if path.suffix in {".py", ".yml"}]
    names = {path.name for path in (installed / "roles").glob("*")}
    assert name in names or any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files)
