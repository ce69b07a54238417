"""Exercises 2.13 to 2.17: dilation, shapes through a stack, what a pixel sees."""

import itertools
import math

import torch
import torch.nn.functional as F

from checker.comparison import in_kind
from checker.exercise import Choice, Exercise, Number, call, normal, whole
from checker.show import short
from utils.drill import RULES, Drill

# 2.13

dilation = Exercise(
    "2.13",
    "Dilate a kernel",
    difficulty=2,
    minutes=5,
    core=False,
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
    yield call(whole(rng, 2, 3, 3, 2, low=-9, high=-1), 2)
    yield call(normal(rng, 3, 1, 2, 4), 4)


@dilation.mistake("You put zeros after the last weight, too. They belong in between only.")
def zeros_at_the_end(w, d):
    f, c, kh, kw = w.shape
    wide = w.new_zeros(f, c, kh * d, kw * d)
    wide[:, :, ::d, ::d] = w
    return wide


@dilation.mistake(
    "You put d zeros between neighbors. Neighbors lie d pixels apart, so d - 1 zeros stand in"
    " between."
)
def a_zero_too_many(w, d):
    return dilate(w, d + 1)


@dilation.mistake(
    "You repeated the weights. Put zeros between them: a dilated kernel reads as few pixels as"
    " before."
)
def repeated(w, d):
    return w.repeat_interleave(d, 2).repeat_interleave(d, 3)


@dilation.mistake("You spread the rows only. Spread the columns, too.")
def rows_spread_only(w, d):
    return zeros_at_the_end(w, d)[:, :, : d * (w.shape[2] - 1) + 1, ::d]


@dilation.mistake("You spread the columns only. Spread the rows, too.")
def columns_spread_only(w, d):
    return zeros_at_the_end(w, d)[:, :, ::d, : d * (w.shape[3] - 1) + 1]


@dilation.mistake("You put the zeros around the kernel. They belong between its weights.")
def zeros_outside(w, d):
    down, right = [(d - 1) * (k - 1) for k in w.shape[2:]]
    return F.pad(w, (right // 2, right - right // 2, down // 2, down - down // 2))


@dilation.mistake("You use the height of the kernel for its width. It need not be square.")
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


dilation.demand("zeros between its weights", violated_by="repeated")
dilation.demand("neighbors lie `d` apart", violated_by="a_zero_too_many")
dilation.demand("in rows and columns", violated_by="rows_spread_only")
dilation.demand("Its sizes are d (KH - 1) + 1 and d (KW - 1) + 1", violated_by="zeros_at_the_end")


# 2.14


class Shapes(Number):
    """A tuple of shapes, one a layer; a wrong answer is told the first layer that is off."""

    def miss(self, got, wanted):
        if super().miss(got, wanted) is None:
            return None
        if not isinstance(got, (tuple, list)) or len(got) != len(wanted):
            return f"should be {len(wanted)} shapes, one a layer, in a tuple."
        first = next(
            place for place, pair in enumerate(zip(got, wanted)) if super(Shapes, self).miss(*pair)
        )
        return f"is off from layer {first + 1} on: {got[first]}."


_STACK = ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 2688))


stack_shapes = Shapes(
    "2.14",
    "The shapes through a stack",
    _STACK,
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    wrong={
        "one_short": (  # by the steps, or without the padding
            ((8, 16, 31, 22), (8, 16, 15, 11), (8, 32, 15, 11), (8, 32, 11, 7), (8, 2464)),
            (
                "Your first layer is one row and one column short. It has padding 1 at both ends,"
                " and the first position counts."
            ),
        ),
        "first_rounded_up": (
            ((8, 16, 32, 24), (8, 16, 16, 12), (8, 32, 16, 12), (8, 32, 12, 8), (8, 3072)),
            "Your first layer is one column too wide: its last window along the width does not"
            " fit.",
        ),
        "pool_rounded_up": (
            ((8, 16, 32, 23), (8, 16, 16, 12), (8, 32, 16, 12), (8, 32, 12, 8), (8, 3072)),
            "Your pooling is one column too wide: 23 columns hold 11 whole windows of 2.",
        ),
        "padding_once": (
            ((8, 16, 31, 23), (8, 16, 15, 11), (8, 32, 15, 11), (8, 32, 11, 7), (8, 2464)),
            "Your first layer is one row short: padding 1 adds a row above and one below.",
        ),
        "pool_eats_channels": (
            ((8, 16, 32, 23), (8, 8, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 2688)),
            "Your pooling changes the channels. It works within each: 16 go in, 16 come out.",
        ),
        "square_kernel": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 9), (8, 32, 12, 5), (8, 1920)),
            "Your layer 3 loses columns. Its kernel is 3 high and 1 wide, which takes no column"
            " away.",
        ),
        "padding_for_both": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 13), (8, 32, 12, 9), (8, 3456)),
            "Your layer 3 gains columns. `padding=(1, 0)` is one row above and below, and no"
            " column.",
        ),
        "dilation_unused": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 14, 9), (8, 4032)),
            "Your layer 4 is that without dilation. With dilation 2 a kernel of 3 covers 5"
            " pixels.",
        ),
        "dilation_as_six": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 11, 6), (8, 2112)),
            "Your layer 4 loses 5 rows. With dilation 2 a kernel of 3 covers 5 pixels, not 6.",
        ),
        "batch_flattened": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (21504,)),
            "Your last shape has no batch axis. `nn.Flatten` keeps the 8 pictures apart.",
        ),
        "channels_not_flattened": (
            ((8, 16, 32, 23), (8, 16, 16, 11), (8, 32, 16, 11), (8, 32, 12, 7), (8, 84)),
            "Your last shape counts one channel. `nn.Flatten` lays all 32 of a picture in one"
            " row.",
        ),
    },
    right=[
        [list(shape) for shape in _STACK],
        tuple(map(torch.Size, _STACK)),
        (*_STACK[:4], (8, 32 * 12 * 7)),
    ],
    hints=[
        "The second number is the filters of the layer, for a convolution; pooling keeps it.",
        "Layer 1, height: (65 + 2 - 5) // 2 + 1 = 32. The width goes the same way.",
        "`output_size(11, 1)` is 11 and `output_size(16, 3, d=2)` is 12.",
    ],
)


