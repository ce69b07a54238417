"""Exercise 1.1: where a pixel goes when a picture is flattened."""

import torch

from checker.exercise import Exercise, call

# 1.1 Flattening

place = Exercise(
    "1.1",
    "Where a pixel goes",
    difficulty=2,
    minutes=4,
    core=False,
    hints=[
        (
            "How many numbers come before the first pixel of channel 1? Before the first pixel of"
            " row 1?"
        ),
        (
            "Going one channel on jumps over a whole picture, H x W numbers. Going one row down"
            " jumps over W numbers."
        ),
    ],
)


@place.reference
def place_in_row(c, h, w, shape):
    return torch.arange(shape[0] * shape[1] * shape[2]).reshape(shape)[c, h, w].item()


@place.cases
def _(rng):
    yield call(0, 0, 2, (1, 2, 3))
    yield call(0, 1, 0, (1, 2, 3))
    yield call(1, 0, 0, (2, 2, 3))
    yield call(2, 3, 1, (3, 4, 5))
    yield call(0, 0, 0, (3, 4, 5))
    for _ in range(5):
        shape = tuple(int(size) for size in rng.integers(2, 9, 3))
        yield call(*(int(rng.integers(0, size)) for size in shape), shape)


@place.recall
def _(rng):
    shape = rng.randint(2, 4), rng.randint(4, 9), rng.randint(4, 9)
    c, h, w = (rng.randrange(1, size) for size in shape)
    text = (
        f"A picture of shape {shape} is flattened. At which place does channel {c}, row {h}, "
        f"column {w} land, all counted from 0?"
    )
    return text, call(c, h, w, shape)


@place.mistake("You jump one height, H, for each row. How many numbers does one row hold?")
def height_for_width(c, h, w, shape):
    return c * shape[1] * shape[2] + h * shape[1] + w


@place.mistake(
    "That is the place within its own channel. The channels before it come first in the row."
)
def no_channel(c, h, w, shape):
    return h * shape[2] + w


@place.mistake(
    "That counts places from 1. Python counts from 0: the very first pixel has place 0."
)
def from_one(c, h, w, shape):
    return c * shape[1] * shape[2] + h * shape[2] + w + 1


@place.mistake(
    "That is the order (H, W, C), in which the channels of one pixel lie together. Ours is (C,"
    " H, W)."
)
def channels_last(c, h, w, shape):
    return (h * shape[2] + w) * shape[0] + c


@place.mistake(
    "You went down the columns first. In PyTorch the last axis runs fastest: along a row."
)
def column_by_column(c, h, w, shape):
    return c * shape[1] * shape[2] + w * shape[1] + h


@place.mistake("You added the channel itself. How many numbers does one whole channel hold?")
def channel_as_one(c, h, w, shape):
    return c + h * shape[2] + w


@place.mistake(
    "You count as if the first axis ran fastest. In PyTorch it is the last: w and w + 1 are"
    " neighbors."
)
def first_axis_fastest(c, h, w, shape):
    return (w * shape[1] + h) * shape[0] + c


@place.mistake(
    "You multiplied the indices with one another. Each of them counts steps: how long is one step"
    " of each?"
)
def product(c, h, w, shape):
    return c * h * w


@place.mistake("The place is right, but it is a float. Places are counted: return an `int`.")
def a_float(c, h, w, shape):
    return float(c * shape[1] * shape[2] + h * shape[2] + w)


@place.alternative
def nested(c, h, w, shape):
    return (c * shape[1] + h) * shape[2] + w


@place.alternative
def by_marking(c, h, w, shape):
    marked = torch.zeros(shape)
    marked[c, h, w] = 1
    return marked.flatten().argmax().item()


@place.alternative
def by_strides(c, h, w, shape):
    return sum(i * step for i, step in zip((c, h, w), torch.empty(shape).stride(), strict=True))


place.demand("the last axis runs fastest", violated_by="first_axis_fastest")
place.demand("All are counted from 0", violated_by="from_one")
place.demand("an int from 0", violated_by="a_float")
