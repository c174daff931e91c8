# Two commands: `make run` and `make test`. Each sets up what it needs; `make help` lists the rest.

PYTHON ?= python3.11
VENV   := .venv
PY     := $(VENV)/bin/python
NODE   := $(VENV)/lib/python3.11/site-packages/playwright/driver/node
TORCH  := $(shell nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
TYPED  := digitsite recognizer workers ml bench tests requirements

TORCH_LOCK := requirements/torch-$(TORCH).txt
RUN_LOCKS  := requirements/run.txt requirements/train.txt
DEV_LOCKS  := requirements/dev.txt

# Without unit tests, and slow to import.
NOT_UNIT := browser faults golden house scale guard/test_schema_fuzzing.py

# Installed means: this stamp is there, and no locked file is newer.
VENV_READY := $(VENV)/.made
RUN_READY  := $(VENV)/.installed-run-$(TORCH)
DEV_READY  := $(VENV)/.installed-dev-$(TORCH)
BENCH_READY := $(VENV)/.installed-bench

# An environment whose Python does not start (moved, upgraded away) is made anew.
ifneq ($(wildcard $(VENV_READY)),)
ifneq ($(shell $(PY) -c "import sys; print(sys.version_info[:2] == (3, 11))" 2>/dev/null),True)
$(shell rm -rf $(VENV))
endif
endif

PIP := $(PY) -m pip install -qq --disable-pip-version-check --retries 1 --timeout 30
SAY := @printf '%s\n'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run worker test check test-js test-python test-fast bench soak lock audit clean

help: ## List what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_READY) ## Start the site on http://localhost:8000 (PORT, DIGITSITE_HOME choose others)
	@exec $(PY) -m digitsite.launcher

worker: $(RUN_READY) ## Add this machine as a worker; DATABASE_URL and REDIS_URL name the servers
	@: $${DATABASE_URL:?name the PostgreSQL server} $${REDIS_URL:?name the Redis server}
	@exec $(PY) -m celery -A workers.app worker --pool solo -Q recognition --loglevel INFO \
	  --without-gossip --without-mingle --without-heartbeat

test: $(DEV_READY) ## Check and test everything, as CI does
	@.ci/install-system
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-js
	@$(MAKE) --no-print-directory test-python

check: $(DEV_READY) ## Look at the code without running it: style, types, imports, migrations, templates
	$(SAY) "check: style"
	@$(PY) -m ruff check -q --output-format concise .
	@$(PY) -m ruff format -q --check .
	$(SAY) "check: types"
	@$(PY) -m mypy --no-error-summary $(TYPED)
	$(SAY) "check: imports"
	@$(VENV)/bin/lint-imports --no-logo >/tmp/digitsite-imports.$$$$ || { cat /tmp/digitsite-imports.$$$$; exit 1; }
	$(SAY) "check: migrations and settings"
	@.ci/check-django $(PY)
	$(SAY) "check: templates"
	@$(PY) -m djlint --quiet --lint templates
	$(SAY) "check: JavaScript"
	@find static tests/js -name '*.js' | while read -r file; do \
	  $(NODE) --input-type=module --check <"$$file" || { echo "in $$file"; exit 1; }; done
	$(SAY) "check: packages"
	@$(PY) -m pip check --disable-pip-version-check -q

test-js: $(DEV_READY) ## Run the tests of the JavaScript modules
	@$(NODE) --test --test-reporter=dot 'tests/js/**/*.test.js'

test-python: $(DEV_READY) ## Run the Python tests, browser and all; ARGS="-k worker" chooses some
	@$(PY) -m pytest $(ARGS)

test-fast: $(DEV_READY) ## Run the unit tests on two cores, in less than a minute; ARGS as above
	@$(PY) -m pytest -n 2 -m unit -q -p no:schemathesis $(addprefix --ignore tests/,$(NOT_UNIT)) $(ARGS)

bench: $(BENCH_READY) ## Measure drawings a second, and what others reach; ARGS="--sockets 1 64 --seconds 10"
	@$(PY) -m bench $(ARGS)

soak: $(BENCH_READY) ## Ten minutes at half the peak rate: does anything grow? ARGS="--minutes 2 --rate 500"
	@$(PY) -m bench.soak $(ARGS)

lock: $(DEV_READY) ## Write requirements/*.txt from *.in; UPGRADE=1 takes the newest versions
	@$(PY) requirements/lock.py $(if $(UPGRADE),--upgrade)

audit: $(DEV_READY) ## Ask for known flaws of the locked packages; fails as well where it cannot be asked
	@$(PY) requirements/audit.py

clean: ## Remove what was installed and cached; the site's own data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis static-collected
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV_READY):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Digitsite needs Python 3.11, and there is no $(PYTHON) on PATH."; \
	  echo "Install it, or name it: make PYTHON=/path/to/python3.11 run"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Digitsite needs Python 3.11; $(PYTHON) is another one."; exit 1; }
	$(SAY) "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# torch comes from where pip looks anyway if it is there, else from the index that its file names.
$(RUN_READY): $(RUN_LOCKS) $(TORCH_LOCK) | $(VENV_READY)
	$(SAY) "Installing what the site needs (some minutes the first time) …"
	@$(PIP) $(addprefix -r ,$(RUN_LOCKS))
	@grep -v '^--' $(TORCH_LOCK) | $(PIP) -r /dev/stdin 2>/dev/null || $(PIP) -r $(TORCH_LOCK)
	@touch $@

$(DEV_READY): $(DEV_LOCKS) $(RUN_READY)
	$(SAY) "Installing what its tests need …"
	@$(PIP) $(addprefix -r ,$(DEV_LOCKS))
	@touch $@

$(BENCH_READY): requirements/bench.txt $(RUN_READY)
	$(SAY) "Installing what the measurements need …"
	@$(PIP) -r requirements/bench.txt
	@touch $@
