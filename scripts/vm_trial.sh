#!/usr/bin/env bash
# Runs the sandbox's tests and both corpora in a virtual machine that has what the machine underneath may lack, control groups of
# version 2 and AppArmor, and then on the same machine forbidden what reusable cells need. The results are printed, and kept with all
# output below <data>/vm-trial/results.
#
#   scripts/vm_trial.sh                     all parts
#   scripts/vm_trial.sh reusable docker     only these; scripts/vm_trial_guest.sh says what each part is
#
# Needs root (or sudo) to build the machine's root file system, once, and to install what is missing. Settings: VM_ACCEL (kvm; or tcg, an
# emulated processor with a clock of its own, where there is no KVM that runs any kernel: many times slower), VM_CPUS, VM_MEMORY_MIB,
# VM_SUITE (the Debian in it, default bookworm), DEBIAN_MIRROR, CORPORA (default all), WTS_DATA_DIR (default .data), CARGO.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
work="${WTS_DATA_DIR:-$root/.data}/vm-trial"
cargo="${CARGO:-cargo}"
suite="${VM_SUITE:-bookworm}"
memory_mib="${VM_MEMORY_MIB:-6144}"
image_prefix="${WTS_IMAGE_PREFIX:-weak-to-strong}"
architecture="$(dpkg --print-architecture)"
# Empty: the mirror that debootstrap knows.
mirror="${DEBIAN_MIRROR:-}"
packages=("linux-image-cloud-$architecture" initramfs-tools systemd-sysv udev kmod procps apparmor ca-certificates python3 docker.io
    postgresql redis-server)
root_mib=6144
results_mib=256

say() { printf 'vm-trial: %s\n' "$*"; }
die() { printf 'vm-trial: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
    else die "root is needed: $*"
    fi
}

have() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }

install_tools() {
    local wanted=()
    have "$qemu" || wanted+=("$qemu_package")
    have debootstrap || wanted+=(debootstrap)
    have mke2fs || wanted+=(e2fsprogs)
    have strip || wanted+=(binutils)
    [ "${#wanted[@]}" -gt 0 ] || return 0
    say "installing ${wanted[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

# ---- The machine ----

choose_machine() {
    case "$architecture" in
        amd64) qemu=qemu-system-x86_64 qemu_package=qemu-system-x86 console=ttyS0 machine=q35 ;;
        arm64) qemu=qemu-system-aarch64 qemu_package=qemu-system-arm console=ttyAMA0 machine=virt ;;
        *) die "there is no recipe for a machine of $architecture" ;;
    esac
    accel="${VM_ACCEL:-}"
    [ -n "$accel" ] || { if [ -w /dev/kvm ]; then accel=kvm; else accel=tcg; fi; }
    case "$accel" in
        kvm) cpu=(-accel kvm -cpu host -smp "${VM_CPUS:-2}") ;;
        # Its time passes with its instructions, so that no limit on time is reached because the processor is emulated. One CPU, or it
        # does not boot; pages of five levels would be walked for nothing.
        tcg) local model=max
            [ "$architecture" != amd64 ] || model=max,la57=off
            cpu=(-accel tcg,thread=single -icount shift=0 -cpu "$model" -smp 1) ;;
        *) die "VM_ACCEL is $accel; there are kvm and tcg" ;;
    esac
}

# Names the packages and this script's own version of them: another list makes another root.
root_stamp() { printf '%s\n' "$suite" "$mirror" "${packages[@]}" | cat - "$root/scripts/vm_trial_guest.sh" | sha256sum | cut -c1-16; }

