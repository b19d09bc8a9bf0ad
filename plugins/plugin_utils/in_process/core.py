# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible does with the arguments of a module before its start, and with its output; differs between releases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


class PlainModuleNeeded(Exception):
    """The plain module has to do the work. The text is the reason."""


class Prepared(NamedTuple):
    """The prepared work of a task. work: sends the requests. folder: the directory that relative paths refer to."""

    work: Callable[[], Any]
    folder: str


def _read_release() -> tuple[int, ...]:
    """Return the release of ansible-core as numbers, such as (2, 19); empty if it cannot be determined."""
    try:
        from ansible.release import __version__
    except ImportError:
        return ()
    return tuple(int(part) for part in str(__version__).split(".")[:2] if part.isdecimal())


RELEASE = _read_release()
# Whatever is specific to a release is imported where it is used: any other release must still find the plain module.
#: The releases for which all integration tests show that a module does the same in Ansible's process as in its own.
TRIED = ((2, 18), (2, 19), (2, 20), (2, 21))


def as_a_module_gets_it(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task without what Ansible attaches to values; vaulted ones are decrypted."""
    from ansible.module_utils.common import json as encoders

    if RELEASE >= (2, 19):
        encoded = json.dumps(
            arguments, cls=encoders.get_module_encoder("legacy", encoders.Direction.CONTROLLER_TO_MODULE)
        )
    else:
        encoded = json.dumps(
            arguments, cls=cast("type[json.JSONEncoder]", encoders.AnsibleJSONEncoder), vault_to_text=True
        )
    return dict(json.loads(encoded))


def as_from_a_module(action: ActionBase, printed: str) -> dict[str, Any]:
    """Return what Ansible makes of a module's output. Nothing in it is a template; a failure is that of a module."""
    answer = {"rc": 0, "stdout": printed, "stdout_lines": [printed], "stderr": "", "stderr_lines": []}
    parsed: Any = action._parse_returned_data(answer, *(["legacy"] if RELEASE >= (2, 19) else []))
    if RELEASE >= (2, 21):
        parsed.remove_internal_keys()
        return dict(parsed.as_result_dict(for_round_trip=True))
    from ansible.vars.clean import remove_internal_keys

    remove_internal_keys(parsed)
    if RELEASE >= (2, 19):
        return dict(parsed)
    from ansible.utils.unsafe_proxy import wrap_var

    return dict(wrap_var(parsed))


def remove_trust(value: Any) -> Any:
    """Return a value of untrusted text so that no text in it is ever a template."""
    if RELEASE >= (2, 19):
        # Text is a template only if it is marked as trusted.
        return value
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(value)


def render(templar: Any, value: Any, *, convert: bool) -> Any:
    """Return a value with its templates rendered.

    convert: whether the result of a template may become a list or a dictionary.
    """
    if isinstance(value, dict):
        return {name: render(templar, item, convert=convert) for name, item in value.items()}
    if isinstance(value, list):
        return [render(templar, item, convert=convert) for item in value]
    if not isinstance(value, str):
        return value
    # Newer releases return the native result of the template: a text that looks like a list stays a text.
    return templar.template(value, **({} if RELEASE >= (2, 19) else {"convert_data": convert}))
