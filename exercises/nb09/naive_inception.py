"""Exercises 9.3 to 9.6: branches side by side, and what can go wrong."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Number, call, normal, whole
from exercises.nb09.shared import max3, with_forward

# 9.3

channels = Number(
    "9.3",
    "How many channels come out?",
    (416, 256),
    difficulty=2,
    minutes=3,
    wrong={
        "both_256": ((256, 256), "Pooling by itself keeps the channels it is given."),
        "pooling_dropped": ((224, 256), "The pooled map is put behind the others, too."),
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
        "A layer of F filters gives F channels. How many does max pooling give?",
        "The first ends in + 32 + 192.",
    ],
)


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


pooling.mistake(
    "Without a `stride` the windows stand side by side, so the map shrinks. Here they move pixel"
    " by pixel.",
    "stride_of_three",
)(lambda x: F.max_pool2d(x, 3, padding=1))


pooling.mistake(
    "The stride is right, and a ring of pixels is lost at the border. Pad.", "no_padding"
)(lambda x: F.max_pool2d(x, 3, 1))


pooling.mistake("That is how it was. Both the stride and the padding are missing.", "unchanged")(
    lambda x: F.max_pool2d(x, 3)
)


pooling.mistake(
    "You pad with zeros, and where all pixels are negative a zero is the largest. Max pooling has"
    " a `padding` of its own, which never wins.",
    "zeros_around",
)(lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1))


pooling.mistake("That is the mean of the neighborhood. The largest is asked for.", "average")(
    lambda x: F.avg_pool2d(x, 3, 1, 1)
)


pooling.mistake(
    "You pool a smaller map and blow it up again: the size is right, the numbers are not.",
    "blown_up",
)(lambda x: F.interpolate(F.max_pool2d(x, 3), x.shape[2:]))


pooling.mistake(
    "You put the lost ring back as zeros. Pad before pooling, not after.", "padded_after"
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
    height, width = branches[0].shape[2:]
    return torch.cat([b.reshape(len(b), -1) for b in branches], -1).reshape(
        len(branches[0]), -1, height, width
    )


@joining.cases
def _(rng):
    yield call([torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[3.0, 4.0]]]])])
    yield call([whole(rng, 2, 1, 2, 2), whole(rng, 2, 1, 2, 2)])
    yield call([whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3)])
    yield call([normal(rng, 3, c, 4, 5) for c in (2, 5, 1, 3)])
    yield call([normal(rng, 1, c, 2, 3) for c in (4, 1)])
    yield call([normal(rng, 2, 3, 4, 2)])


for _name, _axis, _sentence in (
    (
        "along_batch",
        0,
        (
            "Without an axis `torch.cat` joins along axis 0, the pictures: you made more pictures"
            " of them."
        ),
    ),
    (
        "along_height",
        2,
        "Axis 2 is the height: the maps stand below each other in one tall picture.",
    ),
    ("along_width", 3, "Axis 3 is the width: the maps stand side by side in one broad picture."),
):
    joining.mistake(_sentence, _name)(lambda branches, axis=_axis: torch.cat(branches, axis))


joining.mistake(
    "`torch.stack` makes a new axis. The channels of all branches go along one that is there.",
    "stacked",
)(lambda branches: torch.stack(branches, 1))


joining.mistake("That adds the branches up. Put them one behind the other.", "summed")(
    lambda branches: sum(branches)
)


joining.mistake("The branches are in reverse order.", "reversed")(
    lambda branches: torch.cat(branches[::-1], 1)
)


joining.mistake(
    "The channels of the branches take turns. All of the first branch come first.", "in_turns"
)(lambda branches: torch.stack(branches, 2).flatten(1, 2))


joining.alternative(lambda branches: torch.cat(branches, dim=1))


joining.alternative(lambda branches: torch.concat(tuple(branches), dim=-3))


joining.alternative(lambda branches: torch.hstack(branches))


@joining.alternative
def written_in(branches):
    n, _, h, w = branches[0].shape
    y, start = branches[0].new_empty(n, sum(b.shape[1] for b in branches), h, w), 0
    for b in branches:
        y[:, start : start + b.shape[1]] = b
        start += b.shape[1]
    return y


# 9.6

naive = Module(
    "9.6",
    "The naive module",
    difficulty=3,
    minutes=10,
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
    yield call(4, 2, 5, 3, inputs=normal(rng, 2, 4, 5, 8))


def _naive(relu=F.relu, pool=max3, last=lambda x: x, order=(0, 1, 2, 3)):
    def forward(self, x):
        maps = [relu(self.one(x)), relu(self.three(x)), relu(self.five(x)), pool(x)]
        return last(torch.cat([maps[place] for place in order], 1))

    return with_forward(naive.answer, forward)


naive.mistake("The ReLUs are missing.", "no_relu")(_naive(relu=lambda x: x))


naive.mistake(
    "Your ReLU is on everything, the pooled map too. It belongs behind the three convolutions.",
    "relu_all",
)(_naive(last=F.relu))


naive.mistake("That is average pooling. The module has max pooling.", "average")(
    _naive(pool=lambda x: F.avg_pool2d(x, 3, 1, 1))
)


naive.mistake(
    "You pad the pooling with zeros, which win where all pixels are negative. Use `pool_branch`.",
    "zeros",
)(_naive(pool=lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1)))


naive.mistake("The pooled map comes first. It goes last.", "pool_first")(
    _naive(order=(3, 0, 1, 2))
)


naive.mistake("The order of the branches is off: 1x1, 3x3, 5x5, pooling.", "five_before_three")(
    _naive(order=(0, 2, 1, 3))
)


naive.mistake(
    "There is no pooling in your fourth branch: the input goes through as it is.", "no_pooling"
)(_naive(pool=lambda x: x))


naive.mistake("The pooling branch is missing.", "three_branches")(_naive(order=(0, 1, 2)))


@naive.mistake(
    "The outputs could not be put together. All need the height and width of the input, and they"
    " are joined, not added."
)
class SizesDiffer(naive.answer):
    def __init__(self, inputs, one, three, five):
        super().__init__(inputs, one, three, five)
        self.five = nn.Conv2d(inputs, five, 5, padding=1)


@naive.mistake(
    "The outputs could not be put together: that of `three` is smaller than the input, since its"
    " windows are not padded."
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
