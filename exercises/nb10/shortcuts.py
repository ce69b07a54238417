"""Exercises 10.9 to 10.11: shortcuts where the shape changes, and bottlenecks."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from exercises.nb10.shared import changed, conv, same
from utils.models import resnet

# 10.9

padding = Exercise(
    "10.9",
    "The shortcut that learns nothing",
    difficulty=2,
    minutes=6,
    hints=[
        "Every `stride`-th pixel, from the first: `x[:, :, ::stride, ::stride]`.",
        (
            "`F.pad` names the last axis first: two numbers for the width, two for the height, two"
            " for the channels."
        ),
        "`F.pad(x, (0, 0, 0, 0, 0, channels - x.shape[1]))`.",
    ],
)


@padding.reference
def zero_padding(x, channels, stride):
    return resnet.ZeroPadding(x.shape[1], channels, stride)(x)


@padding.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), 2, 2)
    yield call(whole(rng, 1, 1, 2, 2), 1, 1)
    yield call(whole(rng, 1, 2, 3, 3), 3, 1)
    yield call(whole(rng, 1, 2, 4, 4), 2, 2)
    yield call(normal(rng, 2, 3, 5, 7), 8, 2)
    yield call(normal(rng, 2, 2, 7, 4), 4, 3)


def _padded(x, new, before=0):
    return F.pad(x, (0, 0, 0, 0, before, new - before))


def _option_a(thin=lambda x, s: x[:, :, ::s, ::s], widen=_padded):
    return lambda x, channels, stride: widen(thin(x, stride), channels - x.shape[1])


padding.mistake("The new maps come first. They come after those of the input.", "zeros_first")(
    _option_a(widen=lambda x, new: _padded(x, new, new))
)


padding.mistake(
    "You put half of the new maps before and half behind. All of them come behind.",
    "on_both_sides",
)(_option_a(widen=lambda x, new: _padded(x, new, new // 2)))


padding.mistake("The stride is missing: every pixel is still there.", "no_stride")(
    _option_a(thin=lambda x, s: x)
)


padding.mistake("You keep the pixels from the second on. Start with the first.", "starts_late")(
    _option_a(thin=lambda x, s: x[:, :, s - 1 :: s, s - 1 :: s])
)


padding.mistake(
    "Only the rows are thinned out. The stride is for the columns as well.", "rows_only"
)(_option_a(thin=lambda x, s: x[:, :, ::s]))


padding.mistake("You average the pixels of each window. Keep one of them as it is.", "average")(
    _option_a(thin=lambda x, s: F.avg_pool2d(x, s, ceil_mode=True))
)


padding.mistake(
    "You average the pixels of each window, and drop the rest. Keep one pixel of each as it is.",
    "average_of_whole_windows",
)(_option_a(thin=lambda x, s: F.avg_pool2d(x, s)))


padding.mistake("Your stride is 2, whatever is asked for.", "always_two")(
    _option_a(thin=lambda x, s: x[:, :, ::2, ::2])
)


padding.mistake("You take the largest pixel of each window. Keep the first as it is.", "maximum")(
    _option_a(thin=lambda x, s: F.max_pool2d(x, s, ceil_mode=True))
)


padding.mistake("You add `channels` new maps. There should be `channels` in all.", "too_many")(
    lambda x, channels, stride: _padded(x[:, :, ::stride, ::stride], channels)
)


padding.mistake("The new maps are missing.", "no_new_maps")(_option_a(widen=lambda x, new: x))


padding.mistake("You repeat the maps of the input. The new ones are zero.", "repeated")(
    lambda x, channels, stride: x[:, torch.arange(channels) % x.shape[1]][:, :, ::stride, ::stride]
)


padding.mistake(
    "Your zeros are new columns. `F.pad` starts with the last axis, and the channels are further"
    " to the front.",
    "new_columns",
)(_option_a(widen=lambda x, new: F.pad(x, (0, new))))


padding.alternative(_option_a())


@padding.alternative
def joined(x, channels, stride):
    kept = x[..., ::stride, ::stride]
    n, c, h, w = kept.shape
    return torch.cat([kept, torch.zeros(n, channels - c, h, w)], dim=1)


@padding.alternative
def written(x, channels, stride):
    height, width = (math.ceil(side / stride) for side in x.shape[2:])
    y = x.new_zeros(len(x), channels, height, width)
    for i in range(height):
        for j in range(width):
            y[:, : x.shape[1], i, j] = x[:, :, i * stride, j * stride]
    return y


@padding.alternative
def by_a_convolution(x, channels, stride):
    return F.conv2d(x, torch.eye(channels, x.shape[1])[:, :, None, None], stride=stride)


# 10.10

changing = Module(
    "10.10",
    "A block that changes the shape",
    difficulty=3,
    minutes=12,
    points=3,
    hints=[
        "The stride is in `conv1` and in `project`. All other layers keep the size.",
        (
            "`if stride != 1 or inputs != channels:` there are `self.project` and"
            " `self.project_norm`; otherwise there are none."
        ),
        (
            "In `forward` start with `shortcut = x`, and replace it where there is a projection:"
            " `self.project_norm(self.project(x))`."
        ),
    ],
)


class _Residual(nn.Module):
    """Layers by name; `changes` names the constructors that differ from the right ones."""

    def _project(self, inputs, outputs, stride):
        if stride != 1 or inputs != outputs:
            self.project = conv(inputs, outputs, 1, stride)
            self.project_norm = nn.BatchNorm2d(outputs)

    def shortcut(self, x):
        return self.project_norm(self.project(x)) if hasattr(self, "project") else x


@changing.reference
class ResidualBlock(_Residual):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1, self.norm1 = conv(inputs, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = conv(channels, channels, 3), nn.BatchNorm2d(channels)
        self._project(inputs, channels, stride)

    def forward(self, x):
        branch = nn.Sequential(self.conv1, self.norm1, nn.ReLU(), self.conv2, self.norm2)
        return torch.add(branch(x), self.shortcut(x)).clamp(min=0)


@changing.cases
def _(rng):
    yield call(2, 2, inputs=normal(rng, 2, 2, 3, 3))
    yield call(2, 3, inputs=normal(rng, 2, 2, 3, 3))
    yield call(2, 2, 2, inputs=normal(rng, 4, 2, 4, 4))
    yield call(2, 3, stride=2, inputs=normal(rng, 3, 2, 5, 7))
    yield call(3, 2, stride=2, inputs=normal(rng, 6, 3, 2, 2))


def _branch(self, x, inner=F.relu):
    return self.norm2(self.conv2(inner(self.norm1(self.conv1(x)))))


def _changing(
    shortcut=lambda self, x: self.shortcut(x), join=torch.add, inner=F.relu, last=F.relu
):
    return changed(
        changing.answer, lambda self, x: last(join(shortcut(self, x), _branch(self, x, inner)))
    )


changing.mistake("There is no shortcut in what you return.", "no_skip")(
    _changing(join=lambda x, change: change)
)


changing.mistake("The ReLU after the addition is missing.", "no_final_relu")(_changing(last=same))


changing.mistake("You subtract where the block adds.", "subtraction")(_changing(join=torch.sub))


changing.mistake("The ReLU between the two layers is missing.", "no_inner_relu")(
    _changing(inner=same)
)


changing.mistake(
    "There is a ReLU on the shortcut, behind the projection.", "relu_behind_the_projection"
)(_changing(lambda self, x: self.shortcut(x).relu() if hasattr(self, "project") else x))


changing.mistake(
    "There is a ReLU on every shortcut, also where it should change nothing.",
    "relu_on_every_shortcut",
)(_changing(lambda self, x: self.shortcut(x).relu()))


changing.mistake(
    "Your shortcut starts with a ReLU. It starts from `x`.", "relu_before_the_projection"
)(_changing(lambda self, x: self.shortcut(x.relu())))


changing.mistake(
    "`project_norm` is made and never used. The projection is normalized.",
    "projection_not_normalized",
)(_changing(lambda self, x: self.project(x) if hasattr(self, "project") else x))


changing.mistake(
    "Your last ReLU is on the branch, before the addition.", "relu_before_the_addition"
)(_changing(join=lambda x, change: x + change.relu(), last=same))


@changing.mistake(
    "Branch and shortcut come out at different sizes, or meet at the right one by chance. The"
    " stride belongs in `conv1` and in `project`, once each."
)
class WrongStrideInTheShortcut(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1)


@changing.mistake(
    "Both convolutions have the stride, so the branch shrinks twice. It is in `conv1` and in"
    " `project`."
)
class StrideTwice(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv2 = conv(channels, channels, 3, stride)


@changing.mistake(
    "The 3x3 convolutions are not padded, so the branch shrinks, and the shortcut does not."
)
class BranchNotPadded(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, bias=False)


@changing.mistake(
    "Your projection is padded, so it puts out a frame of its own. A 1x1 window needs no padding."
)
class PaddedProjection(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = nn.Conv2d(inputs, outputs, 1, stride, padding=1, bias=False)


@changing.mistake(
    "Your stride is in `conv2`. It is in `conv1`, so that both layers work on the smaller map."
)
class StrideInTheSecond(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1, self.conv2 = conv(inputs, channels, 3), conv(channels, channels, 3, stride)


@changing.mistake(
    "You project everywhere. Where neither size nor channels change, `x` itself is the shortcut."
)
class ProjectionEverywhere(changing.answer):
    def _project(self, inputs, outputs, stride):
        self.project, self.project_norm = conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)


@changing.mistake("You project only where the channels change. A stride changes the shape, too.")
class IdentityInSpiteOfTheStride(changing.answer):
    def _project(self, inputs, outputs, stride):
        if inputs != outputs:
            super()._project(inputs, outputs, stride)


@changing.mistake("You project only where there is a stride. New channels change the shape, too.")
class IdentityInSpiteOfNewChannels(changing.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1:
            super()._project(inputs, outputs, stride)


@changing.mistake("You project only where stride *and* channels change. One of them is enough.")
class ProjectionWhereBothChange(changing.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1 and inputs != outputs:
            super()._project(inputs, outputs, stride)


@changing.mistake("The batch norm of the projection is missing.")
class ProjectionWithoutNorm(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        self.project_norm = nn.Identity()


@changing.mistake("Your projection has a bias. The norm behind it has one already.")
class ProjectionWithBias(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1, stride, bias=True)


@changing.mistake("Your projection has a window of 3 x 3. It is a 1x1 layer.")
class WideProjection(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 3, stride)


changing.alternative(_changing())


@changing.alternative
class WithNone(nn.Module):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.project = self.project_norm = None
        if (inputs, stride) != (channels, 1):
            self.project = nn.Conv2d(inputs, channels, 1, stride, bias=False)
            self.project_norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        if self.project is not None:
            x = self.project_norm(self.project(x))
        out += x
        return F.relu(out)


@changing.alternative
class ThinnedFirst(changing.answer):
    """The 1x1 layer of stride 2 as a layer of stride 1 on every second pixel; identities where
    nothing changes.
    """

    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.stride = stride
        if not hasattr(self, "project"):
            self.project = self.project_norm = nn.Identity()
        else:
            self.project = conv(inputs, channels, 1)

    def forward(self, x):
        thin = x[:, :, :: self.stride, :: self.stride]
        return F.relu(self.project_norm(self.project(thin)) + _branch(self, x))


# 10.11

narrow = Module(
    "10.11",
    "The bottleneck",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "`conv1` leads from `inputs` to `narrow` channels, `conv2` keeps them, `conv3` leads"
            " to `4 * narrow`."
        ),
        "ReLU after `norm1` and `norm2`, none after `norm3`: the addition comes first.",
        (
            "The shortcut is that of 10.10 with `4 * narrow` outputs. At stride 1 it may need a"
            " projection, too."
        ),
    ],
)


@narrow.reference
class Bottleneck(_Residual):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__()
        self.conv1, self.norm1 = conv(inputs, narrow, 1, stride), nn.BatchNorm2d(narrow)
        self.conv2, self.norm2 = conv(narrow, narrow, 3), nn.BatchNorm2d(narrow)
        self.conv3, self.norm3 = conv(narrow, 4 * narrow, 1), nn.BatchNorm2d(4 * narrow)
        self._project(inputs, 4 * narrow, stride)

    def forward(self, x):
        down = nn.Sequential(self.conv1, self.norm1, nn.ReLU(), self.conv2, self.norm2, nn.ReLU())
        return torch.add(self.norm3(self.conv3(down(x))), self.shortcut(x)).clamp(min=0)


@narrow.cases
def _(rng):
    yield call(4, 1, inputs=normal(rng, 2, 4, 2, 2))
    yield call(8, 2, inputs=normal(rng, 2, 8, 3, 4))
    yield call(3, 2, inputs=normal(rng, 2, 3, 3, 3))
    yield call(2, 2, inputs=normal(rng, 2, 2, 3, 3))
    yield call(8, 2, stride=2, inputs=normal(rng, 2, 8, 5, 6))
    yield call(5, 3, stride=2, inputs=normal(rng, 3, 5, 4, 4))


def _bottleneck(
    first=F.relu,
    second=F.relu,
    join=torch.add,
    last=F.relu,
    shortcut=lambda self, x: self.shortcut(x),
):
    def forward(self, x):
        change = first(self.norm1(self.conv1(x)))
        change = self.norm3(self.conv3(second(self.norm2(self.conv2(change)))))
        return last(join(shortcut(self, x), change))

    return changed(narrow.answer, forward)


narrow.mistake("There is no shortcut in what you return.", "no_skip")(
    _bottleneck(join=lambda x, change: change)
)


narrow.mistake("The ReLU after the addition is missing.", "no_final_relu")(_bottleneck(last=same))


narrow.mistake("You subtract where the block adds.", "subtraction")(_bottleneck(join=torch.sub))


narrow.mistake("The ReLU after `norm1` is missing.", "no_first_relu")(_bottleneck(first=same))


narrow.mistake("The ReLU after `norm2` is missing.", "no_second_relu")(_bottleneck(second=same))


narrow.mistake(
    "There is a ReLU after `norm3`, before the addition, and none after it.",
    "relu_before_the_addition",
)(_bottleneck(join=lambda x, change: x + change.relu(), last=same))


narrow.mistake(
    "There is a ReLU after `norm3` as well. So the block can only add.", "relu_before_and_after"
)(_bottleneck(join=lambda x, change: x + change.relu()))


narrow.mistake("There is a ReLU on the shortcut.", "relu_on_the_shortcut")(
    _bottleneck(shortcut=lambda self, x: self.shortcut(x).relu())
)


@narrow.mistake(
    "Your stride is in the 3x3 layer. That is how many later nets have it; the task puts it, as"
    " the paper does, in `conv1`."
)
class StrideInTheMiddle(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv2 = conv(inputs, narrow, 1), conv(narrow, narrow, 3, stride)


@narrow.mistake("Your stride is in `conv3`. It is in `conv1`.")
class StrideAtTheEnd(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv3 = conv(inputs, narrow, 1), conv(narrow, 4 * narrow, 1, stride)


@narrow.mistake(
    "Branch and shortcut come out at different sizes. The stride belongs in `conv1` and in"
    " `project`."
)
class NoStrideInTheProjection(narrow.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1)


@narrow.mistake(
    "Your block puts out `narrow` channels. The last layer widens to four times as many."
)
class NotWidened(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv3, self.norm3 = conv(narrow, narrow, 1), nn.BatchNorm2d(narrow)


@narrow.mistake(
    "You project only where there is a stride. The first block of a net has none, and new"
    " channels."
)
class OnlyWithStride(narrow.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1:
            super()._project(inputs, outputs, stride)


@narrow.mistake("You compare `inputs` with `narrow`. The block puts out four times `narrow`.")
class ComparedWithNarrow(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        if (inputs, stride) == (narrow, 1):
            del self.project, self.project_norm
        else:
            self.project, self.project_norm = (
                conv(inputs, 4 * narrow, 1, stride),
                nn.BatchNorm2d(4 * narrow),
            )


@narrow.mistake("The batch norm of the projection is missing.")
class BareProjection(narrow.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        self.project_norm = nn.Identity()


@narrow.mistake("The order is 1x1, 3x3, 1x1. Your window of 3 x 3 is in the first layer.")
class WideFirst(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv2 = conv(inputs, narrow, 3, stride), conv(narrow, narrow, 1)


narrow.alternative(_bottleneck())


@narrow.alternative
class BottleneckWritten(nn.Module):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__()
        wide = 4 * narrow
        self.conv1 = nn.Conv2d(inputs, narrow, 1, stride=stride, bias=False)
        self.norm1 = nn.BatchNorm2d(narrow)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(narrow)
        self.conv3 = nn.Conv2d(narrow, wide, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(wide)
        self.projects = inputs != wide or stride > 1
        if self.projects:
            self.project = nn.Conv2d(inputs, wide, 1, stride=stride, bias=False)
            self.project_norm = nn.BatchNorm2d(wide)

    def forward(self, x):
        out = F.relu(self.norm1(self.conv1(x)))
        out = F.relu(self.norm2(self.conv2(out)))
        out = self.norm3(self.conv3(out))
        return F.relu(out + (self.project_norm(self.project(x)) if self.projects else x))


@narrow.alternative
class BottleneckInLoops(narrow.answer):
    def forward(self, x):
        y = x
        for place in (1, 2, 3):
            y = getattr(self, f"norm{place}")(getattr(self, f"conv{place}")(y))
            y = y + self.shortcut(x) if place == 3 else y
            y = y.relu()
        return y
