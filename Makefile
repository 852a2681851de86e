# What can be done here. A fresh machine needs Python 3.11+ and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .bench-venv
BENCH_STAMP := $(BENCH)/.installed
OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-all office fuzz lint types check bench bench-all bench-test counts clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

setup: $(STAMP) ## Make .venv and install everything into it

demo: $(STAMP) ## Score the sample portfolio and explain a company
	@$(BIN)/socialrules demo -o demo-out

test: $(STAMP) ## Run the tests that take under five minutes
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-slow: $(STAMP) ## Run the tests that take longer
	@$(BIN)/python -m pytest -q -n 2 -m slow

test-all: $(STAMP) ## Run every test
	@$(BIN)/python -m pytest -q -n 2

FUZZ ?= 20000

office: ## Install LibreOffice from Debian, for the tests that open a form in it
	@command -v soffice >/dev/null || { apt-get update -qq && apt-get install -y --no-install-recommends libreoffice-calc poppler-utils; }

fuzz: $(STAMP) ## Try 20,000 new inputs that nobody would write (FUZZ=N for another number)
	@$(BIN)/python -m pytest -q -rA tests/fuzz -m slow --fuzz-examples $(FUZZ)

lint: $(STAMP) ## Formatting, lint, and which way imports point
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

types: $(STAMP) ## Types, strictly
	@$(BIN)/mypy

check: lint types test-all ## All that must hold before a change is merged

$(BENCH_STAMP): pyproject.toml benchmarks/requirements.txt
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --editable . --requirement benchmarks/requirements.txt
	@touch $(BENCH_STAMP)

bench: $(BENCH_STAMP) ## Measure speed and memory beside others; see docs/benchmarks.md. OPTIONS="--only A --runs 5"
	@$(BENCH)/bin/python -m benchmarks $(OPTIONS)

bench-all: $(BENCH_STAMP) ## The same with ten million companies; takes hours and much disk
	@$(BENCH)/bin/python -m benchmarks --sizes 5000,100000,1000000,10000000 $(OPTIONS)

bench-test: $(BENCH_STAMP) ## Check that everything we compare with gives our outcomes
	@$(BENCH)/bin/python -m pytest -q tests/bench/test_peers.py

counts: $(STAMP) ## Accept what a run does now (statements, operators, scans) as what it may do
	@$(BIN)/python -m benchmarks.counts

clean: ## Remove what was built
	rm -rf $(VENV) $(BENCH) benchmarks/data dist build demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
