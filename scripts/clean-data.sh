#!/usr/bin/env bash
# Stops the private Postgres of a data directory and deletes both.
#
#   scripts/clean-data.sh [data directory, default .data]
set -euo pipefail

data_dir="$(realpath -m "${1:-.data}")"
# Where the server keeps the cluster when the postgres user may not enter the data directory.
far="/var/lib/weak-to-strong/$(printf '%s' "$data_dir" | sha256sum | cut -c1-16)"

say() { printf 'clean-data: %s\n' "$*"; }

stop_cluster() {
    local pid_file="$1/data/postmaster.pid" pid
    [ -e "$pid_file" ] || return 0
    pid="$(head -1 "$pid_file")"
    # The number may belong to another process by now.
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ] || return 0
    say "stopping the Postgres of $1"
    kill -INT "$pid"
    for _ in $(seq 100); do
        [ -e "/proc/$pid" ] || return 0
        sleep 0.1
    done
    say "process $pid does not stop; nothing was deleted" >&2
    exit 1
}

case "$data_dir" in
    / | "$HOME" | "$PWD") say "refusing to delete $data_dir" >&2; exit 1 ;;
esac
stop_cluster "$data_dir/postgres"
stop_cluster "$far"
for folder in "$data_dir" "$far"; do
    if [ -e "$folder" ]; then
        say "deleting $folder"
        rm -rf "$folder"
    fi
done
