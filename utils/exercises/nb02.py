"""Exercises of notebook 02: the shapes of a convolution, its arithmetic forward and backward, and what it sees."""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

from utils import data
from utils.compare import short
from utils.drill import RULES, Drill
from utils.exercise import Choice, Exercise, Module, Number, call, normal, whole
from utils.sandbox import CONVOLUTION

# 2.1

size = Exercise(
    "2.1", "How big is the output?", difficulty=1, minutes=5,
    hints=[
        "How many pixels does the window cover, first to last? Without dilation `k`; with it, count the gaps.",
        "A window of `e` pixels on a row of `m` can start at 0, s, 2s, ... up to m - e. How many numbers is that?",
        "`e = d * (k - 1) + 1` and `m = n + 2 * p`; the steps that fit are `(m - e) // s`.",
    ],
)


@size.reference
def output_size(n, k, s=1, p=0, d=1):
    last = n + 2 * p - d * (k - 1)  # one after the last pixel a window can start at
    return len(range(0, last, s))


@size.cases
def _(rng):
    yield call(7, 3)
    yield call(8, 3, s=2)
    yield call(7, 3, s=2)
    yield call(9, 3, d=2)
    yield call(32, 5, p=2)
    yield call(1, 1)
    yield call(5, 1, s=3)
    yield call(8, 3, s=4)
    yield call(6, 4, p=1)
    yield call(227, 11, s=4)
    yield call(28, 5, s=2, p=2, d=3)
    for _ in range(3):
        k, s, p, d = (int(v) for v in rng.integers([2, 1, 0, 1], [6, 5, 4, 4]))
        yield call(d * k + int(rng.integers(0, 40)), k, s=s, p=p, d=d)


_NOT_WHOLE = "Positions are counted, so return an `int`; and think what should happen when the last step does not fit."
_SIZE_SLIPS = {  # e is the extent of the window
    "steps_not_positions": (
        lambda n, e, s, p: (n + 2 * p - e) // s,
        "You counted the steps between positions; the first position counts too.",
    ),
    "padding_once": (lambda n, e, s, p: (n + p - e) // s + 1, "That is the size with padding at one end only."),
    "no_padding": (lambda n, e, s, p: (n - e) // s + 1, "That is the size without padding."),
    "not_whole": (lambda n, e, s, p: (n + 2 * p - e) / s + 1, _NOT_WHOLE),
    "rounded_up": (
        lambda n, e, s, p: math.ceil((n + 2 * p - e) / s) + 1,
        "A window that hangs over the edge is not counted.",
    ),
    "rounded": (
        lambda n, e, s, p: round((n + 2 * p - e) / s + 1),
        "`round` goes up as often as down. A window that fits by half does not fit.",
    ),
    "no_stride": (lambda n, e, s, p: n + 2 * p - e + 1, "That is the size for a stride of 1."),
    "stride_last": (
        lambda n, e, s, p: (n + 2 * p - e + 1) // s,
        "You divided the positions of stride 1. Divide the way the window travels; the first position costs no step.",
    ),
}


def _with_extent(rule, extent):
    return lambda n, k, s=1, p=0, d=1: rule(n, extent(k, d), s, p)


for _name, (_rule, _sentence) in _SIZE_SLIPS.items():
    size.mistake(_sentence, _name)(_with_extent(_rule, lambda k, d: d * (k - 1) + 1))
    size.mistake(_sentence, f"{_name}, no dilation")(_with_extent(_rule, lambda k, d: k))


@size.mistake("A window of 3 with dilation 2 covers 5 pixels, not 6: there are k - 1 gaps.")
def a_gap_too_many(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * k) // s + 1


@size.mistake("That is right without dilation. A dilated window covers more pixels than it reads.")
def no_dilation(n, k, s=1, p=0, d=1):
    return (n + 2 * p - k) // s + 1


@size.alternative
def by_formula(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@size.alternative
def by_walking(n, k, s=1, p=0, d=1):
    places, start = 0, -p
    while start + d * (k - 1) < n + p:
        places, start = places + 1, start + s
    return places


@size.alternative
def by_asking_torch(n, k, s=1, p=0, d=1):
    return F.conv1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s, padding=p, dilation=d).shape[-1]


@size.alternative
def by_floor(n, k, s=1, p=0, d=1):
    return math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1)


# 2.2, 2.3

leftover = Choice(
    "2.2", "The stride that does not divide", "b", difficulty=1, minutes=1,
    why={
        "a": "PyTorch does not complain. Some frameworks and courses do, so it is worth knowing.",
        "c": "Four windows across would need 2 * 3 + 3 = 9 columns, and there are 8. The fourth hangs over the edge.",
        "d": "That is one window for every second pixel, whether or not it fits: 7 / 2 and 8 / 2, rounded up.",
    },
    because="The last column is dropped without a word: (8 - 3) // 2 + 1 = 3.",
    hints=["Use your rule from 2.1, once for each axis."],
)

unseen = Number(
    "2.3", "The pixels that never matter", (3, 4, 8, 9, 10, 11), difficulty=2, minutes=2,
    wrong={
        "end_forgotten": ((3, 4), "There are more: does a third window fit?"),
        "gap_forgotten": ((8, 9, 10, 11), "There are more: the stride is larger than the window."),
        "third_window": ((3, 4, 8, 9), "A third window would cover 10, 11 and 12, and there is no pixel 12."),
        "from_one": ((4, 5, 9, 10, 11, 12), "You numbered the pixels from 1. Here they go from 0 to 11."),
        "the_seen_ones": ((0, 1, 2, 5, 6, 7), "Those are the pixels that some window covers. Which are left?"),
        "from_window_end": (
            (3, 4, 5, 6, 7, 11),
            "The stride is counted from the start of one window to the start of the next, not from its end.",
        ),
    },
    right=[[3, 4, 8, 9, 10, 11], torch.Size([3, 4, 8, 9, 10, 11]), {3, 4, 8, 9, 10, 11}, (11, 10, 9, 8, 4, 3)],
    hints=[
        "Write 0 to 11 in a row and mark the three pixels under each window.",
        "The windows start at 0 and at 5. One more would start at 10.",
    ],
)


@unseen.probe
def _in_any_order(attempt):
    return tuple(sorted(attempt)) if isinstance(attempt, (set, list, tuple)) else attempt


# 2.4

correlation = Exercise(
    "2.4", "Cross-correlation in loops", difficulty=2, minutes=8, points=2, forbidden=CONVOLUTION,
    hints=[
        "Make `y` of zeros first; its two sizes follow from 2.1.",
        "For the output at (i, j), the window is `x[i : i + kh, j : j + kw]`. It has the shape of `w`.",
        "Multiply the window and `w` elementwise and sum: `(window * w).sum()`.",
    ],
)


def _plane_cases(rng):
    """A picture and a kernel, both without channels."""
    yield call(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[10.0]]))
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.0, 10.0]]))
    yield call(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.0], [10.0]]))
    yield call(whole(rng, 3, 3), whole(rng, 2, 2, low=1))
    yield call(whole(rng, 3, 4), whole(rng, 2, 2))
    yield call(whole(rng, 4, 3), whole(rng, 2, 3))
    yield call(whole(rng, 2, 4), whole(rng, 2, 4))
    for h, w, kh, kw in rng.integers([4, 4, 1, 1], [8, 8, 5, 5], (4, 4)):
        yield call(normal(rng, h, w), normal(rng, kh, kw))


def _correlate(x, w):
    return F.conv2d(x[None, None], w[None, None])[0, 0]


def _fill_windows(x, w, rows, columns, take):
    """An output of zeros, filled window by window, as a learner's loops would."""
    y = torch.zeros(rows, columns)
    for i, j in itertools.product(range(rows), range(columns)):
        y[i, j] = take(x[i : i + w.shape[0], j : j + w.shape[1]], w)
    return y


@correlation.reference
def cross_correlate(x, w):
    return _correlate(x, w)


correlation.cases(_plane_cases)


@correlation.mistake(
    "You flipped the kernel. That is the next exercise; here the window and the kernel are laid as they are."
)
def flipped(x, w):
    return _correlate(x, w.flip(0, 1))


@correlation.mistake("Your output is one row and one column short: the first position counts too.")
def one_short(x, w):
    return _correlate(x, w)[:-1, :-1]


@correlation.mistake("That is as large as the input, with windows that hang over the edge. Keep only windows that fit.")
def as_large_as_input(x, w):
    return F.conv2d(F.pad(x, (0, w.shape[1] - 1, 0, w.shape[0] - 1))[None, None], w[None, None])[0, 0]


@correlation.mistake("Your output is square: its width was computed from the height.")
def height_for_width(x, w):
    rows = x.shape[0] - w.shape[0] + 1
    return _fill_windows(x, w, rows, rows, lambda window, w: (window * w).sum())


@correlation.mistake("That is the mean of the products in each window. Their sum is asked for.")
def mean(x, w):
    return _correlate(x, w) / w.numel()


@correlation.mistake("`window @ w` is a matrix product. The window and the kernel meet number by number: `window * w`.")
def matrix_product(x, w):
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    return _fill_windows(x, w, rows, columns, lambda window, w: (window @ w).sum())


@correlation.mistake("Only the last product of each window is left: add them up, with `+=` if you loop.")
def last_product(x, w):
    corner = torch.zeros_like(w)
    corner[-1, -1] = w[-1, -1]
    return _correlate(x, corner)


@correlation.alternative
def four_loops(x, w):
    (kh, kw), rows, columns = w.shape, x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    y = torch.zeros(rows, columns)
    for i, j, a, b in itertools.product(range(rows), range(columns), range(kh), range(kw)):
        y[i, j] += x[i + a, j + b] * w[a, b]
    return y


@correlation.alternative
def one_shift_a_weight(x, w):
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    places = itertools.product(range(w.shape[0]), range(w.shape[1]))
    return sum(w[a, b] * x[a : a + rows, b : b + columns] for a, b in places)


@correlation.alternative
def by_unfold(x, w):
    return (x.unfold(0, w.shape[0], 1).unfold(1, w.shape[1], 1) * w).sum((2, 3))


@correlation.alternative
def by_nested_lists(x, w):
    (h, width), (kh, kw) = x.shape, w.shape
    return torch.tensor([
        [float((x[i : i + kh, j : j + kw] * w).sum()) for j in range(width - kw + 1)] for i in range(h - kh + 1)
    ])


# 2.5

true_convolution = Exercise(
    "2.5", "True convolution", difficulty=2, minutes=4,
    hints=[
        "In the sum, x is read at i - a while w is read at a: when one goes forward, the other goes backward.",
        "Cross-correlation with a turned kernel is convolution. Which turn swaps first and last along *both* axes?",
        "`w.flip(0, 1)` (torch has no `w[::-1]`).",
    ],
)


@true_convolution.reference
def convolve(x, w):
    return _correlate(x, torch.rot90(w, 2))


true_convolution.cases(_plane_cases)


@true_convolution.mistake("That is cross-correlation: the kernel was not turned.")
def not_flipped(x, w):
    return _correlate(x, w)


