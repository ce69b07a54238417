"""Exercises of notebook 08: AlexNet and VGG, their shapes, what they cost and where, and dropout."""

import itertools
import math
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole
from checker.module_comparison import Unfit
from utils.models import alexnet
from utils.shapes import ledger, receptive_field

ALEXNET = [
    ("conv", 96, 11, 4, 0), ("pool", 3, 2),
    ("conv", 256, 5, 1, 2), ("pool", 3, 2),
    ("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 3, 2),
]  # fmt: skip

# 8.1 The shape table

shapes = Exercise(
    "8.1",
    "The shape table",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "Positions along one axis: `(side + 2 * padding - kernel) // stride + 1`.",
        "Keep two numbers, `channels` and `side`, and change them row by row. Pooling changes only one of them.",
        '`if row[0] == "conv": _, channels, kernel, stride, padding = row`, else '
        "`_, kernel, stride = row` with padding 0; then the rule of the first hint; then append.",
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
    for size, filters, kernel, padding in zip(
        *(rng.integers(*ends, 3).tolist() for ends in [(20, 40), (2, 9), (1, 6), (0, 3)])
    ):
        yield call([("conv", filters, kernel, 2, padding), ("pool", 3, 2), ("conv", 5, 3, 1, 1)], size, channels=2)


def _table(
    rule=lambda n, k, s, p: (n + 2 * p - k) // s + 1, pooled=lambda channels, row: channels, shown=lambda row: True
):
    """A shape table by another rule for a side, other channels after pooling, or with rows left out."""

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


shapes.mistake("You counted the steps between positions of the window. The first position counts too.", "steps")(
    _table(lambda n, k, s, p: (n + 2 * p - k) // s)
)
shapes.mistake("A window that hangs over the edge is not counted: round down.", "rounded_up")(
    _table(lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1)
)
shapes.mistake("That is with padding at one end only.", "one_end")(_table(lambda n, k, s, p: (n + p - k) // s + 1))
shapes.mistake("The division leaves a float. Sides are counted: divide with `//`.", "floats")(
    _table(lambda n, k, s, p: (n + 2 * p - k) / s + 1)
)
shapes.mistake(
    "Your pooling windows stand side by side. In a pooling row the second number is the kernel, the third the stride: "
    "they may overlap.",
    "side_by_side",
)(_table(lambda n, k, s, p: n // k if (k, s, p) == (3, 2, 0) else (n + 2 * p - k) // s + 1))
shapes.mistake("Pooling keeps the channels; the number after its name is the kernel.", "pooled_channels")(
    _table(pooled=lambda channels, row: row[1])
)
shapes.mistake("Only the convolutions are in your table. One pair for every row, please.", "convolutions_only")(
    _table(shown=lambda row: row[0] == "conv")
)


@shapes.mistake("Every row starts from the whole picture in your table. A row starts from what the one before put out.")
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


# 8.2 The picture of 224

padding_of_224 = Choice(
    "8.2",
    "224 and 55",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": "213 / 4 is 53.25: 53 steps and the first position make 54. The paper prints 55.",
        "b": "(224 + 2 - 11) / 4 is 53.75: still 53 whole steps, so 54 positions.",
        "d": "(224 + 10 - 11) / 4 is 55.75: 55 whole steps, so 56 positions.",
    },
    because="(224 + 4 - 11) / 4 is 54.25: 54 whole steps, 55 positions. One row and one column are never looked at.",
    hints=["`shape_table` will tell you, with a list of one row."],
)


# 8.3 A layer on two GPUs

two_gpus = Exercise(
    "8.3",
    "A layer on two GPUs",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        "GPU number 0 has the first C / groups channels of the input and the first F / groups filters.",
        "`x.chunk(groups, dim=1)` cuts the channels, `w.chunk(groups)` the filters, `b.chunk(groups)` the biases.",
        "`torch.cat([F.conv2d(*part) for part in zip(x.chunk(groups, dim=1), ...)], dim=1)`",
    ],
)


@two_gpus.reference
def grouped(x, w, b, groups=2):
    return F.conv2d(x, w, b, groups=groups)


@two_gpus.cases
def _(rng):
    yield call(
        torch.tensor([1.0, 2.0]).reshape(1, 2, 1, 1), torch.tensor([3.0, 5.0]).reshape(2, 1, 1, 1), torch.zeros(2)
    )
    yield call(whole(rng, 1, 4, 1, 1), whole(rng, 4, 2, 1, 1), whole(rng, 4))
    yield call(whole(rng, 2, 4, 3, 4), whole(rng, 6, 2, 2, 3), whole(rng, 6))
    yield call(whole(rng, 1, 3, 4, 4), whole(rng, 2, 3, 3, 3), whole(rng, 2), groups=1)
    yield call(whole(rng, 2, 6, 5, 4), whole(rng, 9, 2, 3, 2), whole(rng, 9), groups=3)
    for groups, n, deep, many in zip(*(rng.integers(*ends, 3).tolist() for ends in [(2, 5), (1, 4), (2, 4), (2, 4)])):
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
            part = F.conv2d(x[:, channels(gpu, groups, x.shape[1])], w[ours], b[ours] if biased else None)
            parts.append(part)
        return join(parts)

    return grouped


def _block(gpu, groups, count):
    return slice(gpu * count // groups, (gpu + 1) * count // groups)


def _dealt(gpu, groups, count):
    return slice(gpu, None, groups)


two_gpus.mistake(
    "You dealt the input channels out in turn, one here, one there. Each GPU has a block of neighbors.",
    "dealt_channels",
)(_in_parts(_dealt, _block))
two_gpus.mistake(
    "You dealt the filters out in turn. The first F / groups filters belong to the first GPU.", "dealt_filters"
)(_in_parts(_block, _dealt))
two_gpus.mistake("Every GPU got the first block of input channels. Each has its own.", "same_channels")(
    _in_parts(lambda gpu, groups, count: _block(0, groups, count), _block)
)
two_gpus.mistake(
    "You added the GPUs' maps up. They are different maps: put them one after the other, along the channels.", "added"
)(_in_parts(_block, _block, join=sum))
two_gpus.mistake(
    "You put the parts one after the other along the batch. Maps belong along the channels.", "along_batch"
)(_in_parts(_block, _block, join=torch.cat))
two_gpus.mistake("The biases are missing.", "no_bias")(_in_parts(_block, _block, biased=False))


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


# 8.4 AlexNet's parameters

alexnet_count = Exercise(
    "8.4",
    "Sixty million",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "A convolution has filters x (input channels / groups) x kernel x kernel weights, and a bias for each filter.",
        "Only conv2, conv4 and conv5 are split. fc6 reads the 256 maps after the last pooling, of 6 x 6 each.",
        "Put the layers in a list `(inputs, filters, kernel, split)` and sum up "
        "`filters * (inputs // split * kernel**2 + 1)`. A linear layer has kernel 1 and is not split.",
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
    weights=lambda i, f, k, g: f * i // g * k**2, biases=lambda f, g: f, split=(2, 4, 5), flat=9216, classes=None
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


alexnet_count.mistake("The biases are missing: one for each filter and for each output.", "no_biases")(
    _count(biases=lambda f, g: 0)
)
alexnet_count.mistake(
    "You split the biases as well. Every filter has its bias, on whichever GPU it is.", "split_biases"
)(_count(biases=lambda f, g: f // g))
alexnet_count.mistake("You split conv3 too. It is the one where both GPUs read all maps.", "conv3_split")(
    _count(split=(2, 3, 4, 5))
)
alexnet_count.mistake(
    "Divided by groups twice: that is the work of one GPU. There are as many GPUs as groups.", "one_gpu_only"
)(_count(weights=lambda i, f, k, g: f * i // g**2 * k**2))
alexnet_count.mistake("The groups change nothing in your count: you left them out.", "groups_ignored")(_count(split=()))
alexnet_count.mistake("fc6 comes after the last pooling: it reads maps of 6 x 6, not 13 x 13.", "before_pooling")(
    _count(flat=256 * 13 * 13)
)
alexnet_count.mistake("fc6 reads every number of the 256 maps, not one a map.", "one_number_a_map")(_count(flat=256))
alexnet_count.mistake("The number of classes is always 1,000 in your count.", "always_thousand")(_count(classes=1000))


@alexnet_count.alternative
def by_adding(groups=1, classes=1000):
    whole_layers = 3 * 96 * 11**2 + 256 * 384 * 9
    split_layers = 96 * 256 * 25 + 384 * 384 * 9 + 384 * 256 * 9
    biases = 96 + 256 + 384 + 384 + 256
    return whole_layers + split_layers // groups + biases + 9217 * 4096 + 4097 * 4096 + 4097 * classes


@alexnet_count.alternative
def by_building(groups=1, classes=1000):
    with torch.device("meta"):
        layers = [
            nn.Conv2d(3, 96, 11), nn.Conv2d(96, 256, 5, groups=groups), nn.Conv2d(256, 384, 3),
            nn.Conv2d(384, 384, 3, groups=groups), nn.Conv2d(384, 256, 3, groups=groups),
            nn.Linear(256 * 6 * 6, 4096), nn.Linear(4096, 4096), nn.Linear(4096, classes),
        ]  # fmt: skip
    return sum(p.numel() for layer in layers for p in layer.parameters())


@alexnet_count.alternative
def by_shapes(groups=1, classes=1000):
    weights = [
        (96, 3, 11, 11), (256, 96 // groups, 5, 5), (384, 256, 3, 3), (384, 384 // groups, 3, 3),
        (256, 384 // groups, 3, 3), (4096, 9216), (4096, 4096), (classes, 4096),
    ]  # fmt: skip
    return sum(math.prod(shape) + shape[0] for shape in weights)


# 8.5 Crops

crops = Number(
    "8.5",
    "How many pictures in one?",
    2178,
    difficulty=1,
    minutes=3,
    wrong={
        "paper": (2048, "That is the paper's own number, 32 x 32 x 2. Does a window of 1 pixel in 2 have one place?"),
        "unmirrored": (1089, "Each of them can be mirrored as well."),
        "unmirrored_paper": (1024, "Think of a window of 1 pixel in 2: it has two places. And the mirror is missing."),
        "one_axis": (66, "The window moves along both axes, and independently."),
        "every_pixel": (131072, "That lets the window begin at every pixel; it would hang over the edge."),
    },
    right=[2178.0, 33 * 33 * 2, 2 * (256 - 224 + 1) ** 2],
    hints=["Along one axis it is the rule of 8.1, with stride 1.", "Then both axes, then the mirror."],
)


# 8.6 Dropout. Judged by statistics: with 200,000 numbers, a share rounded to two digits is practically never off.

drop = Exercise(
    "8.6",
    "Dropout",
    difficulty=2,
    minutes=8,
    points=2,
    tolerance=0.03,
    hints=[
        "`torch.rand(x.shape)` draws numbers from 0 to 1 with equal chance everywhere. Which share lies below p?",
        "`torch.rand(x.shape) >= p` is True with probability 1 - p. True counts as 1 in a product.",
        "In training: `mask = torch.rand(x.shape) >= p`, then `x * mask / (1 - p)`. Otherwise: `x`.",
    ],
)


@drop.reference
def dropout(x, p, training):
    if not training:
        return x.clone()
    return x * torch.empty_like(x).bernoulli_(1 - p) / (1 - p)


@drop.cases
def _(rng):
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), 0.3, training=False)
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), 0.0, training=True)
    yield call(1 + normal(rng, 500, 400).abs(), 0.3, training=True)
    yield call(1 + normal(rng, 500, 400).abs(), 0.5, training=True)
    yield call(-1 - normal(rng, 40, 20, 10, 25).abs(), 0.8, training=True)
    yield call(normal(rng, 2, 3, 4, 4), 0.8, training=False)


def _library(*args, **kwargs):
    raise Unfit("this calls the library's dropout. The exercise is to write it yourself.")


@drop.probe
def _(attempt, x, p, training):
    with mock.patch.object(F, "dropout", _library), mock.patch.object(torch, "dropout", _library):
        given = x.clone()
        y, again = attempt(given, p, training), attempt(x.clone(), p, training)
    if not torch.equal(given, x):
        raise Unfit("this changes its input, which the caller still needs. Write `x * mask`, not `x *= mask`.")
    if not isinstance(y, torch.Tensor) or y.shape != x.shape or p == 0 or not training:
        return y
    return _of_dropout(x, y, again)


def _of_dropout(x, y, again):
    """What can be said of dropout without knowing the numbers it draws."""
    kept = y != 0
    factors = (y / x)[kept]
    steady = len(factors) > 0 and factors.max() - factors.min() < 1e-6
    return {
        "the axes along which all are dropped or kept together": _together(kept),
        "the share of numbers that are zero": round((~kept).double().mean().item(), 2),
        "the factor on those that are kept": factors[0].item() if steady else "not the same for all",
        "a second call": "the same zeros" if torch.equal(kept, again != 0) else "new zeros",
    }


def _together(kept):
    return [axis for axis in range(kept.dim()) if (kept == kept.select(axis, 0).unsqueeze(axis)).all()]


def _scaled(draw=lambda x, p: torch.rand(x.shape) >= p, training=lambda p: 1 / (1 - p), evaluation=lambda p: 1.0):
    """Dropout with another mask or other factors."""

    def dropout(x, p, training_mode):
        return x * draw(x, p) * training(p) if training_mode else x * evaluation(p)

    return dropout


drop.mistake(
    "The kept numbers are multiplied by 1 / p. A share of 1 - p is kept, so that is what to divide by.", "over_p"
)(_scaled(training=lambda p: 1 / p if p else 1.0))
drop.mistake("The kept numbers stay as they were, so the mean falls. Make up for what was dropped.", "no_scale")(
    _scaled(training=lambda p: 1.0)
)
drop.mistake("You multiply by 1 - p what should be divided by it.", "times_kept")(_scaled(training=lambda p: 1 - p))
drop.mistake("You keep a share of p and drop the rest. Here p is the probability of being dropped.", "p_kept")(
    _scaled(lambda x, p: torch.rand(x.shape) < p, training=lambda p: 1 / p if p else 1.0)
)
drop.mistake(
    "The factor is right for dropping a share of p, but your mask keeps that share. Turn the comparison round.",
    "mask_turned",
)(_scaled(lambda x, p: torch.rand(x.shape) < p))
drop.mistake(
    "That is dropout as of 2012: nothing in training, a factor of 1 - p afterwards. Here all is settled in training.",
    "of_2012",
)(_scaled(training=lambda p: 1.0, evaluation=lambda p: 1 - p))
drop.mistake(
    "Corrected twice: you divide in training and multiply again in evaluation, which should leave x alone.", "twice"
)(_scaled(evaluation=lambda p: 1 - p))
drop.mistake(
    "`torch.randn` draws from a bell curve around 0, of which another share than p lies below p. `torch.rand` is even.",
    "bell_curve",
)(_scaled(lambda x, p: torch.randn(x.shape) >= p))
drop.mistake("One mask for the whole batch. Every picture needs its own: draw as many numbers as x has.", "one_mask")(
    _scaled(lambda x, p: torch.rand(x.shape[1:]) >= p)
)
drop.mistake("You drop whole pictures. Every number is dropped or kept by itself.", "whole_pictures")(
    _scaled(lambda x, p: torch.rand(len(x), *[1] * (x.dim() - 1)) >= p)
)


drop.mistake("You drop whole feature maps. Every number is dropped or kept by itself.", "whole_maps")(
    _scaled(lambda x, p: torch.rand(*x.shape[:2], *[1] * (x.dim() - 2)) >= p)
)


@drop.mistake("In evaluation mode nothing is dropped: look at `training`.")
def always(x, p, training):
    return x * (torch.rand(x.shape) >= p) / (1 - p)


@drop.mistake("You multiply every number by a random one. A number is kept or dropped, so compare with p first.")
def not_compared(x, p, training):
    return x * torch.rand(x.shape) / (1 - p) if training else x


@drop.alternative
def by_comparison(x, p, training):
    if training:
        mask = torch.rand_like(x) >= p
        return x * mask / (1 - p)
    return x


@drop.alternative
def with_numpy(x, p, training):
    if not training:
        return x
    mask = (np.random.rand(*x.shape) < 1 - p) / (1 - p)
    return x * torch.from_numpy(mask)


@drop.alternative
def by_filling(x, p, training):
    y = x.clone()
    if training:
        y[torch.rand(x.shape) < p] = 0
        y /= 1 - p
    return y


@drop.alternative
def by_where(x, p, training):
    dropped = torch.bernoulli(torch.full(x.shape, float(p))).bool()
    return torch.where(dropped, torch.zeros_like(x), x / (1 - p)) if training else x.clone()


# 8.7 Spot the bug

switch = Module(
    "8.7",
    "Spot the bug: the switch",
    difficulty=2,
    minutes=4,
    hints=[
        "`net.eval()` sets `training` to False on the net and on all its parts. Who reads it here?",
        "`F.dropout` has a third argument, `training`. What is it if you do not give it?",
    ],
)


@switch.reference
class Head(nn.Module):
    def __init__(self, inputs, hidden, classes, p=0.5):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.fc1(x))))


@switch.cases
def _(rng):
    yield call(2, 8, 2, inputs=normal(rng, 2, 2))
    yield call(5, 40, 3, p=0.2, inputs=normal(rng, 6, 5))
    yield call(4, 30, 3, p=0.8, inputs=normal(rng, 5, 4))


def _head(drop):
    """A Head that drops in another way; `drop(self, h)`."""

    def init(self, inputs, hidden, classes, p=0.5):
        nn.Module.__init__(self)
        self.fc1, self.fc2, self.p = nn.Linear(inputs, hidden), nn.Linear(hidden, classes), p

    return type(
        "Head", (nn.Module,), {"__init__": init, "forward": lambda self, x: self.fc2(drop(self, F.relu(self.fc1(x))))}
    )


switch.mistake(
    "It still drops in evaluation mode. `F.dropout` cannot know the mode of your net, and an `nn.Dropout` made inside "
    "`forward` is new each time, so `eval()` never reached it.",
    "still_on",
)(_head(lambda self, h: F.dropout(h, self.p)))
switch.mistake("Now it never drops, not even in training.", "never")(_head(lambda self, h: h))
switch.mistake("The switch is the wrong way round: it drops in evaluation mode only.", "turned")(
    _head(lambda self, h: F.dropout(h, self.p, not self.training))
)
switch.mistake("It is switched right, but p is lost: 0.5 is the default of `F.dropout` and `nn.Dropout`.", "p_lost")(
    _head(lambda self, h: F.dropout(h, training=self.training))
)
switch.mistake(
    "PyTorch's dropout has corrected in training already. In evaluation mode the numbers stay as they are.", "twice"
)(_head(lambda self, h: F.dropout(h, self.p) if self.training else h * (1 - self.p)))
switch.mistake("You drop what `fc2` puts out, the scores themselves. Drop the hidden numbers.", "scores")(
    type(
        "Head",
        (_head(None),),
        {"forward": lambda self, x: F.dropout(self.fc2(F.relu(self.fc1(x))), self.p, self.training)},
    )
)


switch.alternative(_head(lambda self, h: F.dropout(h, self.p, self.training)))
switch.alternative(_head(lambda self, h: F.dropout(h, self.p) if self.training else h))


@switch.alternative
class InASequence(nn.Module):
    def __init__(self, inputs, hidden, classes, p=0.5):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
        self.rest = nn.Sequential(nn.ReLU(), nn.Dropout(p))

    def forward(self, x):
        return self.fc2(self.rest(self.fc1(x)))


# 8.8 Small windows

small_windows = Exercise(
    "8.8",
    "Small windows in a row",
    difficulty=2,
    minutes=6,
    hints=[
        "One 3 x 3 layer sees 3 pixels across. The next one sees one more on each side.",
        "A k x k layer from C to C channels has C filters with C x k x k weights and one bias each.",
        "`side = 2 * n + 1`; `n * channels * (9 * channels + 1)`; `channels * (side**2 * channels + 1)`.",
    ],
)


@small_windows.reference
def stack_against_one(n, channels):
    side = receptive_field([(3,)] * n)
    with torch.device("meta"):
        one = nn.Conv2d(channels, channels, side)
        stack = nn.Sequential(*(nn.Conv2d(channels, channels, 3) for _ in range(n)))
    return side, *(sum(p.numel() for p in net.parameters()) for net in (stack, one))


@small_windows.cases
def _(rng):
    yield call(1, 1)
    yield call(2, 1)
    yield call(2, 64)
    yield call(3, 512)
    for n, channels in rng.integers(2, 9, (3, 2)).tolist():
        yield call(n, channels)


def _against(side=lambda n: 2 * n + 1, stack=lambda n, c: n * c * (9 * c + 1), one=lambda k, c: c * (k * k * c + 1)):
    """The answer by other rules."""
    return lambda n, channels: (side(n), stack(n, channels), one(side(n), channels))


small_windows.mistake(
    "The windows overlap: a second layer of 3 x 3 adds one pixel on each side, not three.", "three_each"
)(_against(lambda n: 3 * n))
small_windows.mistake("A layer adds one pixel on each side, so two in all.", "one_more")(_against(lambda n: n + 2))
small_windows.mistake("The biases are missing, one a filter.", "no_biases")(
    _against(stack=lambda n, c: n * c * 9 * c, one=lambda k, c: c * k * k * c)
)
small_windows.mistake("The biases of the stack are missing, one a filter.", "no_biases_in_the_stack")(
    _against(stack=lambda n, c: n * c * 9 * c)
)
small_windows.mistake("The biases of the large window are missing, one a filter.", "no_biases_in_the_large_window")(
    _against(one=lambda k, c: c * k * k * c)
)
small_windows.mistake(
    "A filter is as deep as its input, so the channels count twice: C filters of C channels.", "flat"
)(_against(stack=lambda n, c: n * c * 10, one=lambda k, c: c * (k * k + 1)))
small_windows.mistake("A filter has one bias, not one for each channel that it reads.", "a_bias_for_each_pair")(
    _against(stack=lambda n, c: n * c * c * 10, one=lambda k, c: c * c * (k * k + 1))
)
small_windows.mistake(
    "A window of the stack has 3 x 3 weights for each channel it sees, and you count one side of it, 3.",
    "one_side_of_the_stack",
)(_against(stack=lambda n, c: n * c * (3 * c + 1)))
small_windows.mistake(
    "The large window has `side * side` weights for each channel it sees, and you count one side of it.",
    "one_side_of_the_large_window",
)(_against(one=lambda k, c: c * (k * c + 1)))
small_windows.mistake("Windows have two sides: 3 x 3 weights for each channel they see. You count one.", "one_side")(
    _against(stack=lambda n, c: n * c * (3 * c + 1), one=lambda k, c: c * (k * c + 1))
)
small_windows.mistake("That is the area it sees. How many pixels is that across, along one side?", "area")(
    _against(lambda n: (2 * n + 1) ** 2, one=lambda k, c: c * (k * c + 1))
)
small_windows.mistake("The single layer has to see as much: its window is larger than 3 x 3.", "window_of_the_stack")(
    _against(one=lambda k, c: c * (9 * c + 1))
)
small_windows.mistake("Your stack has one layer. It has n.", "one_layer")(_against(stack=lambda n, c: c * (9 * c + 1)))
small_windows.mistake("Your stack has one layer too few: it has n, all with parameters.", "one_layer_too_few")(
    _against(stack=lambda n, c: (n - 1) * c * (9 * c + 1))
)
small_windows.mistake("The biases of the stack are counted for one layer only.", "biases_once")(
    _against(stack=lambda n, c: n * c * 9 * c + c)
)
small_windows.mistake("A layer has a bias for each of its filters, not one in all.", "a_bias_a_layer")(
    _against(stack=lambda n, c: n * (9 * c * c + 1), one=lambda k, c: c * c * k * k + 1)
)
small_windows.mistake(
    "A layer of the stack has a bias for each of its filters, not one in all.", "a_bias_a_layer_of_the_stack"
)(_against(stack=lambda n, c: n * (9 * c * c + 1)))
small_windows.mistake("The large window has a bias for each filter, not one in all.", "a_bias_for_the_large_window")(
    _against(one=lambda k, c: c * c * k * k + 1)
)


@small_windows.mistake("The last two are in the wrong order: first the stack, then the single layer.")
def swapped(n, channels):
    side, stack, one = _against()(n, channels)
    return side, one, stack


small_windows.alternative(_against())


@small_windows.alternative
def by_loop(n, channels):
    side, stack = 1, 0
    for _ in range(n):
        side += 2
        stack += channels * channels * 3 * 3 + channels
    return [side, stack, channels**2 * side**2 + channels]


@small_windows.alternative
def by_gradient(n, channels):
    row = torch.zeros(1, 1, 4 * n + 1, requires_grad=True)
    y = row
    for _ in range(n):
        y = F.conv1d(y, torch.ones(1, 1, 3), padding=1)
    y[0, 0, 2 * n].backward()
    side = int((row.grad != 0).sum())
    layer, large = nn.Conv2d(channels, channels, 3, device="meta"), nn.Conv2d(channels, channels, side, device="meta")
    return side, n * sum(map(torch.numel, layer.parameters())), sum(map(torch.numel, large.parameters()))


# 8.9 VGG from a list

VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
VGG19 = [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"]

from_list = Exercise(
    "8.9",
    "VGG from a list",
    difficulty=3,
    minutes=12,
    points=3,
    hints=[
        'Walk through the list with a growing list of layers. On "M" append `nn.MaxPool2d(2)`, else a convolution and '
        "a ReLU.",
        "Keep count of two numbers on the way: the channels that the next convolution reads, and the side of the maps.",
        "At the end: `nn.Flatten()`, `nn.Linear(channels * side**2, hidden)`, ReLU, dropout, the same from hidden to "
        "hidden, `nn.Linear(hidden, classes)`, and `nn.Sequential(*layers)`.",
    ],
)


def _vgg(
    convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1), nn.ReLU()], pool=lambda: nn.MaxPool2d(2), carried=True,
    flat=lambda channels, side: channels * side**2, between=lambda: [nn.ReLU(), nn.Dropout()], last=lambda: [],
):  # fmt: skip
    """VGG from a list, with some part of it another."""

    def vgg(config, inputs=3, size=224, hidden=4096, classes=1000):
        layers, channels, side = [], inputs, size
        for item in config:
            if item == "M":
                layers, side = [*layers, pool()], side // 2
            else:
                layers, channels = [*layers, *convolution(channels if carried else inputs, item)], item
        layers += [nn.Flatten(), nn.Linear(flat(channels, side), hidden), *between()]
        layers += [nn.Linear(hidden, hidden), *between(), nn.Linear(hidden, classes), *last()]
        return nn.Sequential(*layers)

    return vgg


from_list.reference(_vgg())


@from_list.cases
def _(rng):
    for config, inputs, size, hidden, classes in [
        ([4, "M"], 1, 4, 6, 2),
        ([4, 4, "M"], 2, 5, 6, 3),
        ([3, "M", 4, 5, "M"], 1, 8, 7, 3),
        ([2, 3, "M", 4, "M", 5, 4, "M"], 3, 17, 8, 4),
    ]:
        yield call(config, inputs=inputs, size=size, hidden=hidden, classes=classes)
    yield call(VGG16)


@from_list.probe(twins=True)
def _(attempt, config, inputs=3, size=224, hidden=4096, classes=1000):
    given = {"inputs": inputs, "size": size, "hidden": hidden, "classes": classes}
    large = size > 64
    with torch.device("meta" if large else "cpu"):
        net = attempt(config, **given)
        twin = from_list.answer(config, **given)
    if not isinstance(net, nn.Module):
        raise Unfit("give back a net, an `nn.Module`; `nn.Sequential(*layers)` makes one of a list.")
    sizes = {"the shapes of its parameters": [tuple(p.shape) for p in net.parameters()]}
    if large or sizes["the shapes of its parameters"] != [tuple(p.shape) for p in twin.parameters()]:
        return sizes
    return sizes | _runs(net, torch.linspace(-1, 2, 3 * inputs * size**2).reshape(3, inputs, size, size).sin())


def _runs(net, x):
    """What a net does with known weights."""
    source = torch.Generator().manual_seed(8)
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(torch.randn(weights.shape, generator=source) * (2 / weights[0].numel()) ** 0.5)
    output = net.eval()(x)
    (output * torch.linspace(0.5, 1.5, output.numel()).reshape(output.shape)).sum().backward()
    first = next(net.parameters()).grad.clone()
    noise = {"in training mode, from run to run": _how_noisy(net, x[:1])} if x.shape[-1] < 8 else {}
    return {"in evaluation mode": output.detach(), "the gradient of its first weights": first} | noise


def _how_noisy(net, picture):
    """All hidden units give 1, and the scores are the sum of two: how often do they come out as what, in 4000 runs?"""
    with torch.no_grad():  # dropout draws for each row by itself
        one, one_bias, two, two_bias, three, three_bias = list(net.parameters())[-6:]
        for weights in (one, two, two_bias, three, three_bias):
            weights.zero_()
        one_bias.fill_(1), two.fill_diagonal_(1), three[:, :2].fill_(1)
        runs = net.train()(picture.expand(4000, *picture.shape[1:]))
    if torch.equal(runs, runs[:1].expand_as(runs)):
        return "the same"
    shares = torch.stack([(runs == total).double().mean(0) for total in (0, 4, 8)], 1)
    right = (shares - torch.tensor([9 / 16, 6 / 16, 1 / 16])).abs().max() < 0.04
    return "noisy as dropout makes it" if right else "noisy, but not as after two dropouts"


from_list.mistake("There is no ReLU between your convolutions, so all of them together are one linear map.", "linear")(
    _vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1)])
)
from_list.mistake(
    "All your convolutions read as many channels as the picture has. Each reads what the one before put out.",
    "not_carried",
)(_vgg(carried=False))
from_list.mistake(
    "Your convolutions shrink the maps: with a kernel of 3, keep the size by a padding of 1.", "no_padding"
)(_vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3), nn.ReLU()]))
from_list.mistake("You average over 2 x 2. VGG takes the largest.", "average")(_vgg(pool=lambda: nn.AvgPool2d(2)))
from_list.mistake(
    "Your first linear layer reads one number a map. It reads the whole maps: channels x side x side.",
    "one_number_a_map",
)(_vgg(flat=lambda channels, side: channels))
from_list.mistake("There is no ReLU between your linear layers.", "linear_head")(_vgg(between=lambda: [nn.Dropout()]))
from_list.mistake("The dropout after the first two linear layers is missing.", "no_dropout")(
    _vgg(between=lambda: [nn.ReLU()])
)
from_list.mistake("A ReLU after the last layer cuts off all negative scores.", "scores_cut")(
    _vgg(last=lambda: [nn.ReLU()])
)
from_list.mistake("Give back scores, without softmax: the loss of PyTorch takes care of that.", "softmax")(
    _vgg(last=lambda: [nn.Softmax(dim=1)])
)


