# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""What --check demands: of most rows a ratio of frpx to the better HAProxy chain, of some a value.

A ratio above 1 means that frpx is better, whatever the unit. The floors lie well under what a quiet machine shows,
so that only a real loss falls below them; raise one when frpx has become better for good.
"""

import math

FLOORS = {
    "throughput.1.up": 1.00,
    "throughput.8.up": 1.10,
    "throughput.8.down": 1.10,
    "requests": 1.10,
    "connections": 0.95,
    "idle.requests": 0.75,
    "memory.per-idle.server": 3.30,
    "memory.per-idle.client": 3.30,
    "latency.p50": 0.50,
    "link.single": 0.50,
}

# Lowest and highest value that passes, in the row's own unit, where there is nothing to compare frpx with.
BOUNDS = {
    "clients.cpu": (0.0, 5.0),
    "clients.serve.kept": (50.0, math.inf),
}

# The measurements that produce these rows.
SCENARIOS = ("throughput", "requests", "connections", "idle", "latency", "link", "clients")
