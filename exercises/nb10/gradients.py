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
    minutes=5,
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


@chain.recall
def _(rng):
    weights, shortcut = [rng.choice([0.5, 1.0, 2.0, 3.0]) for _ in range(3)], rng.random() < 0.7
    link = "x + w x" if shortcut else "w x"
    text = f"Three links in a chain map x to {link}, with w = {weights}. What is its dy/dx?"
    return text, call(weights, shortcut)


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
    core=False,
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
    yield call([same], torch.tensor([1.0, 2.0]), squared)  # x itself comes out, and keeps its grad
    yield call([], torch.tensor([3.0, -4.0]), squared)
    yield call([torch.sin, double], normal(rng, 2, 3).requires_grad_(), squared)


@through.probe
def _(attempt, blocks, x, loss):
    """An `x` that wants gradients comes out of another layer, as it does in the notebook."""
    x, wanted = (x * 1 if x.requires_grad else x), x.requires_grad
    norms = attempt(blocks, x, loss)
    return {"the list": norms, "whether `x` is as it was:": x.requires_grad == wanted}


def _measured(measure, order=1, part=slice(None)):
    return lambda blocks, x, loss: [
        measure(g).item() for g in _backward(blocks, x, loss)[1][part]
    ][::order]


def _length(g):
    return g.square().sum().sqrt()


through.mistake("Your list is in reverse order. The gradient for `x` comes first.", "reversed")(
    _measured(_length, order=-1)
)


through.mistake("You left out the first entry, for `x` itself.", "without_the_input")(
    _measured(_length, part=slice(1, None))
)


through.mistake(
    "You left out the last entry, for what the last block gives.", "without_the_output"
)(_measured(_length, part=slice(-1)))


through.mistake("You give the sum of the squares. Take its root.", "squared_norm")(
    _measured(lambda g: g.square().sum())
)


through.mistake(
    "You give the sum of the absolute values. The norm is the root of the sum of the squares.",
    "absolute",
)(_measured(lambda g: g.abs().sum()))


through.mistake(
    "You give the largest number of each gradient. Give the root of the sum of the squares.",
    "largest",
)(_measured(lambda g: g.abs().max()))


through.mistake(
    "You give the root of the mean of the squares. Take their sum instead of the mean.",
    "root_mean_square",
)(_measured(lambda g: g.square().mean().sqrt()))


through.mistake(
    "You give the norms of the tensors themselves. Give those of the gradients.", "activations"
)(lambda blocks, x, loss: [_length(h).item() for h in _backward(blocks, x, loss)[0]])


through.mistake(
    "You give the size of each gradient's sum, where positive and negative numbers cancel.",
    "summed",
)(_measured(lambda g: g.sum().abs()))


@through.mistake(
    "Your gradients come back through one block only. They come from the loss, through all blocks"
    " behind."
)
def each_block_alone(blocks, x, loss):
    h, norms = x, []
    for one in [*blocks, loss]:
        h = h.detach().requires_grad_()
        y = one(h)
        norms.append(_length(torch.autograd.grad(y.sum(), h)[0]).item())
        h = y
    return norms


@through.mistake(
    "A tensor inside a net keeps no gradient: its `grad` is None. `h.retain_grad()` keeps it."
)
def grad_not_kept(blocks, x, loss):
    hs = [x.clone().requires_grad_()]
    for one in blocks:
        hs.append(one(hs[-1]))
    loss(hs[-1]).backward()
    return [h.grad.norm().item() for h in hs]


@through.mistake("The norms are right, but you changed the caller's `x`. Work on a copy of it.")
def caller_marked(blocks, x, loss):
    hs = [x.requires_grad_()]
    for one in blocks:
        hs.append(one(hs[-1]))
    return [g.norm().item() for g in torch.autograd.grad(loss(hs[-1]), hs)]


through.alternative(_measured(_length))


@through.alternative
def retained(blocks, x, loss):
    h = x.detach().clone().requires_grad_(True)
    kept = [h]
    for one in blocks:
        h = one(h)
        h.retain_grad()
        kept.append(h)
    loss(h).backward()
    return [h.grad.norm().item() for h in kept]


@through.alternative
def block_by_block(blocks, x, loss):
    inputs = [x.detach()]
    for one in blocks:
        inputs.append(one(inputs[-1]).detach())
    gradient = torch.autograd.functional.vjp(loss, inputs[-1])[1]
    norms = [gradient.norm()]
    for one, h in zip(blocks[::-1], inputs[-2::-1]):
        gradient = torch.autograd.functional.vjp(one, h, gradient)[1]
        norms.insert(0, gradient.norm())
    return norms


@through.alternative
def by_hooks(blocks, x, loss):
    norms = {}
    h = x.detach().clone().requires_grad_()
    for place in range(len(blocks) + 1):
        h.register_hook(lambda g, place=place: norms.update({place: torch.sqrt((g * g).sum())}))
        h = blocks[place](h) if place < len(blocks) else h
    loss(h).backward()
    return [norms[place].item() for place in sorted(norms)]


through.demand("for k = 0 (the input)", violated_by="without_the_input")
through.demand("to the last: one more than there are blocks", violated_by="without_the_output")
through.demand("the root of the sum of all squares", violated_by="squared_norm")
through.demand("Leave `x` as it is", violated_by="caller_marked")


# 10.8

decay = Choice(
    "10.8",
    "Half of the weights",
    "c",
    difficulty=3,
    minutes=2,
    core=False,
    why={
        "a": (
            "That would be so without norms. What does the norm behind a convolution do with a"
            " factor?"
        ),
        "b": "Each convolution gives half. What does the norm behind it do with a factor?",
        "d": "Half of a weight is not zero.",
    },
    because=(
        "Half the weights give half the numbers, with half the spread. Batch norm divides by the"
        " spread, so its output is the same as before, but for the tiny eps."
    ),
    hints=["What does batch norm make of 2x, and what of x?"],
)
