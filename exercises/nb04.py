"""Exercises of notebook 04: pooling forward and backward, its output size, global and anti-aliased pooling."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checker import comparison
from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole
from checker.module_comparison import Unfit
from utils import data

POOLING = frozenset(
    "max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool2d_with_indices_backward "
    "max_pool3d max_pool3d_with_indices adaptive_max_pool2d adaptive_max_pool3d mkldnn_max_pool2d "
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool2d _adaptive_avg_pool2d _adaptive_avg_pool3d "
    "scipy.ndimage scipy.signal".split()
)
INFINITY = float("inf")


# 4.1 Output size

size = Exercise(
    "4.1", "How many windows?", difficulty=2, minutes=6,
    hints=[
        "With `ceil=False` it is the rule of a convolution: a window that hangs over the edge is dropped.",
        "With `ceil=True` round the same quotient up instead of down: `-(-a // b)` is a / b rounded up.",
        "Then look at the last window: it starts at `(count - 1) * stride`. If that is `n + padding` or more, it sees"
        " nothing but padding on the right: take one window off.",
    ],
)


@size.reference
def pooled_size(n, kernel, stride, padding=0, ceil=False):
    row = torch.zeros(1, 1, n)
    return F.max_pool1d(row, kernel, stride, padding, ceil_mode=ceil).shape[-1]


@size.cases
def _(rng):
    yield call(4, 2, 2)
    yield call(5, 2, 2)
    yield call(5, 2, 2, ceil=True)
    yield call(3, 2, 3, ceil=True)
    yield call(4, 3, 2, padding=1, ceil=True)
    yield call(5, 2, 2, padding=1, ceil=True)
    yield call(6, 3, 2)
    yield call(7, 3, 2, padding=1)
    yield call(2, 2, 1)
    yield call(224, 3, 2, ceil=True)
    for n, kernel, stride in rng.integers([5, 1, 1], [30, 6, 6], (16, 3)).tolist():
        padding, ceil = rng.integers([0, 0], [kernel // 2 + 1, 2]).tolist()
        yield call(n, kernel, stride, padding=padding, ceil=bool(ceil))


@size.mistake("You counted the steps between windows; the first window counts too.")
def steps_not_windows(n, kernel, stride, padding=0, ceil=False):
    return pooled_size(n, kernel, stride, padding, ceil) - 1


@size.mistake("That is the size with padding at one end only.")
def padding_at_one_end(n, kernel, stride, padding=0, ceil=False):
    room = n + padding - kernel
    count = (math.ceil(room / stride) if ceil else room // stride) + 1
    return count - 1 if (count - 1) * stride >= n + padding else count


@size.mistake("`ceil` changes nothing in your answer: you always round down.")
def always_floor(n, kernel, stride, padding=0, ceil=False):
    return (n + 2 * padding - kernel) // stride + 1


@size.mistake("You always round up. With `ceil=False` a window that hangs over the edge is dropped.")
def always_ceil(n, kernel, stride, padding=0, ceil=False):
    return pooled_size(n, kernel, stride, padding, True)


@size.mistake("Rounding up is right, but one of these windows starts beyond the input and sees only padding. Drop it.")
def ceil_keeps_all(n, kernel, stride, padding=0, ceil=False):
    room = n + 2 * padding - kernel
    return (-(-room // stride) if ceil else room // stride) + 1


@size.mistake(
    "You dropped a window too many. Positions count from the left end of the padding, so the input ends at"
    " `n + padding`, not at `n`."
)
def padding_on_the_left_forgotten(n, kernel, stride, padding=0, ceil=False):
    count = ceil_keeps_all(n, kernel, stride, padding, ceil)
    return count - 1 if ceil and (count - 1) * stride >= n else count


@size.mistake("A window that starts at `n + padding` is outside already: positions count from 0.")
def off_by_one_at_the_edge(n, kernel, stride, padding=0, ceil=False):
    count = ceil_keeps_all(n, kernel, stride, padding, ceil)
    return count - 1 if ceil and (count - 1) * stride > n + padding else count


@size.mistake("Windows are counted, so return an `int`: use `//`, which also drops a last window that does not fit.")
def a_float(n, kernel, stride, padding=0, ceil=False):
    return pooled_size(n, kernel, stride, padding, True) if ceil else (n + 2 * padding - kernel) / stride + 1


@size.mistake("You rounded to the nearest. Down and up are asked for, and a half is neither.")
def rounded(n, kernel, stride, padding=0, ceil=False):
    return round((n + 2 * padding - kernel) / stride + 1)


@size.mistake("You divided the length by the stride. How wide the window is matters too, and so does padding.")
def divided_by_stride(n, kernel, stride, padding=0, ceil=False):
    return math.ceil(n / stride) if ceil else n // stride


@size.alternative
def by_rule(n, kernel, stride, padding=0, ceil=False):
    room = n + 2 * padding - kernel
    count = math.ceil(room / stride) + 1 if ceil else room // stride + 1
    if ceil and (count - 1) * stride >= n + padding:
        count -= 1
    return count


@size.alternative
def by_listing_starts(n, kernel, stride, padding=0, ceil=False):
    starts = range(0, n + padding, stride) if ceil else range(0, n + 2 * padding - kernel + 1, stride)
    return sum(start == 0 or start - stride + kernel < n + 2 * padding for start in starts)


@size.alternative
def by_smaller_of_two(n, kernel, stride, padding=0, ceil=False):
    fits = 1 + (n + 2 * padding - kernel) // stride
    reaches = 1 + (n + 2 * padding - kernel + stride - 1) // stride
    return min(reaches, -(-(n + padding) // stride)) if ceil else fits


# 4.2 Max pooling


def _padded(x, padding, value):
    return F.pad(x, [padding] * 4, value=value)


def _windows(x, kernel, stride):
    """(N, C, H, W) -> a view (N, C, OH, OW, kh, kw)."""
    return x.unfold(2, kernel[0], stride).unfold(3, kernel[1], stride)


def _slices(x, kernel, stride):
    """For every place in the window, what all windows see there: kh * kw tensors (N, C, OH, OW)."""
    windows = _windows(x, kernel, stride)
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
    for n, c, h, w, stride in rng.integers([1, 1, 4, 4, 1], [3, 4, 10, 10, 4], (4, 5)).tolist():
        kernel = tuple(rng.integers(2, 5, 2).tolist())
        yield call(normal(rng, n, c, h, w), kernel, stride, padding=int(rng.integers(0, 2)))


maximum = Exercise(
    "4.2", "Max pooling", difficulty=3, minutes=12, points=2, forbidden=POOLING,
    hints=[
        "Pad first. A padded place must never win, so fill it with `float('-inf')`.",
        "The output has `(H + 2 * padding - kh) // stride + 1` rows, and as many columns by the same rule.",
        "Two loops over output rows i and columns j are enough: `x[:, :, i*stride : i*stride + kh, j*stride :"
        " j*stride + kw].amax(dim=(2, 3))` fills `out[:, :, i, j]` for all pictures and channels at once.",
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


@maximum.mistake("Around a dark picture you padded with 0, and the 0 wins. A padded place must never win.")
def max_over_zeros(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, 0.0), kernel, stride)


@maximum.mistake("Your window is as wide as it should be high, and as high as it should be wide. `kernel` is (kh, kw).")
def max_sides_swapped(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, -INFINITY), kernel[::-1], stride)


@maximum.mistake("Your window is square: you used `kernel[0]` for both sides.")
def max_square_window(x, kernel, stride, padding=0):
    return _max(_padded(x, padding, -INFINITY), (kernel[0], kernel[0]), stride)


@maximum.mistake("Your windows lie side by side whatever `stride` is: you moved them by the kernel size.")
def max_stride_is_kernel(x, kernel, stride, padding=0):
    return _padded(x, padding, -INFINITY).unfold(2, kernel[0], kernel[0]).unfold(3, kernel[1], kernel[1]).amax((4, 5))


@maximum.mistake("Your output has `H // stride` rows. That is too many where the last window does not fit.")
def max_size_divided(x, kernel, stride, padding=0):
    x = _padded(x, padding, -INFINITY)
    rows, columns = x.shape[2] // stride, x.shape[3] // stride
    out = x.new_zeros(*x.shape[:2], rows, columns)
    for i in range(rows):
        for j in range(columns):
            out[:, :, i, j] = x[:, :, i * stride :, j * stride :][:, :, : kernel[0], : kernel[1]].amax((2, 3))
    return out


@maximum.mistake("The last window of a row or column is missing: the first position counts too.")
def max_last_window_lost(x, kernel, stride, padding=0):
    return max_pool2d(x, kernel, stride, padding)[:, :, :-1, :-1]


@maximum.mistake("`padding` changes nothing in your answer.")
def max_padding_ignored(x, kernel, stride, padding=0):
    return _max(x, kernel, stride)


@maximum.mistake("You padded above and on the left only. `padding` goes on all four sides.")
def max_padded_on_two_sides(x, kernel, stride, padding=0):
    return _max(F.pad(x, (padding, 0, padding, 0), value=-INFINITY), kernel, stride)


@maximum.mistake("You took the maximum over the channels too. Pooling works on every channel alone.")
def max_over_channels(x, kernel, stride, padding=0):
    return max_pool2d(x, kernel, stride, padding).amax(1, keepdim=True)


@maximum.mistake("`.max()` of the slice mixes all pictures and channels. Reduce its last two axes only.")
def max_over_all(x, kernel, stride, padding=0):
    result = max_pool2d(x, kernel, stride, padding)
    return result.amax((0, 1), keepdim=True).expand_as(result)


@maximum.alternative
def max_in_loops(x, kernel, stride, padding=0):
    x = _padded(x, padding, -INFINITY)
    rows, columns = (x.shape[2] - kernel[0]) // stride + 1, (x.shape[3] - kernel[1]) // stride + 1
    out = x.new_empty(*x.shape[:2], rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * stride : i * stride + kernel[0], j * stride : j * stride + kernel[1]]
            out[:, :, i, j] = window.amax((2, 3))
    return out


@maximum.alternative
def max_by_unfold(x, kernel, stride, padding=0):
    return _windows(_padded(x, padding, -INFINITY), kernel, stride).amax(dim=(4, 5))


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


# 4.3 Min pooling

minimum = Exercise(
    "4.3", "Min pooling", difficulty=2, minutes=4,
    hints=[
        "The darkest pixel of a picture is the brightest of its negative.",
        "`-x` turns the smallest into the largest. Turn the result back.",
    ],
)


@minimum.reference
def min_pool2d(x, kernel, stride, padding=0):
    return _windows(_padded(x, padding, INFINITY), kernel, stride).amin(dim=(4, 5))


@minimum.cases
def _(rng):
    yield from _padding_cases(rng)


@minimum.mistake("That is max pooling: the brightest pixel of each window.")
def min_is_max(x, kernel, stride, padding=0):
    return F.max_pool2d(x, kernel, stride, padding)


@minimum.mistake("That is the negative picture, pooled, and not turned back: every value has the wrong sign.")
def min_of_the_negative(x, kernel, stride, padding=0):
    return F.max_pool2d(-x, kernel, stride, padding)


@minimum.mistake("You turned the sign of the largest. The smallest is another pixel: negate before pooling as well.")
def min_is_negative_max(x, kernel, stride, padding=0):
    return -F.max_pool2d(x, kernel, stride, padding)


@minimum.mistake("Around a bright picture you padded with 0, and the 0 is the smallest. A padded place must never win.")
def min_over_zeros(x, kernel, stride, padding=0):
    return _windows(_padded(x, padding, 0.0), kernel, stride).amin((4, 5))


@minimum.mistake("`-inf` wins every search for the smallest. Which value never does?")
def min_over_minus_infinity(x, kernel, stride, padding=0):
    return _windows(_padded(x, padding, -INFINITY), kernel, stride).amin((4, 5))


@minimum.mistake("`padding` changes nothing in your answer.")
def min_padding_ignored(x, kernel, stride, padding=0):
    return -F.max_pool2d(-x, kernel, stride)


@minimum.alternative
def min_by_two_negatives(x, kernel, stride, padding=0):
    return -F.max_pool2d(-x, kernel, stride, padding)


@minimum.alternative
def min_by_complement(x, kernel, stride, padding=0):
    return 1 - max_by_unfold(1 - x, kernel, stride, padding)


@minimum.alternative
def min_of_slices(x, kernel, stride, padding=0):
    return torch.stack(_slices(_padded(x, padding, INFINITY), kernel, stride), dim=-1).min(dim=-1)[0]


# 4.4 Average pooling

average = Exercise(
    "4.4", "Average pooling", difficulty=2, minutes=6, forbidden=POOLING,
    hints=[
        "The loops of 4.2 do, with `mean` in place of `amax`.",
        "Without loops over positions: `x[:, :, a : a + (OH - 1) * stride + 1 : stride, ...]` is what all windows see"
        " in their row a. Add up kh * kw such slices.",
        "Or see it as a convolution: every channel alone (`groups=C`), every weight 1 / (kh * kw).",
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


@average.mistake("That is the sum of each window. Divide by how many pixels it has.")
def summed(x, kernel, stride):
    return _windows(x, kernel, stride).sum((4, 5))


@average.mistake("You divided by `kernel[0] ** 2`. The window has kh * kw pixels.")
def divided_by_a_square(x, kernel, stride):
    return _windows(x, kernel, stride).sum((4, 5)) / kernel[0] ** 2


@average.mistake("You divided by the stride squared. How far the window moves does not change how many pixels it has.")
def divided_by_the_stride(x, kernel, stride):
    return _windows(x, kernel, stride).sum((4, 5)) / stride**2


@average.mistake("Your window has its sides swapped. `kernel` is (kh, kw).")
def average_sides_swapped(x, kernel, stride):
    return F.avg_pool2d(x, kernel[::-1], stride)


@average.mistake("Your windows lie side by side whatever `stride` is: you moved them by the kernel size.")
def average_stride_is_kernel(x, kernel, stride):
    return F.avg_pool2d(x, kernel)


@average.mistake("You averaged over the channels too. Pooling works on every channel alone.")
def average_over_channels(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride).mean(1, keepdim=True)


@average.mistake("Every output channel is the sum over all channels. Average each alone: `groups=C` in a convolution.")
def average_channels_summed(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride).sum(1, keepdim=True).expand(-1, x.shape[1], -1, -1)


@average.mistake("Your last window hangs over the edge. Where it does not fit, it is dropped.")
def average_with_ceil(x, kernel, stride):
    return F.avg_pool2d(x, kernel, stride, ceil_mode=True)


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


# 4.5 Average pooling that counts padding

frame = Exercise(
    "4.5", "Spot the bug: the gray frame", difficulty=3, minutes=8, points=2,
    hints=[
        "Pool the white picture by hand. In a corner, how many of the pixels in the window are real?",
        "The sum is right, because a padded 0 adds nothing. Only the number it is divided by is wrong.",
        "A picture of ones, padded and pooled in the same way, gives the share of real pixels in every window.",
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


@frame.mistake("The bug is still there: the padded zeros are counted, and the edge comes out darker than it is.")
def padding_counted(x, kernel, stride, padding):
    return F.avg_pool2d(x, kernel, stride, padding)


@frame.mistake("The frame is gone, but edge pixels now count more than once. Average what is really there.")
def edge_repeated(x, kernel, stride, padding):
    return F.avg_pool2d(F.pad(x, [padding] * 4, mode="replicate"), kernel, stride)


@frame.mistake("The frame is gone, but mirrored pixels now count as well. Average what is really there.")
def mirrored(x, kernel, stride, padding):
    return F.avg_pool2d(F.pad(x, [padding] * 4, mode="reflect"), kernel, stride)


@frame.mistake("Without padding there is no frame, and fewer windows than asked for.")
def not_padded(x, kernel, stride, padding):
    return F.avg_pool2d(x, kernel, stride)


@frame.mistake("You divide by the number of pixels that are not 0, so a real black pixel is taken for padding.")
def zeros_taken_for_padding(x, kernel, stride, padding):
    windows = _windows(_padded(x, padding, 0.0), kernel, stride)
    return windows.sum((4, 5)) / (windows != 0).sum((4, 5)).clamp(min=1)


@frame.mistake("Every window is divided by the same number, the one that fits a corner. Inside all pixels are real.")
def every_window_a_corner(x, kernel, stride, padding):
    real = (kernel[0] - padding) * (kernel[1] - padding)
    return _windows(_padded(x, padding, 0.0), kernel, stride).sum((4, 5)) / real


@frame.alternative
def by_share_of_real_pixels(x, kernel, stride, padding):
    pad = [padding] * 4
    return F.avg_pool2d(F.pad(x, pad), kernel, stride) / F.avg_pool2d(F.pad(torch.ones_like(x), pad), kernel, stride)


@frame.alternative
def by_nan_mean(x, kernel, stride, padding):
    return _windows(_padded(x, padding, math.nan), kernel, stride).nanmean(dim=(4, 5))


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


# 4.6 Which pooling keeps a thin dark line

dark_line = Choice(
    "4.6", "A thin dark line", "c", difficulty=1, minutes=2,
    why={
        "a": "Every window that the line crosses also holds white paper, and max pooling keeps the white.",
        "b": "The line stays visible, but a window of 16 pixels holds about 4 dark ones: it comes out light gray.",
        "d": "Max and min pooling treat dark and bright in opposite ways, so they cannot both keep it.",
    },
    because="Min pooling keeps the darkest pixel of each window: the line stays black and grows as wide as a window.",
    hints=["Look at one 4x4 window that the line crosses: 12 white pixels, 4 black ones. What does each pooling keep?"],
)


# 4.7 Backward of max pooling

backward = Exercise(
    "4.7", "The gradient of max pooling", difficulty=4, minutes=12, points=2, forbidden=POOLING,
    hints=[
        "Start from zeros of the shape of `x`. Every window adds something to it: nothing to all its pixels but one.",
        "A pixel can be the largest of several windows that overlap. What happens to it then?",
        "Loop over n, c, i, j. `window = x[n, c, i*stride : i*stride + kh, j*stride : j*stride + kw]`, the place is"
        " `divmod(window.argmax().item(), kw)`, and there `+=` the number `grad[n, c, i, j]`.",
    ],
)


def _backward(share, write="add"):
    """The gradient with `share(windows)` (N, C, OH, OW, kh, kw) telling which share goes where."""

    def attempt(x, kernel, stride, grad):
        parts = share(_windows(x, kernel, stride)) * grad[..., None, None]
        result = torch.zeros_like(x)
        for i in range(grad.shape[2]):
            for j in range(grad.shape[3]):
                place = result[:, :, i * stride : i * stride + kernel[0], j * stride : j * stride + kernel[1]]
                part = parts[:, :, i, j]
                place[:] = {"add": place + part, "pixel": torch.where(part != 0, part, place), "window": part}[write]
        return result

    return attempt


def _first(windows):
    flat = windows.flatten(4)
    return F.one_hot(flat.argmax(-1), flat.shape[-1]).to(windows.dtype).view(windows.shape)


def _last(windows):
    return _first(windows.flip(4, 5)).flip(4, 5)


def _all(windows):
    return (windows == windows.amax((4, 5), keepdim=True)).to(windows.dtype)


def _shared(windows):
    return _all(windows) / _all(windows).sum((4, 5), keepdim=True)


@backward.reference
def max_pool_backward(x, kernel, stride, grad):
    leaf = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        F.max_pool2d(leaf, kernel, stride).backward(grad)
    return leaf.grad


@backward.probe
def _(attempt, x, kernel, stride, grad):
    """All usual conventions for a tie count as torch's."""
    got = attempt(x, kernel, stride, grad)
    allowed = [_backward(share)(x, kernel, stride, grad) for share in (_all, _shared, _last)]
    if any(comparison.difference(got, right) is None for right in allowed):
        return _backward(_first)(x, kernel, stride, grad)
    return got


