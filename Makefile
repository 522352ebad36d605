# Two commands do everything: `make demo` and `make test`. The rest are parts of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD := .build

.PHONY: demo test check lint unit interop tailnet parts bench soak docs clean

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	touch $@

demo: $(VENV)/run.stamp ## Installs, then shows the main job live in about half a minute.
	$(BIN)/farshore demo

test: check interop tailnet ## Installs what the tests need, then runs them all.

check: lint unit ## Lint, types, layers and the tests that need nothing but Python.

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## Removes everything that was built or installed here.
	rm -rf $(VENV) $(BUILD) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
