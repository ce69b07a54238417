"""Exercises 13.1 to 13.3: within the budget, and where to save."""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Number, call, normal
from exercises.variants import as_floats, renamed
from utils import shapes

# 13.1

count = Number(
    "13.1",
    "Within the budget?",
    (49_958, 50_008, 119_168),
    difficulty=2,
    minutes=10,
    points=2,
    wrong={
        "no_biases": (
            (49_880, 49_930, 119_168),
            (
                "You left out the biases of the second convolution and of the linear layer: 16"
                " and 62."
            ),
        ),
        "no_second_bias": (
            (49_942, 49_992, 119_168),
            "You left out the biases of the second convolution, 16 numbers.",
        ),
        "no_last_bias": (
            (49_896, 49_946, 119_168),
            "You left out the biases of the linear layer, 62 numbers.",
        ),
        "first_bias": (
            (49_966, 50_016, 119_168),
            "You counted 8 biases for the first convolution. It has none.",
        ),
        "no_norms": (
            (49_910, 49_910, 119_168),
            (
                "You left out the batch norms. Each learns two numbers for each channel, and keeps"
                " two more and a counter."
            ),
        ),
        "norms_learn_nothing": (
            (49_910, 50_008, 119_168),
            "You left out the parameters of the batch norms, gamma and beta, for each channel.",
        ),
        "no_counter": (
            (49_958, 50_006, 119_168),
            "You left out `num_batches_tracked`, one number for each batch norm.",
        ),
        "parameters_only": (
            (49_958, 49_958, 119_168),
            (
                "Your second number leaves out the buffers: a mean and a variance a channel, and a"
                " counter, for each batch norm."
            ),
        ),
        "size_of_the_input": (
            (49_958, 50_008, 330_848),
            (
                "Your multiply-adds count the places of each layer's input. At stride 2 a quarter"
                " of them is left."
            ),
        ),
        "biases_multiply": (
            (49_958, 50_008, 120_014),
            "Your multiply-adds count the biases. A bias is added, not multiplied.",
        ),
        "no_linear": (
            (49_958, 50_008, 70_560),
            "You left out the multiply-adds of the linear layer.",
        ),
    },
    right=[[49_958, 50_008, 119_168], torch.Size((49_958, 50_008, 119_168))],
    hints=[
        (
            "Parameters: 72 and 16 for the first convolution and its norm, 1,168 and 32 for the"
            " second."
        ),
        "A batch norm of C channels keeps 2C + 1 numbers that are no parameters.",
        (
            "Multiply-adds: places of the output, times filters, times the weights of a filter."
            " First layer: 14 * 14 * 8 * 9 = 14,112."
        ),
    ],
)


@count.recall
def _(rng):
    channels = rng.randint(8, 64)
    return (
        f"How many numbers does a `BatchNorm2d({channels})` keep, parameters and buffers?",
        4 * channels + 1,
    )


# 13.2

cheap = Exercise(
    "13.2",
    "Two ways to filter",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "Both ways put out `(h - 1) // stride + 1` rows.",
        (
            "Depthwise: each output place of each *input* channel takes k * k products. 1x1: each"
            " output place of each filter takes `inputs` products."
        ),
        "`places * filters * inputs * k * k`, and `places * (inputs * k * k + filters * inputs)`.",
    ],
)


