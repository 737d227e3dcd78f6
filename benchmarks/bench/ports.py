# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""Free ports of the loopback address, and small requests to it."""

import random
import socket
import time

HOST = "127.0.0.1"

# Below the range Linux takes the callers' ports from (32768 and up): a load test uses those by the thousand.
_FIRST, _LAST = 10_000, 32_000
_given: set[int] = set()


def free_port() -> int:
    """A port nobody listens on and that was not handed out before."""
    for _ in range(1000):
        port = random.randint(_FIRST, _LAST)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"No free port from {_FIRST} to {_LAST} was found.")


def http_get(port: int, path: str, timeout: float = 5.0) -> tuple[int, str]:
    """One request on a connection of its own; the status and everything after the status line."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((HOST, port), timeout=timeout) as connection:
        connection.sendall(request.encode())
        answer = bytearray()
        while len(answer) < 16 << 20:
            part = connection.recv(65536)
            if not part:
                break
            answer += part
    status, _, rest = answer.decode(errors="replace").partition("\r\n")
    words = status.split()
    if len(words) < 2 or not words[1].isdigit():
        raise OSError(f"port {port} did not answer in HTTP")
    return int(words[1]), rest


def await_http(port: int, path: str, text: str, what: str, seconds: float = 15.0) -> None:
    """Waits until the answer to `path` is 200 and contains `text`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            status, answer = http_get(port, path, 2.0)
            if status == 200 and text in answer:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{what} was not ready within {seconds:.0f} seconds.")


def await_port(port: int, what: str, seconds: float = 15.0) -> None:
    """Waits until somebody listens on the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection((HOST, port), timeout=2.0).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{what} did not listen within {seconds:.0f} seconds.")
