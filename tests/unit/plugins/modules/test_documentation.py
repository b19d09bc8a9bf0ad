# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the modules matches their argument specifications."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils.akv import selection
from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.options import OPTIONS, build_argument_spec
from ansible_collections.ontap.akv.plugins.module_utils.converge import outcome

PACKAGE = "ansible_collections.ontap.akv.plugins"
ROOT = Path(__file__).parents[4]
NAMES = [
    "akv_azure_info",
    "akv_info",
    "akv_migrate",
    "akv_rekey",
    "akv_restore",
    "akv_settings",
    "akv_svm_info",
    "azure_key_vault",
]
MODULES = {name: importlib.import_module(f"{PACKAGE}.modules.{name}") for name in NAMES}
CHANGING = [name for name in NAMES if not name.endswith("_info") and name != "akv_settings"]
IN_DOCUMENTATION = ("type", "elements", "choices", "default", "aliases")


def fragment(name: str) -> dict[str, Any]:
    """Return the documentation fragment that a module names."""
    _namespace, _collection, fragment_name, *variant = name.split(".")
    found = importlib.import_module(f"{PACKAGE}.doc_fragments.{fragment_name}").ModuleDocFragment
    text = getattr(found, variant[0].upper() if variant else "DOCUMENTATION")
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


def documentation(module: ModuleType) -> dict[str, Any]:
    """Return the documentation of a module with its fragments."""
    own: dict[str, Any] = yaml.safe_load(module.DOCUMENTATION)
    options: dict[str, Any] = dict(own.get("options", {}))
    attributes: dict[str, Any] = dict(own.get("attributes", {}))
    for name in own["extends_documentation_fragment"]:
        shared = fragment(name)
        assert not set(shared["options"]) & set(options), f"{name} describes an option twice"
        options.update(shared["options"])
        for attribute, described in shared.get("attributes", {}).items():
            attributes[attribute] = {**described, **attributes.get(attribute, {})}
    return {**own, "options": options, "attributes": attributes}


def described(option: dict[str, Any]) -> dict[str, Any]:
    """Return the properties in which documentation and specification must agree. The order of lists is ignored."""
    kept = {name: option[name] for name in IN_DOCUMENTATION if option.get(name) is not None}
    kept.setdefault("type", "str")
    return {
        **kept,
        "required": bool(option.get("required")),
        **{name: sorted(kept[name]) for name in ("choices", "aliases") if name in kept},
    }


