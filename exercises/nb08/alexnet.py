"""Exercises 8.1 to 8.4: AlexNet's shapes, its two towers, its parameters."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker import sandbox
from checker.exercise import Choice, Exercise, call, normal, whole
from utils.models import alexnet

ALEXNET = [
    ("conv", 96, 11, 4, 0),
    ("pool", 3, 2),
    ("conv", 256, 5, 1, 2),
    ("pool", 3, 2),
    ("conv", 384, 3, 1, 1),
    ("conv", 384, 3, 1, 1),
    ("conv", 256, 3, 1, 1),
    ("pool", 3, 2),
]


# 8.1 The shape table

shapes = Exercise(
    "8.1",
    "The shape table",
    difficulty=2,
    minutes=10,
    points=2,
    hints=[
        "Positions along one axis: `(side + 2 * padding - kernel) // stride + 1`.",
        (
            "Keep two numbers, `channels` and `side`, and change them row by row. Pooling changes"
            " only one of them."
        ),
        (
            '`if row[0] == "conv": _, channels, kernel, stride, padding = row`, else `_, kernel,'
            " stride = row` with padding 0; then the rule of the first hint; then append."
        ),
    ],
)


def _layer(row, channels):
    if row[0] == "conv":
        return nn.Conv2d(channels, *row[1:], device="meta")
    return nn.MaxPool2d(*row[1:])


@shapes.reference
def shape_table(rows, size, channels=3):
    x, table = torch.empty(1, channels, size, size, device="meta"), []
    for row in rows:
        x = _layer(row, x.shape[1])(x)
        table.append((x.shape[1], x.shape[2]))
    return table


@shapes.cases
def _(rng):
    yield call([("pool", 2, 2)], 4)
    yield call([("conv", 8, 3, 1, 0)], 7)
    yield call([("conv", 8, 5, 1, 2)], 6, channels=1)
    yield call([("pool", 3, 2)], 8)
    yield call([("conv", 4, 3, 2, 1), ("pool", 3, 2)], 12)
    yield call(ALEXNET, 227)
    yield call(ALEXNET, 224)
    yield call(ALEXNET, 67)
    yield call([("conv", 5, 4, 3, 2), ("conv", 6, 4, 2, 2), ("pool", 2, 3)], 15)
    for size, filters, kernel, padding in zip(
        *(rng.integers(*ends, 3).tolist() for ends in [(20, 40), (2, 9), (1, 6), (0, 3)])
    ):
        yield call(
            [("conv", filters, kernel, 2, padding), ("pool", 3, 2), ("conv", 5, 3, 1, 1)],
            size,
            channels=2,
        )


def _table(
    rule=lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    pooled=lambda channels, row: channels,
    shown=lambda row: True,
):
    """A shape table by another rule for a side, other channels after pooling, or with rows left
    out.
    """

    def shape_table(rows, size, channels=3):
        table = []
        for row in rows:
            kernel, stride, padding = (*row[2:], 0)[:3] if row[0] == "conv" else (*row[1:], 0)
            channels = row[1] if row[0] == "conv" else pooled(channels, row)
            size = rule(size, kernel, stride, padding)
            if shown(row):
                table.append((channels, size))
        return table

    return shape_table


shapes.mistake(
    "You counted the steps between positions of the window. The first position counts too.",
    "steps",
)(_table(lambda n, k, s, p: (n + 2 * p - k) // s))


shapes.mistake("You round up. A window that hangs over the edge is not counted.", "rounded_up")(
    _table(lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1)
)


shapes.mistake("You round to the nearest. A window that fits by half does not fit.", "rounded")(
    _table(lambda n, k, s, p: round((n + 2 * p - k) / s) + 1)
)


shapes.mistake("Yours pads at one end only.", "one_end")(
    _table(lambda n, k, s, p: (n + p - k) // s + 1)
)


shapes.mistake("Your division leaves a float. Sides are counted: divide with `//`.", "floats")(
    _table(lambda n, k, s, p: (n + 2 * p - k) / s + 1)
)


shapes.mistake(
    "Your pooling windows stand side by side. In a pooling row the second number is the kernel,"
    " the third the stride: they may overlap.",
    "side_by_side",
)(_table(lambda n, k, s, p: n // k if (k, s, p) == (3, 2, 0) else (n + 2 * p - k) // s + 1))


shapes.mistake(
    "Your pooling changes the channels. The number after its name is the kernel.",
    "pooled_channels",
)(_table(pooled=lambda channels, row: row[1]))


shapes.mistake(
    "Only the convolutions are in your table. It should have one pair for each row.",
    "convolutions_only",
)(_table(shown=lambda row: row[0] == "conv"))


shapes.mistake(
    "Your padding is divided by the stride by itself. Add it to the side first.", "apart"
)(_table(lambda n, k, s, p: (n - k) // s + 1 + 2 * p // s))


@shapes.mistake("You give the sides alone. Give a pair for each row: channels, then side.")
def sides_alone(rows, size, channels=3):
    return [side for _, side in _table()(rows, size, channels)]


@shapes.mistake("Your table has the last row only. It should have one pair for each row.")
def last_row_only(rows, size, channels=3):
    return _table()(rows, size, channels)[-1]


@shapes.mistake("Your pairs have the side first. The channels come first.")
def side_first(rows, size, channels=3):
    return [pair[::-1] for pair in _table()(rows, size, channels)]


@shapes.mistake(
    "Every row starts from the whole picture in your table. A row starts from what the one before"
    " put out."
)
def each_from_the_picture(rows, size, channels=3):
    table = []
    for row in rows:
        table += _table()([row], size, table[-1][0] if table else channels)
    return table


@shapes.alternative
def by_unpacking(rows, size, channels=3):
    table = []
    for name, *numbers in rows:
        if name == "conv":
            channels, kernel, stride, padding = numbers
        else:
            (kernel, stride), padding = numbers, 0
        size = math.floor((size + 2 * padding - kernel) / stride + 1)
        table.append((channels, size))
    return table


@shapes.alternative
def by_counting(rows, size, channels=3):
    if not rows:
        return []
    (name, *numbers), rest = rows[0], rows[1:]
    if name == "conv":
        channels, *numbers = numbers
    kernel, stride, padding = (*numbers, 0)[:3]
    side = len(range(0, size + 2 * padding - kernel + 1, stride))
    return [(channels, side), *by_counting(rest, side, channels)]


@shapes.alternative
def by_running(rows, size, channels=3):
    x, table = torch.zeros(1, 1, size, size), []
    for row in rows:
        channels = row[1] if row[0] == "conv" else channels
        kernel, stride, padding = row[-3:] if row[0] == "conv" else (*row[-2:], 0)
        x = F.pad(x, (padding,) * 4).unfold(2, kernel, stride).unfold(3, kernel, stride)[..., 0, 0]
        table.append([channels, x.shape[-1]])
    return table


shapes.demand("one pair (channels, side)", violated_by="side_first")
shapes.demand("for each row", violated_by="convolutions_only")
shapes.demand("what that row puts out", violated_by="each_from_the_picture")
shapes.demand("A window that would hang over the edge is not counted", violated_by="rounded_up")


# 8.2 The picture of 224

padding_of_224 = Choice(
    "8.2",
    "224 and 55",
    "c",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "a": "213 / 4 is 53.25: 53 steps and the first position make 54. The paper prints 55.",
        "b": "(224 + 2 - 11) / 4 is 53.75: still 53 whole steps, so 54 positions.",
        "d": "(224 + 10 - 11) / 4 is 55.75: 55 whole steps, so 56 positions.",
    },
    because=(
        "(224 + 4 - 11) / 4 is 54.25: 54 whole steps, 55 positions. One row and one column are"
        " never looked at."
    ),
    hints=["`shape_table` will tell you, with a list of one row."],
)


# 8.3 A layer on two GPUs

two_gpus = Exercise(
    "8.3",
    "A layer on two GPUs",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    forbidden={sandbox.GROUPS},
    hints=[
        (
            "GPU number 0 has the first C / groups channels of the input and the first O / groups"
            " filters."
        ),
        (
            "`x.chunk(groups, dim=1)` cuts the channels, `w.chunk(groups)` the filters,"
            " `b.chunk(groups)` the biases."
        ),
        "`torch.cat([F.conv2d(*part) for part in zip(x.chunk(groups, dim=1), ...)], dim=1)`",
    ],
)


@two_gpus.reference
def grouped(x, w, b, groups=2):
    return F.conv2d(x, w, b, groups=groups)


@two_gpus.cases
def _(rng):
    yield call(
        torch.tensor([1.0, 2.0]).reshape(1, 2, 1, 1),
        torch.tensor([3.0, 5.0]).reshape(2, 1, 1, 1),
        torch.zeros(2),
    )
    yield call(whole(rng, 1, 4, 1, 1), whole(rng, 4, 2, 1, 1), whole(rng, 4))
    yield call(whole(rng, 2, 4, 3, 4), whole(rng, 6, 2, 2, 3), whole(rng, 6))
    yield call(whole(rng, 1, 3, 4, 4), whole(rng, 2, 3, 3, 3), whole(rng, 2), groups=1)
    yield call(whole(rng, 2, 6, 5, 4), whole(rng, 9, 2, 3, 2), whole(rng, 9), groups=3)
    for groups, n, deep, many in zip(
        *(rng.integers(*ends, 3).tolist() for ends in [(2, 5), (1, 4), (2, 4), (2, 4)])
    ):
        yield call(
            normal(rng, n, groups * deep, 5, 6),
            normal(rng, groups * many, deep, 3, 2),
            normal(rng, groups * many),
            groups=groups,
        )


def _in_parts(channels, filters, join=lambda parts: torch.cat(parts, dim=1), biased=True):
    """Groups cut in another way, or put together in another way."""

    def grouped(x, w, b, groups=2):
        parts = []
        for gpu in range(groups):
            ours = filters(gpu, groups, len(w))
            part = F.conv2d(
                x[:, channels(gpu, groups, x.shape[1])], w[ours], b[ours] if biased else None
            )
            parts.append(part)
        return join(parts)

    return grouped


def _block(gpu, groups, count):
    return slice(gpu * count // groups, (gpu + 1) * count // groups)


def _dealt(gpu, groups, count):
    return slice(gpu, None, groups)


two_gpus.mistake(
    "You dealt the input channels out in turn, one here, one there. Each GPU has a block of"
    " neighbors.",
    "dealt_channels",
)(_in_parts(_dealt, _block))


two_gpus.mistake(
    "You dealt the filters out in turn. The first O / groups filters belong to the first GPU.",
    "dealt_filters",
)(_in_parts(_block, _dealt))


two_gpus.mistake(
    "Every GPU got the first block of input channels. Each has its own.", "same_channels"
)(_in_parts(lambda gpu, groups, count: _block(0, groups, count), _block))


two_gpus.mistake(
    "You added the GPUs' maps up. They are different maps: put them one after the other, along the"
    " channels.",
    "added",
)(_in_parts(_block, _block, join=sum))


two_gpus.mistake(
    "You put the parts one after the other along the batch. Maps belong along the channels.",
    "along_batch",
)(_in_parts(_block, _block, join=torch.cat))


two_gpus.mistake("Your biases are missing.", "no_bias")(_in_parts(_block, _block, biased=False))


@two_gpus.mistake("This exercise is to write it yourself.", "library call")
def by_the_library(x, w, b, groups=2):
    return torch.conv2d(x, w, b, 1, 0, 1, groups)


@two_gpus.alternative
def in_chunks(x, w, b, groups=2):
    parts = zip(x.chunk(groups, dim=1), w.chunk(groups), b.chunk(groups))
    return torch.cat([F.conv2d(*part) for part in parts], dim=1)


@two_gpus.alternative
def with_zeros(x, w, b, groups=2):
    """One dense layer, whose weights across the groups are zero."""
    deep, many = w.shape[1], len(w) // groups
    dense = w.new_zeros(len(w), x.shape[1], *w.shape[2:])
    for f in range(len(w)):
        dense[f, f // many * deep : (f // many + 1) * deep] = w[f]
    return F.conv2d(x, dense, b)


@two_gpus.alternative
def by_windows(x, w, b, groups=2):
    windows = x.unfold(2, w.shape[2], 1).unfold(3, w.shape[3], 1).unflatten(1, (groups, -1))
    y = torch.einsum("ngchwij,gfcij->ngfhw", windows, w.unflatten(0, (groups, -1)))
    return y.flatten(1, 2) + b[:, None, None]


two_gpus.demand("The first card has the first C / groups channels", violated_by="dealt_channels")
two_gpus.demand("and the first O / groups filters", violated_by="dealt_filters")
two_gpus.demand("the second card the next, and so on", violated_by="same_channels")
two_gpus.demand("Return (N, O, H', W')", violated_by="added")
two_gpus.demand("without its argument groups", violated_by="library call")


# 8.4 AlexNet's parameters

alexnet_count = Exercise(
    "8.4",
    "Sixty million",
    difficulty=3,
    minutes=18,
    core=False,
    points=2,
    hints=[
        (
            "A convolution has filters x (input channels / groups) x kernel x kernel weights, and"
            " a bias for each filter."
        ),
        (
            "Only conv2, conv4 and conv5 are split. fc6 reads the 256 maps after the last pooling,"
            " of 6 x 6 each."
        ),
        (
            "Put the layers in a list `(inputs, filters, kernel, split)` and sum up `filters *"
            " (inputs // split * kernel**2 + 1)`. A linear layer has kernel 1 and is not split."
        ),
    ],
)


@alexnet_count.reference
def alexnet_parameters(groups=1, classes=1000):
    with torch.device("meta"):
        return sum(p.numel() for p in alexnet.alexnet(classes, groups).parameters())


@alexnet_count.cases
def _(rng):
    yield call()
    yield call(groups=2)
    yield call(groups=2, classes=10)
    yield call(groups=4, classes=int(rng.integers(2, 500)))


def _count(
    weights=lambda i, f, k, g: f * i // g * k**2,
    biases=lambda f, g: f,
    split=(2, 4, 5),
    flat=9216,
    classes=None,
):
    """AlexNet's parameters by other rules."""
    wanted = classes

    def alexnet_parameters(groups=1, classes=1000):
        classes = wanted or classes
        rows = [(3, 96, 11), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3)]
        rows += [(flat, 4096, 1), (4096, 4096, 1), (4096, classes, 1)]
        total = 0
        for place, (i, f, k) in enumerate(rows, 1):
            g = groups if place in split else 1
            total += weights(i, f, k, g) + biases(f, g)
        return total

    return alexnet_parameters


