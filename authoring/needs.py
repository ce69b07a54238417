"""What an exercise needs of others: their names in its cells, their numbers in its task."""

import functools
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from authoring import carry
from course.notebook_files import exercise_id, role

piece = functools.cache(carry.piece)
NUMBER = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}(?![\d.])")


def needs(cells: list[NotebookNode], id: str, known) -> set[str]:
    """The exercises, of those known, whose names or numbers an exercise of these cells uses."""
    return ({*by_name(cells, id)} | {*by_number(cells, id)}).intersection(known) - {id}


def by_name(cells: list[NotebookNode], id: str) -> Iterator[str]:
    """The exercises that define what its solution and its check read, or the cells that these two
    lean on.
    """
    code = [cell for cell in cells if cell.cell_type == "code"]
    places = [place for place, cell in enumerate(code) if of(cell, "check") == id]
    wanted = set()
    for cell in reversed(code[: max(places, default=-1) + 1]):
        made = piece(cell.source)
        if exercise_id(cell) == id or wanted.intersection(made.defines):
            yield from filter(None, [exercise_id(cell)])
            wanted = wanted.difference(made.defines).union(made.needs)


def by_number(cells: list[NotebookNode], id: str) -> list[str]:
    """The exercises that its task names: "as in 10.2"."""
    tasks = [cell.source for cell in cells if of(cell, "exercise") == id]
    return NUMBER.findall("\n".join(tasks))


def of(cell: NotebookNode, part: str) -> str | None:
    """The exercise of a cell that is this part of one."""
    return exercise_id(cell) if role(cell) == part else None
