"""Exercises of notebook 01: counting parameters, a convolution as a matrix, equivariance, two nets on one budget."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, whole

# 1.1 Flattening

place = Exercise(
    "1.1", "Where a pixel goes", difficulty=2, minutes=4,
    hints=[
        "How many numbers come before the first pixel of channel 1? Before the first pixel of row 1?",
        "Going one channel on jumps over a whole picture, H x W numbers. Going one row down jumps over W numbers.",
    ],
)


@place.reference
def place_in_row(c, h, w, shape):
    return torch.arange(shape[0] * shape[1] * shape[2]).reshape(shape)[c, h, w].item()


@place.cases
def _(rng):
    yield call(0, 0, 2, (1, 2, 3))
    yield call(0, 1, 0, (1, 2, 3))
    yield call(1, 0, 0, (2, 2, 3))
    yield call(2, 3, 1, (3, 4, 5))
    yield call(0, 0, 0, (3, 4, 5))
    for _ in range(5):
        shape = tuple(int(size) for size in rng.integers(2, 9, 3))
        yield call(*(int(rng.integers(0, size)) for size in shape), shape)


@place.mistake("You jump one height, H, for each row. How many numbers does one row hold?")
def height_for_width(c, h, w, shape):
    return c * shape[1] * shape[2] + h * shape[1] + w


@place.mistake("That is the place within its own channel. The channels before it come first in the row.")
def no_channel(c, h, w, shape):
    return h * shape[2] + w


@place.mistake("That counts places from 1. Python counts from 0: the very first pixel has place 0.")
def from_one(c, h, w, shape):
    return c * shape[1] * shape[2] + h * shape[2] + w + 1


@place.mistake("That is the order (H, W, C), in which the channels of one pixel lie together. Ours is (C, H, W).")
def channels_last(c, h, w, shape):
    return (h * shape[2] + w) * shape[0] + c


@place.mistake("You went down the columns first. In PyTorch the last axis runs fastest: along a row.")
def column_by_column(c, h, w, shape):
    return c * shape[1] * shape[2] + w * shape[1] + h


@place.mistake("You added the channel itself. How many numbers does one whole channel hold?")
def channel_as_one(c, h, w, shape):
    return c + h * shape[2] + w


@place.mistake("You count as if the first axis ran fastest. In PyTorch it is the last: w and w + 1 are neighbors.")
def first_axis_fastest(c, h, w, shape):
    return (w * shape[1] + h) * shape[0] + c


@place.mistake("You multiplied the indices with each other. Each index counts steps; how long is one step of each?")
def product(c, h, w, shape):
    return c * h * w


@place.alternative
def nested(c, h, w, shape):
    return (c * shape[1] + h) * shape[2] + w


@place.alternative
def by_marking(c, h, w, shape):
    marked = torch.zeros(shape)
    marked[c, h, w] = 1
    return marked.flatten().argmax().item()


@place.alternative
def by_strides(c, h, w, shape):
    return sum(i * step for i, step in zip((c, h, w), torch.empty(shape).stride(), strict=True))


# 1.2 to 1.4 Counting

fc_count = Exercise(
    "1.2", "Count a fully connected layer", difficulty=1, minutes=2,
    hints=["One output alone: how many weights does it need? What is added at the end?", "Every output has a bias."],
)


@fc_count.reference
def fc_parameters(inputs, outputs):
    return sum(p.numel() for p in nn.Linear(inputs, outputs, device="meta").parameters())


@fc_count.cases
def _(rng):
    yield call(2, 3)
    yield call(1, 1)
    yield call(196, 10)
    yield call(784, 7)
    for _ in range(4):
        yield call(*(int(size) for size in rng.integers(1, 500, 2)))


@fc_count.mistake("Those are the weights alone. What does each output add to its sum?")
def fc_no_bias(inputs, outputs):
    return inputs * outputs


@fc_count.mistake("You counted a bias for each input. A bias is added to a sum, and there is one sum for each output.")
def fc_bias_per_input(inputs, outputs):
    return inputs * outputs + inputs


@fc_count.mistake("You counted one bias for the whole layer. Can two outputs have the same weights and differ?")
def fc_one_bias(inputs, outputs):
    return inputs * outputs + 1


@fc_count.mistake("You gave every single weight a bias. A bias is added once the products are summed.")
def fc_bias_per_weight(inputs, outputs):
    return 2 * inputs * outputs


@fc_count.mistake("You counted a bias for each input and for each output. Only sums get one.")
def fc_biases_at_both_ends(inputs, outputs):
    return inputs * outputs + inputs + outputs


@fc_count.mistake("You added one to inputs and outputs. A bias acts as one more *input*; there is no further output.")
def fc_one_output_more(inputs, outputs):
    return (inputs + 1) * (outputs + 1)


@fc_count.mistake("You added inputs and outputs. Each output has a line to *every* input.")
def fc_sum(inputs, outputs):
    return inputs + outputs


@fc_count.alternative
def fc_per_output(inputs, outputs):
    return outputs * (inputs + 1)


@fc_count.alternative
def fc_built(inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    return layer.weight.numel() + layer.bias.numel()


@fc_count.alternative
def fc_by_adding(inputs, outputs):
    return sum(inputs + 1 for _ in range(outputs))


conv_count = Exercise(
    "1.3", "Count a convolution", difficulty=2, minutes=4,
    hints=[
        "Start with one filter: it looks at a small window of the input, through all of its channels.",
        "One filter has channels x height x width weights, and one bias. Then take many filters.",
    ],
)


@conv_count.reference
def conv_parameters(channels, filters, height, width):
    layer = nn.Conv2d(channels, filters, (height, width), device="meta")
    return sum(p.numel() for p in layer.parameters())


@conv_count.cases
def _(rng):
    yield call(1, 1, 2, 2)
    yield call(3, 1, 5, 5)
    yield call(3, 6, 5, 5)
    yield call(4, 2, 1, 1)
    yield call(2, 5, 1, 3)
    for _ in range(4):
        yield call(*(int(size) for size in rng.integers(1, 9, 4)))


@conv_count.mistake("Those are the weights alone. Each filter also adds one number to all it sees.")
def conv_no_bias(channels, filters, height, width):
    return channels * filters * height * width


@conv_count.mistake("Your filter has one layer. It must be as deep as its input: a window through *all* channels.")
def conv_flat_filter(channels, filters, height, width):
    return filters * height * width + filters


@conv_count.mistake("You counted one bias for the layer. Each filter makes a feature map, and adds a bias of its own.")
def conv_one_bias(channels, filters, height, width):
    return channels * filters * height * width + 1


@conv_count.mistake(
    "You gave each filter one bias for every input channel. A filter sums over its channels, then adds one bias."
)
def conv_bias_per_channel(channels, filters, height, width):
    return channels * filters * (height * width + 1)


@conv_count.mistake("You counted a bias for each input channel. It is the filters that have one.")
def conv_bias_per_input(channels, filters, height, width):
    return channels * filters * height * width + channels


@conv_count.mistake("That is one filter. The layer has many, each with weights of its own.")
def conv_one_filter(channels, filters, height, width):
    return channels * height * width + 1


@conv_count.mistake("You used the height twice. A window may be wider than high.")
def conv_square(channels, filters, height, width):
    return filters * (channels * height * height + 1)


@conv_count.mistake("You used the width twice. A window may be higher than wide.")
def conv_square_wide(channels, filters, height, width):
    return filters * (channels * width * width + 1)


@conv_count.mistake("That is the weights of one filter and the biases of all. Each filter has weights of its own.")
def conv_weights_of_one(channels, filters, height, width):
    return channels * height * width + filters


@conv_count.mistake("You gave every weight of a window a bias. The products are summed first, then one bias is added.")
def conv_bias_per_weight(channels, filters, height, width):
    return channels * filters * height * width + filters * height * width


@conv_count.alternative
def conv_per_filter(channels, filters, height, width):
    return filters * (channels * height * width + 1)


@conv_count.alternative
def conv_built(channels, filters, height, width):
    return sum(p.numel() for p in nn.Conv2d(channels, filters, (height, width)).parameters())


@conv_count.alternative
def conv_as_fc(channels, filters, height, width):
    return nn.Linear(channels * height * width, filters).weight.numel() + filters


PICTURE, MAPS = 3 * 32 * 32, 10 * 32 * 32

one_layer = Number(
    "1.4", "One layer, two ways", (760, PICTURE * MAPS, MAPS), difficulty=2, minutes=4,
    wrong={
        "biases_forgotten": (
            (760, PICTURE * MAPS, 0),
            "You left out the biases of the fully connected layer, as many a slide does. How many outputs has it?",
        ),
        "two_numbers": (
            (760, PICTURE * MAPS),
            "Those are two numbers. The third is the one that many slides forget: the biases.",
        ),
        "weights_alone": (
            (750, PICTURE * MAPS, 0),
            "You left out the biases of both layers. What does each filter add, and what does each output?",
        ),
        "one_filter": (
            (76, PICTURE * MAPS, MAPS),
            "Your first number is one filter. Ten of them make the ten maps.",
        ),
        "one_bias_per_map": (
            (760, PICTURE * MAPS, 10),
            "Ten biases is how a convolution counts: one for each feature map. A fully connected layer shares nothing.",
        ),
        "bias_per_input": (
            (760, PICTURE * MAPS, PICTURE),
            "Your third number is the number of inputs. Biases belong to the outputs.",
        ),
        "conv_without_biases": (
            (750, PICTURE * MAPS, MAPS),
            "Your first number is the weights of the ten filters. Their biases are still missing.",
        ),
        "flat_filters": (
            (260, PICTURE * MAPS, MAPS),
            "Your first number is for a picture with one channel. A filter goes through all three.",
        ),
        "one_map": (
            (760, PICTURE * 32 * 32, 32 * 32),
            "Your fully connected layer gives one feature map of 32 x 32. Ten are asked for.",
        ),
        "without_channels": (
            (760, 32 * 32 * MAPS, MAPS),
            "Your fully connected layer reads one channel of 32 x 32. The picture has three.",
        ),
        "all_in_one": (
            (760, PICTURE * MAPS + MAPS, MAPS),
            "Your second number is weights and biases together. Put the weights alone there.",
        ),
        "unpadded": (
            (760, PICTURE * 10 * 28 * 28, 10 * 28 * 28),
            "You counted 28 x 28 outputs, as without padding. With padding 2 the output is as large as the input.",
        ),
    },
    right=[[760, 31_457_280, 10_240], (10 * 76, 3072 * 10_240, torch.tensor(10_240)), (760, 30 * 2**20, 10 * 2**10)],
    hints=[
        "The convolution: exercise 1.3 with 3 channels, 10 filters, 5 x 5. Padding adds no parameter.",
        "The fully connected layer: how many numbers come in, how many go out? Every output has a line to every input.",
    ],
)

# 1.5 and 1.6 A convolution as a matrix

banded = Exercise(
    "1.5", "A 1-D convolution as a matrix", difficulty=3, minutes=8, points=2,
    hints=[
        "Each output is one row. Where in row 0 does the kernel stand? Where in row 1?",
        "Start with `torch.zeros(n - k + 1, n)`, k the length of the kernel, and write the kernel into each row.",
        "In row i it fills the columns i to i + k: `matrix[i, i : i + k] = kernel`.",
    ],
)


@banded.reference
def banded_matrix(kernel, n):
    """What the library does to each unit vector is a column of its matrix."""
    return F.conv1d(torch.eye(n, dtype=kernel.dtype)[:, None], kernel[None, None])[:, 0].T.contiguous()


@banded.cases
def _(rng):
    yield call(torch.tensor([1.0, 2.0]), 3)
    yield call(torch.tensor([1.0, 2.0, 3.0]), 5)
    yield call(torch.tensor([3.0]), 2)
    yield call(torch.tensor([1.0, -1.0, 2.0]), 3)
    for k, more in zip((2, 3, 4, 5), rng.integers(1, 6, 4), strict=True):
        yield call(whole(rng, k, low=1, high=9), k + int(more))


@banded.mistake("Your kernel is turned end for end. The first weight meets the first pixel of the window.")
def banded_flipped(kernel, n):
    return banded_matrix(kernel.flip(0), n)


@banded.mistake("That is the transpose: a column for each output. In `matrix @ x`, each output is a *row*.")
def banded_transposed(kernel, n):
    return banded_matrix(kernel, n).T


@banded.mistake("Your kernel runs over the right end and comes back in on the left. A window must fit whole.")
def banded_around(kernel, n):
    row = F.pad(kernel, (0, n - len(kernel)))
    return torch.stack([row.roll(i) for i in range(n)])


@banded.mistake("You pad, so that as many numbers come out as go in. Here a window must fit whole.")
def banded_same(kernel, n):
    k = len(kernel)
    left = (k - 1) // 2
    return banded_matrix(kernel, n + k - 1)[:, left : left + n]


@banded.mistake("The last window is missing. Count the places of a window of 2 on a row of 3.")
def banded_too_few(kernel, n):
    return banded_matrix(kernel, n)[:-1]


@banded.mistake("Your kernel stays at the left end in every row. Each output looks one pixel further on.")
def banded_standing(kernel, n):
    return F.pad(kernel, (0, n - len(kernel))).repeat(n - len(kernel) + 1, 1)


@banded.mistake("Your kernel slides from right to left. Row 0 should look at the left end.")
def banded_backwards(kernel, n):
    return banded_matrix(kernel, n).flip(0)


@banded.mistake("Your rows hold the numbers 1 at the places of the kernel, not its weights.")
def banded_mask(kernel, n):
    return banded_matrix(torch.ones_like(kernel), n)


@banded.mistake("Your last row is empty. Does your loop reach it? `range(3)` ends at 2.")
def banded_last_row_empty(kernel, n):
    matrix = banded_matrix(kernel, n).clone()
    matrix[-1] = 0
    return matrix


@banded.mistake("Your last windows hang over the right end and are cut off there. Leave them out.")
def banded_cut_off(kernel, n):
    return F.pad(banded_matrix(kernel, n + len(kernel) - 1), (0, 0))[:, :n]


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
    return torch.where((offset >= 0) & (offset < k), kernel[offset.clamp(0, k - 1)], torch.zeros(()).to(kernel))


@banded.alternative
def banded_by_rolling(kernel, n):
    row = F.pad(kernel, (0, n - len(kernel)))
    return torch.stack([row.roll(i) for i in range(n - len(kernel) + 1)])


banded2d = Exercise(
    "1.6", "A 2-D convolution as a matrix", difficulty=4, minutes=12, points=3,
    hints=[
        "Draw a 2 x 3 picture, number its pixels 0 to 5, and mark the four that the first 2 x 2 window covers.",
        "Exercise 1.1 says where pixel (h, w) goes in the row: `h * width + w`. Outputs are numbered the same way, "
        "but their rows are shorter.",
        "Four loops: output row i, output column j, kernel row a, kernel column b. The window at (i, j) has its "
        "weight (a, b) over pixel (i + a, j + b).",
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
    for kh, kw, height, width in [(2, 3, 4, 6), (3, 2, 5, 4), (3, 3, 4, 5), (1, 2, 3, 3), (2, 2, 4, 4)]:
        yield call(whole(rng, kh, kw, low=1, high=9), height, width)


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


@banded2d.mistake("Your kernel is turned by half a turn. Its top left weight meets the top left pixel of the window.")
def banded2d_flipped(kernel, height, width):
    return banded_matrix_2d(kernel.flip(0, 1), height, width)


@banded2d.mistake(
    "You wrote the kernel as one run of numbers. Its second row belongs under the first in the *picture*: "
    "how far on is that in the flattened row?"
)
def banded2d_one_run(kernel, height, width):
    kw = kernel.shape[1]
    return _fill2d(kernel, height, width, lambda i, j, a, b: i * width + j + a * kw + b)


@banded2d.mistake("You step by the width of the output. The columns stand for input pixels, and their rows are longer.")
def banded2d_output_width(kernel, height, width):
    wide = width - kernel.shape[1] + 1
    return _fill2d(kernel, height, width, lambda i, j, a, b: (i + a) * wide + j + b)


@banded2d.mistake(
    "Neighboring windows of a row are right, but a new row of windows goes wrong: going one row down jumps over "
    "a whole row of input pixels, not of outputs."
)
def banded2d_windows_in_line(kernel, height, width):
    wide = width - kernel.shape[1] + 1
    return _fill2d(kernel, height, width, lambda i, j, a, b: i * wide + j + a * width + b)


@banded2d.mistake("That is the transpose: a column for each output. In `matrix @ x`, each output is a *row*.")
def banded2d_transposed(kernel, height, width):
    return banded_matrix_2d(kernel, height, width).T


@banded2d.mistake("Your outputs are numbered down the columns. Number them along the rows, as `flatten` does.")
def banded2d_outputs_by_column(kernel, height, width):
    def column(i, j, a, b):
        return (i + a) * width + j + b

    return _fill2d(kernel, height, width, column, row=lambda i, j, high, wide: j * high + i)


@banded2d.mistake("Your pixels are numbered down the columns. Number them along the rows, as `flatten` does.")
def banded2d_pixels_by_column(kernel, height, width):
    return _fill2d(kernel, height, width, lambda i, j, a, b: (j + b) * height + i + a)


@banded2d.mistake("The last row and the last column of windows are missing. Count the places of 2 in 3.")
def banded2d_too_few(kernel, height, width):
    kh, kw = kernel.shape
    full = banded_matrix_2d(kernel, height, width).reshape(height - kh + 1, width - kw + 1, -1)
    return full[:-1, :-1].reshape(-1, height * width)


@banded2d.mistake(
    "You pad, so that as many pixels come out as go in. Here a window must fit whole."
)
def banded2d_same(kernel, height, width):
    kh, kw = kernel.shape
    pictures = torch.eye(height * width, dtype=kernel.dtype).reshape(-1, 1, height, width)
    top, left = (kh - 1) // 2, (kw - 1) // 2
    padded = F.pad(pictures, (left, kw - 1 - left, top, kh - 1 - top))
    return F.conv2d(padded, kernel[None, None]).flatten(1).T


@banded2d.mistake("You step from row to row by the height. How many pixels does one row of the picture hold?")
def banded2d_height_for_width(kernel, height, width):
    return _fill2d(kernel, height, width, lambda i, j, a, b: (i + a) * height + j + b)


@banded2d.mistake("You number the outputs by the height of the feature map. How many are there in one row of it?")
def banded2d_outputs_by_height(kernel, height, width):
    def column(i, j, a, b):
        return (i + a) * width + j + b

    return _fill2d(kernel, height, width, column, row=lambda i, j, high, wide: i * high + j)


@banded2d.mistake("Rows and columns of the kernel are swapped. `kernel[a, b]` is row a, column b.")
def banded2d_kernel_transposed(kernel, height, width):
    if kernel.shape[0] == kernel.shape[1]:
        return banded_matrix_2d(kernel.T.contiguous(), height, width)
    raise IndexError("kernel[b, a] is outside a kernel that is not square")


@banded2d.mistake("That is the matrix of exercise 1.5 for the flattened kernel. A 2-D window is not one run of pixels.")
def banded2d_as_1d(kernel, height, width):
    return banded_matrix(kernel.flatten(), height * width)


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
    rows = [F.pad(kernel, (j, wide - 1 - j, i, high - 1 - i)) for i in range(high) for j in range(wide)]
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


# 1.7 Spot the bug: a shared weight that is not shared

sharing = Module(
    "1.7", "Spot the bug: shared, or only alike?", difficulty=3, minutes=8, points=2,
    hints=[
        "How many numbers should one window of k weights and a bias have to learn? How many does the layer have?",
        "`copy.deepcopy` makes a new layer with the same numbers. From then on each goes its own way.",
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
    """A layer with the right parts and another forward, `forward(self, x, k)`; `start` adds parts."""

    def init(self, n, k):
        nn.Module.__init__(self)
        self.window, self.k = nn.Linear(k, 1), k
        if start:
            start(self, n, k)

    return type("SharedWindow", (nn.Module,), {"__init__": init, "forward": lambda self, x: forward(self, x, self.k)})


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
    "Every place still has a layer of its own. Alike at the start is not shared: each gets its own gradient and "
    "leaves the others after one step.", "copies",
)(_sharing(_one_by_one, _copies))
sharing.mistake("You share the weights, but every place has a bias of its own. Share that too.", "own_biases")(
    _sharing(lambda self, x, k: (_windows(x, k) @ self.window.weight[0]) + self.bias, _own_biases)
)
sharing.mistake(
    "Your windows stand side by side. They should overlap: each starts one number after the one before.", "side_by_side"
)(_sharing(lambda self, x, k: self.window(x.unfold(1, k, k))[..., 0]))
sharing.mistake("The last place is missing. Count the places of a window of 2 on a row of 3.", "too_few")(
    _sharing(lambda self, x, k: torch.cat([self.window(x[:, i : i + k]) for i in range(x.shape[1] - k)], dim=1))
)
sharing.mistake("The bias is there, but your `forward` does not add it.", "bias_unused")(
    _sharing(lambda self, x, k: _windows(x, k) @ self.window.weight[0])
)
sharing.mistake(
    "The values are right, but with `.data` or `.detach()` the shared weights get no gradient and never learn.",
    "detached",
)(_sharing(lambda self, x, k: _windows(x, k) @ self.window.weight.detach()[0] + self.window.bias))
sharing.mistake(
    "The values are right, but only the first place teaches the weights: elsewhere you use a copy without gradient.",
    "learns_at_first_place",
)(_sharing(_detached_after_first))
sharing.mistake("Your output has one axis too many. Give (N, places), one number for each place.", "extra_axis")(
    _sharing(lambda self, x, k: self.window(_windows(x, k)))
)


sharing.mistake("Your last windows hang over the right end. Count the places where the window fits whole.", "too_many")(
    _sharing(lambda self, x, k: torch.cat([self.window(x[:, i : i + k]) for i in range(x.shape[1])], dim=1))
)
sharing.mistake("The outputs are joined along the batch. Join them along axis 1, the places.", "joined_along_batch")(
    _sharing(lambda self, x, k: torch.cat([self.window(x[:, i : i + k]) for i in range(x.shape[1] - k + 1)]))
)


def _copies_beside(self, n, k):
    self.windows = nn.ModuleList(nn.Linear(k, 1) for _ in range(n - k + 1))


def _in_a_list(self, n, k):
    self.windows = [self.window] * (n - k + 1)
    del self.window


sharing.mistake(
    "You have the one window and still a copy of it for every place. Only the one should do the work.", "copies_beside"
)(_sharing(_one_by_one, _copies_beside))
sharing.mistake(
    "Your window sits in a plain Python list, where PyTorch does not look for parameters, so no optimizer sees it.",
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


@sharing.alternative
class SameObjectInAList(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.windows = nn.ModuleList([nn.Linear(k, 1)] * (n - k + 1))

    def forward(self, x):
        return _one_by_one(self, x, self.windows[0].in_features)


@sharing.alternative
class Unfolded(nn.Module):
    def __init__(self, n, k):
        super().__init__()
        self.k = k
        self.window = nn.Linear(k, 1)

    def forward(self, x):
        return self.window(x.unfold(1, self.k, 1)).squeeze(2)


# 1.8 and 1.9 Equivariance

equivariance = Exercise(
    "1.8", "An equivariance test", difficulty=3, minutes=8, points=2,
    hints=[
        "Two ways lead to a moved output: move first and then apply the layer, or apply the layer and then move.",
        "`torch.roll(x, (down, right), dims=(2, 3))` moves. Subtract one way from the other.",
    ],
)


def blur(x):
    """Three by three, with the left edge continued at the right one: equivariant to every move."""
    padded = F.pad(x, (1, 1, 1, 1), mode="circular")
    return F.avg_pool2d(padded, 3, stride=1) * 9


def fade(x):
    """Brighter from left to right: it cares for the column."""
    return x * torch.arange(x.shape[3], dtype=x.dtype)


def slant(x):
    """Brighter from the top left to the bottom right: it cares for row and column."""
    return x * torch.arange(x.shape[2] * x.shape[3], dtype=x.dtype).reshape(x.shape[2:])


def mirror(x):
    """Left becomes right: it cares for the column, but not for the row."""
    return x.flip(3)


def brightest(x):
    """Each picture filled with its largest value: invariant."""
    return x.amax((2, 3), keepdim=True).expand_as(x).clone()


def _moved(x, down, right):
    return torch.roll(x, (down, right), dims=(2, 3))


@equivariance.reference
def equivariance_gap(layer, x, down, right):
    rows, columns = (torch.arange(x.shape[2]) - down) % x.shape[2], (torch.arange(x.shape[3]) - right) % x.shape[3]
    return (layer(x[:, :, rows][..., columns]) - layer(x)[:, :, rows][..., columns]).abs().max().item()


@equivariance.cases
def _(rng):
    yield call(fade, torch.tensor([[[[1.0, 2.0, 4.0]]]]), 0, 1)
    yield call(mirror, torch.tensor([[[[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]]]]), 1, 0)
    yield call(mirror, whole(rng, 1, 1, 3, 4), 1, 1)
    yield call(blur, whole(rng, 1, 1, 4, 3), 1, 2)
    yield call(brightest, whole(rng, 2, 1, 3, 3), 2, 1)
    yield call(slant, whole(rng, 2, 3, 4, 5), 2, -1)
    yield call(fade, whole(rng, 1, 2, 4, 5, low=-9, high=9), 3, 2)
    yield call(fade, whole(rng, 1, 2, 5, 5, low=-9, high=0), 1, 3)


@equivariance.mistake(
    "You compare with the output of the picture that did not move. That tests invariance: the output stays. "
    "Equivariance: the output moves along."
)
def invariance_gap(layer, x, down, right):
    return (layer(_moved(x, down, right)) - layer(x)).abs().max().item()


@equivariance.mistake("That is the largest difference with its sign. A large negative one is a difference too.")
def signed(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).max().item()


@equivariance.mistake("That is the mean difference. A single wrong pixel would nearly vanish in it; take the largest.")
def mean_gap(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().mean().item()


@equivariance.mistake("You move the output the other way. It should follow the picture.")
def moved_back(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), -down, -right)).abs().max().item()


@equivariance.mistake("You moved down by `right` and right by `down`. Axis 2 is the height, axis 3 the width.")
def axes_swapped(layer, x, down, right):
    return (layer(_moved(x, right, down)) - _moved(layer(x), right, down)).abs().max().item()


@equivariance.mistake("You give a verdict. The size of the gap is asked for: 0 where the layer is equivariant.")
def verdict(layer, x, down, right):
    return torch.allclose(layer(_moved(x, down, right)), _moved(layer(x), down, right))


@equivariance.mistake(
    "Your gap is 0 for every layer, so both ways are the same one. In one of them the batch is moved *before* the "
    "layer, along axes 2 and 3."
)
def always_zero(layer, x, down, right):
    return (_moved(layer(x), down, right) - layer(x).roll((down, right), (2, 3))).abs().max().item()


@equivariance.mistake("You compare with the moved batch itself. Where is the layer in the second way?")
def compared_with_input(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(x, down, right)).abs().max().item()


@equivariance.mistake("That is the sum of all differences. It grows with the picture; take the largest one.")
def summed(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().sum().item()


@equivariance.mistake("That is the largest difference squared. Take its absolute value.")
def squared(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).pow(2).max().item()


@equivariance.mistake("That is the root of the summed squares. A single number is asked for: the largest difference.")
def euclidean(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).norm().item()


@equivariance.mistake("Those are the differences of all pixels. Give the largest of them.")
def all_differences(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs()


@equivariance.mistake("That is the gap for a move down alone. Move right as well.")
def down_only(layer, x, down, right):
    return (layer(_moved(x, down, 0)) - _moved(layer(x), down, 0)).abs().max().item()


@equivariance.alternative
def rolled(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().max()


@equivariance.alternative
def by_distance(layer, x, down, right):
    one, other = layer(_moved(x, down, right)), _moved(layer(x), down, right)
    return torch.dist(one, other, p=float("inf")).item()


@equivariance.alternative
def moved_home(layer, x, down, right):
    """Moving both back by the same amount changes no difference."""
    return (_moved(layer(_moved(x, down, right)), -down, -right) - layer(x)).abs().amax().item()


position = Choice(
    "1.9", "When the place matters", "c", difficulty=2, minutes=2,
    why={
        "a": "A cat is a cat in any corner of the photograph, so one detector for all places is just right.",
        "b": "A spot means the same on any part of the leaf. Sharing one spot detector fits.",
        "d": "The word may begin early or late in the recording and stays the same word. Sharing over time fits.",
    },
    because="A heart looks much the same on either side; only its place says whether it is the usual one.",
    hints=["Move what matters to another place in the picture. In which case should the answer change?"],
)

# 1.10 and 1.11 Two nets, one budget

conv_net = Module(
    "1.10", "A small convolutional net", difficulty=3, minutes=10, points=3,
    hints=[
        "Three parts with parameters: two `nn.Conv2d(in, out, 3, padding=1)` and one `nn.Linear`.",
        "Write the shape after every step: (N, 1, 14, 14), (N, 8, 14, 14), (N, 8, 7, 7), and so on down to (N, 10).",
        "`F.max_pool2d(F.relu(self.conv1(x)), 2)` is the first stage. `x.flatten(1)` keeps the batch axis.",
    ],
)


@conv_net.reference
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.relu(F.max_pool2d(conv(x), 2))
        return self.classifier(x.flatten(start_dim=1))


@conv_net.cases
def _(rng):
    yield call(inputs=whole(rng, 1, 1, 14, 14, low=0, high=4))
    yield call(inputs=whole(rng, 3, 1, 14, 14))
    yield call(inputs=whole(rng, 40, 1, 14, 14, low=-9, high=0))  # dark enough for some scores below zero


def _net(forward, init=None):
    """A net with the right parts, or those of `init`, and another forward."""

    def start(self):
        nn.Module.__init__(self)
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)
        if init:
            init(self)

    return type("ConvNet", (nn.Module,), {"__init__": start, "forward": forward})


def _features(self, x):
    x = F.max_pool2d(F.relu(self.conv1(x)), 2)
    return F.max_pool2d(F.relu(self.conv2(x)), 2)


def _usual(self, x):
    return self.classifier(_features(self, x).flatten(1))


def _without_relu(*missing):
    """The right forward, but with no ReLU after the named convolutions."""

    def forward(self, x):
        for name in ("conv1", "conv2"):
            x = getattr(self, name)(x)
            x = F.max_pool2d(x if name in missing else F.relu(x), 2)
        return self.classifier(x.flatten(1))

    return forward


def _other_parts(**parts):
    """Replace parts of the net by freshly made ones."""
    return lambda self: [setattr(self, name, make()) for name, make in parts.items()]


conv_net.mistake("There is no ReLU, so only the pooling keeps all this from being one linear map.", "no_relu")(
    _net(_without_relu("conv1", "conv2"))
)
conv_net.mistake("There is no ReLU after the first convolution.", "no_first_relu")(_net(_without_relu("conv1")))
conv_net.mistake("There is no ReLU after the second convolution.", "no_second_relu")(_net(_without_relu("conv2")))
conv_net.mistake(
    "You end with a softmax. The loss takes it itself, so return the plain scores; twice softmax learns slowly.",
    "softmax",
)(_net(lambda self, x: _usual(self, x).softmax(1)))
conv_net.mistake("You end with a log-softmax. The loss takes it itself, so return the plain scores.", "log_softmax")(
    _net(lambda self, x: _usual(self, x).log_softmax(1))
)
conv_net.mistake(
    "You end with a softmax, and over the batch: pictures compete with one another. Return the plain scores.",
    "softmax_over_batch",
)(_net(lambda self, x: _usual(self, x).softmax(0)))
conv_net.mistake("You end with a ReLU, which cuts all scores below zero. Scores may be negative.", "relu_on_scores")(
    _net(lambda self, x: F.relu(_usual(self, x)))
)


def _averaging(self, x):
    x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
    return self.classifier(F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1))


def _pooling_once(self, x):
    return self.classifier(F.relu(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2))).flatten(1))


conv_net.mistake("You pool with the average. Keep the largest of each 2 x 2 window.", "average_pooling")(
    _net(_averaging)
)
conv_net.mistake(
    "You flatten the batch as well, so all pictures become one. Keep the first axis: `flatten(1)`.", "flattens_batch"
)(_net(lambda self, x: self.classifier(_features(self, x).flatten())))
conv_net.mistake(
    "64 = 16 x 2 x 2 is what is left without padding: each convolution takes a pixel from every side.",
    "no_padding",
)(
    _net(
        _usual,
        _other_parts(
            conv1=lambda: nn.Conv2d(1, 8, 3), conv2=lambda: nn.Conv2d(8, 16, 3), classifier=lambda: nn.Linear(64, 10)
        ),
    )
)
conv_net.mistake("784 = 16 x 7 x 7 is what is left after one pooling. There is a second one.", "pools_once")(
    _net(_pooling_once, _other_parts(classifier=lambda: nn.Linear(784, 10)))
)
conv_net.mistake("Your convolutions have no bias.", "no_biases")(
    _net(
        _usual,
        _other_parts(
            conv1=lambda: nn.Conv2d(1, 8, 3, padding=1, bias=False),
            conv2=lambda: nn.Conv2d(8, 16, 3, padding=1, bias=False),
        ),
    )
)
conv_net.mistake("The kernels are 5 x 5. Here they are 3 x 3, with padding 1.", "large_kernels")(
    _net(
        _usual,
        _other_parts(conv1=lambda: nn.Conv2d(1, 8, 5, padding=2), conv2=lambda: nn.Conv2d(8, 16, 5, padding=2)),
    )
)


@conv_net.alternative
class PooledFirst(nn.Module):
    """The largest of four, then cut at zero, equals cut at zero, then the largest."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, padding="same")
        self.pool = nn.MaxPool2d(2)
        self.classifier = nn.Linear(16 * 3 * 3, 10)

    def forward(self, x):
        x = torch.relu(self.pool(self.conv1(x)))
        x = torch.relu(self.pool(self.conv2(x)))
        return self.classifier(x.reshape(len(x), -1))


