# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is masked and what stays unchanged. test_secrets.py checks that no secret leaves a module."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.masking import MASK, Mask
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair

SECRET = "s3cret/äöü\"'+ of azure"


def test_masks_longer_secret_before_its_prefix() -> None:
    assert Mask(["abcdefghijklm", "abcdefghijklm-nopq"]).mask_foreign("it is abcdefghijklm-nopq.") == f"it is {MASK}."


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "", "nothing of it", {"a": ["b", {"c": 1}]}])
def test_leaves_values_without_secrets_unchanged(value: Any) -> None:
    assert Mask([SECRET]).mask_data(value) == value
    assert Mask([SECRET]).mask_own(value) == value


def test_masks_nothing_without_secrets() -> None:
    assert Mask([]).mask_data({"a": "b"}) == {"a": "b"}


def test_masks_secret_in_values_but_not_in_keys() -> None:
    masked = {SECRET: [MASK, {"x": f"-{MASK}-"}]}
    assert Mask([SECRET]).mask_data({SECRET: [SECRET, {"x": f"-{SECRET}-"}]}) == masked
    assert Mask([SECRET]).mask_own({SECRET: [SECRET, {"x": f"-{SECRET}-"}]}) == masked


@pytest.mark.parametrize(
    "secret", ["c", "fail", "svm", "password", "changed", "True", "443", "reachability", "client_secret"]
)
def test_short_or_common_secret_does_not_alter_own_messages(secret: str) -> None:
    value = {
        "changed": True,
        "failed": False,
        "port": 443,
        "msg": f"svm1: password is not changed, client_secret and reachability are ({secret})",
    }
    assert Mask([secret]).mask_own(value) == value


@pytest.mark.parametrize("secret", ["c", "fail", "svm", "password", "x7!q"])
def test_masks_short_or_common_secret_in_server_text(secret: str) -> None:
    assert secret not in Mask([secret]).mask_foreign(f"400: {secret} is wrong").replace(MASK, "")
    state = Mask([secret]).mask_data({"state": {"message": f"400: {secret} is wrong", "note": secret}})["state"]
    assert state["note"] == MASK
    assert MASK in state["message"]


def test_svm_name_is_kept_when_it_equals_a_password() -> None:
    record = {"svm": {"name": "svm1", "uuid": "svm1"}, "scope": "svm", "name": "https://svm1.vault.azure.net"}
    assert Mask(["svm1", "svm"]).mask_data(record) == record


def test_masks_number_that_equals_a_long_secret() -> None:
    assert Mask(["8127364519283746"]).mask_data({"a": 8127364519283746, "b": 8127}) == {"a": MASK, "b": 8127}


def test_does_not_mask_single_words_of_a_secret() -> None:
    """A password of words must not make every message unreadable."""
    assert Mask(["correct horse battery staple"]).mask_foreign("a correct battery") == "a correct battery"


@pytest.mark.parametrize("user", ["a", "ab", "abc"])
def test_masks_base64_of_text_that_contains_the_secret(user: str) -> None:
    header = base64.b64encode(f"{user}:netapp1!netapp2!".encode()).decode()
    left = Mask(["netapp1!netapp2!"]).mask_foreign(f"Basic {header}")
    assert MASK in left
    assert len(left) < len("Basic ") + len(MASK) + 10


@pytest.mark.parametrize("width", [76, 64, 40, 13])
def test_masks_certificate_at_any_line_width(width: int) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    left = Mask([text]).mask_foreign("\n".join(["Not accepted:", *textwrap.wrap(text, width)]))
    # The last line may be too short to reveal anything.
    assert [line for line in left.splitlines()[1:] if line.strip("*") and len(line) > 12] == []
    assert left.startswith("Not accepted:\n")
