# The two commands of the README are `make demo` and `make test`; `make check` is what a pull request must pass.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check bench crash test-servers clean docs

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	touch $@

demo: $(STAMP)
	@$(BIN)/python scripts/demo.py

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group bench
	$(BIN)/python -m benchmarks

# Kills runs at seeded points and continues them; a failed seed N is repeated with CRASH="--seed N --trials 1".
CRASH ?= --trials 2000
crash: $(STAMP)
	$(BIN)/python -m tests.e2e.crash $(CRASH)

# Servers and clients that others wrote, in the versions below, in an environment of their own. Needs Node.js and npm;
# `make test` does not.
SERVERS := build/servers
EVERYTHING := @modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/inspector@2.12.0
PEERS := mcp-server-time==2026.10.19 pyqsys==0.0.2 jsonrpcclient==4.0.3 snmpsim==1.2.2 pysmi

$(SERVERS)/.installed: pyproject.toml constraints.txt Makefile
	mkdir -p $(SERVERS)
	npm install --silent --no-fund --no-audit --no-save --prefix $(SERVERS) $(EVERYTHING)
	$(PYTHON) -m venv $(SERVERS)/python
	$(SERVERS)/python/bin/pip install --quiet --disable-pip-version-check --upgrade pip
	$(SERVERS)/python/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev $(PEERS)
	touch $@

test-servers: $(SERVERS)/.installed
	$(SERVERS)/python/bin/python -m pytest tests/servers

docs: $(STAMP)
	$(BIN)/python -m avops.project.schema schemas
	$(BIN)/python -m avops.lint.documentation docs/rules.md
	$(BIN)/python -m avops.model.devices docs/connectors
	$(BIN)/python scripts/library_docs.py
	PYTHONPATH=. $(BIN)/python scripts/cli_docs.py
	$(BIN)/python scripts/keys_docs.py

clean:
	rm -rf $(VENV) build dist .coverage htmlcov
