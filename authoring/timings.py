"""How long each cell takes, in solutions/timings/NN.json: a file each, so no runs share one."""

import json
from pathlib import Path

from course.files import write
from course.paths import SOLUTIONS, number

SHORTEST = 0.1  # seconds; a quicker cell is not listed
SLACK = 1.0  # seconds; so small a change is noise


def load(folder: Path, number: str) -> dict | None:
    """{"total": seconds, "cells": {id: seconds}} as last stored, or None."""
    path = folder / "timings" / f"{number}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def save(folder: Path, number: str, total: float, cells: dict[str, float]) -> None:
    """Store new timings; those close to the stored ones stay, so that a re-run gives no diff."""
    old = load(folder, number) or {"total": None, "cells": dict.fromkeys(cells)}
    kept = {cell: steady(old["cells"].get(cell, 0.0), seconds) for cell, seconds in cells.items()}
    listed = {cell: seconds for cell, seconds in kept.items() if seconds >= SHORTEST}
    content = {"total": steady(old["total"], total), "cells": listed}
    write(folder / "timings" / f"{number}.json", json.dumps(content, indent=1) + "\n")


def steady(old: float | None, new: float) -> float:
    """The stored seconds if the new are within a second or a factor of two, else the new."""
    if old is not None and (abs(new - old) <= SLACK or old / 2 <= new <= old * 2):
        return old
    return round(new, 2)


def total(path: Path) -> float:
    """Seconds of the solved notebook of this number; 0 where none are stored."""
    stored = load(SOLUTIONS, number(path))
    return stored["total"] if stored else 0.0
