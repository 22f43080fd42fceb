# Loupe's targets. `make demo` and `make test` do all of their own set-up: an environment in the checkout, locked
# packages, the body model's cache, migrations, static files. Nothing needs sudo.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not ((3,11) <= sys.version_info < (3,13)))' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
BIN := .venv/bin
VAR := $(if $(LOUPE_VAR),$(LOUPE_VAR),$(CURDIR)/var)
export LOUPE_CACHE_DIR ?= $(VAR)/cache
DEMO := LOUPE_DEMO=1
STAMPS := .venv/.stamps

.PHONY: setup demo run test test-slow bench gallery lint format types doctor docs pictures clean help
.DEFAULT_GOAL := help

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMPS)/packages $(STAMPS)/browser-packages $(STAMPS)/body $(STAMPS)/landmarks $(STAMPS)/static ## Everything that demo and test need (they call it)

$(STAMPS)/packages: requirements/lock.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "Loupe needs Python 3.11 or 3.12 and found neither. Install one, or name it: make demo PYTHON=/path/to/python3.11"; exit 2; fi
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python lacks venv. Install its venv package, or name another: make demo PYTHON=/path/to/python3.11"; exit 2; }
	@[ -x $(BIN)/python ] && $(BIN)/python -c '' 2>/dev/null || { echo "Making the environment in .venv"; rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "Installing the locked Python packages (about 2 minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/lock.txt || { echo "The packages could not be installed: check the network, then run the same command again; it goes on where it stopped."; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/browser-packages: package.json package-lock.json $(STAMPS)/packages
	@echo "Installing the locked browser packages"
	@$(BIN)/python -m studio.node npm ci --no-audit --no-fund --loglevel=error || $(BIN)/python -m studio.node npm ci --no-audit --no-fund --loglevel=error || { echo "The browser packages could not be installed: check the network, then run the same command again; it goes on where it stopped."; exit 2; }
	@touch $@

$(STAMPS)/body: $(STAMPS)/packages
	@echo "Building the body model's cache (about 90 s, once)"
	@$(BIN)/python -m pipeline.stage.body
	@touch $@

$(STAMPS)/landmarks: $(STAMPS)/packages
	@echo "Fetching the landmark models that plates are read with"
	@$(BIN)/python -m pipeline.plate >/dev/null
	@touch $@

$(STAMPS)/static: $(STAMPS)/browser-packages $(shell find studio briefs pipeline review -path '*/static/*' -type f 2>/dev/null)
	@$(DEMO) $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@

demo: setup ## Loupe with a demo brand at http://127.0.0.1:8000 (PORT=...), until Ctrl-C
	@exec env $(DEMO) $(BIN)/python manage.py demo --port $(PORT)

run: setup ## Loupe with your settings and data, until Ctrl-C
	@exec $(BIN)/python manage.py run --port $(PORT)

test: setup lint types ## Everything: checks, unit, property, API, access, architecture, the thread in a real browser
	@$(DEMO) $(BIN)/python -m pytest -q -m "not slow and not benchmark"

test-slow: setup ## The slow tests: ten killed workers, long property runs
	@$(DEMO) $(BIN)/python -m pytest -q -m "slow" --timeout 1800

bench: setup ## Times, memory and fidelity in one run, as table and plot, to out/bench
	@$(BIN)/python -m tests.benchmarks $(if $(PHOTOS),--photos $(PHOTOS))

gallery: setup ## Every photo on every engine, on one sheet, to out/gallery (PHOTOS=folder; default: the samples)
	@$(BIN)/python -m pipeline.gallery $(if $(PHOTOS),--photos $(PHOTOS))

lint: $(STAMPS)/browser-packages ## ruff, import-linter, djlint
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -4; exit $${PIPESTATUS[0]}
	@$(BIN)/djlint templates --lint --quiet

format: $(STAMPS)/packages ## Formats the code
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

types: $(STAMPS)/browser-packages ## mypy (strict on the Django-free packages) and tsc --checkJs
	@$(DEMO) $(BIN)/mypy
	@$(BIN)/python -m studio.node node node_modules/typescript/bin/tsc -p jsconfig.json

docs: setup ## Writes the generated docs (settings, workflows, API)
	@$(DEMO) $(BIN)/python manage.py write_docs

pictures: setup ## Takes the README's pictures of the running demo
	@$(DEMO) $(BIN)/python -m tests.browser.take_pictures

doctor: ## What this machine has and lacks
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m studio.doctor; else echo "No environment yet: make setup makes it."; fi

clean: ## Removes the environment, packages, caches and static files; keeps var/loupe.sqlite3 and var/files
	@rm -rf .venv node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache staticfiles var/cache var/logs var/chromium
