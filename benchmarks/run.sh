#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Measures frpx beside HAProxy's and nginx's two-hop TCP chains on this machine and prints one table.
#   benchmarks/run.sh                  everything: about 20 minutes
#   benchmarks/run.sh --quick          a first impression: about two minutes
#   benchmarks/run.sh --bin DIR ...    with the programs of this build directory instead of building
# benchmarks/run.sh --help names the other options, benchmarks/README.md explains the rows.
set -euo pipefail
start=$PWD
cd "$(dirname "$0")/.."
root=$PWD

bin=
if [[ ${1-} == --bin ]]; then
    bin=$(cd "$start" && realpath -e "${2-}")
    shift 2
fi

packages=(haproxy nginx libnginx-mod-stream iperf3 wrk python3)
if [[ -z $bin && ${1-} != -h && ${1-} != --help ]]; then
    packaging/install-build-deps.sh "${packages[@]}" >&2
    echo "Building (the first time takes a few minutes) ..." >&2
    cmake --preset release >/dev/null
    cmake --build --preset release --parallel "$(nproc)" --target all delayrelay >&2
fi
bin=${bin:-$root/build/release}

cd "$start"
PYTHONPATH="$root/benchmarks" exec python3 -m bench --bin "$bin" "$@"