@from_list.alternative
class AsModule(nn.Module):
    def __init__(self, config, inputs=3, size=224, hidden=4096, classes=1000):
        super().__init__()
        self.features = nn.Sequential()
        for item in config:
            if item == "M":
                self.features.append(nn.MaxPool2d(2, 2))
            else:
                self.features.append(nn.Conv2d(inputs, item, 3, padding="same")).append(nn.ReLU(inplace=True))
                inputs = item
        side = size // 2 ** config.count("M")
        self.fc1, self.fc2 = nn.Linear(inputs * side * side, hidden), nn.Linear(hidden, hidden)
        self.fc3, self.drop = nn.Linear(hidden, classes), nn.Dropout(0.5)

    def forward(self, x):
        x = self.drop(F.relu(self.fc1(self.features(x).flatten(1))))
        return self.fc3(self.drop(F.relu(self.fc2(x))))


@from_list.alternative
def by_stages(config, inputs=3, size=224, hidden=4096, classes=1000):
    """ReLU after pooling, which is the same: the largest of cut numbers is the cut largest."""
    stages, channels = [], inputs
    for is_pool, items in itertools.groupby(config, lambda item: item == "M"):
        for item in [] if is_pool else items:
            stages += [nn.Conv2d(channels, item, (3, 3), (1, 1), (1, 1)), nn.ReLU()]
            channels = item
        if is_pool:
            stages = [*stages[:-1], nn.MaxPool2d(2), nn.ReLU()]
    for _ in range(config.count("M")):
        size //= 2
    head = nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, hidden), nn.Dropout(), nn.ReLU())
    return nn.Sequential(*stages, head, nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, classes))


