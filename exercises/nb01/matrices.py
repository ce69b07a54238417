"""Exercises 1.5 to 1.7: a convolution as a matrix whose weights are shared."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, whole

# 1.5 and 1.6 A convolution as a matrix

banded = Exercise(
    "1.5",
    "A 1-D convolution as a matrix",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        "Each output is one row. Where in row 0 does the kernel stand? Where in row 1?",
        (
            "Start with `kernel.new_zeros(n - k + 1, n)`, k the length of the kernel, and write"
            " the"
            " kernel into each row. `new_zeros` takes the dtype of the kernel."
        ),
        "In row i it fills the columns i to i + k: `matrix[i, i : i + k] = kernel`.",
    ],
)


@banded.reference
def banded_matrix(kernel, n):
    """What the library does to each unit vector is a column of its matrix."""
    return F.conv1d(torch.eye(n, dtype=kernel.dtype)[:, None], kernel[None, None])[
        :, 0
    ].T.contiguous()


@banded.cases
def _(rng):
    yield call(torch.tensor([1.0, 2.0]), 3)
    yield call(torch.tensor([1.0, 2.0, 3.0]), 5)
    yield call(torch.tensor([3.0]), 2)
    yield call(torch.tensor([1.0, -1.0, 2.0]), 3)
    yield call(torch.tensor([1.0, 2.0], dtype=torch.float32), 4)
    for k, more in zip((2, 3, 4, 5), rng.integers(1, 6, 4), strict=True):
        yield call(whole(rng, k, low=1, high=9), k + int(more))


@banded.mistake(
    "Your kernel is turned end for end. The first weight meets the first pixel of the window."
)
def banded_flipped(kernel, n):
    return banded_matrix(kernel.flip(0), n)


@banded.mistake(
    "That is the transpose: a column for each output. In `matrix @ x`, each output is a row."
)
def banded_transposed(kernel, n):
    return banded_matrix(kernel, n).T


@banded.mistake(
    "Your kernel runs over the right end and comes back in on the left. A window must fit whole."
)
def banded_around(kernel, n):
    row = F.pad(kernel, (0, n - len(kernel)))
    return torch.stack([row.roll(i) for i in range(n)])


@banded.mistake(
    "Your matrix is that of a padded row: as many numbers come out as go in. Use no padding."
)
def banded_same(kernel, n):
    k = len(kernel)
    left = (k - 1) // 2
    return banded_matrix(kernel, n + k - 1)[:, left : left + n]


@banded.mistake("Your last row is missing. Count the places of a window of 2 on a row of 3.")
def banded_too_few(kernel, n):
    return banded_matrix(kernel, n)[:-1]


@banded.mistake(
    "Your kernel stays at the left end in every row. Each output looks one pixel further on."
)
def banded_standing(kernel, n):
    return F.pad(kernel, (0, n - len(kernel))).repeat(n - len(kernel) + 1, 1)


@banded.mistake("Your kernel slides from right to left. Row 0 should look at the left end.")
def banded_backwards(kernel, n):
    return banded_matrix(kernel, n).flip(0)


@banded.mistake("Your rows hold the numbers 1 at the places of the kernel, not its weights.")
def banded_mask(kernel, n):
    return banded_matrix(torch.ones_like(kernel), n)


@banded.mistake("Your last row holds only zeros. Does your loop reach it? `range(3)` ends at 2.")
def banded_last_row_empty(kernel, n):
    matrix = banded_matrix(kernel, n).clone()
    matrix[-1] = 0
    return matrix


@banded.mistake("Your last windows hang over the right end and are cut off there. Leave them out.")
def banded_cut_off(kernel, n):
    return F.pad(banded_matrix(kernel, n + len(kernel) - 1), (0, 0))[:, :n]


@banded.mistake("All is right but the dtype: make your zeros with `dtype=kernel.dtype`.")
def banded_float64(kernel, n):
    return banded_matrix(kernel, n).double()


@banded.alternative
def banded_by_rows(kernel, n):
    k = len(kernel)
    matrix = kernel.new_zeros(n - k + 1, n)
    for i in range(n - k + 1):
        matrix[i, i : i + k] = kernel
    return matrix


@banded.alternative
def banded_by_diagonals(kernel, n):
    places = n - len(kernel) + 1
    diagonals = [torch.ones(places, dtype=kernel.dtype).diag_embed(offset=0)] * len(kernel)
    padded = [F.pad(d, (j, len(kernel) - 1 - j)) for j, d in enumerate(diagonals)]
    return sum(weight * d for weight, d in zip(kernel, padded, strict=True))


@banded.alternative
def banded_by_differences(kernel, n):
    k = len(kernel)
    offset = torch.arange(n)[None, :] - torch.arange(n - k + 1)[:, None]
    return torch.where(
        (offset >= 0) & (offset < k), kernel[offset.clamp(0, k - 1)], torch.zeros(()).to(kernel)
    )


@banded.alternative
def banded_by_rolling(kernel, n):
    row = F.pad(kernel, (0, n - len(kernel)))
    return torch.stack([row.roll(i) for i in range(n - len(kernel) + 1)])


banded.demand("the matrix of shape (n - k + 1, n)", violated_by="banded_transposed")
banded.demand("the convolution of any row", violated_by="banded_flipped")
banded.demand("no padding", violated_by="banded_same")
banded.demand("of the same dtype", violated_by="banded_float64")


banded2d = Exercise(
    "1.6",
    "A 2-D convolution as a matrix",
    difficulty=4,
    minutes=20,
    core=False,
    points=3,
    hints=[
        (
            "Draw a 2 x 3 picture, number its pixels 0 to 5, and mark the four that the first 2 x"
            " 2 window covers."
        ),
        (
            "Exercise 1.1 says where pixel (h, w) goes in the row: `h * width + w`. Outputs are"
            " numbered the same way, but their rows are shorter."
        ),
        (
            "Four loops: output row i, output column j, kernel row a, kernel column b. The window"
            " at (i, j) has its weight (a, b) over pixel (i + a, j + b)."
        ),
    ],
)


@banded2d.reference
def banded_matrix_2d(kernel, height, width):
    """What the library does to each picture with one bright pixel is a column of its matrix."""
    pictures = torch.eye(height * width, dtype=kernel.dtype).reshape(-1, 1, height, width)
    return F.conv2d(pictures, kernel[None, None]).flatten(1).T.contiguous()


@banded2d.cases
def _(rng):
    yield call(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2, 3)
    yield call(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 3, 2)
    yield call(torch.tensor([[5.0]]), 2, 2)
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), 2, 3)
    for kh, kw, height, width in [(2, 3, 4, 6), (3, 2, 5, 4), (3, 3, 4, 5), (1, 2, 3, 3)]:
        yield call(whole(rng, kh, kw, low=1, high=9), height, width)
    yield call(whole(rng, 2, 2, low=-9, high=-1), 4, 4)
    yield call(torch.tensor([[1.0, 2.0]], dtype=torch.float32), 2, 3)


def _fill2d(kernel, height, width, column, row=None):
    """Write a kernel window by window; `column` and `row` say where pixels and outputs go."""
    kh, kw = kernel.shape
    high, wide = height - kh + 1, width - kw + 1
    row = row or (lambda i, j, high, wide: i * wide + j)
    matrix = kernel.new_zeros(high * wide, height * width)
    for i in range(high):
        for j in range(wide):
            for a in range(kh):
                for b in range(kw):
                    matrix[row(i, j, high, wide), column(i, j, a, b)] = kernel[a, b]
    return matrix


@banded2d.mistake(
    "Your kernel is turned by half a turn. Its top left weight meets the top left pixel of the"
    " window."
)
def banded2d_flipped(kernel, height, width):
    return banded_matrix_2d(kernel.flip(0, 1), height, width)


@banded2d.mistake(
    "You wrote the kernel as one run of numbers. Its second row belongs under the first in the"
    " picture: how far on is that in the flattened row?"
)
def banded2d_one_run(kernel, height, width):
    kw = kernel.shape[1]
    return _fill2d(kernel, height, width, lambda i, j, a, b: i * width + j + a * kw + b)


@banded2d.mistake(
    "You step from row to row by the width of the output. The columns stand for input pixels:"
    " step by the width of the input."
)
def banded2d_output_width(kernel, height, width):
    wide = width - kernel.shape[1] + 1
    return _fill2d(kernel, height, width, lambda i, j, a, b: (i + a) * wide + j + b)


@banded2d.mistake(
    "Your first row of windows is right, the next ones are not: a window one row down starts one"
    " row of input pixels later, not one row of outputs."
)
def banded2d_windows_in_line(kernel, height, width):
    wide = width - kernel.shape[1] + 1
    return _fill2d(kernel, height, width, lambda i, j, a, b: i * wide + j + a * width + b)


@banded2d.mistake(
    "That is the transpose: a column for each output. In `matrix @ x`, each output is a row."
)
def banded2d_transposed(kernel, height, width):
    return banded_matrix_2d(kernel, height, width).T


@banded2d.mistake(
    "Your outputs are numbered down the columns. Number them along the rows, as `flatten` does."
)
def banded2d_outputs_by_column(kernel, height, width):
    def column(i, j, a, b):
        return (i + a) * width + j + b

    return _fill2d(kernel, height, width, column, row=lambda i, j, high, wide: j * high + i)


@banded2d.mistake(
    "Your pixels are numbered down the columns. Number them along the rows, as `flatten` does."
)
def banded2d_pixels_by_column(kernel, height, width):
    return _fill2d(kernel, height, width, lambda i, j, a, b: (j + b) * height + i + a)


@banded2d.mistake(
    "The last row and the last column of windows are missing. Count the places of 2 in 3."
)
def banded2d_too_few(kernel, height, width):
    kh, kw = kernel.shape
    full = banded_matrix_2d(kernel, height, width).reshape(height - kh + 1, width - kw + 1, -1)
    return full[:-1, :-1].reshape(-1, height * width)


@banded2d.mistake(
    "Your matrix is that of a padded picture: as many pixels come out as go in. Use no padding."
)
def banded2d_same(kernel, height, width):
    kh, kw = kernel.shape
    pictures = torch.eye(height * width, dtype=kernel.dtype).reshape(-1, 1, height, width)
    top, left = (kh - 1) // 2, (kw - 1) // 2
    padded = F.pad(pictures, (left, kw - 1 - left, top, kh - 1 - top))
    return F.conv2d(padded, kernel[None, None]).flatten(1).T


@banded2d.mistake(
    "You step from row to row by the height. How many pixels does one row of the picture hold?"
)
def banded2d_height_for_width(kernel, height, width):
    return _fill2d(kernel, height, width, lambda i, j, a, b: (i + a) * height + j + b)


@banded2d.mistake(
    "You number the outputs by the height of the feature map. How many are there in one row of it?"
)
def banded2d_outputs_by_height(kernel, height, width):
    def column(i, j, a, b):
        return (i + a) * width + j + b

    return _fill2d(kernel, height, width, column, row=lambda i, j, high, wide: i * high + j)


@banded2d.mistake("Rows and columns of the kernel are swapped. `kernel[a, b]` is row a, column b.")
def banded2d_kernel_transposed(kernel, height, width):
    if kernel.shape[0] == kernel.shape[1]:
        return banded_matrix_2d(kernel.T.contiguous(), height, width)
    raise IndexError("kernel[b, a] is outside a kernel that is not square")


@banded2d.mistake(
    "That is the matrix of exercise 1.5 for the flattened kernel. A 2-D window is not one run of"
    " pixels."
)
def banded2d_as_1d(kernel, height, width):
    return banded_matrix(kernel.flatten(), height * width)


@banded2d.mistake("All is right but the dtype: make your zeros with `dtype=kernel.dtype`.")
def banded2d_float64(kernel, height, width):
    return banded_matrix_2d(kernel, height, width).double()


@banded2d.alternative
def banded2d_in_loops(kernel, height, width):
    return _fill2d(kernel, height, width, lambda i, j, a, b: (i + a) * width + j + b)


@banded2d.alternative
def banded2d_by_windows(kernel, height, width):
    kh, kw = kernel.shape
    rows = []
    for i in range(height - kh + 1):
        for j in range(width - kw + 1):
            picture = kernel.new_zeros(height, width)
            picture[i : i + kh, j : j + kw] = kernel
            rows.append(picture.flatten())
    return torch.stack(rows)


@banded2d.alternative
def banded2d_by_padding(kernel, height, width):
    kh, kw = kernel.shape
    high, wide = height - kh + 1, width - kw + 1
    rows = [
        F.pad(kernel, (j, wide - 1 - j, i, high - 1 - i)) for i in range(high) for j in range(wide)
    ]
    return torch.stack(rows).flatten(1)


@banded2d.alternative
def banded2d_by_blocks(kernel, height, width):
    """A banded matrix whose entries are banded matrices: one kernel row each."""
    wide, high = width - kernel.shape[1] + 1, height - kernel.shape[0] + 1
    matrix = kernel.new_zeros(high, wide, height, width)
    for i in range(high):
        for a, row in enumerate(kernel):
            matrix[i, :, i + a] = banded_by_rows(row, width)
    return matrix.reshape(high * wide, height * width)


banded2d.demand("the flattened feature map", violated_by="banded2d_flipped")
banded2d.demand("No padding", violated_by="banded2d_same")
banded2d.demand(
    "places and pixels are numbered row by row", violated_by="banded2d_outputs_by_column"
)
banded2d.demand("of the same dtype", violated_by="banded2d_float64")


# 1.7 Spot the bug: a shared weight that is not shared

sharing = Module(
    "1.7",
    "Spot the bug: shared, or only alike?",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        (
            "How many numbers should one window of k weights and a bias have to learn? How many"
            " does the layer have?"
        ),
        (
            "`copy.deepcopy` makes a new layer with the same numbers. From then on each goes its"
            " own way."
        ),
        "Keep one `self.window = nn.Linear(k, 1)` and call that same object at every place.",
    ],
)


@sharing.reference
class SharedWindow(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.window = nn.Linear(k, 1)

    def forward(self, x):
        return F.conv1d(x[:, None], self.window.weight[None], self.window.bias)[:, 0]


@sharing.cases
def _(rng):
    yield call(3, 2, inputs=torch.tensor([[1.0, 2.0, 4.0]]))
    yield call(4, 4, inputs=whole(rng, 1, 4))
    yield call(5, 1, inputs=whole(rng, 2, 5))
    yield call(7, 3, inputs=whole(rng, 3, 7))
    yield call(8, 3, inputs=whole(rng, 2, 8))


def _windows(x, k):
    """All windows: (N, n - k + 1, k)."""
    return x.unfold(1, k, 1)


def _sharing(forward, start=None):
    """A layer with the right parts and another forward, `forward(self, x, k)`; `start` adds
    parts.
    """

    def init(self, n, k):
        nn.Module.__init__(self)
        self.window, self.k = nn.Linear(k, 1), k
        if start:
            start(self, n, k)

    return type(
        "SharedWindow",
        (nn.Module,),
        {"__init__": init, "forward": lambda self, x: forward(self, x, self.k)},
    )


def _one_by_one(self, x, k):
    return torch.cat([window(x[:, i : i + k]) for i, window in enumerate(self.windows)], dim=1)


def _copies(self, n, k):
    first = self.window
    del self.window
    self.windows = nn.ModuleList(nn.Linear(k, 1) for _ in range(n - k + 1))
    for window in self.windows:
        window.load_state_dict(first.state_dict())


def _own_biases(self, n, k):
    self.window = nn.Linear(k, 1, bias=False)
    self.bias = nn.Parameter(torch.zeros(n - k + 1))


def _detached_after_first(self, x, k):
    rest = _windows(x, k) @ self.window.weight.detach()[0] + self.window.bias.detach()
    return torch.cat([self.window(x[:, :k]), rest[:, 1:]], dim=1)


sharing.mistake(
    "Every place still has a layer of its own, in `self.windows`. Alike at the start is not"
    " shared:"
    " each gets its own gradient and leaves the others after one step.",
    "copies",
)(_sharing(_one_by_one, _copies))


sharing.mistake(
    "You share the weights, but every place has a bias of its own. Share that too.", "own_biases"
)(_sharing(lambda self, x, k: (_windows(x, k) @ self.window.weight[0]) + self.bias, _own_biases))


sharing.mistake(
    "Your windows stand side by side. They should overlap: each starts one number after the one"
    " before.",
    "side_by_side",
)(_sharing(lambda self, x, k: self.window(x.unfold(1, k, k))[..., 0]))


sharing.mistake(
    "The last place is missing. Count the places of a window of 2 on a row of 3.", "too_few"
)(
    _sharing(
        lambda self, x, k: torch.cat(
            [self.window(x[:, i : i + k]) for i in range(x.shape[1] - k)], dim=1
        )
    )
)


sharing.mistake("Your `forward` does not add the bias of `self.window`.", "bias_unused")(
    _sharing(lambda self, x, k: _windows(x, k) @ self.window.weight[0])
)


sharing.mistake(
    "The values are right, but no gradient reaches the shared weights, so they would never learn.",
    "detached",
)(_sharing(lambda self, x, k: _windows(x, k) @ self.window.weight.detach()[0] + self.window.bias))


sharing.mistake(
    "The values are right, but only the first place sends a gradient to the weights. Every place"
    " should.",
    "learns_at_first_place",
)(_sharing(_detached_after_first))


sharing.mistake(
    "Your output has one axis too many. Give (N, places), one number for each place.", "extra_axis"
)(_sharing(lambda self, x, k: self.window(_windows(x, k))))


sharing.mistake(
    "Your last windows hang over the right end. Count the places where the window fits whole.",
    "too_many",
)(
    _sharing(
        lambda self, x, k: torch.cat(
            [self.window(x[:, i : i + k]) for i in range(x.shape[1])], dim=1
        )
    )
)


sharing.mistake(
    "The outputs are joined along the batch. Join them along axis 1, the places.",
    "joined_along_batch",
)(
    _sharing(
        lambda self, x, k: torch.cat(
            [self.window(x[:, i : i + k]) for i in range(x.shape[1] - k + 1)]
        )
    )
)


def _copies_beside(self, n, k):
    self.windows = nn.ModuleList(nn.Linear(k, 1) for _ in range(n - k + 1))


def _in_a_list(self, n, k):
    self.windows = [self.window] * (n - k + 1)
    del self.window


sharing.mistake(
    "You have `self.window`, and in `self.windows` still a layer for every place. Keep the first"
    " alone.",
    "copies_beside",
)(_sharing(_one_by_one, _copies_beside))


sharing.mistake(
    "PyTorch finds no parameter in your layer: it does not look into a plain Python list. Write"
    " `self.window = ...`.",
    "plain_list",
)(_sharing(_one_by_one, _in_a_list))


@sharing.alternative
class OneAfterTheOther(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.window = nn.Linear(k, 1)
        self.places = n - k + 1

    def forward(self, x):
        k = self.window.in_features
        return torch.cat([self.window(x[:, i : i + k]) for i in range(self.places)], dim=1)


def _same_object_in_a_list(self, n, k):
    first = self.window
    del self.window
    self.windows = nn.ModuleList([first] * (n - k + 1))


def _a_convolution(self, n, k):
    self.window = nn.Conv1d(1, 1, k)


sharing.mistake(
    "Your layer does share its window. Call it `self.window`, as the task does, in place of"
    " `self.windows`.",
    "same_object_in_a_list",
)(_sharing(_one_by_one, _same_object_in_a_list))


sharing.mistake(
    "Your `self.window` is a convolution. Make it an `nn.Linear(k, 1)`, as the task asks.",
    "a_convolution",
)(_sharing(lambda self, x, k: self.window(x[:, None])[:, 0], _a_convolution))


@sharing.alternative
class Unfolded(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.k = k
        self.window = nn.Linear(k, 1)

    def forward(self, x):
        return self.window(x.unfold(1, self.k, 1)).squeeze(2)


sharing.demand("slide one window over the rows", violated_by="copies")
sharing.demand("a single part `self.window`", violated_by="same_object_in_a_list")
sharing.demand("an `nn.Linear(k, 1)`", violated_by="a_convolution")
sharing.demand("give (N, n - k + 1)", violated_by="extra_axis")
