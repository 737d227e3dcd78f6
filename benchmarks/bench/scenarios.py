# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The measurements. They go in turns: every round goes through all chains, each time in another order."""

import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import load
from .chains import (
    DIRECT,
    ECHO,
    FRPX,
    FRPX_INFO,
    FRPX_TLS,
    HAPROXY,
    HAPROXY_TLS,
    HEALTH,
    HTTP,
    IPERF,
    Chain,
    Server,
    Site,
    start_chain,
    start_frps,
    start_service,
)
from .ports import http_get
from .processes import Crew, cpu_seconds, memory_mib
from .results import FEW_CLIENTS, Results

ROUND_TRIP_MS = 20
_REST_SECONDS = 20  # two heartbeats of every client
_SIDES = ("server", "client")


@dataclass
class Run:
    """What a measurement is given."""

    site: Site
    results: Results
    kinds: tuple[str, ...]
    rounds: int
    seconds: int
    idle_counts: tuple[int, ...]

    def in_turns(self, name: str, items: list) -> Iterator[list]:
        """Each round's order: one further each time, so that nobody always follows the same neighbour."""
        for number in range(self.rounds):
            print(f"{name}: round {number + 1} of {self.rounds}", file=sys.stderr, flush=True)
            shift = number % len(items)
            yield items[shift:] + items[:shift]

    @contextlib.contextmanager
    def chains(self, service: str, kinds: list[str], round_trip_ms: float = 0):
        """A service and ways to it, all ended when the context is left: (crew, chains)."""
        with tempfile.TemporaryDirectory(prefix="frpx-bench-") as scratch, Crew(Path(scratch)) as crew:
            port = start_service(service, crew, self.site)
            yield crew, [start_chain(kind, port, crew, self.site, round_trip_ms) for kind in kinds]


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _with_cpu(chain: Chain, action: Callable):
    """What the action returns, and the CPU seconds it took on the server's and the client's side."""
    before = chain.cpu()
    outcome = action()
    return outcome, [after - start for after, start in zip(chain.cpu(), before)]


def _add_cpu(run: Run, rows: str, chain: Chain, spent: list[float], per: float) -> None:
    if chain.server and per > 0:
        for side, seconds in zip(_SIDES, spent):
            run.results.add(f"{rows}.{side}", _COLUMNS.get(chain.kind, chain.kind), seconds / per)


def _wrk(run: Run, crew: Crew, chain: Chain, what: str, connections: int, close: bool = False) -> load.Requests:
    """wrk for the length of a round; requests that failed are noted."""
    done = load.wrk(crew, chain.port, connections, run.seconds, close)
    if done.errors:
        run.results.note(f"{chain.kind}: {what} met {done.errors} errors in {done.count:,} requests")
    return done


def _iperf3(run: Run, crew: Crew, chain: Chain, streams: int, reverse: bool) -> load.Bulk:
    """iperf3 for the length of a round. A failure is noted and retried: its server takes a moment after a test."""
    for patience in (1.0, 3.0):
        try:
            return load.iperf3(crew, chain.port, streams, reverse, run.seconds)
        except RuntimeError as error:
            run.results.note(f"{chain.kind}: iperf3 with {streams} streams was run again: {error}")
            time.sleep(patience)
    return load.iperf3(crew, chain.port, streams, reverse, run.seconds)


def throughput(run: Run) -> None:
    """iperf3 with 1 and 8 streams in both directions, and the CPU time it takes."""
    _throughput(run, list(run.kinds), "")


# What a chain under TLS is called in the table: its rows say that it is under TLS.
_COLUMNS = {FRPX_TLS: FRPX, HAPROXY_TLS: HAPROXY}


