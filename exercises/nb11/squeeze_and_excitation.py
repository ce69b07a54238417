"""Exercises 11.1 to 11.5: channels that are weighed, and what that costs."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, call, normal
from utils.models import senet

# 11.1

gate = Exercise(
    "11.1",
    "Spot the bug: scales that are none",
    difficulty=2,
    minutes=5,
    hints=[
        (
            "Two layers and two functions. Which function keeps numbers between 0 and 1, and where"
            " must it stand to do so?"
        ),
        (
            "`F.linear(s, w1, b1)` is right. A ReLU follows it, and the sigmoid comes at the very"
            " end."
        ),
    ],
)


@gate.reference
def excite(s, w1, b1, w2, b2):
    narrow = (torch.einsum("nc,rc->nr", s, w1) + b1).clamp(min=0)
    return 1 / (1 + torch.exp(-(torch.einsum("nr,cr->nc", narrow, w2) + b2)))


@gate.cases
def _(rng):
    one = torch.tensor([[1.0]])
    yield call(torch.tensor([[2.0]]), one, torch.tensor([1.0]), one, torch.tensor([-3.0]))
    yield call(torch.tensor([[2.0]]), -one, torch.tensor([1.0]), one, torch.tensor([0.5]))
    for n, c, r in ((1, 2, 1), (2, 6, 2), (3, 4, 3)):
        yield call(
            normal(rng, n, c), normal(rng, r, c), normal(rng, r), normal(rng, c, r), normal(rng, c)
        )


def _excited(between=torch.relu, end=torch.sigmoid, start=lambda s: s):
    def excite(s, w1, b1, w2, b2):
        return end(F.linear(between(F.linear(start(s), w1, b1)), w2, b2))

    return excite


def _same(x):
    return x


for _name, _made, _sentence in (
    (
        "unchanged",
        _excited(torch.sigmoid, _same),
        (
            "That is how it was: the sigmoid stands before the second layer,"
            " whose output may be any number."
        ),
    ),
    (
        "swapped",
        _excited(torch.sigmoid, torch.relu),
        (
            "The two functions are in each other's place. A ReLU at the end"
            " lets scales grow without bound."
        ),
    ),
    (
        "sigmoid_twice",
        _excited(torch.sigmoid),
        (
            "The sigmoid at the end is right. Between the two layers stands a ReLU,"
            " not another sigmoid."
        ),
    ),
    (
        "no_relu",
        _excited(_same),
        "Nothing stands between the two layers, so they are one linear layer.",
    ),
    (
        "softmax",
        _excited(end=lambda s: s.softmax(1)),
        "A softmax makes the channels share a sum of 1. Here each one is open or shut by itself.",
    ),
    (
        "no_sigmoid",
        _excited(end=_same),
        "The ReLU is right. Nothing keeps the result between 0 and 1 yet.",
    ),
    (
        "tanh",
        _excited(end=torch.tanh),
        "A tanh lies between -1 and 1, so that a scale can turn a map's sign around.",
    ),
    (
        "relu_then_sigmoid",
        _excited(end=lambda s: s.relu().sigmoid()),
        "With a ReLU before the sigmoid no scale is below one half: no channel can be shut.",
    ),
    (
        "relu_on_the_means",
        _excited(_same, torch.sigmoid, torch.relu),
        "Your ReLU is on the means. It belongs between the two layers.",
    ),
):
    gate.mistake(_sentence, _name)(_made)


gate.alternative(_excited())


@gate.alternative
def by_matrices(s, w1, b1, w2, b2):
    return torch.sigmoid(torch.maximum(s @ w1.T + b1, torch.zeros(())) @ w2.T + b2)


@gate.alternative
def one_picture_at_a_time(s, w1, b1, w2, b2):
    return torch.stack([torch.special.expit(w2 @ F.relu(w1 @ row + b1) + b2) for row in s])


# 11.2

block = Module(
    "11.2",
    "Squeeze-and-excitation",
    difficulty=3,
    minutes=10,
    points=3,
    hints=[
        "Squeeze: `x.mean((2, 3))` is (N, C).",
        (
            "`self.reduce` leads from `channels` to `channels // ratio`, `self.expand` back."
            " Between them a ReLU, at the end a sigmoid."
        ),
        "The scales are (N, C), the maps (N, C, H, W): `x * scale[:, :, None, None]`.",
    ],
)


@block.reference
class SqueezeExcitation(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        self.reduce = nn.Linear(channels, channels // ratio)
        self.expand = nn.Linear(channels // ratio, channels)

    def forward(self, x):
        squeezed = F.adaptive_avg_pool2d(x, 1).flatten(1)
        scale = torch.sigmoid(self.expand(self.reduce(squeezed).clamp(min=0)))
        return torch.einsum("nchw,nc->nchw", x, scale)


@block.cases
def _(rng):
    yield call(4, 4, inputs=normal(rng, 1, 4, 2, 2))
    yield call(6, 2, inputs=normal(rng, 2, 6, 3, 5))
    yield call(6, 2, inputs=normal(rng, 2, 6, 6, 6))
    yield call(8, 4, inputs=normal(rng, 3, 8, 4, 1))


def _squeezed(
    squeeze=lambda x: x.mean((2, 3)), between=torch.relu, end=torch.sigmoid, scaled=None
):
    scaled = scaled or (lambda x, scale: x * scale[:, :, None, None])

    def forward(self, x):
        return scaled(x, end(self.expand(between(self.reduce(squeeze(x))))))

    return type("SqueezeExcitation", (block.answer,), {"forward": forward})


for _name, _made, _sentence in (
    (
        "softmax",
        _squeezed(end=lambda s: s.softmax(1)),
        (
            "A softmax makes the channels share a sum of 1. Each has a scale"
            " of its own, by a sigmoid."
        ),
    ),
    (
        "over_the_batch",
        _squeezed(lambda x: x.mean((0, 2, 3))[None].expand(x.shape[:2])),
        "Your mean goes over the pictures of the batch, too. Each picture has its own scales.",
    ),
    (
        "over_the_channels",
        _squeezed(lambda x: x.mean((1, 2))),
        (
            "Your mean goes over channels and rows. Each channel"
            " keeps its own mean, over its rows and columns."
        ),
    ),
    (
        "sigmoid_before",
        _squeezed(between=torch.sigmoid, end=_same),
        "The sigmoid stands before the second layer, so the scales may be any number.",
    ),
    (
        "no_relu",
        _squeezed(between=_same),
        "Nothing stands between the two layers, so they are one linear layer.",
    ),
    ("no_sigmoid", _squeezed(end=_same), "Nothing keeps your scales between 0 and 1."),
    (
        "added",
        _squeezed(scaled=lambda x, scale: x + scale[:, :, None, None]),
        "You add the scales. Each map is multiplied by its own.",
    ),
    (
        "added_back",
        _squeezed(scaled=lambda x, scale: x + x * scale[:, :, None, None]),
        "You add the scaled maps to the input. The block has no shortcut of its own.",
    ),
    (
        "scale_only",
        _squeezed(scaled=lambda x, scale: scale[:, :, None, None].expand(x.shape)),
        "That is the scale of each channel. Multiply the maps by it.",
    ),
    (
        "sum",
        _squeezed(lambda x: x.sum((2, 3))),
        "You squeeze by a sum, which grows with the size of the maps. The mean is asked for.",
    ),
    (
        "maximum",
        _squeezed(lambda x: x.amax((2, 3))),
        "You squeeze by the maximum. The mean is asked for.",
    ),
    (
        "wrong_axis",
        _squeezed(scaled=lambda x, scale: x * scale[:, None, None, :]),
        "Your scales lie along the columns of the maps. They belong to the channels, axis 1.",
    ),
):
    block.mistake(_sentence, _name)(_made)


@block.mistake(
    "Your ratio works the wrong way: the middle has `channels * ratio` units. It is the narrow"
    " place."
)
class RatioUp(block.answer):
    def __init__(self, channels, ratio):
        super().__init__(channels, ratio)
        self.reduce, self.expand = (
            nn.Linear(channels, channels * ratio),
            nn.Linear(channels * ratio, channels),
        )


@block.mistake("Your middle has `ratio` units. It has `channels // ratio`.")
class RatioUnits(block.answer):
    def __init__(self, channels, ratio):
        super().__init__(channels, ratio)
        self.reduce, self.expand = nn.Linear(channels, ratio), nn.Linear(ratio, channels)


block.alternative(_squeezed())


@block.alternative
class InARow(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        self.reduce = nn.Linear(channels, channels // ratio)
        self.expand = nn.Linear(channels // ratio, channels)

    def forward(self, x):
        n, c, _, _ = x.shape
        gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            self.reduce,
            nn.ReLU(),
            self.expand,
            nn.Sigmoid(),
        )
        return x * gate(x).reshape(n, c, 1, 1).expand_as(x)


@block.alternative
class OfTheModels(nn.Module):
    """Other names: the weights find their places by shape, where no two are alike."""

    def __init__(self, channels, ratio):
        super().__init__()
        whole = senet.SqueezeExcitation(channels, ratio)
        self.reduce, self.expand = whole.excite[0], whole.excite[2]

    def forward(self, x):
        flat = x.flatten(2)
        return (
            flat * self.expand(self.reduce(flat.mean(-1)).relu()).sigmoid().unsqueeze(-1)
        ).reshape(x.shape)


# 11.3

residual = Module(
    "11.3",
    "Where it stands in a residual block",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        "The shortcut is to stay a clean identity. So which of `x`, branch and sum may be scaled?",
        "Branch, then squeeze-and-excitation, then the addition, then the ReLU.",
    ],
)


@residual.reference
class SEBlock(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.se = block.answer(channels, ratio)

    def forward(self, x):
        return torch.add(self.se(self.branch(x)), x).clamp(min=0)


@residual.cases
def _(rng):
    yield call(2, 2, inputs=normal(rng, 1, 2, 3, 3))
    yield call(4, 2, inputs=normal(rng, 2, 4, 5, 4))
    yield call(6, 3, inputs=normal(rng, 3, 6, 4, 6))


def _placed(forward):
    return type("SEBlock", (residual.answer,), {"forward": forward})


for _name, _forward, _sentence in (
    (
        "after_the_addition",
        lambda self, x: F.relu(self.se(self.branch(x) + x)),
        (
            "It stands after the addition, so it"
            " scales the shortcut, too, and the path through many blocks is clean no more."
        ),
    ),
    (
        "at_the_end",
        lambda self, x: self.se(F.relu(self.branch(x) + x)),
        "It stands at the very end, after the ReLU, and scales the shortcut, too.",
    ),
    (
        "on_the_shortcut",
        lambda self, x: F.relu(self.branch(x) + self.se(x)),
        "It is on the shortcut. The branch is what it scales.",
    ),
    (
        "before_the_branch",
        lambda self, x: F.relu(self.branch(self.se(x)) + x),
        (
            "It stands before the branch. The paper"
            " tried that, too; its block has it after the last layer of the branch."
        ),
    ),
    (
        "in_the_middle",
        lambda self, x: F.relu(self.branch[3:](self.se(self.branch[:3](x))) + x),
        "It stands between the two convolutions. It comes after the last layer of the branch.",
    ),
    (
        "not_used",
        lambda self, x: F.relu(self.branch(x) + x),
        "`self.se` is never used: that is the plain residual block.",
    ),
    (
        "no_skip",
        lambda self, x: F.relu(self.se(self.branch(x))),
        "The input is not added: there is no shortcut.",
    ),
    (
        "no_last_relu",
        lambda self, x: self.se(self.branch(x)) + x,
        "The ReLU after the addition is missing.",
    ),
    (
        "relu_before",
        lambda self, x: self.se(self.branch(x)).relu() + x,
        "Your ReLU is on the branch alone. It comes after the addition.",
    ),
    (
        "relu_inside",
        lambda self, x: F.relu(self.se(self.branch(x).relu()) + x),
        (
            "There is a ReLU at the end of the"
            " branch, where none belongs: a branch that cannot be negative can only add."
        ),
    ),
    (
        "twice",
        lambda self, x: F.relu(self.se(self.branch(x)) + self.se(x)),
        "The shortcut is scaled as well. It stays as it is.",
    ),
):
    residual.mistake(_sentence, _name)(_placed(_forward))


residual.alternative(_placed(lambda self, x: F.relu(x + self.se(self.branch(x)))))


@residual.alternative
class ByLists(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        layers = []
        for _ in range(2):
            conv = nn.Conv2d(channels, channels, (3, 3), 1, "same", bias=False)
            layers += [conv, nn.BatchNorm2d(channels), nn.ReLU()]
        self.branch = nn.Sequential(*layers[:-1])
        self.se = block.answer(channels, ratio)

    def forward(self, x):
        change = x
        for layer in [*self.branch, self.se]:
            change = layer(change)
        return torch.relu(change + x)


@residual.alternative
class AsPartOfTheBranch(residual.answer):
    def forward(self, x):
        return F.relu(nn.Sequential(*self.branch, self.se)(x) + x)


# 11.4

extra = Exercise(
    "11.4",
    "What it costs",
    difficulty=2,
    minutes=6,
    points=2,
    hints=[
        "A linear layer from `a` to `b` numbers has `a * b` weights and `b` biases.",
        "With m = c // ratio, one block adds `c * m + m` and `m * c + c` parameters.",
        "Each of the `blocks` blocks of a stage has one of its own.",
    ],
)


@extra.reference
def se_parameters(stages, ratio):
    shapes = [
        ((c // ratio, c), (c // ratio,), (c, c // ratio), (c,))
        for blocks, c in stages
        for _ in range(blocks)
    ]
    return sum(torch.Size(shape).numel() for block in shapes for shape in block)


@extra.cases
def _(rng):
    yield call([(1, 4)], 2)
    yield call([(2, 8), (1, 16)], 4)
    yield call([(3, 256), (4, 512), (6, 1024), (3, 2048)], 16)
    yield call([(3, 256), (4, 512), (6, 1024), (3, 2048)], 4)
    for _ in range(2):
        blocks, widths = rng.integers(1, 9, 3).tolist(), (16 * rng.integers(1, 9, 3)).tolist()
        yield call(list(zip(blocks, widths)), int(2 ** rng.integers(1, 5)))


def _summed(each, times=lambda blocks: blocks):
    return lambda stages, ratio: sum(times(blocks) * each(c, ratio) for blocks, c in stages)


for _name, _each, _sentence in (
    (
        "no_biases",
        lambda c, r: 2 * c * (c // r),
        (
            "The biases are missing: c // ratio in the first layer and c in the"
            " second. The paper's formula leaves them out, but the count has them."
        ),
    ),
    (
        "one_layer",
        lambda c, r: c * (c // r) + c // r,
        "That is the first layer only. The second leads back to c numbers.",
    ),
    (
        "same_biases",
        lambda c, r: 2 * (c * (c // r) + c // r),
        "You count c // ratio biases twice. The second layer has c of them.",
    ),
    (
        "ratio_up",
        lambda c, r: 2 * c * c * r + c * r + c,
        "Your ratio works the wrong way: the middle has c // ratio units, not c * ratio.",
    ),
    (
        "no_ratio",
        lambda c, r: 2 * (c * c + c),
        "Your middle is as wide as the block. It has c // ratio units.",
    ),
    (
        "ratio_units",
        lambda c, r: 2 * c * r + r + c,
        "Your middle has `ratio` units. It has c // ratio.",
    ),
    (
        "convolutions",
        lambda c, r: 9 * 2 * c * (c // r) + c // r + c,
        "You count windows of 3x3. After the squeeze each channel is one number.",
    ),
):
    extra.mistake(_sentence, _name)(_summed(_each))


extra.mistake("You count one a stage. Each block of a stage has one of its own.", "one_a_stage")(
    _summed(lambda c, r: 2 * c * (c // r) + c // r + c, lambda blocks: 1)
)


extra.alternative(_summed(lambda c, r: 2 * c * (c // r) + c // r + c))


@extra.alternative
def by_loops(stages, ratio):
    total = 0
    for blocks, c in stages:
        middle = int(c / ratio)
        for _ in range(blocks):
            total += (c + 1) * middle
            total += (middle + 1) * c
    return total


@extra.alternative
def by_layers(stages, ratio):
    def size(a, b):
        layer = nn.Linear(a, b, device="meta")
        return layer.weight.numel() + layer.bias.numel()

    return sum(blocks * (size(c, c // ratio) + size(c // ratio, c)) for blocks, c in stages)


# 11.5

effect = Choice(
    "11.5",
    "What does r do?",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": "It is the other way round: a larger r makes the middle narrower.",
        "b": "There is one scale a channel, whatever r is. r only sets how narrow the middle is.",
        "d": "Two layers of c * c / 4 weights are more than two of c * c / 16. Multiply out.",
        "e": "The squeeze is always the mean over the whole map.",
    },
    because=(
        "Four times as many weights. What that buys is measured in the next cells, and in the"
        " paper: very little."
    ),
    hints=["The two layers have 2 * c * c / r weights together."],
)
