"""A page a student: the points, and under every exercise the card that its check would show."""

from datetime import date
from itertools import count
from pathlib import Path

import jinja2

from classroom.marks.marks import Marked
from classroom.records.tables import number
from course.files import write
from exercises import NOTEBOOKS
from exercises.own_numbers import NUMBER

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
)
PAGES.filters["number"] = number
LONGEST = 200  # bytes of a name
TITLES = {number: notebook.title for number, notebook in NOTEBOOKS.items()} | {
    NUMBER: "Your own numbers"
}


def write_all(every: list[Marked], folder: Path, assignment: str = "") -> list[Path]:
    """Write the pages of those who handed something in; a file is called what the student is, as
    far as a file can be.
    """
    handed_in = [one for one in every if one.is_handed_in]
    by_student = {}
    for one in sorted(handed_in, key=lambda one: (one.student, one.number)):
        by_student.setdefault(one.student, []).append(one)
    files = file_names(list(by_student))
    for name, ones in by_student.items():
        write(folder / files[name], page(name, ones, assignment))
    return [folder / files[name] for name in by_student]


def file_names(students: list[str]) -> dict[str, str]:
    """A name of its own for each page, also where capitals do not count."""
    taken, files = set(), {}
    for student in students:
        name = plain(student)
        tries = (f"{name}{f' {n}' * (n > 1)}" for n in count(1))
        files[student] = next(name for name in tries if name.casefold() not in taken)
        taken.add(files[student].casefold())
    return {student: f"{name}.html" for student, name in files.items()}


def plain(student: str) -> str:
    """Without what a file name may not hold, and not too long for one in bytes."""
    kept = "".join(one if _is_plain(one) else "_" for one in student).strip(" .") or "_"
    return kept.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")


def _is_plain(letter: str) -> bool:
    return letter.isprintable() and letter not in '<>:"/\\|?*'


def page(student: str, ones: list[Marked], assignment: str = "") -> str:
    """What a student gets to see, as HTML."""
    text = PAGES.get_template("feedback.html.jinja").render(
        student=student,
        ones=ones,
        titles=TITLES,
        assignment=assignment,
        date=date.today(),
        points=sum(one.points for one in ones),
        maximum=sum(one.maximum for one in ones),
    )
    return text.encode("utf-8", "replace").decode()
