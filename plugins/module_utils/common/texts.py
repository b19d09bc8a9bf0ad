# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks and conversions of texts. Errors never repeat a text that may hold a secret."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Iterable

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError

# Control and format characters, and separators of words, lines and paragraphs. Format characters such as a byte order
# mark, a zero-width space or a mark of the direction come with text that is copied from a web page, dialog or editor.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_EDGE_HINT = (
    "Remove it. A line break at the end usually comes from echo: use printf '%s', and end the input of ansible-vault"
    " encrypt_string with Ctrl+D twice, not with Enter."
)
#: The options for the parts of a proxy's URL.
PROXY_HINT = (
    "The scheme is proxy_type, the port proxy_port, the user name proxy_username and the password proxy_password."
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# In this order: the first match explains the others.
_NOT_IN_A_HOST = (
    (re.compile("@"), "a user name or a password"),
    (re.compile("^[A-Za-z][A-Za-z0-9+.-]*:/"), "a scheme"),
    (re.compile(r"[/?#\\]"), "a path"),
    (re.compile(r"^(\[.*\]|[^:]*):[0-9]*$"), "a port"),
)


def check_text(name: str, value: str) -> str:
    """Return the value of an option that is sent as UTF-8; raise OptionError, without the value, if it is not UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise OptionError(name, "it holds characters that are not UTF-8") from exc
    return value


def check_exact(name: str, value: str) -> str:
    """Return a text without white space at its ends; raise OptionError, without the text, if it has any."""
    edges = (("begins", check_text(name, value)[:1]), ("ends", value[-1:]))
    found = [(verb, edge) for verb, edge in edges if edge and _is_unseen(edge)]
    if not found:
        return value
    where = " and ".join(verb for verb, _edge in found)
    what = "a line break" if any(edge in "\r\n" for _verb, edge in found) else "white space"
    hint = f"{_name_unseen(edge for _verb, edge in found)}{_EDGE_HINT}"
    raise OptionError(name, f"it {where} with {what}", hint=hint)


def check_ascii(name: str, value: str) -> str:
    """Return an ID without white space at its ends, whose characters are those of ASCII; raise OptionError for others.

    Others, such as full-width digits or long hyphens, come with text that was copied from a document.
    """
    if check_exact(name, value).isascii() and value.isprintable():
        return value
    raise OptionError(name, "it holds characters that an ID does not have", hint="Type it, or copy it as plain text.")


def find_disguise(value: str) -> str | None:
    """Return what a host or a URL holds that cannot be seen or looks like something else, None if nothing."""
    if any(_is_unseen(char) for char in value):
        return "white space"
    changed = unicodedata.normalize("NFKC", value) != value
    return "characters that only look like others, such as full-width letters" if changed else None


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN


def _name_unseen(chars: Iterable[str]) -> str:
    """Return a sentence about the characters that editors do not show as spaces; an empty text without any."""
    points = dict.fromkeys(f"U+{ord(char):04X}" for char in chars if not char.isascii())
    return f"It holds {' and '.join(points)}, which may be invisible. " if points else ""


def parse_whole_number(text: str) -> int | None:
    """Return the number that a text of decimal digits represents, None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def find_doubt(name: str, secret: str) -> str | None:
    """Return a warning about a text that is probably not a secret, without the text; None if it looks right."""
    if secret.lstrip().startswith("$ANSIBLE_VAULT"):
        return f"{name} is still encrypted by Ansible Vault. In YAML, it must have the tag !vault."
    if secret.strip() == "$encrypted$":
        return f"{name} is the text that AWX shows in place of a secret, not the secret itself."
    if name.endswith("client_secret") and _GUID.fullmatch(secret.strip()):
        return (
            f"{name} looks like the ID of a secret. Azure shows the secret itself only when it is created, as its"
            " value."
        )
    return None


def check_host(name: str, value: str, *, hint: str) -> str:
    """Return a host name or address; raise OptionError, without the value, if it holds more than that.

    hint: where the rest belongs.
    """
    check_exact(name, value)
    problem = next((what for found, what in _NOT_IN_A_HOST if found.search(value)), None) or find_disguise(value)
    if problem is None and ":" in value and not is_address(value.removeprefix("[").removesuffix("]")):
        problem = "a colon"
    if problem is not None:
        raise OptionError(name, f"it holds {problem}, so it is not a name, an IPv4 or an IPv6 address", hint=hint)
    return value


def is_address(value: str) -> bool:
    """Return whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def join_lines(text: object) -> str:
    """Return a text as one line: what another system sends must not look like another line of a message."""
    return " ".join(str(text).split())


def parse_moment(text: object) -> float | None:
    """Return a date and time with its zone in seconds since 1970, None for anything else."""
    try:
        # Python 3.9 does not parse the Z.
        moment = dt.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()