@backward.cases
def _(rng):
    def case(n, c, h, w, kernel, stride, ties=False):
        x = whole(rng, n, c, h, w) if ties else torch.from_numpy(rng.permutation(n * c * h * w) - 5.0)
        sizes = [(side - k) // stride + 1 for side, k in zip((h, w), kernel)]
        return call(x.reshape(n, c, h, w), kernel, stride, whole(rng, n, c, *sizes, low=1, high=9))

    yield call(torch.tensor([[[[1.0, 5.0], [2.0, 3.0]]]]), (2, 2), 2, torch.tensor([[[[7.0]]]]))
    yield call(torch.tensor([[[[1.0, 5.0, 2.0]]]]), (1, 2), 1, torch.tensor([[[[7.0, 4.0]]]]))
    yield case(1, 1, 4, 4, (2, 2), 2)
    yield case(1, 1, 5, 5, (3, 3), 2)
    yield case(1, 1, 5, 5, (2, 2), 2)
    yield case(2, 1, 4, 6, (3, 2), 1)
    yield case(1, 3, 7, 5, (2, 3), 3)
    yield case(2, 3, 6, 7, (3, 3), 2)
    yield call(torch.ones(1, 1, 2, 2), (2, 2), 1, torch.tensor([[[[3.0]]]]))
    yield case(2, 2, 6, 6, (3, 3), 1, ties=True)


OVERWRITES = "Where windows overlap, a pixel that is the largest of several keeps only the last gradient. They add up."
backward.mistake(OVERWRITES, "overwrites")(_backward(_first, "pixel"))
backward.mistake(OVERWRITES, "overwrites_all_maxima")(_backward(_all, "pixel"))
WINDOW = "Where windows overlap, each one wipes out what the one before wrote, its zeros too. The gradients add up."
backward.mistake(WINDOW, "overwrites_window")(_backward(_first, "window"))
backward.mistake(WINDOW, "overwrites_window_all_maxima")(_backward(_all, "window"))
backward.mistake(
    "You gave every pixel of the window the whole gradient. Only the largest one moved the output.", "to_every_pixel"
)(_backward(torch.ones_like))
backward.mistake(
    "You shared the gradient evenly among the pixels of the window. That is the gradient of average pooling.", "evenly"
)(_backward(lambda windows: torch.ones_like(windows) / math.prod(windows.shape[4:])))
backward.mistake(
    "You passed on the largest value itself. What goes back is the gradient that came in.", "value_instead_of_gradient"
)(lambda x, kernel, stride, grad: _backward(_first)(x, kernel, stride, F.max_pool2d(x, kernel, stride)))
backward.mistake(
    "You wrote the gradient times the largest value. The slope of `max` towards its largest input is 1.", "times_value"
)(lambda x, kernel, stride, grad: _backward(_first)(x, kernel, stride, grad * F.max_pool2d(x, kernel, stride)))
backward.mistake(
    "You marked the largest pixels with ones and left out the gradient that came in. Chain rule: multiply.", "only_ones"
)(lambda x, kernel, stride, grad: _backward(_first)(x, kernel, stride, torch.ones_like(grad)))


@backward.mistake("You searched the largest over all channels together. Every channel has its own.")
def one_place_for_all_channels(x, kernel, stride, grad):
    windows = _windows(x, kernel, stride).movedim(1, 3)
    best = _first(windows.flatten(3, 4)).view(windows.shape).movedim(3, 1)
    return _backward(lambda _: best)(x, kernel, stride, grad)


@backward.alternative
def backward_in_loops(x, kernel, stride, grad):
    result = torch.zeros_like(x)
    for n, c, i, j in np.ndindex(*grad.shape):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + kernel[0], left : left + kernel[1]]
        row, column = divmod(window.argmax().item(), kernel[1])
        result[n, c, top + row, left + column] += grad[n, c, i, j]
    return result


