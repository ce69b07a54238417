"""Exercises 5.2 to 5.5: batch norm of outputs and of feature maps, and how gamma and beta undo
it.
"""

import numpy as np
import torch
import torch.nn.functional as F

from checker.exercise import Choice, Exercise, call, normal, whole
from exercises.nb05.shared import IMAGES, LIBRARY, dense_layer, per_channel, scaled, spread

dense = Exercise(
    "5.2",
    "Batch norm of a layer's outputs",
    difficulty=2,
    minutes=8,
    points=2,
    forbidden=LIBRARY,
    hints=[
        "The statistics run down the batch: one mean and one variance a column, `dim=0`.",
        "The variance divides by N: `x.var(dim=0, correction=0)`.",
        "`x_hat = (x - mean) / torch.sqrt(var + eps)`, and then gamma and beta.",
    ],
)


@dense.reference
def batch_norm(x, gamma, beta, eps=1e-5):  # torch refuses a batch of one, whose variance is 0
    rows = x if len(x) > 1 else x.repeat(2, 1)
    return F.batch_norm(rows, None, None, gamma, beta, training=True, eps=eps)[: len(x)]


@dense.cases
def _(rng):
    one, zero = torch.ones(2), torch.zeros(2)
    yield call(torch.tensor([[1.0, 10.0], [3.0, 50.0]]), one, zero)
    yield call(torch.tensor([[1.0, 10.0], [3.0, 50.0]]), one, zero, 0.3)
    yield call(whole(rng, 3, 2), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 4.0]), 0.3)
    yield call(torch.tensor([[5.0], [5.0], [5.0]]), torch.ones(1), torch.zeros(1))
    yield call(torch.tensor([[5.0, -7.0]]), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 4.0]))
    for n, d in [(3, 3), *rng.integers(2, 7, (3, 2)).tolist()]:
        yield call(spread(rng, n, d), normal(rng, d), normal(rng, d), 0.1)


@dense.mistake(
    "You divided by the variance. The square root of it is what brings the spread to 1."
)
def no_root(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.var(0, correction=0) + eps) + beta


