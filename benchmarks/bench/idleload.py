# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""A program that holds many idle connections to an HTTP server, each after one answered request.

Argument: the port. Each line on standard input is how many connections shall be open in all; when they are,
the program answers `open N`. It ends with its input.
"""

import select
import socket
import sys
import time

from .ports import HOST

_REQUEST = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
_AT_ONCE = 64
_SECONDS = 60


def open_more(port: int, count: int) -> list[socket.socket]:
    """Opens `count` connections, a few at a time, and returns them when each has had an answer."""
    poll = select.epoll()
    waiting: dict[int, socket.socket] = {}
    asked: set[int] = set()
    ready: list[socket.socket] = []
    deadline = time.monotonic() + _SECONDS
    while len(ready) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"only {len(ready)} of {count} connections after {_SECONDS} seconds")
        while len(waiting) < _AT_ONCE and len(waiting) + len(ready) < count:
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex((HOST, port))
            poll.register(connection, select.EPOLLOUT)
            waiting[connection.fileno()] = connection
        for number, _ in poll.poll(1.0):
            connection = waiting[number]
            if number not in asked:
                connection.sendall(_REQUEST)
                asked.add(number)
                poll.modify(number, select.EPOLLIN)
                continue
            answer = connection.recv(4096)
            if b" 200 " not in answer:
                raise ConnectionError(f"connection {len(ready) + 1} was answered with {answer[:60]!r}")
            poll.unregister(number)
            asked.discard(number)
            ready.append(waiting.pop(number))
    poll.close()
    return ready


def main() -> None:
    """Obeys standard input."""
    port = int(sys.argv[1])
    connections: list[socket.socket] = []
    for line in sys.stdin:
        connections += open_more(port, int(line) - len(connections))
        print(f"open {len(connections)}", flush=True)


if __name__ == "__main__":
    main()
