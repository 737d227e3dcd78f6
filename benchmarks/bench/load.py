# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The load: iperf3, wrk, single connections and idle ones, each with a bound on its time."""

import contextlib
import json
import re
import select
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .chains import Chain, Server, python_program
from .ports import HOST
from .processes import Crew, open_files

_PERCENTILES = Path(__file__).with_name("percentiles.lua")
_UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Bulk:
    """What iperf3 measured."""

    gbit_s: float
    gigabytes: float


@dataclass(frozen=True)
class Requests:
    """What wrk measured; times in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    count: int
    errors: int


def iperf3(crew: Crew, port: int, streams: int, reverse: bool, seconds: int) -> Bulk:
    """Sends as much as it can to the server or, reversed, receives from it."""
    argv = ["iperf3", "--client", HOST, "--port", port, "--time", seconds, "--parallel", streams, "--json"]
    argv += ["--connect-timeout", 3000] + ["--reverse"] * reverse
    report = json.loads(crew.run(argv, timeout=seconds + 15))
    received = report["end"].get("sum_received")
    if not received:
        raise RuntimeError(f"iperf3 measured nothing: {report.get('error', 'no reason given')}")
    return Bulk(received["bits_per_second"] / 1e9, received["bytes"] / 1e9)


def _wrk_time(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    if not match:
        raise RuntimeError(f"wrk printed an unknown time: {text}")
    return float(match.group(1)) * _UNITS_MS[match.group(2)]


def wrk(crew: Crew, port: int, connections: int, seconds: int, close: bool = False) -> Requests:
    """Requests of / as fast as they are answered, on connections that stay or on a new one each time."""
    argv = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", _PERCENTILES]
    output = crew.run(
        argv + ["-H", "Connection: close"] * close + [f"http://{HOST}:{port}/"], timeout=seconds + 20
    )

    def find(pattern: str) -> str:
        match = re.search(pattern, output, re.MULTILINE)
        if not match:
            raise RuntimeError(f"wrk printed something unknown:\n{output}")
        return match.group(1)

    failures = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = sum(int(number) for match in (failures, refused) if match for number in match.groups())
    return Requests(
        per_second=float(find(r"Requests/sec:\s*([\d.]+)")),
        p50_ms=_wrk_time(find(r"^ +50% +(\S+)$")),
        p99_ms=_wrk_time(find(r"^ +99% +(\S+)$")),
        p999_ms=int(find(r"^p99\.9 (\d+) us$")) / 1e3,
        count=int(find(r"(\d+) requests in")),
        errors=errors,
    )


def start_bulk(crew: Crew, port: int, seconds: int) -> subprocess.Popen:
    """Eight downloads without end, in the background, for at most `seconds`."""
    return crew.start("bulk", ["wrk", "-t1", "-c8", f"-d{seconds}s", f"http://{HOST}:{port}/bulk"])


def echo_ms(port: int) -> float:
    """Connects, sends one byte, waits for it: the milliseconds that takes."""
    begin = time.perf_counter()
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"x")
        if connection.recv(1) != b"x":
            raise ConnectionError(f"port {port} did not echo")
        return (time.perf_counter() - begin) * 1e3


def echo_burst_ms(port: int, count: int) -> list[float]:
    """The same for `count` connections that begin at once."""
    times: list[float] = []
    begin = time.perf_counter()
    with contextlib.ExitStack() as stack:
        poll = stack.enter_context(contextlib.closing(select.epoll()))
        connections: dict[int, socket.socket] = {}
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex((HOST, port))
            poll.register(connection, select.EPOLLOUT)
            connections[connection.fileno()] = connection
        while len(times) < count:
            events = poll.poll(5.0)
            if not events:
                raise TimeoutError(f"{len(times)} of {count} connections at once were answered")
            for number, event in events:
                if not event & select.EPOLLIN:
                    connections[number].send(b"x")
                    poll.modify(number, select.EPOLLIN)
                elif connections[number].recv(1) == b"x":
                    times.append((time.perf_counter() - begin) * 1e3)
                    poll.unregister(number)
                else:
                    raise ConnectionError(f"port {port} did not echo")
    return times


def start_fleet(crew: Crew, server: Server, count: int) -> subprocess.Popen:
    """A program that is `count` clients of a server and serves an echo; returns when all are registered."""
    fleet = crew.start(
        f"fleet-{server.public}",
        python_program("fleet", server.control, server.proxy),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    fleet.stdin.write(f"{count}\n")
    fleet.stdin.flush()
    # The program bounds its own time and then ends, which ends this wait, too.
    if fleet.stdout.readline().strip() != f"registered {count}":
        log = (crew.scratch / f"fleet-{server.public}.log").read_text(errors="replace").strip()
        raise RuntimeError(f"{count} clients could not be registered: {log.rpartition(chr(10))[2]}")
    return fleet


class IdleConnections:
    """Idle connections of another process through a chain. Leaving the context closes them."""

    def __init__(self, crew: Crew, chain: Chain):
        self._crew = crew
        self._chain = chain
        self._files_before = self._files()
        self._process = crew.start(
            "idleload",
            python_program("idleload", chain.port),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "IdleConnections":
        return self

    def open(self, count: int) -> None:
        """Opens more until there are `count` in all."""
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        # The program bounds its own time and then ends, which ends this wait, too.
        answer = self._process.stdout.readline()
        if answer.strip() != f"open {count}":
            raise RuntimeError(f"{count} idle connections could not be opened through {self._chain.kind}.")

    def __exit__(self, *_) -> None:
        self._crew.end(self._process)
        deadline = time.monotonic() + 10
        while self._files() > self._files_before + 1000 and time.monotonic() < deadline:
            time.sleep(0.05)

    def _files(self) -> int:
        processes = (self._chain.server, self._chain.client)
        return max((open_files(process.pid) for process in processes if process), default=0)
