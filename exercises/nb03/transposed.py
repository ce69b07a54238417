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
    core=False,
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
    yield call(6, 5, s=3, p=2, extra=2)
    for n, k, s, d in rng.integers(2, 6, (5, 4)):
        yield call(
            int(n),
            int(k),
            s=int(s),
            p=int(rng.integers(0, 2)),
            d=int(d),
            extra=int(rng.integers(0, s)),
        )


@upwards.recall
def _(rng):
    n, k, s, p = rng.randint(4, 20), rng.randint(3, 6), rng.randint(2, 4), rng.randint(1, 2)
    text = (
        f"A transposed convolution: {n} numbers, kernel {k}, stride {s}, {p} cut off at each end. "
        "How many come out?"
    )
    return text, call(n, k, s, p)


@upwards.mistake("Your size is that of an ordinary convolution. This one goes the other way.")
def the_other_way(n, k, s=1, p=0, d=1, extra=0):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@upwards.mistake("Your size is `n * s`, which is right for k = s only. The last stamp is k wide.")
def n_times_s(n, k, s=1, p=0, d=1, extra=0):
    return n * s


@upwards.mistake("You count n steps of s. The first stamp stands at 0, so there are n - 1.")
def a_step_too_many(n, k, s=1, p=0, d=1, extra=0):
    return n * s - 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("You add the padding. Here it takes away: p numbers are cut off at each end.")
def padding_added(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s + 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("You cut the padding off at one end only. Cut both.")
def padding_once(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - p + d * (k - 1) + 1 + extra


@upwards.mistake("You left the dilation out: a stamp is d (k - 1) + 1 wide.")
def no_dilation(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + k + extra


@upwards.mistake("You let a stamp be d k wide. It has k - 1 gaps, so it is d (k - 1) + 1 wide.")
def d_times_k(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * k + extra


@upwards.mistake("You left `extra` out. Add it once.")
def no_extra(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * (k - 1) + 1


@upwards.mistake("The number is right, but it is a float. Return an `int`.")
def a_float(n, k, s=1, p=0, d=1, extra=0):
    return float(transposed_size(n, k, s, p, d, extra))


@upwards.mistake("You add `extra` at both ends. Add it at one.")
def extra_twice(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * (k - 1) + 1 + 2 * extra


@upwards.alternative
def by_stamping(n, k, s=1, p=0, d=1, extra=0):
    touched = [i * s + j * d for i in range(n) for j in range(k)]
    return max(touched) + 1 - p - p + extra


@upwards.alternative
def by_undoing(n, k, s=1, p=0, d=1, extra=0):
    return next(m for m in range(1, 999) if (m + 2 * p - d * (k - 1) - 1) == (n - 1) * s) + extra


upwards.demand("with dilation `d`", violated_by="no_dilation")
upwards.demand("`p` numbers are cut off at *each* end", violated_by="padding_once")
upwards.demand("are added at one end", violated_by="extra_twice")
upwards.demand("Return an `int`", violated_by="a_float")


# 3.14

checkers = Choice(
    "3.14",
    "Which one leaves no checkerboard?",
    "c",
    difficulty=2,
    minutes=4,
    core=False,
    why={
        "a": "Stamps 3 wide and 2 apart: every other pixel is met twice, the rest once.",
        "b": "Stamps 5 wide and 2 apart: pixels are met 3 times and 2 times in turn.",
        "d": "Stamps 4 wide and 3 apart: every third pixel is met twice, the rest once.",
    },
    because="4 is a multiple of 2, so every inner pixel is met exactly twice.",
    hints=["Draw the stamps under each other and count along a column."],
)
