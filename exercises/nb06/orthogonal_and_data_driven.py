"""Exercises 6.11 and 6.12: orthogonal weights, and weights scaled by the data."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checker.exercise import Exercise, call, normal
from exercises.nb06.shared import tensor

# 6.11 Orthogonal

right_angles = Exercise(
    "6.11",
    "Orthogonal weights",
    difficulty=3,
    minutes=7,
    core=False,
    hints=[
        (
            "`torch.linalg.qr(a)` gives two matrices; the first has perpendicular columns of"
            " length 1."
        ),
        (
            "A matrix that is wider than tall has no room for perpendicular columns: make the tall"
            " one and turn it."
        ),
        (
            "`torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns))).Q`, turned if"
            " `rows < columns`."
        ),
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
    yield call(4, 1)
    yield call(*(int(n) for n in rng.integers(10, 40, 2)))


@right_angles.probe
def _(attempt, rows, columns):
    w, other = (tensor(attempt(rows, columns), (rows, columns)) for _ in range(2))
    if tuple(w.shape) != (rows, columns):
        return {"the shape": tuple(w.shape)}
    tall = w if rows >= columns else w.T
    gram = tall.T @ tall
    lengths, angles = gram.diagonal(), gram - gram.diagonal().diag()
    which = "columns" if rows >= columns else "rows"
    return {
        "the shape": tuple(w.shape),
        f"the lengths of the {which}": (
            "all 1" if (lengths - 1).abs().max() < 1e-6 else "not all 1"
        ),
        f"the angles between the {which}": (
            "right" if angles.abs().max() < 1e-6 else "not all right"
        ),
        "a second call": "the same numbers" if torch.equal(w, other) else "new numbers",
    }


@right_angles.mistake(
    "Your vectors have neither length 1 nor right angles between them. Random numbers come near"
    " that on average only."
)
def random_normal(rows, columns):
    return torch.randn(rows, columns) / math.sqrt(rows)


@right_angles.mistake("Your vectors have length 1, and they are not at right angles.")
def unit_length_only(rows, columns):
    return F.normalize(torch.randn(rows, columns), dim=0 if rows >= columns else 1)


@right_angles.mistake("Your directions are the same in every call. They are to be random.")
def identity(rows, columns):
    return torch.eye(rows, columns)


@right_angles.mistake(
    "Where more columns than rows are asked for, yours is square. Make the tall matrix, turn it."
)
def wide_forgotten(rows, columns):
    return torch.linalg.qr(torch.randn(rows, columns)).Q


@right_angles.mistake(
    "Yours is square, with vectors that nobody asked for. Keep as many as are asked for."
)
def complete(rows, columns):
    q = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns)), mode="complete").Q
    return q if rows >= columns else q.T


@right_angles.mistake(
    "Yours is square and not perpendicular, as is R of QR. The perpendicular factor is Q."
)
def the_other_factor(rows, columns):
    r = torch.linalg.qr(torch.randn(max(rows, columns), min(rows, columns))).R
    return r if rows >= columns else r.T


@right_angles.mistake(
    "Your angles are right, but your lengths are not 1. No gain is asked for here."
)
def with_a_gain(rows, columns):
    return math.sqrt(2) * nn.init.orthogonal_(torch.empty(rows, columns))


@right_angles.mistake("Your shape is turned: (rows, columns) is asked for.")
def shape_turned(rows, columns):
    return nn.init.orthogonal_(torch.empty(columns, rows))


@right_angles.mistake("Your tensor is of another dtype. The layers here compute in float64.")
def orthogonal_in_float32(rows, columns):
    return nn.init.orthogonal_(torch.empty(rows, columns)).float()


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


right_angles.demand("a random float64 tensor", violated_by="orthogonal_in_float32")
right_angles.demand("of shape (rows, columns)", violated_by="shape_turned")
right_angles.demand("its columns have length 1", violated_by="with_a_gain")
right_angles.demand("at right angles to each other", violated_by="unit_length_only")
right_angles.demand("If it is wider than tall, its rows do", violated_by="wide_forgotten")
right_angles.demand("New numbers in every call", violated_by="identity")


# 6.12 LSUV

from_data = Exercise(
    "6.12",
    "Scale by the data",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        (
            "Go through the net once. At each layer compute the sums `z = h @ w` and divide by"
            " their spread."
        ),
        "The next layer must see the output of the scaled layer.",
        "`s = (h @ w).std(correction=0)`; keep `w / s`; go on with `h = torch.relu(h @ w / s)`.",
    ],
)


@from_data.reference
def lsuv(x, weights):
    # ReLU lets factors through, so the unscaled net tells them all: layer l is off by the ratio of
    # two spreads.
    spreads, h = [torch.ones(())], x
    for w in weights:
        spreads.append(torch.std(h @ w, correction=0))
        h = F.relu(h @ w)
    return [w * before / after for w, before, after in zip(weights, spreads, spreads[1:])]


@from_data.cases
def _(rng):
    yield call(torch.tensor([[1.0], [-1.0], [3.0]]), [torch.tensor([[0.5]])])
    yield call(
        torch.tensor([[1.0, 2.0], [3.0, -1.0]]),
        [torch.tensor([[0.1, 0.3], [0.2, -0.4]]), torch.eye(2)],
    )
    yield call(normal(rng, 6, 4), [normal(rng, 4, 5), 0.1 * normal(rng, 5, 3)])
    yield call(
        normal(rng, 20, 6), [0.01 * normal(rng, 6, 8), 3 * normal(rng, 8, 8), normal(rng, 8, 4)]
    )


def _scaling(
    x, weights, spread=lambda z: z.std(correction=0), relu=torch.relu, times=lambda w, s: w / s
):
    scaled = []
    for w in weights:
        w = times(w, spread(x @ w))
        scaled.append(w)
        x = relu(x @ w)
    return scaled


@from_data.mistake(
    "You measured the net before any layer was scaled. Scale a layer first, then measure the next"
    " one."
)
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


@from_data.mistake(
    "You gave every unit a factor of its own, as batch norm would. One factor a layer is asked"
    " for."
)
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


@from_data.mistake(
    "You divided by the root mean square. The mean of the sums is not 0, so that is not their"
    " spread."
)
def mean_not_removed(x, weights):
    return _scaling(x, weights, spread=lambda z: z.square().mean().sqrt())


@from_data.mistake(
    "You changed the matrices that came in. Leave them as they are, and return new ones."
)
def matrices_changed(x, weights):
    return _scaling(x, weights, times=lambda w, s: w.div_(s))


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


from_data.demand("with ReLU between them", violated_by="no_relu")
from_data.demand("each the old one times one positive number", violated_by="unit_wise")
from_data.demand("the sums of every layer, h @ w before ReLU", violated_by="after_relu")
from_data.demand("(correction=0)", violated_by="spread_by_one_less")
from_data.demand("after their scaling", violated_by="measured_at_once")
from_data.demand("Leave the given matrices as they are", violated_by="matrices_changed")
