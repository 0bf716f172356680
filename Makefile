# The house's verbs. Each sets up what it needs; there is no other step.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
EXTRA := .venv/.extra
# Tests that start servers, browsers or a Java machine go one after the other; all others on two cores.
SERVERS := browser spark flows
UV_VERSION := 0.13.9
CODE := flows tasks models optimization hemoflow tests benchmarks docs

.PHONY: help demo test check format docs serve bench lock clean chromium

help:  ## Show the verbs.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

demo: $(READY)  ## Run the whole story on shipped data.
	@$(BIN)/hemoflow demo

test: check chromium $(EXTRA)  ## Check the house, then run every test.
	@$(BIN)/python -m pytest tests $(SERVERS:%=--ignore=tests/%) --ignore=tests/architecture -n 2 --dist loadfile
	@$(BIN)/python -m pytest $(SERVERS:%=tests/%)

check: $(READY)  ## Lint, types, import contracts, ownership, documentation and size budgets.
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture

format: $(READY)  ## Put the code into the house's format.
	@$(BIN)/ruff check --fix --quiet $(CODE); $(BIN)/ruff format --quiet $(CODE)

docs: $(READY)  ## Write the generated pages of docs/reference again.
	@$(BIN)/python docs/generate.py

serve: $(READY)  ## Start the Prefect server, its UI and the deployments on this machine.
	@$(BIN)/hemoflow serve

bench: $(READY)  ## Measure, beside a peer or limit measured in the same run; bench-NAME runs one.
	@$(BIN)/python -m benchmarks

bench-%: $(READY)
	@$(BIN)/python -m benchmarks $*

lock: $(READY)  ## Resolve the dependencies anew.
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock

clean:  ## Remove the environment and the caches; the home folder .hemoflow stays.
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

# --no-deps: the lock is complete, and leaves out a 350 MB GPU library that XGBoost asks for and a CPU never loads.
# --compile-bytecode: ten seconds of every command where Python may not write its own caches.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Hemoflow needs Python 3.11 or later.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

# Spark and PyTorch: no part of the demo, so not in the lock; their tests run the real ones.
$(EXTRA): requirements-extra.txt $(READY)
	@echo "Installing Spark and PyTorch for the tests ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock -r $<
	@touch $@

# The pages are tested in a real browser; Debian's package is used where none is installed.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| { echo "The browser tests need Chromium: install it, then run make test again."; exit 1; }
