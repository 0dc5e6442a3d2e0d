# Piaoflow. `make help` lists what there is; nothing here asks a question or needs root, Docker or a service.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PEERS := .venv-bench
FRONTEND := web/frontend
BUNDLE := web/static/dist/manifest.json
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po)
FRONTEND_SOURCES := $(shell find $(FRONTEND) -name node_modules -prune -o -type f -print 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)

export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo test test-sqlite test-postgres browser check bench lock messages notice clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

setup: $(STAMPS)/runtime $(BUNDLE) $(STAMPS)/messages ## environment, front end, catalogues, database; then exit
	@PIAOFLOW_DATA="$${PIAOFLOW_DATA:-./var}" $(BIN)/piaoflow db upgrade

run: $(STAMPS)/runtime $(BUNDLE) $(STAMPS)/messages ## the product with demo data; PORT (8000) and PIAOFLOW_DATA (./var)
	@exec $(BIN)/python tools/run.py

demo: setup ## fill an empty database with the demo company
	@PIAOFLOW_DATA="$${PIAOFLOW_DATA:-./var}" $(BIN)/piaoflow demo --if-empty

test: $(STAMPS)/dev $(BUNDLE) $(STAMPS)/messages ## every check, then every test on both databases and in Chromium
	@failed=0; \
	$(BIN)/python tools/check.py || failed=1; \
	$(BIN)/python -m tests.support.browser || failed=1; \
	$(PYTEST) || failed=1; \
	exit $$failed

test-sqlite: $(STAMPS)/dev $(BUNDLE) $(STAMPS)/messages ## the tests without browser, on SQLite only
	@PIAOFLOW_TEST_DATABASES=sqlite $(PYTEST) -m "not browser"

test-postgres: $(STAMPS)/dev $(BUNDLE) $(STAMPS)/messages ## the tests without browser, on PostgreSQL only (DATABASE_URL_TEST or one of its own)
	@PIAOFLOW_TEST_DATABASES=postgresql $(PYTEST) -m "not browser"

browser: $(STAMPS)/dev $(BUNDLE) $(STAMPS)/messages ## the browser tests
	@$(BIN)/python -m tests.support.browser
	@$(BIN)/python -m pytest -m browser

check: $(STAMPS)/dev ## style, types, floors, templates, spelling, translations, licences: one line each
	@$(BIN)/python tools/check.py

bench: $(STAMPS)/dev $(BUNDLE) $(STAMPS)/messages $(PEERS)/.installed ## the benchmarks
	@$(BIN)/python -m bench

lock: $(STAMPS)/dev ## resolve the lock files anew (uv)
	@$(BIN)/python tools/lock.py

messages: $(STAMPS)/dev ## collect the texts to translate into locale/
	@$(BIN)/python tools/messages.py update

notice: $(STAMPS)/runtime $(FRONTEND)/node_modules/.package-lock.json ## write the third-party licences into NOTICE
	@$(BIN)/python tools/notice.py write

clean: ## remove what the build made (not the data)
	rm -rf $(VENV) $(PEERS) $(FRONTEND)/node_modules web/static/dist

$(BIN)/python:
	@$(PYTHON) tools/environment.py $(VENV)

# The lock files name every package, so pip installs them as they stand (--no-deps) and resolves nothing: a release made
# after the lock was written cannot change or break an installation. `pip check` sees that nothing is missing.
$(STAMPS)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the product's packages"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@echo "Installing the tools for tests and checks"
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@$(PIP) check
	@touch $@

# Only what the benchmarks are held against, so it never mixes with the product's packages; without it they go on.
$(PEERS)/.installed: requirements-bench.lock
	@echo "Installing the peers of the benchmarks"
	@{ $(PYTHON) tools/environment.py $(PEERS) \
	&& $(PEERS)/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet \
	install --no-deps --require-hashes -r requirements-bench.lock && touch $@; } \
	|| echo "The peers could not be installed; the benchmarks go on without them"

$(FRONTEND)/node_modules/.package-lock.json: $(FRONTEND)/package-lock.json tools/node.lock | $(STAMPS)/runtime
	@echo "Installing the front end's packages"
	@$(BIN)/python tools/frontend.py install
	@touch $@

$(BUNDLE): $(FRONTEND)/node_modules/.package-lock.json $(FRONTEND_SOURCES)
	@echo "Building the front end"
	@$(BIN)/python tools/frontend.py build
	@touch $@

$(STAMPS)/messages: $(CATALOGUES) | $(STAMPS)/runtime
	@if [ -d locale ]; then $(BIN)/pybabel --quiet compile --directory locale --use-fuzzy; fi
	@touch $@