def _throughput(run: Run, kinds: list[str], prefix: str) -> None:
    with run.chains(IPERF, kinds) as (crew, chains):
        for order in run.in_turns(f"{prefix}throughput", chains):
            for streams in (1, 8):
                spent = defaultdict(lambda: [0.0, 0.0])
                gigabytes: dict[str, float] = defaultdict(float)
                for reverse in (False, True):
                    for chain in order:
                        bulk, cpu = _with_cpu(chain, lambda: _iperf3(run, crew, chain, streams, reverse))
                        row = f"{prefix}throughput.{streams}.{'down' if reverse else 'up'}"
                        run.results.add(row, _COLUMNS.get(chain.kind, chain.kind), bulk.gbit_s)
                        gigabytes[chain.kind] += bulk.gigabytes
                        spent[chain.kind] = [sum(pair) for pair in zip(spent[chain.kind], cpu)]
                for chain in order:
                    _add_cpu(run, f"{prefix}cpu.gb.{streams}", chain, spent[chain.kind], gigabytes[chain.kind])


def requests(run: Run) -> None:
    """Keep-alive requests on 64 connections."""
    with run.chains(HTTP, list(run.kinds)) as (crew, chains):
        for order in run.in_turns("requests", chains):
            for chain in order:
                done, cpu = _with_cpu(chain, lambda: _wrk(run, crew, chain, "requests", 64))
                run.results.add("requests", chain.kind, done.per_second)
                run.results.add("requests.p50", chain.kind, done.p50_ms)
                run.results.add("requests.p99", chain.kind, done.p99_ms)
                run.results.add("requests.p999", chain.kind, done.p999_ms)
                _add_cpu(run, "cpu.requests", chain, cpu, done.count / 1e6)


def connections(run: Run) -> None:
    """A new connection for each request, 32 at a time; frpx also as it logs by default."""
    with run.chains(HTTP, [*run.kinds, FRPX_INFO]) as (crew, chains):
        for order in run.in_turns("connections", chains):
            for chain in order:
                done, cpu = _with_cpu(chain, lambda: _wrk(run, crew, chain, "new connections", 32, close=True))
                if chain.kind == FRPX_INFO:
                    run.results.add("connections.info", FRPX, done.per_second)
                    continue
                run.results.add("connections", chain.kind, done.per_second)
                _add_cpu(run, "cpu.connections", chain, cpu, done.count / 1e6)


def idle(run: Run) -> None:
    """Memory at growing numbers of idle connections, requests beside the most of them and beside none.

    Every chain has a service of its own and keeps its idle connections while all take their turns.
    """
    most = run.idle_counts[-1]
    with contextlib.ExitStack() as services:
        parts = [services.enter_context(run.chains(HTTP, [kind])) for kind in run.kinds]
        pairs = [(crew, chain) for crew, (chain,) in parts]
        beside: dict[str, list[float]] = defaultdict(list)
        with contextlib.ExitStack() as everything:
            for crew, chain in pairs:
                at_first = _add_memory(run, chain, 0)
                held = everything.enter_context(load.IdleConnections(crew, chain))
                for count in run.idle_counts:
                    held.open(count)
                    at_last = _add_memory(run, chain, count)
                for side in at_first:
                    kib = (at_last[side] - at_first[side]) * 1024 / most
                    run.results.add(f"memory.per-idle.{side}", chain.kind, kib)
            for order in run.in_turns(f"idle: {most:,} connections", pairs):
                for crew, chain in order:
                    done, cpu = _with_cpu(chain, lambda: _wrk(run, crew, chain, "requests beside idle", 64))
                    beside[chain.kind].append(done.per_second)
                    run.results.add("idle.requests", chain.kind, done.per_second)
                    _add_cpu(run, "cpu.idle", chain, cpu, done.count / 1e6)
        alone: dict[str, list[float]] = defaultdict(list)
        for order in run.in_turns("idle: none", pairs):
            for crew, chain in order:
                alone[chain.kind].append(_wrk(run, crew, chain, "requests", 64).per_second)
        for kind, rates in alone.items():
            share = statistics.median(beside[kind]) / statistics.median(rates)
            run.results.add("idle.kept", kind, 100 * share)


