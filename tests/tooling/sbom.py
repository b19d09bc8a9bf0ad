# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make sbom` and `make audit`: what the execution environment holds, and which known vulnerabilities that has.

Both look at an environment with the Python packages that execution-environment.yml installs. The packages of the base
image are not among them: list those with a tool for images.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tooling import cores, environment, release, venv
from tooling.cores import Python
from tooling.paths import LOGS, ROOT, WORK
from tooling.running import Failure, Skipped, checked, run
from tooling.steps import Result

_FOLDER = WORK / "sbom"
_DEFINITION = ROOT / "execution-environment.yml"
_LISTS = ("requirements.txt", "meta/ee-requirements.txt")


def make_sbom() -> Result:
    """Write the bill of materials of the execution environment."""
    content, tools = _content(), _tools()
    (version,) = release.versions()["galaxy.yml"]
    _FOLDER.mkdir(parents=True, exist_ok=True)
    project, target = _FOLDER / "pyproject.toml", _FOLDER / f"ontap-akv-{version}.cdx.json"
    # Describes the root of the document.
    project.write_text(
        f'[project]\nname = "ontap.akv"\nversion = "{version}"\nlicense = {{ text = "GPL-3.0-or-later" }}\n'
        f'description = "Execution environment of the Ansible collection ontap.akv"\ndependencies = {requirements()}\n',
        encoding="utf-8",
    )
    command: list[str | Path] = [tools / "cyclonedx-py", "environment", "--pyproject", project, "--output-reproducible"]
    checked([*command, "--validate", "--output-file", target, content], environment.for_pip(), log="sbom")
    components = json.loads(target.read_text(encoding="utf-8"))["components"]
    return Result("", passed=1, note=f"{len(components)} components: {target.relative_to(ROOT)}")


def audit() -> Result:
    """Compare the packages with the known vulnerabilities; without an answer from the package index, nothing passes."""
    content, report = _content(), _FOLDER / "audit.json"
    (packages,) = content.parent.parent.glob("lib/python*/site-packages")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command: list[str | Path] = [_tools() / "pip-audit", "--path", packages, "--progress-spinner", "off"]
    run([*command, "--format", "json", "--output", report], environment.for_pip(), log="audit")
    if not report.is_file():
        last = (LOGS / "audit.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise Skipped(f"not checked, because no service answered: {''.join(last)}")
    return judge(json.loads(report.read_text(encoding="utf-8"))["dependencies"])


def judge(packages: list[dict[str, Any]]) -> Result:
    """Return the result of a report of pip-audit, which ends with status 0 even if it could check nothing."""
    found = [f"{each['name']} {each['version']}: {entry['id']}" for each in packages for entry in each.get("vulns", [])]
    if found:
        raise Failure("known vulnerabilities:\n" + "\n".join(found))
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    if unknown:
        number = f"{len(unknown)} of {len(packages)} packages"
        raise Skipped(
            f"{number} were not checked, because the package index returned nothing about them: {unknown[0]}, …"
        )
    return Result("", passed=1, note=f"{len(packages)} packages, no known vulnerability")


def requirements() -> list[str]:
    """Return what the image installs: ansible-core and ansible-runner, and the requirements of the collection."""
    found = re.findall(r"^    package_pip: (.+)$", _DEFINITION.read_text(encoding="utf-8"), re.MULTILINE)
    for name in _LISTS:
        lines = (line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
        found += [line for line in lines if line and not line.startswith(("#", "-r"))]
    return list(dict.fromkeys(found))


def _content() -> Path:
    """Return the interpreter of an environment that holds what the image installs, if possible on its Python."""
    (wanted,) = re.findall(r"package_system: python3\.(\d+)", _DEFINITION.read_text(encoding="utf-8"))
    python: Python = cores.pythons().get((3, int(wanted))) or cores.newest_pair()[1]
    return venv.ensure("image-content", python, [], requirements())


def _tools() -> Path:
    return venv.ensure("sbom", cores.own(), ["sbom"]).parent