@true_convolution.mistake("You turned the kernel upside down, and not left to right.")
def rows_only(x, w):
    return _correlate(x, w.flip(0))


@true_convolution.mistake("You turned the kernel left to right, and not upside down.")
def columns_only(x, w):
    return _correlate(x, w.flip(1))


@true_convolution.mistake(
    "You transposed the kernel: rows became columns. Here first and last trade places along each axis."
)
def transposed(x, w):
    return _correlate(x, w.T)


@true_convolution.mistake("You turned the picture and left the kernel. The numbers come out, but in reverse order.")
def picture_flipped(x, w):
    return _correlate(x.flip(0, 1), w)


@true_convolution.mistake(
    "You turned both. Turned against each other, they are as they were: cross-correlation backwards."
)
def both_flipped(x, w):
    return _correlate(x.flip(0, 1), w.flip(0, 1))


@true_convolution.alternative
def by_fourier(x, w):
    spectrum = torch.fft.rfft2(x) * torch.fft.rfft2(w, s=x.shape)  # a product there is a convolution here
    return torch.fft.irfft2(spectrum, s=x.shape)[w.shape[0] - 1 :, w.shape[1] - 1 :]


@true_convolution.alternative
def by_index(x, w):
    kh, kw = w.shape
    rows, columns = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    places = itertools.product(range(kh), range(kw))
    return sum(w[a, b] * x[kh - 1 - a : kh - 1 - a + rows, kw - 1 - b : kw - 1 - b + columns] for a, b in places)


@true_convolution.alternative
def picture_flipped_and_back(x, w):
    return _correlate(x.flip(0, 1), w).flip(0, 1)


# 2.6

moving = Exercise(
    "2.6", "A kernel that moves the picture", difficulty=2, minutes=4,
    hints=[
        "The kernel with a single 1 in the middle copies every pixel to its own place.",
        "To move the picture to the right, every output pixel must copy its neighbor on the *left*.",
        "The 1 stands at row `1 - down` and column `1 - right`.",
    ],
)


@moving.reference
def moving_kernel(down, right):
    """What one lit pixel must become, read the other way round."""
    lit = torch.zeros(1, 1, 3, 3)
    lit[0, 0, 1, 1] = 1
    return torch.rot90(data.shift(lit, down, right)[0, 0], 2)


@moving.cases
def _(rng):
    steps = [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
    yield from (call(down, right) for down, right in steps)


def _one_at(row, column):
    kernel = torch.zeros(3, 3)
    kernel[row, column] = 1.0
    return kernel


@moving.mistake(
    "That moves the other way. A pixel that should move right is copied by its right neighbor, from its left."
)
def other_way(down, right):
    return _one_at(1 + down, 1 + right)


@moving.mistake("Rows and columns are swapped: the first index of a kernel goes down, the second to the right.")
def axes_swapped(down, right):
    return _one_at(1 - right, 1 - down)


@moving.mistake("That moves the other way, and rows and columns are swapped as well.")
def swapped_and_other_way(down, right):
    return _one_at(1 + right, 1 + down)


@moving.mistake(
    "The place is counted from the corner, so `down = 0` and `right = 0` should be the middle of the kernel."
)
def from_the_corner(down, right):
    return _one_at(down, right)


@moving.mistake("The 1 is at the right place, but the weights are spread: the picture would come out darker.")
def divided(down, right):
    return _one_at(1 - down, 1 - right) / 9


@moving.mistake("Up and down go the wrong way; left and right are as asked.")
def down_reversed(down, right):
    return _one_at(1 + down, 1 - right)


@moving.mistake("Left and right go the wrong way; up and down are as asked.")
def right_reversed(down, right):
    return _one_at(1 - down, 1 + right)


@moving.alternative
def by_roll(down, right):
    return torch.roll(_one_at(1, 1), (-down, -right), (0, 1))


@moving.alternative
def by_outer_product(down, right):
    unit = torch.eye(3)
    return torch.outer(unit[1 - down], unit[1 - right])


@moving.alternative
def by_nested_list(down, right):
    return torch.tensor([[float((i, j) == (1 - down, 1 - right)) for j in range(3)] for i in range(3)])


# 2.7

same = Exercise(
    "2.7", "Same padding, even kernels too", difficulty=2, minutes=4,
    hints=[
        "By how much does the row shrink without padding? Use 2.1 with s = 1.",
        "It shrinks by d (k - 1). Half of that goes before, the rest after.",
        "`total = d * (k - 1)`, `before = total // 2`; and after?",
    ],
)


@same.reference
def same_padding(k, d=1):
    """By search: the first pair, before never more than after, that keeps a row of 50."""
    for before, after in itertools.product(range(100), repeat=2):
        if len(range(before + 50 + after - d * (k - 1))) == 50 and after - before in (0, 1):
            return before, after


@same.cases
def _(rng):
    yield from (call(k) for k in (1, 2, 3, 4, 5, 8))
    yield from (call(k, d=d) for k, d in [(2, 2), (2, 3), (3, 2), (4, 3), (6, 1), (7, 4)])


@same.mistake("Right for odd kernels. For an even one that adds a zero too many: a kernel of 2 takes one, not two.")
def half_at_both_ends(k, d=1):
    return d * (k // 2), d * (k // 2)


@same.mistake("Right for odd kernels. For an even one the output comes out one pixel short.")
def smaller_half_at_both_ends(k, d=1):
    return d * (k - 1) // 2, d * (k - 1) // 2


@same.mistake("Each end gets the whole of the padding; the two ends together should.")
def whole_at_both_ends(k, d=1):
    return d * (k - 1), d * (k - 1)


@same.mistake("The size is kept, but the odd zero goes after the row here, as in PyTorch.")
def odd_one_before(k, d=1):
    return d * (k - 1) - d * (k - 1) // 2, d * (k - 1) // 2


@same.mistake("That keeps the size without dilation. A dilated window shrinks the row by more.")
def no_dilation_in_same(k, d=1):
    return (k - 1) // 2, k // 2


@same.mistake("You dilated each half. Dilate first and halve the sum: a single gap can be split over both ends.")
def halves_dilated(k, d=1):
    return d * ((k - 1) // 2), d * (k // 2)


@same.mistake("All of the padding stands after the row: the size is kept, but the picture moves.")
def all_after(k, d=1):
    return 0, d * (k - 1)


@same.mistake("`/` gives floats. Zeros are counted, so use `//`.")
def in_floats(k, d=1):
    return d * (k - 1) / 2, d * (k - 1) / 2


@same.alternative
def by_rest(k, d=1):
    before = d * (k - 1) // 2
    return before, d * (k - 1) - before


@same.alternative
def by_divmod(k, d=1):
    half, odd = divmod(d * (k - 1), 2)
    return half, half + odd


@same.alternative
def by_halves_of_neighbors(k, d=1):
    total = d * k - d
    return [total // 2, (total + 1) // 2]


# 2.8

convolution = Exercise(
    "2.8", "conv2d from scratch", difficulty=4, minutes=15, points=3, forbidden=CONVOLUTION,
    hints=[
        "First pad, with a tensor of zeros that you write the picture into, or `F.pad(x, (left, right, top, bottom))`."
        " From there on think of the padded picture only.",
        "Loop over output places (i, j). The window starts at row `i * stride`, column `j * stride`, and has all"
        " pictures and all channels: `x[:, :, top : top + kh, left : left + kw]`, shape (N, C, KH, KW).",
        "Every window meets every filter: `torch.einsum('nchw,fchw->nf', window, w)` sums over channels, rows and"
        " columns and gives (N, F). The bias has shape (F,), so it can be added right there.",
    ],
)


@convolution.reference
def conv2d(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


def _conv_cases(rng):
    """From the plain case to all at once; the sizes are those that catch what learners write."""

    def case(x, w, bias=False, **options):
        return call(whole(rng, *x), whole(rng, *w), *([whole(rng, w[0], low=1)] if bias else []), **options)

    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.tensor([[[[1.0, 10.0]]]]))
    yield case((1, 1, 3, 3), (1, 1, 2, 2))
    yield case((1, 1, 2, 4), (1, 1, 2, 2))
    yield case((1, 1, 4, 2), (1, 1, 2, 1))
    yield case((1, 1, 2, 2), (1, 1, 1, 1), bias=True)
    yield case((1, 2, 2, 2), (1, 2, 2, 2))
    yield case((1, 1, 2, 2), (2, 1, 2, 2), bias=True)
    yield case((2, 1, 2, 3), (1, 1, 2, 2))
    yield case((1, 1, 3, 3), (1, 1, 1, 1), stride=2)
    yield case((1, 1, 4, 5), (1, 1, 2, 2), stride=2)
    yield case((1, 1, 5, 7), (1, 1, 1, 2), stride=3)
    yield case((1, 1, 2, 2), (1, 1, 2, 2), padding=1)
    yield case((1, 1, 2, 3), (1, 1, 3, 2), padding=2)
    yield case((2, 3, 5, 4), (2, 3, 2, 4), True, stride=2, padding=1)
    yield case((2, 2, 6, 8), (3, 2, 3, 3), True, stride=2, padding=0)
    yield case((1, 3, 7, 6), (4, 3, 4, 2), True, stride=3, padding=2)
    low, high = [1, 1, 1, 4, 4, 1, 1, 1, 0], [4, 4, 5, 9, 9, 5, 5, 4, 3]
    for n, c, f, h, width, kh, kw, s, p in rng.integers(low, high, (3, 9)):
        yield call(normal(rng, n, c, h, width), normal(rng, f, c, kh, kw), normal(rng, f), int(s), int(p))


convolution.cases(_conv_cases)


def _zeros_around(x, padding):
    return F.pad(x, (padding,) * 4)


def _places(x, w, stride, padding):
    """Output height and width."""
    return [(n + 2 * padding - k) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:])]


def _window_loop(x, w, b, rows, columns, window_at):
    """An output of zeros, filled place by place; a window that does not fit its filter raises, as it would there."""
    y = x.new_zeros(len(x), len(w), rows, columns)
    for i, j in itertools.product(range(rows), range(columns)):
        y[:, :, i, j] = torch.einsum("nchw,fchw->nf", window_at(i, j), w)
    return y if b is None else y + b[:, None, None]


@convolution.mistake("That is what you get when the kernel is flipped. Networks lay it as it is: cross-correlation.")
def kernel_flipped(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w.flip(2, 3), b, stride, padding)


@convolution.mistake("The bias is missing.")
def no_bias(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None, stride, padding)


@convolution.mistake("The padding is missing.")
def padding_unused(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride)


@convolution.mistake("The zeros stand above and to the left only. Padding goes around the picture, on all four sides.")
def padding_before_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(x, (padding, 0, padding, 0)), w, b, stride)


@convolution.mistake("Only the columns are padded. `F.pad` takes (left, right, top, bottom), the last axis first.")
def columns_padded(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, (0, padding))


@convolution.mistake("You repeated the edge pixels. Zeros are asked for.")
def edges_repeated(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(x, (padding,) * 4, mode="replicate"), w, b, stride)


@convolution.mistake("That is always padded by 1, whatever `padding` says.")
def padding_of_one(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, 1)


@convolution.mistake(
    "The size of the output knows the stride, the windows do not: they start at i, j. Multiply by the stride."
)
def stride_not_in_windows(x, w, b=None, stride=1, padding=0):
    rows, columns = _places(x, w, stride, padding)
    return F.conv2d(x, w, b, 1, padding)[:, :, :rows, :columns]


@convolution.mistake("The windows know the stride for rows only; along columns they start at j.")
def stride_not_in_columns(x, w, b=None, stride=1, padding=0):
    rows, columns = _places(x, w, stride, padding)
    return F.conv2d(x, w, b, (stride, 1), padding)[:, :, :rows, :columns]


@convolution.mistake("The stride is not used at all: that is the output for stride 1.")
def stride_unused(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, 1, padding)


@convolution.mistake("The stride is used for rows and forgotten for columns, in the size of the output too.")
def stride_for_rows_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, (stride, 1), padding)


