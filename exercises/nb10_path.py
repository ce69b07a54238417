"""Exercises of notebook 10: highways, pre-activation, and what stayed."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker import module_comparison
from checker.exercise import Choice, Module, Number, call, normal
from exercises.nb10_parts import changed, conv, same
from utils.models import highway

# 10.14

SHUT = 1 / (1 + math.exp(2))  # what a gate with bias -2 lets in, for an input of zeros

left = Number(
    "10.14", "How much is left after fifty?", (1 - SHUT) ** 50, difficulty=2, minutes=4, tolerance=0.035,
    wrong={
        "one_layer": (1 - SHUT, "That is what one layer passes on. There are fifty, one after the other."),
        "the_gate": (SHUT, "That is T, the share of the change in one layer."),
        "gates_multiplied": (SHUT**50, "You multiplied the gates. What is passed on in each layer is 1 - T."),
        "subtracted": (1 - 50 * SHUT, "You took T off fifty times. Each layer keeps a share of what is left."),
        "what_is_gone": (1 - (1 - SHUT) ** 50, "That is what is gone. What is left?"),
        "added": (50 * (1 - SHUT), "You added up fifty shares. A share of more than 1 cannot be."),
        "percent": (100 * (1 - SHUT) ** 50, "That is in percent. Give the share, a number from 0 to 1."),
    },
    right=[0.00175, 0.0018, 0.88079708**50, torch.sigmoid(torch.tensor(2.0)).item() ** 50],
    hints=[
        "What does the sigmoid make of -2?",
        "One layer passes on 1 - 0.119 = 0.881 of its input. Then comes the next.",
    ],
)  # fmt: skip

# 10.15

gated = Module(
    "10.15", "A highway layer", difficulty=3, minutes=10, points=2,
    hints=[
        "`nn.init.constant_(self.gate.bias, -2.0)` in `__init__`.",
        "The gate is `torch.sigmoid(self.gate(x))`, a number between 0 and 1 for every unit of every picture.",
        "Gate times change, plus one minus gate times input. The change has its ReLU.",
    ],
)  # fmt: skip


@gated.reference
class Highway(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.change, self.gate = nn.Linear(width, width), nn.Linear(width, width)
        self.gate.bias.data.fill_(-2.0)

    def forward(self, x):
        return torch.lerp(x, self.change(x).clamp(min=0), self.gate(x).sigmoid())


@gated.cases
def _(rng):
    yield call(2, inputs=normal(rng, 1, 2))
    yield call(3, inputs=normal(rng, 2, 3))
    yield call(5, inputs=2 * normal(rng, 4, 5))


def _everywhere(bias):
    numbers = bias.detach().flatten().tolist()
    return f"{numbers[0]:g} everywhere" if len(set(numbers)) == 1 else "different numbers"


@gated.probe(twins=True)
def _(attempt, *args, inputs):
    """As any module; and random numbers are not compared, so of the biases at the start only what can be said."""
    net = attempt(*args)
    layers = [getattr(net, name, None) for name in ("gate", "change")]
    start = {}
    if all(isinstance(layer, nn.Linear) and layer.bias is not None for layer in layers):
        gate, change = (_everywhere(layer.bias) for layer in layers)
        start["at the start the gate's bias"] = gate
        start["at the start the bias of the change"] = change if change.startswith("-2") else "0, or as PyTorch has it"
    rest = module_comparison.everything(net, (gated.answer(*args), gated.answer(*args)), (inputs,))
    return start | {key: value for key, value in rest.items() if not key.startswith("at the start `")}


def _highway(mix=lambda t, h, x: t * h + (1 - t) * x, gate=torch.sigmoid, change=F.relu):
    return changed(gated.answer, lambda self, x: mix(gate(self.gate(x)), change(self.change(x)), x))


def _started(gate=None, change=None):
    class Highway(gated.answer):
        def __init__(self, width):
            super().__init__(width)
            for layer, value in ((self.gate, gate), (self.change, change)):
                if value is ...:
                    layer.reset_parameters()
                elif value is not None:
                    nn.init.constant_(layer.bias, value)

    return Highway


gated.mistake("Your gates start open: the bias of the gate is +2. At the start most of the input should come through.",
              "bias_sign")(_started(gate=2.0))  # fmt: skip
gated.mistake("The bias of the gate starts at 0, so every gate is half open.", "bias_zero")(_started(gate=0.0))
gated.mistake("Both layers start with a bias of -2. Only the gate does.", "both_biases")(_started(-2.0, -2.0))


gated.mistake("The bias of -2 is in the wrong layer: it belongs to the gate, not to the change.", "bias_of_the_change")(
    _started(gate=..., change=-2.0)
)
gated.mistake("The bias of the gate is left as PyTorch draws it, around zero. It starts at -2.", "bias_as_drawn")(
    _started(gate=...)
)
gated.mistake("The gate is the wrong way round: T belongs to the change, 1 - T to the input.", "gate_swapped")(
    _highway(lambda t, h, x: (1 - t) * h + t * x)
)
gated.mistake("The input does not come through: `(1 - T) * x` is missing.", "no_carry")(_highway(lambda t, h, x: t * h))
gated.mistake("You add the whole input. Its share is 1 - T.", "residual")(_highway(lambda t, h, x: t * h + x))
gated.mistake("The change counts in full. Its share is T.", "change_in_full")(_highway(lambda t, h, x: h + (1 - t) * x))
gated.mistake("The change lacks its ReLU.", "no_relu")(_highway(change=same))
gated.mistake("Your ReLU is on the sum, too, so nothing negative comes through.", "relu_on_the_sum")(
    _highway(lambda t, h, x: (t * h + (1 - t) * x).relu())
)
gated.mistake("The gate lacks its sigmoid, so it is no share.", "no_sigmoid")(_highway(gate=same))
gated.mistake("Your gate ends in tanh, which is negative at times. A sigmoid gives shares.", "tanh_gate")(
    _highway(gate=torch.tanh)
)
gated.mistake("A softmax makes the gates of a picture share 1 among them. Each unit has its own gate.", "softmax")(
    _highway(gate=lambda z: z.softmax(-1))
)


@gated.mistake("Your gate looks at the change. It looks at the input.")
class GateOfTheChange(gated.answer):
    def forward(self, x):
        h = F.relu(self.change(x))
        return torch.lerp(x, h, self.gate(h).sigmoid())


gated.alternative(_highway())


@gated.alternative
class HighwayAsAStep(nn.Module):
    def __init__(self, width):
        super().__init__()
        layer = highway.dense(width)
        self.change, self.gate = layer.change[0], layer.gate

    def forward(self, x):
        t = 1 / (1 + torch.exp(-self.gate(x)))
        return x + t * (F.relu(self.change(x)) - x)


@gated.alternative
class HighwayWritten(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.change = nn.Linear(width, width)
        self.gate = nn.Linear(width, width)
        with torch.no_grad():
            self.gate.bias[:] = -2

    def forward(self, x):
        t = torch.sigmoid(F.linear(x, self.gate.weight, self.gate.bias))
        h = torch.maximum(self.change(x), torch.zeros_like(x))
        return h * t + x - x * t


# 10.16

before = Module(
    "10.16", "The block with pre-activation", difficulty=4, minutes=12, points=3,
    hints=[
        "`norm1` normalizes the input, so it has `inputs` channels. `norm2` has `channels`.",
        "`active = F.relu(self.norm1(x))`, and the branch is `self.conv2(F.relu(self.norm2(self.conv1(active))))`.",
        "With a projection the shortcut is `self.project(active)`, without one it is `x`. Return the sum, bare.",
    ],
)  # fmt: skip


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
    shortcut = shortcut or (lambda self, x, active: self.project(active) if hasattr(self, "project") else x)

    def forward(self, x):
        active = first(self, x)
        change = self.conv2(second(self.norm2(self.conv1(active))))
        return last(join(shortcut(self, x, active), change))

    return changed(before.answer, forward)


before.mistake("The ReLU comes before your first norm. Norm first, then ReLU.", "relu_before_the_norm")(
    _pre(first=lambda self, x: self.norm1(x.relu()))
)
before.mistake("There is a ReLU after the addition. Here nothing stands behind it.", "final_relu")(_pre(last=F.relu))
before.mistake(
    "Your shortcut starts from the activation, also where there is no projection. Then every block cuts off what is"
    " negative, and the clean path is gone.", "shortcut_from_the_activation",
)(_pre(shortcut=lambda self, x, active: self.project(active) if hasattr(self, "project") else active))  # fmt: skip
before.mistake("Your projection reads `x`. The task has it read the activation.", "projection_of_the_input")(
    _pre(shortcut=lambda self, x, active: self.project(x) if hasattr(self, "project") else x)
)
before.mistake("There is no shortcut in what you return.", "no_skip")(_pre(join=lambda x, change: change))
before.mistake("You subtract where the block adds.", "subtraction")(_pre(join=torch.sub))
before.mistake("The first ReLU is missing.", "no_first_relu")(_pre(first=lambda self, x: self.norm1(x)))
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
before.mistake("Your second ReLU comes before `norm2`. It comes after.", "second_relu_before_the_norm")(
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


@before.mistake("You project everywhere. Where nothing changes the shape, `x` itself is the shortcut.")
class ProjectsEverywhere(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.project = conv(inputs, channels, 1, stride)


@before.mistake("Branch and shortcut come out at different sizes. The stride belongs in `conv1` and in `project`.")
class ProjectsWithoutStride(before.answer):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if hasattr(self, "project"):
            self.project = conv(inputs, channels, 1)


@before.mistake("Your projection is normalized. Here it stands alone: what it reads is normalized already.")
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


@before.mistake("That is the old order: convolution, norm, ReLU. Here norm and ReLU come before the convolution.")
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


# Recall

projections = Choice(
    "10.17", "Recall: how many projections?", "c", difficulty=2, minutes=2,
    why={
        "a": "That is option A, or a plain net.",
        "b": "The stages that halve the map, yes. And the first? What comes in, and what does a bottleneck put out?",
        "d": "Only where the shape changes: the other blocks of a stage put out what they read.",
    },
    because="Three stages halve the map, and in the first stage 64 channels become 256.",
    hints=["How many channels does the first bottleneck read, and how many does it put out?"],
)  # fmt: skip

plain_depth = Choice(
    "10.18", "Recall: the gradient of 56 plain layers", "d", difficulty=2, minutes=1,
    why={
        "a": "Without norms, and from small weights, it did. With them it did not.",
        "b": "Look again at the figure: it changed by a factor of hundreds.",
        "c": "It grows, and two batches do not agree on its direction.",
    },
    because="There is plenty of gradient. What is lost is the agreement: the next batch points elsewhere.",
    hints=["Two things were measured, how long the gradient is and whether two batches agree."],
)  # fmt: skip

clean_path = Choice(
    "10.19", "Recall: pre-activation", "b", difficulty=2, minutes=1,
    why={
        "a": "The branch has the same two convolutions, two norms and two ReLUs.",
        "c": "It has as many, but for the norms of the projections.",
        "d": "The norms are still there; they moved into the branch.",
    },
    because="With nothing after the addition, the last block puts out the first one's input plus all the changes.",
    hints=["Follow one number along the shortcuts. What happens to it between two additions?"],
)  # fmt: skip
