"""Exercises 2.8 to 2.12: a whole convolutional layer, broken ones, and a test that tells them
apart.
"""

import itertools

import torch
import torch.nn.functional as F

from checker.exercise import Choice, Exercise, call
from checker.sandbox import CONVOLUTION
from exercises.nb02.shared import conv_cases, places, places_along, zeros_around

# 2.8

convolution = Exercise(
    "2.8",
    "conv2d from scratch",
    difficulty=4,
    minutes=30,
    points=3,
    forbidden=CONVOLUTION,
    hints=[
        (
            "First pad, with a tensor of zeros that you write the picture into, or `F.pad(x,"
            " (left, right, top, bottom))`. From there on think of the padded picture only."
        ),
        (
            "Loop over output places (i, j). The window starts at row `i * stride`, column `j *"
            " stride`, and has all pictures and all channels: `x[:, :, top : top + kh, left : left"
            " + kw]`, shape (N, C, KH, KW)."
        ),
        (
            "Every window meets every filter: `torch.einsum('nchw,ochw->no', window, w)` sums over"
            " channels, rows and columns and gives (N, O). The bias has shape (O,), so it can be"
            " added right there."
        ),
    ],
)


@convolution.reference
def conv2d(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


convolution.cases(conv_cases)


def _window_loop(x, w, b, rows, columns, window_at):
    """An output of zeros, filled place by place; a window that does not fit its filter raises, as
    it would there.
    """
    y = x.new_zeros(len(x), len(w), rows, columns)
    for i, j in itertools.product(range(rows), range(columns)):
        y[:, :, i, j] = torch.einsum("nchw,fchw->nf", window_at(i, j), w)
    return y if b is None else y + b[:, None, None]


@convolution.mistake(
    "You flipped the kernel. Networks lay it on the window as it is: cross-correlation."
)
def kernel_flipped(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w.flip(2, 3), b, stride, padding)


@convolution.mistake("Your output has no bias. Add `b[f]` to each number of channel f.")
def no_bias(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None, stride, padding)


@convolution.mistake("Your output is that without padding.")
def padding_unused(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride)


@convolution.mistake("Your zeros stand above and to the left only. Put them on all four sides.")
def padding_before_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(x, (padding, 0, padding, 0)), w, b, stride)


@convolution.mistake(
    "You padded along the rows only, left and right. `F.pad` takes (left, right, top, bottom)."
)
def columns_padded(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, (0, padding))


@convolution.mistake("You padded with copies of the edge pixels. Pad with zeros.")
def edges_repeated(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(x, (padding,) * 4, mode="replicate"), w, b, stride)


@convolution.mistake("You always pad by 1, whatever `padding` says.")
def padding_of_one(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, 1)


@convolution.mistake(
    "The size of your output knows the stride, your windows do not: they start at i, j. Multiply"
    " both by the stride."
)
def stride_not_in_windows(x, w, b=None, stride=1, padding=0):
    rows, columns = places(x, w, stride, padding)
    return F.conv2d(x, w, b, 1, padding)[:, :, :rows, :columns]


@convolution.mistake(
    "Your windows start at row `i * stride`, but at column `j`. Multiply j by the stride as well."
)
def stride_not_in_columns(x, w, b=None, stride=1, padding=0):
    rows, columns = places(x, w, stride, padding)
    return F.conv2d(x, w, b, (stride, 1), padding)[:, :, :rows, :columns]


@convolution.mistake("Your output is that for a stride of 1.")
def stride_unused(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, 1, padding)


@convolution.mistake(
    "You use the stride for rows and forget it for columns, in the size of the output too."
)
def stride_for_rows_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, (stride, 1), padding)


@convolution.mistake(
    "Your output is as wide as if the picture were as wide as it is high. It need not be square."
)
def picture_height_for_width(x, w, b=None, stride=1, padding=0):
    (rows, _), padded = places(x, w, stride, padding), zeros_around(x, padding)
    columns = (x.shape[2] + 2 * padding - w.shape[3]) // stride + 1
    (kh, kw), s = w.shape[2:], stride
    return _window_loop(
        x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kw]
    )


