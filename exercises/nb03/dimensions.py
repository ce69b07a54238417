"""Exercises 3.1 to 3.4: shapes and convolutions in any number of dimensions."""

import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import _disable_current_modes

from checker import operations, sandbox
from checker.exercise import Exercise, call, normal, whole
from checker.module_comparison import Unfit
from exercises.nb03.shared import LAYERS

FUNCTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def _convolve(x, weight, bias=None, stride=1, padding=0):
    return FUNCTIONS[x.ndim - 2](x, weight, bias, stride=stride, padding=padding)


# 3.1

table = Exercise(
    "3.1",
    "The shapes, in any number of dimensions",
    difficulty=2,
    minutes=8,
    hints=[
        "How many spatial axes are there? `len(x_shape) - 2`. None of your lines needs to ask.",
        (
            "Every output channel has a kernel of its own, as deep as the input: `(out_channels,"
            " x_shape[1], *kernel)`."
        ),
        (
            "Along one axis: `(n + 2 * padding - k) // stride + 1`. Do that for each pair in"
            " `zip(x_shape[2:], kernel)`."
        ),
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
    yield call((1, 1, 5), 1, (3,), stride=3, padding=1)  # leftovers that make a step
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


@table.mistake(
    "Your weight starts with the input channels. Start with the output channels: one kernel for"
    " each."
)
def weight_turned(x_shape, out_channels, kernel, stride=1, padding=0):
    _, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return (x_shape[1], out_channels, *kernel), output


@table.mistake("Your kernels see one input channel only. Each reaches through all of them.")
def flat_kernels(x_shape, out_channels, kernel, stride=1, padding=0):
    _, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return (out_channels, 1, *kernel), output


@table.mistake(
    "Your output has the channels of the input. Each kernel makes one channel of the output."
)
def channels_kept(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return weight, (x_shape[0], x_shape[1], *output[2:])


@table.mistake(
    "You used the first spatial axis for all of them. Each axis has a size and a kernel size of"
    " its own."
)
def all_like_the_first(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return weight, (*output[:2], *[output[2]] * len(kernel))


@table.mistake("Your stride moves the window along the last axis only. It holds along every axis.")
def stride_on_the_last(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, 1, padding)
    return weight, (*output[:-1], _out(x_shape[-1], kernel[-1], stride, padding))


@table.mistake("Your sizes are those with padding at one end of each axis only.")
def padded_once(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [(n + padding - k) // stride + 1 for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.mistake("Your sizes are the steps between places; the first place counts too.")
def steps_not_places(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [(n + 2 * padding - k) // stride for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.mistake("You divided the size by the stride. Count the places where the whole window fits.")
def divided(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [(n + 2 * padding) // stride for n in x_shape[2:]]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.mistake("Your sizes count windows that hang over the edge. Only windows that fit count.")
def rounded_up(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [-(-(n + 2 * padding - k) // stride) + 1 for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


@table.mistake("Your two shapes are right, but in the wrong order. The weight comes first.")
def output_first(x_shape, out_channels, kernel, stride=1, padding=0):
    return conv_shapes(x_shape, out_channels, kernel, stride, padding)[::-1]


@table.mistake("Your sizes are right, but they are floats. Places are counted: return `int`.")
def of_floats(x_shape, out_channels, kernel, stride=1, padding=0):
    weight, output = conv_shapes(x_shape, out_channels, kernel, stride, padding)
    return weight, (*output[:2], *map(float, output[2:]))


@table.alternative
def by_counting(x_shape, out_channels, kernel, stride=1, padding=0):
    n, c, *sizes = x_shape
    starts = [range(0, size + 2 * padding - k + 1, stride) for size, k in zip(sizes, kernel)]
    return [out_channels, c, *kernel], [n, out_channels, *map(len, starts)]


@table.alternative
def by_unfolding(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [
        len(torch.zeros(n + 2 * padding).unfold(0, k, stride)) for n, k in zip(x_shape[2:], kernel)
    ]
    return torch.Size([out_channels, x_shape[1], *kernel]), torch.Size(
        [x_shape[0], out_channels, *sizes]
    )


table.demand("the shape of the weight and the shape of the output", violated_by="output_first")
table.demand("padding at both ends", violated_by="padded_once")
table.demand("the same for all axes", violated_by="stride_on_the_last")
table.demand("A last window that does not fit is dropped", violated_by="rounded_up")
table.demand("one, two and three spatial axes", violated_by="all_like_the_first")
table.demand("two tuples of int", violated_by="of_floats")


# 3.2

one = Exercise(
    "3.2",
    "A convolution along one axis",
    difficulty=2,
    minutes=12,
    core=False,
    points=2,
    forbidden=sandbox.CONVOLUTION,
    hints=[
        "`F.pad(x, (padding, padding))` pads the last axis at both ends.",
        (
            "Output `i` comes from `x[:, :, i * stride : i * stride + k]`, of shape (N, C, k)."
            " Multiply by the weights of one output channel, (C, k), and sum over C and k."
        ),
        (
            "`x.unfold(2, k, stride)` holds all windows at once, (N, C, places, k). Then "
            '`torch.einsum("nclk,ock->nol", windows, weight)`.'
        ),
    ],
)


@one.reference
def conv1d(x, weight, bias=None, stride=1, padding=0):
    return F.conv1d(x, weight, bias, stride=stride, padding=padding)


@one.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 2.0, 4.0, 7.0]]]), torch.tensor([[[-1.0, 1.0]]]))
    yield call(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[1.0, 1.0, 1.0]]]), padding=1)
    yield call(
        torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]), torch.tensor([[[1.0, 0.0]]]), stride=3
    )
    yield call(
        torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]]),
        torch.tensor([[[1.0, 10.0, 100.0]]]),
        stride=3,
        padding=1,
    )
    yield call(whole(rng, 1, 2, 4), whole(rng, 3, 2, 1), whole(rng, 3))
    yield call(whole(rng, 2, 3, 9), whole(rng, 4, 3, 4), whole(rng, 4), stride=2, padding=2)
    for n, c, o, k in rng.integers(1, 5, (4, 4)):
        s, p = (int(number) for number in rng.integers(1, 4, 2))
        yield call(whole(rng, n, c, 11), whole(rng, o, c, k), whole(rng, o), stride=s, padding=p)


@one.mistake("You flipped the kernel. Slide it as it is.")
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


@one.mistake("Your output is that without padding.")
def no_padding(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride)


@one.mistake("Your output lacks its last place: count the first place too.")
def one_short(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride, padding)[..., :-1]


@one.mistake("Your output has the axes (N, places, O). Move the channels to axis 1.")
def channels_at_the_end(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride, padding).transpose(1, 2)


one.mistake("This exercise is to write it yourself.", "library call")(conv1d)


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
    y = sum(
        weight[:, :, j] @ x[:, :, j : j + (places - 1) * stride + 1 : stride] for j in range(k)
    )
    return y if bias is None else y + bias[:, None]


@one.alternative
def in_numpy(x, weight, bias=None, stride=1, padding=0):
    import numpy as np

    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2], axis=2)[
        :, :, ::stride
    ]
    y = torch.from_numpy(np.einsum("nclk,ock->nol", windows, weight.numpy()))
    return y if bias is None else y + bias[:, None]


