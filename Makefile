# Everything a change needs. `make demo` and `make test` want Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin

# The tests start the program again and again: a Python told to keep nothing it compiles would compile it each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test cover lint proof bench docs clean

demo: .venv/ready
	@$(BIN)/newsletter build
	@$(BIN)/newsletter subscribers import sample-readers.csv --consent "Invented readers, for a demonstration" --yes
	@$(BIN)/newsletter send --dry-run
	@echo
	@echo "See it in the browser:  $(BIN)/newsletter preview"

test: .venv/tested lint
	$(BIN)/pytest -n auto --dist worksteal -m "not proof"

# What the tests run through; it takes nearly twice as long.
cover: .venv/tested
	$(BIN)/pytest -n auto --dist worksteal -m "not proof" --cov --cov-report=term

lint: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

proof: .venv/tested
	$(BIN)/pytest -n auto -m proof --hypothesis-profile=exploring

bench: .venv/tested
	$(BIN)/python -m benchmarks

docs: .venv/ready
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/tested: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	@touch $@
