"""Cell metadata that makes a notebook an nbgrader assignment as it is (its schema 3)."""

from collections.abc import Callable

from nbformat import NotebookNode

from course.notebook_files import exercise_id, role

KINDS = {
    "exercise": {"grade": False, "locked": True, "solution": False, "task": False},
    "solution": {"grade": False, "locked": False, "solution": True, "task": False},
    "check": {"grade": True, "locked": True, "solution": False, "task": False},
}


def points_of(exercise: str) -> int:
    """The points of an exercise, as its object says."""
    from exercises import find  # loads torch, so only when asked

    return find(exercise).points


def set_metadata(notebook: NotebookNode, points: Callable[[str], int] = points_of) -> None:
    """Write the metadata of every cell by its tag, in place."""
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
        if role(cell):
            cell.metadata["nbgrader"] = entry(cell, points)


def entry(cell: NotebookNode, points: Callable[[str], int]) -> dict:
    kind = KINDS[role(cell)]
    worth = {"points": points(exercise_id(cell))} if kind["grade"] else {}
    return {"schema_version": 3, "grade_id": cell.id, **kind, **worth}