@backward.alternative
def backward_to_all_maxima(x, kernel, stride, grad):
    result = torch.zeros_like(x)
    for i in range(grad.shape[2]):
        for j in range(grad.shape[3]):
            place = (..., slice(i * stride, i * stride + kernel[0]), slice(j * stride, j * stride + kernel[1]))
            mask = x[place] == x[place].amax(dim=(2, 3), keepdim=True)
            result[place] += mask * grad[:, :, i : i + 1, j : j + 1]
    return result


@backward.alternative
def backward_by_autograd(x, kernel, stride, grad):
    leaf = x.detach().clone().requires_grad_()
    _windows(leaf, kernel, stride).amax(dim=(4, 5)).backward(grad)
    return leaf.grad


@backward.alternative
def backward_by_fold(x, kernel, stride, grad):
    n, c = x.shape[:2]
    columns = F.unfold(x, kernel, stride=stride).view(n, c, math.prod(kernel), -1)
    best = torch.zeros_like(columns).scatter_(2, columns.argmax(2, keepdim=True), grad.reshape(n, c, 1, -1))
    return F.fold(best.flatten(1, 2), x.shape[2:], kernel, stride=stride)


# 4.8 Global average pooling

head = Module(
    "4.8", "A head for any size", difficulty=2, minutes=5, points=2,
    hints=[
        "The linear layer meets C numbers a picture, however large the picture is.",
        "`x.mean(dim=(2, 3))` turns (N, C, H, W) into (N, C).",
    ],
)


