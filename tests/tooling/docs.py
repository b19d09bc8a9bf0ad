# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make docs`: build the documentation site; build and use need no network, and every warning is an error."""

from __future__ import annotations

import re
import shutil
import zlib
from pathlib import Path

from tooling import checks, docs_links, docs_pages, environment, tree
from tooling.paths import COLLECTION, ROOT, WORK
from tooling.running import Failure, checked, say
from tooling.steps import Result

SITE = WORK / "docs"
#: Input of Sphinx: the configuration, the generated pages, the guides.
SOURCE = WORK / "docs-source"
OURS = ROOT / "docs" / "docsite" / "site"
#: Labels of Ansible's own documentation -> page and title.
#: The collection refers to these pages instead of documenting their topics.
ANSIBLE_LABELS = {
    "action_plugins": ("plugins/action.html#action-plugins", "Action plugins"),
    "ansible_configuration_settings": (
        "reference_appendices/config.html#ansible-configuration-settings",
        "Ansible Configuration Settings",
    ),
    "common_return_values": ("reference_appendices/common_return_values.html#common-return-values", "Return Values"),
}
#: Ansible's own environment variables, which come with the options of every inventory plugin.
ANSIBLE_VARIABLES = (
    "ANSIBLE_CACHE_PLUGIN",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION",
    "ANSIBLE_CACHE_PLUGIN_PREFIX",
    "ANSIBLE_CACHE_PLUGIN_TIMEOUT",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
    "ANSIBLE_INVENTORY_CACHE",
    "ANSIBLE_INVENTORY_CACHE_CONNECTION",
    "ANSIBLE_INVENTORY_CACHE_PLUGIN",
    "ANSIBLE_INVENTORY_CACHE_PLUGIN_PREFIX",
    "ANSIBLE_INVENTORY_CACHE_TIMEOUT",
)
_CONTENTS = ".. contents::\n   :local:\n   :depth: 1\n"
#: The first sentence of the index of antsibull-docs, which has only the variables of Ansible's own options.
_INDEX = "The following index documents all environment variables declared by plugins in collections."
_OWN_VARIABLES = (
    "The variables of this collection (``ONTAP_...``) are on the page :doc:`environment`. This index has only those of"
    " Ansible's options for inventory plugins."
)
#: A proxy that does not exist: any network access fails, and its warning ends the build.
_NO_NETWORK = dict.fromkeys(
    ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:9"
)


def build() -> Path:
    """Build the site and return its folder."""
    interpreter = checks.lint_environment()
    env = environment.for_ansible(interpreter, WORK / "docs-collection") | _NO_NETWORK
    for name in ("no_proxy", "NO_PROXY"):
        env.pop(name, None)
    collection = tree.copy("docs-collection")
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(OURS, SOURCE)
    pages = SOURCE / "rst"
    pages.mkdir(mode=0o755)
    _antsibull(interpreter.parent, env, pages)
    for name in ("examples", "images"):
        # antsibull-docs accepts only the guides.
        shutil.copytree(collection / "docs" / "docsite" / "rst" / name, pages / "docsite" / name)
    _write_pages(pages)
    _write_inventory(SOURCE / "ansible.inv")
    shutil.rmtree(SITE, ignore_errors=True)
    command: list[str | Path] = [
        interpreter,
        "-m",
        "sphinx",
        "-b",
        "html",
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "-d",
        WORK / "cache" / "sphinx",
    ]
    shutil.rmtree(WORK / "cache" / "sphinx", ignore_errors=True)
    checked([*command, "-c", SOURCE, pages, SITE], env, log="sphinx")
    return SITE


def run_docs() -> Result:
    """Build the site and check every link in it."""
    site = build()
    wrong = [*missing(site), *docs_links.problems(site)]
    if wrong:
        raise Failure("\n".join(wrong))
    say(f"The documentation: {site / 'index.html'}")
    number = len(list(site.rglob("*.html")))
    return Result("", passed=1, note=f"{number} pages in {site.relative_to(ROOT)}")


