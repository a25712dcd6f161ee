# `make help` explains. The work is done by the services and by the scripts in deploy/local/.
.DEFAULT_GOAL := help
.PHONY: help run retrain predict registry history status rollback candidates approve reject keys fsck backup restore logs down \
        check test test-all test-compose test-faults bench bench-peers screenshots images audit sbom lint fmt docs lock lock-peers clean setup setup-dev setup-audit

VENV ?= .venv
AUDIT_VENV = $(VENV)-audit
export VENV PYTHON STACK
IN_VENV := $(VENV)/bin/
ON_STACK := @sh deploy/local/stack.sh
# Packages are installed uncompiled; without this each process would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: setup ## train, gate and serve on this machine until Ctrl-C (BOOSTERS=true adds XGBoost, LightGBM)
	@exec $(IN_VENV)python -m deploy.local.run

retrain: ## train once against the stack that is up (TRAINER_CANDIDATES=module:NAME TRAINER_DATASET=file …)
	$(ON_STACK) retrain

predict: ## ask the served model for one sample prediction
	$(ON_STACK) predict

registry: ## show what is in production
	$(ON_STACK) gatekeeper registry

history: ## show the decision log
	$(ON_STACK) gatekeeper history

status: ## show which workers serve what
	$(ON_STACK) gatekeeper status

rollback: ## move production to an earlier version: make rollback VERSION=1
	@test -n "$(VERSION)" || { echo "error: Say which version: make rollback VERSION=1 (make history lists them)." >&2; exit 1; }
	$(ON_STACK) gatekeeper rollback "$(VERSION)"

# ID and REASON are read by the shell, so that a reason may hold quotes.
ANSWER = @test -n "$$ID" && test -n "$$REASON" || { echo "error: Say which and why: make $@ ID=… REASON='…' (make candidates lists what waits)." >&2; exit 1; }
candidates: ## list the candidates on the store: decided, or waiting
	$(ON_STACK) gatekeeper candidates

approve: ## promote a candidate that waits for a person: make approve ID=… REASON='…'
	$(ANSWER)
	$(ON_STACK) gatekeeper approve "$$ID" "$$REASON"

reject: ## refuse a candidate that waits for a person: make reject ID=… REASON='…'
	$(ANSWER)
	$(ON_STACK) gatekeeper reject "$$ID" "$$REASON"

keys: setup ## make the keys that sign manifests and the registry, in keys/
	@$(IN_VENV)python -m deploy.local.keys

fsck: ## check the whole store
	$(ON_STACK) fsck

backup: ## copy the store, in use or not, into one file (FILE=backups/mine.tar.gz)
	$(ON_STACK) backup "$${FILE:-backups/modelgate-$$(date -u +%Y%m%dT%H%M%SZ).tar.gz}"

restore: ## put a backup into an empty store: make restore FILE=…
	@test -n "$$FILE" || { echo "error: Say which: make restore FILE=… (make backup writes them)." >&2; exit 1; }
	$(ON_STACK) restore "$$FILE"

logs: ## follow what the services print
	$(ON_STACK) logs

down: ## stop the stack that is up; its store stays
	$(ON_STACK) down

# Tests of one file run in one worker, in order: they share what they have started.
PYTEST = $(IN_VENV)python -m pytest
IN_PARALLEL = --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

check: lint ## check style and types and run unit and contract tests, in a minute (ARGS='-k words' for some)
	@$(PYTEST) $(IN_PARALLEL) -m 'not docker and not thorough' tests/unit tests/contract $(ARGS)

test: setup-dev ## test every behaviour that users rely on, in five minutes (ARGS='-k words' for some)
	@$(PYTEST) $(IN_PARALLEL) -m 'not docker and not thorough' $(ARGS)

test-all: setup-dev ## run every test that needs no Docker (ARGS='-m thorough' for what make test leaves out)
	@$(PYTEST) $(IN_PARALLEL) -m 'not docker' $(ARGS)

test-compose: setup-dev ## run the tests that need Docker
	@$(PYTEST) -m docker $(ARGS)

