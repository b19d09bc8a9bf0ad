# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, which has no package of its own: taken from the last `ansible` release with it."""

from __future__ import annotations

import fcntl
import json
import shutil
import zipfile
from pathlib import Path

from tooling.paths import WORK
from tooling.running import Failure, say
from tooling.wheels import wheel

#: The package, and the release of awx.awx that it contains.
PACKAGE, VERSION = ("ansible", "12.3.0"), "24.6.1"
_PLACE = WORK / "awx"
_INSIDE = "ansible_collections/awx/"


def collections() -> Path:
    """Return the folder whose ansible_collections contains awx.awx; download it once (55 MB)."""
    place = _PLACE / "collections"
    _PLACE.mkdir(parents=True, exist_ok=True)
    with (_PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _version(place) != VERSION:
            say(f"awx.awx {VERSION}: taken out of the package {' '.join(PACKAGE)}")
            _fetch(place)
    return place


def _version(place: Path) -> str | None:
    """Return the release that is completely unpacked; its manifest is unpacked last."""
    manifest = place / _INSIDE / "awx" / "MANIFEST.json"
    if not manifest.is_file():
        return None
    return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])


def _fetch(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    with zipfile.ZipFile(wheel(*PACKAGE)) as archive:
        names = sorted((name for name in archive.namelist() if name.startswith(_INSIDE)), key=lambda name: name.endswith("MANIFEST.json"))
        archive.extractall(place, names)
    if _version(place) != VERSION:
        raise Failure(f"the package {' '.join(PACKAGE)} holds awx.awx {_version(place)}, not {VERSION}")
