"""The student notebooks with what an untouched run must print, in build/untouched: `python -m
authoring.untouched`.

A notebook goes on with our answer where a learner has none, so all that stands outside the
exercises prints as in the solved notebook, and every check says "To do". Only a drawing of the
answer may be another.
"""

import sys
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from checker.card import Card
from checker.judge import judge
from course import command_line
from course.files import write
from course.notebook_files import OWN_DRAWING, UNCOMPARED, exercise_id, read, role, tags, text
from course.paths import ROOT, SOLUTIONS, STUDENT, Complaint, sources
from exercises import find

UNTOUCHED = ROOT / "build" / "untouched"


def untouched(student: Path, solved: Path) -> NotebookNode:
    """A student notebook with the outputs that it must give."""
    notebook = read(student)
    outputs = {cell.id: cell.get("outputs", []) for cell in read(solved).cells}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = expected(cell, outputs[cell.id])
            cell.execution_count = 1  # nbval compares what was run
            if OWN_DRAWING in tags(cell):  # the reference is built in another way
                cell.metadata["tags"] = [*tags(cell), UNCOMPARED]
    return notebook


def expected(cell: NotebookNode, solved: list[NotebookNode]) -> list[NotebookNode]:
    if role(cell) == "check":
        return [to_do(exercise_id(cell))]
    return [] if role(cell) == "solution" else solved


def to_do(exercise: str) -> NotebookNode:
    card = Card(judge(find(exercise), ...))
    return new_output("display_data", {"text/plain": repr(card), "text/html": card._repr_html_()})


def main(arguments: list[str] | None = None) -> int:
    command_line.parser("authoring.untouched", __doc__).parse_args(arguments)
    try:
        for path in sources(STUDENT):
            write(UNTOUCHED / path.name, text(untouched(path, SOLUTIONS / path.name)))
    except Complaint as complaint:
        print(complaint)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
