"""What is said of a wrong answer that no catalogued mistake explains: only what was seen.

Asked in turn: when it fails (what the failing calls have in common), which of our own near misses
gives the same, which parts of the result are off, how the values relate to the expected ones.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from checker import contrast, magnitude, near_misses, parts, relations, steps
from checker.exercise import Call, Exercise, Mistake, Number
from checker.sandbox import Deadline, Outcome

SEARCH = 0.3  # seconds for trying near misses of ours


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


def observed(exercise: Exercise, calls: list[Seen]) -> Said | None:
    """What is true of all these calls; None where nothing tells."""
    if isinstance(exercise, Number):
        return _number(*calls[0].values())
    when = contrast.contrast([contrast.Tried(_named(exercise, one), one.right) for one in calls])
    what = _near_miss(exercise, calls) or (None if when else _of_values(exercise, calls))
    said = [Said("contrast", when)] * bool(when) + [what] * bool(what)
    layers = " and ".join(one.layer for one in said)
    return Said(layers, " ".join(one.text for one in said)) if said else None


def _named(exercise, one: Seen) -> dict[str, object]:
    found = near_misses.bound(exercise.answer, one.case.args, one.case.kwargs)
    return found or dict(one.case.kwargs)


def _number(got, wanted) -> Said | None:
    """Of several numbers, which are off, and then how the first of these lies."""
    names = parts.split(wanted)
    if not names or not parts.split(got) or names.keys() != parts.split(got).keys():
        said = magnitude.compared(got, wanted)
        return said and Said("number", said)
    wrong = [(name, one) for name, one in parts.split(got).items() if one != names[name]]
    said = magnitude.compared(wrong[0][1], names[wrong[0][0]]) or ""
    which = f"Off: {', '.join(name for name, _ in wrong)}."
    return Said("number", f"{which} {said}".rstrip())


# Ours, done otherwise


def _near_miss(exercise, calls: list[Seen]) -> Said | None:
    """The first near miss of ours that gives the same on every call, the failing ones first."""
    ordered = sorted(calls, key=lambda one: one.right)
    deadline = Deadline(SEARCH)
    for miss in _near_misses(exercise, ordered[0].case):
        if deadline.left()[0] < 0:
            return None
        if all(_gives_the_same(exercise, miss, one, deadline) for one in ordered):
            return Said("near miss", miss.sentence)
    return None


def _near_misses(exercise, case: Call) -> Iterator[Mistake]:
    return itertools.chain(
        near_misses.other_arguments(exercise), steps.other_steps(exercise, case)
    )


def _gives_the_same(exercise, miss: Mistake, one: Seen, deadline) -> bool:
    return exercise.agrees(one.outcome, exercise.run(miss.attempt, one.case, deadline))


# What came back, beside what was expected


def _of_values(exercise, calls: list[Seen]) -> Said | None:
    """Which parts of the result are off, and how the first of them relates to the right one."""
    wrong = [one for one in calls if not one.right]
    if any(one.outcome.error is not None for one in wrong):
        return None
    right = parts.verdicts([one.values() for one in wrong], exercise.same)
    which = parts.said(right, len(wrong)) if right else None
    what = _relation(exercise, wrong) or (right and _relation_of_a_part(exercise, wrong, right))
    layers = ["part"] * bool(which) + ["relation"] * bool(what)
    found = [said for said in (which, what) if said]
    return Said(" and ".join(layers), " ".join(found)) if found else None


def _relation(exercise, wrong: list[Seen]) -> str | None:
    return _related(exercise, [(*one.values(), one) for one in wrong])


def _relation_of_a_part(exercise, wrong: list[Seen], right: dict[str, bool]) -> str | None:
    """Of the first part that is off somewhere, on the calls where it is off."""
    name = next((name for name, holds in right.items() if not holds), None)
    if name is None:
        return None
    split = [(*(parts.split(value)[name] for value in one.values()), one) for one in wrong]
    off = [one for one in split if not exercise.same(*one[:2])]
    said = _related(exercise, off)
    return said and f"Of {parts.as_noun(name)}: {said[0].lower()}{said[1:]}"


def _related(exercise, found: list[tuple]) -> str | None:
    pairs = [
        relations.pair(got, wanted, dict(relations.sizes(_named(exercise, one))))
        for got, wanted, one in found
    ]
    return None if None in pairs else relations.relation(pairs, exercise.tolerance)
