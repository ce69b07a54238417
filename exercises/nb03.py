"""Exercises of notebook 03: the same operation in one, two and three dimensions."""

from unittest import mock

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from checker import sandbox
from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole

LAYERS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
FUNCTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def _convolve(x, weight, bias=None, stride=1, padding=0):
    return FUNCTIONS[x.ndim - 2](x, weight, bias, stride=stride, padding=padding)


# 3.1

table = Exercise(
    "3.1", "The shapes, in any number of dimensions", difficulty=2, minutes=8,
    hints=[
        "How many spatial axes are there? `len(x_shape) - 2`. None of your lines needs to ask.",
        "Every output channel has a kernel of its own, as deep as the input: `(out_channels, x_shape[1], *kernel)`.",
        "Along one axis: `(n + 2 * padding - k) // stride + 1`. Do that for each pair in `zip(x_shape[2:], kernel)`.",
    ],
)


@table.reference
def conv_shapes(x_shape, out_channels, kernel, stride=1, padding=0):
    layer = LAYERS[len(kernel)](x_shape[1], out_channels, kernel, stride, padding, device="meta")
    return tuple(layer.weight.shape), tuple(layer(torch.empty(x_shape, device="meta")).shape)


@table.cases
def _(rng):
    yield call((1, 1, 7), 2, (3,))
    yield call((2, 3, 9), 4, (3,), stride=2, padding=1)
    yield call((2, 3, 7, 9), 4, (2, 4))
    yield call((8, 3, 32, 32), 6, (5, 5), stride=2, padding=2)
    yield call((2, 4, 6, 8, 11), 5, (3, 1, 2), stride=3, padding=1)
    for _ in range(4):
        d = int(rng.integers(1, 4))
        n, c, o, s, p = (int(number) for number in rng.integers(1, 4, 5))
        sizes, kernel = rng.integers(5, 12, d), rng.integers(1, 5, d)
        yield call((n, c, *map(int, sizes)), o, tuple(map(int, kernel)), stride=s, padding=p)


def _out(n, k, stride, padding):
    return (n + 2 * padding - k) // stride + 1


@table.mistake("Your weight starts with the input channels. It starts with the output channels: one kernel for each.")
def weight_turned(x_shape, out_channels, kernel, stride=1, padding=0):
    _, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return (x_shape[1], out_channels, *kernel), output


@table.mistake("Your kernels see one input channel only. Each reaches through all of them.")
def flat_kernels(x_shape, out_channels, kernel, stride=1, padding=0):
    _, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return (out_channels, 1, *kernel), output


@table.mistake("Your output has the channels of the input. Each kernel makes one channel of the output.")
def channels_kept(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return weight, (x_shape[0], x_shape[1], *output[2:])


@table.mistake("You used the first spatial axis for all of them. Each axis has a size and a kernel size of its own.")
def all_like_the_first(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return weight, (*output[:2], *[output[2]] * len(kernel))


@table.mistake("Your stride moves the window along the last axis only. It holds along every axis.")
def stride_on_the_last(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, 1, padding)
    return weight, (*output[:-1], _out(x_shape[-1], kernel[-1], stride, padding))


@table.mistake("That is the size with padding at one end of each axis only.")
def padded_once(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [(n + padding - k) // stride + 1 for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.mistake("You divided the size by the stride. Count the places where the whole window fits.")
def divided(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [(n + 2 * padding - k) // stride for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.alternative
def by_counting(x_shape, out_channels, kernel, stride=1, padding=0):
    n, c, *sizes = x_shape
    starts = [range(0, size + 2 * padding - k + 1, stride) for size, k in zip(sizes, kernel)]
    return [out_channels, c, *kernel], [n, out_channels, *map(len, starts)]


@table.alternative
def by_unfolding(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [len(torch.zeros(n + 2 * padding).unfold(0, k, stride)) for n, k in zip(x_shape[2:], kernel)]
    return torch.Size([out_channels, x_shape[1], *kernel]), torch.Size([x_shape[0], out_channels, *sizes])


# 3.2

one = Exercise(
    "3.2", "A convolution along one axis", difficulty=2, minutes=12, points=2, forbidden=sandbox.CONVOLUTION,
    hints=[
        "`F.pad(x, (padding, padding))` pads the last axis at both ends.",
        "Output `i` comes from `x[:, :, i * stride : i * stride + k]`, of shape (N, C, k). Multiply by the weights of"
        " one output channel, (C, k), and sum over C and k.",
        "`x.unfold(2, k, stride)` holds all windows at once, (N, C, places, k). Then "
        '`torch.einsum("nclk,ock->nol", windows, weight)`.',
    ],
)


@one.reference
def conv1d(x, weight, bias=None, stride=1, padding=0):
    return F.conv1d(x, weight, bias, stride=stride, padding=padding)


@one.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 2.0, 4.0, 7.0]]]), torch.tensor([[[-1.0, 1.0]]]))
    yield call(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[1.0, 1.0, 1.0]]]), padding=1)
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]), torch.tensor([[[1.0, 0.0]]]), stride=3)
    yield call(whole(rng, 1, 2, 4), whole(rng, 3, 2, 1), whole(rng, 3))
    yield call(whole(rng, 2, 3, 9), whole(rng, 4, 3, 4), whole(rng, 4), stride=2, padding=2)
    for n, c, o, k in rng.integers(1, 5, (4, 4)):
        s, p = (int(number) for number in rng.integers(1, 4, 2))
        yield call(whole(rng, n, c, 11), whole(rng, o, c, k), whole(rng, o), stride=s, padding=p)