one.demand("return (N, O, places)", violated_by="channels_at_the_end")
one.demand("numbers that start at `i * stride`", violated_by="no_stride")
one.demand("the kernel is not flipped", violated_by="flipped")
one.demand("zeros are added at both ends", violated_by="padded_in_front")
one.demand("`bias` is (O,) or `None`", violated_by="no_bias")
one.demand("The library's convolution is not allowed", violated_by="library call")


# 3.3

three = Exercise(
    "3.3",
    "Three dimensions from two",
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    hints=[
        "Fix one depth t of the kernel: `weight[:, :, t]` is an ordinary 2-D weight.",
        "Output depth i meets that slice of the kernel at input depth i + t.",
        (
            "For every i: `sum(F.conv2d(x[:, :, i + t], weight[:, :, t]) for t in range(k))`."
            " Stack these along axis 2."
        ),
    ],
)


class _InThePlane(sandbox.Watching):
    """Refuses the library's convolutions of volumes, whatever the code called them."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        volumes = [value for value in args if getattr(value, "ndim", 0) == 5]
        if "convolution" in operations.of(operation) and volumes:
            raise Unfit("this calls the library's 3-D convolution. Build it from `F.conv2d`.")
        return operation(*args, **(kwargs or {}))


@three.probe
def _(attempt, *args):
    with _InThePlane():
        return attempt(*args)


def _in_space(x, weight):
    """The library's, out of sight of what refuses it."""
    with _disable_current_modes():
        return F.conv3d(x, weight)


@three.reference
def conv3d(x, weight):
    return _in_space(x, weight)


@three.cases
def _(rng):
    yield call(whole(rng, 1, 1, 2, 1, 1), whole(rng, 1, 1, 2, 1, 1, low=1))
    yield call(whole(rng, 1, 1, 3, 2, 2), whole(rng, 1, 1, 2, 1, 2))
    yield call(whole(rng, 2, 2, 4, 3, 5), whole(rng, 3, 2, 2, 3, 2))
    yield call(whole(rng, 2, 3, 3, 4, 4), whole(rng, 3, 3, 3, 2, 2))
    yield call(whole(rng, 1, 2, 5, 5, 5), whole(rng, 2, 2, 3, 3, 3))


@three.mistake(
    "You use the first slice of the kernel only. It has a depth: sum over all its slices."
)
def a_slice_each(x, weight):
    return torch.stack(
        [F.conv2d(x[:, :, i], weight[:, :, 0]) for i in range(x.shape[2] - weight.shape[2] + 1)], 2
    )