ensure_root() {
    local stamp; stamp="$(root_stamp)"
    if [ "$(cat "$work/root.stamp" 2>/dev/null)" = "$stamp" ]; then say "the root file system is built"; return; fi
    say "building a root file system of $suite"
    local dir="$work/root"
    rm -f "$work/root.stamp"
    as_root rm -rf "$dir"
    as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$suite" "$dir" ${mirror:+"$mirror"} >"$work/root.log" 2>&1 \
        || { tail -5 "$work/root.log" >&2; die "debootstrap failed (DEBIAN_MIRROR names another mirror)"; }
    as_root cp "$root/scripts/vm_trial_guest.sh" "$dir/usr/local/sbin/vm-trial"
    as_root chroot "$dir" sh -euc '
        printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d /usr/local/sbin/vm-trial
        mount -t proc proc /proc
        trap "umount /proc" EXIT
        mkdir -p /etc/postgresql-common /etc/docker
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
        # Cells have no network, and what makes bridges need not be there.
        echo "{\"iptables\": false, \"bridge\": \"none\"}" >/etc/docker/daemon.json
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
        apt-get clean
        rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/*
        echo vm-trial >/etc/hostname
        printf "[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/vm-trial\nTimeoutStartSec=infinity\n" \
            >/etc/systemd/system/vm-trial.service
        mkdir -p /etc/systemd/system/default.target.wants
        ln -sf ../vm-trial.service /etc/systemd/system/default.target.wants/vm-trial.service
        systemctl disable -q postgresql redis-server 2>/dev/null || true
        ' sh "${packages[@]}" >>"$work/root.log" 2>&1 || { tail -5 "$work/root.log" >&2; die "the packages could not be installed"; }
    as_root sh -euc 'cp "$1"/boot/vmlinuz-* "$2/kernel"; cp "$1"/boot/initrd.img-* "$2/initrd"; chmod 644 "$2/kernel" "$2/initrd"' \
        sh "$dir" "$work"
    rm -f "$work/root.ext4"
    truncate -s "${root_mib}M" "$work/root.ext4"
    as_root env PATH="$PATH:/usr/sbin:/sbin" mke2fs -q -t ext4 -d "$dir" "$work/root.ext4"
    as_root rm -rf "$dir"
    echo "$stamp" >"$work/root.stamp"
}

# ---- What it is given ----

# The tests know their sources and the server by the paths of this machine, so both are put there.
pack() {
    say "building the tests"
    local built
    built="$(cd "$root" && $cargo test --locked --test it --no-run --message-format=json 2>/dev/null | python3 -c '
import json, sys
made = [json.loads(line) for line in sys.stdin if line.startswith("{")]
paths = {item["target"]["name"]: item["executable"] for item in made if item.get("executable")}
print(paths["it"], paths["weak-to-strong"])')" || die "the tests could not be built: $cargo test --test it --no-run says why"
    read -r tests server <<<"$built"
    local stage="$work/stage"
    rm -rf "$stage"
    mkdir -p "$stage/trial" "$stage$root" "$stage$(dirname "$server")" "$stage$(dirname "$(dirname "$server")")/tmp"
    strip --strip-debug -o "$stage/trial/it" "$tests"
    strip --strip-debug -o "$stage$server" "$server"
    docker save -o "$stage/trial/images.tar" "$image_prefix/python:latest"
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - --ignore-failed-read -c) | tar -x -C "$stage$root"
    printf '%q=%q\n' repository "$root" server "$server" parts "$*" corpora "${CORPORA:-all}" image_prefix "$image_prefix" >"$stage/trial/settings"
    tar -C "$stage" -cf "$work/payload.tar" .
    rm -rf "$stage"
}

boot() {
    rm -rf "$work/results" "$work/results.raw"
    truncate -s "${results_mib}M" "$work/results.raw"
    say "booting ($accel, $memory_mib MiB); what its console says: $work/console.log"
    local disk=if=virtio,format=raw
    # What the machine writes to its root goes with it.
    nice "$qemu" -machine "$machine" "${cpu[@]}" -m "$memory_mib" -display none -no-reboot -nic none -device virtio-rng-pci \
        -serial "file:$work/console.log" -kernel "$work/kernel" -initrd "$work/initrd" \
        -append "root=/dev/vda rw console=$console panic=-1 apparmor=1 security=apparmor systemd.unified_cgroup_hierarchy=1" \
        -drive "$disk,file=$work/root.ext4,snapshot=on" -drive "$disk,file=$work/payload.tar,readonly=on" \
        -drive "$disk,file=$work/results.raw" </dev/null
    mkdir -p "$work/results"
    tar -C "$work/results" -xf "$work/results.raw" 2>/dev/null || true
    [ -s "$work/results/summary" ] || { tail -20 "$work/console.log" >&2; die "the machine left no results"; }
}

choose_machine
install_tools
mkdir -p "$work"
ensure_root
pack "$@"
boot
cat "$work/results/summary"
grep -q '^all parts: as they should$' "$work/results/summary"
