# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAPI (ZAPI): the XML of a call of system-cli, and of its answers.

Sources: public documentation of ONTAPI; how netapp-lib builds a request; that a command which fails is a call that
passed with an output of "Error: ..." is what the modules of netapp.ontap go by.
"""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from .cli import LEVELS

PATH = "/servlets/netapp.servlets.admin.XMLrequest_filer"
_NAMESPACE = "http://www.netapp.com/filer/admin"
_CALL = "system-cli"
#: Privilege levels as `priv` names them.
_PRIVILEGES = {**{level: level for level in LEVELS}, "diag": "diagnostic"}

#: Errors of ONTAPI itself (public documentation); which case has which: assumption.
INVALID, NO_PRIVILEGE, NO_SUCH_CALL, NO_SUCH_VSERVER = "13001", "13003", "13005", "15661"


class CallError(Exception):
    """A call that failed."""

    def __init__(self, errno: str, reason: str) -> None:
        super().__init__(reason)
        self.errno = errno
        self.reason = reason


@dataclass(frozen=True)
class Call:
    """A command and its options; `vserver` is the one that the call was tunneled to."""

    line: str
    options: dict[str, str]
    level: str
    vserver: str | None


def read(body: bytes) -> Call:
    """The call of a request, or the error that it is answered with."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - a simulator on this machine, for clients that are under test
    except ET.ParseError as fault:
        raise CallError(INVALID, f"Invalid XML: {fault}") from None
    if _local(root) != "netapp" or len(root) != 1:
        raise CallError(INVALID, "Invalid input: one call in an element netapp is expected.")
    call = root[0]
    if _local(call) != _CALL:
        raise CallError(NO_SUCH_CALL, f"Unable to find API: {_local(call)}")
    parts = {_local(part): part for part in call}
    words = [argument.text or "" for argument in parts.get("args", ())]
    if not words:
        raise CallError(INVALID, "Missing input: args")
    priv = (parts["priv"].text or "") if "priv" in parts else LEVELS[0]
    if priv not in _PRIVILEGES:
        raise CallError(INVALID, f'Invalid value specified for "priv" element within "{_CALL}": "{priv}".')
    line, options = split(" ".join(words))
    return Call(line, options, _PRIVILEGES[priv], root.get("vfiler"))


def _local(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{_NAMESPACE}}}")


def split(text: str) -> tuple[str, dict[str, str]]:
    """The words of a command, and its options: `-name value`, or `-name` alone."""
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise CallError(INVALID, f"Invalid input: {fault}") from None
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    options: dict[str, str] = {}
    name = ""
    for word in words[first:]:
        if word.startswith("-"):
            name = word[1:]
            options[name] = ""
        else:
            options[name] = f"{options[name]} {word}".strip()
    return " ".join(words[:first]), options


def passed(output: str, *, succeeded: bool = True) -> str:
    """The answer of a call whose command ran."""
    return _document(
        "passed", "", f"<cli-output>{escape(output)}</cli-output><cli-result-value>{int(succeeded)}</cli-result-value>"
    )


def failed(errno: str, reason: str) -> str:
    """The answer of a call that failed."""
    return _document("failed", f" errno={quoteattr(errno)} reason={quoteattr(reason)}", "")


def _document(status: str, attributes: str, content: str) -> str:
    head = "<?xml version='1.0' encoding='UTF-8' ?>\n<!DOCTYPE netapp SYSTEM 'file:/etc/netapp_gx.dtd'>\n"
    results = f'<results status="{status}"{attributes}>{content}</results>'
    return f"{head}<netapp version='1.200' xmlns='{_NAMESPACE}'>{results}</netapp>\n"
