# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the project. All generated files are below `.work/`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".work"
#: HOME of every tool, so that nothing is written to the user's home directory.
HOME = WORK / "home"
VENVS = WORK / "venv"
LOGS = WORK / "logs"
REPORTS = WORK / "reports"
#: Contains ansible_collections/ontap/akv as a symbolic link to the checkout, so that tests use the edited files.
TREE = WORK / "tree"
REQUIREMENTS = ROOT / "tests" / "requirements"

NAMESPACE, NAME = "ontap", "akv"
COLLECTION = Path("ansible_collections") / NAMESPACE / NAME


def link_tree() -> Path:
    """Create the symbolic link tree that gives the checkout its import name; return its root."""
    link = TREE / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != ROOT:
        # Recreate the link also after the checkout was moved.
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
    return TREE
