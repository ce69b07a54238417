"""Exercises of notebook 06: initialization, judged by what the drawn weights are and do."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checker.exercise import Choice, Exercise, Number, call, normal
from checker.module_comparison import Unfit

# 6.1 Two layers, backward

two_layers = Exercise(
    "6.1", "Two layers, backward", difficulty=3, minutes=10, points=2,
    hints=[
        "Keep `h` from the forward pass. The error at the output is `e = (s - y) / N`, of shape (N, K).",
        "For a product `a = b @ c`: `dc = b.T @ da` and `db = da @ c.T`. "
        "The slope of tanh, written with its output, is `1 - h**2`.",
        "`dw2 = h.T @ e`, and `dw1 = x.T @ ((e @ w2.T) * slope)` with the slope of the second hint.",
    ],
)


@two_layers.reference
def two_layer_gradients(x, y, w1, w2):
    w1, w2 = w1.clone().requires_grad_(), w2.clone().requires_grad_()
    loss = 0.5 * F.mse_loss(torch.tanh(x @ w1) @ w2, y, reduction="sum") / len(x)
    return torch.autograd.grad(loss, (w1, w2))


@two_layers.cases
def _(rng):
    yield call(*(torch.tensor([[v]]) for v in (1.0, 0.0, 0.5, 2.0)))
    yield call(normal(rng, 2, 1), normal(rng, 2, 1), normal(rng, 1, 1), normal(rng, 1, 1))
    yield call(normal(rng, 3, 2), normal(rng, 3, 2), torch.zeros(2, 4), torch.zeros(4, 2))
    yield call(normal(rng, 3, 2), normal(rng, 3, 3), torch.full((2, 4), 0.5), torch.full((4, 3), 0.5))
    for n, d, h, k in rng.integers(2, 6, (4, 4)):
        yield call(normal(rng, n, d), normal(rng, n, k), normal(rng, d, h), normal(rng, h, k))


def _by_hand(x, y, w1, w2, slope=lambda z, h: 1 - h**2, divide=None):
    z = x @ w1
    h = torch.tanh(z)
    e = (h @ w2 - y) / (divide or len(x))
    return x.T @ ((e @ w2.T) * slope(z, h)), h.T @ e


@two_layers.mistake("You left out the slope of tanh on the way back.")
def without_slope(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: 1)


@two_layers.mistake("You took `1 - z**2` with the input `z` of tanh. The slope is `1 - h**2`, with its output.")
def slope_of_input(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: 1 - z**2)


@two_layers.mistake("You squared all of `1 - h`. The slope is `1 - h**2`: only the output is squared.")
def slope_squared(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: (1 - h) ** 2)


@two_layers.mistake("You took tanh of `h` once more in the slope; `h` is already the output of tanh.")
def tanh_twice(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: 1 - torch.tanh(h) ** 2)


@two_layers.mistake("That is the gradient of the sum over the pictures. The loss is their mean: divide by N.")
def summed(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=1)


@two_layers.mistake("You divided by the number of outputs as well. The loss is a mean over the N pictures only.")
def mean_over_outputs(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=y.numel())


@two_layers.mistake("That is twice the gradient: the half in the loss takes away the 2 of the square.")
def twice(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=len(x) / 2)


@two_layers.mistake("That is the gradient with the other sign: the error is `s - y`, output minus target.")
def other_sign(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=-len(x))


@two_layers.mistake("The order is first `dw1`, then `dw2`.")
def swapped(x, y, w1, w2):
    return _by_hand(x, y, w1, w2)[::-1]


@two_layers.alternative
def with_einsum(x, y, w1, w2):
    h = torch.einsum("nd,dh->nh", x, w1).tanh()
    e = (torch.einsum("nh,hk->nk", h, w2) - y) / x.shape[0]
    dh = torch.einsum("nk,hk->nh", e, w2)
    return torch.einsum("nd,nh->dh", x, dh - dh * h * h), torch.einsum("nh,nk->hk", h, e)


@two_layers.alternative
def picture_by_picture(x, y, w1, w2):
    dw1, dw2 = torch.zeros_like(w1), torch.zeros_like(w2)
    for picture, target in zip(x, y):
        h = torch.tanh(picture @ w1)
        e = h @ w2 - target
        dw2 += torch.outer(h, e) / len(x)
        dw1 += torch.outer(picture, (w2 @ e) / torch.cosh(picture @ w1) ** 2) / len(x)
    return dw1, dw2


@two_layers.alternative
def by_backward(x, y, w1, w2):
    w1, w2 = w1.clone().requires_grad_(), w2.clone().requires_grad_()
    (((x @ w1).tanh() @ w2 - y).square().sum(1).mean() / 2).backward()
    return [w1.grad, w2.grad]


# 6.2 Predict: all weights equal

equal_weights = Choice(
    "6.2", "All weights equal", "a", difficulty=1, minutes=3,
    why={
        "b": "The ten columns of `w2` do come apart. But each hidden unit feeds all ten outputs, and each by the same "
             "weights as its neighbor does: compare two columns of `dw1`.",
        "c": "The pictures differ, but every hidden unit sees all of them, with the same weights. What could make the "
             "gradients of two units differ?",
        "d": "That happens with zeros. Here `h` is not 0, and `w2` is not 0, so neither gradient is 0.",
    },
    because="Equal units get equal gradients, so they stay equal after any number of steps.",
    hints=["Take two equal columns of `w1`, and the two equal rows of `w2` behind them. Go back from the loss."],
)

# 6.3 The spread after every layer

spread = Exercise(
    "6.3", "The spread after every layer", difficulty=2, minutes=6,
    hints=[
        "Each layer reads what the layer before it put out: keep it in one variable, `h`, that starts as `x`.",
        "`h = torch.tanh(h @ w)`, then note `h.std(correction=0).item()`.",
    ],
)


@spread.reference
def layer_stds(x, weights):
    net = nn.Sequential(*(nn.Sequential(nn.Linear(*w.shape, bias=False), nn.Tanh()) for w in weights))
    stds = []
    for (linear, tanh), w in zip(net, weights):
        linear.weight.data = w.T
        x = tanh(linear(x))
        stds.append(float(np.std(x.detach().numpy())))
    return stds


@spread.cases
def _(rng):
    yield call(torch.tensor([[1.0], [-1.0]]), [torch.tensor([[1.0]])])
    yield call(torch.tensor([[1.0, 2.0]]), [torch.tensor([[1.0, 0.0], [0.0, 1.0]])])
    yield call(normal(rng, 3, 2), [normal(rng, 2, 2), normal(rng, 2, 2)])
    yield call(normal(rng, 4, 3), [normal(rng, 3, 5), normal(rng, 5, 2), normal(rng, 2, 4)])
    yield call(normal(rng, 5, 6), [0.3 * normal(rng, 6, 6) for _ in range(6)])
    yield call(normal(rng, 2, 3), [5.0 * normal(rng, 3, 3) for _ in range(3)])


def _stds(x, weights, step=lambda h, w: torch.tanh(h @ w), measure=lambda h: h.std(correction=0).item()):
    stds = []
    for w in weights:
        x = step(x, w)
        stds.append(measure(x))
    return stds


@spread.mistake("You divided by one less than the number of values. Asked is `correction=0`.")
def one_less(x, weights):
    return _stds(x, weights, measure=lambda h: h.std().item())


@spread.mistake("That is the spread before tanh. Measure what the layer puts out.")
def before_tanh(x, weights):
    stds = []
    for w in weights:
        stds.append((x @ w).std(correction=0).item())
        x = torch.tanh(x @ w)
    return stds


@spread.mistake("You left out tanh, so this is one long product of matrices.")
def without_tanh(x, weights):
    return _stds(x, weights, step=torch.matmul)


@spread.mistake("Every layer of yours reads the input `x`. A layer reads what the one before it put out.")
def always_from_the_input(x, weights):
    return [torch.tanh(x @ w).std(correction=0).item() for w in weights]


@spread.mistake("That is the root mean square: the mean was not taken away.")
def root_mean_square(x, weights):
    return _stds(x, weights, measure=lambda h: h.square().mean().sqrt().item())


@spread.mistake("That is the variance. Its root is asked for.")
def variance(x, weights):
    return _stds(x, weights, measure=lambda h: h.var(correction=0).item())


@spread.mistake("You took the spread of each unit and averaged those. Take it over all values of the layer at once.")
def unit_by_unit(x, weights):
    return _stds(x, weights, measure=lambda h: h.std(0, correction=0).mean().item())


@spread.mistake("Your list starts with the input. Start with the first layer's output.")
def with_the_input(x, weights):
    return [x.std(correction=0).item(), *_stds(x, weights)]


@spread.alternative
def by_the_formula(x, weights):
    return _stds(x, weights, measure=lambda h: ((h - h.mean()) ** 2).mean().sqrt())


@spread.alternative
def recursive(x, weights):
    if not weights:
        return []
    h = torch.einsum("ni,io->no", x, weights[0]).tanh()
    return [torch.std(h, correction=0).item(), *recursive(h, weights[1:])]


@spread.alternative
def with_numpy(x, weights):
    h, stds = x.numpy(), []
    for w in weights:
        h = np.tanh(h @ w.numpy())
        stds.append(h.std())
    return tuple(stds)


# 6.4 Predict: which layer saturates

saturates = Choice(
    "6.4", "Which layer saturates most?", "b", difficulty=2, minutes=3,
    why={
        "a": "Nothing piles up from layer to layer: tanh cuts every output to at most 1 before the next sum.",
        "c": "Nearly, from the second layer on. But one layer gets inputs that no tanh has cut.",
        "d": "A sum of 4,096 terms of spread 0.05 has spread 0.05 x 64 = 3.2, and tanh(3) is 0.995.",
    },
    because="Its inputs have spread 1. All later inputs went through tanh, so their spread is below 1.",
    hints=["The sums of a layer have 0.05 x 64 times the spread of what goes into it."],
)

# Drawing weights: judged by statistics of many weights. The tolerance is 3 %; 40,000 weights are off by 0.4 %.


def _distribution(w) -> str:
    """Which of two shapes values have, by mean magnitude over spread: 0.798 for normal, 0.866 for uniform."""
    shape = ((w - w.mean()).abs().mean() / w.std()).item()
    near = {"normal": math.sqrt(2 / math.pi), "uniform": math.sqrt(3) / 2}
    return next((name for name, value in near.items() if abs(shape - value) < 0.02), "neither normal nor uniform")


def _tensor(value, shape) -> torch.Tensor:
    """What was drawn, if it is a tensor of numbers at all."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        raise Unfit(f"give back a tensor of real numbers, of shape {shape}.")
    return value.detach().double()


