# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Any Python from 3.11 on: make test PYTHON=/path/to/python3
PYTHON ?= python3
# Handed to the tool behind a target: make integration ARGS="tests/integration/test_x.py -k create"
ARGS ?=

TARGETS = demo demo-eda check test test-all test-newest test-cores test-ids test-browser test-eda test-monitoring simulator lint docs docs-check galaxy-check sanity \
          units simulator-tests integration contract awx chaos temperaments package bench bench-tests format recording report-picture support-table troubleshooting return-values execution-environment sbom audit readme-check release release-check clean

.DEFAULT_GOAL := help
.PHONY: help $(TARGETS)

help:
	@echo 'Try it:'
	@echo '  make demo                set everything up and show the collection at work on a simulated ONTAP'
	@echo '  make demo-eda            see a lost key come back by itself: ansible-rulebook, a simulated ONTAP, a node that reboots'
	@echo '  make simulator           start a simulated ONTAP to try things on; Ctrl-C stops it'
	@echo '  make docs                build the documentation as a site, in .work/docs'
	@echo 'Develop:'
	@echo '  make check               lint what changed and run the unit tests that import it; less than a minute'
	@echo '  make test                set everything up; run every linter, and the most important tests; ten minutes'
	@echo '  make test-all            run every check and test, a part also on the newest ansible-core, and measure coverage'
	@echo '  make units | simulator-tests | integration | contract | awx | bench-tests | package | test-browser | test-eda | test-monitoring'
	@echo '                           run one kind of test; ARGS="tests/unit/x.py -k name" chooses tests'
	@echo '  make lint                run ruff, mypy, yamllint, shellcheck, reuse, ansible-lint'
	@echo '  make docs-check          run antsibull-docs, antsibull-changelog'
	@echo '  make galaxy-check        run galaxy-importer on the built tarball'
	@echo '  make sanity              run ansible-test sanity; ARGS="--test validate-modules" chooses tests'
	@echo '  make test-newest         run units and integration on the newest ansible-core that a Python here supports'
	@echo '  make test-cores          run units, integration and sanity on every supported ansible-core'
	@echo '  make test-ids            print the IDs of all tests; ARGS=FILE prints the IDs in a file that no longer exist'
	@echo '  make chaos               run every module through thousands of random faults, and judge each outcome'
	@echo '  make temperaments        run every module against clusters that respond in every documented or plausible way'
	@echo '  make format              format the Python files'
	@echo '  make clean               remove .work/, which holds everything generated'
	@echo 'Release:'
	@echo '  make bench               measure times and compare them with uri, netapp.ontap and netapp-ontap; ARGS="--rounds N --only CASE... --latency MS"'
	@echo '                           ARGS=--fleet: the playbooks on 200 clusters of 50 SVMs; six minutes on two cores'
	@echo '  make recording           record make demo as the animated picture in the README (needs npm)'
	@echo '  make report-picture      put a picture of the report of a fleet with problems into the documentation (needs chromium)'
	@echo '  make support-table       write the table of releases into the README'
	@echo '  make troubleshooting     write the error codes into the guide'
	@echo '  make return-values       write the return values that modules share into their documentation'
	@echo '  make release ARGS=1.2.3  write the version and the changelog of a release'
	@echo '  make execution-environment'
	@echo '                           build the execution environment and run a playbook in it (needs podman; ARGS=--debian needs no registry)'
	@echo '  make sbom                write the software bill of materials of the execution environment (CycloneDX) to .work/sbom'
	@echo '  make audit               compare its Python packages with the known vulnerabilities; needs the package index'
	@echo '  make readme-check        run the README with the oldest and the newest ansible-core, in environments that hold nothing else'
	@echo '  make release-check       check whether the release can be tagged, and build its tarball'
	@echo 'PYTHON=... chooses a Python (3.11 or newer); ARGS=... goes to the tool behind a target.'

# The rest is in tests/tooling, with the standard library alone.
$(TARGETS):
	@command -v "$(PYTHON)" >/dev/null || { echo '$(PYTHON) was not found. Choose a Python (3.11 or newer) with PYTHON=/path/to/python3' >&2; exit 2; }
	@exec env PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" -m tooling $@ $(ARGS)
