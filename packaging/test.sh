#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Tests the packages as an administrator meets them. For each Debian release named (bookworm and trixie unless said
# otherwise): a bare system in a scratch folder, the packages built in it from the last commit, the tests run; then in a
# second bare system: installed by apt, used (a page is fetched through frps and frpc), upgraded to a higher version,
# removed, purged. Nothing may be left and nothing may break. A third one is booted for the units, in a container
# (packaging/test-services.sh). Needs root, debootstrap, systemd-nspawn, and the mirror debootstrap uses (or MIRROR=URL).
#
#   packaging/test.sh [--no-tests] [--no-services] [--packages=DIRECTORY] [--keep] [RELEASE…]
#
# With --packages those in the directory are tested, and none are built; RELEASE is what they were built on.
# SCRATCH names the folder, which is deleted at the end (but for the logs, after a failure) unless --keep is given. CACHE names a folder that is not: bare
# systems, downloaded packages and compiled objects, which make the next run quicker. All mounts and processes are in
# namespaces of this script: they end with it, however it ends.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

[[ $(id -u) -eq 0 ]] || {
    echo "packaging/test.sh needs root: it makes systems of its own." >&2
    exit 1
}
if [[ ${FRPX_IN_NAMESPACE:-} != yes ]]; then
    "$here/packaging/install-build-deps.sh" --only debootstrap debian-archive-keyring git curl iproute2 python3-minimal \
        systemd-container
    FRPX_IN_NAMESPACE=yes exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        "$here/packaging/test.sh" "$@"
fi

run_tests=yes
run_services=yes
keep=no
given=
releases=()
for argument in "$@"; do
    case $argument in
    --no-tests) run_tests=no ;;
    --no-services) run_services=no ;;
    --packages=*) given=$(realpath "${argument#*=}") ;;
    --keep) keep=yes ;;
    -*)
        echo "packaging/test.sh: unknown option $argument" >&2
        exit 2
        ;;
    *) releases+=("$argument") ;;
    esac
