# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import (
    Certificate,
    find_misplaced,
    read_certificate,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.tests.unit.support.certificates import DAY, NOW, pair

VALID = pair(begins=NOW - DAY, ends=NOW + DAY)
DER = VALID.pkcs12()
TEXT = base64.b64encode(DER).decode()


def checked(*, now: Any = NOW, **params: Any) -> Certificate:
    """Return the certificate of a task."""
    found = read_certificate(params, now=now)
    assert found is not None
    return found


def refused(**params: Any) -> str:
    """Return the message of the error that refuses a certificate."""
    with pytest.raises(OptionError) as failed:
        checked(**params)
    assert failed.value.target in params
    return failed.value.message


def test_returns_none_without_certificate_options() -> None:
    assert read_certificate({}) is None
    assert read_certificate({"client_certificate": None, "client_certificate_path": None}) is None


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"  {TEXT}\n",
        "\n".join(textwrap.wrap(TEXT, 64)),
        "\r\n".join(textwrap.wrap(TEXT, 76)),
        "\t".join(textwrap.wrap(TEXT, 10)),
    ],
)
def test_removes_white_space_from_base64(text: str) -> None:
    assert checked(client_certificate=text) == Certificate(TEXT)


@pytest.mark.parametrize("content", [DER, TEXT.encode(), "\n".join(textwrap.wrap(TEXT, 64)).encode() + b"\n"])
def test_accepts_file_with_der_or_base64(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    assert checked(client_certificate_path=str(path)) == Certificate(TEXT)


def test_validity_is_checked_at_current_time_by_default() -> None:
    content = base64.b64encode(pair().pkcs12()).decode()
    assert read_certificate({"client_certificate": content}) == Certificate(content)


def expired() -> str:
    """A certificate that ended on 30 December 2025."""
    return base64.b64encode(pair(begins=NOW - 9 * DAY, ends=NOW - 2 * DAY).pkcs12()).decode()


def test_refuses_expired_certificate_and_names_date() -> None:
    assert "expired on 2025-12-30 00:00:00 UTC" in refused(client_certificate=expired())


def test_refuses_not_yet_valid_certificate_and_names_date() -> None:
    early = pair(begins=NOW + 2 * DAY, ends=NOW + 9 * DAY)
    assert "not valid before 2026-01-03 00:00:00 UTC" in refused(
        client_certificate=base64.b64encode(early.pkcs12()).decode()
    )


@pytest.mark.parametrize("moment", [NOW - DAY, NOW + DAY])
def test_first_and_last_moment_of_validity_are_valid(moment: Any) -> None:
    assert checked(client_certificate=TEXT, now=moment).warning is None


def test_warns_about_password_protected_certificate() -> None:
    content = base64.b64encode(VALID.pkcs12(b"hunter2")).decode()
    found = checked(client_certificate=content)
    assert found.base64 == content
    assert "client_certificate could not be checked" in str(found.warning)
    assert "without a password" in str(found.warning)
    assert "openssl pkcs12 -in OLD.pfx -nodes" in str(found.warning)


def test_warns_when_cryptography_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.serialization", None)
    found = checked(client_certificate=expired())
    assert "library cryptography is not installed" in str(found.warning)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (
            pkcs12.serialize_key_and_certificates(None, None, None, [VALID.certificate], NoEncryption()),
            "holds no private key",
        ),
        (pkcs12.serialize_key_and_certificates(None, VALID.key, None, None, NoEncryption()), "holds no certificate"),
        (
            pkcs12.serialize_key_and_certificates(
                None, VALID.key, None, [pair("authority").certificate], NoEncryption()
            ),
            "holds no certificate",
        ),
    ],
    ids=["no key", "no certificate", "certificate of another key"],
)
def test_refuses_incomplete_pkcs12(content: bytes, part: str) -> None:
    with pytest.raises(OptionError, match=part) as failed:
        checked(client_certificate=base64.b64encode(content).decode())
    assert "openssl pkcs12 -export -inkey KEY.pem -in CERTIFICATE.pem" in str(failed.value.hint)


PEM = VALID.certificate.public_bytes(Encoding.PEM).decode()
KEY_PEM = VALID.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
#: Texts that users may give in place of a PKCS#12, and what the error calls them.
OTHERS = [
    (PEM, "PEM text with a certificate and no private key"),
    (KEY_PEM, "PEM text with a private key and no certificate"),
    (KEY_PEM + PEM, "PEM text with a certificate and a private key"),
    ("$ANSIBLE_VAULT;1.1;AES256\n3132", "a text that is still encrypted by Ansible Vault"),
    ("$encrypted$", "the text that AWX shows in place of a secret"),
]
OTHER_BYTES = [
    (VALID.certificate.public_bytes(Encoding.DER), "a certificate \\(DER\\) without its private key"),
    (
        VALID.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "a private key \\(DER\\) without its certificate",
    ),
    (
        VALID.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "a private key \\(DER\\) without its certificate",
    ),
    (serialize_certificates([VALID.certificate], Encoding.DER), "a PKCS#7"),
    (PEM.encode(), "PEM text"),
]


