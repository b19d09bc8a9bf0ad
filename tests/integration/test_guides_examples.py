# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the guides and READMEs, run unchanged except that host names lead to simulators, and folders of the
machine to folders of the test.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.guides import EXAMPLES, examples
from ansible_collections.ontap.akv.tests.integration.support.project import (
    CLIENT_ID,
    CLUSTERS,
    Project,
    project,
    two_clusters,
)
from ansible_collections.ontap.akv.tests.unit.support.dates import get_today
from simulator import Simulator
from tooling.paths import ROOT

#: Folder of the controller in the examples -> its folder in the test.
FOLDERS = {"/etc/ssl/": "ssl", "/srv/akv/": "srv", "/var/reports/": "reports"}
TENANT_ID = "66666666-7777-8888-9999-000000000000"
VAULT = "https://ourvault.vault.azure.net/"
ON_CLUSTERS = ("-i", "getting_started/clusters.yml")
ON_FIRST = (*ON_CLUSTERS, "--limit", CLUSTERS[0])
SOON = str(get_today() + dt.timedelta(days=10))
LATE = str(get_today() + dt.timedelta(days=100))


@pytest.fixture(scope="session")
def _two_clusters() -> Iterator[tuple[list[Simulator], str]]:
    with two_clusters() as found:
        yield found


