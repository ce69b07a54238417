"""Where a wrong answer is off: the learner's own source is changed, one small thing at a time,
until the exercise passes.

What is said was seen: a change on that line does make it right. Which one is never said.
"""

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from checker import repairs, sandbox, settings
from checker.card import Notice
from checker.changes import Lines, all_slots, put, spot
from checker.source import Source, source_of
from checker.verdict import State, Verdict

SECONDS = 3.0  # of processor time, for the whole search
MOST = 3  # lines that are worth naming
SHORT = 0.1  # seconds that a change may take where the answer itself is fast
ENDLESS = 0.03  # and where the answer did not end, as most changes won't
SLOWER = 3  # than the answer itself, which a change may be


@dataclass
class Found:
    """The lines on which some change makes the answer right; whether all changes were tried."""

    lines: list[Lines] = field(default_factory=list)
    tried: int = 0
    complete: bool = False
    as_it_is: bool = False  # right once its cell is run again


def looked_for(verdict: Verdict, attempt) -> Notice:
    """Of the last attempt at an exercise: the lines that one change would mend."""
    exercise = verdict.exercise
    head = f"{exercise.id} {exercise.title}"
    return Notice(head, *_said(verdict, attempt), state=verdict.state)


def can_look(verdict: Verdict, attempt) -> bool:
    """Whether a call of a program fails whose source is there."""
    return bool(verdict.case and callable(verdict.exercise.answer) and source_of(attempt))


def _said(verdict, attempt) -> list[str]:
    if verdict.state == State.PASSED:
        return ["It passed: there is no line to look for."]
    if not callable(verdict.exercise.answer):
        return ["The answer is a value, not a program: there is no line to look for."]
    if verdict.case is None:
        return ["No call fails: there is no line to look for."]
    source = source_of(attempt)
    return _told(search(verdict, source), source) if source else [NO_SOURCE]


NO_SOURCE = (
    "The source of your answer can't be found. Define it by `def` or `class`, at the left edge of"
    " a cell, and run the check again."
)


def _told(found: Found, source: Source) -> list[str]:
    if found.as_it_is:
        return ["Your cell passes now. Run it again, then the check."]
    if not found.lines:
        within = f" in {SECONDS:g} s" * (not found.complete)
        return [
            f"None of the {found.tried} small changes tried{within} makes it right: {OTHERWISE}"
        ]
    quoted = [f"In your code, {source.quoted(*lines)}" for lines in sorted(found.lines)]
    return [*quoted, f"One change {_there(found.lines)} would make it right."]


def _there(lines: list[Lines]) -> str:
    if len(lines) > 1:
        return "at any one of these places"
    return "on this line" if lines[0][0] == lines[0][1] else "on these lines"


OTHERWISE = "perhaps more than one thing is off, or the way is another one."


@settings.course()
def search(verdict: Verdict, source: Source, seconds: float = SECONDS) -> Found:
    """Try the changes in turn, on lines where none has worked yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _search(Trial(verdict, source, seconds), source)


def _search(trial, source) -> Found:
    found = Found()
    if trial.passes():
        return Found(as_it_is=True)
    for lines in changed(source, found.lines):
        if trial.time_is_up() or len(found.lines) == MOST:
            return found
        found.tried += 1
        found.lines += [lines] * trial.passes()
    found.complete = True
    return found


def changed(source: Source, done: list[Lines]) -> Iterator[Lines]:
    """Where each change is, while the source has it; none on lines that are done, and wider ones
    only as long as none are.
    """
    slots = {id(node): slot for node, slot in all_slots(source.tree)}
    for kinds in (repairs.PLAIN, repairs.WIDER):
        for old, new in repairs.repairs(source.tree, kinds) if not done else []:
            lines = spot(old, new)
            if not any(one[0] <= lines[1] and lines[0] <= one[1] for one in done):
                with put(slots[id(old)], old, new):
                    yield lines


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
