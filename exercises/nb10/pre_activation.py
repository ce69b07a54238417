"""Exercise 10.16: the block with pre-activation."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Module, call, normal
from exercises.nb10.shared import changed, conv, same
from exercises.variants import renamed

# 10.16

before = Module(
    "10.16",
    "The block with pre-activation",
    difficulty=4,
    minutes=16,
    core=False,
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
    yield call(2, 2, stride=2, inputs=normal(rng, 4, 2, 2, 2))
    spike = normal(rng, 2, 2, 5, 5)
    spike[0, 0, 2, 2] = 50
    yield call(2, 2, inputs=spike)
    yield call(2, 2, stride=3, inputs=normal(rng, 3, 2, 5, 4))


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
    "You put the first ReLU before `norm1`. It comes after it.", "relu_before_the_norm"
)(_pre(first=lambda self, x: self.norm1(x.relu())))


before.mistake("You put a ReLU after the addition. Nothing follows it.", "final_relu")(
    _pre(last=F.relu)
)


before.mistake(
    "Without a projection your shortcut is what the first ReLU gives. It is `x` as it came.",
    "shortcut_from_the_activation",
)(
    _pre(
        shortcut=lambda self, x, active: (
            self.project(active) if hasattr(self, "project") else active
        )
    )
)


before.mistake(
    "Your projection reads `x`. It should read what the first ReLU gives.",
    "projection_of_the_input",
)(_pre(shortcut=lambda self, x, active: self.project(x) if hasattr(self, "project") else x))


before.mistake("You return the branch alone. Add the shortcut.", "no_skip")(
    _pre(join=lambda x, change: change)
)


before.mistake("You subtract the branch. Add it.", "subtraction")(_pre(join=torch.sub))


before.mistake("You left out the first ReLU.", "no_first_relu")(
    _pre(first=lambda self, x: self.norm1(x))
)


before.mistake("You left out the second ReLU.", "no_second_relu")(_pre(second=same))


before.mistake("You never use `norm1`.", "no_first_norm")(_pre(first=lambda self, x: x.relu()))


before.mistake("You never use `norm2`.", "no_second_norm")(
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


@before.mistake(
    "Your block has no projection where only the stride changes the shape. It needs one there."
)
class StrideForgotten(_PreShort):
    def projects(self, inputs, channels, stride):
        return inputs != channels


@before.mistake("Your block has no projection where only the channels change. It needs one there.")
class ChannelsForgotten(_PreShort):
    def projects(self, inputs, channels, stride):
        return stride != 1


@before.mistake(
    "Your block has no projection where the stride is 3 and the channels stay. Any stride but 1"
    " changes the shape."
)
class OnlyStrideTwo(_PreShort):
    def projects(self, inputs, channels, stride):
        return stride == 2 or inputs != channels


@before.mistake("Your block always has `project`. It has it only where the shape changes.")
class ProjectsEverywhere(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.project = conv(inputs, channels, 1, stride)


@before.mistake(
    "Your branch and your shortcut come out at different sizes. `conv1` and `project` have the"
    " stride, and no other layer."
)
class ProjectsWithoutStride(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, channels, 1)


@before.mistake(
    "Your block has a norm for the projection. It has none: what it reads is normalized already."
)
class NormalizedProjection(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project_norm = nn.BatchNorm2d(channels)


@before.mistake(
    "Your `norm1` has `channels` channels. It normalizes the input, so it has `inputs`."
)
class NormOfTheOutput(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.norm1 = nn.BatchNorm2d(channels)


@before.mistake(
    "Your block has the old order: convolution, norm, ReLU. Norm and ReLU come before the"
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


@before.mistake(
    "Your 3x3 convolutions are not padded, so the branch is smaller than the shortcut."
)
class PreNotPadded(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, bias=False)


@before.mistake("Your stride is in `conv2`. It belongs in `conv1`.")
class PreStrideInTheSecond(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1, self.conv2 = conv(inputs, channels, 3), conv(channels, channels, 3, stride)


@before.mistake("Your 3x3 convolutions have biases. They have none.")
class PreWithBiases(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.conv1 = conv(inputs, channels, 3, stride, bias=True)
        self.conv2 = conv(channels, channels, 3, bias=True)


@before.mistake("Your projection has a bias. It has none.")
class ProjectionWithBias(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, channels, 1, stride, bias=True)


before.mistake("Call the norms `norm1` and `norm2`.", "renamed")(
    renamed(before.answer, norm1="bn1", norm2="bn2")
)


before.mistake(
    "Your projection reads what `norm1` gives. It reads what the first ReLU gives.",
    "projection_of_the_norm",
)(
    changed(
        before.answer,
        lambda self, x: (
            (self.project(y) if hasattr(self, "project") else x)
            + self.conv2(F.relu(self.norm2(self.conv1(F.relu(y)))))
            if (y := self.norm1(x)) is not None
            else None
        ),
    )
)


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


before.demand("its branch is `self.norm1`, ReLU", violated_by="relu_before_the_norm")
before.demand("`self.conv1` (3x3, the stride)", violated_by="PreStrideInTheSecond")
before.demand("`self.norm2`, ReLU", violated_by="no_second_relu")
before.demand("no biases", violated_by="PreWithBiases")
before.demand("same padding", violated_by="PreNotPadded")
before.demand("Where stride or channels change the shape", violated_by="StrideForgotten")
before.demand("a 1x1 convolution with the stride, without bias", violated_by="ProjectionWithBias")
before.demand("or norm", violated_by="NormalizedProjection")
before.demand("it reads what the *first ReLU* gives", violated_by="projection_of_the_input")
before.demand("the shortcut is x as it came", violated_by="shortcut_from_the_activation")
before.demand("Nothing follows the addition", violated_by="final_relu")
before.demand("`self.norm1`", violated_by="renamed")