@convolution.mistake("The height of the picture is used for its width somewhere: a picture need not be square.")
def picture_height_for_width(x, w, b=None, stride=1, padding=0):
    (rows, _), padded = _places(x, w, stride, padding), _zeros_around(x, padding)
    columns = (x.shape[2] + 2 * padding - w.shape[3]) // stride + 1
    (kh, kw), s = w.shape[2:], stride
    return _window_loop(x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kw])


@convolution.mistake("The height of the kernel is used for its width somewhere: a kernel need not be square.")
def kernel_height_for_width(x, w, b=None, stride=1, padding=0):
    padded, kh, s = _zeros_around(x, padding), w.shape[2], stride
    rows, columns = [(n - kh) // s + 1 for n in padded.shape[2:]]
    return _window_loop(x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kh])


@convolution.mistake("Your output has a last row or column where no window fits: the size was rounded up. Round down.")
def rounded_up_with_zeros(x, w, b=None, stride=1, padding=0):
    sizes = [n + 2 * padding - k for n, k in zip(x.shape[2:], w.shape[2:])]
    down, right = [-(-size // stride) - size // stride for size in sizes]
    y = F.pad(F.conv2d(x, w, None, stride, padding), (0, right, 0, down))
    return y if b is None else y + b[:, None, None]


@convolution.mistake(
    "Your windows run on over the edge, filled up with zeros. A window that hangs over the edge is dropped."
)
def rounded_up_with_windows(x, w, b=None, stride=1, padding=0):
    return F.conv2d(F.pad(_zeros_around(x, padding), (0, stride - 1, 0, stride - 1)), w, b, stride)


@convolution.mistake("Only the first channel is used. A filter is as deep as the picture: sum over all channels.")
def first_channel(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x[:, :1], w[:, :1], b, stride, padding)


@convolution.mistake("Only the first picture of the batch is there.")
def first_picture(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x[:1], w, b, stride, padding)


@convolution.mistake("Only the first filter is there. The output has one channel for every filter.")
def first_filter(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w[:1], None if b is None else b[:1], stride, padding)


@convolution.mistake("The axes are in the order (F, N, H, W). Pictures come first, then channels.")
def filters_first(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).transpose(0, 1)


@convolution.mistake("The output is the mean of the products in each window. Their sum is asked for.")
def mean_of_window(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w / w[0].numel(), b, stride, padding)


@convolution.mistake("The bias is added once for every input channel. Add it once, after the sum over channels.")
def bias_for_every_channel(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None if b is None else b * x.shape[1], stride, padding)


@convolution.alternative
def places_in_loops(x, w, b=None, stride=1, padding=0):
    padded, (kh, kw), s = _zeros_around(x, padding), w.shape[2:], stride
    rows, columns = _places(x, w, stride, padding)
    return _window_loop(x, w, b, rows, columns, lambda i, j: padded[:, :, i * s : i * s + kh, j * s : j * s + kw])


@convolution.alternative
def weights_in_loops(x, w, b=None, stride=1, padding=0):
    padded, (rows, columns), s = _zeros_around(x, padding), _places(x, w, stride, padding), stride
    y = x.new_zeros(len(x), len(w), rows, columns)
    for i, j in itertools.product(range(w.shape[2]), range(w.shape[3])):
        seen = padded[:, :, i : i + s * (rows - 1) + 1 : s, j : j + s * (columns - 1) + 1 : s]
        y += torch.einsum("nchw,fc->nfhw", seen, w[:, :, i, j])
    return y if b is None else y + b.reshape(1, -1, 1, 1)


@convolution.alternative
def five_levels_of_loops(x, w, b=None, stride=1, padding=0):
    padded, (kh, kw) = _zeros_around(x, padding), w.shape[2:]
    y = x.new_zeros(len(x), len(w), *_places(x, w, stride, padding))
    for n, f, i, j in itertools.product(*map(range, y.shape)):
        for c in range(x.shape[1]):
            top, left = i * stride, j * stride
            y[n, f, i, j] += (padded[n, c, top : top + kh, left : left + kw] * w[f, c]).sum()
        y[n, f, i, j] += 0 if b is None else b[f]
    return y


@convolution.alternative
def by_tensor_unfold(x, w, b=None, stride=1, padding=0):
    windows = _zeros_around(x, padding).unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    y = torch.tensordot(windows, w, dims=([1, 4, 5], [1, 2, 3])).movedim(-1, 1)
    return y if b is None else y + b[:, None, None]


@convolution.alternative
def by_as_strided(x, w, b=None, stride=1, padding=0):
    padded = _zeros_around(x, padding).contiguous()
    n, c, h, v = padded.stride()
    shape = (*x.shape[:2], *_places(x, w, stride, padding), *w.shape[2:])
    windows = padded.as_strided(shape, (n, c, h * stride, v * stride, h, v))
    return torch.einsum("nchwij,fcij->nfhw", windows, w) + (0 if b is None else b[None, :, None, None])


@convolution.alternative
def by_library_unfold(x, w, b=None, stride=1, padding=0):
    columns = F.unfold(x, w.shape[2:], padding=padding, stride=stride)
    y = (w.flatten(1) @ columns).unflatten(2, _places(x, w, stride, padding))
    return y if b is None else y + b[:, None, None]


@convolution.alternative
def by_numpy(x, w, b=None, stride=1, padding=0):
    import numpy as np

    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(w.shape[2:]), (2, 3))[:, :, ::stride, ::stride]
    y = np.einsum("nchwij,fcij->nfhw", windows, w.numpy())
    return torch.from_numpy(y if b is None else y + b.numpy()[:, None, None])


# 2.9, 2.10, 2.11

stride_bug = Choice(
    "2.9", "Spot the bug: the stride", "d", difficulty=2, minutes=2,
    why={
        "a": "The number of rows is right: 7 rows, a window of 3 and a stride of 2 give 3.",
        "b": "The number of columns is right. So is the shape of the result, which is why nobody noticed.",
        "c": "The rows of the window start at `top`, which knows the stride.",
        "e": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because="The columns of the window start at j. Every window but the first of a row stands too far left.",
    hints=["Follow i and j from `range` into the window. One of them meets the stride."],
)

width_bug = Choice(
    "2.10", "Spot the bug: only square pictures", "b", difficulty=2, minutes=2,
    why={
        "a": "Axis 2 is the height, and rows come from the height.",
        "c": "`left` is where the window starts along a row. It is right for any width.",
        "d": "The window takes `kh` rows and `kw` columns: right for any kernel.",
        "e": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because="`x.shape[2]` is the height. The columns come from `x.shape[3]`. No square picture shows it.",
    hints=["In (N, C, H, W), which number of `x.shape` is the width?"],
)

edge_bug = Choice(
    "2.11", "Spot the bug: the last row and column", "a", difficulty=2, minutes=2,
    why={
        "b": "The windows start where they should, and only those that fit are computed.",
        "c": "The window takes `kh` rows and `kw` columns: right for any kernel.",
        "d": "The sum runs over channels, rows and columns of the window. That is right.",
    },
    because="`ceil` makes room for a window that hangs over the edge. Nothing is computed there, so zeros are left.",
    hints=["The zeros are places that no line writes to. Which line made the places?"],
)

# 2.12

testing = Exercise(
    "2.12", "A test that catches them", difficulty=3, minutes=8, points=2,
    hints=[
        "Compare shapes first, then values: `torch.allclose` of unequal shapes raises, or broadcasts and says yes.",
        "One case is not enough. Vary: picture taller or wider than it is high, kernel 2 x 4, several channels and"
        " pictures, stride 2 on a size it does not divide, padding 0 and padding 2.",
        "`for` every (x shape, w shape, stride, padding) in a list: compute both in a `try`; return False on an"
        " exception, on another shape, or where `torch.allclose` says no. Return True at the end.",
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


def crops_with_minus_padding(x, w, b=None, stride=1, padding=0):
    """Writes the picture into the padded one by [pad:-pad], which is empty at pad 0."""
    padded = x.new_zeros(*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = x
    return F.conv2d(padded, w, b, stride)


_CANDIDATES = [
    right_by_the_library, kernel_flipped, stride_unused, stride_not_in_columns, padding_unused, padding_of_one,
    picture_height_for_width, kernel_height_for_width, rounded_up_with_zeros, first_channel, first_picture,
    filters_first, crops_with_minus_padding, mean_of_window, right_by_columns,
]


@testing.cases
def _(rng):
    yield from (call(_conv(candidate)) for candidate in _CANDIDATES)


_THOROUGH = [  # x shape, w shape, stride, padding
    ((1, 1, 5, 5), (1, 1, 3, 3), 1, 0), ((1, 1, 5, 7), (1, 1, 3, 3), 1, 0), ((1, 1, 6, 6), (1, 1, 2, 4), 1, 1),
    ((2, 3, 6, 7), (4, 3, 3, 3), 2, 2), ((1, 1, 6, 6), (1, 1, 3, 3), 2, 0),
]  # fmt: skip


def _agrees(conv, case, close=lambda got, wanted: got.shape == wanted.shape and torch.allclose(got, wanted)):
    (xs, ws, stride, padding), source = case, torch.Generator().manual_seed(0)
    x, w = torch.randn(xs, generator=source), torch.randn(ws, generator=source)
    return bool(close(conv(x, w, stride, padding), F.conv2d(x, w, None, stride, padding)))


def _safely(conv, cases, **options):
    try:
        return all(_agrees(conv, case, **options) for case in cases)
    except Exception:
        return False


@testing.reference
def works(conv):
    """Which candidate is right is known, so the test need not be run to be judged."""
    return conv.__name__ in ("right_by_the_library", "right_by_columns")


@testing.mistake("One plain case (a square picture and kernel, stride 1, no padding) lets most broken ones through.")
def plain_case(conv):
    return _safely(conv, _THOROUGH[:1])


@testing.mistake(
    "The plain case and one with stride and padding, all of it square: what mixes up height and width passes."
)
def all_square(conv):
    return _safely(conv, [_THOROUGH[0], ((2, 3, 6, 6), (4, 3, 3, 3), 2, 2)])


@testing.mistake(
    "Your pictures vary and your kernels are all square: what takes the kernel's height for its width passes."
)
def square_kernels(conv):
    return _safely(conv, [*_THOROUGH[:2], *_THOROUGH[3:]])


@testing.mistake("You compare shapes only. A flipped kernel has the right shape.")
def shapes_only(conv):
    return _safely(conv, _THOROUGH, close=lambda got, wanted: got.shape == wanted.shape)


@testing.mistake("Every one of your calls is padded, so what fails at padding 0 passes.")
def always_padded(conv):
    return _safely(conv, [(*case[:3], 2) for case in _THOROUGH])


@testing.mistake("All your inputs have one picture and one channel, so what forgets the others passes.")
def one_channel(conv):
    return _safely(conv, [((1, 1, *xs[2:]), (1, 1, *ws[2:]), s, p) for xs, ws, s, p in _THOROUGH])


@testing.mistake("Your stride is always 1.")
def no_strides(conv):
    return _safely(conv, [(xs, ws, 1, p) for xs, ws, _, p in _THOROUGH])


@testing.mistake("Your inputs are all ones, so what puts the kernel the wrong way round passes.")
def only_ones(conv):
    def same_on_ones(case):
        xs, ws, stride, padding = case
        got, wanted = conv(torch.ones(xs), torch.ones(ws), stride, padding), F.conv2d(
            torch.ones(xs), torch.ones(ws), None, stride, padding
        )
        return got.shape == wanted.shape and torch.allclose(got, wanted)

    try:
        return all(map(same_on_ones, _THOROUGH))
    except Exception:
        return False


@testing.mistake("An error inside `conv` ends your test. On a legal call an error is an answer, too: return False.")
def errors_not_caught(conv):
    return all(_agrees(conv, case) for case in _THOROUGH)


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


# 2.13

dilation = Exercise(
    "2.13", "Dilate a kernel", difficulty=2, minutes=5,
    hints=[
        "From 2.1: a dilated kernel covers d (k - 1) + 1 pixels. Make zeros of that size.",
        "The weights stand at rows 0, d, 2d, ... and columns 0, d, 2d, ...",
        "Assign to a slice with a step: `wide[:, :, ::d, ::d] = w`.",
    ],
)


@dilation.reference
def dilate(w, d):
    """A transposed convolution by a single 1 puts every number d apart."""
    f, c, kh, kw = w.shape
    wide = F.conv_transpose2d(w.reshape(f * c, 1, kh, kw), torch.ones(1, 1, 1, 1), stride=d)
    return wide.reshape(f, c, *wide.shape[2:])


@dilation.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]]]]), 2)
    yield call(torch.tensor([[[[1.0], [2.0]]]]), 2)
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 1)
    yield call(whole(rng, 1, 1, 1, 3, low=1), 3)
    yield call(whole(rng, 2, 3, 3, 2, low=1), 2)
    yield call(whole(rng, 3, 1, 2, 4, low=1), 4)