def _add_memory(run: Run, chain: Chain, count: int) -> dict[str, float]:
    """Keeps the memory of both sides once it has come to rest; returns their PSS."""
    time.sleep(0.5)
    pss = {}
    for side, process in zip(_SIDES, (chain.server, chain.client)):
        if process:
            resident, pss[side] = memory_mib(process.pid)
            run.results.add(f"memory.{count}.{side}.rss", chain.kind, resident)
            run.results.add(f"memory.{count}.{side}.pss", chain.kind, pss[side])
    return pss


def latency(run: Run) -> None:
    """One connection at a time, the chains and the direct way by turns; what they add to its median."""
    kinds = [DIRECT, *(kind for kind in run.kinds if kind != DIRECT)]
    with run.chains(ECHO, kinds) as (_, chains):
        for order in run.in_turns("latency", chains):
            times: dict[str, list[float]] = defaultdict(list)
            for _ in range(600 * run.seconds):
                for chain in order:
                    times[chain.kind].append(load.echo_ms(chain.port) * 1e3)
            direct = statistics.median(times[DIRECT])
            for kind in kinds[1:]:
                run.results.add("latency.p50", kind, statistics.median(times[kind]) - direct)
                run.results.add("latency.p99", kind, _percentile(times[kind], 0.99) - direct)


def link(run: Run) -> None:
    """The same over a long link, in round trips: single connections and bursts.

    The pauses let a proxy get ready again.
    """
    with run.chains(ECHO, list(run.kinds), ROUND_TRIP_MS) as (_, chains):
        time.sleep(0.5)
        for order in run.in_turns("link", chains):
            single: dict[str, list[float]] = defaultdict(list)
            for _ in range(4 * run.seconds):
                for chain in order:
                    single[chain.kind].append(load.echo_ms(chain.port))
                    time.sleep(0.02)
            for chain in order:
                run.results.add("link.single", chain.kind, statistics.median(single[chain.kind]) / ROUND_TRIP_MS)
                burst = load.echo_burst_ms(chain.port, 16)
                run.results.add("link.burst", chain.kind, statistics.median(burst) / ROUND_TRIP_MS)
                time.sleep(0.2)


def health(run: Run) -> None:
    """How fast the server answers about its health while it carries all it can. Chains start afresh."""
    for order in run.in_turns("health", [kind for kind in run.kinds if kind != DIRECT]):
        for kind in order:
            with run.chains(HTTP, [kind]) as (crew, (chain,)), load.IdleConnections(crew, chain) as held:
                held.open(run.idle_counts[-1])
                bulk = load.start_bulk(crew, chain.port, run.seconds + 30)
                time.sleep(0.5)
                times = []
                deadline = time.monotonic() + run.seconds
                while time.monotonic() < deadline:
                    begin = time.perf_counter()
                    http_get(chain.health_port, HEALTH)
                    times.append((time.perf_counter() - begin) * 1e3)
                    time.sleep(0.01)
                if bulk.poll() is not None:
                    raise RuntimeError("the downloads ended before their time")
                crew.end(bulk)
                run.results.add("health", kind, statistics.median(times))
                run.results.add("health.p99", kind, _percentile(times, 0.99))


def clients(run: Run) -> None:
    """A server with ten clients beside one with thousands: at rest, then with one user and one reader at a time."""
    with tempfile.TemporaryDirectory(prefix="frpx-bench-") as scratch, Crew(Path(scratch)) as crew:
        few, many = (start_frps(crew, run.site) for _ in range(2))
        time.sleep(0.5)
        empty = memory_mib(many.process.pid)
        load.start_fleet(crew, few, FEW_CLIENTS)
        print(f"clients: registering {run.site.max_clients:,}", file=sys.stderr, flush=True)
        load.start_fleet(crew, many, run.site.max_clients)
        servers = [("", many), (".few", few)]
        _add_cpu_at_rest(run, servers)
        for suffix, full, start in zip((".rss", ""), memory_mib(many.process.pid), empty):
            run.results.add(f"clients.memory{suffix}", FRPX, (full - start) * 1024 / run.site.max_clients)
        for order in run.in_turns("clients", servers):
            times: dict[str, list[float]] = defaultdict(list)
            for number in range(200 * run.seconds):
                for suffix, server in order:
                    times[f"clients.serve{suffix}"].append(load.echo_ms(server.public) * 1e3)
                    if number % 10 == 0:
                        times[f"clients.health{suffix}"].append(_get_ms(server.api, HEALTH))
                        times[f"clients.list{suffix}"].append(_get_ms(server.api, "/api/clients"))
            for row, values in times.items():
                run.results.add(row, FRPX, statistics.median(values))
            kept = statistics.median(times["clients.serve.few"]) / statistics.median(times["clients.serve"])
            run.results.add("clients.serve.kept", FRPX, 100 * kept)


