# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site; `make docs` puts this beside the pages. It reads nothing from the network, and the site
loads nothing from elsewhere.
"""

from __future__ import annotations

project = "ontap.akv"
author = "ontap.akv contributors"
project_copyright = "ontap.akv contributors"
extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# Labels of Ansible's own documentation, as a file that `make docs` writes: one that is not in it is a warning.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "../ansible.inv")}
nitpicky = True
default_role = "any"
highlight_language = "yaml+jinja"

html_theme = "furo"
html_title = "ontap.akv"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/logo.svg"
html_logo = "static/logo.svg"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_last_updated_fmt = None
# The colours of options and return values are below, for light and dark.
antsibull_ext_color_scheme = "none"
_SURFACES = {
    "antsibull-links-background": "var(--color-brand-primary)",
    "antsibull-links-background-active": "var(--color-brand-content)",
    "antsibull-links-focus-outline": "var(--color-foreground-border)",
    "antsibull-links-text": "var(--color-background-primary)",
    "antsibull-table-background-header": "var(--color-background-secondary)",
    "antsibull-table-background-even": "var(--color-background-primary)",
    "antsibull-table-background-odd": "var(--color-background-primary)",
    "antsibull-table-border": "var(--color-background-border)",
    "antsibull-narrowtable-background": "var(--color-background-secondary)",
    "antsibull-option-sample-header": "var(--color-foreground-primary)",
    "antsibull-attribute-support-na": "inherit",
    "antsibull-deprecation-border": "var(--color-foreground-border)",
    "antsibull-deprecation-background": "var(--color-background-secondary)",
    "antsibull-deprecation-color": "var(--color-foreground-primary)",
}


def _colours(brand: str, blue: str, violet: str, red: str, yellow: str, green: str) -> dict[str, str]:
    return {
        **_SURFACES,
        "color-brand-primary": brand,
        "color-brand-content": brand,
        "antsibull-option-type": violet,
        "antsibull-option-elements": violet,
        "antsibull-option-required": red,
        "antsibull-option-version-added": green,
        "antsibull-option-aliases": green,
        "antsibull-option-default": blue,
        "antsibull-option-sample": blue,
        "antsibull-attribute-support-none": red,
        "antsibull-attribute-support-partial": yellow,
        "antsibull-attribute-support-full": green,
    }


html_theme_options = {
    "light_css_variables": _colours("#0f5cad", "#0f5cad", "#7b2d8e", "#b42318", "#7a5b00", "#1a6b2f"),
    "dark_css_variables": _colours("#7db7f5", "#8ab8ff", "#d7a6ff", "#ff9a8f", "#e3c65b", "#86d993"),
}
