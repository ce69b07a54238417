"""The trusted notebooks: their exercises, their stubs, what the other cells define."""

import ast
import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from checker.own_code import ROOMS
from classroom.records.spliced import Asked, Known
from course import stub
from course.cells import asked, parse_id
from course.files import content
from course.paths import DATA, ROOT, SOLUTIONS, Complaint, number, sources

# Whole folders: what a grade hangs on.
GRADED_BY = (*(ROOT / room for room in ROOMS if room != "authoring"), DATA)


@dataclass(frozen=True)
class TrustedCell:
    """A code cell of a solved notebook."""

    id: str
    source: str


@functools.cache
def cells(number: str) -> list[TrustedCell]:
    """The code cells of a solved notebook. Raises Complaint where it is none."""
    path = sources(SOLUTIONS, [number])[0]
    try:
        every = json.loads(content(path))["cells"]
        found = [cell for cell in every if cell["cell_type"] == "code"]
        return [TrustedCell(cell["id"], "".join(cell["source"])) for cell in found]
    except (ValueError, KeyError, TypeError):
        raise Complaint(f"{path} is no valid notebook: get the course's own back.") from None


@functools.cache
def exercises(number: str) -> list[Asked]:
    """In order."""
    names = {id: name for cell in cells(number) for id, name in asked(cell.source).items()}
    known = [(parse_id(cell.id), cell.source) for cell in cells(number) if parse_id(cell.id)]
    return [
        Asked(cell.exercise, names[cell.exercise], ast.unparse(ast.parse(stub.stub(source))))
        for cell, source in known
        if cell.role == "solution"
    ]


@functools.cache
def solutions(number: str) -> dict[str, str]:
    """By exercise, our solution cell."""
    known = [(parse_id(cell.id), cell.source) for cell in cells(number)]
    return {one.exercise: source for one, source in known if one and one.role == "solution"}


def outline() -> dict[str, Known]:
    """Every notebook: its exercises, and the trusted cells that are neither solution nor check."""
    return {number(path): known(number(path)) for path in sources(SOLUTIONS)}


def known(number: str) -> Known:
    given = [cell.source for cell in cells(number) if not parse_id(cell.id)]
    return Known(exercises(number), given)


@functools.cache
def version(number: str) -> str:
    """Changes with every file that a grade in this notebook may depend on."""
    return _digest(list(SOLUTIONS.glob(f"{number}_*.ipynb")), _rooms())


@functools.cache
def _rooms() -> str:
    paths = [path for folder in GRADED_BY for path in folder.rglob("*") if path.is_file()]
    return _digest([path for path in paths if "__pycache__" not in path.parts])


def _digest(paths: list[Path], start: str = "") -> str:
    digest = hashlib.sha256(start.encode())
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
