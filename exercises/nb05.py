"""Exercises of notebook 05: normalization. The oracles are torch's own layers, autograd, and numpy."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker import comparison
from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole

LIBRARY = frozenset({"native_batch_norm", "native_layer_norm", "native_group_norm", "batch_norm"})
IMAGES = (0, 2, 3)


def per_channel(v):
    """(C,) -> (C, 1, 1), to meet (N, C, H, W)."""
    return v[:, None, None]


def scaled(x, gamma, beta, dims, eps, correction=0):
    """Normalize x (N, C, H, W) over `dims`, then scale and shift each channel."""
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return per_channel(gamma) * (x - mean) / (var + eps).sqrt() + per_channel(beta)


def spread(rng, *shape):
    """Normal numbers, each channel (axis 1) with a center and a scale of its own."""
    ones = [1] * (len(shape) - 2)
    return normal(rng, *shape) * (1 + normal(rng, 1, shape[1], *ones).abs()) + 3 * normal(rng, 1, shape[1], *ones)


channels = Exercise(
    "5.1", "Statistics of a data set", difficulty=1, minutes=5,
    hints=[
        "One mean a channel: every axis but C goes.",
        "`x.mean(dim=(0, 2, 3))` is the first half of the answer.",
        "`x.std` divides by count - 1 unless it is told `correction=0`.",
    ],
)


@channels.reference
def channel_statistics(x):
    flat = np.moveaxis(x.numpy(), 1, 0).reshape(x.shape[1], -1)
    return torch.from_numpy(flat.mean(1)), torch.from_numpy(flat.std(1))


@channels.cases
def _(rng):
    yield call(torch.tensor([[[[0.0, 2.0]]]]))
    yield call(torch.tensor([[[[1.0, 3.0]], [[0.0, 0.0]]], [[[5.0, 7.0]], [[4.0, 4.0]]]]))
    yield call(whole(rng, 2, 2, 2, 2))
    for n, c, h, w in rng.integers(2, 5, (4, 4)):
        yield call(spread(rng, n, c, h, w))


@channels.mistake("You divide the squares by count - 1. Here the count itself is asked for.")
def count_minus_one(x):
    return x.mean(IMAGES), x.std(IMAGES)


@channels.mistake("The second is the variance. The standard deviation is its square root.")
def variance(x):
    return x.mean(IMAGES), x.var(IMAGES, correction=0)


@channels.mistake("That is one mean and one spread for all channels together.")
def all_channels_together(x):
    return x.mean().reshape(1), x.std(correction=0).reshape(1)


@channels.mistake("Those are numbers for every picture. The data set has one mean a channel: reduce N too.")
def every_picture(x):
    return x.mean((2, 3)), x.std((2, 3), correction=0)


@channels.mistake("Those are a mean picture and a spread for every pixel. Reduce H and W too.")
def every_pixel(x):
    return x.mean(0), x.std(0, correction=0)


@channels.mistake(
    "You averaged the spreads of single pictures. How far the pictures lie from each other is lost that way."
)
def mean_of_spreads(x):
    return x.mean(IMAGES), x.std((2, 3), correction=0).mean(0)


@channels.alternative
def by_variance(x):
    return x.mean(IMAGES), x.var(IMAGES, correction=0).sqrt()


@channels.alternative
def by_squares(x):
    mean = x.mean(IMAGES)
    return mean, ((x * x).mean(IMAGES) - mean**2).clamp(min=0).sqrt()


@channels.alternative
def channel_by_channel(x):
    parts = [x[:, c].flatten() for c in range(x.shape[1])]
    mean = torch.stack([part.sum() / len(part) for part in parts])
    return mean, torch.stack([((part - part.mean()) ** 2).mean() ** 0.5 for part in parts])


dense = Exercise(
    "5.2", "Batch norm of a layer's outputs", difficulty=2, minutes=8, points=2, forbidden=LIBRARY,
    hints=[
        "The statistics run down the batch: one mean and one variance a column, `dim=0`.",
        "The variance divides by N: `x.var(dim=0, correction=0)`.",
        "`x_hat = (x - mean) / torch.sqrt(var + eps)`, and then gamma and beta.",
    ],
)


@dense.reference
def batch_norm(x, gamma, beta, eps=1e-5):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


@dense.cases
def _(rng):
    one, zero = torch.ones(2), torch.zeros(2)
    yield call(torch.tensor([[1.0, 10.0], [3.0, 50.0]]), one, zero)
    yield call(torch.tensor([[1.0, 10.0], [3.0, 50.0]]), one, zero, 0.3)
    yield call(whole(rng, 3, 2), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 4.0]), 0.3)
    yield call(torch.tensor([[5.0], [5.0], [5.0]]), torch.ones(1), torch.zeros(1))
    for n, d in [(3, 3), *rng.integers(2, 7, (3, 2)).tolist()]:
        yield call(spread(rng, n, d), normal(rng, d), normal(rng, d), 0.1)


def _dense(x, gamma, beta, eps, dim=0, correction=0):
    mean, var = x.mean(dim, keepdim=True), x.var(dim, correction=correction, keepdim=True)
    return gamma * (x - mean) / (var + eps) ** 0.5 + beta


@dense.mistake("You divided by the variance. The square root of it is what brings the spread to 1.")
def no_root(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.var(0, correction=0) + eps) + beta


@dense.mistake("Your eps stands outside the root. It belongs to the variance: the root of `var + eps`.")
def eps_outside(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.std(0, correction=0) + eps) + beta


@dense.mistake("There is no eps in your answer, so a column that never varies is divided by zero.")
def no_eps(x, gamma, beta, eps=1e-5):
    return _dense(x, gamma, beta, 0.0)


@dense.mistake("Your variance divides by N - 1. For normalizing, the one that divides by N is asked for.")
def unbiased(x, gamma, beta, eps=1e-5):
    return _dense(x, gamma, beta, eps, correction=1)


@dense.mistake("You normalized each row, so each sample by itself. That is layer norm; it comes later.")
def along_rows(x, gamma, beta, eps=1e-5):
    return _dense(x, gamma, beta, eps, dim=1)


@dense.mistake("One mean and one variance for the whole table: features on different scales stay so.")
def whole_table(x, gamma, beta, eps=1e-5):
    return _dense(x, gamma, beta, eps, dim=(0, 1))


@dense.mistake("That is the normalized x. Gamma and beta have not come in yet.")
def no_gamma_beta(x, gamma, beta, eps=1e-5):
    return _dense(x, 1, 0, eps)


@dense.mistake("You exchanged gamma and beta: gamma multiplies, beta is added.")
def exchanged(x, gamma, beta, eps=1e-5):
    return _dense(x, beta, gamma, eps)


@dense.mistake("`x.std` divides by N - 1, and there is no eps in your answer: the root is of the variance plus eps.")
def plain_std(x, gamma, beta, eps=1e-5):
    return _dense(x, gamma, beta, 0.0, correction=1)


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


no_square_root = Choice(
    "5.3", "Find the line", "c", difficulty=1, minutes=3,
    why={
        "a": "The mean of each column is right: all means of the output are 0.",
        "b": "The variance is right. A mistake here, such as dividing by N - 1, would change the output only a little.",
        "d": "With gamma 1 and beta 0 this line changes nothing, and the spread is wrong already.",
    },
    because="Dividing by the variance, not by its square root, turns a spread of s into 1/s: 10 becomes 0.1.",
    hints=["Follow a column with spread s through the lines. Which line leaves a spread of 1/s?"],
)


restore = Exercise(
    "5.4", "Undo it", difficulty=2, minutes=5,
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


@restore.mistake("You left eps out. Batch norm divided by the root of `var + eps`, so that is what must be undone.")
def forgets_eps(x, eps):
    return x.std(0, correction=0), x.mean(0)


@restore.mistake("Your gamma is the variance (with eps). The division was by its root.")
def gamma_is_variance(x, eps):
    return x.var(0, correction=0) + eps, x.mean(0)


@restore.mistake("Your gamma divides once more. It must cancel the division.")
def gamma_upside_down(x, eps):
    return (x.var(0, correction=0) + eps) ** -0.5, x.mean(0)


@restore.mistake("Your variance divides by N - 1; batch norm divides by N.")
def gamma_unbiased(x, eps):
    return (x.var(0) + eps).sqrt(), x.mean(0)


@restore.mistake("Those are the right two, in the wrong order: gamma first, then beta.")
def beta_first(x, eps):
    return x.mean(0), (x.var(0, correction=0) + eps).sqrt()


@restore.mistake("Gamma 1 and beta 0 leave the normalized x as it is. Here the x before it is wanted.")
def the_identity(x, eps):
    return torch.ones_like(x[0]), torch.zeros_like(x[0])


@restore.alternative
def closed_form(x, eps):
    var, mean = torch.var_mean(x, 0, correction=0)
    return torch.sqrt(var + eps), mean


@restore.alternative
def by_hand(x, eps):
    mean = x.sum(0) / len(x)
    return ((x - mean).square().mean(0) + eps).pow(0.5), mean


images = Exercise(
    "5.5", "Batch norm of feature maps", difficulty=2, minutes=8, points=2, forbidden=LIBRARY,
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


@images.mistake("You averaged over the batch only: each place of the map has statistics of its own. H and W go too.")
def over_batch_only(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, 0, eps)


@images.mistake("You normalized each map of each picture by itself. That is instance norm; the batch goes too.")
def each_map(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (2, 3), eps)


@images.mistake("You averaged over the channels too. Each channel is a feature, with a mean of its own.")
def channels_too(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (0, 1, 2, 3), eps)


@images.mistake("`reshape(-1, C)` mixes the channels: move the channel axis to the end first.")
def reshaped_without_moving(x, gamma, beta, eps=1e-5):
    return _dense(x.reshape(-1, x.shape[1]), gamma, beta, eps).reshape(x.shape)


@images.mistake("The variance is divided by count - 1 here; by the count is asked for.")
def unbiased_2d(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, IMAGES, eps, correction=1)


@images.mistake("Eps stands outside the root; the root is of `var + eps`.")
def eps_outside_2d(x, gamma, beta, eps=1e-5):
    hat = (x - x.mean(IMAGES, keepdim=True)) / (x.std(IMAGES, correction=0, keepdim=True) + eps)
    return hat * per_channel(gamma) + per_channel(beta)


@images.mistake("Gamma and beta of shape (C,) meet the last axis, the width. They belong to the channels.")
def gamma_along_width(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), IMAGES, eps) * gamma + beta


@images.alternative
def as_a_table(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    table = _dense(x.permute(0, 2, 3, 1).reshape(-1, c), gamma, beta, eps)
    return table.reshape(n, h, w, c).permute(0, 3, 1, 2)


@images.alternative
def by_einsum(x, gamma, beta, eps=1e-5):
    count = x.numel() / x.shape[1]
    x = x - per_channel(torch.einsum("nchw->c", x) / count)
    var = torch.einsum("nchw,nchw->c", x, x) / count
    return torch.einsum("nchw,c->nchw", x, gamma / (var + eps).sqrt()) + per_channel(beta)


@images.alternative
def map_by_map(x, gamma, beta, eps=1e-5):
    maps = [(x[:, c] - x[:, c].mean()) / (x[:, c].var(correction=0) + eps).sqrt() for c in range(x.shape[1])]
    return torch.stack([g * m + b for m, g, b in zip(maps, gamma, beta)], 1)


momentum_repair = Exercise(
    "5.6", "Repair the running average", difficulty=2, minutes=4,
    hints=[
        "With momentum 0.1, which of the two should count for nine tenths?",
        "In torch, momentum is the weight of the *new* value.",
    ],
)


@momentum_repair.reference
def update(running, new, momentum=0.1):
    return torch.lerp(running, new, momentum)


@momentum_repair.cases
def _(rng):
    yield call(torch.tensor([0.0]), torch.tensor([10.0]))
    yield call(torch.tensor([4.0]), torch.tensor([8.0]), 0.25)
    yield call(whole(rng, 3), whole(rng, 3), 1.0)
    yield call(whole(rng, 3), whole(rng, 3), 0.0)
    for size in rng.integers(1, 6, 3):
        yield call(normal(rng, size), normal(rng, size), 0.3)


@momentum_repair.mistake("Still the other way round: the old value gets the weight `momentum`. It belongs to the new.")
def other_way_round(running, new, momentum=0.1):
    return momentum * running + (1 - momentum) * new


@momentum_repair.mistake("That adds a part of the new value and forgets nothing: the average grows for ever.")
def forgets_nothing(running, new, momentum=0.1):
    return running + momentum * new


@momentum_repair.mistake("That is the plain average of old and new, whatever the momentum.")
def halfway(running, new, momentum=0.1):
    return (running + new) / 2


@momentum_repair.mistake("That is the last batch alone. Nothing is remembered.")
def last_batch(running, new, momentum=0.1):
    return new.clone()


@momentum_repair.mistake("Your weights are fixed at 0.1 and 0.9. Use `momentum`.")
def fixed_momentum(running, new, momentum=0.1):
    return 0.9 * running + 0.1 * new


@momentum_repair.mistake("That moves away from the new value: look at the sign of the difference.")
def away(running, new, momentum=0.1):
    return running - momentum * (new - running)


@momentum_repair.alternative
def two_products(running, new, momentum=0.1):
    return (1 - momentum) * running + momentum * new


@momentum_repair.alternative
def a_step(running, new, momentum=0.1):
    return running + momentum * (new - running)


layer = Module(
    "5.7", "Batch norm as a layer", difficulty=4, minutes=15, points=3, forbidden=LIBRARY,
    hints=[
        "`self.register_buffer(\"running_mean\", torch.zeros(channels))` is saved with the layer and not trained.",
        "`self.training` says which mode it is. In evaluation mode the running numbers take the place of the batch's.",
        "Normalize with `var(correction=0)`, remember `var(correction=1)`. Both can be had from one line each.",
        "Update under `with torch.no_grad():`, or with `.detach()`: `running.lerp_(new.detach(), momentum)`.",
    ],
)


@layer.reference
class BatchNorm2d(nn.BatchNorm2d):
    """torch's own, without its count of batches."""

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__(channels, eps, momentum, affine)
        self.num_batches_tracked = None


