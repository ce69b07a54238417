"""Exercises 11.1 to 11.5: channels that are weighed, and what that costs."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, call, normal
from exercises.variants import as_floats, renamed, without_biases

# 11.1

gate = Exercise(
    "11.1",
    "Spot the bug: scales that are none",
    difficulty=2,
    minutes=5,
    core=False,
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
    for n, c, r, size in ((1, 2, 1, 1), (2, 6, 2, 1), (3, 4, 3, 1), (2, 3, 2, 9)):
        yield call(
            size * normal(rng, n, c),
            normal(rng, r, c),
            normal(rng, r),
            normal(rng, c, r),
            normal(rng, c),
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
            "That is what the broken code gives: its sigmoid stands before the second layer,"
            " whose output may be any number."
        ),
    ),
    (
        "swapped",
        _excited(torch.sigmoid, torch.relu),
        (
            "You have the sigmoid between the layers and the ReLU at the end. It is the other"
            " way round."
        ),
    ),
    (
        "sigmoid_twice",
        _excited(torch.sigmoid),
        ("You have a second sigmoid between the layers. Put a ReLU there."),
    ),
    (
        "no_relu",
        _excited(_same),
        "You left out the ReLU between the layers, so both are one linear layer.",
    ),
    (
        "softmax",
        _excited(end=lambda s: s.softmax(1)),
        "You end with a softmax, so the scales of a picture sum to 1. End with a sigmoid.",
    ),
    (
        "no_sigmoid",
        _excited(end=_same),
        "You left out the sigmoid at the end, so your scales may be any number.",
    ),
    (
        "tanh",
        _excited(end=torch.tanh),
        "You end with a tanh, which lies between -1 and 1. End with a sigmoid.",
    ),
    (
        "relu_then_sigmoid",
        _excited(end=lambda s: s.relu().sigmoid()),
        "You put a ReLU before the sigmoid, so no scale is below one half. Take it out.",
    ),
    (
        "relu_on_the_means",
        _excited(_same, torch.sigmoid, torch.relu),
        "You put the ReLU on the means. It belongs between the two layers.",
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


gate.demand("between 0 and 1", violated_by="no_sigmoid")
gate.demand("by the formula above", violated_by="no_relu")


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
    yield call(7, 4, inputs=9 * normal(rng, 2, 7, 2, 3))  # the ratio does not divide


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
        ("You end with a softmax, so the scales of a picture sum to 1. End with a sigmoid."),
    ),
    (
        "over_the_batch",
        _squeezed(lambda x: x.mean((0, 2, 3))[None].expand(x.shape[:2])),
        "You take the mean over the pictures of the batch, too. Each picture has its own.",
    ),
    (
        "over_the_channels",
        _squeezed(lambda x: x.mean((1, 2))),
        ("You take the mean over channels and rows. Take it over rows and columns."),
    ),
    (
        "sigmoid_before",
        _squeezed(between=torch.sigmoid, end=_same),
        "You have the sigmoid between the layers. Put a ReLU there, and the sigmoid at the end.",
    ),
    (
        "no_relu",
        _squeezed(between=_same),
        "You left out the ReLU between the layers, so both are one linear layer.",
    ),
    (
        "no_sigmoid",
        _squeezed(end=_same),
        "You left out the sigmoid, so your scales may be any number.",
    ),
    (
        "added",
        _squeezed(scaled=lambda x, scale: x + scale[:, :, None, None]),
        "You add the scales to the maps. Multiply each map by its own.",
    ),
    (
        "added_back",
        _squeezed(scaled=lambda x, scale: x + x * scale[:, :, None, None]),
        "You add the scaled maps to the input. Return them alone.",
    ),
    (
        "scale_only",
        _squeezed(scaled=lambda x, scale: scale[:, :, None, None].expand(x.shape)),
        "You return the scales. Multiply the maps by them.",
    ),
    (
        "sum",
        _squeezed(lambda x: x.sum((2, 3))),
        "You squeeze by the sum of each map. Take the mean.",
    ),
    (
        "maximum",
        _squeezed(lambda x: x.amax((2, 3))),
        "You squeeze by the maximum of each map. Take the mean.",
    ),
    (
        "wrong_axis",
        _squeezed(scaled=lambda x, scale: x * scale[:, None, None, :]),
        "Your scales go along the columns of the maps. They belong to the channels, axis 1.",
    ),
):
    block.mistake(_sentence, _name)(_made)


@block.mistake("Your middle has `channels * ratio` units. It has `channels // ratio`.")
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


block.mistake("Give both linear layers their biases.", "no_biases")(without_biases(block.answer))


block.mistake("Call the two layers `reduce` and `expand`.", "renamed")(
    renamed(block.answer, reduce="fc1", expand="fc2")
)


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
class OverFlatMaps(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        layers = [(channels, channels // ratio), (channels // ratio, channels)]
        self.reduce, self.expand = [nn.Linear(*sizes) for sizes in layers]

    def forward(self, x):
        flat = x.flatten(2)
        return (
            flat * self.expand(self.reduce(flat.mean(-1)).relu()).sigmoid().unsqueeze(-1)
        ).reshape(x.shape)


block.demand("two linear layers with biases", violated_by="no_biases")
block.demand("`self.reduce`, from `channels`", violated_by="renamed")
block.demand("`channels // ratio`", violated_by="RatioUnits")
block.demand("It squeezes", violated_by="sum")
block.demand("excites", violated_by="no_relu")
block.demand("each map times a number in (0, 1)", violated_by="no_sigmoid")


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
        ("You scale the sum, and so the shortcut, too. Scale the branch, before the addition."),
    ),
    (
        "at_the_end",
        lambda self, x: self.se(F.relu(self.branch(x) + x)),
        "You scale what the last ReLU gives, and so the shortcut, too. Scale the branch.",
    ),
    (
        "on_the_shortcut",
        lambda self, x: F.relu(self.branch(x) + self.se(x)),
        "You scale the shortcut. Scale the branch.",
    ),
    (
        "before_the_branch",
        lambda self, x: F.relu(self.branch(self.se(x)) + x),
        ("You scale what the branch reads. Scale what its last layer gives."),
    ),
    (
        "in_the_middle",
        lambda self, x: F.relu(self.branch[3:](self.se(self.branch[:3](x))) + x),
        "You scale between the two convolutions. Scale what the last layer of the branch gives.",
    ),
    (
        "not_used",
        lambda self, x: F.relu(self.branch(x) + x),
        "You never use `self.se`: that is the plain residual block.",
    ),
    (
        "no_skip",
        lambda self, x: F.relu(self.se(self.branch(x))),
        "You left out the shortcut. Add the input.",
    ),
    (
        "no_last_relu",
        lambda self, x: self.se(self.branch(x)) + x,
        "You left out the ReLU after the addition.",
    ),
    (
        "relu_before",
        lambda self, x: self.se(self.branch(x)).relu() + x,
        "You put the last ReLU on the branch. It comes after the addition.",
    ),
    (
        "relu_inside",
        lambda self, x: F.relu(self.se(self.branch(x).relu()) + x),
        ("You put a ReLU at the end of the branch, so it can only add. None belongs there."),
    ),
    (
        "twice",
        lambda self, x: F.relu(self.se(self.branch(x)) + self.se(x)),
        "You scale the shortcut as well. Add it as it is.",
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


residual.mistake("Call the squeeze-and-excitation `se`.", "renamed")(
    renamed(residual.answer, se="scale")
)


residual.demand("`self.se`, a `SqueezeExcitation`", violated_by="renamed")
residual.demand("The **branch** is scaled, after its last layer", violated_by="in_the_middle")
residual.demand("the shortcut is the identity", violated_by="twice")
residual.demand("then addition, then ReLU", violated_by="relu_before")


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


@extra.recall
def _(rng):
    ratio = rng.choice([2, 4])
    channels, blocks = ratio * rng.randint(3, 12), rng.randint(1, 3)
    text = (
        f"Squeeze-and-excitation in {blocks} block{'s' * (blocks > 1)} of {channels} channels, "
        f"ratio {ratio}. How many parameters does it add, with biases?"
    )
    return text, call([(blocks, channels)], ratio)


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
            "You left out the biases: c // ratio in the first layer and c in the second. The"
            " paper's formula leaves them out, too."
        ),
    ),
    (
        "one_layer",
        lambda c, r: c * (c // r) + c // r,
        "You count the first layer only. The second leads back to c numbers.",
    ),
    (
        "same_biases",
        lambda c, r: 2 * (c * (c // r) + c // r),
        "You count c // ratio biases in both layers. The second layer has c of them.",
    ),
    (
        "ratio_up",
        lambda c, r: 2 * c * c * r + c * r + c,
        "Your middle has c * ratio units. It has c // ratio.",
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
        "You count windows of 3x3. Both layers are linear: one weight for each pair of numbers.",
    ),
):
    extra.mistake(_sentence, _name)(_summed(_each))


extra.mistake("You count one block in each stage. Each of its blocks counts.", "one_a_stage")(
    _summed(lambda c, r: 2 * c * (c // r) + c // r + c, lambda blocks: 1)
)


extra.mistake(
    "The number is right, but it is a float. Parameters are counted: return an `int`.", "a_float"
)(as_floats(se_parameters))


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


extra.demand("a list of (blocks, channels)", violated_by="one_a_stage")
extra.demand("biases included", violated_by="no_biases")
extra.demand("Returns: int", violated_by="a_float")


# 11.5

effect = Choice(
    "11.5",
    "What does r do?",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": "It is the other way round: a smaller r makes the middle wider.",
        "b": "Each channel has one scale, for every r. r only sets how narrow the middle is.",
        "d": "Two layers of c * c / 4 weights are more than two of c * c / 16. Multiply out.",
        "e": "The squeeze is always the mean over the whole map.",
    },
    because=(
        "Both layers get four times as many weights. The next cell counts them. The accuracy stays"
        " the same, as the paper measured."
    ),
    hints=["The two layers have 2 * c * c / r weights together."],
)
