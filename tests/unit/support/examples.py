# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of examples that hypothesis tries. With `--quick`, as in make test, it is a share of them."""

from __future__ import annotations

from hypothesis import settings

#: Profile -> examples of a test without a number of its own. Tests with a number get the same share of theirs.
PROFILES = {"all": 100, "quick": 25}

for _name, _number in PROFILES.items():
    # The same examples in every run.
    settings.register_profile(_name, database=None, derandomize=True, deadline=None, max_examples=_number)


def use(*, quick: bool) -> None:
    """Set the number of examples for the tests that are imported after this call."""
    settings.load_profile("quick" if quick else "all")


def examples(number: int) -> settings:
    """Return the settings of a test that tries that many examples, or with `--quick` a share of them."""
    return settings(max_examples=max(number * settings().max_examples // PROFILES["all"], 1))
