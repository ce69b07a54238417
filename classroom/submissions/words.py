"""What a person must read: the cells that ask for a learner's own words, and their rubric.

A notebook asks for words by a cell whose id begins with `your-words`; the table of a cell `rubric`
says what they are worth: `| **Method** (5) | full | half | none |`.
"""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from classroom.submissions.notebook_cells import Cell
from course.paths import SOLUTIONS, sources

ASKED, RUBRIC = "your-words", "rubric"
LINE = re.compile(r"^\| \*\*(.+?)\*\* \((\d+)\) \|(.*)\|$", re.MULTILINE)
SHARES = (1, 1 / 2, 0)  # of its points: full, half, none
LONGEST = 20_000  # characters of a text
ALONE = 1  # points of a text without a rubric


@dataclass(frozen=True)
class Item:
    """One thing to mark, such as `13 Method`, with what earns all of it, half, and nothing."""

    id: str
    maximum: int
    earned_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.id.split(" ", 1)[1]

    @property
    def levels(self) -> list[tuple[float, str]]:
        """Points, and what earns them."""
        return [(share * self.maximum, by) for share, by in zip(SHARES, self.earned_by)]


@functools.cache
def items(number: str) -> tuple[Item, ...]:
    """What a person marks in a notebook, in order."""
    cells = _cells(number)
    if not any(id.startswith(ASKED) for id in cells):
        return ()
    lines = LINE.findall(cells.get(RUBRIC, ""))
    return tuple(
        Item(f"{number} {name}", int(most), tuple(one.strip() for one in by.split("|") if one))
        for name, most, by in lines or [("Your words", ALONE, "")]
    )


@functools.cache
def handed_out(number: str) -> frozenset[str]:
    """The texts of the course's own cells."""
    return frozenset(text.strip() for text in _cells(number).values())


@functools.cache
def _cells(number: str) -> dict[str, str]:
    """The text cells of a solved notebook, by id."""
    found = [path for path in sources(SOLUTIONS) if path.name.startswith(f"{number}_")]
    every = json.loads(found[0].read_text(encoding="utf-8"))["cells"] if found else []
    return {
        cell["id"]: "".join(cell["source"]) for cell in every if cell["cell_type"] == "markdown"
    }


def own(number: str, texts: Iterable[Cell]) -> str:
    """A learner's words among the text cells of a submission: what stands in the cell that asks
    for them, and in cells of the learner's own behind it.
    """
    known, found, reading = _cells(number), [], False
    for cell in texts:
        asks = any(id.startswith(ASKED) for id in cell.ids)
        reading = asks or reading and known.keys().isdisjoint(cell.ids)
        if reading and cell.source.strip() not in handed_out(number):
            found.append(cell.source.strip())
    return "\n\n".join(filter(None, found))[:LONGEST]
