# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""A program: a raw TCP echo server on 127.0.0.1. Argument: the port."""

import select
import socket
import sys

from .ports import HOST


def serve(port: int) -> None:
    """Echoes whatever comes, on any number of connections, until the process is ended."""
    listener = socket.create_server((HOST, port), backlog=4096)
    listener.setblocking(False)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}

    def close(number: int) -> None:
        poll.unregister(number)
        connections.pop(number).close()

    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                try:
                    connection, _ = listener.accept()
                except BlockingIOError:
                    continue
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
                continue
            try:
                data = connections[number].recv(65536)
                # A caller that sends without reading is a fault of the test: close the connection.
                if not data or connections[number].send(data) < len(data):
                    close(number)
            except OSError:
                close(number)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
