# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m demo.eda FOLDER COLLECTIONS`: a node of a simulated ONTAP reboots, and the rulebook ontap.akv.self_heal
brings the keys back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.__main__ import simulated_ontap
from simulator import Control
from tooling import environment
from tooling.running import GRACE, Failure, end, say, stop_on_signals

SVMS = ("svm1", "svm2", "svm3")
#: Seconds between two looks, and how long anything here may take.
INTERVAL, PATIENCE = 5, 60
VAULT = "https://demo-vault.vault.azure.net/"
APPLICATION = {"client_id": "aaaaaaaa-bbbb-cccc-dddd-000000000001", "tenant_id": "aaaaaaaa-bbbb-cccc-dddd-000000000002"}


def _files(folder: Path, about: dict[str, Any]) -> list[str]:
    """The files of a user who starts the rulebook: the clusters and how often they are read, and an inventory."""
    cluster = {"name": "cluster1", "hostname": about["hostname"], "http_port": about["port"]}
    variables = {"akv_clusters": [cluster], "akv_interval": INTERVAL, "akv_health_interval": INTERVAL, "akv_confirm": 1}
    localhost = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    contents = {"vars.yml": variables, "inventory.yml": {"all": {"hosts": {"localhost": localhost}}}}
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
    return [str(folder / name) for name in contents]


@dataclass
class Rulebook:
    """ansible-rulebook while it runs. told: the lines that it and its playbooks have printed."""

    process: subprocess.Popen[str]
    told: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Shows and keeps what it prints, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(line)
            print(line, end="", flush=True)

    def until(self, condition: Callable[[], Any], what: str) -> float:
        """Waits for something, and says how long that took (s)."""
        start = time.monotonic()
        while not condition():
            if self.process.poll() is not None:
                raise Failure(f"ansible-rulebook ended by itself (status {self.process.returncode}), before {what}")
            if time.monotonic() > start + PATIENCE:
                raise Failure(f"it took longer than {PATIENCE} s until {what}")
            time.sleep(0.05)
        return time.monotonic() - start


@contextmanager
def _rulebook(folder: Path, collections: Path, about: dict[str, Any]) -> Iterator[Rulebook]:
    """ansible-rulebook with ontap.akv.self_heal, the login in its environment; ended however this ends."""
    variables, inventory = _files(folder, about)
    # Not in the folder: Ansible makes a socket there, whose path must be short.
    with tempfile.TemporaryDirectory(prefix="akv-") as temporary:
        env = environment.for_ansible(Path(sys.executable), collections) | {
            "ONTAP_USERNAME": about["username"],
            "ONTAP_PASSWORD": about["password"],
            "ONTAP_CA_PATH": about["ca_path"],
            "TMPDIR": temporary,
            # Java leaves signals alone, so that Python ends the playbook that it has started.
            "JAVA_TOOL_OPTIONS": "-Xrs",
        }
        program = Path(sys.executable).with_name("ansible-rulebook")
        command = [
            program,
            "--rulebook",
            "ontap.akv.self_heal",
            "--inventory",
            inventory,
            "--vars",
            variables,
            "--shutdown-delay",
            "5",
        ]
        say(f"demo: ansible-rulebook {' '.join(str(part) for part in command[1:])}")
        process = subprocess.Popen(
            command,
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        rulebook = Rulebook(process)
        listener = threading.Thread(target=rulebook.listen, daemon=True)
        listener.start()
        try:
            yield rulebook
        finally:
            end(process)
            listener.join(GRACE)


def _whole(control: Control) -> bool:
    """Whether every SVM has its key on every node."""
    state = control.state()
    return all(state["svms"][svm]["configuration"]["wrapped"] == sorted(state["nodes"]) for svm in SVMS)


def _play(control: Control, rulebook: Rulebook) -> list[str]:
    """What happens; returns what there is to say about it."""
    rulebook.until(control.log, "it looked at the cluster")
    say(
        "\ndemo: it watches, and all is well. Now node1 reboots: the keys of three SVMs are gone from it, and nobody"
        " does anything."
    )
    control.reboot("node1")
    healed = rulebook.until(lambda: _whole(control), "the keys were back")
    rulebook.until(
        lambda: sum("the keys are available again" in line for line in rulebook.told) >= len(SVMS),
        "it told that they are back",
    )
    restores = sum(entry["path"].endswith("/restore") for entry in control.log())
    return [
        (
            f"{healed:.1f} s after the reboot all three SVMs had their keys on every node again; it looks every"
            f" {INTERVAL} s."
        ),
        (
            f"{len(control.log())} requests: {_looks(control)} queries, {restores} restores, one for each SVM; nobody"
            " typed a command."
        ),
    ]


def _looks(control: Control) -> int:
    return sum(entry["method"] == "GET" for entry in control.log())


def _prepare(control: Control) -> None:
    """SVMs with an encrypted volume and a configuration."""
    present = control.state()["svms"]
    for svm in SVMS:
        if svm not in present:
            control.add_svm(svm)
        control.svm(svm, volumes=1, encrypted_volumes=1)
        control.put_record(svm, name=VAULT, key_id=f"{VAULT}keys/key1", **APPLICATION)
    control.clear_log()


def main(arguments: list[str]) -> int:
    folder, collections = Path(arguments[0]), Path(arguments[1])
    stop_on_signals()
    start = time.monotonic()
    try:
        with simulated_ontap(folder) as about:
            say(f"demo: a simulated ONTAP listens on {about['url']}")
            control = Control(about["control_url"], about["ca_path"])
            _prepare(control)
            with _rulebook(folder, collections, about) as rulebook:
                told = _play(control, rulebook)
            control.close()
    except Failure as failure:
        say(f"demo: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\ndemo: interrupted; ansible-rulebook and the simulated ONTAP are stopped")
        return 130
    say("\n" + "\n".join(told))
    say(
        f"All of it went as planned, in {time.monotonic() - start:.0f} s. The rulebook and the simulated ONTAP are"
        " stopped."
    )
    say("Next: docs/docsite/rst/guide_eda.rst says how to run it as a service.")
    return 0


if __name__ == "__main__":
    # A shell that started this in the background may have it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
