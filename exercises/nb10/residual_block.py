"""Exercises 10.1 to 10.5: why depth fails, the residual block, and broken ones."""

import copy
import functools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, call, normal, whole
from exercises.nb10.shared import changed, conv, same, window
from utils import train
from utils.models import resnet

# 10.1

deeper = Choice(
    "10.1",
    "Twenty plain layers or fifty-six?",
    "c",
    difficulty=1,
    minutes=2,
    why={
        "a": (
            "It could: whatever 20 layers do, 56 can do. Training has to find it, and here it does"
            " not."
        ),
        "b": "They do not end alike.",
        "d": "That would be overfitting. Look at the digits it was trained on.",
    },
    because="It is worse on the very digits it is trained on. So this is no overfitting.",
    hints=["Could the deeper net overfit, if it does not even fit?"],
)


# 10.2

block = Module(
    "10.2",
    "The residual block",
    difficulty=2,
    minutes=10,
    points=2,
    hints=[
        (
            "Without bias and at same padding: `nn.Conv2d(channels, channels, 3, padding=1,"
            " bias=False)`."
        ),
        (
            "Keep `x`: you need it again at the end. ReLU stands in two places, between the layers"
            " and after the addition."
        ),
        "The last line is `return F.relu(x + change)`, and `change` ends with `self.norm2`.",
    ],
)


@block.reference
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm1 = conv(channels, channels, 3), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = conv(channels, channels, 3), nn.BatchNorm2d(channels)

    def forward(self, x):
        branch = nn.Sequential(self.conv1, self.norm1, nn.ReLU(), self.conv2, self.norm2)
        return resnet.Residual(branch, nn.Identity(), x.shape[1])(x)


@block.cases
def _(rng):
    yield call(1, inputs=normal(rng, 2, 1, 2, 2))
    yield call(3, inputs=normal(rng, 2, 3, 4, 5))
    yield call(2, inputs=3 * normal(rng, 4, 2, 3, 3))


def _block(join=lambda x, change: x + change, inner=F.relu, last=F.relu):
    def forward(self, x):
        change = self.norm2(self.conv2(inner(self.norm1(self.conv1(x)))))
        return last(join(x, change))

    return changed(block.answer, forward)


block.mistake(
    "There is no shortcut: `x` itself is not in what you return. That is a piece of a plain net.",
    "no_skip",
)(_block(lambda x, change: change))


block.mistake("The ReLU after the addition is missing.", "no_final_relu")(_block(last=same))


block.mistake("You subtract where the block adds.", "subtraction")(
    _block(lambda x, change: x - change)
)


block.mistake(
    "You take the input from the branch. The branch is added to the input.", "subtraction_turned"
)(_block(lambda x, change: change - x))


block.mistake(
    "There is a ReLU on the shortcut, so what is negative in `x` is lost. The shortcut changes"
    " nothing.",
    "relu_on_the_identity_path",
)(_block(lambda x, change: x.relu() + change))


block.mistake(
    "Your last ReLU is on the branch, before the addition. So the block can add and never take"
    " away.",
    "relu_before_the_addition",
)(_block(lambda x, change: x + change.relu(), last=same))


block.mistake(
    "There are two ReLUs at the end, one on the branch. It can then only add.",
    "relu_before_and_after",
)(_block(lambda x, change: x + change.relu()))


block.mistake("The ReLU between the two layers is missing.", "no_inner_relu")(_block(inner=same))


block.mistake("That is the mean of input and branch. Add them.", "mean")(
    _block(lambda x, change: (x + change) / 2)
)


block.mistake("You multiply input and branch. Add them.", "product")(
    _block(lambda x, change: x * change)
)


@block.mistake(
    "Your shortcut starts after the first layer. It starts from `x`, the input of the block."
)
class ShortcutFromInside(block.answer):
    def forward(self, x):
        inside = F.relu(self.norm1(self.conv1(x)))
        return F.relu(inside + self.norm2(self.conv2(inside)))