@one.mistake("You flipped the kernel. Libraries slide it as it is.")
def flipped(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight.flip(2), bias, stride, padding)


@one.mistake("You left the bias out. Each output channel adds its own.")
def no_bias(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, None, stride, padding)


@one.mistake("You padded the front and not the end.")
def padded_in_front(x, weight, bias=None, stride=1, padding=0):
    return _convolve(F.pad(x, (padding, 0)), weight, bias, stride)


@one.mistake("You used the first input channel only. Sum over all of them.")
def first_channel(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x[:, :1], weight[:, :1], bias, stride, padding)


@one.mistake("Your windows move by 1, whatever the stride says.")
def no_stride(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, 1, padding)


@one.mistake("Your padding is missing.")
def no_padding(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride)


@one.mistake("The last position is missing: count the first one too.")
def one_short(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride, padding)[..., :-1]


@one.alternative
def place_by_place(x, weight, bias=None, stride=1, padding=0):
    x, k = F.pad(x, (padding, padding)), weight.shape[2]
    places = range(0, x.shape[2] - k + 1, stride)
    y = torch.stack([(x[:, None, :, i : i + k] * weight).sum((2, 3)) for i in places], dim=2)
    return y if bias is None else y + bias[:, None]


@one.alternative
def weight_by_weight(x, weight, bias=None, stride=1, padding=0):
    x, k = F.pad(x, (padding, padding)), weight.shape[2]
    places = (x.shape[2] - k) // stride + 1
    y = sum(weight[:, :, j] @ x[:, :, j : j + (places - 1) * stride + 1 : stride] for j in range(k))
    return y if bias is None else y + bias[:, None]


@one.alternative
def in_numpy(x, weight, bias=None, stride=1, padding=0):
    import numpy as np

    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2], axis=2)[:, :, ::stride]
    y = torch.from_numpy(np.einsum("nclk,ock->nol", windows, weight.numpy()))
    return y if bias is None else y + bias[:, None]


# 3.3

three = Exercise(
    "3.3", "Three dimensions from two", difficulty=3, minutes=12, points=2,
    hints=[
        "Fix one depth t of the kernel: `weight[:, :, t]` is an ordinary 2-D weight.",
        "Output depth i meets that slice of the kernel at input depth i + t.",
        "For every i: `sum(F.conv2d(x[:, :, i + t], weight[:, :, t]) for t in range(k))`. Stack these along axis 2.",
    ],
)


@three.probe
def _(attempt, *args):
    def refuse(*_, **__):
        raise RuntimeError("conv3d is what this exercise builds: use F.conv2d.")

    with mock.patch.object(F, "conv3d", refuse), mock.patch.object(torch, "conv3d", refuse):
        return attempt(*args)


@three.reference
def conv3d(x, weight):
    return torch.ops.aten.conv3d(x, weight)


@three.cases
def _(rng):
    yield call(whole(rng, 1, 1, 2, 1, 1), whole(rng, 1, 1, 2, 1, 1, low=1))
    yield call(whole(rng, 1, 1, 3, 2, 2), whole(rng, 1, 1, 2, 1, 2))
    yield call(whole(rng, 2, 2, 4, 3, 5), whole(rng, 3, 2, 2, 3, 2))
    yield call(whole(rng, 2, 3, 3, 4, 4), whole(rng, 3, 3, 3, 2, 2))
    yield call(whole(rng, 1, 2, 5, 5, 5), whole(rng, 2, 2, 3, 3, 3))


@three.mistake("Each output depth looks at one input depth only. The kernel has a depth too: sum over it.")
def a_slice_each(x, weight):
    return torch.stack([F.conv2d(x[:, :, i], weight[:, :, 0]) for i in range(x.shape[2] - weight.shape[2] + 1)], 2)


@three.mistake("You summed the kernel over its depth first, so it cannot tell before from behind.")
def kernel_summed(x, weight):
    flat = weight.sum(2)
    return torch.stack([F.conv2d(x[:, :, i], flat) for i in range(x.shape[2] - weight.shape[2] + 1)], 2)


@three.mistake("Your kernel runs through the depth backwards. Its first slice meets the first depth of the window.")
def backwards(x, weight):
    return torch.ops.aten.conv3d(x, weight.flip(2))


@three.mistake("You averaged over the depth of the kernel. Its slices are added.")
def averaged(x, weight):
    return torch.ops.aten.conv3d(x, weight) / weight.shape[2]


@three.mistake("You stacked the depths in front of the channels. The output is (N, O, D, H, W).")
def stacked_first(x, weight):
    return torch.ops.aten.conv3d(x, weight).transpose(1, 2)


@three.mistake("The last output depth is missing: there are D - k + 1.")
def last_missing(x, weight):
    return torch.ops.aten.conv3d(x, weight)[:, :, :-1]


