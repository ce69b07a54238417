"""Exercises 9.3 to 9.6: branches side by side, and what can go wrong."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Number, call, normal, whole
from exercises.nb09.shared import max3
from exercises.variants import renamed, with_forward, without_biases

# 9.3

channels = Number(
    "9.3",
    "How many channels come out?",
    (416, 256),
    difficulty=2,
    minutes=3,
    wrong={
        "both_256": ((256, 256), "Pooling alone keeps all the channels it is given."),
        "pooling_dropped": (
            (224, 256),
            "You left out the pooled map, which is joined to the others.",
        ),
        "both_416": ((416, 416), "A 1x1 layer of 32 filters has 32 channels, whatever it reads."),
        "added": (
            (192, 128),
            "The outputs are put one behind the other along the channels. Nothing is added.",
        ),
        "swapped": ((256, 416), "The naive module comes first in your pair."),
        "input_kept": (
            (416, 448),
            "The input itself is not kept; only what the branches give is.",
        ),
        "pool_single": (
            (225, 256),
            "Pooling works on each channel by itself. It makes no single map of them.",
        ),
    },
    right=[[416, 256], (64 + 128 + 32 + 192, 64 + 128 + 32 + 32), torch.Size([416, 256])],
    hints=[
        "A layer of 32 filters gives 32 channels. How many does max pooling give?",
        "The first ends in + 32 + 192.",
    ],
)


@channels.recall
def _(rng):
    ones, threes, fives = (8 * rng.randint(2, 12) for _ in range(3))
    inputs = 32 * rng.randint(2, 8)
    text = (
        f"A naive Inception module on {inputs} channels: {ones} of 1x1, {threes} of 3x3, {fives} "
        "of 5x5, and max pooling. How many channels come out?"
    )
    return text, ones + threes + fives + inputs


# 9.4

pooling = Exercise(
    "9.4",
    "Spot the bug: the pooling branch",
    difficulty=2,
    minutes=4,
    hints=[
        "Two options of `F.max_pool2d` are not given. What is its stride if you do not say?",
        "A window of 3 loses a ring of one pixel. Which padding brings it back?",
    ],
)


@pooling.reference
def pool_branch(x):
    rows = torch.stack(
        [F.pad(x, (0, 0, 1, 1), value=-torch.inf)[:, :, i : i + x.shape[2]] for i in range(3)]
    ).amax(0)
    around = F.pad(rows, (1, 1, 0, 0), value=-torch.inf)
    return torch.stack([around[..., j : j + x.shape[3]] for j in range(3)]).amax(0)


@pooling.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]))
    yield call(-whole(rng, 1, 1, 3, 3, low=1, high=9))
    yield call(whole(rng, 1, 2, 4, 6))
    yield call(normal(rng, 2, 3, 7, 5))
    yield call(normal(rng, 2, 1, 6, 6) - 3)
    yield call(whole(rng, 1, 1, 3, 4, low=-9, high=-1) * 1e100)  # below any number one pads with


pooling.mistake(
    "Your windows stand side by side, so the map shrinks. They should move pixel by pixel.",
    "stride_of_three",
)(lambda x: F.max_pool2d(x, 3, padding=1))


pooling.mistake(
    "Your windows move pixel by pixel, but a ring of pixels is lost at the border. Pad.",
    "no_padding",
)(lambda x: F.max_pool2d(x, 3, 1))


pooling.mistake(
    "That is what the broken branch gives: windows side by side, and no padding.", "unchanged"
)(lambda x: F.max_pool2d(x, 3))


pooling.mistake(
    "You pad with zeros, and where all pixels are negative a zero is the largest. The `padding` of"
    " max pooling never wins.",
    "zeros_around",
)(lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1))


pooling.mistake("You take the mean of the pixels around. Take the largest.", "average")(
    lambda x: F.avg_pool2d(x, 3, 1, 1)
)


pooling.mistake(
    "You make the small map of the broken branch large again: the size is right, the numbers are"
    " not.",
    "blown_up",
)(lambda x: F.interpolate(F.max_pool2d(x, 3), x.shape[2:]))


pooling.mistake(
    "Your windows begin at each pixel and reach right and down. They should lie around it.",
    "from_the_pixel_on",
)(lambda x: F.max_pool2d(F.pad(x, (0, 2, 0, 2), value=float("-inf")), 3, 1))


pooling.mistake("Your window is 3 rows high and 1 column wide. It is 3 x 3.", "column_of_three")(
    lambda x: F.max_pool2d(x, (3, 1), 1, (1, 0))
)


pooling.mistake(
    "You put the lost ring back as zeros after the pooling. Pad before it.", "padded_after"
)(lambda x: F.pad(F.max_pool2d(x, 3, 1), (1, 1, 1, 1)))


pooling.alternative(lambda x: F.max_pool2d(x, 3, stride=1, padding=1))


pooling.alternative(
    lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=float("-inf")), 3, stride=1)
)


pooling.alternative(
    lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), (3, 3), (1, 1))
)


pooling.alternative(
    lambda x: (
        F.pad(x, (1, 1, 1, 1), value=-1e300)
        .unfold(2, 3, 1)
        .unfold(3, 3, 1)
        .flatten(4)
        .max(4)
        .values
    )
)


pooling.demand("the maximum of the 3 x 3 pixels around each pixel", violated_by="stride_of_three")
pooling.demand("At the border only the pixels that exist count", violated_by="zeros_around")


# 9.5

joining = Exercise(
    "9.5",
    "Spot the bug: the wrong axis",
    difficulty=2,
    minutes=3,
    hints=[
        "In (N, C, H, W), which axis may differ from branch to branch?",
        "Count the axes from 0.",
    ],
)


@joining.reference
def join(branches):
    return torch.hstack(branches)  # and where sizes differ, it says so


@joining.cases
def _(rng):
    yield call([torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[3.0, 4.0]]]])])
    yield call([whole(rng, 2, 1, 2, 2), whole(rng, 2, 1, 2, 2)])
    yield call([whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3)])
    yield call([normal(rng, 3, c, 4, 5) for c in (2, 5, 1, 3, 2)])
    yield call([normal(rng, 1, c, 2, 3) for c in (4, 1)])
    yield call([normal(rng, 2, 3, 4, 2)])


for _name, _axis, _sentence in (
    (
        "along_batch",
        0,
        (
            "You join along axis 0, the pictures, so there are more pictures now. Join along the"
            " channels."
        ),
    ),
    (
        "along_height",
        2,
        "You join along axis 2, the height: the maps stand below each other in a tall picture.",
    ),
    (
        "along_width",
        3,
        "You join along axis 3, the width: the maps stand side by side in a broad picture.",
    ),
):
    joining.mistake(_sentence, _name)(lambda branches, axis=_axis: torch.cat(branches, axis))


joining.mistake(
    "Your result has a new axis. The channels of all branches go along axis 1, which is there.",
    "stacked",
)(lambda branches: torch.stack(branches, 1))


joining.mistake("You add the branches up. Put them one behind the other.", "summed")(
    lambda branches: sum(branches)
)


joining.mistake("You join the branches in reverse order.", "reversed")(
    lambda branches: torch.cat(branches[::-1], 1)
)


joining.mistake(
    "In your result the channels of the branches take turns. All of the first branch come first.",
    "in_turns",
)(lambda branches: torch.stack(branches, 2).flatten(1, 2))


joining.alternative(lambda branches: torch.cat(branches, dim=1))


joining.alternative(lambda branches: torch.concat(tuple(branches), dim=-3))


@joining.alternative
def by_reshape(branches):
    height, width = branches[0].shape[2:]
    return torch.cat([b.reshape(len(b), -1) for b in branches], -1).reshape(
        len(branches[0]), -1, height, width
    )


@joining.alternative
def written_in(branches):
    n, _, h, w = branches[0].shape
    y, start = branches[0].new_empty(n, sum(b.shape[1] for b in branches), h, w), 0
    for b in branches:
        y[:, start : start + b.shape[1]] = b
        start += b.shape[1]
    return y


joining.demand("Return (N, sum of all C_i, H, W)", violated_by="along_height")
joining.demand("all channels of the first branch first", violated_by="reversed")


# 9.6

naive = Module(
    "9.6",
    "The naive module",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        "A 3x3 window needs padding 1 to keep the size, a 5x5 window padding 2.",
        "Three branches are `F.relu(self.one(x))` and so on; the fourth is `pool_branch(x)`.",
        "All four read the same `x`. Their outputs go into `join`, as a list, pooling last.",
    ],
)


@naive.reference
class NaiveInception(nn.Module):
    def __init__(self, inputs, one, three, five):
        super().__init__()
        self.one, self.three, self.five = (
            nn.Conv2d(inputs, filters, k, padding="same")
            for filters, k in ((one, 1), (three, 3), (five, 5))
        )

    def forward(self, x):
        maps = [self.one(x), self.three(x), self.five(x)]
        return torch.hstack([torch.hstack(maps).clamp(min=0), max3(x)])


@naive.cases
def _(rng):
    yield call(1, 1, 2, 3, inputs=normal(rng, 1, 1, 5, 5))
    yield call(2, 3, 4, 1, inputs=normal(rng, 2, 2, 6, 5))
    yield call(4, 2, 5, 3, inputs=9 * normal(rng, 2, 4, 5, 8))


def _naive(relu=F.relu, pool=max3, last=lambda x: x, order=(0, 1, 2, 3)):
    def forward(self, x):
        maps = [relu(self.one(x)), relu(self.three(x)), relu(self.five(x)), pool(x)]
        return last(torch.cat([maps[place] for place in order], 1))

    return with_forward(naive.answer, forward)


naive.mistake("You left out the ReLUs behind the three convolutions.", "no_relu")(
    _naive(relu=lambda x: x)
)


def _but_for(place):
    def forward(self, x):
        maps = [self.one(x), self.three(x), self.five(x)]
        maps = [y if place == n else F.relu(y) for n, y in enumerate(maps)]
        return torch.cat([*maps, max3(x)], 1)

    return with_forward(naive.answer, forward)


for _place, _name in enumerate(("one", "three", "five")):
    naive.mistake(f"You left out the ReLU behind `self.{_name}`.", f"no_relu_{_name}")(
        _but_for(_place)
    )


naive.mistake(
    "Your ReLU is on everything, the pooled map too. It belongs behind the three convolutions.",
    "relu_all",
)(_naive(last=F.relu))


naive.mistake("You take average pooling. Take max pooling, as in `pool_branch`.", "average")(
    _naive(pool=lambda x: F.avg_pool2d(x, 3, 1, 1))
)


naive.mistake(
    "You pad your pooling with zeros, which win where all pixels are negative. Use `pool_branch`.",
    "zeros",
)(_naive(pool=lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1)))


naive.mistake("You put the pooled map first. It goes last.", "pool_first")(
    _naive(order=(3, 0, 1, 2))
)


naive.mistake("You put 5x5 before 3x3. The order is 1x1, 3x3, 5x5, pooling.", "five_before_three")(
    _naive(order=(0, 2, 1, 3))
)


naive.mistake("Your fourth branch does not pool: the input goes through as it is.", "no_pooling")(
    _naive(pool=lambda x: x)
)


naive.mistake("You left out the pooling branch.", "three_branches")(_naive(order=(0, 1, 2)))


naive.mistake("Give the three convolutions their biases.", "no_biases")(
    without_biases(naive.answer)
)


naive.mistake("Call the three convolutions `one`, `three` and `five`.", "renamed")(
    renamed(naive.answer, one="conv1", three="conv3", five="conv5")
)


@naive.mistake(
    "The outputs of your branches cannot be joined: but for their channels, all must have the same"
    " sizes."
)
class SizesDiffer(naive.answer):
    def __init__(self, inputs, one, three, five):
        super().__init__(inputs, one, three, five)
        self.five = nn.Conv2d(inputs, five, 5, padding=1)


@naive.mistake(
    "The output of your `three` is smaller than the input, so the four cannot be joined. Pad it"
    " by 1."
)
class ThreeNotPadded(naive.answer):
    def __init__(self, inputs, one, three, five):
        super().__init__(inputs, one, three, five)
        self.three = nn.Conv2d(inputs, three, 3)


naive.alternative(_naive())


@naive.alternative
class NaiveInParts(nn.Module):
    def __init__(self, inputs, one, three, five):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three = nn.Conv2d(inputs, three, 3, padding=1)
        self.five = nn.Conv2d(inputs, five, 5, padding=2)
        self.relu, self.pool = nn.ReLU(), nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        maps = [self.relu(layer(x)) for layer in (self.one, self.three, self.five)]
        return torch.cat(maps + [self.pool(x)], dim=1)


@naive.alternative
class NaiveWithReluInside(nn.Module):
    def __init__(self, inputs, one, three, five):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(inputs, one, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(inputs, three, 3, padding="same"), nn.ReLU())
        self.five = nn.Sequential(nn.Conv2d(inputs, five, 5, padding="same"), nn.ReLU())

    def forward(self, x):
        return torch.concat([self.one(x), self.three(x), self.five(x), max3(x)], -3)


naive.demand("three convolutions with biases", violated_by="no_biases")
naive.demand("at same padding", violated_by="SizesDiffer")
naive.demand("`self.one`, 1x1 with `one` filters", violated_by="renamed")
naive.demand("A ReLU follows each of the three", violated_by="no_relu")
naive.demand("none follows the pooling", violated_by="relu_all")
naive.demand("which is `pool_branch`", violated_by="zeros")
naive.demand("Join in the order 1x1, 3x3, 5x5, pooling", violated_by="pool_first")
