# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the checkout: ansible-test resolves symbolic links; packages must not contain files that git ignores."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tooling import environment
from tooling.paths import COLLECTION, ROOT, WORK
from tooling.running import Failure, checked


def source_files() -> list[str]:
    """Return the files of the project, including new files, without those that git ignores; without .git, all files."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        paths = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
        return [str(path) for path in paths if not {".work", ".git", "__pycache__"} & set(path.parts)]
    return [name for name in sorted(set(done.stdout.split("\0"))) if name and (ROOT / name).is_file()]


def copy(name: str) -> Path:
    """Copy the project to `.work/NAME/ansible_collections/ontap/akv` and return that folder.

    The copy has its own repository. Otherwise git would report all files as ignored, and tools would check nothing.
    """
    target = WORK / name / COLLECTION
    shutil.rmtree(target, ignore_errors=True)
    for file in source_files():
        destination = target / file
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, destination)
    checked(["git", "init", "--quiet", "--template=", "."], environment.clean(), cwd=target, log=f"{name}-git")
    return target


def build(interpreter: Path, name: str, metadata: str = "") -> Path:
    """Build the collection's tarball below `.work/NAME/`; `metadata` is added to galaxy.yml."""
    source, output = copy(name), WORK / name / "tarball"
    with (source / "galaxy.yml").open("a", encoding="utf-8") as galaxy_yml:
        galaxy_yml.write(metadata)
    shutil.rmtree(output, ignore_errors=True)
    env = environment.for_ansible(interpreter)
    galaxy: list[str | Path] = [interpreter, "-m", "ansible.cli.galaxy", "collection"]
    checked([*galaxy, "build", "--force", "--output-path", output, source], env, log=f"{name}-build")
    tarballs = list(output.glob("*.tar.gz"))
    if len(tarballs) != 1:
        raise Failure(f"expected one tarball in {output}")
    return tarballs[0]


def install(interpreter: Path, tarball: Path, collections: Path) -> None:
    """Install a tarball into an empty folder without contacting a server."""
    shutil.rmtree(collections, ignore_errors=True)
    env = environment.for_ansible(interpreter, collections)
    galaxy: list[str | Path] = [interpreter, "-m", "ansible.cli.galaxy", "collection"]
    checked([*galaxy, "install", "--offline", "-p", collections, tarball], env, log="collection-install")
