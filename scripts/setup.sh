#!/usr/bin/env bash
# Installs what this machine lacks from Debian's packages, starts the Docker engine if none answers, and loads the AppArmor profile
# of the cells where AppArmor is on.
# Each step that is already done is skipped, so it may be run as often as one likes.
#
#   scripts/setup.sh           what `make run` needs
#   scripts/setup.sh --test    also Node, Chromium and Redis, which some tests drive; without root those tests are left out
#   scripts/setup.sh --compose also Node and docker-compose, for `make compose-trial`
#
# Root, or a sudo that asks nothing or can ask on this terminal, is needed only if something must be installed or
# started. Settings: WTS_DATA_DIR (default .data) takes the engine's log; DOCKER_HOST names another engine.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
data_dir="${WTS_DATA_DIR:-$root/.data}"
docker_wait_seconds=30
missing=()
wanted_for="${1:-}"

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        sudo "$@"
    else
        return 126
    fi
}

# ---- What is missing ----

need() { # need <what it is> <package>...
    local what="$1"
    shift
    say "$what is missing"
    missing+=("$@")
}

# An engine elsewhere is spoken to by the server alone; the command line client is what builds images.
check_packages() {
    if have cc && have make; then say "C compiler: $(command -v cc)"; else need "a C compiler" build-essential; fi
    if have python3; then say "python: $(command -v python3)"; else need "python" python3; fi
    if postgres="$(newest_postgres)"; then say "Postgres: $postgres"; else need "Postgres" postgresql; fi
    if have docker && { have dockerd || [ -n "${DOCKER_HOST:-}" ] || engine_answers; }; then
        say "docker: $(command -v docker)"
    else
        need "docker" docker.io
    fi
    if have debootstrap; then say "debootstrap: found"; else need "debootstrap" debootstrap; fi
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then say "certificates: found"; else need "certificates" ca-certificates; fi
}

# What only tests, trials and benchmarks need is no reason to fail.
install_for_tests() {
    local wanted=()
    if have node && have npm; then say "node: $(command -v node)"; else wanted+=(nodejs npm); fi
    if [ "$wanted_for" = --compose ]; then
        if docker compose version >/dev/null 2>&1 || have docker-compose; then say "docker-compose: found"; else wanted+=(docker-compose); fi
    else
        if have chromium; then say "chromium: $(command -v chromium)"; else wanted+=(chromium); fi
        if have redis-server; then say "Redis: $(command -v redis-server)"; else wanted+=(redis-server); fi
        if have bwrap; then say "bubblewrap: $(command -v bwrap)"; else wanted+=(bubblewrap); fi
    fi
    [ "${#wanted[@]}" -gt 0 ] || return 0
    if ! have apt-get || ! as_root true; then
        say "without root, and without ${wanted[*]}: what needs them is left out"
        return
    fi
    say "installing ${wanted[*]} for the tests"
    as_root apt-get update -qq
    # The run level keeps packages from starting services: the tests start their own.
    as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

# The server starts a Postgres of its own, so the binaries are enough: those of the newest version.
newest_postgres() {
    local found
    found="$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1)"
    found="${found:-$(command -v initdb || true)}"
    [ -n "$found" ] && dirname "$found"
}

# ---- Installing ----

install_packages() {
    if [ "${#missing[@]}" -eq 0 ]; then
        say "nothing to install"
        return
    fi
    have apt-get || die "this is no Debian: install the counterparts of ${missing[*]} and run this again"
    as_root true || die "root is needed once: apt-get install ${missing[*]}"
    case " ${missing[*]} " in *" postgresql "*) keep_debian_from_making_a_cluster ;; esac
    say "reading the package lists"
    as_root apt-get update -qq
    # Newer Debians keep the command line client in a package of its own, which docker.io only recommends.
    case " ${missing[*]} " in
        *" docker.io "*) if apt-cache show docker-cli >/dev/null 2>&1; then missing+=(docker-cli); fi ;;
    esac
    say "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Debian's package makes and starts a cluster of its own when it is installed, unless it is told not to.
