"""Exercise 4.7: the gradient of max pooling."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from checker import comparison
from checker.exercise import Exercise, call, normal, whole
from checker.sandbox import AUTOGRAD
from exercises.nb04.shared import POOLING, window_places

# 4.7 Backward of max pooling

backward = Exercise(
    "4.7",
    "The gradient of max pooling",
    difficulty=4,
    minutes=25,
    core=False,
    points=2,
    forbidden=POOLING | {AUTOGRAD},
    hints=[
        (
            "Start from zeros of the shape of `x`. Every window adds something to it: nothing to"
            " all its pixels but one."
        ),
        "A pixel can be the largest of several windows that overlap. What happens to it then?",
        (
            "Loop over n, c, i, j. `window = x[n, c, i*stride : i*stride + kh, j*stride : j*stride"
            " + kw]`, the place is `divmod(window.argmax().item(), kw)`, and there `+=` the number"
            " `grad[n, c, i, j]`."
        ),
    ],
)


def _backward(share, write="add"):
    """The gradient with `share(windows)` (N, C, OH, OW, kh, kw) telling which share goes where."""

    def attempt(x, kernel, stride, grad):
        parts = share(window_places(x, kernel, stride)) * grad[..., None, None]
        result = torch.zeros_like(x)
        for i in range(grad.shape[2]):
            for j in range(grad.shape[3]):
                place = result[
                    :, :, i * stride : i * stride + kernel[0], j * stride : j * stride + kernel[1]
                ]
                part = parts[:, :, i, j]
                place[:] = {
                    "add": place + part,
                    "pixel": torch.where(part != 0, part, place),
                    "window": part,
                }[write]
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
        count = n * c * h * w
        x = (
            whole(rng, n, c, h, w)
            if ties
            else torch.from_numpy(rng.permutation(count) - count // 2.0)
        )
        sizes = [(side - k) // stride + 1 for side, k in zip((h, w), kernel)]
        return call(x.reshape(n, c, h, w), kernel, stride, normal(rng, n, c, *sizes))

    yield call(torch.tensor([[[[1.0, 5.0], [2.0, 3.0]]]]), (2, 2), 2, torch.tensor([[[[7.0]]]]))
    yield call(torch.tensor([[[[1.0, 5.0, 2.0]]]]), (1, 2), 1, torch.tensor([[[[7.0, 4.0]]]]))
    yield call(
        torch.tensor([[[[-2.0, -1.0, -3.0]]]]) * 1e100, (1, 2), 1, torch.tensor([[[[7.0, -4.0]]]])
    )
    yield case(1, 1, 4, 4, (2, 2), 2)
    yield case(1, 1, 5, 5, (3, 3), 2)
    yield case(1, 1, 5, 5, (2, 2), 2)
    yield case(2, 1, 4, 6, (3, 2), 1)
    yield case(1, 3, 7, 5, (2, 3), 3)
    yield case(2, 3, 6, 7, (3, 3), 2)
    yield call(torch.ones(1, 1, 2, 2), (2, 2), 1, torch.tensor([[[[3.0]]]]))
    yield case(2, 2, 6, 6, (3, 3), 1, ties=True)


OVERWRITES = "Where a pixel wins several windows, you keep only the last gradient. Add them up."


backward.mistake(OVERWRITES, "overwrites")(_backward(_first, "pixel"))


backward.mistake(OVERWRITES, "overwrites_all_maxima")(_backward(_all, "pixel"))


WINDOW = (
    "Where windows overlap, your last one wipes out what the others wrote, with its zeros too. Add"
    " them up."
)


backward.mistake(WINDOW, "overwrites_window")(_backward(_first, "window"))


backward.mistake(WINDOW, "overwrites_window_all_maxima")(_backward(_all, "window"))


backward.mistake(
    "You give every pixel of a window the whole gradient. Give it to the largest alone.",
    "to_every_pixel",
)(_backward(torch.ones_like))


backward.mistake(
    "You share the gradient evenly among the pixels of a window, as average pooling does. Give it"
    " to the largest alone.",
    "evenly",
)(_backward(lambda windows: torch.ones_like(windows) / math.prod(windows.shape[4:])))


backward.mistake(
    "You pass on the largest value itself. Pass on the gradient that comes in.",
    "value_instead_of_gradient",
)(
    lambda x, kernel, stride, grad: _backward(_first)(
        x, kernel, stride, F.max_pool2d(x, kernel, stride)
    )
)


backward.mistake(
    "You pass on the gradient times the largest value. The slope of `max` towards its largest"
    " input is 1.",
    "times_value",
)(
    lambda x, kernel, stride, grad: _backward(_first)(
        x, kernel, stride, grad * F.max_pool2d(x, kernel, stride)
    )
)


backward.mistake(
    "You add 1 where a pixel is the largest, and leave out the gradient that comes in. Multiply by"
    " it.",
    "only_ones",
)(lambda x, kernel, stride, grad: _backward(_first)(x, kernel, stride, torch.ones_like(grad)))


@backward.mistake("You search the largest over all channels together. Every channel has its own.")
def one_place_for_all_channels(x, kernel, stride, grad):
    windows = window_places(x, kernel, stride).movedim(1, 3)
    best = _first(windows.flatten(3, 4)).view(windows.shape).movedim(3, 1)
    return _backward(lambda _: best)(x, kernel, stride, grad)


def _by_place(sides=None, steps=None, place=None, moved=True, turned=False):
    """The gradient in loops; windows of other sides, at other places, or read otherwise."""

    def attempt(x, kernel, stride, grad):
        result = torch.zeros_like(x)
        kh, kw = sides(kernel) if sides else kernel
        down, right = steps(stride, kernel) if steps else (stride, stride)
        for n, c, i, j in np.ndindex(*grad.shape):
            top, left = i * down, j * right
            window = x[n, c, top : top + kh, left : left + kw]
            number = window.argmax().item()
            row, column = divmod(number, place(window) if place else window.shape[1])
            row, column = (column, row) if turned else (row, column)
            at = (top + row, left + column) if moved else (row, column)
            result[n, c, *at] += grad[n, c, i, j]
        return result

    return attempt


for _name, _sentence, _change in (
    (
        "square_of_the_height",
        "Your window is square, `kernel[0]` on both sides. Make it `kernel[1]` wide.",
        {"sides": lambda kernel: (kernel[0], kernel[0])},
    ),
    (
        "square_of_the_width",
        "Your window is square, `kernel[1]` on both sides. Make it `kernel[0]` high.",
        {"sides": lambda kernel: (kernel[1], kernel[1])},
    ),
    (
        "sides_swapped",
        "Your window is `kernel[0]` wide and `kernel[1]` high. `kernel` is (kh, kw).",
        {"sides": lambda kernel: kernel[::-1]},
    ),
    (
        "stride_not_in_windows",
        "Your windows start at i, j, whatever `stride` is. Multiply both by the stride.",
        {"steps": lambda stride, kernel: (1, 1)},
    ),
    (
        "stride_not_in_columns",
        "Your windows start at row `i * stride`, but at column `j`. Multiply j by it as well.",
        {"steps": lambda stride, kernel: (stride, 1)},
    ),
    (
        "side_by_side",
        "Your windows lie side by side, whatever `stride` is. Move them by `stride`.",
        {"steps": lambda stride, kernel: kernel},
    ),
    (
        "row_by_the_height",
        "You divide the place in the window by its height. Places are counted along its rows.",
        {"place": lambda window: window.shape[0]},
    ),
    (
        "row_for_column",
        "You exchanged the row and the column of the largest pixel in its window.",
        {"turned": True},
    ),
    (
        "place_in_the_window",
        "Your place is that in the window. In the picture the window starts elsewhere.",
        {"moved": False},
    ),
):
    backward.mistake(_sentence, _name)(_by_place(**_change))


def _of_the_whole_batch(windows):
    return (windows == windows.amax((0, 1, 4, 5), keepdim=True)).to(windows.dtype)


backward.mistake(
    "You search one largest number for all pictures and channels. Each has its own in a window.",
    "one_largest_for_all",
)(_backward(_of_the_whole_batch))


def _from(start):
    """The gradient of a search that begins at a number: what is no larger gets nothing."""

    def found(windows):
        return _first(windows) * (windows.amax((4, 5), keepdim=True) > start)

    return _backward(found)


backward.mistake(
    "Where all pixels of a window are negative, you pass nothing on. Start the search at a pixel,"
    " or"
    " at `-inf`, not at 0.",
    "from_zero",
)(_from(0))


backward.mistake(
    "You pass on the size of the gradient without its sign. It may be negative.", "without_sign"
)(lambda x, kernel, stride, grad: _backward(_first)(x, kernel, stride, grad.abs()))


backward.mistake("This exercise is to write it yourself.", "library call")(max_pool_backward)


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
            place = (
                ...,
                slice(i * stride, i * stride + kernel[0]),
                slice(j * stride, j * stride + kernel[1]),
            )
            mask = x[place] == x[place].amax(dim=(2, 3), keepdim=True)
            result[place] += mask * grad[:, :, i : i + 1, j : j + 1]
    return result


@backward.alternative
def backward_by_fold(x, kernel, stride, grad):
    n, c = x.shape[:2]
    columns = F.unfold(x, kernel, stride=stride).view(n, c, math.prod(kernel), -1)
    best = torch.zeros_like(columns).scatter_(
        2, columns.argmax(2, keepdim=True), grad.reshape(n, c, 1, -1)
    )
    return F.fold(best.flatten(1, 2), x.shape[2:], kernel, stride=stride)


backward.demand("the gradient with respect to `x`", violated_by="overwrites")
backward.demand("no call of the library's pooling", violated_by="library call")
backward.demand("and no autograd", violated_by="library call")
backward.demand("Windows may overlap", violated_by="overwrites_window")
backward.demand("give the gradient to the first of them", violated_by="to_every_pixel")
