# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: see benchmarks/README.md."""

import argparse
import math
import os
import signal
import sys
from pathlib import Path

from . import floors, machine, report
from .chains import DIRECT, FRPX, HAPROXIES, PROXIES, Site
from .results import Results, Row, all_rows
from .scenarios import SCENARIOS, Run


def _arguments() -> argparse.Namespace:
    def positive(text: str) -> int:
        value = int(text)
        if not 1 <= value <= 1000:
            raise ValueError
        return value

    parser = argparse.ArgumentParser(
        prog="benchmarks/run.sh",
        description="Measures frpx beside HAProxy's and nginx's two-hop TCP chains, all on 127.0.0.1.",
    )
    parser.add_argument("--quick", action="store_true", help="one round of one second each: about two minutes")
    parser.add_argument(
        "--check", action="store_true", help="a smaller set; exit code 1 if a ratio is under its floor (floors.py)"
    )
    parser.add_argument("--rounds", type=positive, metavar="N", help="rounds of each measurement [default: 5]")
    parser.add_argument("--seconds", type=positive, metavar="S", help="seconds of each load [default: 3]")
    parser.add_argument(
        "--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=f"some of: {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything to a file")
    parser.add_argument("--markdown", action="store_true", help="print the table for docs/benchmarks.md")
    parser.add_argument("--bin", type=Path, required=True, help=argparse.SUPPRESS)  # run.sh explains it
    return parser.parse_args()


def _check(results: Results, scenarios: list[str]) -> bool:
    """Prints each floor beside its ratio; False if one is not reached or was to be measured and was not."""
    passed = True

    def check(row: Row, value: float | None, floor: float, ceiling: float = math.inf) -> None:
        nonlocal passed
        if row.id not in results.samples and set(scenarios) != set(floors.SCENARIOS):
            return
        good = value is not None and floor <= value <= ceiling
        passed = passed and good
        shown = "not measured" if value is None else f"{value:.2f}"
        bound = f"at least {floor:.2f}" if ceiling == math.inf else f"at most  {ceiling:.2f}"
        print(f"  {'pass' if good else 'FAIL'}  {shown:>12}  {bound}  {row.id}")

    print("\nratios and floors:")
    for row in results.rows:
        if row.id in floors.FLOORS:
            check(row, results.ratio(row), floors.FLOORS[row.id])
        if row.id in floors.BOUNDS:
            check(row, results.median(row.id, FRPX), *floors.BOUNDS[row.id])
    return passed


def _measure(run: Run, scenarios: list[str]) -> bool:
    """Runs the measurements; one that fails is noted and does not keep the others from running."""
    complete = True
    for name in scenarios:
        try:
            SCENARIOS[name](run)
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            complete = False
            run.results.note(f"{name} was not finished: {error}")
    return complete


def main() -> int:
    """Measures and prints; the exit code."""
    options = _arguments()
    # Ended by a signal or by Ctrl-C, the program unwinds, and what it started is ended.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)

    site = Site(options.bin.resolve(), machine.raise_file_limit())
    rounds, seconds, kinds = 5, 3, (DIRECT, *PROXIES)
    scenarios = list(options.only or (floors.SCENARIOS if options.check else SCENARIOS))
    if options.check:
        rounds, seconds, kinds = 3, 1, (FRPX, *HAPROXIES)
    if options.quick:
        rounds, seconds = 1, 1
    idle_counts = (site.max_idle // 4, site.max_idle)
    results = Results(all_rows(idle_counts, site.max_clients))
    run = Run(site, results, kinds, options.rounds or rounds, options.seconds or seconds, idle_counts)

    about = machine.describe(site.bin_dir)
    about["measured"] = f"{run.rounds} round{'s' * (run.rounds > 1)} of {run.seconds} s"
    try:
        complete = _measure(run, scenarios)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    if not results.samples:
        print("\n".join(results.notes), file=sys.stderr)
        return 1
    print((report.markdown if options.markdown else report.text)(results, about))
    if options.json:
        settings = {"rounds": run.rounds, "seconds": run.seconds, "scenarios": scenarios}
        report.write_json(options.json, results, about, settings)
    if options.check and not _check(results, scenarios):
        return 1
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
