# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: `make release` and `make release-check`.

The first writes version and changelog; the second checks whether the release can be tagged, and builds the tarball.

Neither commits, tags or publishes anything. CONTRIBUTING.md has the steps.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from tooling import checks, environment, published, tree
from tooling.paths import ROOT
from tooling.running import Failure, checked, say
from tooling.steps import Result

_VERSION = r"\d+\.\d+\.\d+"
_IN_NAMES = r"(ontap-akv-|akv-[de]e:)(VERSION)\b"
#: File -> pattern that encloses the version in it.
PLACES = {
    "galaxy.yml": r"^(version: )(VERSION)$",
    "plugins/module_utils/rest/session.py": r'^(VERSION = ")(VERSION)(?=")',
    "decision-environment.yml": _IN_NAMES,
    "execution-environment.yml": _IN_NAMES,
    "docs/docsite/rst/guide_awx.rst": _IN_NAMES,
    "docs/docsite/rst/guide_eda.rst": _IN_NAMES,
    "docs/docsite/rst/examples/awx/awx.yml": _IN_NAMES,
    "docs/project/collections/requirements.yml": _IN_NAMES,
}
_WRITTEN = ("CHANGELOG.rst", "changelogs/changelog.yaml")


def versions(root: Path = ROOT) -> dict[str, set[str]]:
    """Return a mapping of each file to the versions that it names."""
    return {
        file: {found[2] for found in _pattern(file).finditer((root / file).read_text(encoding="utf-8"))}
        for file in PLACES
    }


def write_version(version: str, root: Path = ROOT) -> None:
    """Write a version to every place that names one."""
    for file in PLACES:
        text = (root / file).read_text(encoding="utf-8")
        (root / file).write_text(_pattern(file).sub(rf"\g<1>{version}", text), encoding="utf-8")


def problems(root: Path = ROOT) -> list[str]:
    """Return the reasons why the checkout cannot be tagged."""
    (version,) = versions(root)["galaxy.yml"]
    found = [
        f"{file} names {', '.join(sorted(named)) or 'no version'}, not {version}"
        for file, named in versions(root).items()
        if named != {version}
    ]
    changelog = (root / "CHANGELOG.rst").read_text(encoding="utf-8")
    newest = re.search(rf"^v({_VERSION})$", changelog, re.MULTILINE)
    if newest is None or newest[1] != version:
        found.append(
            f"CHANGELOG.rst begins with {newest[1] if newest else 'no version'}, not {version}: make release"
            f" ARGS={version}"
        )
    unknown = [name for name in _plugins_and_roles(root) if f"\n- ontap.akv.{name} - " not in changelog]
    if unknown:
        found.append(
            f"CHANGELOG.rst does not list {', '.join(unknown)} as new: is version_added the version that brings it?"
        )
    fragments = fragments_of(root)
    if fragments:
        found.append(f"{', '.join(fragments)} in changelogs/fragments: make release ARGS={version}")
    changed = _git("status", "--porcelain", root=root).splitlines()
    if changed:
        found.append(f"{len(changed)} files are not committed, as {changed[0][3:]}")
    tagged = _git("rev-list", "-n", "1", f"v{version}", root=root)
    if tagged and tagged != _git("rev-parse", "HEAD", root=root):
        found.append(f"v{version} is a tag of an earlier commit: a release is never changed, take another version")
    return found


def _plugins_and_roles(root: Path) -> list[str]:
    plugins = [
        path.stem for folder in ("modules", "filter", "inventory") for path in (root / "plugins" / folder).glob("*.py")
    ]
    return sorted([*plugins, *(path.parent.parent.name for path in (root / "roles").glob("*/meta/argument_specs.yml"))])


def fragments_of(root: Path = ROOT) -> list[str]:
    """Return the changelog fragments that are not part of a release yet."""
    return sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml"))


def run_release(arguments: list[str]) -> int:
    """Write version and changelog of a release; review them before you commit."""
    if len(arguments) != 1 or not re.fullmatch(_VERSION, arguments[0]):
        say("Which version? make release ARGS=1.2.3")
        return 2
    version = arguments[0]
    if _git("rev-list", "-n", "1", f"v{version}"):
        raise Failure(f"v{version} is a tag already: a release is never changed, take another version")
    if not fragments_of():
        raise Failure("changelogs/fragments holds nothing: there is nothing to release")
    _changelog(version)
    write_version(version)
    say(f"Version and changelog are those of {version}. Read them (git diff), commit them, and run: make release-check")
    return 0


def _changelog(version: str) -> None:
    """Run antsibull-changelog on the fragments in a copy: it needs the folders of a collection and leaves a cache."""
    interpreter = checks.lint_environment()
    collection = tree.copy("release")
    write_version(version, collection)
    env = environment.for_ansible(interpreter, collection.parents[2])
    # Without a tag the version is not published yet: later changes belong to it.
    again = (
        ["--update-existing"]
        if re.search(rf"^v{re.escape(version)}$", (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8"), re.MULTILINE)
        else []
    )
    program = interpreter.parent / "antsibull-changelog"
    checked([program, "lint"], env, cwd=collection, log="release-lint")
    checked([program, "release", "--reload-plugins", *again], env, cwd=collection, log="release")
    for file in _WRITTEN:
        shutil.copyfile(collection / file, ROOT / file)
    for name in set(fragments_of()) - set(fragments_of(collection)):
        (ROOT / "changelogs" / "fragments" / name).unlink()


def run_check() -> Result:
    """Check whether the checkout can be tagged; build the tarball and check it as Galaxy does."""
    wrong = problems()
    if wrong:
        raise Failure("\n".join(wrong))
    checks.docs_check()
    checks.galaxy_check()
    readme = published.run_readme_check()
    tarball = tree.build(checks.lint_environment(), "release")
    (version,) = versions()["galaxy.yml"]
    say(f"{tarball}\nSHA-256 {hashlib.sha256(tarball.read_bytes()).hexdigest()}")
    say(f"It can be tagged: git tag --annotate v{version} --message 'ontap.akv {version}'")
    return Result("", passed=1, note=tarball.name, skipped=readme.skipped, reasons=readme.reasons)


def _pattern(file: str) -> re.Pattern[str]:
    return re.compile(PLACES[file].replace("(VERSION)", f"({_VERSION})"), re.MULTILINE)


def _git(*arguments: str, root: Path = ROOT) -> str:
    """Return the output of git; empty if the command fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=environment.clean(), capture_output=True, text=True, check=False
    )
    return done.stdout.rstrip() if not done.returncode else ""
