"""What of a submitted notebook is graded: the learner's solution cells, and the definitions they
may lean on.

Run as a program it reads one submission in a process of its own, with little memory and time, and
prints the result as JSON: a file of a hundred megabytes, or one built to crash a parser, costs
nobody else anything.

    python -m classroom.splice SUBMISSION OUTLINE

A solution is the code cell that defines the exercise's name: `conv2d` for 2.8. Where several do,
one that was worked on goes before an untouched one, the cell's id or nbgrader's before none, a
later before an earlier. So cells may be moved, copied, lose their ids or be merged. From all other
cells only imports, functions, classes and plain constants are taken; nothing that calls.
"""

import ast
import functools
import json
import re
import resource
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from classroom.records import Asked, Solution, Spliced, dumps
from course import slices
from course.cells import asked, cell_id, is_check, parse_id

LARGEST = 256_000_000  # bytes of a submission
LONGEST = 200_000  # characters of one cell
MEMORY = 3_000_000_000
SECONDS = 60
DEFINES = r"^(?:def|class)\s+{0}\b|^{0}\s*="
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Unreadable(Exception):
    """Why a file is no notebook, in words."""


@dataclass(frozen=True)
class Cell:
    """A code cell of a submission; `ids` are its own and nbgrader's."""

    ids: tuple[str, str]
    source: str


def code_cells(path: Path) -> list[Cell]:
    """Raises Unreadable."""
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 1_000_000} MB")
    if not path.stat().st_size:
        raise Unreadable("is empty")
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return [_cell(cell) for cell in cells if cell.get("cell_type") == "code"]
    except MemoryError as error:
        raise Unreadable("does not fit into memory") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable("is not a notebook") from error


def _cell(form) -> Cell:
    nbgrader = _dict(_dict(form, "metadata"), "nbgrader")
    source = form.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    ids = (str(form.get("id")), str(nbgrader.get("grade_id")))
    return Cell(ids, without_magics(source))


def _dict(form: dict, key: str) -> dict:
    """What lies under a key, where that is a dict as it should be."""
    return form.get(key) if isinstance(form.get(key), dict) else {}


def without_magics(source: str) -> str:
    """Blank the lines that are IPython's, where the rest alone is Python."""
    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join(
            "" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")
        )


def number(cells: list[Cell]) -> str | None:
    """The notebook most of the cells belong to, "02"."""
    parsed = [parse_id(id) for cell in cells for id in cell.ids]
    known = [one.exercise for one in parsed if one and one.role != "exercise"]
    known += [id for cell in cells for id in asked(cell.source)]
    found = [id.split(".")[0] for id in known]
    return Counter(found).most_common(1)[0][0].zfill(2) if found else None


def solutions(cells: list[Cell], exercises: list[Asked]) -> dict[str, Solution]:
    """The cell of every exercise that has one, by the exercise's id."""
    checked = {id: name for cell in cells for id, name in asked(cell.source).items()}
    found = {one.id: solution(cells, one, checked.get(one.id, one.name)) for one in exercises}
    return {id: one for id, one in found.items() if one}


def solution(cells: list[Cell], exercise: Asked, checked: str) -> Solution | None:
    """The best cell that defines the exercise's name, or the one that the submission checks."""
    names, places = {exercise.name, checked}, range(len(cells))
    ranks = [(_rank(cells[place], exercise, names), place) for place in places]
    ranks = [(rank, place) for rank, place in ranks if rank]
    if not ranks:
        return None
    _, place = max(ranks)
    source, bound = cells[place].source, _bound(cells[place], names)
    name = exercise.name if exercise.name in bound else min(bound, default=exercise.name)
    return Solution(place, name, source, _needs(source))


def _rank(cell: Cell, exercise: Asked, names: set[str]) -> tuple[bool, ...] | None:
    """The larger, the rather it is the solution; None for a cell that cannot be."""
    bound, wanted = _bound(cell, names), cell_id(exercise.id, "solution")
    if not bound and wanted not in cell.ids:
        return None
    worked_on = _plain(cell.source) != exercise.stub
    return bool(bound) and worked_on, *(id == wanted for id in cell.ids)


def _bound(cell: Cell, names: set[str]) -> set[str]:
    """Which of the names a cell defines; by its looks where it is no valid Python.

    A check cell does not define.
    """
    tree = _parsed(cell.source)
    if tree is None:
        return {n for n in names if re.search(DEFINES.format(n), cell.source, re.MULTILINE)}
    return {n for s in tree.body if not is_check(s) for n in slices.defines(s) if n in names}


@functools.cache
def _parsed(source: str) -> ast.Module | None:
    if len(source) > LONGEST:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@functools.cache
def _plain(source: str) -> str:
    """A source without comments and layout, so that an untouched stub is known again."""
    tree = _parsed(source)
    return source if tree is None else ast.unparse(tree)


def _needs(source: str) -> list[str]:
    return list(slices.piece(source).needs) if _parsed(source) else []


def helpers(cells: list[Cell], taken: set[int]) -> list[slices.Piece]:
    """Imports, definitions and plain constants of all cells that are no solution."""
    trees = [_parsed(cell.source) for place, cell in enumerate(cells) if place not in taken]
    statements = [statement for tree in trees if tree for statement in tree.body]
    kept = [ast.unparse(statement) for statement in statements if is_kept(statement)]
    return [slices.piece(source) for source in kept if len(source) < LONGEST]


def is_kept(statement: ast.stmt) -> bool:
    if isinstance(statement, KEPT):
        return True
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
        return all(isinstance(target, ast.Name) for target in statement.targets)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def splice(path: Path, outline: dict[str, list[Asked]]) -> Spliced:
    """All that a grader takes from a submission."""
    try:
        cells = code_cells(path)
    except Unreadable as error:
        return Spliced(trouble=str(error))
    which = number(cells)
    if which not in outline:
        return Spliced(trouble="has no cell of this course")
    found = solutions(cells, outline[which])
    taken = {one.place for one in found.values()}
    return Spliced(which, solutions=found, helpers=helpers(cells, taken))


def main() -> None:
    # Before it is opened: this process only dies of a file that is made to fill memory.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    path, outline = map(Path, sys.argv[1:])
    forms = json.loads(outline.read_text(encoding="utf-8"))
    known = {number: list(map(Asked.of, exercises)) for number, exercises in forms.items()}
    sys.stdout.write(dumps(splice(path, known)))


if __name__ == "__main__":
    main()
