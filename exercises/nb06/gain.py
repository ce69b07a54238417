"""Exercise 6.10: the gain of any activation."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from checker.exercise import Exercise, call

# 6.10 Gain

gains = Exercise(
    "6.10",
    "The gain of any activation",
    difficulty=3,
    minutes=7,
    core=False,
    points=2,
    tolerance=0.015,
    hints=[
        (
            "Draw a million standard normal sums, put them through the activation, and look at the"
            " mean of the squares."
        ),
        (
            "If the mean square comes out as q, weights that are `1 / sqrt(q)` times larger make"
            " up for it."
        ),
        "`1 / activation(z).square().mean().sqrt()`, as a float.",
    ],
)


_DRAWS = 1_000_000


@gains.reference
def gain(activation):
    return torch.mean(activation(torch.randn(_DRAWS)) ** 2).item() ** -0.5


def half(z):
    return z / 2


@gains.cases
def _(rng):
    slope = rng.uniform(0.1, 0.4)

    def leaky(z):
        return F.leaky_relu(z, slope)

    for activation in (half, torch.relu, torch.tanh, torch.sigmoid, F.silu, leaky):
        yield call(activation)


def _of_normal(activation):
    return activation(torch.randn(_DRAWS))


@gains.mistake(
    "You took the mean away before squaring. The next layer sums squares with the mean in them."
)
def of_the_spread(activation):
    return 1 / _of_normal(activation).std().item()


@gains.mistake(
    "Yours is a factor for the variance of the weights. The gain multiplies their standard"
    " deviation, so a root is missing."
)
def no_root_taken(activation):
    return 1 / _of_normal(activation).square().mean().item()


@gains.mistake(
    "Yours is what the activation does to the size. The gain makes up for that: it is one over"
    " yours."
)
def inverse(activation):
    return _of_normal(activation).square().mean().sqrt().item()


@gains.mistake(
    "You averaged magnitudes. Variances add up in squares: average those, and take the root."
)
def of_magnitudes(activation):
    return 1 / _of_normal(activation).abs().mean().item()


@gains.mistake("Your numbers are uniform from 0 to 1. Standard normal ones are asked for.")
def from_rand(activation):
    return 1 / activation(torch.rand(_DRAWS)).square().mean().sqrt().item()


@gains.mistake("You squared what goes into the activation. What comes out is to be squared.")
def squared_before(activation):
    return 1 / activation(torch.randn(_DRAWS).square()).mean().sqrt().item()


@gains.mistake("A few hundred numbers leave too much to chance. Draw a million.")
def too_few(activation):
    return 1 / activation(torch.randn(300)).square().mean().sqrt().item()


@gains.mistake("Yours is a number for each draw. The gain is one number, of their mean.")
def one_each(activation):
    return 1 / _of_normal(activation).abs()


@gains.mistake("Your gain is always that of ReLU. It depends on `activation`.")
def always_of_relu(activation):
    return math.sqrt(2)


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


gains.demand("as a number", violated_by="one_each")
gains.demand("for any elementwise function activation", violated_by="always_of_relu")
gains.demand("standard normal numbers", violated_by="from_rand")
gains.demand("the check allows 1.5 %", violated_by="too_few")
