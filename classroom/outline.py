"""The trusted notebooks: their exercises, what an untouched answer looks like, what the other
cells define.
"""

import ast
import functools
import hashlib
import json
from pathlib import Path

from course import slices, stub
from course.cells import asked, parse_id
from course.paths import ROOT, SOLUTIONS, sources

# Whole folders: what a grade hangs on.
GRADED_BY = ("utils", "checker", "exercises", "course", "classroom", "data")


@functools.cache
def cells(number: str) -> list[dict]:
    """The code cells of a solved notebook."""
    path = sources(SOLUTIONS, [number])[0]
    every = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = [cell for cell in every if cell["cell_type"] == "code"]
    return [{"id": cell["id"], "source": "".join(cell["source"])} for cell in found]


@functools.cache
def exercises(number: str) -> list[dict]:
    """In order: {"id": "2.8", "name": "conv2d", "stub": what the learner gets, as plain code}."""
    names = {id: name for cell in cells(number) for id, name in asked(cell["source"]).items()}
    solved = {
        parse_id(cell["id"]): cell["source"] for cell in cells(number) if parse_id(cell["id"])
    }
    return [
        {
            "id": known.exercise,
            "name": names[known.exercise],
            "stub": ast.unparse(ast.parse(stub.stub(source))),
        }
        for known, source in solved.items()
        if known.role == "solution"
    ]


def outline() -> dict[str, list[dict]]:
    """The exercises of every notebook."""
    return {path.name[:2]: exercises(path.name[:2]) for path in sources(SOLUTIONS)}


@functools.cache
def given(number: str) -> list[slices.Piece]:
    """The statements of the trusted cells that are neither a solution nor a check."""
    plain = [cell["source"] for cell in cells(number) if not parse_id(cell["id"])]
    return [one for source in plain for one in slices.pieces(source)]


@functools.cache
def version(number: str) -> str:
    """Changes with every file that a grade in this notebook may depend on."""
    return _digest(list(SOLUTIONS.glob(f"{number}_*.ipynb")), _rooms())


@functools.cache
def _rooms() -> str:
    paths = [path for room in GRADED_BY for path in (ROOT / room).rglob("*") if path.is_file()]
    return _digest([path for path in paths if "__pycache__" not in path.parts])


def _digest(paths: list[Path], start: str = "") -> str:
    digest = hashlib.sha256(start.encode())
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
