"""A notebook with a student's answers and the grader's cards, in place of what a check printed.

Made from the course's own notebook: of the file that was handed in come the answers alone.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from classroom.marks.marks import DROPPED, Mark, Marked
from classroom.records.tables import number
from course.cells import parse_id
from course.notebook_files import read, text
from course.paths import STUDENT
from exercises import NOTEBOOKS


def notebook(one: Marked) -> str:
    """As the text of its file."""
    made = read(STUDENT / f"{NOTEBOOKS[one.number].file}.ipynb")
    marks = {mark.id: mark for mark in one.marks}
    made.cells = [cell for cell in made.cells if not _is_dropped(cell, marks)]
    for cell in made.cells:
        known = parse_id(cell.id)
        if known and known.exercise in marks:
            _fill(cell, known.role, marks[known.exercise])
    made.cells.insert(0, new_markdown_cell(summary(one), id="feedback"))
    return text(made)


def _is_dropped(cell: NotebookNode, marks: dict[str, Mark]) -> bool:
    """Whether a cell is of an exercise that does not count, and may not have been handed out."""
    known = parse_id(cell.id)
    return bool(known) and known.exercise in marks and marks[known.exercise].state == DROPPED


def _fill(cell: NotebookNode, role: str, mark: Mark) -> None:
    if role == "solution" and mark.source:
        cell.source = mark.source
    if role == "check":
        card = f"<p>{number(mark.points)} of {number(mark.maximum)} points</p>{mark.card}"
        cell.outputs = [new_output("display_data", data={"text/html": card})]


def summary(one: Marked) -> str:
    """The points, and all that a person said."""
    said = [
        f"{mark.id}: {number(mark.points)} of {number(mark.maximum)} points. {mark.reason}"
        for mark in one.marks
        if mark.reason or not mark.card
    ]
    lines = [f"# {number(one.points)} of {number(one.maximum)} points", *one.remarks, *said]
    return "\n\n".join(lines)
