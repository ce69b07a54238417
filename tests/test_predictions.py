"""A prediction costs nothing: the experiment, not the check, says who was right."""

import pytest

import exercises
from checker.exercise import Prediction
from checker.judge import judge
from checker.verdict import State

PREDICTIONS = [
    exercise
    for number in exercises.NOTEBOOKS
    for exercise in exercises.of(number).values()
    if isinstance(exercise, Prediction)
]


@pytest.mark.parametrize("exercise", PREDICTIONS, ids=lambda exercise: exercise.id)
def test_every_letter_passes_with_the_same_card(exercise):
    verdicts = [judge(exercise, letter) for letter in exercise.letters]
    assert {verdict.state for verdict in verdicts} == {State.PASSED}
    assert len({verdict.message for verdict in verdicts}) == 1


@pytest.mark.parametrize("exercise", PREDICTIONS, ids=lambda exercise: exercise.id)
def test_what_is_no_letter_of_it_is_refused(exercise):
    assert {judge(exercise, other).state for other in ("x", "ab", 3)} == {State.NOT_YET}
    assert judge(exercise, ...).state == State.TO_DO


def test_there_are_some():
    assert {"1.12", "3.11", "5.12"} <= {exercise.id for exercise in PREDICTIONS}
