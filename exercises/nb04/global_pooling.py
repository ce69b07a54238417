"""Exercises 4.8 and 4.9: a head for any size, and what pooling saves."""

from torch import nn
from torch.nn import functional as F

from checker import comparison
from checker.exercise import Module, Number, call, normal, whole

# 4.8 Global average pooling

head = Module(
    "4.8",
    "A head for any size",
    difficulty=2,
    minutes=5,
    points=2,
    hints=[
        "The linear layer meets C numbers a picture, however large the picture is.",
        "`x.mean(dim=(2, 3))` turns (N, C, H, W) into (N, C).",
    ],
)


@head.reference
class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


@head.cases
def _(rng):
    yield call(2, 3, inputs=whole(rng, 2, 2, 4, 4))
    yield call(2, 3, inputs=whole(rng, 1, 2, 4, 4))
    yield call(1, 3, inputs=whole(rng, 2, 1, 4, 4))
    yield call(3, 2, inputs=whole(rng, 2, 3, 3, 4))
    yield call(3, 2, inputs=whole(rng, 2, 3, 1, 1))
    yield call(3, 4, inputs=whole(rng, 2, 3, 7, 5))
    yield call(4, 10, inputs=normal(rng, 3, 4, 8, 9))


def _head(name, forward):
    """The right layers with another forward."""

    def init(self, channels, classes):
        nn.Module.__init__(self)
        self.linear = nn.Linear(channels, classes)

    return type("Head", (nn.Module,), {"__init__": init, "forward": forward, "__qualname__": name})


head.mistake(
    "You added the pixels up. A picture twice as large would then give twice as large numbers.",
    "sums",
)(_head("sums", lambda self, x: self.linear(x.sum((2, 3)))))


head.mistake("That is global max pooling. Asked for is the average.", "global_max")(
    _head("global_max", lambda self, x: self.linear(x.amax((2, 3))))
)


head.mistake(
    "Your window has a fixed size, 4x4, so other pictures do not fit or lose their edge.",
    "fixed_window",
)(_head("fixed_window", lambda self, x: self.linear(F.avg_pool2d(x, 4).flatten(1))))


head.mistake("You averaged over the width only, so the height is still there.", "width_only")(
    _head("width_only", lambda self, x: self.linear(x.mean(3)))
)


head.mistake(
    "Height and width are averaged, but two axes of size 1 are left. Drop them first.", "axes_kept"
)(_head("axes_kept", lambda self, x: self.linear(x.mean((2, 3), keepdim=True))))


head.mistake(
    "`squeeze` also removes the batch axis when the batch has one picture. Use `flatten(1)`.",
    "squeezed",
)(_head("squeezed", lambda self, x: self.linear(F.adaptive_avg_pool2d(x, 1).squeeze())))


head.mistake(
    "That is the softmax of the answer. Return the scores; the loss takes the softmax itself.",
    "softmax",
)(_head("softmax", lambda self, x: self.linear(x.mean((2, 3))).softmax(1)))


head.mistake(
    "You averaged over the batch too: all pictures get the same scores.", "over_the_batch"
)(_head("over_the_batch", lambda self, x: self.linear(x.mean((0, 2, 3)).expand(len(x), -1))))


@head.alternative
class ByMean(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.mean(dim=(2, 3)))


@head.alternative
class ScoresFirst(nn.Module):
    """Scores at every pixel, averaged afterwards: both steps are linear, so their order does not
    matter.
    """

    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.movedim(1, -1)).mean(dim=(1, 2))


@head.alternative
class WindowOfThePicture(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.fully_connected = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fully_connected(F.avg_pool2d(x, x.shape[2:])[:, :, 0, 0])


# 4.9 Memory

BYTES = 64 * 224 * 224 * 4


memory = Number(
    "4.9",
    "What pooling saves",
    (BYTES, BYTES // 4, 4),
    difficulty=2,
    minutes=3,
    wrong={
        "halved": (
            (BYTES, BYTES // 2, 2),
            "You halved once. Pooling halves the height and the width.",
        ),
        "numbers_not_bytes": (
            (BYTES // 4, BYTES // 16, 4),
            "Those are numbers. Each takes 4 bytes in float32.",
        ),
        "bits": (
            (BYTES * 8, BYTES * 2, 4),
            "Those are bits. A float32 has 32 bits, which is 4 bytes.",
        ),
        "one_channel": ((BYTES // 64, BYTES // 256, 4), "That is one channel. There are 64."),
        "work_halved": (
            (BYTES, BYTES // 4, 2),
            (
                "The bytes are right. The next convolution has a quarter of the positions left,"
                " not half."
            ),
        ),
        "work_by_channels": (
            (BYTES, BYTES // 4, 8),
            (
                "The bytes are right. The next layer has 128 filters either way: compare its"
                " positions only."
            ),
        ),
        "upside_down": (
            (BYTES, BYTES // 4, 0.25),
            (
                "The bytes are right. A quarter is the work with pooling; how many times more is"
                " it without?"
            ),
        ),
        "work_unchanged": (
            (BYTES, BYTES // 4, 1),
            (
                "The bytes are right. The next layer's weights are as many as before, but each is"
                " used at fewer positions."
            ),
        ),
    },
    right=[[12_845_056, 3_211_264, 4], (12_845_056, 3_211_264, 4.0)],
    hints=[
        "Bytes: channels x height x width x 4.",
        (
            "A convolution does the same work at each of its output positions. How many positions"
            " are left?"
        ),
    ],
)


@memory.probe
def _(attempt):
    """A division gives a float; a whole one counts."""
    if not isinstance(attempt, comparison.SEQUENCES):
        return attempt
    return [int(item) if type(item) is float and item.is_integer() else item for item in attempt]
