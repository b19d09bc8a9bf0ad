# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that other tools send to a cluster, read from their public sources and written down as data.

Terraform: NetApp/terraform-provider-netapp-ontap, commit 497113f; the files are below internal/.
Harvest: NetApp/harvest, commit 7a7ba3d.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VAULTS = "/api/security/azure-key-vaults"
NEW_VAULT = {
    "svm": {"name": "svm1"},
    "name": "https://vault1.vault.azure.net/",
    "key_id": "https://vault1.vault.azure.net/keys/key1",
    "client_id": "client1",
    "tenant_id": "tenant1",
    "client_secret": "first",
}
#: Neither sends a header Accept of its own but for Harvest's, so Terraform's responses have links.
HEADERS = {
    "terraform": {"Content-Type": "application/json", "X-Dot-Client-App": "Terraform"},
    "harvest": {"Accept": "application/json"},
}


@dataclass(frozen=True)
class Shape:
    """A request, and what its sender reads in the response.

    source: where the tool builds it. path: `{vault}`, `{svm}`, `{cluster}` and `{job}` stand for UUIDs. reads: fields
    of the first record (of the response, if it has no records) that the sender needs.
    """

    tool: str
    source: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: dict[str, Any] | None = None
    status: int = 200
    reads: tuple[str, ...] = field(default=())


def terraform(
    source: str,
    path: str,
    reads: str = "",
    method: str = "GET",
    body: dict[str, Any] | None = None,
    status: int = 200,
    **query: str,
) -> Shape:
    return Shape(
        "terraform",
        source,
        path,
        tuple((name.replace("__", "."), value) for name, value in query.items()),
        method,
        body,
        status,
        tuple(reads.split()),
    )


def harvest(source: str, path: str, reads: str = "", *, query: str = "", status: int = 200) -> Shape:
    pairs = tuple((name, value) for name, _sign, value in (part.partition("=") for part in query.split("&") if part))
    return Shape("harvest", source, path, pairs, status=status, reads=tuple(reads.split()))


_CLUSTER = "name,location,contact,dns_domains,name_servers,ntp_servers,management_interfaces,timezone,certificate,uuid"
_SVM = "name,ipspace,snapshot_policy,subtype,comment,language,max_volumes,aggregates"
_WRITE = {"return_timeout": "60"}
_KNOWN_EVENTS = "ekmip.akv.available,ekmip.akv.notAvailable,raid.encrypt.no.key"
_BATCH = "max_records=500"

SHAPES = (
    terraform("interfaces/cluster.go, GetCluster", "/api/cluster", "name uuid management_interfaces.ip.address timezone.name", fields=_CLUSTER),
    terraform("interfaces/cluster.go, GetClusterNodes", "/api/cluster/nodes", "name management_interfaces.ip.address", fields="management_interfaces,name"),
    terraform("interfaces/svm.go, GetSvmByName", "/api/svm/svms", "name uuid", name="svm1"),
    terraform("interfaces/svm.go, GetSvmByNameDataSource", "/api/svm/svms", "ipspace.name subtype max_volumes", fields=_SVM, name="svm1"),
    terraform("interfaces/svm.go, GetSvmsByName", "/api/svm/svms", "name language snapshot_policy.name", fields=_SVM),
    terraform(
        "interfaces/security_account.go, GetSecurityAccounts", "/api/security/accounts", "name owner.uuid role.name applications.application locked scope",
        fields="name,owner,locked,comment,role,scope,applications",
    ),
    terraform(
        "interfaces/security_role.go, GetSecurityRoles", "/api/security/roles", "name owner.name privileges.path privileges.access scope builtin",
        fields="name,scope,owner,privileges,builtin",
    ),
    terraform("interfaces/cluster_job.go, GetClusterJob", "/api/cluster/jobs/{job}", "state"),
    # The provider has no resource for the configurations; every resource that it creates, changes and deletes is sent
    # like this.
    terraform(
        "restclient/rest_client.go, CallCreateMethod", VAULTS, "uuid svm.name", method="POST", body=NEW_VAULT, status=201, return_records="true", **_WRITE
    ),
    terraform(
        "restclient/rest_client.go, CallUpdateMethod", f"{VAULTS}/{{vault}}", method="PATCH", body={"client_secret": "second"}, return_records="true", **_WRITE
    ),
    terraform("restclient/rest_client.go, CallDeleteMethod", f"{VAULTS}/{{vault}}", method="DELETE", **_WRITE),
    harvest("cmd/tools/rest/client.go, UpdateClusterInfo", "/api/cluster", "name uuid version.generation", query="return_records=true&fields=*"),
    harvest("cmd/tools/rest/client.go, UpdateClusterInfo", "/api/cluster/counter/tables", query="return_records=false", status=404),
    harvest(
        "cmd/poller/poller.go, sendHarvestVersion", "/api/cluster", "uuid",
        query="ignore_unknown_fields=true&fields=harvestTag,linux,0123456789abcdef,26.05.0,100",
    ),
    harvest(
        "cmd/collectors/rest/rest.go, getNodeUuids", "/api/cluster/nodes", "serial_number system_id",
        query=f"return_records=true&fields=serial_number,system_id&{_BATCH}",
    ),
    harvest(
        "conf/rest/9.12.0/node.yaml", "/api/cluster/nodes", "name model serial_number state uuid version.full uptime controller.failed_fan.count",
        query=f"return_records=true&fields=*&{_BATCH}&ignore_unknown_fields=true",
    ),
    harvest("conf/rest/9.12.0/node.yaml", "/api/private/cli/node", query="return_records=true&fields=health,node", status=404),
    harvest("conf/rest/9.10.0/svm.yaml", "/api/private/cli/vserver", query="return_records=true&fields=operational_state,type", status=404),
    harvest(
        "conf/rest/9.10.0/svm.yaml", "/api/svm/svms", "name nfs.enabled nsswitch.hosts",
        query=f"return_records=true&fields=name,nfs.enabled,nsswitch&{_BATCH}&ignore_unknown_fields=true",
    ),
    harvest(
        "conf/rest/9.12.0/security_account.yaml", "/api/security/accounts", "name owner.name locked password_hash_algorithm role.name",
        query=f"return_records=true&fields=locked,name,owner.name,password_hash_algorithm,role.name&{_BATCH}&ignore_unknown_fields=true",
    ),
    harvest(
        "cmd/collectors/rest/plugins/securityaccount/securityaccount.go", "/api/security/accounts",
        "name owner.name applications.application applications.authentication_methods", query=f"return_records=true&fields=applications&{_BATCH}",
    ),
    harvest("conf/rest/9.12.0/status.yaml", "/api/cluster", "health", query="return_records=true&fields=_tags,health&ignore_unknown_fields=true"),
    harvest("conf/rest/9.12.0/security.yaml", "/api/security", query="return_records=true&fields=*", status=404),
    harvest("cmd/collectors/ems/ems.go, PollInstance", "/api/support/ems/messages", "name", query=f"return_records=true&fields=name&{_BATCH}"),
    harvest(
        "cmd/collectors/ems/ems.go, getHref", "/api/support/ems/events", "index message.name message.severity node.uuid parameters.name time",
        query="return_records=true&fields=*&message.severity=alert|emergency|error|informational|notice"
        f"&message.name={_KNOWN_EVENTS}&order_by=index asc&time=>=1500000000&{_BATCH}",
    ),
)  # fmt: skip
