"""The statements of a submitted notebook in order, and where each name is made, changed, read."""

import builtins
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from classroom.records.spliced import Asked
from classroom.submissions.statements import Kind, Statement

BUILTINS = frozenset(dir(builtins))
FIXED = (Kind.IMPORT, Kind.DEFINITION, Kind.CHECK)


@dataclass(frozen=True)
class Part:
    """A statement in its cell. `own` is the learner's, not the course's; `idle` a stub that was
    left as it is.
    """

    cell: int
    statement: Statement
    own: bool = True
    idle: bool = False

    def is_work(self, names: set[str]) -> bool:
        """Whether it makes one of the names, and is neither a stub nor a check."""
        return not (self.idle or self.statement.checks) and not names.isdisjoint(
            self.statement.binds
        )


class Index:
    """The places of the statements that do something with a name, by the name."""

    def __init__(self, parts: list[Part]):
        self.makers, self.changers, self.readers = (defaultdict(list) for _ in range(3))
        for place, part in enumerate(parts):
            one = part.statement
            _note(self.makers, one.binds, place)
            _note(self.changers, {*one.stores, *one.acts, *one.uses}, place)
            if part.own:
                _note(self.readers, one.needs, place)


def _note(index: dict[str, list[int]], names: Iterable[str], place: int):
    for name in names:
        index[name].append(place)


class Notebook:
    """The statements of a submission in order, and those of the course's own cells."""

    def __init__(self, parts: list[Part], given: Callable[[], list[Part]], exercises: list[Asked]):
        self.parts, self.index, self._given = parts, Index(parts), given
        self.exercises = {one.name: one.id for one in exercises}
        self.data = {}
        self.first, self.end = {}, {}  # of every cell
        for place, part in enumerate(parts):
            self.first.setdefault(part.cell, place)
            self.end[part.cell] = place + 1
        self.wild = [n for n, part in enumerate(parts) if part.own and part.statement.wild]
        kinds = [part.statement.kind for part in parts]
        self.imports = [n for n, kind in enumerate(kinds) if kind == Kind.IMPORT]
        self.checks = defaultdict(list)
        for place, part in enumerate(parts):
            _note(self.checks, part.statement.checks, place)

    @functools.cached_property
    def given(self) -> list[Part]:
        """Looked into only where something is missing."""
        return self._given()

    @functools.cached_property
    def lent(self) -> Index:
        return Index(self.given)

    def handed(self, place: int) -> list[str]:
        return self.parts[place].statement.handed

    def is_reached(self, place: int) -> bool:
        return all(name in BUILTINS or self.is_made(name, place) for name in self.handed(place))

    def is_made(self, name: str, end: int) -> bool:
        """Whether a name is made above a place, and not by a check alone."""
        made = (n for n in self.index.makers[name] if n < end)
        return any(not self.parts[n].statement.checks for n in made)

    def is_data(self, name: str) -> bool:
        """Whether a name stands for what may change: no function, class or module."""
        if name not in self.data:
            kinds = [self.parts[n].statement.kind for n in self.index.makers[name]]
            self.data[name] = any(kind not in FIXED for kind in kinds)
        return self.data[name]