@conv_net.alternative
class Stacked(nn.Module):
    """Other names: the shapes alone say which part is which."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.head = nn.Linear(144, 10)

    def forward(self, x):
        return self.head(torch.flatten(self.features(x), 1))


@conv_net.alternative
class ClampedByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)

    def forward(self, x):
        x = self.conv1(x).clamp(min=0).unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        x = self.conv2(x).clamp(min=0).unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        return self.classifier(x.reshape(x.shape[0], 144))


fc_net = Module(
    "1.11", "Its fully connected rival", difficulty=3, minutes=8, points=2,
    hints=[
        "One hidden unit brings 196 weights, a bias, and 10 weights to the scores. What is there even without any?",
        "The 10 biases of the scores are there in any case. Divide what is left by 207 and drop the rest.",
        "`width = (budget - 10) // 207`",
    ],
)


@fc_net.reference
class FullyConnectedNet(nn.Module):
    def __init__(self, budget):
        super().__init__()
        fits = [h for h in range(1, budget // 196 + 1) if (196 * h + h) + (10 * h + 10) <= budget]
        width = max(fits)
        self.hidden = nn.Linear(196, width)
        self.classifier = nn.Linear(width, 10)

    def forward(self, x):
        return F.linear(self.hidden(x.flatten(1)).clamp(min=0), self.classifier.weight, self.classifier.bias)


@fc_net.cases
def _(rng):
    yield call(424, inputs=whole(rng, 1, 1, 14, 14, low=0, high=4))  # two units fill the budget to the last number
    yield call(423, inputs=whole(rng, 2, 1, 14, 14))
    yield call(2750, inputs=whole(rng, 2, 1, 14, 14))
    yield call(2400, inputs=whole(rng, 1, 1, 14, 14))
    yield call(4120, inputs=whole(rng, 1, 1, 14, 14))
    yield call(8250, inputs=whole(rng, 1, 1, 14, 14))
    yield call(10_000, inputs=whole(rng, 3, 1, 14, 14))


def _rival(width, forward=None, init=None):
    """A net of `width(budget)` hidden units."""

    def start(self, budget):
        nn.Module.__init__(self)
        size = max(1, int(width(budget)))
        self.hidden, self.classifier = nn.Linear(196, size), nn.Linear(size, 10)
        if init:
            init(self, size)

    right = forward or (lambda self, x: self.classifier(F.relu(self.hidden(x.flatten(1)))))
    return type("FullyConnectedNet", (nn.Module,), {"__init__": start, "forward": right})


def _widest(budget):
    return (budget - 10) // 207


fc_net.mistake("That width counts weights alone. With the biases the net is over the budget.", "no_biases_counted")(
    _rival(lambda budget: budget // 206)
)
fc_net.mistake(
    "That width leaves out the biases of the ten scores. Just at the edge of the budget they are too many.",
    "scores_biases",
)(_rival(lambda budget: budget // 207))
fc_net.mistake(
    "That width spends the whole budget on the first layer. The second has parameters too.", "first_layer_only"
)(_rival(lambda budget: budget // 197))
fc_net.mistake("You rounded up, so the net is over the budget. A unit must fit in whole.", "rounded_up")(
    _rival(lambda budget: -(-(budget - 10) // 207))
)
fc_net.mistake("You rounded to the nearest width, so at times the net is over the budget.", "rounded")(
    _rival(lambda budget: round((budget - 10) / 207))
)
fc_net.mistake("That width leaves out the biases of the hidden units. Every unit has one.", "hidden_biases")(
    _rival(lambda budget: (budget - 10) // 206)
)
fc_net.mistake("One unit more would still fit: a net may use its budget to the last number.", "one_too_few")(
    _rival(lambda budget: (budget - 11) // 207)
)
fc_net.mistake("The width is always 13, whatever the budget. Work it out from `budget`.", "fixed_width")(
    _rival(lambda budget: 13)
)
fc_net.mistake(
    "There is no ReLU between the layers, so the two together are one linear layer.", "no_relu"
)(_rival(_widest, lambda self, x: self.classifier(self.hidden(x.flatten(1)))))
fc_net.mistake("You end with a softmax. The loss takes it itself, so return the plain scores.", "softmax")(
    _rival(_widest, lambda self, x: self.classifier(F.relu(self.hidden(x.flatten(1)))).softmax(1))
)
fc_net.mistake("You end with a ReLU, which cuts all scores below zero. Scores may be negative.", "relu_on_scores")(
    _rival(_widest, lambda self, x: F.relu(self.classifier(F.relu(self.hidden(x.flatten(1))))))
)


@fc_net.alternative
class InOneStack(nn.Module):
    def __init__(self, budget):
        super().__init__()
        width = (budget - 10) // (196 + 1 + 10)
        self.stack = nn.Sequential(nn.Flatten(), nn.Linear(196, width), nn.ReLU(), nn.Linear(width, 10))

    def forward(self, x):
        return self.stack(x)


@fc_net.alternative
class BySearching(nn.Module):
    def __init__(self, budget):
        super().__init__()
        width = 1
        while 197 * (width + 1) + (width + 2) * 10 <= budget:
            width += 1
        self.hidden = nn.Linear(14 * 14, width)
        self.classifier = nn.Linear(width, 10)

    def forward(self, x):
        return self.classifier(torch.relu(self.hidden(x.reshape(len(x), -1))))


# 1.12 to 1.14 Predict first

shift_guess = Choice(
    "1.12", "Predict: shifted digits", "b", difficulty=2, minutes=2,
    why={
        "a": "Its convolutions move their features along with the digit. But what reads those features at the end?",
        "c": "That would be a net that learned each pixel by heart. Its features do move along with the digit.",
        "d": "Training on centered digits gave its last layer no reason to like moved ones.",
    },
    because="The features move with the digit, but the last layer is fully connected and expects them in the middle.",
    hints=["Go through the net from the picture to the scores. Which step knows where things are?"],
)

shuffle_guess = Choice(
    "1.13", "Predict: shuffled pixels", "b", difficulty=2, minutes=2,
    why={
        "a": "Not the fully connected net: to it, the order of the 196 inputs is a matter of naming.",
        "c": "It is the other way round. Which of the two relies on neighbors being neighbors?",
        "d": "No pixel is lost. But one of the nets looks through windows: what does it see there now?",
    },
    because="Shuffling renames the inputs of the first net, and tears apart what the windows of the second look for.",
    hints=["Think of a learner who never saw a picture in order. Which of the nets is such a learner anyway?"],
)

side_guess = Choice(
    "1.14", "Predict: which side?", "a", difficulty=2, minutes=2,
    why={
        "b": "Three in four would mean that it sees the side at times. Does anything after the pooling depend on it?",
        "c": "Its feature maps do know the side. But what of them does the pooling hand on?",
        "d": "Always wrong would be knowledge too: turn every answer round, and it is always right.",
    },
    because="The strongest answer of each filter is the same on both sides, so the net can only guess.",
    hints=["Feed the same digit twice, left and right. What comes out of the pooling?"],
)

# 1.15 to 1.17 Recall

constraints = Choice(
    "1.15", "Recall: two constraints", "d", difficulty=1, minutes=1,
    why={
        "a": "Fewer outputs make a smaller layer of the same kind. Think of the picture of the three matrices.",
        "b": "A convolution has biases, one for each filter, and its weights have either sign.",
        "c": "A ReLU is a step of its own, after either layer.",
    },
    because="Zero away from the window is locality; equal along the diagonals is weight sharing.",
)

larger_picture = Choice(
    "1.16", "Recall: a larger picture", "c", difficulty=1, minutes=1,
    why={
        "a": "The number of *windows* grows about fourfold. Does each window bring weights of its own?",
        "b": "Look at your formula of exercise 1.3: which sizes are in it?",
        "d": "Padding changes how many outputs there are, not how many weights.",
    },
    because="Each filter has 3 x 5 x 5 weights and a bias, on any picture. A fully connected layer would grow.",
)

moving = Choice(
    "1.17", "Recall: what a move does", "b", difficulty=1, minutes=1,
    why={
        "a": "It is the other way round: which of the two still knows where the digit is?",
        "c": "If a convolution's output stayed the same, its feature maps could not say where anything is.",
        "d": "So it would be for a fully connected layer. What did the test of exercise 1.8 say of a convolution?",
    },
    because="The feature maps move along; the largest value of a map stays what it is.",
)
