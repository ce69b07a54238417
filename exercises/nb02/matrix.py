"""Exercises 2.21 and 2.22: windows as columns, and a convolution as one matrix product."""

import torch
import torch.nn.functional as F

from checker.exercise import Exercise, call, normal, whole
from checker.sandbox import CONVOLUTION, Watching
from exercises.nb02.layer import by_library_unfold, places_in_loops
from exercises.nb02.shared import conv_cases, places, places_along, zeros_around

# 2.21

unfolding = Exercise(
    "2.21",
    "im2col: windows as columns",
    difficulty=3,
    minutes=20,
    core=False,
    points=2,
    forbidden=CONVOLUTION | {"im2col"},
    hints=[
        (
            "Loop over the (i, j) of the kernel, not over the windows: for one (i, j), the pixels"
            " that all windows read there are one strided slice of the padded picture."
        ),
        (
            "That slice is `padded[:, :, i : i + stride * rows : stride, j : j + stride * columns"
            " : stride]`, of shape (N, C, rows, columns)."
        ),
        (
            "Stack the `kh * kw` slices along a new axis 2, so `(N, C, kh*kw, rows, columns)`, and"
            " reshape to `(N, C*kh*kw, L)`."
        ),
    ],
)


@unfolding.reference
def im2col(x, kh, kw, stride=1, padding=0):
    return F.unfold(x, (kh, kw), stride=stride, padding=padding)


@unfolding.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0, 3.0]]]]), 1, 2)
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 1, 1)
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2, 2)
    yield call(whole(rng, 1, 1, 3, 3), 2, 2)
    yield call(whole(rng, 1, 2, 2, 3), 2, 1)
    yield call(whole(rng, 2, 1, 2, 2), 1, 2)
    yield call(whole(rng, 1, 1, 4, 5), 2, 2, stride=2)
    yield call(whole(rng, 1, 1, 5, 4), 1, 2, stride=3)
    yield call(whole(rng, 1, 1, 5, 5), 3, 3, stride=3, padding=1)
    yield call(whole(rng, 1, 1, 2, 2, low=1), 2, 2, padding=1)
    yield call(whole(rng, 2, 3, 5, 7), 3, 2, stride=2, padding=1)
    yield call(normal(rng, 2, 2, 6, 5), 2, 4, stride=3, padding=2)


@unfolding.mistake(
    "You give one row for each window. Give one column for each: swap the last two axes."
)
def windows_as_rows(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride, padding).transpose(1, 2)


@unfolding.mistake("Your columns are those without padding.")
def not_padded(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride)


@unfolding.mistake("You take a window at every pixel. Move by the stride.")
def every_window(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, 1, padding)