def all_texts(value: Any) -> list[str]:
    """Return every text of a documentation."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in all_texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in all_texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", NAMES)
def test_documentation_matches_argument_spec(name: str) -> None:
    module = MODULES[name]
    documented = {option: described(entry) for option, entry in documentation(module)["options"].items()}
    specified = {option: described(entry) for option, entry in module.ARGUMENT_SPEC.items()}
    assert documented == specified


@pytest.mark.parametrize("name", NAMES)
def test_documented_releases_match_the_table(name: str) -> None:
    """Each option names the first release that has it or can change it. Options without a release exist since 9.8."""
    for option, entry in documentation(MODULES[name])["options"].items():
        if option in releases.SETTINGS:
            told = " ".join(all_texts(entry["description"]))
            assert (f"Needs ONTAP {releases.SETTINGS[option]} or later." in told) is (
                releases.SETTINGS[option] > releases.CALLS["key-manager-configs"]
            )
        if option not in releases.FIELDS or name in ("akv_azure_info", "akv_rekey"):
            continue
        text = " ".join(all_texts(entry["description"]))
        first, change = releases.find_first(option), releases.FIELDS[option].change
        told = set(re.findall(r"needs ONTAP ([0-9.]*[0-9]) or later", text, re.IGNORECASE))
        assert told == {str(version) for version in (first, change or first) if version > (9, 8)}, option


@pytest.mark.parametrize(
    ("name", "specification"),
    [
        ("ontap.akv.connection", build_argument_spec()),
        ("ontap.akv.targets", selection.TARGET_OPTIONS),
        ("ontap.akv.waiting", outcome.WAIT_OPTIONS),
        ("ontap.akv.attributes", {}),
        ("ontap.akv.attributes.actions", {}),
        ("ontap.akv.attributes.info", {}),
    ],
)
def test_fragments_match_option_tables(name: str, specification: dict[str, Any]) -> None:
    documented = {option: described(entry) for option, entry in fragment(name)["options"].items()}
    assert documented == {option: described(entry) for option, entry in specification.items()}


def test_environment_variables_are_documented_with_their_options() -> None:
    for name, entry in fragment("ontap.akv.connection")["options"].items():
        variable = OPTIONS[name].env
        mentioned = {
            word
            for text in all_texts(entry)
            for word in text.replace("E(", " E(").split()
            if word.startswith("E(ONTAP_")
        }
        assert mentioned == ({f"E({variable})"} if variable else set())


@pytest.mark.parametrize("name", NAMES)
def test_module_documentation_is_complete(name: str) -> None:
    module = MODULES[name]
    documented = documentation(module)
    assert documented["module"] == name
    assert documented["version_added"]
    assert any("ONTAP 9." in text for text in documented["description"])
    assert {"check_mode", "diff_mode", "idempotent", "platform", "action_group"} <= set(documented["attributes"])
    assert all({"description", "support"} <= set(attribute) for attribute in documented["attributes"].values())
    assert all(entry["description"] for entry in documented["options"].values())


@pytest.mark.parametrize("name", NAMES)
def test_examples_use_only_existing_options(name: str) -> None:
    options = documentation(MODULES[name])["options"]
    known = set(options) | {alias for entry in options.values() for alias in entry.get("aliases", [])}
    examples = yaml.safe_load(MODULES[name].EXAMPLES)
    assert examples
    for example in examples:
        assert set(example[f"ontap.akv.{name}"] or {}) <= known
        assert example["name"]


def keys(entries: dict[str, Any]) -> set[str]:
    """Return the names that a part of RETURN describes."""
    assert all(entry["description"] and entry["type"] and entry["returned"] for entry in entries.values())
    return set(entries)


@pytest.mark.parametrize("name", NAMES)
def test_return_values_are_described(name: str) -> None:
    returned = yaml.safe_load(MODULES[name].RETURN)
    assert keys(returned["error"]["contains"]) == {"code", "message", "target", "status", "method", "path", "hint"}
    first = {"akv_svm_info": "svms", "akv_azure_info": "usable", "akv_settings": "settings"}.get(
        name, "azure_key_vaults"
    )
    assert returned[first]["sample"]
    if name in CHANGING:
        result = returned["results"]["contains"]
        assert keys(result) == {
            "svm",
            "uuid",
            "configuration",
            "action",
            "changed",
            "fields",
            "job",
            "message",
            "recovered",
            "error",
        }
        assert keys(result["job"]["contains"]) == {"uuid", "state", "message"}
    elif name == "akv_azure_info":
        assert keys(returned["problems"]["contains"]) == {"check", "severity", "code", "reason", "message", "hint"}
        assert keys(returned["azure"]["contains"]) == {"vault", "login", "certificate", "key", "operations", "versions"}
    elif name == "akv_settings":
        assert keys(returned["settings"]["contains"]) == set(releases.SETTINGS)
    else:
        assert "num_records" in returned


def test_action_group_contains_all_modules() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    # role_task runs others of these modules for the roles; it has no argument specification of its own.
    assert sorted(runtime["action_groups"]["akv"]) == [*NAMES, "role_task"]
    assert sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")) == [*NAMES, "role_task"]


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_secrets_are_no_log(name: str) -> None:
    specification = MODULES[name].ARGUMENT_SPEC
    secret = {"password", "client_secret", "client_certificate", "proxy_password"} & set(specification)
    assert {option for option, entry in specification.items() if entry.get("no_log")} == secret
