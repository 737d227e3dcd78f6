#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
#
# Draws the icons that Windows and macOS want, from frpc-gui.svg. Needs rsvg-convert, ImageMagick and icnsutils.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for size in 16 24 32 48 64 128 256 512; do
    rsvg-convert --width "$size" --height "$size" --output "$scratch/$size.png" frpc-gui.svg
done
convert "$scratch"/{16,24,32,48,64,256}.png frpc-gui.ico
png2icns frpc-gui.icns "$scratch"/{16,32,48,128,256,512}.png >/dev/null