@pytest.fixture
def guide(_two_clusters: tuple[list[Simulator], str], plays: Ansible, tmp_path: Path) -> Project:
    """Copy all examples, and create the files of the controller that they name."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    for path in folder.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        for name, replaced in FOLDERS.items():
            text = text.replace(name, f"{tmp_path}/{replaced}/")
        path.write_text(text, encoding="utf-8")
    for name in FOLDERS.values():
        (tmp_path / name).mkdir()
    made = project(folder, *_two_clusters, plays)
    (tmp_path / "ssl" / "company-ca.pem").write_text(made.authorities, encoding="utf-8")
    shutil.copy(made.clusters[0].client_cert_path, tmp_path / "ssl" / "ansible.pem")
    shutil.copy(made.clusters[0].client_key_path, tmp_path / "ssl" / "ansible.key")
    for name in ("akv.p12", "akv-before.p12"):
        certificate = pfx(ends=60)
        plays.secrets.hide(name, base64_of(certificate))
        (tmp_path / "ssl" / name).write_bytes(certificate)
    made.env |= {
        "ONTAP_AKV_OLD_CLIENT_SECRET": plays.secrets.new("old-client-secret"),
        "ONTAP_AKV_CLIENT_ID": CLIENT_ID,
        "ANSIBLE_STDOUT_CALLBACK": "default",
    }
    return made


def configured(guide: Project, *svms: str, **fields: str) -> None:
    """Configure SVMs of the first cluster, by default every SVM of both, as in the examples."""
    described = {
        "name": VAULT,
        "key_id": f"{VAULT}keys/ontap",
        "client_id": CLIENT_ID,
        "tenant_id": TENANT_ID,
        **fields,
    }
    for cluster in guide.clusters[: 1 if svms else 2]:
        for svm in svms or sorted(cluster.control.state()["svms"]):
            cluster.control.put_record(svm, client_secret=guide.env["ONTAP_AKV_OLD_CLIENT_SECRET"], **described)


def without_volumes(guide: Project, *svms: str) -> None:
    """Remove the encrypted volumes from SVMs of the first cluster."""
    for svm in svms:
        guide.clusters[0].control.svm(svm, encrypted_volumes=0)


def play(guide: Project, *arguments: str) -> str:
    """Run ansible-playbook, first in check mode, which must send no writes; return the output of the second run."""
    before = guide.writes
    guide.run("ansible-playbook", *arguments, "--check", "--diff")
    assert guide.writes == before
    return guide.run("ansible-playbook", *arguments)


def first_playbook(guide: Project) -> None:
    play(guide, "readme/akv.yml")
    assert sorted(guide.configurations()[0]) == ["svm1", "svm2"]
    assert guide.secrets == {guide.env["ONTAP_AKV_CLIENT_SECRET"]}
    assert "changed=0" in guide.run("ansible-playbook", "readme/akv.yml")


def role_configure(guide: Project) -> None:
    play(guide, "roles/akv_configure.yml", *ON_FIRST)
    assert {svm: each["key_id"].rpartition("/")[2] for svm, each in guide.configurations()[0].items()} == {
        "svm1": "ontap",
        "svm2": "ontap",
        "svm3": "other",
    }


def role_decommission(guide: Project) -> None:
    configured(guide, "svm2", "svm3")
    without_volumes(guide, "svm3")
    play(guide, "roles/akv_decommission.yml", *ON_FIRST)
    assert sorted(guide.configurations()[0]) == ["svm2"]


def role_health(guide: Project) -> None:
    configured(guide)
    guide.run("ansible-playbook", "roles/akv_health.yml", *ON_CLUSTERS, "-e", f"akv_credential_expires={LATE}")
    done = guide.tried("ansible-playbook", "roles/akv_health.yml", *ON_CLUSTERS, "-e", f"akv_credential_expires={SOON}")
    assert done.returncode == 2
    assert "the credential expires on" in done.stdout


def role_recover(guide: Project) -> None:
    configured(guide)
    guide.clusters[0].control.reboot("node1")
    play(guide, "roles/akv_recover.yml", *ON_CLUSTERS)
    assert guide.done("restore") == [1, 1, 1, 0]


def role_report(guide: Project) -> None:
    configured(guide)
    guide.run("ansible-playbook", "roles/akv_report.yml", *ON_CLUSTERS)
    written = guide.folder.parent / "reports" / "akv"
    assert len(json.loads((written / "akv.json").read_text(encoding="utf-8"))["clusters"]) == 2


def role_rotate_credentials(guide: Project) -> None:
    configured(guide)
    play(guide, "roles/akv_rotate_credentials.yml", *ON_CLUSTERS)
    assert guide.secrets == {guide.env["ONTAP_AKV_CLIENT_SECRET"]}


def role_rotate_key(guide: Project) -> None:
    configured(guide)
    play(guide, "roles/akv_rotate_key.yml", *ON_CLUSTERS)
    assert (guide.done("rekey-external"), guide.done("rekey-internal")) == ([1] * 4, [1] * 4)


def role_awx_content(guide: Project) -> None:
    """The variables are options of the role."""
    guide.run("ansible-playbook", "--syntax-check", "-e", "@roles/awx_content_clusters.yml", "ontap.akv.awx_setup")
    options = loaded(ROOT / "roles" / "awx_content" / "meta" / "argument_specs.yml")["argument_specs"]["main"][
        "options"
    ]
    given = loaded(guide.folder / "roles" / "awx_content_clusters.yml")
    assert set(given) <= set(options)
    assert given["awx_content_hosts_are"] in options["awx_content_hosts_are"]["choices"]


def role_awx_content_forward(guide: Project) -> None:
    """Exactly the modules that the role calls are forwarded."""
    tasks = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "roles" / "awx_content" / "tasks").glob("*.yml")
    )
    modules = loaded(guide.folder / "roles" / "awx_content_forward.yml")["plugin_routing"]["modules"]
    assert set(modules) == set(re.findall(r"awx\.awx\.(\w+):", tasks))
    assert all(each == {"redirect": f"ansible.controller.{name}"} for name, each in modules.items())


def on_the_simulator(guide: Project) -> None:
    guide.env["ONTAP_HOSTNAME"] = CLUSTERS[0]
    # The example contains a secret, not one of the test.
    printed = play(guide, "getting_started/simulator.yml")
    assert "svm2: keys available True, Azure reachable True" in printed
    assert "changed=0" in guide.run("ansible-playbook", "getting_started/simulator.yml")


def several_clusters(guide: Project) -> None:
    arguments = (*ON_CLUSTERS, "ontap.akv.configure", "-e", "akv_hosts=clusters")
    play(guide, *arguments)
    assert [sorted(cluster) for cluster in guide.configurations()] == [["svm1", "svm2", "svm3"], ["svm1"]]
    assert "changed=0" in guide.run("ansible-playbook", *arguments)
    assert "Checked 4 configurations on 2 clusters" in guide.run("ansible-playbook", *ON_CLUSTERS, "ontap.akv.health")


def certificate_login(guide: Project) -> None:
    configured(guide, "svm1")
    for name in ("ONTAP_USERNAME", "ONTAP_PASSWORD"):
        del guide.env[name]
    assert "1 configurations" in guide.run("ansible-playbook", "getting_started/certificate_login.yml")
    assert {entry["auth"] for entry in guide.clusters[0].control.log()} == {"certificate"}


def azure_role(_guide: Project) -> None:
    """The rights are those in the text."""
    role = json.loads((EXAMPLES / "getting_started" / "azure_role.json").read_text(encoding="utf-8"))
    text = (EXAMPLES.parent / "guide_getting_started.rst").read_text(encoding="utf-8")
    (granted,) = re.findall(r"--key-permissions ([a-zA-Z ]+)\n", text)
    in_the_role = {
        path.removeprefix("Microsoft.KeyVault/vaults/keys/").removesuffix("/action") for path in role["DataActions"]
    }
    assert in_the_role == {{"get": "read"}.get(name, name.removesuffix("Key")) for name in granted.split()}
    assert f"--role '{role['Name']}'" in text


def look(guide: Project) -> None:
    configured(guide, "svm1")
    assert '"msg": []' in guide.run("ansible-playbook", "concepts/look.yml", *ON_CLUSTERS)
    guide.clusters[0].control.reboot("node1")
    assert "svm1: the keys are not available" in guide.run("ansible-playbook", "concepts/look.yml", *ON_CLUSTERS)


def look_at_all(guide: Project) -> None:
    configured(guide, "svm1", "svm2")
    guide.clusters[0].control.reboot("node1")
    shown = guide.run("ansible-playbook", "troubleshooting/look.yml", *ON_CLUSTERS)
    assert "svm1: the keys are not available" in shown
    assert "ekmip_reachability" in shown
    assert "svm2" not in shown


def outage(guide: Project) -> None:
    configured(guide, "svm1")
    play(guide, "concepts/outage.yml")
    settings = guide.clusters[0].control.state()["settings"]
    assert (settings["health_monitor_polling_interval"], settings["cloud_kms_retry_count"]) == (30, 5)


def svms_exist(guide: Project) -> None:
    configured(guide, "svm1", "svm3")
    without_volumes(guide, "svm1", "svm3")
    guide.clusters[0].control.remove_svm("svm3")
    assert guide.tried("ansible-playbook", "concepts/svms_exist.yml").returncode == 2
    assert guide.writes == [[], []]
    guide.clusters[0].control.add_svm("svm3")
    play(guide, "concepts/svms_exist.yml")
    assert guide.configurations()[0] == {}


def azure_check(guide: Project) -> None:
    """A valid secret succeeds; an expired one fails the play and shows the command to reset it."""
    side = guide.clusters[0].azure
    guide.env["ONTAP_AKV_AZURE_CA_PATH"] = side.ca_path
    side.control.vault("ourvault", tenant=TENANT_ID)
    guide.run("ansible-playbook", "azure/check.yml")
    side.control.application(CLIENT_ID, secrets=[{"value": guide.env["ONTAP_AKV_CLIENT_SECRET"], "expires_in": -60}])
    done = guide.tried("ansible-playbook", "azure/check.yml")
    assert done.returncode == 2
    assert f"az ad app credential reset --id {CLIENT_ID} --append" in done.stdout


def azure_government(guide: Project) -> None:
    """In this example, a certificate that expires in 50 days is a problem."""
    side = guide.clusters[0].azure
    guide.env["ONTAP_AKV_AZURE_CA_PATH"] = side.ca_path
    side.control.vault("ourvault.vault.usgovcloudapi.net", tenant=TENANT_ID)
    for days, status in ((50, 2), (90, 0)):
        certificate = pfx(ends=days, rsa=True)
        side.control.application(CLIENT_ID, certificates=[base64_of(certificate)])
        (guide.folder.parent / "ssl" / "akv.p12").write_bytes(certificate)
        assert guide.tried("ansible-playbook", "azure/government.yml").returncode == status


def azure_health(guide: Project) -> None:
    """A certificate that expires in 20 days is a problem, in 60 days not; the excluded application is a warning."""
    side = guide.clusters[0].azure
    guide.env["ONTAP_AKV_AZURE_CA_PATH"] = side.ca_path
    side.control.vault("ourvault", tenant=TENANT_ID)
    configured(guide, "svm1", "svm3")
    configured(guide, "svm2", client_id="22222222-3333-4444-5555-666666666666")
    for days, status in ((60, 0), (20, 2)):
        certificate = pfx(ends=days, rsa=True)
        side.control.application(CLIENT_ID, certificates=[base64_of(certificate)])
        (guide.folder.parent / "ssl" / "akv.p12").write_bytes(certificate)
        done = guide.tried(
            "ansible-playbook", *ON_FIRST, "ontap.akv.health", "-e", "@azure/health.yml", "-e", "akv_checks=ekmip"
        )
        assert done.returncode == status
        assert ("The client certificate expires on" in done.stdout) is (status == 2)
        assert "names this application with an empty credential" in done.stdout


def certificate_expiry(guide: Project) -> None:
    playbook = ("ansible-playbook", "day2/certificate_expiry.yml", "-e")
    guide.run(*playbook, f"secret_expires={LATE}")
    assert "It expires on" in guide.tried(*playbook, f"secret_expires={SOON}").stdout
    (guide.folder.parent / "ssl" / "akv.p12").write_bytes(pfx(ends=20))
    assert "in 19 days" in guide.tried(*playbook, f"secret_expires={LATE}").stdout


def rotate_secret(guide: Project) -> None:
    """The rotation begins with the canary; the rollback restores the old secret."""
    configured(guide)
    arguments = (*ON_CLUSTERS, "ontap.akv.rotate_credentials", "-e", "@day2/rotate_secret.yml")
    play(guide, *arguments)
    assert guide.secrets == {guide.env["ONTAP_AKV_CLIENT_SECRET"]}
    svms = guide.clusters[0].control.state()["svms"]
    assert svms["svm2"]["configuration"]["uuid"] in guide.writes[0][0]["path"]
    guide.run("ansible-playbook", *arguments, "-e", "akv_rollback=true")
    assert guide.secrets == {guide.env["ONTAP_AKV_OLD_CLIENT_SECRET"]}


def rotate_certificate(guide: Project) -> None:
    configured(guide)
    play(guide, *ON_CLUSTERS, "ontap.akv.rotate_credentials", "-e", "@day2/rotate_certificate.yml")
    assert guide.secrets == {None}
    assert all(each["client_certificate"] for cluster in guide.configurations() for each in cluster.values())


def rotate_key(guide: Project) -> None:
    """SVMs of an earlier run are skipped."""
    configured(guide)
    play(
        guide,
        *ON_CLUSTERS,
        "ontap.akv.rotate_key",
        "-e",
        "@day2/rotate_key.yml",
        "-e",
        f"akv_done=svm1@{CLUSTERS[0]},svm2@{CLUSTERS[0]}",
    )
    assert (guide.done("rekey-external"), guide.done("rekey-internal")) == ([0, 0, 1, 1], [0, 0, 1, 1])


def move_away(guide: Project) -> None:
    """ONTAP refuses the removal until the keys are migrated."""
    configured(guide, "svm3")
    guide.clusters[0].control.put_key_manager(kind="onboard")
    play(guide, "day2/move_away.yml")
    assert guide.configurations()[0] == {}
    assert guide.clusters[0].control.state()["svms"]["svm3"]["keys_on_admin"]


def another_vault(guide: Project) -> None:
    """The new configuration is enabled, and the old one is removed."""
    guide.renew(guide.clusters[0], version="9.15.1")
    configured(guide, "svm3")
    play(guide, "day2/another_vault.yml")
    assert guide.configurations()[0]["svm3"]["name"] == "https://newvault.vault.azure.net/"
    removed = guide.writes[0][-1]
    assert (removed["method"], removed["path"].rpartition("/")[0], removed["status"]) == (
        "DELETE",
        "/api/security/key-stores",
        200,
    )


def another_vault_older(guide: Project) -> None:
    """If ONTAP refuses the new vault, the keys stay with the cluster; if it accepts it, they move there. Check mode
    reports the old vault.
    """
    cluster = guide.clusters[0]
    configured(guide, "svm3")
    cluster.control.put_key_manager(kind="onboard")
    assert "ONTAP cannot change it" in guide.tried("ansible-playbook", "day2/another_vault_older.yml", "--check").stdout
    assert "65537505" in guide.tried("ansible-playbook", "day2/another_vault_older.yml").stdout
    assert (guide.configurations()[0], cluster.control.state()["svms"]["svm3"]["keys_on_admin"]) == ({}, True)
    guide.renew(cluster)
    configured(guide, "svm3")
    cluster.control.put_key_manager(kind="onboard")
    cluster.control.knob(admin_keys_refuse_create=False)
    guide.run("ansible-playbook", "day2/another_vault_older.yml")
    assert guide.configurations()[0]["svm3"]["name"] == "https://newvault.vault.azure.net/"
    assert not cluster.control.state()["svms"]["svm3"]["keys_on_admin"]


def monitoring(guide: Project) -> None:
    """Each cluster has a file, even if it refuses the login."""
    configured(guide)
    guide.clusters[0].control.reboot("node1")
    guide.clusters[1].control.user("ansible", "another-password")
    guide.run("ansible-playbook", "day2/monitoring.yml", *ON_CLUSTERS)
    first, second = (
        json.loads((guide.folder.parent / "srv" / f"{name}.json").read_text(encoding="utf-8")) for name in CLUSTERS
    )
    assert ([each["svm"] for each in first["problems"]], first["error"]) == (["svm1", "svm2", "svm3"], "")
    assert (second["problems"], "ONTAP error 6" in second["error"]) == ([], True)


def new_secret(guide: Project) -> None:
    configured(guide)
    new = guide.env["ONTAP_AKV_CLIENT_SECRET"] = guide.ansible.secrets.new("new-client-secret")
    play(guide, "scale/new_secret.yml", *ON_CLUSTERS, "-e", '{"svms": ["svm1"]}')
    assert [cluster["svm1"]["client_secret"] for cluster in guide.configurations()] == [new] * 2


def internal_keys(guide: Project) -> None:
    configured(guide)
    play(guide, "scale/internal_keys.yml", "-i", "awx/inventory/akv.yml")
    assert guide.done("rekey-internal") == [1] * 4


def inventory_of_svms(guide: Project) -> None:
    configured(guide)
    listed = json.loads(guide.run("ansible-inventory", "-i", "awx/inventory/akv.yml", "--list"))
    assert listed["cluster_cluster2_example_com"]["hosts"] == [f"svm1@{CLUSTERS[1]}"]
    assert len(listed["method_client_secret"]["hosts"]) == 4


def project_of_awx(guide: Project) -> None:
    """Runs the inventory with its variables, and the playbook."""
    play(
        guide,
        "-i",
        "awx/inventory/clusters.yml",
        "ontap.akv.configure",
        "-e",
        "akv_hosts=clusters",
        "--limit",
        CLUSTERS[1],
    )
    assert [sorted(cluster) for cluster in guide.configurations()] == [[], ["svm1"]]
    assert "Checked 1 configuration on 2 clusters" in guide.run(
        "ansible-playbook", "-i", "awx/inventory/clusters.yml", "awx/playbooks/health.yml"
    )


def migration(guide: Project, playbook: str) -> None:
    """The playbook creates, rotates and re-keys; a second run after a reboot also restores the keys."""
    guide.run("ansible-playbook", playbook)
    guide.clusters[0].control.reboot("node1")
    printed = guide.run("ansible-playbook", playbook)
    assert (guide.done("create"), guide.done("rekey-internal"), guide.done("restore")) == ([1, 1], [2, 2], [1, 1])
    assert guide.secrets == {guide.env["ONTAP_AKV_CLIENT_SECRET"]}
    assert f"svm2: {VAULT}keys/ontap" in printed


def before_uri(guide: Project) -> None:
    migration(guide, "migration/before_uri.yml")


def after(guide: Project) -> None:
    migration(guide, "migration/after.yml")


def adopt(guide: Project) -> None:
    """Existing configurations need one request and no change; differences are reported in check mode."""
    guide.run("ansible-playbook", "migration/before_uri.yml")
    kept = guide.configurations()
    for cluster in guide.clusters:
        cluster.control.clear_log()
    play(guide, "migration/adopt.yml")
    assert (guide.configurations(), guide.writes) == (kept, [[], []])
    assert len(guide.clusters[0].control.log()) == 2
    guide.clusters[0].control.remove_record("svm2")
    assert "svm2" in guide.tried("ansible-playbook", "migration/adopt.yml", "--check", "--diff").stdout


def syntax_beside_netapp_ontap(guide: Project) -> None:
    """netapp.ontap is not installed: an empty module of that name is enough to check the syntax."""
    modules = guide.folder.parent / "collections" / "ansible_collections" / "netapp" / "ontap" / "plugins" / "modules"
    modules.mkdir(parents=True)
    (modules / "na_ontap_restit.py").touch()
    guide.env["ANSIBLE_COLLECTIONS_PATH"] += f":{guide.folder.parent / 'collections'}"
    for playbook in ("migration/before_restit.yml", "migration/both.yml"):
        guide.run("ansible-playbook", "--syntax-check", playbook)
        (play_of_it,) = loaded(guide.folder / playbook)
        calls = [
            task["netapp.ontap.na_ontap_restit"]
            for task in play_of_it["tasks"]
            if "netapp.ontap.na_ontap_restit" in task
        ]
        # Options of na_ontap_restit in netapp.ontap 23.6.0 that are used.
        login = {"hostname", "username", "password", "https", "validate_certs", "use_rest"}
        assert {name for call in calls for name in call} <= {
            "api",
            "method",
            "query",
            "body",
            "wait_for_completion",
        } | login
        assert set(play_of_it["module_defaults"].get("netapp.ontap.na_ontap_restit", login)) == login


#: Example -> its check. Add each new example here.
CHECKED: dict[str, Callable[[Project], None]] = {
    "awx/inventory/akv.yml": inventory_of_svms,
    "awx/inventory/clusters.yml": project_of_awx,
    "awx/inventory/group_vars/clusters.yml": project_of_awx,
    "awx/inventory/host_vars/cluster2.example.com.yml": project_of_awx,
    "awx/playbooks/health.yml": project_of_awx,
    "azure/check.yml": azure_check,
    "azure/government.yml": azure_government,
    "azure/health.yml": azure_health,
    "concepts/look.yml": look,
    "concepts/outage.yml": outage,
    "concepts/svms_exist.yml": svms_exist,
    "day2/another_vault.yml": another_vault,
    "day2/another_vault_older.yml": another_vault_older,
    "day2/certificate_expiry.yml": certificate_expiry,
    "day2/monitoring.yml": monitoring,
    "day2/move_away.yml": move_away,
    "day2/rotate_certificate.yml": rotate_certificate,
    "day2/rotate_key.yml": rotate_key,
    "day2/rotate_secret.yml": rotate_secret,
    "getting_started/azure_role.json": azure_role,
    "getting_started/certificate_login.yml": certificate_login,
    "getting_started/clusters.yml": several_clusters,
    "getting_started/simulator.yml": on_the_simulator,
    "migration/adopt.yml": adopt,
    "migration/after.yml": after,
    "migration/before_restit.yml": syntax_beside_netapp_ontap,
    "migration/before_uri.yml": before_uri,
    "migration/both.yml": syntax_beside_netapp_ontap,
    "readme/akv.yml": first_playbook,
    "roles/akv_configure.yml": role_configure,
    "roles/akv_decommission.yml": role_decommission,
    "roles/akv_health.yml": role_health,
    "roles/akv_recover.yml": role_recover,
    "roles/akv_report.yml": role_report,
    "roles/akv_rotate_credentials.yml": role_rotate_credentials,
    "roles/akv_rotate_key.yml": role_rotate_key,
    "roles/awx_content_clusters.yml": role_awx_content,
    "roles/awx_content_forward.yml": role_awx_content_forward,
    "scale/internal_keys.yml": internal_keys,
    "scale/new_secret.yml": new_secret,
    "troubleshooting/look.yml": look_at_all,
}
#: tests/package/test_guide_awx.py checks awx/awx.yml with the installed collection,
#: tests/package/test_guide_versions.py the examples with a published collection,
#: tests/eda/test_guide.py those for ansible-rulebook.
CHECKED_ELSEWHERE = {"awx/awx.yml", *(name for name in examples() if name.startswith(("eda/", "versions/")))}


def loaded(path: Path) -> Any:
    """Return the content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_each_example_has_check() -> None:
    assert set(CHECKED) | CHECKED_ELSEWHERE == set(examples())


@pytest.mark.parametrize("check", dict.fromkeys(CHECKED.values()), ids=lambda check: check.__name__)
def test_example_works(guide: Project, check: Callable[[Project], None]) -> None:
    check(guide)
