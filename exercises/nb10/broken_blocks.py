"""Exercises 10.3 and 10.4: residual blocks with a bug."""

import functools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from exercises.nb10.shared import changed

# 10.3

EXPLANATIONS = {
    "right": lambda x, change: (x + change).relu(),
    "no skip": lambda x, change: change.relu(),
    "no final ReLU": lambda x, change: x + change,
    "subtraction": lambda x, change: (x - change).relu(),
    "ReLU on the identity path": lambda x, change: (x.relu() + change).relu(),
}


bugs = Exercise(
    "10.3",
    "Spot the bug: four broken blocks",
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    hints=[
        "For each of the five, write down what would have come out, from `x` and `change` alone.",
        (
            "A dict from the five names to five tensors keeps its order. Go through it and compare"
            " each with `output`."
        ),
        (
            '`if torch.allclose(output, expected): return name`. "no skip" is `change.relu()`, and'
            " so on."
        ),
    ],
)


@bugs.reference
def which_bug(x, change, output):
    return next(
        name
        for name, made in EXPLANATIONS.items()
        if (made(x, change) - output).abs().max() < 1e-9
    )


@bugs.cases
def _(rng):
    x, change = torch.tensor([1.0, -1.0]), torch.tensor([5.0, 5.0])
    for name in EXPLANATIONS:
        yield call(x, change, EXPLANATIONS[name](x, change))
    positive = torch.tensor([1.0, 2.0, 0.0])
    yield call(positive, torch.tensor([1.0, -3.0, 2.0]), torch.tensor([2.0, 0.0, 2.0]))
    yield call(positive, positive, 2 * positive)
    x, change = torch.tensor([2.0, -3.0, 4.0, -1.0]), torch.tensor([0.0, 1.0, -6.0, 3.0])
    for name in EXPLANATIONS:
        yield call(x, change, EXPLANATIONS[name](x, change))
    for name in ("subtraction", "right", "no final ReLU", "no skip", "ReLU on the identity path"):
        x, change = normal(rng, 2, 3, 4, 4), normal(rng, 2, 3, 4, 4)
        yield call(x, change, EXPLANATIONS[name](x, change) * (1 + 1e-13))
    x, change = 1e-4 * normal(rng, 5), 1e-4 * normal(rng, 5)  # small differences, no rounding
    for name in EXPLANATIONS:
        yield call(x, change, EXPLANATIONS[name](x, change))
    change = torch.tensor([1.0, 2.0])  # "no skip" is the first of two that fit
    yield call(2 * change, change, change)
    yield call(torch.tensor([-5.0, -2.0]), change, change)


def _first(close=torch.allclose, names=tuple(EXPLANATIONS), default="right", **changed):
    made = {name: (EXPLANATIONS | changed)[name] for name in names}

    def which_bug(x, change, output):
        return next((name for name in names if close(output, made[name](x, change))), default)

    return which_bug


bugs.mistake(
    "Your test calls every block right. All five give the same shape; compare the numbers.",
    "by_shape",
)(_first(lambda a, b: a.shape == b.shape))


bugs.mistake(
    "You compare one number of each tensor, their sum or mean. Compare every number.", "by_sum"
)(_first(lambda a, b: torch.allclose(a.sum(), b.sum())))


bugs.mistake("You compare the first numbers alone. Compare every number.", "by_first_number")(
    _first(lambda a, b: torch.allclose(a.flatten()[0], b.flatten()[0]))
)


bugs.mistake(
    "One equal number is enough for you. All have to be equal: `all`, not `any`.", "any_number"
)(_first(lambda a, b: bool(torch.isclose(a, b).any())))


bugs.mistake(
    "Where several names fit, you return the last one. Return the first.", "last_that_fits"
)(_first(names=tuple(EXPLANATIONS)[::-1]))


bugs.mistake(
    'You ask for "subtraction" before "no skip", and both may fit. Return the first of the list.',
    "subtraction_first",
)(_first(names=["right", "no final ReLU", "subtraction", "no skip", "ReLU on the identity path"]))


bugs.mistake(
    'You ask for "no skip" after other names that may fit as well. Return the first.',
    "no_skip_last",
)(_first(names=["right", *list(EXPLANATIONS)[2:], "no skip"]))


bugs.mistake('Your "no skip" has no ReLU at the end. That block has one.', "no_skip_without_relu")(
    _first(**{"no skip": lambda x, change: change})
)


bugs.mistake(
    'Your "subtraction" is branch minus input. It is input minus branch.', "subtraction_turned"
)(_first(**{"subtraction": lambda x, change: (change - x).relu()}))


bugs.mistake(
    'Your "ReLU on the identity path" has no ReLU at the end. That block has one.',
    "identity_path_without_last_relu",
)(_first(**{"ReLU on the identity path": lambda x, change: x.relu() + change}))


bugs.mistake(
    "You ask for equality to the last digit. Rounding makes sums differ a little, so use"
    " `torch.allclose`.",
    "exactly_equal",
)(_first(torch.equal))


