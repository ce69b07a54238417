"""A page a student: the points, and under every exercise the card that its check would show."""

from itertools import count, groupby
from pathlib import Path

import jinja2

from course.files import write
from exercises import NOTEBOOKS
from exercises.own_numbers import NUMBER

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
)
LONGEST = 200  # bytes of a name
TITLES = {number: notebook.title for number, notebook in NOTEBOOKS.items()} | {
    NUMBER: "Your own numbers"
}


def write_all(graded: list, folder: Path) -> list[Path]:
    """Write the pages; a file is called what the student is, as far as a file can be."""
    in_order = sorted(graded, key=lambda one: (one.student, one.number))
    by_student = {name: list(ones) for name, ones in groupby(in_order, lambda one: one.student)}
    files = file_names(list(by_student))
    return [_write(name, ones, folder / files[name]) for name, ones in by_student.items()]


def file_names(students: list[str]) -> dict[str, str]:
    """A name of its own for each page, also where capitals do not count."""
    taken, files = set(), {}
    for student in students:
        plain = _plain(student)
        tries = (f"{plain}{f' {n}' * (n > 1)}" for n in count(1))
        files[student] = next(name for name in tries if name.casefold() not in taken)
        taken.add(files[student].casefold())
    return {student: f"{name}.html" for student, name in files.items()}


def _plain(student: str) -> str:
    """Without what a file name may not hold, and not too long for one in bytes."""
    kept = "".join(one if _is_plain(one) else "_" for one in student).strip(" .") or "_"
    return kept.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")


def _is_plain(letter: str) -> bool:
    return letter.isprintable() and letter not in '<>:"/\\|?*'


def _write(student: str, ones: list, path: Path) -> Path:
    page = PAGES.get_template("feedback.html.jinja")
    text = page.render(student=student, graded=ones, titles=TITLES)
    write(path, text.encode("utf-8", "replace").decode())
    return path
