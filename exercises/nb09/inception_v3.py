"""Exercises 9.11 and 9.12: windows taken apart, and the grid reduction."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Module, call, normal
from exercises.nb09.shared import same
from exercises.variants import renamed, with_forward, without_biases

# 9.11

factorised = Module(
    "9.11",
    "A window taken apart",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "A kernel size may be a pair: `nn.Conv2d(a, b, (1, n))` is 1 row high and n columns wide.",
        "So may the padding: `(0, n // 2)` pads n // 2 columns left and right, and no row.",
        (
            "`across` leads from `narrow` to `narrow` channels, `down` from `narrow` to `filters`,"
            " with padding `(n // 2, 0)`."
        ),
    ],
)


@factorised.reference
class Factorised(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce = nn.Conv2d(inputs, narrow, 1)
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding="same")
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding="same")

    def forward(self, x):
        for layer in (self.reduce, self.across, self.down):
            x = layer(x).clamp(min=0)
        return x


@factorised.cases
def _(rng):
    yield call(1, 2, 3, 3, inputs=normal(rng, 1, 1, 4, 4))
    yield call(3, 2, 4, 5, inputs=normal(rng, 2, 3, 5, 7))
    yield call(2, 3, 1, 7, inputs=9 * normal(rng, 2, 2, 8, 7))


def _factors(*relus):
    def forward(self, x):
        for layer, relu in zip((self.reduce, self.across, self.down), relus):
            x = F.relu(layer(x)) if relu else layer(x)
        return x

    return with_forward(factorised.answer, forward)


factorised.mistake("You left out the ReLU behind `across`.", "no_middle")(
    _factors(True, False, True)
)


factorised.mistake("You left out the ReLU behind `reduce`.", "no_first")(
    _factors(False, True, True)
)


factorised.mistake("You left out the ReLU behind `down`.", "no_last")(_factors(True, True, False))


factorised.mistake(
    "Your only ReLU is at the end, so the three convolutions are one linear layer.", "only_last"
)(_factors(False, False, True))


factorised.mistake("Your module has no ReLU. One follows each convolution.", "no_relu")(
    _factors(False, False, False)
)


class _Padded(factorised.answer):
    """Other paddings, as multiples of n // 2: rows and columns of `across`, then of `down`."""

    paddings = 0, 1, 1, 0

    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        p = [n // 2 * times for times in self.paddings]
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding=(p[0], p[1]))
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding=(p[2], p[3]))


@factorised.mistake(
    "Your `across` pads rows and your `down` columns, so only the size comes out right. `across`"
    " pads columns, `down` rows."
)
class PaddingsSwapped(_Padded):
    paddings = 1, 0, 0, 1


@factorised.mistake("Your map grows. Pad each layer only along the axis its window is long on.")
class PaddedBothWays(_Padded):
    paddings = 1, 1, 1, 1


@factorised.mistake("Your map shrinks. Pad each layer along the axis its window is long on.")
class NotPadded(_Padded):
    paddings = 0, 0, 0, 0


@factorised.mistake(
    "Your `across` is n rows high and 1 column wide. It should be 1 row high and n columns wide."
)
class Turned(factorised.answer):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        self.across = nn.Conv2d(narrow, narrow, (n, 1), padding="same")
        self.down = nn.Conv2d(narrow, filters, (1, n), padding="same")


@factorised.mistake("You repeat the pixels at the border. Put zeros around the maps.")
class BorderRepeated(factorised.answer):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        self.across.padding_mode = self.down.padding_mode = "replicate"


factorised.mistake("Give the three convolutions their biases.", "no_biases")(
    without_biases(factorised.answer)
)


factorised.mistake("Call the three convolutions `reduce`, `across` and `down`.", "renamed")(
    renamed(factorised.answer, reduce="conv1", across="conv2", down="conv3")
)


factorised.alternative(_factors(True, True, True))


