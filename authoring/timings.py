"""How long each cell takes: solutions/timings/NN.json, one file a notebook, so that two runs never share one.

`python -m authoring.timings FOLDER` prints the notebooks of a folder, the slowest first: the order to test them in.
"""

import json
import sys
from pathlib import Path

from authoring.files import write
from authoring.notebooks import SOLUTIONS, number, sources

SHORTEST = 0.1  # seconds; a quicker cell is not listed
SLACK = 1.0  # seconds; so small a change is noise


def load(folder: Path, number: str) -> dict | None:
    """{"total": seconds, "cells": {id: seconds}} as last stored, or None."""
    path = folder / "timings" / f"{number}.json"
    return json.loads(path.read_text()) if path.is_file() else None


def save(folder: Path, number: str, total: float, cells: dict[str, float]) -> None:
    """Store new timings; where one is close to the stored one, that stays, so that a re-run gives no diff."""
    old = load(folder, number) or {"total": None, "cells": dict.fromkeys(cells)}
    kept = {cell: steady(old["cells"].get(cell, 0.0), seconds) for cell, seconds in cells.items()}
    listed = {cell: seconds for cell, seconds in kept.items() if seconds >= SHORTEST}
    content = {"total": steady(old["total"], total), "cells": listed}
    write(folder / "timings" / f"{number}.json", json.dumps(content, indent=1) + "\n")


def steady(old: float | None, new: float) -> float:
    """The stored seconds if the new ones are within a second or a factor of two of them, else the new ones."""
    if old is not None and (abs(new - old) <= SLACK or old / 2 <= new <= old * 2):
        return old
    return round(new, 1)


def slowest_first(folder: Path) -> list[Path]:
    """Notebooks by stored time; one without comes first, since nothing is known of it."""
    def total(path):
        return (load(SOLUTIONS, number(path)) or {"total": float("inf")})["total"]

    return sorted(sources(folder), key=total, reverse=True)


if __name__ == "__main__":
    print(*slowest_first(Path(sys.argv[1])))
