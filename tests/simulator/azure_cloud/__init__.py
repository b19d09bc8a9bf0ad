# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Azure beside the simulated ONTAP: Microsoft Entra's login and key vaults, on HTTPS.

One state (../azure.py) decides what ONTAP reports and how the login and the vaults respond. Each has a port of its
own::

    with Simulator(svms=["svm1"]) as sim:
        sim.azure.login_host            # "localhost:PORT", for oauth_host; login_url: "https://localhost:PORT"
        sim.azure.vault_url()           # "https://localhost:PORT" of vault1; vault_url("vault2")
        sim.azure.key_url()             # ".../keys/key1"; key_url("key2", vault="vault2", version="...")
        sim.azure.ca_path               # for azure_ca_path
        sim.azure.tenant_id, sim.azure.client_id    # GUIDs that are right as long as no tenant, no application was set
        up

**Nothing set up: anything is accepted**, as on ONTAP's side: every tenant, application and secret, every key (2048
bits, every right); but the vaults belong to `sim.azure.tenant_id`, and a certificate has to be registered first,
because its signature is verified.
What is set up narrows that, for ONTAP as well::

    azure = sim.azure.control
    azure.tenant(sim.azure.tenant_id, domains=["contoso.onmicrosoft.com"])      # other tenants: AADSTS90002
    azure.application(CLIENT, secrets=["right", {"value": "old", "expires_in": -60}])   # 7000215, 7000222; other
    applications: 700016 azure.application(CLIENT, certificates=[pkcs12_base64], enabled=False)      # 700027; 7000112
    azure.application(CLIENT, refusal=53003)                                    # or 530032, 500011, 90038, 900382, ...
    azure.login(busy=2, retry_after=1)                                          # 429; code=90033: 503
    azure.key("key1", expires_in=86400, not_before=..., enabled=False, operations=["wrapKey"], size=3072, deleted=True)
    # other keys: 404 azure.new_version("key1")["version"]                                        # enabled, expires_in,
    ... as for key() azure.vault("vault1", rbac=True, recovery_level="Recoverable+Purgeable", tenant=GUID, throttled=2,
    retry_after=1, denies="ForbiddenByFirewall") azure.grant(CLIENT, ["get", "wrapKey"], after=1)
    # other applications, other rights: 403
    sim.control.azure(reachable=False)          # connections are reset, and ONTAP reports it; reachable_here=True: only
    ONTAP is cut off sim.control.azure(secrets={CLIENT: ["right"]}, keys=[...], vaults=[...])    # the older, flat
    switches count here too sim.control.advance(seconds)                # one clock: secrets, keys and tokens expire

Key ids: `https://localhost:PORT/keys/key1` and `https://vault1.vault.azure.net/keys/key1` are the same key. A request
through a proxy that leads `*.vault.azure.net` and `login.microsoftonline.com` (US Government, China, managed HSM
likewise) to any of these ports is answered by that
vault, or by the login: the certificate is good for those names, and the Host header decides. `NAME.localhost` works
where it resolves.

The challenge of a vault names the audience `https://vault.azure.net` only to a client that reaches it by that domain.
On this machine it is `https://localhost` (`https://127.0.0.1`), so that the rule "a token only for hosts below the
audience's" holds;
`vault(resource=...)` names
another, `vault(resource="")` none, `vault(challenge=...)` any header.

Faults, log and connections are the ones of ../faults.py and ../log.py, counted apart from ONTAP's:
`azure.fault("status", path="/token$",
status=503)`, `azure.log()`, `azure.connections()`, `azure.clear_log()`. An entry holds no secret, no token and no
value: `service` ("login", "vault"), `host`, `user` (client ID), `auth` ("client_secret", "client_assertion", "bearer",
None), `body` (of the login: grant_type, client_id,
scope, and of an assertion its alg, aud, names of header and claims, seconds to live; of an operation: alg), `misplaced`
(credentials that do not belong in the request, such as a secret that is sent to a vault, or a token for another
audience: must be empty).
"""
