"""What of a submitted notebook must run, and in which order, until an exercise's check sees the
attempt.

The check of an exercise is looked up; of all that stands above it, what the attempt needs is kept,
in order, whatever kind of statement it is. In a cell of the learner's all that stands above such a
statement is kept too: if it raises, the notebook does not get any further either.

Where no check is found, or nothing above it makes what it hands in, cells were moved or lost: then
the whole notebook counts as above, and cells that raise are tried again. A name that nothing above
makes comes from below, else from the course's own cells, else from the exercise of that name.
"""

import builtins
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from classroom.records.spliced import Asked, Plan, Step
from classroom.submissions.statements import Kind, Statement

TRIES = 3  # checks of one exercise that are looked at, from the last
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

    def plans(self, exercise: Asked, tries: int = TRIES) -> list[Plan]:
        """One for every check of the exercise that can be reached, the last check first."""
        places = [n for n in reversed(self.checks[exercise.id]) if self._is_reached(n)][:tries]
        if places:
            return [self._plan(exercise, place) for place in places]
        handed = [name for n in reversed(self.checks[exercise.id]) for name in self._handed(n)]
        names = dict.fromkeys(handed if self.checks[exercise.id] else [exercise.name])
        name = next((name for name in names if self._is_made(name, len(self.parts))), None)
        return [self._plan_without_check(exercise, name)] if name else []

    def _handed(self, place: int) -> list[str]:
        return self.parts[place].statement.handed

    def _is_reached(self, place: int) -> bool:
        return all(name in BUILTINS or self._is_made(name, place) for name in self._handed(place))

    def _is_made(self, name: str, end: int) -> bool:
        """Whether a name is made above a place, and not by a check alone."""
        made = (n for n in self.index.makers[name] if n < end)
        return any(not self.parts[n].statement.checks for n in made)

    def is_data(self, name: str) -> bool:
        """Whether a name stands for what may change: no function, class or module."""
        if name not in self.data:
            kinds = [self.parts[n].statement.kind for n in self.index.makers[name]]
            self.data[name] = any(kind not in FIXED for kind in kinds)
        return self.data[name]

    def _plan(self, exercise: Asked, check: int) -> Plan:
        names = self._handed(check)
        need = Need(self, check, names)
        need.take(check)
        for name in names:
            need.take_cell_of(name)
        return need.plan(names or [exercise.name], has_check=True)

    def _plan_without_check(self, exercise: Asked, name: str) -> Plan:
        need = Need(self, len(self.parts), [name])
        need.take_cell_of(name)
        return need.plan([name], has_check=False)


