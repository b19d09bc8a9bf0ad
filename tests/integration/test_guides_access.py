# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of the cluster in the guide to getting started: the rights in its table are necessary and sufficient for
each job.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.converge import cli
from ansible_collections.ontap.akv.plugins.modules import (
    akv_info,
    akv_migrate,
    akv_rekey,
    akv_restore,
    akv_settings,
    akv_svm_info,
    azure_key_vault,
)
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.guides import directives, guides, rows
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run_brisk
from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory, cluster
from ansible_collections.ontap.akv.tests.integration.support.plays import play
from ansible_collections.ontap.akv.tests.integration.support.roles import writes
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    CLIENT_ID,
    OTHER_KEY,
    PROPERTIES,
    SVMS,
    configured,
)
from simulator import Simulator
from simulator.roles import FIRST_LEVELS, LEVELS, allows

GUIDE = guides()["guide_getting_started"]
#: Path -> access level.
Privileges = dict[str, str]
USER = "limited"


def table() -> dict[str, Privileges]:
    """Return job -> privileges from the table of the guide."""
    found: dict[str, Privileges] = {}
    whole = next(each for each in directives(GUIDE, "list-table") if each.argument == "Minimum access levels")
    for job, path, level in rows(whole.content):
        if job:
            name = job.replace("``", "")
        found.setdefault(name, {})[path.strip("`")] = level.strip("`")
    return found


def made_by_commands(text: str) -> dict[str, Privileges]:
    """Return role -> privileges from the commands of the guide."""
    found: dict[str, Privileges] = {}
    for role, path, level in re.findall(r"security login rest-role create -role (\w+) -api (\S+) -access (\w+)", text):
        found.setdefault(role, {})[path] = level
    return found


TABLE, ROLES = table(), made_by_commands(GUIDE)
#: The roles without optional rights.
FIRST_ROLES = made_by_commands(GUIDE.partition("Add these rights if you need them")[0])


@dataclass
class Access:
    """A user with some privileges, and methods that work as that user."""

    simulator: Simulator
    plays: Ansible
    inventory: Inventory
    privileges: Privileges

    def __post_init__(self) -> None:
        password = self.plays.secrets.new("limited-password")
        self.simulator.control.user(USER, password, privileges=self.privileges)
        self.login = {"username": USER, "password": password}

    def module(self, module: ModuleType, **options: Any) -> dict[str, Any]:
        """Run a module that must succeed, and return its result. Jobs take longer than the cluster waits."""
        done = run_brisk(self.simulator, module, **self.login, timeout=2, **options)
        assert not done.failed, done.result["msg"]
        return done.result

    def playbook(self, name: str, **variables: Any) -> None:
        self.plays.environment |= {"ONTAP_USERNAME": USER, "ONTAP_PASSWORD": self.login["password"]}
        play(self.plays, name, None, akv_timeout=2, **variables).ok()

    def hosts(self, **source: Any) -> list[str]:
        """Return the names of the hosts that the inventory plugin creates."""
        told = self.inventory.list({"clusters": [cluster(self.simulator) | self.login], "on_error": "fail", **source})
        assert told.status == 0, told.told
        return told.names

    def used(self) -> dict[str, set[str]]:
        """Return path of a privilege -> methods of the requests that needed it."""
        found: dict[str, set[str]] = {path: set() for path in self.privileges}
        for entry in self.simulator.control.log():
            fitting = [
                path for path in self.privileges if entry["path"] == path or entry["path"].startswith(f"{path}/")
            ]
            assert fitting, entry["path"]
            assert entry["status"] not in (401, 403), entry["path"]
            found[max(fitting, key=len)].add(entry["method"])
        return found


