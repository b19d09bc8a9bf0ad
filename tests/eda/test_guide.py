# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to Event-Driven Ansible: its examples run, its commands are valid, its tables match the rulebooks and the
events.
"""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_rulebook.cli import get_parser

from ansible_collections.ontap.akv.tests.eda.support.clusters import encrypted, reads
from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.eda.test_rulebooks import EXAMPLES, described, rulebook
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.serving import Handler, http, serving
from simulator import Simulator
from tooling.paths import ROOT

GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_eda.rst").read_text(encoding="utf-8")
FAST = {"akv_interval": 1, "akv_health_interval": 1, "akv_confirm": 1}


def example(name: str) -> Any:
    """Return the content of an example."""
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def commands() -> list[list[str]]:
    """Return the words of each ansible-rulebook command, in a shell or the unit."""
    lines = GUIDE.replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^| |/)ansible-rulebook (--.*)", line) for line in lines if not line.strip().startswith("*")]
    return [shlex.split(each[1]) for each in found if each and "``" not in each[0]]


def first_cells(before: str) -> set[str]:
    """Return the names in the first column of the table after a text."""
    text = r"\s+".join(map(re.escape, before.split()))  # whatever the width of its lines
    (table,) = re.findall(rf"{text}\n\n\.\. list-table::\n(.*?)\n(?=\S)", GUIDE, re.DOTALL)
    cells = re.findall(r"^ +\* - (.*)$", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall("``(.*?)``", cell)}


def test_commands_are_valid() -> None:
    found = commands()
    assert len(found) >= 4
    for words in found:
        given = get_parser().parse_args(words)
        there = (rulebook(given.rulebook.removeprefix("ontap.akv.")), EXAMPLES / given.rulebook)
        assert any(path.is_file() for path in there)
        assert {given.inventory, given.vars} == {"inventory.yml", "vars.yml"}


def test_variables_match_rulebooks() -> None:
    of_both = first_cells("All of them are optional:")
    assert of_both == set(described("self_heal"))
    assert of_both - {"akv_rotate_when_unreachable"} == set(described("watch"))
    assert set(example("vars.yml")) <= of_both
    of_awx = first_cells("``akv_notify_playbook`` has no effect here.")
    assert of_both - {"akv_notify_playbook"} | of_awx == set(described("self_heal_awx"))


def test_systemd_unit_is_valid() -> None:
    """Its program is on the PATH that it sets, and temporary files are in memory."""
    (text,) = re.findall(r"# /etc/systemd/system/ontap-akv.service\n(.*?)\n\n\.\. ", GUIDE, re.DOTALL)
    lines = [line.strip() for line in text.splitlines()]
    unit = configparser.RawConfigParser(strict=False, delimiters="=")
    unit.read_string("\n".join(lines))
    assert unit.sections() == ["Unit", "Service", "Install"]
    environment = dict(
        each.split("=", 1)
        for line in lines
        if line.startswith("Environment=")
        for each in line.partition("=")[2].split()
    )
    assert environment["PATH"].startswith(str(Path(shlex.split(unit["Service"]["ExecStart"])[0]).parent))
    assert environment["TMPDIR"] == f"/run/{unit['Service']['RuntimeDirectory']}"


@pytest.fixture
def chat() -> Iterator[tuple[str, list[Any]]]:
    """Run a chat; return its URL and the messages that it receives."""
    said: list[Any] = []

    class Chat(Handler):
        def do_POST(self) -> None:  # noqa: N802 - the name is the base class's
            said.append(self.asked())
            self.answered(204)

    with serving(http(Chat)) as url:
        yield f"{url}/", said


def test_notification_playbook_posts_to_chat(
    place: Callable[..., Place], east: Simulator, chat: tuple[str, list[Any]]
) -> None:
    """The playbook sends a loss and its escalation to a chat; the inventory is that of the guide."""
    url, said = chat
    encrypted(east, "svm1")
    here = place(east=east)
    here.environment["CHAT_URL"] = url
    folder = here.folder / "notify"
    folder.mkdir()
    shutil.copy(EXAMPLES / "notify.yml", folder)
    given = {**example("vars.yml"), "akv_clusters": here.listed(), "akv_notify_playbook": str(folder / "notify.yml")}
    running = here.start(
        "ontap.akv.watch",
        "-i",
        str(EXAMPLES / "inventory.yml"),
        **{**given, **FAST},
        akv_remind=3,
        akv_escalate_after=2,
    )
    running.until(lambda: reads(east), "the cluster was never read")
    east.control.reboot("node1")
    running.until(
        lambda: any(each["text"].startswith("ACTION REQUIRED: ") for each in said), "the escalation did not arrive"
    )
    assert said[0]["text"].startswith("Azure Key Vault: ")
    (event,) = running.of("akv_state_lost", reminder=0)
    assert event["text"] in said[0]["text"]
    assert set(event) - {"meta"} == first_cells("Every event has the same fields:")


def test_notification_playbook_has_valid_syntax() -> None:
    subprocess.run(
        [
            program("ansible-playbook"),
            "--syntax-check",
            "-i",
            str(EXAMPLES / "inventory.yml"),
            str(EXAMPLES / "notify.yml"),
        ],
        check=True,
    )
