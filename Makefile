PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
T ?= tests

.PHONY: help up demo test check bench fuzz faults migrate openapi lock clean

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/runtime: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Throughline needs Python 3.11 or 3.12 (with venv) on the PATH, or PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the pinned dependencies, PostgreSQL and Redis among them: one to a few minutes, and nothing to see meanwhile"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

up: .venv/runtime ## start everything on an empty or existing data folder
	$(BIN)/throughline up

demo: .venv/runtime ## play the main job on a synthetic district, then keep serving
	$(BIN)/throughline demo

test: .venv/dev ## run every test (T=path narrows)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(T)

check: .venv/dev ## format, lint, types, boundaries
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev ## measure ours against the baselines, as ratios
	$(BIN)/python -m bench

fuzz: .venv/dev ## schemathesis, longer than in make test
	THROUGHLINE_FUZZ_EXAMPLES=200 $(BIN)/python -m pytest tests/e2e/test_fuzz.py -n 2

faults: .venv/dev ## kill, flush and restart things under load
	THROUGHLINE_FAULTS_RUNS=$${THROUGHLINE_FAULTS_RUNS:-5} THROUGHLINE_FAULTS_ROUNDS=$${THROUGHLINE_FAULTS_ROUNDS:-19} $(BIN)/python -m pytest tests/faults/test_at_random.py tests/faults/test_restored.py -n 0 -s

migrate: .venv/runtime ## bring DATABASE_URL's schemas up to date
	$(BIN)/throughline migrate

openapi: .venv/runtime ## write the merged document to docs/openapi.json
	$(BIN)/throughline openapi --output docs/openapi.json

lock: ## pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.txt
	uv pip compile pyproject.toml --group dev --constraint requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements-dev.txt

clean: ## remove the virtual environment and the data folder
	rm -rf .venv .throughline
