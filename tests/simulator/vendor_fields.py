# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that GET has of the resources around the configurations, by the first release that has each.

Source: the lists `gettable_fields` and the schemas of the vendor's clients 9.8.0 to 9.19.1 (netapp-ontap on PyPI),
which tests/contract/test_vendor_fields.py compares with this table. What other tools ask for is among them; a field
that the simulator does not simulate has no value (README.md, "Around the configurations"). There is no client of 9.11:
what that of
9.12.1 adds counts from 9.11 on, as netapp.ontap takes it for `privileges.query`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .releases import Release
from .schema import Field

#: resource -> the first release that has the fields -> their names.
FIELDS: dict[str, dict[str, str]] = {
    "cluster": {
        "9.8": (
            """
            certificate.name certificate.uuid contact dns_domains location management_interfaces.ip.address
            management_interfaces.name management_interfaces.uuid metric name name_servers ntp_servers san_optimized
            statistics.iops_raw.other statistics.iops_raw.read statistics.iops_raw.total statistics.iops_raw.write
            statistics.latency_raw.other statistics.latency_raw.read statistics.latency_raw.total
            statistics.latency_raw.write statistics.status statistics.throughput_raw.other
            statistics.throughput_raw.read statistics.throughput_raw.total statistics.throughput_raw.write
            statistics.timestamp timezone.name uuid version.full version.generation version.major version.minor
        """
        ),
        "9.10": (
            """
            peering_policy.authentication_required peering_policy.encryption_required
            peering_policy.minimum_passphrase_length
        """
        ),
        "9.13": "_tags auto_enable_activity_tracking auto_enable_analytics",
        "9.16": (
            """
            active_directory.fqdn active_directory.name active_directory.organizational_unit
            active_directory.username disaggregated
        """
        ),
        "9.17": "active_directory.security.advertised_kdc_encryptions",
        "9.18": "cluster_network_overlay_enabled",
        "9.19": "ha.failover_protection_level",
    },
    "node": {
        "9.8": (
            """
            cluster_interfaces.ip.address cluster_interfaces.name cluster_interfaces.uuid
            controller.flash_cache.capacity controller.flash_cache.firmware_version
            controller.flash_cache.hardware_revision controller.flash_cache.model controller.flash_cache.part_number
            controller.flash_cache.serial_number controller.flash_cache.slot controller.flash_cache.state
            controller.frus.id controller.frus.state controller.frus.type controller.over_temperature date
            ha.auto_giveback ha.enabled ha.giveback.failure.code ha.giveback.failure.message ha.giveback.state
            ha.partners.name ha.partners.uuid ha.ports.number ha.ports.state ha.takeover.failure.code
            ha.takeover.failure.message ha.takeover.state location management_interfaces.ip.address
            management_interfaces.name management_interfaces.uuid membership metric metrocluster.custom_vlan_capable
            metrocluster.ports.name metrocluster.type model name serial_number service_processor.dhcp_enabled
            service_processor.firmware_version service_processor.ipv4_interface.address
            service_processor.ipv4_interface.gateway service_processor.ipv4_interface.netmask
            service_processor.ipv6_interface.address service_processor.ipv6_interface.gateway
            service_processor.ipv6_interface.netmask service_processor.link_status service_processor.mac_address
            service_processor.state state statistics.processor_utilization_base statistics.processor_utilization_raw
            statistics.status statistics.timestamp system_id system_machine_type uptime uuid vendor_serial_number
            version.full version.generation version.major version.minor vm.provider_type
        """
        ),
        "9.9": (
            """
            controller.board controller.cpu.count controller.cpu.firmware_release controller.cpu.processor
            controller.failed_fan.count controller.failed_fan.message.code controller.failed_fan.message.message
            controller.failed_power_supply.count controller.failed_power_supply.message.code
            controller.failed_power_supply.message.message controller.flash_cache.device_id
            controller.flash_cache.firmware_file controller.memory_size nvram.battery_state nvram.id owner
            storage_configuration
        """
        ),
        "9.10": (
            """
            external_cache.is_enabled external_cache.is_hya_enabled external_cache.is_rewarm_enabled
            external_cache.pcs_size is_spares_low service_processor.autoupdate_enabled
            service_processor.backup.is_current service_processor.backup.state service_processor.backup.version
            service_processor.is_ip_configured service_processor.last_update_state
            service_processor.primary.is_current service_processor.primary.state service_processor.primary.version
            service_processor.ssh_info.allowed_addresses service_processor.type
        """
        ),
        "9.11": (
            """
            ha.giveback.status.aggregate.name ha.giveback.status.aggregate.uuid ha.giveback.status.error.code
            ha.giveback.status.error.message ha.giveback.status.state ha.interconnect.adapter ha.interconnect.state
            hw_assist.status.enabled hw_assist.status.local.ip hw_assist.status.local.port
            hw_assist.status.local.state hw_assist.status.partner.ip hw_assist.status.partner.port
            hw_assist.status.partner.state service_processor.api_service.enabled
            service_processor.api_service.limit_access service_processor.api_service.port
            service_processor.auto_config.ipv4_subnet service_processor.auto_config.ipv6_subnet
            snaplock.compliance_clock_time
        """
        ),
        "9.14": (
            """
            ha.takeover_check.reasons ha.takeover_check.takeover_possible service_processor.ipv4_interface.enabled
            service_processor.ipv4_interface.setup_state service_processor.ipv6_interface.enabled
            service_processor.ipv6_interface.is_ipv6_ra_enabled service_processor.ipv6_interface.link_local_ip
            service_processor.ipv6_interface.router_ip service_processor.ipv6_interface.setup_state
            service_processor.web_service.enabled service_processor.web_service.limit_access system_aggregate.name
            system_aggregate.uuid
        """
        ),
        "9.16": "anti_ransomware_version storage_availability_zones.name storage_availability_zones.uuid",
        "9.17": (
            """
            external_cache_bypass.enabled external_cache_bypass.large_read_ops_allow_percent ha.auto_giveback_of
            ha.enable_takeover_of ha.type nvlog.backing_type nvlog.swap_mode
        """
        ),
        "9.19": (
            """
            ha.giveback_of.failure.code ha.giveback_of.failure.message ha.giveback_of.state ha.giveback_of_possible
            ha.peering.dst_peer_node1.name ha.peering.dst_peer_node1.uuid ha.peering.dst_peer_node2.name
            ha.peering.dst_peer_node2.uuid ha.peering.dst_peer_node3.name ha.peering.dst_peer_node3.uuid
            ha.peering.ineligible ha.peering.node_protection_level ha.takeover_of.failure.code
            ha.takeover_of.failure.message ha.takeover_of.state ha.takeover_of_possible
        """
        ),
    },
    "svm": {
        "9.8": (
            """
            aggregates.name aggregates.uuid aggregates_delegated certificate.name certificate.uuid
            cifs.ad_domain.fqdn cifs.ad_domain.organizational_unit cifs.ad_domain.user cifs.enabled cifs.name comment
            dns.domains dns.servers fc_interfaces.data_protocol fc_interfaces.location.port.name
            fc_interfaces.location.port.uuid fc_interfaces.name fc_interfaces.uuid fcp.enabled
            ip_interfaces.ip.address ip_interfaces.ip.netmask ip_interfaces.location.broadcast_domain.name
            ip_interfaces.location.broadcast_domain.uuid ip_interfaces.location.home_node.name
            ip_interfaces.location.home_node.uuid ip_interfaces.name ip_interfaces.service_policy
            ip_interfaces.services ip_interfaces.uuid ipspace.name ipspace.uuid iscsi.enabled language ldap.ad_domain
            ldap.base_dn ldap.bind_dn ldap.enabled ldap.servers name nfs.enabled nis.domain nis.enabled nis.servers
            nsswitch.group nsswitch.hosts nsswitch.namemap nsswitch.netgroup nsswitch.passwd nvme.enabled
            s3.certificate.name s3.certificate.uuid s3.enabled s3.is_http_enabled s3.is_https_enabled s3.name s3.port
            s3.secure_port snapmirror.is_protected snapmirror.protected_volumes_count snapshot_policy.name
            snapshot_policy.uuid state subtype uuid volume_efficiency_policy.name volume_efficiency_policy.uuid
        """
        ),
        "9.9": (
            """
            cifs.allowed fcp.allowed iscsi.allowed max_volumes nfs.allowed nvme.allowed
            qos_policy.max_throughput_iops qos_policy.max_throughput_mbps qos_policy.min_throughput_iops
            qos_policy.min_throughput_mbps qos_policy.name qos_policy.uuid
        """
        ),
        "9.10": "anti_ransomware_default_volume_state ndmp.allowed",
        "9.11": (
            """
            aggregates.available_size aggregates.snaplock_type aggregates.state aggregates.type
            auto_enable_activity_tracking auto_enable_analytics ip_interfaces.subnet.name ip_interfaces.subnet.uuid
            is_space_enforcement_logical is_space_reporting_logical s3.default_unix_user s3.default_win_user
        """
        ),
        "9.13": (
            """
            anti_ransomware_auto_switch_duration_without_new_file_extension
            anti_ransomware_auto_switch_from_learning_to_enabled anti_ransomware_auto_switch_minimum_file_count
            anti_ransomware_auto_switch_minimum_file_extension anti_ransomware_auto_switch_minimum_learning_period
            anti_ransomware_incoming_write_threshold anti_ransomware_incoming_write_threshold_percent
            cifs.ad_domain.default_site cifs.domain_workgroup ldap.restrict_discovery_to_site
            number_of_volumes_in_recovery_queue qos_adaptive_policy_group_template.max_throughput_iops
            qos_adaptive_policy_group_template.max_throughput_mbps
            qos_adaptive_policy_group_template.min_throughput_iops
            qos_adaptive_policy_group_template.min_throughput_mbps qos_adaptive_policy_group_template.name
            qos_adaptive_policy_group_template.uuid storage.allocated storage.available storage.limit
            storage.limit_threshold_alert storage.limit_threshold_exceeded storage.used_percentage
            total_volume_size_in_recovery_queue
        """
        ),
        "9.14": (
            """
            anti_ransomware.event_log.is_enabled_on_new_file_extension_seen
            anti_ransomware.event_log.is_enabled_on_snapshot_copy_creation
            snapmirror.protected_consistency_group_count
        """
        ),
        "9.15": "cifs.auth-style cifs.workgroup",
        "9.16": (
            """
            anti_ransomware_auto_switch_minimum_incoming_data ip_interfaces.location.home_port.name
            ip_interfaces.location.home_port.uuid qos_policy_group_template.max_throughput_iops
            qos_policy_group_template.max_throughput_mbps qos_policy_group_template.min_throughput_iops
            qos_policy_group_template.min_throughput_mbps qos_policy_group_template.name
            qos_policy_group_template.uuid s3.allowed
        """
        ),
        "9.17": (
            """
            qos_adaptive_policy_group_template.max_throughput qos_adaptive_policy_group_template.min_throughput
            qos_policy.max_throughput qos_policy.min_throughput qos_policy_group_template.max_throughput
            qos_policy_group_template.min_throughput
        """
        ),
        "9.18": "snapshot_autodelete_enabled snapshot_reserve_percent",
        "9.19": "san_multipathing snapmirror.protection_type",
    },
    "security_key_manager": {
        "9.8": (
            """
            external.client_certificate.name external.client_certificate.uuid external.server_ca_certificates.name
            external.server_ca_certificates.uuid external.servers.secondary_key_servers external.servers.server
            external.servers.timeout external.servers.username is_default_data_at_rest_encryption_disabled
            onboard.enabled onboard.key_backup scope status.code status.message svm.name svm.uuid uuid
            volume_encryption.code volume_encryption.message volume_encryption.supported
        """
        ),
        "9.9": "policy",
        "9.13": (
            """
            external.servers.connectivity.cluster_availability external.servers.connectivity.node_states.node.name
            external.servers.connectivity.node_states.node.uuid external.servers.connectivity.node_states.state
        """
        ),
        "9.16": "configuration.name configuration.uuid enabled",
    },
    "role": {
        "9.8": "builtin name owner.name owner.uuid privileges.access privileges.path scope",
        "9.11": "privileges.query",
    },
    "account": {
        "9.8": (
            """
            applications.application applications.authentication_methods applications.second_authentication_method
            comment locked name owner.name owner.uuid role.name scope
        """
        ),
        "9.11": "ldap_fastbind password_hash_algorithm",
        "9.14": "applications.is_ldap_fastbind",
        "9.15": "applications.is_ns_switch_group",
    },
    "ems_message": {
        "9.8": "corrective_action deprecated description name severity snmp_trap_type",
    },
}

