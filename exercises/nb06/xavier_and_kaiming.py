"""Exercises 6.5 to 6.7: Xavier, ReLU and Kaiming."""

import math

import numpy as np
import torch
from torch import nn

from checker.exercise import Exercise, Number, call
from exercises.nb06.shared import statistics, tensor


def _drawn(attempt, rows, columns):
    """What can be said of a random initializer without knowing its numbers."""
    w, other = (tensor(attempt(rows, columns), (rows, columns)) for _ in range(2))
    same = w.shape == other.shape and torch.equal(w, other)
    return {
        "the shape": tuple(w.shape),
        **statistics(w),
        "a second call": "the same numbers" if same else "new numbers",
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


@xavier_uniform.mistake("Your limit is `6 / (fan_in + fan_out)` itself: the root is missing.")
def limit_without_root(fan_in, fan_out):
    return _uniform(fan_in, fan_out, 6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "Your variance is `1 / fan_in`, which looks forward only. Take the compromise of both."
)
def forward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_in))


@xavier_uniform.mistake(
    "Your variance is `1 / fan_out`, which looks backward only. Take the compromise of both."
)
def backward_only(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / fan_out))


@xavier_uniform.mistake(
    "Yours has half of the variance asked for: the 2 in `2 / (fan_in + fan_out)` got lost."
)
def sum_for_mean(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(3 / (fan_in + fan_out)))


@xavier_uniform.mistake("Your weights start at 0 and are all positive. They should have mean 0.")
def all_positive(fan_in, fan_out):
    return torch.rand(fan_in, fan_out) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "Your weights reach only half as far as they should. From -0.5 to 0.5, for example, is half of"
    " from -1 to 1."
)
def half_of_the_limit(fan_in, fan_out):
    return (torch.rand(fan_in, fan_out) - 0.5) * math.sqrt(6 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "Your variance is right, but your weights are normal. Uniform ones are asked for here."
)
def normal_instead(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) * math.sqrt(2 / (fan_in + fan_out))


@xavier_uniform.mistake(
    "Your shape is turned. `nn.Linear` keeps (out, in), but here (fan_in, fan_out) is asked for."
)
def out_by_in(fan_in, fan_out):
    return nn.init.xavier_uniform_(torch.empty(fan_out, fan_in))


@xavier_uniform.mistake("Your numbers come again and again. Draw every weight by itself.")
def one_row(fan_in, fan_out):
    return _uniform(1, fan_out, math.sqrt(6 / (fan_in + fan_out))).repeat(fan_in, 1)


@xavier_uniform.mistake("Every call of yours gives the same numbers, as a fixed seed does.")
def always_the_same(fan_in, fan_out):
    a, source = math.sqrt(6 / (fan_in + fan_out)), torch.Generator().manual_seed(0)
    return (2 * torch.rand(fan_in, fan_out, generator=source) - 1) * a


@xavier_uniform.mistake("Your tensor is of another dtype. The layers here compute in float64.")
def in_float32(fan_in, fan_out):
    return xavier(fan_in, fan_out).float()


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


xavier_uniform.demand("of shape (fan_in, fan_out)", violated_by="out_by_in")
xavier_uniform.demand("float64", violated_by="in_float32")
xavier_uniform.demand("uniform from", violated_by="normal_instead")
xavier_uniform.demand("with mean 0", violated_by="all_positive")
xavier_uniform.demand("and the variance above", violated_by="sum_for_mean")
xavier_uniform.demand("every call gives new numbers", violated_by="always_the_same")


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
            "That is how much it shrinks by; after six layers it is that much smaller than 1.",
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


@relu_shrinks.recall
def _(rng):
    layers = 2 * rng.randint(1, 5)
    text = (
        "Root mean square 1 goes in, weights of variance 1/n, ReLU after each layer. What is it "
        f"after {layers} layers?"
    )
    return text, 0.5 ** (layers // 2)


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


@kaiming_normal.recall
def _(rng):
    root = rng.randint(2, 20)
    text = (
        f"Kaiming's normal start for a fully connected layer with {2 * root**2} inputs. Which "
        "standard deviation do the weights get?"
    )
    return text, 1 / root


@kaiming_normal.mistake("Yours is still upside down: its variance is n/2, not 2/n.")
def upside_down(fan_in, fan_out):
    return torch.randn(fan_in, fan_out) / math.sqrt(2 / fan_in)


@kaiming_normal.mistake(
    "Your root is missing: 2/n is your standard deviation, and should be your variance."
)
def without_root(fan_in, fan_out):
    return _scaled(fan_in, fan_out, 2 / fan_in)


@kaiming_normal.mistake(
    "Your variance is 1/n. ReLU throws half of the mean square away, so it should be 2/n."
)
def without_the_two(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(1 / fan_in))


@kaiming_normal.mistake(
    "You counted the outputs. Going forward, a sum has as many terms as there are inputs."
)
def by_fan_out(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / fan_out))


@kaiming_normal.mistake(
    "Your variance is Xavier's, which averages fan-in and fan-out and knows of no ReLU."
)
def as_xavier(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2 / (fan_in + fan_out)))


@kaiming_normal.mistake("Your root covers the 2 only: yours is `sqrt(2) / n`.")
def root_of_two_only(fan_in, fan_out):
    return _scaled(fan_in, fan_out, math.sqrt(2) / fan_in)


@kaiming_normal.mistake(
    "Your variance is right, but your weights are uniform. Normal ones are asked for here."
)
def uniform_instead(fan_in, fan_out):
    return _uniform(fan_in, fan_out, math.sqrt(6 / fan_in))


@kaiming_normal.mistake("Your weights are uniform and all positive. Normal ones are asked for.")
def rand_for_randn(fan_in, fan_out):
    return torch.rand(fan_in, fan_out) * math.sqrt(2 / fan_in)


@kaiming_normal.mistake("Your shape is turned: (fan_in, fan_out) is asked for.")
def kaiming_out_by_in(fan_in, fan_out):
    return kaiming(fan_in, fan_out).T


@kaiming_normal.mistake("Every call of yours gives the same numbers, as a fixed seed does.")
def kaiming_always_the_same(fan_in, fan_out):
    source = torch.Generator().manual_seed(0)
    return torch.randn(fan_in, fan_out, generator=source) * math.sqrt(2 / fan_in)


@kaiming_normal.mistake("Your tensor is of another dtype. The layers here compute in float64.")
def kaiming_in_float32(fan_in, fan_out):
    return kaiming(fan_in, fan_out).float()


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


kaiming_normal.demand("normal weights", violated_by="uniform_instead")
kaiming_normal.demand("float64", violated_by="kaiming_in_float32")
kaiming_normal.demand("of shape (fan_in, fan_out)", violated_by="kaiming_out_by_in")
kaiming_normal.demand("mean 0", violated_by="rand_for_randn")
kaiming_normal.demand("variance $2/n_\\text{in}$", violated_by="without_the_two")
kaiming_normal.demand("new ones in every call", violated_by="kaiming_always_the_same")
