"""The catalogue of mistakes is the test of the checker: each is rejected and named, every right
answer passes.
"""

import copy

import pytest

import exercises
from checker.exercise import Choice, Number
from checker.judge import diagnose, judge, passes
from checker.sandbox import Outcome
from checker.verdict import State

ALL = [exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()]
MISTAKES = [(exercise, mistake) for exercise in ALL for mistake in exercise.mistakes]
RIGHT = [
    (exercise, right) for exercise in ALL for right in [exercise.answer, *exercise.alternatives]
]
DRAWN = [exercise for exercise in ALL if not isinstance(exercise, (Choice, Number))]
FROM_SCRATCH = [exercise for exercise in ALL if exercise.forbidden]


def named(pairs):
    return [
        f"{exercise.id}-{getattr(other, 'name', getattr(other, '__name__', other))}"
        for exercise, other in pairs
    ]


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=named(MISTAKES))
def test_mistake_is_rejected_and_named(exercise, mistake):
    verdict = judge(exercise, mistake.attempt)
    assert (verdict.state, verdict.mistake) == (State.NOT_YET, mistake.name), verdict.message
    assert mistake.sentence in verdict.message


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda exercise: exercise.id)
def test_no_mistake_passes_by_chance(exercise):
    """A grader draws other numbers than the notebook; whatever it draws, a mistake is one."""
    for mistake in exercise.mistakes:
        lucky = [seed for seed in range(1, 10) if passes(exercise, mistake.attempt, seed)]
        assert lucky == [], mistake.name


def alike_by_type(outcome):
    """The same value; of an error, the kind alone."""
    if outcome.error is None:
        return outcome
    error = type("Alike", (type(outcome.error),), {"__init__": lambda self: None})()
    type(error).__name__, error.args = type(outcome.error).__name__, ("of another reason",)
    return Outcome(error=error)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_an_error_that_is_alike_by_type_alone_names_no_mistake(exercise):
    """A mistake is named where its wrong values come back, or its very own errors."""
    for mistake in exercise.mistakes:
        given = [exercise.mistaken(mistake, place) for place in range(len(exercise.calls()))]
        if not any(outcome.error for outcome in given):
            continue
        pairs = zip(given, exercise.expected())
        by_value = any(not one.error and not exercise.agrees(one, right) for one, right in pairs)
        assert diagnose(exercise, given) is mistake
        alike = diagnose(exercise, [alike_by_type(outcome) for outcome in given])
        assert alike is (mistake if by_value else None)


@pytest.mark.parametrize("exercise, right", RIGHT, ids=named(RIGHT))
def test_right_answer_passes(exercise, right):
    if right is exercise.answer:  # which may be the library's own
        exercise = copy.copy(exercise)
        exercise.forbidden = frozenset()
    verdict = judge(exercise, right)
    assert verdict.state == State.PASSED, verdict.message


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_other_random_cases_agree(exercise):
    for right in exercise.alternatives:
        verdict = judge(exercise, right, seed=7)
        assert verdict.state == State.PASSED, verdict.message


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_names_are_distinct_and_sentences_end(exercise):
    names = [mistake.name for mistake in exercise.mistakes]
    assert len(names) == len(set(names))
    assert all(mistake.sentence.endswith((".", "?", "`.")) for mistake in exercise.mistakes)


@pytest.mark.parametrize("exercise", FROM_SCRATCH, ids=lambda exercise: exercise.id)
def test_some_alternative_does_without_the_library(exercise):
    assert any(judge(exercise, right).state == State.PASSED for right in exercise.alternatives)


def test_ids_are_in_order():
    for number in exercises.NOTEBOOKS:
        ids = list(exercises.of(number))
        assert ids == [f"{int(number)}.{place}" for place in range(1, len(ids) + 1)]
