# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface, client side; works on a simulator in this process or in another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import urlsplit

import requests


class ControlError(ValueError):
    """The simulator refused a command; the text says why."""


class TrafficControl(ABC):
    """The commands about the traffic of one service: faults, log, connections."""

    @abstractmethod
    def call(self, command: str, **arguments: Any) -> Any:
        """Send one command."""

    def fault(
        self,
        kind: str,
        method: str | None = None,
        path: str | None = None,
        nth: int | None = None,
        times: int | None = 1,
        **arguments: Any,
    ) -> None:
        """Set a fault (faults.KINDS) for matching requests: method, path (regex), from the nth on, so many times."""
        self.call("fault", kind=kind, method=method, path=path, nth=nth, times=times, **arguments)

    def clear_faults(self) -> None:
        """No more faults."""
        self.call("clear_faults")

    def log(self) -> list[dict[str, Any]]:
        """The requests, in order (log.Entry)."""
        return list(self.call("log"))

    def clear_log(self) -> None:
        """Forget requests and connection counts."""
        self.call("clear_log")

    def connections(self) -> dict[str, int]:
        """accepted, refused, handshakes, open (now)."""
        return dict(self.call("connections"))

    def drop_connections(self) -> int:
        """End every connection, as a server does with idle ones; says how many."""
        return int(self.call("drop_connections"))


class Control(TrafficControl):
    """`control.fault("drop_after", method="POST")`: every method is a command of control.py."""

    def __init__(self, url: str, ca_path: str | None = None) -> None:
        parts = urlsplit(url)
        self._url = f"{parts.scheme}://{parts.netloc}/_control/"
        self._verify: str | bool = ca_path or True
        self._session = requests.Session()
        # Neither a proxy, nor a CA, nor a .netrc of the environment has a say here.
        self._session.trust_env = False

    def call(self, command: str, **arguments: Any) -> Any:
        """Send one command."""
        response = self._session.post(f"{self._url}{command}", json=arguments, verify=self._verify, timeout=60)
        content = response.json()
        if response.status_code != 200:
            raise ControlError(content["error"])
        return content

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def reset(self, config: dict[str, Any] | None = None, **more: Any) -> None:
        """As after the start, with some of the start's values changed; log, faults, knobs and jobs are gone."""
        self.call("reset", **(config or {}), **more)

    def state(self) -> dict[str, Any]:
        """Everything that the simulator knows: version, time, nodes, svms, cluster, azure, knobs, jobs, faults."""
        return dict(self.call("state"))

    def svm(self, name: str | None = None, **changes: Any) -> dict[str, Any]:
        """Change an SVM (None: the cluster): volumes, encrypted_volumes, keys_on_admin, key_manager, wrapped,
        keystore_state.
        """
        return dict(self.call("svm", name=name, **changes))

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Set fields of the key manager settings, by flat names in a dictionary or as arguments; gives all of them."""
        return dict(self.call("settings", **changes))

    def add_svm(self, name: str, **changes: Any) -> dict[str, Any]:
        """A new SVM."""
        return dict(self.call("add_svm", name=name, **changes))

    def remove_svm(self, name: str) -> None:
        """Remove an SVM with its configuration."""
        self.call("remove_svm", name=name)

    def put_record(self, svm: str | None = None, **fields: Any) -> dict[str, Any]:
        """Give an SVM (None: the cluster) a configuration without a request; gives it with its uuid.

        configuration (its name, "default") and enabled (true) say which of several it is, from 9.14 on.
        """
        return dict(self.call("put_record", svm=svm, **fields))

    def remove_record(self, svm: str | None = None, configuration: str | None = None) -> None:
        """Take a configuration (None: each) of an SVM (None: the cluster) away without a request."""
        self.call("remove_record", svm=svm, configuration=configuration)

    def put_key_manager(self, svm: str | None = None, kind: str = "onboard", **fields: Any) -> dict[str, Any]:
        """Give an SVM (None: the cluster) another key manager, onboard or external; fields: uuid, servers,
        reachable.
        """
        return dict(self.call("put_key_manager", svm=svm, kind=kind, **fields))

    def remove_key_manager(self, svm: str | None = None) -> None:
        """Take that key manager away."""
        self.call("remove_key_manager", svm=svm)

    def seed(self, number: int, prefix: str = "seed", svm: dict[str, Any] | None = None, **fields: Any) -> list[str]:
        """`number` SVMs PREFIX00001 ... with configurations; gives their names."""
        return list(self.call("seed", number=number, prefix=prefix, svm=svm, **fields))

    def azure(self, **changes: Any) -> dict[str, Any]:
        """What Azure accepts: reachable, message, vaults, secrets, certificates, keys (None: anything)."""
        return dict(self.call("azure", **changes))

    def rotate_key(self, version: str, svm: str | None = None) -> None:
        """Azure has a new version of the key of an SVM (None: of the cluster), and ONTAP wraps with it by itself."""
        self.call("rotate_key", version=version, svm=svm)

    def ems(
        self, name: str, node: str | None = None, svm: str | None = None, severity: str | None = None, **parameters: str
    ) -> None:
        """A node (None: the first that is up) writes an event into the event log; azure(), reboot() and rotate_key() do
        so by themselves.

        svm: whose configuration fills the parameters that are not given.
        """
        self.call("ems", name=name, node=node, svm=svm, severity=severity, **parameters)

    def reboot(self, node: str) -> None:
        """A node reboots: the wrapped keys are gone from it."""
        self.call("reboot", node=node)

    def node(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change a node: up, ekmip, akv, certificate_auth, root_encrypted, cluster_interface."""
        return dict(self.call("node", name=name, **changes))

    def user(
        self, name: str, password: str | None = None, role: str = "admin", privileges: dict[str, str] | None = None
    ) -> None:
        """Add or change a user; role admin or readonly, or the privileges of a REST role (path -> access level).

        Without a password for client certificates only.
        """
        self.call("user", name=name, password=password, role=role, privileges=privileges)

    def condition(self, operation: str, code: str | int, **more: Any) -> None:
        """An operation ends with this code; more: svm, times, message, status."""
        self.call("condition", operation=operation, code=code, **more)

    def clear_conditions(self) -> None:
        """No more conditions."""
        self.call("clear_conditions")

    def knob(self, **knobs: Any) -> dict[str, Any]:
        """Turn knobs (config.Knobs)."""
        return dict(self.call("knob", **knobs))

    def temperament(self, *names: str) -> dict[str, Any]:
        """Turn the knobs of temperaments (temperaments.TEMPERAMENTS)."""
        return dict(self.call("temperament", names=",".join(names)))

    def advance(self, seconds: float) -> float:
        """Move the cluster's clock on; gives its time."""
        return float(self.call("advance", seconds=seconds))

    def jobs(self, **changes: Any) -> list[dict[str, Any]]:
        """hold=STATE or None, fail=CODE or None, seconds=S for later ones; gives the jobs."""
        return list(self.call("jobs", **changes))
