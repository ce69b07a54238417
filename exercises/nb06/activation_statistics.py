"""Exercises 6.1 to 6.4: equal weights, and the spread after every layer."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checker.exercise import Choice, Exercise, call, normal

# 6.1 Two layers, backward

two_layers = Exercise(
    "6.1",
    "Two layers, backward",
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    hints=[
        (
            "Keep `h` from the forward pass. The error at the output is `e = (s - y) / N`, of"
            " shape (N, K)."
        ),
        (
            "For a product `a = b @ c`: `dc = b.T @ da` and `db = da @ c.T`. "
            "The slope of tanh, written with its output, is `1 - h**2`."
        ),
        (
            "`dw2 = h.T @ e`, and `dw1 = x.T @ ((e @ w2.T) * slope)` with the slope of the second"
            " hint."
        ),
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
    yield call(
        normal(rng, 3, 2), normal(rng, 3, 3), torch.full((2, 4), 0.5), torch.full((4, 3), 0.5)
    )
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


@two_layers.mistake(
    "Your slope is `1 - z**2`, with the input `z` of tanh. It should be `1 - h**2`, with the"
    " output."
)
def slope_of_input(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: 1 - z**2)


@two_layers.mistake(
    "You squared all of `1 - h`. The slope is `1 - h**2`, where only the output is squared."
)
def slope_squared(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: (1 - h) ** 2)


@two_layers.mistake(
    "You took tanh of `h` once more in the slope; `h` is already the output of tanh."
)
def tanh_twice(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, slope=lambda z, h: 1 - torch.tanh(h) ** 2)


@two_layers.mistake(
    "Yours is the gradient of the sum over the pictures. The loss is their mean: divide by N."
)
def summed(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=1)


@two_layers.mistake(
    "You divided by the number of outputs as well. The loss is a mean over the N pictures only."
)
def mean_over_outputs(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=y.numel())


@two_layers.mistake(
    "Yours is twice the gradient: the half in the loss takes away the 2 of the square."
)
def twice(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=len(x) / 2)


@two_layers.mistake("Yours has the other sign: the error is `s - y`, output minus target.")
def other_sign(x, y, w1, w2):
    return _by_hand(x, y, w1, w2, divide=-len(x))


@two_layers.mistake("Your two are in the wrong order: first `dw1`, then `dw2`.")
def swapped(x, y, w1, w2):
    return _by_hand(x, y, w1, w2)[::-1]


@two_layers.mistake(
    "Your `dw2` has the sums before tanh in it. `w2` multiplies `h`, the output of tanh."
)
def sums_in_dw2(x, y, w1, w2):
    e = (torch.tanh(x @ w1) @ w2 - y) / len(x)
    return _by_hand(x, y, w1, w2)[0], (x @ w1).T @ e


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


two_layers.demand("W_1$ and $W_2$, in this order", violated_by="swapped")
two_layers.demand("Note the half", violated_by="twice")
two_layers.demand("the mean over the N pictures", violated_by="summed")
two_layers.demand("over the N pictures only", violated_by="mean_over_outputs")


# 6.2 Predict: all weights equal

equal_weights = Choice(
    "6.2",
    "All weights equal",
    "a",
    difficulty=1,
    minutes=3,
    why={
        "b": (
            "The ten columns of `w2` do come apart. But each hidden unit feeds all ten outputs,"
            " and each by the same weights as its neighbor does: compare two columns of `dw1`."
        ),
        "c": (
            "The pictures differ, but every hidden unit sees all of them, with the same weights."
            " What could make the gradients of two units differ?"
        ),
        "d": (
            "That happens with zeros. Here `h` is not 0, and `w2` is not 0, so neither gradient"
            " is 0."
        ),
    },
    because="Equal units get equal gradients, so they stay equal after any number of steps.",
    hints=[
        "Take two equal columns of `w1`, and the two equal rows of `w2` behind them. Go back from"
        " the loss."
    ],
)


# 6.3 The spread after every layer

spread = Exercise(
    "6.3",
    "The spread after every layer",
    difficulty=2,
    minutes=8,
    hints=[
        (
            "Each layer reads what the layer before it put out: keep it in one variable, `h`, that"
            " starts as `x`."
        ),
        "`h = torch.tanh(h @ w)`, then note `h.std(correction=0).item()`.",
    ],
)


@spread.reference
def layer_stds(x, weights):
    net = nn.Sequential(
        *(nn.Sequential(nn.Linear(*w.shape, bias=False), nn.Tanh()) for w in weights)
    )
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


def _stds(
    x, weights, step=lambda h, w: torch.tanh(h @ w), measure=lambda h: h.std(correction=0).item()
):
    stds = []
    for w in weights:
        x = step(x, w)
        stds.append(measure(x))
    return stds


@spread.mistake("You divided by one less than the number of values. Asked is `correction=0`.")
def one_less(x, weights):
    return _stds(x, weights, measure=lambda h: h.std().item())


@spread.mistake("Yours is the spread before tanh. Measure what the layer puts out, behind it.")
def before_tanh(x, weights):
    stds = []
    for w in weights:
        stds.append((x @ w).std(correction=0).item())
        x = torch.tanh(x @ w)
    return stds


@spread.mistake("You left out tanh, so yours is one long product of matrices.")
def without_tanh(x, weights):
    return _stds(x, weights, step=torch.matmul)


@spread.mistake(
    "Every layer of yours reads the input `x`. A layer reads what the one before it put out."
)
def always_from_the_input(x, weights):
    return [torch.tanh(x @ w).std(correction=0).item() for w in weights]


@spread.mistake("Yours is the root mean square. For the spread, the mean is taken away first.")
def root_mean_square(x, weights):
    return _stds(x, weights, measure=lambda h: h.square().mean().sqrt().item())


@spread.mistake("Yours is the variance. Its root is asked for.")
def variance(x, weights):
    return _stds(x, weights, measure=lambda h: h.var(correction=0).item())


@spread.mistake(
    "You took the spread of each unit and averaged those. Take it over all values of the layer at"
    " once."
)
def unit_by_unit(x, weights):
    return _stds(x, weights, measure=lambda h: h.std(0, correction=0).mean().item())


@spread.mistake("Your list starts with the input. Start with the first layer's output.")
def with_the_input(x, weights):
    return [x.std(correction=0).item(), *_stds(x, weights)]


@spread.mistake("Yours is the last spread only. One a matrix is asked for.")
def last_only(x, weights):
    return _stds(x, weights)[-1:]


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


spread.demand("for each matrix in turn", violated_by="always_from_the_input")
spread.demand("what each layer puts out", violated_by="before_tanh")
spread.demand("a list of numbers, one for each matrix", violated_by="last_only")
spread.demand("over all values of a layer at once", violated_by="unit_by_unit")
spread.demand("with correction=0", violated_by="one_less")


# 6.4 Predict: which layer saturates

saturates = Choice(
    "6.4",
    "Which layer saturates most?",
    "b",
    difficulty=2,
    minutes=3,
    why={
        "a": (
            "Nothing piles up from layer to layer: tanh cuts every output to at most 1 before the"
            " next sum."
        ),
        "c": "Nearly, from the second layer on. But one layer gets inputs that no tanh has cut.",
        "d": (
            "A sum of 4,096 terms of spread 0.05 has spread 0.05 x 64 = 3.2, and tanh(3) is 0.995."
        ),
    },
    because=(
        "Its inputs have spread 1. All later inputs went through tanh, so their spread is below 1."
    ),
    hints=["The sums of a layer have 0.05 x 64 times the spread of what goes into it."],
)
