# What to type: `make help`.

WINDOWS := $(filter Windows_NT,$(OS))
PYTHON ?= $(if $(WINDOWS),python,python3)
VENV := .venv
BIN := $(VENV)/$(if $(WINDOWS),Scripts,bin)
STAMP := $(VENV)/.installed$(addprefix -,$(TORCH))
SITE_STAMP := $(VENV)/.installed-site
UNTOUCHED := build/untouched/.made
CLASSROOM := .venv-classroom
CLASSROOM_STAMP := $(CLASSROOM)/.installed
PINS := build/pins/bin/uv pip compile --no-config --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
  --no-header --no-annotate
SCHEMA := $(BIN)/python -m check_jsonschema --quiet --builtin-schema
OTHER := build/other-torch
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Caches live in the environment: a first plot is quick and silent, and an empty home is enough, or none.
ifeq ($(shell test -w . && echo open),open)
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/matplotlib
endif
ifneq ($(shell test -w "$$HOME" && echo open),open)
export HOME := $(CURDIR)/$(VENV)/home
export PIP_NO_CACHE_DIR := 1
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # else dozens of kernels and servers compile the same modules

# Three notebooks at once, a process each, as starting one is mostly waiting; the network blocked.
COMPARE = $(1) -m course.offline $(1) -m authoring.kernel_server $(1) -m pytest -n 3 --dist loadfile \
  --no-loadscope-reorder --nbval --nbval-kernel-name warm --nbval-cell-timeout 120

# As on a processor without vector instructions, where sums are rounded differently. conftest.py sees to it for notebooks.
PLAIN_PROCESSOR := ATEN_CPU_CAPABILITY=default

# An environment names the folder it was made in. Where that was moved, or its Python is gone, it is set up anew.
MOVED := $(shell test -x $(BIN)/python && test "$$(cat $(VENV)/.installed 2>/dev/null)" = "$$(pwd)" || echo moved)

.PHONY: moved help lab setup mend fresh site classroom classroom-load test lint test-unit test-mutants test-notebooks \
  test-torch test-browser test-built bench prove pins clean
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: setup ## set up and open the course in JupyterLab; with TORCH=cuda for a graphics card
	$(BIN)/python -m jupyterlab $(AS_ROOT) --log-level=WARN --LabApp.default_url=/lab/tree/my_notebooks/00_start_here.ipynb

setup: $(STAMP) ## the same, but open nothing
	@$(BIN)/python -m course.my_notebooks

mend: $(STAMP) ## put the course's cells back in a notebook of yours, your answers stay: make mend NOTEBOOK=02
fresh: $(STAMP) ## begin a notebook anew, the old one is kept: make fresh NOTEBOOK=02
mend fresh:
	@test -n "$(NOTEBOOK)" || { echo "Which notebook? make $@ NOTEBOOK=02"; exit 1; }
	@$(BIN)/python -m course.my_notebooks --$@ $(NOTEBOOK)

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

$(STAMP): requirements.txt pyproject.toml $(MOVED)
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) found. Name your Python: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) install.py $(addprefix --torch=,$(TORCH))
	@rm -f $(VENV)/.installed-c*; for stamp in .installed $(@F); do pwd > $(VENV)/$$stamp; done

$(SITE_STAMP): book/requirements.txt $(STAMP)
	@echo "Setting up what the site needs: a minute, once."
	@$(BIN)/python -m pip install --requirement book/requirements.txt --constraint requirements.txt
	@touch $@

$(CLASSROOM_STAMP): classroom/requirements.txt
	@echo "Setting up $(CLASSROOM), with JupyterHub and nbgrader: a few minutes, once."
	@test -x $(CLASSROOM)/bin/pip || $(PYTHON) -m venv $(CLASSROOM)
	@$(CLASSROOM)/bin/python -m pip install --requirement classroom/requirements.txt
	@touch $@

lint: $(STAMP) ## style, imports between rooms, forms that GitHub reads, pins as their lists
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check --no-cache
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m authoring.pins --check
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) vendor.github-issue-forms .github/ISSUE_TEMPLATE/*_*.yml
	$(SCHEMA) vendor.citation-file-format CITATION.cff

test-unit: $(STAMP) ## the tests of utils and of the tools, the audit, and all mistakes and right answers
	$(PLAIN_PROCESSOR) $(BIN)/python -m pytest -n 2 -p no:nbval

test-mutants: $(STAMP) ## a sample of the proof that the checks tell right from wrong
	$(BIN)/python -m authoring.prove --jobs 2 --sample 600

prove: $(STAMP) ## the whole proof: mistakes, alternatives, every mutant, and what passes carried through its notebook
	$(BIN)/python -m authoring.prove --jobs 2
	$(BIN)/python -m authoring.carry --jobs 2

$(UNTOUCHED): $(STAMP) $(wildcard notebooks/*.ipynb solutions/*.ipynb authoring/*.py checker/*.py course/*.py exercises/*.py exercises/*/*.py utils/*.py)
	$(BIN)/python -m authoring.untouched
	@touch $@

test-notebooks: $(UNTOUCHED) ## solved notebooks, and untouched ones on a plain processor: every printed result as stored
	$(call COMPARE,$(BIN)/python) solutions build/untouched

# Torch of long ago asks for older setuptools than the pinned.
test-torch: ## compare the solved notebooks on the newest torch, or on another: TORCH=2.11.0
	$(PYTHON) -m venv --clear $(OTHER)
	sed 's/^torch==.*/torch$(addprefix ==,$(TORCH))/; s/^setuptools==.*/setuptools/' requirements.txt > $(OTHER)/pins.txt
	$(OTHER)/bin/python -m pip install --requirement $(OTHER)/pins.txt
	export PYTHONPATH="$(CURDIR)"; $(call COMPARE,$(OTHER)/bin/python) solutions

test-browser: site test-built ## the site and a notebook in a browser, if there is one

test-built:
	$(BIN)/python -m course.offline $(BIN)/python -m pytest -n 2 -p no:nbval --dist loadgroup -m browser tests/browser

bench: $(STAMP) ## how fast the course is, in ratios; half an hour
	$(BIN)/python -m authoring.bench

# For the oldest Python of all. The packages of CUDA come with torch's large build, which asks for each by its version.
pins: ## pin anew what the files requirements.in ask for
	$(PYTHON) -m venv --clear build/pins
	build/pins/bin/pip install --quiet uv
	$(PINS) requirements.in --output-file build/pins/course
	grep -vE '^(cuda|nvidia|triton)' build/pins/course > requirements.txt
	$(PINS) book/requirements.in --constraint requirements.txt --output-file build/pins/book
	sed 's/==.*/==/; s/^/^/' requirements.txt > build/pins/named
	grep -vf build/pins/named build/pins/book > book/requirements.txt
	$(PINS) classroom/requirements.in --output-file build/pins/classroom
	cp build/pins/classroom classroom/requirements.txt
	$(PYTHON) -m authoring.pins

clean: ## remove what make made; your notebooks and marks stay
	rm -rf $(VENV) $(CLASSROOM) build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