def tls(run: Run) -> None:
    """The server-client leg under TLS: bulk, requests, new connections, bursts that fit the pool, idle memory."""
    kinds = [FRPX_TLS, HAPROXY_TLS]
    _throughput(run, kinds, "tls.")
    with run.chains(HTTP, kinds) as (crew, chains):
        for order in run.in_turns("tls.requests", chains):
            for chain in order:
                column = _COLUMNS[chain.kind]
                done, cpu = _with_cpu(chain, lambda: _wrk(run, crew, chain, "requests", 64))
                run.results.add("tls.requests", column, done.per_second)
                run.results.add("tls.requests.p50", column, done.p50_ms)
                run.results.add("tls.requests.p99", column, done.p99_ms)
                run.results.add("tls.requests.p999", column, done.p999_ms)
                _add_cpu(run, "tls.cpu.requests", chain, cpu, done.count / 1e6)
                done, cpu = _with_cpu(chain, lambda: _wrk(run, crew, chain, "new connections", 32, close=True))
                run.results.add("tls.connections", column, done.per_second)
                _add_cpu(run, "tls.cpu.connections", chain, cpu, done.count / 1e6)
    with run.chains(ECHO, [*kinds, FRPX, HAPROXY]) as (_, chains):
        time.sleep(0.5)
        for order in run.in_turns("tls.burst", chains):
            for chain in order:
                bursts = []
                for _ in range(5 * run.seconds):
                    time.sleep(0.2)  # the pool fills again
                    bursts.append(statistics.median(load.echo_burst_ms(chain.port, 16)))
                row = "tls.burst" if chain.kind in _COLUMNS else "tls.burst.plain"
                run.results.add(row, _COLUMNS.get(chain.kind, chain.kind), statistics.median(bursts))
    for kind in kinds:
        with run.chains(HTTP, [kind]) as (crew, (chain,)), load.IdleConnections(crew, chain) as held:
            time.sleep(0.5)
            before = [memory_mib(process.pid)[1] for process in (chain.server, chain.client)]
            count = run.idle_counts[0]
            held.open(count)
            time.sleep(2)
            for side, process, start in zip(_SIDES, (chain.server, chain.client), before):
                grown = (memory_mib(process.pid)[1] - start) * 1024 / count
                run.results.add(f"tls.memory.{side}", _COLUMNS[kind], grown)


def _add_cpu_at_rest(run: Run, servers: list[tuple[str, Server]]) -> None:
    """Which share of a core the servers take while nothing but heartbeats comes."""
    time.sleep(2)  # registering is over, and its last work done
    before = {suffix: cpu_seconds(server.process.pid) for suffix, server in servers}
    begin = time.monotonic()
    time.sleep(_REST_SECONDS)
    for suffix, server in servers:
        spent = cpu_seconds(server.process.pid) - before[suffix]
        run.results.add(f"clients.cpu{suffix}", FRPX, 100 * spent / (time.monotonic() - begin))


def _get_ms(port: int, path: str) -> float:
    """The milliseconds a GET takes, on a connection of its own."""
    begin = time.perf_counter()
    status, _ = http_get(port, path)
    if status != 200:
        raise RuntimeError(f"{path} was answered with {status}")
    return (time.perf_counter() - begin) * 1e3


SCENARIOS: dict[str, Callable[[Run], None]] = {
    scenario.__name__: scenario
    for scenario in (throughput, requests, idle, connections, latency, link, health, clients, tls)
}
