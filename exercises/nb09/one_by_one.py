"""Exercises 9.1 and 9.2: a window of one pixel, and a network in the network."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from checker.sandbox import CONVOLUTION
from exercises.nb09.shared import with_forward

# 9.1

mixing = Exercise(
    "9.1",
    "Mix and shrink",
    difficulty=2,
    minutes=6,
    forbidden=CONVOLUTION,
    hints=[
        (
            "Output channel f at a pixel: the sum over c of `w[f, c]` times channel c at that"
            " pixel, plus `b[f]`."
        ),
        (
            "`torch.einsum` says just that. Which letters does the result have? The one that is"
            " missing is summed."
        ),
        "`torch.einsum('fc,nchw->nfhw', w, x)`, then the bias as (F, 1, 1), then `.relu()`.",
    ],
)


@mixing.reference
def mix(x, w, b):
    return F.conv2d(x, w[:, :, None, None], b).relu()


@mixing.cases
def _(rng):
    yield call(
        torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]]),
        torch.tensor([[1.0, 1.0]]),
        torch.tensor([-3.0]),
    )
    yield call(whole(rng, 1, 2, 1, 2), whole(rng, 2, 2), whole(rng, 2))
    yield call(whole(rng, 1, 3, 3, 3), whole(rng, 3, 3), whole(rng, 3))
    for n, c, f, h, width in ((2, 6, 2, 3, 4), (3, 2, 5, 4, 2), (1, 4, 3, 1, 5)):
        yield call(normal(rng, n, c, h, width), normal(rng, f, c), normal(rng, f))


def _mixed(x, w):
    return torch.einsum("fc,nchw->nfhw", w, x)


@mixing.mistake("The ReLU is missing: no number that comes out is negative.")
def no_relu(x, w, b):
    return _mixed(x, w) + b[:, None, None]


@mixing.mistake("The bias is missing.")
def no_bias(x, w, b):
    return _mixed(x, w).relu()


@mixing.mistake("The bias comes after your ReLU. Add it first.")
def bias_last(x, w, b):
    return _mixed(x, w).relu() + b[:, None, None]


@mixing.mistake(
    "A bias of shape (F,) meets the last axis, which is the width. Give it two more axes."
)
def bias_along_width(x, w, b):
    return (_mixed(x, w) + b).relu()


@mixing.mistake("That is the mean over the channels. Their sum is asked for.")
def mean(x, w, b):
    return (_mixed(x, w) / x.shape[1] + b[:, None, None]).relu()


@mixing.mistake("`reshape` and `view` tear the channels of a pixel apart. Move the axis instead.")
def reshaped(x, w, b):
    n, c, h, width = x.shape
    return (x.reshape(n, h, width, c) @ w.T + b).relu().movedim(-1, 1)


@mixing.mistake("The channels stand at the end of your result. Move them back to axis 1.")
def channels_last(x, w, b):
    return mix(x, w, b).movedim(1, -1)


@mixing.mistake("Your ReLU is on the input. It comes after the sum.")
def relu_first(x, w, b):
    return _mixed(x.relu(), w) + b[:, None, None]


@mixing.mistake(
    "Rows and columns of `w` have traded places: `w[f, c]` leads from channel c to channel f."
)
def transposed(x, w, b):
    return (_mixed(x, w.T) + b[:, None, None]).relu()


@mixing.alternative
def by_linear(x, w, b):
    return F.relu(F.linear(x.permute(0, 2, 3, 1), w, b).permute(0, 3, 1, 2))


@mixing.alternative
def by_matrix(x, w, b):
    return (w @ x.flatten(2) + b[:, None]).unflatten(2, x.shape[2:]).clamp(min=0)


@mixing.alternative
def by_loops(x, w, b):
    y = x.new_zeros(len(x), len(w), *x.shape[2:])
    for f in range(len(w)):
        for c in range(x.shape[1]):
            y[:, f] += w[f, c] * x[:, c]
        y[:, f] += b[f]
    return torch.maximum(y, torch.zeros_like(y))


# 9.2

mlp = Module(
    "9.2",
    "The layer of Network in Network",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        (
            "`nn.Conv2d(inputs, channels, kernel, padding=kernel // 2)` keeps the size for an odd"
            " kernel."
        ),
        "Both 1x1 layers lead from `channels` to `channels`.",
        "Three times the same: convolution, then `F.relu`. The last one too.",
    ],
)


@mlp.reference
class MlpConv(nn.Module):
    def __init__(self, inputs, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels, kernel, padding="same")
        self.mix1, self.mix2 = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        x = self.conv(x).clamp(min=0).movedim(1, -1)
        for layer in (self.mix1, self.mix2):
            x = F.linear(x, layer.weight[:, :, 0, 0], layer.bias).clamp(min=0)
        return x.movedim(-1, 1)


@mlp.cases
def _(rng):
    yield call(1, 2, 1, inputs=normal(rng, 1, 1, 2, 2))
    yield call(2, 3, 3, inputs=normal(rng, 2, 2, 4, 5))
    yield call(3, 4, 5, inputs=normal(rng, 2, 3, 6, 3))


def _mlp(*relus, order=("mix1", "mix2")):
    def forward(self, x):
        for name, relu in zip(("conv", *order), relus):
            x = getattr(self, name)(x)
            x = F.relu(x) if relu else x
        return x

    return with_forward(mlp.answer, forward)


mlp.mistake(
    "Nothing stands between the two 1x1 layers, so they are one linear layer. Put a ReLU there.",
    "no_middle",
)(_mlp(True, False, True))


mlp.mistake("The ReLU behind the first convolution is missing.", "no_first")(
    _mlp(False, True, True)
)


mlp.mistake("The ReLU behind the last 1x1 layer is missing.", "no_last")(_mlp(True, True, False))


mlp.mistake("There is no ReLU at all: the three layers are one linear layer.", "linear")(
    _mlp(False, False, False)
)


mlp.mistake(
    "The only ReLU is at the very end, so what comes before is one linear layer.", "only_last"
)(_mlp(False, False, True))


mlp.mistake("`mix2` comes before your `mix1`.", "swapped")(
    _mlp(True, True, True, order=("mix2", "mix1"))
)


mlp.mistake("`mix2` is never used.", "one_mix")(_mlp(True, True, order=("mix1",)))


@mlp.mistake(
    "Your map shrinks. Pad by half of the kernel, rounded down, so that it keeps its size."
)
class NoPadding(mlp.answer):
    def __init__(self, inputs, channels, kernel):
        super().__init__(inputs, channels, kernel)
        self.conv = nn.Conv2d(inputs, channels, kernel)


mlp.alternative(_mlp(True, True, True))


@mlp.alternative
class InARow(nn.Module):
    def __init__(self, inputs, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels, kernel, padding=kernel // 2)
        self.mix1 = nn.Conv2d(channels, channels, 1)
        self.mix2 = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return nn.Sequential(self.conv, nn.ReLU(), self.mix1, nn.ReLU(), self.mix2, nn.ReLU())(x)
