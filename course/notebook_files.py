"""Notebooks as files, and what their cells are for."""

from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.cells import ROLES, asked, cell_id, parse_id
from course.paths import Complaint, number

OWN_DRAWING = (
    "own-drawing"  # a cell that draws the learner's answer: a right one may look otherwise
)
YOURS = "yours"  # a cell to type into that is no exercise
UNCOMPARED = "nbval-ignore-output"


def read(path: Path, prepared: Callable[[str], str] = str) -> NotebookNode:
    """A notebook, its text `prepared` before. Raises Complaint."""
    try:
        return nbformat.reads(prepared(path.read_text(encoding="utf-8")), as_version=4)
    except OSError as error:
        raise Complaint(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise Complaint(
            f"{number(path)}: {path.name} is no valid notebook ({type(error).__name__})."
        ) from error


def text(notebook: NotebookNode) -> str:
    """A notebook as its file holds it: indent 1, one newline at the end."""
    return nbformat.writes(notebook, version=4, indent=1).rstrip("\n") + "\n"


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def role(cell: NotebookNode) -> str | None:
    """Which of the three cells of an exercise this is: "exercise", "solution", "check" or None."""
    return next((tag for tag in tags(cell) if tag in ROLES), None)


def exercise_id(cell: NotebookNode) -> str | None:
    """The exercise of a cell by its id and its tag: `ex-2-4-check`, tagged check, is of "2.4"."""
    known = parse_id(cell.id)
    return known.exercise if known and known.role == role(cell) else None


def set_ids(notebook: NotebookNode) -> None:
    """Give task, solution and check, where they follow each other, the ids of the exercise
    checked; in place.

    JupyterLab does not let an author type them.
    """
    cells = [cell for cell in notebook.cells if role(cell)]
    for trio in zip(cells, cells[1:], cells[2:]):
        exercises = list(asked(trio[2].source))
        if [role(cell) for cell in trio] == list(ROLES) and exercises:
            for cell in trio:
                cell["id"] = cell_id(exercises[0], role(cell))
