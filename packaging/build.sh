#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the packages of this system into build/package/packages: .deb, .rpm and .tar.gz.
# The same source gives the same bytes, whenever and wherever it is built with the same compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/install-build-deps.sh dpkg-dev file librsvg2-bin rpm
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
    # The date of the release, not of the build.
    SOURCE_DATE_EPOCH=$(date --utc --date "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n1)" +%s)
fi
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
umask 022
# It writes the names of files another way, and __FILE__ is in the programs.
unset CCACHE_BASEDIR

rm -rf build/package/packages
cmake --preset package
cmake --build --preset package --parallel "$(nproc)"
(cd build/package && cpack)
rm -rf build/package/packages/_CPack_Packages
ls -l build/package/packages
