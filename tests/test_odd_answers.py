"""Whatever an attempt gives, a check shows a card: no number is too large and no dtype too odd."""

import numpy as np
import pytest
import torch

import exercises
from checker.card import Card
from checker.comparison import difference
from checker.exercise import Choice, Number
from checker.judge import judge
from checker.sandbox import Deadline
from checker.verdict import State

ALL = [one for number in exercises.NOTEBOOKS for one in exercises.of(number).values()]
ANSWERS = [one for one in ALL if isinstance(one, (Number, Choice))]
NAMES = "uint8 int8 int16 uint16 uint32 uint64 float16 bfloat16 complex64 complex128 bool"
NAMES += " float8_e4m3fn float8_e5m2 float8_e8m0fnu complex32"
DTYPES = [getattr(torch, name) for name in NAMES.split()]
ODD = [
    10**30,
    -(10**30),
    10**400,
    float("inf"),
    float("nan"),
    1e308,
    1j,
    True,
    "x",
    b"x",
    {},
    set(),
]
ODD += [[10**30], (10**30,) * 3, [1, [2, [10**30]]], np.array([10**30]), np.array(["a"])]
ODD += [np.float64(1), torch.tensor([]), torch.tensor(3, dtype=torch.uint16), range(3), object()]
ODD += [torch.ones(2, 2).to_sparse(), torch.ones(2, device="meta")]


def shown(exercise, attempt) -> State:
    verdict = judge(exercise, attempt)
    assert Card(verdict)._repr_html_() and repr(Card(verdict))
    return verdict.state


@pytest.mark.parametrize("exercise", ANSWERS, ids=[one.id for one in ANSWERS])
def test_an_odd_answer_gets_a_card(exercise):
    for value in ODD:
        shown(exercise, value)
        if isinstance(exercise.answer, tuple):
            shown(exercise, (value,) * len(exercise.answer))


FUNCTIONS = ["0.1", "2.4", "2.8", "2.21", "5.1", "7.6", "9.10", "11.10"]


@pytest.mark.parametrize("id", FUNCTIONS)
def test_what_a_function_gives_gets_a_card(id):
    for value in ODD:
        assert shown(exercises.find(id), giving(value)) != State.PASSED


PROBED = [one for one in ALL if one.probed]
DICTS = {"14.6"}  # the task asks for


@pytest.mark.parametrize("exercise", PROBED, ids=[one.id for one in PROBED])
def test_a_card_names_what_came_back_and_what_is_asked_for(exercise):
    """Not what a probe makes of it: no task asks for a dict of all that was seen."""
    for value in (1.5, (1.0, 2.0), torch.ones(2), torch.nn.Linear(1, 1), "x"):
        for case, wanted in zip(exercise.calls(), exercise.expected()):
            found = exercise.run(giving(value), case, Deadline(9.0))
            said = exercise.miss(found.value, wanted.value) if found.error is None else ""
            assert "expected a dict" not in (said or "") or exercise.id in DICTS
            assert "function or class Linear" not in (said or "")


def giving(value):
    return lambda *args, **kwargs: value


def test_a_complex_number_is_no_real_one():
    assert difference(3 + 5j, 3.0) == "gave (3+5j), a complex, expected 3.0."


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("keepdim", [True, False])
def test_a_tensor_of_any_dtype_gets_a_card(dtype, keepdim):
    def attempt(x):
        return x.amax(dim=(2, 3), keepdim=keepdim).abs().to(dtype)

    assert shown(exercises.find("0.1"), attempt) == State.NOT_YET
