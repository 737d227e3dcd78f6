#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the fuzz targets with clang and lets each of them look for inputs that break a promise.
#   tests/fuzz/run.sh [SECONDS [TARGET…]]     60 seconds for each, unless told otherwise; as many at a time as there are cores
# It works on copies of the inputs in tests/fuzz/corpus, in build/fuzz/corpus, which grow from run to run. What it
# finds is in build/fuzz/findings; the exit status is 1 then.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 [SECONDS [TARGET…]]" >&2
    exit 2
fi
[[ $# -eq 0 ]] || shift

# The longest inputs that make a difference. What the product bounds at far more bytes than a fuzzer can vary is
# bounded by tests/unit.
declare -A max_len=(
    [chunks]=2048
    [config]=2048
    [framedecoder]=8192
    [httpmessage]=2048
    [messages]=4096
    [portregistration]=4096
    [proxyhandshake]=2048
    [proxyprotocol]=640
    [unservedanswer]=2048
)

targets=("$@")
[[ $# -gt 0 ]] || mapfile -t targets < <(printf '%s\n' "${!max_len[@]}" | sort)
for target in "${targets[@]}"; do
    if [[ -z ${max_len[$target]:-} ]]; then
        echo "There is no target $target; there are ${!max_len[*]}." >&2
        exit 2
    fi
done

# The sanitizers' libraries are in a package of their own, which clang merely recommends.
if ! command -v clang++ >/dev/null ||
    [[ -z $(find "$(clang++ -print-resource-dir)" -name 'libclang_rt.fuzzer*.a' -print -quit) ]]; then
    packaging/install-build-deps.sh clang libclang-rt-dev
fi
cmake --preset fuzz
cmake --build --preset fuzz --parallel "$(nproc)" --target "${targets[@]/#/fuzz_}"

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# One target, into its own log.
fuzz() {
    local target=$1 corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1
    rm -rf "$findings"
    mkdir -p "$corpus" "$findings"
    cp tests/fuzz/corpus/"$target"/* "$corpus"
    local options=(-max_total_time="$seconds" -max_len="${max_len[$target]}" -timeout=10 -rss_limit_mb=2048
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$findings/")
    local dictionary=tests/fuzz/dictionaries/$target.dict
    [[ ! -f $dictionary ]] || options+=(-dict="$dictionary")
    build/fuzz/tests/fuzz/fuzz_"$target" "${options[@]}" "$corpus" >"build/fuzz/$target.log" 2>&1
}

at_a_time=$(nproc)
failed=()
for ((first = 0; first < ${#targets[@]}; first += at_a_time)); do
    batch=("${targets[@]:first:at_a_time}")
    jobs=()
    for target in "${batch[@]}"; do
        fuzz "$target" &
        jobs+=($!)
    done
    for i in "${!batch[@]}"; do
        wait "${jobs[i]}" || failed+=("${batch[i]}")
        echo "=== ${batch[i]}, $seconds s"
        cat "build/fuzz/${batch[i]}.log"
    done
done

if [[ ${#failed[@]} -gt 0 ]]; then
    echo "Findings of ${failed[*]} are in build/fuzz/findings." >&2
    exit 1
fi
echo "Nothing was found."
