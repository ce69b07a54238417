"""Exercises 2.13 to 2.20: dilation, shapes and receptive field of a stack, layers in a row, 1x1, cost."""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.comparison import short
from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole
from checker.sandbox import CONVOLUTION
from exercises.nb02_layer import places_along
from utils.drill import RULES, Drill

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

    def ask(self, attempt):
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
    """The library's output for one channel and one filter, times all pairs of them."""
    y = F.conv2d(torch.zeros(1, 1, h, w), torch.zeros(1, 1, k, k), stride=stride, padding=padding)
    return y.numel() * c_in * c_out * k * k


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
    for c_in, c_out, h, w, k, s, p in rng.integers([1, 1, 20, 20, 2, 1, 0], [99, 99, 60, 60, 6, 4, 3], (4, 7)):
        yield call(int(c_in), int(h), int(w), int(c_out), int(k), stride=int(s), padding=int(p))


def _cost(c_in, c_out, k, rows, columns):
    return c_in * k * k * c_out * rows * columns


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
    pixels = places_along(h, k, stride, padding) * places_along(w, k, stride, padding)
    return multiply_adds(c_in, h, w, c_out, k, stride, padding) + c_out * pixels


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
    return _cost(c_in, c_out, k, places_along(h, k, stride, padding), places_along(w, k, stride, padding))


@cost.alternative
def counted_by_ranges(c_in, h, w, c_out, k, stride=1, padding=0):
    rows, columns = [len(range(0, n + 2 * padding - k + 1, stride)) for n in (h, w)]
    return rows * columns * c_out * (c_in * k**2)


@cost.alternative
def from_a_real_layer(c_in, h, w, c_out, k, stride=1, padding=0):
    layer = nn.Conv2d(1, 1, k, stride, padding, bias=False)
    return layer(torch.zeros(1, 1, h, w)).numel() * c_out * c_in * layer.weight.numel()