@dense.mistake(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`."
)
def eps_outside(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.std(0, correction=0) + eps) + beta


@dense.mistake(
    "Without parentheses only the mean is divided by the root. The whole of `x - mean` is divided."
)
def no_parentheses(x, gamma, beta, eps=1e-5):
    return gamma * x - x.mean(0) / (x.var(0, correction=0) + eps).sqrt() + beta


@dense.mistake("There is no eps in your answer, so a column that never varies is divided by zero.")
def no_eps(x, gamma, beta, eps=1e-5):
    return dense_layer(x, gamma, beta, 0.0)


@dense.mistake(
    "Your variance divides by N - 1. For normalizing, the one that divides by N is asked for."
)
def unbiased(x, gamma, beta, eps=1e-5):
    return dense_layer(x, gamma, beta, eps, correction=1)


@dense.mistake(
    "You normalized each row, so each sample by itself. That is layer norm; it comes later."
)
def along_rows(x, gamma, beta, eps=1e-5):
    return dense_layer(x, gamma, beta, eps, dim=1)


@dense.mistake(
    "You take one mean and one variance for the whole table, so features on different scales stay"
    " so."
)
def whole_table(x, gamma, beta, eps=1e-5):
    return dense_layer(x, gamma, beta, eps, dim=(0, 1))


@dense.mistake("Yours is the normalized x. Gamma and beta have not come in yet.")
def no_gamma_beta(x, gamma, beta, eps=1e-5):
    return dense_layer(x, 1, 0, eps)


@dense.mistake("You exchanged gamma and beta: gamma multiplies, beta is added.")
def exchanged(x, gamma, beta, eps=1e-5):
    return dense_layer(x, beta, gamma, eps)


@dense.mistake(
    "Your spread divides by N - 1, and eps is missing. Asked for is the root of the variance plus"
    " eps, and the variance divides by N."
)
def plain_std(x, gamma, beta, eps=1e-5):
    return dense_layer(x, gamma, beta, 0.0, correction=1)


@dense.mistake("You added beta before gamma multiplied. Gamma multiplies the normalized x alone.")
def beta_inside(x, gamma, beta, eps=1e-5):
    return gamma * (dense_layer(x, 1, 0, eps) + beta)


@dense.mistake("This exercise is to write it yourself.", "library call")
def by_the_library(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x.T, (len(x),), eps=eps).T * gamma + beta


@dense.alternative
def by_rsqrt(x, gamma, beta, eps=1e-5):
    centered = x - x.mean(0)
    return torch.rsqrt((centered * centered).mean(0) + eps) * centered * gamma + beta


@dense.alternative
def column_by_column(x, gamma, beta, eps=1e-5):
    out = torch.empty_like(x)
    for d in range(x.shape[1]):
        var, mean = torch.var_mean(x[:, d], correction=0)
        out[:, d] = (x[:, d] - mean) / (var + eps).sqrt() * gamma[d] + beta[d]
    return out


@dense.alternative
def by_numpy(x, gamma, beta, eps=1e-5):
    table = x.numpy()
    normal = (table - table.mean(axis=0)) / np.sqrt(table.var(axis=0) + eps)
    return torch.from_numpy(normal) * gamma + beta


dense.demand("by the formula above", violated_by="no_root")
dense.demand("The variance divides by N", violated_by="unbiased")
dense.demand("eps stands under the root", violated_by="eps_outside")
dense.demand("Library norms are not allowed", violated_by="library call")


no_square_root = Choice(
    "5.3",
    "Find the line",
    "c",
    difficulty=1,
    minutes=3,
    why={
        "a": "The mean of each column is right: all means of the output are 0.",
        "b": (
            "The variance is right. A mistake here, such as dividing by N - 1, would change the"
            " output only a little."
        ),
        "d": "With gamma 1 and beta 0 this line changes nothing, and the spread is wrong already.",
    },
    because=(
        "Dividing by the variance, not by its square root, turns a spread of s into 1/s: 10"
        " becomes 0.1."
    ),
    hints=["Follow a column with spread s through the lines. Which line leaves a spread of 1/s?"],
)


restore = Exercise(
    "5.4",
    "Undo it",
    difficulty=2,
    minutes=5,
    core=False,
    hints=[
        "Solve `gamma * (x - mean) / sqrt(var + eps) + beta = x` for gamma and beta.",
        "The factor must cancel the division, eps included; beta must bring the mean back.",
    ],
)


@restore.reference
def undo(x, eps):
    _, mean, inverse_spread = torch.native_batch_norm(x, None, None, None, None, True, 0.0, eps)
    return 1 / inverse_spread, mean


@restore.cases
def _(rng):
    yield call(torch.tensor([[0.0], [4.0]]), 5.0)
    yield call(torch.tensor([[0.0, 7.0], [4.0, 9.0]]), 1e-5)
    for n, d in [(2, 2), *rng.integers(2, 7, (4, 2)).tolist()]:
        yield call(spread(rng, n, d), 0.3)


@restore.mistake(
    "You left eps out. Batch norm divides by the root of `var + eps`, so that is what must be"
    " undone."
)
def forgets_eps(x, eps):
    return x.std(0, correction=0), x.mean(0)


@restore.mistake("Your gamma is the variance plus eps. The division was by the root of that.")
def gamma_is_variance(x, eps):
    return x.var(0, correction=0) + eps, x.mean(0)


@restore.mistake("Your gamma divides once more. It must cancel the division.")
def gamma_upside_down(x, eps):
    return (x.var(0, correction=0) + eps) ** -0.5, x.mean(0)


@restore.mistake("Your variance divides by N - 1; batch norm divides by N.")
def gamma_unbiased(x, eps):
    return (x.var(0) + eps).sqrt(), x.mean(0)


@restore.mistake("Your two are right, in the wrong order: gamma comes first, then beta.")
def beta_first(x, eps):
    return x.mean(0), (x.var(0, correction=0) + eps).sqrt()


@restore.mistake(
    "You gave gamma 1 and beta 0, which leave the normalized x as it is. Wanted is the x before"
    " it."
)
def the_identity(x, eps):
    return torch.ones_like(x[0]), torch.zeros_like(x[0])


@restore.mistake("Your beta takes the mean away once more. It should bring the mean back.")
def minus_mean(x, eps):
    return (x.var(0, correction=0) + eps).sqrt(), -x.mean(0)


@restore.mistake("You kept an axis of size 1. Each of the two should have the shape (D,).")
def axis_kept(x, eps):
    return (x.var(0, correction=0, keepdim=True) + eps).sqrt(), x.mean(0, keepdim=True)


@restore.alternative
def closed_form(x, eps):
    var, mean = torch.var_mean(x, 0, correction=0)
    return torch.sqrt(var + eps), mean


@restore.alternative
def by_hand(x, eps):
    mean = x.sum(0) / len(x)
    return ((x - mean).square().mean(0) + eps).pow(0.5), mean


restore.demand("return (gamma, beta)", violated_by="beta_first")
restore.demand("each (D,)", violated_by="axis_kept")
restore.demand("gives back x exactly, eps included", violated_by="forgets_eps")


images = Exercise(
    "5.5",
    "Batch norm of feature maps",
    difficulty=2,
    minutes=8,
    points=2,
    forbidden=LIBRARY,
    hints=[
        "One mean a channel, over all pictures and all places: which three axes go?",
        "`x.mean(dim=(0, 2, 3), keepdim=True)` has shape (1, C, 1, 1) and meets x.",
        "Gamma has shape (C,); to meet (N, C, H, W) it must be `gamma.reshape(1, -1, 1, 1)`.",
    ],
)


@images.reference
def batch_norm_2d(x, gamma, beta, eps=1e-5):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


@images.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 3.0]]]]), torch.ones(1), torch.zeros(1))
    yield call(torch.tensor([[[[1.0, 3.0]], [[10.0, 50.0]]]]), torch.ones(2), torch.zeros(2), 0.3)
    yield call(whole(rng, 3, 2, 1, 1), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 4.0]), 0.3)
    shapes = [(2, 3, 3, 3), (1, 2, 2, 3), (3, 4, 2, 4), *rng.integers(2, 5, (2, 4)).tolist()]
    for n, c, h, w in shapes:
        yield call(spread(rng, n, c, h, w), normal(rng, c), normal(rng, c), 0.1)


@images.mistake(
    "You averaged over the batch only: each place of the map has statistics of its own. H and W go"
    " too."
)
def over_batch_only(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, 0, eps)


@images.mistake(
    "You normalized each map of each picture by itself. That is instance norm; the batch goes too."
)
def each_map(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (2, 3), eps)


@images.mistake(
    "You averaged over the channels too. Each channel is a feature, with a mean of its own."
)
def channels_too(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (0, 1, 2, 3), eps)


@images.mistake("Your table mixes the channels: the channel axis must come last before a reshape.")
def reshaped_without_moving(x, gamma, beta, eps=1e-5):
    return dense_layer(x.reshape(-1, x.shape[1]), gamma, beta, eps).reshape(x.shape)


@images.mistake("You divide the variance by count - 1. Here the count itself is asked for.")
def unbiased_2d(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, IMAGES, eps, correction=1)


@images.mistake(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`."
)
def eps_outside_2d(x, gamma, beta, eps=1e-5):
    hat = (x - x.mean(IMAGES, keepdim=True)) / (x.std(IMAGES, correction=0, keepdim=True) + eps)
    return hat * per_channel(gamma) + per_channel(beta)


