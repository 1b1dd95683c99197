# `make help` lists the targets. CARGO_TARGET_DIR is respected when it is set.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
DATA_DIR ?= $(or $(WTS_DATA_DIR),.data)
# Folders of Node scripts that tests run.
NODE_CHECKS := tests/browser tests/contracts tests/tooling

# Setting up comes before building, and the Rust tests come last.
.NOTPARALLEL:
.PHONY: help setup setup-test images run test test-python test-rust lint fmt check schema trusted bench bench-admit bench-sandbox bench-boards bench-sockets bench-api heldout fairness soak \
	compose-trial vm-trial curriculum-lint curriculum-verify graphiql clean-data

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## Install what this machine lacks and start the Docker engine
	@scripts/setup.sh

images: setup ## Build the sandbox images that are missing or out of date
	@scripts/build-images.sh

run: setup images ## Start the whole platform on http://127.0.0.1:8000
	$(CARGO) run --locked -- serve

# The output ends with the Rust runner's summary.
test: setup-test images test-python test-rust ## Run every test

setup-test:
	@scripts/setup.sh --test

test-python:
	@if [ -d sandboxes/tests ]; then python3 -m unittest discover -s sandboxes/tests -t sandboxes; fi

# Tests with Node's clients and with Chromium are left out where those are not installed and cannot be.
test-rust:
	@for folder in $(NODE_CHECKS); do \
		if ! command -v npm >/dev/null; then echo "npm is not installed: the tests of $$folder are left out"; \
		elif [ ! -d $$folder/node_modules ]; then npm ci --prefix $$folder --no-audit --no-fund; fi; \
	done
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --locked --no-fail-fast; \
	else \
		$(CARGO) test --locked --no-fail-fast --lib --bins --tests; \
	fi

lint: ## Check the format and run clippy; warnings are errors
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

fmt: ## Format the sources
	$(CARGO) fmt --all

check: ## Type-check everything
	$(CARGO) check --locked --all-targets

schema: ## Export the GraphQL schema to schema/schema.graphql
	@mkdir -p schema
	$(CARGO) run --locked --quiet -- schema > schema/schema.graphql.new
	@mv schema/schema.graphql.new schema/schema.graphql

trusted: ## List the documents of graphql/ by their hashes in graphql/trusted.json
	@npm ci --prefix tests/browser --no-audit --no-fund
	node tests/browser/trusted.mjs --write

# BENCH_PROFILE=dev measures what `make run` starts, without another build.
bench: setup images ## Measure the whole platform beside its bare peers (BENCH_RUNS, BENCH_SECONDS, BENCH_ROUNDS)
	$(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench load

bench-admit: ## Measure what requests made to hurt cost before they run (BENCH_ROUNDS, BENCH_GOAL_MS)
	$(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench admit

bench-sandbox: setup images ## Measure a run in a cell beside bare Python, bubblewrap, docker run and docker exec
	$(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench sandbox

heldout: setup images ## Compare the judge with a bare python3 on problems of others (HELDOUT_REPEATS, default 3)
	@CARGO="$(CARGO)" scripts/heldout.sh

fairness: setup ## Print who waits how long under a long load, in simulated time (FAIRNESS_SECONDS, FAIRNESS_SEED)
	FAIRNESS_SECONDS=$${FAIRNESS_SECONDS:-1800} $(CARGO) test --locked --test it fairness:: -- --nocapture

bench-boards: setup ## Measure leaderboards among a million learners (BENCH_LEARNERS, BENCH_ENTRIES, BENCH_ASKS)
	$(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench boards

PEERS = @if [ ! -d benches/peers/node_modules ]; then npm ci --prefix benches/peers --no-audit --no-fund; fi

bench-sockets: setup images ## Measure subscribers of one topic beside graphql-ws (BENCH_SUBSCRIBERS, BENCH_EVENTS, BENCH_VIEWERS)
	$(PEERS)
	ulimit -n "$$(ulimit -Hn)" && $(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench sockets

bench-api: setup images ## Measure requests beside Mercurius, GraphQL Yoga and Apollo Server (BENCH_SECONDS, BENCH_CONNECTIONS, BENCH_LEARNERS)
	$(PEERS)
	$(CARGO) bench --locked --profile $${BENCH_PROFILE:-bench} --bench api

# FAULT_ENGINE=kill also kills the container engine of this machine, a few times: only where nobody else needs it.
soak: setup images ## Break everything under 10000 submissions, cancel 1000 runs, judge 10000 times, break the roles under 1000 subscriptions, abandon 10000 sockets, run both corpora whole in both modes of cells: hours
	FAULT_SUBMISSIONS=$${FAULT_SUBMISSIONS:-10000} FAULT_RESUME_MS_MAX=$${FAULT_RESUME_MS_MAX:-5000} \
		$(CARGO) test --locked --test it a_killed_server -- --nocapture
	CANCELS=$${CANCELS:-1000} $(CARGO) test --locked --test it cancels:: -- --nocapture
	STEADY_RUNS=$${STEADY_RUNS:-10000} $(CARGO) test --locked --test it steady:: -- --nocapture
	NODES_SUBMISSIONS=$${NODES_SUBMISSIONS:-1000} $(CARGO) test --locked --test it nodes:: -- --nocapture
	CYCLES=$${CYCLES:-10000} $(CARGO) test --locked --test it cycles:: -- --nocapture
	for mode in reusable single; do \
		WTS_CELL_MODE=$$mode CORPORA=all $(CARGO) test --locked --test it sandbox::corpora:: -- --nocapture --test-threads 1; \
	done
	STREAK_TIMELINES=$${STREAK_TIMELINES:-1000000} $(CARGO) test --locked --test it progress::streaks_oracle:: -- --nocapture

# With the server that is built already where there is one: TRIAL_BINARY, or TRIAL_PROFILE=dist for what a deployment runs.
compose-trial: images ## Run docker-compose.yml under subscribers, break it in every way and take it down: six minutes
	@scripts/setup.sh --compose
	@CARGO="$(CARGO)" scripts/compose-trial.sh
vm-trial: setup images ## Run the sandbox's tests in a virtual machine with cgroup v2 and AppArmor, and where it forbids namespaces (VM_ACCEL, CORPORA)
	@CARGO="$(CARGO)" scripts/vm_trial.sh

curriculum-lint: ## Check the rules of the curriculum's files
	$(CARGO) run --locked -- curriculum lint

curriculum-verify: setup images ## Prove every challenge against its solutions in the sandbox
	$(CARGO) run --locked -- curriculum verify

graphiql: ## Build the GraphiQL page that the server embeds (needs Node)
	npm ci --prefix graphiql --no-audit --no-fund
	npm run --prefix graphiql build

clean-data: ## Stop the private Postgres and delete .data
	@scripts/clean-data.sh "$(DATA_DIR)"
