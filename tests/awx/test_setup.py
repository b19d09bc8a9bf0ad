# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role sets up a controller with the published modules of awx.awx; a second run changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.awx.support.setup import AwxJob, Machine, SetUp
from ansible_collections.ontap.akv.tests.awx.support.store import Store
from ansible_collections.ontap.akv.tests.awx.support.variables import LEAST, PLAYBOOKS
from tooling import awx
from tooling.paths import ROOT

PAGE = (ROOT / "roles" / "awx_content" / "README.md").read_text(encoding="utf-8")


def links(store: Store, workflow: str) -> dict[str, dict[str, list[str]]]:
    """Return the links of a workflow: node -> kind of link -> nodes."""
    owner = store.named("workflow_job_templates", workflow)["id"]
    nodes = [node for node in store.all("workflow_job_template_nodes") if node["workflow_job_template"] == owner]
    return {
        node["identifier"]: {
            kind: [other["identifier"] for other in found]
            for kind in ("success_nodes", "failure_nodes", "always_nodes")
            if (found := store.members("workflow_job_template_nodes", node["id"], kind))
        }
        for node in nodes
    }


def names(items: list[dict[str, Any]]) -> list[str]:
    return sorted(str(item["name"]) for item in items)


def listed(store: Store, kind: str, name: str, members: str) -> list[str]:
    """Return the names of the members of an object."""
    return names(store.members(kind, store.named(kind, name)["id"], members))


def test_each_playbook_has_template_with_survey_and_credentials(done: tuple[Machine, SetUp]) -> None:
    """Every playbook has a template with a survey and exactly the credentials that it needs."""
    store = done[0].controller.store
    templates = store.all("job_templates")
    # If hosts are SVMs, there is no template for configure.
    assert {template["playbook"] for template in templates} == {
        f"playbooks/{name}.yml" for name in PLAYBOOKS if name != "configure"
    }
    assert len(templates) == len(PLAYBOOKS) + 1
    for template in templates:
        assert template["name"].startswith("AKV ")
        assert template["ask_limit_on_launch"]
        assert template["ask_job_type_on_launch"]
        assert not template["ask_variables_on_launch"]
        assert store.questions(template["id"])
        assert listed(store, "job_templates", template["name"], "labels") == ["akv"]
        needs_azure = template["playbook"].removeprefix("playbooks/").removesuffix(".yml") in (
            "configure",
            "rotate_credentials",
            "rotate_key",
            "health",
            "report",
        )
        assert listed(store, "job_templates", template["name"], "credentials") == ["AKV Azure"] * needs_azure + [
            "AKV ONTAP"
        ]
    assert json.loads(store.named("job_templates", "AKV roll credentials back")["extra_vars"])["akv_rollback"] is True
    source = store.named("inventory_sources", "AKV svms of the project")
    assert (source["source_path"], source["overwrite"], source["update_on_launch"]) == ("inventory/akv.yml", True, True)
    assert source["credential"] == store.named("credentials", "AKV ONTAP")["id"]


def test_workflows_link_nodes(done: tuple[Machine, SetUp]) -> None:
    """The nodes and their links; only the rotation has an approval."""
    store = done[0].controller.store
    assert links(store, "AKV check, approve and rotate credentials") == {
        "check": {"success_nodes": ["approve"]},
        # If it is denied or expires, AWX treats it as failed: nothing follows.
        "approve": {"success_nodes": ["rotate"]},
        "rotate": {"success_nodes": ["verify"], "failure_nodes": ["roll back"]},
        "verify": {"failure_nodes": ["roll back"]},
        "roll back": {},
    }
    assert links(store, "AKV check and recover keys") == {
        "check": {"failure_nodes": ["recover"]},
        "recover": {"success_nodes": ["verify"]},
        "verify": {},
    }
    (approval,) = store.all("workflow_approval_templates")
    assert [
        node["identifier"]
        for node in store.all("workflow_job_template_nodes")
        if node["unified_job_template"] == approval["id"]
    ] == ["approve"]


