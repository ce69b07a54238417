"""Exercises 3.13 and 3.14: transposed convolution."""

import torch
from torch.nn import functional as F

from checker.exercise import Choice, Exercise, call

# 3.13

upwards = Exercise(
    "3.13",
    "The size on the way back up",
    difficulty=3,
    minutes=8,
    hints=[
        (
            "Draw it: n stamps, each k wide, each s further right than the one before. How wide is"
            " the paper?"
        ),
        "The last stamp starts at (n - 1) s and is d (k - 1) + 1 wide.",
        "Padding takes p off at both ends here, and `extra` adds at one end.",
    ],
)


@upwards.reference
def transposed_size(n, k, s=1, p=0, d=1, extra=0):
    x, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    return F.conv_transpose1d(
        x, weight, stride=s, padding=p, dilation=d, output_padding=extra
    ).shape[2]


@upwards.cases
def _(rng):
    yield call(3, 3)
    yield call(4, 2, s=2)
    yield call(4, 3, s=2)
    yield call(5, 4, s=2, p=1)
    yield call(5, 3, s=2, p=1, extra=1)
    yield call(3, 3, d=2)
    yield call(3, 2, s=4)
    for n, k, s, d in rng.integers(2, 6, (5, 4)):
        yield call(
            int(n),
            int(k),
            s=int(s),
            p=int(rng.integers(0, 2)),
            d=int(d),
            extra=int(rng.integers(0, s)),
        )


@upwards.mistake("That is the size of an ordinary convolution. This one goes the other way.")
def the_other_way(n, k, s=1, p=0, d=1, extra=0):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@upwards.mistake("n times s is right for k = s only. The last stamp is k wide, not s.")
def n_times_s(n, k, s=1, p=0, d=1, extra=0):
    return n * s


@upwards.mistake("You gave every stamp a step. The first stands at 0, so there are n - 1 steps.")
def a_step_too_many(n, k, s=1, p=0, d=1, extra=0):
    return n * s - 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("Here padding takes away: it undoes the padding of the way down. You added it.")
def padding_added(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s + 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("You took the padding off at one end only.")
def padding_once(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - p + d * (k - 1) + 1 + extra


@upwards.mistake("You forgot the dilation: a stamp is d (k - 1) + 1 wide.")
def no_dilation(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + k + extra


@upwards.mistake("A stamp of k with dilation d has k - 1 gaps: it is d (k - 1) + 1 wide, not d k.")
def d_times_k(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * k + extra


@upwards.mistake("You left `extra` out.")
def no_extra(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * (k - 1) + 1


@upwards.alternative
def by_stamping(n, k, s=1, p=0, d=1, extra=0):
    touched = [i * s + j * d for i in range(n) for j in range(k)]
    return max(touched) + 1 - p - p + extra


@upwards.alternative
def by_undoing(n, k, s=1, p=0, d=1, extra=0):
    return next(m for m in range(1, 999) if (m + 2 * p - d * (k - 1) - 1) == (n - 1) * s) + extra


# 3.14

checkers = Choice(
    "3.14",
    "Which one leaves no checkerboard?",
    "c",
    difficulty=2,
    minutes=4,
    why={
        "a": "Stamps 3 wide and 2 apart: every other pixel is met twice, the rest once.",
        "b": "Stamps 5 wide and 2 apart: pixels are met 3 times and 2 times in turn.",
        "d": "Stamps 4 wide and 3 apart: every third pixel is met twice, the rest once.",
    },
    because="4 is a multiple of 2, so every inner pixel is met exactly twice.",
    hints=["Draw the stamps under each other and count along a column."],
)