@layer.cases
def _(rng):
    yield call(1, inputs=torch.tensor([[[[1.0, 3.0]]]]))
    yield call(2, inputs=whole(rng, 3, 2, 1, 1))
    yield call(2, eps=0.3, momentum=0.25, inputs=spread(rng, 1, 2, 2, 3))
    yield call(3, eps=0.3, inputs=spread(rng, 2, 3, 3, 3))
    yield call(2, eps=0.1, affine=False, inputs=spread(rng, 4, 2, 2, 1))
    yield call(2, inputs=torch.tensor([[[[4.0]], [[7.0]]]]))


@layer.probe
def _(attempt, *args, inputs, **kwargs):
    """As any module; and a lone value must be refused, evaluation leave no trace."""
    made = []

    def build(*args, **kwargs):
        made.append(attempt(*args, **kwargs))
        return made[-1]

    if inputs.numel() == args[0]:
        return _lone_value(build(*args, **kwargs), inputs)
    seen = Module.ask(layer, build, *args, inputs=inputs, **kwargs)
    for name, buffer in made[0].named_buffers():
        seen[f"after a step in evaluation mode `{name}`"] = buffer.detach().clone()
    return seen


def _lone_value(net, x):
    try:
        trained = net.train()(x)
    except ValueError:
        trained = "a ValueError"
    return {"with one value a channel, in training mode": trained, "in evaluation mode": net.eval()(x)}


