"""Print the benchmark, and what changed since it was stored: `python -m authoring.bench [PART ...]
[--store]`.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from tabulate import tabulate

import utils  # noqa: F401  one thread
from authoring.bench import accuracy, checks, cluster, convolution, course, fit, grading, seeds
from authoring.bench.measurement import Measurement
from course import command_line
from course.files import write

MODULES = (accuracy, convolution, fit, checks, course, grading, cluster, seeds)
PARTS = {module.__name__.rpartition(".")[2]: module for module in MODULES}
STORED = Path(__file__).with_name("stored.json")
HEADS = ["what", "median", "middle half", "must be", "", "stored", "since then"]


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    found = []
    for row in measured(options.parts or list(PARTS)):
        found.append(row)
        print(f"{row.name}: {row.median:.3g} {row.unit}", file=sys.stderr)
    print(
        tabulate([cells(row, before.get(row.name)) for row in found], HEADS, disable_numparse=True)
    )
    if options.store:
        now = {row.name: [round(value, 4) for value in (row.median, *row.spread)] for row in found}
        write(STORED, json.dumps(before | now, indent=1) + "\n")
    return int(not all(row.holds for row in found))


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = command_line.parser("authoring.bench", __doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all, if none is named"
    )
    parser.add_argument(
        "--store", action="store_true", help="keep what is measured now, to compare with later"
    )
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}.")
    return options


def measured(parts: list[str]) -> Iterator[Measurement]:
    torch.set_num_threads(1)
    for part in parts:
        yield from PARTS[part].rows()


def cells(row: Measurement, before: list[float] | None) -> list[str]:
    low, high = row.spread
    spread = f"{low:.3g} to {high:.3g}" if len(row.values) > 1 else ""
    verdict = ("holds" if row.holds else "MISSED") if row.bar else ""
    stored, changed = (f"{before[0]:.3g}", change(row, before)) if before else ("", "new")
    return [row.name, f"{row.median:.3g} {row.unit}", spread, row.bar, verdict, stored, changed]


def change(row: Measurement, before: list[float]) -> str:
    """Only what lies outside both middle halves, and off by a tenth; twofold for a lone value."""
    _, low, high = before
    apart = row.spread[0] > high or row.spread[1] < low
    factor, noise = row.median / before[0], 1.1 if len(row.values) > 1 else 2
    return f"{factor:.2f} times" if apart and not 1 / noise < factor < noise else "same"


if __name__ == "__main__":
    sys.exit(main())
