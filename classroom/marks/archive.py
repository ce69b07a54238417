"""Feedback as the archive that a school's system takes, so that each student gets their own.

Moodle (Upload multiple feedback files in a zip) reads who it is from the name of a file:
`Full name_PARTICIPANT_assignsubmission_file_feedback.html`. Canvas (Upload submissions) wants the
names of the files that it gave out, and shows each to its student under the name it had when it
was handed in; so it gets notebooks, with the cards below the checks.
"""

import zipfile
from pathlib import Path

from classroom.marks import annotated, feedback
from classroom.marks.gradebook import by_student, path_of
from classroom.marks.marks import Marked
from classroom.students import people
from classroom.students.roster import Roster, number
from exercises import NOTEBOOKS

WHEN = (2000, 1, 1, 0, 0, 0)  # the same bytes for the same feedback


def write(
    every: list[Marked], system: str, assignment: str, roster: Roster, out: Path
) -> list[str]:
    """Write the archive; what to say about it."""
    if system not in MAKERS:
        return []
    files, without = {}, []
    for student, ones in by_student([one for one in every if one.is_handed_in]).items():
        made = MAKERS[system](student, ones, assignment, roster)
        files |= made
        without += [student] * (not made)
    said = [f"Without a number of {system.title()}, so without feedback: {', '.join(without)}."]
    if not files:
        return said
    path = path_of(out, system, ".feedback.zip")
    _pack(files, path)
    return [f"Feedback for {system}: {path}.", *said * bool(without)]


def _moodle(student: str, ones: list[Marked], assignment: str, roster: Roster) -> dict[str, str]:
    numbers = [people.guess(Path(one.file)).number for one in ones]
    numbers.append(number(roster.cells(student).get("identifier", "")))
    participant = next(filter(None, numbers), "")
    name = feedback.plain(student).replace("_", " ")
    page = feedback.page(student, ones, assignment)
    return (
        {f"{name}_{participant}_assignsubmission_file_feedback.html": page} if participant else {}
    )


def _canvas(student: str, ones: list[Marked], assignment: str, roster: Roster) -> dict[str, str]:
    known = [one for one in ones if _is_of_canvas(one) and one.number in NOTEBOOKS]
    return {Path(one.file).name: annotated.notebook(one) for one in known}


def _is_of_canvas(one: Marked) -> bool:
    return people.CANVAS.fullmatch(people.stem_of(Path(one.file).name)) is not None


MAKERS = {"moodle": _moodle, "canvas": _canvas}


def _pack(files: dict[str, str], path: Path) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(zipfile.ZipInfo(name, WHEN), text.encode("utf-8", "replace"))
    unfinished.replace(path)