@head.reference
class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


@head.cases
def _(rng):
    yield call(2, 3, inputs=whole(rng, 2, 2, 4, 4))
    yield call(2, 3, inputs=whole(rng, 1, 2, 4, 4))
    yield call(1, 3, inputs=whole(rng, 2, 1, 4, 4))
    yield call(3, 2, inputs=whole(rng, 2, 3, 3, 4))
    yield call(3, 2, inputs=whole(rng, 2, 3, 1, 1))
    yield call(3, 4, inputs=whole(rng, 2, 3, 7, 5))
    yield call(4, 10, inputs=normal(rng, 3, 4, 8, 9))


def _head(name, forward):
    """The right layers with another forward."""

    def init(self, channels, classes):
        nn.Module.__init__(self)
        self.linear = nn.Linear(channels, classes)

    return type("Head", (nn.Module,), {"__init__": init, "forward": forward, "__qualname__": name})


head.mistake("You added the pixels up. A picture twice as large would then give twice as large numbers.", "sums")(
    _head("sums", lambda self, x: self.linear(x.sum((2, 3))))
)
head.mistake("That is global max pooling. Asked for is the average.", "global_max")(
    _head("global_max", lambda self, x: self.linear(x.amax((2, 3))))
)
head.mistake("Your window has a fixed size, 4x4, so other pictures do not fit or lose their edge.", "fixed_window")(
    _head("fixed_window", lambda self, x: self.linear(F.avg_pool2d(x, 4).flatten(1)))
)
head.mistake("You averaged over the width only, so the height is still there.", "width_only")(
    _head("width_only", lambda self, x: self.linear(x.mean(3)))
)
head.mistake("Height and width are averaged, but two axes of size 1 are left. Drop them first.", "axes_kept")(
    _head("axes_kept", lambda self, x: self.linear(x.mean((2, 3), keepdim=True)))
)
head.mistake("`squeeze` also removes the batch axis when the batch has one picture. Use `flatten(1)`.", "squeezed")(
    _head("squeezed", lambda self, x: self.linear(F.adaptive_avg_pool2d(x, 1).squeeze()))
)
head.mistake("That is the softmax of the answer. Return the scores; the loss takes the softmax itself.", "softmax")(
    _head("softmax", lambda self, x: self.linear(x.mean((2, 3))).softmax(1))
)
head.mistake("You averaged over the batch too: all pictures get the same scores.", "over_the_batch")(
    _head("over_the_batch", lambda self, x: self.linear(x.mean((0, 2, 3)).expand(len(x), -1)))
)