@from_list.alternative
def in_two_parts(config, inputs=3, size=224, hidden=4096, classes=1000):
    net = _vgg()(config, inputs, size, hidden, classes)
    return nn.Sequential(nn.Sequential(*net[:-7]), nn.Sequential(*net[-7:]))


# 8.10 VGG's parameters

vgg_count = Exercise(
    "8.10",
    "How many in VGG?",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "A 3 x 3 convolution from i to f channels has `f * (9 * i + 1)` numbers, a linear layer `f * (i + 1)`.",
        "After the list you need two numbers: the channels of the last convolution, and the side of its maps.",
        '`side = size // 2 ** config.count("M")`, and fc1 reads `channels * side**2` numbers.',
    ],
)


@vgg_count.reference
def vgg_parameters(config, inputs=3, size=224, hidden=4096, classes=1000):
    with torch.device("meta"):
        return sum(p.numel() for p in from_list.answer(config, inputs, size, hidden, classes).parameters())


@vgg_count.cases
def _(rng):
    yield call([2, "M"], inputs=1, size=4, hidden=3, classes=2)
    yield call([4, 4, "M", 8, "M"], inputs=3, size=9, hidden=5, classes=4)
    yield call(VGG16)
    yield call(VGG19)
    yield call(VGG16, size=32, hidden=512, classes=10)
    yield call(["M", 5, 6, "M"], inputs=2, size=int(rng.integers(4, 30)), hidden=7, classes=3)


