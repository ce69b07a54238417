"""Exercises 10.14 and 10.15: highway layers."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker import module_comparison
from checker.exercise import Module, Number, call, normal
from exercises.nb10.shared import changed, same
from utils.models import highway

# 10.14

SHUT = 1 / (1 + math.exp(2))  # what a gate with bias -2 lets in, for an input of zeros


left = Number(
    "10.14",
    "How much is left after fifty?",
    (1 - SHUT) ** 50,
    difficulty=2,
    minutes=4,
    tolerance=0.035,
    wrong={
        "one_layer": (
            1 - SHUT,
            "That is what one layer passes on. There are fifty, one after the other.",
        ),
        "the_gate": (SHUT, "That is T, the share of the change in one layer."),
        "gates_multiplied": (
            SHUT**50,
            "You multiplied the gates. What is passed on in each layer is 1 - T.",
        ),
        "subtracted": (
            1 - 50 * SHUT,
            "You took T off fifty times. Each layer keeps a share of what is left.",
        ),
        "what_is_gone": (1 - (1 - SHUT) ** 50, "That is what is gone. What is left?"),
        "added": (50 * (1 - SHUT), "You added up fifty shares. A share of more than 1 cannot be."),
        "percent": (
            100 * (1 - SHUT) ** 50,
            "That is in percent. Give the share, a number from 0 to 1.",
        ),
    },
    right=[0.00175, 0.0018, 0.88079708**50, torch.sigmoid(torch.tensor(2.0)).item() ** 50],
    hints=[
        "What does the sigmoid make of -2?",
        "One layer passes on 1 - 0.119 = 0.881 of its input. Then comes the next.",
    ],
)


# 10.15

gated = Module(
    "10.15",
    "A highway layer",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "`nn.init.constant_(self.gate.bias, -2.0)` in `__init__`.",
        (
            "The gate is `torch.sigmoid(self.gate(x))`, a number between 0 and 1 for every unit of"
            " every picture."
        ),
        "Gate times change, plus one minus gate times input. The change has its ReLU.",
    ],
)


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
    """As any module; and random numbers are not compared, so of the biases at the start only what
    can be said.
    """
    net = attempt(*args)
    layers = [getattr(net, name, None) for name in ("gate", "change")]
    start = {}
    if all(isinstance(layer, nn.Linear) and layer.bias is not None for layer in layers):
        gate, change = (_everywhere(layer.bias) for layer in layers)
        start["at the start the gate's bias"] = gate
        start["at the start the bias of the change"] = (
            change if change.startswith("-2") else "0, or as PyTorch has it"
        )
    rest = module_comparison.everything(net, (gated.answer(*args), gated.answer(*args)), (inputs,))
    return start | {
        key: value for key, value in rest.items() if not key.startswith("at the start `")
    }


def _highway(mix=lambda t, h, x: t * h + (1 - t) * x, gate=torch.sigmoid, change=F.relu):
    return changed(
        gated.answer, lambda self, x: mix(gate(self.gate(x)), change(self.change(x)), x)
    )


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


gated.mistake(
    "Your gates start open: the bias of the gate is +2. At the start most of the input should come"
    " through.",
    "bias_sign",
)(_started(gate=2.0))


gated.mistake("The bias of the gate starts at 0, so every gate is half open.", "bias_zero")(
    _started(gate=0.0)
)


gated.mistake("Both layers start with a bias of -2. Only the gate does.", "both_biases")(
    _started(-2.0, -2.0)
)


gated.mistake(
    "The bias of -2 is in the wrong layer: it belongs to the gate, not to the change.",
    "bias_of_the_change",
)(_started(gate=..., change=-2.0))


gated.mistake(
    "The bias of the gate is left as PyTorch draws it, around zero. It starts at -2.",
    "bias_as_drawn",
)(_started(gate=...))


gated.mistake(
    "The gate is the wrong way round: T belongs to the change, 1 - T to the input.", "gate_swapped"
)(_highway(lambda t, h, x: (1 - t) * h + t * x))


gated.mistake("The input does not come through: `(1 - T) * x` is missing.", "no_carry")(
    _highway(lambda t, h, x: t * h)
)


gated.mistake("You add the whole input. Its share is 1 - T.", "residual")(
    _highway(lambda t, h, x: t * h + x)
)


gated.mistake("The change counts in full. Its share is T.", "change_in_full")(
    _highway(lambda t, h, x: h + (1 - t) * x)
)


gated.mistake("The change lacks its ReLU.", "no_relu")(_highway(change=same))


gated.mistake(
    "Your ReLU is on the sum, too, so nothing negative comes through.", "relu_on_the_sum"
)(_highway(lambda t, h, x: (t * h + (1 - t) * x).relu()))


gated.mistake("The gate lacks its sigmoid, so it is no share.", "no_sigmoid")(_highway(gate=same))


gated.mistake(
    "Your gate ends in tanh, which is negative at times. A sigmoid gives shares.", "tanh_gate"
)(_highway(gate=torch.tanh))


gated.mistake(
    "A softmax makes the gates of a picture share 1 among them. Each unit has its own gate.",
    "softmax",
)(_highway(gate=lambda z: z.softmax(-1)))


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
