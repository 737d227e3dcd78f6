# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""What the machine and the programs are, for the head of the table."""

import datetime
import os
import platform
import re
import resource
import subprocess
from pathlib import Path


def raise_file_limit() -> int:
    """Lets this program and all it starts open as many files as the system allows; returns how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A needlessly huge table makes some programs (HAProxy) reserve memory for it.
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _cpu_model() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1).strip() if match else platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"


def _version(argv: list) -> str:
    """The first thing that looks like a version number in what a program says of itself."""
    try:
        done = subprocess.run(
            [str(word) for word in argv], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    match = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return match.group(0) if match else "?"


def describe(bin_dir: Path) -> dict[str, str]:
    """The machine and the versions, in the order they are printed."""
    versions = {
        "frpx": _version([bin_dir / "frps" / "frps", "--version"]),
        "HAProxy": _version(["haproxy", "-v"]),
        "nginx": _version(["nginx", "-v"]),
        "iperf3": _version(["iperf3", "--version"]),
        "wrk": _version(["wrk", "-v"]),
        "Python": platform.python_version(),
    }
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": f"{_cpu_model()}, {len(os.sched_getaffinity(0))} cores",
        "system": f"{_distribution()}, Linux {platform.release()}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }
