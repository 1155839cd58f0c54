# Two commands: `make run` (an information plane in MLflow) and `make test` (the suite). `make docs`
# builds the site. On a GPU: `make test-gpu`, with a Python that has torch, numpy, scipy, numba, pandas and pytest.
PYTHON ?= python3
BIN := .venv/bin
export MLFLOW_DISABLE_TELEMETRY ?= true

.PHONY: run test test-gpu docs clean

# ib_mlflow.tracking makes the store, under a lock: mlflow's own way fails where several start at once.
run: export MLFLOW_EXPERIMENT_NAME ?= ib_mlflow
run: .venv/installed
	$(BIN)/python -m ib_mlflow.tracking
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mlflow run . --env-manager local
	@echo 'Before these commands, once in each shell:'
	@echo '  . $(CURDIR)/$(BIN)/activate'

# Two processes, whose products of small matrices are faster on a thread each.
test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zensical build --strict --clean
	OPENBLAS_NUM_THREADS=1 PATH="$(CURDIR)/$(BIN):$$PATH" \
	    $(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

# The site, into build/site; what it warns of is an error.
docs: .venv/installed-dev
	$(BIN)/zensical build --strict --clean
	@echo 'open $(CURDIR)/build/site/index.html'

# Nothing is installed, and no setting of the suite is used.
test-gpu:
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-4} PYTHONPATH="$(CURDIR)" \
	    $(PYTHON) -m pytest -p no:cacheprovider -c tests/gpu/pytest.ini -m gpu tests/gpu

# conda.yaml is the one list of exact versions; pip reads it as a requirements file.
.venv/installed: conda.yaml pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	sed -n 's/^ *- *\([A-Za-z0-9_.-]*==[^ ]*\)$$/\1/p' conda.yaml > .venv/requirements.txt
	$(BIN)/pip install --quiet --requirement .venv/requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --constraint .venv/requirements.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv build *.egg-info
