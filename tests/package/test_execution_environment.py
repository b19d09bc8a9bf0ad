# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: the build context that ansible-builder creates from its definition, before a container
engine is needed.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from tooling import cores, environment
from tooling.paths import COLLECTION, ROOT

#: The Python requirements of this collection.
PYTHON = {"cryptography", "netapp-lib", "requests"}


def run(*command: str | Path, folder: Path, collections: Path | None = None) -> str:
    env = environment.for_ansible(Path(sys.executable), collections or folder)
    # Nothing listens there: any request to Galaxy fails.
    env["ANSIBLE_GALAXY_SERVER"] = "http://127.0.0.1:9/"
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in requirements}


def imported() -> set[str]:
    """Return the packages that the plugins import anywhere, except for the standard library."""
    nodes = [
        node
        for file in (ROOT / "plugins").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    ]
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


def requirements_of(*files: str) -> set[str]:
    lines = [line.strip() for file in files for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def context_of(definition: str, tarball: Path, folder: Path, *options: str) -> Path:
    """Create a build context in a folder that contains only the tarball and the definition in it."""
    (folder / tarball.name).write_bytes(tarball.read_bytes())
    with tarfile.open(tarball) as archive:
        archive.extract(definition, folder, filter="data")
    output = run("ansible-builder", "create", *options, "--output-filename", "Containerfile", "-v3", folder=folder)
    assert "No matches" not in output
    return folder / "context"


@pytest.fixture(scope="module")
def context(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the build context; ansible-builder finds the definition by its default name."""
    return context_of("execution-environment.yml", tarball, tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def arguments(context: Path) -> dict[str, str]:
    """Return the build arguments and their defaults, which `--build-arg` replaces."""
    return dict(
        re.findall(r'^ARG (\w+)="(.*)"$', (context / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    )


@pytest.fixture(scope="module")
def built(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the build's own command to install the collections, and return their folder."""
    collections = tmp_path_factory.mktemp("image")
    [step] = re.findall(
        r"^RUN (.*ansible-galaxy collection install .*)$",
        (context / "Containerfile").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    command = str(step).replace("/usr/share/ansible/collections", str(collections))
    assert command != step
    run("sh", "-c", command, folder=context / "_build", collections=collections)
    return collections


def contents(tarball: Path) -> dict[str, bytes]:
    """Return the files of a tarball, without their times, because another worker may build it again."""
    with tarfile.open(tarball) as files:
        return {member.name: files.extractfile(member).read() for member in files if member.isfile()}  # type: ignore[union-attr]


def test_context_contains_tarball(context: Path, tarball: Path) -> None:
    assert contents(context / "_build" / tarball.name) == contents(tarball)
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert galaxy == {"collections": [{"name": tarball.name, "type": "file"}]}


def test_context_has_no_other_requirements(context: Path) -> None:
    assert not (context / "_build" / "requirements.txt").exists()
    assert not (context / "_build" / "bindep.txt").exists()


def test_base_image_is_public_and_replaceable(context: Path, arguments: dict[str, str]) -> None:
    # A short name with a tag, so that the registry can be configured on the build host.
    assert re.fullmatch(r"[a-z]+:[0-9]+", arguments["EE_BASE_IMAGE"])
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", (context / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert stages == [("$EE_BASE_IMAGE", "base"), ("base", "galaxy"), ("base", "builder"), ("base", "final")]


def test_allows_every_supported_ansible_core_and_installs_runner(arguments: dict[str, str]) -> None:
    core, runner = arguments["ANSIBLE_INSTALL_REFS"].split()
    oldest, newest = (
        tuple(int(part) for part in release.split("."))
        for release in (next(iter(cores.SUPPORTED)), cores.newest_core())
    )
    assert core == f"ansible-core>={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"
    assert runner.startswith("ansible-runner>=2.4")


@pytest.mark.parametrize("core", cores.SUPPORTED)
def test_python_is_supported_by_every_ansible_core(core: str, arguments: dict[str, str]) -> None:
    assert arguments["PYCMD"] == f"/usr/bin/{arguments['PYPKG']}"
    major, minor = arguments["PYPKG"].removeprefix("python").split(".")
    oldest, newest = cores.SUPPORTED[core]
    assert oldest <= (int(major), int(minor)) <= newest


def test_build_installs_collection_without_galaxy(built: Path) -> None:
    assert [
        path.relative_to(built) for path in sorted(built.glob("ansible_collections/*/*")) if ".info" not in str(path)
    ] == [COLLECTION]
    assert (built / COLLECTION / "plugins" / "modules" / "azure_key_vault.py").is_file()


def test_build_finds_python_libraries(context: Path, built: Path, tmp_path: Path) -> None:
    script = context / "_build" / "scripts" / "introspect.py"
    found, system = tmp_path / "requirements.txt", tmp_path / "bindep.txt"
    run(
        sys.executable, script, "introspect", f"--write-pip={found}", f"--write-bindep={system}", built, folder=tmp_path
    )
    lines = [line.partition("  #") for line in found.read_text(encoding="utf-8").splitlines()]
    assert {source for _line, _mark, source in lines} == {" from collection ontap.akv"}
    assert names([line for line, _mark, _source in lines]) == PYTHON
    assert not system.exists()


def test_introspection_returns_exactly_the_requirements(collections: Path, tmp_path: Path) -> None:
    told = yaml.safe_load(run("ansible-builder", "introspect", collections, folder=tmp_path))
    assert told["system"] == []
    lines = [line.partition("  #")[0] for line in told["python"]]
    assert len(lines) == len(set(lines))
    assert set(lines) == requirements_of("requirements.txt", "meta/ee-requirements.txt")
    assert names(lines) == PYTHON


def test_imported_libraries_are_required() -> None:
    libraries = imported() - {"ansible", "ansible_collections"}
    assert "requests" in libraries
    # PyYAML and Jinja come with ansible-core, urllib3 with requests.
    assert {library.replace("_", "-") for library in libraries} - {"yaml", "jinja2", "urllib3"} <= PYTHON
