"""Exercises 5.13 to 5.17: layer, instance and group norm, their axes, and local response
normalization.
"""

import functools

import torch
import torch.nn.functional as F

from checker import comparison, show
from checker.exercise import Exercise, Number, call, normal, whole
from exercises.nb05.shared import IMAGES, LIBRARY, dense_layer, per_channel, scaled, spread

layer_norm_exercise = Exercise(
    "5.13",
    "Layer norm",
    difficulty=2,
    minutes=5,
    forbidden=LIBRARY,
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
    for shape in [(3, 4), (3, 2, 4), (2, 3, 3, 3), (2, 2, 2, 3), rng.integers(2, 5, 4).tolist()]:
        yield call(spread(rng, *shape), normal(rng, *shape[1:]), normal(rng, *shape[1:]), 0.1)


def _layer(x, gamma, beta, eps, dims=None, correction=0):
    dims = tuple(range(1, x.ndim)) if dims is None else dims
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return gamma * (x - mean) / (var + eps).sqrt() + beta


@layer_norm_exercise.mistake(
    "You averaged over the batch, as batch norm does. Here every sample is on its own."
)
def over_batch(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=(0, *range(2, x.ndim)))


@layer_norm_exercise.mistake(
    "You normalized along the last axis only. For a picture, H, W and C go together."
)
def last_axis(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=-1)


@layer_norm_exercise.mistake(
    "You normalized over the channels at each place by itself. H and W go too."
)
def channels_only(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=1)


@layer_norm_exercise.mistake(
    "You take one mean for the whole batch, so the samples depend on each other."
)
def everything(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=tuple(range(x.ndim)))


@layer_norm_exercise.mistake(
    "You divide the variance by count - 1. Here the count itself is asked for."
)
def layer_unbiased(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, correction=1)


@layer_norm_exercise.mistake("Yours is the normalized x. Gamma and beta have not come in yet.")
def layer_plain(x, gamma, beta, eps=1e-5):
    return _layer(x, 1, 0, eps)


@layer_norm_exercise.mistake(
    "Your answer needs four axes; x may have two. Take all but the first."
)
def four_axes_only(x, gamma, beta, eps=1e-5):
    return _layer(x, gamma, beta, eps, dims=(1, 2, 3))


@layer_norm_exercise.mistake(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`."
)
def layer_eps_outside(x, gamma, beta, eps=1e-5):
    dims = tuple(range(1, x.ndim))
    std = x.std(dims, correction=0, keepdim=True)
    return gamma * (x - x.mean(dims, keepdim=True)) / (std + eps) + beta


@layer_norm_exercise.mistake("This exercise is to write it yourself.", "library call")
def layer_by_the_library(x, gamma, beta, eps=1e-5):
    return F.group_norm(x.flatten(1), 1, eps=eps).reshape(x.shape) * gamma + beta


@layer_norm_exercise.alternative
def sample_by_sample(x, gamma, beta, eps=1e-5):
    rows = [(sample - sample.mean()) / (sample.var(correction=0) + eps).sqrt() for sample in x]
    return torch.stack([gamma * row + beta for row in rows])


@layer_norm_exercise.alternative
def flattened(x, gamma, beta, eps=1e-5):
    flat = x.flatten(1)
    flat = (flat - flat.mean(1, keepdim=True)) / (
        flat.var(1, correction=0, keepdim=True) + eps
    ).sqrt()
    return flat.reshape(x.shape) * gamma + beta


@layer_norm_exercise.alternative
def transposed_batch_norm(x, gamma, beta, eps=1e-5):
    flat = x.flatten(1).T
    return dense_layer(flat, 1, 0, eps).T.reshape(x.shape) * gamma + beta


layer_norm_exercise.demand("Each sample is normalized by itself", violated_by="everything")
layer_norm_exercise.demand("over all axes but the first", violated_by="last_axis")
layer_norm_exercise.demand("x has shape (N, ...)", violated_by="four_axes_only")
layer_norm_exercise.demand("The variance divides by the count", violated_by="layer_unbiased")
layer_norm_exercise.demand("eps stands under the root", violated_by="layer_eps_outside")


instance_norm_exercise = Exercise(
    "5.14",
    "Instance norm",
    difficulty=1,
    minutes=4,
    forbidden=LIBRARY,
    hints=["Every channel of every picture by itself: only H and W go."],
)


@instance_norm_exercise.reference
def instance_norm(x, gamma, beta, eps=1e-5):
    return F.instance_norm(x, weight=gamma, bias=beta, eps=eps)


@instance_norm_exercise.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 3.0]]]]), torch.ones(1), torch.zeros(1))
    yield call(
        torch.tensor([[[[1.0, 3.0]]], [[[10.0, 50.0]]]]), torch.ones(1), torch.zeros(1), 0.3
    )
    for shape in [(2, 3, 3, 3), (1, 2, 2, 3), (3, 2, 4, 1), rng.integers(2, 5, 4).tolist()]:
        yield call(spread(rng, *shape), normal(rng, shape[1]), normal(rng, shape[1]), 0.1)


@instance_norm_exercise.mistake("The batch went into your statistics, as in batch norm.")
def with_the_batch(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, IMAGES, eps)


@instance_norm_exercise.mistake(
    "The channels went into your statistics, as in layer norm. Each channel is on its own here."
)
def with_the_channels(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (1, 2, 3), eps)


@instance_norm_exercise.mistake("You normalized each row of the map by itself. H goes too.")
def each_row(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, 3, eps)


@instance_norm_exercise.mistake(
    "You divide the variance by count - 1. Here the count itself is asked for."
)
def instance_unbiased(x, gamma, beta, eps=1e-5):
    return scaled(x, gamma, beta, (2, 3), eps, correction=1)


@instance_norm_exercise.mistake("Yours is the normalized x. Gamma and beta have not come in yet.")
def instance_plain(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), (2, 3), eps)


@instance_norm_exercise.mistake(
    "Your gamma and beta of shape (C,) meet the last axis, the width. They belong to the channels."
)
def instance_gamma_along_width(x, gamma, beta, eps=1e-5):
    return scaled(x, torch.ones_like(gamma), torch.zeros_like(beta), (2, 3), eps) * gamma + beta


@instance_norm_exercise.mistake(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`."
)
def instance_eps_outside(x, gamma, beta, eps=1e-5):
    std = x.std((2, 3), correction=0, keepdim=True)
    hat = (x - x.mean((2, 3), keepdim=True)) / (std + eps)
    return hat * per_channel(gamma) + per_channel(beta)


@instance_norm_exercise.alternative
def flat_maps(x, gamma, beta, eps=1e-5):
    flat = x.flatten(2)
    flat = (flat - flat.mean(2, keepdim=True)) * (
        flat.var(2, correction=0, keepdim=True) + eps
    ).rsqrt()
    return flat.reshape(x.shape) * per_channel(gamma) + per_channel(beta)


@instance_norm_exercise.alternative
def picture_by_picture(x, gamma, beta, eps=1e-5):
    return torch.cat([scaled(picture[None], gamma, beta, IMAGES, eps) for picture in x])


instance_norm_exercise.demand("Every channel of every sample", violated_by="with_the_channels")
instance_norm_exercise.demand(
    "of every sample is normalized by itself", violated_by="with_the_batch"
)
instance_norm_exercise.demand("over H and W", violated_by="each_row")
instance_norm_exercise.demand("gamma and beta are (C,)", violated_by="instance_gamma_along_width")
instance_norm_exercise.demand("Variance and eps as before", violated_by="instance_eps_outside")


group_norm_exercise = Exercise(
    "5.15",
    "Group norm",
    difficulty=3,
    minutes=8,
    points=2,
    forbidden=LIBRARY,
    hints=[
        "Give the groups an axis of their own: (N, G, C/G, H, W).",
        "`x.reshape(n, groups, -1)` puts the numbers of one group in one row.",
        (
            "Normalize, shape it back to (N, C, H, W), and only then come gamma and beta, one a"
            " channel."
        ),
    ],
)


@group_norm_exercise.reference
def group_norm(x, groups, gamma, beta, eps=1e-5):
    return F.group_norm(x, groups, gamma, beta, eps)


@group_norm_exercise.cases
def _(rng):
    yield call(torch.tensor([[[[1.0]], [[3.0]]]]), 1, torch.ones(2), torch.zeros(2))
    yield call(
        torch.tensor([[[[1.0]], [[3.0]], [[10.0]], [[50.0]]]]),
        2,
        torch.ones(4),
        torch.zeros(4),
        0.3,
    )
    for groups, (n, c, h, w) in [
        (2, (2, 6, 2, 3)),
        (3, (1, 6, 3, 2)),
        (4, (3, 4, 2, 2)),
        (2, (2, 8, 3, 3)),
    ]:
        yield call(spread(rng, n, c, h, w), groups, normal(rng, c), normal(rng, c), 0.1)


def _grouped(x, groups, gamma, beta, eps=1e-5, dims=(2, 3, 4), correction=0):
    n, c, h, w = x.shape
    x = x.reshape(n, groups, c // groups, h, w)
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return ((x - mean) / (var + eps).sqrt()).reshape(n, c, h, w) * per_channel(
        gamma
    ) + per_channel(beta)


@group_norm_exercise.mistake(
    "Your groups are interleaved (channels 0, 2, 4 and 1, 3, 5). A group is made of neighbors: 0,"
    " 1, 2 and 3, 4, 5."
)
def interleaved(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    hat = x.reshape(n, c // groups, groups, h, w).transpose(1, 2).reshape(x.shape)
    hat = _grouped(hat, groups, torch.ones_like(gamma), torch.zeros_like(beta), eps)
    hat = hat.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(x.shape)
    return hat * per_channel(gamma) + per_channel(beta)


@group_norm_exercise.mistake(
    "You took `groups` for the channels in a group. It is how many groups there are."
)
def channels_in_a_group(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, x.shape[1] // groups, gamma, beta, eps)


@group_norm_exercise.mistake(
    "The batch went into your statistics. Group norm never looks at another sample."
)
def batch_in_groups(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, gamma, beta, eps, dims=(0, 2, 3, 4))


@group_norm_exercise.mistake(
    "Every channel of yours has statistics of its own. That is instance norm, the case groups = C."
)
def as_instance(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, x.shape[1], gamma, beta, eps)


@group_norm_exercise.mistake(
    "All channels of yours share one mean and one variance. That is the case groups = 1."
)
def one_group(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, 1, gamma, beta, eps)


@group_norm_exercise.mistake(
    "You divide the variance by count - 1. Here the count itself is asked for."
)
def group_unbiased(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, gamma, beta, eps, correction=1)


@group_norm_exercise.mistake("Yours is the normalized x. Gamma and beta have not come in yet.")
def group_plain(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, torch.ones_like(gamma), torch.zeros_like(beta), eps)


for _name, _dims, _sentence in (
    (
        "over_the_groups",
        (1, 3, 4),
        "Your statistics run over the groups, so their channels meet: one from each group.",
    ),
    (
        "over_the_channels",
        (2,),
        "Each place of a group has statistics of its own in yours. H and W go as well.",
    ),
    (
        "over_a_row",
        (4,),
        "Your statistics run along one row of one map. The channels of a group and H go too.",
    ),
    (
        "without_the_width",
        (2, 3),
        "Your statistics leave the width out: each column has its own. W goes too.",
    ),
    (
        "over_everything",
        (0, 1, 2, 3, 4),
        "You take one mean and one variance for all. Each group of each sample has its own.",
    ),
):
    group_norm_exercise.mistake(_sentence, _name)(functools.partial(_grouped, dims=_dims))


@group_norm_exercise.mistake(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`."
)
def group_eps_outside(x, groups, gamma, beta, eps=1e-5):
    rows = x.reshape(len(x), groups, -1)
    std = rows.std(2, correction=0, keepdim=True)
    hat = ((rows - rows.mean(2, keepdim=True)) / (std + eps)).reshape(x.shape)
    return hat * per_channel(gamma) + per_channel(beta)


@group_norm_exercise.mistake(
    "Your gamma and beta of shape (C,) meet the last axis, the width. They belong to the channels."
)
def group_gamma_along_width(x, groups, gamma, beta, eps=1e-5):
    return _grouped(x, groups, torch.ones(x.shape[1]), torch.zeros(x.shape[1]), eps) * gamma + beta


@group_norm_exercise.mistake(
    "All channels of a group share one gamma and one beta in yours. Each channel has its own."
)
def gamma_of_a_group(x, groups, gamma, beta, eps=1e-5):
    repeats = x.shape[1] // groups
    gamma, beta = (v[:groups].repeat_interleave(repeats) for v in (gamma, beta))
    return _grouped(x, groups, gamma, beta, eps)


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
    rows = dense_layer(rows.T, 1, 0, eps).T
    return torch.einsum("nchw,c->nchw", rows.reshape(x.shape), gamma) + per_channel(beta)


group_norm_exercise.demand("groups of neighbors", violated_by="interleaved")
group_norm_exercise.demand(
    "Each group of each sample is normalized", violated_by="batch_in_groups"
)
group_norm_exercise.demand("over its channels, H and W", violated_by="as_instance")
group_norm_exercise.demand("one for each channel", violated_by="gamma_of_a_group")
group_norm_exercise.demand("Variance and eps as before", violated_by="group_unbiased")


class Table(Number):
    """A dict of name -> axes, in any order and counted from either end, each once.

    Says which are wrong, not what is right.
    """

    def ask(self, attempt):
        if type(attempt) is not dict:
            return attempt
        return {name: self._sorted(axes) for name, axes in attempt.items()}

    def _sorted(self, axes):
        axes = list(axes) if isinstance(axes, (set, frozenset)) else axes
        axes = comparison.in_kind(axes, 0)
        axes = (axes,) if type(axes) is int else axes
        fits = type(axes) in (tuple, list) and all(type(axis) is int for axis in axes)
        return tuple(sorted(axis + 5 if axis < 0 else axis for axis in axes)) if fits else axes

    def miss(self, got, wanted):
        if type(got) is not dict or set(got) != set(wanted):
            return (
                f"is {show.short(got)}; it should be a dict with the keys"
                f" {', '.join(map(repr, wanted))}."
            )
        off = [f"`{name}`" for name in wanted if got[name] != wanted[name]]
        return f"is not right yet for {', '.join(off)}." if off else None


axes_table = Table(
    "5.16",
    "The axes table",
    {"batch": (0, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
    difficulty=3,
    minutes=8,
    points=2,
    wrong={
        "axes_that_stay": (
            {"batch": (1, 2), "layer": (0,), "instance": (0, 1, 2), "group": (0, 1)},
            "Those are the axes that stay. The table is of the axes that are averaged over.",
        ),
        "four_axes": (
            {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3)},
            (
                "Those are the axes of (N, C, H, W). With the groups there are five, so H and W"
                " are 3 and 4."
            ),
        ),
        "batch_over_n_only": (
            {"batch": (0,), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            "Your batch norm averages over N only. That of maps averages over all places too.",
        ),
        "layer_inside_a_group": (
            {"batch": (0, 3, 4), "layer": (2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            (
                "You gave layer norm and group norm the same axes. Layer norm takes all channels,"
                " of all groups."
            ),
        ),
        "batch_over_a_group": (
            {"batch": (0, 2, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)},
            "Your batch norm averages over axis 2, but there no channel meets another.",
        ),
        "group_over_groups": (
            {"batch": (0, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (1, 3, 4)},
            (
                "Your group norm averages over axis 1, which counts the groups, and so mixes them."
                " The channels within a group are axis 2."
            ),
        ),
    },
    right=[
        {"batch": [0, -2, -1], "layer": [1, 2, 3, 4], "instance": [-1, -2], "group": [-3, -2, -1]},
        {"group": (4, 3, 2), "instance": {3, 4}, "layer": (1, 2, 3, 4), "batch": (3, 4, 0)},
    ],
    hints=[
        (
            "Go through the five axes for each and ask: do numbers at different places along it"
            " share one mean?"
        ),
        "H and W, axes 3 and 4, are in all four rows. N is in one row only.",
    ],
)


@axes_table.recall
def _(rng):
    n, c, groups = rng.randint(2, 9), 8 * rng.randint(1, 4), rng.choice([2, 4])
    means = {"batch norm": c, "layer norm": n, "instance norm": n * c}
    means |= {f"group norm with {groups} groups": n * groups}
    norm = rng.choice(list(means))
    text = f"Feature maps of shape ({n}, {c}, 7, 7) go through {norm}. How many means are taken?"
    wrong = {other: (count, f"That is {other}.") for other, count in means.items()}
    return text, means[norm], wrong


response = Exercise(
    "5.17",
    "Local response normalization",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    forbidden={"pooling"},
    hints=[
        (
            "For channel i the sum runs over the channels from i - n//2 to i + n//2, as far as"
            " they exist."
        ),
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


@response.mistake(
    "You divided alpha by n, as `F.local_response_norm` does. The paper, and this task, take the"
    " sum."
)
def divided_by_n(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return F.local_response_norm(x, n, alpha, beta, k)


@response.mistake("Your window only reaches back. It has n//2 channels on each side.")
def reaches_back(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, beta, n - 1, 0)


@response.mistake(
    "Your window has n channels on each side. It is n channels in all: n//2 on each side."
)
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


@response.mistake("You summed the values. The sum of their squares is asked for.")
def not_squared(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    half, c = n // 2, x.shape[1]
    sums = torch.stack([x[:, max(0, i - half) : i + half + 1].sum(1) for i in range(c)], 1)
    return x / (k + alpha * sums) ** beta


@response.mistake("The power beta is missing from yours.")
def no_power(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, 1.0)


@response.mistake("You multiplied by the power. A loud neighborhood should damp: divide.")
def multiplied(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return _responded(x, n, k, alpha, -beta)


@response.mistake(
    "Beyond the ends you repeat the outermost channel. There is nothing to add there."
)
def ends_repeated(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    places = torch.arange(-(n // 2), x.shape[1] + n // 2).clamp(0, x.shape[1] - 1)
    return x / (k + alpha * (x * x)[:, places].unfold(1, n, 1).sum(-1)) ** beta


@response.mistake("This exercise is to write it yourself.", "library call")
def response_by_the_library(x, n=5, k=2.0, alpha=1e-4, beta=0.75):
    return F.local_response_norm(x, n, alpha * n, beta, k)


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


response.demand("alpha times the sum", violated_by="divided_by_n")
response.demand(
    "Before the first and behind the last channel there is nothing", violated_by="ends_repeated"
)
response.demand("Pooling functions are not allowed", violated_by="library call")
