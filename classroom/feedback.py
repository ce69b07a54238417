"""A page a student: the points, and under every exercise the card that its check would show."""

import re
from itertools import groupby
from pathlib import Path

import jinja2

from course.files import write
from exercises import NOTEBOOKS
from exercises.own_numbers import NUMBER

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
)
TITLES = {number: notebook.title for number, notebook in NOTEBOOKS.items()} | {
    NUMBER: "Your own numbers"
}


def write_all(graded: list, folder: Path) -> list[Path]:
    """Write the pages; a file is called what the student is, as far as a file can be."""
    in_order = sorted(graded, key=lambda one: (one.student, one.number))
    by_student = groupby(in_order, key=lambda one: one.student)
    return [write_page(student, list(ones), folder) for student, ones in by_student]


def write_page(student: str, ones: list, folder: Path) -> Path:
    path = folder / (re.sub(r"[^\w .@-]", "_", student).lstrip(".") + ".html")
    page = PAGES.get_template("feedback.html.jinja")
    write(path, page.render(student=student, graded=ones, titles=TITLES))
    return path
