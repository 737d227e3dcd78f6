# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""Benchmarks that print frpx beside HAProxy's and nginx's two-hop TCP chains."""
