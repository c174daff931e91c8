# `make run` starts the site, `make test` tests it; both install their Python packages first.
# `make help` lists all targets.

# Python keeps the bytecode of what it has imported. Without it a process of the site needs three times
# the processor time to start.
unexport PYTHONDONTWRITEBYTECODE

# The newest suitable one on PATH; make PYTHON=/path/to/python selects another.
PYTHON ?= $(shell tools/find_python.sh)
VENV   := .venv
PY     := $(VENV)/bin/python
NODE   := $(VENV)/bin/node
TORCH  := $(shell nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
TYPED  := digitsite recognizer workers ml compiled bench client tests tools

TORCH_LOCK := requirements/torch-$(TORCH).txt
RUN_LOCKS  := $(patsubst %,requirements/%.txt,web worker run train)
BUILD_LOCKS := requirements/build.txt
DEV_LOCKS  := requirements/dev.txt

# Folders without unit tests that are slow to import.
NOT_UNIT := browser drift faults golden growth ops project scale security views

# Processes that run tests. They often wait, for a browser or the start of a site: three keep two cores busy.
TEST_PROCESSES ?= 3
PYTEST_PARALLEL := $(PY) -m pytest --dist loadfile --no-loadscope-reorder

# Packages are installed if their stamp exists and is newer than the lock files.
VENV_READY := $(VENV)/.made
RUN_READY  := $(VENV)/.installed-run-$(TORCH)
BUILD_READY := $(VENV)/.installed-build
DEV_READY  := $(VENV)/.installed-dev-$(TORCH)
BENCH_READY := $(VENV)/.installed-bench
JS_READY   := node_modules/.installed
BUNDLER_READY := node_modules/.installed-bundler

# Without a C compiler the site works too, but takes more processor time per drawing.
COMPILED_READY := compiled/.built

# Static files are built from these. STATIC_SOURCES=true starts the site without a build.
STATIC_READY := static-built/.built
STATIC_INPUT := $(shell find static templates -type f) tools/build_static.py digitsite/static_files_storage.py
STATIC_IF_USED = $(if $(filter true,$(STATIC_SOURCES)),,$(STATIC_READY))

# An environment whose Python does not start (moved, upgraded away) is created again.
ifneq ($(wildcard $(VENV_READY)),)
ifeq ($(shell tools/find_python.sh $(PY)),)
$(shell rm -rf $(VENV))
endif
endif

PIP := $(PY) -m pip install -qq --disable-pip-version-check --retries 1 --timeout 30 --require-hashes
# Lock files in the order in which they constrain each other. torch-cpu.txt is written by hand.
LOCKS := web worker run torch-cuda train build dev bench
OLDEST_PYTHON = $(shell sed -n 's/^requires-python = ">=\([0-9.]*\),.*/\1/p' pyproject.toml)
UV_COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version $(OLDEST_PYTHON) --generate-hashes \
  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
NPM_CI := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
SAY := @printf '%s\n'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup run static dev demo worker test check check-others test-js test-python test-fast cov lint-js words bench page-loads preview fairness soak fault-run lock audit clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV_READY) ## Install all Python packages for development, and name missing system packages
	@.ci/check-system || true

run: $(RUN_READY) $(COMPILED_READY) $(STATIC_IF_USED) ## Start the site on http://localhost:8000 (set PORT or DIGITSITE_HOME to change it)
	@exec $(PY) -m digitsite.launcher

static: $(STATIC_READY) ## Bundle and compress the scripts and style sheets of the pages

dev: $(DEV_READY) $(COMPILED_READY) ## Start the site with DEBUG and the debug toolbar; processes restart when code changes
	@DEBUG=true exec $(PY) -m digitsite.launcher --reload

demo: $(RUN_READY) $(COMPILED_READY) $(STATIC_IF_USED) ## Start a site in var/demo with example users, drawings, reviews and a training run
	@DIGITSITE_HOME=$${DIGITSITE_HOME:-var/demo} exec $(PY) -m tools.demo

