#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Looks at what packaging/build.sh has made with the tools of those who receive it: lintian, systemd-analyze, mandoc,
# desktop-file-validate, appstreamcli, shellcheck, reuse. Fails at the first that complains.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/install-build-deps.sh --only git lintian systemd mandoc shellcheck reuse desktop-file-utils appstream
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
say() { printf '== %s\n' "$*"; }

say "shell scripts"
mapfile -t scripts < <(git ls-files '*.sh' .ci/run 'packaging/debian/*/p*')
shellcheck "${scripts[@]}"

say "licences"
reuse lint >"$scratch/reuse" || {
    cat "$scratch/reuse"
    exit 1
}

say "packages"
for package in build/package/packages/*.deb; do
    dpkg-deb --extract "$package" "$scratch/root"
done
# An override may be meant for a lintian newer than this one, which does not know the tag.
lintian --fail-on error,warning --suppress-tags alien-tag --tag-display-limit 0 build/package/packages/*.deb

say "manuals"
for page in "$scratch"/root/usr/share/man/man?/*.gz; do
    # A page without a date is the same whenever it is made.
    { mandoc -T lint -W warning "$page" || true; } | { grep -v 'missing date' || true; } | tee "$scratch/mandoc"
    [[ ! -s $scratch/mandoc ]]
done

say "units"
for unit in "$scratch"/root/usr/lib/systemd/system/*.service "$scratch"/root/lib/systemd/system/*.service; do
    [[ -e $unit ]] || continue
    if [[ $unit == *@.service ]]; then
        cp "$unit" "${unit%@.service}@test.service"
        unit=${unit%@.service}@test.service
    fi
    # 20 stands for 2.0 of 10.
    systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" | tail -n 1
done

say "desktop"
for file in "$scratch"/root/usr/share/applications/*.desktop; do
    [[ ! -e $file ]] || desktop-file-validate "$file"
done
for file in "$scratch"/root/usr/share/metainfo/*.xml; do
    [[ -e $file ]] || continue
    # There is no web page yet that could be named.
    report=$(appstreamcli validate --no-net "$file") ||
        ! grep --extended-regexp '^ *[EW]:' <<<"$report" | grep --invert-match url-homepage-missing || {
        echo "$report"
        exit 1
    }
done
echo "All is well."