@stack_shapes.recall
def _(rng):
    n, c, f, k = 2 * rng.randint(10, 20), rng.randint(2, 4), rng.randint(6, 16), rng.choice([3, 5])
    layers = f"Conv2d({c}, {f}, {k}) and MaxPool2d(2)"
    side = (n - k + 1) // 2
    return (
        f"A picture of {c} x {n} x {n} goes through {layers}. Which shape comes out? (C, H, W)",
        (f, side, side),
    )


# 2.15


class DrillExercise(Number):
    """Judges (seed, answers) by the drill of that seed: what is wrong is the rule that was broken
    first.
    """

    def refuse(self, attempt) -> str | None:
        attempt = in_kind(attempt, self.answer)
        fits = type(attempt) is tuple and len(attempt) == 2 and type(attempt[0]) is int
        if fits and type(attempt[1]) is tuple and len(attempt[1]) == 5:
            return None
        return (
            "Answer with the seed and the five numbers: `shape_drill = (drill_seed, (1, 2, 3, 4,"
            " 5))`."
        )

    def ask(self, attempt):
        seed, answers = in_kind(attempt, self.answer)
        for place, (question, given) in enumerate(zip(Drill(seed).questions, answers), 1):
            if type(given) is not int or given != question.answer:
                return place, short(given), _broken(question, given)
        return 0, None, "none"

    def miss(self, got, wanted):
        if got[2] == wanted[2]:
            return None
        return f"to question {got[0]}, {got[1]}, is off."


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
    "2.15",
    "The endless drill",
    (1, Drill(1).answers),
    difficulty=2,
    minutes=6,
    core=False,
    points=2,
    wrong={rule: (_breaking(rule), sentence) for rule, sentence in RULES.items()},
    right=[(seed, Drill(seed).answers) for seed in (2, 77, 2026)]
    + [[3, list(map(float, Drill(3).answers))]],
    hints=[
        "Questions 1 to 3: `(n + 2p - d (k - 1) - 1) // s + 1`, then halve for the pooling.",
        (
            "Question 4 is 2.7 for an odd kernel. Question 5: a filter has `C * k * k` weights"
            " and a"
            " bias."
        ),
    ],
)