@dilation.mistake("There are zeros after the last weight, too. They only belong in between.")
def zeros_at_the_end(w, d):
    f, c, kh, kw = w.shape
    wide = w.new_zeros(f, c, kh * d, kw * d)
    wide[:, :, ::d, ::d] = w
    return wide


@dilation.mistake(
    "Those are d zeros between neighbors. Neighbors lie d pixels *apart*, so d - 1 zeros stand in between."
)
def a_zero_too_many(w, d):
    return dilate(w, d + 1)


@dilation.mistake(
    "You repeated the weights. Between them belong zeros: a dilated kernel reads as few pixels as before."
)
def repeated(w, d):
    return w.repeat_interleave(d, 2).repeat_interleave(d, 3)


@dilation.mistake("Only the rows are spread. The columns are, too.")
def rows_spread_only(w, d):
    return zeros_at_the_end(w, d)[:, :, : d * (w.shape[2] - 1) + 1, ::d]


@dilation.mistake("Only the columns are spread. The rows are, too.")
def columns_spread_only(w, d):
    return zeros_at_the_end(w, d)[:, :, ::d, : d * (w.shape[3] - 1) + 1]


@dilation.mistake("The zeros stand around the kernel. They belong between its weights.")
def zeros_outside(w, d):
    down, right = [(d - 1) * (k - 1) for k in w.shape[2:]]
    return F.pad(w, (right // 2, right - right // 2, down // 2, down - down // 2))


@dilation.mistake("The height of the kernel is used for its width.")
def square_only(w, d):
    f, c, kh, _ = w.shape
    wide = w.new_zeros(f, c, d * (kh - 1) + 1, d * (kh - 1) + 1)
    wide[:, :, ::d, ::d] = w
    return wide


@dilation.alternative
def by_step(w, d):
    f, c, kh, kw = w.shape
    wide = w.new_zeros(f, c, d * (kh - 1) + 1, d * (kw - 1) + 1)
    wide[:, :, ::d, ::d] = w
    return wide


@dilation.alternative
def by_kronecker(w, d):
    corner = w.new_zeros(d, d)
    corner[0, 0] = 1.0
    kh, kw = w.shape[2:]
    return torch.kron(w, corner)[:, :, : d * (kh - 1) + 1, : d * (kw - 1) + 1]


@dilation.alternative
def by_selection_matrices(w, d):
    rows, columns = [torch.eye(d * (k - 1) + 1)[::d] for k in w.shape[2:]]
    return rows.T @ w @ columns


@dilation.alternative
def place_by_place(w, d):
    kh, kw = w.shape[2:]
    wide = torch.zeros(*w.shape[:2], d * (kh - 1) + 1, d * (kw - 1) + 1)
    for i, j in itertools.product(range(kh), range(kw)):
        wide[:, :, i * d, j * d] = w[:, :, i, j]
    return wide


# 2.14


class Shapes(Number):
    """A tuple of shapes, one a layer; a wrong answer is told the first layer that is off."""

    def miss(self, got, wanted):
        if super().miss(got, wanted) is None:
            return None
        if not isinstance(got, (tuple, list)) or len(got) != len(wanted):
            return f"should be {len(wanted)} shapes, one a layer, in a tuple."
        first = next(place for place, pair in enumerate(zip(got, wanted)) if super(Shapes, self).miss(*pair))
        return f"is off from layer {first + 1} on: {got[first]}."


_STACK = ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 2688))
stack_shapes = Shapes(
    "2.14", "The shapes through a stack", _STACK, difficulty=3, minutes=6, points=2,
    wrong={
        "steps": (
            ((8, 16, 31, 22), (8, 16, 15, 11), (8, 32, 15, 11), (8, 32, 11, 7), (8, 2464)),
            "You counted steps in the first layer; the first position counts too.",
        ),
        "first_rounded_up": (
            ((8, 16, 32, 24), (8, 16, 16, 12), (8, 32, 16, 12), (8, 32, 12, 8), (8, 3072)),
            "The last window along the width does not fit, and is not counted.",
        ),
        "pool_rounded_up": (
            ((8, 16, 32, 23), (8, 16, 16, 12), (8, 32, 16, 12), (8, 32, 12, 8), (8, 3072)),
            "23 columns hold 11 whole windows of 2. The last column is dropped.",
        ),
        "padding_once": (
            ((8, 16, 31, 23), (8, 16, 15, 11), (8, 32, 15, 11), (8, 32, 11, 7), (8, 2464)),
            "Padding 1 adds a row above and one below.",
        ),
        "pool_eats_channels": (
            ((8, 16, 32, 23), (8, 8, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 2688)),
            "Pooling works within each channel: 16 go in, 16 come out.",
        ),
        "square_kernel": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 9), (8, 32, 12, 5), (8, 1920)),
            "The kernel of layer 3 is 3 high and 1 wide. A width of 1 takes nothing away.",
        ),
        "padding_for_both": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 13), (8, 32, 12, 9), (8, 3456)),
            "`padding=(1, 0)` is one row above and below, and no column.",
        ),
        "dilation_unused": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 14, 9), (8, 4032)),
            "With dilation 2 a kernel of 3 covers 5 pixels.",
        ),
        "dilation_as_six": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 11, 6), (8, 2112)),
            "With dilation 2 a kernel of 3 covers 5 pixels, not 6: there are two gaps.",
        ),
        "batch_flattened": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (21504,)),
            "`nn.Flatten` keeps the pictures of the batch apart.",
        ),
        "channels_not_flattened": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 84)),
            "`nn.Flatten` takes the channels along: all numbers of a picture stand in one row.",
        ),
    },
    right=[[list(shape) for shape in _STACK], tuple(map(torch.Size, _STACK)), (*_STACK[:4], (8, 32 * 12 * 7))],
    hints=[
        "The second number is the filters of the layer, for a convolution; pooling keeps it.",
        "Layer 1, height: (65 + 2 - 5) // 2 + 1 = 32. The width goes the same way.",
        "`output_size(11, 1)` is 11 and `output_size(16, 3, d=2)` is 12.",
    ],
)

# 2.15


class DrillExercise(Number):
    """Judges (seed, answers) by the drill of that seed: what is wrong is the rule that was broken first."""

    def refuse(self, attempt) -> str | None:
        fits = isinstance(attempt, (tuple, list)) and len(attempt) == 2 and _is_whole(attempt[0])
        if fits and isinstance(attempt[1], (tuple, list)) and len(attempt[1]) == 5:
            return None
        return "Answer with the seed and the five numbers: `shape_drill = (drill_seed, (1, 2, 3, 4, 5))`."

    def _ask(self, attempt):
        seed, answers = attempt
        questions = Drill(int(seed)).questions
        for place, (question, given) in enumerate(zip(questions, answers), 1):
            if not (_is_whole(given) and int(given) == question.answer):
                return place, short(given), _broken(question, given)
        return 0, None, "none"

    def miss(self, got, wanted):
        if got[2] == wanted[2]:
            return None
        return f"to question {got[0]}, {got[1]}, is off."


