# Everything runs from .venv, which the first command makes. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
BOOTSTRAP := $(PYTHON) deploy/bootstrap.py
HISTORIES := tests/replay/histories
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
# What kills processes, races people against runs, and plays every fault takes minutes; CI runs it too.
LONG := tests/chaos tests/integration/rehearsal tests/integration/new_pipeline tests/workflows/test_races.py \
	$(addprefix tests/integration/cli/test_,streaming.py run.py repair.py retry.py retry_killed.py draining.py \
	export_test.py check_deploy.py)

.PHONY: help run dev survive test soak chaos coverage browser check replay bench perf histories fingerprints docs screenshots lock clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run ## sends the penguins through the pipeline on an embedded Temporal server
	@$(BIN)/fiberwise run complex-multi-agent --data examples/penguins.csv

dev: .venv/.run ## keeps Temporal server, Web UI and a worker up until Ctrl-C
	@$(BIN)/fiberwise dev

survive: .venv/.run ## kills everything with kill -9 in the middle of a run, and shows the same run end
	@examples/survive.sh

test: .venv/.dev ## runs all tests but the long ones and those in a browser (ARGS="-k word" for some)
	@$(BIN)/pytest -n 2 --dist loadfile $(addprefix --ignore=,$(LONG)) $(ARGS)

soak: .venv/.dev ## runs the long tests: kills, races, rehearsals
	@$(BIN)/pytest -n 2 --dist loadfile $(LONG) $(ARGS)

chaos: .venv/.dev ## storms over real servers and workers, and counts what is lost or doubled (RUNS=100 SEED=n DATABASE=postgresql)
	@$(BIN)/python -m tests.chaos.storm --runs $(or $(RUNS),100) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

coverage: .venv/.dev ## runs all tests, and tells which branches of the code none reaches
	@$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term-missing:skip-covered --cov-fail-under=90 $(ARGS)

browser: .venv/.browser chromium ## tests what a person sees in the Web UI; adds Playwright, and as root on Debian Chromium
	@$(BIN)/pytest tests/browser $(ARGS)

check: .venv/.dev ## lint, format, strict types, import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

replay: .venv/.dev ## runs the recorded histories of every form through today's workflow code
	@$(BIN)/python -m tests.replay.lacking
	@$(BIN)/python -m tests.workflows.registered replay $(HISTORIES)/*/*.json

bench: .venv/.dev ## speed against the bare SDK, as a table and as JSON
	@$(BIN)/python -m benchmarks $(ARGS)

perf: .venv/.dev ## holds what each pipeline takes against its budget (NOTE=1 notes the budgets anew)
	@$(BIN)/python -m benchmarks.perf $(if $(NOTE),--note)

histories: .venv/.dev ## records the histories of the forms that are missing
	@$(BIN)/python -m tests.replay.record

fingerprints: .venv/.dev ## notes what the pipelines declare by now, once you know that no run under way breaks
	@$(BIN)/python -m tests.replay.fingerprints

docs: .venv/.dev ## writes the parts of the docs that are made from code
	@$(BIN)/python -m starter.pages

screenshots: .venv/.browser chromium ## makes the pictures of the README from a real run
	@$(BIN)/python -m tests.browser.picture

lock: .venv/.dev ## resolves the dependencies anew into requirements/
	@$(COMPILE) --upgrade --output-file requirements/run.lock pyproject.toml
	@$(COMPILE) --upgrade --extra dev --constraint requirements/run.lock --output-file requirements/dev.lock pyproject.toml
	@$(COMPILE) --upgrade --extra dev --extra browser --constraint requirements/dev.lock --output-file requirements/browser.lock pyproject.toml

clean: ## removes .venv and caches; runs and results in .fiberwise stay
	@rm -rf .venv .ruff_cache .import_linter_cache .hypothesis .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: chromium
chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	{ echo "installing Debian's chromium" >&2; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	{ echo "Chromium is needed: sudo apt-get install chromium (or put it on PATH)" >&2; exit 3; }

.venv/.run .venv/.dev .venv/.browser: .venv/.%: requirements/%.lock pyproject.toml deploy/bootstrap.py
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed (Debian: sudo apt-get install python3 python3-venv)" >&2; exit 3; }
	@$(BOOTSTRAP) $*
