"""Exercises of notebook 00: one of each kind, small enough to see how a check speaks."""

import torch
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, whole

brightest = Exercise(
    "0.1",
    "The brightest pixel",
    difficulty=1,
    minutes=3,
    hints=[
        "The two axes to reduce are the last two, height and width.",
        "`x.amax(dim=(2, 3))` takes the largest along both at once.",
    ],
)


@brightest.reference
def brightest_pixel(x):
    return torch.amax(x, dim=(-2, -1))


@brightest.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 5.0], [2.0, 3.0]]]]))
    yield call(torch.tensor([[[[-1.0, -5.0], [-2.0, -3.0]]]]))
    yield call(whole(rng, 1, 2, 2, 3))
    yield call(whole(rng, 2, 3, 3, 2, low=-9, high=-1))
    yield call(whole(rng, 1, 2, 2, 2, low=-9, high=-1) * 1e100)  # below any number one starts from
    yield call(whole(rng, 2, 1, 2, 2).float())
    for n, c, h, w in rng.integers(1, 5, (4, 4)):
        yield call(whole(rng, n, c, h, w, low=-9, high=9))


@brightest.mistake(
    "That is one number for all pictures and channels together. Give one for each picture and"
    " channel."
)
def of_everything(x):
    return x.max()


@brightest.mistake(
    "That is the largest number of each row of pixels. Reduce the height as well as the width."
)
def of_each_row(x):
    return x.amax(dim=3)


@brightest.mistake(
    "That is one number for each picture, over all its channels. Keep the channels apart."
)
def over_channels(x):
    return x.amax(dim=(1, 2, 3))


@brightest.mistake("That is the average brightness, not the largest.")
def average(x):
    return x.mean(dim=(2, 3))


@brightest.mistake(
    "That is two things: the largest values, and where they stand. Return the values alone."
)
def with_positions(x):
    return tuple(x.flatten(2).max(dim=2))


@brightest.mistake(
    "Those are places in the flattened picture. Return the brightness at these places."
)
def position(x):
    return x.flatten(2).argmax(dim=2)


@brightest.mistake(
    "Where all numbers of a channel are negative, you give 0. Start the search at a pixel, not at"
    " 0."
)
def from_zero(x):
    return x.amax(dim=(2, 3)).clamp(min=0)


@brightest.mistake(
    "All is right but the dtype: yours is float64 for every input. Give back the dtype of `x`."
)
def always_float64(x):
    return x.amax(dim=(2, 3)).double()


@brightest.mistake("Your tensor has the axes (C, N). Pictures come first: (N, C).")
def channels_first(x):
    return x.amax(dim=(2, 3)).T


@brightest.alternative
def one_axis_after_the_other(x):
    return x.max(dim=3).values.max(dim=2).values


@brightest.alternative
def flattened(x):
    return x.flatten(2).max(dim=2)[0]


@brightest.alternative
def in_loops(x):
    n, c = x.shape[:2]
    return torch.stack([torch.stack([x[i, j].max() for j in range(c)]) for i in range(n)])


brightest.demand("in every channel of every picture", violated_by="of_everything")
brightest.demand("as a tensor of shape (N, C)", violated_by="channels_first")
brightest.demand("of the same dtype", violated_by="always_float64")


pixels = Number(
    "0.2",
    "How many numbers?",
    32 * 3 * 28 * 28,
    difficulty=1,
    minutes=2,
    wrong={
        "one_picture": (3 * 28 * 28, "That is one picture. A batch of 32 is asked for."),
        "one_channel": (32 * 28 * 28, "That is one channel of each picture. There are three."),
        "pixels_only": (28 * 28, "That is one channel of one picture."),
        "height_once": (32 * 3 * 28, "That counts the height and forgets the width."),
        "a_sum": (
            32 + 3 + 28 + 28,
            "You added the sizes. Every picture has every channel, so multiply.",
        ),
    },
    right=[75_264.0, torch.tensor(75_264), torch.zeros(32, 3, 28, 28).numel()],
    hints=["Multiply the four sizes."],
)


@pixels.recall
def _(rng):
    n, h, w = rng.randint(2, 9) * 10, rng.randint(4, 9), rng.randint(4, 9)
    return (
        f"A batch holds {n} color pictures of {h} x {w} pixels. How many numbers is that?",
        3 * n * h * w,
    )


