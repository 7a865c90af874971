# `make serve` and `make test` set up .venv on first use; nothing outside this folder is touched.

PYTHON ?= python3
BIN := .venv/bin
LOCK := .ci/requirements.txt

.PHONY: serve test lint format lock clean

serve: .venv/ready
	$(BIN)/g7kg serve

test: .venv/ready
	$(BIN)/pytest

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/turtlefmt --check --indentation 2 ontology shapes

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/turtlefmt --indentation 2 ontology shapes

# Needs uv on the path. The lock holds hashes and no addresses; it serves every supported Python.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --upgrade --group dev --output-file $(LOCK) pyproject.toml

.venv/ready: $(LOCK) pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv build
