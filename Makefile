# `make serve` and `make test` set up .venv on first use; nothing outside this folder is touched.

PYTHON ?= python3
BIN := .venv/bin
LOCK := .ci/requirements.txt
EDITOR := src/g7kg/pages/editor

# Where the environment forbids to keep bytecode, each of hundreds of processes in the tests would compile the same modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test soak integration lint format lock clean wheel-check bench pictures editor docs

serve: .venv/ready
	-$(MAKE) editor
	$(BIN)/g7kg build
	$(BIN)/g7kg serve

test: .venv/ready
	-$(MAKE) editor
	$(BIN)/pytest --quiet --numprocesses 3 --dist loadfile --durations 15

# What takes longer: hostile queries, every link of every page, browsers, builds of the whole. The longest files come first, so
# that the processes end at about the same time.
LONGEST := tests/site/ tests/docs/ tests/shacl/ tests/pages/
soak: .venv/ready
	-$(MAKE) editor
	$(BIN)/pytest --quiet --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 15 -m "soak and not integration" \
		$(LONGEST) $(filter-out $(LONGEST),$(sort $(dir $(wildcard tests/*/test_*.py))))

# Foreign engines, clients and tools, and the benchmarks: Java and Maven for Fuseki, virtuoso-opensource-7-bin, nginx, wrk. By
# hand, before a change that touches them.
integration: .venv/ready
	$(BIN)/python -m benchmarks.fuseki
	$(BIN)/pytest --quiet --durations 15 -m integration

# Installs the query editor; without npm and network it fails, and the page for queries has a plain form.
editor: $(EDITOR)/oxigraph.wasm

$(EDITOR)/oxigraph.wasm: src/editor/package-lock.json src/editor/hatch_build.py | .venv/ready
	$(BIN)/python src/editor/hatch_build.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/turtlefmt --check --indentation 2 mappings ontology shapes tests/cases/shapes
	$(BIN)/g7kg curate format --check

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/turtlefmt --indentation 2 mappings ontology shapes tests/cases/shapes
	$(BIN)/g7kg curate format

# Builds the wheel, installs it into an empty environment, and queries the graph that it builds there.
wheel-check: .venv/ready
	rm -rf build/wheel && $(BIN)/python -m hatchling build -d build/wheel
	for name in yasqe.min.js yasqe.min.css oxigraph.wasm minisearch.js LICENCES.txt; do \
		$(BIN)/python -m zipfile --list build/wheel/*.whl | grep "g7kg/pages/editor/$$name" || exit 1; done
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	build/wheel/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps build/wheel/*.whl
	cd build/wheel && XDG_CACHE_HOME=$$PWD/cache venv/bin/g7kg build && \
		XDG_CACHE_HOME=$$PWD/cache venv/bin/g7kg query chair-of-cernobbio-como

# Compares with other servers (needs wrk, and Java and Maven for Fuseki); not part of the tests. Options: make bench ARGS="--sizes real".
bench: .venv/ready
	$(BIN)/g7kg build
	$(BIN)/python -m benchmarks $(ARGS)

# Takes the README's pictures anew, of a graph without the documents' words (needs chromium).
pictures: .venv/ready
	$(BIN)/g7kg build
	$(BIN)/python -m tests.helpers.pictures

# Builds the documentation into build/docs; a warning is an error.
docs: .venv/ready
	$(BIN)/python -m sphinx --fresh-env --write-all --fail-on-warning --keep-going --quiet -b html -d build/doctrees docs build/docs

# Needs uv on the path. The locks hold hashes and no addresses, and serve every supported Python; the second is a part of
# the first: what the action needs.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --upgrade --group dev --output-file $(LOCK) pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --constraint $(LOCK) --group build --output-file .ci/action.txt pyproject.toml

.venv/ready: $(LOCK) pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv build $(EDITOR)