bugs.mistake(
    "You take numbers for equal that differ by more than rounding. Leave the tolerance of"
    " `torch.allclose` as it is.",
    "too_tolerant",
)(_first(functools.partial(torch.allclose, atol=0.01)))


bugs.mistake(
    'You name the block "no final ReLU" where a number is negative, and "right" elsewhere. Compare'
    " with all five.",
    "by_sign",
)(lambda x, change, output: "no final ReLU" if (output < 0).any() else "right")


bugs.mistake("You return the place in the list. Return the name.", "place")(
    lambda x, change, output: list(EXPLANATIONS).index(which_bug(x, change, output))
)


bugs.alternative(_first())


@bugs.alternative
def by_ifs(x, change, output):
    if torch.allclose(output, F.relu(x + change)):
        return "right"
    if torch.allclose(output, F.relu(change)):
        return "no skip"
    if (output < 0).any():
        return "no final ReLU"
    return (
        "subtraction"
        if torch.allclose(output, F.relu(x - change))
        else "ReLU on the identity path"
    )


@bugs.alternative
def by_numpy(x, change, output):
    x, change, output = x.numpy(), change.numpy(), output.numpy()
    candidates = [
        np.maximum(x + change, 0),
        np.maximum(change, 0),
        x + change,
        np.maximum(x - change, 0),
    ]
    names = ["right", "no skip", "no final ReLU", "subtraction"]
    for name, candidate in zip(names, candidates):
        if np.abs(candidate - output).max() < 1e-8:
            return name
    return "ReLU on the identity path"


bugs.demand("Return the first of these names", violated_by="last_that_fits")
bugs.demand("of these names", violated_by="place")
bugs.demand("in every number", violated_by="by_first_number")
bugs.demand("up to rounding", violated_by="exactly_equal")
bugs.demand("`torch.allclose`", violated_by="too_tolerant")
bugs.demand("the branch is subtracted", violated_by="subtraction_turned")
bugs.demand(
    "branch and final ReLU are as they should be", violated_by="identity_path_without_last_relu"
)


# 10.4

norm = Module(
    "10.4",
    "Spot the bug: the norm in the block",
    difficulty=3,
    minutes=20,
    core=False,
    points=2,
    forbidden={"normalization"},
    hints=[
        "One mean for each channel: over pictures, rows and columns, `x.mean((0, 2, 3))`.",
        (
            "`self.training` tells the two modes apart. In evaluation the running statistics stand"
            " in for the batch's."
        ),
        (
            "`x.var((0, 2, 3))` divides by n - 1, and `correction=0` makes it n. One of them is"
            " for `x`, the other for `running_var`."
        ),
        "At the end `weight` and `bias`, as (C, 1, 1), meet the normalized numbers.",
    ],
)


@norm.reference
class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = (
            nn.Parameter(torch.ones(channels)),
            nn.Parameter(torch.zeros(channels)),
        )
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            0.1,
            1e-5,
        )


@norm.cases
def _(rng):
    yield call(1, inputs=whole(rng, 2, 1, 1, 2))
    yield call(3, inputs=normal(rng, 2, 3, 3, 4))
    yield call(2, inputs=1e-3 * normal(rng, 4, 2, 2, 2))
    yield call(4, inputs=5 + 3 * normal(rng, 3, 4, 2, 5))


def _wide(v):
    return v[:, None, None]


def _norm(
    axes=(0, 2, 3),
    weight=True,
    bias=True,
    batch_in_eval=False,
    biased=False,
    used=0,
    share=0.1,
    inside=True,
    learns=True,
    in_eval_too=False,
    eps=1e-5,
    squared=False,
    cut=False,
    kept=torch.Tensor.detach,
):
    """Batch normalization with one thing changed."""

    def forward(self, x):
        mean, var = x.mean(axes, keepdim=True), x.var(axes, correction=used, keepdim=True)
        mean, var = (mean.detach(), var.detach()) if cut else (mean, var)
        if learns and (self.training or in_eval_too):
            spread = x.var((0, 2, 3), correction=0 if biased else 1)
            self.running_mean = (1 - share) * self.running_mean + share * kept(x.mean((0, 2, 3)))
            self.running_var = (1 - share) * self.running_var + share * kept(spread)
        if not (self.training or batch_in_eval):
            mean, var = _wide(self.running_mean), _wide(self.running_var)
        root = var + eps if squared else (var + eps).sqrt() if inside else var.sqrt() + eps
        x = (x - mean) / root
        x = x * _wide(self.weight) if weight else x
        return x + _wide(self.bias) if bias else x

    return changed(norm.answer, forward)


