"""The CSV of grades: a row a student, with the state of every exercise in words beside its points.

Headings hold a word, so that a spreadsheet does not take `4.10` for the number 4.1.
"""

import hashlib
from collections import defaultdict
from pathlib import Path

from classroom.marks.marks import Mark, Marked
from classroom.records import tables
from classroom.submissions import fates
from course import files
from course.paths import Complaint

FIRST = ["student", "total", "maximum", "remarks", "seed"]
WRITTEN = "as written: "


def title(id: str) -> str:
    return f"ex {id}" if id[-1].isdigit() else id


def rows(every: list[Marked], seed: int) -> list[list]:
    """Of marks by student and notebook, all notebooks of all students there."""
    by_student: dict[str, dict[str, Marked]] = {}
    for one in every:
        by_student.setdefault(one.student, {})[one.number] = one
    columns = {}
    for one in every:
        columns.setdefault(one.number, {}).update(dict.fromkeys(mark.id for mark in one.marks))
    heading = FIRST + [name for number, ids in columns.items() for name in _heading(number, ids)]
    return [heading, *(_row(student, ones, columns, seed) for student, ones in by_student.items())]


def _heading(number: str, ids) -> list[str]:
    names = [f"notebook {number}"]
    for id in ids:
        names += [title(id), f"{title(id)} state"]
    return names


def _row(student: str, ones: dict[str, Marked], columns: dict, seed: int) -> list:
    points = tables.number(sum(one.points for one in ones.values()))
    maximum = tables.number(sum(one.maximum for one in ones.values()))
    row = [tables.cell(student), points, maximum, tables.cell(remarks(ones)), seed]
    for number, ids in columns.items():
        marks = {mark.id: mark for mark in ones[number].marks}
        row += [tables.number(ones[number].points)]
        row += [cell for id in ids for cell in _cells(marks.get(id))]
    return row


def _cells(mark: Mark | None) -> tuple:
    return (tables.number(mark.points), str(mark.state)) if mark else ("", "")


def remarks(ones: dict[str, Marked]) -> str:
    """Each once, with the notebook it is about where that has several."""
    several = sum(one.is_handed_in for one in ones.values()) > 1
    about = defaultdict(list)
    for number, one in ones.items():
        for said in _remarks(one):
            about[said].append(number)
    return "; ".join(
        f"{numbers[0]}: {said}" if several and len(numbers) == 1 else said
        for said, numbers in about.items()
    )


def _remarks(one: Marked) -> list[str]:
    given = [f"{title(mark.id)} by hand: {mark.reason}" for mark in one.marks if mark.reason]
    return [*one.remarks, *given]


# A CSV that somebody has worked in is not written over.


def write(every: list[Marked], seed: int, out: Path) -> None:
    """The CSV of grades."""
    tables.write(out, rows(every, seed))
    # At once: what cannot be written after it must not make it look edited.
    _sign(out)


def _sign(out: Path) -> None:
    """Note in the list of files what the CSV is like, to know it again."""
    listed = [line for line in _known(fates.path_of(out)).splitlines() if WRITTEN not in line]
    files.write(fates.path_of(out), "\n".join([*listed, f"{out.name},,,{_signed(out)}\n"]))


def refuse_edited(out: Path) -> None:
    """Raises Complaint where there is a CSV already, and it is not as it was written."""
    if out.exists() and _signed(out) not in _known(fates.path_of(out)):
        raise Complaint(
            f"{out} is not as this command wrote it, so it stays as it is. Move it away, then"
            " grade again. Marks of your own are kept in a file that --overrides reads."
        )


def _known(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _signed(path: Path) -> str:
    return f"{WRITTEN}{hashlib.sha256(files.content(path)).hexdigest()[:16]}"
