"""Notebooks as files, and what their cells are for."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from authoring.paths import Complaint, number

IDS = re.compile(r"ex-(\d+)-(\d+)(-solution|-check)?")
TAGS = {"exercise": "", "solution": "-solution", "check": "-check"}


def read(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise Complaint(f"{number(path)}: {path.name} is no valid notebook ({type(error).__name__}).") from error


def text(notebook: NotebookNode) -> str:
    """A notebook as its file holds it: indent 1, one newline at the end."""
    return nbformat.writes(notebook, version=4, indent=1).rstrip("\n") + "\n"


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def role(cell: NotebookNode) -> str | None:
    """Which of the three cells of an exercise this is: "exercise", "solution", "check" or None."""
    return next((tag for tag in tags(cell) if tag in TAGS), None)


def exercise_id(cell: NotebookNode) -> str | None:
    """The exercise a cell belongs to by its id and its tag: `ex-2-4-check`, tagged check, is of "2.4"."""
    match = IDS.fullmatch(cell.id)
    if not match or role(cell) is None or (match[3] or "") != TAGS[role(cell)]:
        return None
    return f"{match[1]}.{match[2]}"
