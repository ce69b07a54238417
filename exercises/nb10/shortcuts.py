"""Exercises 10.9 to 10.11: shortcuts where the shape changes, and bottlenecks."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from exercises.nb10.shared import changed, conv, same
from exercises.variants import renamed
from utils.models import resnet

# 10.9

padding = Exercise(
    "10.9",
    "The shortcut that learns nothing",
    difficulty=2,
    minutes=6,
    core=False,
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


padding.mistake("You put the new maps first. They go behind those of the input.", "zeros_first")(
    _option_a(widen=lambda x, new: _padded(x, new, new))
)


padding.mistake("You put half of the new maps in front. All of them go behind.", "on_both_sides")(
    _option_a(widen=lambda x, new: _padded(x, new, new // 2))
)


padding.mistake("You keep every pixel. Keep one every `stride`.", "no_stride")(
    _option_a(thin=lambda x, s: x)
)


padding.mistake("You keep the pixels from the second on. Start with the first.", "starts_late")(
    _option_a(thin=lambda x, s: x[:, :, s - 1 :: s, s - 1 :: s])
)


padding.mistake("You thin out the rows only. The stride is for the columns as well.", "rows_only")(
    _option_a(thin=lambda x, s: x[:, :, ::s])
)


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


padding.mistake("You left out the new maps.", "no_new_maps")(_option_a(widen=lambda x, new: x))


padding.mistake("You repeat the maps of the input. The new ones are zero.", "repeated")(
    lambda x, channels, stride: x[:, torch.arange(channels) % x.shape[1]][:, :, ::stride, ::stride]
)


padding.mistake(
    "Your zeros are new columns, on the last axis. Put them on the axis of the channels.",
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


padding.demand("one pixel every `stride`, in both directions", violated_by="rows_only")
padding.demand("starting with the first", violated_by="starts_late")
padding.demand("maps of zeros *behind* the others", violated_by="zeros_first")
padding.demand("`channels` in all", violated_by="too_many")


# 10.10

changing = Module(
    "10.10",
    "A block that changes the shape",
    difficulty=3,
    minutes=18,
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
    yield call(2, 2, inputs=normal(rng, 2, 2, 5, 5))
    yield call(2, 2, 3, inputs=normal(rng, 2, 2, 5, 4))


def _branch(self, x, inner=F.relu):
    return self.norm2(self.conv2(inner(self.norm1(self.conv1(x)))))


def _changing(
    shortcut=lambda self, x: self.shortcut(x), join=torch.add, inner=F.relu, last=F.relu
):
    return changed(
        changing.answer, lambda self, x: last(join(shortcut(self, x), _branch(self, x, inner)))
    )


changing.mistake("You return the branch alone. Add the shortcut.", "no_skip")(
    _changing(join=lambda x, change: change)
)


changing.mistake("You left out the ReLU after the addition.", "no_final_relu")(
    _changing(last=same)
)


changing.mistake("You subtract the branch. Add it.", "subtraction")(_changing(join=torch.sub))


changing.mistake("You left out the ReLU between the two layers.", "no_inner_relu")(
    _changing(inner=same)
)


changing.mistake(
    "You put a ReLU behind the projection. None belongs on the shortcut.",
    "relu_behind_the_projection",
)(_changing(lambda self, x: self.shortcut(x).relu() if hasattr(self, "project") else x))


changing.mistake(
    "You put a ReLU on every shortcut. None belongs there.", "relu_on_every_shortcut"
)(_changing(lambda self, x: self.shortcut(x).relu()))


changing.mistake(
    "Your shortcut starts with a ReLU. It starts from `x` as it came.",
    "relu_before_the_projection",
)(_changing(lambda self, x: self.shortcut(x.relu())))


changing.mistake(
    "You never use `project_norm`. It follows the projection.", "projection_not_normalized"
)(_changing(lambda self, x: self.project(x) if hasattr(self, "project") else x))


changing.mistake(
    "Your last ReLU is on the branch. It comes after the addition.", "relu_before_the_addition"
)(_changing(join=lambda x, change: x + change.relu(), last=same))


@changing.mistake(
    "Your branch and your shortcut come out at different sizes. `conv1` and `project` have the"
    " stride, and no other layer."
)
class WrongStrideInTheShortcut(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1)


@changing.mistake(
    "Your branch comes out smaller than the shortcut. `conv1` and `project` have the stride, and"
    " no other layer."
)
class StrideTwice(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv2 = conv(channels, channels, 3, stride)


@changing.mistake(
    "Your branch comes out smaller than the shortcut. Pad both 3x3 convolutions by 1."
)
class BranchNotPadded(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, bias=False)


@changing.mistake("Your shortcut comes out larger than the branch. A 1x1 window needs no padding.")
class PaddedProjection(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = nn.Conv2d(inputs, outputs, 1, stride, padding=1, bias=False)


@changing.mistake(
    "Your stride is in `conv2`. It belongs in `conv1`, so that both layers work on the small map."
)
class StrideInTheSecond(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1, self.conv2 = conv(inputs, channels, 3), conv(channels, channels, 3, stride)


@changing.mistake(
    "Your block always has `project` and `project_norm`. It has them only where the shape changes."
)
class ProjectionEverywhere(changing.answer):
    def _project(self, inputs, outputs, stride):
        self.project, self.project_norm = conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)


@changing.mistake(
    "Your block has no projection where only the stride changes the shape. It needs one there."
)
class IdentityInSpiteOfTheStride(changing.answer):
    def _project(self, inputs, outputs, stride):
        if inputs != outputs:
            super()._project(inputs, outputs, stride)


@changing.mistake(
    "Your block has no projection where only the channels change. It needs one there, too."
)
class IdentityInSpiteOfNewChannels(changing.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1:
            super()._project(inputs, outputs, stride)


@changing.mistake(
    "Your block has a projection only where stride and channels change. One of them is enough."
)
class ProjectionWhereBothChange(changing.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1 and inputs != outputs:
            super()._project(inputs, outputs, stride)


@changing.mistake(
    "Your block has no projection where the stride is 3 and the channels stay. Any stride but 1"
    " changes the shape."
)
class ProjectionAtStrideTwo(changing.answer):
    def _project(self, inputs, outputs, stride):
        if stride == 2 or inputs != outputs:
            super()._project(inputs, outputs, stride)


@changing.mistake("Your projection has no norm. `project_norm` follows it.")
class ProjectionWithoutNorm(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        self.project_norm = nn.Identity()


@changing.mistake("Your projection has a bias. It has none: the norm behind it has one.")
class ProjectionWithBias(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1, stride, bias=True)


@changing.mistake("Your projection is a 3x3 layer. It is a 1x1 layer.")
class WideProjection(changing.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 3, stride)


@changing.mistake("Your block never projects. It needs `project` where the shape changes.")
class NeverProjects(changing.answer):
    def _project(self, inputs, outputs, stride):
        pass


@changing.mistake("Your 3x3 convolutions have biases. They have none.")
class BranchWithBiases(changing.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1 = conv(inputs, channels, 3, stride, bias=True)
        self.conv2 = conv(channels, channels, 3, bias=True)


changing.mistake("Call the layers `conv1`, `norm1`, `conv2` and `norm2`, as in 10.2.", "renamed")(
    renamed(changing.answer, norm1="bn1", norm2="bn2")
)


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


@changing.alternative
class ShortcutKept(nn.Module):
    """The shortcut under a name of its own, before the names of the task."""

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1, self.norm1 = conv(inputs, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = conv(channels, channels, 3), nn.BatchNorm2d(channels)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != channels:
            self.project = conv(inputs, channels, 1, stride)
            self.project_norm = nn.BatchNorm2d(channels)
            self.shortcut = nn.Sequential(self.project, self.project_norm)

    def forward(self, x):
        return F.relu(_branch(self, x) + self.shortcut(x))


changing.demand("is the block of 10.2", violated_by="renamed")
changing.demand("with the stride in `self.conv1`", violated_by="StrideInTheSecond")
changing.demand("If stride or channels change the shape", violated_by="ProjectionWhereBothChange")
changing.demand("and only then", violated_by="ProjectionEverywhere")
changing.demand("a 1x1 convolution without bias", violated_by="ProjectionWithBias")
changing.demand("`self.project_norm`, a batch norm", violated_by="ProjectionWithoutNorm")
changing.demand("Otherwise the shortcut is x itself", violated_by="relu_on_every_shortcut")
changing.demand("Add, then ReLU", violated_by="no_final_relu")


# 10.11

narrow = Module(
    "10.11",
    "The bottleneck",
    difficulty=3,
    minutes=18,
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
    yield call(4, 1, inputs=normal(rng, 2, 4, 3, 3))
    yield call(8, 2, stride=3, inputs=normal(rng, 2, 8, 5, 4))


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


narrow.mistake("You return the branch alone. Add the shortcut.", "no_skip")(
    _bottleneck(join=lambda x, change: change)
)


narrow.mistake("You left out the ReLU after the addition.", "no_final_relu")(
    _bottleneck(last=same)
)


narrow.mistake("You subtract the branch. Add it.", "subtraction")(_bottleneck(join=torch.sub))


narrow.mistake("You left out the ReLU after `norm1`.", "no_first_relu")(_bottleneck(first=same))


narrow.mistake("You left out the ReLU after `norm2`.", "no_second_relu")(_bottleneck(second=same))


narrow.mistake(
    "Your last ReLU is after `norm3`. It comes after the addition.", "relu_before_the_addition"
)(_bottleneck(join=lambda x, change: x + change.relu(), last=same))


narrow.mistake(
    "You put a ReLU after `norm3` as well. None belongs there.", "relu_before_and_after"
)(_bottleneck(join=lambda x, change: x + change.relu()))


narrow.mistake("You put a ReLU on the shortcut. None belongs there.", "relu_on_the_shortcut")(
    _bottleneck(shortcut=lambda self, x: self.shortcut(x).relu())
)


@narrow.mistake(
    "Your stride is in `conv2`, where many later nets have it. Put it in `conv1`, as the paper"
    " does."
)
class StrideInTheMiddle(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv2 = conv(inputs, narrow, 1), conv(narrow, narrow, 3, stride)


@narrow.mistake("Your stride is in `conv3`. Put it in `conv1`.")
class StrideAtTheEnd(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv3 = conv(inputs, narrow, 1), conv(narrow, 4 * narrow, 1, stride)


@narrow.mistake(
    "Your branch and your shortcut come out at different sizes. `conv1` and `project` have the"
    " stride, and no other layer."
)
class NoStrideInTheProjection(narrow.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, outputs, 1)


@narrow.mistake("Your `conv3` puts out `narrow` channels. It puts out four times as many.")
class NotWidened(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv3, self.norm3 = conv(narrow, narrow, 1), nn.BatchNorm2d(narrow)


@narrow.mistake(
    "Your block has no projection where only the channels change. It needs one there, too."
)
class OnlyWithStride(narrow.answer):
    def _project(self, inputs, outputs, stride):
        if stride != 1:
            super()._project(inputs, outputs, stride)


@narrow.mistake(
    "Your block has no projection where the stride is 3 and the channels stay. Any stride but 1"
    " changes the shape."
)
class NarrowAtStrideTwo(narrow.answer):
    def _project(self, inputs, outputs, stride):
        if stride == 2 or inputs != outputs:
            super()._project(inputs, outputs, stride)


@narrow.mistake(
    "Your block has a projection where the shape stays the same. Compare `inputs` with 4 * narrow."
)
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


@narrow.mistake("Your projection has no norm. `project_norm` follows it.")
class BareProjection(narrow.answer):
    def _project(self, inputs, outputs, stride):
        super()._project(inputs, outputs, stride)
        self.project_norm = nn.Identity()


@narrow.mistake("Your `conv1` is a 3x3 layer. It is a 1x1 layer; `conv2` is the 3x3 layer.")
class WideFirst(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1, self.conv2 = conv(inputs, narrow, 3, stride), conv(narrow, narrow, 1)


@narrow.mistake("Your `conv2` is not padded, so the branch is smaller than the shortcut.")
class MiddleNotPadded(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, bias=False)


@narrow.mistake("Your convolutions have biases. They have none.")
class NarrowWithBiases(narrow.answer):
    def __init__(self, inputs, narrow, stride=1):
        super().__init__(inputs, narrow, stride)
        self.conv1 = conv(inputs, narrow, 1, stride, bias=True)
        self.conv2, self.conv3 = (
            conv(narrow, narrow, 3, bias=True),
            conv(narrow, 4 * narrow, 1, bias=True),
        )


narrow.mistake("Call the norms `norm1`, `norm2` and `norm3`.", "renamed")(
    renamed(narrow.answer, norm1="bn1", norm2="bn2", norm3="bn3")
)


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


narrow.demand("puts out `4 * narrow` channels", violated_by="NotWidened")
narrow.demand("with the stride (as in the paper)", violated_by="StrideInTheMiddle")
narrow.demand("`self.conv2`, 3x3 at same padding", violated_by="MiddleNotPadded")
narrow.demand("No biases", violated_by="NarrowWithBiases")
narrow.demand("its norm, `self.norm1` to `self.norm3`", violated_by="renamed")
narrow.demand("a ReLU behind the first two", violated_by="relu_before_and_after")
narrow.demand("only if the shape changes", violated_by="ComparedWithNarrow")
narrow.demand("Add, then ReLU", violated_by="no_final_relu")