#: The fields whose values are not text.
_KINDS: dict[str, dict[str, str]] = {
    "cluster": {
        "uuid": "uuid",
        "integer": "version.generation version.major version.minor peering_policy.minimum_passphrase_length",
        "boolean": (
            "san_optimized disaggregated peering_policy.authentication_required peering_policy.encryption_required"
        ),
    },
    "node": {
        "uuid": "uuid",
        "integer": (
            """
            version.generation version.major version.minor uptime controller.failed_fan.count
            controller.failed_power_supply.count
        """
        ),
        "boolean": "ha.enabled ha.auto_giveback",
        "datetime": "date",
    },
    "svm": {
        "uuid": "uuid ipspace.uuid snapshot_policy.uuid",
        "boolean": (
            """
            cifs.allowed cifs.enabled fcp.allowed fcp.enabled iscsi.allowed iscsi.enabled ndmp.allowed nfs.allowed nfs.enabled
            nvme.allowed nvme.enabled s3.allowed s3.enabled auto_enable_analytics auto_enable_activity_tracking
        """
        ),
    },
    "security_key_manager": {
        "uuid": "uuid svm.uuid configuration.uuid",
        "integer": "external.servers.timeout status.code",
        "boolean": "enabled onboard.enabled",
    },
    "role": {"uuid": "owner.uuid", "boolean": "builtin"},
    "account": {"uuid": "owner.uuid", "boolean": "locked"},
    "ems_message": {"boolean": "deprecated"},
}
#: The fields that cost the cluster work: `*` leaves them out ("Retrieving expensive fields", the vendor's client), and
#: health, which no reference has: Harvest's template "Status" asks for it as a hidden field.
_EXPENSIVE = {"cluster": "health", "security_key_manager": "status.code status.message"}
#: Fields that are older than the vendor's clients say: of 9.14 on, as the key stores of that release have them.
_EARLIER = {
    "security_key_manager": ("9.14", "configuration.name configuration.uuid enabled"),
    "cluster": ("9.12", "health"),
}


@cache
def readable(resource: str, release: Release) -> Mapping[str, Field]:
    """The fields that GET of a resource has in a release."""
    since, earlier = _EARLIER.get(resource, ("9.8", ""))
    names = earlier.split() if release.at_least(since) else []
    names += [name for first, listed in FIELDS[resource].items() if release.at_least(first) for name in listed.split()]
    kinds = {name: kind for kind, typed in _KINDS[resource].items() for name in typed.split()}
    expensive = _EXPENSIVE.get(resource, "").split()
    return {name: Field(name, kinds.get(name, "string"), advanced=name in expensive) for name in names}