@head.alternative
class ByMean(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.mean(dim=(2, 3)))


@head.alternative
class ScoresFirst(nn.Module):
    """Scores at every pixel, averaged afterwards: both steps are linear, so their order does not matter."""

    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.movedim(1, -1)).mean(dim=(1, 2))


@head.alternative
class WindowOfThePicture(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.fully_connected = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fully_connected(F.avg_pool2d(x, x.shape[2:])[:, :, 0, 0])


# 4.9 Memory

BYTES = 64 * 224 * 224 * 4

memory = Number(
    "4.9", "What pooling saves", (BYTES, BYTES // 4, 4), difficulty=2, minutes=3,
    wrong={
        "halved": (
            (BYTES, BYTES // 2, 2),
            "You halved once. Pooling halves the height and the width.",
        ),
        "numbers_not_bytes": ((BYTES // 4, BYTES // 16, 4), "Those are numbers. Each takes 4 bytes in float32."),
        "bits": ((BYTES * 8, BYTES * 2, 4), "Those are bits. A float32 has 32 bits, which is 4 bytes."),
        "one_channel": ((BYTES // 64, BYTES // 256, 4), "That is one channel. There are 64."),
        "work_halved": (
            (BYTES, BYTES // 4, 2),
            "The bytes are right. The next convolution has a quarter of the positions left, not half.",
        ),
        "work_by_channels": (
            (BYTES, BYTES // 4, 8),
            "The bytes are right. The next layer has 128 filters either way: compare its positions only.",
        ),
        "upside_down": (
            (BYTES, BYTES // 4, 0.25),
            "The bytes are right. A quarter is the work with pooling; how many times more is it without?",
        ),
        "work_unchanged": (
            (BYTES, BYTES // 4, 1),
            "The bytes are right. The next layer's weights are as many as before, but each is used at fewer positions.",
        ),
    },
    right=[[12_845_056, 3_211_264, 4], (12_845_056, 3_211_264, 4.0)],
    hints=[
        "Bytes: channels x height x width x 4.",
        "A convolution does the same work at each of its output positions. How many positions are left?",
    ],
)


@memory.probe
def _(attempt):
    """A division gives a float; a whole one counts."""
    if not isinstance(attempt, comparison.SEQUENCES):
        return attempt
    return [int(item) if type(item) is float and item.is_integer() else item for item in attempt]


# 4.10 Shift consistency

shifts = Exercise(
    "4.10", "Measure shift consistency", difficulty=3, minutes=8, points=2,
    hints=[
        "`torch.roll(x, (down, right), dims=(2, 3))` moves it; what leaves on one side comes in on the other.",
        "A prediction is the class with the largest score: `net(x).argmax(1)`.",
        "Compare the predictions for x and for the moved x. `(a == b).double().mean().item()` is the share.",
    ],
)


class Brightest(nn.Module):
    """A toy classifier whose class is the brightest row (axis 2) or column (axis 3)."""

    def __init__(self, axis):
        super().__init__()
        self.axis = axis

    def forward(self, x):
        return x.sum(dim=(1, 5 - self.axis))


class Corner(nn.Module):
    """A toy classifier that looks at two places and compares them."""

    def forward(self, x):
        return torch.stack([x[:, 0, 0, 0], x[:, 0, -1, -1] + 0.1], dim=1)


class Restless(nn.Module):
    """A net whose scores are random while it is in training mode, as dropout makes them."""

    def forward(self, x):
        scores = Brightest(3)(x)
        return torch.rand_like(scores) if self.training else scores * 0 + torch.tensor([0.0, 1.0])


@shifts.reference
def consistency(net, x, down, right):
    net.eval()
    with torch.no_grad():
        before = net(x).numpy()
        after = net(torch.from_numpy(np.roll(x.numpy(), (down, right), (2, 3)))).numpy()
    return float(np.mean(before.argmax(1) == after.argmax(1)))


@shifts.cases
def _(rng):
    line = torch.tensor([[[[0.0, 1.0, 0.0], [0.0, 2.0, 0.0]]]])
    yield call(Brightest(3), line, 1, 0)
    yield call(Brightest(3), line, 0, 1)
    yield call(Brightest(2), line, 1, 0)
    yield call(Restless(), normal(rng, 6, 1, 3, 2), 0, 1)
    yield call(Corner(), normal(rng, 8, 2, 3, 4), 0, 1)
    yield call(Corner(), normal(rng, 20, 1, 4, 3), -1, 0)
    yield call(Corner(), normal(rng, 20, 3, 4, 5), 2, 3)
    yield call(Brightest(2), normal(rng, 10, 1, 4, 4), 4, 4)


def _agreement(net, x, moved):
    net.eval()
    return (net(x).argmax(1) == net(moved).argmax(1)).double().mean().item()


@shifts.mistake("That is the share of predictions that changed. Asked for is the share that stayed.")
def share_that_changed(net, x, down, right):
    return 1 - consistency(net, x, down, right)


@shifts.mistake("You compared the scores themselves. They may change a little while the predicted class stays.")
def compares_scores(net, x, down, right):
    net.eval()
    return (net(x) == net(torch.roll(x, (down, right), (2, 3)))).all(1).double().mean().item()


@shifts.mistake("`down` moves along the height, axis 2, and `right` along the width, axis 3. Yours are swapped.")
def directions_swapped(net, x, down, right):
    return consistency(net, x, right, down)


@shifts.mistake("You moved the pictures up and left. `torch.roll` moves down and right for positive numbers.")
def opposite_direction(net, x, down, right):
    return consistency(net, x, -down, -right)


@shifts.mistake("You filled with zeros. Here the picture is a ring: what leaves comes in on the other side.")
def filled_with_zeros(net, x, down, right):
    return _agreement(net, x, data.shift(x, down, right))


@shifts.mistake(
    "`torch.roll` without `dims=(2, 3)` runs through the flattened batch, so pixels move from row to row."
)
def rolled_flat(net, x, down, right):
    return _agreement(net, x, torch.roll(x, down * x.shape[3] + right))


@shifts.mistake("You moved the pictures along the batch and the channels. Height and width are axes 2 and 3.")
def along_batch_and_channels(net, x, down, right):
    return _agreement(net, x, torch.roll(x, (down, right), (0, 1)))


@shifts.mistake("The net is in training mode, where dropout and batch statistics change its answers.")
def in_training_mode(net, x, down, right):
    net.train()
    return (net(x).argmax(1) == net(torch.roll(x, (down, right), (2, 3))).argmax(1)).double().mean().item()


@shifts.mistake("That is how many predictions stayed. Divide by the number of pictures.")
def a_count(net, x, down, right):
    return consistency(net, x, down, right) * len(x)


@shifts.alternative
def picture_by_picture(net, x, down, right):
    net.eval()
    moved = x.roll(down, 2).roll(right, 3)
    same = [net(a[None]).argmax() == net(b[None]).argmax() for a, b in zip(x, moved)]
    return sum(same).item() / len(same)


@shifts.alternative
def by_joining_two_parts(net, x, down, right):
    down, right = down % x.shape[2], right % x.shape[3]
    rows = torch.cat([x[:, :, x.shape[2] - down :], x[:, :, : x.shape[2] - down]], dim=2)
    moved = torch.cat([rows[..., x.shape[3] - right :], rows[..., : x.shape[3] - right]], dim=3)
    return _agreement(net, x, moved)


@shifts.alternative
def by_indexing(net, x, down, right):
    rows = (torch.arange(x.shape[2]) - down) % x.shape[2]
    columns = (torch.arange(x.shape[3]) - right) % x.shape[3]
    return _agreement(net, x, x[:, :, rows][..., columns])


# 4.11 Blur pooling

blur = Exercise(
    "4.11", "Blur pooling", difficulty=3, minutes=10, points=2,
    hints=[
        "The weights are the outer product of [1, 2, 1] with itself, divided by 16.",
        "Pad by one on each side with `F.pad(x, (1, 1, 1, 1), mode=mode)`. Every channel is blurred alone: `groups=C`,"
        " and the weight has shape (C, 1, 3, 3).",
        "One call does the rest: `F.conv2d(padded, weight, stride=stride, groups=C)`.",
    ],
)
TRIANGLE = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64) / 4


def _depthwise(x, filter, stride, mode="reflect"):
    channels = x.shape[1]
    weight = filter.to(x.dtype).expand(channels, 1, *filter.shape)
    padded = F.pad(x, (1, 1, 1, 1)) if mode == "constant" else F.pad(x, (1, 1, 1, 1), mode=mode)
    return F.conv2d(padded, weight, stride=stride, groups=channels)


@blur.reference
def blur_pool(x, stride=2, mode="reflect"):
    n, c, h, w = x.shape
    filter = torch.outer(TRIANGLE, TRIANGLE).to(x.dtype)
    padded = F.pad(x, (1, 1, 1, 1), mode=mode).reshape(n * c, 1, h + 2, w + 2)
    blurred = F.conv2d(padded, filter[None, None], stride=stride)
    return blurred.reshape(n, c, *blurred.shape[2:])


@blur.probe
def _(attempt, x, *args, **kwargs):
    """Nets are trained through it, so the gradient counts too."""
    with torch.enable_grad():
        leaf = x.clone().requires_grad_()
        output = attempt(leaf, *args, **kwargs)
        seen = {"the output": output}
        if not isinstance(output, torch.Tensor) or not output.is_floating_point():
            return seen
        if not output.requires_grad:
            raise Unfit("no gradient flows through your answer, so nothing before it could learn.")
        (output * torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).reshape(output.shape)).sum().backward()
    return seen | {"the gradient": leaf.grad}


@blur.cases
def _(rng):
    yield call(torch.tensor([[[[0.0, 0.0, 0.0], [0.0, 16.0, 0.0], [0.0, 0.0, 0.0]]]]), stride=1)
    yield call(torch.tensor([[[[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]]]]))
    yield call(whole(rng, 1, 1, 4, 4))
    yield call(whole(rng, 1, 2, 4, 6))
    yield call(whole(rng, 2, 3, 5, 4), mode="circular")
    yield call(whole(rng, 1, 3, 7, 5), stride=3)
    yield call(normal(rng, 2, 2, 6, 6), stride=1, mode="circular")
    yield call(normal(rng, 1, 2, 4, 6))


def _named(filter):
    return lambda x, stride=2, mode="reflect": _depthwise(x, filter, stride, mode)


SQUARE = torch.outer(TRIANGLE, TRIANGLE)
blur.mistake("Your weights add up to 16, so the picture comes out 16 times as bright. Divide.", "not_divided")(
    _named(SQUARE * 16)
)
blur.mistake("Your weights add up to 4: you divided by 4 once. Both directions need it.", "divided_once")(
    _named(SQUARE * 4)
)
blur.mistake("That is the plain average of 3x3. The weights fall off from the middle: 1, 2, 1.", "box")(
    _named(torch.full((3, 3), 1 / 9))
)
blur.mistake("You added row and column weights. The filter is their product: its corners are 1/16.", "sum_of_weights")(
    _named((TRIANGLE[:, None] + TRIANGLE) / 6)
)
blur.mistake("You blurred along the width only.", "width_only_blurred")(
    _named(torch.stack([TRIANGLE * 0, TRIANGLE, TRIANGLE * 0]))
)


@blur.mistake("You padded with zeros, so the edge gets darker. Use `mode`.")
def zero_padded(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, "constant")


@blur.mistake("You padded by reflection whatever `mode` asks for.")
def always_reflected(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride)


@blur.mistake("Your output is as large as the input: the stride is missing.")
def stride_missing(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, 1, mode)


@blur.mistake("You subsampled first and blurred afterwards. What the subsampling mixed up, a blur cannot mend.")
def blurred_too_late(x, stride=2, mode="reflect"):
    return _depthwise(x[..., ::stride, ::stride], SQUARE, 1, mode)


@blur.mistake("Every output channel is the sum over all channels. Blur each channel alone: `groups=C`.")
def channels_mixed(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, mode).sum(1, keepdim=True).expand(-1, x.shape[1], -1, -1)


@blur.mistake("With `.data`, `.detach()` or numpy the chain of gradients breaks. Stay in torch.")
def without_gradient(x, stride=2, mode="reflect"):
    return _depthwise(x.detach(), SQUARE, stride, mode)


@blur.alternative
def blur_by_slices(x, stride=2, mode="reflect"):
    x = F.pad(x, (1, 1, 1, 1), mode=mode)
    x = (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :])[..., ::stride, :] / 4
    return (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:])[..., ::stride] / 4


@blur.alternative
def blur_by_two_averages(x, stride=2, mode="reflect"):
    once = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode=mode), 2, stride=1)
    return F.avg_pool2d(once, 2, stride=stride)


@blur.alternative
def blur_by_groups(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, mode)


@blur.alternative
def blur_by_einsum(x, stride=2, mode="reflect"):
    windows = F.pad(x, (1, 1, 1, 1), mode=mode).unfold(2, 3, stride).unfold(3, 3, stride)
    filter = TRIANGLE.to(x.dtype)
    return torch.einsum("ncijab,a,b->ncij", windows, filter, filter)


# 4.12 The shift that changes nothing

period = Number(
    "4.12", "The shift that changes nothing", 8, difficulty=2, minutes=2,
    wrong={
        "one_layer": (2, "That is the stride of one layer. The second layer's grid is already twice as coarse."),
        "two_layers": (4, "That satisfies the first two layers. There is a third."),
        "sum_of_strides": (6, "You added the strides. A step of one on the last grid is 2 x 2 x 2 pixels."),
        "whole_picture": (16, "That brings the very same picture back, so it holds. There is a smaller one."),
        "any_shift": (1, "A shift of one pixel makes the first pooling meet other pairs of pixels."),
    },
    right=[2**3, 8.0],
    hints=["After one pooling, a shift of 2 pixels is a shift of 1. What must it be before all three?"],
)


# Recall

twice_as_wide = Choice(
    "4.13", "Twice as wide", "d", difficulty=1, minutes=1,
    why={
        "a": "The linear layer meets one number a channel, and there are as many channels as before.",
        "b": "Its weights belong to channels, not to places: there are as many as before.",
        "c": "A sum would double. The average of twice as many places has the same size.",
    },
    because="One average a channel, whatever the size: that is why such a net takes any picture.",
    hints=["How many numbers a picture reach the linear layer?"],
)

why_blur = Choice(
    "4.14", "Why blur first", "c", difficulty=2, minutes=1,
    why={
        "a": "You saw it fall short of 100 %: steadier, not exactly invariant.",
        "b": "Its weights are fixed: nothing is learned.",
        "d": "It blurs every channel alone.",
    },
    because="Detail too fine for the coarser grid would otherwise come out differently with every shift.",
    hints=["Think of the stripes 0 0 1 1 0 0 1 1, seen every second pixel."],
)

hardly_used = Choice(
    "4.15", "Hardly used?", "b", difficulty=1, minutes=1,
    why={
        "a": "Many nets since then downsample inside by strided convolutions. Look at the very end of them.",
        "c": "VGG pools after every block of convolutions; later nets mostly do not.",
        "d": "It is the other way round: it was generative nets that gave pooling up, in 2015.",
    },
    because="Inside, strides often took its place. At the end, nearly every classifier averages over all places.",
    hints=["What stands between the last convolution and the linear layer of a ResNet?"],
)
