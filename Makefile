# Every habit is a verb. The README's two are `make run` and `make test`.
PYTHON ?= python3
OUT ?= out
SECONDS ?= 600

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps --requirement

.DEFAULT_GOAL := help
.PHONY: help run test soak check format bench bench-engine bench-fit lock weights pictures clean

help: ## List what can be done
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

run: $(VENV)/.run-ready ## Recognize IMAGES="a.jpg b.png" (or the project's samples) on this machine, into OUT
	@$(BIN)/ocr-drop local run --out "$(OUT)" $(IMAGES)

test: $(VENV)/.test-ready ## Run every test
	@$(BIN)/python -m pytest

soak: $(VENV)/.test-ready ## Run the simulation on other schedules for SECONDS (600)
	@PYTHONPATH=tests $(BIN)/python -m simulation.soak $(SECONDS)

check: $(VENV)/.test-ready ## Run the linters: style, types, import rules
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports

format: $(VENV)/.test-ready ## Put code and README into their one form
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/python tests/documents/generated.py

bench: $(VENV)/.test-ready ## Measure: cold start, fitting, the local stack; side by side
	@for bench in $(filter-out %kept.py %legibility.py %levers.py %tiles.py,$(wildcard tests/benchmarks/bench_*.py)); do $(BIN)/python $$bench || exit 1; done

bench-engine: $(VENV)/.test-ready ## Measure the endpoint's engine: beside rapidocr, and what each choice is worth; twenty minutes
	@$(BIN)/python tests/benchmarks/bench_endpoint.py
	@$(BIN)/python tests/benchmarks/bench_levers.py

bench-fit: $(VENV)/.test-ready ## Measure fitting: CPU, memory, and the text that is kept; a quarter of an hour
	@$(BIN)/python tests/benchmarks/bench_fit.py --large
	@$(BIN)/python tests/benchmarks/bench_text_kept.py
	@$(BIN)/python tests/benchmarks/bench_legibility.py
	@$(BIN)/python tests/benchmarks/bench_tiles.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ocr-drop needs Python 3.11 or newer: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: requirements/run.txt requirements/local-aws.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python $(PIP_INSTALL) requirements/run.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(PYTHON) -m venv $(VENV)/local-aws
	@$(VENV)/local-aws/bin/python $(PIP_INSTALL) requirements/local-aws.txt
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready requirements/test.txt requirements/sam.txt
	@$(BIN)/python $(PIP_INSTALL) requirements/test.txt
	@$(PYTHON) -m venv $(VENV)/sam
	@$(VENV)/sam/bin/python $(PIP_INSTALL) requirements/sam.txt
	@touch $@

UV_COMPILE = uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

lock: ## Compile the locked requirements again from pyproject.toml and requirements/*.in
	$(UV_COMPILE) --python-version 3.11 --extra cli --extra console --extra endpoint --extra local pyproject.toml requirements/build.in --output-file requirements/run.txt
	$(UV_COMPILE) --python-version 3.11 --extra cli --extra console --extra endpoint --extra local --extra test pyproject.toml requirements/build.in --output-file requirements/test.txt
	$(UV_COMPILE) --python-version 3.11 requirements/local-aws.in --output-file requirements/local-aws.txt
	$(UV_COMPILE) --python-version 3.11 requirements/sam.in --output-file requirements/sam.txt
	$(UV_COMPILE) --python-version 3.13 pyproject.toml --output-file layers/dependencies/requirements.txt
	$(UV_COMPILE) --python-version 3.13 requirements/console.in --output-file functions/console/requirements.txt
	$(UV_COMPILE) --python-version 3.13 --no-deps --constraint requirements/run.txt functions/endpoint/requirements.in --output-file functions/endpoint/requirements.txt
	$(UV_COMPILE) --python-version 3.11 --no-deps --constraint requirements/run.txt requirements/weights.in --output-file requirements/weights.txt

weights: ## Make the engine's quick network anew, from the one in the rapidocr package
	@$(PYTHON) -m venv $(VENV)/weights
	@$(VENV)/weights/bin/python $(PIP_INSTALL) requirements/weights.txt
	@$(VENV)/weights/bin/python functions/endpoint/weights/make.py

pictures: $(VENV)/.test-ready ## Take the README's pictures anew; needs Chromium
	@$(BIN)/python docs/architecture.py
	@$(BIN)/python docs/pictures.py

clean: ## Forget everything that was set up
	rm -rf $(VENV) .aws-sam out
