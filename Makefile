# Needs Python 3.11 or newer and make, nothing else. `make` alone lists what there is.

PYTHON ?=
LOGS ?=
ARGS ?=
# Tests wait much of the time, for servers above all: three processes keep two cores busy.
PROCESSES ?= 3
VENV := .venv
BIN := $(VENV)/bin
export LOGS PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(BIN)/python -m pip --quiet --no-input
TESTS = $(BIN)/python -m pytest --numprocesses $(PROCESSES) --no-loadscope-reorder
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(LOCK_FLAGS)

SUPPLY = $(BIN)/python -m supply

RUST := native/Cargo.toml native/Cargo.lock $(shell find native/src -name '*.rs')
CARGO_CHECKS = cargo fmt --manifest-path native/Cargo.toml --check && \
	PYO3_PYTHON="$(CURDIR)/$(BIN)/python" cargo clippy --quiet --locked --manifest-path native/Cargo.toml --release -- -D warnings

PAGE := detector/web/dist/page.css
PAGE_SOURCES := $(shell find detector/web/src ! -path '*/api/openapi.json' ! -name types.d.ts) \
	detector/web/build.mjs detector/web/package-lock.json scripts/make-page requirements-page.lock

.DEFAULT_GOAL := help
.PHONY: help run page native bench load soak fuzz mutants test test-all check format lock licences audit sbom clean
.DELETE_ON_ERROR:

help:
	@echo 'make run               set up .venv, start drainwatch on a demo workload, print the address of its page'
	@echo 'make run LOGS=PATH     the same on your own logs: a folder, a file or a glob (ARGS="--timezone UTC" adds options)'
	@echo 'make page              build the page anew (what starts or tests it does so by itself)'
	@echo 'make native            build the compiled core, for many more lines a second (needs Rust; without it Python does the work)'
	@echo 'make test              set up and run the tests (make test-all: the long ones too; ARGS=tests/parsers: only those)'
	@echo 'make bench             measure what is promised, on this machine (LOGS=PATH: on your own logs, too; ARGS=--short: in minutes)'
	@echo 'make load              have 50 users ask while 10,000 lines/s come in, and tell how long answers take (ARGS="--users 10 --seconds 60")'
	@echo 'make soak              run for an hour and a half under load, and fail where memory grows (MINUTES=5)'
	@echo 'make fuzz              search for inputs that break what reads bytes, SECONDS=60 for each reader (ARGS="gzip record": only those)'
	@echo 'make mutants           change scoring, windows and authorisation in a thousand ways, and tell which no test sees (an hour)'
	@echo 'make check             formatting, lint, types and the layers of the packages; YAML, shell scripts and the Dockerfile'
	@echo 'make format            format and fix what can be fixed'
	@echo 'make lock              choose new versions of what we depend on (needs uv; LOCK_FLAGS=--upgrade for all)'
	@echo 'make licences          list what drainwatch stands on with its licences; fail for one that is not allowed'
	@echo 'make audit             ask the registries what is known against it; fail for a hole (needs the network)'
	@echo 'make sbom              write dist/drainwatch.cdx.json: what drainwatch stands on, with versions and hashes (CycloneDX)'
	@echo 'make clean             remove .venv, caches, what cargo built and the data of the demo; downloaded servers stay in .cache'

run: $(VENV)/ready $(PAGE)
	@if [ -n "$$LOGS" ]; then exec $(BIN)/drainwatch run $(ARGS) "$$LOGS"; else exec $(BIN)/drainwatch demo $(ARGS); fi

page: $(PAGE)

native: $(VENV)/ready-native

test: $(VENV)/ready-dev $(PAGE)
	@$(TESTS) -m 'not long' $(ARGS)

test-all: $(VENV)/ready-dev $(PAGE)
	@$(TESTS) $(ARGS)

load: $(VENV)/ready-dev $(PAGE)
	@$(BIN)/python -m benchmarks.pressure.load $(ARGS)

soak: $(VENV)/ready-dev $(PAGE)
	@$(BIN)/python -m benchmarks.pressure.soak --minutes $(or $(MINUTES),90) $(ARGS)

fuzz: $(VENV)/ready-dev
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(ARGS)

mutants: $(VENV)/ready-dev
	@$(BIN)/mutmut run --max-children $(or $(PROCESSES),2) $(ARGS)
	@$(BIN)/mutmut results

bench: $(VENV)/ready-dev $(PAGE)
	@$(BIN)/python -m benchmarks $(ARGS) $${LOGS:+"$$LOGS"}

check: $(VENV)/ready-dev $(PAGE)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/yamllint --strict .
	@$(BIN)/shellcheck .ci/run scripts/make-*
	@$(BIN)/hadolint Dockerfile
	@sh scripts/make-page $(VENV) --check
	@if cargo clippy --version >/dev/null 2>&1 && sh scripts/make-native --check; then $(CARGO_CHECKS); \
	else echo 'The compiled core is left unchecked: that needs cargo with rustfmt and clippy.'; fi

format: $(VENV)/ready-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@sh scripts/make-page $(VENV) --format
	@if cargo fmt --version >/dev/null 2>&1; then cargo fmt --manifest-path native/Cargo.toml; fi

lock:
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv'; exit 2; }
	@$(LOCK) -o requirements.lock pyproject.toml --group build
	@$(LOCK) -o requirements-dev.lock pyproject.toml --group build --group dev --constraint requirements.lock
	@$(LOCK) -o requirements-native.lock --group native
	@$(LOCK) -o requirements-page.lock --group page
	@cd detector/web && rm -rf node_modules package-lock.json && npm install --package-lock-only --silent
	@if command -v cargo >/dev/null; then cargo generate-lockfile --quiet --manifest-path native/Cargo.toml; \
	else echo 'native/Cargo.lock stays as it is: there is no cargo.'; fi

# Out of the lock and not of an environment: for every system, with the hashes that installing checks.
sbom: $(VENV)/ready-dev
	@$(SUPPLY) bill dist/drainwatch.cdx.json

licences: $(VENV)/ready-dev
	@$(SUPPLY) licences

# 1 for a hole that is known, 3 where a registry can't be asked; ARGS=--go-on: 0 then, and said all the same.
audit: $(VENV)/ready-dev
	@$(SUPPLY) audit $(ARGS)

clean:
	@rm -rf $(VENV) native/target detector/web/dist detector/web/node_modules demo-data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .fuzz mutants
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed anew only when what is locked, or the package's own description, changes.
$(VENV)/ready: requirements.lock pyproject.toml scripts/make-venv
	@sh scripts/make-venv $(VENV)
	@echo 'Installing what drainwatch stands on, as locked: half a minute or so, the first time.'
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@echo 'Installing what tests and checks need, as locked.'
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# The page is TypeScript; built, it is what the wheel brings.
$(PAGE): $(PAGE_SOURCES) | $(VENV)/ready
	@sh scripts/make-page $(VENV)
	@touch $@

$(VENV)/ready-native: $(RUST) native/pyproject.toml requirements-native.lock scripts/make-native | $(VENV)/ready
	@sh scripts/make-native $(VENV)
	@touch $@
