# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The rows of the table, the samples taken for them, and how they compare."""

import statistics
from dataclasses import dataclass, field

from .chains import FRPX, HAPROXIES, HEALTH

FEW_CLIENTS = 10  # what a full server is compared with


@dataclass(frozen=True)
class Row:
    """One line of the table. `higher_is_better` is None where nothing is to be compared."""

    id: str
    label: str
    unit: str
    higher_is_better: bool | None
    digits: int = 1
    baseline: str = ""  # the row whose HAProxy values this one is compared with, if not its own


def all_rows(idle_counts: tuple[int, ...], clients: int) -> list[Row]:
    """Every row there can be, in the order of the table."""
    most = f"{idle_counts[-1]:,}"
    rows = []
    for streams in (1, 8):
        for way, words in (("up", "to the service"), ("down", "from the service")):
            label = f"throughput, {streams} stream{'s' * (streams > 1)}, {words}"
            rows.append(Row(f"throughput.{streams}.{way}", label, "Gbit/s", True, 2))
    for streams in (1, 8):
        for side in ("server", "client"):
            label = f"CPU per GB, {streams} stream{'s' * (streams > 1)}, {side} side"
            rows.append(Row(f"cpu.gb.{streams}.{side}", label, "s/GB", False, 2))
    rows += [
        Row("requests", "keep-alive requests, 64 connections", "1/s", True, 0),
        Row("requests.p50", "... latency, median", "ms", False, 2),
        Row("requests.p99", "... latency, p99", "ms", False, 2),
        Row("requests.p999", "... latency, p99.9", "ms", False, 2),
        Row("cpu.requests.server", "CPU per 1,000 requests, server side", "ms", False),
        Row("cpu.requests.client", "CPU per 1,000 requests, client side", "ms", False),
        Row("idle.requests", f"keep-alive requests beside {most} idle connections", "1/s", True, 0),
        Row("idle.kept", "... share of those beside none", "%", None, 0),
        Row("cpu.idle.server", "... CPU per 1,000 of them, server side", "ms", False),
        Row("cpu.idle.client", "... CPU per 1,000 of them, client side", "ms", False),
        Row("connections", "new connections, 32 at a time", "1/s", True, 0),
        Row("connections.info", "... frpx at its default log level (info)", "1/s", True, 0, "connections"),
        Row("cpu.connections.server", "CPU per 1,000 new connections, server side", "ms", False),
        Row("cpu.connections.client", "CPU per 1,000 new connections, client side", "ms", False),
        Row("latency.p50", "latency added to connect + echo, median", "µs", False, 0),
        Row("latency.p99", "latency added to connect + echo, p99", "µs", False, 0),
        Row("link.single", "connect + echo over a 20 ms link", "round trips", False, 2),
        Row("link.burst", "... median of 16 at once", "round trips", False, 2),
    ]
    for streams in (1, 8):
        for way, words in (("up", "to the service"), ("down", "from the service")):
            label = f"TLS: throughput, {streams} stream{'s' * (streams > 1)}, {words}"
            rows.append(Row(f"tls.throughput.{streams}.{way}", label, "Gbit/s", True, 2))
    for streams in (1, 8):
        for side in ("server", "client"):
            label = f"TLS: CPU per GB, {streams} stream{'s' * (streams > 1)}, {side} side"
            rows.append(Row(f"tls.cpu.gb.{streams}.{side}", label, "s/GB", False, 2))
    rows += [
        Row("tls.requests", "TLS: keep-alive requests, 64 connections", "1/s", True, 0),
        Row("tls.requests.p50", "... latency, median", "ms", False, 2),
        Row("tls.requests.p99", "... latency, p99", "ms", False, 2),
        Row("tls.requests.p999", "... latency, p99.9", "ms", False, 2),
        Row("tls.cpu.requests.server", "TLS: CPU per 1,000 requests, server side", "ms", False),
        Row("tls.cpu.requests.client", "TLS: CPU per 1,000 requests, client side", "ms", False),
        Row("tls.connections", "TLS: new connections, 32 at a time", "1/s", True, 0),
        Row("tls.cpu.connections.server", "TLS: CPU per 1,000 new connections, server side", "ms", False),
        Row("tls.cpu.connections.client", "TLS: CPU per 1,000 new connections, client side", "ms", False),
        Row("tls.burst", "TLS: connect + echo, median of 16 at once", "ms", False, 2),
        Row("tls.burst.plain", "... without TLS", "ms", False, 2),
        Row("tls.memory.server", f"TLS: PSS per idle connection ({idle_counts[0]:,}), server side", "KiB", False),
        Row("tls.memory.client", "... client side", "KiB", False),
    ]
    for side in ("server", "client"):
        for count in (0, *idle_counts):
            for what in ("rss", "pss"):
                label = f"{what.upper()} with {count:,} idle connections, {side} side"
                rows.append(Row(f"memory.{count}.{side}.{what}", label, "MiB", False))
        label = f"memory (PSS) per idle connection, {side} side"
        rows.append(Row(f"memory.per-idle.{side}", label, "KiB", False, 2))
    beside = f"beside 8 downloads and {most} idle connections"
    rows += [
        Row("health", f"{HEALTH} {beside}, median", "ms", False, 2),
        Row("health.p99", "... p99", "ms", False, 2),
        Row("clients.cpu", f"CPU of frps with {clients:,} clients, no users", "% of a core", None, 2),
        Row("clients.cpu.few", f"... with {FEW_CLIENTS}", "% of a core", None, 2),
        Row("clients.memory", f"memory (PSS) per client, with {clients:,}", "KiB", None),
        Row("clients.memory.rss", "... RSS", "KiB", None),
        Row("clients.serve", f"connect + echo with {clients:,} clients, median", "µs", None, 0),
        Row("clients.serve.few", f"... with {FEW_CLIENTS}", "µs", None, 0),
        Row("clients.serve.kept", f"... speed compared with {FEW_CLIENTS}", "%", None, 0),
        Row("clients.health", f"{HEALTH} with {clients:,} clients, median", "ms", None, 2),
        Row("clients.health.few", f"... with {FEW_CLIENTS}", "ms", None, 2),
        Row("clients.list", f"/api/clients with {clients:,} clients, median", "ms", None, 2),
        Row("clients.list.few", f"... with {FEW_CLIENTS}", "ms", None, 2),
    ]
    return rows


