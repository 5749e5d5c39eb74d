# Shortcuts for two environments of tox.ini. The targets need only Python with
# its venv module; they install tox into .make-venv.

PYTHON ?= python3
VENV := .make-venv
TOX := $(VENV)/bin/python -m tox

.PHONY: help demo test

help:
	@echo 'make demo   see notifications of several real processes captured'
	@echo 'make test   run the tests'
	@echo 'Everything else: $(TOX) -l (see CONTRIBUTING.rst)'

demo: $(VENV)/.ready
	@echo 'Installing the packages of the demonstration, once ...'
	@$(TOX) -q -e demo

test: $(VENV)/.ready
	@$(TOX) -e py3

$(VENV)/.ready: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'unixnotif needs Python 3.11 or later' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo 'the venv module is missing: apt-get install python3-venv' >&2; \
	    exit 1; }
	@echo 'Creating a virtual environment, once ...'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet 'tox>=4.26'
	@touch $@
