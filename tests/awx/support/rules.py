# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses of the objects that the role makes, as its sources of release 24.6 have it. Each function returns
its complaint or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, sandbox

_FIELD_KEYS = {
    "id",
    "label",
    "type",
    "help_text",
    "multiline",
    "secret",
    "ask_at_runtime",
    "format",
    "choices",
    "default",
}
_OF_TEXT_ALONE = ("choices", "multiline", "format", "secret")
_ANSWERS: dict[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
}
_RESERVED = ("ANSIBLE_",)
_FILE = re.compile(r"template(\.[a-zA-Z_][a-zA-Z0-9_]*)?")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def credential_type(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> str | None:
    """A credential type: its fields, and that its templates name no other."""
    return next(_of_fields(inputs), None) or next(_of_injectors(inputs, injectors), None)


def _of_fields(inputs: Mapping[str, Any]) -> Iterator[str]:
    if set(inputs) - {"fields", "required"}:
        yield f"inputs: {sorted(inputs)}"
    names = [field.get("id", "") for field in inputs.get("fields", [])]
    if len(set(names)) != len(names) or "tower" in names or not all(map(_NAME.fullmatch, names)):
        yield f"field IDs: {names}"
    for field in inputs.get("fields", []):
        if set(field) - _FIELD_KEYS or not field.get("label"):
            yield f"field {field}"
        if field.get("type") not in ("string", "boolean"):
            yield f"type of {field}"
        if field["type"] == "boolean" and any(key in field for key in _OF_TEXT_ALONE):
            yield f"{field} is no text"


def _of_injectors(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> Iterator[str]:
    if set(injectors) - {"env", "file", "extra_vars"}:
        yield f"injectors: {sorted(injectors)}"
    files = list(injectors.get("file", {}))
    if not all(map(_FILE.fullmatch, files)) or ("template" in files and len(files) > 1):
        yield f"file: {files}"
    namespace: dict[str, Any] = {field["id"]: "EXAMPLE" for field in inputs.get("fields", [])}
    namespace["tower"] = {"filename": {name.partition(".")[2]: "EXAMPLE" for name in files}}
    environment = sandbox.ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for name, template in [*injectors.get("file", {}).items(), *injectors.get("env", {}).items()]:
        try:
            environment.from_string(template).render(namespace)
        except TemplateError as error:
            yield f"{name}: {error}"
    for name, template in injectors.get("env", {}).items():
        if not _NAME.fullmatch(name) or name.startswith(_RESERVED) or not template.isascii():
            yield f"environment variable {name}"


def credential(inputs: Mapping[str, Any], fields: list[dict[str, Any]]) -> str | None:
    """What a credential holds: fields of its type, with values of their type."""
    types = {field["id"]: bool if field["type"] == "boolean" else str for field in fields}
    wrong = [name for name, value in inputs.items() if name not in types or not isinstance(value, types[name])]
    return f"inputs: {wrong}" if wrong else None


def notification(configuration: Mapping[str, Any]) -> str | None:
    """The configuration of a webhook, the only kind that the tests use."""
    missing = {"url", "headers"} - set(configuration)
    return f"missing required fields: {sorted(missing)}" if missing else None


def survey(spec: Mapping[str, Any]) -> str | None:
    """A survey: its questions, and that a default is one of the choices."""
    if not (isinstance(spec.get("name"), str) and isinstance(spec.get("description"), str) and spec.get("spec")):
        return "name, description or spec is missing"
    questions = spec["spec"]
    variables = [question.get("variable") for question in questions]
    if len(set(variables)) != len(variables):
        return f"a variable is asked for twice: {variables}"
    return next((complaint for question in questions for complaint in _of_question(question)), None)


def _of_question(question: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(question.get(key), str) for key in ("type", "question_name", "variable")) or not isinstance(
        question.get("required"), bool
    ):
        yield f"a key is missing or of another type: {question}"
    if question["type"] not in _ANSWERS:
        yield f"type: {question}"
    default = question.get("default", "")
    if default != "" and not _is_of_type(default, question["type"]):
        yield f"default: {question}"
    if not all(isinstance(question.get(key, 0), int) for key in ("min", "max")):
        yield f"limits: {question}"
    if question["type"] in ("multiplechoice", "multiselect"):
        if not question.get("choices") or set(str(default).splitlines()) - set(question["choices"]):
            yield f"choices: {question}"
        if question["type"] == "multiplechoice" and "\n" in str(default):
            yield f"several defaults: {question}"


def _is_of_type(value: Any, kind: str) -> bool:
    """Whether an answer has the type of its question; to Python a boolean is a number, to AWX it is none."""
    return isinstance(value, _ANSWERS[kind]) and not isinstance(value, bool)


def answers(data: Mapping[str, Any], questions: list[dict[str, Any]], *, complete: bool) -> str | None:
    """Variables kept with a schedule or a node: each asked for in the survey, and right; complete: none missing that
    has to be answered.

    A question that has to be answered has to be answered here even where it has a default.
    """
    asked = {question["variable"] for question in questions}
    if set(data) - asked:
        return f"variables {sorted(set(data) - asked)} are not allowed on launch"
    missing = [
        question["variable"] for question in questions if question["required"] and question["variable"] not in data
    ]
    if complete and missing:
        return f"values missing: {missing}"
    wrong = [
        question["variable"]
        for question in questions
        if question["variable"] in data and not _answers(question, data[question["variable"]])
    ]
    return f"wrong answers: {wrong}" if wrong else None


def _answers(question: Mapping[str, Any], value: Any) -> bool:
    if question["type"] == "multiselect":
        return isinstance(value, list) and not set(value) - set(question["choices"])
    if question["type"] == "multiplechoice":
        return value in question["choices"]
    if not _is_of_type(value, question["type"]):
        return False
    size = value if isinstance(value, int) else len(value)
    return bool(question.get("min", size) <= size <= question.get("max", size))


def rrule(rule: str) -> str | None:
    """A recurrence rule: AWX wants the start and the interval."""
    if not re.fullmatch(r"DTSTART(;TZID=\S+)?:\d{8}T\d{6}Z? RRULE:FREQ=\w+;\S+", rule) or "INTERVAL=" not in rule:
        return f"rrule: {rule}"
    return None