class _Norm(nn.Module):
    """A right layer in small parts, so that a mistake can change one of them."""

    start_var = torch.ones

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", type(self).start_var(channels))

    def forward(self, x):
        if self.training:
            self.refuse(x)
            mean, var = self.batch(x)
            self.remember(x, mean)
        else:
            mean, var = self.stored(x)
        return self.affine(self.hat(x, mean, var))

    def refuse(self, x):
        if x.numel() == x.shape[1]:
            raise ValueError("one value a channel")

    def batch(self, x):
        return x.mean(IMAGES), x.var(IMAGES, correction=0)

    def stored(self, x):
        return self.running_mean, self.running_var

    def new_var(self, x):
        return x.var(IMAGES)

    def remember(self, x, mean):
        with torch.no_grad():
            self.running_mean = self.mix(self.running_mean, mean)
            self.running_var = self.mix(self.running_var, self.new_var(x))

    def mix(self, old, new):
        return (1 - self.momentum) * old + self.momentum * new

    def hat(self, x, mean, var):
        return (x - per_channel(mean)) / per_channel(var + self.eps).sqrt()

    def affine(self, x):
        return x if self.weight is None else x * per_channel(self.weight) + per_channel(self.bias)


def _wrong(sentence, name, **parts):
    """Note a mistake: the right layer with other parts."""
    layer.mistake(sentence, name)(type("BatchNorm2d", (_Norm,), parts))


def _remember_with_graph(self, x, mean):
    self.running_mean = self.mix(self.running_mean, mean)
    self.running_var = self.mix(self.running_var, self.new_var(x))


def _update_always(self, x):
    self.remember(x, x.mean(IMAGES))
    return self.running_mean, self.running_var


def _refuse_all():
    raise ValueError("a batch of one")


def _eps_outside(self, x, mean, var):
    return (x - per_channel(mean)) / (per_channel(var).sqrt() + self.eps)


