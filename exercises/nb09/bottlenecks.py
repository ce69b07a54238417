"""Exercises 9.7 and 9.8: what the module costs, with bottlenecks and without."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from exercises.nb09.shared import max3, same, with_forward
from utils import shapes
from utils.models import googlenet

# 9.7

costs = Exercise(
    "9.7",
    "Both costs",
    difficulty=2,
    minutes=6,
    hints=[
        "Each output number takes as many multiplications as one filter has weights.",
        "Direct: h * w * filters numbers, each of k * k * inputs multiplications.",
        "With the bottleneck there are two layers, and both count. What does the second one read?",
    ],
)


@costs.reference
def both_costs(h, w, inputs, squeeze, filters, k):
    direct = nn.Conv2d(inputs, filters, k, padding="same")
    shrunk = nn.Sequential(
        nn.Conv2d(inputs, squeeze, 1), nn.Conv2d(squeeze, filters, k, padding="same")
    )
    return tuple(shapes.ledger(net, (1, inputs, h, w)).multiply_adds for net in (direct, shrunk))


@costs.cases
def _(rng):
    yield call(1, 1, 2, 1, 1, 1)
    yield call(1, 2, 3, 2, 1, 3)
    yield call(28, 28, 192, 16, 32, 5)
    yield call(14, 7, 480, 16, 48, 3)
    for h, w, inputs, squeeze, filters in rng.integers(2, 12, (3, 5)).tolist():
        yield call(h, w, inputs, squeeze, filters, 3)


costs.mistake(
    "The pixels are missing: that is the number of weights. Each weight is used at every pixel.",
    "weights",
)(lambda h, w, c, s, f, k: (c * f * k * k, c * s + s * f * k * k))


costs.mistake("The 1x1 layer is missing. It has to be computed as well.", "one_by_one_free")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * s * f * k * k)
)


costs.mistake(
    "Your second layer still reads all input channels. It reads what the 1x1 layer gives.",
    "reads_all",
)(lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + c * f * k * k)))


costs.mistake("A window of k x k has k * k weights a channel, not k.", "not_squared")(
    lambda h, w, c, s, f, k: (h * w * c * f * k, h * w * (c * s + s * f * k))
)


costs.mistake("You counted k * k weights for the 1x1 layer too.", "one_as_k")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + s * f) * k * k)
)


costs.mistake("You counted the biases. They are added; multiplications are asked for.", "biases")(
    lambda h, w, c, s, f, k: (
        h * w * f * (c * k * k + 1),
        h * w * (s * (c + 1) + f * (s * k * k + 1)),
    )
)


costs.mistake(
    "That is for an output without padding. With same padding it has h x w pixels.", "valid"
)(
    lambda h, w, c, s, f, k: (
        (h - k + 1) * (w - k + 1) * c * f * k * k,
        h * w * c * s + (h - k + 1) * (w - k + 1) * s * f * k * k,
    )
)


costs.mistake("The two costs are in the wrong order: direct first.", "swapped")(
    lambda h, w, c, s, f, k: (h * w * (c * s + s * f * k * k), h * w * c * f * k * k)
)


costs.alternative(
    lambda h, w, c, s, f, k: [h * w * f * c * k**2, h * w * c * s + h * w * s * f * k**2]
)


costs.alternative(
    lambda h, w, c, s, f, k: (
        h * w * torch.ones(f, c, k, k).numel(),
        h * w * s * (c + torch.ones(f, k, k).numel()),
    )
)


@costs.alternative
def by_a_helper(h, w, inputs, squeeze, filters, k):
    def cost(reads, gives, side):
        return h * w * gives * reads * side * side

    return cost(inputs, filters, k), cost(inputs, squeeze, 1) + cost(squeeze, filters, k)


# 9.8

module = Module(
    "9.8",
    "The module with bottlenecks",
    difficulty=3,
    minutes=12,
    points=3,
    hints=[
        (
            "`three_reduce` leads from `inputs` channels to `three_reduce` of them; `three` reads"
            " those."
        ),
        "A ReLU follows each of the six convolutions, also those that only shrink.",
        (
            "The fourth branch is `F.relu(self.pool(pool_branch(x)))`: first the maximum, then the"
            " 1x1 layer."
        ),
    ],
)


@module.reference
class Inception(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduce, self.three = (
            nn.Conv2d(inputs, three_reduce, 1),
            nn.Conv2d(three_reduce, three, 3, padding=1),
        )
        self.five_reduce, self.five = (
            nn.Conv2d(inputs, five_reduce, 1),
            nn.Conv2d(five_reduce, five, 5, padding=2),
        )
        self.pool = nn.Conv2d(inputs, pool, 1)

    def forward(self, x):
        small = [F.relu(layer(x)) for layer in (self.three_reduce, self.five_reduce)]
        maps = [self.one(x), self.three(small[0]), self.five(small[1]), self.pool(max3(x))]
        return F.relu(torch.hstack(maps))


@module.cases
def _(rng):
    yield call(1, 1, 2, 3, 4, 5, 6, inputs=normal(rng, 1, 1, 5, 5))
    yield call(3, 4, 2, 5, 1, 3, 6, inputs=normal(rng, 2, 3, 6, 5))
    yield call(5, 2, 3, 4, 6, 1, 7, inputs=normal(rng, 2, 5, 4, 7))


def _inception(shrink=F.relu, wide=F.relu, pool=None, order=(0, 1, 2, 3)):
    pool = pool or (lambda self, x: F.relu(self.pool(max3(x))))

    def forward(self, x):
        three, five = (
            self.three(shrink(self.three_reduce(x))),
            self.five(shrink(self.five_reduce(x))),
        )
        maps = [wide(self.one(x)), wide(three), wide(five), pool(self, x)]
        return torch.cat([maps[place] for place in order], 1)

    return with_forward(module.answer, forward)


module.mistake(
    "There is no ReLU between the 1x1 layers that shrink and the layers behind them: both together"
    " are linear.",
    "no_relu_in_between",
)(_inception(shrink=same))


module.mistake(
    "The ReLUs at the ends of the three convolution branches are missing.", "no_relu_at_the_end"
)(_inception(wide=same))


module.mistake(
    "The ReLU behind the 1x1 layer of the pooling branch is missing.", "pool_without_relu"
)(_inception(pool=lambda self, x: self.pool(max3(x))))


module.mistake("There is no ReLU at all.", "no_relu")(
    _inception(same, same, lambda self, x: self.pool(max3(x)))
)


module.mistake(
    "In your fourth branch the 1x1 layer comes before the pooling. It comes behind.", "pool_last"
)(_inception(pool=lambda self, x: max3(F.relu(self.pool(x)))))


module.mistake(
    "The pooling branch does not pool: the 1x1 layer reads the input itself.", "no_pooling"
)(_inception(pool=lambda self, x: F.relu(self.pool(x))))


module.mistake("That is average pooling. The module has max pooling.", "average")(
    _inception(pool=lambda self, x: F.relu(self.pool(F.avg_pool2d(x, 3, 1, 1))))
)


module.mistake(
    "There is a ReLU between pooling and its 1x1 layer, where none belongs.", "relu_after_pooling"
)(_inception(pool=lambda self, x: F.relu(self.pool(F.relu(max3(x))))))


module.mistake("The order of the branches is off: 1x1, 3x3, 5x5, pooling.", "order")(
    _inception(order=(3, 0, 1, 2))
)


@module.mistake(
    "The outputs could not be put together. All need the height and width of the input, and they"
    " are joined, not added."
)
class BranchesDiffer(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(widths[1], widths[2], 3)


@module.mistake(
    "`three` and `five` read what the 1x1 layers before them give, not the input of the module."
)
class ReadsTheInput(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(inputs, widths[2], 3, padding=1)
        self.five = nn.Conv2d(inputs, widths[4], 5, padding=2)


module.alternative(_inception())


@module.alternative
class OfTheModels(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.all = googlenet.Inception(inputs, (one, three_reduce, three, five_reduce, five, pool))

    def forward(self, x):
        return self.all(x)


@module.alternative
class InSequences(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduce = nn.Conv2d(inputs, three_reduce, 1)
        self.three = nn.Conv2d(three_reduce, three, 3, padding="same")
        self.five_reduce = nn.Conv2d(inputs, five_reduce, 1)
        self.five = nn.Conv2d(five_reduce, five, 5, padding="same")
        self.pool = nn.Conv2d(inputs, pool, 1)

    def forward(self, x):
        three = nn.Sequential(self.three_reduce, nn.ReLU(), self.three)(x)
        five = nn.Sequential(self.five_reduce, nn.ReLU(), self.five)(x)
        pooled = self.pool(nn.MaxPool2d(3, 1, 1)(x))
        return F.relu(torch.cat((self.one(x), three, five, pooled), dim=1))