def _drawn(attempt, rows, columns):
    """What can be said of a random initializer without knowing its numbers."""
    w, other = (_tensor(attempt(rows, columns), (rows, columns)) for _ in range(2))
    return {
        "the shape": tuple(w.shape),
        "the distribution": _distribution(w),
        "the mean, in standard deviations,": round((w.mean() / w.std()).item(), 1),
        "the standard deviation": w.std().item(),
        "a second call": "the same numbers" if w.shape == other.shape and torch.equal(w, other) else "new numbers",
    }


def _sizes(rng):
    yield call(100, 900)
    yield call(900, 100)
    yield call(200, 200)
    yield call(*(int(n) for n in rng.integers(200, 600, 2)))


# 6.5 Xavier

xavier_uniform = Exercise(
    "6.5", "Xavier", difficulty=2, minutes=6, tolerance=0.03,
    hints=[
        "The variance of a uniform distribution from -a to a is a²/3. Set it equal to 2 / (fan_in + fan_out), and "
        "solve for a.",
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
    "You used the standard deviation as the limit. From -a to a, the standard deviation is only `a / sqrt(3)`."
)
def deviation_as_limit(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(2 / (fan_in + fan_out)))


@xavier_uniform.mistake("The root is missing: that is `6 / (fan_in + fan_out)` itself as the limit.")
def limit_without_root(fan_in, fan_out):
    return _uniform(fan_in, fan_out, 6 / (fan_in + fan_out))


@xavier_uniform.mistake("That looks forward only: the variance is `1 / fan_in`. Take the compromise of both.")
def forward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_in))


