"""Exercise 11.15: Swish and its slope."""

import torch

from checker.exercise import Exercise, call, normal

# 11.15

swish_and_slope = Exercise(
    "11.15",
    "Swish and its slope",
    difficulty=2,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "The slope of sigmoid(z) is s * (1 - s), with s = sigmoid(z).",
        (
            "The product rule: the slope of x times s is s + x * (the slope of s). And z = beta *"
            " x brings a factor beta."
        ),
        "`s + beta * x * s * (1 - s)`",
    ],
)


@swish_and_slope.reference
def swish(x, beta):
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        y = torch.nn.functional.silu(beta * x) / beta if beta else x / 2
        return y.detach(), torch.autograd.grad(y.sum(), x)[0]


@swish_and_slope.cases
def _(rng):
    yield call(torch.tensor([0.0]), 1.0)
    yield call(torch.tensor([0.0, 1.0, -1.0]), 1.0)
    yield call(torch.tensor([-2.0, 0.5, 3.0]), 2.0)
    yield call(torch.tensor([-2.0, 0.5, 3.0]), 0.0)
    yield call(normal(rng, 2, 3), 0.5)
    yield call(8 * normal(rng, 4, 2, 3), 1.5)


def _swish(value, slope):
    def swish(x, beta):
        s = torch.sigmoid(beta * x)
        return value(x, beta, s), slope(x, beta, s)

    return swish


def _value(x, beta, s):
    return x * s


def _slope(x, beta, s):
    return s + beta * x * s * (1 - s)


for _name, _made, _sentence in (
    (
        "half_the_rule",
        _swish(_value, lambda x, b, s: s),
        (
            "Your slope is s alone, the first half of the product rule. Add the second: s"
            " changes with x, too."
        ),
    ),
    (
        "other_half",
        _swish(_value, lambda x, b, s: b * x * s * (1 - s)),
        "Your slope is the second half of the product rule alone. Add the first, s.",
    ),
    (
        "no_inner_factor",
        _swish(_value, lambda x, b, s: s + x * s * (1 - s)),
        "Your slope has no factor beta from the inner function, beta * x.",
    ),
    (
        "of_the_sigmoid",
        _swish(_value, lambda x, b, s: b * s * (1 - s)),
        "Your slope is that of the sigmoid. Swish is x times the sigmoid.",
    ),
    (
        "of_the_relu",
        _swish(_value, lambda x, b, s: (x > 0).to(x)),
        "Your slope is that of a ReLU. Swish falls a little before it rises.",
    ),
    (
        "minus",
        _swish(_value, lambda x, b, s: s - b * x * s * (1 - s)),
        "You subtract the second half of the product rule. Add it.",
    ),
    (
        "beta_ignored",
        lambda x, beta: _swish(_value, _slope)(x, 1.0),
        "You leave out beta: your results are those for beta = 1.",
    ),
    (
        "beta_outside",
        _swish(
            lambda x, b, s: b * x * torch.sigmoid(x),
            lambda x, b, s: b * torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x))),
        ),
        "Your beta stands outside of the sigmoid. It belongs inside: sigmoid(beta * x).",
    ),
    (
        "sigmoid_only",
        _swish(lambda x, b, s: s, lambda x, b, s: b * s * (1 - s)),
        "You give the sigmoid and its slope. Swish is x times the sigmoid.",
    ),
    (
        "swapped",
        lambda x, beta: _swish(_value, _slope)(x, beta)[::-1],
        "You return the slope first. The value comes first.",
    ),
    (
        "summed",
        _swish(_value, lambda x, b, s: _slope(x, b, s).sum()),
        "You give the sum of all slopes. Give one for each x.",
    ),
):
    swish_and_slope.mistake(_sentence, _name)(_made)


swish_and_slope.alternative(_swish(_value, _slope))


swish_and_slope.alternative(
    _swish(_value, lambda x, beta, s: beta * x * s + s * (1 - beta * x * s))
)


@swish_and_slope.alternative
def by_autograd(x, beta):
    z = x.detach().clone().requires_grad_()
    y = z * torch.sigmoid(beta * z)
    y.sum().backward()
    return [y.detach(), z.grad]


@swish_and_slope.alternative
def by_tanh(x, beta):
    s = (1 + torch.tanh(beta * x / 2)) / 2
    return x * s, s * (1 + beta * x * (1 - s))


swish_and_slope.demand("Swish, x * sigmoid(`beta` * x)", violated_by="beta_outside")
swish_and_slope.demand("its slope, the derivative with respect to x", violated_by="half_the_rule")
swish_and_slope.demand("at each number", violated_by="summed")
swish_and_slope.demand("Swish, x * sigmoid(`beta` * x), and its slope", violated_by="swapped")
