# Two commands do everything on a machine with Python 3.11 and git: `make demo` and `make test`. Each makes .venv and
# installs what it needs; PIP_ARGS="..." passes options to pip, PYTHON=... picks the interpreter.

VENV := .venv
BIN := $(VENV)/bin
PIP_ARGS :=
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON := $(shell for python in python3.11 python3 python3.12 python3.13; do \
  $$python -c '$(NEW_ENOUGH)' 2>/dev/null && command -v $$python && break; done)
DATA = $(if $(wildcard demo-data/penchant.db),demo-data,penchant-data)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS)

.PHONY: demo test serve lint

demo: $(VENV)/installed-demo
	@$(BIN)/penchant demo

serve: $(VENV)/installed-demo
	@$(BIN)/penchant serve --data-dir $(DATA)

# pytest last, so that its summary is what is left on the screen.
test: lint
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The stamps: what is installed is as new as pyproject.toml.
$(VENV)/installed-demo: pyproject.toml | $(BIN)/python
	@echo "Installing Penchant with the extra demo into $(VENV): a minute or two, most of it for PyTorch."
	@$(INSTALL) -e '.[demo]'
	@touch $@

$(VENV)/installed-test: pyproject.toml | $(BIN)/python
	@echo "Installing Penchant with the extras dev and demo into $(VENV): a minute or two, most of it for PyTorch."
	@$(INSTALL) -e '.[dev,demo]'
	@touch $@ $(VENV)/installed-demo

$(BIN)/python:
	@$(or $(PYTHON),false) -c '$(NEW_ENOUGH)' || { \
	  echo "Penchant needs Python 3.11 or newer. Here is $$($(or $(PYTHON),python3) -V 2>&1 || echo none)."; \
	  echo "With another one installed: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not make $(VENV). On Debian and Ubuntu: apt install python3-venv"; exit 1; }
