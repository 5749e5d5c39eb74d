# A front door for people: everything real is in tox.ini. Needs only Python
# with its venv module; each target makes its own virtual environment.

PYTHON ?= python3
VENV := .make-venv
TOX := $(VENV)/bin/python -m tox

.PHONY: help demo test

help:
	@echo 'make demo   see notifications of several real processes captured'
	@echo 'make test   run the tests'
	@echo 'Everything else: $(TOX) -l (see CONTRIBUTING.rst)'

demo: $(VENV)/.ready
	@echo 'Installing what the demonstration needs, once ...'
	@$(TOX) -q -e demo

test: $(VENV)/.ready
	@$(TOX) -e py3

$(VENV)/.ready: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'unixnotif needs Python 3.11 or later' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo 'the venv module is missing: apt-get install python3-venv' >&2; \
	    exit 1; }
	@echo 'Making a virtual environment, once ...'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet 'tox>=4.26'
	@touch $@