@xavier_uniform.mistake("That looks backward only: the variance is `1 / fan_out`. Take the compromise of both.")
def backward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_out))


@xavier_uniform.mistake("Half of the variance asked for: the 2 in `2 / (fan_in + fan_out)` got lost.")
def sum_for_mean(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / (fan_in + fan_out)))


@xavier_uniform.mistake("`torch.rand` starts at 0, so all your weights are positive. Center them.")
def all_positive(fan_in, fan_out):
    return torch.rand(fan_in, fan_out) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake("`torch.rand(...) - 0.5` goes from -0.5 to 0.5, so your weights reach only half of the limit.")
def half_of_the_limit(fan_in, fan_out):
    return (torch.rand(fan_in, fan_out) - 0.5) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake("The variance is right, and the weights are normal. Uniform ones are asked for here.")
def normal_instead(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))


@xavier_uniform.mistake("The shape is turned: `nn.Linear` keeps (out, in), here (fan_in, fan_out) is asked for.")
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
    return (torch.rand(fan_in, fan_out) - 0.5) / math.sqrt(1 / 12) * (2 / (fan_in + fan_out)) ** 0.5


# 6.6 Predict: ReLU under Xavier

relu_shrinks = Number(
    "6.6", "Six layers of ReLU", 0.125, difficulty=2, minutes=4,
    wrong={
        "second_moment": (1 / 64, "That is the mean square. Its root is asked for."),
        "one_layer": (math.sqrt(0.5), "That is one layer. There are six."),
        "one_layer_square": (0.5, "That is the mean square after one layer. There are six layers, and a root to take."),
        "grows": (8.0, "That is how much it shrinks by; after six layers it is that much *smaller* than 1."),
        "stays": (1.0, "That would be right without ReLU. Half of the sums are now set to 0."),
        "five_layers": (math.sqrt(0.5) ** 5, "That is five layers. The first layer has a ReLU behind it as well."),
    },
    right=[1 / 8, 0.5**3, math.sqrt(0.5**6), torch.tensor(0.125)],
    tolerance=2e-3,
    hints=["Each layer halves the mean square.", "The mean square after six layers is `(1/2)**6`; take its root."],
)

