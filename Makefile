# demo · test · slow · check · bench. CI calls check and test, and nothing else.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test slow check bench clean

demo: $(READY)  ## write a raw data set, train on it, predict, explain
	mkdir -p demo
	cd demo && ../$(BIN)/pellucid sample breast_cancer
	cd demo && ../$(BIN)/pellucid fit breast_cancer.csv --target diagnosis
	cd demo && ../$(BIN)/pellucid predict breast_cancer.pellucid breast_cancer.csv --out predictions.csv
	cd demo && ../$(BIN)/pellucid explain breast_cancer.pellucid breast_cancer.csv --row 3
	cd demo && ../$(BIN)/pellucid example

test: $(READY)  ## the test suite, on every core
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal -m "not slow"

slow: $(READY)  ## the tests that take long
	$(BIN)/python -m pytest --numprocesses logical --dist worksteal -m slow

check: $(READY)  ## format, lint, types, architecture, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

bench: TABLES := $(if $(DATA),--data $(DATA))
bench: CHECKOUT := $(if $(BEFORE),--before $(BEFORE))
bench: $(READY)  ## the network against its peers, on data in DATA, and against the checkout BEFORE
	$(BIN)/python benchmarks/step.py
	$(BIN)/python benchmarks/startup.py $(CHECKOUT)
	$(BIN)/python benchmarks/prediction.py $(TABLES) $(CHECKOUT)
	$(BIN)/python benchmarks/training.py $(TABLES) $(CHECKOUT)
	$(BIN)/python benchmarks/memory.py $(TABLES) $(CHECKOUT)
	$(BIN)/python benchmarks/tables.py $(TABLES)
	$(BIN)/python benchmarks/images.py --only digits digits-flat steps
	$(BIN)/python benchmarks/texts.py --only million --texts 100000
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/coverage.py $(TABLES)

# torch first and pinned: a bare "torch" would bring gigabytes of CUDA on Linux.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable .
	touch $(READY)

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
