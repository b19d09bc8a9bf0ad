# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON of a request body, and what is wrong with it ("Getting started with the ONTAP REST API", "Error
objects").
"""

from __future__ import annotations

import json
from typing import Any

from . import errors


def is_empty(body: bytes) -> bool:
    """Whether a request has no body; an empty object counts as none (assumption: clients send it with every method)."""
    return body.strip() in (b"", b"{}")


def parse(body: bytes) -> dict[str, Any]:
    """Parse a JSON object; no body counts as an empty one."""
    if not body.strip():
        return {}
    try:
        content = json.loads(body, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise errors.invalid_json(f"line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise errors.invalid_json(f"byte {error.start}") from None
    if content is None:
        return {}
    if isinstance(content, list):
        raise errors.unexpected_array(None)
    if not isinstance(content, dict):
        raise errors.invalid_json("line 1, column 1")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _value in pairs]
    for name in names:
        if names.count(name) > 1:
            raise errors.specified_twice(name)
    return dict(pairs)


def _constant(name: str) -> None:
    """NaN and Infinity, which JSON does not have."""
    raise errors.invalid_json(name)
