"""Exercise 10.16: the block with pre-activation."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Module, call, normal
from exercises.nb10.shared import changed, conv, same

# 10.16

before = Module(
    "10.16",
    "The block with pre-activation",
    difficulty=4,
    minutes=12,
    points=3,
    hints=[
        "`norm1` normalizes the input, so it has `inputs` channels. `norm2` has `channels`.",
        (
            "`active = F.relu(self.norm1(x))`, and the branch is"
            " `self.conv2(F.relu(self.norm2(self.conv1(active))))`."
        ),
        (
            "With a projection the shortcut is `self.project(active)`, without one it is `x`."
            " Return the sum, bare."
        ),
    ],
)


@before.reference
class PreBlock(nn.Module):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, channels, 3, stride)
        self.norm2, self.conv2 = nn.BatchNorm2d(channels), conv(channels, channels, 3)
        if stride != 1 or inputs != channels:
            self.project = conv(inputs, channels, 1, stride)

    def forward(self, x):
        active = self.norm1(x).clamp(min=0)
        change = self.conv2(self.norm2(self.conv1(active)).clamp(min=0))
        return torch.add(self.project(active) if hasattr(self, "project") else x, change)


@before.cases
def _(rng):
    yield call(2, 2, inputs=normal(rng, 2, 2, 3, 3))
    yield call(2, 3, inputs=normal(rng, 2, 2, 3, 4))
    yield call(2, 2, 2, inputs=normal(rng, 3, 2, 4, 4))
    yield call(3, 2, stride=2, inputs=normal(rng, 3, 3, 5, 7))


def _pre(first=None, second=F.relu, shortcut=None, join=torch.add, last=same):
    first = first or (lambda self, x: F.relu(self.norm1(x)))
    shortcut = shortcut or (
        lambda self, x, active: self.project(active) if hasattr(self, "project") else x
    )

    def forward(self, x):
        active = first(self, x)
        change = self.conv2(second(self.norm2(self.conv1(active))))
        return last(join(shortcut(self, x, active), change))

    return changed(before.answer, forward)


before.mistake(
    "The ReLU comes before your first norm. Norm first, then ReLU.", "relu_before_the_norm"
)(_pre(first=lambda self, x: self.norm1(x.relu())))


before.mistake("There is a ReLU after the addition. Here nothing stands behind it.", "final_relu")(
    _pre(last=F.relu)
)


before.mistake(
    "Your shortcut starts from the activation, also where there is no projection. Then every block"
    " cuts off what is negative, and the clean path is gone.",
    "shortcut_from_the_activation",
)(
    _pre(
        shortcut=lambda self, x, active: (
            self.project(active) if hasattr(self, "project") else active
        )
    )
)


before.mistake(
    "Your projection reads `x`. The task has it read the activation.", "projection_of_the_input"
)(_pre(shortcut=lambda self, x, active: self.project(x) if hasattr(self, "project") else x))


before.mistake("There is no shortcut in what you return.", "no_skip")(
    _pre(join=lambda x, change: change)
)


before.mistake("You subtract where the block adds.", "subtraction")(_pre(join=torch.sub))


before.mistake("The first ReLU is missing.", "no_first_relu")(
    _pre(first=lambda self, x: self.norm1(x))
)


before.mistake("The second ReLU is missing.", "no_second_relu")(_pre(second=same))


before.mistake("`norm1` is never used.", "no_first_norm")(_pre(first=lambda self, x: x.relu()))


before.mistake("`norm2` is never used.", "no_second_norm")(
    changed(
        before.answer,
        lambda self, x: (
            (self.project(F.relu(self.norm1(x))) if hasattr(self, "project") else x)
            + self.conv2(F.relu(self.conv1(F.relu(self.norm1(x)))))
        ),
    )
)


before.mistake(
    "Your second ReLU comes before `norm2`. It comes after.", "second_relu_before_the_norm"
)(
    changed(
        before.answer,
        lambda self, x: (
            (self.project(F.relu(self.norm1(x))) if hasattr(self, "project") else x)
            + self.conv2(self.norm2(F.relu(self.conv1(F.relu(self.norm1(x))))))
        ),
    )
)


class _PreShort(before.answer):
    """Another rule for when to project."""

    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project") and not self.projects(inputs, channels, stride):
            del self.project

    def projects(self, inputs, channels, stride):
        return True


@before.mistake("You project only where the channels change. A stride changes the shape, too.")
class StrideForgotten(_PreShort):
    def projects(self, inputs, channels, stride):
        return inputs != channels


@before.mistake("You project only where there is a stride. New channels change the shape, too.")
class ChannelsForgotten(_PreShort):
    def projects(self, inputs, channels, stride):
        return stride != 1


@before.mistake(
    "You project everywhere. Where nothing changes the shape, `x` itself is the shortcut."
)
class ProjectsEverywhere(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.project = conv(inputs, channels, 1, stride)


@before.mistake(
    "Branch and shortcut come out at different sizes. The stride belongs in `conv1` and in"
    " `project`."
)
class ProjectsWithoutStride(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, channels, 1)


@before.mistake(
    "Your projection is normalized. Here it stands alone: what it reads is normalized already."
)
class NormalizedProjection(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project_norm = nn.BatchNorm2d(channels)


@before.mistake("`norm1` stands before `conv1` here, so it has as many channels as the input.")
class NormOfTheOutput(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.norm1 = nn.BatchNorm2d(channels)


@before.mistake(
    "That is the old order: convolution, norm, ReLU. Here norm and ReLU come before the"
    " convolution."
)
class OldOrder(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if inputs != channels:
            self.norm1 = nn.BatchNorm2d(channels)

    def forward(self, x):
        change = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu((self.project(x) if hasattr(self, "project") else x) + change)


before.alternative(_pre())


@before.alternative
class PreWritten(nn.Module):
    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.project = None
        if stride > 1 or inputs != channels:
            self.project = nn.Conv2d(inputs, channels, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.norm1(x))
        shortcut = x if self.project is None else self.project(out)
        out = self.conv1(out)
        out = self.conv2(F.relu(self.norm2(out)))
        out += shortcut
        return out


@before.alternative
class PreInSequences(before.answer):
    def forward(self, x):
        start = nn.Sequential(self.norm1, nn.ReLU())(x)
        rest = nn.Sequential(self.conv1, self.norm2, nn.ReLU(), self.conv2)
        return rest(start) + getattr(self, "project", lambda _: x)(start)
