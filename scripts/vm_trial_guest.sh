#!/bin/bash
# Inside the virtual machine of scripts/vm_trial.sh: runs the parts of the trial one after the other and turns the machine off.
#
#   reusable   AppArmor with the profile of the cells: cells are reused
#   single     the same, told to give each run a container of its own
#   docker     AppArmor with Docker's own profile, which denies the mounts of a run's namespaces
#   unloaded   AppArmor without the profile of the cells
#   clone      kernel.unprivileged_userns_clone = 0 (Debian's kernels)
#   userns     user.max_user_namespaces = 0
# In the last four the worker must fall back to a container a run, and say so.
set -uo pipefail

results=/trial/results
all_parts=(reusable single docker unloaded clone userns)
failed=0

say() { printf '%s\n' "$*" | tee -a "$results/summary" >/dev/console; }

# The second disk is what the trial needs, the third takes what it found.
unpack() {
    tar -xf /dev/vdb -C /
    mkdir -p "$results"
    # shellcheck disable=SC1091
    . /trial/settings
    export HOME=/root WTS_IMAGE_PREFIX="$image_prefix"
    cd "$repository" || exit 1
}

describe() {
    say "$(. /etc/os-release; echo "$PRETTY_NAME"), kernel $(uname -r), $(nproc) CPUs, $(stat -fc %T /sys/fs/cgroup), AppArmor: $(aa-enabled)"
    say "$(docker info --format 'Docker {{.ServerVersion}}, cgroup version {{.CgroupVersion}}, driver {{.CgroupDriver}}, {{.SecurityOptions}}')"
}

load_profile() { apparmor_parser --replace sandboxes/apparmor.profile; }
unload_profile() { apparmor_parser --remove sandboxes/apparmor.profile 2>/dev/null; }

# Makes the machine what a part needs, or as it was.
forbid() {
    sysctl -q -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=20000 2>/dev/null
    load_profile
    unset WTS_APPARMOR_PROFILE
    case "$1" in
        docker) export WTS_APPARMOR_PROFILE=docker-default ;;
        unloaded) unload_profile ;;
        clone) sysctl -q -w kernel.unprivileged_userns_clone=0 ;;
        userns) sysctl -q -w user.max_user_namespaces=0 ;;
    esac
}

# What a server of this machine tells its operators: the metric, and the line of its log.
ask_server() { # ask_server <part> <cell mode>
    local log="$results/$1-server.log"
    PORT=8000 WTS_DATA_DIR=/trial/data WTS_CELL_MODE="$2" WTS_POOL_FLOOR=1 WTS_POOL_CEILING=2 "$server" serve >"$log" 2>&1 &
    local pid=$! told
    told="$(python3 -c '
import time, urllib.request
def get(path):
    return urllib.request.urlopen("http://127.0.0.1:8000" + path, timeout=60).read().decode()
deadline = time.monotonic() + 600
while time.monotonic() < deadline:
    try:
        get("/health/ready")
        print(next(line for line in get("/metrics").splitlines() if line.startswith("sandbox_fallback ")))
        break
    except OSError:
        time.sleep(1)
')"
    kill "$pid" 2>/dev/null
    wait "$pid"
    grep -q "this host forbids" "$log" && told="$told, and its log says why"
    printf '%s' "$told"
}

run_part() {
    local part="$1" mode=reusable cells=single told="sandbox_fallback 1, and its log says why"
    local tests=(sandbox::corpora sandbox::isolation sandbox::limits sandbox::runs sandbox::steady submissions::cells)
    case "$part" in
        reusable) cells=reusable told="sandbox_fallback 0" tests=(sandbox:: submissions::cells) ;;
        single) mode=single told="sandbox_fallback 0" ;;
        docker | unloaded | clone | userns) ;;
        *) say "$part: there is no such part"; failed=1; return ;;
    esac
    forbid "$part"
    local log="$results/$part.log" began heard wrong=""
    began="$(date +%s)"
    WTS_CELL_MODE="$mode" CORPORA="$corpora" /trial/it "${tests[@]}" --test-threads 1 --nocapture >"$log" 2>&1 || wrong="tests failed"
    heard="$(ask_server "$part" "$mode")"
    [ "$heard" = "$told" ] || wrong="$wrong; the server should tell: $told"
    [ "$(grep -c "^.*\(contained\|refused\), $cells cells$" "$log")" = 2 ] || wrong="$wrong; the corpora did not run in $cells cells"
    say "$part: $(grep -o '[0-9]* passed; [0-9]* failed' "$log" | tail -1); $(grep -oE '(attacks|forgeries): .* cells' "$log" | paste -sd';' | sed 's/;/; /g'); server: $heard; $(($(date +%s) - began)) s"
    if [ -n "$wrong" ]; then
        failed=1
        say "$part: NOT as it should: ${wrong#; }"
        grep -E '^    [a-z_:]+$' "$log" | sort -u | while read -r name; do say "    $name"; done
    fi
}

unpack
systemctl start docker
docker load -q -i /trial/images.tar
describe
read -ra wanted <<<"${parts:-}"
[ "${#wanted[@]}" -gt 0 ] || wanted=("${all_parts[@]}")
for part in "${wanted[@]}"; do run_part "$part"; done
[ "$failed" = 1 ] || say "all parts: as they should"
dmesg >"$results/dmesg.log"
tar -C "$results" -cf /dev/vdc .
sync
systemctl poweroff --force