def pages_wanted() -> list[str]:
    """Return the address of a page for each plugin, role and playbook; playbooks share one page."""
    kinds = {"modules": "module", "filter": "filter", "inventory": "inventory"}
    found = [
        f"{path.stem}_{kind}.html"
        for folder, kind in kinds.items()
        for path in (ROOT / "plugins" / folder).glob("*.py")
    ]
    found += [f"{path.name}_role.html" for path in (ROOT / "roles").iterdir() if path.is_dir()]
    found += [f"playbooks.html#playbook-{playbook.name.replace('_', '-')}" for playbook in docs_pages.playbooks()]
    found += [f"docsite/{path.stem}.html" for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")]
    return sorted(found)


def missing(site: Path) -> list[str]:
    """Return the pages that do not exist or that the landing page does not link to."""
    linked = docs_links.Page((site / "index.html").read_text(encoding="utf-8")).links
    wanted = pages_wanted()
    absent = [f"{page}: there is no such page" for page in wanted if not (site / page.partition("#")[0]).is_file()]
    return absent + [f"{page}: the landing page does not link to it" for page in wanted if page not in linked]


def _antsibull(programs: Path, env: dict[str, str], pages: Path) -> None:
    command: list[str | Path] = [
        programs / "antsibull-docs",
        "--config-file",
        SOURCE / "antsibull-docs.cfg",
        "collection",
    ]
    options = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    checked(
        [*command, *options, "--dest-dir", pages, f"{COLLECTION.parent.name}.{COLLECTION.name}"],
        env,
        log="antsibull-docs-pages",
    )
    for page in pages.glob("*.rst"):
        # The theme shows the contents beside the page and warns if the page shows them again.
        page.write_text(page.read_text(encoding="utf-8").replace(_CONTENTS, ""), encoding="utf-8")


def _write_pages(pages: Path) -> None:
    """Write the landing page (instead of the index of antsibull-docs), and the pages on playbooks and environment."""
    index = (pages / "index.rst").read_text(encoding="utf-8")
    found = docs_pages.plugins(index)
    guides = re.findall(r"^ +docsite/(\w+)$", index, re.MULTILINE)
    (version,) = re.findall(r"^Collection version (\S+)$", index, re.MULTILINE)
    template = (OURS / "index.rst").read_text(encoding="utf-8")
    (pages / "index.rst").write_text(docs_pages.landing(template, version, guides, found), encoding="utf-8")
    options = {plugin.name: _options(pages / f"{plugin.name}_role.rst") for plugin in found if plugin.kind == "role"}
    template = (OURS / "playbooks.rst").read_text(encoding="utf-8")
    (pages / "playbooks.rst").write_text(docs_pages.about_playbooks(template, options), encoding="utf-8")
    shutil.copyfile(OURS / "environment.rst", pages / "environment.rst")
    variables = pages / "environment_variables.rst"
    variables.write_text(variables.read_text(encoding="utf-8").replace(_INDEX, _OWN_VARIABLES), encoding="utf-8")


def _options(page: Path) -> set[str]:
    return set(re.findall(r'id="parameter-main--(\w+)"', page.read_text(encoding="utf-8")))


def _write_inventory(path: Path) -> None:
    """Write a Sphinx inventory of the labels in Ansible's own documentation that the pages may refer to."""
    lines = [f"{label} std:label -1 {page} {title}\n" for label, (page, title) in ANSIBLE_LABELS.items()]
    lines += [f"{name} std:envvar 1 reference_appendices/config.html#envvar-$ -\n" for name in ANSIBLE_VARIABLES]
    head = (
        "# Sphinx inventory version 2\n# Project: ansible\n# Version: latest\n# The remainder of this file is"
        " compressed using zlib.\n"
    )
    path.write_bytes(head.encode() + zlib.compress("".join(lines).encode()))