_wrong(
    "You remember the variance that divides by the count, the biased one. It is right for normalizing; to be"
    " remembered, as an estimate for pictures not yet seen, the one that divides by count - 1 is asked for.",
    "biased_running_variance", new_var=lambda self, x: x.var(IMAGES, correction=0),
)
_wrong(
    "You normalize with the variance that divides by count - 1. That one is for the running variance only.",
    "unbiased_everywhere", batch=lambda self, x: (x.mean(IMAGES), x.var(IMAGES)),
)
_wrong(
    "Your momentum is the weight of the old value. In torch it is the weight of the new one.",
    "momentum_other_way_round", mix=lambda self, old, new: self.momentum * old + (1 - self.momentum) * new,
)
_wrong(
    "In evaluation mode you still use the statistics of the batch. Then an answer depends on who else is in the batch.",
    "batch_statistics_in_evaluation", stored=lambda self, x: self.batch(x),
)
_wrong(
    "In training mode you normalize with the running numbers. Those are for evaluation; training uses the batch's own.",
    "running_statistics_in_training", batch=lambda self, x: self.stored(x), remember=lambda self, x, mean: (
        _Norm.remember(self, x, x.mean(IMAGES))
    ),
)
_wrong(
    "You refuse every batch of one. A single picture with several places has a spread; one value a channel has none.",
    "refuses_one_picture", refuse=lambda self, x: _refuse_all() if len(x) == 1 else None,
)
_wrong(
    "Your running mean and variance never change.",
    "never_remembers", remember=lambda self, x, mean: None,
)
_wrong(
    "Your running numbers move in evaluation mode too. The test pictures must leave no trace.",
    "learns_from_the_test", stored=_update_always,
)
_wrong("Eps stands outside the root; the root is of `var + eps`.", "eps_outside_layer", hat=_eps_outside)
_wrong(
    "In evaluation mode your layer leaves out weight and bias.", "plain_evaluation",
    affine=lambda self, x: _Norm.affine(self, x) if self.training else x,
)
_wrong(
    "The running variance starts at 1, as if the data had a spread of 1 already. Yours starts at 0.",
    "starts_at_zero_variance", start_var=torch.zeros,
)
_wrong(
    "Your running numbers are part of the gradient's graph, which then grows with every step and fills the memory.",
    "keeps_the_graph", remember=_remember_with_graph,
)
_wrong(
    "One value a channel has no spread: x - mean is 0 whatever x is. In training mode that should raise a ValueError.",
    "accepts_a_lone_value", refuse=lambda self, x: None,
    new_var=lambda self, x: x.var(IMAGES) if x.numel() > x.shape[1] else torch.zeros(x.shape[1]),
)


