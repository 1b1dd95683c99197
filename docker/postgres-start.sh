#!/bin/sh
# Makes the cluster and the server's database at the first start, then runs Postgres.
set -eu

if [ ! -e "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?must be set at the first start}"
    # Made elsewhere and moved, so that a start that is cut short leaves no half of a cluster.
    fresh="$PGDATA/.fresh"
    rm -rf "$fresh"
    mkdir -m 0700 "$fresh"
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$fresh" -U postgres -E UTF8 --locale=C.UTF-8 --auth=scram-sha-256 --pwfile=/tmp/password --data-checksums
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$fresh/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$fresh/postgresql.conf"
    printf 'CREATE DATABASE weak_to_strong;\n' | postgres --single -D "$fresh" postgres >/dev/null
    # PG_VERSION goes last: it says that the cluster is whole.
    find "$fresh" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$PGDATA/" \;
    mv "$fresh/PG_VERSION" "$PGDATA/"
    rmdir "$fresh"
fi
exec postgres "$@"
