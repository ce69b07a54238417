"""Where a wrong answer is off: the learner's own source is changed, one small thing at a time,
until the exercise passes.

What is said was seen: a change on that line does make it right. Which one is never said.
"""

import ast
import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from checker import repairs, sandbox, settings
from checker.source import Source
from checker.verdict import State, Verdict

SECONDS = 3.0  # of processor time, for the whole search
MOST = 3  # lines that are worth naming
SHORT = 0.1  # seconds that a change may take where the answer itself is fast
ENDLESS = 0.2  # and where the answer did not end
SLOWER = 3  # than the answer itself, which a change may be


@dataclass
class Found:
    """The lines on which some change makes the answer right; whether all changes were tried."""

    lines: list[int] = field(default_factory=list)
    complete: bool = False
    as_it_is: bool = False  # right once its cell is run again
    kinds: list[str] = field(default_factory=list)


@settings.course()
def search(verdict: Verdict, source: Source, seconds: float = SECONDS) -> Found:
    """Try the changes in turn, on lines where none has worked yet."""
    found, trial = Found(), Trial(verdict, source, seconds)
    if trial.passes():
        return Found(as_it_is=True)
    for kind, line in changed(source, found.lines):
        if trial.time_is_up() or len(found.lines) == MOST:
            return found
        if trial.passes():
            found.lines.append(line)
            found.kinds.append(kind)
    found.complete = True
    return found


def changed(source: Source, done: list[int]) -> Iterator[tuple[str, int]]:
    """The line of every change, while the source has it; none on the lines that are done."""
    slots = {id(node): slot for node, slot in all_slots(source.tree)}
    for kind, old, new in repairs.repairs(source.tree):
        line = first_line(old, new)
        if line not in done:
            with put(slots[id(old)], old, new):
                yield kind, line


def all_slots(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple]]:
    """Every node, and where it hangs: the list or the fields that hold it, and its key there."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list):
                yield from ((node, (value, at)) for at, node in enumerate(value))
            elif isinstance(value, ast.AST):
                yield value, (vars(parent), name)


@contextlib.contextmanager
def put(slot: tuple, old: ast.AST, new: ast.AST):
    """The new node in the place of the old one, for a while."""
    holder, key = slot
    if not hasattr(new, "lineno"):
        ast.copy_location(new, old)
    holder[key] = ast.fix_missing_locations(new)
    try:
        yield
    finally:
        holder[key] = old


def first_line(old: ast.AST, new: ast.AST) -> int:
    """Of the first part that differs."""
    fields = ast.iter_fields(old) if type(old) is type(new) else []
    parts = [part for name, was in fields for part in differing(was, getattr(new, name))]
    return next((part.lineno for part in parts if hasattr(part, "lineno")), old.lineno)


def differing(was, now) -> list:
    if not isinstance(was, list):
        return [was] * (was is not now)
    return [one for one, other in itertools.zip_longest(was, now) if one is not other]


class Trial:
    """Whether what a source makes now passes: first the case that failed, then all."""

    def __init__(self, verdict: Verdict, source: Source, seconds: float):
        self.exercise, self.source = verdict.exercise, source
        self.cases, self.wanted = self.exercise.calls(), self.exercise.expected()
        places = range(len(self.cases))
        self.order = sorted(places, key=lambda place: self.cases[place] is not verdict.case)
        self.deadline = sandbox.Deadline(seconds)
        self.bound = ENDLESS if verdict.state == State.STOPPED else self.slower()

    def slower(self) -> float:
        """What a change may take on the first case, in seconds: some times what the answer did."""
        alone = sandbox.Deadline(SECONDS / 3)
        self.exercise.run(self.made(), self.cases[self.order[0]], alone)
        return max(SHORT, SLOWER * alone.used())

    def time_is_up(self) -> bool:
        return min(self.deadline.left()) < 0

    def passes(self) -> bool:
        attempt = self.made()
        if attempt is None or self.exercise.refuse(attempt):
            return False
        bounds = itertools.chain([self.bound], itertools.repeat(SECONDS / 3))
        return all(map(self.is_right, itertools.repeat(attempt), self.order, bounds))

    def made(self):
        """What the source defines; None where it raises."""
        return heard(sandbox.run(self.source.make, (), {}, self.within(SHORT))).value

    def is_right(self, attempt, place: int, bound: float) -> bool:
        watch = bool(self.exercise.forbidden)
        case = self.cases[place]
        outcome = heard(self.exercise.run(attempt, case, self.within(bound), watch=watch))
        right = self.exercise.agrees(outcome, self.wanted[place])
        return right and not outcome.used & self.exercise.forbidden

    def within(self, bound: float) -> sandbox.Deadline:
        return sandbox.Deadline(max(min(bound, self.deadline.left()[0]), 0.001))


def heard(outcome: sandbox.Outcome) -> sandbox.Outcome:
    """Raises KeyboardInterrupt where someone pressed stop."""
    if isinstance(outcome.error, KeyboardInterrupt):
        raise outcome.error
    return outcome
