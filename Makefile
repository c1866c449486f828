# Two commands do all the set-up: `make demo` runs the main job on a real program, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python

.PHONY: help demo test test-all lint format bench fuzz clean

help:
	@echo "make demo      build a real program for several targets, check and prove it, show the matrix"
	@echo "make test      lint, types, unit tests, and real programs for every target"
	@echo "make test-all  the same, then every program for every target: docs/*grid.md"
	@echo "make bench     measure side by side and print ratios"
	@echo "make fuzz      break files, packages and images in INPUTS=200000 ways; an hour or so"
	@echo "make lint      ruff and mypy       make format   ruff format"

$(VENV)/.ready: pyproject.toml tools/bootstrap.py
	$(PYTHON) tools/bootstrap.py --venv $(VENV)

demo: $(VENV)/.ready
	$(PYTHON) tools/bootstrap.py --system demo
	$(RUN) tools/demo.py

test: $(VENV)/.ready lint
	$(PYTHON) tools/bootstrap.py --system test
	$(RUN) -m pytest -m "not full"

test-all: $(VENV)/.ready lint
	$(PYTHON) tools/bootstrap.py --system test
	$(PYTHON) tools/bootstrap.py --system full
	$(RUN) -m pytest -m "not full"
	$(RUN) -m pytest -m full --ignore tests/e2e/programs
	$(RUN) tools/full_grid.py
	$(RUN) tools/rust_grid.py
	$(RUN) tools/python_grid.py

lint: $(VENV)/.ready
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

format: $(VENV)/.ready
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

bench: $(VENV)/.ready
	$(PYTHON) tools/bootstrap.py --system bench
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[bench]"
	$(RUN) tools/bench.py

INPUTS ?= 200000
fuzz: $(VENV)/.ready
	$(RUN) tools/fuzz/run.py --inputs $(INPUTS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
