# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make execution-environment`: build the image of execution-environment.yml, and run a playbook in it.

It needs podman. The base image comes from a container registry; with ARGS=--debian it is made of Debian's packages by
debootstrap, for machines that reach no registry. Images and settings of podman are below .work.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tooling import cores, environment, release, tree, venv
from tooling.paths import WORK, link_tree
from tooling.running import Failure, checked, say
from tooling.steps import Steps

_FOLDER = WORK / "image"
_DEFINITION = "execution-environment.yml"
_DEBIAN_BASE = "localhost/ontap-akv-base:trixie"
_DEBIAN_PYTHON = "python3.13"
_DEBIAN_PACKAGES = "python3,python3-pip,ca-certificates"
#: What the definition says for a base image with dnf, and what it has to say for one made of Debian's packages.
_DEBIAN_CHANGES = {
    "name: almalinux:9": f"name: {_DEBIAN_BASE}",
    "    package_system: python3.12\n": "",
    "python3.12": _DEBIAN_PYTHON,
}
#: Debian's Python has no ensurepip; its pip comes as a package.
_DEBIAN_OPTIONS = "options:\n  skip_pip_install: true\n"
#: podman lowers its own limit of processes to this number, and a container cannot have more.
_MOST_PROCESSES = 32768


def run_execution_environment(arguments: list[str]) -> int:
    """Build the image and run a playbook in it."""
    if arguments not in ([], ["--debian"]):
        say("make execution-environment takes ARGS=--debian, or nothing")
        return 2
    debian = bool(arguments)
    _require_programs(debian)
    python = cores.own()
    programs = venv.ensure("image", python, ["image"], [f"ansible-core~={cores.newest_for(python)}.0"]).parent
    env = _environment(programs)
    (version,) = release.versions()["galaxy.yml"]
    image = f"localhost/ontap-akv-ee:{version}"
    steps = Steps()
    if debian:
        steps.step("base image", lambda: _make_debian_base(env))
    steps.step("build", lambda: _build(image, programs, env, debian=debian))
    if not any(result.failed for result in steps.results):
        command: list[str | Path] = [programs / "python", "-m", "published.image", _FOLDER / "run", image]
        steps.step("run", lambda: checked(command, env, log="image-run"))
    return steps.close(f"make execution-environment: {image}")


def _require_programs(debian: bool) -> None:
    names = ["podman", *(["debootstrap"] if debian else [])]
    missing = [name for name in names if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")]
    if missing:
        raise Failure(f"{', '.join(missing)} not found. On Debian: apt-get install podman buildah runc debootstrap")
    if debian and os.geteuid():
        raise Failure("debootstrap needs root")
    if not Path("/dev/mqueue").is_dir():
        raise Failure("ansible-navigator needs the directory /dev/mqueue with podman: run mkdir /dev/mqueue as root")


def _environment(programs: Path) -> dict[str, str]:
    """Return the variables of the programs; podman gets settings and a storage of its own.

    The container shares the network of the machine, where the simulator is.
    """
    _FOLDER.mkdir(parents=True, exist_ok=True)
    containers, storage = _FOLDER / "containers.conf", _FOLDER / "storage.conf"
    files, processes = (resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
    processes = _MOST_PROCESSES if processes == resource.RLIM_INFINITY else min(processes, _MOST_PROCESSES)
    # podman would raise the limits, which not even root may do on every machine.
    limits = json.dumps([f"nofile={files}:{files}", f"nproc={processes}:{processes}"])
    # crun, the default, refuses machines with cgroups of both versions.
    runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
    containers.write_text(
        f'[containers]\nnetns = "host"\ndefault_ulimits = {limits}\n'
        f'[engine]\n{runtime}cgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
        encoding="utf-8",
    )
    graph = json.dumps(str(_FOLDER / "storage"))
    storage.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = {graph}\nrootless_storage_path = {graph}\n'
        f"runroot = {json.dumps(str(_FOLDER / 'runroot'))}\n",
        encoding="utf-8",
    )
    env = environment.for_tools(programs / "python")
    env["PYTHONPATH"] = os.pathsep.join([str(link_tree()), env["PYTHONPATH"]])
    return env | {"CONTAINERS_CONF": str(containers), "CONTAINERS_STORAGE_CONF": str(storage)}


def _make_debian_base(env: Mapping[str, str]) -> None:
    """Make a base image that has Python, pip and the certificate authorities of this machine."""
    root, archive = _FOLDER / "debian", _FOLDER / "debian.tar"
    shutil.rmtree(root, ignore_errors=True)
    env = {**env, "PATH": f"{env['PATH']}:/usr/sbin:/sbin"}
    bootstrap: list[str | Path] = ["debootstrap", "--variant=minbase", f"--include={_DEBIAN_PACKAGES}", "trixie", root]
    checked(bootstrap, env, log="image-debootstrap")
    authorities = Path(env.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    if authorities.is_file():
        shutil.copyfile(authorities, root / "etc/ssl/certs/ca-certificates.crt")
    shutil.rmtree(root / "var/cache/apt/archives")
    checked(["tar", "-C", root, "-cf", archive, "."], env, log="image-tar")
    checked(["podman", "import", archive, _DEBIAN_BASE], env, log="image-import")
    archive.unlink()
    shutil.rmtree(root)


def _build(image: str, programs: Path, env: Mapping[str, str], *, debian: bool) -> None:
    """Build the image from the tarball and the definition in it, with the command of the guide to AWX."""
    tarball, folder = tree.build(programs / "python", "image-tarball"), _FOLDER / "build"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy2(tarball, folder)
    with tarfile.open(tarball) as archive:
        archive.extract(_DEFINITION, folder, filter="data")
    command: list[str | Path] = ["ansible-builder", "build", "--container-runtime", "podman", "--tag", image, "-v3"]
    if debian:
        adapt(folder / _DEFINITION)
        # The clean-up after the build calls dnf.
        command += ["--build-arg", "PKGMGR_PRESERVE_CACHE=always"]
    try:
        checked(command, env, cwd=folder, log="image-build")
    except Failure as failure:
        hint = "" if debian else "\nIf this machine reaches no container registry, use ARGS=--debian."
        raise Failure(f"{failure}{hint}") from None


def adapt(definition: Path) -> None:
    """Change the definition for a base image made of Debian's packages."""
    text = definition.read_text(encoding="utf-8")
    for old, new in _DEBIAN_CHANGES.items():
        if old not in text:
            raise Failure(
                f"{_DEFINITION} no longer contains {old.strip()!r}: change _DEBIAN_CHANGES in tests/tooling/image.py"
            )
        text = text.replace(old, new)
    definition.write_text(text + _DEBIAN_OPTIONS, encoding="utf-8")
