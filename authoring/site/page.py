"""A solved notebook as the page of the site: the student's view, with hints and the solution
folded under each task.

A reader of the site has no kernel, so a check could only show what it said to the author, and that
gives the answer away. Its cell makes room for what such a reader can use: the hints, the solution
and the reason, each behind a click.
"""

import base64
import io
from html import escape
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from PIL import Image

from course import stub
from course.notebook_files import exercise_id, read, role
from course.paths import number
from exercises import find

WORDS = '<details class="course-words'  # the same alt text under a figure, for JupyterLab
NOTE = """
```{{container}} course-note
This page is for reading. Hints and solutions are folded; numbers and figures are those that your
machine gets too. To solve the exercises and have your answers checked,
[get the course](index.md#start) and open `notebooks/{name}`.
```
"""


def label(number: str, cell: str) -> str:
    """The name by which links find a cell of text of a notebook: "nb02-padding"."""
    return f"nb{number}-{cell}"


def page(path: Path) -> tuple[NotebookNode, dict[str, bytes]]:
    """The notebook as the site shows it, and its figures by file name."""
    notebook, figures = read(path), {}
    solved = {
        exercise_id(cell): cell.source for cell in notebook.cells if role(cell) == "solution"
    }
    notebook.cells = [turned(cell, path, solved, figures) for cell in notebook.cells]
    notebook.cells[0].source += "\n" + NOTE.format(name=path.name)
    return notebook, figures


def turned(
    cell: NotebookNode, path: Path, solved: dict[str, str], figures: dict[str, bytes]
) -> NotebookNode:
    if role(cell) == "check":
        return folds(cell, solved[exercise_id(cell)])
    if role(cell) == "solution":
        cell.source, cell.outputs = stub.stub(cell.source), []
    elif cell.cell_type == "code":
        cell.outputs = shown(cell.outputs, f"{number(path)}-{cell.id}", figures)
    else:
        cell.source = f"({label(number(path), cell.id)})=\n{cell.source}"
    return cell


def folds(check: NotebookNode, solution: str) -> NotebookNode:
    """What stands in a check's place: the hints, then the solution with its reason."""
    exercise = find(exercise_id(check))
    hints = [fold(f"Hint {place}", hint) for place, hint in enumerate(exercise.hints, 1)]
    code = "\n".join(
        line for line in solution.split("\n") if line.strip() not in (stub.BEGIN, stub.END)
    )
    answer = f"```python\n{code}\n```\n\n{exercise.because}"
    cell = new_markdown_cell("\n\n".join([*hints, fold("Solution", answer, "course-solution")]))
    cell["id"] = check.id
    return cell


def fold(summary: str, inside: str, kind: str = "course-hint") -> str:
    return f'<details class="{kind}"><summary>{summary}</summary>\n\n{inside}\n\n</details>'


def shown(outputs: list[NotebookNode], name: str, figures: dict[str, bytes]) -> list[NotebookNode]:
    """Outputs with pictures in files of their own, loaded when in sight, and alt texts."""
    kept = [
        output for output in outputs if WORDS not in output.get("data", {}).get("text/html", "")
    ]
    return [
        pictured(output, name, figures) if "image/png" in output.get("data", {}) else output
        for output in kept
    ]


def pictured(output: NotebookNode, name: str, figures: dict[str, bytes]) -> NotebookNode:
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    file = f"{name}-{len(figures) + 1}.webp"
    figures[file] = packed(picture)
    about = output.metadata["image/png"]
    source = f'src="_static/figures/{file}" loading="lazy"'
    size = f'width="{picture.width}" height="{picture.height}"'
    html = f'<img class="course-figure" alt="{escape(about["alt"])}" {source} {size}>'
    if about.get("pictures"):
        look = f'class="course-pictures" style="clip-path: {about["pictures"]}"'
        html = f'<span class="course-frame">{html}<img {look} alt="" {source}></span>'
    return new_output("display_data", {"text/html": html})


def packed(picture: Image.Image) -> bytes:
    """The same pixels in fewer bytes than the PNG; a photograph, which that hardly helps, as
    nearly the same ones.
    """
    same, nearly = io.BytesIO(), io.BytesIO()
    picture.convert("RGB").save(same, format="webp", lossless=True, quality=50)
    picture.convert("RGB").save(nearly, format="webp", quality=90, method=2)
    return min(
        same, nearly, key=lambda file: len(file.getvalue()) * (2 if file is nearly else 1)
    ).getvalue()
