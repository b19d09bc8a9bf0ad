# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes secrets out of what a module returns, in the forms too in which a server may repeat what it was sent.

Ansible masks the values of options as they are. A server, or a proxy on the way, may tell them escaped or encoded; no
list of such forms is ever whole, but a run of letters and digits survives every escaping, and so does its base64.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
#: So many letters and digits in a row are part of a secret and no word.
_RUN = re.compile("[0-9A-Za-z]{12,}")
#: What may be a line of a certificate, wherever somebody broke it.
_LINE = re.compile("[0-9A-Za-z+/=]{12,}")
#: Longer ones are certificates: nobody encodes their base64 once more.
_LONGEST_ENCODED = 512
_SHORTEST_PART = 8


def forms(secret: str) -> set[str]:
    """Returns the texts that tell a secret or a good part of it."""
    # What is no UTF-8 was refused before it was sent.
    text = secret.encode(errors="replace").decode()
    told = {secret, *_escaped(text), *_RUN.findall(text)}
    if len(text) <= _LONGEST_ENCODED:
        for part in {text, *_RUN.findall(text)}:
            told.update(_within_base64(part))
    return {text for text in told if text.strip()}


def masker(secrets: Iterable[str]) -> Callable[[Any], Any]:
    """Returns a function that takes secrets out of a value and everything in it."""
    # The longest first: a part that is masked would hide the rest of the whole.
    secrets = list(secrets)
    told = sorted({form for secret in secrets for form in forms(secret)}, key=len, reverse=True)
    certificates = [secret for secret in secrets if len(secret) > _LONGEST_ENCODED]

    def line(found: re.Match[str]) -> str:
        return MASK if any(found[0] in certificate for certificate in certificates) else found[0]

    def masked(value: Any) -> Any:
        if isinstance(value, str):
            # Before the runs, which would leave what is between them.
            value = _LINE.sub(line, value) if certificates else value
            for text in told:
                if text in value:
                    value = value.replace(text, MASK)
            return value
        if isinstance(value, Mapping):
            return {masked(name): masked(item) for name, item in value.items()}
        if isinstance(value, list):
            return [masked(item) for item in value]
        return value

    return masked


def _escaped(secret: str) -> set[str]:
    """A secret as JSON, HTML, URLs, base64 and Python write it, and as JSON and URLs write that once more."""
    encoded = base64.b64encode(secret.encode()).decode()
    # Messages that are told in one line have single spaces.
    once = {secret, " ".join(secret.split()), html.escape(secret), repr(secret)[1:-1], repr(secret.encode())[2:-1]}
    once |= {encoded, encoded.rstrip("="), base64.urlsafe_b64encode(secret.encode()).decode()}
    twice = {text for form in once for text in _in_json_and_urls(form)}
    return twice | {text for form in twice for text in _in_json_and_urls(form)}


def _in_json_and_urls(text: str) -> Iterator[str]:
    yield text
    for in_json in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield from (in_json, in_json.replace("/", "\\/"))
        yield re.sub(r"\\u[0-9a-f]{4}", lambda escape: "\\u" + escape[0][2:].upper(), in_json)
    for in_url in (quote(text, safe=""), quote(text), quote_plus(text)):
        yield in_url
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), in_url)


def _within_base64(text: str) -> Iterator[str]:
    """The base64 of a text inside a longer one: one for each place in a group of three bytes, without what its neighbours decide."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
        part = encoded[-(-before * 4 // 3) : len(encoded) - 1]
        for telling in (part, part.replace("+", "-").replace("/", "_"), part.replace("/", "\\/"), quote(part, safe="")):
            if len(telling) >= _SHORTEST_PART:
                yield telling
