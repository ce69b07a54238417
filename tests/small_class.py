"""A class as a grading run leaves it, for what comes after: no code is run."""

import csv
from pathlib import Path

from classroom import marking
from classroom.records import results
from classroom.records.results import Graded, Result, Status
from classroom.submissions import outline
from exercises import find

WHEN = "2026-12-01T12:00:00+00:00"


def submission(student: str, number: str = "00", status=Status.PASSED, **more) -> Graded:
    """A notebook whose exercises all came out the same."""
    asked = [find(one.id) for one in outline.exercises(number)]
    found = [
        Result(one.id, status, one.points * (status == Status.PASSED), one.points, card(one.id))
        for one in asked
    ]
    return Graded(student, number, found, [], 7, **{"changed": WHEN, "file": student} | more)


def card(id: str) -> str:
    return f'<div class="course-card">card of {id}</div>'


def left(folder: Path, *graded: Graded) -> Path:
    """What a run has left in a folder; the name of its CSV."""
    results.write_all(list(graded), folder / "grades.csv")
    return folder / "grades.csv"


def mark(out: Path, *options, students: str = "") -> int:
    """Make the marks anew, by the command that a teacher types; with a list of students."""
    if students:
        (out.parent / "names.csv").write_text(students, encoding="utf-8")
        options += ("--students", out.parent / "names.csv")
    return marking.main([str(out), *map(str, options)])


def rows(path: Path) -> dict[str, dict[str, str]]:
    """By the first column."""
    with open(path, newline="", encoding="utf-8") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}
