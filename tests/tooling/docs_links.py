# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the pages of a site: all link targets exist, and nothing is loaded from other sites."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser loads automatically: element -> its attributes with an address.
_LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
#: A link element with one of these relations only names an address and loads nothing.
_NOT_LOADED = {"author", "canonical", "index", "license", "next", "prev", "search"}
_IN_CSS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


class Page(HTMLParser):
    """The content of one page: IDs that can be linked to, links, addresses that a browser loads, and its own styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name) and (name == "id" or tag == "a")}
        self.loaded += _in_styles(given.get("style", ""))
        if tag in {"a", "area"} and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and _NOT_LOADED & set(given.get("rel", "").split()):
            self.links.append(given.get("href", ""))
        else:
            for name in _LOADED.get(tag, ()):
                # A srcset contains several addresses, each followed by a size.
                parts = given.get(name, "").split(",") if name == "srcset" else [given.get(name, "")]
                self.loaded += [part.split()[0] for part in parts if part.strip()]

    def handle_endtag(self, _tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loaded += _in_styles(data)


def problems(site: Path) -> list[str]:
    """Return a line for each broken link and for each address that is loaded from another site."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site)
        found += [
            f"{where}: {target} is not there" for target in page.links if not _is_there(site, path, target, pages)
        ]
        found += [f"{where}: {target} {wrong}" for target in page.loaded if (wrong := _cannot_load(site, path, target))]
    for path in sorted(site.rglob("*.css")):
        where = path.relative_to(site)
        found += [
            f"{where}: {target} {wrong}"
            for target in _in_styles(path.read_text(encoding="utf-8"))
            if (wrong := _cannot_load(site, path, target))
        ]
    return sorted(set(found))


def _in_styles(text: str) -> list[str]:
    return [url or imported for url, imported in _IN_CSS.findall(text)]


def _is_there(site: Path, page: Path, target: str, pages: dict[Path, Page]) -> bool:
    """Whether a link inside the site leads to an existing file and anchor; external links are not checked."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return True
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not path.is_relative_to(site) or not path.is_file():
        return False
    return not parts.fragment or path not in pages or unquote(parts.fragment) in pages[path].ids


def _cannot_load(site: Path, page: Path, target: str) -> str | None:
    parts = urlsplit(target)
    if parts.scheme == "data" or (not parts.path and not parts.netloc):
        return None
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere"
    path = (page.parent / unquote(parts.path)).resolve()
    return None if path.is_relative_to(site) and path.is_file() else "is not there"
