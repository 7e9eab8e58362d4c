# Each target makes the one shared .venv where it is missing; Python >= 3.11 and make suffice.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test coverage check bench soak audit sbom help
.DEFAULT_GOAL := help

help:
	@echo "make install  put the command copytrader into .venv/bin, with all it needs"
	@echo "make demo   watch a master's trades copied to three followers on a local exchange;"
	@echo "            make demo ARGS='--scenario stops' plays another day"
	@echo "make test   run the tests"
	@echo "make coverage  every branch of engine/core by tests/core alone, 100 % or it fails, ~3 minutes"
	@echo "make check  run the static gate: format, lint, types, architecture"
	@echo "make bench  measure frame -> last order beside other copiers and bare sockets, ~15 minutes;"
	@echo "            make bench ARGS='--followers 10 --rounds 10' measures less"
	@echo "make soak   100,000 simulated days of faults, kills and restarts, hours on all cores;"
	@echo "            make soak ARGS='--schedules 2000' or '--seconds 600' runs less"
	@echo "make audit  look up known holes in what is installed (needs pypi.org), and what runs by itself"
	@echo "make sbom   write build/sbom.json, the bill of materials (CycloneDX)"

.venv/ready: requirements.lock
	@echo "making .venv (once, about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock >.venv/install.log 2>&1 & \
	  pip=$$!; trap "kill $$pip; exit 130" INT TERM; all=$$(grep -c == requirements.lock); \
	  while [ -t 1 ] && kill -0 $$pip 2>/dev/null; do \
	    if grep -q ^Installing .venv/install.log; then did="fetched, being installed"; else did=fetched; fi; \
	    printf '\r  %s of %s packages %s ' "$$(grep -cE '^(Collecting|Processing|Ignoring)' .venv/install.log)" "$$all" "$$did"; sleep 1; \
	  done; \
	  wait $$pip || { echo; tail -n 20 .venv/install.log >&2; exit 1; }; if [ -t 1 ]; then echo; fi
	@touch $@

install: .venv/bin/copytrader
	@echo "installed; for this terminal:  . .venv/bin/activate   then: copytrader setup"

.venv/bin/copytrader: .venv/ready pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: .venv/ready
	@$(BIN)/python -m bot demo $(ARGS)

# What is compiled is kept, whatever the environment says: workers and programs under test are many.
test: .venv/ready
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder

coverage: .venv/ready
	@$(BIN)/python -m coverage run --branch --source=engine/core -m pytest -q tests/core
	@$(BIN)/python -m coverage report --show-missing --skip-covered --fail-under=100

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	@$(BIN)/python -m bench $(ARGS)

soak: .venv/ready
	@$(BIN)/python -m tests.sim.soak $(ARGS)

audit: .venv/ready
	@$(BIN)/python -m supply_chain.audit

sbom: .venv/ready
	@$(BIN)/python -m supply_chain.sbom build/sbom.json
