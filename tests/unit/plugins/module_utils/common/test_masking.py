# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is masked, and what is left as it is; that no secret leaves a module is in test_secrets.py."""

from __future__ import annotations

import base64
import textwrap
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.masking import MASK, Mask
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair

SECRET = "s3cret/äöü\"'+ of azure"


def test_the_whole_is_masked_before_its_parts() -> None:
    assert Mask(["abcdefghijklm", "abcdefghijklm-nopq"]).mask_foreign("it is abcdefghijklm-nopq.") == f"it is {MASK}."


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "", "nothing of it", {"a": ["b", {"c": 1}]}])
def test_everything_else_stays(value: Any) -> None:
    assert Mask([SECRET]).mask_data(value) == value
    assert Mask([SECRET]).mask_own(value) == value


def test_without_secrets_nothing_is_masked() -> None:
    assert Mask([]).mask_data({"a": "b"}) == {"a": "b"}


def test_a_secret_is_masked_in_every_value_and_in_no_key() -> None:
    masked = {SECRET: [MASK, {"x": f"-{MASK}-"}]}
    assert Mask([SECRET]).mask_data({SECRET: [SECRET, {"x": f"-{SECRET}-"}]}) == masked
    assert Mask([SECRET]).mask_own({SECRET: [SECRET, {"x": f"-{SECRET}-"}]}) == masked


@pytest.mark.parametrize(
    "secret", ["c", "fail", "svm", "password", "changed", "True", "443", "reachability", "client_secret"]
)
def test_a_secret_that_may_be_a_word_alters_nothing_that_the_collection_words(secret: str) -> None:
    value = {
        "changed": True,
        "failed": False,
        "port": 443,
        "msg": f"svm1: password is not changed, client_secret and reachability are ({secret})",
    }
    assert Mask([secret]).mask_own(value) == value


@pytest.mark.parametrize("secret", ["c", "fail", "svm", "password", "x7!q"])
def test_a_secret_that_may_be_a_word_is_masked_in_what_a_server_writes(secret: str) -> None:
    assert secret not in Mask([secret]).mask_foreign(f"400: {secret} is wrong").replace(MASK, "")
    state = Mask([secret]).mask_data({"state": {"message": f"400: {secret} is wrong", "note": secret}})["state"]
    assert state["note"] == MASK
    assert MASK in state["message"]


def test_the_name_of_an_svm_is_its_name_even_if_it_is_also_a_password() -> None:
    record = {"svm": {"name": "svm1", "uuid": "svm1"}, "scope": "svm", "name": "https://svm1.vault.azure.net"}
    assert Mask(["svm1", "svm"]).mask_data(record) == record


def test_a_number_that_holds_a_long_secret_is_masked() -> None:
    assert Mask(["8127364519283746"]).mask_data({"a": 8127364519283746, "b": 8127}) == {"a": MASK, "b": 8127}


def test_a_word_of_a_secret_is_no_secret() -> None:
    """A password of words must not make every message unreadable."""
    assert Mask(["correct horse battery staple"]).mask_foreign("a correct battery") == "a correct battery"


@pytest.mark.parametrize("user", ["a", "ab", "abc"])
def test_the_base64_of_something_around_it_is_masked(user: str) -> None:
    header = base64.b64encode(f"{user}:netapp1!netapp2!".encode()).decode()
    left = Mask(["netapp1!netapp2!"]).mask_foreign(f"Basic {header}")
    assert MASK in left
    assert len(left) < len("Basic ") + len(MASK) + 10


@pytest.mark.parametrize("width", [76, 64, 40, 13])
def test_a_certificate_is_masked_wherever_its_lines_are_broken(width: int) -> None:
    text = base64.b64encode(pair().pkcs12()).decode()
    left = Mask([text]).mask_foreign("\n".join(["Not accepted:", *textwrap.wrap(text, width)]))
    # The last line may be too short to tell anything.
    assert [line for line in left.splitlines()[1:] if line.strip("*") and len(line) > 12] == []
    assert left.startswith("Not accepted:\n")
