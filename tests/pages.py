"""Small notebooks for the tests of the author's tools."""

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course.notebook_files import text

PNG = "iVBORw0KGgo="
SOLVED = """\
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x + 0 * x
    ### END SOLUTION"""
HEADER = "### 2.4 Twice\n`core` · `difficulty 1/5` · `5 min` · `2 points`"


def code(
    id: str, source: str, *tags: str, outputs: tuple = (), count: int | None = 1
) -> NotebookNode:
    return new_code_cell(
        source, id=id, outputs=list(outputs), execution_count=count, metadata=tagged(tags)
    )


def prose(id: str, source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, id=id, metadata=tagged(tags))


def tagged(tags: tuple) -> dict:
    return {"tags": list(tags)} if tags else {}


def exercise(
    solved: str = SOLVED, check: str = 'double = check("2.4", double)', outputs: tuple = ()
) -> list[NotebookNode]:
    """The three cells of exercise 2.4."""
    return [
        prose("ex-2-4", HEADER, "exercise"),
        code("ex-2-4-solution", solved, "solution"),
        code("ex-2-4-check", check, "check", outputs=outputs),
    ]


def stream(words: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=words)


def figure(alt: str, plain: str | None = None) -> NotebookNode:
    data = {"image/png": PNG, "text/plain": alt if plain is None else plain}
    return new_output(
        "display_data", data=data, metadata={"image/png": {"alt": alt}} if alt else {}
    )


def store(path: Path, *cells: NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(new_notebook(cells=list(cells))), encoding="utf-8")
    return path


def points(exercise: str) -> int:
    return {"2.4": 2, "2.5": 1}[exercise]