worker: $(RUN_READY) $(COMPILED_READY) ## Start one more recognition worker; needs DATABASE_URL and REDIS_URL
	@: $${DATABASE_URL:?set it to the URL of the PostgreSQL server} \
	  $${REDIS_URL:?set it to the URL of the Redis server}
	@exec $(PY) -m celery -A workers.app worker --pool solo -Q recognition --loglevel INFO \
	  --without-gossip --without-mingle --without-heartbeat

test: $(DEV_READY) ## Run all checks and tests, as CI does; stops if system packages are missing
	@.ci/check-system
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-js
	@$(MAKE) --no-print-directory test-python

# The types take as long as all other checks together, on one core.
check: $(DEV_READY) $(JS_READY) ## Check style, types, imports, migrations, settings, templates, JavaScript and words
	@log=$$(mktemp); \
	$(PY) -m mypy --no-error-summary $(TYPED) >$$log 2>&1 & types=$$!; \
	$(MAKE) --no-print-directory check-others; failed=$$?; \
	printf '%s\n' "check: types"; wait $$types || { failed=1; cat $$log; }; \
	rm -f $$log; exit $$failed

check-others:
	$(SAY) "check: style"
	@$(PY) -m ruff check -q --output-format concise .
	@$(PY) -m ruff format -q --check .
	$(SAY) "check: imports"
	@report=$$($(VENV)/bin/lint-imports --no-logo 2>&1) || { printf '%s\n' "$$report"; exit 1; }
	$(SAY) "check: migrations and settings"
	@.ci/check-django $(PY)
	$(SAY) "check: templates"
	@$(PY) -m djlint --quiet --lint templates
	$(SAY) "check: JavaScript"
	@$(MAKE) --no-print-directory lint-js
	$(SAY) "check: words"
	@$(PY) -m tools.check_words
	$(SAY) "check: packages"
	@$(PY) -m pip check --disable-pip-version-check -q

test-js: $(DEV_READY) ## Run the tests of the JavaScript modules
	@$(NODE) --test --test-reporter=dot 'tests/js/**/*.test.js'

# Tests that break a running site run after all others: they need some processor time in each second.
test-python: $(DEV_READY) $(COMPILED_READY) $(JS_READY) ## Run the Python tests, including the browser tests; ARGS="-k worker" selects some
ifdef ARGS
	@$(PY) -m pytest $(ARGS)
else
	@$(PYTEST_PARALLEL) -n $(TEST_PROCESSES) --ignore tests/faults
	@$(PYTEST_PARALLEL) -n 2 tests/faults
endif

test-fast: $(DEV_READY) ## Run the unit tests on two cores, in less than a minute; ARGS as above
	@$(PY) -m pytest -n 2 -m unit -q -p no:schemathesis $(addprefix --ignore tests/,$(NOT_UNIT)) $(ARGS)

cov: $(DEV_READY) $(JS_READY) ## Run the Python tests with coverage; writes htmlcov/index.html; ARGS as above
	@$(PY) -m pytest --cov --cov-report=term:skip-covered --cov-report=html $(ARGS)

lint-js: $(JS_READY) ## Lint the JavaScript with Biome and check its types with tsc
	@$(NODE) node_modules/.bin/biome lint --error-on-warnings static tests/js
	@$(NODE) node_modules/.bin/tsc --noEmit -p .

words: $(DEV_READY) ## Search prose, comments and UI text for words that the word list rejects
	@$(PY) -m tools.check_words

bench: $(BENCH_READY) $(COMPILED_READY) ## Measure drawings per second; ARGS="--sockets 1 64 --seconds 10"
	@$(PY) -m bench $(ARGS)

page-loads: $(DEV_READY) $(STATIC_READY) ## Measure requests, bytes and paint times of pages in Chromium; ARGS="--pages draw"
	@$(PY) -m bench.page_loads $(ARGS)

preview: $(DEV_READY) ## Measure predictions in Chromium, also with a CPU six times slower; ARGS="--model fnn"
	@$(PY) -m bench.browser_prediction $(ARGS)

fairness: $(BENCH_READY) $(COMPILED_READY) ## Measure other users' predictions during attacks by one account; ARGS="--rounds 1"
	@$(PY) -m bench.fairness $(ARGS)