def _vgg_count(
    conv=lambda i, f: f * (9 * i + 1), linear=lambda i, f: f * (i + 1), carried=True,
    flat=lambda channels, side, size: channels * side**2, linears=3,
):  # fmt: skip
    """VGG's parameters by other rules."""

    def vgg_parameters(config, inputs=3, size=224, hidden=4096, classes=1000):
        total, channels, side = 0, inputs, size
        for item in config:
            if item == "M":
                side //= 2
            else:
                total, channels = total + conv(channels if carried else inputs, item), item
        total += linear(flat(channels, side, size), hidden) + linear(hidden, classes)
        return total + (linears - 2) * linear(hidden, hidden)

    return vgg_parameters


vgg_count.mistake("The biases are missing.", "no_biases")(_vgg_count(lambda i, f: 9 * f * i, lambda i, f: f * i))
vgg_count.mistake("The biases of the linear layers are missing.", "linear_biases")(
    _vgg_count(linear=lambda i, f: f * i)
)
vgg_count.mistake("Pooling shrinks the maps: fc1 reads the last ones, not some of the picture's size.", "never_pooled")(
    _vgg_count(flat=lambda channels, side, size: channels * size**2)
)
vgg_count.mistake("fc1 reads whole maps, side x side numbers each, not one number a map.", "one_number_a_map")(
    _vgg_count(flat=lambda channels, side, size: channels)
)
vgg_count.mistake("fc1 reads maps of side x side. You multiplied by the side once.", "one_axis")(
    _vgg_count(flat=lambda channels, side, size: channels * side)
)
vgg_count.mistake(
    "Every convolution of yours reads the picture's channels, not those of the layer before.", "not_carried"
)(_vgg_count(carried=False))
vgg_count.mistake("One linear layer is missing, the one from hidden to hidden. There are three.", "two_linear")(
    _vgg_count(linears=2)
)
vgg_count.alternative(_vgg_count())


