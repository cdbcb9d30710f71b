# Everything that is done with this project, by name. `make` alone prints this list.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --warn-undefined-variables
SHELL := /bin/sh

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
STACK := exec env -u PYTHONDONTWRITEBYTECODE PYTHONPATH=$(CURDIR)/deploy/local $(BIN)/python -m local_stack
FILE ?=
ARGS ?=
UPGRADE ?=
SECONDS ?= 600

.PHONY: help
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "; print "Cary 311. Start with: make run\n"} /^[a-z0-9-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nAddresses and ports: PORTAL_PORT, TRACKER_PORT, KAFKA_PORT, MONGODB_PORT, MAILBOX_PORT, MAIL_PORT,\nMAIL_DESK_PORT, X_PORT; real servers: KAFKA_BOOTSTRAP_SERVERS, MONGODB_URI, MAILBOXES with SMTP_HOST, X_BEARER_TOKEN;\nanother folder for data: CARY311_LOCAL. Two systems live beside each other with other ports and another folder.\n'

# --- the environment; both do nothing when it is complete ---

.PHONY: env env-dev
env:
	@$(PYTHON) deploy/local/environment.py local
env-dev:
	@$(PYTHON) deploy/local/environment.py dev

# --- the running system ---

.PHONY: run
run: env ## Start everything on this machine: Kafka, MongoDB, a mailbox, a stand-in for X and the services (Ctrl-C stops it)
	@$(STACK) up

.PHONY: demo
demo: env ## Send a dozen invented reports, some mails and some posts to the running system
	@$(STACK) demo $(ARGS)

.PHONY: replay
replay: env ## Post texts from a file of JSON lines: make replay FILE=x.jsonl
	@test -n "$(FILE)" || { echo 'Which file? make replay FILE=x.jsonl'; exit 2; }
	@$(STACK) replay "$(FILE)" $(ARGS)

.PHONY: rebuild
rebuild: env ## Build the tracker's store anew beside the live one and compare (ARGS="--from FILE")
	@$(STACK) exec cary311 tracker rebuild $(ARGS)

.PHONY: reconcile
reconcile: env ## Prove that accepted = stored = announced
	@$(STACK) exec cary311 tracker reconcile $(ARGS)

.PHONY: snapshot
snapshot: env ## Write a snapshot of the tracker's store with its positions in the log
	@$(STACK) exec cary311 tracker snapshot $(ARGS)

.PHONY: clean-data
clean-data: env ## Empty the local Kafka, MongoDB, mailbox, stand-in for X and spool (the system must be stopped)
	@$(STACK) clean-data

# --- proof ---

.PHONY: test
test: env-dev ## Check and test everything, with a summary (ARGS go to pytest)
	@exec $(BIN)/python deploy/local/check.py $(ARGS)

.PHONY: lint
lint: env-dev ## Check style and layers
	@echo 'Style, format, layers ...'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

.PHONY: format
format: env-dev ## Format the code and repair what can be repaired
	@echo 'Formatting ...'
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

.PHONY: types
types: env-dev ## Check types
	@echo 'Types (a minute the first time) ...'
	@$(BIN)/mypy

.PHONY: catalogue-check
catalogue-check: env-dev ## Look through the services' examples and rules: overlaps, no use, gone astray (ARGS="--catalogue FILE --phrasings FILE")
	@$(BIN)/cary311 catalogue check $(ARGS)

.PHONY: bench
bench: env-dev ## Measure: ratios of CPU per item against the same work done bare
	@echo 'Measuring: keep the machine quiet ...'
	@exec env PYTHONPATH=$(CURDIR)/deploy/local:$(CURDIR)/tests $(BIN)/python -m bench $(ARGS)

.PHONY: evaluate
evaluate: env-dev ## Measure on labelled texts what is understood: make evaluate FILE=x.jsonl
	@test -n "$(FILE)" || { echo 'Which file? make evaluate FILE=x.jsonl'; exit 2; }
	@exec $(BIN)/cary311 normalizer evaluate "$(FILE)" $(ARGS)

.PHONY: train
train: env-dev ## Learn the classifier's model anew from the catalogue (ARGS="--corrections FILE --out FILE")
	@exec env OPENBLAS_NUM_THREADS=1 $(BIN)/cary311 normalizer train $(ARGS)

.PHONY: chaos
chaos: env-dev ## Kill every part under load and count: nothing lost, nothing twice
	@echo 'Killing parts under load ...'
	@exec $(BIN)/pytest tests/chaos $(ARGS)

.PHONY: fuzz
fuzz: env-dev ## Look for bytes that the mail parser trips over, for SECONDS=600 (Linux on x86-64)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/fuzz.txt
	@mkdir -p .local/fuzz/found
	@echo 'Fuzzing; what fails is kept in .local/fuzz ...'
	@exec env PYTHONPATH=$(CURDIR)/tests nice -n 19 $(BIN)/python -m support.mails_fuzzed -max_total_time=$(SECONDS) -max_len=6000 -timeout=10 \
		-artifact_prefix=.local/fuzz/ .local/fuzz/found tests/contract/golden/intake_email $(ARGS)

K8S_TOOLS := $(CURDIR)/.local/k8s-tools

.PHONY: env-k8s
env-k8s: env-dev
	@test -x $(K8S_TOOLS)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(K8S_TOOLS)
	@$(BIN)/uv pip sync --quiet --python $(K8S_TOOLS) --require-hashes --only-binary :all: requirements/k8s.txt

.PHONY: k8s-check
k8s-check: env-k8s ## Check Dockerfiles and manifests with the field's own tools: schemas, policies, style
	@exec $(BIN)/python deploy/k8s/check.py $(K8S_TOOLS)/bin

.PHONY: images-check
images-check: env-dev ## Run the steps of each Dockerfile in an empty environment and look what is inside
	@exec $(BIN)/pytest -m images tests/integration/images $(ARGS)

# --- dependencies ---

FIRST_PARTY := shared intake-email intake-social intake-web normalizer tracker
LOCK := $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	$(FIRST_PARTY:%=--no-emit-package cary311-%) $(UPGRADE)

.PHONY: lock
lock: env-dev ## Resolve requirements/*.in into locks (UPGRADE=--upgrade takes the newest versions)
	@echo 'Resolving ...'
	@$(LOCK) requirements/dev.in -o requirements/dev.txt >/dev/null
	@for name in local build intake-email intake-social intake-web normalizer normalizer-full tracker; do \
		$(LOCK) -c requirements/dev.txt requirements/$$name.in -o requirements/$$name.txt >/dev/null || exit 1; \
	done
	@for name in fuzz k8s; do $(LOCK) requirements/$$name.in -o requirements/$$name.txt >/dev/null || exit 1; done
	@if grep -n '://' requirements/*.txt; then echo 'A lock must not name an index or a URL.'; exit 1; fi
	@git --no-pager diff --stat -- requirements

.PHONY: lock-kafka
lock-kafka: env ## Resolve Apache Kafka's jars into deploy/local/kafka.lock
	@echo 'Resolving and fetching Apache Kafka anew ...'
	@$(STACK) lock-kafka
