"""Exercises 15.8 and 15.9: the bottleneck in groups, and how wide a group may be."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from exercises.variants import as_floats, renamed, with_forward

# 15.8

grouped = Module(
    "15.8",
    "The bottleneck in groups",
    difficulty=3,
    minutes=16,
    core=False,
    points=3,
    hints=[
        "The middle has `cardinality * width` channels.",
        "`nn.Conv2d(middle, middle, 3, padding=1, groups=cardinality, bias=False)`.",
        "ReLU behind `norm1` and `norm2`, then `norm3`, then the input, then ReLU.",
    ],
)


@grouped.reference
class Grouped(nn.Module):
    """The groups one by one, each with its own part of the weights."""

    def __init__(self, channels, cardinality, width):
        super().__init__()
        middle = cardinality * width
        self.cardinality = cardinality
        self.conv1, self.norm1 = nn.Conv2d(channels, middle, 1, bias=False), nn.BatchNorm2d(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, padding=1, groups=cardinality, bias=False)
        self.norm2 = nn.BatchNorm2d(middle)
        self.conv3 = nn.Conv2d(middle, channels, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        maps = self.norm1(self.conv1(x)).clamp(min=0).chunk(self.cardinality, 1)
        weights = self.conv2.weight.chunk(self.cardinality)
        parts = [F.conv2d(part, w, padding=1) for part, w in zip(maps, weights)]
        maps = self.norm2(torch.cat(parts, 1)).clamp(min=0)
        return torch.add(x, self.norm3(self.conv3(maps))).clamp(min=0)


@grouped.cases
def _(rng):
    yield call(2, 1, 1, inputs=normal(rng, 2, 2, 3, 3))
    yield call(4, 2, 1, inputs=normal(rng, 3, 4, 3, 4))
    yield call(3, 2, 3, inputs=normal(rng, 2, 3, 5, 4))
    yield call(6, 4, 2, inputs=normal(rng, 3, 6, 4, 4))


def _grouped(join=lambda x, change: x + change, first=F.relu, second=F.relu, last=F.relu):
    def forward(self, x):
        change = first(self.norm1(self.conv1(x)))
        change = second(self.norm2(self.conv2(change)))
        return last(join(x, self.norm3(self.conv3(change))))

    return with_forward(grouped.answer, forward)


def _same(x):
    return x


grouped.mistake("You left out the shortcut.", "no_skip")(_grouped(lambda x, change: change))
grouped.mistake("You left out the ReLU after the addition.", "no_final_relu")(_grouped(last=_same))
grouped.mistake("You left out the ReLU behind `norm1`.", "no_first_relu")(_grouped(first=_same))
grouped.mistake("You left out the ReLU behind `norm2`.", "no_second_relu")(_grouped(second=_same))
grouped.mistake("Your last ReLU is on the branch. It comes after the addition.", "relu_too_early")(
    _grouped(lambda x, change: x + change.relu(), last=_same)
)
grouped.mistake("You subtract the branch. Add it.", "subtraction")(
    _grouped(lambda x, change: x - change)
)


def _built(middle=lambda c, w: c * w, groups=lambda c, w: c, bias=False, padding=1, outer=1):
    class Changed(grouped.answer):
        def __init__(self, channels, cardinality, width):
            nn.Module.__init__(self)
            inner = middle(cardinality, width)
            self.conv1 = nn.Conv2d(channels, inner, 1, groups=outer, bias=bias)
            self.norm1 = nn.BatchNorm2d(inner)
            self.conv2 = nn.Conv2d(
                inner, inner, 3, padding=padding, groups=groups(cardinality, width), bias=bias
            )
            self.norm2 = nn.BatchNorm2d(inner)
            self.conv3 = nn.Conv2d(inner, channels, 1, bias=bias)
            self.norm3 = nn.BatchNorm2d(channels)

        def forward(self, x):
            change = F.relu(self.norm1(self.conv1(x)))
            change = F.relu(self.norm2(self.conv2(change)))
            return F.relu(x + self.norm3(self.conv3(change)))

    return Changed


grouped.mistake("Your 3x3 convolution has no groups: every filter reads all maps.", "no_groups")(
    _built(groups=lambda c, w: 1)
)
grouped.mistake(
    "Your middle is `width` channels wide in all. Every group has so many.", "width_in_all"
)(_built(middle=lambda c, w: w, groups=lambda c, w: 1))
grouped.mistake(
    "Your 3x3 reads one map for each filter: depthwise. A group has `width` maps.", "depthwise"
)(_built(groups=lambda c, w: c * w))
grouped.mistake("Your convolutions have biases. They have none.", "biases")(_built(bias=True))
grouped.mistake("Your 3x3 is not padded, so the branch does not fit.", "not_padded")(
    _built(padding=0)
)
grouped.mistake("Call the layers as the task does.", "renamed")(
    renamed(grouped.answer, conv2="conv", norm2="norm")
)
grouped.alternative(_grouped())


@grouped.alternative
class InASequence(grouped.answer):
    def __init__(self, channels, cardinality, width):
        nn.Module.__init__(self)
        inner = cardinality * width
        self.conv1 = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(
            inner, inner, kernel_size=3, padding="same", groups=cardinality, bias=False
        )
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, channels, kernel_size=1, bias=False)
        self.norm3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        layers = self.conv1, self.norm1, F.relu, self.conv2, self.norm2, F.relu
        y = x
        for layer in (*layers, self.conv3, self.norm3):
            y = layer(y)
        return F.relu(y + x)


grouped.demand("in `cardinality` groups", violated_by="no_groups")
grouped.demand("`width` channels each", violated_by="width_in_all")
grouped.demand("without bias", violated_by="biases")
grouped.demand("Add the input, then ReLU", violated_by="no_final_relu")


# 15.9

widths = Exercise(
    "15.9",
    "How wide may a group be?",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        "With C groups of d maps: 256 * C*d, then C groups of 9*d*d, then C*d * 256 weights.",
        "Write `weights(d)`. Then try d = 1, 2, 3, ... and keep the one with the least distance.",
    ],
)


@widths.reference
def group_width(cardinality, budget=69_632, channels=256):
    """From the root of the quadratic equation, and its two whole neighbors."""
    a, b = 9 * cardinality, 2 * channels * cardinality
    root = int((-b + (b * b + 4 * a * budget) ** 0.5) / (2 * a))
    near = [d for d in (root, root + 1) if d >= 1]
    return min(near, key=lambda d: abs(a * d * d + b * d - budget))


@widths.cases
def _(rng):
    for cardinality in (1, 2, 4, 8, 32):
        yield call(cardinality)
    yield call(64)
    yield call(2, budget=72, channels=4)
    yield call(16, budget=5, channels=8)
    for _ in range(4):
        yield call(int(rng.integers(1, 40)), budget=int(rng.integers(1000, 90_000)), channels=64)


def _width(weights=lambda c, d, n: c * (2 * n * d + 9 * d * d), pick=None):
    pick = pick or (lambda costs, budget: min(costs, key=lambda d: abs(costs[d] - budget)))

    def group_width(cardinality, budget=69_632, channels=256):
        costs = {d: weights(cardinality, d, channels) for d in range(1, 1500)}
        return pick(costs, budget)

    return group_width


widths.mistake(
    "You took the largest that does not exceed the budget. The nearest is asked for.", "below"
)(_width(pick=lambda costs, budget: max([d for d in costs if costs[d] <= budget], default=1)))
widths.mistake("You took the first that exceeds the budget. The nearest is asked for.", "above")(
    _width(pick=lambda costs, budget: min(d for d in costs if costs[d] > budget))
)
widths.mistake("You left out the groups: your 3x3 reads all maps of the middle.", "no_groups")(
    _width(lambda c, d, n: 2 * n * c * d + 9 * (c * d) ** 2)
)
widths.mistake("You left out one of the 1x1 convolutions. There are two.", "one_by_one_once")(
    _width(lambda c, d, n: c * (n * d + 9 * d * d))
)
widths.mistake("You give the width of all groups together. That of one is asked for.", "in_all")(
    lambda cardinality, **of: cardinality * _width()(cardinality, **of)
)
widths.mistake("You left out the 3x3 convolution.", "no_3x3")(
    _width(lambda c, d, n: c * 2 * n * d)
)
widths.mistake("You count one weight for a window. It has nine.", "window_of_one")(
    _width(lambda c, d, n: c * (2 * n * d + d * d))
)
widths.mistake("You count a single group. There are `cardinality` of them.", "one_group")(
    _width(lambda c, d, n: 2 * n * d + 9 * d * d)
)
widths.mistake("You count biases, too. Count the weights alone.", "with_biases")(
    _width(lambda c, d, n: c * (2 * n * d + 9 * d * d) + 2 * c * d + n)
)
widths.mistake("The number is right, but it is a float: return an `int`.", "a_float")(
    as_floats(_width())
)
widths.alternative(_width())


@widths.alternative
def going_up(cardinality, budget=69_632, channels=256):
    def miss(d):
        return abs(cardinality * d * (2 * channels + 9 * d) - budget)

    d = 1
    while miss(d + 1) < miss(d):
        d += 1
    return d


@widths.alternative
def built(cardinality, budget=69_632, channels=256):
    def weights(d):
        with torch.device("meta"):
            middle = cardinality * d
            first, last = nn.Conv2d(channels, middle, 1), nn.Conv2d(middle, channels, 1)
            window = nn.Conv2d(middle, middle, 3, groups=cardinality)
        return sum(layer.weight.numel() for layer in (first, window, last))

    low = 1
    while weights(low + 1) <= budget:
        low += 1
    return low if budget - weights(low) < weights(low + 1) - budget else low + 1


widths.demand("nearest to the budget", violated_by="below")
widths.demand("of *one* group", violated_by="in_all")
widths.demand("-> int", violated_by="a_float")
