#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Checks what needs no test run: clang-format on all files, clang-tidy on those that have changed, which folder
# includes which, and the licences if reuse is installed.
#   ./check.sh           what has changed since origin/main, or in the last commit if that is origin/main
#   ./check.sh COMMIT    what has changed since COMMIT
# clang-tidy needs the build of the preset dev (cmake --preset dev && cmake --build --preset dev), or that in FRPX_BUILD.
set -euo pipefail
cd "$(dirname "$0")"

packaging/install-build-deps.sh --only git clang-format clang-tidy
build=${FRPX_BUILD:-build/dev}
base=${1:-origin/main}
if ! git rev-parse --quiet --verify "$base^{commit}" >/dev/null ||
    [[ $# -eq 0 && $(git rev-parse "$base") == $(git rev-parse HEAD) ]]; then
    base=HEAD~1
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
say() { printf '== %s\n' "$*"; }

say "clang-format"
git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format --dry-run -Werror

say "folders"
tests/arrows/check.sh

if command -v reuse >/dev/null; then
    say "licences"
    reuse lint >"$scratch/reuse" || {
        cat "$scratch/reuse"
        exit 1
    }
fi

say "clang-tidy on what has changed since $base"
[[ -e $build/compile_commands.json ]] || {
    echo "There is no $build/compile_commands.json; build the preset dev first." >&2
    exit 1
}
# Of a changed header, the .cpp beside it shows the faults.
mapfile -t sources < <(git diff --name-only --diff-filter=d "$base" -- '*.h' '*.cpp' | sed 's/\.h$/.cpp/' | sort -u)
# clang cannot read the precompiled headers of g++, and needs none.
sed -E 's/ -Winvalid-pch| -include [^ ]*cmake_pch\.hxx//g' "$build/compile_commands.json" \
    >"$scratch/compile_commands.json"
for source in "${sources[@]}"; do
    # Not in the build: for another system, an example, or a fuzz target.
    if grep --quiet --fixed-strings "\"$PWD/$source\"" "$scratch/compile_commands.json"; then
        printf '%s\0' "$source"
    fi
done | xargs -0 --no-run-if-empty --max-args 1 --max-procs "$(nproc)" clang-tidy --quiet -p "$scratch" \
    --header-filter "^$PWD/(common|frps|frpc|frpc-gui|tests)/" # and not what moc has made
