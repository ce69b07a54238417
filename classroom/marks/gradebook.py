"""The gradebook import of a school's system, with the ids of the list of students that it gave.

What is written follows the systems' own sources: for Moodle grade/import/csv and
mod/assign/feedback/offline, for Canvas lib/gradebook_importer.rb. Who handed in nothing has an
empty cell: no system is told a zero that nobody decided on.
"""

import re
from pathlib import Path

from classroom.marks import for_nbgrader
from classroom.marks.marks import Marked
from classroom.records import tables
from classroom.students.roster import Roster
from course.paths import Complaint

SYSTEMS = ("moodle", "canvas", "csv", "nbgrader")
WORKSHEET = ("identifier", "grade", "maximum grade")
MOODLE = ("first name", "last name", "surname", "full name", "id number", "username")
MOODLE += ("email address", "groups")
CANVAS = ("student", "lastname", "firstname", "id", "sis user id", "sis login id")
CANVAS += ("integration id", "root account", "section")


def path_of(out: Path, system: str, suffix: str = ".csv") -> Path:
    """`grades.moodle.csv` beside `grades.csv`; for any other system `grades.import.csv`."""
    return out.with_name(f"{out.stem}.{'import' if system == 'csv' else system}{suffix}")


def refuse(system: str, roster: Roster | None) -> None:
    """A list that lacks what the system knows students by. Raises Complaint."""
    if system == "nbgrader":  # it knows them by their log-ins, the names of the folders
        return
    if not (roster and roster.is_given):
        raise Complaint(f"--for {system} needs --students: the ids come from that list.")
    titles = {title.casefold() for title in roster.heading}
    if not titles:
        raise Complaint(f"--for {system} needs a list of students with a line of headings.")
    if system == "canvas" and not {"id", "section"} <= titles:
        raise Complaint("--for canvas needs the CSV that Canvas exports: Gradebook, Export.")
    if system == "moodle" and titles.isdisjoint(("email address", "id number", "identifier")):
        raise Complaint(
            "--for moodle needs a column Email address, ID number or Identifier in the list of"
            " students: the export of the participants, of the grades or of the grading worksheet."
        )


def write(
    every: list[Marked], system: str, assignment: str, roster: Roster, out: Path
) -> list[str]:
    """Write the import; what to say about it."""
    if system == "nbgrader":
        return for_nbgrader.write(every, path_of(out, system, ".json"))
    theirs = by_student(every)
    points = {name: _points(ones) for name, ones in theirs.items()}
    most = tables.number(max(map(_maximum, theirs.values()), default=0))
    path = path_of(out, system)
    tables.write(path, MAKERS[system](roster, points, most, assignment or out.stem))
    strangers = [student for student in points if student not in roster.names]
    left = f" Not on the list, and left out: {', '.join(strangers)}." if strangers else ""
    return [f"For {system}: {path}.{left}", *_other_maximum(roster, most)]


def _other_maximum(roster: Roster, most: float) -> list[str]:
    """Moodle leaves out a grade above its own maximum, so that should be the same."""
    theirs = {roster.cells(name).get("maximum grade", "") for name in roster.names} - {""}
    same = re.compile(rf"{most}([.,]0+)?")
    if all(map(same.fullmatch, theirs)):
        return []
    return [f"In Moodle the maximum is {', '.join(sorted(theirs))}: set it to {most}, as here."]


def by_student(every: list[Marked]) -> dict[str, list[Marked]]:
    found: dict[str, list[Marked]] = {}
    for one in every:
        found.setdefault(one.student, []).append(one)
    return found


def _points(ones: list[Marked]) -> float | str:
    has_any = any(one.is_handed_in or one.points for one in ones)
    return tables.number(sum(one.points for one in ones)) if has_any else ""


def _maximum(ones: list[Marked]) -> float:
    return sum(one.maximum for one in ones)


def _plain(roster: Roster, points: dict, most: float, name: str) -> list[list]:
    """The list as it is, with two columns more."""
    rows = [[*_padded(roster, student), points.get(student, ""), most] for student in roster.names]
    return [[*roster.heading, name, f"{name} maximum"], *rows]


def _moodle(roster: Roster, points: dict, most: float, name: str) -> list[list]:
    """The grading worksheet filled in, where that is the list; else columns for the gradebook."""
    titles = [title.casefold() for title in roster.heading]
    if set(WORKSHEET) <= set(titles):
        return _filled_in(roster, points, titles.index("grade"))
    kept, rows = _known_by(roster, points, MOODLE)
    return [[*kept, name], *rows]


def _filled_in(roster: Roster, points: dict, place: int) -> list[list]:
    """The list with the points in one of its columns."""
    rows = [list(roster.heading)]
    for student, row in _rows(roster):
        rows.append([*row[:place], points.get(student, ""), *row[place + 1 :]])
    return rows


def _known_by(roster: Roster, points: dict, titles: tuple[str, ...]) -> tuple[list[str], list]:
    """The columns by which a system knows its students, as a heading and as rows with points."""
    kept = [n for n, title in enumerate(roster.heading) if title.casefold() in titles]
    rows = [[*(row[n] for n in kept), points.get(student, "")] for student, row in _rows(roster)]
    return [roster.heading[n] for n in kept], rows


def _canvas(roster: Roster, points: dict, most: float, name: str) -> list[list]:
    """As Canvas exports its gradebook, with the one column of this assignment."""
    kept, rows = _known_by(roster, points, CANVAS)
    possible = ["    Points Possible", *[""] * (len(kept) - 1), most]
    return [[*kept, _column(roster, name)], possible, *rows]


def _column(roster: Roster, name: str) -> str:
    """What Canvas calls the assignment, with its number, where the export has it."""
    known = [
        title for title in roster.heading if re.fullmatch(rf"{re.escape(name)} \(\d+\)", title)
    ]
    return known[0] if known else name


def _rows(roster: Roster) -> list[tuple[str, list[str]]]:
    return [(student, _padded(roster, student)) for student in roster.names]


def _padded(roster: Roster, student: str) -> list[str]:
    row = roster.rows[student]
    return [*row, *[""] * (len(roster.heading) - len(row))][: len(roster.heading)]


MAKERS = {"moodle": _moodle, "canvas": _canvas, "csv": _plain}
