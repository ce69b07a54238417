# What to type: `make help`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SITE_STAMP := $(VENV)/.installed-site
UNTOUCHED := build/untouched/.made
CLASSROOM := .venv-classroom
CLASSROOM_STAMP := $(CLASSROOM)/.installed
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Caches live in the environment: a first plot is quick and silent, and an empty home is enough.
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/matplotlib
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # else dozens of kernels and servers compile the same modules

# As on a processor without vector instructions, where sums are rounded differently. conftest.py sees to it for notebooks.
PLAIN_PROCESSOR := ATEN_CPU_CAPABILITY=default

SUPPORTED := import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else \
  "This course needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d. Name another: make lab PYTHON=python3.12" % v)

.PHONY: help lab site classroom classroom-load test lint test-unit test-mutants test-notebooks test-browser test-built bench prove pins clean
.NOTPARALLEL:

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

lab: $(STAMP) ## set up and open the course in JupyterLab
	$(BIN)/jupyter lab $(AS_ROOT) --log-level=WARN --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

site: $(SITE_STAMP) ## build the course as a static site in build/site
	$(BIN)/python -m course.offline $(BIN)/python -m authoring.site

classroom: $(STAMP) $(CLASSROOM_STAMP) ## try a JupyterHub with simulated students on this machine, open for half an hour
	$(BIN)/python -m classroom.hub --students 3 --stay 30

classroom-load: $(STAMP) $(CLASSROOM_STAMP) ## thirty simulated students hand in within a minute; all are graded
	$(BIN)/python -m classroom.hub --students 30 --window 60 --minutes 20

# Side by side, so that no processor idles. A browser beside the notebooks was tried: slower, they share a cache.
test: $(SITE_STAMP) ## set up and run all that CI runs
	@$(MAKE) --no-print-directory site $(UNTOUCHED) && nice $(MAKE) --no-print-directory test-mutants & \
	  $(MAKE) --no-print-directory lint test-unit; ended=$$?; wait $$! && exit $$ended
	@$(MAKE) --no-print-directory test-notebooks
	@$(MAKE) --no-print-directory test-built

$(STAMP): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) found. Name your Python: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c '$(SUPPORTED)'
	@echo "Setting up $(VENV): the pinned packages take a few minutes, once."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --requirement requirements.txt
	@$(BIN)/pip install --quiet --no-build-isolation --no-deps --editable .
	@$(BIN)/python -c 'import matplotlib.pyplot'
	@touch $@

$(SITE_STAMP): book/requirements.txt $(STAMP)
	@echo "Setting up what the site needs: a minute, once."
	@$(BIN)/pip install --quiet --requirement book/requirements.txt --constraint requirements.txt
	@touch $@

$(CLASSROOM_STAMP): classroom/requirements.txt
	@echo "Setting up $(CLASSROOM), with JupyterHub and nbgrader: a few minutes, once."
	@test -x $(CLASSROOM)/bin/pip || $(PYTHON) -m venv $(CLASSROOM)
	@$(CLASSROOM)/bin/pip install --quiet --requirement classroom/requirements.txt
	@touch $@

lint: $(STAMP) ## style, and whether the pins are those of their lists
	$(BIN)/ruff check --no-cache
	$(BIN)/python -m authoring.pins --check

test-unit: $(STAMP) ## the tests of utils and of the tools, the audit, and all mistakes and right answers
	$(PLAIN_PROCESSOR) $(BIN)/python -m pytest -n 2 -p no:nbval

test-mutants: $(STAMP) ## a sample of the proof that the checks tell right from wrong
	$(BIN)/python -m authoring.prove --jobs 2 --sample 600

prove: $(STAMP) ## the whole proof: mistakes, alternatives, and every mutant of every solution
	$(BIN)/python -m authoring.prove --jobs 2

$(UNTOUCHED): $(STAMP) $(wildcard notebooks/*.ipynb solutions/*.ipynb authoring/*.py checker/*.py course/*.py exercises/*.py exercises/*/*.py utils/*.py)
	$(BIN)/python -m authoring.untouched
	@touch $@

# Three at once, a process each, as starting one is mostly waiting; the network blocked.
test-notebooks: $(UNTOUCHED) ## solved notebooks, and untouched ones on a plain processor: every printed result as stored
	$(BIN)/python -m course.offline $(BIN)/python -m authoring.kernel_server $(BIN)/python -m pytest -n 3 --dist loadfile \
	  --no-loadscope-reorder --nbval --nbval-kernel-name warm --nbval-cell-timeout 120 solutions build/untouched

test-browser: site test-built ## the site and a notebook in a browser, if there is one

test-built:
	$(BIN)/python -m course.offline $(BIN)/python -m pytest -n 2 -p no:nbval --dist loadgroup -m browser tests/browser

bench: $(STAMP) ## how fast the course is, in ratios; half an hour
	$(BIN)/python -m authoring.bench

pins: ## pin anew what the files requirements.in ask for
	rm -rf build/pins build/pins-classroom
	$(PYTHON) -m venv build/pins
	build/pins/bin/pip install --quiet --requirement requirements.in
	build/pins/bin/pip freeze --all --exclude pip | sed 's/+cpu$$//' > requirements.txt
	build/pins/bin/python -m authoring.pins
	build/pins/bin/pip install --quiet --requirement book/requirements.in --constraint requirements.txt
	build/pins/bin/pip freeze --all --exclude pip | sed 's/+cpu$$//' | grep -vxFf requirements.txt > book/requirements.txt
	$(PYTHON) -m venv build/pins-classroom
	build/pins-classroom/bin/pip install --quiet --requirement classroom/requirements.in
	build/pins-classroom/bin/pip freeze --all --exclude pip --exclude setuptools > classroom/requirements.txt

clean: ## remove what make made; your notebooks and marks stay
	rm -rf $(VENV) $(CLASSROOM) build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
