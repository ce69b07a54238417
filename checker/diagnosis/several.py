"""Several mistakes at once, each in parts of the result of its own."""

import re

from checker.diagnosis import evidence, parts
from checker.exercise import Exercise, Mistake
from checker.sandbox import Outcome

SMALL, LARGE = 10, 100  # a whole number is met by accident, or hardly ever
OTHER = "other parts"
REST_IS_RIGHT = re.compile(r"\bright\b")  # as it is not, if there is another mistake


def at_once(exercise: Exercise, outcomes: list[Outcome], seed: int) -> str | None:
    """The sentences of the catalogued mistakes that explain what is off; then what they leave."""
    off = _off(exercise, outcomes, exercise.expected(seed))
    if len(off) < 2 or OTHER in off:
        return None
    found = {
        mistake: wrong
        for mistake in exercise.mistakes
        if (wrong := _explained(exercise, mistake, outcomes, seed)) and wrong < off
    }
    told = [mistake for mistake in found if _is_alone(mistake, found)]
    if not told:
        return None
    left = off.difference(*(found[mistake] for mistake in told))
    return " ".join([*(mistake.sentence for mistake in told), *_rest(sorted(left))])


def _off(exercise, outcomes, others) -> set[str]:
    """The parts that differ on some call."""
    return set().union(*(_differ(exercise, *two) for two in zip(outcomes, others)))


def _differ(exercise, outcome, other) -> set[str]:
    if outcome.error is not None or other.error is not None:
        return {OTHER}
    right = parts.verdicts([(outcome.value, other.value)], exercise.same)
    return {OTHER} if right is None else {name for name, holds in right.items() if not holds}


def _explained(exercise, mistake: Mistake, outcomes, seed) -> set[str] | None:
    """The parts that a mistake gets wrong; None unless the attempt has all of these as it does."""
    wrong, unlike, given = set(), set(), []
    if REST_IS_RIGHT.search(mistake.sentence) or exercise.refuse(mistake.attempt):
        return None
    for place, (outcome, wanted) in enumerate(zip(outcomes, exercise.expected(seed))):
        made = exercise.mistaken(mistake, place, seed)
        off = _differ(exercise, made, wanted)
        wrong |= off
        unlike |= _differ(exercise, made, outcome)
        if wrong & unlike:
            return None
        given += [parts.split(made.value)[name] for name in off]
    return wrong if _tells(given) else None


def _tells(given: list) -> bool:
    """Whether so many wrong values agree by no accident."""
    found = evidence.numbers(given, None, None)
    rare = [one for one in found if abs(one) >= SMALL or one % 1]
    return len(rare) >= evidence.ENOUGH or any(abs(one) >= LARGE for one in found)


def _is_alone(mistake, found: dict[Mistake, set[str]]) -> bool:
    """Whether no other one explains a part of the same."""
    return all(one is mistake or found[mistake].isdisjoint(found[one]) for one in found)


def _rest(left: list[str]) -> list[str]:
    if len(left) > parts.MOST:
        return [f"{len(left)} other parts are off as well."]
    return [f"Off as well: {', '.join(map(parts.as_noun, left))}."] if left else []
