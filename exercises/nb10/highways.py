"""Exercises 10.14 and 10.15: highway layers."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from checker import module_comparison
from checker.exercise import Module, Number, call, normal
from exercises.nb10.shared import changed, same
from exercises.variants import renamed, without_biases

# 10.14

SHUT = 1 / (1 + math.exp(2))  # what a gate with bias -2 lets in, for an input of zeros


left = Number(
    "10.14",
    "How much is left after fifty?",
    (1 - SHUT) ** 50,
    difficulty=2,
    minutes=4,
    core=False,
    tolerance=0.035,
    wrong={
        "one_layer": (
            1 - SHUT,
            "That is what one layer passes on. There are fifty, one after the other.",
        ),
        "the_gate": (SHUT, "That is T, the share of the change in one layer."),
        "gates_multiplied": (
            SHUT**50,
            "That is nearly 0. Each layer passes on 1 - T, which is most of its input.",
        ),
        "subtracted": (
            1 - 50 * SHUT,
            "That is 1 less fifty times T. Each layer passes on a share of what is left.",
        ),
        "what_is_gone": (
            1 - (1 - SHUT) ** 50,
            "That is nearly 1. Each layer takes its share T away, fifty times.",
        ),
        "added": (
            50 * (1 - SHUT),
            "That is fifty shares added up. Each layer passes on a share of what is left.",
        ),
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
    core=False,
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
    yield call(40, inputs=normal(rng, 2, 40))  # numbers enough to see how they were drawn


def _everywhere(numbers):
    numbers = numbers.detach().flatten().tolist()
    return f"{numbers[0]:g} everywhere" if len(set(numbers)) == 1 else "different numbers"


def _start(numbers, width):
    """PyTorch draws a linear layer's numbers evenly from -1 to 1, over the root of `width`."""
    sizes = numbers.detach().abs() * width**0.5
    even = sizes.max() <= 1 + 1e-9 and (sizes.numel() < 40 or sizes.max() > 0.8)
    return "as PyTorch draws them" if even and sizes.min() > 0 else _everywhere(numbers)


@gated.probe(twins=True)
def _(attempt, *args, inputs):
    """As any module; of the numbers at the start, which are random, how they were drawn."""
    net = attempt(*args)
    layers = [getattr(net, name, None) for name in ("gate", "change")]
    start = {}
    if all(isinstance(layer, nn.Linear) and layer.bias is not None for layer in layers):
        (gate, change), width = layers, inputs.shape[1]
        start = {
            "at the start the bias of the gate": _everywhere(gate.bias),
            "at the start the bias of the change": _start(change.bias, width),
            "at the start the weights of the change": _start(change.weight, width),
            "at the start the weights of the gate": _start(gate.weight, width),
        }
    rest = module_comparison.everything(net, (gated.answer(*args), gated.answer(*args)), (inputs,))
    return start | {
        key: value for key, value in rest.items() if not key.startswith("at the start `")
    }


def _highway(mix=lambda t, h, x: t * h + (1 - t) * x, gate=torch.sigmoid, change=F.relu):
    return changed(
        gated.answer, lambda self, x: mix(gate(self.gate(x)), change(self.change(x)), x)
    )


def _started(gate=None, change=None, weights=None):
    class Highway(gated.answer):
        def __init__(self, width):
            super().__init__(width)
            for layer, value in ((self.gate, gate), (self.change, change)):
                if value is ...:
                    layer.reset_parameters()
                elif value is not None:
                    nn.init.constant_(layer.bias, value)
                if weights is not None:
                    nn.init.constant_(layer.weight, weights)

    return Highway


gated.mistake(
    "Your gate starts open: its bias is +2. It starts at -2, so that most of the input comes"
    " through.",
    "bias_sign",
)(_started(gate=2.0))


gated.mistake("The bias of your gate starts at 0. It starts at -2.", "bias_zero")(
    _started(gate=0.0)
)


gated.mistake("Both of your layers start with a bias of -2. Only the gate does.", "both_biases")(
    _started(-2.0, -2.0)
)


gated.mistake("Your bias of -2 is in the change. It belongs in the gate.", "bias_of_the_change")(
    _started(gate=..., change=-2.0)
)


gated.mistake(
    "The bias of your gate starts at different numbers. All of them start at -2.", "bias_as_drawn"
)(_started(gate=...))


gated.mistake(
    "You give the change the share 1 - T and the input T. It is the other way round.",
    "gate_swapped",
)(_highway(lambda t, h, x: (1 - t) * h + t * x))


gated.mistake("You left out the input, with its share 1 - T.", "no_carry")(
    _highway(lambda t, h, x: t * h)
)


gated.mistake("You add the whole input. Its share is 1 - T.", "residual")(
    _highway(lambda t, h, x: t * h + x)
)


gated.mistake("You add the whole change. Its share is T.", "change_in_full")(
    _highway(lambda t, h, x: h + (1 - t) * x)
)


gated.mistake("You left out the ReLU behind the change.", "no_relu")(_highway(change=same))


gated.mistake(
    "You put a ReLU on the sum, too, so nothing negative comes through.", "relu_on_the_sum"
)(_highway(lambda t, h, x: (t * h + (1 - t) * x).relu()))


gated.mistake("You left out the sigmoid behind the gate.", "no_sigmoid")(_highway(gate=same))


gated.mistake(
    "You put a tanh behind the gate, which is negative at times. Put a sigmoid there.", "tanh_gate"
)(_highway(gate=torch.tanh))


gated.mistake(
    "You put a softmax behind the gate, so the gates of a picture sum to 1. Put a sigmoid there.",
    "softmax",
)(_highway(gate=lambda z: z.softmax(-1)))


@gated.mistake("Your gate looks at the change. It should look at the input.")
class GateOfTheChange(gated.answer):
    def forward(self, x):
        h = F.relu(self.change(x))
        return torch.lerp(x, h, self.gate(h).sigmoid())


gated.mistake("Your weights all start at 0. Leave them as PyTorch draws them.", "weights_zero")(
    _started(weights=0.0)
)


gated.mistake(
    "The bias of your change starts at 0. Leave it as PyTorch draws it.", "bias_of_the_change_zero"
)(_started(change=0.0))


@gated.mistake("Your weights start larger or smaller than PyTorch draws them. Leave them.")
class DrawnAnew(gated.answer):
    def __init__(self, width):
        super().__init__(width)
        for layer in (self.change, self.gate):
            nn.init.kaiming_normal_(layer.weight)


gated.mistake("Give both linear layers their biases.", "no_biases")(without_biases(gated.answer))


gated.mistake("Call the two layers `change` and `gate`.", "renamed")(
    renamed(gated.answer, change="h", gate="t")
)


gated.alternative(_highway())


@gated.alternative
class HighwayAsAStep(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate, self.change = nn.Linear(width, width), nn.Linear(width, width)
        torch.nn.init.constant_(self.gate.bias, -2)

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


gated.demand("two linear layers with biases", violated_by="no_biases")
gated.demand("`self.change` makes H, with a ReLU behind it", violated_by="no_relu")
gated.demand("`self.gate` makes T", violated_by="renamed")
gated.demand("with a sigmoid behind it", violated_by="no_sigmoid")
gated.demand("All biases of the *gate* start at -2", violated_by="bias_zero")
gated.demand("everything else starts as PyTorch draws it", violated_by="bias_of_the_change_zero")