@images.mistake(
    "Your gamma and beta of shape (C,) meet the last axis, the width. They belong to the channels."
)
def gamma_along_width(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), IMAGES, eps) * gamma + beta


@images.mistake("Yours is the normalized x. Gamma and beta have not come in yet.")
def plain_2d(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), IMAGES, eps)


@images.mistake("This exercise is to write it yourself.", "library call")
def images_by_the_library(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x.transpose(0, 1), (len(x), *x.shape[2:]), eps=eps).transpose(
        0, 1
    ) * per_channel(gamma) + per_channel(beta)


@images.alternative
def as_a_table(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    table = dense_layer(x.permute(0, 2, 3, 1).reshape(-1, c), gamma, beta, eps)
    return table.reshape(n, h, w, c).permute(0, 3, 1, 2)


@images.alternative
def by_einsum(x, gamma, beta, eps=1e-5):
    count = x.numel() / x.shape[1]
    x = x - per_channel(torch.einsum("nchw->c", x) / count)
    var = torch.einsum("nchw,nchw->c", x, x) / count
    return torch.einsum("nchw,c->nchw", x, gamma / (var + eps).sqrt()) + per_channel(beta)


@images.alternative
def map_by_map(x, gamma, beta, eps=1e-5):
    maps = [
        (x[:, c] - x[:, c].mean()) / (x[:, c].var(correction=0) + eps).sqrt()
        for c in range(x.shape[1])
    ]
    return torch.stack([g * m + b for m, g, b in zip(maps, gamma, beta)], 1)


images.demand("for x of shape (N, C, H, W)", violated_by="over_batch_only")
images.demand("with gamma and beta of shape (C,)", violated_by="gamma_along_width")
images.demand("the variance divides by the count", violated_by="unbiased_2d")