RECORD ?= build/faults.json
test-faults: setup-dev ## break everything in every way, in two hours (ARGS='-k words' RECORD=file for a part)
	@MODELGATE_FAULTS=full MODELGATE_RECORD=$(RECORD) \
	    $(PYTEST) tests/faults --timeout=3600 $(ARGS)

bench: setup-dev ## measure everything against its targets, in 10 minutes (ARGS=--quick in 90 s)
	@exec $(IN_VENV)python -m bench $(ARGS)

bench-peers: setup-dev ## install other model servers and measure them beside this one
	@exec $(IN_VENV)python -m bench --only peers $(ARGS)

screenshots: setup-dev ## take the pictures of the pages for the docs, with chromium
	@$(IN_VENV)python -m tests.browser.screenshots

images: ## build the three images and print their sizes
	@docker compose build --quiet
	@docker image ls --filter label=com.docker.compose.project=$${COMPOSE_PROJECT_NAME:-modelgate} \
	    --filter dangling=false --format '{{.Repository}}  {{.Size}}'

audit: setup-audit ## check all locked packages for known vulnerabilities (needs the internet)
	@$(AUDIT_VENV)/bin/pip-audit --strict --require-hashes --disable-pip --timeout 30 \
	    $(patsubst %,--requirement %,$(wildcard requirements/*.txt)) $(ARGS)

SYFT = SYFT_CHECK_FOR_APP_UPDATE=false $(AUDIT_VENV)/bin/syft scan --quiet
sbom: images setup-audit ## list every package of the images as CycloneDX, in build/sbom/
	@mkdir -p build/sbom && for service in trainer gatekeeper predictor; do \
	    image=$${COMPOSE_PROJECT_NAME:-modelgate}-$$service; \
	    id=$$(docker image inspect --format '{{.Id}}' "$$image") && \
	    $(SYFT) "docker:$$image" --source-name "modelgate-$$service" --source-version "$$id" \
	        --output "cyclonedx-json@1.6=build/sbom/$$service.json" || exit; \
	done

lint: setup-dev ## check style and types
	@$(IN_VENV)ruff check .
	@$(IN_VENV)ruff format --check .
	@$(IN_VENV)mypy

fmt: setup-dev ## format the code and fix what can be fixed
	@$(IN_VENV)ruff check --fix --exit-zero .
	@$(IN_VENV)ruff format .

docs: setup-dev ## write the tables of settings again, from the settings classes
	@$(IN_VENV)python -m tests.contract.settings_tables

# dev.txt is compiled first and constrains the rest: a package has one version everywhere.
COMPILE = $(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --custom-compile-command 'make lock' $(ARGS)
lock: setup-dev ## recompile requirements/*.txt (ARGS=--upgrade for newer versions)
	@$(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	@for name in pip audit local boosters trainer gatekeeper predictor predictor-joblib; do \
	    $(COMPILE) --constraint requirements/dev.txt \
	        --output-file requirements/$$name.txt requirements/$$name.in || exit; \
	done

# The peers unpickle what this environment's scikit-learn has fitted, so they have the same one.
lock-peers: setup-dev ## recompile bench/peers/*.txt, the environments of make bench-peers
	@mkdir -p build && sed -n 's/^\(\(scikit-learn\|onnxruntime\)==[^ ]*\).*/\1/p' requirements/dev.txt >build/peers.txt
	@for file in bench/peers/*.in; do \
	    $(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	        --custom-compile-command 'make lock-peers' --constraint build/peers.txt $(ARGS) \
	        --output-file "$${file%.in}.txt" "$$file" || exit; \
	done

clean: ## remove the environment and all caches; the store stays
	@if pid=$$(sh deploy/local/stack.sh pid); then \
	    echo "error: A local run uses $(VENV) (process $$pid). Stop it first: make down" >&2; exit 1; fi
	rm -rf $(VENV) $(AUDIT_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.*' -prune -exec rm -rf {} +

setup:
	@sh deploy/local/venv.sh local

setup-dev:
	@sh deploy/local/venv.sh dev

# A separate environment: no test sees the dependencies of these tools.
setup-audit:
	@VENV=$(AUDIT_VENV) sh deploy/local/venv.sh audit