@vgg_count.alternative
def in_pairs(config, inputs=3, size=224, hidden=4096, classes=1000):
    filters = [item for item in config if item != "M"]
    convolutions = sum(9 * i * f + f for i, f in zip([inputs, *filters], filters))
    widths = [filters[-1] * (size // 2 ** config.count("M")) ** 2, hidden, hidden, classes]
    return convolutions + sum(i * o + o for i, o in itertools.pairwise(widths))


@vgg_count.alternative
def by_ledger(config, inputs=3, size=224, hidden=4096, classes=1000):
    with torch.device("meta"):
        net = _vgg()(config, inputs, size, hidden, classes)
    return ledger(net, (1, inputs, size, size)).parameters


# 8.11 and 8.12 Where is it?

most_parameters = Choice(
    "8.11",
    "Where are the parameters?",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "A 3 x 3 layer from 512 to 512 channels has 2.4 million. Another has forty times as many.",
        "c": "4,096 x 1,000 is 4.1 million: much, and not the most.",
        "d": "They are spread most unevenly. How many numbers does the first linear layer read?",
    },
    because="25,088 x 4,096 are 102.8 million weights, 74 % of all, in one of 16 layers.",
    hints=["The last maps are 512 of 7 x 7. Each of their numbers meets each of 4,096 outputs."],
)

most_memory = Choice(
    "8.12",
    "Where is the memory?",
    "a",
    difficulty=2,
    minutes=1,
    why={
        "b": "Channels double, but the maps shrink to a quarter: a stage further has half the numbers a layer.",
        "c": "Its maps are 14 x 14, a 256th of the pixels, and only eight times the channels of the first.",
        "d": "A linear layer puts out 4,096 numbers here. A single map of stage 1 has 50,176.",
    },
    because="Each of its two layers puts out 64 x 224 x 224 = 3.2 million numbers; the next stage's half as many each.",
    hints=["Channels times height times width, for one layer of each."],
)


# 8.13 The ledger

by_stage = Exercise(
    "8.13",
    "The ledger by stage",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "For one convolution: `filters * (9 * channels + 1)` parameters, `filters * side**2` numbers put out. Each of "
        "these costs as many multiply-adds as a filter has weights.",
        'Keep three sums. On "M" append them to the result, set them to zero, and halve the side.',
        "Multiply-adds of a convolution: `filters * side**2 * 9 * channels`.",
    ],
)


