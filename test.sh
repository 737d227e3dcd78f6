#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds frpx and runs every test.
#   ./test.sh                       the usual build (preset dev)
#   ./test.sh asan                  the same with address and undefined-behaviour sanitizers
#   ./test.sh dev -R relay -L unit  what follows the preset goes to ctest
set -euo pipefail
cd "$(dirname "$0")"

preset=${1:-dev}
[[ $# -eq 0 ]] || shift

# What shows the windows to their tests, and the fonts they are shown with; the shells that complete commands, and
# an HTTP client besides curl.
packaging/install-build-deps.sh xvfb openbox trayer xdotool fonts-dejavu-core fonts-noto-core fonts-wqy-microhei \
    zsh fish nodejs
tests/arrows/check.sh
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$(nproc)"
# Most tests wait for most of their time, so that one more than there are processors fits in.
ctest --preset "$preset" --parallel "$(($(nproc) + 1))" "$@"
