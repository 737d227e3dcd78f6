# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The services behind the proxies, and every way to them: directly, by frpx, by HAProxy, by nginx."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import configs
from .ports import HOST, await_http, await_port, free_port
from .processes import Crew, cpu_seconds

DIRECT = "direct"
FRPX = "frpx"
FRPX_INFO = "frpx (info log)"
FRPX_TLS = "frpx (TLS)"
HAPROXY_TLS = "HAProxy (TLS)"
HAPROXY = "HAProxy"
HAPROXY_SPLICE = "HAProxy splice"
NGINX = "nginx"
HAPROXIES = (HAPROXY, HAPROXY_SPLICE)
PROXIES = (FRPX, HAPROXY, HAPROXY_SPLICE, NGINX)

HEALTH = "/api/health"
# The account that a new data directory has; it may log in from this machine only.
EMAIL, PASSWORD = "test@example.com", "123456"
HTTP = "http"
IPERF = "iperf"
ECHO = "echo"


@dataclass(frozen=True)
class Site:
    """What all measurements share."""

    bin_dir: Path
    files: int  # descriptors one process may have

    @property
    def max_idle(self) -> int:
        """Two descriptors for each idle connection, and room for the load beside them."""
        return min(8000, (self.files - 2000) // 2)

    @property
    def max_clients(self) -> int:
        """One descriptor for each registered client, and room for users beside them."""
        return min(10_000, self.files - 2000)

    @property
    def haproxy_connections(self) -> int:
        return min(9000, (self.files - 1500) // 2)


@dataclass
class Chain:
    """A way to a service. `server` is the process the users reach, `client` the one next to the service."""

    kind: str
    port: int
    health_port: int = 0
    server: subprocess.Popen | None = None
    client: subprocess.Popen | None = None

    def cpu(self) -> tuple[float, float]:
        """CPU seconds used so far by the server's and the client's side."""
        if not self.server or not self.client:
            return 0.0, 0.0
        return cpu_seconds(self.server.pid), cpu_seconds(self.client.pid)


def python_program(module: str, *arguments) -> list:
    """The command line of a module of this package."""
    return [sys.executable, "-m", f"{__package__}.{module}", *arguments]


def start_service(what: str, crew: Crew, site: Site) -> int:
    """Starts the web, iperf3 or echo server and returns its port."""
    port = free_port()
    name = f"service-{port}"
    if what == HTTP:
        configs.write_bulk_file(crew.scratch)
        path = crew.scratch / f"{name}.conf"
        path.write_text(configs.nginx_backend(name, port, min(site.files, 20_000)))
        crew.start(name, ["nginx", "-e", "stderr", "-p", crew.scratch, "-c", path])
        await_http(port, "/", "ok", "The web server")
    elif what == IPERF:
        crew.start(name, ["iperf3", "--server", "--bind", HOST, "--port", port])
        await_port(port, "The iperf3 server")
    else:
        crew.start(name, python_program("echoserver", port))
        await_port(port, "The echo server")
    return port


def start_chain(kind: str, service: int, crew: Crew, site: Site, round_trip_ms: float = 0) -> Chain:
    """Starts the way to a service and waits until it is open.

    With a round trip, what the two sides say to each other goes through a relay that delays it.
    """
    if kind == DIRECT:
        if not round_trip_ms:
            return Chain(kind, service)
        return Chain(kind, _start_link(crew, site, round_trip_ms, service)[0])
    if kind in (FRPX, FRPX_INFO, FRPX_TLS):
        return _start_frpx(kind, service, crew, site, round_trip_ms)
    return _start_two_hops(kind, service, crew, site, round_trip_ms)


def _start_link(crew: Crew, site: Site, round_trip_ms: float, *targets: int) -> list[int]:
    ports = [free_port() for _ in targets]
    pairs = [f"{port}:{target}" for port, target in zip(ports, targets)]
    program = site.bin_dir / "benchmarks" / "delayrelay"
    if not program.exists():
        raise RuntimeError(f"{program} is missing: build the target delayrelay")
    crew.start(f"link-{ports[0]}", [program, round_trip_ms, *pairs])
    for port in ports:
        await_port(port, "The delaying relay")
    return ports


@dataclass
class Server:
    """A running frps and its ports."""

    process: subprocess.Popen
    control: int
    proxy: int
    public: int
    api: int


def start_frps(crew: Crew, site: Site, log_level: str = "warning") -> Server:
    """Starts frps with an empty data directory and waits until it answers."""
    control, proxy, public, api = (free_port() for _ in range(4))
    process = crew.start(
        f"frps-{public}",
        [site.bin_dir / "frps" / "frps", "--listen", HOST, "--api-listen", HOST]
        + ["--control-port", control, "--proxy-port", proxy, "--public-port", public, "--api-port", api]
        + ["--data-dir", crew.scratch / f"frps-{public}", "--log-level", log_level],
    )  # fmt: skip
    await_http(api, HEALTH, "healthy", "frps")
    return Server(process, control, proxy, public, api)


def _start_frpx(kind: str, service: int, crew: Crew, site: Site, round_trip_ms: float) -> Chain:
    log_level = "info" if kind == FRPX_INFO else "warning"
    server = start_frps(crew, site, log_level)
    control, proxy = server.control, server.proxy
    if round_trip_ms:
        control, proxy = _start_link(crew, site, round_trip_ms, control, proxy)
    client = crew.start(
        f"frpc-{server.public}",
        [site.bin_dir / "frpc" / "frpc", "--client-id", "bench", "--server-addr", HOST]
        + ["--control-port", control, "--proxy-port", proxy, "--local-addr", HOST, "--local-port", service]
        + ["--email", EMAIL, "--password", PASSWORD]
        + (["--tls", "on", "--trust-on-first-use"] if kind == FRPX_TLS else [])
        + ["--known-servers", crew.scratch / f"frpc-{server.public}.known"]
        + ["--token-file", crew.scratch / f"frpc-{server.public}.json", "--log-level", log_level],
    )  # fmt: skip
    await_http(server.api, "/api/clients", '"bench"', "frpc")
    return Chain(kind, server.public, server.api, server.process, client)


def _start_two_hops(kind: str, service: int, crew: Crew, site: Site, round_trip_ms: float) -> Chain:
    client, client_port, _ = _start_hop(kind, service, crew, site, is_last=True)
    if round_trip_ms:
        client_port = _start_link(crew, site, round_trip_ms, client_port)[0]
    server, port, health_port = _start_hop(kind, client_port, crew, site)
    return Chain(kind, port, health_port, server, client)


def _start_hop(
    kind: str, target: int, crew: Crew, site: Site, is_last: bool = False
) -> tuple[subprocess.Popen, int, int]:
    port, health_port = free_port(), free_port()
    name = f"hop-{port}"
    path = crew.scratch / f"{name}.conf"
    if kind == NGINX:
        files = min(site.files, 20_000)
        path.write_text(configs.nginx_stream(name, port, target, health_port, files))
        argv = ["nginx", "-e", "stderr", "-p", crew.scratch, "-c", path]
    else:
        splice = kind == HAPROXY_SPLICE
        bind_tls = next_tls = ""
        if kind == HAPROXY_TLS and is_last:
            configs.write_certificate(crew.scratch / f"{name}.pem")
            bind_tls = f"ssl crt {crew.scratch / name}.pem"
        elif kind == HAPROXY_TLS:
            next_tls = "ssl verify none"
        path.write_text(
            configs.haproxy(port, target, health_port, site.haproxy_connections, splice, bind_tls, next_tls)
        )
        argv = ["haproxy", "-db", "-f", path]
    process = crew.start(name, argv)
    await_http(health_port, HEALTH, "", kind)
    return process, port, health_port
