"""What became of every file: a list beside the CSV of grades."""

import csv
import io
from pathlib import Path

from classroom import collect, people
from classroom.collect import Submission
from course.files import write

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def path_of(out: Path) -> Path:
    """`grades.files.csv` beside `grades.csv`."""
    return out.with_name(f"{out.stem}.files.csv")


def of(
    read: list[Submission], kept: list[Submission], strays: list[Path], folder: Path
) -> list[tuple[str, str, str, str]]:
    """File, student, notebook and fate, by file."""
    graded = {one.path for one in kept}
    found = [(one.path, one.student, one.number, _fate(one, graded)) for one in read if one.number]
    found += [(path, "", "", collect.why_not(path, folder)) for path in strays]
    return [
        (people.readable(str(path.relative_to(folder))), *rest) for path, *rest in sorted(found)
    ]


def _fate(one: Submission, graded: set[Path]) -> str:
    if one.path in graded:
        return one.trouble or "graded"
    return one.trouble or "another file of the same student counts for this notebook"


def write_list(found: list[tuple[str, str, str, str]], out: Path) -> None:
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(["file", "student", "notebook", "fate"])
    sheet.writerows([cell(one) for one in row] for row in found)
    write(path_of(out), text.getvalue())


def cell(text: str) -> str:
    """A text in one line; one that a spreadsheet would take for a formula is marked as text."""
    text = "".join(one if one.isprintable() else " " for one in text)
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
