"""Exercises 15.10 to 15.12: the bottleneck turned inside out, its cost, and its bare end."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, call, normal
from exercises.variants import as_floats, renamed, with_forward
from utils.models import mobilenet
from utils.shapes import ledger

# 15.10

inverted = Module(
    "15.10",
    "Turned inside out",
    difficulty=4,
    minutes=20,
    core=False,
    points=3,
    hints=[
        "The middle has `expand * inputs` channels; the 3x3 has as many groups.",
        "`F.relu6` behind `norm1` and `norm2`; nothing behind `norm3`.",
        "Add `x` only where `stride == 1 and inputs == channels`.",
    ],
)


@inverted.reference
class Inverted(nn.Module):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__()
        made = mobilenet.Inverted(inputs, channels, stride, expand)
        if expand == 1:
            raise ValueError("expand is at least 2")
        self.conv1, self.norm1, _, self.conv2, self.norm2, _, self.conv3, self.norm3 = made.branch
        self.adds = made.adds

    def forward(self, x):
        maps = self.norm1(self.conv1(x)).clamp(0, 6)
        maps = self.norm3(self.conv3(self.norm2(self.conv2(maps)).clamp(0, 6)))
        return torch.add(maps, x) if self.adds else maps


@inverted.cases
def _(rng):
    yield call(1, 1, expand=2, inputs=normal(rng, 2, 1, 3, 3))
    yield call(2, 3, expand=2, inputs=normal(rng, 3, 2, 3, 4))
    yield call(2, 2, stride=2, expand=3, inputs=normal(rng, 3, 2, 5, 4))
    yield call(2, 3, 2, inputs=normal(rng, 3, 2, 4, 5))
    yield call(3, 3, inputs=normal(rng, 2, 3, 4, 3))
    spike = normal(rng, 2, 2, 14, 14)
    spike[0, 0, 2, 2] = 60  # beyond 6 behind the norm
    yield call(2, 2, expand=4, inputs=spike)


def _forward(first=F.relu6, second=F.relu6, last=lambda y: y, adds=None):
    adds = adds or (lambda self, x, y: self.adds)

    def forward(self, x):
        y = first(self.norm1(self.conv1(x)))
        y = second(self.norm2(self.conv2(y)))
        y = last(self.norm3(self.conv3(y)))
        return x + y if adds(self, x, y) else y

    return with_forward(inverted.answer, forward)


inverted.mistake("You put a ReLU6 behind the last norm. Nothing comes there.", "relu_at_the_end")(
    _forward(last=F.relu6)
)
inverted.mistake("You have ReLU, which has no upper end. ReLU6 stops at 6.", "relu")(
    _forward(F.relu, F.relu)
)
inverted.mistake("You left out the ReLU6 behind `norm1`.", "no_first_relu")(
    _forward(first=lambda y: y)
)
inverted.mistake("You left out the ReLU6 behind `norm2`.", "no_second_relu")(
    _forward(second=lambda y: y)
)
inverted.mistake("You left out the shortcut.", "no_skip")(_forward(adds=lambda self, x, y: False))
inverted.mistake(
    "You put ReLU6 on the sum, too. Nothing follows the addition.", "relu_on_the_sum"
)(
    with_forward(
        inverted.answer,
        lambda self, x: F.relu6(y) if (y := inverted.answer.forward(self, x)) is not None else y,
    )
)


@inverted.mistake("Your 3x3 reads all maps. Each of its filters reads its own one: depthwise.")
class NotDepthwise(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        wide = expand * inputs
        self.conv2 = nn.Conv2d(wide, wide, 3, stride, padding=1, bias=False)


@inverted.mistake("Your middle is as wide as the output says. It is `expand` times the input.")
class ExpandsTheOutput(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        wide = expand * channels
        self.conv1, self.norm1 = nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, stride, padding=1, groups=wide, bias=False)
        self.norm2 = nn.BatchNorm2d(wide)
        self.conv3 = nn.Conv2d(wide, channels, 1, bias=False)


@inverted.mistake("Your stride is in the first 1x1. It belongs to the 3x3.")
class StrideInTheFirst(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        wide = expand * inputs
        self.conv1 = nn.Conv2d(inputs, wide, 1, stride, bias=False)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False)


@inverted.mistake("Your convolutions have biases. They have none.")
class WithBiases(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        wide = expand * inputs
        self.conv1 = nn.Conv2d(inputs, wide, 1)
        self.conv2 = nn.Conv2d(wide, wide, 3, stride, padding=1, groups=wide)
        self.conv3 = nn.Conv2d(wide, channels, 1)


@inverted.mistake("Your 3x3 is not padded.")
class NotPadded(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        wide = expand * inputs
        self.conv2 = nn.Conv2d(wide, wide, 3, stride, groups=wide, bias=False)


@inverted.mistake("Your block projects where the shape changes. It has no shortcut there at all.")
class Projects(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        super().__init__(inputs, channels, stride, expand)
        self.project = nn.Conv2d(inputs, channels, 1, stride, bias=False)

    def forward(self, x):
        return super().forward(x) + (0 if self.adds else self.project(x))


inverted.mistake("Call the layers as the task does.", "renamed")(
    renamed(inverted.answer, conv1="widen", norm1="norm")
)
inverted.alternative(_forward())


@inverted.alternative
class Written(inverted.answer):
    def __init__(self, inputs, channels, stride=1, expand=6):
        nn.Module.__init__(self)
        wide = inputs * expand
        self.conv1, self.norm1 = nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, stride=stride, padding=1, groups=wide, bias=False)
        self.norm2 = nn.BatchNorm2d(wide)
        self.conv3 = nn.Conv2d(wide, channels, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.clamp(self.norm1(self.conv1(x)), min=0, max=6)
        y = self.norm3(self.conv3(torch.clamp(self.norm2(self.conv2(y)), min=0, max=6)))
        return x + y if x.shape == y.shape else y


inverted.demand("`expand` times as many channels", violated_by="ExpandsTheOutput")
inverted.demand("on each map by itself", violated_by="NotDepthwise")
inverted.demand("with the stride", violated_by="StrideInTheFirst")
inverted.demand("ReLU6 behind the first two norms", violated_by="relu_at_the_end")
inverted.demand("Where the shape stays, the input is added", violated_by="no_skip")
inverted.demand("no biases", violated_by="WithBiases")


# 15.11

cost = Exercise(
    "15.11",
    "What the three layers cost",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "A 1x1 from a to b channels costs a * b for each pixel it puts out.",
        "The first 1x1 works on all pixels, before the stride. The other two on those behind it.",
        "Padding is 1, so a stride of 2 leaves half of the side, rounded up.",
    ],
)


@cost.reference
def inverted_cost(inputs, channels, side, stride=1, expand=6):
    with torch.device("meta"):
        net = mobilenet.Inverted(inputs, channels, stride, expand).eval()
    found = ledger(net, (1, inputs, side, side)) if expand > 1 else None
    return tuple(row.multiply_adds for row in found if row.kind == "Conv2d")


@cost.cases
def _(rng):
    yield call(1, 1, 2, expand=2)
    yield call(2, 3, 4, stride=2, expand=2)
    yield call(24, 24, 56)
    yield call(32, 64, 28, stride=2)
    yield call(2, 5, 7, stride=2, expand=3)
    for _ in range(3):
        inputs, channels, side = rng.integers(2, 40, 3).tolist()
        yield call(inputs, channels, side, int(rng.integers(1, 3)), int(rng.integers(2, 8)))


def _cost(
    half=lambda side, stride: -(-side // stride),
    first=lambda i, w, before, after: i * w * before,
    window=lambda w, after: 9 * w * after,
    last=lambda w, c, before, after: w * c * after,
    wide=lambda i, c, expand: i * expand,
):
    def inverted_cost(inputs, channels, side, stride=1, expand=6):
        w, before = wide(inputs, channels, expand), side**2
        after = half(side, stride) ** 2
        return first(inputs, w, before, after), window(w, after), last(w, channels, before, after)

    return inverted_cost


cost.mistake("Your 3x3 reads all maps. Depthwise, each filter reads one.", "not_depthwise")(
    _cost(window=lambda w, after: 9 * w * w * after)
)
cost.mistake("Your first 1x1 works behind the stride. It comes before it.", "stride_in_the_first")(
    _cost(first=lambda i, w, before, after: i * w * after)
)
cost.mistake(
    "Your last 1x1 works on as many pixels as came in. It comes behind the stride.",
    "last_before_the_stride",
)(_cost(last=lambda w, c, before, after: w * c * before))
cost.mistake("You forget the stride: all your layers work on all pixels.", "no_stride")(
    _cost(half=lambda side, stride: side)
)
cost.mistake("An odd side is rounded up by a padded window of stride 2.", "rounded_down")(
    _cost(half=lambda side, stride: side // stride)
)
cost.mistake("You forget the window: it has nine weights.", "window_of_one")(
    _cost(window=lambda w, after: w * after)
)
cost.mistake(
    "Your middle is `expand` times the output. It is so many times the input.",
    "expands_the_output",
)(_cost(wide=lambda i, c, expand: c * expand))


@cost.recall
def _(rng):
    inputs, channels, side = rng.randint(2, 6), rng.randint(2, 6), 2 * rng.randint(2, 5)
    text = (
        f"An inverted residual block: {inputs} channels of {side} x {side}, expanded 6 times, "
        f"stride 2, to {channels} channels."
        " Multiply-adds of the 1x1, the 3x3 and the 1x1? (first, second, third)"
    )
    return text, call(inputs, channels, side, stride=2)


@cost.mistake("You give one sum. Three numbers are asked for.")
def one_sum(inputs, channels, side, stride=1, expand=6):
    return sum(_cost()(inputs, channels, side, stride, expand))


cost.mistake("The numbers are right, but they are floats: multiply-adds are counted.", "floats")(
    as_floats(_cost())
)
cost.alternative(_cost())


@cost.alternative
def by_output_size(inputs, channels, side, stride=1, expand=6):
    wide, out = inputs * expand, (side + 2 - 3) // stride + 1
    return side * side * inputs * wide, out * out * wide * 9, out * out * wide * channels


@cost.alternative
def from_weights(inputs, channels, side, stride=1, expand=6):
    wide = expand * inputs
    shapes = (wide, inputs, 1, 1), (wide, 1, 3, 3), (channels, wide, 1, 1)
    places = [side] + [len(range(0, side, stride))] * 2
    return tuple(torch.Size(s).numel() * p**2 for s, p in zip(shapes, places))


cost.demand("three whole numbers", violated_by="one_sum")
cost.demand("without norms and additions", violated_by="not_depthwise")


# 15.12

bare = Choice(
    "15.12",
    "Why is the end bare?",
    "a",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "b": "A ReLU costs next to nothing beside a convolution.",
        "c": "It has one. What is missing is the ReLU behind it.",
        "d": "It would work with any sign of them.",
    },
    because="In a narrow layer there is no second map that holds what a ReLU cuts off.",
    hints=["In a wide layer another map may hold what one loses. And in a narrow one?"],
)
