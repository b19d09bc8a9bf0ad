# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On what machine, and with which versions, the figures were taken."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from tooling.paths import COLLECTION, ROOT
from tooling.running import cpus

#: What decides the figures, and comes from a package.
_PACKAGES = ("ansible-core", "ansible", "requests", "netapp-ontap", "netapp-lib")

#: What decides the figures in the collection itself.
_INSTALLED = ("plugins", "roles", "playbooks")


def machine() -> dict[str, str]:
    """What the machine is; neither its name nor where anything lies on it."""
    processor = _first("/proc/cpuinfo", r"^model name\s*:\s*(.+)$") or platform.machine()
    kibibytes = int(_first("/proc/meminfo", r"^MemTotal:\s*(\d+) kB") or 0)
    distribution = _first("/etc/os-release", r'^PRETTY_NAME="?([^"\n]+)') or platform.system()
    return {
        "CPU": f"{processor}, {cpus()} cores",
        "memory": f"{kibibytes * 1024 / 1e9:.0f} GB",
        "system": f"{distribution}, {platform.system()} {platform.release()}",
        "load before the run": f"{os.getloadavg()[0]:.2f} (average of a minute)",
    }


def own() -> dict[str, str]:
    """The versions of what takes part where the collection is alone."""
    packages = {name: metadata.version(name) for name in ("ansible-core", "requests")}
    return {"Python": platform.python_version(), **packages, "ontap.akv": f"commit {_commit()}"}


def versions(collections: Path) -> dict[str, str]:
    """The versions of what takes part."""
    found = {"Python": platform.python_version(), **{name: metadata.version(name) for name in _PACKAGES}}
    found["netapp.ontap"] = _collection(
        Path(str(metadata.distribution("ansible").locate_file("ansible_collections/netapp/ontap")))
    )
    found["ontap.akv"] = f"{_collection(collections / COLLECTION)}, commit {_commit()}"
    return found


def _collection(folder: Path) -> str:
    return str(json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])


def _commit() -> str:
    """The commit that the collection was built from, and whether it was changed since."""
    commit = _git("rev-parse", "--short", "HEAD")
    return f"{commit} with changes" if _git("status", "--porcelain", "--", *_INSTALLED) else commit or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _first(path: str, pattern: str) -> str | None:
    """The first match of a pattern's group in a file."""
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).strip() if found else None