@factorised.alternative
class FactorsPadded(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce = nn.Conv2d(inputs, narrow, 1)
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding=(0, n // 2))
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding=(n // 2, 0))

    def forward(self, x):
        return F.relu(self.down(F.relu(self.across(F.relu(self.reduce(x))))))


@factorised.alternative
class FactorsPaddedOutside(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce, self.half = nn.Conv2d(inputs, narrow, 1), n // 2
        self.across, self.down = (
            nn.Conv2d(narrow, narrow, (1, n)),
            nn.Conv2d(narrow, filters, (n, 1)),
        )

    def forward(self, x):
        x = self.reduce(x).relu()
        x = self.across(F.pad(x, (self.half, self.half))).relu()
        return self.down(F.pad(x, (0, 0, self.half, self.half))).relu()


factorised.demand("three convolutions with biases", violated_by="no_biases")
factorised.demand("`self.reduce`, 1x1", violated_by="renamed")
factorised.demand("1 row high and n columns wide", violated_by="Turned")
factorised.demand("A ReLU follows each", violated_by="no_middle")
factorised.demand("The size of the maps is kept", violated_by="NotPadded")
factorised.demand("with zeros around them", violated_by="BorderRepeated")
factorised.demand("they need not be square", violated_by="PaddingsSwapped")


# 9.12

grid = Module(
    "9.12",
    "The grid reduction",
    difficulty=2,
    minutes=6,
    core=False,
    points=2,
    hints=[
        "Both branches read `x`, both have windows of 3, stride 2 and no padding.",
        "`torch.cat([F.relu(self.conv(x)), F.max_pool2d(x, 3, 2)], dim=1)`, or your `join`.",
    ],
)


@grid.reference
class Reduction(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.conv = nn.Conv2d(inputs, filters, 3, stride=2)

    def forward(self, x):
        return torch.hstack(
            [self.conv(x).clamp(min=0), x.unfold(2, 3, 2).unfold(3, 3, 2).amax((-1, -2))]
        )


@grid.cases
def _(rng):
    yield call(1, 1, inputs=normal(rng, 1, 1, 3, 3))
    yield call(2, 3, inputs=normal(rng, 2, 2, 5, 7) - 2)
    yield call(3, 1, inputs=normal(rng, 2, 3, 9, 5))
    yield call(2, 2, inputs=9 * normal(rng, 1, 2, 6, 5))
    yield call(1, 2, inputs=normal(rng, 1, 1, 11, 8))


def _reduction(
    conv=lambda self, x: F.relu(self.conv(x)),
    pool=lambda x: F.max_pool2d(x, 3, 2),
    order=1,
    last=same,
):
    return with_forward(
        grid.answer, lambda self, x: last(torch.cat([conv(self, x), pool(x)][::order], 1))
    )


grid.mistake("You left out the ReLU behind the convolution.", "no_relu")(
    _reduction(conv=lambda self, x: self.conv(x))
)


grid.mistake(
    "You put a ReLU on the pooled map too. It belongs behind the convolution.", "relu_all"
)(_reduction(last=F.relu))


grid.mistake("You take average pooling. Take max pooling.", "average")(
    _reduction(pool=lambda x: F.avg_pool2d(x, 3, 2))
)


grid.mistake("You put the pooled map first. It goes behind the other.", "pool_first")(
    _reduction(order=-1)
)


grid.mistake("Your pooling takes windows of 2. Take windows of 3.", "windows_of_two")(
    _reduction(pool=lambda x: F.max_pool2d(x, 2))
)


grid.mistake("You left out the pooling.", "one_branch")(
    with_forward(grid.answer, lambda self, x: F.relu(self.conv(x)))
)


grid.mistake("Your map keeps its size. Both branches have stride 2 and no padding.", "stride_1")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, padding=1)),
        lambda x: F.max_pool2d(x, 3, 1, 1),
    )
)


grid.mistake("You pad both branches. Pad none.", "padded")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, 2, 1)),
        lambda x: F.max_pool2d(x, 3, 2, 1),
    )
)


grid.mistake(
    "You pool what the convolution gives. The pooling reads the input, beside it.", "in_a_row"
)(with_forward(grid.answer, lambda self, x: F.max_pool2d(F.relu(self.conv(x)), 3, 2)))


grid.mistake("You put the ReLU before the convolution. It follows it.", "relu_first")(
    _reduction(conv=lambda self, x: self.conv(F.relu(x)))
)


grid.mistake("Give the convolution its bias.", "no_bias")(without_biases(grid.answer))


grid.mistake("Call the convolution `conv`.", "renamed")(renamed(grid.answer, conv="reduce"))


grid.alternative(_reduction())


@grid.alternative
class ReductionInParts(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(inputs, filters, 3, 2), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x):
        return torch.concat((self.conv(x), self.pool(x)), dim=-3)


grid.demand("one convolution with bias", violated_by="no_bias")
grid.demand("`self.conv`, 3x3", violated_by="renamed")
grid.demand("stride 2, no padding", violated_by="padded")
grid.demand("with a ReLU behind it", violated_by="relu_first")
grid.demand("beside it 3x3 max pooling at stride 2", violated_by="windows_of_two")
grid.demand("no ReLU", violated_by="relu_all")
grid.demand("Join in this order", violated_by="pool_first")
