"""Submissions of notebook 02 graded by one and two processes, and ten against a hundred."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat

from authoring.bench.measurement import Measurement
from course.notebook_files import read
from course.paths import ROOT, SOLUTIONS, sources

FEW, MANY = 10, 100


def rows() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as place:
        few, many = (hand_in(Path(place, str(count)), count) for count in (FEW, MANY))
        one, two, hundred = (grade(few, 1), grade(few, 2), grade(many, 2))
    yield Measurement(f"{FEW} submissions of 02, one job", [60 * FEW / one], "a minute")
    yield Measurement(f"{FEW} submissions of 02, two jobs", [60 * FEW / two], "a minute")
    yield Measurement(f"{MANY} submissions of 02, two jobs", [60 * MANY / hundred], "a minute")
    yield Measurement(
        f"seconds a submission, {MANY} of them / {FEW} of them",
        [hundred / MANY / (two / FEW)],
        most=1.05,
    )


def hand_in(folder: Path, count: int) -> Path:
    """The solved notebook by `count` students, each with a line of their own: no two are equal."""
    (source,) = sources(SOLUTIONS, ["02"])
    folder.mkdir()
    for student in range(count):
        notebook = read(source)
        notebook.cells[0].source += f"\n\nBy student {student}."
        nbformat.write(notebook, folder / f"student{student:03}.ipynb")
    return folder


def grade(folder: Path, jobs: int, *more: str) -> float:
    """Seconds by the clock, the start of the processes included."""
    start = time.perf_counter()
    out = folder.with_name(f"{folder.name}-{jobs}.csv")
    command = [
        sys.executable,
        "-m",
        "classroom.grade",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        str(jobs),
        *more,
    ]
    subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start