@layer.alternative
class InPlace(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        if affine:
            self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        rows = x.movedim(1, -1).flatten(0, 2)
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(rows) < 2:
                raise ValueError("a single value has no spread")
            var, mean = torch.var_mean(rows, 0, correction=0)
            count = len(rows)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(var.detach() * count / (count - 1), self.momentum)
        rows = (rows - mean) * torch.rsqrt(var + self.eps)
        if hasattr(self, "weight"):
            rows = torch.addcmul(self.bias, rows, self.weight)
        return rows.unflatten(0, (x.shape[0], *x.shape[2:])).movedim(-1, 1)


@layer.alternative
class Fused(_Norm):
    """One factor and one shift a channel."""

    def forward(self, x):
        if self.training:
            self.refuse(x)
        mean, var = self.batch(x) if self.training else self.stored(x)
        if self.training:
            self.remember(x, mean)
        factor = (var + self.eps).rsqrt()
        factor = factor if self.weight is None else factor * self.weight
        shift = -mean * factor if self.bias is None else self.bias - mean * factor
        return x * per_channel(factor) + per_channel(shift)


@layer.alternative
class Parts(_Norm):
    """The same in parts, the update by `copy_`."""

    def remember(self, x, mean):
        self.running_mean.copy_(self.mix(self.running_mean, mean.detach()))
        self.running_var.mul_(1 - self.momentum).add_(self.momentum * x.detach().var(IMAGES))


lone_picture = Choice(
    "5.8", "A batch of one", "b", difficulty=2, minutes=2,
    why={
        "a": "The lone picture's own statistics are used in training mode only.",
        "c": "That error belongs to training mode, and there only to a single value a channel.",
        "d": "For that, the mean would have to be the lone picture's own. Evaluation mode does not look at the batch.",
    },
    because="In evaluation mode the layer is a fixed scaling a channel; who else is in the batch does not matter.",
    hints=["What does the layer read in evaluation mode: the batch, or its buffers?"],
)


test_statistics = Exercise(
    "5.9", "Repair the evaluation", difficulty=2, minutes=5, forbidden=LIBRARY,
    hints=[
        "Which two lines look at x and should not?",
        "`running_var` is a variance: its root is still to be taken, after eps was added.",
    ],
)


@test_statistics.reference
def evaluate(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return F.batch_norm(x, running_mean, running_var, gamma, beta, training=False, eps=eps)


@test_statistics.cases
def _(rng):
    one = torch.ones(1)
    yield call(torch.tensor([[5.0]]), one, 0 * one, torch.tensor([1.0]), torch.tensor([4.0]))
    yield call(torch.tensor([[5.0], [9.0]]), 2 * one, 3 * one, torch.tensor([1.0]), torch.tensor([4.0]), 0.3)
    for n, d in [(3, 3), *rng.integers(2, 6, (3, 2)).tolist()]:
        yield call(spread(rng, n, d), normal(rng, d), normal(rng, d), normal(rng, d), normal(rng, d) ** 2 + 0.1, 0.2)


@test_statistics.mistake("Mean and variance still come from the test batch. Use the ones that were remembered.")
def test_batch(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return _dense(x, gamma, beta, eps)


@test_statistics.mistake("The mean is the remembered one, the variance still that of the test batch.")
def only_the_mean(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (x.var(0, correction=0) + eps).sqrt() + beta


@test_statistics.mistake("The root is missing: `running_var` is a variance.")
def no_root_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (running_var + eps) + beta


@test_statistics.mistake("Eps stands outside the root; in training it was inside, so it is here too.")
def eps_outside_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (running_var.sqrt() + eps) + beta


@test_statistics.mistake("Eps is missing. Training had it under the root, so evaluation needs it too.")
def no_eps_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / running_var.sqrt() + beta


@test_statistics.mistake("Gamma and beta were learned with the net and are needed in evaluation too.")
def no_gamma_beta_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return (x - running_mean) / (running_var + eps).sqrt()


@test_statistics.mistake("You only subtracted the mean. The division is missing.")
def no_division(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) + beta


@test_statistics.alternative
def one_line(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / torch.sqrt(running_var + eps) + beta


@test_statistics.alternative
def one_factor(x, gamma, beta, running_mean, running_var, eps=1e-5):
    factor = gamma * (running_var + eps).rsqrt()
    return x @ torch.diag(factor) + (beta - running_mean * factor)


backward = Exercise(
    "5.10", "The backward pass", difficulty=5, minutes=20, points=4, tolerance=1e-9,
    forbidden=LIBRARY | {"native_batch_norm_backward"},
    hints=[
        "Beta is added to every row, so its gradient is the sum of `grad` over the rows. Gamma's: of `grad * x_hat`.",
        "What arrives at x_hat is g = grad * gamma. x reaches it directly, by the mean, and by the variance.",
        "The mean takes the average of g off g; the variance takes x_hat times the average of g * x_hat off.",
        "`grad_x = (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / std`.",
    ],
)


@backward.reference
def batch_norm_backward(grad, x, gamma, eps=1e-5):
    with torch.enable_grad():
        leaves = [v.detach().requires_grad_() for v in (x, gamma, torch.zeros_like(gamma))]
        out = F.batch_norm(leaves[0], None, None, leaves[1], leaves[2], training=True, eps=eps)
        return torch.autograd.grad(out, leaves, grad)


@backward.cases
def _(rng):
    yield call(torch.tensor([[1.0], [0.0], [0.0]]), torch.tensor([[1.0], [2.0], [6.0]]), torch.ones(1))
    for n, d in [(2, 1), (3, 3), *rng.integers(3, 7, (3, 2)).tolist()]:
        yield call(normal(rng, n, d), spread(rng, n, d), normal(rng, d), 0.1)


@backward.probe
def _(attempt, *args, **kwargs):
    """By hand means by hand: autograd is off."""
    with torch.no_grad():
        try:
            return attempt(*args, **kwargs)
        except RuntimeError as error:
            if "does not require grad" in str(error):
                raise RuntimeError("autograd is off in this exercise; work the gradient out by hand") from None
            raise


def _parts(grad, x, gamma, eps, correction=0):
    std = (x.var(0, correction=correction) + eps).sqrt()
    hat = (x - x.mean(0)) / std
    return grad * gamma, hat, std, (grad * hat).sum(0), grad.sum(0)


@backward.mistake(
    "Your gradient of x treats mean and variance as constants. They are made of x, so x has influence through them too."
)
def constants(grad, x, gamma, eps=1e-5):
    g, _, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return g / std, dgamma, dbeta


@backward.mistake("The way through the variance is missing in the gradient of x.")
def no_variance_path(grad, x, gamma, eps=1e-5):
    g, _, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.mean(0)) / std, dgamma, dbeta


@backward.mistake("The way through the mean is missing in the gradient of x.")
def no_mean_path(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.mistake("The gradient of x lacks the factor gamma.")
def no_gamma(grad, x, gamma, eps=1e-5):
    _, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (grad - grad.mean(0) - hat * (grad * hat).mean(0)) / std, dgamma, dbeta


@backward.mistake("In the gradient of gamma stands x. What gamma multiplies is the normalized x.")
def gamma_meets_x(grad, x, gamma, eps=1e-5):
    dx, _, dbeta = right_backward(grad, x, gamma, eps)
    return dx, (grad * x).sum(0), dbeta


@backward.mistake("Gamma and beta act on every row, so their gradients are sums over the rows. Yours are averages.")
def averages(grad, x, gamma, eps=1e-5):
    dx, dgamma, dbeta = right_backward(grad, x, gamma, eps)
    return dx, dgamma / len(x), dbeta / len(x)


@backward.mistake("You used sums over the batch where the way through mean and variance gives averages: divide by N.")
def sums(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.sum(0) - hat * (g * hat).sum(0)) / std, dgamma, dbeta


@backward.mistake("Your variance divides by N - 1; the forward pass divides by N.")
def unbiased_backward(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps, correction=1)
    return (g - g.mean(0) - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.alternative
def right_backward(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.mean(0) - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.alternative
def step_by_step(grad, x, gamma, eps=1e-5):
    n, centered = len(x), x - x.mean(0)
    std = (centered.square().mean(0) + eps).sqrt()
    dhat = grad * gamma
    dvar = (dhat * centered).sum(0) * -0.5 * std**-3
    dcentered = dhat / std + dvar * 2 * centered / n
    return dcentered - dcentered.sum(0) / n, (grad * centered / std).sum(0), grad.sum(0)


@backward.alternative
def by_jacobian(grad, x, gamma, eps=1e-5):
    n = len(x)
    std = (x.var(0, correction=0) + eps).sqrt()
    hat = (x - x.mean(0)) / std
    columns = []
    for d in range(x.shape[1]):
        jacobian = (torch.eye(n, dtype=x.dtype) - 1 / n - torch.outer(hat[:, d], hat[:, d]) / n) / std[d]
        columns.append(jacobian.T @ (grad[:, d] * gamma[d]))
    return torch.stack(columns, 1), torch.einsum("nd,nd->d", grad, hat), grad.sum(0)


folding = Exercise(
    "5.11", "Fold it into the convolution", difficulty=3, minutes=10, points=3, tolerance=1e-12,
    hints=[
        "In evaluation mode batch norm is `factor * y + shift` with one factor a channel. What is the factor?",
        "factor = gamma / sqrt(var + eps). The convolution is linear: multiply its kernels by the factor instead.",
        "New bias: `factor * (bias - mean) + beta`; a missing bias counts as 0.",
    ],
)


@folding.reference
def fold(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return tuple(v.detach() for v in nn.utils.fuse_conv_bn_weights(weight, bias, mean, var, eps, gamma, beta))


@folding.cases
def _(rng):
    one = torch.ones(1)
    yield call(3 * one[None, None, None], one, 2 * one, 5 * one, 7 * one, 4 * one, 0.0)
    yield call(3 * one[None, None, None], None, 2 * one, 5 * one, 7 * one, 3 * one, 1.0)
    for out, into, k, with_bias in [(2, 3, 2, True), (3, 3, 3, True), (3, 3, 1, False), (4, 1, 3, True)]:
        bias = normal(rng, out) if with_bias else None
        rest = [normal(rng, out) for _ in range(3)]
        yield call(normal(rng, out, into, k, k), bias, *rest, normal(rng, out) ** 2 + 0.1, 0.05)


def _folded(weight, bias, gamma, beta, mean, var, eps, axis=0):
    factor = gamma / (var + eps).sqrt()
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    return weight * factor.reshape(shape), factor * ((0 if bias is None else bias) - mean) + beta


@folding.mistake("The kernels are right. The old bias goes through batch norm too, so the factor multiplies it.")
def bias_unscaled(weight, bias, gamma, beta, mean, var, eps=1e-5):
    w, b = _folded(weight, None, gamma, beta, mean, var, eps)
    return w, b if bias is None else b + bias


@folding.mistake("Your new bias forgets the old one.")
def bias_dropped(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, None, gamma, beta, mean, var, eps)


@folding.mistake("You scaled along the input channels. An output channel is the first axis of the weight.")
def along_inputs(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, eps, axis=1)


@folding.mistake("Eps is missing under the root: a small error, but not one of rounding.")
def fold_without_eps(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, 0.0)


@folding.mistake("You divided by the variance. Its root is needed.")
def fold_without_root(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, (var + eps) ** 2, 0.0)


@folding.mistake("The mean is to be subtracted before the factor comes in, so it must be scaled with the rest.")
def mean_unscaled(weight, bias, gamma, beta, mean, var, eps=1e-5):
    w, b = _folded(weight, bias, gamma, beta, 0 * mean, var, eps)
    return w, b - mean


@folding.mistake("The sign of the mean is wrong: batch norm subtracts it.")
def mean_added(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, -mean, var, eps)


@folding.mistake("The convolution may have no bias: `bias` is None then, and counts as 0.")
def bias_always_there(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias - mean, gamma, beta, 0 * mean, var, eps)


@folding.alternative
def right_fold(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, eps)


@folding.alternative
def kernel_by_kernel(weight, bias, gamma, beta, mean, var, eps=1e-5):
    bias = torch.zeros_like(mean) if bias is None else bias
    std = torch.sqrt(var + eps)
    kernels = torch.stack([w * g / s for w, g, s in zip(weight, gamma, std)])
    return kernels, (bias - mean) / std * gamma + beta


@folding.alternative
def as_matrix(weight, bias, gamma, beta, mean, var, eps=1e-5):
    factor = torch.diag(gamma * (var + eps) ** -0.5)
    shift = -mean if bias is None else bias - mean
    return (factor @ weight.flatten(1)).reshape(weight.shape), factor @ shift + beta


small_rate = Choice(
    "5.12", "At a small learning rate", "a", difficulty=2, minutes=2,
    why={
        "b": "That is what the textbooks lead one to expect. Look at the left end of the figure.",
        "c": "At small rates both move slowly, but not equally: the two lines lie apart on every seed.",
        "d": "A small rate makes the net without batch norm slow, not unable.",
    },
    because="With a good start the plain net is ahead as long as the rate is small: batch norm has nothing to repair.",
    hints=["The initialization here is the right one for ReLU and the data are scaled. What is left to repair?"],
)


layer_norm_exercise = Exercise(
    "5.13", "Layer norm", difficulty=2, minutes=5, forbidden=LIBRARY,
    hints=[
        "Every sample by itself, all of its numbers together: which axis stays?",
        "`dims = tuple(range(1, x.ndim))` are all axes but the first.",
    ],
)


@layer_norm_exercise.reference
def layer_norm(x, gamma, beta, eps=1e-5):
    return F.layer_norm(x, x.shape[1:], gamma, beta, eps)


@layer_norm_exercise.cases
def _(rng):
    yield call(torch.tensor([[1.0, 3.0]]), torch.ones(2), torch.zeros(2))
    yield call(torch.tensor([[1.0, 3.0], [10.0, 50.0]]), torch.ones(2), torch.zeros(2), 0.3)
    yield call(whole(rng, 1, 2, 1, 1), normal(rng, 2, 1, 1), normal(rng, 2, 1, 1), 0.1)
    for shape in [(3, 4), (2, 3, 3, 3), (2, 2, 2, 3), rng.integers(2, 5, 4).tolist()]:
        yield call(spread(rng, *shape), normal(rng, *shape[1:]), normal(rng, *shape[1:]), 0.1)


def _layer(x, gamma, beta, eps, dims=None, correction=0):
    dims = tuple(range(1, x.ndim)) if dims is None else dims
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return gamma * (x - mean) / (var + eps).sqrt() + beta


@layer_norm_exercise.mistake("You averaged over the batch: that is batch norm. Here every sample is on its own.")
def over_batch(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=(0, *range(2, x.ndim)))


@layer_norm_exercise.mistake("You normalized along the last axis only. For a picture, H, W and C go together.")
def last_axis(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=-1)


@layer_norm_exercise.mistake("You normalized over the channels at each place by itself. H and W go too.")
def channels_only(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=1)


@layer_norm_exercise.mistake("One mean for the whole batch: then the samples depend on each other.")
def everything(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=tuple(range(x.ndim)))


@layer_norm_exercise.mistake("The variance is divided by count - 1 here; by the count is asked for.")
def layer_unbiased(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, correction=1)


@layer_norm_exercise.mistake("That is the normalized x. Gamma and beta have not come in yet.")
def layer_plain(x, gamma, beta, eps=1e-5):
    return _layer(x, 1, 0, eps)


@layer_norm_exercise.mistake("Your answer needs four axes; x may have two. Take all but the first.")
def four_axes_only(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=(1, 2, 3))


@layer_norm_exercise.alternative
def sample_by_sample(x, gamma, beta, eps=1e-5):
    rows = [(sample - sample.mean()) / (sample.var(correction=0) + eps).sqrt() for sample in x]
    return torch.stack([gamma * row + beta for row in rows])


@layer_norm_exercise.alternative
def flattened(x, gamma, beta, eps=1e-5):
    flat = x.flatten(1)
    flat = (flat - flat.mean(1, keepdim=True)) / (flat.var(1, correction=0, keepdim=True) + eps).sqrt()
    return flat.reshape(x.shape) * gamma + beta


@layer_norm_exercise.alternative
def transposed_batch_norm(x, gamma, beta, eps=1e-5):
    flat = x.flatten(1).T
    return _dense(flat, 1, 0, eps).T.reshape(x.shape) * gamma + beta


instance_norm_exercise = Exercise(
    "5.14", "Instance norm", difficulty=1, minutes=3, forbidden=LIBRARY,
    hints=["Every channel of every picture by itself: only H and W go."],
)


@instance_norm_exercise.reference
def instance_norm(x, gamma, beta, eps=1e-5):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


@instance_norm_exercise.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 3.0]]]]), torch.ones(1), torch.zeros(1))
    yield call(torch.tensor([[[[1.0, 3.0]]], [[[10.0, 50.0]]]]), torch.ones(1), torch.zeros(1), 0.3)
    for shape in [(2, 3, 3, 3), (1, 2, 2, 3), (3, 2, 4, 1), rng.integers(2, 5, 4).tolist()]:
        yield call(spread(rng, *shape), normal(rng, shape[1]), normal(rng, shape[1]), 0.1)


@instance_norm_exercise.mistake("The batch went into your statistics: that is batch norm.")
def with_the_batch(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, IMAGES, eps)


@instance_norm_exercise.mistake("The channels went into your statistics: that is layer norm's reduction.")
def with_the_channels(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (1, 2, 3), eps)


@instance_norm_exercise.mistake("You normalized each row of the map by itself. H goes too.")
def each_row(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, 3, eps)


@instance_norm_exercise.mistake("The variance is divided by count - 1 here; by the count is asked for.")
def instance_unbiased(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (2, 3), eps, correction=1)


@instance_norm_exercise.mistake("That is the normalized x. Gamma and beta have not come in yet.")
def instance_plain(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), (2, 3), eps)


@instance_norm_exercise.mistake("Gamma and beta of shape (C,) meet the width, the last axis. They belong to channels.")
def instance_gamma_along_width(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), (2, 3), eps) * gamma + beta


