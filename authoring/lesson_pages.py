"""The plans of course/lessons.py as pages of the site, and the syllabus made from them."""

import itertools
import re
from collections.abc import Iterator

import jinja2

import exercises
from authoring import timings
from authoring.page import label
from course import lessons
from course.notebook_files import read
from course.paths import ROOT, SOLUTIONS, sources
from exercises import NOTEBOOKS

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "book"), trim_blocks=True, lstrip_blocks=True
)
WORDS = 6  # of a cell without a heading


def pages() -> Iterator[tuple[str, str]]:
    """The name of each page, "02.md", and its text."""
    yield from ((f"{number}.md", page(number)) for number in NOTEBOOKS)


def page(number: str) -> str:
    lesson = lessons.load(number)
    (path,) = sources(SOLUTIONS, [number])
    texts = {cell.id: cell.source for cell in read(path).cells}
    stored = timings.load(SOLUTIONS, number)["cells"]
    every = exercises.of(number).values()
    by_exercise = itertools.groupby(lesson.mistakes, key=lambda pair: pair[0])
    return PAGES.get_template("lesson.md.jinja").render(
        lesson=lesson,
        lessons=lessons,
        notebook=NOTEBOOKS[number],
        label=label,
        heading=lambda cell: heading(texts[cell]),
        seconds=lambda cell: f" ({stored[cell]:.0f} s)" if stored.get(cell, 0) >= 1 else "",
        expected=[(one, [mistake for _, mistake in pairs]) for one, pairs in by_exercise],
        more=sum(not one.core for one in every),
        known=sum(len(one.mistakes) for one in every),
    )


def heading(text: str) -> str:
    """What a cell of text begins with: its heading, else its first words."""
    first = text.strip().split("\n")[0]
    if first.startswith("#"):
        return first.lstrip("# ")
    words = re.sub(r"[*`$\[\]|]|\(\S+\)", "", first).split()
    return " ".join(words[:WORDS]).rstrip(".:,?") + " …"


def syllabus(plan: str) -> Iterator[str]:
    """A table, a line a week."""
    yield "| week | notebooks | minutes of the core |"
    yield "|---|---|---|"
    for number, week in enumerate(lessons.weeks(plan), 1):
        links = ", ".join(f"[{nn} {NOTEBOOKS[nn].title}](lessons/{nn}.md)" for nn in week)
        yield f"| {number} | {links} | {sum(NOTEBOOKS[nn].core_minutes for nn in week)} |"
