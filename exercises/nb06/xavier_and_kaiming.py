"""Exercises 6.5 to 6.9: Xavier, ReLU, Kaiming, and the fan-in of a convolution."""

import math

import numpy as np
import torch
from torch import nn

from checker.exercise import Exercise, Number, call, normal
from exercises.nb06.shared import tensor


# Drawing weights: judged by statistics of many weights. The tolerance is 3 %; 40,000 weights are
# off by 0.4 %.
def _distribution(w) -> str:
    """Which of two shapes values have, by mean magnitude over spread: 0.798 for normal, 0.866 for
    uniform.
    """
    shape = ((w - w.mean()).abs().mean() / w.std()).item()
    near = {"normal": math.sqrt(2 / math.pi), "uniform": math.sqrt(3) / 2}
    return next(
        (name for name, value in near.items() if abs(shape - value) < 0.02),
        "neither normal nor uniform",
    )


def _drawn(attempt, rows, columns):
    """What can be said of a random initializer without knowing its numbers."""
    w, other = (tensor(attempt(rows, columns), (rows, columns)) for _ in range(2))
    return {
        "the shape": tuple(w.shape),
        "the distribution": _distribution(w),
        "the mean, in standard deviations,": round((w.mean() / w.std()).item(), 1),
        "the standard deviation": w.std().item(),
        "a second call": (
            "the same numbers"
            if w.shape == other.shape and torch.equal(w, other)
            else "new numbers"
        ),
    }


def _sizes(rng):
    yield call(100, 900)
    yield call(900, 100)
    yield call(200, 200)
    yield call(*(int(n) for n in rng.integers(200, 600, 2)))


# 6.5 Xavier

xavier_uniform = Exercise(
    "6.5",
    "Xavier",
    difficulty=2,
    minutes=6,
    tolerance=0.03,
    hints=[
        (
            "The variance of a uniform distribution from -a to a is a²/3. Set it equal to 2 /"
            " (fan_in + fan_out), and solve for a."
        ),
        "`torch.rand(...)` is uniform from 0 to 1: `2 * torch.rand(...) - 1` goes from -1 to 1.",
        "The limit is `math.sqrt(6 / (fan_in + fan_out))`.",
    ],
)


@xavier_uniform.reference
def xavier(fan_in, fan_out):
    return nn.init.xavier_uniform_(torch.empty(fan_in, fan_out))


xavier_uniform.cases(_sizes)


xavier_uniform.probe(_drawn)


def _uniform(rows, columns, limit):
    return torch.empty(rows, columns).uniform_(-limit, limit)


@xavier_uniform.mistake(
    "You used the standard deviation as the limit. From -a to a, the standard deviation is only `a"
    " / sqrt(3)`."
)
def deviation_as_limit(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(2 / (fan_in + fan_out)))


@xavier_uniform.mistake(
    "The root is missing: that is `6 / (fan_in + fan_out)` itself as the limit."
)
def limit_without_root(fan_in, fan_out):
    return _uniform(fan_in, fan_out, 6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "That looks forward only: the variance is `1 / fan_in`. Take the compromise of both."
)
def forward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_in))


@xavier_uniform.mistake(
    "That looks backward only: the variance is `1 / fan_out`. Take the compromise of both."
)
def backward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_out))


@xavier_uniform.mistake(
    "Half of the variance asked for: the 2 in `2 / (fan_in + fan_out)` got lost."
)
def sum_for_mean(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / (fan_in + fan_out)))


@xavier_uniform.mistake("`torch.rand` starts at 0, so all your weights are positive. Center them.")
def all_positive(fan_in, fan_out):
    return torch.rand(fan_in, fan_out) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "`torch.rand(...) - 0.5` goes from -0.5 to 0.5, so your weights reach only half of the limit."
)
def half_of_the_limit(fan_in, fan_out):
    return (torch.rand(fan_in, fan_out) - 0.5) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "The variance is right, and the weights are normal. Uniform ones are asked for here."
)
def normal_instead(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "The shape is turned: `nn.Linear` keeps (out, in), here (fan_in, fan_out) is asked for."
)
def out_by_in(fan_in, fan_out):
    return nn.init.xavier_uniform_(torch.empty(fan_out, fan_in))


@xavier_uniform.alternative
def stretched(fan_in, fan_out):
    a = math.sqrt(6 / (fan_in + fan_out))
    return torch.rand(fan_in, fan_out) * 2 * a - a


@xavier_uniform.alternative
def from_numpy(fan_in, fan_out):
    a = np.sqrt(6 / (fan_in + fan_out))
    return torch.from_numpy(np.random.uniform(-a, a, size=(fan_in, fan_out)))