@by_stage.reference
def ledger_by_stage(config, inputs=3, size=224):
    stages, stage = [], []
    for item in config:
        if item != "M":
            stage.append(nn.Conv2d(inputs, item, 3, padding=1, device="meta"))
            inputs = item
            continue
        rows = ledger(nn.Sequential(*stage), (1, stage[0].in_channels, size, size))
        stages.append((rows.parameters, rows.multiply_adds, rows.activations))
        stage, size = [], size // 2
    return stages


@by_stage.cases
def _(rng):
    yield call([2, "M"], inputs=1, size=2)
    yield call([2, 3, "M"], inputs=1, size=5)
    yield call([2, "M", 4, 4, "M"], inputs=3, size=6)
    yield call(VGG16)
    yield call(VGG19)
    yield call([*rng.integers(2, 9, 2).tolist(), "M", 5, "M", 7, 6, "M"], inputs=2, size=int(rng.integers(8, 30)))


def _stages(
    parameters=lambda i, f: f * (9 * i + 1), work=lambda i, f, side: 9 * i * f * side**2,
    out=lambda i, f, side: f * side**2, side=lambda side: side // 2, reset=True, carried=True,
):  # fmt: skip
    """The ledger by other rules."""
    shrink = side

    def ledger_by_stage(config, inputs=3, size=224):
        stages, sums, channels, side = [], [0, 0, 0], inputs, size
        for item in config:
            if item == "M":
                stages, sums, side = [*stages, tuple(sums)], [0, 0, 0] if reset else sums, shrink(side)
                continue
            counts = parameters(channels, item), work(channels, item, side), out(channels, item, side)
            sums, channels = [a + b for a, b in zip(sums, counts)], item if carried else channels
        return stages

    return ledger_by_stage


