"""Exercise 4.1: how many windows pooling has."""

import math

import torch
from torch.nn import functional as F

from checker.exercise import Exercise, call
from exercises.nb04.shared import POOLING

# 4.1 Output size

size = Exercise(
    "4.1",
    "How many windows?",
    difficulty=2,
    minutes=12,
    forbidden=POOLING,
    hints=[
        (
            "With `ceil_mode=False` it is the rule of a convolution: a window that hangs over the"
            " edge is dropped."
        ),
        (
            "With `ceil_mode=True` round the same quotient up instead of down: `-(-a // b)` is"
            " a / b rounded up."
        ),
        (
            "Then look at the last window: it starts at `(count - 1) * stride`. If that is `n +"
            " padding` or more, it sees nothing but padding on the right: take one window off."
        ),
    ],
)


@size.reference
def pooled_size(n, kernel, stride, padding=0, ceil_mode=False):
    """Without the library, since the pooling of 4.2 may go on with it; torch agrees, see below."""
    end = n + 2 * padding
    starts = range(0, n + padding if ceil_mode else end - kernel + 1, stride)
    return sum(start == 0 or start - stride + kernel < end for start in starts)


@size.cases
def _(rng):
    yield call(4, 2, 2)
    yield call(5, 2, 2)
    yield call(5, 2, 2, ceil_mode=True)
    yield call(3, 2, 3, ceil_mode=True)
    yield call(4, 3, 2, padding=1, ceil_mode=True)
    yield call(5, 2, 2, padding=1, ceil_mode=True)
    yield call(6, 3, 2)
    yield call(7, 3, 2, padding=1)
    yield call(5, 3, 3, padding=1)  # leftovers that make a step
    yield call(2, 2, 1)
    yield call(224, 3, 2, ceil_mode=True)
    yield call(9, 6, 4, padding=3, ceil_mode=True)
    yield call(7, 5, 3, ceil_mode=True)  # a second one would start inside, too
    yield call(5, 4, 1, ceil_mode=True)  # nothing is left over
    for n, kernel, stride in rng.integers([5, 1, 1], [30, 6, 6], (16, 3)).tolist():
        padding, ceil_mode = rng.integers([0, 0], [kernel // 2 + 1, 2]).tolist()
        yield call(n, kernel, stride, padding=padding, ceil_mode=bool(ceil_mode))


@size.recall
def _(rng):
    n, kernel, stride = rng.randint(10, 40), rng.randint(2, 4), rng.randint(2, 3)
    text = (
        f"Pooling along {n} pixels: windows of {kernel}, stride {stride}, no padding, rounded "
        "*up*. How many windows?"
    )
    return text, call(n, kernel, stride, ceil_mode=True)


@size.mistake("That is one window too few. Count the windows, not the steps between them.")
def steps_not_windows(n, kernel, stride, padding=0, ceil_mode=False):
    return pooled_size(n, kernel, stride, padding, ceil_mode) - 1


@size.mistake("That is the size with padding at one end only.")
def padding_at_one_end(n, kernel, stride, padding=0, ceil_mode=False):
    room = n + padding - kernel
    count = (math.ceil(room / stride) if ceil_mode else room // stride) + 1
    return count - 1 if (count - 1) * stride >= n + padding else count


@size.mistake("You always round down. With `ceil_mode=True`, round up.")
def always_floor(n, kernel, stride, padding=0, ceil_mode=False):
    return (n + 2 * padding - kernel) // stride + 1


@size.mistake(
    "You always round up. With `ceil_mode=False` a window that hangs over the edge is dropped."
)
def always_ceil(n, kernel, stride, padding=0, ceil_mode=False):
    return pooled_size(n, kernel, stride, padding, True)


@size.mistake(
    "You keep every window that hangs over the end. Keep one at most, where the windows that fit"
    " leave something over."
)
def keeps_all_that_hang(n, kernel, stride, padding=0, ceil_mode=False):
    end = n + padding if ceil_mode else n + 2 * padding - kernel + 1
    return len(range(0, end, stride))


@size.mistake(
    "With `ceil_mode=True` you round up, but keep a window that starts beyond the input. Drop it."
)
def ceil_keeps_all(n, kernel, stride, padding=0, ceil_mode=False):
    room = n + 2 * padding - kernel
    return (-(-room // stride) if ceil_mode else room // stride) + 1


@size.mistake(
    "With `ceil_mode=True` you drop a window that starts at `n` or later. Positions count from the"
    " left end of the padding, so the input ends at `n + padding`."
)
def padding_on_the_left_forgotten(n, kernel, stride, padding=0, ceil_mode=False):
    count = ceil_keeps_all(n, kernel, stride, padding, ceil_mode)
    return count - 1 if ceil_mode and (count - 1) * stride >= n else count


@size.mistake(
    "You keep a window that starts at `n + padding`. That is outside: positions count from 0."
)
def off_by_one_at_the_edge(n, kernel, stride, padding=0, ceil_mode=False):
    count = ceil_keeps_all(n, kernel, stride, padding, ceil_mode)
    return count - 1 if ceil_mode and (count - 1) * stride > n + padding else count


@size.mistake(
    "With `ceil_mode=False` you give a float. Use `//`, which also drops a last window that does"
    " not fit."
)
def a_float(n, kernel, stride, padding=0, ceil_mode=False):
    return (
        pooled_size(n, kernel, stride, padding, True)
        if ceil_mode
        else (n + 2 * padding - kernel) / stride + 1
    )


@size.mistake(
    "You round to the nearest. Round down with `ceil_mode=False`, and up with `ceil_mode=True`."
)
def rounded(n, kernel, stride, padding=0, ceil_mode=False):
    return round((n + 2 * padding - kernel) / stride + 1)


@size.mistake(
    "You divide the length by the stride. The width of the window counts too, and so does the"
    " padding."
)
def divided_by_stride(n, kernel, stride, padding=0, ceil_mode=False):
    return math.ceil(n / stride) if ceil_mode else n // stride


@size.mistake("The number is right, but it is a float. Windows are counted: return an `int`.")
def always_a_float(n, kernel, stride, padding=0, ceil_mode=False):
    return float(pooled_size(n, kernel, stride, padding, ceil_mode))


@size.alternative
def by_rule(n, kernel, stride, padding=0, ceil_mode=False):
    room = n + 2 * padding - kernel
    count = math.ceil(room / stride) + 1 if ceil_mode else room // stride + 1
    if ceil_mode and (count - 1) * stride >= n + padding:
        count -= 1
    return count


@size.mistake("This exercise is to write it yourself.", "library call")
def by_asking_torch(n, kernel, stride, padding=0, ceil_mode=False):
    row = torch.zeros(1, 1, n)
    return F.max_pool1d(row, kernel, stride, padding, ceil_mode=ceil_mode).shape[-1]


@size.alternative
def by_smaller_of_two(n, kernel, stride, padding=0, ceil_mode=False):
    fits = 1 + (n + 2 * padding - kernel) // stride
    reaches = 1 + (n + 2 * padding - kernel + stride - 1) // stride
    return min(reaches, -(-(n + padding) // stride)) if ceil_mode else fits


size.demand("as an `int`", violated_by="always_a_float")
size.demand("the library's pooling is not allowed", violated_by="library call")
size.demand("added at *each* end", violated_by="padding_at_one_end")
size.demand("windows that do not fit are dropped", violated_by="always_ceil")
size.demand("one more is kept, which hangs over", violated_by="always_floor")
size.demand("leave something over at the end", violated_by="keeps_all_that_hang")
size.demand("it must start inside the left padding or the input", violated_by="ceil_keeps_all")
