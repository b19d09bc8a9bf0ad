# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of return values that modules share is the same in each of them."""

from __future__ import annotations

import pytest

from tooling.generated import Part
from tooling.return_values import PARTS


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.path.stem)
def test_shared_return_values_are_current(part: Part) -> None:
    assert part.begin in part.read()
    assert part.end in part.read()
    assert part.read() == part.written(), "run: make return-values"
