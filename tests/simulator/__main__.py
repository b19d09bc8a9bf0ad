# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`: a simulator until SIGTERM, SIGINT or Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from .config import Config
from .server import Simulator

SAMPLE_SVMS: list[dict[str, Any]] = [
    {"name": "svm1", "volumes": 4, "encrypted_volumes": 2},
    {"name": "svm2", "volumes": 3, "encrypted_volumes": 3},
    {"name": "svm3", "volumes": 2},
    {"name": "svm4", "volumes": 1},
    {"name": "svm5", "volumes": 0},
]

_HOW = """\
A simulated ONTAP {version} and a simulated Azure are running (process {pid}); SVMs: {svms}
  ONTAP: {url}   user {username}   password {password}
  Azure: login {azure_login_url}   vault {azure_vault_url}
  CA certificate of both: {azure_ca_path}
  Control interface: {control_url} (see tests/simulator/README.md)

A playbook for it:
  - hosts: localhost
    gather_facts: false
    tasks:
      - ontap.akv.azure_key_vault:
          hostname: {hostname}
          http_port: {port}
          https: {https}
          username: {username}
          password: {password}
          ca_path: {ca_path}
          svm: svm4
          name: {azure_vault_url}
          client_id: {azure_client_id}
          tenant_id: {azure_tenant_id}
          key_id: {azure_key_id}
          client_secret: any-secret

      - ontap.akv.akv_azure_info:
          key_id: {azure_key_id}
          client_id: {azure_client_id}
          tenant_id: {azure_tenant_id}
          client_secret: any-secret
          oauth_host: {azure_login_host}
          azure_ca_path: {azure_ca_path}

Or the connection by the environment:
  export ONTAP_HOSTNAME={hostname} ONTAP_HTTP_PORT={port}
  export ONTAP_USERNAME={username} ONTAP_PASSWORD='{password}'
  export ONTAP_CA_PATH={ca_path}

Ctrl-C ends it.
"""


def _arguments() -> argparse.Namespace:
    default = Config()
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A simulated ONTAP and a simulated Azure on this machine."
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--directory", default=".work/simulator", help="for ca.pem, simulator.json (%(default)s)")
    parser.add_argument("--ontap-version", default=default.version, help="%(default)s")
    parser.add_argument("--svm", action="append", help="name of an SVM; repeat it (default: svm1 to svm5)")
    parser.add_argument("--http", action="store_true", help="no TLS")
    parser.add_argument(
        "--seed",
        type=int,
        default=default.seed,
        metavar="N",
        help="SVMs seed00001 ... with a configuration and an encrypted volume",
    )
    parser.add_argument("--job-seconds", type=float, default=default.job_seconds, help="%(default)s")
    parser.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="MILLISECONDS",
        help="a round trip of the network takes so long: %(default)s",
    )
    parser.add_argument(
        "--temperament", action="append", default=[], metavar="NAME", help="how it responds, see README.md; repeat it"
    )
    parser.add_argument("--username", default=default.username, help="%(default)s")
    parser.add_argument("--password", default=default.password, help="%(default)s")
    parser.add_argument("--end-with-parent", action="store_true", help="end when the starting process is gone")
    return parser.parse_args()


def _about(simulator: Simulator) -> dict[str, Any]:
    return {
        "hostname": simulator.hostname,
        "port": simulator.port,
        "url": simulator.url,
        "ca_path": simulator.ca_path,
        "username": simulator.username,
        "password": simulator.password,
        "control_url": simulator.control_url,
        "pid": os.getpid(),
        "client_cert_path": simulator.client_cert_path,
        "client_key_path": simulator.client_key_path,
        "azure_login_url": simulator.azure.login_url,
        "azure_login_host": simulator.azure.login_host,
        "azure_vault_url": simulator.azure.vault_url(),
        "azure_key_id": simulator.azure.key_url(),
        "azure_tenant_id": simulator.azure.tenant_id,
        "azure_client_id": simulator.azure.client_id,
        "azure_ca_path": simulator.azure.ca_path,
    }


def _write(path: Path, about: dict[str, Any]) -> None:
    """Whole or not at all: who waits for the file must not read half of it."""
    part = path.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def main() -> int:
    """Run until told to end. 0 when told, 1 when it did not start."""
    arguments = _arguments()
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # nohup has SIGHUP ignored, and means it.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: ended.set())
    directory = Path(arguments.directory)
    about_path = directory / "simulator.json"
    try:
        # One that was killed could not take its file away.
        about_path.unlink(missing_ok=True)
        simulator = Simulator(
            directory=directory,
            version=arguments.ontap_version,
            svms=arguments.svm or SAMPLE_SVMS,
            port=arguments.port,
            tls=not arguments.http,
            job_seconds=arguments.job_seconds,
            latency=arguments.latency / 1000,
            seed=arguments.seed,
            temperament=",".join(arguments.temperament),
            username=arguments.username,
            password=arguments.password,
        ).start()
    except (OSError, RuntimeError, ValueError) as failure:
        print(f"The simulator did not start: {failure}", file=sys.stderr)
        return 1
    try:
        about = _about(simulator)
        _write(about_path, about)
        svms = ", ".join(arguments.svm or [svm["name"] for svm in SAMPLE_SVMS])
        if arguments.seed:
            svms += f", and {arguments.seed} with a configuration from seed00001 on"
        shown = about | {"version": arguments.ontap_version, "svms": svms, "https": str(not arguments.http).lower()}
        print(_HOW.format_map(shown), flush=True)
        while not ended.wait(0.5):
            if arguments.end_with_parent and os.getppid() != parent:
                break
    finally:
        about_path.unlink(missing_ok=True)
        simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