@three.alternative
def sum_of_stacks(x, weight):
    (n, _, depth), k = x.shape[:3], weight.shape[2]
    y = 0
    for t in range(k):
        part = x[:, :, t : depth - k + 1 + t].transpose(1, 2).flatten(0, 1)
        y = y + F.conv2d(part, weight[:, :, t]).unflatten(0, (n, -1)).transpose(1, 2)
    return y


@three.alternative
def depth_as_channels(x, weight):
    k = weight.shape[2]
    starts = range(x.shape[2] - k + 1)
    return torch.stack([F.conv2d(x[:, :, i : i + k].flatten(1, 2), weight.flatten(1, 2)) for i in starts], dim=2)


@three.alternative
def without_conv2d(x, weight):
    for axis, k in zip((2, 3, 4), weight.shape[2:]):
        x = x.unfold(axis, k, 1)
    return torch.einsum("ncdhwijk,ocijk->nodhw", x, weight)


# 3.4

every = Exercise(
    "3.4", "One convolution for all dimensions", difficulty=4, minutes=20, points=3, forbidden=sandbox.CONVOLUTION,
    hints=[
        "`F.pad` counts from the last axis: for d axes it wants 2 d numbers, `[padding] * (2 * d)`.",
        "`x.unfold(axis, k, stride)` replaces one axis by its places and adds the window at the end. Do it for each"
        " spatial axis, and x becomes (N, C, places..., window...).",
        "`torch.tensordot(windows, weight, dims=(axes of windows, axes of weight))` sums over C and all window axes."
        " What is left is (N, places..., O): move the last axis to place 1.",
    ],
)


@every.reference
def convnd(x, weight, bias=None, stride=1, padding=0):
    return FUNCTIONS[x.ndim - 2](x, weight, bias, stride=stride, padding=padding)


@every.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 2.0, 4.0, 7.0]]]), torch.tensor([[[-1.0, 1.0]]]))
    yield call(whole(rng, 1, 1, 3, 3), whole(rng, 1, 1, 2, 2))
    yield call(whole(rng, 1, 1, 2, 2, 2), whole(rng, 1, 1, 1, 2, 1), padding=1)
    yield call(whole(rng, 2, 3, 8), whole(rng, 4, 3, 3), whole(rng, 4), stride=2, padding=1)
    yield call(whole(rng, 2, 3, 7, 6), whole(rng, 2, 3, 2, 4), whole(rng, 2), stride=2, padding=1)
    yield call(whole(rng, 2, 2, 5, 6, 7), whole(rng, 3, 2, 3, 2, 1), whole(rng, 3), stride=2, padding=1)
    for d in (1, 2, 3, 3):
        n, c, o, s, p = (int(number) for number in rng.integers(1, 4, 5))
        sizes, kernel = rng.integers(5, 8, d), rng.integers(1, 5, d)
        yield call(normal(rng, n, c, *sizes), normal(rng, o, c, *kernel), normal(rng, o), stride=s, padding=p)


@every.mistake("You padded the last axis only. `F.pad` wants two numbers for each spatial axis.")
def last_axis_padded(x, weight, bias=None, stride=1, padding=0):
    return _convolve(F.pad(x, (padding, padding)), weight, bias, stride)


@every.mistake("Your stride holds along the last axis only.")
def last_axis_strided(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, (1,) * (x.ndim - 3) + (stride,), padding)


@every.mistake("You flipped the kernel. Libraries slide it as it is.")
def kernel_flipped(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight.flip(tuple(range(2, x.ndim))), bias, stride, padding)


@every.mistake("The axes of the kernel are in the wrong order: its first spatial axis belongs to the first of x.")
def kernel_turned(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight.permute(0, 1, *range(x.ndim - 1, 1, -1)), bias, stride, padding)


@every.mistake("You left the bias out.")
def bias_left_out(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, None, stride, padding)


@every.mistake("You added the bias along the last axis. It belongs to the channels, axis 1.")
def bias_along_the_last(x, weight, bias=None, stride=1, padding=0):
    y = _convolve(x, weight, None, stride, padding)
    return y if bias is None else y + bias


@every.mistake("You used the first input channel only.")
def channel_zero(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x[:, :1], weight[:, :1], bias, stride, padding)


@every.mistake("The output channels stand last. Move them to axis 1.")
def channels_last(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride, padding).movedim(1, -1)


def _bias(y, bias):
    return y if bias is None else y + bias.reshape(-1, *[1] * (y.ndim - 2))