@xavier_uniform.alternative
def by_variance(fan_in, fan_out):
    return (
        (torch.rand(fan_in, fan_out) - 0.5) / math.sqrt(1 / 12) * (2 / (fan_in + fan_out)) ** 0.5
    )


# 6.6 Predict: ReLU under Xavier

relu_shrinks = Number(
    "6.6",
    "Six layers of ReLU",
    0.125,
    difficulty=2,
    minutes=4,
    wrong={
        "second_moment": (1 / 64, "That is the mean square. Its root is asked for."),
        "one_layer": (math.sqrt(0.5), "That is one layer. There are six."),
        "one_layer_square": (
            0.5,
            "That is the mean square after one layer. There are six layers, and a root to take.",
        ),
        "grows": (
            8.0,
            "That is how much it shrinks by; after six layers it is that much *smaller* than 1.",
        ),
        "stays": (1.0, "That would be right without ReLU. Half of the sums are now set to 0."),
        "five_layers": (
            math.sqrt(0.5) ** 5,
            "That is five layers. The first layer has a ReLU behind it as well.",
        ),
    },
    right=[1 / 8, 0.5**3, math.sqrt(0.5**6), torch.tensor(0.125)],
    tolerance=2e-3,
    hints=[
        "Each layer halves the mean square.",
        "The mean square after six layers is `(1/2)**6`; take its root.",
    ],
)


# 6.7 Spot the bug: Kaiming as in lecture notes

kaiming_normal = Exercise(
    "6.7",
    "Spot the bug: Kaiming",
    difficulty=2,
    minutes=5,
    tolerance=0.03,
    hints=[
        "What variance does a division by `sqrt(2/n)` give? Compare it with 2/n.",
        "Multiply by the standard deviation, `math.sqrt(2 / fan_in)`.",
    ],
)


@kaiming_normal.reference
def kaiming(fan_in, fan_out):
    # What torch calls `fan_out` is the first axis, here that of the inputs.
    return nn.init.kaiming_normal_(
        torch.empty(fan_in, fan_out), mode="fan_out", nonlinearity="relu"
    )


kaiming_normal.cases(_sizes)


kaiming_normal.probe(_drawn)


def _scaled(rows, columns, std):
    return torch.randn(rows, columns) * std


@kaiming_normal.mistake("That is still upside down: the variance is n/2, not 2/n.")
def upside_down(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / math.sqrt(2 / fan_in)


@kaiming_normal.mistake(
    "The root is missing: you multiply by the variance 2/n instead of the standard deviation."
)
def without_root(fan_in, fan_out):
    return _scaled(fan_in, fan_out, 2 / fan_in)


@kaiming_normal.mistake(
    "That is Xavier for square layers, 1/n. ReLU throws half of the mean square away."
)
def without_the_two(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(1 / fan_in))


@kaiming_normal.mistake(
    "You counted the outputs. Going forward, a sum has as many terms as there are inputs."
)
def by_fan_out(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / fan_out))


@kaiming_normal.mistake("That is Xavier: it averages fan-in and fan-out and knows of no ReLU.")
def as_xavier(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / (fan_in + fan_out)))


@kaiming_normal.mistake("The root covers only one of the two: that is `sqrt(2) / n`.")
def root_of_two_only(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2) / fan_in)


@kaiming_normal.mistake(
    "The variance is right, and the weights are uniform. Normal ones are asked for here."
)
def uniform_instead(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(6 / fan_in))


@kaiming_normal.mistake("`torch.rand` is uniform from 0 to 1. Use `torch.randn`.")
def rand_for_randn(fan_in, fan_out):
    return torch.rand(fan_in, fan_out) * math.sqrt(2 / fan_in)


