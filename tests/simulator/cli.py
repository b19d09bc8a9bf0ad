# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the CLI, as far as they are simulated: what each takes, the privilege level that it needs, and its work.

Source: public documentation, the command reference of each release ("security key-manager external azure ...",
"security key-manager key migrate"), which tells the privilege level and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import errors
from .cluster import Svm, Vault
from .errors import ApiError
from .jobs import Work
from .world import World

LEVELS = ("admin", "advanced", "diagnostic")
_AZURE = "security key-manager external azure"

Options = Mapping[str, str]


def _nothing() -> None:
    """A command that shows something has no work."""


@dataclass(frozen=True)
class Run:
    """A command that was understood: its work and the SVM that it is about, or what it shows."""

    line: str
    svm: Svm
    work: Work = _nothing
    output: Callable[[], str] = field(default=str)


@dataclass(frozen=True)
class Command:
    """One command. `prepare` checks the options' values."""

    level: str
    required: tuple[str, ...]
    prepare: Callable[[Cli, Options], Run]
    #: Whether it only shows something.
    shows: bool = False


class UnknownCommandError(ApiError):
    """ONTAP does not recognize a command that is none, or that the privilege level hides (assumption for the
    latter).
    """

    def __init__(self, line: str) -> None:
        super().__init__("3", f'"{line}" is not a recognized command', status=404)


class Cli:
    """The commands, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def understand(self, line: str, options: Options, level: str, *, shows: bool, svm: Svm | None = None) -> Run:
        """Find and check a command; `line` holds its words, `shows` says whether one that shows something is allowed.

        svm: that of the tunneling headers, to which a command that is about two SVMs does not exist (assumption).
        """
        command = COMMANDS.get(line)
        if command is None or LEVELS.index(level) < LEVELS.index(command.level) or (command.shows and not shows):
            raise UnknownCommandError(line)
        if svm is not None:
            if "vserver" not in command.required:
                raise UnknownCommandError(line)
            if options.get("vserver", svm.name) != svm.name:
                raise errors.other_svm("vserver", options["vserver"])
            options = {**options, "vserver": str(svm.name)}
        for name in options:
            if name not in command.required and not (command.shows and name == "instance"):
                raise errors.unexpected_argument(name)
        missing = [name for name in command.required if not options.get(name)]
        if missing:
            raise errors.missing(missing)
        return command.prepare(self, options)

    def vault(self, options: Options) -> Vault:
        """The enabled configuration of `-vserver`."""
        name = options["vserver"]
        cluster = self.world.cluster
        svm = cluster.itself if name == cluster.config.name else cluster.svms.get(name)
        if svm is None:
            raise errors.no_svm(name, "vserver")
        vault = cluster.vault_of(svm)
        if vault is None:
            raise errors.documented("rekey-internal", "65537120")
        return vault


def _rekey_internal(cli: Cli, options: Options) -> Run:
    vault = cli.vault(options)
    return Run(f"{_AZURE} rekey-internal", vault.svm, partial(cli.world.vaults.do_rekey_internal, vault))


def _rekey_external(cli: Cli, options: Options) -> Run:
    vault = cli.vault(options)
    cli.world.vaults.check_key(options["key-id"])
    return Run(
        f"{_AZURE} rekey-external", vault.svm, partial(cli.world.vaults.do_rekey_external, vault, options["key-id"])
    )


def _restore(cli: Cli, options: Options) -> Run:
    vault = cli.vault(options)
    return Run(f"{_AZURE} restore", vault.svm, partial(cli.world.vaults.do_restore, vault))


def _migrate(cli: Cli, options: Options) -> Run:
    way = cli.world.migration.named(options["from-vserver"], options["to-vserver"])
    return Run("security key-manager key migrate", way.svm, partial(cli.world.migration.do_migrate, way))


def _show(cli: Cli, options: Options) -> Run:
    vault = cli.vault(options)
    return Run(f"{_AZURE} show", vault.svm, output=partial(_shown, cli, vault))


def _check(cli: Cli, options: Options) -> Run:
    vault = cli.vault(options)
    return Run(f"{_AZURE} check", vault.svm, output=partial(_checked, cli, vault))


def _shown(cli: Cli, vault: Vault) -> str:
    """`show -instance`: its labels are those of the parameters in the command reference, the layout is an
    assumption.
    """
    record = cli.world.records.vault(vault, frozenset())
    labels = {
        "Application (Client) ID of Deployed Azure Application": record["client_id"],
        "Directory (Tenant) ID of Deployed Azure Application": record["tenant_id"],
        "Deployed Azure Key Vault DNS Name": record["name"],
        "Key Identifier of AKV Key Encryption Key": record["key_id"],
    }
    return _lines({"Vserver": vault.svm.name or cli.world.config.name, **labels})


def _checked(cli: Cli, vault: Vault) -> str:
    """`check`: the categories are those of the command reference, the layout is an assumption."""
    record = cli.world.records.vault(vault, frozenset({"state", "azure_reachability", "ekmip_reachability"}))
    found = {
        "service_reachability": record["azure_reachability"],
        "ekmip_server": next((node for node in record["ekmip_reachability"] if node["message"]), {"message": ""}),
        "kms_wrapped_key_status": record["state"],
    }
    parts = [f"Vserver: {vault.svm.name or cli.world.config.name}\n"]
    for category, status in found.items():
        told: dict[str, Any] = {"Category": category, "Status": "FAILED" if status["message"] else "OK"}
        parts.append(_lines(told | ({"Details": status["message"]} if status["message"] else {})))
    return "\n".join(parts)


def _lines(labels: Mapping[str, Any]) -> str:
    width = max(len(label) for label in labels)
    return "".join(f"{label:>{width}}: {value}\n" for label, value in labels.items())


COMMANDS = {
    f"{_AZURE} rekey-internal": Command("advanced", ("vserver",), _rekey_internal),
    f"{_AZURE} rekey-external": Command("advanced", ("vserver", "key-id"), _rekey_external),
    f"{_AZURE} restore": Command("admin", ("vserver",), _restore),
    f"{_AZURE} show": Command("admin", ("vserver",), _show, shows=True),
    f"{_AZURE} check": Command("advanced", ("vserver",), _check, shows=True),
    # The command reference has the first; the REST reference names the second up to 9.10.
    "security key-manager key migrate": Command("advanced", ("from-vserver", "to-vserver"), _migrate),
    "security key-manager migrate": Command("advanced", ("from-vserver", "to-vserver"), _migrate),
}
