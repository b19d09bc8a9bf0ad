# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a test, the forms in which someone may repeat one, and where they must not show up."""

from __future__ import annotations

import base64
import json
import operator
import re
import secrets
import string
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

_LINE = 60
#: What JSON, YAML, shells, URLs, HTML and Python write in ways of their own.
AWKWARD = " ä€\"'\\%/+=&<>;$~\n😀"
#: So many letters and digits in a row are no accident; no escaping changes them.
_TELLING = 12
#: Random letters that occur nowhere else by accident.
_PIECE = 7


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _capital_json(value: str) -> str:
    return re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda digits: digits[0].upper(), _json(value))


def _small_url(value: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), quote(value, safe=""))


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


#: How a server, a proxy or a program on the way may write a secret that it repeats.
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": _json,
    "JSON in UTF-8": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "JSON in UTF-8 with escaped slashes": lambda value: json.dumps(value, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "JSON with escaped slashes": lambda value: _json(value).replace("/", "\\/"),
    "JSON with capital digits": _capital_json,
    "JSON in JSON": lambda value: _json(_json(value)),
    "URL": lambda value: quote(value, safe=""),
    "URL with slashes": quote,
    "URL with small digits": _small_url,
    "form": quote_plus,
    "base64": _base64,
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64 without its end": lambda value: _base64(value).rstrip("="),
    "base64 in JSON": lambda value: _base64(value).replace("/", "\\/"),
    "base64 in a URL": lambda value: quote(_base64(value), safe=""),
    "Python": repr,
    "Python, bytes": lambda value: repr(value.encode()),
}


class Secrets:
    """Made-up secrets, each unique, and the forms in which one could leak."""

    def __init__(self) -> None:
        self._forms: dict[str, str] = {}

    def new(self, name: str) -> str:
        """Makes a secret that nothing else holds, with characters that JSON, shells and URLs treat in their own
        ways.
        """
        return self.hide(name, f"{name}-{secrets.token_hex(8)}-ä&\"'$%/+={secrets.token_hex(8)}")

    def awkward(self, name: str, between: str = AWKWARD) -> str:
        """Makes a secret of two unique halves with awkward characters between them: half of it told is a leak, too."""
        return self.mark(name, secrets.token_hex(10) + between + secrets.token_hex(10))

    def scattered(self, name: str, between: str = AWKWARD) -> str:
        """Makes a secret of short unique pieces with an awkward character between any two: no long part of it is the
        same in all its forms.
        """
        pieces = ["".join(secrets.choice(string.ascii_letters) for _letter in range(_PIECE)) for _gap in (*between, "")]
        return self.mark(name, "".join(map(operator.add, pieces, (*between, ""))), shortest=_PIECE)

    def mark(self, name: str, value: str, *, shortest: int = _TELLING) -> str:
        """Remembers a value of which no part may be in any output, however it is written: see telling()."""
        parts = set(telling(value, shortest))
        assert parts, f"nothing in {name} tells it from other text"
        self._forms |= dict.fromkeys(parts, name)
        return value

    def hide(self, name: str, value: str) -> str:
        """Remembers a value that no output may hold, nor its base64, nor any long line of it."""
        raw = value.encode()
        forms = {
            value,
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
            base64.b64encode(raw).decode(),
        }
        forms |= {line.strip() for line in value.splitlines() if len(line.strip()) >= _LINE}
        compact = "".join(value.split())
        # From anywhere in a long secret: the beginning of a certificate is the same for all of them.
        forms |= {compact[start : start + _LINE] for start in range(_LINE, len(compact) - _LINE, _LINE)} or {compact}
        for form in forms:
            self._forms[form] = name
        return value

    def found_in(self, text: str) -> list[str]:
        """Returns the names of the secrets that a text holds in any form."""
        return sorted({name for form, name in self._forms.items() if form in text})


def telling(value: str, shortest: int = _TELLING) -> Iterator[str]:
    """Yields what is left of a secret whoever writes it, and however often it is escaped.

    The runs of letters and digits, which no escaping changes, and the base64 of each, whatever stands before it.
    """
    for run in re.findall(f"[0-9A-Za-z]{{{shortest},}}", value):
        yield run
        yield from _within_base64(run)


def _within_base64(run: str) -> Iterator[str]:
    """The base64 of a text inside longer ones: one for each place in a group of three bytes, without what its
    neighbours decide.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + run.encode()).decode().rstrip("=")
        start = -(-before * 4 // 3)
        part = encoded[start : len(encoded) - 1]
        if "+" not in part and "/" not in part:
            yield part
