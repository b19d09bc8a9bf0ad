# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point. Old Python versions must be able to parse it, so that it can report that they are too old."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    version = ".".join(str(part) for part in sys.version_info[:3])
    sys.stderr.write("This needs Python 3.11 or newer, and " + sys.executable + " is " + version + ".\n")
    sys.stderr.write("Choose another one: make ... PYTHON=/path/to/python3\n")
    sys.exit(2)

from tooling.cli import main

sys.exit(main(sys.argv[1:]))
