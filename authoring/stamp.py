"""Write into the notebooks what the exercises say: `python -m authoring.stamp`.

The header line of every exercise comes from its object.
"""

import re
import sys
from pathlib import Path

from nbformat import NotebookNode

import exercises
from course.files import differs, write
from course.notebook_files import exercise_id, read, role, text
from course.paths import SOLUTIONS, Complaint, number, sources

HEADER = re.compile(r"\A(### .*\n?)?(`.*\n?)?")


def stamp(path: Path) -> str:
    """The text of a solved notebook with its header lines. Raises Complaint."""
    notebook = read(path)
    set_headers(notebook, exercises.of(number(path)))
    return text(notebook)


def set_headers(notebook: NotebookNode, asked: dict) -> None:
    """Begin the task of every exercise with its header, in place."""
    for cell in notebook.cells:
        if role(cell) == "exercise" and exercise_id(cell) in asked:
            rest = HEADER.sub("", cell.source, count=1)
            cell.source = f"{asked[exercise_id(cell)].header()}\n{rest}".rstrip("\n")


def main() -> int:
    try:
        new = {path: stamp(path) for path in sources(SOLUTIONS)}
    except Complaint as complaint:
        print(complaint)
        return 1
    for path, content in new.items():
        if differs(path, content):
            write(path, content)
            print(f"{path.parent.name}/{path.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
