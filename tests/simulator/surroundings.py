# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of what other tools read around the configurations: the cluster, its nodes and its SVMs.

They have the values of a small cluster after its setup (assumption), as far as the vendor's modules, its Terraform
provider and its collector Harvest read them. Addresses are those of RFC 5737.
"""

from __future__ import annotations

from typing import Any

from .cluster import Cluster, Node, Svm, named_uuid

Record = dict[str, Any]

#: Protocols of an SVM: allowed, and no service is configured.
_PROTOCOLS = ("cifs", "fcp", "iscsi", "nfs", "nvme", "s3")
_NSSWITCH = {
    "hosts": ["files", "dns"],
    "group": ["files"],
    "passwd": ["files"],
    "netgroup": ["files"],
    "namemap": ["files"],
}


def _interface(name: str, address: str) -> Record:
    return {"uuid": named_uuid("interface", name), "name": name, "ip": {"address": address}}


def cluster_record(cluster: Cluster) -> Record:
    """The cluster itself."""
    name = cluster.config.name
    return {
        "uuid": cluster.uuid,
        "name": name,
        "version": cluster.release.as_record(),
        "contact": "",
        "location": "",
        "health": "ok",
        "timezone": {"name": "Etc/UTC"},
        "dns_domains": [],
        "name_servers": [],
        "ntp_servers": [],
        "san_optimized": False,
        "disaggregated": False,
        "management_interfaces": [_interface("cluster_mgmt", "192.0.2.1")],
        "certificate": {"uuid": named_uuid("certificate", name), "name": name},
        "peering_policy": {
            "authentication_required": True,
            "encryption_required": True,
            "minimum_passphrase_length": 8,
        },
    }


def node_record(cluster: Cluster, node: Node) -> Record:
    """A node."""
    names = list(cluster.nodes)
    place = names.index(node.name) + 1
    partners = [{"uuid": cluster.nodes[name].uuid, "name": name} for name in names[:2] if name != node.name]
    return {
        "uuid": node.uuid,
        "name": node.name,
        "state": "up" if node.up else "down",
        "membership": "member",
        "version": cluster.release.as_record(),
        "model": "SIMBOX",
        "serial_number": f"4082368-50-{place}",
        "system_id": f"40823685{place:02d}",
        "location": "",
        "owner": "",
        "uptime": int(cluster.clock.now() - node.booted),
        "date": cluster.clock.text(cluster.clock.now()),
        "ha": {"enabled": bool(partners), "auto_giveback": bool(partners), "partners": partners},
        "controller": {
            "over_temperature": "normal",
            "failed_fan": {"count": 0, "message": {"code": "111411207", "message": "There are no failed fans."}},
            "failed_power_supply": {
                "count": 0,
                "message": {"code": "111411208", "message": "There are no failed power supplies."},
            },
        },
        "management_interfaces": [_interface(f"{node.name}_mgmt1", f"192.0.2.{10 + place}")],
        "cluster_interfaces": [
            _interface(f"{node.name}_clus{number}", f"169.254.{number}.{place}") for number in (1, 2)
        ],
    }


def svm_record(svm: Svm) -> Record:
    """A data SVM."""
    return {
        "uuid": svm.uuid,
        "name": svm.name,
        "state": "running",
        "subtype": "default",
        "comment": "",
        "language": "c.utf_8",
        "ipspace": {"uuid": named_uuid("ipspace", "Default"), "name": "Default"},
        "snapshot_policy": {"uuid": named_uuid("snapshot policy", "default"), "name": "default"},
        "aggregates": [],
        "max_volumes": "unlimited",
        "nsswitch": _NSSWITCH,
        **{name: {"allowed": True, "enabled": False} for name in _PROTOCOLS},
        "ndmp": {"allowed": False},
        "anti_ransomware_default_volume_state": "disabled",
        "auto_enable_analytics": False,
        "auto_enable_activity_tracking": False,
    }