keep_debian_from_making_a_cluster() {
    local settings=/etc/postgresql-common/createcluster.conf
    [ -e "$settings" ] && return
    say "telling Debian's Postgres package to start no server of its own"
    as_root mkdir -p "$(dirname "$settings")"
    printf 'create_main_cluster = false\n' | as_root tee "$settings" >/dev/null
}

# ---- The rust toolchain ----

check_rust() {
    if ! have cargo; then
        die "the Rust toolchain is missing: install rustup and run this again (the version is in rust-toolchain.toml)"
    fi
    say "rust: $(cd "$root" && rustc --version)"
}

# ---- The engine ----

engine_answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

ensure_engine() {
    if engine_answers; then
        say "docker engine: $(docker version --format '{{.Server.Version}}')"
        return
    fi
    [ -z "${DOCKER_HOST:-}" ] || die "no engine answers at DOCKER_HOST=$DOCKER_HOST"
    # An engine that runs but is closed to this user needs a group, not another engine.
    [ ! -S /var/run/docker.sock ] || [ -w /var/run/docker.sock ] || not_allowed
    as_root true || die "the docker engine does not run and root is needed to start it"
    if [ -d /run/systemd/system ]; then
        say "starting the docker service"
        as_root systemctl start docker
    else
        start_engine_detached
    fi
    wait_for_engine
}

# In a container there is no systemd: the engine is started by hand and outlives this script.
start_engine_detached() {
    local log="$data_dir/dockerd.log"
    mkdir -p "$data_dir"
    say "starting the docker engine (log: $log)"
    # A pid file of an engine that died keeps the next one from starting.
    if [ -e /var/run/docker.pid ] && ! as_root kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then
        as_root rm -f /var/run/docker.pid
    fi
    # Its containerd ends a moment after it; an engine that finds that one dying takes it for its own and waits for it in vain.
    local containerd _
    containerd="$(as_root cat /var/run/docker/containerd/containerd.pid 2>/dev/null || true)"
    for _ in {1..100}; do
        [ -n "$containerd" ] && [ -e "/proc/$containerd" ] || break
        sleep 0.1
    done
    as_root env PATH="$PATH:/usr/sbin:/sbin" setsid nohup dockerd >>"$log" 2>&1 </dev/null &
}

wait_for_engine() {
    local waited
    for ((waited = 0; waited < docker_wait_seconds; waited++)); do
        if engine_answers; then
            say "docker engine: $(docker version --format '{{.Server.Version}}')"
            return
        fi
        [ ! -S /var/run/docker.sock ] || [ -w /var/run/docker.sock ] || not_allowed
        sleep 1
    done
    [ ! -r "$data_dir/dockerd.log" ] || tail -5 "$data_dir/dockerd.log" >&2
    die "the docker engine did not answer within $docker_wait_seconds s"
}

# ---- AppArmor ----

# Docker's own profile forbids what reusable cells are made with. Theirs is put where it is loaded at each boot, and loaded now.
ensure_apparmor_profile() {
    local ours="$root/sandboxes/apparmor.profile" theirs=/etc/apparmor.d/weak-to-strong-cell
    [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && [ -z "${DOCKER_HOST:-}" ] || return 0
    if cmp -s "$ours" "$theirs"; then
        say "AppArmor: the profile of the cells is installed"
    elif have apparmor_parser && as_root true; then
        say "AppArmor: loading the profile of the cells"
        as_root install -m 644 "$ours" "$theirs"
        as_root env PATH="$PATH:/usr/sbin:/sbin" apparmor_parser --replace "$theirs"
    else
        say "AppArmor: the profile of the cells cannot be loaded without root and apparmor_parser: each run gets a container of its own"
    fi
}

not_allowed() {
    die "$(id -un) may not use the docker engine: sudo usermod -aG docker $(id -un), then log in again"
}

check_packages
install_packages
[ -z "$wanted_for" ] || install_for_tests
check_rust
ensure_engine
ensure_apparmor_profile
say "ready"