@block.mistake(
    "You add `x` before the second normalization, which then rescales it. Add it after."
)
class AddedBeforeTheNorm(block.answer):
    def forward(self, x):
        return F.relu(self.norm2(x + self.conv2(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("The input is added in two places, after each layer. It is added once, at the end.")
class AddedTwice(block.answer):
    def forward(self, x):
        inside = F.relu(x + self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(inside)))


@block.mistake("`norm1` is used twice, and `norm2` never.")
class NormTwice(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm1(self.conv2(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("`conv1` is used twice, and `conv2` never.")
class ConvTwice(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm2(self.conv1(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("The ReLU comes before the first normalization. It comes after it.")
class ReluBeforeTheNorm(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm2(self.conv2(self.norm1(F.relu(self.conv1(x))))))


@block.mistake(
    "Your convolutions have biases. The norm behind each subtracts the mean, and any bias with it:"
    " `bias=False`."
)
class WithBiases(block.answer):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1, self.conv2 = (conv(channels, channels, 3, bias=True) for _ in range(2))


block.alternative(_block())


@block.alternative
class AddedInPlace(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        identity = x
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out += identity
        return self.relu(out)


@block.alternative
class AddedByTorch(block.answer):
    def forward(self, x):
        y = self.norm1(self.conv1(x)).clamp(min=0)
        return torch.add(self.norm2(self.conv2(y)), x).clamp_min(0)


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
    minutes=10,
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


def _first(close=torch.allclose, names=tuple(EXPLANATIONS), default="right", **changed):
    made = {name: (EXPLANATIONS | changed)[name] for name in names}

    def which_bug(x, change, output):
        return next((name for name in names if close(output, made[name](x, change))), default)

    return which_bug


bugs.mistake(
    "You compare shapes. All five blocks give the same shape, so all look right: that test cannot"
    " fail.",
    "by_shape",
)(_first(lambda a, b: a.shape == b.shape))


bugs.mistake(
    "You compare sums or means. Different tensors can have the same sum; compare every number.",
    "by_sum",
)(_first(lambda a, b: torch.allclose(a.sum(), b.sum())))


bugs.mistake("You compare the first number only. The others may differ.", "by_first_number")(
    _first(lambda a, b: torch.allclose(a.flatten()[0], b.flatten()[0]))
)


bugs.mistake(
    "One equal number is enough for you. All have to be equal: `all`, not `any`.", "any_number"
)(_first(lambda a, b: bool(torch.isclose(a, b).any())))


bugs.mistake(
    "Where several fit, you name the last one. An input without negative numbers does not show a"
    " ReLU on the identity path, so the block is right as far as anyone can see.",
    "last_that_fits",
)(_first(names=tuple(EXPLANATIONS)[::-1]))


bugs.mistake(
    'Your "no skip" lacks its ReLU: such a block returns `change.relu()`.', "no_skip_without_relu"
)(_first(**{"no skip": lambda x, change: change}))


bugs.mistake(
    'Your "subtraction" is the other way round: it is input minus branch.', "subtraction_turned"
)(_first(**{"subtraction": lambda x, change: (change - x).relu()}))


bugs.mistake(
    'Your "ReLU on the identity path" lacks the ReLU at the end, which that block still has.',
    "identity_path_without_last_relu",
)(_first(**{"ReLU on the identity path": lambda x, change: x.relu() + change}))


bugs.mistake(
    "You ask for equality to the last digit. Sums in another order differ by 1e-16 or so:"
    " `torch.allclose`.",
    "exactly_equal",
)(_first(torch.equal))


bugs.mistake(
    "Your test knows only whether negative numbers come out. That finds one of the four bugs.",
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


# 10.4

BATCH_NORM = {
    "native_batch_norm",
    "batch_norm",
    "_native_batch_norm_legit",
    "_batch_norm_with_update",
}


norm = Module(
    "10.4",
    "Spot the bug: the norm in the block",
    difficulty=3,
    minutes=12,
    points=2,
    forbidden=BATCH_NORM,
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
        "`weight` and `bias` are never used, so the layer cannot learn a scale.",
    ),
    ("beta_ignored", {"bias": False}, "`bias` is never added."),
    ("gamma_ignored", {"weight": False}, "`weight` never multiplies."),
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
        (
            "Your running variance is the biased one, divided by n. The one"
            " that is kept is divided by n - 1."
        ),
    ),
    (
        "unbiased_in_the_batch",
        {"used": 1},
        (
            "You normalize with the variance divided by n - 1. Within the batch it is"
            " divided by n; only the running one is not."
        ),
    ),
    (
        "variances_swapped",
        {"used": 1, "biased": True},
        "The two variances have traded places: n for the batch, n - 1 for the running one.",
    ),
    (
        "momentum_turned",
        {"share": 0.9},
        (
            "Your running statistics keep a tenth of the old value. They keep 0.9 of it"
            " and take 0.1 of the new."
        ),
    ),
    (
        "eps_outside_the_root",
        {"inside": False},
        "`eps` is added to the root. It belongs under it.",
    ),
    ("no_eps", {"eps": 0.0}, "`eps` is missing."),
    ("no_root", {"squared": True}, "You divide by the variance. Divide by its root."),
    (
        "statistics_detached",
        {"cut": True},
        (
            "You detach the batch's own mean and variance, so the gradient treats them"
            " as fixed numbers. Detach only what goes into the running ones."
        ),
    ),
    (
        "graph_kept",
        {"kept": torch.Tensor.clone},
        "Then memory grows with every step, until there is none left.",
    ),
    (
        "running_never_updated",
        {"learns": False},
        (
            "The running statistics never change, so in evaluation mode the"
            " layer knows nothing of the data."
        ),
    ),
    (
        "updated_in_eval",
        {"in_eval_too": True},
        "The running statistics move in evaluation mode, too. Asking a net must not change it.",
    ),
):
    norm.mistake(_sentence, _name)(_norm(**_changes))


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


# 10.5

turning = Exercise(
    "10.5",
    "A plain net turned residual",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "In `__init__` keep the list. In `forward` go through it in a loop, with x as what"
            " changes."
        ),
        (
            "Parameters are found only in modules that are attributes. For a list there is"
            " `nn.ModuleList(pieces)`."
        ),
        "In `forward`: `for piece in self.pieces: x = F.relu(x + piece(x))`.",
    ],
)


class _Turned(nn.Module):
    def __init__(self, pieces, step):
        super().__init__()
        self.pieces, self.step = nn.ModuleList(pieces), step

    def forward(self, x):
        first = x
        for piece in self.pieces:
            x = self.step(x, piece, first)
        return x


@turning.reference
class WithShortcuts(nn.Sequential):
    def __init__(self, pieces):
        super().__init__(*(resnet.Residual(piece, nn.Identity(), 0) for piece in pieces))


@turning.cases
def _(rng):
    yield call([window(rng, 1)], x=whole(rng, 1, 1, 2, 2))
    yield call([window(rng, 2), window(rng, 2)], x=normal(rng, 1, 2, 3, 3))
    yield call([window(rng, 3) for _ in range(4)], x=normal(rng, 2, 3, 4, 5))


@turning.probe
def _(attempt, pieces, x):
    net, x = attempt(pieces), x.requires_grad_()
    output = net(x)
    if not isinstance(output, torch.Tensor):
        return {"the net": output}
    output.square().sum().backward()
    known = {id(p) for piece in pieces for p in piece.parameters()}
    return {
        "the net": output,
        "the number of parameters that an optimizer finds": train.parameters(net),
        "how many of them are the pieces' own": sum(id(p) in known for p in net.parameters()),
        "the gradient of the input": x.grad,
    }


def _turned_said(case):
    return (
        f"`WithShortcuts([{', '.join(['Conv2d'] * len(case.args[0]))}])(x"
        f" {tuple(case.kwargs['x'].shape)})`"
    )


turning.say = _turned_said


def _turned(step):
    return lambda pieces: _Turned(pieces, step)


turning.mistake("That is still the plain net: nothing is added to what a piece gives.", "plain")(
    _turned(lambda x, piece, first: piece(x).relu())
)


turning.mistake(
    "You add the input of the whole net each time. Each piece gets its own input back.",
    "first_input",
)(_turned(lambda x, piece, first: (first + piece(x)).relu()))


turning.mistake("The ReLU after the addition is missing.", "no_relu")(
    _turned(lambda x, piece, first: x + piece(x))
)


turning.mistake("Your ReLU is on the piece, before the addition.", "relu_before_the_addition")(
    _turned(lambda x, piece, first: x + piece(x).relu())
)


turning.mistake("You subtract where the shortcut adds.", "subtraction")(
    _turned(lambda x, piece, first: (x - piece(x)).relu())
)


turning.mistake(
    "There is a ReLU on the shortcut. It shows where the net's input is negative.",
    "relu_on_the_shortcut",
)(_turned(lambda x, piece, first: (x.relu() + piece(x)).relu()))


turning.mistake(
    "Your pieces are copies, so the plain net and yours do not share their weights.", "copies"
)(
    lambda pieces: _Turned(
        [copy.deepcopy(piece) for piece in pieces], lambda x, piece, first: (x + piece(x)).relu()
    )
)


@turning.mistake("That is one shortcut around all pieces together. Every piece has its own.")
def one_around_all(pieces):
    def forward(self, x):
        y = x
        for piece in self.pieces[:-1]:
            y = piece(y).relu()
        return (x + self.pieces[-1](y)).relu()

    return changed(_Turned, forward)(pieces, None)


@turning.mistake(
    "That is one shortcut around all pieces together, with nothing between them. Every piece has"
    " its own."
)
def one_around_a_sequence(pieces):
    return changed(_Turned, lambda self, x: (x + nn.Sequential(*self.pieces)(x)).relu())(
        pieces, None
    )


@turning.mistake(
    "Your pieces all read the input of the net, and only the last one counts. Hand on what came"
    " out."
)
def last_piece_only(pieces):
    return changed(_Turned, lambda self, x: (x + self.pieces[-1](x)).relu())(pieces, None)


@turning.mistake("Your net uses its first piece each time. Use them in turn.")
def first_piece_only(pieces):
    def forward(self, x):
        for _ in self.pieces:
            x = (x + self.pieces[0](x)).relu()
        return x

    return changed(_Turned, forward)(pieces, None)


@turning.mistake(
    "A Python list hides its modules: an optimizer finds no parameters in your net."
    " `nn.ModuleList` shows them."
)
def hidden_in_a_list(pieces):
    class Net(nn.Module):
        def forward(self, x):
            for piece in pieces:
                x = (x + piece(x)).relu()
            return x

    return Net()


turning.alternative(_turned(lambda x, piece, first: F.relu(x + piece(x))))


@turning.alternative
def in_a_sequence(pieces):
    class Around(nn.Module):
        def __init__(self, piece):
            super().__init__()
            self.piece = piece

        def forward(self, x):
            return F.relu(self.piece(x) + x)

    return nn.Sequential(*[Around(piece) for piece in pieces])


@turning.alternative
class ByNames(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        for place, piece in enumerate(pieces):
            setattr(self, f"piece{place}", piece)

    def forward(self, x):
        return functools.reduce(
            lambda y, piece: torch.clamp(y + piece(y), min=0), self.children(), x
        )