@convolution.mistake(
    "You use the height of the kernel for its width. A kernel need not be square."
)
def kernel_height_for_width(x, w, b=None, stride=1, padding=0):
    padded, kh, s = zeros_around(x, padding), w.shape[2], stride
    rows, columns = [(n - kh) // s + 1 for n in padded.shape[2:]]
    return _window_loop(
        x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kh]
    )


@convolution.mistake(
    "Your output has a last row or column of zeros, where no window fits. Round its size down."
)
def rounded_up_with_zeros(x, w, b=None, stride=1, padding=0):
    sizes = [n + 2 * padding - k for n, k in zip(x.shape[2:], w.shape[2:])]
    down, right = [-(-size // stride) - size // stride for size in sizes]
    y = F.pad(F.conv2d(x, w, None, stride, padding), (0, right, 0, down))
    return y if b is None else y + b[:, None, None]


@convolution.mistake("Your last windows hang over the edge, filled up with zeros. Drop them.")
def rounded_up_with_windows(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(zeros_around(x, padding), (0, stride - 1, 0, stride - 1)), w, b, stride)


@convolution.mistake(
    "You use the first channel only. A filter is as deep as the picture: sum over all channels."
)
def first_channel(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x[:, :1], w[:, :1], b, stride, padding)


@convolution.mistake("Your output holds the first picture of the batch only.")
def first_picture(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x[:1], w, b, stride, padding)


@convolution.mistake(
    "Your output is that of the first filter only. It should have a channel for every filter."
)
def first_filter(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w[:1], None if b is None else b[:1], stride, padding)


@convolution.mistake(
    "Your axes are in the order (O, N, H, W). Pictures come first, then channels."
)
def filters_first(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).transpose(0, 1)


@convolution.mistake("Your output is the mean of the products in each window. Take their sum.")
def mean_of_window(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w / w[0].numel(), b, stride, padding)


@convolution.mistake(
    "Your bias lies along the width: shape (O,) meets the last axis. Make it meet the second."
)
def bias_along_the_width(x, w, b=None, stride=1, padding=0):
    y = F.conv2d(x, w, None, stride, padding)
    return y if b is None else y + b


@convolution.mistake(
    "You add the bias once for every input channel. Add it once, after the sum over channels."
)
def bias_for_every_channel(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None if b is None else b * x.shape[1], stride, padding)


@convolution.mistake("Your output lacks its last row and column: the first position counts too.")
def last_window_lost(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)[:, :, :-1, :-1]


@convolution.mistake(
    "Your size is rounded to the nearest. A window that fits by half does not fit."
)
def rounded_to_the_nearest(x, w, b=None, stride=1, padding=0):
    sizes = zip(x.shape[2:], w.shape[2:])
    rows, columns = [round((n + 2 * padding - k) / stride) + 1 for n, k in sizes]
    room = F.pad(zeros_around(x, padding), (0, stride, 0, stride))
    return F.conv2d(room, w, b, stride)[:, :, :rows, :columns]


@convolution.mistake(
    "Your output is that of a picture padded by half the kernel, whatever `padding` says."
)
def padding_of_half_a_kernel(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, (w.shape[2] // 2, w.shape[3] // 2))


def _by_windows(sizes, window=lambda w: w.shape[2:], around=lambda padding: padding):
    """A convolution in loops: its `sizes` by x, w, stride and padding; windows of other sides, or
    from a picture with other zeros around it.
    """

    def conv(x, w, b=None, stride=1, padding=0):
        padded, (kh, kw), s = zeros_around(x, around(padding)), window(w), stride
        return _window_loop(
            x,
            w,
            b,
            *sizes(x, w, stride, padding),
            lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kw],
        )

    return conv


def _sizes_by(kernel):
    """Both sizes by one side of the kernel."""
    return lambda x, w, stride, padding: [
        places_along(n, kernel(w), stride, padding) for n in x.shape[2:]
    ]


convolution.mistake(
    "You pad. The size of your output is counted without the padding.", "size_without_padding"
)(_by_windows(lambda x, w, stride, padding: places(x, w, stride, 0)))


convolution.mistake(
    "The size of your output knows `padding`. Your picture is padded by 1, whatever it says.",
    "picture_padded_by_one",
)(_by_windows(places, around=lambda padding: 1))


convolution.mistake(
    "Your output has a place for every step of the stride in the picture, not for every window"
    " that fits.",
    "size_divided_by_the_stride",
)(_by_windows(lambda x, w, stride, padding: [n // stride for n in x.shape[2:]]))


@convolution.mistake(
    "Your output has a place for every step of the stride in the picture, and the windows that do"
    " not fit are cut off at its edge."
)
def size_divided_and_cut(x, w, b=None, stride=1, padding=0):
    rows, columns = [n // stride for n in x.shape[2:]]
    room = F.pad(zeros_around(x, padding), (0, x.shape[3], 0, x.shape[2]))
    return F.conv2d(room, w, b, stride)[:, :, :rows, :columns]


convolution.mistake(
    "Your output has as many columns as rows. Count the columns by themselves.", "square_output"
)(_by_windows(lambda x, w, stride, padding: [places(x, w, stride, padding)[0]] * 2))


convolution.mistake(
    "You use the width of the kernel for its height. A kernel need not be square.",
    "kernel_width_for_height",
)(_by_windows(_sizes_by(lambda w: w.shape[3]), window=lambda w: (w.shape[3], w.shape[3])))


convolution.mistake(
    "Your windows are right. The size of your output is that for a kernel as wide as it is high.",
    "kernel_height_in_the_size",
)(_by_windows(_sizes_by(lambda w: w.shape[2])))


@convolution.mistake(
    "Your windows start at column `j * stride`, but at row `i`. Multiply i by the stride as well."
)
def stride_not_in_rows(x, w, b=None, stride=1, padding=0):
    rows, columns = places(x, w, stride, padding)
    return F.conv2d(x, w, b, (1, stride), padding)[:, :, :rows, :columns]


@convolution.mistake("You add the bias to every product in the window. Add it once, to their sum.")
def bias_for_every_product(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None if b is None else b * w[0].numel(), stride, padding)


@convolution.mistake(
    "At padding 0, your slice `[padding:-padding]` is empty. Count its end from the front."
)
def padded_by_a_slice(x, w, b=None, stride=1, padding=0):
    return crops_with_minus_padding(x, w, b, stride, padding)


@convolution.mistake(
    "Your output is right, but `x` is no longer what it was. Work on a copy of it."
)
def picture_used_up(x, w, b=None, stride=1, padding=0):
    y = F.conv2d(x, w, b, stride, padding)
    x.zero_()
    return y


convolution.mistake("This exercise is to write it yourself.", "library call")(conv2d)


@convolution.alternative
def places_in_loops(x, w, b=None, stride=1, padding=0):
    padded, (kh, kw), s = zeros_around(x, padding), w.shape[2:], stride
    rows, columns = places(x, w, stride, padding)
    return _window_loop(
        x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kw]
    )


@convolution.alternative
def weights_in_loops(x, w, b=None, stride=1, padding=0):
    padded, (rows, columns), s = zeros_around(x, padding), places(x, w, stride, padding), stride
    y = x.new_zeros(len(x), len(w), rows, columns)
    for i, j in itertools.product(range(w.shape[2]), range(w.shape[3])):
        seen = padded[:, :, i : i + s * (rows - 1) + 1 : s, j : j + s * (columns - 1) + 1 : s]
        y += torch.einsum("nchw,fc->nfhw", seen, w[:, :, i, j])
    return y if b is None else y + b.reshape(1, -1, 1, 1)


@convolution.alternative
def five_levels_of_loops(x, w, b=None, stride=1, padding=0):
    padded, (kh, kw) = zeros_around(x, padding), w.shape[2:]
    y = x.new_zeros(len(x), len(w), *places(x, w, stride, padding))
    for n, f, i, j in itertools.product(*map(range, y.shape)):
        for c in range(x.shape[1]):
            top, left = i * stride, j * stride
            y[n, f, i, j] += (padded[n, c, top : top + kh, left : left + kw] * w[f, c]).sum()
        y[n, f, i, j] += 0 if b is None else b[f]
    return y


@convolution.alternative
def by_tensor_unfold(x, w, b=None, stride=1, padding=0):
    windows = zeros_around(x, padding).unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    y = torch.tensordot(windows, w, dims=([1, 4, 5], [1, 2, 3])).movedim(-1, 1)
    return y if b is None else y + b[:, None, None]


@convolution.alternative
def by_as_strided(x, w, b=None, stride=1, padding=0):
    padded = zeros_around(x, padding).contiguous()
    n, c, h, v = padded.stride()
    shape = (*x.shape[:2], *places(x, w, stride, padding), *w.shape[2:])
    windows = padded.as_strided(shape, (n, c, h * stride, v * stride, h, v))
    return torch.einsum("nchwij,fcij->nfhw", windows, w) + (
        0 if b is None else b[None, :, None, None]
    )


@convolution.alternative
def by_library_unfold(x, w, b=None, stride=1, padding=0):
    columns = F.unfold(x, w.shape[2:], padding=padding, stride=stride)
    y = (w.flatten(1) @ columns).unflatten(2, places(x, w, stride, padding))
    return y if b is None else y + b[:, None, None]


@convolution.alternative
def by_numpy(x, w, b=None, stride=1, padding=0):
    import numpy as np

    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(w.shape[2:]), (2, 3))[
        :, :, ::stride, ::stride
    ]
    y = np.einsum("nchwij,fcij->nfhw", windows, w.numpy())
    return torch.from_numpy(y if b is None else y + b.numpy()[:, None, None])


convolution.demand("The formula above, whole", violated_by="kernel_flipped")
convolution.demand("`b` (O,) or None", violated_by="no_bias")
convolution.demand("zero `padding`", violated_by="edges_repeated")
convolution.demand("for both axes", violated_by="stride_for_rows_only")
convolution.demand(
    "Pictures and kernels need not be square", violated_by="kernel_height_for_width"
)
convolution.demand("the stride need not divide", violated_by="rounded_up_with_zeros")
convolution.demand("the padding may be 0", violated_by="padded_by_a_slice")
convolution.demand("the library's convolutions are not allowed", violated_by="library call")
convolution.demand("Do not change `x`", violated_by="picture_used_up")


# 2.9, 2.10, 2.11

stride_bug = Choice(
    "2.9",
    "Spot the bug: the stride",
    "d",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "a": "The number of rows is right: 7 rows, a window of 3 and a stride of 2 give 3.",
        "b": (
            "The number of columns is right. So is the shape of the result, which is why nobody"
            " noticed."
        ),
        "c": "The rows of the window start at `top`, which knows the stride.",
        "e": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because=(
        "The columns of the window start at j. Every window but the first of a row stands too far"
        " left."
    ),
    hints=["Follow i and j from `range` into the window. One of them meets the stride."],
)


width_bug = Choice(
    "2.10",
    "Spot the bug: only square pictures",
    "b",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "a": "Axis 2 is the height, and rows come from the height.",
        "c": "`left` is where the window starts along a row. It is right for any width.",
        "d": "The window takes `kh` rows and `kw` columns: right for any kernel.",
        "e": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because=(
        "`x.shape[2]` is the height. The columns come from `x.shape[3]`. No square picture"
        " shows it."
    ),
    hints=["In (N, C, H, W), which number of `x.shape` is the width?"],
)


edge_bug = Choice(
    "2.11",
    "Spot the bug: the last row and column",
    "a",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "b": "The windows start where they should, and only those that fit are computed.",
        "c": "The window takes `kh` rows and `kw` columns: right for any kernel.",
        "d": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because=(
        "Rounding up makes room for a window that hangs over the edge. Nothing is computed there,"
        " so zeros are left."
    ),
    hints=["The zeros are places that no line writes to. Which line made the places?"],
)


# 2.12

testing = Exercise(
    "2.12",
    "A test that catches them",
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    hints=[
        (
            "Compare shapes first, then values: `torch.allclose` of unequal shapes raises, or"
            " broadcasts and says yes."
        ),
        (
            "One case is not enough. Vary: picture taller or wider than it is high, kernel 2 x 4,"
            " several channels and pictures, stride 2 on a size it does not divide, padding 0 and"
            " padding 2."
        ),
        (
            "`for` every (x shape, w shape, stride, padding) in a list: compute both in a `try`;"
            " return False on an exception, on another shape, or where `torch.allclose` says no."
            " Return True at the end."
        ),
    ],
)


def _conv(change):
    """A conv2d as a candidate, under the name of what it does wrong."""

    def conv(x, w, stride=1, padding=0):
        return change(x, w, None, stride, padding)

    conv.__name__ = conv.__qualname__ = change.__name__
    return conv


def right_by_the_library(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


def right_by_columns(x, w, b=None, stride=1, padding=0):
    return by_library_unfold(x, w, b, stride, padding)


def right_by_weights(x, w, b=None, stride=1, padding=0):
    return weights_in_loops(x, w, b, stride, padding)


def right_by_fourier(x, w, b=None, stride=1, padding=0):
    x = zeros_around(x, padding)
    rows, columns = places(x, w, 1, 0)
    w = F.pad(w, (0, x.shape[3] - w.shape[3], 0, x.shape[2] - w.shape[2]))
    spectrum = torch.einsum("nchw,fchw->nfhw", torch.fft.fft2(x), torch.fft.fft2(w).conj())
    return torch.fft.ifft2(spectrum).real[:, :, :rows:stride, :columns:stride]


def first_filter_repeated(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w[:1].expand_as(w), b, stride, padding)


def rounded_to_tenths(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).mul(10).round() / 10


def output_mirrored(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).flip(3)


def negative_numbers_cut_off(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).clamp(min=0)


def large_numbers_cut_off(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).clamp(max=1)


def crops_with_minus_padding(x, w, b=None, stride=1, padding=0):
    """Writes the picture into the padded one by [pad:-pad], which is empty at pad 0."""
    padded = x.new_zeros(*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = x
    return F.conv2d(padded, w, b, stride)


_CANDIDATES = [
    right_by_the_library,
    kernel_flipped,
    stride_unused,
    stride_not_in_columns,
    padding_unused,
    padding_of_one,
    picture_height_for_width,
    kernel_height_for_width,
    rounded_up_with_zeros,
    first_channel,
    first_picture,
    filters_first,
    crops_with_minus_padding,
    mean_of_window,
    right_by_columns,
    right_by_weights,
    right_by_fourier,
    first_filter_repeated,
    rounded_to_tenths,
    output_mirrored,
    negative_numbers_cut_off,
    large_numbers_cut_off,
]


@testing.cases
def _(rng):
    yield from (call(_conv(candidate)) for candidate in _CANDIDATES)


_THOROUGH = [  # x shape, w shape, stride, padding
    ((1, 1, 5, 5), (1, 1, 3, 3), 1, 0),
    ((1, 1, 5, 7), (1, 1, 3, 3), 1, 0),
    ((1, 1, 6, 6), (1, 1, 2, 4), 1, 1),
    ((2, 3, 6, 7), (4, 3, 3, 3), 2, 2),
    ((1, 1, 6, 6), (1, 1, 3, 3), 2, 0),
]


def _same(got, wanted):
    return got.shape == wanted.shape and torch.allclose(got, wanted)


def _agrees(conv, case, close=_same, draw=torch.randn):
    (xs, ws, stride, padding), source = case, torch.Generator().manual_seed(0)
    x, w = draw(xs, generator=source), draw(ws, generator=source)
    return bool(close(conv(x, w, stride, padding), F.conv2d(x, w, None, stride, padding)))


def _safely(conv, cases, **options):
    try:
        return all(_agrees(conv, case, **options) for case in cases)
    except Exception:
        return False


@testing.reference
def works(conv):
    return _safely(conv, _THOROUGH)


@testing.mistake(
    "Your test lets through all that one plain case does: square picture and kernel, stride 1, no"
    " padding."
)
def plain_case(conv):
    return _safely(conv, _THOROUGH[:1])


@testing.mistake(
    "Your pictures and kernels are all square, so what takes a height for a width passes."
)
def all_square(conv):
    return _safely(conv, [_THOROUGH[0], ((2, 3, 6, 6), (4, 3, 3, 3), 2, 2)])


@testing.mistake(
    "Your pictures vary and your kernels are all square: what takes the kernel's height for its"
    " width passes."
)
def square_kernels(conv):
    return _safely(conv, [*_THOROUGH[:2], *_THOROUGH[3:]])


@testing.mistake("You compare shapes and no values. A flipped kernel has the right shape.")
def shapes_only(conv):
    return _safely(conv, _THOROUGH, close=lambda got, wanted: got.shape == wanted.shape)


@testing.mistake("Every one of your calls is padded, so what fails at padding 0 passes.")
def always_padded(conv):
    return _safely(conv, [(*case[:3], 2) for case in _THOROUGH])


@testing.mistake(
    "All your inputs have one picture and one channel, so what forgets the others passes."
)
def one_channel(conv):
    return _safely(conv, [((1, 1, *xs[2:]), (1, 1, *ws[2:]), s, p) for xs, ws, s, p in _THOROUGH])


@testing.mistake("Your stride is always 1, so what forgets the stride passes.")
def no_strides(conv):
    return _safely(conv, [(xs, ws, 1, p) for xs, ws, _, p in _THOROUGH])


@testing.mistake("Your inputs are all ones, so what puts the kernel the wrong way round passes.")
def only_ones(conv):
    def same_on_ones(case):
        xs, ws, stride, padding = case
        got, wanted = (
            conv(torch.ones(xs), torch.ones(ws), stride, padding),
            F.conv2d(torch.ones(xs), torch.ones(ws), None, stride, padding),
        )
        return got.shape == wanted.shape and torch.allclose(got, wanted)

    try:
        return all(map(same_on_ones, _THOROUGH))
    except Exception:
        return False


@testing.mistake(
    "An error inside `conv` ends your test. On a legal call it means that `conv` is broken: return"
    " False."
)
def errors_not_caught(conv):
    return all(_agrees(conv, case) for case in _THOROUGH)


def _comparing(close):
    return lambda conv: _safely(conv, _THOROUGH, close=close)


testing.mistake(
    "You ask for equality to the last bit. Sums taken in another order round differently: use"
    " `torch.allclose`.",
    "to_the_last_bit",
)(_comparing(torch.equal))


testing.mistake(
    "Your comparison lets through what is off by a tenth. Use `torch.allclose` as it is.",
    "loosely",
)(
    _comparing(
        lambda got, wanted: got.shape == wanted.shape and torch.allclose(got, wanted, atol=0.1)
    )
)


testing.mistake(
    "Your comparison sees only numbers that are too large. Take the absolute difference.",
    "too_large_only",
)(_comparing(lambda got, wanted: got.shape == wanted.shape and bool((got - wanted).max() < 1e-6)))


testing.mistake(
    "You compare the sums of the outputs, so right numbers at wrong places pass.", "sums_compared"
)(
    _comparing(
        lambda got, wanted: got.shape == wanted.shape and torch.allclose(got.sum(), wanted.sum())
    )
)


@testing.mistake("Your kernels have one filter each, so what forgets the others passes.")
def one_filter(conv):
    return _safely(conv, [(xs, (1, *ws[1:]), s, p) for xs, ws, s, p in _THOROUGH])


@testing.mistake("All your numbers are positive, so what cuts negative ones off passes.")
def positive_only(conv):
    return _safely(conv, _THOROUGH, draw=torch.rand)


@testing.mistake(
    "Your test is right, but it sets a seed, and so changes every draw after it. Take that out."
)
def sets_a_seed(conv):
    torch.manual_seed(0)
    return _safely(conv, _THOROUGH)


@testing.alternative
def a_list_of_cases(conv):
    return _safely(conv, _THOROUGH)


@testing.alternative
def one_case_for_all(conv):
    return _safely(conv, [((2, 3, 6, 9), (4, 3, 2, 4), 2, 2), ((2, 2, 5, 8), (3, 2, 2, 4), 2, 0)])


@testing.alternative
def every_combination(conv):
    sizes, kernels = [(5, 8), (6, 5)], [(1, 2), (3, 2), (3, 3)]
    pairs = itertools.product(sizes, kernels, (1, 2, 3), (0, 1, 2))
    return _safely(conv, [((2, 2, *size), (3, 2, *kernel), s, p) for size, kernel, s, p in pairs])


testing.demand("agrees with `F.conv2d", violated_by="shapes_only")
testing.demand("An error inside `conv` on a legal call", violated_by="errors_not_caught")
testing.demand("set no seed", violated_by="sets_a_seed")
testing.demand("tried on right functions and on broken ones", violated_by="to_the_last_bit")
testing.demand("it should tell them apart", violated_by="plain_case")