by_stage.mistake("The biases are missing from your parameters.", "no_biases")(
    _stages(parameters=lambda i, f: 9 * i * f)
)
by_stage.mistake("You counted adding the bias as a multiply-add. Nothing is multiplied there.", "bias_work")(
    _stages(work=lambda i, f, side: (9 * i + 1) * f * side**2)
)
by_stage.mistake("That counts multiplying and adding as two. A multiply-add is one.", "flops")(
    _stages(work=lambda i, f, side: 18 * i * f * side**2)
)
by_stage.mistake("The maps shrink after every stage.", "never_shrunk")(_stages(side=lambda side: side))
by_stage.mistake("Your sums go on from stage to stage. Start each from zero.", "running_sums")(_stages(reset=False))
by_stage.mistake(
    "All your filters are as deep as the picture. They are as deep as the layer before is wide.", "not_carried"
)(_stages(carried=False))
by_stage.mistake("A filter is as deep as its input: its 9 weights come once for each input channel.", "flat")(
    _stages(parameters=lambda i, f: 10 * f, work=lambda i, f, side: 9 * f * side**2)
)
by_stage.mistake("You counted the numbers that go in. Count those that come out.", "numbers_in")(
    _stages(out=lambda i, f, side: i * side**2)
)
by_stage.alternative(_stages())


