#!/usr/bin/env bash
# Tries docker-compose.yml as those who run it would: builds its images, starts it beside whatever else runs on this machine, has
# tests/compose/trial.mjs use it and break it, and takes it down with its volumes, also when a step fails or the trial is interrupted.
#
#   TRIAL_BINARY    a built server to try; not set: one is built, with the profile TRIAL_PROFILE (dev)
#   TRIAL_PORT      where its proxy listens on 127.0.0.1 (18080)
#   TRIAL_PROJECT   the name of its containers, volumes and networks (wts-trial)
#   TRIAL_KEEP=yes  leaves everything running
set -euo pipefail
cd "$(dirname "$0")/.."

project="${TRIAL_PROJECT:-wts-trial}"
export TRIAL_PORT="${TRIAL_PORT:-18080}" TRIAL_LABEL="$project"
work="$(mktemp -d)"
export TRIAL_CONTEXT="$work/context"

say() { printf '%s\n' "$*"; }
die() { printf 'compose-trial: %s\n' "$*" >&2; exit 1; }
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=(-p "$project" -f docker-compose.yml -f tests/compose/docker-compose.yml)
# For the steps, which start and stop single services.
export TRIAL_COMPOSE="${compose[*]}"

# What only this trial knows.
WTS_IMAGE_TAG="$project" WTS_PORT="$TRIAL_PORT" WTS_PUBLIC_URL="http://127.0.0.1:$TRIAL_PORT"
POSTGRES_PASSWORD="$(secret)" WTS_SIGNING_KEY="$(secret)" WTS_CERTIFICATE_KEY="$(secret)"
DOCKER_GID="$(stat -c %g /var/run/docker.sock)"
export WTS_IMAGE_TAG WTS_PORT WTS_PUBLIC_URL POSTGRES_PASSWORD WTS_SIGNING_KEY WTS_CERTIFICATE_KEY DOCKER_GID

# Everything that the trial may leave, one a line.
left() {
    docker ps -aq --filter "label=com.docker.compose.project=$project"
    docker volume ls -q --filter "label=com.docker.compose.project=$project"
    docker network ls -q --filter "label=com.docker.compose.project=$project"
    docker ps -aq --filter "label=weak-to-strong.cell=$project-1"
    docker ps -aq --filter "label=weak-to-strong.cell=$project-2"
}

take_down() {
    local status=$?
    local things
    trap - EXIT
    [ -z "${trial:-}" ] || kill "$trial" 2>/dev/null || true
    [ "${TRIAL_KEEP:-}" != yes ] || { say "left running: $TRIAL_COMPOSE"; exit "$status"; }
    "${compose[@]}" down --volumes --timeout 40 >"$work/down.log" 2>&1 || { cat "$work/down.log" >&2; status=1; }
    rm -rf "$work"
    # Cells of a worker that was killed go by themselves.
    for _ in {1..60}; do
        things="$(left)"
        [ -n "$things" ] || break
        sleep 1
    done
    if [ -n "$things" ]; then
        say "FAILED  taken down: these are left: ${things//$'\n'/ }"
        status=1
    else
        say "ok  taken down: no container, volume, network or cell is left"
    fi
    exit "$status"
}

server() {
    if [ -n "${TRIAL_BINARY:-}" ]; then printf '%s' "$TRIAL_BINARY"; return; fi
    local profile="${TRIAL_PROFILE:-dev}" folder
    # Words: a wrapper may stand before cargo.
    ${CARGO:-cargo} build --locked --profile "$profile" >&2
    folder="$profile"
    [ "$profile" != dev ] || folder=debug
    printf '%s' "${CARGO_TARGET_DIR:-target}/$folder/weak-to-strong"
}

build() {
    local binary before after
    binary="$(server)"
    mkdir -p "$TRIAL_CONTEXT/docker"
    cp "$binary" "$TRIAL_CONTEXT/docker/weak-to-strong"
    cp -R Dockerfile .dockerignore seeds "$TRIAL_CONTEXT/"
    before="$(docker image ls -q "weak-to-strong/server:$project")"
    "${compose[@]}" build >"$work/build.log" 2>&1 || { tail -20 "$work/build.log" >&2; die "the images could not be built"; }
    after="$(docker image ls -q "weak-to-strong/server:$project")"
    # The server of an earlier trial has no name any more.
    [ -z "$before" ] || [ "$before" = "$after" ] || docker image rm "$before" >/dev/null 2>&1 || true
}

"${compose[@]}" version >/dev/null 2>&1 || die "docker-compose is missing: apt-get install docker-compose"
# An earlier trial that was killed.
mkdir "$TRIAL_CONTEXT"
[ -z "$(left)" ] || "${compose[@]}" down --volumes --timeout 40 >/dev/null 2>&1
[ -d tests/compose/node_modules ] || npm ci --prefix tests/compose --no-audit --no-fund >/dev/null
trap take_down EXIT
trap 'exit 130' INT TERM
build
TRIAL_STARTED_MS="$(date +%s%3N)"
export TRIAL_STARTED_MS
"${compose[@]}" up -d >"$work/up.log" 2>&1 || { cat "$work/up.log" >&2; die "it does not start"; }
# In the background, so that an interruption need not wait for it.
node tests/compose/trial.mjs &
trial=$!
wait "$trial"
