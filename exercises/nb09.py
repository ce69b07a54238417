"""Exercises of notebook 09: 1x1 convolutions, the Inception module, GoogLeNet, its side heads, windows taken apart."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole
from checker.sandbox import CONVOLUTION
from utils import shapes
from utils.models import googlenet

# 9.1

mixing = Exercise(
    "9.1", "Mix and shrink", difficulty=2, minutes=6, forbidden=CONVOLUTION,
    hints=[
        "Output channel f at a pixel: the sum over c of `w[f, c]` times channel c at that pixel, plus `b[f]`.",
        "`torch.einsum` says just that. Which letters does the result have? The one that is missing is summed.",
        "`torch.einsum('fc,nchw->nfhw', w, x)`, then the bias as (F, 1, 1), then `.relu()`.",
    ],
)  # fmt: skip


@mixing.reference
def mix(x, w, b):
    return F.conv2d(x, w[:, :, None, None], b).relu()


@mixing.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]]), torch.tensor([[1.0, 1.0]]), torch.tensor([-3.0]))
    yield call(whole(rng, 1, 2, 1, 2), whole(rng, 2, 2), whole(rng, 2))
    yield call(whole(rng, 1, 3, 3, 3), whole(rng, 3, 3), whole(rng, 3))
    for n, c, f, h, width in ((2, 6, 2, 3, 4), (3, 2, 5, 4, 2), (1, 4, 3, 1, 5)):
        yield call(normal(rng, n, c, h, width), normal(rng, f, c), normal(rng, f))


def _mixed(x, w):
    return torch.einsum("fc,nchw->nfhw", w, x)


@mixing.mistake("The ReLU is missing: no number that comes out is negative.")
def no_relu(x, w, b):
    return _mixed(x, w) + b[:, None, None]


@mixing.mistake("The bias is missing.")
def no_bias(x, w, b):
    return _mixed(x, w).relu()


@mixing.mistake("The bias comes after your ReLU. Add it first.")
def bias_last(x, w, b):
    return _mixed(x, w).relu() + b[:, None, None]


@mixing.mistake("A bias of shape (F,) meets the last axis, which is the width. Give it two more axes.")
def bias_along_width(x, w, b):
    return (_mixed(x, w) + b).relu()


@mixing.mistake("That is the mean over the channels. Their sum is asked for.")
def mean(x, w, b):
    return (_mixed(x, w) / x.shape[1] + b[:, None, None]).relu()


@mixing.mistake("`reshape` and `view` tear the channels of a pixel apart. Move the axis instead.")
def reshaped(x, w, b):
    n, c, h, width = x.shape
    return (x.reshape(n, h, width, c) @ w.T + b).relu().movedim(-1, 1)


@mixing.mistake("The channels stand at the end of your result. Move them back to axis 1.")
def channels_last(x, w, b):
    return mix(x, w, b).movedim(1, -1)


@mixing.mistake("Your ReLU is on the input. It comes after the sum.")
def relu_first(x, w, b):
    return _mixed(x.relu(), w) + b[:, None, None]


@mixing.mistake("Rows and columns of `w` have traded places: `w[f, c]` leads from channel c to channel f.")
def transposed(x, w, b):
    return (_mixed(x, w.T) + b[:, None, None]).relu()


@mixing.alternative
def by_linear(x, w, b):
    return F.relu(F.linear(x.permute(0, 2, 3, 1), w, b).permute(0, 3, 1, 2))


@mixing.alternative
def by_matrix(x, w, b):
    return (w @ x.flatten(2) + b[:, None]).unflatten(2, x.shape[2:]).clamp(min=0)


@mixing.alternative
def by_loops(x, w, b):
    y = x.new_zeros(len(x), len(w), *x.shape[2:])
    for f in range(len(w)):
        for c in range(x.shape[1]):
            y[:, f] += w[f, c] * x[:, c]
        y[:, f] += b[f]
    return torch.maximum(y, torch.zeros_like(y))


def _with(base, forward, name=None):
    """A module as `base`, with another forward."""
    return type(name or base.__name__, (base,), {"forward": forward})


# 9.2

mlp = Module(
    "9.2", "The layer of Network in Network", difficulty=2, minutes=8, points=2,
    hints=[
        "`nn.Conv2d(inputs, channels, kernel, padding=kernel // 2)` keeps the size for an odd kernel.",
        "Both 1x1 layers lead from `channels` to `channels`.",
        "Three times the same: convolution, then `F.relu`. The last one too.",
    ],
)  # fmt: skip


@mlp.reference
class MlpConv(nn.Module):
    def __init__(self, inputs, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels, kernel, padding="same")
        self.mix1, self.mix2 = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        x = self.conv(x).clamp(min=0).movedim(1, -1)
        for layer in (self.mix1, self.mix2):
            x = F.linear(x, layer.weight[:, :, 0, 0], layer.bias).clamp(min=0)
        return x.movedim(-1, 1)


@mlp.cases
def _(rng):
    yield call(1, 2, 1, inputs=normal(rng, 1, 1, 2, 2))
    yield call(2, 3, 3, inputs=normal(rng, 2, 2, 4, 5))
    yield call(3, 4, 5, inputs=normal(rng, 2, 3, 6, 3))


def _mlp(*relus, order=("mix1", "mix2")):
    def forward(self, x):
        for name, relu in zip(("conv", *order), relus):
            x = getattr(self, name)(x)
            x = F.relu(x) if relu else x
        return x

    return _with(mlp.answer, forward)


mlp.mistake("Nothing stands between the two 1x1 layers, so they are one linear layer. Put a ReLU there.", "no_middle")(
    _mlp(True, False, True)
)
mlp.mistake("The ReLU behind the first convolution is missing.", "no_first")(_mlp(False, True, True))
mlp.mistake("The ReLU behind the last 1x1 layer is missing.", "no_last")(_mlp(True, True, False))
mlp.mistake("There is no ReLU at all: the three layers are one linear layer.", "linear")(_mlp(False, False, False))
mlp.mistake("The only ReLU is at the very end, so what comes before is one linear layer.", "only_last")(
    _mlp(False, False, True)
)
mlp.mistake("`mix2` comes before your `mix1`.", "swapped")(_mlp(True, True, True, order=("mix2", "mix1")))
mlp.mistake("`mix2` is never used.", "one_mix")(_mlp(True, True, order=("mix1",)))


@mlp.mistake("Your map shrinks. Pad by half of the kernel, rounded down, so that it keeps its size.")
class NoPadding(mlp.answer):
    def __init__(self, inputs, channels, kernel):
        super().__init__(inputs, channels, kernel)
        self.conv = nn.Conv2d(inputs, channels, kernel)


mlp.alternative(_mlp(True, True, True))


@mlp.alternative
class InARow(nn.Module):
    def __init__(self, inputs, channels, kernel):
        super().__init__()
        self.conv = nn.Conv2d(inputs, channels, kernel, padding=kernel // 2)
        self.mix1 = nn.Conv2d(channels, channels, 1)
        self.mix2 = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return nn.Sequential(self.conv, nn.ReLU(), self.mix1, nn.ReLU(), self.mix2, nn.ReLU())(x)


# 9.3

channels = Number(
    "9.3", "How many channels come out?", (416, 256), difficulty=2, minutes=3,
    wrong={
        "both_256": ((256, 256), "Pooling by itself keeps the channels it is given."),
        "pooling_dropped": ((224, 256), "The pooled map is put behind the others, too."),
        "both_416": ((416, 416), "A 1x1 layer of 32 filters has 32 channels, whatever it reads."),
        "added": ((192, 128), "The outputs are put one behind the other along the channels. Nothing is added."),
        "swapped": ((256, 416), "The naive module comes first in your pair."),
        "input_kept": ((416, 448), "The input itself is not kept; only what the branches give is."),
        "pool_single": ((225, 256), "Pooling works on each channel by itself. It makes no single map of them."),
    },
    right=[[416, 256], (64 + 128 + 32 + 192, 64 + 128 + 32 + 32), torch.Size([416, 256])],
    hints=["A layer of F filters gives F channels. How many does max pooling give?", "The first ends in + 32 + 192."],
)  # fmt: skip

# 9.4

pooling = Exercise(
    "9.4", "Spot the bug: the pooling branch", difficulty=2, minutes=4,
    hints=[
        "Two options of `F.max_pool2d` are not given. What is its stride if you do not say?",
        "A window of 3 loses a ring of one pixel. Which padding brings it back?",
    ],
)  # fmt: skip


@pooling.reference
def pool_branch(x):
    rows = torch.stack([F.pad(x, (0, 0, 1, 1), value=-torch.inf)[:, :, i : i + x.shape[2]] for i in range(3)]).amax(0)
    around = F.pad(rows, (1, 1, 0, 0), value=-torch.inf)
    return torch.stack([around[..., j : j + x.shape[3]] for j in range(3)]).amax(0)


@pooling.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]))
    yield call(-whole(rng, 1, 1, 3, 3, low=1, high=9))
    yield call(whole(rng, 1, 2, 4, 6))
    yield call(normal(rng, 2, 3, 7, 5))
    yield call(normal(rng, 2, 1, 6, 6) - 3)


pooling.mistake("Without a `stride` the windows stand side by side, so the map shrinks. Here they move pixel by pixel.",
                "stride_of_three")(lambda x: F.max_pool2d(x, 3, padding=1))  # fmt: skip
pooling.mistake("The stride is right, and a ring of pixels is lost at the border. Pad.", "no_padding")(
    lambda x: F.max_pool2d(x, 3, 1)
)
pooling.mistake("That is how it was. Both the stride and the padding are missing.", "unchanged")(
    lambda x: F.max_pool2d(x, 3)
)
pooling.mistake(
    "You pad with zeros, and where all pixels are negative a zero is the largest. Max pooling has a `padding` of its"
    " own, which never wins.", "zeros_around",
)(lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1))  # fmt: skip
pooling.mistake("That is the mean of the neighborhood. The largest is asked for.", "average")(
    lambda x: F.avg_pool2d(x, 3, 1, 1)
)
pooling.mistake("You pool a smaller map and blow it up again: the size is right, the numbers are not.", "blown_up")(
    lambda x: F.interpolate(F.max_pool2d(x, 3), x.shape[2:])
)
pooling.mistake("You put the lost ring back as zeros. Pad before pooling, not after.", "padded_after")(
    lambda x: F.pad(F.max_pool2d(x, 3, 1), (1, 1, 1, 1))
)

pooling.alternative(lambda x: F.max_pool2d(x, 3, stride=1, padding=1))
pooling.alternative(lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=float("-inf")), 3, stride=1))
pooling.alternative(lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), (3, 3), (1, 1)))
pooling.alternative(
    lambda x: F.pad(x, (1, 1, 1, 1), value=-1e300).unfold(2, 3, 1).unfold(3, 3, 1).flatten(4).max(4).values
)

# 9.5

joining = Exercise(
    "9.5", "Spot the bug: the wrong axis", difficulty=2, minutes=3,
    hints=["In (N, C, H, W), which axis may differ from branch to branch?", "Count the axes from 0."],
)  # fmt: skip


@joining.reference
def join(branches):
    height, width = branches[0].shape[2:]
    return torch.cat([b.reshape(len(b), -1) for b in branches], -1).reshape(len(branches[0]), -1, height, width)


@joining.cases
def _(rng):
    yield call([torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[3.0, 4.0]]]])])
    yield call([whole(rng, 2, 1, 2, 2), whole(rng, 2, 1, 2, 2)])
    yield call([whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3), whole(rng, 2, 3, 3, 3)])
    yield call([normal(rng, 3, c, 4, 5) for c in (2, 5, 1, 3)])
    yield call([normal(rng, 1, c, 2, 3) for c in (4, 1)])
    yield call([normal(rng, 2, 3, 4, 2)])


for _name, _axis, _sentence in (
    ("along_batch", 0, "Without an axis `torch.cat` joins along axis 0, the pictures: you made more pictures of them."),
    ("along_height", 2, "Axis 2 is the height: the maps stand below each other in one tall picture."),
    ("along_width", 3, "Axis 3 is the width: the maps stand side by side in one broad picture."),
):
    joining.mistake(_sentence, _name)(lambda branches, axis=_axis: torch.cat(branches, axis))
joining.mistake("`torch.stack` makes a new axis. The channels of all branches go along one that is there.", "stacked")(
    lambda branches: torch.stack(branches, 1)
)
joining.mistake("That adds the branches up. Put them one behind the other.", "summed")(lambda branches: sum(branches))
joining.mistake("The branches are in reverse order.", "reversed")(lambda branches: torch.cat(branches[::-1], 1))
joining.mistake("The channels of the branches take turns. All of the first branch come first.", "in_turns")(
    lambda branches: torch.stack(branches, 2).flatten(1, 2)
)

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
    "9.6", "The naive module", difficulty=3, minutes=10, points=2,
    hints=[
        "A 3x3 window needs padding 1 to keep the size, a 5x5 window padding 2.",
        "Three branches are `F.relu(self.one(x))` and so on; the fourth is `pool_branch(x)`.",
        "All four read the same `x`. Their outputs go into `join`, as a list, pooling last.",
    ],
)  # fmt: skip


def _max3(x):
    return F.max_pool2d(x, 3, 1, 1)


@naive.reference
class NaiveInception(nn.Module):
    def __init__(self, inputs, one, three, five):
        super().__init__()
        self.one, self.three, self.five = (
            nn.Conv2d(inputs, filters, k, padding="same") for filters, k in ((one, 1), (three, 3), (five, 5))
        )

    def forward(self, x):
        maps = [self.one(x), self.three(x), self.five(x)]
        return torch.hstack([torch.hstack(maps).clamp(min=0), _max3(x)])


@naive.cases
def _(rng):
    yield call(1, 1, 2, 3, inputs=normal(rng, 1, 1, 5, 5))
    yield call(2, 3, 4, 1, inputs=normal(rng, 2, 2, 6, 5))
    yield call(4, 2, 5, 3, inputs=normal(rng, 2, 4, 5, 8))


def _naive(relu=F.relu, pool=_max3, last=lambda x: x, order=(0, 1, 2, 3)):
    def forward(self, x):
        maps = [relu(self.one(x)), relu(self.three(x)), relu(self.five(x)), pool(x)]
        return last(torch.cat([maps[place] for place in order], 1))

    return _with(naive.answer, forward)


naive.mistake("The ReLUs are missing.", "no_relu")(_naive(relu=lambda x: x))
naive.mistake("Your ReLU is on everything, the pooled map too. It belongs behind the three convolutions.", "relu_all")(
    _naive(last=F.relu)
)
naive.mistake("That is average pooling. The module has max pooling.", "average")(
    _naive(pool=lambda x: F.avg_pool2d(x, 3, 1, 1))
)
naive.mistake("You pad the pooling with zeros, which win where all pixels are negative. Use `pool_branch`.", "zeros")(
    _naive(pool=lambda x: F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1))
)
naive.mistake("The pooled map comes first. It goes last.", "pool_first")(_naive(order=(3, 0, 1, 2)))
naive.mistake("The order of the branches is off: 1x1, 3x3, 5x5, pooling.", "five_before_three")(
    _naive(order=(0, 2, 1, 3))
)
naive.mistake("There is no pooling in your fourth branch: the input goes through as it is.", "no_pooling")(
    _naive(pool=lambda x: x)
)
naive.mistake("The pooling branch is missing.", "three_branches")(_naive(order=(0, 1, 2)))


@naive.mistake(
    "The outputs could not be put together. All need the height and width of the input, and they are joined, not added."
)
class SizesDiffer(naive.answer):
    def __init__(self, inputs, one, three, five):
        super().__init__(inputs, one, three, five)
        self.five = nn.Conv2d(inputs, five, 5, padding=1)


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
        return torch.concat([self.one(x), self.three(x), self.five(x), _max3(x)], -3)


# 9.7

costs = Exercise(
    "9.7", "Both costs", difficulty=2, minutes=6,
    hints=[
        "Each output number takes as many multiplications as one filter has weights.",
        "Direct: h * w * filters numbers, each of k * k * inputs multiplications.",
        "With the bottleneck there are two layers, and both count. What does the second one read?",
    ],
)  # fmt: skip


@costs.reference
def both_costs(h, w, inputs, squeeze, filters, k):
    direct = nn.Conv2d(inputs, filters, k, padding="same")
    shrunk = nn.Sequential(nn.Conv2d(inputs, squeeze, 1), nn.Conv2d(squeeze, filters, k, padding="same"))
    return tuple(shapes.ledger(net, (1, inputs, h, w)).multiply_adds for net in (direct, shrunk))


@costs.cases
def _(rng):
    yield call(1, 1, 2, 1, 1, 1)
    yield call(1, 2, 3, 2, 1, 3)
    yield call(28, 28, 192, 16, 32, 5)
    yield call(14, 7, 480, 16, 48, 3)
    for h, w, inputs, squeeze, filters in rng.integers(2, 12, (3, 5)).tolist():
        yield call(h, w, inputs, squeeze, filters, 3)


costs.mistake("The pixels are missing: that is the number of weights. Each weight is used at every pixel.", "weights")(
    lambda h, w, c, s, f, k: (c * f * k * k, c * s + s * f * k * k)
)
costs.mistake("The 1x1 layer is missing. It has to be computed as well.", "one_by_one_free")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * s * f * k * k)
)
costs.mistake("Your second layer still reads all input channels. It reads what the 1x1 layer gives.", "reads_all")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + c * f * k * k))
)
costs.mistake("A window of k x k has k * k weights a channel, not k.", "not_squared")(
    lambda h, w, c, s, f, k: (h * w * c * f * k, h * w * (c * s + s * f * k))
)
costs.mistake("You counted k * k weights for the 1x1 layer too.", "one_as_k")(
    lambda h, w, c, s, f, k: (h * w * c * f * k * k, h * w * (c * s + s * f) * k * k)
)
costs.mistake("You counted the biases. They are added; multiplications are asked for.", "biases")(
    lambda h, w, c, s, f, k: (h * w * f * (c * k * k + 1), h * w * (s * (c + 1) + f * (s * k * k + 1)))
)
costs.mistake("That is for an output without padding. With same padding it has h x w pixels.", "valid")(
    lambda h, w, c, s, f, k: (
        (h - k + 1) * (w - k + 1) * c * f * k * k,
        h * w * c * s + (h - k + 1) * (w - k + 1) * s * f * k * k,
    )
)
costs.mistake("The two costs are in the wrong order: direct first.", "swapped")(
    lambda h, w, c, s, f, k: (h * w * (c * s + s * f * k * k), h * w * c * f * k * k)
)

costs.alternative(lambda h, w, c, s, f, k: [h * w * f * c * k**2, h * w * c * s + h * w * s * f * k**2])
costs.alternative(
    lambda h, w, c, s, f, k: (h * w * torch.ones(f, c, k, k).numel(), h * w * s * (c + torch.ones(f, k, k).numel()))
)


@costs.alternative
def by_a_helper(h, w, inputs, squeeze, filters, k):
    def cost(reads, gives, side):
        return h * w * gives * reads * side * side

    return cost(inputs, filters, k), cost(inputs, squeeze, 1) + cost(squeeze, filters, k)


# 9.8

module = Module(
    "9.8", "The module with bottlenecks", difficulty=3, minutes=12, points=3,
    hints=[
        "`three_reduce` leads from `inputs` channels to `three_reduce` of them; `three` reads those.",
        "A ReLU follows each of the six convolutions, also those that only shrink.",
        "The fourth branch is `F.relu(self.pool(pool_branch(x)))`: first the maximum, then the 1x1 layer.",
    ],
)  # fmt: skip


@module.reference
class Inception(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduce, self.three = nn.Conv2d(inputs, three_reduce, 1), nn.Conv2d(three_reduce, three, 3, padding=1)
        self.five_reduce, self.five = nn.Conv2d(inputs, five_reduce, 1), nn.Conv2d(five_reduce, five, 5, padding=2)
        self.pool = nn.Conv2d(inputs, pool, 1)

    def forward(self, x):
        small = [F.relu(layer(x)) for layer in (self.three_reduce, self.five_reduce)]
        maps = [self.one(x), self.three(small[0]), self.five(small[1]), self.pool(_max3(x))]
        return F.relu(torch.hstack(maps))


@module.cases
def _(rng):
    yield call(1, 1, 2, 3, 4, 5, 6, inputs=normal(rng, 1, 1, 5, 5))
    yield call(3, 4, 2, 5, 1, 3, 6, inputs=normal(rng, 2, 3, 6, 5))
    yield call(5, 2, 3, 4, 6, 1, 7, inputs=normal(rng, 2, 5, 4, 7))


def _same(x):
    return x


def _inception(shrink=F.relu, wide=F.relu, pool=None, order=(0, 1, 2, 3)):
    pool = pool or (lambda self, x: F.relu(self.pool(_max3(x))))

    def forward(self, x):
        three, five = self.three(shrink(self.three_reduce(x))), self.five(shrink(self.five_reduce(x)))
        maps = [wide(self.one(x)), wide(three), wide(five), pool(self, x)]
        return torch.cat([maps[place] for place in order], 1)

    return _with(module.answer, forward)


module.mistake(
    "There is no ReLU between the 1x1 layers that shrink and the layers behind them: both together are linear.",
    "no_relu_in_between",
)(_inception(shrink=_same))
module.mistake("The ReLUs at the ends of the three convolution branches are missing.", "no_relu_at_the_end")(
    _inception(wide=_same)
)
module.mistake("The ReLU behind the 1x1 layer of the pooling branch is missing.", "pool_without_relu")(
    _inception(pool=lambda self, x: self.pool(_max3(x)))
)
module.mistake("There is no ReLU at all.", "no_relu")(
    _inception(_same, _same, lambda self, x: self.pool(_max3(x)))
)  # fmt: skip
module.mistake("In your fourth branch the 1x1 layer comes before the pooling. It comes behind.", "pool_last")(
    _inception(pool=lambda self, x: _max3(F.relu(self.pool(x))))
)
module.mistake("The pooling branch does not pool: the 1x1 layer reads the input itself.", "no_pooling")(
    _inception(pool=lambda self, x: F.relu(self.pool(x)))
)
module.mistake("That is average pooling. The module has max pooling.", "average")(
    _inception(pool=lambda self, x: F.relu(self.pool(F.avg_pool2d(x, 3, 1, 1))))
)
module.mistake("There is a ReLU between pooling and its 1x1 layer, where none belongs.", "relu_after_pooling")(
    _inception(pool=lambda self, x: F.relu(self.pool(F.relu(_max3(x)))))
)
module.mistake("The order of the branches is off: 1x1, 3x3, 5x5, pooling.", "order")(_inception(order=(3, 0, 1, 2)))


@module.mistake(
    "The outputs could not be put together. All need the height and width of the input, and they are joined, not added."
)
class BranchesDiffer(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(widths[1], widths[2], 3)


@module.mistake("`three` and `five` read what the 1x1 layers before them give, not the input of the module.")
class ReadsTheInput(module.answer):
    def __init__(self, inputs, *widths):
        super().__init__(inputs, *widths)
        self.three = nn.Conv2d(inputs, widths[2], 3, padding=1)
        self.five = nn.Conv2d(inputs, widths[4], 5, padding=2)


module.alternative(_inception())


@module.alternative
class OfTheModels(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.all = googlenet.Inception(inputs, (one, three_reduce, three, five_reduce, five, pool))

    def forward(self, x):
        return self.all(x)


@module.alternative
class InSequences(nn.Module):
    def __init__(self, inputs, one, three_reduce, three, five_reduce, five, pool):
        super().__init__()
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduce = nn.Conv2d(inputs, three_reduce, 1)
        self.three = nn.Conv2d(three_reduce, three, 3, padding="same")
        self.five_reduce = nn.Conv2d(inputs, five_reduce, 1)
        self.five = nn.Conv2d(five_reduce, five, 5, padding="same")
        self.pool = nn.Conv2d(inputs, pool, 1)

    def forward(self, x):
        three = nn.Sequential(self.three_reduce, nn.ReLU(), self.three)(x)
        five = nn.Sequential(self.five_reduce, nn.ReLU(), self.five)(x)
        pooled = self.pool(nn.MaxPool2d(3, 1, 1)(x))
        return F.relu(torch.cat((self.one(x), three, five, pooled), dim=1))


# 9.9

whole_net = Exercise(
    "9.9", "GoogLeNet, counted", difficulty=4, minutes=15, points=3,
    hints=[
        "A helper first: a layer of F filters, k x k, that reads C channels has F * (C * k * k + 1) parameters.",
        "Go through the table with a variable `inputs` that starts at 192 and becomes one + three + five + pool.",
        "A side head reads what its module gives: F = 128 filters of 1x1, then 4 * 4 * 128 = 2,048 numbers into a"
        " linear layer of 1,024, then one of 1,000.",
    ],
)  # fmt: skip


@whole_net.reference
def googlenet_parameters(table):
    with torch.device("meta"):
        stem = [nn.Conv2d(3, 64, 7), nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3)]
        rows = {name: googlenet.Widths(*widths) for name, widths in table.items()}
        totals = [192, *(widths.total for widths in rows.values())]
        modules = [googlenet.Inception(inputs, widths) for inputs, widths in zip(totals, rows.values())]
        heads = [googlenet.SideHead(rows[name].total, 1000) for name in ("4a", "4d")]
        trunk = [*stem, *modules, nn.Linear(totals[-1], 1000)]
    count = [sum(p.numel() for part in parts for p in part.parameters()) for parts in (trunk, heads)]
    return count[0], sum(count)


@whole_net.cases
def _(rng):
    yield call({"4a": (1, 1, 1, 1, 1, 1), "4d": (2, 1, 1, 1, 1, 1)})
    yield call({"3a": (1, 2, 3, 4, 5, 6), "4a": (6, 5, 4, 3, 2, 1), "4d": (2, 4, 6, 1, 3, 5), "5a": (7, 1, 2, 3, 1, 1)})
    yield call({name: tuple(widths) for name, widths in googlenet.TABLE_1.items()})
    for _ in range(2):
        yield call({name: tuple(rng.integers(1, 20, 6).tolist()) for name in ("3b", "4a", "4c", "4d", "5b")})


def _counter(bias=1, stem=True, fc=True, grows=True, reduced=True, pool=True, head=16, second="4d", heads=2, order=1):
    """A count with one thing changed."""

    def layer(reads, gives, k=1):
        return gives * (reads * k * k + bias)

    def side(reads):
        return layer(reads, 128) + layer(128 * head, 1024) + layer(1024, 1000)

    def googlenet_parameters(table):
        total, inputs = stem * (layer(3, 64, 7) + layer(64, 64) + layer(64, 192, 3)), 192
        for one, three_reduce, three, five_reduce, five, last in table.values():
            total += layer(inputs, one) + layer(inputs, three_reduce) + layer(inputs, five_reduce)
            total += layer(three_reduce if reduced else inputs, three, 3)
            total += layer(five_reduce if reduced else inputs, five, 5) + pool * layer(inputs, last)
            inputs = one + three + five + last if grows else inputs
        total += fc * layer(one + three + five + last, 1000)
        outputs = {name: w[0] + w[2] + w[4] + w[5] for name, w in table.items()}
        both = side(outputs["4a"]) + (side(outputs[second]) if heads == 2 else 0)
        return (total, total + both)[::order]

    return googlenet_parameters


for _name, _change, _sentence in (
    ("no_biases", {"bias": 0}, "The biases are missing: one for every filter and every output of a linear layer."),
    ("no_stem", {"stem": False}, "The convolutions before the first module are missing."),
    ("no_classifier", {"fc": False}, "The last linear layer, to 1,000 classes, is missing."),
    ("always_192", {"grows": False}, "Your modules all read 192 channels. Each reads what the one before it gives."),
    ("bottlenecks_skipped", {"reduced": False}, "Your 3x3 and 5x5 layers read the module's input. They read the"
                                                " shrunk channels."),
    ("pool_free", {"pool": False}, "The 1x1 layer behind the pooling is missing in each module."),
    ("head_of_5x5", {"head": 25}, "Your side heads flatten 5 x 5 maps. Average pooling of 5 x 5 at stride 3 makes 4 x 4"
                                  " of 14 x 14."),
    ("heads_averaged", {"head": 1}, "Your side heads average their maps down to one pixel. They flatten 4 x 4 maps."),
    ("both_after_4a", {"second": "4a"}, "Both side heads read the channels of 4a. The second comes after 4d."),
    ("one_head", {"heads": 1}, "That is with one side head. There are two."),
    ("swapped", {"order": -1}, "The two counts are in the wrong order: without side heads first."),
):  # fmt: skip
    whole_net.mistake(_sentence, _name)(_counter(**_change))

whole_net.alternative(_counter())


@whole_net.alternative
def from_built_layers(table):
    def size(net):
        return sum(p.numel() for p in net.parameters())

    inputs, total = 192, size(nn.Sequential(nn.Conv2d(3, 64, 7), nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3)))
    heads = 0
    for name, widths in table.items():
        total += size(module.answer(inputs, *widths))
        inputs = widths[0] + widths[2] + sum(widths[4:])
        if name in ("4a", "4d"):
            heads += size(nn.Conv2d(inputs, 128, 1)) + 2049 * 1024 + 1025 * 1000
    total += (inputs + 1) * 1000
    return [total, total + heads]


# 9.10

side_loss = Exercise(
    "9.10", "The loss with side heads", difficulty=2, minutes=5,
    hints=[
        "`isinstance(outputs, tuple)` tells the two apart. The number of pictures does not: there may be three.",
        "In training: the loss of the first output, plus 0.3 times that of each of the others.",
    ],
)  # fmt: skip


@side_loss.reference
def loss_with_heads(outputs, y):
    every = outputs if isinstance(outputs, tuple) else (outputs,)
    logs = [-scores.log_softmax(1)[range(len(y)), y].mean() for scores in every]
    return logs[0] + 0.3 * sum(logs[1:])


@side_loss.cases
def _(rng):
    yield call(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    yield call((torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])), torch.tensor([1]))
    yield call(normal(rng, 3, 3), torch.tensor([0, 2, 1]))
    for n, k in ((2, 3), (3, 4), (5, 2)):
        y = torch.from_numpy(rng.integers(0, k, n))
        yield call(tuple(normal(rng, n, k) for _ in range(3)), y)
        yield call(normal(rng, n, k), y)


def _weighted(main, first, second, change=lambda x: x):
    def loss_with_heads(outputs, y):
        if isinstance(outputs, torch.Tensor):
            return F.cross_entropy(change(outputs), y)
        values = [F.cross_entropy(change(scores), y) for scores in outputs]
        return main * values[0] + first * values[1] + second * values[2]

    return loss_with_heads


for _name, _weights, _sentence in (
    ("weight_one", (1, 1, 1), "All three losses count in full. The side heads have weight 0.3."),
    ("mean", (1 / 3, 1 / 3, 1 / 3), "That is the mean of the three. The last one counts in full."),
    ("main_only", (1, 0, 0), "The side heads do not count. In training they have weight 0.3 each."),
    ("shared", (1, 0.15, 0.15), "Your side heads share the weight 0.3. Each of them has it."),
    ("main_too", (0.3, 0.3, 0.3), "The weight 0.3 is on the last output as well, which counts in full."),
    ("one_minus", (0.7, 0.3, 0.3), "You took something off the last output. It counts in full."),
    ("wrong_end", (0.3, 0.3, 1), "Your full weight is on the side head after 4d. The net's own output comes first."),
):
    side_loss.mistake(_sentence, _name)(_weighted(*_weights))
side_loss.mistake("There is a softmax before the loss, which brings its own.", "softmax_twice")(
    _weighted(1, 0.3, 0.3, lambda scores: scores.softmax(1))
)


@side_loss.mistake("In training the net returns three outputs in a tuple. The loss takes one of them at a time.")
def tuple_to_the_loss(outputs, y):
    return F.cross_entropy(outputs, y)


@side_loss.mistake("Your test also takes a batch of three pictures for three outputs. Ask for the type.")
def counts_three(outputs, y):
    if len(outputs) != 3:
        return F.cross_entropy(outputs, y)
    return _weighted(1, 0.3, 0.3)(tuple(outputs), y.expand(3) if outputs[0].ndim == 1 else y)


@side_loss.mistake("In evaluation mode there is one output, a tensor. Your code takes it apart.")
def always_three(outputs, y):
    main, first, second = outputs
    return F.cross_entropy(main, y) + 0.3 * (F.cross_entropy(first, y) + F.cross_entropy(second, y))


side_loss.alternative(_weighted(1, 0.3, 0.3))


@side_loss.alternative
def by_type(outputs, y):
    if torch.is_tensor(outputs):
        return nn.CrossEntropyLoss()(outputs, y)
    main, first, second = (F.cross_entropy(scores, y) for scores in outputs)
    return main + 0.3 * (first + second)


@side_loss.alternative
def by_a_loop(outputs, y):
    total = 0.0
    for place, scores in enumerate(outputs if isinstance(outputs, (tuple, list)) else [outputs]):
        total = total + (0.3 if place else 1.0) * F.nll_loss(scores.log_softmax(-1), y)
    return total


# 9.11

factorised = Module(
    "9.11", "A window taken apart", difficulty=3, minutes=8, points=2,
    hints=[
        "A kernel size may be a pair: `nn.Conv2d(a, b, (1, n))` is 1 row high and n columns wide.",
        "So may the padding: `(0, n // 2)` pads n // 2 columns left and right, and no row.",
        "`across` leads from `narrow` to `narrow` channels, `down` from `narrow` to `filters`, with padding"
        " `(n // 2, 0)`.",
    ],
)  # fmt: skip


@factorised.reference
class Factorised(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce = nn.Conv2d(inputs, narrow, 1)
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding="same")
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding="same")

    def forward(self, x):
        for layer in (self.reduce, self.across, self.down):
            x = layer(x).clamp(min=0)
        return x


@factorised.cases
def _(rng):
    yield call(1, 2, 3, 3, inputs=normal(rng, 1, 1, 4, 4))
    yield call(3, 2, 4, 5, inputs=normal(rng, 2, 3, 5, 7))
    yield call(2, 3, 1, 7, inputs=normal(rng, 2, 2, 8, 7))


def _factors(*relus):
    def forward(self, x):
        for layer, relu in zip((self.reduce, self.across, self.down), relus):
            x = F.relu(layer(x)) if relu else layer(x)
        return x

    return _with(factorised.answer, forward)


factorised.mistake("The ReLU between `across` and `down` is missing.", "no_middle")(_factors(True, False, True))
factorised.mistake("The ReLU behind `reduce` is missing.", "no_first")(_factors(False, True, True))
factorised.mistake("The ReLU at the end is missing.", "no_last")(_factors(True, True, False))
factorised.mistake("There is a ReLU only at the end, so the three layers before it are one.", "only_last")(
    _factors(False, False, True)
)
factorised.mistake("There is no ReLU at all.", "no_relu")(_factors(False, False, False))


class _Padded(factorised.answer):
    """Other paddings, as multiples of n // 2: rows and columns of `across`, then of `down`."""

    paddings = 0, 1, 1, 0

    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        p = [n // 2 * times for times in self.paddings]
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding=(p[0], p[1]))
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding=(p[2], p[3]))


