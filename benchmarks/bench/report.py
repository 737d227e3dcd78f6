# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""The table, as text, as Markdown and as JSON."""

import json
from pathlib import Path

from .chains import DIRECT, FRPX, NGINX, PROXIES
from .results import Results

_NONE = "–"


def _number(value: float | None, digits: int) -> str:
    return _NONE if value is None else f"{value:,.{digits}f}"


def _cells(results: Results) -> list[list[str]]:
    """Head and lines of the table, leaving out the columns nobody has measured."""
    measured = results.measured_rows()
    kinds = [
        kind for kind in (DIRECT, *PROXIES) if any(kind in results.samples[row.id] for row in measured)
    ]
    compared = [kind for kind in (FRPX, NGINX) if any(results.ratio(row, kind) for row in measured)]
    lines = [["measurement", "unit", *kinds, *(f"{kind} : HAProxy" for kind in compared)]]
    for row in measured:
        values = [_number(results.median(row.id, kind), row.digits) for kind in kinds]
        ratios = [_number(results.ratio(row, kind), 2) for kind in compared]
        lines.append([row.label, row.unit, *values, *ratios])
    return lines


def _aligned(lines: list[list[str]], separator: str) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        separator.join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    ]


def text(results: Results, machine: dict[str, str]) -> str:
    """For the terminal."""
    head = [f"{name}: {value}" for name, value in machine.items()]
    table = _aligned(_cells(results), "  ")
    rule = "-" * max(len(line) for line in table)
    foot = ["", "Medians. A ratio above 1: better than the better HAProxy chain, whatever the unit."]
    notes = [f"Note: {note}" for note in results.notes]
    return "\n".join([*head, "", table[0], rule, *table[1:], *foot, *notes])


def markdown(results: Results, machine: dict[str, str]) -> str:
    """For docs/benchmarks.md."""
    head = [f"- {name}: {value}" for name, value in machine.items()]
    cells = _cells(results)
    table = [f"| {line} |" for line in _aligned(cells, " | ")]
    rule = "|" + "|".join(["---", "---"] + ["--:"] * (len(cells[0]) - 2)) + "|"
    foot = ["", "Medians. A ratio above 1 is better than the better HAProxy chain, whatever the unit."]
    notes = [f"- Note: {note}" for note in results.notes]
    return "\n".join([*head, "", table[0], rule, *table[1:], *foot, *notes])


def write_json(path: Path, results: Results, machine: dict[str, str], settings: dict) -> None:
    """Everything, each sample included."""
    rows = []
    for row in results.measured_rows():
        samples = results.samples[row.id]
        ratios = {kind: results.ratio(row, kind) for kind in samples if kind in (FRPX, NGINX)}
        rows.append(
            {
                "id": row.id,
                "label": row.label,
                "unit": row.unit,
                "higher_is_better": row.higher_is_better,
                "medians": {kind: results.median(row.id, kind) for kind in samples},
                "ratios": ratios,
                "samples": samples,
            }
        )
    document = {"machine": machine, "settings": settings, "rows": rows, "notes": results.notes}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
