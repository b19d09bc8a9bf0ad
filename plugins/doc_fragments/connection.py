# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The connection to one ONTAP cluster: the same names and meaning as in netapp.ontap."""

    DOCUMENTATION = r"""
requirements:
  - ONTAP 9.8 or later with its REST interface. If a module needs a later release, its description says so.
  - The Python library C(requests) on the host that runs the module.
options:
  hostname:
    description:
      - The cluster management LIF (or SVM management LIF), as a name, an IPv4 or an IPv6 address. A scheme, port or
        path is an error.
      - If not set, the environment variable E(ONTAP_HOSTNAME) is used. If set to an empty string, it is an error.
    type: str
    required: true
  username:
    description:
      - User name for basic authentication, together with O(password).
      - If not set, the environment variable E(ONTAP_USERNAME) is used.
      - Credentials from the task take precedence over those from the environment.
      - It is an error if the task or the environment has two kinds of credentials, or if a part of one is missing. A
        user name from the task may take its password from the environment; see the notes.
    type: str
    aliases: [user]
  password:
    description:
      - Password of O(username).
      - If not set, the environment variable E(ONTAP_PASSWORD) is used.
    type: str
    aliases: [pass]
  cert_filepath:
    description:
      - Client certificate (PEM) to authenticate with instead of a password, together with O(key_filepath). If the file
        also holds the private key, O(key_filepath) is not needed.
      - If not set, the environment variable E(ONTAP_CERT_FILEPATH) is used.
      - A file of 0 bytes counts as not given.
    type: path
  key_filepath:
    description:
      - Private key (PEM, not encrypted) of O(cert_filepath).
      - If not set, the environment variable E(ONTAP_KEY_FILEPATH) is used.
      - A file of 0 bytes counts as not given.
    type: path
  https:
    description:
      - Whether to use HTTPS. With V(false), others on the network can read the password.
      - A client certificate needs HTTPS, which is used even if this is V(false).
    type: bool
    default: true
  http_port:
    description:
      - TCP port of the REST interface. The default is 443, or 80 with O(https=false).
      - If not set, the environment variable E(ONTAP_HTTP_PORT) is used.
    type: int
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the cluster. V(false) takes precedence over a CA bundle from the
        environment.
      - If not set, the environment variable E(ONTAP_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Bundle of certificate authorities (PEM file, or directory in the format of OpenSSL) to trust instead of the
        system's.
      - If not set, the environment variable E(ONTAP_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE),
        then the authorities of the system and of C(requests).
      - A file of 0 bytes counts as not given.
    type: path
  timeout:
    description:
      - Maximum time in seconds for one HTTP request, to the end of its response.
    type: int
    default: 60
  max_retries:
    description:
      - How many times a request is retried after a transient error.
      - Reads, updates and deletions are retried after a lost connection and after HTTP status 429, 500, 502, 503 and
        504.
      - A request that creates, re-keys, restores or migrates is retried after status 429, or if no connection could be
        made. After a lost response it is not known whether the cluster did the work, so the module reads the state of
        the cluster.
    type: int
    default: 3
  use_rest:
    description:
      - V(auto) and V(always) select the REST interface. The value is not case-sensitive, as in C(netapp.ontap).
      - V(never) is for clusters whose REST interface is switched off. M(ontap.akv.akv_rekey) and
        M(ontap.akv.akv_restore) then run CLI commands over ONTAPI for the SVMs that are named. This needs the Python
        library C(netapp-lib). All other modules refuse V(never).
    type: str
    default: auto
  ontapi:
    description:
      - Accepted and ignored, so that the connection settings of C(netapp.ontap) can be used unchanged.
    type: int
  feature_flags:
    description:
      - Accepted and ignored, so that the connection settings of C(netapp.ontap) can be used unchanged.
    type: dict
  force_ontap_version:
    description:
      - Accepted and ignored, so that the connection settings of C(netapp.ontap) can be used unchanged. The release is
        read from the cluster when it is needed. If the user may not read it, the calls of releases before ONTAP 9.11.1
        are not used, and some messages are less specific.
    type: str
  use_lambda:
    description:
      - Known from C(netapp.ontap). V(true) is an error, because this collection does not connect through AWS Lambda.
    type: bool
    default: false
  lambda_config:
    description:
      - Accepted and ignored, so that the connection settings of C(netapp.ontap) can be used unchanged.
    type: dict
notes:
  - An empty environment variable counts as not set. In a task, an empty user name, password or path counts as not set.
  - White space at either end of a host, user name, password, ID or URL is an error, since it is hardly ever intended.
    The usual cause is a line break that C(echo) adds before C(ansible-vault) encrypts the text.
  - A user name from the task is combined with the password from the environment only if the environment does not name
    another user.
  - The proxy settings of the environment (E(https_proxy), E(no_proxy)) are used. The entries of E(no_proxy) are names,
    domains, addresses and networks, separated by commas or white space. C(.netrc) is never used, and redirects are
    never followed.
"""