@unfolding.mistake(
    "In your columns, the channels of a pixel stand together. Go channel by channel."
)
def channels_inside(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.unflatten(1, (x.shape[1], kh * kw)).transpose(1, 2).flatten(1, 2)


@unfolding.mistake(
    "In your columns, a window is read column by column. Read it row by row, as `flatten` does."
)
def window_transposed(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.unflatten(1, (x.shape[1], kh, kw)).transpose(2, 3).flatten(1, 3)


@unfolding.mistake(
    "Your windows run down the picture first. Run along a row first, then go to the next row."
)
def windows_downward(x, kh, kw, stride=1, padding=0):
    sizes = [places_along(n, k, stride, padding) for n, k in zip(x.shape[2:], (kh, kw))]
    return im2col(x, kh, kw, stride, padding).unflatten(2, sizes).transpose(2, 3).flatten(2)


@unfolding.mistake(
    "That is one row for each window, cut anew by `reshape` or `view`. Swap the two axes instead."
)
def reshaped_to_fit(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.transpose(1, 2).reshape(columns.shape)


@unfolding.mistake(
    "Your numbers are cut anew while the places still stand before kh and kw, as `x.unfold` leaves"
    " them. Move the places last."
)
def kernel_axes_left_last(x, kh, kw, stride=1, padding=0):
    windows = F.pad(x, (padding,) * 4).unfold(2, kh, stride).unfold(3, kw, stride)
    return windows.reshape(len(x), x.shape[1] * kh * kw, -1)


@unfolding.mistake("You join the pictures of the batch. Keep them apart: `(N, C*kh*kw, L)`.")
def batch_joined(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride, padding).transpose(0, 1).flatten(1)


@unfolding.mistake("You swap the height and the width of the kernel.")
def kernel_swapped(x, kh, kw, stride=1, padding=0):
    return im2col(x, kw, kh, stride, padding)


unfolding.mistake("This exercise is to write it yourself.", "library call")(im2col)


@unfolding.alternative
def window_by_window(x, kh, kw, stride=1, padding=0):
    padded = zeros_around(x, padding)
    rows, columns = [range(0, n - k + 1, stride) for n, k in zip(padded.shape[2:], (kh, kw))]
    return torch.stack(
        [padded[:, :, i : i + kh, j : j + kw].flatten(1) for i in rows for j in columns], dim=2
    )


@unfolding.alternative
def slice_by_slice(x, kh, kw, stride=1, padding=0):
    padded = zeros_around(x, padding)
    rows, columns = [places_along(n, k, stride, padding) for n, k in zip(x.shape[2:], (kh, kw))]
    slices = [
        padded[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride][
            :, :, :rows, :columns
        ]
        for i in range(kh)
        for j in range(kw)
    ]
    return torch.stack(slices, dim=2).reshape(len(x), -1, rows * columns)


@unfolding.alternative
def by_views(x, kh, kw, stride=1, padding=0):
    windows = zeros_around(x, padding).unfold(2, kh, stride).unfold(3, kw, stride)
    return windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)


@unfolding.alternative
def by_indices(x, kh, kw, stride=1, padding=0):
    padded = zeros_around(x, padding)
    top, left = [torch.arange(0, n - k + 1, stride) for n, k in zip(padded.shape[2:], (kh, kw))]
    rows = torch.arange(kh)[:, None, None, None] + top[:, None]
    columns = torch.arange(kw)[:, None, None] + left
    return padded[:, :, rows, columns].reshape(len(x), x.shape[1] * kh * kw, -1)


unfolding.demand("one column for each", violated_by="windows_as_rows")
unfolding.demand("the numbers stand channel by channel", violated_by="channels_inside")
unfolding.demand("within a channel row by row", violated_by="window_transposed")
unfolding.demand("Positions run along the top row first", violated_by="windows_downward")
unfolding.demand("Zero `padding` on all sides", violated_by="not_padded")
unfolding.demand(
    "Neither the library's convolutions nor `F.unfold` are allowed", violated_by="library call"
)


# 2.22

one_matmul = Exercise(
    "2.22",
    "conv2d by im2col",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    forbidden=CONVOLUTION,
    hints=[
        (
            "A filter as a row, `(O, C*KH*KW)`, times the windows as columns, `(N, C*KH*KW, L)`,"
            " is"
            " (N, O, L): `w.flatten(1) @ columns`."
        ),
        "The bias has one number a filter: `b[:, None]` meets (N, O, L).",
        (
            "L counts the places row by row, so the last step is `.reshape(len(x), len(w), rows,"
            " width)`, sizes by 2.1."
        ),
    ],
)


@one_matmul.reference
def conv2d_im2col(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


one_matmul.cases(conv_cases)


PRODUCTS = frozenset("mm bmm addmm baddbmm addbmm mv addmv dot mul".split())


class _Counting(Watching):
    """Counts products of float tensors, whatever the code called them by."""

    count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        floats = [t for t in args if isinstance(t, torch.Tensor) and t.is_floating_point()]
        self.count += operation.overloadpacket.__name__ in PRODUCTS and len(floats) > 1
        return operation(*args, **(kwargs or {}))


@one_matmul.probe
def _(attempt, *args, **kwargs):
    """In numpy, and in the library's own convolution, no product is seen."""
    with _Counting() as seen:
        output = attempt(*args, **kwargs)
    return {"the output": output, "the number of products": max(1, seen.count)}


def _product(x, w, b, stride, padding):
    """(N, O, L)."""
    y = w.flatten(1) @ F.unfold(x, w.shape[2:], stride=stride, padding=padding)
    return y if b is None else y + b[:, None]


@one_matmul.mistake(
    "Your output is (N, L, O) cut anew by `reshape`, so filters and places are mixed up. Move the"
    " axis instead."
)
def places_before_filters(x, w, b=None, stride=1, padding=0):
    y = _product(x, w, b, stride, padding)
    return y.transpose(1, 2).reshape(len(x), len(w), *places(x, w, stride, padding))


@one_matmul.mistake(
    "Your weights are cut anew by `reshape`, so the numbers of several filters are mixed. Use"
    " `w.flatten(1)`."
)
def weights_mixed(x, w, b=None, stride=1, padding=0):
    mixed = w.reshape(-1, len(w)).T.reshape(w.shape)
    return F.conv2d(x, mixed, b, stride, padding)


@one_matmul.mistake("Your output has the axes (N, H, W, O). Channels come second.")
def channels_last(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).permute(0, 2, 3, 1)


@one_matmul.mistake("Your places are still in one row. Bring them back to height and width.")
def places_in_a_row(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, stride, padding)


@one_matmul.mistake("Your output swaps its height and its width.")
def sizes_swapped(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, stride, padding).reshape(
        len(x), len(w), *places(x, w, stride, padding)[::-1]
    )


@one_matmul.mistake("Your output has no bias.")
def bias_missing(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None, stride, padding)


@one_matmul.mistake(
    "Your columns are those without stride and padding, and the size of your output expects both."
)
def not_passed_on(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, 1, 0).reshape(len(x), len(w), *places(x, w, stride, padding))


@one_matmul.mistake("Your output is that without stride and padding.")
def plain_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b)


one_matmul.mistake(
    "Your numbers are right, but you multiply anew for every place. Lay the windows side by side:"
    " one matrix product does them all.",
    "place_by_place",
)(places_in_loops)


@one_matmul.mistake(
    "Your numbers are right, but you multiply anew for every picture. `@` takes the whole batch at"
    " once."
)
def picture_by_picture(x, w, b=None, stride=1, padding=0):
    return torch.cat([by_library_unfold(picture[None], w, b, stride, padding) for picture in x])


one_matmul.mistake("This exercise is to write it yourself.", "library call")(conv2d_im2col)


one_matmul.alternative(by_library_unfold)


@one_matmul.alternative
def by_einsum(x, w, b=None, stride=1, padding=0):
    columns = slice_by_slice(x, *w.shape[2:], stride, padding)
    y = torch.einsum("fk,nkl->nfl", w.reshape(len(w), -1), columns)
    y = y.reshape(len(x), len(w), *places(x, w, stride, padding))
    return y if b is None else y + b.view(1, -1, 1, 1)


@one_matmul.alternative
def one_matrix_for_the_batch(x, w, b=None, stride=1, padding=0):
    columns = window_by_window(x, *w.shape[2:], stride, padding).transpose(0, 1).flatten(1)
    y = w.reshape(len(w), -1) @ columns
    y = y if b is None else y + b[:, None]
    return y.reshape(len(w), len(x), *places(x, w, stride, padding)).transpose(0, 1)


one_matmul.demand("same result", violated_by="bias_missing")
one_matmul.demand("one matrix product for the whole batch", violated_by="picture_by_picture")
one_matmul.demand("no loop", violated_by="place_by_place")
one_matmul.demand("the library's convolutions are not", violated_by="library call")