done
[[ ${#releases[@]} -gt 0 ]] || releases=(bookworm trixie)

scratch=${SCRATCH:-$(mktemp -d)}
cache=${CACHE:-$scratch/cache}
mkdir -p "$scratch" "$cache"
mounts=()
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local code=$? mount
    for mount in "${mounts[@]}"; do umount --recursive --lazy "$mount" || true; done
    [[ $keep == yes ]] && return
    if [[ $code -eq 0 ]]; then
        rm -rf --one-file-system "$scratch"
    else # a failure names the log that tells more
        find "$scratch" -xdev -mindepth 1 -maxdepth 1 ! -name '*.log' -exec rm -rf --one-file-system {} +
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM # the first process of a namespace ignores what it does not handle

say() { printf '\n== %s %s\n' "$(date +%T)" "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# bind SOURCE TARGET
bind() {
    mkdir -p "$1" "$2"
    mount --rbind "$1" "$2"
    mounts=("$2" "${mounts[@]}")
}

# bare NAME RELEASE: a minimal system in $scratch/NAME, with /dev of this one.
bare() {
    local root=$scratch/$1 release=$2
    if [[ ! -e $cache/$release.tar ]]; then
        rm -rf "$cache/tree-$release"
        debootstrap --variant=minbase "$release" "$cache/tree-$release" ${MIRROR:+"$MIRROR"} >"$scratch/debootstrap-$release.log" ||
            fail "debootstrap $release; see $scratch/debootstrap-$release.log"
        tar --directory "$cache/tree-$release" --create --file "$cache/$release.tar.part" .
        mv "$cache/$release.tar.part" "$cache/$release.tar"
        rm -rf "$cache/tree-$release"
    fi
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    tar --directory "$root" --extract --file "$cache/$release.tar"
    # Services are not started in here: there is no service manager.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    mount -t proc proc "$root/proc"
    mounts=("$root/proc" "${mounts[@]}")
    bind /dev "$root/dev"
    bind "$cache/apt-$release" "$root/var/cache/apt/archives"
    bind "$cache/ccache" "$root/root/.cache/ccache"
}
# unbind NAME: the mounts that bare NAME has made.
unbind() {
    local mount left=()
    for mount in "${mounts[@]}"; do
        if [[ $mount == "$scratch/$1"/* ]]; then
            umount --recursive --lazy "$mount"
        else
            left+=("$mount")
        fi
    done
    mounts=("${left[@]}")
}
inside() {
    local root=$scratch/$1
    shift
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# What an installed system looks like: names, owners, modes; and the contents of /etc. Logs, caches and the notes of apt and
# dpkg set aside, and the copies that useradd and userdel make of what they change.
inventory() {
    (cd "$scratch/$1" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./run -o -path ./var/cache \
        -o -path ./root/.cache -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./srv \) -prune \
        -o -printf '%p %M %u\n' | sort
        find ./etc -xdev -type f ! -name '*-' ! -name ld.so.cache ! -name .pwd.lock -exec sha256sum {} + | sort --key 2)
}

# wait_for URL TEXT
wait_for() {
    local _
    for _ in $(seq 100); do
        if [[ $("${alone[@]}" curl --silent --max-time 2 "$1" || true) == *"$2"* ]]; then return 0; fi
        sleep 0.2
    done
    fail "$1 does not show: $2"
}

# A network of its own: the ports of this machine are in use, or are not ours to use.
touch "$scratch/network"
unshare --net="$scratch/network" ip link set lo up
mounts=("$scratch/network")
alone=(nsenter --net="$scratch/network")

# as NAME USER DIRECTORY PROGRAM…: becomes an installed program, with the rights and the directory its unit gives it.
as() {
    local root=$scratch/$1 user=$2 directory=$3
    shift 3
    exec "${alone[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME="$directory" STATE_DIRECTORY="$directory" \
        chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
}

# use NAME: fetches a page through the installed programs, with the configuration as installed.
use() {
    local name=$1 server client web page
    page="a page of $name $RANDOM"
    mkdir -p "$scratch/web-$name"
    echo "$page" >"$scratch/web-$name/index.html"
    "${alone[@]}" python3 -m http.server --bind 127.0.0.1 --directory "$scratch/web-$name" 11434 >/dev/null 2>&1 &
    web=$!
    inside "$name" install -d -o frps -g frps -m 700 /var/lib/frpx
    inside "$name" install -d -o frpc -g frpc -m 700 /var/lib/frpc
    (as "$name" frps /var/lib/frpx frps --config /etc/frpx/frps.toml) >"$scratch/$name-frps.log" 2>&1 &
    server=$!
    wait_for http://127.0.0.1:18081/api/health success
    (as "$name" frpc /var/lib/frpc frpc --config /etc/frpx/frpc/default.toml --email test@example.com --password 123456 \
        --token-file /var/lib/frpc/token.json --client-id installed --trust-on-first-use) >"$scratch/$name-frpc.log" 2>&1 &
    client=$!
    wait_for http://127.0.0.1:18080/index.html "$page"
    kill "$client"
    wait "$client" || fail "frpc ended badly; see $scratch/$name-frpc.log"
    kill "$server"
    wait "$server" || fail "frps ended badly; see $scratch/$name-frps.log"
    kill "$web"
    wait "$web" || true
}

# older PACKAGE TARGET: the same with a lower version number and another default configuration.
older() {
    local tree=$scratch/older
    rm -rf "$tree"
    dpkg-deb --raw-extract "$1" "$tree"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$tree/DEBIAN/control"
    find "$tree/etc/frpx" -name default.toml -exec sed -i '1i # as it was' {} \; 2>/dev/null || true
    dpkg-deb --root-owner-group --build "$tree" "$2/$(basename "$1")" >/dev/null
}

# provide NAME PACKAGE…: into the system of that name, the packages, older ones, and what they depend on.
provide() {
    local name=$1 package
    shift
    mkdir "$scratch/$name/packages" "$scratch/$name/older"
    cp "$@" "$scratch/$name/packages"
    for package in "$@"; do older "$package" "$scratch/$name/older"; done
    inside "$name" apt-get update -q
    # shellcheck disable=SC2016 # it is the shell inside that expands it
    inside "$name" sh -c 'for file in /packages/*.deb; do
            dpkg-deb --field "$file" Depends | xargs -0 apt-get satisfy -q -y --no-install-recommends || exit 1
        done'
}

# build RELEASE: the packages, and what can be tested where the compiler is.
build() {
    local release=$1 log=$scratch/apt-$1.log
    say "$release: build"
    bare "build-$release" "$release"
    mkdir -p "$scratch/build-$release/src"
    git -C "$here" archive HEAD | tar --directory "$scratch/build-$release/src" --extract
    inside "build-$release" sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends ca-certificates' \
        >"$log" 2>&1 || fail "apt; see $log"
    inside "build-$release" /src/packaging/build.sh >"$scratch/build-$release.log" 2>&1 ||
        fail "the build; see $scratch/build-$release.log"
    if [[ $run_tests == yes ]]; then
        say "$release: tests"
        inside "build-$release" /src/test.sh >"$scratch/test-$release.log" 2>&1 || {
            sed -n '/The following tests FAILED/,$p' "$scratch/test-$release.log" >&2
            fail "the tests; see $scratch/test-$release.log"
        }
        grep 'tests passed' "$scratch/test-$release.log"
    fi
    say "$release: libfrpx-dev, which the examples are built with"
    # shellcheck disable=SC2016
    inside "build-$release" sh -ec 'apt-get install -q -y --no-install-recommends /src/build/package/packages/libfrpx-dev_*.deb
        rm -rf /tmp/examples
        cp -r /src/examples /tmp/examples
        cmake -S /tmp/examples -B /tmp/examples/build -G Ninja
        cmake --build /tmp/examples/build
        for library in client server; do
            printf "#include <Frpx/$library.h>\nint main() {}\n" >/tmp/examples/one.cpp
            c++ -std=c++20 -fPIC /tmp/examples/one.cpp -o /tmp/examples/one $(pkg-config --cflags --libs frpx-$library)
        done
        dpkg --purge libfrpx-dev' >"$scratch/examples-$release.log" 2>&1 ||
        fail "libfrpx-dev; see $scratch/examples-$release.log"
    unbind "build-$release"
}

# test_packages RELEASE PACKAGE…
test_packages() {
    local release=$1 log=$scratch/apt-$1.log services=() names package program
    shift
    local built=("$@")
    say "$release: install"
    bare "$release" "$release"
    # What the packages depend on stays when they go; so it comes first, and is no part of the comparison.
    provide "$release" "${built[@]}" >>"$log" 2>&1 || fail "what the packages depend on; see $log"
    inventory "$release" >"$scratch/$release.before"
    inside "$release" sh -c 'apt-get install -q -y --no-install-recommends /older/*.deb' >>"$log" 2>&1 ||
        fail "apt install; see $log"
    for program in frps frpc; do
        inside "$release" "$program" --version
        inside "$release" id "$program" >/dev/null || fail "no account for $program"
    done
    say "$release: use"
    use "$release"

    say "$release: upgrade"
    echo '# mine' >>"$scratch/$release/etc/frpx/frps.toml"
    inside "$release" sh -c 'apt-get install -q -y --no-install-recommends /packages/*.deb' >>"$log" 2>&1 ||
        fail "the upgrade; see $log"
    grep -q '# mine' "$scratch/$release/etc/frpx/frps.toml" || fail "the upgrade has lost the configuration"
    ! grep -q 'as it was' "$scratch/$release/etc/frpx/frpc/default.toml" || fail "the upgrade has left an old default"
    inside "$release" dpkg --status frps | grep '^Version' | grep -v ' 0\.0\.1$' || fail "this is the old version"
    use "$release"

    say "$release: remove, purge"
    names=$(for file in "$scratch/$release"/packages/*.deb; do dpkg-deb --field "$file" Package; done)
    # shellcheck disable=SC2086 # names of packages have no spaces
    inside "$release" apt-get remove -q -y $names >>"$log" 2>&1 || fail "apt remove; see $log"
    grep -q '# mine' "$scratch/$release/etc/frpx/frps.toml" || fail "removal has lost the configuration"
    [[ -e $scratch/$release/var/lib/frpx/frpx.db ]] || fail "removal has lost the accounts"
    [[ ! -e $scratch/$release/usr/bin/frps ]] || fail "removal has left the program"
    # By dpkg, since apt knows no more of those that had no configuration.
    # shellcheck disable=SC2086
    inside "$release" dpkg --purge $names >>"$log" 2>&1 || fail "dpkg --purge; see $log"
    inside "$release" apt-get check -q >>"$log" 2>&1 || fail "the system is not whole; see $log"
    inventory "$release" >"$scratch/$release.after"
    if ! diff "$scratch/$release.before" "$scratch/$release.after"; then
        fail "purge has left something, or taken too much"
    fi
    unbind "$release"

    if [[ $run_services == yes ]]; then
        say "$release: services"
        bare "services-$release" "$release"
        for package in "${built[@]}"; do
            [[ $package != */frp[sc]_* ]] || services+=("$package")
        done
        provide "services-$release" "${services[@]}" >>"$log" 2>&1 || fail "what the packages depend on; see $log"
        inside "services-$release" apt-get install -q -y --no-install-recommends systemd >>"$log" 2>&1 ||
            fail "apt install systemd; see $log"
        unbind "services-$release"
        "$here/packaging/test-services.sh" "$scratch/services-$release"
    fi
    echo "$release: passed"
}

{ # read as a whole, so that the file may change while this runs
    for release in "${releases[@]}"; do
        [[ -n $given ]] || build "$release"
        test_packages "$release" "${given:-$scratch/build-$release/src/build/package/packages}"/*.deb
    done
    exit 0
}