soak: $(BENCH_READY) $(COMPILED_READY) ## Run ten minutes at half the peak rate and watch memory; ARGS="--minutes 2 --rate 500"
	@$(PY) -m bench.soak $(ARGS)

fault-run: $(DEV_READY) ## Run ten minutes with a fault every 20 s, as root; ARGS="--minutes 2 --seed 7"
	@$(PY) -m bench.fault_run $(ARGS)

lock: $(DEV_READY) ## Write requirements/*.txt from pyproject.toml; UPGRADE=1 takes the newest versions
	@for name in $(LOCKS); do \
	  if [ $$name = web ]; then source=pyproject.toml; else source="--group $$name"; fi; \
	  $(UV_COMPILE) $$source $$constraints -o requirements/$$name.txt || exit 1; \
	  constraints="$$constraints -c requirements/$$name.txt"; done

# The CPU build of torch is not on PyPI; torch-cuda.txt has the same version.
audit: $(DEV_READY) ## Look up known vulnerabilities of the locked packages; fails if PyPI is unreachable
	@$(PY) -m pip_audit --strict --disable-pip --require-hashes --progress-spinner off \
	  $(patsubst %,-r requirements/%.txt,$(LOCKS))

clean: ## Delete .venv, caches and builds; the site's data in var/ is kept
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov node_modules static-built \
	  compiled/*.so $(COMPILED_READY)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV_READY):
	@test -n "$(PYTHON)" || { \
	  echo "Digitsite needs Python $(OLDEST_PYTHON) or newer with pip and venv, and there is none on PATH."; \
	  echo "Install it, or give its path: make PYTHON=/path/to/python run"; exit 1; }
	@tools/find_python.sh $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) does not run, or is a Python that Digitsite does not support (pyproject.toml, requires-python)."; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version) ($$(command -v $(PYTHON))) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# torch is looked up where pip is configured to look, then on the index that its file names.
$(RUN_READY): $(RUN_LOCKS) $(TORCH_LOCK) | $(VENV_READY)
	$(SAY) "Installing the packages of the site (takes some minutes the first time) …"
	@$(PIP) $(addprefix -r ,$(RUN_LOCKS))
	@grep -v '^--' $(TORCH_LOCK) | $(PIP) --no-deps -r /dev/stdin 2>/dev/null || $(PIP) --no-deps -r $(TORCH_LOCK)
	@$(PY) -c 'import sys; from importlib.util import find_spec; sys.exit(not find_spec("torch"))' || { \
	  echo "torch-cpu.txt has no build for this Python: installing the one with CUDA (2 GB more) …"; \
	  $(PIP) -r requirements/torch-cuda.txt; }
	@touch $@

$(COMPILED_READY): $(wildcard compiled/*.c compiled/*.h) | $(VENV_READY)
	@$(PY) -m compiled.library
	@touch $@

$(BUILD_READY): $(BUILD_LOCKS) $(RUN_READY)
	$(SAY) "Installing the packages that build the static files …"
	@$(PIP) $(addprefix -r ,$(BUILD_LOCKS))
	@touch $@

$(DEV_READY): $(DEV_LOCKS) $(BUILD_READY)
	$(SAY) "Installing the packages for development …"
	@$(PIP) $(addprefix -r ,$(DEV_LOCKS))
	@touch $@

$(BENCH_READY): requirements/bench.txt $(RUN_READY)
	$(SAY) "Installing the packages for benchmarks …"
	@$(PIP) -r requirements/bench.txt
	@touch $@

$(JS_READY): package-lock.json $(DEV_READY)
	@$(NPM_CI)
	@touch $@ $(BUNDLER_READY)

$(BUNDLER_READY): package-lock.json $(BUILD_READY)
	@$(NPM_CI) --omit=dev
	@touch $@

$(STATIC_READY): $(STATIC_INPUT) $(BUNDLER_READY)
	$(SAY) "Building the static files …"
	@$(PY) -m tools.build_static
	@mkdir -p $(@D) && touch $@
