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
from pathlib import Path

from course import slices
from course.cells import asked, cell_id, is_check, parse_id

LARGEST = 256_000_000  # bytes of a submission
LONGEST = 200_000  # characters of one cell
MEMORY = 3_000_000_000
SECONDS = 60
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Unreadable(Exception):
    """Why a file is no notebook, in words."""


def code_cells(path: Path) -> list[dict]:
    """The code cells as {"ids": [...], "source": ...}. Raises Unreadable."""
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


def _cell(cell) -> dict:
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    nbgrader = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(source)
    return {
        "ids": [str(cell.get("id")), str(nbgrader.get("grade_id"))],
        "source": without_magics(source),
    }


def without_magics(source: str) -> str:
    """Blank the lines that are IPython's, where the rest alone is Python."""
    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join(
            "" if line.lstrip()[:1] in ("%", "!") else line for line in source.split("\n")
        )


def number(cells: list[dict]) -> str | None:
    """The notebook most of the cells belong to, "02"."""
    known = [
        one.exercise
        for cell in cells
        for id in cell["ids"]
        if (one := parse_id(id)) and one.role != "exercise"
    ]
    known += [id for cell in cells for id in asked(cell["source"])]
    found = [id.split(".")[0] for id in known]
    return Counter(found).most_common(1)[0][0].zfill(2) if found else None


def solutions(cells: list[dict], exercises: list[dict]) -> dict[str, dict]:
    """The source of every exercise that has one: {"2.8": {"name": ..., "source": ..., "needs":
    [...]}}.
    """
    checked = {id: name for cell in cells for id, name in asked(cell["source"]).items()}
    found = {
        e["id"]: solution(cells, e, {e["name"], checked.get(e["id"], e["name"])})
        for e in exercises
    }
    return {id: one for id, one in found.items() if one}


def solution(cells: list[dict], exercise: dict, names: set[str]) -> dict | None:
    wanted = cell_id(exercise["id"], "solution")
    ranked = []
    for place, cell in enumerate(cells):
        bound, worked_on = _bound(cell, names), _plain(cell["source"]) != exercise["stub"]
        if bound or wanted in cell["ids"]:
            ranked.append(
                (bool(bound) and worked_on, [id == wanted for id in cell["ids"]], place, bound)
            )
    if not ranked:
        return None
    *_, place, bound = max(ranked)
    source = cells[place]["source"]
    name = exercise["name"] if exercise["name"] in bound else min(bound, default=exercise["name"])
    return {
        "place": place,
        "name": name,
        "source": source,
        "needs": _needs(source),
        "known": bool(_parsed(source)),
    }


def _bound(cell, names) -> set[str]:
    """Which of the names a cell defines; by its looks where it is no valid Python.

    A check cell does not define.
    """
    tree = _parsed(cell["source"])
    if tree is None:
        return {
            n
            for n in names
            if re.search(rf"^(?:def|class)\s+{n}\b|^{n}\s*=", cell["source"], re.MULTILINE)
        }
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


def helpers(cells: list[dict], taken: set[int]) -> list[dict]:
    """Imports, definitions and plain constants of all cells that are no solution."""
    trees = [_parsed(cell["source"]) for place, cell in enumerate(cells) if place not in taken]
    kept = [
        ast.unparse(statement)
        for tree in trees
        if tree
        for statement in tree.body
        if is_kept(statement)
    ]
    return [slices.piece(source).form() for source in kept if len(source) < LONGEST]


def is_kept(statement: ast.stmt) -> bool:
    if isinstance(statement, KEPT):
        return True
    if not isinstance(statement, ast.Assign) or not all(
        isinstance(t, ast.Name) for t in statement.targets
    ):
        return False
    try:
        ast.literal_eval(statement.value)
        return True
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def splice(path: Path, outline: dict[str, list[dict]]) -> dict:
    """All that a grader takes from a submission, or {"trouble": why}."""
    try:
        cells = code_cells(path)
    except Unreadable as error:
        return {"number": None, "trouble": str(error)}
    which = number(cells)
    if which not in outline:
        return {"number": None, "trouble": "has no cell of this course"}
    found = solutions(cells, outline[which])
    taken = {one.pop("place") for one in found.values()}
    return {"number": which, "trouble": "", "solutions": found, "helpers": helpers(cells, taken)}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    path, outline = map(Path, sys.argv[1:])
    json.dump(splice(path, json.loads(outline.read_text(encoding="utf-8"))), sys.stdout)


if __name__ == "__main__":
    main()
