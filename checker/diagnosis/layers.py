"""Asks the layers in turn, on the calls that were made and on fresh ones."""

import itertools
from dataclasses import dataclass

from checker.diagnosis import (
    arguments,
    contrast,
    evidence,
    first_part,
    form,
    magnitude,
    near_misses,
    parts,
    relations,
    steps,
)
from checker.diagnosis.features import features
from checker.exercise import Call, Exercise, Module, Number
from checker.sandbox import Deadline, Outcome, TimeUp

SEARCH = 0.2  # seconds for trying near misses of ours
FRESH = 0.15  # for calls with other random numbers
ANEW = 0.15  # for calls with one thing changed
SEEDS = 2
WRONG = "Where it is wrong"
SOME = 3  # failing calls that share a feature


@dataclass(frozen=True)
class Seen:
    """One call: what came back, what was expected, and whether the two agree."""

    case: Call
    outcome: Outcome
    wanted: Outcome
    right: bool

    def values(self) -> tuple[object, object]:
        return self.outcome.value, self.wanted.value


@dataclass(frozen=True)
class Said:
    """A sentence or two, and the layer it comes from."""

    layer: str
    text: str


def seen(exercise: Exercise, outcomes: list[Outcome], seed: int) -> list[Seen]:
    """The calls of one seed as far as they were tried."""
    made = zip(exercise.calls(seed), outcomes, exercise.expected(seed))
    return [Seen(*one, exercise.agrees(one[1], one[2])) for one in made]


class Trials:
    """Lets an attempt be called more often than the cases ask for, a short time at most."""

    def __init__(self, exercise: Exercise, attempt, seed: int):
        self.exercise, self.attempt = exercise, attempt
        self.seeds = range(seed + 1, seed + 1 + SEEDS)

    def fresh(self) -> list[Seen]:
        """The calls of other seeds, as far as the time goes."""
        deadline = Deadline(FRESH)
        cases = (case for seed in self.seeds for case in self.exercise.calls(seed))
        made = (self.call(case, deadline) for case in cases)
        return [one for one in itertools.takewhile(lambda _: _left(deadline), made) if one]

    def call(self, case: Call, deadline: Deadline) -> Seen | None:
        """One call more; None where ours can't take it, or the time is over."""
        wanted = self.exercise.run(self.exercise.answer, case, deadline)
        outcome = self.exercise.run(self.attempt, case, deadline)
        if wanted.error is not None or isinstance(outcome.error, (TimeUp, KeyboardInterrupt)):
            return None
        return Seen(case, outcome, wanted, self.exercise.agrees(outcome, wanted))


def _left(deadline: Deadline) -> bool:
    return deadline.left()[0] > 0


def observed(exercise: Exercise, calls: list[Seen], trials: Trials | None = None) -> Said | None:
    """What is true of all these calls; None where nothing tells."""
    if isinstance(exercise, Number):
        return _number(*calls[0].values())
    when = _contrast(exercise, calls, trials)
    what = _near_miss(exercise, calls) or _inside(exercise, calls, trials)
    what = what or (None if when else _of_values(exercise, calls))
    said = [one for one in (when, what) if one]
    layers = " and ".join(one.layer for one in said)
    return Said(layers, " ".join(one.text for one in said)) if said else None


