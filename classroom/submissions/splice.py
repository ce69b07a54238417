"""What of a submitted notebook is graded: for every exercise, the steps to what its check sees.

Run as a program it reads one submission in a process of its own, with little memory and time, and
prints the result as JSON: a file of a hundred megabytes, or one built to crash a parser, costs
nobody else anything.

    python -m classroom.submissions.splice SUBMISSION OUTLINE

plan.py says what is kept of a notebook. A cell that does not parse, or that is empty, is not
there.
"""

import ast
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from classroom.records.record import dumps
from classroom.records.spliced import Known, Spliced
from classroom.submissions import ipython, words
from classroom.submissions.notebook import Notebook, Part
from classroom.submissions.notebook_cells import Cell, Submitted, Unreadable, read
from classroom.submissions.plan import plans_of
from classroom.submissions.statements import CHECKERS, checkers_of, statements
from course.cells import asked, parse_id

MEMORY = 3_000_000_000
SECONDS = 60
COURSE = -1  # the cell of what is lent by the course
DEFINED = re.compile(r"^(?:def |class |)\s*(\w+)", re.MULTILINE)  # by its looks
LONGEST_STUB = 10_000  # characters


def number(cells: list[Cell]) -> str | None:
    """The notebook most of the cells belong to, "02"."""
    votes = Counter(id.split(".")[0] for cell in cells for id in _exercises_of(cell))
    return votes.most_common(1)[0][0].zfill(2) if votes else None


def _exercises_of(cell: Cell) -> Iterator[str]:
    """The exercises that a cell is of by its ids, and those that it asks a check for."""
    for known in map(parse_id, cell.ids):
        if known and known.role != "exercise":
            yield known.exercise
    yield from asked(cell.source)


class Reading:
    """The cells of a submission as statements; `refused` says why a cell is left out."""

    def __init__(self, cells: list[Cell], known: Known):
        self.refused, self.trees = {}, {}
        self.stubs = {one.stub for one in known.exercises}
        for place, cell in enumerate(cells):
            try:
                self.trees[place] = ipython.parsed(cell.source)
            except ipython.NotPython as error:
                self.refused[place] = str(error)
        self.checkers = CHECKERS.union(*(checkers_of(tree) for _, tree in self.trees.values()))
        theirs = set(map(str.strip, known.given))
        self.own = [cell.source.strip() not in theirs for cell in cells]

    def parts(self) -> list[Part]:
        return [part for place in self.trees for part in self._parts(place)]

    def _parts(self, place: int) -> list[Part]:
        python, tree = self.trees[place]
        idle = self._is_idle(python, tree)
        found = statements(python, tree, self.checkers)
        return [Part(place, one, self.own[place], idle) for one in found]

    def _is_idle(self, python: str, tree: ast.Module) -> bool:
        """Whether a cell is a stub as it was handed out, but for comments and layout."""
        try:
            return len(python) < LONGEST_STUB and ast.unparse(tree) in self.stubs
        except RecursionError:  # no stub is nested so deeply
            return False


def given(known: Known) -> list[Part]:
    """What stands in the course's own cells."""
    found = [ipython.parsed(source) for source in known.given]
    return [Part(COURSE, one, False) for python, tree in found for one in statements(python, tree)]


def splice(path: Path, outline: dict[str, Known]) -> Spliced:
    """All that a grader takes from a submission."""
    try:
        submitted = read(path)
    except Unreadable as error:
        return Spliced(trouble=str(error))
    which = number(submitted.cells)
    if which not in outline:
        return Spliced(trouble="has no cell of this course")
    known = outline[which]
    reading = Reading(submitted.cells, known)
    parts = reading.parts()
    notebook = Notebook(parts, lambda: given(known), known.exercises)
    plans = {one.id: plans_of(notebook, one) for one in known.exercises}
    is_worked_on = any(part.is_work(known.names) for part in parts)
    return Spliced(
        which,
        is_worked_on=is_worked_on,
        plans=plans,
        broken={id: why for id, why in _broken(submitted, reading, known) if not plans[id]},
        remarks=remarks(submitted, reading.refused),
        words=words.own(which, submitted.texts),
    )


def _broken(submitted: Submitted, reading: Reading, known: Known) -> Iterator[tuple[str, str]]:
    """The exercises whose name a cell defines that does not parse, with the reason."""
    version = ".".join(map(str, sys.version_info[:2]))
    for place, why in reading.refused.items():
        defined = set(DEFINED.findall(submitted.cells[place].source))
        said = f"is no Python {version}: {why}"
        yield from ((one.id, said) for one in known.exercises if one.name in defined)


def remarks(submitted: Submitted, refused: dict[int, str]) -> tuple[str, ...]:
    """Names the version where cells were written for a newer Python than this one."""
    here, theirs = sys.version_info[:2], _version(submitted.python)
    if not refused or theirs <= here:
        return ()
    cells = ", ".join(str(place + 1) for place in list(refused)[:3])
    return (
        f"written with Python {submitted.python}, graded with {here[0]}.{here[1]}, which cannot"
        f" read code cell {cells}: grade with Python {theirs[0]}.{theirs[1]}",
    )


def _version(text: str) -> tuple[int, ...]:
    numbers = text.split(".")[:2]
    return tuple(map(int, numbers)) if all(one.isdecimal() for one in numbers) else (0, 0)


def main() -> None:
    # Before it is opened: this process only dies of a file that is made to fill memory.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    path, outline = map(Path, sys.argv[1:])
    forms = json.loads(outline.read_text(encoding="utf-8"))
    known = {number: Known.of(form) for number, form in forms.items()}
    sys.stdout.write(dumps(splice(path, known)))


if __name__ == "__main__":
    main()
