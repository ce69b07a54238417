"""Exercises 4.8 and 4.9: a head for any size, and what pooling saves."""

from torch import nn
from torch.nn import functional as F

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
    "You add the pixels up. Take their average, which does not grow with the picture.", "sums"
)(_head("sums", lambda self, x: self.linear(x.sum((2, 3)))))


head.mistake("You take the largest value of every channel. Take the average.", "global_max")(
    _head("global_max", lambda self, x: self.linear(x.amax((2, 3))))
)


head.mistake(
    "Your window has a fixed size, 4x4, so other pictures do not fit or lose their edge.",
    "fixed_window",
)(_head("fixed_window", lambda self, x: self.linear(F.avg_pool2d(x, 4).flatten(1))))


head.mistake("You average over the width only. Average over the height as well.", "width_only")(
    _head("width_only", lambda self, x: self.linear(x.mean(3)))
)


head.mistake(
    "Your average keeps two axes of size 1. Drop them before the linear layer.", "axes_kept"
)(_head("axes_kept", lambda self, x: self.linear(x.mean((2, 3), keepdim=True))))


head.mistake(
    "With one picture, or one channel, your `squeeze` drops that axis as well. Use `flatten(1)`.",
    "squeezed",
)(_head("squeezed", lambda self, x: self.linear(F.adaptive_avg_pool2d(x, 1).squeeze())))


head.mistake(
    "You end with a softmax. The loss takes it itself, so return the plain scores.", "softmax"
)(_head("softmax", lambda self, x: self.linear(x.mean((2, 3))).softmax(1)))


head.mistake(
    "You average over the batch as well, so all pictures get the same scores.", "over_the_batch"
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
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(F.avg_pool2d(x, x.shape[2:])[:, :, 0, 0])


@head.mistake("Call the part `self.linear`, as the task does.")
class Renamed(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.fully_connected = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fully_connected(x.mean(dim=(2, 3)))


head.demand("the average of every channel over all its places", violated_by="global_max")
head.demand("a linear layer `self.linear`", violated_by="Renamed")
head.demand("scores (N, classes)", violated_by="softmax")
head.demand("for every height and width", violated_by="fixed_window")
head.demand("also for a batch of 1", violated_by="squeezed")


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
            "You halve once. Pooling halves the height and the width.",
        ),
        "numbers_not_bytes": (
            (BYTES // 4, BYTES // 16, 4),
            "You count numbers. Each takes 4 bytes in float32.",
        ),
        "bits": (
            (BYTES * 8, BYTES * 2, 4),
            "You count bits. A float32 has 32 bits, which is 4 bytes.",
        ),
        "one_channel": (
            (BYTES // 64, BYTES // 256, 4),
            "Your bytes are those of one channel. There are 64.",
        ),
        "work_halved": (
            (BYTES, BYTES // 4, 2),
            (
                "Your bytes are right. The next convolution has a quarter of the positions left,"
                " not half."
            ),
        ),
        "work_by_channels": (
            (BYTES, BYTES // 4, 8),
            (
                "Your bytes are right. The next layer has 128 filters either way: compare its"
                " positions only."
            ),
        ),
        "upside_down": (
            (BYTES, BYTES // 4, 0.25),
            (
                "Your bytes are right. A quarter is the work with pooling; how many times more is"
                " it without?"
            ),
        ),
        "work_unchanged": (
            (BYTES, BYTES // 4, 1),
            (
                "Your bytes are right. The next layer's weights are as many as before, but each is"
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


@memory.recall
def _(rng):
    channels, side = rng.choice([16, 32, 64]), rng.choice([10, 20, 40])
    text = (
        f"A feature map of {channels} x {side} x {side} in float32 is pooled 2 x 2, stride 2. How "
        "many bytes come out?"
    )
    return text, channels * (side // 2) ** 2 * 4