@pytest.mark.parametrize(("text", "what"), OTHERS, ids=range(len(OTHERS)))
def test_error_identifies_other_text_formats(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "akv.pfx"
    path.write_text(text)
    for params in ({"client_certificate": text}, {"client_certificate_path": str(path)}):
        with pytest.raises(OptionError, match=what) as failed:
            checked(**params)
        assert "openssl pkcs12 -export" in str(failed.value.hint)
        assert text.split("\n")[1:2] == [] or text.split("\n")[1] not in failed.value.as_text()


@pytest.mark.parametrize(("content", "what"), OTHER_BYTES, ids=range(len(OTHER_BYTES)))
def test_error_identifies_other_binary_formats(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    for params in ({"client_certificate": base64.b64encode(content).decode()}, {"client_certificate_path": str(path)}):
        with pytest.raises(OptionError, match=what) as failed:
            checked(**params)
        assert "openssl pkcs12 -export" in str(failed.value.hint)


@pytest.mark.parametrize(
    "text", ["/etc/ssl/akv", "~/akv.pfx", "./akv", "akv.pfx", "certs/akv.P12", "C:\\akv.pfx", "akv.pem\n"]
)
def test_refuses_path_in_client_certificate(text: str) -> None:
    with pytest.raises(OptionError, match="path of a file") as failed:
        checked(client_certificate=text)
    assert "client_certificate_path" in str(failed.value.hint)


@pytest.mark.parametrize(
    "text", [TEXT, PEM, KEY_PEM, "\n".join(textwrap.wrap(TEXT, 64)), "$ANSIBLE_VAULT;1.1;AES256\n3132"]
)
def test_refuses_content_in_client_certificate_path(text: str) -> None:
    """The error must not repeat the content, which holds the private key, as a path that does not exist."""
    params = {"client_certificate_path": text}
    assert find_misplaced(params) == text
    with pytest.raises(OptionError, match="content of a file") as failed:
        checked(**params)
    assert text[:40] not in failed.value.as_text()


def test_reads_dates_of_older_cryptography_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        """A certificate of cryptography 41: dates without time zone."""

        not_valid_before = (NOW - 9 * DAY).replace(tzinfo=None)
        not_valid_after = (NOW - 2 * DAY).replace(tzinfo=None)

    monkeypatch.setattr(pkcs12, "load_key_and_certificates", lambda _content, _password: (VALID.key, Old, []))
    assert "2025-12-30" in refused(client_certificate=TEXT)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("not base64!", "not base64"),
        ("hunter2ä", "not base64"),
        (TEXT[:-3], "not base64"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "not base64"),
        (base64.b64encode(b"hello").decode(), "is not a PKCS#12"),
        (base64.b64encode(b"0").decode(), "is not a PKCS#12"),
    ],
)
def test_refuses_text_that_is_not_pkcs12(text: str, part: str) -> None:
    message = refused(client_certificate=text)
    assert part in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (DER[:100], "cut off"),
        (DER[:-1], "cut off"),
        (b"\x30\x82\x01\x00\x02\x01\x02" + bytes(300), "version 3"),
        (b"\x30\x03\x02\x01\x01", "version 3"),
        (b"\x30\x00", "version 3"),
        (b"\x30\x84", "version 3"),
        (VALID.certificate.public_bytes(Encoding.DER), "version 3"),
    ],
    # Each process generates some of the contents anew, so they cannot be IDs.
    ids=[
        "first 100 bytes",
        "last byte missing",
        "version 2",
        "version 1 only",
        "empty",
        "length truncated",
        "certificate",
    ],
)
def test_refuses_bytes_that_are_not_pkcs12(tmp_path: Path, content: bytes, part: str) -> None:
    assert part in refused(client_certificate=base64.b64encode(content).decode())
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    assert part in refused(client_certificate_path=str(path))


@pytest.mark.parametrize("head", [b"\x30\x80\x02\x01\x03", b"\x30\x03\x02\x01\x03", b"\x30\x81\x03\x02\x01\x03"])
def test_accepts_every_length_encoding(head: bytes) -> None:
    """This includes the indefinite length of BER. ONTAP judges the content."""
    assert "could not be checked" in str(checked(client_certificate=base64.b64encode(head).decode()).warning)


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
def test_accepts_trailing_bytes_after_pkcs12() -> None:
    assert checked(client_certificate=base64.b64encode(DER + b"\n").decode()).base64.startswith(TEXT[:40])


@given(st.binary(max_size=64))
def test_any_bytes_give_certificate_or_option_error(content: bytes) -> None:
    for candidate in (content, b"\x30" + content, b"\x30\x82" + content):
        try:
            read_certificate({"client_certificate": base64.b64encode(candidate).decode()}, now=NOW)
        except OptionError as error:
            if error.target != "client_certificate":
                raise


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hello", "neither as DER"),
        (b"\xff\xfe", "neither as DER"),
        (b"a" * (1024 * 1024 + 1), "larger than 1 MiB"),
    ],
)
def test_refuses_files_that_are_not_pkcs12(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "akv.pfx"
    path.write_bytes(content)
    message = refused(client_certificate_path=str(path))
    assert part in message
    assert str(path) in message


def test_refuses_missing_file(tmp_path: Path) -> None:
    assert "No such file" in refused(client_certificate_path=str(tmp_path / "none.pfx"))


def test_refuses_directory(tmp_path: Path) -> None:
    assert "cannot be read on the host that runs the module" in refused(client_certificate_path=str(tmp_path))


@pytest.mark.parametrize("option", ["client_certificate", "client_certificate_path"])
def test_error_identifies_java_keystore(option: str, tmp_path: Path) -> None:
    content = b"\xfe\xed\xfe\xed\0\0\0\x02" + bytes(60)
    path = tmp_path / "keystore.jks"
    path.write_bytes(content)
    value = base64.b64encode(content).decode() if option == "client_certificate" else str(path)
    with pytest.raises(OptionError, match=r"a Java keystore \(JKS\)"):
        read_certificate({option: value})
