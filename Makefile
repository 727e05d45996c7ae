# make run | test | setup | check | crash | soak | bench     (`make` alone lists them)
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV := .venv
TESTS :=
REPEATS :=
BENCH :=
BIN := $(VENV)/bin
RECORD ?= crash.jsonl
FUZZ_SECONDS ?= 600
FUZZ_RUNS ?= 2000
CHROMIUM ?= /usr/bin/chromium
SCREENSHOTS ?= /tmp/leadline-screenshots
export CHROMIUM

# Where the environment says so, Python would compile the program anew at each of the many starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test setup check docs crash citus soak fuzz bench compare screenshots audit sbom notice dist lock

help:                ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: setup           ## start the demo server, import examples/leads.csv, stay until Ctrl-C
	@$(BIN)/leadline demo

test: $(VENV)/dev .venv-browser/ready   ## the test suite; TESTS="tests/unit" runs some of it, REPEATS=1 what repeats a proof as well
	@$(BIN)/python -c 'import os, sys; print("Testing on Python", sys.version.split()[0], os.path.realpath(sys.executable), flush=True)'
	@test -x $(CHROMIUM) || echo "Without $(CHROMIUM) the tests in a browser are left out (Debian: apt install chromium)." >&2
	@REPEATS=$(REPEATS) $(BIN)/python -m pytest $(TESTS)

setup: $(VENV)/ready ## only .venv; afterwards .venv/bin/leadline works

check: $(VENV)/dev   ## lint, types, imports
	@$(BIN)/ruff check src tests requirements docs/conf.py
	@$(BIN)/ruff format --check src tests requirements docs/conf.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: .venv-docs/ready   ## the documentation as a site in ./site, every link of it checked; nothing of it needs a network
	@rm -rf site
	@.venv-docs/bin/python -m sphinx -q -W --keep-going -n -E -d .venv-docs/doctrees -b html docs site
	@.venv-docs/bin/python -m tests.docs.built_site site
	@echo "Open site/index.html."

bench: $(VENV)/dev $(if $(findstring sandbox,$(BENCH)),.venv-bench/ready .venv-bench/azurite/ready)   ## speed of this machine, as ratios against hand-written SQL; BENCH="--only sandbox" what a test pays for a sandbox, BENCH="--against PATH" the same beside another checkout
	@$(BIN)/python -m tests.bench $(BENCH)

compare: $(VENV)/dev .venv-bench/ready   ## the bench's file through DuckDB, sqlite-utils, dlt and SQLAlchemy as well
	@$(BIN)/python -m tests.bench.compare

crash: $(VENV)/dev   ## the long proof: thousands of kills, power cuts, full disks; takes hours (RECORD=crash.jsonl)
	@test "$$(id -u)" = 0 || echo "Not root: proofs that mount disks of their own are left out." >&2
	@for tool in strace losetup mkfs.ext4 debootstrap; do command -v $$tool >/dev/null || echo "Without $$tool its proofs are left out: install it (Debian: apt install strace mount e2fsprogs debootstrap)." >&2; done
	@CRASH_LONG=1 CRASH_RECORD=$(RECORD) $(BIN)/python -m pytest tests/crash tests/nodes tests/edge tests/property tests/contract tests/push tests/install $(PROOFS) -rs
	@echo "The figures are in $(RECORD), a line for each proof."

# B608 is left to ruff (S608), which knows the files that build SQL from vouched names.
audit: .venv-audit/ready  ## known faults in the pinned requirements, and a look at our own source (asks an advisory service)
	@.venv-audit/bin/bandit -q -r src -ll -s B608
	@.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/runtime.txt || { echo "pip-audit found faults, or its advisory service is out of reach: read what it says above." >&2; exit 1; }

sbom: .venv-audit/ready   ## sbom.json: a CycloneDX list of what runs
	@.venv-audit/bin/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml --output-reproducible -o sbom.json

.venv-audit/ready: $(VENV)/bin/python requirements/audit.txt
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

.venv-docs/ready: $(VENV)/bin/python requirements/docs.txt
	@$(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@touch $@

.venv-bench/ready: $(VENV)/bin/python requirements/bench.txt
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

.venv-bench/azurite/ready:   # a neighbour of the bench; without npm, or what it fetches, the bench does without
	@mkdir -p $(@D)
	@npm install --prefix $(@D) --silent --no-audit --no-fund --ignore-scripts --fetch-retries=0 azurite@3.37.0 && touch $@ || \
	    echo "npm cannot install Azurite here: the table will say so." >&2

.venv-browser/ready:   # axe-core, which looks at pages; without npm, or what it fetches, tests that ask it are skipped
	@mkdir -p $(@D)
	@npm install --prefix $(@D) --silent --no-audit --no-fund --ignore-scripts --fetch-retries=0 axe-core@4.14.1 && touch $@ || \
	    echo "npm cannot install axe-core here: tests that ask it are skipped." >&2

screenshots: $(VENV)/dev   ## pictures of the console: three for the documentation, all screens in both themes and three widths into SCREENSHOTS
	@$(BIN)/python -m tests.console.screenshots $(SCREENSHOTS)

citus: $(VENV)/dev   ## the stores, the API and killed nodes on a cluster of Citus: LEADLINE_TEST_CITUS=postgresql://postgres@coordinator/postgres
	@test -n "$$LEADLINE_TEST_CITUS" || { echo "LEADLINE_TEST_CITUS names no cluster: set it to the URL of a database on the coordinator that has the extension and knows its nodes (docs/how-to/run-on-citus.md)." >&2; exit 1; }
	@REPEATS=$(REPEATS) $(BIN)/python -m pytest tests/contract/store tests/contract/api tests/nodes/test_killed_nodes.py -k given

fuzz: $(VENV)/fuzz   ## the long fuzzing: FUZZ_SECONDS=600 a target, FUZZ_RUNS=2000 of the API against its model; takes hours
	@set -e; for target in reader cells header multipart; do $(BIN)/python -m tests.fuzz $$target $(FUZZ_SECONDS); done
	@FUZZ_RUNS=$(FUZZ_RUNS) $(BIN)/python -m pytest -n0 tests/contract/api/test_schemathesis.py tests/fuzz

soak: $(VENV)/dev    ## 20 minutes of full load: does anything grow? (SOAK="--minutes 5 --database postgres")
	@$(BIN)/python -m tests.soak $(SOAK)

dist: $(VENV)/ready    ## the wheel of this version, in ./dist; the same bytes from the same sources
	@SOURCE_DATE_EPOCH=315532800 $(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .

notice: $(VENV)/ready  ## NOTICE: what runs, with the licence of each
	@$(BIN)/python requirements/notice.py > NOTICE.new && mv NOTICE.new NOTICE

# What builds the wheel is named in [build-system] alone.
lock: $(VENV)/dev  ## pin the requirements anew, with hashes; run make notice afterwards
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | \
	    $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml - -o requirements/runtime.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --group audit -o requirements/audit.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --group fuzz -o requirements/fuzz.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --group bench -o requirements/bench.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --fork-strategy fewest --group docs -o requirements/docs.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Leadline needs Python 3.11 or newer: install it (Debian: apt install python3 python3-venv) and run make again." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: install it (Debian: apt install python3-venv) and run make again." >&2; exit 1; }
	@echo "Creating $(VENV) and installing the pinned requirements, once." >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: $(VENV)/bin/python requirements/runtime.txt pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/ready requirements/dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/fuzz: $(VENV)/dev requirements/fuzz.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@
