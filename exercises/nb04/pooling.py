"""Exercises 4.2 to 4.6: max, min and average pooling, and what padding does to them."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from checker.exercise import Choice, Exercise, call, normal, whole
from exercises.nb04.shared import POOLING, window_places
from exercises.nb04.window_slips import PADDING_SLIPS, SLIPS

INFINITY = float("inf")


# 4.2 Max pooling


def _padded(x, padding, value):
    return F.pad(x, [padding] * 4, value=value)


def _written_into(x, padding, value):
    """By a slice that is empty at padding 0."""
    height, width = x.shape[2:]
    room = x.new_full((*x.shape[:2], height + 2 * padding, width + 2 * padding), value)
    room[:, :, padding:-padding, padding:-padding] = x
    return room


def _slices(x, kernel, stride):
    """For every place in the window, what all windows see there: kh * kw tensors (N, C, OH,
    OW).
    """
    windows = window_places(x, kernel, stride)
    return [windows[..., i, j] for i in range(kernel[0]) for j in range(kernel[1])]


def _pooling_cases(rng):
    """Windows that overlap, leave gaps, are not square, do not fit; inputs all negative."""
    yield (torch.tensor([[[[1.0, 5.0], [2.0, 3.0]]]]), (2, 2), 2)
    yield (torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [2.0, 3.0, -1.0, 4.0]]]]), (2, 2), 2)
    yield (whole(rng, 1, 1, 3, 4), (2, 2), 1)
    yield (whole(rng, 1, 1, 5, 5), (2, 2), 2)
    yield (whole(rng, 1, 2, 4, 6), (3, 2), 1)
    yield (whole(rng, 2, 3, 7, 5), (3, 3), 2)
    yield (whole(rng, 1, 2, 7, 8), (2, 2), 3)


def _padding_cases(rng):
    for x, kernel, stride in _pooling_cases(rng):
        yield call(x, kernel, stride)
    yield call(normal(rng, 2, 1, 6, 4), (2, 4), 2)
    yield call(torch.tensor([[[[-3.0, -1.0], [-2.0, -4.0]]]]), (2, 2), 2, padding=1)
    yield call(whole(rng, 1, 2, 4, 5, low=-9, high=-1), (3, 3), 2, padding=1)
    yield call(whole(rng, 2, 1, 5, 4, low=1, high=9), (2, 3), 1, padding=1)
    yield call(whole(rng, 1, 1, 6, 7, low=1, high=9), (4, 5), 3, padding=2)
    yield call(whole(rng, 1, 1, 5, 5), (3, 3), 3, padding=1)  # leftovers that make a step
    # Beyond any number one might pad with, but infinity.
    yield call(whole(rng, 1, 1, 2, 3, low=1, high=9) * 1e100, (2, 2), 1, padding=1)
    yield call(whole(rng, 1, 1, 2, 3, low=-9, high=-1) * 1e100, (2, 2), 1, padding=1)
    for n, c, h, w, stride in rng.integers([1, 1, 4, 4, 1], [3, 4, 10, 10, 4], (4, 5)).tolist():
        kernel = tuple(rng.integers(2, 5, 2).tolist())
        yield call(normal(rng, n, c, h, w), kernel, stride, padding=int(rng.integers(0, 2)))


maximum = Exercise(
    "4.2",
    "Max pooling",
    difficulty=3,
    minutes=15,
    points=2,
    forbidden=POOLING,
    hints=[
        "Pad first. A padded place must never win, so fill it with `float('-inf')`.",
        (
            "The output has `(H + 2 * padding - kh) // stride + 1` rows, and as many columns by"
            " the same rule."
        ),
        (
            "Two loops over output rows i and columns j are enough: `x[:, :, i*stride : i*stride +"
            " kh, j*stride : j*stride + kw].amax(dim=(2, 3))` fills `out[:, :, i, j]` for all"
            " pictures and channels at once."
        ),
    ],
)


@maximum.reference
def max_pool2d(x, kernel, stride, padding=0):
    return F.max_pool2d(x, kernel, stride, padding)


@maximum.cases
def _(rng):
    yield from _padding_cases(rng)


def _max(x, kernel, stride):
    return torch.stack(_slices(x, kernel, stride)).amax(0)


@maximum.mistake(
    "You pad with 0, and where all pixels are negative the 0 wins. A padded place must never win."
)
def max_over_zeros(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, 0.0), kernel, stride)


@maximum.mistake(
    "Your window is `kernel[0]` wide and `kernel[1]` high. `kernel` is (kh, kw), height first."
)
def max_sides_swapped(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, -INFINITY), kernel[::-1], stride)


@maximum.mistake("Your windows lie side by side, whatever `stride` is. Move them by `stride`.")
def max_stride_is_kernel(x, kernel, stride, padding=0):
    return (
        _padded(x, padding, -INFINITY)
        .unfold(2, kernel[0], kernel[0])
        .unfold(3, kernel[1], kernel[1])
        .amax((4, 5))
    )


@maximum.mistake("Your answer is that without padding.")
def max_padding_ignored(x, kernel, stride, padding=0):
    return _max(x, kernel, stride)


@maximum.mistake("You padded above and on the left only. Pad all four sides.")
def max_padded_on_two_sides(x, kernel, stride, padding=0):
    return _max(F.pad(x, (padding, 0, padding, 0), value=-INFINITY), kernel, stride)


@maximum.mistake("You take the maximum over the channels as well. Pool every channel alone.")
def max_over_channels(x, kernel, stride, padding=0):
    return max_pool2d(x, kernel, stride, padding).amax(1, keepdim=True)


@maximum.mistake(
    "You take the maximum over all pictures and channels. Reduce the last two axes of a window"
    " only."
)
def max_over_all(x, kernel, stride, padding=0):
    result = max_pool2d(x, kernel, stride, padding)
    return result.amax((0, 1), keepdim=True).expand_as(result)


@maximum.mistake(
    "You pad with a large negative number, and pixels below it lose. Only `float('-inf')` never"
    " wins."
)
def max_over_a_finite_number(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, -1e9), kernel, stride)


@maximum.mistake(
    "At padding 0, your slice `[padding:-padding]` is empty. Count its end from the front."
)
def max_padded_by_a_slice(x, kernel, stride, padding=0):
    return _max(_written_into(x, padding, -INFINITY), kernel, stride)


for _name, _slip in (SLIPS | PADDING_SLIPS).items():
    maximum.mistake(_slip.sentence, f"max_{_name}")(_slip.pooling(torch.amax, -INFINITY))


maximum.mistake("This exercise is to write it yourself.", "library call")(max_pool2d)


@maximum.alternative
def max_in_loops(x, kernel, stride, padding=0):
    x = _padded(x, padding, -INFINITY)
    rows, columns = (x.shape[2] - kernel[0]) // stride + 1, (x.shape[3] - kernel[1]) // stride + 1
    out = x.new_empty(*x.shape[:2], rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = x[
                :, :, i * stride : i * stride + kernel[0], j * stride : j * stride + kernel[1]
            ]
            out[:, :, i, j] = window.amax((2, 3))
    return out


@maximum.alternative
def max_by_unfold(x, kernel, stride, padding=0):
    return window_places(_padded(x, padding, -INFINITY), kernel, stride).amax(dim=(4, 5))


@maximum.alternative
def max_by_im2col(x, kernel, stride, padding=0):
    n, c = x.shape[:2]
    x = _padded(x, padding, -INFINITY)
    rows, columns = (x.shape[2] - kernel[0]) // stride + 1, (x.shape[3] - kernel[1]) // stride + 1
    return F.unfold(x, kernel, stride=stride).view(n, c, -1, rows, columns).max(dim=2).values


@maximum.alternative
def max_in_numpy(x, kernel, stride, padding=0):
    sides = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    padded = np.pad(x.numpy(), sides, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return torch.from_numpy(windows[:, :, ::stride, ::stride].max(axis=(4, 5)))


@maximum.alternative
def max_of_two_at_a_time(x, kernel, stride, padding=0):
    first, *others = _slices(_padded(x, padding, -INFINITY), kernel, stride)
    for other in others:
        first = torch.maximum(first, other)
    return first


maximum.demand("without the library's pooling", violated_by="library call")
maximum.demand("height first", violated_by="max_sides_swapped")
maximum.demand("`stride` and `padding` are one number", violated_by="max_stride_is_kernel")
maximum.demand("A window that does not fit is dropped", violated_by="max_size_divided")
maximum.demand("A padded place is never the maximum", violated_by="max_over_a_finite_number")
maximum.demand("even if all pixels are very small negative numbers", violated_by="max_over_zeros")


# 4.3 Min pooling

minimum = Exercise(
    "4.3",
    "Min pooling",
    difficulty=2,
    minutes=4,
    core=False,
    hints=[
        "The darkest pixel of a picture is the brightest of its negative.",
        "`-x` turns the smallest into the largest. Turn the result back.",
    ],
)


@minimum.reference
def min_pool2d(x, kernel, stride, padding=0):
    return window_places(_padded(x, padding, INFINITY), kernel, stride).amin(dim=(4, 5))


@minimum.cases
def _(rng):
    yield from _padding_cases(rng)


@minimum.mistake("That is max pooling. Give the smallest pixel of each window.")
def min_is_max(x, kernel, stride, padding=0):
    return F.max_pool2d(x, kernel, stride, padding)


@minimum.mistake("Every number of yours has the wrong sign. Turn it back after the pooling.")
def min_of_the_negative(x, kernel, stride, padding=0):
    return F.max_pool2d(-x, kernel, stride, padding)


@minimum.mistake(
    "You give the largest with its sign turned. The smallest is another pixel: negate before"
    " pooling as well."
)
def min_is_negative_max(x, kernel, stride, padding=0):
    return -F.max_pool2d(x, kernel, stride, padding)


@minimum.mistake(
    "You pad with 0, and where all pixels are positive the 0 wins. A padded place must never win."
)
def min_over_zeros(x, kernel, stride, padding=0):
    return window_places(_padded(x, padding, 0.0), kernel, stride).amin((4, 5))


@minimum.mistake(
    "You pad with `-inf`, which wins every search for the smallest. Which value never does?"
)
def min_over_minus_infinity(x, kernel, stride, padding=0):
    return window_places(_padded(x, padding, -INFINITY), kernel, stride).amin((4, 5))


@minimum.mistake("Your answer is that without padding.")
def min_padding_ignored(x, kernel, stride, padding=0):
    return -F.max_pool2d(-x, kernel, stride)


@minimum.mistake(
    "You pad with a large number, and pixels above it lose. Only `float('inf')` never wins."
)
def min_over_a_finite_number(x, kernel, stride, padding=0):
    return window_places(_padded(x, padding, 255.0), kernel, stride).amin((4, 5))


@minimum.mistake("Your window is `kernel[0]` wide and `kernel[1]` high. `kernel` is (kh, kw).")
def min_sides_swapped(x, kernel, stride, padding=0):
    return -F.max_pool2d(-x, kernel[::-1], stride, padding)


@minimum.mistake("Your windows lie side by side, whatever `stride` is. Move them by `stride`.")
def min_stride_is_kernel(x, kernel, stride, padding=0):
    x = _padded(x, padding, INFINITY)
    return x.unfold(2, kernel[0], kernel[0]).unfold(3, kernel[1], kernel[1]).amin((4, 5))


@minimum.mistake(
    "At padding 0, your slice `[padding:-padding]` is empty. Count its end from the front."
)
def min_padded_by_a_slice(x, kernel, stride, padding=0):
    return window_places(_written_into(x, padding, INFINITY), kernel, stride).amin((4, 5))


for _name, _slip in (SLIPS | PADDING_SLIPS).items():
    minimum.mistake(_slip.sentence, f"min_{_name}")(_slip.pooling(torch.amin, INFINITY))


@minimum.alternative
def min_by_two_negatives(x, kernel, stride, padding=0):
    return -F.max_pool2d(-x, kernel, stride, padding)


@minimum.alternative
def min_by_complement(x, kernel, stride, padding=0):
    return 1 - max_by_unfold(1 - x, kernel, stride, padding)


@minimum.alternative
def min_of_slices(x, kernel, stride, padding=0):
    return torch.stack(_slices(_padded(x, padding, INFINITY), kernel, stride), dim=-1).min(dim=-1)[
        0
    ]


minimum.demand("the smallest pixel of every window", violated_by="min_is_max")
minimum.demand("A padded place is never the minimum", violated_by="min_over_a_finite_number")
minimum.demand("kernel: (kh, kw)", violated_by="min_sides_swapped")


# 4.4 Average pooling

average = Exercise(
    "4.4",
    "Average pooling",
    difficulty=2,
    minutes=6,
    forbidden=POOLING,
    hints=[
        "The loops of 4.2 do, with `mean` in place of `amax`.",
        (
            "Without loops over positions: `x[:, :, a : a + (OH - 1) * stride + 1 : stride, ...]`"
            " is what all windows see in their row a. Add up `kh * kw` such slices."
        ),
        (
            "Or see it as a convolution: every channel alone (`groups=C`), every weight `1 /"
            " (kh * kw)`."
        ),
    ],
)


@average.reference
def average_pool2d(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride)


@average.cases
def _(rng):
    for case in _pooling_cases(rng):
        yield call(*case)
    for n, c, h, w, stride in rng.integers([1, 1, 4, 4, 1], [3, 4, 10, 10, 4], (4, 5)).tolist():
        yield call(normal(rng, n, c, h, w), tuple(rng.integers(1, 5, 2).tolist()), stride)


@average.mistake("You give the sum of each window. Divide by how many pixels it has.")
def summed(x, kernel, stride):
    return window_places(x, kernel, stride).sum((4, 5))


@average.mistake("You divide by 4, whatever the window is. It has `kh * kw` pixels.")
def divided_by_four(x, kernel, stride):
    return window_places(x, kernel, stride).sum((4, 5)) / 4


@average.mistake("You divide by `kh * kh`. The window has `kh * kw` pixels.")
def divided_by_a_square(x, kernel, stride):
    return window_places(x, kernel, stride).sum((4, 5)) / kernel[0] ** 2


@average.mistake(
    "You divide by the stride squared. How far a window moves does not change how many pixels it"
    " has."
)
def divided_by_the_stride(x, kernel, stride):
    return window_places(x, kernel, stride).sum((4, 5)) / stride**2


@average.mistake("Your window is `kernel[0]` wide and `kernel[1]` high. `kernel` is (kh, kw).")
def average_sides_swapped(x, kernel, stride):
    return F.avg_pool2d(x, kernel[::-1], stride)


@average.mistake("Your windows lie side by side, whatever `stride` is. Move them by `stride`.")
def average_stride_is_kernel(x, kernel, stride):
    return F.avg_pool2d(x, kernel)


@average.mistake("You average over the channels as well. Pool every channel alone.")
def average_over_channels(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride).mean(1, keepdim=True)


@average.mistake(
    "Each of your channels is the sum over all of them. Average each alone: `groups=C` in a"
    " convolution."
)
def average_channels_summed(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride).sum(1, keepdim=True).expand(-1, x.shape[1], -1, -1)


@average.mistake("You keep a last window that hangs over the edge. Drop it.")
def average_with_ceil(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride, ceil_mode=True)


for _name, _slip in SLIPS.items():
    if _name != "rounded_up":
        average.mistake(_slip.sentence, f"average_{_name}")(_slip.pooling(torch.mean, 0.0))


average.mistake("This exercise is to write it yourself.", "library call")(average_pool2d)


@average.alternative
def average_of_slices(x, kernel, stride):
    return sum(_slices(x, kernel, stride)) / math.prod(kernel)


@average.alternative
def average_by_convolution(x, kernel, stride):
    channels = x.shape[1]
    weight = x.new_full((channels, 1, *kernel), 1 / math.prod(kernel))
    return F.conv2d(x, weight, stride=stride, groups=channels)


@average.alternative
def average_by_running_sums(x, kernel, stride):
    total = F.pad(x, (1, 0, 1, 0)).cumsum(2).cumsum(3)
    rows = total[:, :, kernel[0] :] - total[:, :, : -kernel[0]]
    boxes = rows[..., kernel[1] :] - rows[..., : -kernel[1]]
    return boxes[..., ::stride, ::stride] / math.prod(kernel)


@average.alternative
def average_by_row_and_column(x, kernel, stride):
    return x.unfold(2, kernel[0], stride).mean(-1).unfold(3, kernel[1], stride).mean(-1)


average.demand("The mean of every window", violated_by="summed")
average.demand("without the library's pooling", violated_by="library call")
average.demand("A window that does not fit is dropped", violated_by="average_with_ceil")
average.demand("kernel: (kh, kw)", violated_by="average_sides_swapped")


# 4.5 Average pooling that counts padding

frame = Exercise(
    "4.5",
    "Spot the bug: the gray frame",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        (
            "Pool the white picture by hand. In a corner, how many of the pixels in the window are"
            " real?"
        ),
        (
            "The sum is right, because a padded 0 adds nothing. Only the number it is divided by"
            " is wrong."
        ),
        (
            "A picture of ones, padded and pooled in the same way, gives the share of real pixels"
            " in every window."
        ),
    ],
)


@frame.reference
def fair_average(x, kernel, stride, padding):
    return F.avg_pool2d(x, kernel, stride, padding, count_include_pad=False)


@frame.cases
def _(rng):
    yield call(torch.ones(1, 1, 2, 2), (2, 2), 2, 1)
    yield call(torch.ones(1, 1, 3, 4), (3, 3), 1, 1)
    yield call(whole(rng, 1, 1, 3, 3), (3, 3), 1, 1)
    yield call(whole(rng, 1, 2, 4, 5), (2, 2), 2, 0)
    yield call(whole(rng, 2, 2, 5, 6), (2, 3), 2, 1)
    yield call(whole(rng, 1, 3, 6, 5), (4, 5), 3, 2)
    for n, c, h, w, stride in rng.integers([1, 1, 4, 4, 1], [3, 4, 9, 9, 4], (4, 5)).tolist():
        yield call(normal(rng, n, c, h, w), tuple(rng.integers(2, 5, 2).tolist()), stride, 1)


@frame.mistake("You still count the padded zeros, so the edge comes out darker than it is.")
def padding_counted(x, kernel, stride, padding):
    return F.avg_pool2d(x, kernel, stride, padding)


@frame.mistake(
    "Your edge pixels count more than once: you padded with copies of them. Count each pixel once."
)
def edge_repeated(x, kernel, stride, padding):
    return F.avg_pool2d(F.pad(x, [padding] * 4, mode="replicate"), kernel, stride)


@frame.mistake(
    "You padded with mirrored pixels, so some of them count twice. Count each pixel once."
)
def mirrored(x, kernel, stride, padding):
    return F.avg_pool2d(F.pad(x, [padding] * 4, mode="reflect"), kernel, stride)


@frame.mistake("Your answer is that without padding, and so has fewer windows. Keep the padding.")
def not_padded(x, kernel, stride, padding):
    return F.avg_pool2d(x, kernel, stride)


@frame.mistake(
    "You divide by the number of pixels that are not 0, so a real black pixel is taken for"
    " padding."
)
def zeros_taken_for_padding(x, kernel, stride, padding):
    windows = window_places(_padded(x, padding, 0.0), kernel, stride)
    return windows.sum((4, 5)) / (windows != 0).sum((4, 5)).clamp(min=1)


@frame.mistake(
    "You divide every window by the same number, the one of a corner. Other windows hold more real"
    " pixels."
)
def every_window_a_corner(x, kernel, stride, padding):
    real = (kernel[0] - padding) * (kernel[1] - padding)
    return window_places(_padded(x, padding, 0.0), kernel, stride).sum((4, 5)) / real


@frame.alternative
def by_share_of_real_pixels(x, kernel, stride, padding):
    pad = [padding] * 4
    return F.avg_pool2d(F.pad(x, pad), kernel, stride) / F.avg_pool2d(
        F.pad(torch.ones_like(x), pad), kernel, stride
    )


@frame.alternative
def by_nan_mean(x, kernel, stride, padding):
    return window_places(_padded(x, padding, math.nan), kernel, stride).nanmean(dim=(4, 5))


@frame.alternative
def by_clipped_windows(x, kernel, stride, padding):
    height, width = x.shape[2:]
    rows, columns = ((s + 2 * padding - k) // stride + 1 for s, k in zip((height, width), kernel))
    out = x.new_zeros(*x.shape[:2], rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride - padding, j * stride - padding
            window = x[:, :, max(top, 0) : top + kernel[0], max(left, 0) : left + kernel[1]]
            out[:, :, i, j] = window.mean(dim=(2, 3))
    return out


frame.demand("the **real pixels** in it", violated_by="padding_counted")
frame.demand("each counted once", violated_by="edge_repeated")
frame.demand("the average of every window", violated_by="not_padded")


# 4.6 Which pooling keeps a thin dark line

dark_line = Choice(
    "4.6",
    "A thin dark line",
    "c",
    difficulty=1,
    minutes=2,
    why={
        "a": (
            "Every window that the line crosses also holds white paper, and max pooling keeps the"
            " white."
        ),
        "b": (
            "The line stays visible, but a window of 16 pixels holds about 4 dark ones: it comes"
            " out light gray."
        ),
        "d": (
            "Max and min pooling treat dark and bright in opposite ways, so they cannot both"
            " keep it."
        ),
    },
    because=(
        "Min pooling keeps the darkest pixel of each window: the line stays black and grows as"
        " wide as a window."
    ),
    hints=[
        "Look at one 4x4 window that the line crosses: 12 white pixels, 4 black ones. What does"
        " each pooling keep?"
    ],
)
