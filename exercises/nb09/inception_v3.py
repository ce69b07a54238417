"""Exercises 9.11 and 9.12: windows taken apart, and the grid reduction."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Module, call, normal
from exercises.nb09.shared import same, with_forward

# 9.11

factorised = Module(
    "9.11",
    "A window taken apart",
    difficulty=3,
    minutes=8,
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
    yield call(2, 3, 1, 7, inputs=normal(rng, 2, 2, 8, 7))


def _factors(*relus):
    def forward(self, x):
        for layer, relu in zip((self.reduce, self.across, self.down), relus):
            x = F.relu(layer(x)) if relu else layer(x)
        return x

    return with_forward(factorised.answer, forward)


factorised.mistake("The ReLU between `across` and `down` is missing.", "no_middle")(
    _factors(True, False, True)
)


factorised.mistake("The ReLU behind `reduce` is missing.", "no_first")(_factors(False, True, True))


factorised.mistake("The ReLU at the end is missing.", "no_last")(_factors(True, True, False))


factorised.mistake(
    "There is a ReLU only at the end, so the three layers before it are one.", "only_last"
)(_factors(False, False, True))


factorised.mistake("There is no ReLU at all.", "no_relu")(_factors(False, False, False))


class _Padded(factorised.answer):
    """Other paddings, as multiples of n // 2: rows and columns of `across`, then of `down`."""

    paddings = 0, 1, 1, 0

    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        p = [n // 2 * times for times in self.paddings]
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding=(p[0], p[1]))
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding=(p[2], p[3]))


@factorised.mistake(
    "Your paddings are on the wrong axes: `across` pads rows, `down` columns. The size comes out"
    " right by chance, the numbers do not."
)
class PaddingsSwapped(_Padded):
    paddings = 1, 0, 0, 1


@factorised.mistake("Your map grows: a padding that is one number is put on both axes.")
class PaddedBothWays(_Padded):
    paddings = 1, 1, 1, 1


@factorised.mistake("Your map shrinks. Pad each layer along the axis its window is long on.")
class NotPadded(_Padded):
    paddings = 0, 0, 0, 0


@factorised.mistake(
    "`across` is 1 row high and n columns wide, (1, n); yours is upright, and `down` lies flat."
)
class Turned(factorised.answer):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        self.across = nn.Conv2d(narrow, narrow, (n, 1), padding="same")
        self.down = nn.Conv2d(narrow, filters, (1, n), padding="same")


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


# 9.12

grid = Module(
    "9.12",
    "The grid reduction",
    difficulty=2,
    minutes=6,
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
    yield call(2, 2, inputs=normal(rng, 1, 2, 6, 5))


def _reduction(
    conv=lambda self, x: F.relu(self.conv(x)),
    pool=lambda x: F.max_pool2d(x, 3, 2),
    order=1,
    last=same,
):
    return with_forward(
        grid.answer, lambda self, x: last(torch.cat([conv(self, x), pool(x)][::order], 1))
    )


grid.mistake("The ReLU behind the convolution is missing.", "no_relu")(
    _reduction(conv=lambda self, x: self.conv(x))
)


grid.mistake("Your ReLU is on the pooled map too. It belongs behind the convolution.", "relu_all")(
    _reduction(last=F.relu)
)


grid.mistake("That is average pooling. Take the maximum.", "average")(
    _reduction(pool=lambda x: F.avg_pool2d(x, 3, 2))
)


grid.mistake("The pooled map comes first. The convolution does.", "pool_first")(
    _reduction(order=-1)
)


grid.mistake(
    "Your pooling takes windows of 2. On maps of odd size the shape is right by chance; windows of"
    " 3 are asked for.",
    "windows_of_two",
)(_reduction(pool=lambda x: F.max_pool2d(x, 2)))


grid.mistake("The pooling branch is missing.", "one_branch")(
    with_forward(grid.answer, lambda self, x: F.relu(self.conv(x)))
)


grid.mistake("Your map keeps its size. The stride is 2, in both branches.", "stride_1")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, padding=1)),
        lambda x: F.max_pool2d(x, 3, 1, 1),
    )
)


grid.mistake("Both branches are padded. The grid reduction pads nothing.", "padded")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, 2, 1)),
        lambda x: F.max_pool2d(x, 3, 2, 1),
    )
)


grid.mistake(
    "You pool what the convolution gives. Both branches read the input, side by side.", "in_a_row"
)(with_forward(grid.answer, lambda self, x: F.max_pool2d(F.relu(self.conv(x)), 3, 2)))


grid.alternative(_reduction())


@grid.alternative
class ReductionInParts(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(inputs, filters, 3, 2), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x):
        return torch.concat((self.conv(x), self.pool(x)), dim=-3)
