# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter certificate: what it reads from a PKCS#12, and that no error contains its content."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import sys
import textwrap
import traceback
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.filter.certificate import FilterModule, read_certificate
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON
from ansible_collections.ontap.akv.tests.unit.support.certificates import DAY, pair

TODAY = dt.datetime.now(dt.UTC).replace(microsecond=0)
VALID = pair(begins=TODAY - DAY, ends=TODAY + 30 * DAY)
DER = VALID.pkcs12()
TEXT = base64.b64encode(DER).decode()
UNSEEN = {"not_before": None, "not_after": None, "days_left": None, "valid": None}


def test_filter_is_registered_by_name() -> None:
    assert FilterModule().filters() == {"certificate": read_certificate}


def test_describes_certificate_in_every_form(tmp_path: Path) -> None:
    """Base64, base64 with line breaks and files in either form have the same result."""
    der, text = tmp_path / "akv.pfx", tmp_path / "akv.b64"
    der.write_bytes(DER)
    text.write_text("\n".join(textwrap.wrap(TEXT, 64)), encoding="ascii")
    found = read_certificate(TEXT)
    assert found == {
        "fingerprint": hashlib.sha256(VALID.certificate.public_bytes(Encoding.DER)).hexdigest(),
        "not_before": (TODAY - DAY).isoformat(),
        "not_after": (TODAY + 30 * DAY).isoformat(),
        "days_left": 29,
        "valid": True,
        "unseen": None,
    }
    assert (
        found
        == read_certificate(text.read_text(encoding="ascii"))
        == read_certificate(str(der), file=True)
        == read_certificate(str(text), file=True)
    )
    assert json.dumps(found)


@pytest.mark.parametrize(("begins", "ends", "days"), [(-3, -1, -2), (1, 3, 2), (-3, 0, -1)])
def test_describes_invalid_validity_period(begins: int, ends: int, days: int) -> None:
    """A certificate that has expired or is not valid yet is described, not refused."""
    found = read_certificate(
        base64.b64encode(pair(begins=TODAY + begins * DAY, ends=TODAY + ends * DAY).pkcs12()).decode()
    )
    assert (found["valid"], found["days_left"]) == (False, days)


def test_returns_fingerprint_if_certificate_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a password or without the library, the fingerprint is that of the whole file."""
    closed = VALID.pkcs12(b"password")
    found = read_certificate(base64.b64encode(closed).decode())
    unseen = found.pop("unseen")
    assert found == {"fingerprint": hashlib.sha256(closed).hexdigest(), **UNSEEN}
    assert unseen.startswith(
        "the PKCS#12 does not open without a password, and ONTAP has no field for one. Remove it with: openssl pkcs12 "
    )
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)
    found = read_certificate(TEXT)
    assert found == {
        "fingerprint": hashlib.sha256(DER).hexdigest(),
        **UNSEEN,
        "unseen": "the Python library cryptography is not installed.",
    }


@pytest.mark.parametrize(
    ("value", "file", "reason"),
    [
        ("", False, "client_certificate: it is empty"),
        ("hunter2-which-is-no-base64!", False, "client_certificate: it is not base64"),
        (base64.b64encode(b"hunter2-which-is-no-pkcs12").decode(), False, "client_certificate: it is not a PKCS#12"),
        (base64.b64encode(DER[:-9]).decode(), False, "client_certificate: it is cut off"),
        ("/nonexistent/akv.pfx", True, "client_certificate_path: /nonexistent/akv.pfx cannot be read"),
        ("", True, "client_certificate_path: it is empty"),
    ],
)
def test_refuses_what_module_refuses(value: str, file: bool, reason: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        read_certificate(value, file=file)
    assert reason in str(refused.value)
    found = "".join(traceback.format_exception(refused.value.with_traceback(None)))
    assert "hunter2" not in found


@pytest.mark.parametrize("value", [None, 1, b"0", [TEXT], {"file": TEXT}])
def test_refuses_input_that_is_not_text(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="the input is not a text"):
        read_certificate(value)


@given(ANY_JSON | st.binary(max_size=40).map(lambda content: base64.b64encode(content).decode()), st.booleans())
def test_raises_only_filter_errors(value: Any, file: bool) -> None:
    with contextlib.suppress(AnsibleFilterError):
        read_certificate(value, file)


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_damaged_certificate_is_described_or_refused(place: int, byte: int) -> None:
    damaged = DER[:place] + bytes([byte]) + DER[place + 1 :]
    with contextlib.suppress(AnsibleFilterError):
        found = read_certificate(base64.b64encode(damaged).decode())
        assert len(found["fingerprint"]) == 64
        assert found["unseen"] or found["not_after"]
