# Each line is a command one could type. `make demo` and `make test` are all a newcomer needs.
SHELL := /bin/bash
CORES ?= 2
# The newest Python from 3.11 to 3.14 on the PATH that runs (a shim of pyenv may not); or make env PYTHON=/path/to/python3.12.
FITS := import sys, venv, ensurepip; v = sys.version_info; (3, 11) <= v < (3, 15) and print(v[1], sys.executable)
PYTHON ?= $(eval PYTHON := $(shell for name in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	$$name -c '$(FITS)' 2>/dev/null; done | sort -srnk1,1 | head -n 1 | cut -d ' ' -f 2-))$(PYTHON)
BIN := .venv/bin
export PYTHONNOUSERSITE := 1
# Compiled kernels are kept between runs and shared by tests and jobs.
export NUMBA_CACHE_DIR ?= $(CURDIR)/.numba_cache

.PHONY: help env demo test lint format doctor paper configuration crate docs manuscript gallery

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/ -/'

env: .venv/.ready ## make the Python environment in .venv from requirements.lock

.venv/.ready: requirements.lock
	@[ -L .venv ] || [ "$$(LC_ALL=C.UTF-8 printf %q "$$PWD")" = "$$PWD" ] || { echo "Vadose needs a folder whose path has no blanks, quotes or other characters of the shell, found $$PWD: move the clone, or make .venv a link to a folder with a plain path"; exit 1; }
	@[ -n "$(PYTHON)" ] || { echo "Vadose needs Python 3.11, 3.12, 3.13 or 3.14 (with venv and ensurepip), found none on the PATH: install one, or call make env PYTHON=/path/to/python3.13"; exit 1; }
	@"$(PYTHON)" -c '$(FITS)' | grep -q . || { echo "Vadose needs Python 3.11, 3.12, 3.13 or 3.14 (with venv and ensurepip), found that $(PYTHON) is not one: call make env PYTHON=/path/to/python3.13"; exit 1; }
	"$(PYTHON)" -m venv "$$(readlink -f .venv)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "uv is not to be had; pip will do"
	@[ -z "$$PIP_CERT" ] || [ -n "$$SSL_CERT_FILE" ] || export SSL_CERT_FILE="$$PIP_CERT"; \
	python="$$(readlink -f .venv)/bin/python"; \
	if [ -x $(BIN)/uv ] && $(BIN)/uv pip sync --quiet $${PYTHONDONTWRITEBYTECODE:+--compile-bytecode} --require-hashes --python "$$python" requirements.lock; then exit; fi; \
	[ ! -x $(BIN)/uv ] || echo "uv could not install the packages, for the reason above: pip does it, which takes longer"; \
	"$$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

demo: env ## both studies on a small synthetic Earth, with figures and a report, in a few minutes
	$(BIN)/snakemake --cores $(CORES) all

test: env ## the test suite (in one process more than cores: many tests wait for servers, a browser, SLURM)
	$(BIN)/python -m pytest -n $$(($(CORES) + 1)) --dist loadfile --no-loadscope-reorder -rsfE

lint: env ## style of Python and Snakemake files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

format: env ## bring files into that style
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/snakefmt Snakefile rules

doctor: env ## what the archives ask of you before make paper: accounts, licences, space, hours
	$(BIN)/snakemake --cores 1 --quiet all --configfile config/scenarios/paper_full.yaml -- doctor

paper: env ## both published studies from the archives to their manuscripts (first: make doctor, and docs/data.md)
	$(BIN)/snakemake --cores $(CORES) all paper --configfile config/scenarios/paper_full.yaml

crate: env ## a finished run as an RO-Crate, with a CITATION.cff of its data (of the demo; CONFIG=file.yaml: of that run)
	$(BIN)/snakemake --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG)) -- write_crate

NUMBERS ?= results/demo/numbers.json
manuscript: env ## numbers of a manuscript that no run supports (TEXT=paper.tex NUMBERS=results/<run>/numbers.json)
	$(BIN)/python workflow_scripts/check_manuscript.py $(NUMBERS) $(TEXT)

gallery: env ## docs/gallery from genuine files (RAW=folder that holds gldas_noah10_m_2.1 and mcd12c1)
	@[ -d "$(RAW)/gldas_noah10_m_2.1" ] || { echo "make gallery needs genuine files: call make gallery RAW=/folder/that/holds/gldas_noah10_m_2.1/and/mcd12c1"; exit 1; }
	$(BIN)/snakemake --cores $(CORES) --configfile config/scenarios/gldas_local.yaml config/scenarios/gallery_variability.yaml --config 'paths={raw: "$(RAW)"}' -- all
	$(BIN)/snakemake --cores $(CORES) --configfile config/scenarios/gldas_pairs.yaml config/scenarios/gallery_dependence.yaml --config 'paths={raw: "$(RAW)"}' -- all
	$(BIN)/python workflow_scripts/write_gallery.py results/gallery_variability results/gallery_dependence --folder docs/gallery

docs: env ## the documentation as static pages: docs/_build/index.html
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d docs/_build/.doctrees docs docs/_build

configuration: env ## write config/README.md from config/schema.yaml, the table of downloads in docs/data.md, and the recipes of containers
	$(BIN)/python workflow_scripts/document_configuration.py
	$(BIN)/python workflow_scripts/document_downloads.py
	$(BIN)/python workflow_scripts/write_containers.py
