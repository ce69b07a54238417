"""The plans of course/lessons.py as pages of the site, and the syllabus made from them."""

import itertools
from collections.abc import Iterator

import jinja2
from nbformat import NotebookNode

import exercises
from authoring import timings
from authoring.site.page import label
from course import lessons
from course.notebook_files import read
from course.paths import ROOT, SOLUTIONS, sources
from exercises import NOTEBOOKS

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "book"), trim_blocks=True, lstrip_blocks=True
)


def pages() -> Iterator[tuple[str, str]]:
    """The name of each page, "02.md", and its text."""
    yield from ((f"{number}.md", page(number)) for number in NOTEBOOKS)


def page(number: str) -> str:
    lesson = lessons.load(number)
    (path,) = sources(SOLUTIONS, [number])
    cells = {cell.id: cell for cell in read(path).cells}
    stored = timings.load(SOLUTIONS, number)["cells"]
    every = exercises.of(number).values()
    by_exercise = itertools.groupby(lesson.mistakes, key=lambda pair: pair[0])
    return PAGES.get_template("lesson.md.jinja").render(
        lesson=lesson,
        lessons=lessons,
        notebook=NOTEBOOKS[number],
        label=label,
        named=lambda cell: named(cells[cell]),
        begins=lambda cell: cells[cell].source.split("\n")[0],
        above=lambda cell: above(cell, cells),
        seconds=lambda cell: f" ({stored[cell]:.0f} s)" if stored.get(cell, 0) >= 1 else "",
        expected=[(one, [mistake for _, mistake in pairs]) for one, pairs in by_exercise],
        more=sum(not one.core for one in every),
        known=sum(len(one.mistakes) for one in every),
    )


def named(cell: NotebookNode) -> str:
    """A cell of text by its heading, else by its id."""
    first = cell.source.strip().split("\n")[0]
    return first.lstrip("# ") if first.startswith("#") else f"`{cell.id}`"


def above(cell: str, cells: dict[str, NotebookNode]) -> str:
    """The nearest cell with a heading above another, by its id."""
    places = list(cells)
    before = [cells[name] for name in places[: places.index(cell)]]
    return [one.id for one in before if one.cell_type == "markdown" and one.source[0] == "#"][-1]


def syllabus(plan: str) -> Iterator[str]:
    """A table, a line a week."""
    yield "| week | notebooks | minutes of the core |"
    yield "|---|---|---|"
    for number, week in enumerate(lessons.weeks(plan), 1):
        links = ", ".join(f"[{nn} {NOTEBOOKS[nn].title}](lessons/{nn}.md)" for nn in week)
        yield f"| {number} | {links} | {sum(NOTEBOOKS[nn].core_minutes for nn in week)} |"
