# make test    installs what is needed and runs the tests (the installed wheel is what is tested)
# make check   the same, after format, lint, types and import contracts, and with a minute of fuzzing: what CI runs
# make fuzz    mutated scans and surfaces through intake for a minute (FUZZ_SECONDS=3600 FUZZ_SEED=0 for longer, and other ones)
# make demo    installs what is needed and runs the main job on a sample
# make study   the studies of nightly size      make lock   pins the libraries again (needs uv)
VENV ?= .venv
BIN = $(VENV)/bin
PYTEST ?= -n 2
FUZZ_SECONDS ?= 60
# A commit is judged by one row of mutations; campaigns that look for more take another (0: a new one each time).
FUZZ_SEED ?= 1
export VENV

.PHONY: test check lint fuzz format demo study lock setup clean
setup:
	@scripts/setup dev

test: setup
	$(BIN)/python -m pytest $(PYTEST)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: setup
	$(BIN)/python -m validation.fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

check: lint test fuzz

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

study: setup
	$(BIN)/python -m pytest -m study

demo:
	@scripts/demo

lock:
	scripts/lock

clean:
	rm -rf $(VENV) out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