@every.alternative
def weight_at_a_time(x, weight, bias=None, stride=1, padding=0):
    kernel = weight.shape[2:]
    x = F.pad(x, [padding] * (2 * len(kernel)))
    sizes = [(n - k) // stride + 1 for n, k in zip(x.shape[2:], kernel)]
    y = 0
    for tap in torch.cartesian_prod(*map(torch.arange, kernel)).reshape(-1, len(kernel)).tolist():
        part = x[(..., *[slice(t, t + (m - 1) * stride + 1, stride) for t, m in zip(tap, sizes)])]
        y = y + torch.einsum("nc...,oc->no...", part, weight[(..., *tap)])
    return _bias(y, bias)


@every.alternative
def place_at_a_time(x, weight, bias=None, stride=1, padding=0):
    kernel = weight.shape[2:]
    x = F.pad(x, [padding] * (2 * len(kernel)))
    sizes = [(n - k) // stride + 1 for n, k in zip(x.shape[2:], kernel)]
    y = x.new_zeros(x.shape[0], weight.shape[0], *sizes)
    for place in torch.ones(sizes).nonzero().tolist():
        window = x[(..., *[slice(i * stride, i * stride + k) for i, k in zip(place, kernel)])]
        y[(..., *place)] = window.flatten(1) @ weight.flatten(1).T
    return _bias(y, bias)


@every.alternative
def always_three(x, weight, bias=None, stride=1, padding=0):
    missing = 5 - x.ndim
    for _ in range(missing):
        x, weight = x.unsqueeze(2), weight.unsqueeze(2)
    x = F.pad(x, [padding] * 2 * (3 - missing))
    for axis in (2, 3, 4):
        x = x.unfold(axis, weight.shape[axis], stride)
    y = torch.einsum("ncdhwijk,ocijk->nodhw", x, weight)
    return _bias(y.reshape(*y.shape[:2], *y.shape[2 + missing :]), bias)


# 3.5

tokens = Exercise(
    "3.5", "Mend: a convolution over tokens", difficulty=2, minutes=8,
    hints=[
        "PyTorch's layers want the channels at axis 1: (N, C, L). Which axis is C here?",
        "`x.transpose(1, 2)` swaps two axes. `reshape` only reads the numbers in another rhythm.",
        "Transpose, convolve with `padding=weight.shape[2] // 2`, transpose back.",
    ],
)


@tokens.reference
def convolve_tokens(x, weight, bias):
    return F.conv1d(x.transpose(1, 2), weight, bias, padding=weight.shape[2] // 2).transpose(1, 2)


@tokens.cases
def _(rng):
    yield call(whole(rng, 1, 3, 3), whole(rng, 3, 3, 3), whole(rng, 3))
    yield call(whole(rng, 1, 4, 2), whole(rng, 3, 2, 1), whole(rng, 3))
    yield call(whole(rng, 2, 5, 2), whole(rng, 5, 2, 3), whole(rng, 5))
    yield call(whole(rng, 3, 6, 4), whole(rng, 2, 4, 5), whole(rng, 2))


@tokens.mistake("The layer took your tokens for channels. It complains only where the two sizes differ.")
def as_they_are(x, weight, bias):
    return F.conv1d(x, weight, bias, padding=weight.shape[2] // 2)


@tokens.mistake("`reshape` does not swap axes: it pours the numbers of one token over several. Use `transpose`.")
def reshaped(x, weight, bias):
    turned = x.reshape(x.shape[0], x.shape[2], x.shape[1])
    return F.conv1d(turned, weight, bias, padding=weight.shape[2] // 2).transpose(1, 2)


@tokens.mistake("You came back as (N, O, L). Tokens were on axis 1 before, and should be after.")
def not_back(x, weight, bias):
    return convolve_tokens(x, weight, bias).transpose(1, 2)


@tokens.mistake("On the way back you used `reshape`, which mixes tokens and channels. Use `transpose` again.")
def reshaped_back(x, weight, bias):
    y = convolve_tokens(x, weight, bias).transpose(1, 2)
    return y.reshape(y.shape[0], y.shape[2], y.shape[1])


@tokens.mistake("Without padding the outer tokens are lost. Every token should get its answer.")
def unpadded(x, weight, bias):
    return F.conv1d(x.transpose(1, 2), weight, bias).transpose(1, 2)


@tokens.alternative
def by_permute(x, weight, bias):
    y = F.conv1d(x.permute(0, 2, 1), weight, bias, padding="same")
    return torch.einsum("nol->nlo", y)


@tokens.alternative
def by_windows(x, weight, bias):
    half = weight.shape[2] // 2
    windows = F.pad(x, (0, 0, half, half)).unfold(1, weight.shape[2], 1)
    return torch.einsum("nlck,ock->nlo", windows, weight) + bias


@tokens.alternative
def token_by_token(x, weight, bias):
    half, length = weight.shape[2] // 2, x.shape[1]
    x = F.pad(x, (0, 0, half, half))
    parts = [x[:, i : i + 2 * half + 1] for i in range(length)]
    return torch.stack([torch.einsum("nkc,ock->no", part, weight) + bias for part in parts], 1)


# 3.6

causal = Exercise(
    "3.6", "Only the past", difficulty=3, minutes=10, points=2,
    hints=[
        "How far does the window reach? With kernel size k and dilation d, (k - 1) d steps beyond its first number.",
        "The output at time t should end its window at t. So where must zeros be added, and where not?",
        "`F.pad(x, ((k - 1) * dilation, 0))`, then convolve without padding.",
    ],
)


@causal.reference
def causal_conv1d(x, weight, dilation=1):
    reach = (weight.shape[2] - 1) * dilation
    return F.conv1d(x, weight, padding=reach, dilation=dilation)[..., : x.shape[2]]


@causal.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[1.0, 1.0]]]))
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[5.0]]]))
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), torch.tensor([[[1.0, 0.0, 2.0]]]), dilation=2)
    yield call(whole(rng, 2, 3, 7), whole(rng, 2, 3, 4))
    yield call(whole(rng, 1, 2, 3), whole(rng, 2, 2, 3), dilation=3)
    for n, c, o, k, d in rng.integers(1, 5, (4, 5)):
        yield call(whole(rng, n, c, 9), whole(rng, o, c, k), dilation=int(d))


