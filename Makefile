# Needs python3 (3.11 or newer) and make, nothing else; everything is installed into .venv beside this file.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench compiled soak

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## Play one night end to end on this machine: real servers on loopback, 500 people, every one accounted for
	@$(BIN)/python -m tests.demo

test: lint ## Lint, then run the tests (without the long ones)
	@$(PYTEST) -n 2 --dist loadfile

lint: $(STAMP) ## Check style, types and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }

docs: $(STAMP) ## Write the generated pages under docs/ anew, then check that the documentation is true
	@$(BIN)/python -m docs.generate
	@$(PYTEST) tests/docs

bench: $(STAMP) ## Measure it beside its peers on this machine, into docs/benchmarks.md
	@$(BIN)/python -m bench --write

compiled: $(STAMP) ## Make the hot modules native code in build/compiled (needs a C compiler), and test them there
	@$(BIN)/python -m bench.rig.compiled
	@cd build/compiled && ../../$(PYTEST) -n 2 --dist loadfile tests/channel tests/delivery tests/message tests/flow/test_sending.py

soak: $(STAMP) ## Run the long tests: many kills, many workers, many people
	@$(PYTEST) -m soak --timeout 3600
	@HYPOTHESIS_PROFILE=explore $(PYTEST) -n 2 --timeout 3600 -k 'properties or segment or fit or patch or loader'

$(STAMP): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "incident needs Python 3.11 or newer. Name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. Install it with: apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing incident and its tools into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-input --editable '.[test]'
	@touch $@
