"""Exercise 8.8: small windows in a row."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call
from utils.shapes import receptive_field

# 8.8 Small windows

small_windows = Exercise(
    "8.8",
    "Small windows in a row",
    difficulty=2,
    minutes=6,
    hints=[
        "One 3 x 3 layer sees 3 pixels across. The next one sees one more on each side.",
        (
            "A k x k layer from C to C channels has C filters with C x k x k weights and one bias"
            " each."
        ),
        (
            "`side = 2 * n + 1`; `n * channels * (9 * channels + 1)`; `channels * (side**2 *"
            " channels + 1)`."
        ),
    ],
)


@small_windows.reference
def stack_against_one(n, channels):
    side = receptive_field([(3,)] * n)
    with torch.device("meta"):
        one = nn.Conv2d(channels, channels, side)
        stack = nn.Sequential(*(nn.Conv2d(channels, channels, 3) for _ in range(n)))
    return side, *(sum(p.numel() for p in net.parameters()) for net in (stack, one))


@small_windows.cases
def _(rng):
    yield call(1, 1)
    yield call(2, 1)
    yield call(2, 64)
    yield call(3, 512)
    for n, channels in rng.integers(2, 9, (3, 2)).tolist():
        yield call(n, channels)


def _against(
    side=lambda n: 2 * n + 1,
    stack=lambda n, c: n * c * (9 * c + 1),
    one=lambda k, c: c * (k * k * c + 1),
):
    """The answer by other rules."""
    return lambda n, channels: (side(n), stack(n, channels), one(side(n), channels))


small_windows.mistake(
    "You count three pixels for each layer. The windows overlap: a second layer of 3 x 3 adds one"
    " pixel on each side.",
    "three_each",
)(_against(lambda n: 3 * n))


small_windows.mistake(
    "You add one pixel for each layer. It adds one on each side, so two.", "one_more"
)(_against(lambda n: n + 2))


small_windows.mistake("Your biases are missing, one for each filter.", "no_biases")(
    _against(stack=lambda n, c: n * c * 9 * c, one=lambda k, c: c * k * k * c)
)


small_windows.mistake(
    "The biases of your stack are missing, one for each filter.", "no_biases_in_the_stack"
)(_against(stack=lambda n, c: n * c * 9 * c))


small_windows.mistake(
    "The biases of your large window are missing, one for each filter.",
    "no_biases_in_the_large_window",
)(_against(one=lambda k, c: c * k * k * c))


small_windows.mistake(
    "Your filters have one channel. A filter is as deep as its input: C filters of C channels.",
    "flat",
)(_against(stack=lambda n, c: n * c * 10, one=lambda k, c: c * (k * k + 1)))


small_windows.mistake(
    "You count a bias for each channel that a filter reads. It has one bias.",
    "a_bias_for_each_pair",
)(_against(stack=lambda n, c: n * c * c * 10, one=lambda k, c: c * c * (k * k + 1)))


small_windows.mistake(
    "You count one side of the windows in the stack, 3. They have 3 x 3 weights for each channel"
    " they see.",
    "one_side_of_the_stack",
)(_against(stack=lambda n, c: n * c * (3 * c + 1)))


small_windows.mistake(
    "You count one side of the large window. It has `side * side` weights for each channel it"
    " sees.",
    "one_side_of_the_large_window",
)(_against(one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "You count one side of the windows. They have two: 3 x 3 weights for each channel they see.",
    "one_side",
)(_against(stack=lambda n, c: n * c * (3 * c + 1), one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "Yours is the area it sees. How many pixels is that across, along one side?", "area"
)(_against(lambda n: (2 * n + 1) ** 2, one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "Your single layer has a window of 3 x 3. It has to see as much as the stack.",
    "window_of_the_stack",
)(_against(one=lambda k, c: c * (9 * c + 1)))


small_windows.mistake("Your stack has one layer. It has n.", "one_layer")(
    _against(stack=lambda n, c: c * (9 * c + 1))
)


small_windows.mistake(
    "Your stack has one layer too few: it has n, all with parameters.", "one_layer_too_few"
)(_against(stack=lambda n, c: (n - 1) * c * (9 * c + 1)))


small_windows.mistake("You count the biases of one layer of the stack only.", "biases_once")(
    _against(stack=lambda n, c: n * c * 9 * c + c)
)


small_windows.mistake(
    "You count one bias a layer. It has one for each of its filters.", "a_bias_a_layer"
)(_against(stack=lambda n, c: n * (9 * c * c + 1), one=lambda k, c: c * c * k * k + 1))


small_windows.mistake(
    "You count one bias for a layer of the stack. It has one for each of its filters.",
    "a_bias_a_layer_of_the_stack",
)(_against(stack=lambda n, c: n * (9 * c * c + 1)))


small_windows.mistake(
    "You count one bias for the large window. It has one for each of its filters.",
    "a_bias_for_the_large_window",
)(_against(one=lambda k, c: c * c * k * k + 1))


@small_windows.recall
def _(rng):
    n, channels = rng.randint(2, 4), rng.randint(2, 9)
    text = (
        f"{n} layers of 3 x 3 in a row, {channels} channels throughout, against one layer "
        "that sees as much:"
        " (pixels seen across, parameters of the stack, parameters of the one)"
    )
    return text, call(n, channels)


@small_windows.mistake(
    "Your last two are in the wrong order: first the stack, then the single layer."
)
def swapped(n, channels):
    side, stack, one = _against()(n, channels)
    return side, one, stack


small_windows.alternative(_against())


@small_windows.alternative
def by_loop(n, channels):
    side, stack = 1, 0
    for _ in range(n):
        side += 2
        stack += channels * channels * 3 * 3 + channels
    return [side, stack, channels**2 * side**2 + channels]


@small_windows.alternative
def by_gradient(n, channels):
    row = torch.zeros(1, 1, 4 * n + 1, requires_grad=True)
    y = row
    for _ in range(n):
        y = F.conv1d(y, torch.ones(1, 1, 3), padding=1)
    y[0, 0, 2 * n].backward()
    side = int((row.grad != 0).sum())
    layer, large = (
        nn.Conv2d(channels, channels, 3, device="meta"),
        nn.Conv2d(channels, channels, side, device="meta"),
    )
    return (
        side,
        n * sum(map(torch.numel, layer.parameters())),
        sum(map(torch.numel, large.parameters())),
    )


small_windows.demand("how many pixels across one output sees", violated_by="area")
small_windows.demand(
    "the parameters of the stack; the parameters of a single", violated_by="swapped"
)
small_windows.demand("with a window that sees as much", violated_by="window_of_the_stack")
small_windows.demand("Biases count", violated_by="no_biases")
