"""Make the student notebooks in notebooks/ from solutions/: `python -m authoring.release [--check]`."""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from authoring import stub
from authoring.files import differs, write
from authoring.nbgrader import mark, points_of
from authoring.normal import normalize
from authoring.notebooks import TAGS, exercise_id, read, role, text
from authoring.paths import SOLUTIONS, STUDENT, Complaint, number, sources

CHECK = re.compile(r'(\w+) = check\("(\d+\.\d+)", \1\)')
SHORT = 12  # a solved line of so few characters gives nothing away
COMMON = {"super().__init__()", "def forward(self, x):", "with torch.no_grad():"}


def student(path: Path, points: Callable[[str], int] = points_of) -> str:
    """The student version of a solved notebook, as the text of its file. Raises Complaint."""
    notebook, where = read(path), number(path)
    refuse([*misnamed(notebook), *incomplete(notebook), *stray_markers(notebook)], where)
    solved = {cell.id: cell.source for cell in notebook.cells if role(cell) == "solution"}
    empty(notebook, where)
    refuse(leaks(notebook, solved), where)
    mark(notebook, points)
    normalize(notebook)
    return text(notebook)


def refuse(findings: Iterator[str] | list[str], where: str) -> None:
    for finding in findings:
        raise Complaint(f"{where} {finding}")


def misnamed(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if role(cell) and exercise_id(cell) is None:
            yield f"cell {cell.id}: is tagged {role(cell)}, so its id should read `ex-2-4{TAGS[role(cell)]}`."
        elif role(cell) == "check" and not asks(cell):
            yield f'cell {cell.id}: should be one line, `name = check("{exercise_id(cell)}", name)`.'


def asks(cell: NotebookNode) -> bool:
    """Whether a check cell asks for the exercise its own id names."""
    match = CHECK.fullmatch(cell.source.strip())
    return bool(match) and match[2] == exercise_id(cell)


def incomplete(notebook: NotebookNode) -> Iterator[str]:
    """An exercise is its task, its solution and its check, in this order."""
    found = {}
    for cell in notebook.cells:
        if role(cell):
            found.setdefault(exercise_id(cell), []).append(role(cell))
    for exercise, roles in found.items():
        if roles != list(TAGS):
            yield f"exercise {exercise}: has the cells {', '.join(roles)}; it needs {', '.join(TAGS)}, once each."


def stray_markers(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if role(cell) != "solution" and (stub.BEGIN in cell.source or stub.END in cell.source):
            yield f"cell {cell.id}: has a solution marker but is not tagged solution."


def empty(notebook: NotebookNode, where: str) -> None:
    """Drop outputs and solved parts, in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if role(cell) == "solution":
            cell.source = stub_of(cell, where)


def stub_of(cell: NotebookNode, where: str) -> str:
    try:
        return stub.stub(cell.source)
    except SyntaxError as error:
        raise Complaint(f"{where} cell {cell.id}: is no valid Python ({error.msg}, line {error.lineno}).") from error
    except ValueError as error:
        raise Complaint(f"{where} cell {cell.id}: {error}.") from error


def leaks(notebook: NotebookNode, solved: dict[str, str]) -> Iterator[str]:
    """Solved lines that stand in another code cell of the student version."""
    owners = {line: owner for owner, source in solved.items() for line in stub.solved_lines(source) if telling(line)}
    for cell in notebook.cells:
        for line in cell.source.split("\n") if cell.cell_type == "code" else []:
            owner = owners.get(line.strip(), cell.id)
            if owner != cell.id:
                yield f"cell {cell.id}: shows a line of {owner}: `{line.strip()}`."


def telling(line: str) -> bool:
    return len("".join(line.split())) > SHORT and line not in COMMON


def report(stale: dict[Path, str], orphans: list[Path]) -> int:
    for path in stale:
        print(f"{path.parent.name}/{path.name} differs from its source.")
    for path in orphans:
        print(f"{path.parent.name}/{path.name} has no source in solutions/.")
    if stale or orphans:
        print("Run `python -m authoring.release`.")
    return int(bool(stale or orphans))


def change(stale: dict[Path, str], orphans: list[Path]) -> int:
    for path, content in stale.items():
        write(path, content)
        print(f"{path.parent.name}/{path.name} written")
    for path in orphans:
        path.unlink()
        print(f"{path.parent.name}/{path.name} removed: it has no source in solutions/")
    return 0


def release(solutions: Path, notebooks: Path, check: bool, points: Callable[[str], int] = points_of) -> int:
    """Bring `notebooks` up to date, or only say what is not; nothing is written if any source has a fault."""
    wanted = {notebooks / path.name: student(path, points) for path in sources(solutions)}
    stale = {path: content for path, content in wanted.items() if differs(path, content)}
    orphans = sorted(set(notebooks.glob("*.ipynb")) - set(wanted))
    return (report if check else change)(stale, orphans)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="authoring.release", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a student notebook is stale")
    try:
        return release(SOLUTIONS, STUDENT, parser.parse_args(arguments).check)
    except Complaint as complaint:
        print(complaint)
        return 1


if __name__ == "__main__":
    sys.exit(main())
