"""What some names need of the statements above a place, and that as steps to run."""

from collections.abc import Callable, Iterable

from classroom.records.spliced import Plan, Step
from classroom.submissions.notebook import BUILTINS, Notebook, Part
from classroom.submissions.statements import Kind, Statement


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
