# Everything runs in an environment of its own in .venv; it needs make, git and Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: help install demo test test-services check dev bench live chaos

help:  ## say what each command does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tapewatch needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m assets.transform.compiled_models
	@touch $@

install: $(INSTALLED)  ## make the environment in .venv, from hashed pins

demo: install  ## a real recording and a simulated market through the whole path, to a report
	$(BIN)/tapewatch demo $(if $(SEED),--seed $(SEED))

test: install  ## every test that needs no server
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-services: install  ## the tests against real Kafka, MinIO, PostgreSQL and schema registry
	$(BIN)/python -m pytest -m services -rs

check: install  ## what CI runs besides the tests: format, lint, types, room borders, SQL, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests
	$(BIN)/dagster definitions validate -w workspace.yaml

dev: install  ## the Dagster UI on http://127.0.0.1:3000, over the lake in TAPEWATCH_HOME
	$(BIN)/tapewatch dev

bench: install  ## speed and memory, stage by stage, into tests/benchmarks/RESULTS.md
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/stream_bench.py

live: install  ## servers up, then simulated trades from Kafka to alerts, a line a second; Ctrl-C ends it
	infra/services.sh up
	. $${TAPEWATCH_HOME:-.tapewatch}/services/env && TAPEWATCH_WARM_RUNS=$${TAPEWATCH_WARM_RUNS:-true} \
	  $(BIN)/tapewatch live $(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS))

chaos: install  ## twenty SIGKILLs at random points of a run, twenty over a stream: nothing is lost
	$(BIN)/python -m pytest tests/test_killed_run.py --kills 20
	$(BIN)/python -m pytest -m services -s tests/chaos --stream-kills 20 --messages 2000000
