#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the packages of the last commit once more, in other circumstances, and compares them byte by byte with those in
# PACKAGES (by default build/package/packages, which packaging/build.sh of the same commit has made on the same release of
# the system). Other are: the directory and its length, the file system (its order of names), the home, the language, the time
# zone, the file mode mask, the time, and the cache of the compiler, which is not used.
#
#   packaging/reproducible.sh [PACKAGES]
set -euo pipefail
cd "$(dirname "$0")/.."
first=$(realpath "${1:-build/package/packages}")

above=${TMPDIR:-/tmp}
[[ $(df --output=avail /dev/shm 2>/dev/null | tail -n1) -lt 3000000 ]] || above=/dev/shm
scratch=$(mktemp --directory --tmpdir="$above" frpx-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/a/rather/longer/path
mkdir -p "$tree" "$scratch/home"
git archive HEAD | tar --directory "$tree" --extract --touch

(
    umask 027
    env -i PATH="$PATH" HOME="$scratch/home" USER=somebody LANG=POSIX LANGUAGE=de TZ=Pacific/Kiritimati CCACHE_DISABLE=1 \
        XDG_DATA_HOME="$scratch/data" "$tree/packaging/build.sh"
) >"$scratch/log" 2>&1 || {
    tail -n 50 "$scratch/log"
    exit 1
}

code=0
for package in "$first"/*; do
    name=$(basename "$package")
    if cmp "$package" "$tree/build/package/packages/$name"; then
        printf 'same  %s  %s\n' "$(sha256sum <"$package" | cut -c 1-16)" "$name"
    else
        code=1
        if command -v diffoscope >/dev/null; then
            diffoscope --max-report-size 20000 "$package" "$tree/build/package/packages/$name" || true
        fi
    fi
done
exit "$code"
