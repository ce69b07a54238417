"""Exercises 9.1 and 9.2: a window of one pixel, and a network in the network."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from checker.sandbox import CONVOLUTION
from exercises.variants import renamed, with_forward, without_biases

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
        "`torch.einsum('oc,nchw->nohw', w, x)`, then the bias as (O, 1, 1), then `.relu()`.",
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


@mixing.mistake("Your result has negative numbers: the ReLU is missing.")
def no_relu(x, w, b):
    return _mixed(x, w) + b[:, None, None]


@mixing.mistake("You left out the bias.")
def no_bias(x, w, b):
    return _mixed(x, w).relu()


@mixing.mistake("You add the bias after the ReLU. Add it before.")
def bias_last(x, w, b):
    return _mixed(x, w).relu() + b[:, None, None]


@mixing.mistake(
    "You add the bias along the last axis, the width. It belongs to the output channels."
)
def bias_along_width(x, w, b):
    return (_mixed(x, w) + b).relu()


@mixing.mistake("You take the mean over the channels. Take their sum.")
def mean(x, w, b):
    return (_mixed(x, w) / x.shape[1] + b[:, None, None]).relu()


@mixing.mistake(
    "You reshape (N, C, H, W) to (N, H, W, C), which tears the channels of a pixel apart. Move the"
    " axis instead."
)
def reshaped(x, w, b):
    n, c, h, width = x.shape
    return (x.reshape(n, h, width, c) @ w.T + b).relu().movedim(-1, 1)


@mixing.mistake(
    "You reshape (N, C, H, W) to rows of C numbers, and back, which tears the channels of a pixel"
    " apart. Move the axis instead."
)
def rows_by_reshape(x, w, b):
    rows = x.reshape(-1, x.shape[1]) @ w.T + b
    return rows.relu().reshape(len(x), len(w), *x.shape[2:])


@mixing.mistake(
    "Your sums are right, but you reshape (N, H, W, O) to (N, O, H, W), which tears the channels"
    " of a pixel apart. Move the axis instead."
)
def back_by_reshape(x, w, b):
    return mix(x, w, b).movedim(1, -1).reshape(len(x), len(w), *x.shape[2:])


@mixing.mistake("You add the bias once for each input channel. Add it once.")
def bias_of_each_channel(x, w, b):
    return (_mixed(x, w) + x.shape[1] * b[:, None, None]).relu()


@mixing.mistake("The channels stand at the end of your result. They belong on axis 1.")
def channels_last(x, w, b):
    return mix(x, w, b).movedim(1, -1)


@mixing.mistake("You apply the ReLU to the input. Apply it to the sum with the bias.")
def relu_first(x, w, b):
    return _mixed(x.relu(), w) + b[:, None, None]


@mixing.mistake(
    "You use `w` with rows and columns exchanged: `w[f, c]` leads from channel c to channel f."
)
def transposed(x, w, b):
    return (_mixed(x, w.T) + b[:, None, None]).relu()


@mixing.mistake("This exercise is to write it yourself.", "library call")
def by_the_library(x, w, b):
    return F.conv2d(x, w[:, :, None, None], b).relu()


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


mixing.demand("return (N, O, H, W)", violated_by="channels_last")
mixing.demand("after the ReLU", violated_by="no_relu")
mixing.demand("The library's convolutions are not allowed", violated_by="library call")


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
    yield call(3, 4, 5, inputs=9 * normal(rng, 2, 3, 6, 3))


def _mlp(*relus, order=("mix1", "mix2")):
    def forward(self, x):
        for name, relu in zip(("conv", *order), relus):
            x = getattr(self, name)(x)
            x = F.relu(x) if relu else x
        return x

    return with_forward(mlp.answer, forward)


mlp.mistake(
    "You left out the ReLU between the two 1x1 layers, so both together are one linear layer.",
    "no_middle",
)(_mlp(True, False, True))


mlp.mistake("You left out the ReLU behind the first convolution.", "no_first")(
    _mlp(False, True, True)
)


mlp.mistake("You left out the ReLU behind the last 1x1 layer.", "no_last")(_mlp(True, True, False))


mlp.mistake("Your layer has no ReLU, so the three convolutions are one linear layer.", "linear")(
    _mlp(False, False, False)
)


mlp.mistake(
    "Your only ReLU is at the very end, so the three convolutions are one linear layer.",
    "only_last",
)(_mlp(False, False, True))


mlp.mistake("You apply `mix2` before `mix1`. `mix1` comes first.", "swapped")(
    _mlp(True, True, True, order=("mix2", "mix1"))
)


mlp.mistake("You never use `mix2`.", "one_mix")(_mlp(True, True, order=("mix1",)))


mlp.mistake("You use `mix1` twice and `mix2` never.", "mix1_twice")(
    _mlp(True, True, True, order=("mix1", "mix1"))
)


mlp.mistake("Give the convolutions their biases.", "no_biases")(without_biases(mlp.answer))


mlp.mistake("Call the three convolutions `conv`, `mix1` and `mix2`.", "renamed")(
    renamed(mlp.answer, conv="conv1", mix1="conv2", mix2="conv3")
)


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


mlp.demand("three convolutions with biases", violated_by="no_biases")
mlp.demand("at same padding", violated_by="NoPadding")
mlp.demand("`self.mix1` and `self.mix2`", violated_by="renamed")
mlp.demand("A ReLU follows each", violated_by="no_last")
mlp.demand("then `self.mix1` and `self.mix2`", violated_by="swapped")
