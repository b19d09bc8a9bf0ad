# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes secrets from what a module returns, including the encoded forms in which a server may echo them.

Ansible masks the values of options in their original form only. A server, or a proxy, may echo them escaped or encoded.
No list of such forms is ever complete, but a sequence of letters and digits survives every escaping, and so does its
base64.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
#: A sequence of at least this many letters and digits is treated as part of a secret, not as a word.
_RUN = re.compile("[0-9A-Za-z]{12,}")
#: A possible line of a certificate, wherever its lines were broken.
_LINE = re.compile("[0-9A-Za-z+/=]{12,}")
#: Longer secrets are certificates: their base64 is not encoded a second time.
_LONGEST_ENCODED = 512
_SHORTEST_PART = 8
#: In characters. Shorter secrets would also match parts of unrelated words and names.
SHORTEST_SECRET = 8
#: One word of the collection's own texts: the name of an option or field, a word of prose, or an error code.
_WORD = re.compile("[A-Za-z_]{1,23}|[0-9]{1,9}")
#: The field of ONTAP's records that holds prose.
_FREE_TEXT = "message"
#: Fields that identify a record, with names or ONTAP's own values. A secret that is an SVM's name does not hide it.
_IDENTITIES = frozenset(
    {"name", "uuid", "scope", "svm", "configuration", "node", "authentication_method", "proxy_type"}
)


def list_forms(secret: str) -> set[str]:
    """Return the texts that reveal a secret or a large part of it."""
    # Text that is not valid UTF-8 was refused before it was sent.
    text = secret.encode(errors="replace").decode()
    told = {secret, *_escape(text), *_RUN.findall(text)}
    if len(text) <= _LONGEST_ENCODED:
        for part in {text, *_RUN.findall(text)}:
            told.update(_encode_within_base64(part))
    return {text for text in told if text.strip()}


class Mask:
    """Replaces secrets in values; keys, booleans and the collection's own words stay unchanged.

    What is searched for depends on who wrote a text. A server may echo a secret of any length. The collection does not,
    so its own texts are searched only for secrets that cannot be words.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secret for secret in secrets if secret)
        # The longest first: masking a part would hide the rest of the whole secret.
        self._forms = sorted({form for secret in self._secrets for form in list_forms(secret)}, key=len, reverse=True)
        self._unmistakable = [form for form in self._forms if not can_be_word(form)]
        self._certificates = [secret for secret in self._secrets if len(secret) > _LONGEST_ENCODED]

    def mask_foreign(self, text: str) -> str:
        """Return free text of a server without secrets, however short they are."""
        return self._replace(self._forms, text)

    def mask_own(self, value: Any) -> Any:
        """Return a value that the collection made, without the secrets that cannot be words of its own."""
        if isinstance(value, str):
            return self._replace(self._unmistakable, value)
        if isinstance(value, Mapping):
            return {name: self.mask_own(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_own(item) for item in value]
        return self._mask_number(value)

    def mask_data(self, value: Any, name: str | None = None) -> Any:
        """Return a value from a server, such as a record, without secrets. name: the field that holds it."""
        if isinstance(value, str):
            if name == _FREE_TEXT:
                return self.mask_foreign(value)
            return MASK if value in self._secrets and name not in _IDENTITIES else self.mask_own(value)
        if isinstance(value, Mapping):
            return {key: self.mask_data(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_data(item, name) for item in value]
        return self._mask_number(value)

    def _replace(self, told: Sequence[str], text: str) -> str:
        # Before the shorter forms: replacing those first would leave the text between them.
        text = _LINE.sub(self._mask_line, text) if self._certificates else text
        for form in told:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def _mask_line(self, found: re.Match[str]) -> str:
        return MASK if any(found[0] in certificate for certificate in self._certificates) else found[0]

    def _mask_number(self, value: Any) -> Any:
        if (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and any(form in str(value) for form in self._unmistakable)
        ):
            return MASK
        return value


def can_be_word(text: str) -> bool:
    """Return whether a text is too short, or too similar to a word, to be recognized as a secret among other words."""
    return len(text) < SHORTEST_SECRET or _WORD.fullmatch(text) is not None


def _escape(secret: str) -> set[str]:
    """Return a secret as JSON, HTML, URLs, base64 and Python write it, and as JSON and URLs encode that again."""
    encoded = base64.b64encode(secret.encode()).decode()
    # Messages that are shown on one line have single spaces.
    once = {secret, " ".join(secret.split()), html.escape(secret), repr(secret)[1:-1], repr(secret.encode())[2:-1]}
    once |= {encoded, encoded.rstrip("="), base64.urlsafe_b64encode(secret.encode()).decode()}
    twice = {text for form in once for text in _encode_in_json_and_urls(form)}
    return twice | {text for form in twice for text in _encode_in_json_and_urls(form)}


def _encode_in_json_and_urls(text: str) -> Iterator[str]:
    yield text
    for in_json in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield from (in_json, in_json.replace("/", "\\/"))
        yield re.sub(r"\\u[0-9a-f]{4}", lambda escape: "\\u" + escape[0][2:].upper(), in_json)
    for in_url in (quote(text, safe=""), quote(text), quote_plus(text)):
        yield in_url
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), in_url)


def _encode_within_base64(text: str) -> Iterator[str]:
    """Yield the base64 of a text inside a longer one.

    One form for each position in a group of three bytes, without the characters that neighbouring bytes influence.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
        part = encoded[-(-before * 4 // 3) : len(encoded) - 1]
        for telling in (part, part.replace("+", "-").replace("/", "_"), part.replace("/", "\\/"), quote(part, safe="")):
            if len(telling) >= _SHORTEST_PART:
                yield telling
