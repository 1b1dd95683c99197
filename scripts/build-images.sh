#!/usr/bin/env bash
# Builds the sandbox images of this machine's docker engine; what is already built is skipped.
#
#   scripts/build-images.sh              every runtime that has a Dockerfile
#   scripts/build-images.sh python       only these runtimes
#
# Settings: DOCKER (default "docker"), DEBIAN_MIRROR, IMAGE_PREFIX (default weak-to-strong),
# CA_BUNDLE (the host's certificates, for builds that fetch packages through pip or npm).
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
docker="${DOCKER:-docker}"
prefix="${IMAGE_PREFIX:-weak-to-strong}"
# Empty: the mirror that debootstrap knows.
mirror="${DEBIAN_MIRROR:-}"
base="debian:bookworm-slim"
ca_bundle="${CA_BUNDLE:-${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}}"

say() { printf '%s\n' "build-images: $*" >&2; }
die() { say "$*"; exit 1; }

# Runs a command as root, directly or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 126
    fi
}

have_image() { "$docker" image inspect "$1" >/dev/null 2>&1; }

# The base image: from a registry when one answers, else made from Debian's own packages.
ensure_base() {
    have_image "$base" && return
    say "pulling $base"
    if timeout 20 "$docker" pull -q "$base" >/dev/null 2>&1; then return; fi
    say "no image registry answers; making $base with debootstrap"
    if ! command -v debootstrap >/dev/null && [ ! -x /usr/sbin/debootstrap ]; then
        as_root apt-get install -y -qq debootstrap >/dev/null \
            || die "debootstrap is missing and cannot be installed: install it, or 'docker pull $base' yourself"
    fi
    local dir; dir="$(mktemp -d)"
    trap 'as_root rm -rf "$dir"' RETURN
    as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase bookworm "$dir" ${mirror:+"$mirror"} >"$dir.log" 2>&1 \
        || { tail -5 "$dir.log" >&2; die "debootstrap failed (it needs root or a sudo without password, and a Debian mirror: DEBIAN_MIRROR)"; }
    rm -f "$dir.log"
    as_root rm -rf "$dir/var/cache/apt/archives" "$dir/var/lib/apt/lists" "$dir/usr/share/doc" "$dir/usr/share/man" \
        "$dir/usr/share/locale" "$dir/usr/share/info"
    as_root mkdir -p "$dir/var/cache/apt/archives/partial" "$dir/var/lib/apt/lists/partial" "$dir/usr/share/man/man1"
    as_root tar -C "$dir" --exclude=./proc/* --exclude=./sys/* -c . | "$docker" import -c 'CMD ["bash"]' - "$base" >/dev/null
    say "made $base"
}

# What an image is made of: its folder, the agent, and the base it stands on.
content_hash() {
    local runtime="$1"
    {
        "$docker" image inspect -f '{{.Id}}' "$base"
        cd "$root/sandboxes"
        find agent "$runtime" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c1-16
}

build_image() {
    local runtime="$1" hash tag
    hash="$(content_hash "$runtime")"
    tag="$prefix/$runtime:$hash"
    if have_image "$tag"; then
        "$docker" tag "$tag" "$prefix/$runtime:latest"
        say "$tag is built"
        return
    fi
    say "building $tag"
    local context; context="$(mktemp -d)"
    cp -R "$root/sandboxes/agent" "$context/agent"
    cp -R "$root/sandboxes/$runtime" "$context/$runtime"
    find "$context" -name __pycache__ -prune -exec rm -rf {} +
    mkdir "$context/ca"
    if [ -r "$ca_bundle" ]; then cp "$ca_bundle" "$context/ca/bundle.crt"; else : >"$context/ca/bundle.crt"; fi
    local proxies=() name
    for name in http_proxy https_proxy no_proxy; do
        if [ -n "${!name:-}" ]; then proxies+=(--build-arg "$name=${!name}"); fi
    done
    "$docker" build -q --network host --label "weak-to-strong.content=$hash" "${proxies[@]}" \
        -f "$context/$runtime/Dockerfile" -t "$tag" "$context" >/dev/null \
        || { rm -rf "$context"; die "building $runtime failed"; }
    rm -rf "$context"
    "$docker" tag "$tag" "$prefix/$runtime:latest"
    say "built $tag"
}

"$docker" version >/dev/null 2>&1 || die "no docker engine answers: start dockerd, or set DOCKER"
runtimes=("$@")
if [ ${#runtimes[@]} -eq 0 ]; then
    for file in "$root"/sandboxes/*/Dockerfile; do runtimes+=("$(basename "$(dirname "$file")")"); done
fi
ensure_base
for runtime in "${runtimes[@]}"; do
    [ -f "$root/sandboxes/$runtime/Dockerfile" ] || die "there is no runtime $runtime"
    build_image "$runtime"
done