def test_schedules_are_created(done: tuple[Machine, SetUp]) -> None:
    """The schedule of the health check is enabled, that of the re-key is not."""
    store = done[0].controller.store
    assert {schedule["name"]: schedule["enabled"] for schedule in store.all("schedules")} == {
        "AKV health check": True,
        "AKV new internal keys": False,
    }


def test_empty_credentials_are_not_overwritten(done: tuple[Machine, SetUp]) -> None:
    """They are created empty and not changed in later runs. Check mode sends nothing and predicts changes."""
    machine, first = done
    store = machine.controller.store
    assert len(first.writes) > len(PLAYBOOKS)
    credential = store.named("credentials", "AKV ONTAP")
    assert credential["inputs"] == {}
    store.change(
        "credentials", credential["id"], {"inputs": {"username": "admin", "password": machine.secrets.new("typed in")}}
    )

    again = machine.run(LEAST).ok()
    assert (again.changed, again.writes) == ([], [])

    checked = machine.run({**LEAST, "awx_content_forks": 20}, "--check").ok()
    assert (checked.changed, checked.writes) == (["ontap.akv.awx_content : Create the job templates"], [])
    assert {template["forks"] for template in store.all("job_templates")} == {0}
    assert credential["inputs"]["username"] == "admin"


def test_check_mode_succeeds_before_first_setup(machine: Machine, awx_job: AwxJob) -> None:
    """The modules of awx.awx cannot refer to objects that do not exist: the role reports it, sends nothing and does not
    fail. The run is a job of the controller, whose inventory is empty.
    """
    given = {**LEAST, "awx_content_organization": "Storage", "awx_content_organization_create": True}
    job = awx_job(machine, given, "--check").ok()
    assert "does not exist yet" in job.told
    assert machine.controller.writes == []


def test_slices_are_asked_for_on_launch(done: tuple[Machine, SetUp], clusters: tuple[Machine, dict[str, Any]]) -> None:
    """AWX slices the inventory regardless of the limit, so a launch with a limit can set one slice; workflows do."""
    for machine, prefix in ((done[0], "AKV "), (clusters[0], "prod ")):
        store = machine.controller.store
        asked = {
            template["name"].removeprefix(prefix)
            for template in store.all("job_templates")
            if template["ask_job_slice_count_on_launch"]
        }
        assert {
            "health",
            "health, in workflows",
            "recover keys",
            "rotate credentials",
            "roll credentials back",
            "rotate keys",
        } <= asked
        assert not asked & {"report", "decommission"}
        approvals = {item["id"] for item in store.all("workflow_approval_templates")}
        nodes = store.all("workflow_job_template_nodes")
        assert {node["job_slice_count"] for node in nodes if node["unified_job_template"] not in approvals} == {1}


def test_automation_controller_finds_nothing_to_change(machine: Machine, awx_job: AwxJob, tmp_path: Path) -> None:
    """The setup updates a new inventory and sends only variables that are set: a second run changes nothing, and keeps
    those that the update merged.

    The first run is a job of the controller. The second one has ansible.controller instead of awx.awx, and uses
    the forwarding collection in the README.
    """
    store = machine.controller.store
    store.group_vars = {"akv_ca_path": "/etc/ssl/company-ca.pem"}
    given = {**LEAST, "awx_content_ontap_inputs": {"username": "akv", "password": machine.secrets.new("password")}}
    awx_job(machine, given).ok()
    assert [line for line in machine.controller.writes if line.endswith("/update/")] != []
    assert json.loads(store.named("inventories", "AKV svms")["variables"]) == store.group_vars
    place = tmp_path / "collections" / "ansible_collections"
    shutil.copytree(awx.collections() / "ansible_collections" / "awx" / "awx", place / "ansible" / "controller")
    forwarding = place / "awx" / "awx" / "meta"
    forwarding.mkdir(parents=True)
    (forwarding / "runtime.yml").write_text(block("meta/runtime.yml"), encoding="utf-8")
    machine.collections = [tmp_path / "collections"]
    again = machine.run(given).ok()
    assert "ansible_collections/ansible/controller/plugins/modules/job_template.py" in again.output
    assert (again.changed, again.writes) == ([], [])
    assert len(store.all("job_templates")) == len(PLAYBOOKS) + 1
    assert json.loads(store.named("inventories", "AKV svms")["variables"]) == store.group_vars


