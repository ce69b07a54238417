"""What became of every file: a list beside the CSV of grades."""

from pathlib import Path

from classroom.records import tables
from classroom.students import people
from classroom.submissions import collect
from classroom.submissions.collect import Submission


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
    rows = [[tables.cell(one) for one in row] for row in found]
    tables.write(path_of(out), [["file", "student", "notebook", "fate"], *rows])