@instance_norm_exercise.alternative
def flat_maps(x, gamma, beta, eps=1e-5):
    flat = x.flatten(2)
    flat = (flat - flat.mean(2, keepdim=True)) * (flat.var(2, correction=0, keepdim=True) + eps).rsqrt()
    return flat.reshape(x.shape) * per_channel(gamma) + per_channel(beta)


@instance_norm_exercise.alternative
def picture_by_picture(x, gamma, beta, eps=1e-5):
    return torch.cat([scaled(picture[None], gamma, beta, IMAGES, eps) for picture in x])


group_norm_exercise = Exercise(
    "5.15", "Group norm", difficulty=3, minutes=8, points=2, forbidden=LIBRARY,
    hints=[
        "Give the groups an axis of their own: (N, G, C/G, H, W).",
        "`x.reshape(n, groups, -1)` puts the numbers of one group in one row.",
        "Normalize, shape it back to (N, C, H, W), and only then come gamma and beta, one a channel.",
    ],
)


@group_norm_exercise.reference
def group_norm(x, groups, gamma, beta, eps=1e-5):
    return F.group_norm(x, groups, gamma, beta, eps)


@group_norm_exercise.cases
def _(rng):
    yield call(torch.tensor([[[[1.0]], [[3.0]]]]), 1, torch.ones(2), torch.zeros(2))
    yield call(torch.tensor([[[[1.0]], [[3.0]], [[10.0]], [[50.0]]]]), 2, torch.ones(4), torch.zeros(4), 0.3)
    for groups, (n, c, h, w) in [(2, (2, 6, 2, 3)), (3, (1, 6, 3, 2)), (4, (3, 4, 2, 2)), (2, (2, 8, 3, 3))]:
        yield call(spread(rng, n, c, h, w), groups, normal(rng, c), normal(rng, c), 0.1)


