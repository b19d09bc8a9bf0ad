# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m demo FOLDER COLLECTIONS`: run the demo with the collection that is installed in COLLECTIONS."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo import credentials
from simulator import Control
from tooling import environment
from tooling.paths import ROOT
from tooling.running import Failure, end, run, say, stop_on_signals

#: How long (s) a simulator may take to start.
_START = 60
#: So many lines of the output are shown if the playbook failed.
_LAST = 30


@contextmanager
def simulated_ontap(folder: Path) -> Iterator[dict[str, Any]]:
    """A simulator in a process of its own, stopped however this ends; gives what it wrote about itself."""
    about = folder / "simulator.json"
    about.unlink(missing_ok=True)
    log = folder / "simulator.log"
    with log.open("w", encoding="utf-8") as output:
        # In a session of its own: Ctrl-C must first end the playbook, then this.
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--directory", str(folder), "--end-with-parent"],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
        try:
            yield _started(process, about, log)
        finally:
            end(process)


def _started(process: subprocess.Popen[bytes], about: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START
    while not about.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"the simulator did not start:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return dict(json.loads(about.read_text(encoding="utf-8")))


def _play(about: dict[str, Any], folder: Path, collections: Path, arguments: list[str]) -> int:
    """Run the playbook as a person would, with the connection in the environment. Its full output goes to a file."""
    certificate, inventory, story = folder / "application.p12", folder / "inventory.yml", folder / "story"
    credentials.write_certificate(certificate)
    env = _environment(about, folder, collections, certificate)
    story.touch()
    host = {"ansible_connection": "local", "ansible_python_interpreter": "python3"}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": host}}}), encoding="utf-8")
    playbook = ROOT / "playbooks" / "demo.yml"
    with _shown(story):
        return run(
            [sys.executable, "-m", "ansible.cli.playbook", "-i", inventory, playbook, *arguments],
            env,
            cwd=folder,
            log=_full_output(folder),
        )


def _environment(about: dict[str, Any], folder: Path, collections: Path, certificate: Path) -> dict[str, str]:
    """Return the environment of the playbook, and let Azure know the credentials in it."""
    first, second, expired = (credentials.secret() for _secret in range(3))
    known = base64.b64encode(certificate.read_bytes()).decode()
    control = Control(about["control_url"], about["ca_path"])
    lapsed = {"value": expired, "expires_in": -24 * 3600}
    control.call(
        "azure/application", client_id=about["azure_client_id"], secrets=[first, second, lapsed], certificates=[known]
    )
    for key in ("key1", "key2"):
        control.call("azure/key", name=key)
    control.close()
    return environment.for_ansible(Path(sys.executable), collections) | {
        "ONTAP_HOSTNAME": about["hostname"],
        "ONTAP_HTTP_PORT": str(about["port"]),
        "ONTAP_USERNAME": about["username"],
        "ONTAP_PASSWORD": about["password"],
        "ONTAP_CA_PATH": about["ca_path"],
        "ONTAP_AKV_AZURE_CA_PATH": about["azure_ca_path"],
        "AKV_DEMO_VAULT": about["azure_vault_url"],
        "AKV_DEMO_LOGIN_HOST": about["azure_login_host"],
        "AKV_DEMO_TENANT": about["azure_tenant_id"],
        "AKV_DEMO_CLIENT": about["azure_client_id"],
        "AKV_DEMO_SECRET": first,
        "AKV_DEMO_NEW_SECRET": second,
        "AKV_DEMO_EXPIRED_SECRET": expired,
        "AKV_DEMO_CERTIFICATE": str(certificate),
        "AKV_DEMO_CONTROL_URL": about["control_url"],
        "AKV_DEMO_REPORT": str(_report(folder).parent),
        "AKV_DEMO_STORY": str(folder / "story"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callbacks")),
        "ANSIBLE_CALLBACKS_ENABLED": "story",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    }


@contextmanager
def _shown(story: Path) -> Iterator[None]:
    """Print the lines of a file as they are written."""
    ended = threading.Event()

    def follow() -> None:
        with story.open(encoding="utf-8") as file:
            while not ended.wait(0.1):
                sys.stdout.write(file.read())
                sys.stdout.flush()
            sys.stdout.write(file.read())
            sys.stdout.flush()

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        yield
    finally:
        ended.set()
        follower.join()


def _full_output(folder: Path) -> Path:
    return folder / "output.txt"


def _report(folder: Path) -> Path:
    return folder / "report" / "akv.html"


def _summary(log: list[dict[str, Any]], connections: int, asked: int, seconds: float) -> str:
    """What reached the cluster, by operation, and how many requests reached Azure."""
    counts = Counter(_operation(entry["method"], entry["path"]) for entry in log)
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    heading = (
        f"The playbook ran {seconds:.0f} s. {len(log)} requests on {connections} connections reached the simulated"
        f" ONTAP, {asked} the simulated Azure:"
    )
    return f"{heading}\n  {listed}"


def _operation(method: str, path: str) -> str:
    last = path.rstrip("/").rpartition("/")[2]
    if method == "POST" and last != "azure-key-vaults":
        return last.replace("-", " ")
    return {"GET": "queries", "POST": "created", "PATCH": "changed", "DELETE": "removed"}.get(method, method)


def main(arguments: list[str]) -> int:
    folder, collections, rest = Path(arguments[0]), Path(arguments[1]), arguments[2:]
    stop_on_signals()
    try:
        with simulated_ontap(folder) as about:
            say(f"demo: a simulated ONTAP listens on {about['url']}, a simulated Azure on {about['azure_vault_url']}\n")
            control = Control(about["control_url"], about["ca_path"])
            start = time.monotonic()
            status = _play(about, folder, collections, rest)
            summary = _summary(
                control.log(),
                control.connections()["accepted"],
                len(control.call("azure/log")),
                time.monotonic() - start,
            )
            control.close()
    except Failure as failure:
        say(f"demo: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\ndemo: interrupted; the simulated ONTAP is stopped")
        return 130
    say(f"\n{summary}")
    if status:
        say("\n".join(_full_output(folder).read_text(encoding="utf-8").splitlines()[-_LAST:]))
    say(
        "The simulated ONTAP and Azure are stopped."
        + (" The playbook FAILED." if status else " All of it went as planned.")
    )
    if _report(folder).is_file():
        say(f"The report, to be opened in a browser: {_report(folder)}")
    say(f"The full output of ansible-playbook: {_full_output(folder)}")
    say("Next: read playbooks/demo.yml, or start a simulated ONTAP to try your own on: make simulator")
    return status


if __name__ == "__main__":
    # A shell that started this in the background may have it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