def _is_whole(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1


def _broken(question, given) -> str:
    return next((rule for rule, value in question.slips.items() if value == given), "unknown")


def _breaking(rule):
    """Right answers to drill 1 but for one slip."""
    drill = Drill(1)
    answers = list(drill.answers)
    place = next(i for i, question in enumerate(drill.questions) if rule in question.slips)
    answers[place] = drill.questions[place].slips[rule]
    return 1, tuple(answers)


endless = DrillExercise(
    "2.15", "The endless drill", (1, Drill(1).answers), difficulty=2, minutes=6, points=2,
    wrong={rule: (_breaking(rule), sentence) for rule, sentence in RULES.items()},
    right=[(seed, Drill(seed).answers) for seed in (2, 77, 2026)] + [[3, list(map(float, Drill(3).answers))]],
    hints=[
        "Questions 1 to 3: `(n + 2p - d (k - 1) - 1) // s + 1`, then halve for the pooling.",
        "Question 4 is 2.7 for an odd kernel. Question 5: a filter has C * k * k weights and a bias.",
    ],
)

# 2.16

field_of_view = Exercise(
    "2.16", "The receptive field of a stack", difficulty=3, minutes=8, points=2,
    hints=[
        "One output pixel of the last layer sees `d (k - 1) + 1` pixels of the layer before. Go on backward.",
        "If r pixels of a layer are seen, their windows start s apart: together they cover `(r - 1) * s` more than"
        " one window does.",
        "Start with `r = 1`; for each layer, last first: `r = (r - 1) * s + d * (k - 1) + 1`.",
    ],
)


@field_of_view.reference
def receptive_field(layers):
    """The pixels themselves, as a set, from the last layer back to the picture."""
    seen = {0}
    for k, s, d in reversed(layers):
        seen = {place * s + tap * d for place in seen for tap in range(k)}
    return max(seen) - min(seen) + 1


@field_of_view.cases
def _(rng):
    yield call([(3, 1, 1)])
    yield call([])
    yield call([(1, 1, 1), (1, 1, 1)])
    yield call([(3, 1, 1), (3, 1, 1)])
    yield call([(3, 2, 1)])
    yield call([(3, 1, 2)])
    yield call([(2, 1, 1), (3, 1, 1), (5, 1, 1)])
    yield call([(3, 2, 1), (3, 1, 1)])
    yield call([(3, 1, 1), (3, 2, 1)])
    yield call([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)])
    yield call([(3, 1, 1), (3, 1, 2), (3, 1, 4)])
    yield call([(7, 2, 1), (3, 2, 1), (3, 1, 2), (3, 2, 1), (1, 1, 1), (3, 1, 3)])
    for count in rng.integers(2, 6, 3):
        yield call([tuple(int(v) for v in rng.integers(1, [6, 4, 4])) for _ in range(count)])


def _forward(layers, step=lambda jump, s: jump * s, extent=lambda k, d: d * (k - 1)):
    seen, jump = 1, 1
    for k, s, d in layers:
        seen, jump = seen + extent(k, d) * jump, step(jump, s)
    return seen


@field_of_view.mistake("You added up the kernel sizes. Windows of neighbors overlap: each layer adds k - 1.")
def sum_of_kernels(layers):
    return sum(k for k, _, _ in layers)


@field_of_view.mistake("You multiplied the kernel sizes. Windows of neighbors overlap.")
def product_of_kernels(layers):
    return math.prod(d * (k - 1) + 1 for k, _, d in layers)


@field_of_view.mistake(
    "The strides are missing. After a stride of 2, a step in the next layer is two pixels in the picture."
)
def no_strides_counted(layers):
    return _forward(layers, step=lambda jump, s: 1)


@field_of_view.mistake("The dilation is missing.")
def no_dilation_counted(layers):
    return _forward(layers, extent=lambda k, d: k - 1)


@field_of_view.mistake("You let a layer's own stride widen its own window. It only widens what comes after.")
def own_stride(layers):
    seen, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        seen += d * (k - 1) * jump
    return seen


@field_of_view.mistake("You went through the layers from the wrong end. The list goes from the picture to the output.")
def wrong_end(layers):
    return _forward(reversed(layers))


@field_of_view.mistake("You start from 0. Before any layer, a pixel sees itself: 1.")
def from_nothing(layers):
    return _forward(layers) - 1


@field_of_view.mistake("Only the stride of the layer just before is used. Strides multiply up: 2 and 2 make 4.")
def last_stride_only(layers):
    return _forward(layers, step=lambda jump, s: s)


@field_of_view.mistake("Strides are added up. They multiply: a step after strides 2 and 3 is six pixels.")
def strides_added(layers):
    return _forward(layers, step=lambda jump, s: jump + s - 1)


@field_of_view.mistake("A kernel of 3 with dilation 2 covers 5 pixels, not 6.")
def dilation_times_kernel(layers):
    return _forward(layers, extent=lambda k, d: d * k - 1)


@field_of_view.alternative
def backward(layers):
    seen = 1
    for k, s, d in layers[::-1]:
        seen = (seen - 1) * s + d * (k - 1) + 1
    return seen


@field_of_view.alternative
def by_jumps(layers):
    return _forward(layers)


@field_of_view.alternative
def by_products(layers):
    strides = [s for _, s, _ in layers]
    return 1 + sum(d * (k - 1) * math.prod(strides[:place]) for place, (k, _, d) in enumerate(layers))


@field_of_view.alternative
def by_gradient(layers):
    """What a single output of a net of ones depends on."""
    need = backward(layers)
    x = torch.ones(1, 1, need, requires_grad=True)
    y = x
    for k, s, d in layers:
        y = F.conv1d(y, torch.ones(1, 1, k), stride=s, dilation=d)
    (grad,) = torch.autograd.grad(y.sum(), x)
    places = grad[0, 0].nonzero()
    return int(places.max() - places.min()) + 1


# 2.17

fading = Choice(
    "2.17", "Does every pixel of the field count the same?", "b", difficulty=2, minutes=1,
    why={
        "a": "Count the ways from a pixel to the output. A corner pixel has one. How many has the middle?",
        "c": "Count the ways from a pixel to the output: few at the border, many in the middle.",
        "d": "The weights are random, but the number of ways from a pixel to the output is not.",
    },
    because="More paths lead from the middle to the output than from the border.",
    hints=[
        "In how many ways can two 3 x 3 layers carry a corner pixel of the 5 x 5 field to the output? And the middle?"
    ],
)

# 2.18

composition = Exercise(
    "2.18", "Two convolutions, one kernel", difficulty=4, minutes=10, points=2,
    hints=[
        "In one dimension, w1 = [a, b] and then w2 = [c, d]: write out what comes out of x. The kernel is"
        " [ac, ad + bc, bd], so a *true* convolution of the two.",
        "Weight (i, j) of w1 and (p, q) of w2 together read the pixel at (i + p, j + q). Add their product there.",
        "With channels, sum over the middle ones: `w[:, :, p : p + k1h, q : q + k1w] +="
        " torch.einsum('fm,mcij->fcij', w2[:, :, p, q], w1)`.",
    ],
)


@composition.reference
def compose(w1, w2):
    """The answer of both layers to a single lit pixel is the kernel, turned."""
    channels, reach = w1.shape[1], [a + b - 1 for a, b in zip(w1.shape[2:], w2.shape[2:])]
    lit = torch.zeros(channels, channels, *(2 * r - 1 for r in reach))
    lit[range(channels), range(channels), reach[0] - 1, reach[1] - 1] = 1
    return F.conv2d(F.conv2d(lit, w1), w2).flip(2, 3).transpose(0, 1).contiguous()


@composition.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[10.0, 1.0]]]]))
    yield call(torch.tensor([[[[2.0]]]]), torch.tensor([[[[1.0, 3.0]]]]))
    yield call(torch.tensor([[[[1.0], [2.0]]]]), torch.tensor([[[[1.0, 10.0]]]]))
    yield call(whole(rng, 1, 1, 2, 2, low=1), whole(rng, 1, 1, 2, 2, low=1))
    yield call(whole(rng, 1, 1, 3, 3), whole(rng, 1, 1, 3, 3))
    yield call(whole(rng, 2, 1, 2, 2), whole(rng, 1, 2, 2, 2))
    yield call(whole(rng, 2, 2, 1, 3), whole(rng, 2, 2, 2, 2))
    yield call(whole(rng, 2, 3, 3, 2), whole(rng, 4, 2, 2, 3))
    yield call(normal(rng, 3, 2, 3, 3), normal(rng, 2, 3, 4, 2))


def _slide(w1, w2, turn=lambda w: w.flip(2, 3), pad=lambda k: k - 1):
    """w1 as a picture with its input channels as the batch, w2 sliding over it."""
    around = [pad(k) for k in w2.shape[2:]]
    return F.conv2d(w1.transpose(0, 1), turn(w2), padding=around).transpose(0, 1)


@composition.mistake("One of the kernels must be turned as they slide over each other. Try it with [1, 2] and [10, 1].")
def not_turned(w1, w2):
    return _slide(w1, w2, turn=lambda w: w)


@composition.mistake("The values are right, in reverse order: the other kernel is turned, or both results are.")
def turned_back(w1, w2):
    return _slide(w1, w2).flip(2, 3)


@composition.mistake(
    "Only the places where the kernels overlap completely are there. Pad, so that every overlap counts."
)
def overlaps_only(w1, w2):
    return _slide(w1, w2, pad=lambda k: 0)