def least(methods: set[str], levels: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Return the lowest access level that allows some methods. levels: those of a release; default: of the newest."""
    levels = levels or LEVELS
    return min(
        (level for level, allowed in levels.items() if methods <= set(allowed)), key=lambda level: len(levels[level])
    )


def look(access: Access) -> None:
    configured(access.simulator, "svm1", "svm2")
    access.module(akv_info, fields=["**"])
    assert len(access.hosts(health=True)) == 2


def newest(access: Access) -> None:
    """Use a release with states of key stores."""
    access.simulator.control.reset(version="9.19.1", svms=list(SVMS))
    access.__post_init__()
    configured(access.simulator, "svm1", "svm2")


def health(access: Access) -> None:
    newest(access)
    access.playbook("health")


def report(access: Access) -> None:
    newest(access)
    access.playbook("report", akv_report_health=True)


def svms(access: Access) -> None:
    assert access.module(akv_svm_info, svm=["svm1", "nobody"])["missing"] == ["nobody"]


def settings(access: Access) -> None:
    configured(access.simulator, "svm1")
    assert access.module(akv_settings, health_monitor_polling_interval=20, cloud_kms_retry_count=5)["changed"]


def all_svms(access: Access) -> None:
    configured(access.simulator, "svm1")
    assert len(access.hosts(svms="all")) == len(SVMS)


def configurations(access: Access, *, removes: bool = True) -> None:
    """Create, change in a job, and remove configurations."""
    made = {"svm": "svm3", **PROPERTIES, "client_secret": "a-secret"}
    access.simulator.control.knob(async_patch=True)
    entries: list[dict[str, Any]] = [{**made, "proxy_host": "proxy.example.com", "proxy_type": "http"}]
    access.playbook("configure", akv_configurations=[made], akv_update_credentials="on_create")
    access.playbook("configure", akv_configurations=entries, akv_update_credentials="on_create")
    access.playbook(
        "configure",
        akv_configurations=[{**made, "key_id": OTHER_KEY, "allow_rekey": True}],
        akv_update_credentials="on_create",
    )
    if removes:
        access.playbook("configure", akv_configurations=[{"svm": "svm3", "state": "absent"}])
        access.module(azure_key_vault, **made | {"svm": ["svm3"]})
        access.module(azure_key_vault, svm=["svm3"], state="absent")


def configurations_that_stay(access: Access) -> None:
    configurations(access, removes=False)


def rotate(access: Access) -> None:
    configured(access.simulator, "svm1", "svm2", client_secret="an-old-secret")
    access.simulator.control.knob(async_patch=True)
    access.playbook(
        "rotate_credentials",
        akv_client_id=CLIENT_ID,
        akv_client_secret="a-new-secret",
        akv_old_client_secret="an-old-secret",
    )
    access.playbook(
        "rotate_credentials",
        akv_client_id=CLIENT_ID,
        akv_client_secret="a-new-secret",
        akv_old_client_secret="an-old-secret",
        akv_rollback=True,
    )


def rekey(access: Access) -> None:
    configured(access.simulator, "svm1", "svm2")
    access.module(akv_rekey, svm=["*"], key="external", key_id=OTHER_KEY)
    access.playbook("rotate_key", akv_key="both", akv_key_id=PROPERTIES["key_id"], akv_svm="*")


def recover(access: Access) -> None:
    configured(access.simulator, "svm1", "svm2")
    for node in ("node1", "node2"):
        access.simulator.control.reboot(node)
        if node == "node1":
            access.module(akv_restore, svm=["*"])
    access.playbook("recover")


def decommission(access: Access) -> None:
    configured(access.simulator, "svm3")
    access.playbook("decommission", akv_svm="svm3", akv_confirm=True)


def migrate(access: Access) -> None:
    configured(access.simulator, "svm1")
    access.simulator.control.put_key_manager(kind="onboard")
    access.module(akv_migrate, svm=["svm1"], to="key_manager")
    access.module(akv_migrate, svm=["svm1"], to="azure_key_vault")


def several(access: Access) -> None:
    """Create and enable a second configuration, and remove the first; this reads the release."""
    access.simulator.control.reset(version="9.15.1", svms=list(SVMS))
    access.__post_init__()
    configured(access.simulator, "svm1")
    made = {"svm": ["svm1"], "configuration": "second", "enabled": True, **PROPERTIES, "client_secret": "a-secret"}
    access.module(azure_key_vault, **made)
    access.module(azure_key_vault, svm=["svm1"], configuration="default", state="absent")


#: What each job in the table does.
JOBS: dict[str, Callable[[Access], None]] = {
    "akv_info, inventory svms": look,
    "health": health,
    "report": report,
    "akv_svm_info": svms,
    "akv_settings": settings,
    "inventory svms with svms: all": all_svms,
    "azure_key_vault, configure": configurations,
    "configure that removes nothing": configurations_that_stay,
    "rotate_credentials": rotate,
    "akv_rekey, rotate_key": rekey,
    "akv_restore, recover": recover,
    "decommission": decommission,
    "akv_migrate": migrate,
    "azure_key_vault or configure with configuration and enabled": several,
}


def with_volumes(simulator: Simulator, **config: Any) -> None:
    """Give the first SVMs encrypted volumes, and let jobs take longer than the cluster waits for them."""
    simulator.control.reset(svms=list(SVMS), job_seconds=1.2, **config)
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)


def test_every_job_in_table_is_tested() -> None:
    assert set(TABLE) == set(JOBS)
    assert all(level in LEVELS for privileges in (*TABLE.values(), *ROLES.values()) for level in privileges.values())


@pytest.mark.parametrize("job", TABLE)
def test_privileges_of_job_are_necessary_and_sufficient(
    simulator: Simulator, plays: Ansible, inventory: Inventory, job: str
) -> None:
    """The privileges in the table are sufficient, each path is used, and no lower level would be enough."""
    with_volumes(simulator)
    access = Access(simulator, plays, inventory, TABLE[job])
    JOBS[job](access)
    assert {path: least(methods) for path, methods in access.used().items()} == TABLE[job]


def lacking(privileges: Privileges) -> list[str]:
    """Return the jobs in the table for which some privileges are not sufficient."""

    def allowed(path: str) -> set[str]:
        return {method for method in LEVELS["all"] if allows(privileges, method, path)}

    return [
        job
        for job, needed in TABLE.items()
        if any(not set(LEVELS[level]) <= allowed(path) for path, level in needed.items())
    ]


def test_roles_contain_privileges_of_table() -> None:
    """One role is for jobs that only read; the other is for all jobs except five, and with optional rights for these
    too.
    """
    reading = list(TABLE)[:5]
    assert lacking(FIRST_ROLES["akv_read"]) == [job for job in TABLE if job not in reading]
    assert set(ROLES["akv_read"].values()) == {"readonly"}
    assert lacking(FIRST_ROLES["akv_change"]) == [
        "health",
        "report",
        "akv_migrate",
        "azure_key_vault or configure with configuration and enabled",
        "akv_settings",
    ]
    assert lacking(ROLES["akv_change"]) == []
    assert all(f"-authentication-method password -role {role}" in GUIDE for role in ROLES)


def test_reader_can_only_use_check_mode(simulator: Simulator, plays: Ansible, inventory: Inventory) -> None:
    """Check mode succeeds for such a user; ONTAP refuses writes, and nothing more is started."""
    with_volumes(simulator)
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    access = Access(simulator, plays, inventory, ROLES["akv_read"])
    plays.environment |= {"ONTAP_USERNAME": USER, "ONTAP_PASSWORD": access.login["password"]}
    play(plays, "recover", None, "--check").ok()
    play(plays, "decommission", None, "--check", akv_svm="svm2", akv_confirm=True).ok()
    assert writes(simulator) == []
    assert "needs access to /api/security/azure-key-vaults" in play(plays, "recover").failed().texts
    assert {entry["status"] for entry in writes(simulator)} == {403}


@pytest.mark.parametrize("version", ["9.8.0", "9.9.1", "9.10.1"])
def test_role_for_earlier_releases_is_sufficient(
    simulator: Simulator, plays: Ansible, inventory: Inventory, version: str
) -> None:
    """The role for earlier releases is sufficient for all jobs and uses only levels that they have."""
    with_volumes(simulator, version=version)
    access = Access(simulator, plays, inventory, ROLES["akv_older"])
    rekey(access)
    recover(access)
    decommission(access)
    levels = {level: LEVELS[level] for level in FIRST_LEVELS}
    needed = {path: least(methods, levels) for path, methods in access.used().items() if methods}
    private = "/api/private/cli/security/key-manager/external/azure"
    assert needed | ({private: "all"} if version == "9.10.1" else {}) == ROLES["akv_older"]


def test_role_for_ontapi_contains_commands() -> None:
    """The role for ONTAPI contains exactly the commands that modules run."""
    made = set(re.findall(r'security login role create -role akv_ontapi -cmddirname "([a-z -]+)" -access all', GUIDE))
    assert made == {" ".join((*cli._COMMAND, action)) for action in ("restore", "rekey-internal", "rekey-external")}