@cheap.reference
def two_costs(h, w, inputs, filters, k, stride):
    full = nn.Conv2d(inputs, filters, k, stride, k // 2, bias=False)
    deep = nn.Conv2d(inputs, inputs, k, stride, k // 2, groups=inputs, bias=False)
    apart = nn.Sequential(deep, nn.Conv2d(inputs, filters, 1, bias=False))
    return tuple(shapes.ledger(net, (1, inputs, h, w)).multiply_adds for net in (full, apart))


@cheap.cases
def _(rng):
    yield call(1, 2, 1, 1, 3, 1)
    yield call(4, 4, 2, 3, 3, 2)
    yield call(5, 7, 3, 2, 5, 2)
    yield call(3, 8, 4, 4, 1, 3)
    for _ in range(5):
        h, w, inputs, filters = (int(n) for n in rng.integers(2, 20, 4))
        yield call(h, w, inputs, filters, int(rng.choice([1, 3, 5])), int(rng.integers(1, 4)))


def _places(h, w, stride):
    return ((h - 1) // stride + 1) * ((w - 1) // stride + 1)


@cheap.recall
def _(rng):
    side, inputs, filters = rng.randint(4, 8), rng.randint(4, 12), rng.randint(4, 12)
    text = (
        f"{inputs} channels of {side} x {side} pixels, size kept, to {filters} channels, no"
        " biases: multiply-adds of a 3 x 3 convolution, and of a depthwise 3 x 3 with a 1x1 behind"
        " it? (full, depthwise)"
    )
    full, depthwise = side**2 * filters * inputs * 9, side**2 * inputs * 9  # by hand: see 3.8
    mixing = "You left out the 1x1 layer that mixes the channels."
    both = full, depthwise + side**2 * inputs * filters
    return text, both, {"no mixing": ((full, depthwise), mixing)}


@cheap.mistake("You count the places of the input. At a stride the window visits fewer.")
def places_of_the_input(h, w, inputs, filters, k, stride):
    return h * w * filters * inputs * k * k, h * w * (inputs * k * k + filters * inputs)


@cheap.mistake(
    "You drop a place where the stride does not divide. Of five rows at stride 2 it visits three."
)
def rounded_down(h, w, inputs, filters, k, stride):
    places = (h // stride) * (w // stride)
    return places * filters * inputs * k * k, places * (inputs * k * k + filters * inputs)


@cheap.mistake("You count the 1x1 layer at all places of the input. It comes after the stride.")
def mixing_at_full_size(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k + h * w * filters * inputs


@cheap.mistake("You left out the 1x1 layer that mixes the channels.")
def no_mixing(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k


@cheap.mistake(
    "You count a window for each filter in the depthwise layer. It has one for each channel."
)
def a_window_a_filter(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * (filters * k * k + filters * inputs)


@cheap.mistake("You multiply the costs of the two layers. Add them up.")
def multiplied(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k * filters * inputs


@cheap.mistake("You apply the stride along the height only. It is for both axes.")
def one_axis(h, w, inputs, filters, k, stride):
    places = _places(h, 1, stride) * w
    return places * filters * inputs * k * k, places * (inputs * k * k + filters * inputs)


@cheap.mistake("You give the cheaper way first. The full convolution comes first.")
def swapped(h, w, inputs, filters, k, stride):
    return two_costs(h, w, inputs, filters, k, stride)[::-1]


cheap.mistake("The numbers are right, but floats. Return two `int`.", "floats")(
    as_floats(lambda h, w, c, f, k, s: two_costs(h, w, c, f, k, s))
)


@cheap.alternative
def by_formula(h, w, inputs, filters, k, stride):
    places = math.ceil(h / stride) * math.ceil(w / stride)
    return places * filters * inputs * k**2, places * inputs * (k**2 + filters)


@cheap.alternative
def by_shapes(h, w, inputs, filters, k, stride):
    rows, columns = (shapes.output_size(n, k, stride, k // 2) for n in (h, w))
    weights = inputs * filters * k * k, inputs * k * k + inputs * filters
    return tuple(rows * columns * count for count in weights)


@cheap.alternative
def by_counting(h, w, inputs, filters, k, stride):
    full = apart = 0
    for _ in itertools.product(range(0, h, stride), range(0, w, stride)):
        full += filters * inputs * k * k
        apart += inputs * (k * k + filters)
    return full, apart


cheap.demand("Return two whole numbers", violated_by="floats")
cheap.demand("on each channel by itself", violated_by="a_window_a_filter")
cheap.demand("behind it a 1x1 convolution with `filters` filters", violated_by="no_mixing")
cheap.demand("have stride `stride`", violated_by="places_of_the_input")
cheap.demand("padding `k // 2`", violated_by="rounded_down")
cheap.demand("the 1x1 has stride 1", violated_by="mixing_at_full_size")


# 13.3

thin = Module(
    "13.3",
    "The separable layer",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        "`groups=inputs` gives every channel a window of its own.",
        "The stride belongs to `deep`, which also has the padding 1. `mix` is 1x1, with stride 1.",
        "`x = F.relu(self.norm1(self.deep(x)))`, then the same with `norm2` and `mix`.",
    ],
)


@thin.reference
class Separable(nn.Module):
    def __init__(self, inputs, filters, stride=1):
        super().__init__()
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False)
        self.norm1 = nn.BatchNorm2d(inputs)
        self.mix = nn.Conv2d(inputs, filters, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)

    def forward(self, x):
        x = self.norm1(self.deep(x)).clamp(min=0)
        x = torch.einsum("fc,nchw->nfhw", self.mix.weight[:, :, 0, 0], x)
        return self.norm2(x).clamp(min=0)


@thin.cases
def _(rng):
    yield call(1, 2, inputs=normal(rng, 2, 1, 3, 4))
    yield call(3, 2, 2, inputs=normal(rng, 2, 3, 5, 6))
    yield call(2, 2, 1, inputs=normal(rng, 1, 2, 4, 4))
    yield call(6, 4, 3, inputs=_with_spikes(normal(rng, 2, 6, 28, 25)))


def _with_spikes(x):
    """Above 6 behind a norm, too, whatever the sign of the weights."""
    x[0, :, 9, 12], x[1, :, 9, 12] = 99, -99
    return x


class _Cells(thin.answer):
    """Another way forward with the same cells."""

    middle = last = True

    def forward(self, x):
        x = self.norm1(self.deep(x))
        x = self.norm2(self.mix(F.relu(x) if self.middle else x))
        return F.relu(x) if self.last else x


@thin.mistake("You left out the ReLU behind `norm1`.")
class NoMiddle(_Cells):
    middle = False


@thin.mistake("You left out the ReLU behind `norm2`.")
class NoLast(_Cells):
    last = False


@thin.mistake(
    "Your `deep` is a full convolution. Give each channel a window of its own: `groups=inputs`."
)
class NoGroups(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, bias=False)


@thin.mistake(
    "Your stride is in `mix`, which then drops places that `deep` has computed. Put it in `deep`."
)
class LateStride(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters)
        self.mix = nn.Conv2d(inputs, filters, 1, stride, bias=False)


@thin.mistake("Your `deep` has no padding, so the map loses its border. Pad by 1.")
class NotPadded(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, groups=inputs, bias=False)


@thin.mistake("You have ReLU6, which stops at 6. ReLU has no upper end.")
class Clipped(_Cells):
    def forward(self, x):
        return F.relu6(self.norm2(self.mix(F.relu6(self.norm1(self.deep(x))))))


@thin.mistake("You put each ReLU before the norm. It comes behind it.")
class ReluFirst(thin.answer):
    def forward(self, x):
        return self.norm2(F.relu(self.mix(self.norm1(F.relu(self.deep(x))))))


@thin.mistake("Your convolutions have biases. They have none: `bias=False`.")
class Biased(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs)
        self.mix = nn.Conv2d(inputs, filters, 1)


@thin.mistake("You never use `norm1` and `norm2`.")
class NoNorms(thin.answer):
    def forward(self, x):
        return F.relu(self.mix(F.relu(self.deep(x))))


thin.mistake("Call the layers `deep`, `norm1`, `mix` and `norm2`.", "renamed")(
    renamed(thin.answer, deep="depthwise", mix="pointwise")
)


thin.alternative(_Cells)


@thin.alternative
class ByFunctions(nn.Module):
    def __init__(self, inputs, filters, stride=1):
        super().__init__()
        self.stride = stride
        self.deep = nn.Conv2d(inputs, inputs, 3, bias=False, groups=inputs)
        self.norm1, self.norm2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(filters)
        self.mix = nn.Conv2d(inputs, filters, 1, bias=False)

    def forward(self, x):
        x = F.conv2d(
            F.pad(x, (1, 1, 1, 1)), self.deep.weight, stride=self.stride, groups=x.shape[1]
        )
        return self.norm2(self.mix(self.norm1(x).relu())).relu()


@thin.alternative
class ByUnfold(thin.answer):
    def forward(self, x):
        stride = self.deep.stride[0]
        windows = F.pad(x, (1, 1, 1, 1)).unfold(2, 3, stride).unfold(3, 3, stride)
        x = F.relu(self.norm1(torch.einsum("ncijhw,chw->ncij", windows, self.deep.weight[:, 0])))
        return F.relu(
            self.norm2(F.linear(x.movedim(1, -1), self.mix.weight.flatten(1)).movedim(-1, 1))
        )


thin.demand("3x3 on each of the `inputs` channels by itself", violated_by="NoGroups")
thin.demand("padding 1", violated_by="NotPadded")
thin.demand("with the stride", violated_by="LateStride")
thin.demand("`self.mix`, 1x1", violated_by="renamed")
thin.demand("`self.norm1`, a batch norm; ReLU", violated_by="ReluFirst")
thin.demand("`self.norm2`; ReLU", violated_by="NoLast")
thin.demand("No biases in the convolutions", violated_by="Biased")
