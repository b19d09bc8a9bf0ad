# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach one ONTAP cluster: the same names and meaning as in netapp.ontap."""

    DOCUMENTATION = r"""
requirements:
  - ONTAP 9.8 or later with its REST interface.
  - The Python library C(requests) on the host that runs the module.
options:
  hostname:
    description:
      - The cluster management LIF (or SVM management LIF), as a name, an IPv4 or an IPv6 address.
      - If not set, the environment variable E(ONTAP_HOSTNAME) is used.
    type: str
    required: true
  username:
    description:
      - User name for basic authentication, together with O(password).
      - If not set, the environment variable E(ONTAP_USERNAME) is used.
      - A way to authenticate that is given in the task wins over one from the environment.
      - Two ways from one source, or half of one, is an error.
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
      - Client certificate (PEM) to authenticate with instead of a password, together with O(key_filepath).
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
      - Whether to use HTTPS. With V(false) the password can be read on the way.
    type: bool
    default: true
  http_port:
    description:
      - TCP port of the REST interface. The default is 443, or 80 with O(https=false).
      - If not set, the environment variable E(ONTAP_HTTP_PORT) is used.
    type: int
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the cluster. V(false) wins over a CA bundle that the environment names.
      - If not set, the environment variable E(ONTAP_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Bundle of certificate authorities (PEM file, or directory as OpenSSL wants it) to trust instead of the system's.
      - Without it, a bundle named by E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) is used, else those of the system and of C(requests).
      - If not set, the environment variable E(ONTAP_CA_PATH) is used.
      - A file of 0 bytes counts as not given.
    type: path
  timeout:
    description:
      - Seconds that one HTTP request may take, to the end of its answer.
    type: int
    default: 60
  max_retries:
    description:
      - How often a request is tried again after a fault that passes.
      - Reads, updates and deletions are tried again after a lost connection and the HTTP status 429, 500, 502, 503 and 504.
        A request that creates, re-keys or restores is tried again after 429, or where no connection could be made. A lost
        answer does not tell whether the cluster did the work, so it is looked at what the cluster has.
    type: int
    default: 3
  use_rest:
    description:
      - Known from C(netapp.ontap). V(auto) and V(always) mean the REST interface.
      - V(never) is for clusters whose REST interface is switched off. M(ontap.akv.akv_rekey) and M(ontap.akv.akv_restore) then run commands of
        the CLI by ONTAPI for SVMs that are named, which needs the Python library C(netapp-lib); any other module refuses it.
    type: str
    choices: [auto, always, never]
    default: auto
notes:
  - An empty string counts as not given, from the environment for every option, from the task for host, user name, password and paths.
  - A user name from the task is completed with the password of the environment only where that does not name another user.
  - The proxy settings of the environment (E(https_proxy), E(no_proxy)) are honoured, C(.netrc) never is, redirects are never followed.
"""