def test_reports_inventory_that_needs_update(done: tuple[Machine, SetUp]) -> None:
    """Without a login nothing is updated; the run says what to do before the first launch."""
    assert [line for line in done[1].writes if line.endswith("/update/")] == []
    assert "update the inventory source" in done[1].output


def test_variables_set_names_and_settings(clusters: tuple[Machine, dict[str, Any]]) -> None:
    """Names, organization, execution environment, clusters as hosts, slices, notifications."""
    machine, variables = clusters
    store = machine.controller.store
    owner = store.named("organizations", "Storage")["id"]
    for kind in (
        "credentials",
        "execution_environments",
        "projects",
        "inventories",
        "job_templates",
        "workflow_job_templates",
        "labels",
    ):
        assert {item["organization"] for item in store.all(kind)} == {owner}
    assert not [item["name"] for item in store.all("unified_job_templates") if item["name"].startswith("AKV")]
    assert store.all("inventory_sources") == []
    assert {host["name"]: host["variables"] for host in store.all("hosts")} == {
        "cluster1": '{"akv_hostname": "192.0.2.1"}',
        "cluster2": '{"akv_hostname": "192.0.2.2"}',
        "cluster3": "",
    }
    assert store.named("credentials", "prod ONTAP")["inputs"] == {
        name: value
        for name, value in variables["awx_content_ontap_inputs"].items()
        if name not in ("hostname", "insecure")
    }
    environment = store.named("execution_environments", "prod execution environment")["id"]
    assert {template["execution_environment"] for template in store.all("job_templates")} == {environment}
    assert store.named("job_templates", "prod rotate keys")["job_slice_count"] == 4
    assert store.named("job_templates", "prod configure")["playbook"] == "keys/configure.yml"
    assert json.loads(store.named("job_templates", "prod report")["extra_vars"]) == {
        "akv_hosts": "cluster*",
        **variables["awx_content_extra_vars"]["report"],
    }
    assert "akv_svm" in {
        question["variable"] for question in store.questions(store.named("job_templates", "prod decommission")["id"])
    }
    assert listed(store, "job_templates", "prod health", "notification_templates_error") == ["on-call"]
    assert listed(store, "job_templates", "prod health, in workflows", "notification_templates_error") == []
    assert listed(store, "job_templates", "prod roll credentials back", "notification_templates_success") == ["on-call"]
    assert listed(store, "workflow_job_templates", "Are the keys well?", "notification_templates_error") == ["on-call"]
    assert listed(
        store,
        "workflow_job_templates",
        "prod check, approve and rotate credentials",
        "notification_templates_approvals",
    ) == ["on-call"]
    assert store.all("workflow_approval_templates")[0]["timeout"] == 3600


def test_secrets_are_sent_again_only_on_request(clusters: tuple[Machine, dict[str, Any]]) -> None:
    """A second run changes nothing and keeps host variables that were entered in AWX; awx_content_update_secrets sends
    only the secrets again. No output contains a secret.
    """
    machine, variables = clusters
    store = machine.controller.store
    host = store.named("hosts", "cluster3")
    store.change("hosts", host["id"], {"variables": '{"akv_hostname": "192.0.2.3"}'})
    again = machine.run(variables).ok()
    assert (again.changed, again.writes) == ([], [])
    store.change("hosts", host["id"], {"variables": ""})

    new = machine.secrets.new("new client_secret")
    inputs = {**variables["awx_content_azure_inputs"], "client_secret": new}
    sent = machine.run({**variables, "awx_content_azure_inputs": inputs, "awx_content_update_secrets": True}).ok()
    assert store.named("credentials", "prod Azure")["inputs"]["client_secret"] == new
    assert {line.split("/")[3] for line in sent.writes} == {"credentials", "notification_templates"}