@factorised.mistake(
    "Your paddings are on the wrong axes: `across` pads rows, `down` columns. The size comes out right by chance, the"
    " numbers do not."
)
class PaddingsSwapped(_Padded):
    paddings = 1, 0, 0, 1


@factorised.mistake("Your map grows: a padding that is one number is put on both axes.")
class PaddedBothWays(_Padded):
    paddings = 1, 1, 1, 1


@factorised.mistake("Your map shrinks. Pad each layer along the axis its window is long on.")
class NotPadded(_Padded):
    paddings = 0, 0, 0, 0


@factorised.mistake("`across` is 1 row high and n columns wide, (1, n); yours is upright, and `down` lies flat.")
class Turned(factorised.answer):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__(inputs, narrow, filters, n)
        self.across = nn.Conv2d(narrow, narrow, (n, 1), padding="same")
        self.down = nn.Conv2d(narrow, filters, (1, n), padding="same")


factorised.alternative(_factors(True, True, True))


@factorised.alternative
class FactorsPadded(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce = nn.Conv2d(inputs, narrow, 1)
        self.across = nn.Conv2d(narrow, narrow, (1, n), padding=(0, n // 2))
        self.down = nn.Conv2d(narrow, filters, (n, 1), padding=(n // 2, 0))

    def forward(self, x):
        return F.relu(self.down(F.relu(self.across(F.relu(self.reduce(x))))))


@factorised.alternative
class FactorsPaddedOutside(nn.Module):
    def __init__(self, inputs, narrow, filters, n):
        super().__init__()
        self.reduce, self.half = nn.Conv2d(inputs, narrow, 1), n // 2
        self.across, self.down = nn.Conv2d(narrow, narrow, (1, n)), nn.Conv2d(narrow, filters, (n, 1))

    def forward(self, x):
        x = self.reduce(x).relu()
        x = self.across(F.pad(x, (self.half, self.half))).relu()
        return self.down(F.pad(x, (0, 0, self.half, self.half))).relu()


# 9.12

grid = Module(
    "9.12", "The grid reduction", difficulty=2, minutes=6, points=2,
    hints=[
        "Both branches read `x`, both have windows of 3, stride 2 and no padding.",
        "`torch.cat([F.relu(self.conv(x)), F.max_pool2d(x, 3, 2)], dim=1)`, or your `join`.",
    ],
)  # fmt: skip


@grid.reference
class Reduction(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.conv = nn.Conv2d(inputs, filters, 3, stride=2)

    def forward(self, x):
        return torch.hstack([self.conv(x).clamp(min=0), x.unfold(2, 3, 2).unfold(3, 3, 2).amax((-1, -2))])


@grid.cases
def _(rng):
    yield call(1, 1, inputs=normal(rng, 1, 1, 3, 3))
    yield call(2, 3, inputs=normal(rng, 2, 2, 5, 7) - 2)
    yield call(3, 1, inputs=normal(rng, 2, 3, 9, 5))
    yield call(2, 2, inputs=normal(rng, 1, 2, 6, 5))


def _reduction(conv=lambda self, x: F.relu(self.conv(x)), pool=lambda x: F.max_pool2d(x, 3, 2), order=1, last=_same):
    return _with(grid.answer, lambda self, x: last(torch.cat([conv(self, x), pool(x)][::order], 1)))


grid.mistake("The ReLU behind the convolution is missing.", "no_relu")(_reduction(conv=lambda self, x: self.conv(x)))
grid.mistake("Your ReLU is on the pooled map too. It belongs behind the convolution.", "relu_all")(
    _reduction(last=F.relu)
)
grid.mistake("That is average pooling. Take the maximum.", "average")(_reduction(pool=lambda x: F.avg_pool2d(x, 3, 2)))
grid.mistake("The pooled map comes first. The convolution does.", "pool_first")(_reduction(order=-1))
grid.mistake(
    "Your pooling takes windows of 2. On maps of odd size the shape is right by chance; windows of 3 are asked for.",
    "windows_of_two",
)(_reduction(pool=lambda x: F.max_pool2d(x, 2)))
grid.mistake("The pooling branch is missing.", "one_branch")(_with(grid.answer, lambda self, x: F.relu(self.conv(x))))
grid.mistake("Your map keeps its size. The stride is 2, in both branches.", "stride_1")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, padding=1)),
        lambda x: F.max_pool2d(x, 3, 1, 1),
    )
)
grid.mistake("Both branches are padded. The grid reduction pads nothing.", "padded")(
    _reduction(
        lambda self, x: F.relu(F.conv2d(x, self.conv.weight, self.conv.bias, 2, 1)),
        lambda x: F.max_pool2d(x, 3, 2, 1),
    )
)

grid.mistake("You pool what the convolution gives. Both branches read the input, side by side.", "in_a_row")(
    _with(grid.answer, lambda self, x: F.max_pool2d(F.relu(self.conv(x)), 3, 2))
)

grid.alternative(_reduction())


@grid.alternative
class ReductionInParts(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(inputs, filters, 3, 2), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x):
        return torch.concat((self.conv(x), self.pool(x)), dim=-3)


# Recall

small_net = Choice(
    "9.13", "Recall: why so few parameters?", "c", difficulty=1, minutes=1,
    why={
        "a": "It has 22 layers with weights, AlexNet 8.",
        "b": "Branches share nothing; each has its own weights.",
        "d": "Both were trained on the same 1,000 classes.",
    },
    because="AlexNet keeps 58.6 million of its 61 in three linear layers. Averaging needs none, and one layer is left.",
    hints=["Where did AlexNet keep its parameters?"],
)  # fmt: skip

apart = Choice(
    "9.14", "Recall: 7x7 taken apart", "b", difficulty=2, minutes=1,
    why={
        "a": "Each of the two has 7 weights a pair of channels. There are two layers.",
        "c": "Count: 7 x 7 = 49 before. And after?",
        "d": "It is not the same function, and it is cheaper: 49 weights a pair of channels become 7 + 7.",
    },
    because="49 weights a pair of channels become 7 + 7 = 14. The window that is seen stays 7 x 7.",
    hints=["Count the weights that lead from one channel to another."],
)  # fmt: skip

at_test = Choice(
    "9.15", "Recall: the side heads", "d", difficulty=1, minutes=1,
    why={
        "a": "They are weighted by 0.3 in the loss. Their predictions are not used.",
        "b": "They are there for the training only.",
        "c": "Nobody looks at them at prediction, so they are not even computed.",
    },
    because="They add to the gradient halfway down, in training. In evaluation mode the net returns one output.",
    hints=["What did your loss do with a single tensor?"],
)  # fmt: skip
