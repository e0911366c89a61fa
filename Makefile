# make run and make test are all that a newcomer needs; both work on a machine with python3 and make only.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help run build test check lint wheel clean words
help:            ## what one can do
	@grep -E '^[a-z]+: .*##|^[a-z]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: $(VENV)/.runtime   ## install, build the graph from data/, serve it on 127.0.0.1
	$(BIN)/kg build
	$(BIN)/kg serve

build: $(VENV)/.runtime ## build the graph from data/
	$(BIN)/kg build

test: lint       ## install and pass the tests
	$(BIN)/python -m pytest -p no:cacheprovider -n 2 --dist loadfile --no-loadscope-reorder
	@command -v chromium >/dev/null || echo "Browser tests were skipped: they need Chromium. On Debian: apt-get install chromium"

lint: $(VENV)/.test     ## style and types
	$(BIN)/ruff check kg api tests
	$(BIN)/mypy

wheel: $(VENV)/.test    ## one wheel that carries ontology, shapes and data
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

words: $(VENV)/.test    ## bring the catalogues of the interface, api/locale/*.po, up to the pages; then translate what is new
	$(BIN)/pybabel -q extract --mapping pyproject.toml --keyword N_ --sort-output --no-location --output api/locale/words.pot .
	@for language in fr de; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --width 140 --locale $$language \
	  --input-file api/locale/words.pot --output-file api/locale/$$language.po; done; rm api/locale/words.pot

clean:           ## remove what was built and installed
	rm -rf $(VENV) var dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { echo "python3 lacks the module venv. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

$(VENV)/.test: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[test]'
	@touch $@ $(VENV)/.runtime