@three.mistake(
    "All slices of your kernel meet the same depth of `x`. Let slice t meet the depth i + t."
)
def kernel_summed(x, weight):
    flat = weight.sum(2)
    return torch.stack(
        [F.conv2d(x[:, :, i], flat) for i in range(x.shape[2] - weight.shape[2] + 1)], 2
    )


@three.mistake(
    "Your kernel runs through the depth backwards. Its first slice meets the first depth of the"
    " window."
)
def backwards(x, weight):
    return _in_space(x, weight.flip(2))


@three.mistake("You averaged over the depth of the kernel. Add its slices up.")
def averaged(x, weight):
    return _in_space(x, weight) / weight.shape[2]


@three.mistake("Your output has the axes (N, D, O, H, W). Stack the depths behind the channels.")
def stacked_first(x, weight):
    return _in_space(x, weight).transpose(1, 2)


@three.mistake("Your output lacks its last depth: there are D - k + 1.")
def last_missing(x, weight):
    return _in_space(x, weight)[:, :, :-1]


three.mistake("Add up `F.conv2d` over the depths of the kernel.", "library_call")(F.conv3d)


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
    return torch.stack(
        [F.conv2d(x[:, :, i : i + k].flatten(1, 2), weight.flatten(1, 2)) for i in starts], dim=2
    )


@three.alternative
def without_conv2d(x, weight):
    for axis, k in zip((2, 3, 4), weight.shape[2:]):
        x = x.unfold(axis, k, 1)
    return torch.einsum("ncdhwijk,ocijk->nodhw", x, weight)


three.demand("a 3-D kernel is a stack of 2-D kernels", violated_by="kernel_summed")
three.demand("Return (N, O, D - k + 1, H - kh + 1, W - kw + 1)", violated_by="stacked_first")
three.demand("The library's 3-D convolutions are not allowed", violated_by="library_call")


# 3.4

every = Exercise(
    "3.4",
    "One convolution for all dimensions",
    difficulty=4,
    minutes=35,
    core=False,
    points=3,
    forbidden=sandbox.CONVOLUTION,
    hints=[
        (
            "`F.pad` counts from the last axis: for d axes it wants 2 d numbers, `[padding] * (2 *"
            " d)`."
        ),
        (
            "`x.unfold(axis, k, stride)` replaces one axis by its places and adds the window at"
            " the end. Do it for each spatial axis, and x becomes (N, C, places..., window...)."
        ),
        (
            "`torch.tensordot(windows, weight, dims=(axes of windows, axes of weight))` sums over"
            " C and all window axes. What is left is (N, places..., O): move the last axis to"
            " place 1."
        ),
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
    yield call(whole(rng, 1, 1, 5, 5), whole(rng, 1, 1, 3, 3), stride=3, padding=1)
    yield call(whole(rng, 2, 3, 8), whole(rng, 4, 3, 3), whole(rng, 4), stride=2, padding=1)
    yield call(whole(rng, 2, 3, 7, 6), whole(rng, 2, 3, 2, 4), whole(rng, 2), stride=2, padding=1)
    yield call(
        whole(rng, 2, 2, 5, 6, 7), whole(rng, 3, 2, 3, 2, 1), whole(rng, 3), stride=2, padding=1
    )
    for d in (1, 2, 3, 3):
        n, c, o, s, p = (int(number) for number in rng.integers(1, 4, 5))
        sizes, kernel = rng.integers(5, 8, d), rng.integers(1, 5, d)
        yield call(
            normal(rng, n, c, *sizes),
            normal(rng, o, c, *kernel),
            normal(rng, o),
            stride=s,
            padding=p,
        )


@every.mistake("You padded the last axis only. `F.pad` wants two numbers for each spatial axis.")
def last_axis_padded(x, weight, bias=None, stride=1, padding=0):
    return _convolve(F.pad(x, (padding, padding)), weight, bias, stride)


@every.mistake("Your stride holds along the last axis only.")
def last_axis_strided(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, (1,) * (x.ndim - 3) + (stride,), padding)


@every.mistake("You flipped the kernel. Slide it as it is.")
def kernel_flipped(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight.flip(tuple(range(2, x.ndim))), bias, stride, padding)


@every.mistake(
    "You turned the axes of the kernel. Its first spatial axis belongs to the first one of `x`."
)
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


@every.mistake("Your output channels stand last. Move them to axis 1.")
def channels_last(x, weight, bias=None, stride=1, padding=0):
    return _convolve(x, weight, bias, stride, padding).movedim(1, -1)


every.mistake("This exercise is to write it yourself.", "library call")(convnd)


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


every.demand("one, two and three spatial axes", violated_by="kernel_turned")
every.demand("`bias` is (O,) or `None`", violated_by="bias_left_out")
every.demand("hold for every spatial axis", violated_by="last_axis_strided")
every.demand("Return (N, O, places, ...)", violated_by="channels_last")
every.demand("The library's convolutions are not allowed", violated_by="library call")