def _reach(weight, dilation):
    return (weight.shape[2] - 1) * dilation


@causal.mistake("You padded both ends alike, so the output at t sees what comes after t.")
def both_sides(x, weight, dilation=1):
    return F.conv1d(x, weight, padding="same", dilation=dilation)


@causal.mistake("The zeros are at the wrong end: every output sees what comes after it, and nothing of the past.")
def the_future(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (0, _reach(weight, dilation))), weight, dilation=dilation)


@causal.mistake("Your padding forgets the dilation, so the output is too short.")
def dilation_forgotten(x, weight, dilation=1):
    before = F.pad(x, (weight.shape[2] - 1, 0))
    return F.conv1d(before, weight, dilation=dilation) if before.shape[2] > _reach(weight, dilation) else x[..., :0]


@causal.mistake("You left the dilation out: your windows take neighbors, whatever `dilation` says.")
def no_dilation_at_all(x, weight, dilation=1):
    return causal_conv1d(x, weight, 1)


@causal.mistake("Your output is too long: its last values hang over the end. There should be one for each number of x.")
def not_cut(x, weight, dilation=1):
    return F.conv1d(x, weight, padding=_reach(weight, dilation), dilation=dilation)


@causal.mistake("Your output comes one step late: at time t the number at t itself may be seen.")
def one_late(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (_reach(weight, dilation) + 1, 0)), weight, dilation=dilation)[..., :-1]


@causal.mistake("Your kernel is turned round. Its last number belongs to time t itself, its first to the oldest input.")
def turned(x, weight, dilation=1):
    return causal_conv1d(x, weight.flip(2), dilation)


@causal.mistake("That drops the first outputs. Zeros in front keep the length.")
def shortened(x, weight, dilation=1):
    reach = _reach(weight, dilation)
    return F.conv1d(x, weight, dilation=dilation) if x.shape[2] > reach else x[..., :0]


@causal.alternative
def padded_left(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (_reach(weight, dilation), 0)), weight, dilation=dilation)


@causal.alternative
def sum_of_delays(x, weight, dilation=1):
    k, length = weight.shape[2], x.shape[2]
    delayed = [F.pad(x, ((k - 1 - j) * dilation, 0))[..., :length] for j in range(k)]
    return sum(weight[:, :, j] @ delayed[j] for j in range(k))


@causal.alternative
def as_a_matrix(x, weight, dilation=1):
    length, k = x.shape[2], weight.shape[2]
    band = sum(torch.einsum("oc,ts->octs", weight[:, :, k - 1 - j], torch.eye(length).roll(j * dilation, 0).tril())
               for j in range(k) if j * dilation < length)
    return torch.einsum("octs,ncs->not", band, x)


# 3.7