alexnet_count.mistake(
    "Your biases are missing: one for each filter and for each output.", "no_biases"
)(_count(biases=lambda f, g: 0))


alexnet_count.mistake(
    "You split the biases as well. Every filter has its bias, on whichever GPU it is.",
    "split_biases",
)(_count(biases=lambda f, g: f // g))


alexnet_count.mistake(
    "You split conv3 too. It is the one where both GPUs read all maps.", "conv3_split"
)(_count(split=(2, 3, 4, 5)))


alexnet_count.mistake(
    "You divided by groups twice, which counts one GPU. There are as many GPUs as groups.",
    "one_gpu_only",
)(_count(weights=lambda i, f, k, g: f * i // g**2 * k**2))


alexnet_count.mistake(
    "The groups change nothing in your count: you left them out.", "groups_ignored"
)(_count(split=()))


alexnet_count.mistake(
    "Your fc6 reads maps of 13 x 13. After the last pooling they are 6 x 6.", "before_pooling"
)(_count(flat=256 * 13 * 13))


alexnet_count.mistake(
    "Your fc6 reads one number for each map. It reads every number of the 256 maps.",
    "one_number_a_map",
)(_count(flat=256))


alexnet_count.mistake(
    "Your fc6 reads maps of 5 x 5. After the last pooling they are 6 x 6.", "five_by_five"
)(_count(flat=256 * 5 * 5))


alexnet_count.mistake(
    "Your fc6 reads maps of 7 x 7. After the last pooling they are 6 x 6.", "seven_by_seven"
)(_count(flat=256 * 7 * 7))


alexnet_count.mistake("You split fc6 into groups. No linear layer is split.", "fc6_split")(
    _count(split=(2, 4, 5, 6))
)


alexnet_count.mistake("You split the linear layers into groups as well.", "linear_split")(
    _count(split=(2, 4, 5, 6, 7, 8))
)


alexnet_count.mistake("You split conv1 too, whose three channels both GPUs read.", "conv1_split")(
    _count(split=(1, 2, 4, 5))
)


@alexnet_count.mistake("Your fc7, from 4,096 numbers to 4,096, is missing.")
def no_fc7(groups=1, classes=1000):
    return _count()(groups, classes) - 4096 * 4097


alexnet_count.mistake("The number of classes is always 1,000 in your count.", "always_thousand")(
    _count(classes=1000)
)


@alexnet_count.mistake("Yours is a float. Parameters are counted: divide with `//`.")
def as_float(groups=1, classes=1000):
    return float(_count()(groups, classes))


@alexnet_count.alternative
def by_adding(groups=1, classes=1000):
    whole_layers = 3 * 96 * 11**2 + 256 * 384 * 9
    split_layers = 96 * 256 * 25 + 384 * 384 * 9 + 384 * 256 * 9
    biases = 96 + 256 + 384 + 384 + 256
    return (
        whole_layers + split_layers // groups + biases + 9217 * 4096 + 4097 * 4096 + 4097 * classes
    )


@alexnet_count.alternative
def by_building(groups=1, classes=1000):
    with torch.device("meta"):
        layers = [
            nn.Conv2d(3, 96, 11),
            nn.Conv2d(96, 256, 5, groups=groups),
            nn.Conv2d(256, 384, 3),
            nn.Conv2d(384, 384, 3, groups=groups),
            nn.Conv2d(384, 256, 3, groups=groups),
            nn.Linear(256 * 6 * 6, 4096),
            nn.Linear(4096, 4096),
            nn.Linear(4096, classes),
        ]
    return sum(p.numel() for layer in layers for p in layer.parameters())


@alexnet_count.alternative
def by_shapes(groups=1, classes=1000):
    weights = [
        (96, 3, 11, 11),
        (256, 96 // groups, 5, 5),
        (384, 256, 3, 3),
        (384, 384 // groups, 3, 3),
        (256, 384 // groups, 3, 3),
        (4096, 9216),
        (4096, 4096),
        (classes, 4096),
    ]
    return sum(math.prod(shape) + shape[0] for shape in weights)


alexnet_count.demand("weights and biases", violated_by="no_biases")
alexnet_count.demand("conv2, conv4 and conv5 are split into groups", violated_by="conv3_split")
alexnet_count.demand("Behind the last pooling", violated_by="before_pooling")
alexnet_count.demand("fc8 classes", violated_by="always_thousand")
alexnet_count.demand("one for each filter and each output", violated_by="split_biases")
alexnet_count.demand("-> int", violated_by="as_float")