# 6.7 Spot the bug: Kaiming as in lecture notes

kaiming_normal = Exercise(
    "6.7", "Spot the bug: Kaiming", difficulty=2, minutes=5, tolerance=0.03,
    hints=[
        "What variance does a division by `sqrt(2/n)` give? Compare it with 2/n.",
        "Multiply by the standard deviation, `math.sqrt(2 / fan_in)`.",
    ],
)


@kaiming_normal.reference
def kaiming(fan_in, fan_out):
    # What torch calls `fan_out` is the first axis, here that of the inputs.
    return nn.init.kaiming_normal_(torch.empty(fan_in, fan_out), mode="fan_out", nonlinearity="relu")


kaiming_normal.cases(_sizes)
kaiming_normal.probe(_drawn)


def _scaled(rows, columns, std):
    return torch.randn(rows, columns) * std


@kaiming_normal.mistake("That is still upside down: the variance is n/2, not 2/n.")
def upside_down(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / math.sqrt(2 / fan_in)


@kaiming_normal.mistake("The root is missing: you multiply by the variance 2/n instead of the standard deviation.")
def without_root(fan_in, fan_out):
    return _scaled(fan_in, fan_out, 2 / fan_in)


@kaiming_normal.mistake("That is Xavier for square layers, 1/n. ReLU throws half of the mean square away.")
def without_the_two(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(1 / fan_in))


@kaiming_normal.mistake("You counted the outputs. Going forward, a sum has as many terms as there are inputs.")
def by_fan_out(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / fan_out))


@kaiming_normal.mistake("That is Xavier: it averages fan-in and fan-out and knows of no ReLU.")
def as_xavier(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / (fan_in + fan_out)))


@kaiming_normal.mistake("The root covers only one of the two: that is `sqrt(2) / n`.")
def root_of_two_only(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2) / fan_in)


@kaiming_normal.mistake("The variance is right, and the weights are uniform. Normal ones are asked for here.")
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
    "6.8", "Fan-in and fan-out of a convolution", difficulty=2, minutes=5,
    hints=[
        "One output pixel of a convolution reads a window of the kernel's size in every input channel.",
        "`weight[0]` is all that one output channel reads; `weight[:, 0]` is all that one input channel feeds.",
        "`weight[0].numel()`, and the same of `weight[:, 0]`.",
    ],
)


@fan_counts.reference
def fans(weight):
    return nn.init._calculate_fan_in_and_fan_out(weight)


@fan_counts.cases
def _(rng):
    for shape in [(2, 3), (4, 3, 3, 3), (6, 2, 1, 1), (8, 4, 2, 5), (5, 1, 7), (3, 2, 2, 3, 4), (7, 7, 3, 3)]:
        yield call(torch.zeros(shape))
    for _ in range(3):
        yield call(torch.zeros(tuple(int(n) for n in rng.integers(2, 8, 4))))


@fan_counts.mistake("You counted the channels and forgot that each is read through a whole kernel window.")
def channels_only(weight):
    return weight.shape[1], weight.shape[0]


