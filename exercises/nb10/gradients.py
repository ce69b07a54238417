"""Exercises 10.6 to 10.8: the gradient at every depth, and a block that does nothing."""

import math

import torch

from checker.exercise import Choice, Exercise, call, normal, whole
from exercises.nb10.shared import window

# 10.6

chain = Exercise(
    "10.6",
    "The slope of a chain",
    difficulty=1,
    minutes=4,
    hints=[
        "By the chain rule the slopes of the links are multiplied.",
        "The slope of x + w x is 1 + w. Every link has its own 1.",
    ],
)


@chain.reference
def slope(weights, shortcut=False):
    x = torch.ones((), requires_grad=True)
    y = x * 1
    for w in weights:
        y = y + w * y if shortcut else w * y
    return torch.autograd.grad(y, x)[0].item()


@chain.cases
def _(rng):
    yield call([0.5], shortcut=True)
    yield call([0.5, 0.5])
    yield call([0.5, 0.5], shortcut=True)
    yield call([2.0, -3.0, 0.5])
    yield call([2.0, -3.0, 0.5], shortcut=True)
    yield call([], shortcut=True)
    yield call([])
    for n in (5, 20):
        weights = (rng.standard_normal(n) / 3).tolist()
        yield call(weights)
        yield call(weights, shortcut=True)


chain.mistake("You add the slopes. The chain rule multiplies them.", "sum")(
    lambda weights, shortcut=False: float(sum(weights) + shortcut * len(weights))
)


chain.mistake(
    "You have one shortcut around the whole chain. Every link has its own.", "one_around_all"
)(lambda weights, shortcut=False: math.prod(weights) + shortcut * 1.0)


chain.mistake("You give the same slope with shortcuts as without.", "no_shortcut")(
    lambda weights, shortcut=False: float(math.prod(weights))
)


chain.mistake(
    "Your links always have shortcuts. Without `shortcut` the slope of a link is w.", "always"
)(lambda weights, shortcut=False: float(math.prod(1 + w for w in weights)))


chain.mistake("Your slopes are never negative. A slope can be.", "absolute")(
    lambda weights, shortcut=False: float(math.prod(abs(shortcut + w) for w in weights))
)


chain.mistake(
    "You add the number of links to the product. Add 1 to each slope.", "adds_the_length"
)(lambda weights, shortcut=False: float(math.prod(weights) + shortcut * len(weights)))


chain.mistake("Your links with a shortcut have the slope 1 - w. It is 1 + w.", "minus")(
    lambda weights, shortcut=False: float(math.prod(1 - w if shortcut else w for w in weights))
)


@chain.mistake("You give 0 for a chain without links. Its slope is 1.")
def nothing_is_zero(weights, shortcut=False):
    return float(math.prod(shortcut + w for w in weights)) if weights else 0.0


chain.alternative(
    lambda weights, shortcut=False: math.prod(
        [w + 1 if shortcut else w for w in weights], start=1.0
    )
)


chain.alternative(
    lambda weights, shortcut=False: (torch.tensor(weights) + int(shortcut)).prod().item()
)


@chain.alternative
def over_all_paths(weights, shortcut=False):
    """With shortcuts: the sum over all ways through, each link taken or passed by."""
    if not weights:
        return 1.0
    rest = over_all_paths(weights[1:], shortcut)
    return weights[0] * rest + (rest if shortcut else 0.0)


chain.demand("with `shortcut`, to x + w x", violated_by="no_shortcut")
chain.demand("dy/dx of the whole chain", violated_by="sum")
chain.demand("without any link the slope is 1", violated_by="nothing_is_zero")


# 10.7

through = Exercise(
    "10.7",
    "The gradient at every depth",
    difficulty=3,
    minutes=12,
    points=2,
    hints=[
        "Keep every intermediate tensor in a list, the input first: `hs.append(block(hs[-1]))`.",
        (
            "The input needs `requires_grad`, on a copy: `x.detach().clone().requires_grad_()`."
            " Tensors inside the net keep no gradient unless you call `h.retain_grad()`; or ask"
            " for all at once with `torch.autograd.grad(value, hs)`."
        ),
        "The norm of a gradient g over all its numbers is `g.norm().item()`.",
    ],
)


def _backward(blocks, x, loss):
    """All tensors on the way, and the loss's gradient with respect to each."""
    hs = [x.detach().clone().requires_grad_()]
    for one in blocks:
        hs.append(one(hs[-1]))
    return hs, torch.autograd.grad(loss(hs[-1]), hs)


@through.reference
def gradient_norms(blocks, x, loss):
    return [torch.linalg.vector_norm(g).item() for g in _backward(blocks, x, loss)[1]]


def double(x):
    return 2 * x


def triple(x):
    return 3 * x


def same(x):
    return x


def total(x):
    return x.sum()


def squared(x):
    return x.square().sum() / 2


@through.cases
def _(rng):
    yield call([double, triple], torch.tensor([1.0]), total)
    yield call([triple, double], torch.tensor([1.0, 2.0]), squared)
    yield call([window(rng, 1), torch.relu], whole(rng, 1, 1, 2, 2), squared)
    yield call([torch.tanh, window(rng, 2), double, torch.tanh], normal(rng, 3, 2, 3, 4), squared)
    yield call([torch.sin] * 5, normal(rng, 4, 6), total)
    yield call([], torch.tensor([3.0, -4.0]), squared)


@through.probe
def _(attempt, blocks, x, loss):
    norms = attempt(blocks, x, loss)
    return {"the list": norms, "`requires_grad` of `x` afterwards": x.requires_grad}