def _contrast(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    tried = [contrast.Tried(arguments.named(exercise, one.case), one.right) for one in calls]

    deadline = Deadline(ANEW)

    def retry(place, others):
        if not _left(deadline):
            return None
        try:
            made = arguments.changed(exercise, calls[place].case, others)
        except (TypeError, RuntimeError):
            return None
        seen = trials.call(made, deadline)
        return seen and seen.right

    found = contrast.contrast(tried, retry if trials else None)
    return found and Said("contrast", found)


def _number(got, wanted) -> Said | None:
    """Of several numbers, which are off, and then how the first of these lies."""
    names = parts.split(wanted)
    if not names or not parts.split(got) or names.keys() != parts.split(got).keys():
        said = magnitude.compared(got, wanted) or form.off([(got, wanted)], 0.0)
        return said and Said("number", said)
    wrong = [(name, one) for name, one in parts.split(got).items() if one != names[name]]
    said = magnitude.compared(wrong[0][1], names[wrong[0][0]])
    which = f"Off: {', '.join(name for name, _ in wrong)}."
    said = _begun(f"Of {wrong[0][0]}" * (len(wrong) > 1), said) or ""
    return Said("number", f"{which} {said}".rstrip())


# Ours, done otherwise


def _near_miss(exercise, calls: list[Seen]) -> Said | None:
    """The first near miss of ours that gives the same on every call, the failing ones first."""
    ordered = sorted(calls, key=lambda one: one.right)
    if not _tells(exercise, [one for one in calls if not one.right]):
        return None
    deadline = Deadline(SEARCH)

    def by_arguments(miss, case):
        return exercise.run(miss.attempt, case, deadline)

    def by_a_step(miss, case):
        return steps.run(exercise, miss, case)

    ways = ((near_misses.other_arguments, by_arguments), (steps.other_steps, by_a_step))
    for make, run in ways:
        for miss in exercise.once(make, lambda make=make: list(make(exercise))):
            if not _left(deadline):
                return None
            if all(exercise.agrees(one.outcome, run(miss, one.case)) for one in ordered):
                return Said("near miss", miss.sentence)
    return None


def _tells(exercise, wrong: list[Seen]) -> bool:
    """Whether the wrong results hold enough numbers for their agreement to be no accident."""
    found: set = set()
    for one in wrong:
        found |= evidence.numbers(*one.values(), exercise.same)
    return len(found) >= evidence.ENOUGH


def _inside(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    """In a net: where it begins to go wrong, forward or on the way back."""
    if not isinstance(exercise, Module) or trials is None:
        return None
    wrong = [one for one in calls if not one.right]
    cases = [one.case for one in wrong]
    said = first_part.first_part(exercise, trials.attempt, cases)
    if said is None and not any(one.outcome.error for one in wrong):
        said = first_part.first_gradient(exercise, [one.values() for one in wrong])
    return said and Said("inside", said)


# What came back, beside what was expected


def _of_values(exercise, calls: list[Seen]) -> Said | None:
    """Which parts of the result are off, and how the first of them relates to the right one."""
    wrong = [one for one in calls if not one.right]
    if any(one.outcome.error is not None for one in wrong):
        return None
    right = parts.verdicts([one.values() for one in wrong], exercise.same)
    which = parts.said(right, len(wrong)) if right else None
    what = None if which else _begun(WRONG * (len(wrong) < len(calls)), _relation(exercise, wrong))
    what = what or (right and _relation_of_a_part(exercise, wrong, right))
    what = what or (None if which else _relation_where(exercise, calls))
    layers = ["part"] * bool(which) + ["relation"] * bool(what)
    found = [said for said in (which, what) if said]
    return Said(" and ".join(layers), " ".join(found)) if found else None


def _relation(exercise, wrong: list[Seen]) -> str | None:
    return _related(exercise, [(*one.values(), one) for one in wrong])


def _begun(where: str, said: str | None) -> str | None:
    return f"{where}: {said[0].lower()}{said[1:]}" if where and said else said


def _relation_where(exercise, calls: list[Seen]) -> str | None:
    """What holds on the failing calls that have a feature, where it does not on all of them."""
    known = [(one, features(arguments.named(exercise, one.case))) for one in calls]
    wrong = [(one, has) for one, has in known if not one.right]
    for phrase in dict.fromkeys(phrase for _, has in wrong for phrase in has):
        some = [one for one, has in wrong if phrase in has]
        if not max(SOME, len(wrong) / 3) <= len(some) < len(wrong):
            continue
        if said := _relation(exercise, some):
            too = any(one.right for one, has in known if phrase in has)
            return _begun(f"{WRONG} and {phrase}" if too else f"Where {phrase}", said)
    return None


def _relation_of_a_part(exercise, wrong: list[Seen], right: dict[str, bool]) -> str | None:
    """Of the first part that is off somewhere, on the calls where it is off."""
    name = next((name for name, holds in right.items() if not holds), None)
    if name is None:
        return None
    split = [(*(parts.split(value)[name] for value in one.values()), one) for one in wrong]
    said = _related(exercise, [one for one in split if not exercise.same(*one[:2])])
    return _begun(f"Of {parts.as_noun(name)}", said)


def _related(exercise, found: list[tuple]) -> str | None:
    pairs = [
        relations.pair(got, wanted, arguments.named(exercise, one.case))
        for got, wanted, one in found
    ]
    said = None if None in pairs else relations.relation(pairs, exercise.tolerance)
    return said or form.off([one[:2] for one in found], exercise.tolerance)