@kaiming_normal.alternative
def divided(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / math.sqrt(fan_in / 2)


@kaiming_normal.alternative
def filled_in_place(fan_in, fan_out):
    return torch.empty(fan_in, fan_out).normal_(0, (2 / fan_in) ** 0.5)


@kaiming_normal.alternative
def numpy_normal(fan_in, fan_out):
    return torch.tensor(np.random.normal(0.0, np.sqrt(2.0 / fan_in), (fan_in, fan_out)))


@kaiming_normal.alternative
def as_a_parameter(fan_in, fan_out):
    return nn.Parameter(torch.normal(0.0, math.sqrt(2 / fan_in), (fan_in, fan_out)))


# 6.8 Fan-in and fan-out

fan_counts = Exercise(
    "6.8",
    "Fan-in and fan-out of a convolution",
    difficulty=2,
    minutes=5,
    hints=[
        (
            "One output pixel of a convolution reads a window of the kernel's size in every input"
            " channel."
        ),
        (
            "`weight[0]` is all that one output channel reads; `weight[:, 0]` is all that one"
            " input channel feeds."
        ),
        "`weight[0].numel()`, and the same of `weight[:, 0]`.",
    ],
)


@fan_counts.reference
def fans(weight):
    return nn.init._calculate_fan_in_and_fan_out(weight)


@fan_counts.cases
def _(rng):
    for shape in [
        (2, 3),
        (4, 3, 3, 3),
        (6, 2, 1, 1),
        (8, 4, 2, 5),
        (5, 1, 7),
        (3, 2, 2, 3, 4),
        (7, 7, 3, 3),
    ]:
        yield call(torch.zeros(shape))
    for _ in range(3):
        yield call(torch.zeros(tuple(int(n) for n in rng.integers(2, 8, 4))))


@fan_counts.mistake(
    "You counted the channels and forgot that each is read through a whole kernel window."
)
def channels_only(weight):
    return weight.shape[1], weight.shape[0]


@fan_counts.mistake(
    "Those are fan-out and fan-in, in that order. A weight has shape (out, in, ...)."
)
def turned(weight):
    return fans(weight)[::-1]


@fan_counts.mistake(
    "Fan-in is right. An input pixel is also read at every place of the kernel, so fan-out grows"
    " too."
)
def fan_out_without_kernel(weight):
    return fans(weight)[0], weight.shape[0]


@fan_counts.mistake("You multiplied by one side of the kernel. Its area counts, or its volume.")
def one_side(weight):
    side = weight.shape[2] if weight.dim() > 2 else 1
    return weight.shape[1] * side, weight.shape[0] * side


@fan_counts.mistake(
    "You squared one side of the kernel. It need not be square, nor have two sides."
)
def square_kernel(weight):
    area = weight.shape[2] ** 2 if weight.dim() > 2 else 1
    return weight.shape[1] * area, weight.shape[0] * area


@fan_counts.mistake(
    "Those are floats, because `/` divides to one. Connections are counted: give `int`s."
)
def as_floats(weight):
    return weight.numel() / weight.shape[0], weight.numel() / weight.shape[1]


@fan_counts.alternative
def by_numel(weight):
    return weight[0].numel(), weight[:, 0].numel()


@fan_counts.alternative
def by_prod(weight):
    out, inside, *kernel = weight.shape
    return inside * math.prod(kernel), out * math.prod(kernel)


@fan_counts.alternative
def by_division(weight):
    return weight.numel() // weight.shape[0], weight.numel() // weight.shape[1]


# 6.9 Spot the bug: a whole net

whole_net = Exercise(
    "6.9",
    "Spot the bug: a whole net",
    difficulty=3,
    minutes=8,
    points=2,
    tolerance=0.03,
    hints=[
        (
            "Three things are wrong: the number, which layers are reached, and what happens to the"
            " biases."
        ),
        (
            "`net.modules()` goes through all parts, also parts of parts; `isinstance(layer,"
            " (nn.Linear, nn.Conv2d))`."
        ),
        (
            "The fan-in is `layer.weight[0].numel()`; `nn.init.normal_` takes the standard"
            " deviation, so take a root; `nn.init.zeros_(layer.bias)` where the bias is not None."
        ),
    ],
)


class _Nested(nn.Module):
    """Parts within parts, a batch norm, and a convolution without bias."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(24, 96, 3, bias=False), nn.BatchNorm2d(96), nn.ReLU()
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(96, 256))

    def forward(self, x):
        return self.head(self.features(x))


class FullyConnected(nn.Sequential):
    """Name of the first case."""


class Convolutional(nn.Sequential):
    """Name of the second case."""


_Nested.__name__ = "PartsWithinParts"


def _filled(net, rng):
    """Every parameter as a learner would not leave it."""
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(normal(rng, *p.shape) * 0.3 if p.dim() > 1 else torch.full_like(p, 0.3))
    return net


@whole_net.reference
def initialize(net):
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


@whole_net.cases
def _(rng):
    yield call(_filled(FullyConnected(nn.Linear(400, 100), nn.ReLU(), nn.Linear(100, 300)), rng))
    yield call(
        _filled(Convolutional(nn.Conv2d(16, 200, 3), nn.ReLU(), nn.Conv2d(200, 24, (2, 5))), rng)
    )
    yield call(_filled(_Nested(), rng))


@whole_net.probe
def _(attempt, net):
    attempt(net)
    seen = {}
    for name, p in net.named_parameters():
        if p.dim() > 1:
            seen[f"the distribution of `{name}`"] = _distribution(p.detach())
            seen[f"the standard deviation of `{name}`"] = p.detach().std().item()
        else:
            seen[f"the mean of `{name}`"] = p.detach().mean().item()
    return seen


def _each(
    net,
    std,
    layers=(nn.Linear, nn.Conv2d),
    parts=nn.Module.modules,
    biases=True,
    draw=nn.init.normal_,
):
    """Like the right one, with one thing changed."""
    for layer in parts(net):
        if isinstance(layer, layers):
            draw(layer.weight, 0, std(layer.weight))
            if biases and layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _he(weight):
    return math.sqrt(2 / weight[0].numel())


@whole_net.mistake(
    "All is left as in the broken version: the root, the nested parts and the biases are still"
    " to do."
)
def unrepaired(net):
    _each(net, lambda w: 2 / w[0].numel(), parts=nn.Module.children, biases=False)


@whole_net.mistake(
    "The root is missing: `normal_` takes the standard deviation, you gave it the variance."
)
def no_root(net):
    _each(net, lambda w: 2 / w[0].numel())


@whole_net.mistake("Parts within parts were not reached: `children` gives the outermost only.")
def outermost_only(net):
    _each(net, _he, parts=nn.Module.children)


@whole_net.mistake("The biases were not set. They start at 0.")
def biases_left(net):
    _each(net, _he, biases=False)


@whole_net.mistake(
    "The fan-in of your convolutions forgets the kernel: that is the number of input channels."
)
def kernel_forgotten(net):
    _each(net, lambda w: math.sqrt(2 / w.shape[1]))


@whole_net.mistake(
    "You took `weight.shape[0]`, the outputs. In PyTorch the shape is (out, in, ...)."
)
def outputs_counted(net):
    _each(net, lambda w: math.sqrt(2 / w[:, 0].numel()))


@whole_net.mistake("Convolutions were left as they were: only the linear layers are set.")
def linear_only(net):
    _each(net, _he, layers=nn.Linear)


@whole_net.mistake(
    "The weight of batch norm was set to 0 along with the biases, so nothing passes. It is to be"
    " left as it is."
)
def batch_norm_zeroed(net):
    for p in net.parameters():
        if p.dim() == 1:
            nn.init.zeros_(p)
        else:
            nn.init.normal_(p, 0, _he(p))


@whole_net.mistake(
    "You set the bias of batch norm to 0 as well. That layer is to be left as it is."
)
def all_biases(net):
    for name, p in net.named_parameters():
        if p.dim() > 1:
            nn.init.normal_(p, 0, _he(p))
        elif name.endswith("bias"):
            nn.init.zeros_(p)


@whole_net.mistake("That is a variance of 1/n. ReLU follows these layers, so it takes 2/n.")
def as_without_relu(net):
    _each(net, lambda w: math.sqrt(1 / w[0].numel()))


@whole_net.mistake(
    "The spread is right, and the weights are uniform. Normal ones are asked for here."
)
def uniform_weights(net):
    _each(
        net,
        _he,
        draw=lambda w, mean, std: nn.init.uniform_(w, -std * math.sqrt(3), std * math.sqrt(3)),
    )


@whole_net.alternative
def by_apply(net):
    def one(layer):
        if type(layer) in (nn.Linear, nn.Conv2d):
            layer.weight.data = torch.randn_like(layer.weight) * math.sqrt(
                2 * len(layer.weight) / layer.weight.numel()
            )
            if layer.bias is not None:
                layer.bias.data.fill_(0)

    net.apply(one)


@whole_net.alternative
@torch.no_grad()
def by_name(net):
    parts = dict(net.named_modules())
    for name, p in net.named_parameters():
        owner, _, kind = name.rpartition(".")
        if isinstance(parts[owner], (nn.Conv2d, nn.Linear)):
            if kind == "weight":
                p.normal_(0, (2 / p[0].numel()) ** 0.5)
            else:
                p.zero_()


@whole_net.alternative
def recursively(net):
    for part in net.children():
        recursively(part)
    if hasattr(net, "weight") and net.weight.dim() > 1:
        fan_in = math.prod(net.weight.shape[1:])
        net.weight = nn.Parameter(torch.empty_like(net.weight).normal_(std=math.sqrt(2 / fan_in)))
        net.bias = None if net.bias is None else nn.Parameter(torch.zeros_like(net.bias))
    return net