class Need:
    """Gathers the statements that some names need of what stands above a place."""

    def __init__(self, notebook: Notebook, end: int, names: Iterable[str]):
        self.notebook, self.end, self.missing = notebook, end, set()
        self.kept, self.lent, self.below = set(), set(), set()
        self.known, self.called, self.reaching = set(), set(), []
        self.waiting, self.reached = list(names), dict(notebook.first)
        wild = [place for place in notebook.wild if place < end]
        for place in [*wild, *(notebook.imports if wild else ())]:
            if place < end:
                self.take(place)
        self._settle()

    def take(self, place: int) -> None:
        """Keep a statement, and in a learner's cell all above it."""
        part = self.notebook.parts[place]
        if not part.own:
            self._keep(place)
        else:
            first = self.reached[part.cell]
            for above in range(first, place + 1):
                self._keep(above)
            self.reached[part.cell] = max(first, place + 1)

    def _keep(self, place: int) -> None:
        if place in self.kept:
            return
        self.kept.add(place)
        one = self.notebook.parts[place].statement
        self.waiting += one.needs
        if one.kind == Kind.DEFINITION and self._reaches_out(one):
            self.reaching += one.binds

    def _reaches_out(self, one: Statement) -> bool:
        """Whether a function may change what lies outside it: names, or what they stand for."""
        changed = {*one.stores, *one.uses}
        return len(one.binds) > 1 or any(map(self.notebook.is_data, changed))

    def _take_callers(self, name: str) -> None:
        """Of a function that changes what lies outside it; a function that calls it does so
        too.
        """
        for place in self.notebook.index.readers[name]:
            if place < self.end:
                self.take(place)
                one = self.notebook.parts[place].statement
                self.reaching += one.binds if one.kind == Kind.DEFINITION else ()

    def take_cell_of(self, name: str) -> None:
        """All of the cell in which a name is made last."""
        cell = self._cell_of(name)
        if cell >= 0:
            self.take(min(self.notebook.end[cell], self.end) - 1)
        self._settle()

    def take_all(self) -> None:
        """All that is the learner's."""
        for place, part in enumerate(self.notebook.parts[: self.end]):
            if part.own and not part.idle:
                self.take(place)
        self._settle()

    def _settle(self) -> None:
        while self.waiting or self.reaching:
            if self.waiting:
                self._once(self.waiting.pop(), self.known, self._find)
            else:
                self._once(self.reaching.pop(), self.called, self._take_callers)

    def _once(self, name: str, done: set[str], what: Callable[[str], None]) -> None:
        if name not in done:
            done.add(name)
            what(name)

    def _find(self, name: str) -> None:
        made = self._made(name)
        for place in [*made, *self._changed(name)]:
            self.take(place)
        if not made and name not in BUILTINS:
            self._borrow(name)

    def _made(self, name: str) -> list[int]:
        """Where a name is made; a stub as it was handed out counts only where nothing else
        does it.
        """
        made = [n for n in self.notebook.index.makers[name] if n < self.end]
        worked_on = [n for n in made if not self.notebook.parts[n].idle]
        return worked_on if any(map(self._is_definite, worked_on)) else made

    def _is_definite(self, place: int) -> bool:
        return self.notebook.parts[place].statement.kind != Kind.CHECK

    def _changed(self, name: str) -> list[int]:
        places = [n for n in self.notebook.index.changers[name] if n < self.end]
        return [n for n in places if self._changes(self.notebook.parts[n], name)]

    def _changes(self, part: Part, name: str) -> bool:
        one = part.statement
        if one.checks or part.idle:
            return False
        acts = name in one.acts and (part.own or self.notebook.is_data(name))
        return name in one.stores or acts or part.own and self.notebook.is_data(name)

    def _borrow(self, name: str) -> None:
        """From below, else from the course's cells, else from an exercise."""
        below = [n for n in self.notebook.index.makers[name] if n >= self.end]
        below = [n for n in below if self.notebook.parts[n].own and self._is_definite(n)]
        given = self.notebook.lent.makers[name]
        if below:
            self.below.update(below)
            self.waiting += [m for n in below for m in self.notebook.parts[n].statement.needs]
        elif given:
            self.lent.update(given)
            self.waiting += [m for n in given for m in self.notebook.given[n].statement.needs]
        elif name in self.notebook.exercises:
            self.missing.add(self.notebook.exercises[name])

    def plan(self, names: list[str], has_check: bool) -> Plan:
        self._settle()
        wide = self._wide()
        return Plan(
            name=names[0],
            cell=self._cell_of(names[0]),
            has_check=has_check,
            steps=self.steps(has_check),
            wide=wide and wide.steps(has_check),
            missing=sorted(self.missing | (wide.missing if wide else set())),
        )

    def _cell_of(self, name: str) -> int:
        made = self._made(name)
        return self.notebook.parts[made[-1]].cell if made else -1

    def _wide(self) -> "Need | None":
        """All that the learner wrote above, where what is left out of it may matter after all."""
        parts = self.notebook.parts[: self.end]
        left_out = [n for n, part in enumerate(parts) if n not in self.kept and self._costs(n)]
        if not left_out:
            return None
        wide = Need(self.notebook, self.end, self.known)
        wide.take_all()
        wide.kept |= {place for place in self.kept if place >= self.end}  # the check
        return wide

    def _costs(self, place: int) -> bool:
        """Whether a statement is the learner's and does more than to define."""
        part = self.notebook.parts[place]
        is_work = part.statement.kind == Kind.OTHER and not part.idle
        return part.own and is_work

    def steps(self, in_order: bool) -> list[Step]:
        """Where the notebook is not in order, those that lack a name wait for it."""
        parts = self.notebook.parts
        lent = [self.notebook.given[n] for n in sorted(self.lent)]
        lent += [parts[n] for n in sorted(self.below)]
        first = [_step([part], is_patient=True) for part in lent]
        groups = _grouped(parts[n] for n in sorted(self.kept))
        return first + [_step(group, not in_order) for group in groups]


def _grouped(parts: Iterable[Part]) -> list[list[Part]]:
    """What stands together in a cell, each check by itself."""
    groups = []
    for part in parts:
        last = groups[-1][-1] if groups else None
        alone = last is None or part.statement.checks or last.statement.checks
        if alone or part.cell != last.cell:
            groups.append([])
        groups[-1].append(part)
    return groups


def _step(parts: list[Part], is_patient: bool) -> Step:
    one = parts[0]
    checks = one.statement.checks
    return Step(one.cell, _text([part.statement for part in parts]), one.own, is_patient, checks)


def _text(statements: list[Statement]) -> str:
    """The statements, each on the line of the cell where it stands."""
    lines = []
    for one in statements:
        lines += [""] * (one.line - len(lines))
        first, *more = one.source.split("\n")
        lines[one.line - 1] += f"; {first}" if lines[one.line - 1] else first
        lines += more
    return "\n".join(lines)
