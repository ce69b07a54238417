"""Slides of a lesson: `python -m classroom.slides 02 --out slides_02.html`.

Shows what the plan of the lesson names, in its order, the results below their text, and its
questions with their answers. nbconvert makes them, for reveal.js, which the browser loads from the
network.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from nbconvert import SlidesExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from course import command_line, lessons
from course.files import write
from course.lessons import Lesson
from course.notebook_files import read, role
from course.paths import SOLUTIONS, Complaint, sources
from exercises import NOTEBOOKS

NEW, BELOW, NEXT = "slide", "subslide", "fragment"


def notebook(lesson: Lesson) -> NotebookNode:
    """The cells of a lesson, each with its place on a slide. Raises Complaint."""
    (path,) = sources(SOLUTIONS, [lesson.number])
    cells = read(path).cells
    title = f"# {NOTEBOOKS[lesson.number].title}\n\n{lesson.idea}"
    slides = [_placed(new_markdown_cell(title), NEW)]
    for name in (name for one in lesson.show for name in one.cells):
        slides += _from(name, cells)
    for one in lesson.ask:
        slides.append(_placed(new_markdown_cell(f"## {one.q}"), NEW))
        slides.append(_placed(new_markdown_cell(one.a), NEXT))
    return new_notebook(cells=slides)


def _from(name: str, cells: list[NotebookNode]) -> Iterator[NotebookNode]:
    """A cell of text, and the results that follow it up to the next: no solution, and no card."""
    found = [place for place, cell in enumerate(cells) if cell.id == name]
    if not found:
        raise Complaint(f"The plan of the lesson names a cell {name}, which is not there.")
    first, *more = cells[found[0] :]
    yield _placed(first, NEW)
    for cell in more:
        if cell.cell_type == "markdown":
            return
        if role(cell) is None and cell.outputs:
            yield _placed(cell, BELOW)


def _placed(cell: NotebookNode, kind: str) -> NotebookNode:
    cell.metadata = {"slideshow": {"slide_type": kind}}
    return cell


def page(lesson: Lesson, code: bool = False) -> str:
    """The slides as HTML."""
    exporter = SlidesExporter(
        exclude_input=not code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        reveal_scroll=True,  # a slide may be longer than the screen
    )
    named = {"metadata": {"name": NOTEBOOKS[lesson.number].title}}
    return exporter.from_notebook_node(notebook(lesson), named)[0]


def arguments() -> argparse.ArgumentParser:
    parser = command_line.parser("classroom.slides", __doc__)
    parser.add_argument("notebook", type=command_line.notebook, help='its number, "02" or "2"')
    parser.add_argument("--out", type=Path, required=True, help="the HTML file to write")
    parser.add_argument("--code", action="store_true", help="above each result what makes it")
    return parser


def main(given: list[str] | None = None) -> int:
    options = arguments().parse_args(given)
    try:
        lesson = lessons.load(options.notebook)
        write(options.out, page(lesson, options.code))
    except Complaint as error:
        print(error)
        return 2
    print(f"{options.out}: open it in a browser, and press S for the speaker's view.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
