"""Exercises 2.1 to 2.7: how often a window fits, what it computes, what padding does."""

import itertools
import math

import torch
import torch.nn.functional as F

from checker.comparison import in_kind
from checker.exercise import Choice, Exercise, Number, call, normal, whole
from checker.sandbox import CONVOLUTION
from utils import data

# 2.1

size = Exercise(
    "2.1",
    "How big is the output?",
    difficulty=1,
    minutes=5,
    forbidden=CONVOLUTION,
    hints=[
        (
            "How many pixels does the window cover, first to last? Without dilation `k`; with it,"
            " count the gaps."
        ),
        (
            "A window of `e` pixels on a row of `m` can start at 0, s, 2s, ... up to m - e. How"
            " many numbers is that?"
        ),
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
    yield call(32, 5, p=2)
    yield call(9, 3, d=2)
    yield call(5, 3, s=3, p=1)  # what is left over of the row and of its padding makes a step
    yield call(2, 3, s=2, p=1)
    yield call(1, 1)
    yield call(5, 1, s=3)
    yield call(8, 3, s=4)
    yield call(6, 4, p=1)
    yield call(227, 11, s=4)
    yield call(28, 5, s=2, p=2, d=3)
    for _ in range(3):
        k, s, p, d = (int(v) for v in rng.integers([2, 1, 0, 1], [6, 5, 4, 4]))
        yield call(d * k + int(rng.integers(0, 40)), k, s=s, p=p, d=d)


_NOT_WHOLE = (
    "Positions are counted, so return an `int`; and think what should happen when the last step"
    " does not fit."
)


_SIZE_SLIPS = {  # e is the extent of the window
    "steps_not_positions": (
        lambda n, e, s, p: (n + 2 * p - e) // s,
        "You counted the steps between positions; the first position counts too.",
    ),
    "padding_once": (
        lambda n, e, s, p: (n + p - e) // s + 1,
        "That is the size with padding at one end only.",
    ),
    "no_padding": (lambda n, e, s, p: (n - e) // s + 1, "That is the size without padding."),
    "not_whole": (lambda n, e, s, p: (n + 2 * p - e) / s + 1, _NOT_WHOLE),
    "rounded_up": (
        lambda n, e, s, p: math.ceil((n + 2 * p - e) / s) + 1,
        "You counted a window that hangs over the edge. Only windows that fit count.",
    ),
    "rounded": (
        lambda n, e, s, p: round((n + 2 * p - e) / s + 1),
        "Your size is rounded to the nearest. A window that fits by half does not fit.",
    ),
    "no_stride": (lambda n, e, s, p: n + 2 * p - e + 1, "That is the size for a stride of 1."),
    "stride_last": (
        lambda n, e, s, p: (n + 2 * p - e + 1) // s,
        (
            "You divided the number of positions of stride 1. Divide the way the window travels;"
            " the first position costs no step."
        ),
    ),
}


def _with_extent(rule, extent):
    return lambda n, k, s=1, p=0, d=1: rule(n, extent(k, d), s, p)


for _name, (_rule, _sentence) in _SIZE_SLIPS.items():
    size.mistake(_sentence, _name)(_with_extent(_rule, lambda k, d: d * (k - 1) + 1))
    size.mistake(_sentence, f"{_name}, no dilation")(_with_extent(_rule, lambda k, d: k))


@size.recall
def _(rng):
    n, k, s, p = rng.randint(17, 60), rng.randint(4, 7), rng.randint(2, 3), rng.randint(1, 3)
    text = (
        f"A window of {k} slides along {n} pixels, stride {s}, padding {p} at each end. How many "
        "places does it visit?"
    )
    return text, call(n, k, s, p)


@size.mistake("A window of 3 with dilation 2 covers 5 pixels, not 6: there are k - 1 gaps.")
def a_gap_too_many(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * k) // s + 1


@size.mistake("That is right without dilation. A dilated window covers more pixels than it reads.")
def no_dilation(n, k, s=1, p=0, d=1):
    return (n + 2 * p - k) // s + 1


@size.mistake(
    "You divided the row and its padding by the stride, each by itself. Add them up, then divide."
)
def divided_apart(n, k, s=1, p=0, d=1):
    return (n - d * (k - 1) - 1) // s + 2 * p // s + 1


@size.mistake("The number is right, but it is a float. Positions are counted: return an `int`.")
def a_float(n, k, s=1, p=0, d=1):
    return float((n + 2 * p - d * (k - 1) - 1) // s + 1)


@size.alternative
def by_formula(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@size.alternative
def by_walking(n, k, s=1, p=0, d=1):
    places, start = 0, -p
    while start + d * (k - 1) < n + p:
        places, start = places + 1, start + s
    return places


@size.mistake("This exercise is to write it yourself.", "library call")
def by_asking_torch(n, k, s=1, p=0, d=1):
    return F.conv1d(
        torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s, padding=p, dilation=d
    ).shape[-1]


@size.alternative
def by_unfolding(n, k, s=1, p=0, d=1):
    return torch.zeros(n + 2 * p).unfold(0, d * (k - 1) + 1, s).shape[0]


@size.alternative
def by_floor(n, k, s=1, p=0, d=1):
    return math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1)


size.demand("zeros at each end", violated_by="padding_once")
size.demand("neighbors in the window lie `d` pixels apart", violated_by="a_gap_too_many")
size.demand("a last window that would hang over the edge is not counted", violated_by="rounded_up")
size.demand("-> int", violated_by="a_float")
size.demand("the library's convolutions are not allowed", violated_by="library call")


# 2.2, 2.3

leftover = Choice(
    "2.2",
    "The stride that does not divide",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "PyTorch does not complain. Some frameworks and courses do, so it is worth knowing.",
        "c": (
            "Four windows across would need `2 * 3 + 3` = 9 columns, and there are 8. The fourth"
            " hangs over the edge."
        ),
        "d": (
            "That is one window for every second pixel, whether or not it fits: 7 / 2 and 8 / 2,"
            " rounded up."
        ),
    },
    because="The last column is dropped without a word: (8 - 3) // 2 + 1 = 3.",
    hints=["Use your rule from 2.1, once for each axis."],
)


unseen = Number(
    "2.3",
    "The pixels that never matter",
    (3, 4, 8, 9, 10, 11),
    difficulty=2,
    minutes=2,
    core=False,
    wrong={
        "end_forgotten": ((3, 4), "There are more: does a third window fit?"),
        "gap_forgotten": ((8, 9, 10, 11), "There are more: the stride is larger than the window."),
        "third_window": (
            (3, 4, 8, 9),
            "A third window would cover 10, 11 and 12, and there is no pixel 12.",
        ),
        "from_one": (
            (4, 5, 9, 10, 11, 12),
            "You numbered the pixels from 1. Here they go from 0 to 11.",
        ),
        "the_seen_ones": (
            (0, 1, 2, 5, 6, 7),
            "Those are the pixels that some window covers. Which are left?",
        ),
        "from_window_end": (
            (3, 4, 5, 6, 7, 11),
            (
                "The stride is counted from the start of one window to the start of the next, not"
                " from its end."
            ),
        ),
    },
    right=[
        [3, 4, 8, 9, 10, 11],
        torch.Size([3, 4, 8, 9, 10, 11]),
        {3, 4, 8, 9, 10, 11},
        (11, 10, 9, 8, 4, 3),
    ],
    hints=[
        "Write 0 to 11 in a row and mark the three pixels under each window.",
        "The windows start at 0 and at 5. One more would start at 10.",
    ],
)


@unseen.recall
def _(rng):
    k, s, left = rng.randint(3, 5), rng.randint(3, 4), rng.randint(1, 2)
    n = k + s * rng.randint(3, 8) + left
    text = (
        f"A window of {k} slides along {n} pixels, stride {s}, no padding. How many pixels at the "
        "end does it never reach?"
    )
    return text, left


@unseen.probe
def _in_any_order(attempt):
    attempt = tuple(attempt) if isinstance(attempt, set) else in_kind(attempt, unseen.answer)
    return tuple(sorted(attempt)) if isinstance(attempt, (list, tuple)) else attempt


# 2.4

correlation = Exercise(
    "2.4",
    "Cross-correlation in loops",
    difficulty=2,
    minutes=8,
    points=2,
    forbidden=CONVOLUTION,
    hints=[
        "Make `y` of zeros first; its two sizes follow from 2.1.",
        (
            "For the output at (i, j), the window is `x[i : i + kh, j : j + kw]`. It has the shape"
            " of `w`."
        ),
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
    "You flipped the kernel. That is the next exercise; here, lay it on the window as it is."
)
def flipped(x, w):
    return _correlate(x, w.flip(0, 1))


@correlation.mistake("Your output is one row and one column short: the first position counts too.")
def one_short(x, w):
    return _correlate(x, w)[:-1, :-1]


@correlation.mistake(
    "Your output is as large as the input: some of its windows hang over the edge. Keep those that"
    " fit."
)
def as_large_as_input(x, w):
    return F.conv2d(F.pad(x, (0, w.shape[1] - 1, 0, w.shape[0] - 1))[None, None], w[None, None])[
        0, 0
    ]


@correlation.mistake("Your output is square: its width was computed from the height.")
def height_for_width(x, w):
    rows = x.shape[0] - w.shape[0] + 1
    return _fill_windows(x, w, rows, rows, lambda window, w: (window * w).sum())


def _square(side):
    """A correlation whose windows are square."""

    def correlate(x, w):
        k = side(w)
        y = torch.zeros(x.shape[0] - k + 1, x.shape[1] - k + 1)
        for i, j in itertools.product(*map(range, y.shape)):
            y[i, j] = (x[i : i + k, j : j + k] * w).sum()
        return y

    return correlate


correlation.mistake(
    "You use the height of the kernel for its width. A kernel need not be square.",
    "kernel_height_for_width",
)(_square(lambda w: w.shape[0]))


correlation.mistake(
    "You use the width of the kernel for its height. A kernel need not be square.",
    "kernel_width_for_height",
)(_square(lambda w: w.shape[1]))


@correlation.mistake("That is the mean of the products in each window. Their sum is asked for.")
def mean(x, w):
    return _correlate(x, w) / w.numel()


@correlation.mistake(
    "You take a matrix product, `window @ w`. The window and the kernel meet number by number:"
    " `window * w`."
)
def matrix_product(x, w):
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    return _fill_windows(x, w, rows, columns, lambda window, w: (window @ w).sum())


@correlation.mistake(
    "Only the last product of each window is left: add them up, with `+=` if you loop."
)
def last_product(x, w):
    corner = torch.zeros_like(w)
    corner[-1, -1] = w[-1, -1]
    return _correlate(x, corner)


correlation.mistake("This exercise is to write it yourself.", "library call")(_correlate)


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
    return torch.tensor(
        [
            [float((x[i : i + kh, j : j + kw] * w).sum()) for j in range(width - kw + 1)]
            for i in range(h - kh + 1)
        ]
    )


correlation.demand("by the formula above", violated_by="flipped")
correlation.demand("no padding", violated_by="as_large_as_input")
correlation.demand("Picture and kernel need not be square", violated_by="height_for_width")
correlation.demand("The library's convolutions are not allowed", violated_by="library call")


# 2.5

true_convolution = Exercise(
    "2.5",
    "True convolution",
    difficulty=2,
    minutes=4,
    core=False,
    hints=[
        (
            "In the sum, x is read at i - a while w is read at a: when one goes forward, the other"
            " goes backward."
        ),
        (
            "Cross-correlation with a turned kernel is convolution. Which turn swaps first and"
            " last along both axes?"
        ),
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
    "You transposed the kernel: rows became columns. Instead, first and last should trade places"
    " along each axis."
)
def transposed(x, w):
    return _correlate(x, w.T)


@true_convolution.mistake(
    "Your numbers are right, but they stand in reverse order. Turn nothing but the kernel."
)
def picture_flipped(x, w):
    return _correlate(x.flip(0, 1), w)


@true_convolution.mistake(
    "That is cross-correlation, and its numbers stand in reverse order. Turn nothing but the"
    " kernel."
)
def both_flipped(x, w):
    return _correlate(x.flip(0, 1), w.flip(0, 1))


@true_convolution.alternative
def by_fourier(x, w):
    # A product there is a convolution here.
    spectrum = torch.fft.rfft2(x) * torch.fft.rfft2(w, s=x.shape)
    return torch.fft.irfft2(spectrum, s=x.shape)[w.shape[0] - 1 :, w.shape[1] - 1 :]


@true_convolution.alternative
def by_index(x, w):
    kh, kw = w.shape
    rows, columns = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    places = itertools.product(range(kh), range(kw))
    return sum(
        w[a, b] * x[kh - 1 - a : kh - 1 - a + rows, kw - 1 - b : kw - 1 - b + columns]
        for a, b in places
    )


@true_convolution.alternative
def picture_flipped_and_back(x, w):
    return _correlate(x.flip(0, 1), w).flip(0, 1)


true_convolution.demand("the true convolution", violated_by="not_flipped")
true_convolution.demand("x_{i+KH-1-u,\\;j+KW-1-v}", violated_by="columns_only")


# 2.6

moving = Exercise(
    "2.6",
    "A kernel that moves the picture",
    difficulty=2,
    minutes=4,
    core=False,
    any_float=True,
    hints=[
        "The kernel with a single 1 in the middle copies every pixel to its own place.",
        (
            "To move the picture to the right, every output pixel must copy its neighbor on the"
            " left."
        ),
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
    "Your kernel moves the picture the other way. To move it right, each pixel copies its left"
    " neighbor."
)
def other_way(down, right):
    return _one_at(1 + down, 1 + right)


@moving.mistake(
    "Your rows and columns are swapped: the first index of a kernel goes down, the second to the"
    " right."
)
def axes_swapped(down, right):
    return _one_at(1 - right, 1 - down)


@moving.mistake(
    "Your kernel moves the picture the other way, and its rows and columns are swapped as well."
)
def swapped_and_other_way(down, right):
    return _one_at(1 + right, 1 + down)


@moving.mistake(
    "You count the place of the 1 from the corner. `moving_kernel(0, 0)` should have it in the"
    " middle."
)
def from_the_corner(down, right):
    return _one_at(down, right)


@moving.mistake(
    "The place is right, but the weight there is 1/9, so the picture comes out darker. Make it 1."
)
def divided(down, right):
    return _one_at(1 - down, 1 - right) / 9


@moving.mistake("Up and down go the wrong way; left and right are as asked.")
def down_reversed(down, right):
    return _one_at(1 + down, 1 - right)


@moving.mistake("Left and right go the wrong way; up and down are as asked.")
def right_reversed(down, right):
    return _one_at(1 - down, 1 + right)


@moving.mistake("The numbers are right, but they are of a whole-number dtype. Make them floats.")
def whole_numbers(down, right):
    return _one_at(1 - down, 1 - right).long()


@moving.alternative
def by_roll(down, right):
    return torch.roll(_one_at(1, 1), (-down, -right), (0, 1))


@moving.alternative
def by_outer_product(down, right):
    unit = torch.eye(3)
    return torch.outer(unit[1 - down], unit[1 - right])


@moving.alternative
def by_nested_list(down, right):
    return torch.tensor(
        [[float((i, j) == (1 - down, 1 - right)) for j in range(3)] for i in range(3)]
    )


@moving.alternative
def in_float32(down, right):
    return _one_at(1 - down, 1 - right).float()


moving.demand("the 3 x 3 kernel", violated_by="divided")
moving.demand("a float tensor", violated_by="whole_numbers")
moving.demand("`down` rows down and `right` columns to the right", violated_by="axes_swapped")
moving.demand("-1 means up or left", violated_by="other_way")


# 2.7

same = Exercise(
    "2.7",
    "Same padding, even kernels too",
    difficulty=2,
    minutes=4,
    core=False,
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
    yield from (call(int(k), d=int(d)) for k, d in rng.integers([4, 2], [20, 6], (4, 2)))


@same.recall
def _(rng):
    k, d = rng.randint(3, 8), rng.randint(2, 4)
    text = (
        f"Kernel {k}, dilation {d}, stride 1. How many zeros go before and after a row to keep "
        "its size? (before, after)"
    )
    return text, call(k, d)


@same.mistake(
    "Right for odd kernels. For even ones you add too much: a kernel of 2 takes one zero, not two."
)
def half_at_both_ends(k, d=1):
    return d * (k // 2), d * (k // 2)


@same.mistake("Right where d (k - 1) is even. Where it is odd, your output is one pixel short.")
def smaller_half_at_both_ends(k, d=1):
    return d * (k - 1) // 2, d * (k - 1) // 2


@same.mistake("You give each end the whole of the padding. The two ends together should get it.")
def whole_at_both_ends(k, d=1):
    return d * (k - 1), d * (k - 1)


@same.mistake("Your odd zero goes before the row. Here it goes after, as in PyTorch.")
def odd_one_before(k, d=1):
    return d * (k - 1) - d * (k - 1) // 2, d * (k - 1) // 2


@same.mistake("That keeps the size without dilation. A dilated window shrinks the row by more.")
def no_dilation_in_same(k, d=1):
    return (k - 1) // 2, k // 2


@same.mistake(
    "You dilated each half. Dilate first and halve the sum: a single gap can be split over both"
    " ends."
)
def halves_dilated(k, d=1):
    return d * ((k - 1) // 2), d * (k // 2)


@same.mistake("You put all zeros after the row. Put half of them before it.")
def all_after(k, d=1):
    return 0, d * (k - 1)


@same.mistake("Your `/` gives floats, and halves. Zeros are counted, so use `//`.")
def in_floats(k, d=1):
    return d * (k - 1) / 2, d * (k - 1) / 2


@same.mistake("The numbers are right, but they are floats. Zeros are counted: return two `int`.")
def two_floats(k, d=1):
    return float(d * (k - 1) // 2), float(d * (k - 1) - d * (k - 1) // 2)


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


same.demand("the output is as long as the row was", violated_by="half_at_both_ends")
same.demand("dilation `d`", violated_by="no_dilation_in_same")
same.demand("the odd zero goes **after**", violated_by="odd_one_before")
same.demand("tuple[int, int]", violated_by="two_floats")
