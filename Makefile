# Everything runs in an environment of its own in .venv; it needs make, bash, git and Python >= 3.11.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
PIP := $(BIN)/python -m pip install --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
PARALLEL := --numprocesses auto --dist worksteal

# tests start a hundred processes: each would compile every module anew
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install install-dev lock demo test test-fast test-paths test-services proof check dev site bench figures live

help:  ## say what each command does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# step: what it does, the command; prints both what and how long
define step
@echo '$(1)'; started=$$(date +%s); $(2); echo "  $$(($$(date +%s) - started)) s"
endef

# the packages of a lock, from hashed pins; says how far it is, on one line of a terminal
define packages
$(PIP) --progress-bar off --require-hashes --no-deps -r $(1) | awk \
    -v all="$$(grep -c '^[^ ].*==' $(1))" -v is_terminal="$$([ -t 1 ] && echo 1 || echo 0)" ' \
    /^(Collecting|Ignoring|Requirement already)/ { \
        found++; split(/^Req/ ? $$4 : $$2, name, /[=:]/); \
        if (is_terminal) printf "\r\033[K  %d of %d: %s", found, all, name[1]; \
        else if (found % 40 == 0 || found == all) printf "  %d of %d\n", found, all } \
    /^Installing/ { if (is_terminal) printf "\r\033[K"; print "  all at hand, unpacking them" } \
    { fflush() }'
endef

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tapewatch needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(call step,1/4 make an environment in .venv,$(PYTHON) -m venv .venv)
	$(call step,2/4 install the packages of requirements.lock,$(call packages,requirements.lock))
	$(call step,3/4 install tapewatch itself,$(PIP) --quiet --no-deps --no-build-isolation --editable .)
	$(call step,4/4 compile the dbt models,$(BIN)/python -m assets.transform.compiled_models)
	@touch $@

$(INSTALLED_DEV): requirements-dev.lock $(INSTALLED)
	$(call step,install the tools of requirements-dev.lock,$(call packages,requirements-dev.lock))
	@touch $@

install: $(INSTALLED)  ## make the environment in .venv, from hashed pins

install-dev: $(INSTALLED_DEV)  ## add what tests and checks need: pytest, linters, Node, a Java runtime
	@# a changed model is compiled here once, not in each process of a test
	@$(BIN)/python -m assets.transform.compiled_models

demo: install  ## a real recording and a simulated market through the whole path, to a report
	$(BIN)/tapewatch demo $(if $(SEED),--seed $(SEED))

test: install-dev  ## every test that needs no server, but for those of whole paths and the long proofs
	$(PYTEST) $(PARALLEL)

test-fast: install-dev  ## the tests of the inner loop: each takes less than a quarter of a CPU second
	$(PYTEST) $(PARALLEL) -m "not slow and not services and not path and not proof"

test-paths: install-dev  ## the tests that take the whole path again and again: killed, moved, in any order
	$(PYTEST) $(PARALLEL) -m "path and not services and not proof"

test-services: install-dev  ## the tests against real Kafka, MinIO, PostgreSQL and schema registry
	$(PYTEST) -m "services and not proof" -rs

proof: install-dev  ## the long proofs, by hand: many seeds, kills of a run and of a stream, thousands of writes at once
	$(PYTEST) $(PARALLEL) -m "proof and not services"
	$(PYTEST) -m "proof and services" -rs -s

check: install-dev  ## what CI runs besides the tests: format, lint, types, room borders, SQL, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests reports/site/tables
	$(BIN)/dagster definitions validate -w workspace.yaml

dev: install  ## the Dagster UI on http://127.0.0.1:3000, over the lake in TAPEWATCH_HOME
	$(BIN)/tapewatch dev

site: install  ## the Evidence site on http://127.0.0.1:3002; builds it first, which needs Node 20 or newer
	$(BIN)/tapewatch site $(if $(PORT),--port $(PORT))

bench: install-dev  ## speed and memory, stage by stage, into tests/benchmarks/RESULTS.md
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/stream_bench.py
	TAPEWATCH_HOME=$$PWD/.tapewatch/demo $(BIN)/python tests/benchmarks/service_bench.py

figures: install-dev  ## how good each detector is: on fresh simulated markets, on clean ones, and its cost; hours
	$(BIN)/tapewatch evaluate rings --json > assets/detectors/figures/rings.json
	$(BIN)/tapewatch evaluate market --json > assets/detectors/figures/market.json
	$(BIN)/tapewatch evaluate clean --simulated 200 --json > assets/detectors/figures/clean.json
	$(BIN)/python tests/benchmarks/detector_bench.py > assets/detectors/figures/cost.json
	$(BIN)/python -m assets.detection.detector_page

live: install-dev  ## servers up, then simulated trades from Kafka to alerts, and a live page that shows them; Ctrl-C ends it
	infra/services.sh up
	. $${TAPEWATCH_HOME:-.tapewatch}/services/env && TAPEWATCH_WARM_RUNS=$${TAPEWATCH_WARM_RUNS:-true} \
	  $(BIN)/tapewatch live $(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS))

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock:  ## pin again what pyproject.toml asks for; needs uv
	$(LOCK) pyproject.toml --group build --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
