# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""Starting processes, measuring them, and ending them by their ids on every way out."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_END_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def _leave_with_parent() -> None:
    """In the child: be asked to end should this program be killed before it can clean up."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on (field 3), so that fields[n] is field n + 3."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _start_time(pid: int) -> str | None:
    """What tells a process from a later one that has the same id."""
    try:
        return _stat(pid)[19]
    except (OSError, IndexError):
        return None


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree: all threads, and the children that have ended, too."""
    ticks = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            ticks += sum(int(field) for field in _stat(member)[11:15])
    return ticks / _TICKS


def memory_mib(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process tree in MiB."""
    sums = {"Rss": 0, "Pss": 0}
    for member in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
    return sums["Rss"] / 1024, sums["Pss"] / 1024


def open_files(pid: int) -> int:
    """How many descriptors a process tree has open."""
    count = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{member}/fd"))
    return count


class Crew(contextlib.AbstractContextManager):
    """The processes of one measurement. Leaving the context ends all of them, the latest first."""

    def __init__(self, scratch: Path):
        self.scratch = scratch
        self._processes: list[subprocess.Popen] = []

    def start(self, name: str, argv: list, **options) -> subprocess.Popen:
        """Starts a process in the background; what it prints goes to <name>.log unless told otherwise."""
        with open(self.scratch / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in argv],
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log} | options,
                cwd=self.scratch,
                start_new_session=True,  # Ctrl-C is ours to handle
                preexec_fn=_leave_with_parent,
            )
        self._processes.append(process)
        return process

    def run(self, argv: list, timeout: float) -> str:
        """Runs a program to its end and returns what it prints; RuntimeError if it fails or takes too long."""
        process = self.start(
            "run", argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{argv[0]} took longer than {timeout:.0f} seconds.") from None
        finally:
            self.end(process)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{output[-1500:]}")
        return output

    def end(self, *processes: subprocess.Popen) -> None:
        """Ends the processes and whatever they have started: asks them, and after three seconds no more."""
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _END_SIGNALS)
        try:
            self._end(processes)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _end(self, processes: tuple) -> None:
        alive = [process for process in processes if process.poll() is None]
        family = {pid: _start_time(pid) for process in alive for pid in tree(process.pid)}
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + 3
        for process in alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for pid, started in family.items():
            if started is not None and _start_time(pid) == started:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with contextlib.suppress(OSError):
                        stream.close()
            if process in self._processes:
                self._processes.remove(process)

    def __exit__(self, *_) -> None:
        self.end(*reversed(self._processes))