listening = Number(
    "3.7", "The first layer that listens", (222, 8.0), difficulty=2, minutes=4,
    wrong={
        "one_short": ((221, 8.0), "You counted the steps between places. The first place counts too."),
        "no_window": ((225, 8.0), "3,600 / 16 counts starts; some of those windows hang over the end."),
        "no_stride": ((3537, 8.0), "That is the number of places at stride 1."),
        "in_samples": ((222, 64), "The places are right. 64 is the window in samples, 8 a millisecond."),
        "the_stride_in_ms": ((222, 2.0), "The places are right. 2 ms is the step between windows, not their length."),
        "in_seconds": ((222, 0.008), "The places are right. That is in seconds; milliseconds are asked for."),
    },
    right=[[222, 8], ((3600 - 64) // 16 + 1, 64 / 8000 * 1000)],
    hints=["The rule of 3.1, for one axis.", "8,000 samples last 1,000 ms, so 8 samples last 1 ms."],
)

# 3.8

cost = Exercise(
    "3.8", "What a dimension costs", difficulty=2, minutes=8,
    hints=[
        "A kernel has k numbers along each of d axes, for each input channel.",
        "Every weight is used once at every output position. How many positions are there?",
        "Weights: `c_out * c_in * k**d`. Positions: `n**d`.",
    ],
)


@cost.reference
def conv_cost(d, n, k, c_in, c_out):
    layer = LAYERS[d](c_in, c_out, k, padding="same", device="meta")
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.empty(1, c_in, *[n] * d, device="meta"))
    return sum(p.numel() for p in layer.parameters()), counter.get_total_flops() // 2


@cost.cases
def _(rng):
    yield call(1, 5, 3, 1, 1)
    yield call(2, 4, 3, 1, 2)
    yield call(2, 32, 5, 3, 6)
    yield call(3, 16, 3, 8, 16)
    for d in (1, 2, 3):
        n, k, c, o = (int(number) for number in rng.integers(2, 7, 4))
        yield call(d, n + 5, k, c, o)


@cost.mistake("A kernel with k numbers along each of d axes holds k**d, not k * d.")
def k_times_d(d, n, k, c_in, c_out):
    return c_out * (c_in * k * d + 1), c_out * c_in * k * d * n**d


@cost.mistake("The multiply-adds are right. The biases are parameters too, one for each output channel.")
def no_biases(d, n, k, c_in, c_out):
    return c_out * c_in * k**d, c_out * c_in * k**d * n**d


@cost.mistake("The multiply-adds are right. There is one bias for each output channel, not one for all.")
def one_bias(d, n, k, c_in, c_out):
    return c_out * c_in * k**d + 1, c_out * c_in * k**d * n**d


@cost.mistake("The parameters are right. The window stands at n**d positions, not at n.")
def positions_along_one_axis(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * c_in * k**d * n


@cost.mistake("You forgot the input channels: each kernel reaches through all of them.")
def no_input_channels(d, n, k, c_in, c_out):
    return c_out * (k**d + 1), c_out * k**d * n**d


@cost.mistake("The parameters are right. Adding the bias is no multiply-add: leave it out of that count.")
def bias_multiplied(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * (c_in * k**d + 1) * n**d


@cost.mistake("The output keeps size n, as the padding sees to that. You counted the places without padding.")
def valid_places(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * c_in * k**d * (n - k + 1) ** d


@cost.alternative
def by_products(d, n, k, c_in, c_out):
    weights = torch.Size([c_out, c_in, *[k] * d]).numel()
    return weights + c_out, weights * torch.Size([n] * d).numel()


@cost.alternative
def by_a_layer(d, n, k, c_in, c_out):
    layer = LAYERS[d](c_in, c_out, k)
    return sum(p.numel() for p in layer.parameters()), layer.weight.numel() * n**d


# 3.9

frames = Choice(
    "3.9", "A film, frame by frame", "a", difficulty=2, minutes=3,
    why={
        "b": "To see along which axis it moves, a net must see two frames together. This one never does.",
        "c": "Each frame alone is a digit that stands somewhere. Which frame came first is lost in the average.",
        "d": "A digit cut by the border is as likely for every direction, so the border is no help and no harm.",
    },
    because="A single frame holds no direction, and an average of frames forgets their order.",
    hints=["Play the film backwards: which numbers in the net change?"],
)

# 3.10

voxels = Exercise(
    "3.10", "From points to voxels", difficulty=3, minutes=12, points=2,
    hints=[
        "First move and scale [-1, 1] to [0, n]; the whole part is the place of the voxel.",
        "A coordinate of exactly 1 gives n, one too many. `clamp(max=n - 1)` puts it into the last voxel.",
        "`place = ((points + 1) / 2 * n).long().clamp(max=n - 1)`; `x, y, z = place.T`; `grid[z, y, x] = 1`.",
    ],
)


@voxels.reference
def voxelize(points, n):
    edges = torch.linspace(-1, 1, n + 1, dtype=points.dtype)[1:-1]
    flat = (torch.bucketize(points, edges, right=True) * torch.tensor([1, n, n * n])).sum(1)
    return torch.bincount(flat, minlength=n**3).clamp(max=1).reshape(n, n, n).to(points.dtype)


@voxels.cases
def _(rng):
    yield call(torch.tensor([[0.9, -0.9, -0.9]]), 2)
    yield call(torch.tensor([[1.0, 1.0, 1.0]]), 2)
    yield call(torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0]]), 2)
    yield call(torch.tensor([[0.2, 0.9, -0.7], [0.3, 0.8, -0.8]]), 2)
    yield call(torch.zeros(0, 3), 2)
    yield call(torch.tensor([[-0.99, 0.1, 0.99], [0.4, -0.4, 0.7]]), 5)
    for count, n in ((20, 3), (40, 4), (60, 7)):
        yield call(torch.from_numpy(rng.uniform(-1, 1, (count, 3))), n)


def _places(points, n):
    return ((points + 1) / 2 * n).long().clamp(max=n - 1)


def _filled(places, n, like):
    grid = torch.zeros(n, n, n, dtype=like.dtype)
    x, y, z = places.T
    grid[z, y, x] = 1
    return grid


@voxels.mistake("Your axes are in the order x, y, z. A volume is (depth, height, width), so the index is [z, y, x].")
def in_order_xyz(points, n):
    return voxelize(points, n).permute(2, 1, 0)


@voxels.mistake("You counted the points in each voxel. Asked for is only whether there are any: 0 or 1.")
def counted(points, n):
    grid = torch.zeros(n, n, n, dtype=points.dtype)
    x, y, z = _places(points, n).T
    return grid.index_put((z, y, x), points.new_ones(len(points)), accumulate=True)


@voxels.mistake("You rounded, which moves half of the points to the next voxel. Take the whole part.")
def rounded(points, n):
    return _filled(((points + 1) / 2 * n).round().long().clamp(max=n - 1), n, points)


@voxels.mistake("You scaled to n - 1, so the last voxel gets only points that lie exactly on 1. There are n voxels.")
def scaled_to_n_minus_one(points, n):
    return _filled(((points + 1) / 2 * (n - 1)).long(), n, points)


@voxels.mistake("A coordinate of exactly 1 falls out of your grid. It belongs to the last voxel.")
def falls_out(points, n):
    return _filled(((points + 1) / 2 * n).long(), n, points)


@voxels.mistake("Negative indices count from the far end, and there your points landed. Shift the coordinates first.")
def not_shifted(points, n):
    return _filled((points / 2 * n).floor().long(), n, points)


@voxels.mistake("Your grid is right, but holds True and False. A layer needs numbers, of the dtype of the points.")
def of_booleans(points, n):
    return voxelize(points, n).bool()


@voxels.alternative
def by_clamping(points, n):
    return _filled(_places(points, n), n, points)


@voxels.alternative
def point_by_point(points, n):
    grid = points.new_zeros(n, n, n)
    for point in points:
        x, y, z = (min(int((c.item() + 1) / 2 * n), n - 1) for c in point)
        grid[z, y, x] = 1
    return grid


@voxels.alternative
def in_numpy_histogram(points, n):
    import numpy as np

    counts, _ = np.histogramdd(points.numpy()[:, ::-1], bins=n, range=[(-1, 1)] * 3)
    return torch.from_numpy((counts > 0).astype(np.float64)).to(points.dtype)


# 3.11

volumes = Choice(
    "3.11", "Is a solid a case for 3-D?", "b", difficulty=2, minutes=2,
    why={
        "a": "That is what one would expect, since the shapes are turned at random. Measured here, it is not so.",
        "c": "The first layer of the 2-D net sees all depths at once, which is no handicap, but no gain either.",
        "d": "Turned or not, a ring has a hole and a cone a tip. Both nets learn to see that.",
    },
    because="At equal size they agree within the spread of the seeds. The 2-D net sees all depths in its first layer.",
    hints=["What can a 2-D kernel see whose channels are all the depths?"],
)

# 3.12

separable = Module(
    "3.12", "Depthwise, then pointwise", difficulty=3, minutes=10, points=2,
    hints=[
        "`groups=c_in` gives every input channel a kernel of its own.",
        "`nn.Conv2d(c_in, c_in, k, padding=k // 2, groups=c_in, bias=False)`, then `nn.Conv2d(c_in, c_out, 1)`.",
    ],
)


def _separable(name, depthwise, pointwise, forward=lambda self, x: self.pointwise(self.depthwise(x))):
    def init(self, c_in, c_out, k):
        nn.Module.__init__(self)
        self.depthwise, self.pointwise = depthwise(c_in, c_out, k), pointwise(c_in, c_out)

    return type(name, (nn.Module,), {"__init__": init, "forward": forward})


def _depthwise(c_in, c_out, k):
    return nn.Conv2d(c_in, c_in, k, padding=k // 2, groups=c_in, bias=False)


def _pointwise(c_in, c_out):
    return nn.Conv2d(c_in, c_out, 1)


@separable.reference
class Separable(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise, self.pointwise = _depthwise(c_in, c_out, k), _pointwise(c_in, c_out)

    def forward(self, x):
        whole = torch.einsum("oc,cij->ocij", self.pointwise.weight[:, :, 0, 0], self.depthwise.weight[:, 0])
        return F.conv2d(x, whole, self.pointwise.bias, padding=whole.shape[-1] // 2)


@separable.cases
def _(rng):
    yield call(2, 3, 1, inputs=whole(rng, 1, 2, 1, 2))
    yield call(2, 3, 3, inputs=whole(rng, 2, 2, 3, 4))
    yield call(4, 2, 5, inputs=whole(rng, 2, 4, 6, 5))
    yield call(3, 3, 3, inputs=whole(rng, 1, 3, 4, 4))


separable.mistake("Your first layer mixes the channels. With `groups` each has a kernel of its own.", "not_grouped")(
    _separable("Separable", lambda c, o, k: nn.Conv2d(c, c, k, padding=k // 2, bias=False), _pointwise)
)
separable.mistake("Your first layer has a bias. The second one's makes up for it, so leave it out.", "bias_twice")(
    _separable("Separable", lambda c, o, k: nn.Conv2d(c, c, k, padding=k // 2, groups=c), _pointwise)
)
separable.mistake("The pictures shrink. Pad by half the kernel.", "not_padded")(
    _separable("Separable", lambda c, o, k: nn.Conv2d(c, c, k, groups=c, bias=False), _pointwise)
)
separable.mistake("Your padding is 1, whatever the kernel size is.", "padded_by_one")(
    _separable("Separable", lambda c, o, k: nn.Conv2d(c, c, k, padding=1, groups=c, bias=False), _pointwise)
)
separable.mistake("There is a ReLU between your two layers. None is asked for.", "relu_between")(
    _separable("Separable", _depthwise, _pointwise, lambda self, x: self.pointwise(F.relu(self.depthwise(x))))
)
separable.mistake("Your second layer has no bias. It should have one for each output channel.", "no_bias_at_all")(
    _separable("Separable", _depthwise, lambda c, o: nn.Conv2d(c, o, 1, bias=False))
)
separable.mistake("You mixed the channels first. First each channel by itself, then the mixing.", "pointwise_first")(
    _separable(
        "Separable", lambda c, o, k: nn.Conv2d(o, o, k, padding=k // 2, groups=o, bias=False), _pointwise,
        lambda self, x: self.depthwise(self.pointwise(x)),
    )
)

separable.alternative(_separable("InSequence", _depthwise, _pointwise))


@separable.alternative
class ChannelByChannel(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise = nn.Conv2d(c_in, c_in, k, groups=c_in, bias=False)
        self.pointwise = nn.Conv2d(c_in, c_out, (1, 1))

    def forward(self, x):
        half = self.depthwise.kernel_size[0] // 2
        x = F.pad(x, [half] * 4)
        maps = [F.conv2d(x[:, c : c + 1], w[None]) for c, w in enumerate(self.depthwise.weight)]
        return self.pointwise(torch.cat(maps, dim=1))


@separable.alternative
class OnTheLastAxis(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise = nn.Conv2d(c_in, c_in, k, padding="same", groups=c_in, bias=False)
        self.pointwise = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        x = self.depthwise(x).movedim(1, -1)
        return F.linear(x, self.pointwise.weight.flatten(1), self.pointwise.bias).movedim(-1, 1)


# 3.13

upwards = Exercise(
    "3.13", "The size on the way back up", difficulty=3, minutes=8,
    hints=[
        "Draw it: n stamps, each k wide, each s further right than the one before. How wide is the paper?",
        "The last stamp starts at (n - 1) s and is d (k - 1) + 1 wide.",
        "Padding takes p off at both ends here, and `extra` adds at one end.",
    ],
)


@upwards.reference
def transposed_size(n, k, s=1, p=0, d=1, extra=0):
    x, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    return F.conv_transpose1d(x, weight, stride=s, padding=p, dilation=d, output_padding=extra).shape[2]


@upwards.cases
def _(rng):
    yield call(3, 3)
    yield call(4, 2, s=2)
    yield call(4, 3, s=2)
    yield call(5, 4, s=2, p=1)
    yield call(5, 3, s=2, p=1, extra=1)
    yield call(3, 3, d=2)
    yield call(3, 2, s=4)
    for n, k, s, d in rng.integers(2, 6, (5, 4)):
        yield call(int(n), int(k), s=int(s), p=int(rng.integers(0, 2)), d=int(d), extra=int(rng.integers(0, s)))


@upwards.mistake("That is the size of an ordinary convolution. This one goes the other way.")
def the_other_way(n, k, s=1, p=0, d=1, extra=0):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@upwards.mistake("n times s is right for k = s only. The last stamp is k wide, not s.")
def n_times_s(n, k, s=1, p=0, d=1, extra=0):
    return n * s


@upwards.mistake("You gave every stamp a step. The first stands at 0, so there are n - 1 steps.")
def a_step_too_many(n, k, s=1, p=0, d=1, extra=0):
    return n * s - 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("Here padding takes away: it undoes the padding of the way down. You added it.")
def padding_added(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s + 2 * p + d * (k - 1) + 1 + extra


@upwards.mistake("You took the padding off at one end only.")
def padding_once(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - p + d * (k - 1) + 1 + extra


@upwards.mistake("You forgot the dilation: a stamp is d (k - 1) + 1 wide.")
def no_dilation(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + k + extra


@upwards.mistake("A stamp of k with dilation d has k - 1 gaps: it is d (k - 1) + 1 wide, not d k.")
def d_times_k(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * k + extra


@upwards.mistake("You left `extra` out.")
def no_extra(n, k, s=1, p=0, d=1, extra=0):
    return (n - 1) * s - 2 * p + d * (k - 1) + 1


@upwards.alternative
def by_stamping(n, k, s=1, p=0, d=1, extra=0):
    touched = [i * s + j * d for i in range(n) for j in range(k)]
    return max(touched) + 1 - p - p + extra


@upwards.alternative
def by_undoing(n, k, s=1, p=0, d=1, extra=0):
    return next(m for m in range(1, 999) if (m + 2 * p - d * (k - 1) - 1) == (n - 1) * s) + extra


# 3.14

checkers = Choice(
    "3.14", "Which one leaves no checkerboard?", "c", difficulty=2, minutes=4,
    why={
        "a": "Stamps 3 wide and 2 apart: every other pixel is met twice, the rest once.",
        "b": "Stamps 5 wide and 2 apart: pixels are met 3 times and 2 times in turn.",
        "d": "Stamps 4 wide and 3 apart: every third pixel is met twice, the rest once.",
    },
    because="4 is a multiple of 2, so every inner pixel is met exactly twice.",
    hints=["Draw the stamps under each other and count along a column."],
)

# Recall.

scan = Choice(
    "3.15", "A scan for a 3-D layer", "b", difficulty=1, minutes=2,
    why={
        "a": "That is what a 2-D layer takes: the 40 slices as channels, all seen at once and in fixed places.",
        "c": "The channel axis comes before the spatial ones, also in 3-D.",
        "d": "A batch axis and a channel axis are missing: layers want (N, C, D, H, W).",
    },
    because="One gray channel, then depth, height, width.",
    hints=["(N, C, D, H, W): which of the numbers is C?"],
)
wider = Choice(
    "3.16", "A wider kernel in 3-D", "c", difficulty=1, minutes=2,
    why={
        "a": "5/3 is the factor in 1-D.",
        "b": "25/9 is the factor in 2-D.",
        "d": "That is 5 to the third. What was it before?",
    },
    because="125 weights against 27.",
    hints=["Count the weights of one kernel before and after."],
)
memory = Choice(
    "3.17", "How far back?", "b", difficulty=2, minutes=3,
    why={
        "a": "That is the reach of the last layer alone, without what the layers before it add.",
        "c": "You doubled once too often: the dilations add up to 15, and the present counts as well.",
        "d": "That is without dilation: four layers of kernel size 2 reach 4 back, 5 with the present.",
    },
    because="1 + 2 + 4 + 8 = 15 steps back, and the present.",
    hints=["Each layer reaches its dilation further back."],
)
