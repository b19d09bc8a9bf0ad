# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return values that modules share, copied into the documentation of each: ansible-core has no fragments for them."""

from __future__ import annotations

from tooling.generated import Part
from tooling.paths import ROOT

_SOURCES = ROOT / "tests" / "tooling" / "return_values"
_BEGIN = "# Made by `make return-values` from here\n"
_END = "# to here\n"
_STATE = '      state:\n        available: true\n        code: 0\n        message: ""\n'
#: What an error of ONTAP has, unless a module gives another text.
_CODE = {
    "code": "The error code of ONTAP; null if ONTAP returned none.",
    "code_sample": '      sample: "65537120"\n',
}
#: akv_azure_info reports what Azure refuses among its problems.
_NO_CODE = {"code": "Always null. The codes of Azure are in RV(problems[].code).", "code_sample": ""}
#: Module -> the shared sources that it uses, and their samples.
_MODULES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "akv_azure_info": (("error",), _NO_CODE),
    "akv_info": (("error",), {}),
    "akv_migrate": (("records", "results", "error"), {"state": _STATE, "action": "migrate", "fields": "[uuid]"}),
    "akv_rekey": (("records", "results", "error"), {"state": "", "action": "rekey", "fields": "[key_id]"}),
    "akv_restore": (("records", "results", "error"), {"state": _STATE, "action": "restore", "fields": "[]"}),
    "akv_settings": (("error",), {}),
    "akv_svm_info": (("error",), {}),
    "azure_key_vault": (
        ("records", "results", "error"),
        {"state": "", "action": "create", "fields": "[client_secret]"},
    ),
}


def _fill(module: str) -> str:
    """Return the shared return values of a module as YAML."""
    sources, samples = _MODULES[module]
    text = "".join((_SOURCES / f"{name}.txt").read_text(encoding="utf-8").partition("---\n")[2] for name in sources)
    for name, sample in {**_CODE, **samples}.items():
        text = text.replace(f"@{name}@", sample)
    return text


def _part(module: str) -> Part:
    return Part(ROOT / "plugins" / "modules" / f"{module}.py", _BEGIN, _END, lambda: _fill(module))


PARTS = tuple(_part(module) for module in _MODULES)
