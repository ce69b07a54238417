"""Wrong answers that no catalogued mistake explains, in groups of those that gave the same."""

from collections import defaultdict
from dataclasses import replace

import exercises
from checker import errors
from checker.exercise import Exercise
from checker.sandbox import Outcome
from classroom.judging import outcomes
from classroom.records.results import Graded
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
    """Each answer with the first group whose first gave the same; the largest groups first."""
    exercise, groups = exercises.find(id), []
    for answer in answers:
        alike = (group for group in groups if same(exercise, group[0][1], answer[1]))
        home = next(alike, None)
        if home is None:
            groups.append([answer])
        else:
            home.append(answer)
    return sorted(groups, key=len, reverse=True)


def same(exercise: Exercise, one: list[Outcome], other: list[Outcome]) -> bool:
    """Whether two answers gave the same on every case, within the exercise's tolerance."""
    try:
        pairs = zip(one, other, strict=True)
        return all(exercise.agrees(*pair, errors.same) for pair in pairs)
    except Exception:  # an exercise compares with what is right, and these are anything at all
        return False
