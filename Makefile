# Everything from a bare checkout: each target makes its own virtual environment first.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
# A stamp per lock file: the environment is made again when the lock changes.
RUN := $(VENV)/.locked-run
DEV := $(VENV)/.locked-dev
# What measures and prints; the others in bench/ make files that are kept.
BENCHES ?= idle_cost feed_client delivery_latency match_speed captured_feeds

.PHONY: run demo test lint bench lock clean
run: $(RUN)
	$(PY) -m monitor run

demo: $(RUN)
	$(PY) -m monitor demo

test: lint
	$(PY) -m pytest --cov --cov-report=term:skip-covered

lint: $(DEV)
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

bench: $(DEV)
	@for b in $(BENCHES); do echo "== $$b"; $(PY) -m bench.$$b || exit 1; done

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock requirements.lock | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(RUN)

# Needs uv. No index address may stand in a lock; hashes must.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --extra cluster pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --extra dev --extra cluster -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
