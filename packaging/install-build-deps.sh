#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that building and testing frpx needs (Debian 12 and 13). Does nothing, quickly,
# when none is missing. Further packages may be named as arguments; after --only, they are all.
set -euo pipefail

packages=(
    g++ cmake ninja-build ccache pkg-config
    qt6-base-dev qt6-httpserver-dev qt6-websockets-dev libqt6sql6-sqlite libqt6sql6-psql
    qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
    libsodium-dev libssl-dev libtomlplusplus-dev
    curl doxygen postgresql
    "$@"
)
[[ ${1:-} != --only ]] || packages=("${@:2}")

missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
        missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

echo "These Debian packages are needed and will be installed: ${missing[*]}"
as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "Please run this as root, or install them yourself: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