for _name, _changes, _sentence in (
    (
        "mean_of_each_picture",
        {"axes": (2, 3)},
        (
            "You average over rows and columns only, so each picture is normalized"
            " by itself. Batch norm averages over the pictures, too."
        ),
    ),
    (
        "mean_over_channels",
        {"axes": (1, 2, 3)},
        "You average over the channels. Each channel has its own mean.",
    ),
    (
        "mean_over_the_batch_only",
        {"axes": (0,)},
        (
            "You average over the pictures only, so each pixel has its own mean."
            " A channel shares one over all its pixels."
        ),
    ),
    (
        "gamma_and_beta_ignored",
        {"weight": False, "bias": False},
        "You never use `weight` and `bias`, so the layer cannot learn a scale.",
    ),
    ("beta_ignored", {"bias": False}, "You never add `bias`."),
    ("gamma_ignored", {"weight": False}, "You never multiply by `weight`."),
    (
        "batch_statistics_in_eval",
        {"batch_in_eval": True},
        (
            "In evaluation mode you still use the statistics of the batch, so a picture's answer"
            " depends on its neighbors. There the running ones are used."
        ),
    ),
    (
        "biased_running_variance",
        {"biased": True},
        ("Your running variance takes the new one divided by n. Divide it by n - 1 there."),
    ),
    (
        "unbiased_in_the_batch",
        {"used": 1},
        (
            "You normalize with the variance divided by n - 1. Divide it by n there; only the"
            " running one is divided by n - 1."
        ),
    ),
    (
        "variances_swapped",
        {"used": 1, "biased": True},
        "Your two variances are exchanged: n is for the batch, n - 1 for the running one.",
    ),
    (
        "momentum_turned",
        {"share": 0.9},
        (
            "Your running statistics keep 0.1 of the old value and take 0.9 of the new. It is"
            " the other way round."
        ),
    ),
    (
        "eps_outside_the_root",
        {"inside": False},
        "You add `1e-5` to the root. It belongs under it.",
    ),
    ("no_eps", {"eps": 0.0}, "You left out the `1e-5` under the root."),
    ("no_root", {"squared": True}, "You divide by the variance. Divide by its root."),
    (
        "statistics_detached",
        {"cut": True},
        (
            "You detach the batch's own mean and variance, so the gradient treats them"
            " as fixed numbers. Detach only what goes into the running ones."
        ),
    ),
    ("graph_kept", {"kept": torch.Tensor.clone}, "So memory grows with every step."),
    (
        "running_never_updated",
        {"learns": False},
        (
            "Your running statistics never change, so in evaluation mode the"
            " layer knows nothing of the data."
        ),
    ),
    (
        "updated_in_eval",
        {"in_eval_too": True},
        "Your running statistics change in evaluation mode, too, before you use them. Leave them"
        " alone there.",
    ),
):
    norm.mistake(_sentence, _name)(_norm(**_changes))


@norm.mistake("Your running statistics change in evaluation mode, too. Leave them alone there.")
class UpdatedAfterEval(norm.answer):
    def forward(self, x):
        y = super().forward(x)
        if not self.training:
            self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean((0, 2, 3)).detach()
            self.running_var = 0.9 * self.running_var + 0.1 * x.var((0, 2, 3)).detach()
        return y


@norm.mistake("This exercise is to write it yourself.", "library call")
class NormOfTheLibrary(norm.answer):
    pass


norm.alternative(_norm())


@norm.alternative
class NormInPlace(norm.answer):
    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            n = x.numel() / x.shape[1]
            mean = x.mean(dim=[0, 2, 3])
            var = ((x - mean[None, :, None, None]) ** 2).mean(dim=[0, 2, 3])
            with torch.no_grad():
                self.running_mean.mul_(0.9).add_(0.1 * mean)
                self.running_var.mul_(0.9).add_(0.1 * var * n / (n - 1))
        scale = self.weight / torch.sqrt(var + 1e-5)
        return x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]


@norm.alternative
class NormFlattened(norm.answer):
    def forward(self, x):
        flat = x.movedim(1, 0).flatten(1)  # (C, N H W)
        mean, var = flat.mean(1, keepdim=True), flat.var(1, correction=0, keepdim=True)
        if self.training:
            self.running_mean = torch.lerp(self.running_mean, mean.detach()[:, 0], 0.1)
            self.running_var = torch.lerp(self.running_var, flat.var(1).detach(), 0.1)
        else:
            mean, var = self.running_mean[:, None], self.running_var[:, None]
        flat = (flat - mean) * (var + 1e-5).rsqrt() * self.weight[:, None] + self.bias[:, None]
        return flat.unflatten(1, (len(x), *x.shape[2:])).movedim(0, 1)


norm.demand("without the library's batch norm", violated_by="library call")
norm.demand("with one statistic for each channel", violated_by="mean_over_channels")
norm.demand("variance of the batch (divided by n)", violated_by="unbiased_in_the_batch")
norm.demand("`1e-5` under the root", violated_by="eps_outside_the_root")
norm.demand("`running = 0.9 * running + 0.1 * new`", violated_by="momentum_turned")
norm.demand("the new variance is divided by n - 1", violated_by="biased_running_variance")
norm.demand("normalize with the running statistics", violated_by="batch_statistics_in_eval")
norm.demand("and leave them alone", violated_by="UpdatedAfterEval")
norm.demand("always multiply by `weight`", violated_by="gamma_ignored")
norm.demand("add `bias`", violated_by="beta_ignored")
norm.demand("no gradient flows through them", violated_by="graph_kept")