def _grouped(x, groups, gamma, beta, eps, dims=(2, 3, 4), correction=0):
    n, c, h, w = x.shape
    x = x.reshape(n, groups, c // groups, h, w)
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return ((x - mean) / (var + eps).sqrt()).reshape(n, c, h, w) * per_channel(gamma) + per_channel(beta)


@group_norm_exercise.mistake(
    "Your groups are interleaved (channels 0, 2, 4 and 1, 3, 5). A group is made of neighbors: 0, 1, 2 and 3, 4, 5."
)
def interleaved(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    hat = x.reshape(n, c // groups, groups, h, w).transpose(1, 2).reshape(x.shape)
    hat = _grouped(hat, groups, torch.ones_like(gamma), torch.zeros_like(beta), eps)
    hat = hat.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(x.shape)
    return hat * per_channel(gamma) + per_channel(beta)


@group_norm_exercise.mistake("You took `groups` for the channels in a group. It is how many groups there are.")
def channels_in_a_group(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, x.shape[1] // groups, gamma, beta, eps)


@group_norm_exercise.mistake("The batch went into your statistics. Group norm never looks at another sample.")
def batch_in_groups(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, gamma, beta, eps, dims=(0, 2, 3, 4))


@group_norm_exercise.mistake("Every channel has statistics of its own: that is instance norm, the case groups = C.")
def as_instance(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, x.shape[1], gamma, beta, eps)


@group_norm_exercise.mistake("All channels share one mean and one variance: that is the case groups = 1.")
def one_group(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, 1, gamma, beta, eps)


@group_norm_exercise.mistake("The variance is divided by count - 1 here; by the count is asked for.")
def group_unbiased(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, gamma, beta, eps, correction=1)


@group_norm_exercise.alternative
def five_axes(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, gamma, beta, eps)


@group_norm_exercise.alternative
def chunk_by_chunk(x, groups, gamma, beta, eps=1e-5):
    ones, zeros = torch.ones(x.shape[1] // groups), torch.zeros(x.shape[1] // groups)
    parts = [scaled(part, ones, zeros, (1, 2, 3), eps) for part in x.chunk(groups, 1)]
    return torch.cat(parts, 1) * per_channel(gamma) + per_channel(beta)


@group_norm_exercise.alternative
def as_rows(x, groups, gamma, beta, eps=1e-5):
    rows = x.reshape(x.shape[0] * groups, -1)
    rows = _dense(rows.T, 1, 0, eps).T
    return torch.einsum("nchw,c->nchw", rows.reshape(x.shape), gamma) + per_channel(beta)


class Table(Number):
    """A dict of name -> axes, in any order and counted from either end. Says which are wrong, not what is right."""

    def ask(self, attempt):
        if type(attempt) is not dict:
            return attempt
        return {name: self._sorted(axes) for name, axes in attempt.items()}

    def _sorted(self, axes):
        axes = (axes,) if type(axes) is int else axes
        fits = type(axes) in (tuple, list, set) and all(type(axis) is int for axis in axes)
        return tuple(sorted({axis % 5 for axis in axes})) if fits else axes

    def miss(self, got, wanted):
        if type(got) is not dict or set(got) != set(wanted):
            return f"is {comparison.short(got)}; it should be a dict with the keys {', '.join(map(repr, wanted))}."
        off = [f"`{name}`" for name in wanted if got[name] != wanted[name]]
        return f"is not right yet for {', '.join(off)}." if off else None


axes_table = Table(
    "5.16", "The axes table", {"batch": (0, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
    difficulty=3, minutes=6, points=2,
    wrong={
        "axes_that_stay": (
            {"batch": (1, 2), "layer": (0,), "instance": (0, 1, 2), "group": (0, 1)},
            "Those are the axes that stay. The table is of the axes that are averaged over.",
        ),
        "four_axes": (
            {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3)},
            "Those are the axes of (N, C, H, W). With the groups there are five, so H and W are 3 and 4.",
        ),
        "batch_over_n_only": (
            {"batch": (0,), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            "Batch norm of maps averages over all places too, not over N only.",
        ),
        "layer_inside_a_group": (
            {"batch": (0, 3, 4), "layer": (2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            "You gave layer norm and group norm the same axes. Layer norm takes all channels, of all groups.",
        ),
        "batch_over_a_group": (
            {"batch": (0, 2, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            "In batch norm no channel meets another: neither axis 1 nor axis 2 goes.",
        ),
        "group_over_groups": (
            {"batch": (0, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (1, 3, 4)},
            "Axis 1 counts the groups; averaging over it mixes them. The channels within a group are axis 2.",
        ),
    },
    right=[
        {"batch": [0, -2, -1], "layer": [1, 2, 3, 4], "instance": [-1, -2], "group": [-3, -2, -1]},
        {"group": (4, 3, 2), "instance": {3, 4}, "layer": (1, 2, 3, 4), "batch": (3, 4, 0)},
    ],
    hints=[
        "Go through the five axes for each and ask: do numbers at different places along it share one mean?",
        "H and W, axes 3 and 4, are in all four rows. N is in one row only.",
    ],
)


response = Exercise(
    "5.17", "Local response normalization", difficulty=3, minutes=8, points=2,
    forbidden={"avg_pool1d", "avg_pool2d", "avg_pool3d"},
    hints=[
        "For channel i the sum runs over the channels from i - n//2 to i + n//2, as far as they exist.",
        "Pad the squares with n//2 empty channels at both ends; then add n shifted slices.",
        "`F.pad(x * x, (0, 0, 0, 0, n // 2, n // 2))` pads the channel axis.",
    ],
)


@response.reference
def local_response_norm(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return F.local_response_norm(x, n, alpha * n, beta, k)


@response.cases
def _(rng):
    yield call(torch.tensor([[[[3.0]]]]), 1, 1.0, 1.0, 1.0)
    yield call(torch.tensor([[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]]), 3, 1.0, 1.0, 1.0)
    yield call(100 * whole(rng, 1, 6, 1, 2))
    for n, c in [(5, 7), (3, 2), (5, 3)]:
        yield call(normal(rng, 2, c, 3, 2), n, 2.0, 0.5, 0.75)


def _responded(x, n, k, alpha, beta, first=None, last=None):
    half, c = n // 2, x.shape[1]
    first, last = half if first is None else first, half if last is None else last
    sums = [x[:, max(0, i - first) : min(c, i + last + 1)].square().sum(1) for i in range(c)]
    return x / (k + alpha * torch.stack(sums, 1)) ** beta


@response.mistake("You divided alpha by n, as `F.local_response_norm` does. The paper, and this task, take the sum.")
def divided_by_n(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return F.local_response_norm(x, n, alpha, beta, k)


@response.mistake("Your window only reaches back. It has n//2 channels on each side.")
def reaches_back(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, beta, n - 1, 0)


@response.mistake("Your window has n channels on each side. It is n channels in all: n//2 on each side.")
def window_too_wide(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, beta, n, n)


@response.mistake("Your window stops one channel short: a slice leaves its end out.")
def window_too_short(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, beta, n // 2, n // 2 - 1)


@response.mistake("Your window is closed to a ring: the last channel is no neighbor of the first.")
def ring(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    half = n // 2
    sums = sum(torch.roll(x * x, shift, 1) for shift in range(-half, half + 1))
    return x / (k + alpha * sums) ** beta


@response.mistake("You summed the values. Their squares are asked for.")
def not_squared(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    half, c = n // 2, x.shape[1]
    sums = torch.stack([x[:, max(0, i - half) : i + half + 1].sum(1) for i in range(c)], 1)
    return x / (k + alpha * sums) ** beta


@response.mistake("The power beta is missing.")
def no_power(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, 1.0)


@response.mistake("You multiplied by the power. A loud neighborhood should damp: divide.")
def multiplied(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, -beta)


@response.alternative
def channel_loop(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, beta)


@response.alternative
def padded_slices(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    squares = F.pad(x * x, (0, 0, 0, 0, n // 2, n // 2))
    total = sum(squares[:, shift : shift + x.shape[1]] for shift in range(n))
    return x * (k + alpha * total) ** -beta


@response.alternative
def by_band(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    place = torch.arange(x.shape[1])
    band = ((place[:, None] - place).abs() <= n // 2).to(x.dtype)
    return x / (k + alpha * torch.einsum("ij,njhw->nihw", band, x * x)).pow(beta)


useless_bias = Choice(
    "5.18", "The bias before batch norm", "c", difficulty=2, minutes=2,
    why={
        "a": "Try it: add 5 to every output of the convolution. What does subtracting the mean do to that?",
        "b": "Both shift a channel. But the one before batch norm is subtracted again with the mean.",
        "d": "The variance does not see a constant that is added to all values.",
    },
    because="It goes with the mean and gets no gradient; beta does its work. Hence `bias=False` before batch norm.",
    hints=["Add a constant to a whole channel and follow it through the formula."],
)

which_norm = Choice(
    "5.19", "Two pictures at a time", "d", difficulty=2, minutes=2,
    why={
        "a": "That helps the running averages, used in evaluation. Training still normalizes with two pictures.",
        "b": "A smaller rate makes smaller steps with the same noise in every mean and variance.",
        "c": "Eps guards against division by zero. The noise of two pictures is not a small number.",
    },
    because="Group norm never looks at another picture, so the batch size does not matter to it.",
    hints=["Which reduction leaves the batch axis alone?"],
)

double_weights = Choice(
    "5.20", "Twice the weights", "b", difficulty=3, minutes=3,
    why={
        "a": "Mean and standard deviation of the convolution's output double too. What is left after the division?",
        "c": "Halving would need a division by more than the doubled standard deviation.",
        "d": "The bias is not the reason: the scale of the weights cancels in the division, with or without a bias.",
    },
    because="The scale cancels (up to eps). That is why nets with batch norm bear a badly scaled start.",
    hints=["Put 2y for y in `(y - mean) / std`."],
)
