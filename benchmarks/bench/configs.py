# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The configuration files of HAProxy and nginx: their defaults, but for what so many connections need."""

import os
import subprocess
from pathlib import Path

from .ports import HOST

_STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
_BULK_NAME = "bulk"


def haproxy(
    port: int, target: int, health_port: int, max_connections: int, splice: bool, bind_tls: str = "", next_tls: str = ""
) -> str:
    """One hop of the TCP chain with two threads, and `monitor-uri` as its health address."""
    return f"""
global
    nbthread 2
    maxconn {max_connections}
    maxpipes 256
defaults
    mode tcp
    maxconn {max_connections}
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    {"option splice-auto" if splice else ""}
listen hop
    bind {HOST}:{port} backlog 4096 {bind_tls}
    server next {HOST}:{target} {next_tls}
frontend health
    mode http
    bind {HOST}:{health_port}
    monitor-uri /api/health
"""


def _nginx_head(name: str, workers: int, files: int) -> str:
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not enter our directory
    return f"""
daemon off;
{user}
pid {name}.pid;
error_log stderr error;
worker_processes {workers};
worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
"""


def _nginx_http(name: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"    {kind}_temp_path {name}.{kind};" for kind in kinds)
    return f"    access_log off;\n{paths}"


def nginx_stream(name: str, port: int, target: int, health_port: int, files: int) -> str:
    """One hop of the TCP chain with two workers."""
    load = f"load_module {_STREAM_MODULE};" if _STREAM_MODULE.exists() else ""
    return f"""
{load}
{_nginx_head(name, 2, files)}
stream {{
    server {{
        listen {HOST}:{port} backlog=4096 reuseport;
        proxy_pass {HOST}:{target};
        proxy_timeout 1h;
    }}
}}
http {{
{_nginx_http(name)}
    server {{
        listen {HOST}:{health_port};
        location = /api/health {{ return 200 "healthy"; }}
    }}
}}
"""


def nginx_backend(name: str, port: int, files: int) -> str:
    """The web service behind every proxy: "ok" at /, a big file at /bulk; connections may idle for an hour."""
    return f"""
{_nginx_head(name, 1, files)}
http {{
{_nginx_http(name)}
    sendfile on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_header_timeout 1h;
    server {{
        listen {HOST}:{port} backlog=4096;
        location = / {{ return 200 "ok"; }}
        location = /{_BULK_NAME} {{ root .; }}
    }}
}}
"""


def write_certificate(path: Path) -> None:
    """A key (EC P-256) and a certificate for 127.0.0.1, in one file as HAProxy wants it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=bench", "-addext", f"subjectAltName=IP:{HOST}", "-keyout", path, "-out", f"{path}.crt"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    with open(path, "ab") as both, open(f"{path}.crt", "rb") as certificate:
        both.write(certificate.read())


def write_bulk_file(directory: Path) -> None:
    """The file behind /bulk: 64 MiB that need no disk."""
    with open(directory / _BULK_NAME, "wb") as bulk:
        bulk.truncate(64 << 20)
