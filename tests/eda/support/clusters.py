# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated clusters whose keys can be lost, and the requests that reached them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator


def encrypted(simulator: Simulator, *svms: str | None, **fields: Any) -> dict[str, str | None]:
    """Gives a cluster SVMs (None: itself) with an encrypted volume and a configuration; returns UUID of the
    configuration -> SVM.
    """
    for svm in svms:
        if svm is not None and svm not in simulator.control.state()["svms"]:
            simulator.control.add_svm(svm, volumes=1, encrypted_volumes=1)
        if svm is None:
            simulator.control.svm(None, volumes=1, encrypted_volumes=1)
    found = dict(zip(configured(simulator, *svms, **fields), svms, strict=True))
    simulator.control.clear_log()
    return found


def wrapped(simulator: Simulator, svm: str | None) -> list[str]:
    """The nodes that have the wrapped key of an SVM."""
    told = simulator.control.state()
    return list((told["cluster"] if svm is None else told["svms"][svm])["configuration"]["wrapped"])


def whole(simulator: Simulator, *svms: str | None) -> bool:
    """Whether each of these has its key on every node."""
    told = simulator.control.state()
    nodes = sorted(told["nodes"])
    return all(
        (told["cluster"] if svm is None else told["svms"][svm])["configuration"]["wrapped"] == nodes for svm in svms
    )


def restores(simulator: Simulator, uuids: dict[str, str | None]) -> dict[str | None, int]:
    """SVM -> how often a restore of its key was asked for."""
    asked = [entry["path"].split("/")[-2] for entry in simulator.control.log() if entry["path"].endswith("/restore")]
    return dict(Counter(uuids[uuid] for uuid in asked))


def writes(simulator: Simulator) -> list[str]:
    """The requests that could change something."""
    return Requests(simulator.control.log()).writes.lines


def reads(simulator: Simulator) -> int:
    """How often a cluster was looked at."""
    return len(Requests(simulator.control.log()).reads)