@fan_counts.mistake("Those are fan-out and fan-in, in that order. A weight has shape (out, in, ...).")
def turned(weight):
    return fans(weight)[::-1]


@fan_counts.mistake("Fan-in is right. An input pixel is also read at every place of the kernel, so fan-out grows too.")
def fan_out_without_kernel(weight):
    return fans(weight)[0], weight.shape[0]


@fan_counts.mistake("You multiplied by one side of the kernel. Its area counts, or its volume.")
def one_side(weight):
    side = weight.shape[2] if weight.dim() > 2 else 1
    return weight.shape[1] * side, weight.shape[0] * side


@fan_counts.mistake("You squared one side of the kernel. It need not be square, nor have two sides.")
def square_kernel(weight):
    area = weight.shape[2] ** 2 if weight.dim() > 2 else 1
    return weight.shape[1] * area, weight.shape[0] * area


@fan_counts.mistake("Those are floats, because `/` divides to one. Connections are counted: give `int`s.")
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
    "6.9", "Spot the bug: a whole net", difficulty=3, minutes=8, points=2, tolerance=0.03,
    hints=[
        "Three things are wrong: the number, which layers are reached, and what happens to the biases.",
        "`net.modules()` goes through all parts, also parts of parts; `isinstance(layer, (nn.Linear, nn.Conv2d))`.",
        "The fan-in is `layer.weight[0].numel()`; `nn.init.normal_` takes the standard deviation, so take a root; "
        "`nn.init.zeros_(layer.bias)` where the bias is not None.",
    ],
)


