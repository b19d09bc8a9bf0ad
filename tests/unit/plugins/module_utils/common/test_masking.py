# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is masked, and what is left as it is; that no secret leaves a module is in test_secrets.py."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.masking import MASK, masker
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair

SECRET = "s3cret/äöü\"'+ of azure"


def test_the_whole_is_masked_before_its_parts() -> None:
    assert masker(["abcdefghijklm", "abcdefghijklm-nopq"])("it is abcdefghijklm-nopq.") == f"it is {MASK}."


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "", "nothing of it", {"a": ["b", {"c": 1}]}])
def test_everything_else_stays(value: Any) -> None:
    assert masker([SECRET])(value) == value


def test_without_secrets_nothing_is_masked() -> None:
    assert masker([])({"a": "b"}) == {"a": "b"}


def test_it_is_masked_wherever_it_is() -> None:
    assert masker([SECRET])({SECRET: [SECRET, {"x": f"-{SECRET}-"}]}) == {MASK: [MASK, {"x": f"-{MASK}-"}]}


def test_a_word_of_a_secret_is_no_secret() -> None:
    """A password of words must not make every message unreadable."""
    assert masker(["correct horse battery staple"])("a correct battery") == "a correct battery"


@pytest.mark.parametrize("user", ["a", "ab", "abc"])
def test_the_base64_of_something_around_it_is_masked(user: str) -> None:
    header = base64.b64encode(f"{user}:netapp1!netapp2!".encode()).decode()
    left = masker(["netapp1!netapp2!"])(f"Basic {header}")
    assert MASK in left
    assert len(left) < len("Basic ") + len(MASK) + 10


@pytest.mark.parametrize("width", [76, 64, 40, 13])
def test_a_certificate_is_masked_wherever_its_lines_are_broken(width: int) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    left = masker([text])("\n".join(["Not accepted:", *textwrap.wrap(text, width)]))
    # The last line may be too short to tell anything.
    assert [line for line in left.splitlines()[1:] if line.strip("*") and len(line) > 12] == []
    assert left.startswith("Not accepted:\n")