layout = Choice(
    "0.3",
    "Which axis is which?",
    "c",
    difficulty=1,
    minutes=2,
    why={
        "a": "`x[0]` fixes the first axis, N: that is one whole picture, with all its channels.",
        "b": "`x[..., 0]` fixes the last axis, W: that is the left-most column of every channel.",
        "d": "`x[:, :, 0]` fixes the third axis, H: that is the top row of every channel.",
    },
    because="The second axis is C; the colon before it keeps every picture.",
    hints=["Write the letters N, C, H, W over the places between the brackets."],
)

scale = Module(
    "0.4",
    "Your first layer",
    difficulty=2,
    minutes=10,
    points=2,
    hints=[
        (
            "What an optimizer should train is an `nn.Parameter`: `self.weight ="
            " nn.Parameter(torch.ones(channels))`."
        ),
        (
            "The weight has shape (C,). To meet (N, C, H, W) it must be (1, C, 1, 1):"
            " `self.weight.reshape(1, -1, 1, 1)`."
        ),
    ],
)


@scale.reference
class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return torch.einsum("nchw,c->nchw", x, self.weight)


@scale.cases
def _(rng):
    yield call(2, inputs=whole(rng, 1, 2, 1, 1))
    yield call(3, inputs=whole(rng, 2, 3, 3, 3))
    yield call(1, inputs=whole(rng, 2, 1, 2, 4))
    yield call(4, inputs=whole(rng, 3, 4, 5, 4))


def _scale(name, weight, forward):
    """A layer like the right one, with another weight or another forward."""

    def init(self, channels):
        nn.Module.__init__(self)
        self.weight = weight(channels)

    return type(name, (nn.Module,), {"__init__": init, "forward": forward})


def _right(self, x):
    return x * self.weight[:, None, None]


def _ones(channels):
    return nn.Parameter(torch.ones(channels))


scale.mistake(
    "Your weights start at 0. Start them at 1, so that a fresh layer changes nothing.",
    "starts_at_zero",
)(_scale("Scale", lambda c: nn.Parameter(torch.zeros(c)), _right))
scale.mistake("Your weights start at random numbers. Start them at 1.", "starts_random")(
    _scale("Scale", lambda c: nn.Parameter(torch.randn(c)), _right)
)
scale.mistake("You add the weight to its channel. Multiply.", "adds")(
    _scale("Scale", _ones, lambda self, x: x + self.weight[:, None, None])
)
scale.mistake(
    "You multiplied along the width, the last axis. The weight belongs to the channels.",
    "along_width",
)(_scale("Scale", _ones, lambda self, x: x * self.weight))
scale.mistake(
    "You multiplied along the height. The weight belongs to the channels.", "along_height"
)(_scale("Scale", _ones, lambda self, x: x * self.weight[:, None]))
scale.mistake("Your layer gives back what it gets: the weight is not used.", "weight_unused")(
    _scale("Scale", _ones, lambda self, x: x)
)
scale.mistake(
    "PyTorch finds no parameter in your layer, so nothing would be trained. Wrap the weight in"
    " `nn.Parameter`.",
    "plain_tensor",
)(_scale("Scale", torch.ones, _right))
scale.mistake(
    "Your output is right, but no gradient reaches the weight, so it would never learn.",
    "detached",
)(_scale("Scale", _ones, lambda self, x: x * self.weight.detach()[:, None, None]))


@scale.alternative
class Viewed(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), 1.0))

    def forward(self, x):
        return self.weight.view(1, -1, 1, 1) * x


scale.mistake(
    "Give the parameter itself the shape (C,). Reshape it in `forward`.", "weight_of_four_axes"
)(_scale("Scale", lambda c: nn.Parameter(torch.ones(1, c, 1, 1)), lambda self, x: x * self.weight))


def _renamed(self, channels):
    nn.Module.__init__(self)
    self.gain = nn.Parameter(torch.ones(channels))


scale.mistake("Call the parameter `self.weight`, as the task does.", "renamed")(
    type(
        "Scale",
        (nn.Module,),
        {"__init__": _renamed, "forward": lambda self, x: x * self.gain[:, None, None]},
    )
)


@scale.alternative
class ChannelsLast(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return (x.movedim(1, -1) * self.weight).movedim(-1, 1)


@scale.alternative
class ByChannel(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return torch.stack([x[:, c] * w for c, w in enumerate(self.weight)], dim=1)


scale.demand("multiplies every channel by a number of its own", violated_by="along_width")
scale.demand("one parameter, `self.weight`", violated_by="renamed")
scale.demand("of shape (C,)", violated_by="weight_of_four_axes")
scale.demand("The weights start at 1", violated_by="starts_at_zero")