@by_stage.alternative
def by_splitting(config, inputs=3, size=224):
    result = []
    stages = [list(items) for is_pool, items in itertools.groupby(config, lambda item: item == "M") if not is_pool]
    for place, filters in enumerate(stages):
        pixels = (size // 2**place) ** 2
        pairs = list(zip([inputs, *filters], filters))
        weights = sum(9 * i * f for i, f in pairs)
        result.append((weights + sum(filters), weights * pixels, sum(filters) * pixels))
        inputs = filters[-1]
    return result


@by_stage.alternative
def with_tensors(config, inputs=3, size=224):
    rows, stage = [], torch.zeros(3, dtype=torch.int64)
    for item in config:
        if item == "M":
            rows.append(tuple(stage.tolist()))
            size, stage = size // 2, torch.zeros_like(stage)
        else:
            weight = torch.empty(item, inputs, 3, 3, device="meta")
            stage = stage + torch.tensor([weight.numel() + item, weight.numel() * size * size, item * size * size])
            inputs = item
    return rows


# Recall

why_small = Choice(
    "8.14",
    "Recall: why 3 x 3",
    "d",
    difficulty=1,
    minutes=1,
    why={
        "a": "That is one gain: 27 C² weights against 49 C².",
        "b": "That is one gain: three ReLU where the single layer has one.",
        "c": "That is right: both see 7 x 7 pixels. The question is what is not true.",
    },
    because="Each layer puts out a map of its own, and training keeps all three: three times the memory of one.",
)

split_layer = Choice(
    "8.15",
    "Recall: two GPUs",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "That is so in conv3, where the GPUs talk to each other.",
        "c": "Half of the filters are on each GPU, but the question is what one of them reads.",
        "d": "One map for each filter would be 384 groups.",
    },
    because="It reads the maps on its own GPU. Half the weights, half the multiply-adds.",
)

forgotten_eval = Choice(
    "8.16",
    "Recall: dropout in use",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": "Nothing is scaled wrongly: in training mode the kept numbers are doubled, and the mean is right.",
        "b": "Dropout has nothing to store. It draws anew at each call.",
        "d": "Nothing warns you. That is why the slip lives long.",
    },
    because="Each call draws other zeros. Call `eval()` before you use a net.",
)