def test_shows_error_of_controller(machine: Machine) -> None:
    """A playbook that does not exist in the project fails the run with the controller's error."""
    machine.controller.store.playbooks.remove("playbooks/recover.yml")
    run = machine.run(LEAST)
    assert run.status != 0
    assert "playbook playbooks/recover.yml not found" in run.output


def test_misspelled_keys_are_refused(machine: Machine) -> None:
    """Otherwise an object would get its default name, or a template would lack its variables; nothing is created."""
    wrong = {
        "awx_content_names": {"projekt": "Key management", "recovery": "Lost keys"},
        "awx_content_extra_vars": {"reports": {"akv_report_directory": "/reports"}},
    }
    run = machine.run({**LEAST, **wrong})
    assert run.status != 0
    assert "awx_content_names: 'projekt' is not an option; did you mean project?" in run.output
    assert "awx_content_extra_vars: 'reports' is not an option; did you mean report?" in run.output
    assert run.writes == []


def block(file: str) -> str:
    """Return the block of the README after the name of a file."""
    return PAGE.partition(f"`{file}`")[2].partition("```yaml\n")[2].partition("```")[0]


def calls() -> list[tuple[str, dict[str, Any]]]:
    """Return the modules that the role calls, without their collection, and the tasks."""
    folder = ROOT / "roles" / "awx_content" / "tasks"
    tasks = [task for path in sorted(folder.glob("*.yml")) for task in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return [(key.removeprefix("awx.awx."), task) for task in tasks for key in task if key.startswith("awx.awx.")]


def test_forwarding_collection_names_every_module() -> None:
    """It names exactly the modules that the role calls."""
    used = {module for module, _task in calls()}
    routing = yaml.safe_load(block("meta/runtime.yml"))["plugin_routing"]["modules"]
    assert routing == {name: {"redirect": f"ansible.controller.{name}"} for name in sorted(used)}
    assert used <= {
        path.stem
        for path in (awx.collections() / "ansible_collections" / "awx" / "awx" / "plugins" / "modules").glob("*.py")
    }


def test_only_tasks_with_secrets_are_hidden() -> None:
    """No other task is hidden, because errors must be shown."""
    assert sorted(module for module, task in calls() if task.get("no_log")) == [
        "credential",
        "credential",
        "notification_template",
    ]
    assert [
        task["name"]
        for module, task in calls()
        if module in ("credential", "notification_template") and not task.get("no_log")
    ] == []


def test_every_variable_is_documented() -> None:
    """The defaults, the argument specification, the README and the playbook name the same variables."""
    folder = ROOT / "roles" / "awx_content"
    defaults = yaml.safe_load((folder / "defaults" / "main.yml").read_text(encoding="utf-8"))
    specification = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))[
        "argument_specs"
    ]["main"]["options"]
    assert {name: option.get("default") for name, option in specification.items()} == defaults
    playbook = (ROOT / "playbooks" / "awx_setup.yml").read_text(encoding="utf-8")
    assert [name for name in defaults if name not in playbook] == []
    assert [name for name in defaults if f"`{name}`" not in PAGE] == []


def test_inputs_have_every_field_of_their_credential_type() -> None:
    """The argument specification, the README and the playbook name each field of the types, so that it can be set."""
    folder = ROOT / "roles" / "awx_content"
    types = yaml.safe_load(
        (folder / "vars" / "main" / "credential_types.yml").read_text(encoding="utf-8").replace("!unsafe ", "")
    )
    specification = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specification["argument_specs"]["main"]["options"]
    playbook = (ROOT / "playbooks" / "awx_setup.yml").read_text(encoding="utf-8")
    for name, row in (("awx_content_ontap_inputs", "ONTAP"), ("awx_content_azure_inputs", "Azure application")):
        fields = [field["id"] for field in types[f"{name}_fields"]["fields"]]
        assert sorted(options[name]["options"]) == sorted(fields)
        (documented,) = (line for line in PAGE.splitlines() if line.startswith(f"| {row} |"))
        assert [field for field in fields if f"`{field}`" not in documented] == []
        meaning = playbook.partition(f"# {name} ")[2].partition("\n# awx_content_")[0]
        assert [field for field in fields if field not in meaning] == []
