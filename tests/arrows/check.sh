#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Fails if a folder includes another one that arrows.txt does not allow, or if two folders may include each other. It
# looks at #include "…" in the .h and .cpp files of the programs, and needs no build. Arrows that nothing uses any more
# are only named.
set -euo pipefail
cd "$(dirname "$0")/../.."

grep --recursive --line-number --include='*.h' --include='*.cpp' '^#include "' common frps frpc frpc-gui |
    awk '
        function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
        FILENAME != "-" { # arrows.txt
            sub(/#.*/, "")
            if ($1 == "") next
            from = $1
            sub(/:$/, "", from)
            known[from] = 1
            for (i = 2; i <= NF; ++i) allowed[from, $i] = 1
            next
        }
        {
            split($0, part, ":")
            split($0, quoted, "\"")
            if (quoted[2] !~ /\//) next # beside the file, or generated
            from = folder(part[1])
            to = folder(quoted[2])
            used[from, to] = 1
            if (from != to && !((from, to) in allowed)) {
                printf "%s:%s: %s may not include %s (tests/arrows/arrows.txt)\n", part[1], part[2], from, quoted[2]
                bad = 1
            }
        }
        END {
            for (arrow in allowed) {
                split(arrow, ends, SUBSEP)
                if (ends[1] < ends[2] && ((ends[2], ends[1]) in allowed)) {
                    printf "tests/arrows/arrows.txt: %s and %s may include each other\n", ends[1], ends[2]
                    bad = 1
                }
                if (arrow in used) continue
                printf "tests/arrows/arrows.txt: %s includes nothing of %s any more\n", ends[1], ends[2]
            }
            exit bad
        }' tests/arrows/arrows.txt - >&2