@endless.recall
def _(rng):
    question = rng.choice(Drill(rng.randrange(10**6)).questions)
    wrong = {rule: (value, RULES[rule]) for rule, value in question.slips.items()}
    return question.text, question.answer, wrong


# 2.16

field_of_view = Exercise(
    "2.16",
    "The receptive field of a stack",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        (
            "One output pixel of the last layer sees `d (k - 1) + 1` pixels of the layer before."
            " Go on backward."
        ),
        (
            "If r pixels of a layer are seen, their windows start s apart: together they cover `(r"
            " - 1) * s` more than one window does."
        ),
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


@field_of_view.recall
def _(rng):
    layers = [(rng.randint(2, 5), rng.randint(1, 3), 1) for _ in range(3)]
    said = ", then ".join(f"kernel {k} with stride {s}" for k, s, _ in layers)
    return f"Three layers: {said}. How many pixels across does an output pixel see?", call(layers)


@field_of_view.mistake(
    "You added up the kernel sizes. Neighboring windows overlap, so a layer adds k - 1 steps."
)
def sum_of_kernels(layers):
    return sum(k for k, _, _ in layers)


@field_of_view.mistake("You multiplied the kernel sizes. Neighboring windows overlap.")
def product_of_kernels(layers):
    return math.prod(d * (k - 1) + 1 for k, _, d in layers)


@field_of_view.mistake(
    "You left the strides out. After a stride of 2, a step in the next layer is two pixels of the"
    " picture."
)
def no_strides_counted(layers):
    return _forward(layers, step=lambda jump, s: 1)


@field_of_view.mistake("You left the dilation out. The gaps of a kernel count as well.")
def no_dilation_counted(layers):
    return _forward(layers, extent=lambda k, d: k - 1)


@field_of_view.mistake(
    "You let a layer's stride widen its own window. It widens only what comes after."
)
def own_stride(layers):
    seen, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        seen += d * (k - 1) * jump
    return seen


@field_of_view.mistake(
    "You went through the layers from the wrong end. The list goes from the picture to the output."
)
def wrong_end(layers):
    return _forward(reversed(layers))


@field_of_view.mistake("Your numbers are one too small. Before any layer, a pixel sees itself: 1.")
def from_nothing(layers):
    return _forward(layers) - 1


@field_of_view.mistake(
    "You use the stride of the layer just before, and no earlier one. They multiply: 2 and 2"
    " make 4."
)
def last_stride_only(layers):
    return _forward(layers, step=lambda jump, s: s)


@field_of_view.mistake(
    "You add the strides up. They multiply: a step after strides 2 and 3 is six pixels."
)
def strides_added(layers):
    return _forward(layers, step=lambda jump, s: jump + s - 1)


@field_of_view.mistake(
    "You let a dilated kernel cover d k pixels. There are k - 1 gaps: 3 with dilation 2 covers 5."
)
def dilation_times_kernel(layers):
    return _forward(layers, extent=lambda k, d: d * k - 1)


@field_of_view.mistake(
    "The number is right, but it is a float. Pixels are counted: return an `int`."
)
def a_float(layers):
    return float(_forward(layers))


@field_of_view.mistake(
    "The number is right, but your code changed the list `layers`. Work on a copy of it."
)
def turned_in_place(layers):
    layers.reverse()
    return backward(layers[::-1])


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
    return 1 + sum(
        d * (k - 1) * math.prod(strides[:place]) for place, (k, _, d) in enumerate(layers)
    )


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


field_of_view.demand("from the picture to the output", violated_by="wrong_end")
field_of_view.demand("gaps included", violated_by="no_dilation_counted")
field_of_view.demand("No layers: 1", violated_by="from_nothing")
field_of_view.demand("-> int", violated_by="a_float")


# 2.17

fading = Choice(
    "2.17",
    "Does every pixel of the field count the same?",
    "b",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": (
            "Count the ways from a pixel to the output. A corner pixel has one. How many has the"
            " middle?"
        ),
        "c": "Count the ways from a pixel to the output: few at the border, many in the middle.",
        "d": "The weights are random, but the number of ways from a pixel to the output is not.",
    },
    because="More paths lead from the middle to the output than from the border.",
    hints=[
        "In how many ways can two 3 x 3 layers carry a corner pixel of the 5 x 5 field to the"
        " output? And the middle?"
    ],
)
