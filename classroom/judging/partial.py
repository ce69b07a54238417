"""Points by parts, where an exercise has parts that can be right one without the other.

Of a tuple of numbers, each number is a part. A function is tried on calls of several kinds: the
plain one, calls with one or more arguments changed (a stride, a picture that is not square), and
random ones; each kind is a part, and counts where all its calls are right. What says yes or no
has no parts: half of it is right by chance.
"""

import inspect

import numpy as np
import torch

from checker.diagnosis import arguments
from checker.exercise import Choice, Exercise, Number
from checker.sandbox import Outcome

RANDOM = "random calls"
SEEDS = (0, 1, 2, 3)  # a call that looks the same for all of them is a fixed one
PLAIN = (bool, int, float, str, type(None))


def share(exercise: Exercise, outcomes: list[Outcome], seed: int) -> float:
    """Of the points, for a wrong answer: below 1, and 0 where there are no parts."""
    right = _of_numbers(exercise, outcomes) or _of_calls(exercise, outcomes, seed)
    # If every part is right, something else is wrong: a call that is forbidden, say.
    return sum(right) / len(right) if right and not all(right) else 0.0


def _of_numbers(exercise, outcomes) -> list[bool]:
    wanted = exercise.answer
    if not isinstance(exercise, Number) or not isinstance(wanted, (tuple, list)):
        return []
    got = outcomes[0].value
    if not isinstance(got, (tuple, list)) or len(got) != len(wanted):
        return []
    return [exercise.same(*pair) for pair in zip(got, wanted)]


def _of_calls(exercise, outcomes, seed) -> list[bool]:
    """Whether all calls of a kind are right, kind by kind."""
    if isinstance(exercise, (Number, Choice)):
        return []
    expected = exercise.expected(seed)
    by_chance = all(type(wanted.value) is bool for wanted in expected)
    if by_chance or len(outcomes) != len(expected):
        return []
    right: dict[object, bool] = {}
    for kind, outcome, wanted in zip(kinds(exercise, seed), outcomes, expected):
        right[kind] = right.get(kind, True) and exercise.agrees(outcome, wanted)
    return list(right.values())


def kinds(exercise: Exercise, seed: int) -> list[object]:
    """Of every call: the names of the arguments that are not as in the first, or `RANDOM`."""
    fixed = exercise.once("fixed calls", lambda: _fixed(exercise))
    return [
        fixed[place] if place < len(fixed) else RANDOM
        for place in range(len(exercise.calls(seed)))
    ]


def _fixed(exercise) -> list[object]:
    every = [[_looks(exercise, case) for case in exercise.calls(seed)] for seed in SEEDS]
    plain = every[0][0]
    return [
        _changed(plain, looks[0]) if all(one == looks[0] for one in looks) else RANDOM
        for looks in zip(*every)
    ]


def _changed(plain: dict, looks: dict) -> frozenset[str]:
    names = plain.keys() | looks.keys()
    return frozenset(name for name in names if plain.get(name) != looks.get(name))


def _looks(exercise, case) -> dict[str, object]:
    return {name: _look(value) for name, value in arguments.named(exercise, case).items()}


def _look(value):
    """A value without the numbers in its tensors, which may be random."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return tuple(value.shape), str(value.dtype)
    if isinstance(value, (list, tuple)):
        return tuple(map(_look, value))
    if isinstance(value, PLAIN):
        return value
    return value.__name__ if inspect.isroutine(value) else type(value).__name__
