# Chợ Phiên. `make demo` and `make test` do all their own set-up; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# What Django's settings need to be read at all; the checks connect to nothing.
STATIC_SETTINGS = CHOPHIEN_SECRET_KEY=checks CHOPHIEN_DATABASE_URL=postgresql:///checks
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup setup-dev demo dev test test-fast races media lint fix types imports check bench bench-pricing bench-exchange bench-simulation bench-promotions bench-intake bench-purchase bench-hub storms lock shots prove-fresh clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.venv/run.stamp: locks/run.txt pyproject.toml
	@bash scripts/setup.sh $(PYTHON) run

.venv/dev.stamp: locks/dev.txt .venv/run.stamp
	@bash scripts/setup.sh $(PYTHON) dev

setup: .venv/run.stamp ## virtual environment with the locked dependencies

setup-dev: .venv/dev.stamp ## the same, with the tools for tests and checks

demo: setup ## set everything up and open the demonstration fair (PORT=8000)
	@bash scripts/system.sh
	@$(BIN)/chophien demo

dev: setup-dev ## the same as demo, restarting the web server on change
	@bash scripts/system.sh
	@$(BIN)/chophien demo --reload

test: setup-dev ## all tests (PATH_=tests/domain for a part)
	@bash scripts/system.sh
	@bash scripts/chromium.sh
	@bash scripts/platforms.sh
	@$(BIN)/python -m pytest $(or $(PATH_),tests)

test-fast: setup-dev ## tests that need no database and no browser
	@$(BIN)/python -m pytest tests/domain tests/wire tests/house

races: setup-dev ## race tests alone
	@$(BIN)/python -m pytest tests/races

media: setup-dev ## media and AI-host tests alone
	@$(BIN)/python -m pytest tests/media

lint: setup-dev ## style of code, templates and words
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djade --check $$(git ls-files 'src/*.html')
	@$(BIN)/djlint --lint --quiet src/chophien/web/templates
	@$(BIN)/codespell $$(git ls-files '*.py' '*.md' 'Makefile' '*.sh')

types: setup-dev ## mypy, strict
	@$(STATIC_SETTINGS) $(BIN)/mypy

imports: setup-dev ## who may import whom
	@$(BIN)/lint-imports --no-cache

fix: setup-dev ## mend what the linters can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djade $$(git ls-files 'src/*.html')

check: lint types imports ## lint, types, import contracts, house rules, migrations complete
	@$(STATIC_SETTINGS) $(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings chophien.config.settings
	@$(BIN)/python -m pytest -q tests/house

bench: setup-dev ## start-up time, memory of each process, CPU of one AI host
	@$(BIN)/python -m bench.footprint

bench-pricing: setup-dev ## quotes a second beside plain enumeration
	@$(BIN)/python -m bench.pricing

bench-exchange: setup-dev ## a million promotions by file, beside row by row
	@$(BIN)/python -m bench.exchange

bench-promotions: setup-dev ## a cart's price among 14 million promotions, with the plans
	@$(BIN)/python -m bench.promotions

bench-simulation: setup-dev ## carts a second of `chophien simulate`, in one process and in all
	@$(BIN)/python -m bench.simulation

bench-purchase: setup-dev ## whole purchases a second by HTTP, beside the pages, and a rush (PROCESSES=1)
	@$(BIN)/python -m bench.purchase

bench-intake: setup-dev ## orders a second of the hot lane, beside a row lock each and the limit (ALREADY=10000000)
	@$(BIN)/python -m bench.intake --already $(or $(ALREADY),1000000)

bench-hub: setup-dev ## ten thousand readers in one room, beside Django Channels and nchan
	@$(BIN)/python -m bench.hub

storms: setup-dev ## buyers who note everything while all is killed, cut, full or stepped (SECONDS_EACH=45)
	@$(BIN)/python -m bench.storms --seconds $(or $(SECONDS_EACH),45)

lock: setup-dev ## make the lock files anew from pyproject.toml
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o locks/run.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --group test --group dev -c locks/run.txt -o locks/dev.txt

shots: setup-dev ## screenshots of the running program for README and docs
	@$(BIN)/python -m scripts.shots

prove-fresh: ## both commands on a bare Debian 12, as root and as an ordinary user
	@bash scripts/prove_fresh.sh

clean: ## remove the environment, the demo's data and all that was built
	@rm -rf .venv var build
