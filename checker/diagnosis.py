"""What is said of a wrong answer that no catalogued mistake explains: only what was seen.

Asked in turn: when it fails (what the failing calls have in common), which parts of the result are
off, and how the values that came back relate to the expected ones.
"""

import inspect
from dataclasses import dataclass

from checker import contrast, parts, relations
from checker.exercise import Call, Exercise
from checker.sandbox import Outcome


@dataclass(frozen=True)
class Seen:
    """One call: what came back, what was expected, and whether the two agree."""

    case: Call
    outcome: Outcome
    wanted: Outcome
    right: bool

    def values(self) -> tuple[object, object]:
        return self.outcome.value, self.wanted.value


def seen(exercise: Exercise, outcomes: list[Outcome], seed: int) -> list[Seen]:
    """The calls of one seed as far as they were tried."""
    made = zip(exercise.calls(seed), outcomes, exercise.expected(seed))
    return [Seen(*one, exercise.agrees(one[1], one[2])) for one in made]


def observed(exercise: Exercise, calls: list[Seen]) -> str:
    """One or two sentences that are true of all these calls; "" where nothing tells."""
    when = contrast.contrast(
        [contrast.Tried(named(exercise, one.case), one.right) for one in calls]
    )
    wrong = [one for one in calls if not one.right]
    if when or any(one.outcome.error is not None for one in wrong):
        return when or ""
    right = parts.verdicts([one.values() for one in wrong], exercise.same)
    which = parts.said(right, len(wrong)) if right else None
    what = _relation(exercise, wrong) or (right and _relation_of_a_part(exercise, wrong, right))
    return " ".join(said for said in (which, what) if said)


def _relation(exercise, wrong: list[Seen]) -> str | None:
    return _related(exercise, [(*one.values(), one.case) for one in wrong])


def _relation_of_a_part(exercise, wrong: list[Seen], right: dict[str, bool]) -> str | None:
    """Of the first part that is off somewhere, on the calls where it is off."""
    name = next((name for name, holds in right.items() if not holds), None)
    if name is None:
        return None
    split = [(*(parts.split(value)[name] for value in one.values()), one.case) for one in wrong]
    off = [one for one in split if not exercise.same(*one[:2])]
    said = _related(exercise, off)
    return said and f"Of {parts.as_noun(name)}: {said[0].lower()}{said[1:]}"


def _related(exercise, found: list[tuple]) -> str | None:
    pairs = [
        relations.pair(got, wanted, dict(relations.sizes(named(exercise, case))))
        for got, wanted, case in found
    ]
    return None if None in pairs else relations.relation(pairs, exercise.tolerance)


def named(exercise: Exercise, case: Call) -> dict[str, object]:
    """The arguments of a call by the names that the learner's function has for them."""
    try:
        bound = inspect.signature(exercise.answer).bind(*case.args, **case.kwargs)
    except (TypeError, ValueError):
        return dict(case.kwargs)
    bound.apply_defaults()
    return bound.arguments
