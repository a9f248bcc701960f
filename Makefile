# Mockingbird: `make run` starts it, `make test` checks everything.
#
#   make run                 http://127.0.0.1:8000/, data in var/
#   make run PORT=8123       another port; HOST and every variable of .env.example work the same way
#   make test                linters, type checks, deployment checks and the whole test suite
#   make install             only the environment, in .venv
#   make lock                pin the newest versions that pyproject.toml allows

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
# Packages come with their hashes or not at all.
PIP_LOCKED := $(PIP) --require-hashes
UV := .venv/uv
UV_VERSION := 0.13.9
PYTEST_ARGS ?=
WORKERS ?= 2
# One at a time, where there is flock (Linux): two starts at once would make the environment under each other.
ALONE := $(if $(shell command -v flock),flock Makefile)

.PHONY: .venv run install packages install-dev test lint check pytest lock clean

run: install
	@exec $(BIN)/python -m interview_site.run

install:
	@$(ALONE) $(MAKE) --no-print-directory packages

# A copy of the lock inside the environment tells whether it is up to date.
packages: .venv
	@cmp -s requirements.txt .venv/requirements.txt || { \
		echo "Installing packages into .venv (half a minute)..." && \
		$(PIP_LOCKED) -r requirements.txt && cp requirements.txt .venv/requirements.txt || { \
			echo "The packages could not be installed; pip says above why. Is the package registry reachable?" >&2; exit 1; }; }

install-dev: install
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || { \
		echo "Installing packages for development into .venv..." && \
		$(PIP_LOCKED) -r requirements-dev.txt && cp requirements-dev.txt .venv/requirements-dev.txt; }

# Made once; made anew where it was left half done, or where its Python is gone.
.venv:
	@$(BIN)/python -c 'import pip' 2>/dev/null || { \
		command -v $(PYTHON) >/dev/null || { \
			echo "Mockingbird needs Python 3.11 or newer, and there is no $(PYTHON) here; name yours with: make PYTHON=..." >&2; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "Mockingbird needs Python 3.11 or newer, and $(PYTHON) is not; name another one with: make PYTHON=..." >&2; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "Mockingbird needs Python's venv module: on Debian and Ubuntu it is the package python3-venv." >&2; exit 1; }; \
		$(PYTHON) -m venv --clear .venv; }

test: install-dev lint check pytest

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint

# What Django itself can tell: models and migrations agree, and the settings of a public site are safe.
check:
	$(BIN)/python manage.py makemigrations --check --dry-run
	ENV_FILE=/dev/null HTTPS=true TRUSTED_PROXIES=1 ALLOWED_HOSTS=mockingbird.example.com \
		SECRET_KEY=only-for-this-check-k3J8sZq1vXc7Rt0LmW5yBn2HdFg6Ua9E \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

# Everything on SQLite; then what depends on the database or the broker once more on PostgreSQL and Redis.
pytest:
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)
	$(BIN)/python -m tests.services $(BIN)/python -m pytest -n $(WORKERS) -m services $(PYTEST_ARGS)

# Writes no registry addresses into the locks.
lock: .venv
	@test -x $(UV)/bin/uv || { $(BIN)/python -m venv $(UV) && $(UV)/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV_VERSION); }
	$(UV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade --quiet \
		pyproject.toml --output-file requirements.txt
	$(UV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade --quiet \
		--constraint requirements.txt --group dev pyproject.toml --output-file requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