class _Nested(nn.Module):
    """Parts within parts, a batch norm, and a convolution without bias."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(24, 96, 3, bias=False), nn.BatchNorm2d(96), nn.ReLU())
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
    yield call(_filled(Convolutional(nn.Conv2d(16, 200, 3), nn.ReLU(), nn.Conv2d(200, 24, (2, 5))), rng))
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


def _each(net, std, layers=(nn.Linear, nn.Conv2d), parts=nn.Module.modules, biases=True, draw=nn.init.normal_):
    """Like the right one, with one thing changed."""
    for layer in parts(net):
        if isinstance(layer, layers):
            draw(layer.weight, 0, std(layer.weight))
            if biases and layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _he(weight):
    return math.sqrt(2 / weight[0].numel())


@whole_net.mistake("All is left as in the broken version: the root, the nested parts and the biases are still to do.")
def unrepaired(net):
    _each(net, lambda w: 2 / w[0].numel(), parts=nn.Module.children, biases=False)


@whole_net.mistake("The root is missing: `normal_` takes the standard deviation, you gave it the variance.")
def no_root(net):
    _each(net, lambda w: 2 / w[0].numel())


@whole_net.mistake("Parts within parts were not reached: `children` gives the outermost only.")
def outermost_only(net):
    _each(net, _he, parts=nn.Module.children)


@whole_net.mistake("The biases were not set. They start at 0.")
def biases_left(net):
    _each(net, _he, biases=False)


@whole_net.mistake("The fan-in of your convolutions forgets the kernel: that is the number of input channels.")
def kernel_forgotten(net):
    _each(net, lambda w: math.sqrt(2 / w.shape[1]))


@whole_net.mistake("You took `weight.shape[0]`, the outputs. In PyTorch the shape is (out, in, ...).")
def outputs_counted(net):
    _each(net, lambda w: math.sqrt(2 / w[:, 0].numel()))


@whole_net.mistake("Convolutions were left as they were: only the linear layers are set.")
def linear_only(net):
    _each(net, _he, layers=nn.Linear)


@whole_net.mistake(
    "The weight of batch norm was set to 0 along with the biases, so nothing passes. It is to be left as it is."
)
def batch_norm_zeroed(net):
    for p in net.parameters():
        nn.init.zeros_(p) if p.dim() == 1 else nn.init.normal_(p, 0, _he(p))


@whole_net.mistake("You set the bias of batch norm to 0 as well. That layer is to be left as it is.")
def all_biases(net):
    for name, p in net.named_parameters():
        if p.dim() > 1:
            nn.init.normal_(p, 0, _he(p))
        elif name.endswith("bias"):
            nn.init.zeros_(p)


@whole_net.mistake("That is a variance of 1/n. ReLU follows these layers, so it takes 2/n.")
def as_without_relu(net):
    _each(net, lambda w: math.sqrt(1 / w[0].numel()))


@whole_net.mistake("The spread is right, and the weights are uniform. Normal ones are asked for here.")
def uniform_weights(net):
    _each(net, _he, draw=lambda w, mean, std: nn.init.uniform_(w, -std * math.sqrt(3), std * math.sqrt(3)))


@whole_net.alternative
def by_apply(net):
    def one(layer):
        if type(layer) in (nn.Linear, nn.Conv2d):
            layer.weight.data = torch.randn_like(layer.weight) * math.sqrt(2 * len(layer.weight) / layer.weight.numel())
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
            p.normal_(0, (2 / p[0].numel()) ** 0.5) if kind == "weight" else p.zero_()


@whole_net.alternative
def recursively(net):
    for part in net.children():
        recursively(part)
    if hasattr(net, "weight") and net.weight.dim() > 1:
        fan_in = math.prod(net.weight.shape[1:])
        net.weight = nn.Parameter(torch.empty_like(net.weight).normal_(std=math.sqrt(2 / fan_in)))
        net.bias = None if net.bias is None else nn.Parameter(torch.zeros_like(net.bias))
    return net


# 6.10 Gain

gains = Exercise(
    "6.10", "The gain of any activation", difficulty=3, minutes=7, points=2, tolerance=0.015,
    hints=[
        "Draw a million standard normal sums, put them through the activation, and look at the mean of the squares.",
        "If the mean square comes out as q, weights that are `1 / sqrt(q)` times larger make up for it.",
        "`1 / activation(z).square().mean().sqrt()`, as a float.",
    ],
)
_DRAWS = 1_000_000


@gains.reference
def gain(activation):
    return torch.mean(activation(torch.randn(_DRAWS)) ** 2).item() ** -0.5


def leaky(z):
    return F.leaky_relu(z, 0.2)


def half(z):
    return z / 2


@gains.cases
def _(rng):
    for activation in (half, torch.relu, torch.tanh, torch.sigmoid, F.silu, leaky):
        yield call(activation)


def _of_normal(activation):
    return activation(torch.randn(_DRAWS))


@gains.mistake("You took the mean away before squaring. The next layer sums squares with the mean in them.")
def of_the_spread(activation):
    return 1 / _of_normal(activation).std().item()


@gains.mistake("That is a factor for the variance of the weights. The gain multiplies their standard deviation.")
def no_root_taken(activation):
    return 1 / _of_normal(activation).square().mean().item()


@gains.mistake("That is what the activation does to the size. The gain makes up for it: one over this.")
def inverse(activation):
    return _of_normal(activation).square().mean().sqrt().item()


@gains.mistake("You averaged magnitudes. Variances add up in squares, so average those and take the root.")
def of_magnitudes(activation):
    return 1 / _of_normal(activation).abs().mean().item()


@gains.mistake("`torch.rand` draws from 0 to 1. The sums in a layer are normal: `torch.randn`.")
def from_rand(activation):
    return 1 / activation(torch.rand(_DRAWS)).square().mean().sqrt().item()


@gains.mistake("You squared the input, not the output of the activation.")
def squared_before(activation):
    return 1 / activation(torch.randn(_DRAWS).square()).mean().sqrt().item()


@gains.alternative
def by_an_integral(activation):
    z = torch.linspace(-12, 12, 200_001)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return torch.trapezoid(activation(z).square() * density, z).item() ** -0.5


@gains.alternative
def with_norm(activation):
    z = torch.randn(1000, 1000)
    return (z.numel() ** 0.5 / activation(z).norm()).item()


@gains.alternative
def with_numpy_draws(activation):
    out = activation(torch.from_numpy(np.random.standard_normal(_DRAWS))).numpy()
    return 1 / np.sqrt(np.mean(out**2))


@gains.alternative
def in_a_layer(activation):
    """The root mean square that comes in over the one that goes out, in a layer of many units."""
    total = sum(activation(torch.randn(100_000)).pow(2).mean() for _ in range(10)) / 10
    return torch.rsqrt(total)


# 6.11 Orthogonal

right_angles = Exercise(
    "6.11", "Orthogonal weights", difficulty=3, minutes=7,
    hints=[
        "`torch.linalg.qr(a)` gives two matrices; the first has perpendicular columns of length 1.",
        "A matrix that is wider than tall has no room for perpendicular columns: make the tall one and turn it.",
        "`torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns))).Q`, turned if `rows < columns`.",
    ],
)


@right_angles.reference
def orthogonal(rows, columns):
    q, _ = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns)))
    return q if rows >= columns else q.T


@right_angles.cases
def _(rng):
    yield call(3, 3)
    yield call(5, 3)
    yield call(3, 5)
    yield call(1, 4)
    yield call(*(int(n) for n in rng.integers(10, 40, 2)))


@right_angles.probe
def _(attempt, rows, columns):
    w, other = (_tensor(attempt(rows, columns), (rows, columns)) for _ in range(2))
    if tuple(w.shape) != (rows, columns):
        return {"the shape": tuple(w.shape)}
    tall = w if rows >= columns else w.T
    gram = tall.T @ tall
    lengths, angles = gram.diagonal(), gram - gram.diagonal().diag()
    which = "columns" if rows >= columns else "rows"
    return {
        "the shape": tuple(w.shape),
        f"the lengths of the {which}": "all 1" if (lengths - 1).abs().max() < 1e-6 else "not all 1",
        f"the angles between the {which}": "right" if angles.abs().max() < 1e-6 else "not all right",
        "a second call": "the same numbers" if torch.equal(w, other) else "new numbers",
    }


@right_angles.mistake("Perpendicular only on average: random directions in few dimensions are not at right angles.")
def random_normal(rows, columns):
    return torch.randn(rows, columns) / math.sqrt(rows)


@right_angles.mistake("Your vectors have length 1, and they are not at right angles.")
def unit_length_only(rows, columns):
    return F.normalize(torch.randn(rows, columns), dim=0 if rows >= columns else 1)


@right_angles.mistake("Always the same directions. They are to be random.")
def identity(rows, columns):
    return torch.eye(rows, columns)


@right_angles.mistake("QR of a wide matrix gives a square Q. Wide needs a turn.")
def wide_forgotten(rows, columns):
    return torch.linalg.qr(torch.randn(rows, columns)).Q


@right_angles.mistake("That Q is square, with more columns than asked for: take the reduced form.")
def complete(rows, columns):
    q = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns)), mode="complete").Q
    return q if rows >= columns else q.T


@right_angles.mistake("That is R, the triangular factor. The perpendicular one is Q.")
def the_other_factor(rows, columns):
    r = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns))).R
    return r if rows >= columns else r.T


@right_angles.mistake("The angles are right and the lengths are not 1: no gain is asked for here.")
def with_a_gain(rows, columns):
    return math.sqrt(2) * nn.init.orthogonal_(torch.empty(rows, columns))


@right_angles.mistake("The shape is turned: (rows, columns) is asked for.")
def shape_turned(rows, columns):
    return nn.init.orthogonal_(torch.empty(columns, rows))


@right_angles.alternative
def by_the_library(rows, columns):
    return nn.init.orthogonal_(torch.empty(rows, columns))


@right_angles.alternative
def by_svd(rows, columns):
    u, _, v = torch.linalg.svd(torch.randn(rows, columns), full_matrices=False)
    return u @ v


@right_angles.alternative
def gram_schmidt(rows, columns):
    found = []
    while len(found) < min(rows, columns):
        v = torch.randn(max(rows, columns))
        for u in found * 2:  # twice, against rounding
            v = v - (v @ u) * u
        found.append(v / v.norm())
    w = torch.stack(found)
    return w.T if rows >= columns else w


# 6.12 LSUV

from_data = Exercise(
    "6.12", "Scale by the data", difficulty=3, minutes=8, points=2,
    hints=[
        "Go through the net once. At each layer compute the sums `z = h @ w` and divide by their spread.",
        "The next layer must see the output of the *scaled* layer.",
        "`s = (h @ w).std(correction=0)`; keep `w / s`; go on with `h = torch.relu(h @ w / s)`.",
    ],
)


@from_data.reference
def lsuv(x, weights):
    # ReLU lets factors through, so the unscaled net tells them all: layer l is off by the ratio of two spreads.
    spreads, h = [torch.ones(())], x
    for w in weights:
        spreads.append(torch.std(h @ w, correction=0))
        h = F.relu(h @ w)
    return [w * before / after for w, before, after in zip(weights, spreads, spreads[1:])]


@from_data.cases
def _(rng):
    yield call(torch.tensor([[1.0], [-1.0], [3.0]]), [torch.tensor([[0.5]])])
    yield call(torch.tensor([[1.0, 2.0], [3.0, -1.0]]), [torch.tensor([[0.1, 0.3], [0.2, -0.4]]), torch.eye(2)])
    yield call(normal(rng, 6, 4), [normal(rng, 4, 5), 0.1 * normal(rng, 5, 3)])
    yield call(normal(rng, 20, 6), [0.01 * normal(rng, 6, 8), 3 * normal(rng, 8, 8), normal(rng, 8, 4)])


def _scaling(x, weights, spread=lambda z: z.std(correction=0), relu=torch.relu, times=lambda w, s: w / s):
    scaled = []
    for w in weights:
        w = times(w, spread(x @ w))
        scaled.append(w)
        x = relu(x @ w)
    return scaled


@from_data.mistake("You measured the net before any layer was scaled. Scale a layer first, then measure the next one.")
def measured_at_once(x, weights):
    scaled = []
    for w in weights:
        scaled.append(w / (x @ w).std(correction=0))
        x = torch.relu(x @ w)
    return scaled


@from_data.mistake("You divided by the variance. Divide by its root.")
def by_the_variance(x, weights):
    return _scaling(x, weights, spread=lambda z: z.var(correction=0))


@from_data.mistake("You measured after ReLU. The sums before it are to have spread 1.")
def after_relu(x, weights):
    return _scaling(x, weights, spread=lambda z: torch.relu(z).std(correction=0))


@from_data.mistake("You gave every unit a factor of its own, as batch norm would. One factor a layer is asked for.")
def unit_wise(x, weights):
    return _scaling(x, weights, spread=lambda z: z.std(0, correction=0))


@from_data.mistake("You multiplied by the spread, so what is too large becomes larger.")
def multiplied(x, weights):
    return _scaling(x, weights, times=lambda w, s: w * s)


@from_data.mistake("You divided by one less than the number of values. Asked is `correction=0`.")
def spread_by_one_less(x, weights):
    return _scaling(x, weights, spread=torch.std)


@from_data.mistake("You left out the ReLU between the layers.")
def no_relu(x, weights):
    return _scaling(x, weights, relu=lambda z: z)


@from_data.mistake("You divided by the root mean square. The mean of the sums is not 0, so that is not their spread.")
def mean_not_removed(x, weights):
    return _scaling(x, weights, spread=lambda z: z.square().mean().sqrt())


@from_data.alternative
def layer_by_layer(x, weights):
    return _scaling(x, weights)


@from_data.alternative
def from_the_start_each_time(x, weights):
    scaled = []
    for w in weights:
        h = x
        for done in scaled:
            h = torch.relu(torch.einsum("ni,io->no", h, done))
        scaled.append(w / np.std((h @ w).numpy()))
    return tuple(scaled)


@from_data.alternative
def until_close(x, weights):
    """The paper's loop."""
    scaled = []
    for w in weights:
        w = w.clone()
        while abs((x @ w).var(correction=0).item() - 1) > 1e-9:
            w /= (x @ w).var(correction=0).sqrt()
        scaled.append(w)
        x = (x @ w).clamp(min=0)
    return scaled


