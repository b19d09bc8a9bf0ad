# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Any Python from 3.11 on: make test PYTHON=/path/to/python3
PYTHON ?= python3
# Handed to the tool behind a target: make integration ARGS="tests/integration/test_x.py -k create"
ARGS ?=

TARGETS = demo demo-eda test test-all test-newest test-browser test-eda simulator lint docs docs-check galaxy-check sanity \
          units simulator-tests integration contract awx chaos temperaments package bench bench-tests format report-picture support-table troubleshooting return-values release release-check clean

.DEFAULT_GOAL := help
.PHONY: help $(TARGETS)

help:
	@echo 'make demo             set everything up and show the collection at work on a simulated ONTAP'
	@echo 'make demo-eda         see a lost key come back by itself: ansible-rulebook, a simulated ONTAP, a node that reboots'
	@echo 'make test             set everything up and run every test and linter'
	@echo 'make test-all         unit, integration and sanity tests on every supported ansible-core'
	@echo 'make test-newest      unit and integration tests on the newest ansible-core that a Python here takes'
	@echo 'make test-browser     the page of the fleet report in headless Chromium (Debian: chromium, chromium-driver; axe-core by npm)'
	@echo 'make test-eda         the rulebooks, run by ansible-rulebook (needs Java) against simulated ONTAPs'
	@echo 'make simulator        start a simulated ONTAP and a simulated Azure to try things on, until Ctrl-C'
	@echo 'make lint             ruff, mypy, yamllint, shellcheck, reuse, ansible-lint'
	@echo 'make docs             the documentation as a site, in .work/docs'
	@echo 'make docs-check       antsibull-docs, antsibull-changelog'
	@echo 'make galaxy-check     galaxy-importer on the built tarball'
	@echo 'make units | simulator-tests | integration | contract | awx | bench-tests | package | sanity    one kind of test'
	@echo 'make chaos            every module through thousands of random faults, each outcome judged; make test runs a few'
	@echo 'make temperaments     every module against clusters that respond in every documented or plausible way; make test runs a few'
	@echo 'make bench            times beside uri, netapp.ontap and netapp-ontap; ARGS="--rounds N --only CASE... --latency MS"'
	@echo 'make format           lay out the Python files'
	@echo 'make report-picture   bring a picture of the report that make demo wrote last into the documentation (needs chromium)'
	@echo 'make support-table    bring the table of releases into the README'
	@echo 'make troubleshooting  bring the error codes into the guide'
	@echo 'make return-values    bring the return values that modules share into their documentation'
	@echo 'make release ARGS=1.2.3    version and changelog of a release; make release-check: whether it can be tagged, and its tarball'
	@echo 'make clean            remove .work/, where everything generated is'
	@echo 'PYTHON=... chooses a Python (3.11 or newer), ARGS=... is handed to the tool behind a target.'

# The rest is in tests/tooling, with the standard library alone.
$(TARGETS):
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no $(PYTHON) here: choose a Python, 3.11 or newer, with PYTHON=/path/to/python3' >&2; exit 2; }
	@exec env PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" -m tooling $@ $(ARGS)
