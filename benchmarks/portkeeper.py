#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""How fast `frps port-keeper` answers a frp server: portkeeper.py FRPS [SECONDS]

Prints a table of the time to an answer at a steady rate of requests, of proxies that have a port and of new ones, with
few leases and with all that can exist (64,512 ports, tcp and udp). A request that cannot be sent in time counts from
the moment when it should have been, so that a server that hesitates does not hide it.
"""

import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

RATE = 1000  # requests a second
CONNECTIONS = 8
FEW = 10
ALL = 65536 - 1024


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Keeper:
    def __init__(self, program, database):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "port-keeper", "--listen", "127.0.0.1:0", "--allow-ports", "1024-65535", "--db", database],
            stderr=self.log)
        self.port = None
        deadline = time.monotonic() + 30
        while self.port is None:
            self.log.seek(0)
            found = re.search(rb"listening on \S+ port (\d+)", self.log.read())
            if found:
                self.port = int(found.group(1))
            elif time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("the port keeper does not start")
            else:
                time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def fill(database, count):
    """Leases of both protocols, as if `count` proxies of each had come."""
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO port_leases VALUES (?, 'u', ?, ?, ?, 0, 0)",
            ((i * 2 + space + 1, f"u.{i}", protocol, 1024 + i)
             for i in range(count) for space, protocol in enumerate(("tcp", "udp"))))
        connection.execute("UPDATE id_counters SET last_id = ? WHERE name = 'port_leases'", (count * 2,))
    connection.close()


def request(name, protocol):
    body = json.dumps({"version": "0.1.0", "op": "NewProxy", "content": {
        "user": {"user": "u", "metas": None, "run_id": "4e1ef2d3b7a7b1c2"}, "proxy_name": name,
        "proxy_type": protocol, "use_encryption": True, "remote_port": 0}}).encode()
    return (b"POST /port-registrations?op=NewProxy&version=0.1.0 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


def ask(connection, message):
    connection.sendall(message)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < size:
        body += connection.recv(65536)
    if b'"remote_port"' not in body:
        raise SystemExit(f"refused: {body.decode()}")


def measure(port, seconds, messages):
    """Sends messages at RATE over some connections. Returns the times to the answers in ms."""
    times = []
    begin = time.monotonic() + 0.2

    def run(index):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        mine = []
        for number in range(index, RATE * seconds, CONNECTIONS):
            due = begin + number / RATE
            message = messages(number)
            time.sleep(max(0.0, due - time.monotonic()))
            ask(connection, message)
            mine.append((time.monotonic() - due) * 1000)
        times.extend(mine)
        connection.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def main():
    program = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    rows = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("FRPX_BENCH_DIR")) as directory:
        for label, count in (("10", FEW), ("129,024 (all)", ALL)):
            database = os.path.join(directory, f"{count}.db")
            Keeper(program, database).stop()  # makes the schema
            fill(database, count)
            begun = time.monotonic()
            keeper = Keeper(program, database)
            start = time.monotonic() - begun
            known = [request(f"u.{random.randrange(count)}", random.choice(("tcp", "udp"))) for _ in range(5000)]
            rows.append((label, "known", start, measure(keeper.port, seconds, lambda i: known[i % len(known)])))
            if count == FEW:
                rows.append((label, "new", start,
                             measure(keeper.port, seconds, lambda i: request(f"u.new-{i}", "tcp"))))
            keeper.stop()
    print(f"{RATE} requests/s for {seconds} s over {CONNECTIONS} connections\n")
    print("| leases        | proxies |  start | median |    p99 |  worst |")
    print("|---|---|--:|--:|--:|--:|")
    for label, kind, start, times in rows:
        print(f"| {label:13} | {kind:7} | {start * 1000:3.0f} ms | {percentile(times, 0.5):.2f} ms "
              f"| {percentile(times, 0.99):.2f} ms | {max(times):.1f} ms |")


main()
