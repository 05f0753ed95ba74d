# run and test share .venv; it is made and filled by the first of them, and again only when
# pyproject.toml or requirements.lock is newer than the stamp in it, so afterwards no network is needed.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := .venv/.peers

.PHONY: help run test check bench prove man train lock

help:
	@echo "make run     start the daemon with config.yaml, then open http://localhost:8080/"
	@echo "make test    run the tests"
	@echo "make check   look at style, types and floors"
	@echo "make bench   measure speed, as ratios"
	@echo "make prove   run the long proofs, write docs/proofs.md"
	@echo "make man     write docs/cuttings.1 from the help"
	@echo "make train   train the model that finds an article's text, from ../shared/corpora"
	@echo "make lock    renew requirements.lock and requirements-bench.lock"

run: $(STAMP)
	@exec $(BIN)/cuttings run

test: $(STAMP)
	$(BIN)/python -m pytest -q -n 2

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(PEERS)
	$(BIN)/python -m benchmarks

train: $(PEERS)
	$(BIN)/python -m benchmarks.extraction.train

prove: $(STAMP)
	rm -f docs/proofs.md
	CUTTINGS_LONG=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile tests/long --proofs docs/proofs.md

man: $(STAMP)
	$(BIN)/python -m cuttings.cli.manual > docs/cuttings.1

COMPILE = $(BIN)/pip-compile --quiet --upgrade --generate-hashes --all-build-deps \
	--strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra bench --extra train \
		--output-file requirements-bench.lock pyproject.toml

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("cuttings needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv; this happens once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS): $(STAMP) requirements-bench.lock
	@echo "installing what we are measured against into .venv; this happens once"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-bench.lock
	@touch $@