# Recall

recall_zeros = Choice(
    "6.13", "Zeros", "c", difficulty=1, minutes=1,
    why={
        "a": "Zero biases with random weights are the usual choice. It is the weights that must differ.",
        "b": "Equal weights that are not zero do learn: as a net of one unit a layer.",
        "d": "Size is not the point: 0.5 everywhere keeps the units as equal as 0 does.",
    },
    because="Random weights make the units differ; a bias of 0 changes nothing about that.",
    hints=["What tells two units of a layer apart?"],
)

recall_fan = Choice(
    "6.14", "A convolution", "b", difficulty=1, minutes=2,
    why={
        "a": "That counts 64 channels. One output pixel reads a window of 9 pixels in each.",
        "c": "That is the variance. A standard deviation is its root.",
        "d": "That takes the fan-out, 128 x 9. Forward, the sum has 64 x 9 terms.",
    },
    because="The fan-in is 64 x 9 = 576.",
    hints=["How many products are summed up for one output pixel?"],
)

recall_diagnosis = Choice(
    "6.15", "Read the row", "d", difficulty=3, minutes=2,
    why={
        "a": "With 2/n the row would be flat.",
        "b": "With 1/n each layer multiplies by 0.71, not by a half.",
        "c": "A quarter is what happens to the mean *square*. ReLU already takes a half of that.",
    },
    because="The mean square falls to a quarter: a half by ReLU, so the other half by `n * Var(w) = 1/2`.",
    hints=["By what factor does the mean square fall? Which part of that is ReLU's?"],
)
