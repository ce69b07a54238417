"""The student version of a solved notebook: the solved parts and all outputs gone."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course import stub
from course.cells import ROLES, asked, cell_id, check_line
from course.nbgrader import points_of, set_metadata
from course.normal_form import normalize
from course.notebook_files import exercise_id, read, role, text
from course.paths import Complaint, number

SHORT = 12  # a solved line of so few characters gives nothing away
LEFT_OUT = """\
# {id} is not part of this assignment: the notebook goes on with our answer.
{name} = check("{id}", ...)"""
COMMON = {"super().__init__()", "def forward(self, x):", "with torch.no_grad():"}


def student_version(
    path: Path, points: Callable[[str], int] = points_of, left_out: Collection[str] = ()
) -> str:
    """The student version of a solved notebook, without the exercises that are left out, as the
    text of its file. Raises Complaint.
    """
    notebook, where = read(path), number(path)
    refuse([*misnamed(notebook), *incomplete(notebook), *stray_markers(notebook)], where)
    solved = {cell.id: cell.source for cell in notebook.cells if role(cell) == "solution"}
    empty(notebook, where)
    refuse(leaks(notebook, solved), where)
    notebook.cells = [*without(notebook.cells, left_out)]
    set_metadata(notebook, points)
    normalize(notebook)
    return text(notebook)


def refuse(findings: Iterator[str] | list[str], where: str) -> None:
    for finding in findings:
        raise Complaint(f"{where} {finding}")


def misnamed(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if role(cell) and exercise_id(cell) is None:
            yield (
                f"cell {cell.id}: is tagged {role(cell)}, so its id should read"
                f" `ex-2-4{ROLES[role(cell)]}`."
            )
        elif role(cell) == "check" and not asks(cell):
            yield (
                f'cell {cell.id}: should be one line, `name = check("{exercise_id(cell)}", name)`.'
            )


def asks(cell: NotebookNode) -> bool:
    """Whether a check cell asks for the exercise its own id names."""
    exercise, source = exercise_id(cell), cell.source.strip()
    return source == check_line(exercise, asked(source).get(exercise))


def incomplete(notebook: NotebookNode) -> Iterator[str]:
    """An exercise is its task, its solution and its check, in this order."""
    found = {}
    for cell in notebook.cells:
        if role(cell):
            found.setdefault(exercise_id(cell), []).append(role(cell))
    for exercise, roles in found.items():
        if roles != list(ROLES):
            yield (
                f"exercise {exercise}: has the cells {', '.join(roles)}; it needs"
                f" {', '.join(ROLES)}, once each."
            )


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
        raise Complaint(
            f"{where} cell {cell.id}: is no valid Python ({error.msg}, line {error.lineno})."
        ) from error
    except ValueError as error:
        raise Complaint(f"{where} cell {cell.id}: {error}.") from error


def leaks(notebook: NotebookNode, solved: dict[str, str]) -> Iterator[str]:
    """Solved lines that stand in another code cell of the student version."""
    owners = {
        line: owner
        for owner, source in solved.items()
        for line in stub.solved_lines(source)
        if telling(line)
    }
    for cell in notebook.cells:
        for line in cell.source.split("\n") if cell.cell_type == "code" else []:
            owner = owners.get(line.strip(), cell.id)
            if owner != cell.id:
                yield f"cell {cell.id}: shows a line of {owner}: `{line.strip()}`."


def without(cells: list[NotebookNode], left_out: Collection[str]) -> Iterator[NotebookNode]:
    """The cells without these exercises: of each stays a cell that hands our answer on."""
    for cell in cells:
        id = exercise_id(cell)
        if id not in left_out:
            yield cell
        elif role(cell) == "check":
            source = LEFT_OUT.format(id=id, name=asked(cell.source)[id])
            yield new_code_cell(source, id=f"{cell_id(id)}-left-out")


def telling(line: str) -> bool:
    return len("".join(line.split())) > SHORT and line not in COMMON
