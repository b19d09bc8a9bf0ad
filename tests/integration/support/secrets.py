# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a test, and where they must not show up."""

from __future__ import annotations

import base64
import json
import secrets

_LINE = 60


class Secrets:
    """Made-up secrets, each unique, and the forms in which one could leak."""

    def __init__(self) -> None:
        self._forms: dict[str, str] = {}

    def new(self, name: str) -> str:
        """Makes a secret that nothing else holds, with characters that JSON, shells and URLs treat in their own ways."""
        return self.hide(name, f"{name}-{secrets.token_hex(8)}-ä&\"'$%/+={secrets.token_hex(8)}")

    def hide(self, name: str, value: str) -> str:
        """Remembers a value that no output may hold, nor its base64, nor any long line of it."""
        raw = value.encode()
        forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], base64.b64encode(raw).decode()}
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
