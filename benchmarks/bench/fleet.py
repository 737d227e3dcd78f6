# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""A program: many clients of one frps, each with its own control link, that serve an echo service.

Arguments: the control port and the proxy port. Each line on standard input is how many clients shall be
registered in all; when they are, the program answers `registered N`. It ends with its input, and with an error
when a link ends that should not.

Each client behaves like frpc: a heartbeat and a report every 10 seconds, evenly spread in time. It dials no
connections in advance: every user is requested.
"""

import heapq
import json
import os
import select
import socket
import sys
import time
from dataclasses import dataclass

from .chains import EMAIL, PASSWORD
from .ports import HOST

_AT_ONCE = 64  # clients that log in at a time; frps takes 256 logins
_SECONDS = 120  # for one line of input
_INTERVAL = 10.0  # seconds between two heartbeats of a client
_GOLDEN = 0.6180339887498949  # the multiples of it, modulo 1, are spread evenly however many there are
_MAX_ECHOES = 512


def _frame(message) -> bytes:
    payload = json.dumps(message).encode()
    return len(payload).to_bytes(4, "big") + payload


_BEAT = _frame("Heartbeat") + _frame(
    {"SystemInfo": {"cpu_usage": 12.5, "memory_usage": 33.25, "disk_usage": 50.0}}
)
_ACK = b'"HeartbeatAck"'


@dataclass(eq=False)
class _Link:
    """The control link of one client."""

    number: int
    socket: socket.socket
    buffer: bytes = b""

    def send(self, data: bytes) -> None:
        if self.socket.send(data) < len(data):
            raise ConnectionError(f"frps does not read from client {self.number}")

    def frames(self, data: bytes):
        """The payloads that are complete with these bytes."""
        data = self.buffer + data
        at = 0
        while len(data) - at >= 4:
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            if len(data) < end:
                break
            yield data[at + 4 : end]
            at = end
        self.buffer = data[at:]


class Fleet:
    """The clients, and what they do in one thread."""

    def __init__(self, control_port: int, proxy_port: int):
        self._control_port = control_port
        self._proxy_port = proxy_port
        self._poll = select.epoll()
        self._links: dict[int, _Link] = {}
        self._echoes: dict[int, socket.socket] = {}
        self._beats: list[tuple[float, int]] = []  # a heap: when, and the link's descriptor
        self._token: str | None = None
        self._started = 0
        self._registered = 0
        self._wanted = 0
        self._deadline = 0.0

    def run(self) -> None:
        """Obeys standard input until it ends."""
        commands = sys.stdin.fileno()
        self._poll.register(commands, select.EPOLLIN)
        while True:
            for number, _ in self._poll.poll(self._beat()):
                if number == commands:
                    line = os.read(commands, 64)
                    if not line:
                        return
                    self._wanted = int(line)
                    self._deadline = time.monotonic() + _SECONDS
                    self._start_more()
                elif number in self._links:
                    self._read_link(self._links[number])
                else:
                    self._echo(number)
            if self._registered < self._wanted and time.monotonic() > self._deadline:
                raise TimeoutError(f"only {self._registered} clients after {_SECONDS} seconds")

    def _beat(self) -> float:
        """Sends the heartbeats that are due; the seconds until the next."""
        now = time.monotonic()
        while self._beats and self._beats[0][0] <= now:
            due, number = self._beats[0]
            self._links[number].send(_BEAT)
            heapq.heapreplace(self._beats, (due + _INTERVAL, number))
        return max(0.0, self._beats[0][0] - now) if self._beats else 1.0

    def _start_more(self) -> None:
        # The first logs in by password, which is slow on purpose, and gets the token for all others.
        most = self._wanted if self._token else min(1, self._wanted)
        while self._started < most and self._started - self._registered < _AT_ONCE:
            self._started += 1
            connection = socket.create_connection((HOST, self._control_port), timeout=5)
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(self._started, connection)
            self._links[connection.fileno()] = link
            self._poll.register(connection, select.EPOLLIN)
            if self._token:
                link.send(_frame({"LoginByToken": {"token": self._token}}))
            else:
                link.send(_frame({"Login": {"email": EMAIL, "pass": PASSWORD}}))

    def _read_link(self, link: _Link) -> None:
        data = link.socket.recv(65536)
        if not data:
            raise ConnectionError(f"frps ended the link of client {link.number}")
        for payload in link.frames(data):
            if payload != _ACK:
                ((name, fields),) = json.loads(payload).items()
                self._obey(link, name, fields)

    def _obey(self, link: _Link, name: str, fields: dict) -> None:
        if name == "RequestNewProxyConn":
            self._dial(fields["proxy_conn_id"])
        elif name not in ("LoginResult", "RegisterResult") or not fields["success"]:
            raise ConnectionError(f"client {link.number} was told {name} {fields.get('error')}")
        elif name == "LoginResult":
            self._token = self._token or fields["token"]
            features = ["heartbeat-ack", "work-conn"]
            link.send(_frame({"Register": {"client_id": f"fleet-{link.number:05}", "features": features}}))
        else:
            self._registered += 1
            first = time.monotonic() + link.number * _GOLDEN % 1.0 * _INTERVAL
            heapq.heappush(self._beats, (first, link.socket.fileno()))
            self._start_more()
            if self._registered == self._wanted:
                print(f"registered {self._registered}", flush=True)

    def _dial(self, proxy_conn_id: str) -> None:
        if len(self._echoes) >= _MAX_ECHOES:
            raise RuntimeError(f"more than {_MAX_ECHOES} users at once")
        connection = socket.create_connection((HOST, self._proxy_port), timeout=5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_frame({"NewProxyConn": {"proxy_conn_id": proxy_conn_id}}))
        connection.setblocking(False)
        self._echoes[connection.fileno()] = connection
        self._poll.register(connection, select.EPOLLIN)

    def _echo(self, number: int) -> None:
        connection = self._echoes[number]
        try:
            data = connection.recv(65536)
            if data and connection.send(data) == len(data):
                return
        except OSError:
            pass
        self._poll.unregister(number)
        self._echoes.pop(number).close()


if __name__ == "__main__":
    Fleet(int(sys.argv[1]), int(sys.argv[2])).run()