@composition.mistake("That is cut to the size of w1. Two kernels of 3 together see 5 pixels.")
def cut_to_size(w1, w2):
    top, left = [(k - 1) // 2 for k in w2.shape[2:]]
    return _slide(w1, w2)[:, :, top : top + w1.shape[2], left : left + w1.shape[3]]


@composition.mistake("The channels are in the order (C, F). The answer is a weight: (F, C, ...), filters first.")
def channels_first(w1, w2):
    return _slide(w1, w2).transpose(0, 1)


@composition.mistake("Only the first of the middle channels is used. What w1 gives out, w2 takes in: sum over it.")
def first_middle_channel(w1, w2):
    return _slide(w1[:1], w2[:, :1])


@composition.mistake("The kernels were multiplied place by place. Two layers in a row spread further than one.")
def product(w1, w2):
    return torch.einsum("mcij,fmij->fcij", w1, w2)


@composition.mistake("Adding the kernels is what two layers side by side would do. These come one after the other.")
def added(w1, w2):
    return w1 + w2


@composition.alternative
def sliding(w1, w2):
    return _slide(w1, w2)


@composition.alternative
def weight_by_weight(w1, w2):
    (kh, kw), (lh, lw) = w1.shape[2:], w2.shape[2:]
    w = w1.new_zeros(len(w2), w1.shape[1], kh + lh - 1, kw + lw - 1)
    for p, q in itertools.product(range(lh), range(lw)):
        w[:, :, p : p + kh, q : q + kw] += torch.einsum("fm,mcij->fcij", w2[:, :, p, q], w1)
    return w


@composition.alternative
def by_spectrum(w1, w2):
    shape = [a + b - 1 for a, b in zip(w1.shape[2:], w2.shape[2:])]
    spectrum = torch.einsum("mcij,fmij->fcij", torch.fft.rfft2(w1, s=shape), torch.fft.rfft2(w2, s=shape))
    return torch.fft.irfft2(spectrum, s=shape)


@composition.alternative
def transposed_convolution(w1, w2):
    return F.conv_transpose2d(w2, w1)


# 2.19

per_pixel = Module(
    "2.19", "A 1x1 convolution as a linear layer", difficulty=2, minutes=6, points=2, forbidden=CONVOLUTION,
    hints=[
        "`nn.Linear` works along the *last* axis, whatever stands before it. Where are the channels?",
        "Move the channels to the end, apply, move them back. Moving is not reshaping: `reshape` tears pixels apart.",
        "`self.linear(x.movedim(1, -1)).movedim(-1, 1)`.",
    ],
)


@per_pixel.reference
class PixelLinear(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.linear = nn.Linear(c_in, c_out)

    def forward(self, x):
        return F.conv2d(x, self.linear.weight[:, :, None, None], self.linear.bias)


@per_pixel.cases
def _(rng):
    yield call(2, 1, inputs=whole(rng, 1, 2, 1, 2))
    yield call(2, 3, inputs=whole(rng, 1, 2, 2, 3))
    yield call(3, 3, inputs=whole(rng, 2, 3, 3, 3))
    yield call(4, 2, inputs=whole(rng, 3, 4, 5, 4))


def _pixelwise(name, forward, bias=True):
    """The layer with another forward."""

    def init(self, c_in, c_out):
        nn.Module.__init__(self)
        self.linear = nn.Linear(c_in, c_out, bias=bias)

    return type(name, (nn.Module,), {"__init__": init, "forward": forward})


def _moved(self, x):
    return self.linear(x.movedim(1, -1)).movedim(-1, 1)


def _scrambled(self, x):
    n, c, h, w = x.shape
    return self.linear(x.reshape(n, h, w, c)).reshape(n, -1, h, w)


def _scrambled_back(self, x):
    n, _, h, w = x.shape
    return self.linear(x.movedim(1, -1)).reshape(n, -1, h, w)


_PIXEL_SLIPS = {  # name: (forward, bias, sentence)
    "reshaped": (
        _scrambled, True,
        "`reshape` and `view` cut the numbers in another way: a pixel's channels no longer stand together.",
    ),
    "reshaped_back": (
        _scrambled_back, True, "The way there is right. Going back, `reshape` tears pixels apart; move the axis.",
    ),
    "not_moved_back": (
        lambda self, x: self.linear(x.movedim(1, -1)), True,
        "The channels are still at the end. Move them back to axis 1.",
    ),
    "along_width": (
        lambda self, x: self.linear(x), True, "`nn.Linear` works along the last axis, and that is the width here.",
    ),
    "no_bias": (_moved, False, "Leave the bias in: `nn.Linear(c_in, c_out)` has one."),
    "height_and_width_swapped": (
        lambda self, x: self.linear(x.transpose(1, 3)).permute(0, 3, 1, 2), True,
        "Height and width have traded places.",
    ),
    "relu": (
        lambda self, x: _moved(self, x).relu(), True,
        "There is an activation at the end. A 1x1 convolution alone is linear.",
    ),
}  # fmt: skip
for _name, (_body, _bias, _sentence) in _PIXEL_SLIPS.items():
    per_pixel.mistake(_sentence, _name)(_pixelwise("PixelLinear", _body, _bias))

for _name, _body in {
    "Moved": _moved,
    "Permuted": lambda self, x: self.linear(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
    "Summed": lambda self, x: torch.einsum("nchw,fc->nfhw", x, self.linear.weight) + self.linear.bias[:, None, None],
    "Flattened": lambda self, x: self.linear(x.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, x.shape[2:]),
}.items():
    per_pixel.alternative(_pixelwise(_name, _body))

# 2.20

cost = Exercise(
    "2.20", "Multiply-adds", difficulty=2, minutes=5,
    hints=[
        "How many numbers does the output hold? How many products does each of them need?",
        "Each output number is a sum over a window of `c_in * k * k` numbers.",
        "`output_size(h, k, stride, padding)` times the same for `w`, times `c_out`, times `c_in * k * k`.",
    ],
)


@cost.reference
def multiply_adds(c_in, h, w, c_out, k, stride=1, padding=0):
    """The size of the output by the library, without computing it."""
    x, weight = torch.empty(1, c_in, h, w, device="meta"), torch.empty(c_out, c_in, k, k, device="meta")
    return F.conv2d(x, weight, stride=stride, padding=padding).numel() * weight[0].numel()


@cost.cases
def _(rng):
    yield call(1, 3, 3, 1, 2)
    yield call(1, 2, 4, 1, 1)
    yield call(2, 3, 3, 1, 3)
    yield call(1, 3, 3, 5, 3)
    yield call(1, 5, 6, 1, 2, stride=2)
    yield call(1, 4, 4, 1, 3, padding=1)
    yield call(3, 32, 32, 10, 5, padding=2)
    yield call(192, 28, 28, 32, 5, padding=2)
    yield call(3, 227, 227, 96, 11, stride=4)
    yield call(64, 7, 9, 128, 3, stride=2, padding=1)


def _cost(c_in, c_out, k, rows, columns):
    return c_in * k * k * c_out * rows * columns


def _out(n, k, stride, padding):
    return (n + 2 * padding - k) // stride + 1


@cost.mistake("You took the size of the input. One sum is computed for every *output* pixel.")
def for_every_input_pixel(c_in, h, w, c_out, k, stride=1, padding=0):
    return _cost(c_in, c_out, k, h, w)


@cost.mistake("The input channels are missing: every window is `c_in` deep.")
def flat_windows(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(1, h, w, c_out, k, stride, padding)


@cost.mistake("That is one filter. There are `c_out`.")
def one_filter(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, 1, k, stride, padding)


@cost.mistake("That is the number of weights. Each of them is used at every output pixel.")
def weights(c_in, h, w, c_out, k, stride=1, padding=0):
    return c_in * c_out * k * k


@cost.mistake("You counted a multiplication and its addition as two. Here the pair is one.")
def counted_twice(c_in, h, w, c_out, k, stride=1, padding=0):
    return 2 * multiply_adds(c_in, h, w, c_out, k, stride, padding)


@cost.mistake("The kernel has `k * k` weights in each channel, not `k`.")
def one_side_of_the_kernel(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, stride, padding) // k


@cost.mistake("The bias is counted as well. Adding it is no multiply-add; leave it out here.")
def with_bias(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, stride, padding) + c_out * _out(h, k, stride, padding) * _out(
        w, k, stride, padding
    )


@cost.mistake("The stride is missing: fewer windows, fewer sums.")
def stride_not_counted(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, 1, padding)


@cost.mistake("The padding is missing. By convention the zeros are multiplied as well.")
def padding_not_counted(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, stride)


@cost.mistake("The output is taken to be as wide as it is high.")
def square_output(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, h, c_out, k, stride, padding)


@cost.alternative
def windows_times_weights(c_in, h, w, c_out, k, stride=1, padding=0):
    return _cost(c_in, c_out, k, _out(h, k, stride, padding), _out(w, k, stride, padding))


@cost.alternative
def counted_by_ranges(c_in, h, w, c_out, k, stride=1, padding=0):
    rows, columns = [len(range(0, n + 2 * padding - k + 1, stride)) for n in (h, w)]
    return rows * columns * c_out * (c_in * k**2)


@cost.alternative
def from_a_real_layer(c_in, h, w, c_out, k, stride=1, padding=0):
    layer = nn.Conv2d(1, 1, k, stride, padding, bias=False)
    return layer(torch.zeros(1, 1, h, w)).numel() * c_out * c_in * layer.weight.numel()


# 2.21

unfolding = Exercise(
    "2.21", "im2col: windows as columns", difficulty=3, minutes=10, points=2, forbidden=CONVOLUTION | {"im2col"},
    hints=[
        "Loop over the (i, j) of the kernel, not over the windows: for one (i, j), the pixels that all windows read"
        " there are one strided slice of the padded picture.",
        "That slice is `padded[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]`, of shape"
        " (N, C, rows, columns).",
        "Stack the kh * kw slices along a new axis 2, so (N, C, kh*kw, rows, columns), and reshape to (N, C*kh*kw, L).",
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
    yield call(whole(rng, 1, 1, 2, 2, low=1), 2, 2, padding=1)
    yield call(whole(rng, 2, 3, 5, 7), 3, 2, stride=2, padding=1)
    yield call(normal(rng, 2, 2, 6, 5), 2, 4, stride=3, padding=2)


@unfolding.mistake("You have one row a window. Asked for is one *column* a window: swap the last two axes.")
def windows_as_rows(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride, padding).transpose(1, 2)


@unfolding.mistake("The padding is missing.")
def not_padded(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride)


@unfolding.mistake("The windows are taken at every pixel: the stride is missing.")
def every_window(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, 1, padding)


@unfolding.mistake(
    "In a column, the channels stand together for each place of the kernel. Asked for: channel by channel."
)
def channels_inside(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.unflatten(1, (x.shape[1], kh * kw)).transpose(1, 2).flatten(1, 2)


@unfolding.mistake("In a column, the window is read column by column. Read it row by row, as `flatten` does.")
def window_transposed(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.unflatten(1, (x.shape[1], kh, kw)).transpose(2, 3).flatten(1, 3)


@unfolding.mistake("The windows run down the picture first. Run along a row first, then to the next row.")
def windows_downward(x, kh, kw, stride=1, padding=0):
    sizes = [_out(n, k, stride, padding) for n, k in zip(x.shape[2:], (kh, kw))]
    return im2col(x, kh, kw, stride, padding).unflatten(2, sizes).transpose(2, 3).flatten(2)


@unfolding.mistake(
    "Those are reshaped, not transposed: one row a window was made and then cut anew by `reshape` or `view`."
)
def reshaped_to_fit(x, kh, kw, stride=1, padding=0):
    columns = im2col(x, kh, kw, stride, padding)
    return columns.transpose(1, 2).reshape(columns.shape)


@unfolding.mistake("The pictures of the batch are joined. Keep them apart: (N, C*kh*kw, L).")
def batch_joined(x, kh, kw, stride=1, padding=0):
    return im2col(x, kh, kw, stride, padding).transpose(0, 1).flatten(1)


@unfolding.mistake("The height and the width of the kernel are swapped.")
def kernel_swapped(x, kh, kw, stride=1, padding=0):
    return im2col(x, kw, kh, stride, padding)


@unfolding.alternative
def window_by_window(x, kh, kw, stride=1, padding=0):
    padded = _zeros_around(x, padding)
    rows, columns = [range(0, n - k + 1, stride) for n, k in zip(padded.shape[2:], (kh, kw))]
    return torch.stack([padded[:, :, i : i + kh, j : j + kw].flatten(1) for i in rows for j in columns], dim=2)


@unfolding.alternative
def slice_by_slice(x, kh, kw, stride=1, padding=0):
    padded = _zeros_around(x, padding)
    rows, columns = [_out(n, k, stride, padding) for n, k in zip(x.shape[2:], (kh, kw))]
    slices = [
        padded[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride][:, :, :rows, :columns]
        for i in range(kh) for j in range(kw)
    ]  # fmt: skip
    return torch.stack(slices, dim=2).reshape(len(x), -1, rows * columns)


@unfolding.alternative
def by_views(x, kh, kw, stride=1, padding=0):
    windows = _zeros_around(x, padding).unfold(2, kh, stride).unfold(3, kw, stride)
    return windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)


@unfolding.alternative
def by_indices(x, kh, kw, stride=1, padding=0):
    padded = _zeros_around(x, padding)
    top, left = [torch.arange(0, n - k + 1, stride) for n, k in zip(padded.shape[2:], (kh, kw))]
    rows = torch.arange(kh)[:, None, None, None] + top[:, None]
    columns = torch.arange(kw)[:, None, None] + left
    return padded[:, :, rows, columns].reshape(len(x), x.shape[1] * kh * kw, -1)


# 2.22

one_matmul = Exercise(
    "2.22", "conv2d by im2col", difficulty=3, minutes=6, points=2, forbidden=CONVOLUTION,
    hints=[
        "A filter as a row, (F, C*KH*KW), times the windows as columns, (N, C*KH*KW, L), is (N, F, L):"
        " `w.flatten(1) @ columns`.",
        "The bias has one number a filter: `b[:, None]` meets (N, F, L).",
        "L counts the places row by row, so the last step is `.reshape(len(x), len(w), rows, width)`, sizes by 2.1.",
    ],
)


@one_matmul.reference
def conv2d_im2col(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding)


one_matmul.cases(_conv_cases)


def _product(x, w, b, stride, padding):
    """(N, F, L)."""
    y = w.flatten(1) @ F.unfold(x, w.shape[2:], stride=stride, padding=padding)
    return y if b is None else y + b[:, None]


@one_matmul.mistake(
    "The result is (N, L, F) cut anew by `reshape`: filters and places are mixed up. Move the axis first."
)
def places_before_filters(x, w, b=None, stride=1, padding=0):
    y = _product(x, w, b, stride, padding)
    return y.transpose(1, 2).reshape(len(x), len(w), *_places(x, w, stride, padding))


@one_matmul.mistake("The weights are cut anew by `reshape`, not transposed: the numbers of several filters are mixed.")
def weights_mixed(x, w, b=None, stride=1, padding=0):
    mixed = w.reshape(-1, len(w)).T.reshape(w.shape)
    return F.conv2d(x, mixed, b, stride, padding)


@one_matmul.mistake("The axes stand as (N, L, F) or end as (N, H, W, F). Channels come second.")
def channels_last(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b, stride, padding).permute(0, 2, 3, 1)


@one_matmul.mistake("The places are still in one row. Bring them back to height and width.")
def places_in_a_row(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, stride, padding)


@one_matmul.mistake("Height and width are swapped in the last `reshape`.")
def sizes_swapped(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, stride, padding).reshape(len(x), len(w), *_places(x, w, stride, padding)[::-1])


@one_matmul.mistake("The bias is missing.")
def bias_missing(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, None, stride, padding)


@one_matmul.mistake("The stride or the padding does not reach `im2col`, though the size of the output expects it.")
def not_passed_on(x, w, b=None, stride=1, padding=0):
    return _product(x, w, b, 1, 0).reshape(len(x), len(w), *_places(x, w, stride, padding))


@one_matmul.mistake("The stride and the padding are not used: that is the output without them.")
def plain_only(x, w, b=None, stride=1, padding=0):
    return F.conv2d(x, w, b)


one_matmul.alternative(by_library_unfold)


@one_matmul.alternative
def by_einsum(x, w, b=None, stride=1, padding=0):
    columns = slice_by_slice(x, *w.shape[2:], stride, padding)
    y = torch.einsum("fk,nkl->nfl", w.reshape(len(w), -1), columns)
    y = y.reshape(len(x), len(w), *_places(x, w, stride, padding))
    return y if b is None else y + b.view(1, -1, 1, 1)


@one_matmul.alternative
def one_matrix_for_the_batch(x, w, b=None, stride=1, padding=0):
    columns = window_by_window(x, *w.shape[2:], stride, padding).transpose(0, 1).flatten(1)
    y = w.reshape(len(w), -1) @ columns
    y = y if b is None else y + b[:, None]
    return y.reshape(len(w), len(x), *_places(x, w, stride, padding)).transpose(0, 1)


# 2.23


def _backward_shapes(rng):
    """Sizes of x and w, stride, padding, and how numbers are drawn: plain first, then what catches slips."""
    yield (1, 1, 1, 2), (1, 1, 1, 1), 1, 0, whole
    yield (1, 1, 1, 3), (1, 1, 1, 2), 1, 0, whole
    yield (1, 1, 3, 3), (1, 1, 2, 2), 1, 0, whole
    yield (1, 1, 2, 2), (1, 1, 2, 2), 1, 1, whole
    yield (1, 1, 3, 4), (1, 1, 2, 3), 1, 0, whole
    yield (2, 1, 2, 3), (1, 1, 1, 2), 1, 0, whole
    yield (1, 2, 3, 3), (2, 2, 2, 2), 1, 0, whole
    yield (1, 1, 3, 3), (1, 1, 1, 1), 2, 0, whole
    yield (1, 1, 5, 5), (1, 1, 3, 3), 2, 1, whole
    yield (1, 1, 5, 7), (1, 1, 2, 4), 2, 0, whole
    yield (2, 3, 5, 6), (4, 3, 2, 4), 2, 1, whole
    yield (2, 2, 6, 5), (3, 2, 3, 2), 3, 2, normal


def _backward_case(rng, x, w, stride, padding, draw):
    x, w = draw(rng, *x), draw(rng, *w)
    return x, w, draw(rng, len(x), len(w), *_places(x, w, stride, padding))


def _kept(stride, padding):
    return {name: value for name, value, usual in [("stride", stride, 1), ("padding", padding, 0)] if value != usual}


bias_gradient = Exercise(
    "2.23", "The gradient of the bias", difficulty=2, minutes=4,
    hints=[
        "One bias is added to which numbers of the output? All of those send their gradient back, and it adds up.",
        "The bias of filter f is added at every place of channel f, in every picture.",
        "Sum `dy` over all axes but the second.",
    ],
)


@bias_gradient.reference
def grad_bias(dy):
    """By autograd, through a convolution whose weights are all zero."""
    n, f, h, w = dy.shape
    b = torch.zeros(f, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(torch.zeros(n, 1, h, w), torch.zeros(f, 1, 1, 1), b)
    return torch.autograd.grad(y, b, dy)[0]


@bias_gradient.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    yield call(whole(rng, 2, 1, 1, 2, low=1))
    yield call(whole(rng, 1, 2, 2, 2, low=1))
    yield call(whole(rng, 2, 3, 3, 2))
    yield call(normal(rng, 3, 2, 4, 5))


@bias_gradient.mistake("That is the mean. The loss changes by the sum of what all places feel.")
def mean_of_places(dy):
    return dy.mean((0, 2, 3))


@bias_gradient.mistake(
    "You averaged over the batch and summed over the places. If the loss is a mean, `dy` knows that already."
)
def mean_of_batch(dy):
    return dy.sum((0, 2, 3)) / len(dy)


@bias_gradient.mistake("That still has one number for every picture. The pictures share the bias: sum over them, too.")
def one_a_picture(dy):
    return dy.sum((2, 3))


@bias_gradient.mistake("That still has one number for every place. All places share the bias: sum over them, too.")
def one_a_place(dy):
    return dy.sum(0)


@bias_gradient.mistake("That is a single number. Every filter has a bias of its own.")
def one_for_all(dy):
    return dy.sum()


@bias_gradient.mistake("The axes were kept, (1, F, 1, 1). A gradient has the shape of what it belongs to: (F,).")
def axes_kept(dy):
    return dy.sum((0, 2, 3), keepdim=True)


@bias_gradient.mistake("That is the gradient with respect to one number a column: the bias was added along the width.")
def along_the_width(dy):
    return dy.sum((0, 1, 2))


@bias_gradient.alternative
def filter_by_filter(dy):
    return torch.stack([dy[:, f].sum() for f in range(dy.shape[1])])


@bias_gradient.alternative
def summed_in_einsum(dy):
    return torch.einsum("nfhw->f", dy)


@bias_gradient.alternative
def summed_in_turn(dy):
    return dy.sum(3).sum(2).sum(0)


# 2.24

weight_gradient = Exercise(
    "2.24", "The gradient of the weights", difficulty=4, minutes=10, points=3, forbidden=CONVOLUTION,
    hints=[
        "The forward loop multiplies the window at (i, j) by w. So (i, j) adds window times `dy[:, :, i, j]` to dw.",
        "Loop over the places of `dy`, with the same windows as in 2.8; `+=` into zeros of shape (F, C, KH, KW).",
        "`dw += torch.einsum('nf,nchw->fchw', dy[:, :, i, j], window)`.",
    ],
)


@weight_gradient.reference
def grad_weight(x, dy, size, stride=1, padding=0):
    w = torch.zeros(dy.shape[1], x.shape[1], *size, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(x, w, None, stride, padding)
    return torch.autograd.grad(y, w, dy)[0]


@weight_gradient.cases
def _(rng):
    for x, w, stride, padding, draw in _backward_shapes(rng):
        x, w, dy = _backward_case(rng, x, w, stride, padding, draw)
        yield call(x, dy, tuple(w.shape[2:]), **_kept(stride, padding))


def _dw(x, dy, size, stride, padding, combine, column_stride=None):
    padded, (kh, kw), (sh, sw) = _zeros_around(x, padding), size, (stride, column_stride or stride)
    dw = x.new_zeros(dy.shape[1], x.shape[1], kh, kw)
    for i, j in itertools.product(*map(range, dy.shape[2:])):
        window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        dw = combine(dw, torch.einsum("nf,nchw->fchw", dy[:, :, i, j], window))
    return dw


def _add(total, more):
    return total + more


@weight_gradient.mistake("Only the last place is left. Every place adds its share: `+=`.")
def last_place_only(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, padding, lambda total, more: more)


@weight_gradient.mistake("You averaged over the batch. If the loss is a mean, `dy` knows that already: sum.")
def weights_mean_of_batch(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding) / len(x)


@weight_gradient.mistake("You averaged over the places. A weight used at many places feels the sum of them all.")
def weights_mean_of_places(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding) / dy[0, 0].numel()


@weight_gradient.mistake("The windows start at i, j: the stride is missing.")
def windows_without_stride(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, 1, padding, _add)


@weight_gradient.mistake("The stride is used for the rows of the windows and forgotten for the columns.")
def windows_without_column_stride(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, padding, _add, column_stride=1)


@weight_gradient.mistake("Only the first picture counts. The gradients of all pictures add up.")
def weights_first_picture(x, dy, size, stride=1, padding=0):
    return grad_weight(x[:1], dy[:1], size, stride, padding)


@weight_gradient.mistake(
    "The gradient is turned by half a turn. Forward, the kernel is laid as it is, so backward, too."
)
def weights_turned(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding).flip(2, 3)


@weight_gradient.mistake(
    "Input and output channels are swapped. The gradient has the shape of the weight, (F, C, KH, KW)."
)
def weights_channels_swapped(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding).transpose(0, 1)


@weight_gradient.mistake("Each filter takes only one channel of the input, the one of its own number.")
def weights_own_channel(x, dy, size, stride=1, padding=0):
    dw = grad_weight(x, dy, size, stride, padding)
    own = [[float(f % dw.shape[1] == c) for c in range(dw.shape[1])] for f in range(len(dw))]
    return dw * torch.tensor(own)[:, :, None, None]


weight_gradient.alternative(
    lambda x, dy, size, stride=1, padding=0: _dw(x, dy, size, stride, padding, _add)
)
weight_gradient.alternatives[-1].__name__ = "place_by_place_added"


@weight_gradient.alternative
def weights_by_columns(x, dy, size, stride=1, padding=0):
    columns = F.unfold(x, size, stride=stride, padding=padding)
    return torch.einsum("nfl,nkl->fk", dy.flatten(2), columns).reshape(dy.shape[1], x.shape[1], *size)


@weight_gradient.alternative
def weights_one_by_one(x, dy, size, stride=1, padding=0):
    padded, (rows, columns) = _zeros_around(x, padding), dy.shape[2:]
    dw = x.new_zeros(dy.shape[1], x.shape[1], *size)
    for i, j in itertools.product(*map(range, size)):
        seen = padded[:, :, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (columns - 1) + 1 : stride]
        dw[:, :, i, j] = torch.tensordot(dy, seen, dims=([0, 2, 3], [0, 2, 3]))
    return dw


@weight_gradient.alternative
def weights_by_views(x, dy, size, stride=1, padding=0):
    windows = _zeros_around(x, padding).unfold(2, size[0], stride).unfold(3, size[1], stride)
    return torch.einsum("nfhw,nchwij->fcij", dy, windows)


# 2.25

cropping = Exercise(
    "2.25", "Spot the bug: cutting the padding off", difficulty=2, minutes=3,
    hints=[
        "What is `[5, 6, 7][0:-0]`? And `-0` is 0, so `[0:0]` is empty.",
        "Count the end from the front: it is the size minus the padding.",
        "`x[:, :, padding : h - padding, padding : w - padding]` with the sizes `h, w = x.shape[2:]`.",
    ],
)


@cropping.reference
def crop(x, padding):
    return F.pad(x, (-padding,) * 4)


@cropping.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]]]]), 0)
    yield call(torch.arange(9.0).reshape(1, 1, 3, 3), 1)
    yield call(whole(rng, 1, 1, 3, 4), 1)
    yield call(whole(rng, 2, 3, 6, 5), 2)
    yield call(whole(rng, 1, 2, 2, 3), 0)


@cropping.mistake("That is the broken one: at padding 0 the slice `[0:-0]` is empty.")
def to_minus_padding(x, padding):
    return x[:, :, padding:-padding, padding:-padding]


@cropping.mistake("You repaired the rows. The columns have the same bug.")
def rows_repaired(x, padding):
    return x[:, :, padding : x.shape[2] - padding, padding:-padding]


@cropping.mistake("Only the start is cut off. The zeros stand at both ends.")
def start_only(x, padding):
    return x[:, :, padding:, padding:]


@cropping.mistake("Only the end is cut off. The zeros stand at both ends.")
def end_only(x, padding):
    return x[:, :, : x.shape[2] - padding, : x.shape[3] - padding]


@cropping.mistake("The height is used for the width: right for square pictures only.")
def square_pictures(x, padding):
    h = x.shape[2]
    return x[:, :, padding : h - padding, padding : h - padding]


@cropping.mistake("Twice the padding is cut off at the end. Count the end from the front of the *padded* picture.")
def twice_at_the_end(x, padding):
    h, w = x.shape[2:]
    return x[:, :, padding : h - 2 * padding, padding : w - 2 * padding]


@cropping.alternative
def from_the_front(x, padding):
    h, w = x.shape[2:]
    return x[:, :, padding : h - padding, padding : w - padding]


@cropping.alternative
def with_a_condition(x, padding):
    return x[:, :, padding:-padding, padding:-padding] if padding else x


@cropping.alternative
def with_none(x, padding):
    return x[..., padding : -padding or None, padding : -padding or None]


@cropping.alternative
def by_narrow(x, padding):
    return x.narrow(2, padding, x.shape[2] - 2 * padding).narrow(3, padding, x.shape[3] - 2 * padding)


# 2.26

input_gradient = Exercise(
    "2.26", "The gradient of the input", difficulty=5, minutes=12, points=3, forbidden=CONVOLUTION,
    hints=[
        "Each place (i, j) of the output read one window. It sends `dy[:, :, i, j]` times w back to that same window.",
        "Windows overlap, so use `+=`, into zeros as large as the *padded* picture. Cut the padding off at the end.",
        "`dx[:, :, top : top + kh, left : left + kw] += torch.einsum('nf,fchw->nchw', dy[:, :, i, j], w)`.",
    ],
)


@input_gradient.reference
def grad_input(w, dy, size, stride=1, padding=0):
    x = torch.zeros(len(dy), w.shape[1], *size, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(x, w, None, stride, padding)
    return torch.autograd.grad(y, x, dy)[0]


@input_gradient.cases
def _(rng):
    for x, w, stride, padding, draw in _backward_shapes(rng):
        x, w, dy = _backward_case(rng, x, w, stride, padding, draw)
        yield call(w, dy, tuple(x.shape[2:]), **_kept(stride, padding))


def _dx_padded(w, dy, size, stride, padding, overwrite=False, window_stride=None):
    """The gradient of the padded picture, window by window."""
    kh, kw = w.shape[2:]
    dx = dy.new_zeros(len(dy), w.shape[1], *(n + 2 * padding for n in size))
    for i, j in itertools.product(*map(range, dy.shape[2:])):
        top, left = i * stride, j * (window_stride or stride)
        share = torch.einsum("nf,fchw->nchw", dy[:, :, i, j], w)
        window = dx[:, :, top : top + kh, left : left + kw]
        window.copy_(share if overwrite else window + share)
    return dx


@input_gradient.mistake("Where windows overlap, the last one wins. A pixel read by several windows adds them up: `+=`.")
def overwritten(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, stride, padding, overwrite=True), padding)


@input_gradient.mistake("At padding 0, `[pad:-pad]` is empty. That is the bug of the exercise before.")
def cropped_to_nothing(w, dy, size, stride=1, padding=0):
    return to_minus_padding(_dx_padded(w, dy, size, stride, padding), padding)


@input_gradient.mistake("The padding is still there. Cut it off: nobody asked for the gradient of those zeros.")
def not_cropped(w, dy, size, stride=1, padding=0):
    return _dx_padded(w, dy, size, stride, padding)


@input_gradient.mistake("Padding is not taken into account: the windows are written as if the picture were not padded.")
def padding_ignored(w, dy, size, stride=1, padding=0):
    return _dx_padded(w, dy, [n + 2 * padding for n in size], stride, 0)[:, :, : size[0], : size[1]]


@input_gradient.mistake("The stride is forgotten: the windows are written at i, j.")
def no_stride_back(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, 1, padding), padding)


@input_gradient.mistake("The stride is used for rows and forgotten for columns.")
def no_column_stride_back(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, stride, padding, window_stride=1), padding)


@input_gradient.mistake(
    "The kernel is turned. Written window by window, it goes back as it is; only a sliding version turns it."
)
def turned_kernel(w, dy, size, stride=1, padding=0):
    return grad_input(w.flip(2, 3), dy, size, stride, padding)


@input_gradient.mistake("Only the first filter sends its gradient back. Sum over all filters.")
def first_filter_only(w, dy, size, stride=1, padding=0):
    return grad_input(w[:1], dy[:, :1], size, stride, padding)


@input_gradient.mistake("Pixels that no window reads are missing. They exist, and their gradient is 0: use `size`.")
def unread_pixels_missing(w, dy, size, stride=1, padding=0):
    return F.conv_transpose2d(dy, w, stride=stride, padding=padding)


input_gradient.alternative(
    lambda w, dy, size, stride=1, padding=0: crop(_dx_padded(w, dy, size, stride, padding), padding)
)
input_gradient.alternatives[-1].__name__ = "window_by_window_added"


@input_gradient.alternative
def folded(w, dy, size, stride=1, padding=0):
    return F.fold(w.flatten(1).T @ dy.flatten(2), size, tuple(w.shape[2:]), padding=padding, stride=stride)


@input_gradient.alternative
def weight_by_weight_back(w, dy, size, stride=1, padding=0):
    dx, (rows, columns), s = dy.new_zeros(len(dy), w.shape[1], *(n + 2 * padding for n in size)), dy.shape[2:], stride
    for i, j in itertools.product(*map(range, w.shape[2:])):
        share = torch.einsum("nfhw,fc->nchw", dy, w[:, :, i, j])
        dx[:, :, i : i + s * (rows - 1) + 1 : s, j : j + s * (columns - 1) + 1 : s] += share
    return from_the_front(dx, padding)


@input_gradient.alternative
def sliding_the_turned_kernel(w, dy, size, stride=1, padding=0):
    """A full convolution of the spread gradient."""
    (kh, kw), (h, width) = w.shape[2:], [n + 2 * padding for n in size]
    spread = dy.new_zeros(*dy.shape[:2], h + kh - 1, width + kw - 1)
    (rows, columns), s = dy.shape[2:], stride
    spread[:, :, kh - 1 : kh + s * (rows - 1) : s, kw - 1 : kw + s * (columns - 1) : s] = dy
    windows = spread.unfold(2, kh, 1).unfold(3, kw, 1)
    return from_the_front(torch.einsum("nfhwij,fcij->nchw", windows, w.flip(2, 3)), padding)


# 2.27, 2.28, 2.29

doubling = Choice(
    "2.27", "Recall: what it costs", "c", difficulty=1, minutes=1,
    why={
        "a": "That would be so if one thing were doubled. Height, width, input channels and filters all were.",
        "b": "Height and width alone make 4. The channels were doubled as well, on both sides.",
        "d": "That would be so if the kernel grew to 6 x 6 as well. It stays 3 x 3.",
    },
    because="2 for the height, 2 for the width, 2 for each window's depth, 2 for the filters.",
    hints=["Write the product of 2.20 and double each factor that is doubled."],
)

stacking = Choice(
    "2.28", "Recall: two layers in a row", "d", difficulty=2, minutes=1,
    why={
        "a": "Depth alone adds nothing here: 2.18 writes the two layers as one.",
        "b": "Two kernels of 3 reach 2 + 2 + 1 = 5 pixels, not 6.",
        "c": "They see the same 5 x 5 pixels, but not every 5 x 5 kernel is made of two 3 x 3: count the weights.",
    },
    because="Without a nonlinearity in between, the pair is one 5 x 5 layer, and a restricted one.",
    hints=["18 weights cannot make every kernel of 25."],
)

going_back = Choice(
    "2.29", "Recall: the way back", "b", difficulty=2, minutes=1,
    why={
        "a": "That would be so if each pixel were read by one window only. Windows overlap.",
        "c": "The layer before needs it: without the gradient of its output it could not learn.",
        "d": "Backward there is no mean: every use of a pixel adds to its gradient.",
    },
    because="What was read often forward is added up often backward.",
    hints=["How many 3 x 3 windows of stride 1 contain one pixel in the middle of a picture?"],
)
