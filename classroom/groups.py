"""Wrong answers that no catalogued mistake explains, in groups of those that gave the same."""

from collections import defaultdict
from dataclasses import replace

import exercises
from classroom import outcomes
from classroom.results import Graded
from exercises.own_numbers import NUMBER


def numbered(graded: list[Graded]) -> list[Graded]:
    """The same with the number of its group for each wrong answer without a name, the largest
    group first. What they gave is no longer there.
    """
    numbers = _numbers(graded)
    return [
        replace(
            one,
            results=[
                replace(result, outcomes=None, group=numbers.get((place, result.id), 0))
                for result in one.results
            ],
        )
        for place, one in enumerate(graded)
    ]


def _numbers(graded: list[Graded]) -> dict[tuple[int, str], int]:
    """By the place of a submission and the id of an exercise."""
    given = defaultdict(list)
    for place, one in enumerate(graded):
        for result in one.results if one.number != NUMBER else ():
            if result.outcomes:
                given[result.id].append((place, outcomes.restored(result.outcomes)))
    return {
        (place, id): number
        for id, answers in given.items()
        for number, group in enumerate(_grouped(id, answers), 1)
        for place, _ in group
    }


def _grouped(id: str, answers: list[tuple]) -> list[list[tuple]]:
    exercise = exercises.find(id)
    return outcomes.grouped(answers, lambda one, other: outcomes.same(exercise, one[1], other[1]))
