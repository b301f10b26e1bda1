# `make help` lists what there is. Needs Python 3.11 or newer and make; everything else it installs under .venv and var.

PYTHON ?= python3
PORT ?= 8000
BILLING ?= embedded
BIN := .venv/bin
RUN := $(BIN)/python -m sportello
export XDG_RUNTIME_DIR := $(or $(XDG_RUNTIME_DIR),$(CURDIR)/var/run)
SAP_METADATA ?= $(wildcard $(CURDIR)/../shared/billing/ERP_ISU_UMC.metadata.xml)
export SAP_METADATA

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo demo-reset test check lint types arrows migrations translations deploy torture removals bench screens fix messages lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

# --- installing ------------------------------------------------------------------------------------------------------

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh tools/system-package.sh python3-venv
	@$(PYTHON) -m venv .venv
	@mkdir -p -m 700 var/run
	@touch $@

.venv/runtime: requirements/runtime.txt | .venv/made
	@echo "Installing what running needs ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

.venv/dev: requirements/dev.txt .venv/runtime
	@echo "Installing what tests and checks need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@command -v chromium >/dev/null || sh tools/system-package.sh chromium
	@touch $@

.venv/sap-mock: requirements/sap-mock.txt .venv/runtime
	@echo "Installing Node for SAP's mock server ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/sap-mock.txt
	@$(BIN)/python -m sportello.connectors.sap.mock
	@touch $@

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard sportello/locale/*/LC_MESSAGES/django.po))

%.mo: %.po | .venv/runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

STATIC := $(shell find sportello -path '*/static/*' -type f 2>/dev/null)

var/static/made: .venv/runtime $(STATIC)
	@mkdir -p -m 700 var/run
	@LOG_LEVEL=WARNING $(RUN) collectstatic --no-input --clear --verbosity 0
	@touch $@

setup: .venv/runtime $(CATALOGUES) var/static/made ## install what running needs

setup-dev: setup .venv/dev .venv/sap-mock ## install what tests and checks need

# --- running ---------------------------------------------------------------------------------------------------------

demo: setup $(if $(filter sap,$(BILLING)),.venv/sap-mock) ## run the product with an invented company (PORT=8000 BILLING=embedded|sap)
	@exec $(RUN) demo --port $(PORT) --billing $(BILLING)

demo-reset: setup ## throw the demo's data away
	@$(RUN) demo --reset

# --- testing ---------------------------------------------------------------------------------------------------------

# Three at once on two cores: much of the browser's tests is waiting.
test: setup-dev ## all tests, the browser's too
	@$(BIN)/python -m pytest -n 3

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-dev
	@$(BIN)/mypy sportello

arrows: setup-dev
	@$(BIN)/lint-imports --no-cache

migrations: setup-dev
	@$(RUN) makemigrations --check --dry-run

translations: setup-dev
	@$(BIN)/python tools/messages.py --check

deploy: setup-dev
	@TRUSTED_PROXIES=1 SITE_URL=https://sportello.example SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') $(RUN) check --deploy --fail-level WARNING

check: lint types arrows migrations translations deploy test ## everything that must hold before main moves

torture: setup-dev ## long fault, load, fuzz and concurrency tests
	@HYPOTHESIS_EXAMPLES=10000 $(BIN)/python -m pytest -n 2 --torture -m "not alone"
	@$(BIN)/python -m pytest --torture -m alone
	@$(BIN)/python -m tools.removals

removals: setup-dev ## each guard taken out in turn: a test must notice (ONLY=word GROUP=access|ledger|readings)
	@$(BIN)/python -m tools.removals $(if $(ONLY),--only $(ONLY)) $(if $(GROUP),--group $(GROUP))

bench: setup-dev ## measures, written to var/bench.json (NAME=... SIZE=full)
	@$(BIN)/python -m benchmarks $(NAME)

# --- keeping house ---------------------------------------------------------------------------------------------------

fix: setup-dev ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: setup-dev ## collect texts for translation into the catalogue
	@$(BIN)/python tools/messages.py

screens: setup-dev ## the README's pictures, from the running demo (PORT=8000)
	@$(BIN)/python tools/screens.py --port $(PORT)

lock: ## make the lock files anew (needs uv)
	@cd requirements && for name in runtime dev sap-mock; do \
	  uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header $$name.in -o $$name.txt; done
