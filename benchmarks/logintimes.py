#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""How long frps takes to refuse a wrong password and an unknown address: logintimes.py FRPS [COUNT].

Each login has an address and an account of its own, so that none is held back for the failures of another."""

import json, os, socket, statistics, struct, subprocess, sys, tempfile, time


def refuse(port, number, email):
    payload = json.dumps({"Login": {"email": email, "pass": "wrong"}}).encode()
    with socket.socket() as link:
        link.bind((f"127.1.{number // 250}.{number % 250 + 1}", 0))
        link.connect(("127.0.0.1", port))
        begin = time.perf_counter()
        link.sendall(struct.pack(">I", len(payload)) + payload)
        answer = link.recv(4096)
        return (time.perf_counter() - begin) * 1000, answer


def main():
    frps, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory() as directory:
        for i in range(count):
            subprocess.run([frps, "user", "add", f"known{i:04}@example.org", "--data-dir", directory],
                           input=b"right\n", stdout=subprocess.DEVNULL, check=True)
        ports = ["--control-port", "29200", "--proxy-port", "29201", "--public-port", "29202", "--api-port", "29203"]
        server = subprocess.Popen([frps, "--listen", "127.0.0.1", "--data-dir", directory, *ports],
                                  stderr=subprocess.PIPE)
        while b"listening" not in server.stderr.readline():
            pass
        os.set_blocking(server.stderr.fileno(), False)
        times, answers = {"known": [], "unknown": []}, set()
        for i in range(count):
            for k, kind in enumerate(times):  # in turn: whatever else the machine does hits both
                took, answer = refuse(29200, 2 * i + k, f"{kind}{i:04}@example.org")
                times[kind].append(took)
                answers.add(answer)
        server.terminate()
        server.wait()
    for kind, values in times.items():
        q = statistics.quantiles(values, n=4)
        print(f"{kind:8} median {q[1]:.2f} ms, quartiles {q[0]:.2f} and {q[2]:.2f} ms")
    print(f"{len(answers)} different answer{'s' if len(answers) > 1 else ''}: {sorted(answers)}")


main()