@dataclass
class Results:
    """Samples by row and kind of chain, one for each round."""

    rows: list[Row]
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, row: str, kind: str, value: float) -> None:
        """Keeps what one round brought."""
        if not any(known.id == row for known in self.rows):
            raise KeyError(row)
        self.samples.setdefault(row, {}).setdefault(kind, []).append(value)

    def note(self, text: str) -> None:
        """Keeps a remark for under the table, once."""
        if text not in self.notes:
            self.notes.append(text)

    def measured_rows(self) -> list[Row]:
        return [row for row in self.rows if row.id in self.samples]

    def median(self, row: str, kind: str) -> float | None:
        values = self.samples.get(row, {}).get(kind)
        return statistics.median(values) if values else None

    def ratio(self, row: Row, kind: str = FRPX) -> float | None:
        """How `kind` compares with the better HAProxy chain: above 1 is better than it, whatever the unit.

        The median of the rounds' own ratios: what slowed a whole round down cancels out.
        """
        baseline = row.baseline or row.id
        medians = {name: self.median(baseline, name) for name in HAPROXIES}
        medians = {name: value for name, value in medians.items() if value is not None}
        values = self.samples.get(row.id, {}).get(kind)
        if row.higher_is_better is None or not medians or not values:
            return None
        best = (max if row.higher_is_better else min)(medians, key=medians.get)
        pairs = list(zip(values, self.samples[baseline][best]))
        if any(ours <= 0 or theirs <= 0 for ours, theirs in pairs):
            return None
        return statistics.median(
            ours / theirs if row.higher_is_better else theirs / ours for ours, theirs in pairs
        )
