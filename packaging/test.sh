#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Tests the packages as an administrator meets them. For each Debian release named (bookworm and trixie unless said
# otherwise): a bare system in a scratch folder, the packages built in it from this source, the tests run; then in a second
# bare system: installed by apt, used (a page is fetched through frps and frpc), upgraded, removed, purged. Nothing may be
# left and nothing may break. Needs root, debootstrap, and the mirror debootstrap uses (or MIRROR=URL).
#
#   packaging/test.sh [--no-tests] [--keep] [RELEASE…]
#
# SCRATCH names the folder, which is deleted at the end unless --keep is given.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

run_tests=yes
keep=no
releases=()
for argument in "$@"; do
    case $argument in
    --no-tests) run_tests=no ;;
    --keep) keep=yes ;;
    -*)
        echo "packaging/test.sh: unknown option $argument" >&2
        exit 2
        ;;
    *) releases+=("$argument") ;;
    esac
done
[[ ${#releases[@]} -gt 0 ]] || releases=(bookworm trixie)
[[ $(id -u) -eq 0 ]] || {
    echo "packaging/test.sh needs root: it makes systems of its own." >&2
    exit 1
}
"$here/packaging/install-build-deps.sh" debootstrap

scratch=${SCRATCH:-$(mktemp -d)}
mounts=()
pids=()
clean_up() {
    local pid mount
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for mount in "${mounts[@]}"; do umount "$mount" 2>/dev/null || true; done
    [[ $keep == yes ]] || rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT

say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# bare NAME RELEASE: a minimal system in $scratch/NAME, with /proc and /dev of this one.
bare() {
    local root=$scratch/$1
    if [[ ! -e $scratch/$2.tar ]]; then
        debootstrap --variant=minbase "$2" "$scratch/base-$2" ${MIRROR:+"$MIRROR"} >"$scratch/debootstrap-$2.log" ||
            fail "debootstrap $2; see $scratch/debootstrap-$2.log"
        tar --directory "$scratch/base-$2" --create --file "$scratch/$2.tar" .
        rm -rf "$scratch/base-$2"
    fi
    mkdir -p "$root"
    tar --directory "$root" --extract --file "$scratch/$2.tar"
    # Services are not started in here: there is no service manager.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    mount --bind /proc "$root/proc"
    mounts=("$root/proc" "${mounts[@]}")
    mount --bind /dev "$root/dev"
    mounts=("$root/dev" "${mounts[@]}")
}
inside() {
    local root=$scratch/$1
    shift
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# What an installed file system looks like: names, owners, modes. Logs, caches and apt's own notes set aside.
inventory() {
    (cd "$scratch/$1" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./run -o -path ./var/cache \
        -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg \) -prune -o -printf '%p %M %u\n' | sort)
}

# wait_for URL TEXT
wait_for() {
    local _
    for _ in $(seq 100); do
        if [[ $(curl --silent --max-time 2 "$1" || true) == *"$2"* ]]; then return 0; fi
        sleep 0.2
    done
    fail "$1 does not show: $2"
}

# use NAME: fetches a page through the installed programs, with the configuration as installed.
use() {
    local name=$1 server client web
    echo "a page of $name" >"$scratch/$name/srv/index.html"
    inside "$name" python3 -m http.server --bind 127.0.0.1 --directory /srv 11434 >/dev/null 2>&1 &
    web=$!
    inside "$name" setpriv --reuid frps --regid frps --clear-groups env STATE_DIRECTORY=/var/lib/frpx \
        frps --config /etc/frpx/frps.toml --listen 127.0.0.1 >"$scratch/$name-frps.log" 2>&1 &
    server=$!
    pids=("$web" "$server")
    wait_for http://127.0.0.1:18081/api/health success
    inside "$name" setpriv --reuid frpc --regid frpc --clear-groups frpc --config /etc/frpx/frpc/default.toml \
        --email test@example.com --password 123456 --token-file /var/lib/frpc/token.json --client-id installed \
        >"$scratch/$name-frpc.log" 2>&1 &
    client=$!
    pids+=("$client")
    wait_for http://127.0.0.1:18080/index.html "a page of $name"
    kill "$client"
    wait "$client" || fail "frpc ended badly; see $scratch/$name-frpc.log"
    kill "$server"
    wait "$server" || fail "frps ended badly; see $scratch/$name-frps.log"
    kill "$web"
    wait "$web" || true
    pids=()
}

for release in "${releases[@]}"; do
    say "$release: build"
    bare "build-$release" "$release"
    mkdir -p "$scratch/build-$release/src"
    git -C "$here" archive HEAD | tar --directory "$scratch/build-$release/src" --extract
    inside "build-$release" sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates' \
        >"$scratch/apt-$release.log" 2>&1 || fail "apt; see $scratch/apt-$release.log"
    inside "build-$release" /src/packaging/build.sh >"$scratch/build-$release.log" 2>&1 ||
        fail "the build; see $scratch/build-$release.log"
    if [[ $run_tests == yes ]]; then
        say "$release: tests"
        inside "build-$release" /src/test.sh >"$scratch/test-$release.log" 2>&1 ||
            fail "the tests; see $scratch/test-$release.log"
        grep 'tests passed' "$scratch/test-$release.log"
    fi
    packages=$scratch/build-$release/src/build/package/packages

    say "$release: install"
    bare "$release" "$release"
    inside "$release" apt-get update -q >>"$scratch/apt-$release.log"
    inside "$release" apt-get install -q -y --no-install-recommends python3-minimal systemd >>"$scratch/apt-$release.log" 2>&1
    mkdir "$scratch/$release/packages"
    cp "$packages"/*.deb "$scratch/$release/packages"
    # What they depend on stays when they go; so it comes first, and is no part of the comparison.
    # shellcheck disable=SC2016 # it is the shell inside that expands it
    inside "$release" sh -c 'apt-get install -q -y --no-install-recommends /packages/*.deb && dpkg --purge $(
        for file in /packages/*.deb; do dpkg-deb --field "$file" Package; done)' >>"$scratch/apt-$release.log" 2>&1 ||
        fail "the first installation; see $scratch/apt-$release.log"
    inventory "$release" >"$scratch/$release.before"
    inside "$release" sh -c 'apt-get install -q -y --no-install-recommends /packages/*.deb' >>"$scratch/apt-$release.log" 2>&1 ||
        fail "apt install; see $scratch/apt-$release.log"
    for program in frps frpc; do
        inside "$release" "$program" --version
        inside "$release" id "$program" >/dev/null || fail "no account for $program"
    done
    inside "$release" sh -c 'install -d -o frps -g frps -m 700 /var/lib/frpx && install -d -o frpc -g frpc -m 700 /var/lib/frpc'

    say "$release: use"
    use "$release"

    say "$release: upgrade"
    echo '# mine' >>"$scratch/$release/etc/frpx/frps.toml"
    inside "$release" sh -c 'apt-get install -q -y --reinstall --no-install-recommends /packages/*.deb' \
        >>"$scratch/apt-$release.log" 2>&1 || fail "the upgrade; see $scratch/apt-$release.log"
    grep -q '# mine' "$scratch/$release/etc/frpx/frps.toml" || fail "the upgrade has lost the configuration"
    use "$release"

    say "$release: remove, purge"
    names=$(for file in "$scratch/$release"/packages/*.deb; do dpkg-deb --field "$file" Package; done)
    # shellcheck disable=SC2086 # names of packages have no spaces
    inside "$release" apt-get remove -q -y $names >>"$scratch/apt-$release.log" 2>&1 || fail "apt remove"
    grep -q '# mine' "$scratch/$release/etc/frpx/frps.toml" || fail "removal has lost the configuration"
    [[ -e $scratch/$release/var/lib/frpx/frpx.db ]] || fail "removal has lost the accounts"
    # shellcheck disable=SC2086
    inside "$release" apt-get purge -q -y $names >>"$scratch/apt-$release.log" 2>&1 || fail "apt purge"
    rm "$scratch/$release/srv/index.html"
    inventory "$release" >"$scratch/$release.after"
    if ! diff "$scratch/$release.before" "$scratch/$release.after" >"$scratch/$release.left"; then
        cat "$scratch/$release.left"
        fail "purge has left something"
    fi
    echo "$release: passed"
done
