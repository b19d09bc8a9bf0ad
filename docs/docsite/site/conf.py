# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site; `make docs` puts this beside the pages. It reads nothing from the network, and the site loads nothing from elsewhere."""

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
# site.css has the colours, for light and dark.
antsibull_ext_color_scheme = "none"
