"""Exercises 9.7 and 9.8: what the module costs, with bottlenecks and without."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from exercises.nb09.shared import max3, same
from exercises.variants import as_floats, with_forward, without_biases
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


costs.mistake("You count each weight once. It is used at every pixel.", "weights")(
    lambda h, w, c, s, f, k: (c * f * k * k, c * s + s * f * k * k)
)


costs.mistake("You left out the cost of the 1x1 layer itself.", "one_by_one_free")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * s * f * k * k)
)


costs.mistake(
    "In `shrunk` your k x k layer reads all input channels. It reads what the 1x1 layer gives.",
    "reads_all",
)(lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + c * f * k * k)))


costs.mistake("You take k weights for each channel. A window of k x k has k * k.", "not_squared")(
    lambda h, w, c, s, f, k: (h * w * c * f * k, h * w * (c * s + s * f * k))
)


costs.mistake("You count k * k weights for the 1x1 layer too. It has one.", "one_as_k")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + s * f) * k * k)
)


costs.mistake("You count the biases. They are added, not multiplied.", "biases")(
    lambda h, w, c, s, f, k: (
        h * w * f * (c * k * k + 1),
        h * w * (s * (c + 1) + f * (s * k * k + 1)),
    )
)


costs.mistake(
    "You count an output without padding. At same padding it has h x w pixels.", "valid"
)(
    lambda h, w, c, s, f, k: (
        (h - k + 1) * (w - k + 1) * c * f * k * k,
        h * w * c * s + (h - k + 1) * (w - k + 1) * s * f * k * k,
    )
)


costs.mistake("You return the two costs in the other order. `direct` comes first.", "swapped")(
    lambda h, w, c, s, f, k: (h * w * (c * s + s * f * k * k), h * w * c * f * k * k)
)


def _taps(length, k):
    """How often a window of k, centered on each of `length` pixels in turn, meets a pixel."""
    return sum(min(i + k // 2, length - 1) - max(i - k // 2, 0) + 1 for i in range(length))


costs.mistake("The numbers are right, but floats. Return two `int`.", "floats")(
    as_floats(both_costs)
)


@costs.recall
def _(rng):
    side, inputs, squeeze = rng.randint(4, 8), 8 * rng.randint(2, 4), rng.choice([2, 4])
    filters, pixels = rng.choice([8, 16]), side**2
    text = (
        f"{inputs} channels of {side} x {side} pixels, {filters} filters of 3 x 3, size kept: how"
        f" many multiplications without, and with a 1x1 layer of {squeeze} in front?"
        " (without, with)"
    )
    direct = pixels * filters * inputs * 9
    second = pixels * filters * squeeze * 9  # by hand: see 3.8
    free = "You left out the cost of the 1x1 layer itself."
    return (
        text,
        (direct, pixels * squeeze * inputs + second),
        {"one by one free": ((direct, second), free)},
    )


@costs.mistake("You leave out the padding. It counts as pixels do.")
def padding_left_out(h, w, inputs, squeeze, filters, k):
    met = _taps(h, k) * _taps(w, k)
    return met * filters * inputs, h * w * squeeze * inputs + met * filters * squeeze


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


costs.demand("numbers of multiplications", violated_by="weights")
costs.demand("at same padding and stride 1", violated_by="valid")
costs.demand("a 1x1 layer with `squeeze` filters, and the k x k layer", violated_by="reads_all")
costs.demand("Biases are added, not multiplied", violated_by="biases")
costs.demand("padding counts as pixels do", violated_by="padding_left_out")
costs.demand("Return two numbers", violated_by="swapped")
costs.demand("as whole numbers", violated_by="floats")


# 9.8

module = Module(
    "9.8",
    "The module with bottlenecks",
    difficulty=3,
    minutes=15,
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
    yield call(5, 2, 3, 4, 6, 1, 7, inputs=9 * normal(rng, 2, 5, 4, 7))


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
    "You left out the ReLU behind `three_reduce` and `five_reduce`, so each is one linear layer"
    " with the layer behind it.",
    "no_relu_in_between",
)(_inception(shrink=same))


module.mistake("You left out the ReLU behind `one`, `three` and `five`.", "no_relu_at_the_end")(
    _inception(wide=same)
)


module.mistake(
    "You left out the ReLU behind the 1x1 layer of the pooling branch.", "pool_without_relu"
)(_inception(pool=lambda self, x: self.pool(max3(x))))


module.mistake("Your module has no ReLU. One follows each convolution.", "no_relu")(
    _inception(same, same, lambda self, x: self.pool(max3(x)))
)


module.mistake(
    "In your fourth branch the 1x1 layer comes before the pooling. It comes after it.", "pool_last"
)(_inception(pool=lambda self, x: max3(F.relu(self.pool(x)))))


module.mistake(
    "Your fourth branch does not pool: its 1x1 layer reads the input itself.", "no_pooling"
)(_inception(pool=lambda self, x: F.relu(self.pool(x))))


module.mistake("You take average pooling. Take max pooling, as in `pool_branch`.", "average")(
    _inception(pool=lambda self, x: F.relu(self.pool(F.avg_pool2d(x, 3, 1, 1))))
)


module.mistake(
    "You put a ReLU between the pooling and its 1x1 layer. None belongs there.",
    "relu_after_pooling",
)(_inception(pool=lambda self, x: F.relu(self.pool(F.relu(max3(x))))))


module.mistake(
    "You put the pooling branch first. The order is that of the table, and it goes last.", "order"
)(_inception(order=(3, 0, 1, 2)))


def _but_for(missing):
    def forward(self, x):
        def layer(name, x):
            y = getattr(self, name)(x)
            return y if name == missing else F.relu(y)

        three, five = (layer(name, layer(f"{name}_reduce", x)) for name in ("three", "five"))
        return torch.cat([layer("one", x), three, five, layer("pool", max3(x))], 1)

    return with_forward(module.answer, forward)


for _name in ("one", "three_reduce", "three", "five_reduce", "five"):
    module.mistake(f"You left out the ReLU behind `self.{_name}`.", f"no_relu_{_name}")(
        _but_for(_name)
    )


module.mistake("Give the six convolutions their biases.", "no_biases")(
    without_biases(module.answer)
)


@module.mistake(
    "The outputs of your branches cannot be joined: but for their channels, all must have the same"
    " sizes."
)
class BranchesDiffer(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(widths[1], widths[2], 3)


@module.mistake(
    "Your `three` reads the input of the module. It should read what `three_reduce` gives."
)
class ReadsTheInput(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(inputs, widths[2], 3, padding=1)


module.alternative(_inception())


@module.mistake("Give the six convolutions the names of the table, in the module itself.")
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


module.demand("six convolutions with biases", violated_by="no_biases")
module.demand("same padding", violated_by="BranchesDiffer")
module.demand("`self.three_reduce`, 1x1", violated_by="OfTheModels")
module.demand("`self.three_reduce`, 1x1, then `self.three`, 3x3", violated_by="ReadsTheInput")
module.demand("3x3 max pooling (`pool_branch`)", violated_by="average")
module.demand("then `self.pool`, 1x1", violated_by="pool_last")
module.demand("A ReLU follows each convolution", violated_by="no_relu_in_between")
module.demand("Join the branches in this order", violated_by="order")
