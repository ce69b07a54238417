"""How long a notebook takes, and its core: one rule, from what stands in it.

Text is read at 150 words a minute and given code at 20 lines a minute, all cells are run, and each
exercise takes the minutes that it names, the reading of its task among them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from nbformat import NotebookNode

from course.notebook_files import exercise_id, role

WORDS, LINES = 150, 20  # a minute
LONGEST_CORE = 90
MORE = "`more`"  # on a line of its own: what follows, to the end of the section, is not core
HEADING = re.compile(r"^(#+) ", re.M)
SECTION = re.compile(r"^## (.+)$", re.M)


class Minutes(NamedTuple):
    core: float
    all: float

    def rounded(self) -> "Minutes":
        """As they are said: to ten minutes."""
        return Minutes(*(10 * round(minutes / 10) for minutes in self))


def minutes(cells: list[NotebookNode], asked: dict, seconds: float) -> Minutes:
    """Of a notebook's core and of all of it; `asked` are its exercises, `seconds` its run."""
    run = seconds / 60
    return Minutes(run + spent(core(cells, asked), asked), run + spent(cells, asked))


def spent(cells: list[NotebookNode], asked: dict) -> float:
    """Minutes of reading these cells and working their exercises."""
    worked = [exercise_id(cell) for cell in cells if role(cell) == "check"]
    return sum(map(reading, cells)) + sum(asked[id].minutes for id in worked if id in asked)


def reading(cell: NotebookNode) -> float:
    """Minutes that a cell of no exercise is read."""
    if role(cell):
        return 0.0
    if cell.cell_type == "markdown":
        return len(cell.source.split()) / WORDS
    return sum(bool(line.strip()) for line in cell.source.split("\n")) / LINES


def core(cells: list[NotebookNode], asked: dict) -> list[NotebookNode]:
    """The cells that the core reads and works."""
    return [
        cell
        for cell, out in zip(cells, left_out(cells))
        if not out and (role(cell) is None or getattr(asked.get(exercise_id(cell)), "core", False))
    ]


def left_out(cells: list[NotebookNode]) -> Iterator[bool]:
    """Whether each cell stands behind a MORE: in the same section, or in one below it."""
    level, out = 0, None
    for cell in cells:
        if is_text(cell):
            levels = [len(marks) for marks in HEADING.findall(cell.source)]
            if out is not None and levels and levels[0] <= out:
                out = None
            level = levels[-1] if levels else level
            out = level if MORE in cell.source.split("\n") else out
        yield out is not None


def rest(cells: list[NotebookNode], asked: dict) -> str:
    """The section after which to rest: half of the time is over, nearly."""
    ends, passed = {}, 0.0
    for title, inside in sections(cells):
        passed += spent(inside, asked)
        ends[title] = passed
    ends.pop("")  # what stands before the first
    return min(ends, key=lambda title: abs(ends[title] - passed / 2))


def sections(cells: list[NotebookNode]) -> Iterator[tuple[str, list[NotebookNode]]]:
    """The title of each section of level 2, and its cells."""
    title, inside = "", []
    for cell in cells:
        if found := SECTION.search(cell.source) if is_text(cell) else None:
            yield title, inside
            title, inside = found[1], []
        inside.append(cell)
    yield title, inside


def is_text(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and role(cell) is None
