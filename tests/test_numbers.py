"""One rule for every typed number: what it is, not how it is written."""

import numpy as np
import pytest
import torch

import exercises
from checker.exercise import Number
from checker.judge import judge
from exercises.own_numbers import Sealed, seal

ALL = [exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()]
NUMBERS = [exercise for exercise in ALL if type(exercise) is Number]


def listed(answer):
    return answer if isinstance(answer, tuple) else (answer,)


FLAT = [one for one in NUMBERS if not any(isinstance(item, tuple) for item in listed(one.answer))]


def as_floats(value):
    return tuple(map(float, value)) if isinstance(value, tuple) else float(value)


WAYS = {
    "as it is": lambda value: value,
    "floats": as_floats,
    "a list": lambda value: list(value) if isinstance(value, tuple) else value,
    "a tensor": torch.tensor,
    "a float64 tensor": lambda value: torch.tensor(value, dtype=torch.float64),
    "an array": np.array,
    "a float array": lambda value: np.array(value, dtype=float),
    "numbers of torch": lambda value: [torch.tensor(item) for item in listed(value)],
    "numbers of numpy": lambda value: [np.array(item)[()] for item in listed(value)],
    "by name": lambda value: dict(enumerate(value)) if isinstance(value, tuple) else value,
}


def written(way, answer):
    """One number alone is no list of one."""
    shown = WAYS[way](answer)
    return shown[0] if isinstance(shown, list) and not isinstance(answer, tuple) else shown


@pytest.mark.parametrize("exercise", FLAT, ids=lambda exercise: exercise.id)
@pytest.mark.parametrize("way", WAYS)
def test_a_right_number_passes_and_a_wrong_one_is_named(exercise, way):
    assert judge(exercise, written(way, exercise.answer)).state == "passed"
    for mistake in exercise.mistakes:
        if mistake.name != "as_a_string":
            verdict = judge(exercise, written(way, mistake.attempt))
            assert (verdict.state, verdict.mistake) == ("not yet", mistake.name), verdict.message


@pytest.mark.parametrize("exercise", FLAT, ids=lambda exercise: exercise.id)
def test_what_is_no_such_number_does_not_pass(exercise):
    shifted = tuple(item + 1 for item in listed(exercise.answer))
    for wrong in (str(exercise.answer), None, (), shifted, torch.ones(2, 2), {"a": 1}, True):
        assert judge(exercise, wrong).state == "not yet"


def test_the_drill_and_the_table_take_tensors_and_sets():
    seed, answers = exercises.find("2.15").answer
    axes = exercises.find("5.16").answer
    for way in ("floats", "a list", "a tensor", "an array"):
        drill = (WAYS[way](seed), WAYS[way](answers))
        assert judge(exercises.find("2.15"), drill).state == "passed"
        table = {name: WAYS[way](value) for name, value in axes.items()}
        assert judge(exercises.find("5.16"), table).state == "passed"


def test_a_number_of_a_students_own_is_written_in_any_way():
    sealed = Sealed("99.1", "Own", "salt", seal("salt", "99.1", 12), {})
    for right in (12, 12.0, torch.tensor(12), np.int64(12), np.array([12.0])):
        assert judge(sealed, right).state == "passed"
    assert judge(sealed, 13.0).state == "not yet"
