"""Two mistakes at once: both are named where each has parts of the result of its own."""

import dataclasses
import itertools

import pytest

import exercises
from checker.diagnosis import at_once
from checker.exercise import Exercise, Number, call
from checker.judge import judge

DOUBLED = "Your sum is doubled."
SHIFTED = "Your product is one too large."
RIGHT_BUT = "Your sum is right, the product is not."


def sums() -> Exercise:
    made = Exercise("9.1", "Made up", difficulty=1, minutes=1)
    made.reference(lambda a, b: (a + b, a * b, a - b))
    made.cases(lambda rng: (call(a, b) for a, b in [(31, 2), (45, 3), (87, 6), (12, 12)]))
    made.mistake(DOUBLED, "doubled")(lambda a, b: (2 * (a + b), a * b, a - b))
    made.mistake(SHIFTED, "shifted")(lambda a, b: (a + b, a * b + 1, a - b))
    made.mistake(RIGHT_BUT, "right_but")(lambda a, b: (a + b, a, a - b))
    return made


SAID = {
    f"{DOUBLED} {SHIFTED}": lambda a, b: (2 * (a + b), a * b + 1, a - b),
    f"{DOUBLED} Off as well: number 3.": lambda a, b: (2 * (a + b), a * b, b),
    f"{DOUBLED} Off as well: number 2, number 3.": lambda a, b: (2 * (a + b), 7, b),
    DOUBLED: lambda a, b: (2 * (a + b), a * b, a - b),
}


@pytest.mark.parametrize("words", SAID)
def test_both_are_named_and_what_they_leave(words):
    assert judge(sums(), SAID[words]).why == words


NOT_SAID = {
    "of one call it is not so": lambda a, b: (2 * (a + b) + (b == 6), a * b + 1, a - b),
    "one raises": lambda a, b: (2 * (a + b), a * b + 1, a - b // (b != 6)),
    "the sum would be called right": lambda a, b: (a, a, a - b),
    "fewer parts": lambda a, b: (2 * (a + b), a * b + 1),
}


@pytest.mark.parametrize("why", NOT_SAID)
def test_a_mistake_that_does_not_fit_is_not_named(why):
    said = judge(sums(), NOT_SAID[why]).why
    assert DOUBLED not in said and RIGHT_BUT not in said


def test_small_numbers_tell_nothing():
    def asked(first, twice):
        wrong = {"twice": ((twice, 2, 3), DOUBLED)}
        return Number("9.2", "Few", (first, 2, 3), wrong=wrong, difficulty=1, minutes=1)

    assert DOUBLED not in judge(asked(2, 4), (4, 9, 3)).why
    assert DOUBLED in judge(asked(200, 400), (400, 9, 3)).why


NUMBERS = [
    one
    for number in exercises.NOTEBOOKS
    for one in exercises.of(number).values()
    if isinstance(one, Number) and type(one.answer) is tuple
]


@pytest.mark.parametrize("exercise", NUMBERS, ids=lambda one: one.id)
def test_of_two_catalogued_mistakes_no_third_is_named(exercise):
    [right] = exercise.expected(0)
    for one, other in itertools.combinations(exercise.mistakes, 2):
        values = mixed(right.value, exercise.ask(one.attempt), exercise.ask(other.attempt))
        said = values and at_once(exercise, [dataclasses.replace(right, value=values)], 0)
        assert not said or one.sentence in said or other.sentence in said


def mixed(right, first, second) -> tuple | None:
    """What is off in one or the other; None where a part is off in both."""
    if len({len(right), len(first), len(second)}) > 1:
        return None
    each = list(zip(right, first, second))
    if any(a != wanted != b for wanted, a, b in each):
        return None
    return tuple(b if a == wanted else a for wanted, a, b in each)
