"""Exercise 13.8: a net of your own."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise
from checker.module_comparison import Unfit
from utils import capstone

# 13.8

own = Exercise(
    "13.8",
    "Your net",
    difficulty=5,
    minutes=90,
    core=False,
    points=5,
    limit=60.0,
    hints=[
        "Begin with an entry you know, and change one thing at a time.",
        (
            "Where are the numbers, where is the work? `shapes.ledger(Net(), (1, 1, 28, 28))`"
            " tells, layer by layer."
        ),
        (
            "Early layers work at many places, late ones have many weights. Halve the map where it"
            " costs you."
        ),
        (
            "The characters are moved. A linear layer on a flattened map learns each of them at"
            " every place anew; the maximum of a map does not care where it was."
        ),
    ],
)


@own.reference
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = _conv(1, 10, 5, stride=2, padding=2), nn.BatchNorm2d(10)
        self.conv2, self.norm2 = _conv(10, 24, 3, padding=1), nn.BatchNorm2d(24)
        self.conv3, self.norm3 = _conv(24, 40, 3), nn.BatchNorm2d(40)
        self.conv4, self.norm4 = _conv(40, 64, 3), nn.BatchNorm2d(64)
        self.last = nn.Linear(64, 62)

    def forward(self, x):
        x = F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))))
        x = F.relu(self.norm4(self.conv4(F.relu(self.norm3(self.conv3(F.max_pool2d(x, 2)))))))
        return self.last(x.amax((2, 3)))


def _conv(inputs, filters, kernel, **where):
    return nn.Conv2d(inputs, filters, kernel, bias=False, **where)


@own.probe
def _(make):
    if isinstance(make, type):
        make()  # a stub raises here, and is still to do
    report = capstone.inspect(make)
    if report.refused:
        raise Unfit(report.refused)
    return "admitted"


def _linear(hidden, outputs=62, last=None):
    def make():
        layers = (
            nn.Flatten(),
            nn.Linear(784, hidden),
            nn.ReLU(),
            nn.Linear(hidden, outputs),
            *([last] if last else []),
        )
        return nn.Sequential(*layers)

    return make


class _Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = _linear(30)()

    def forward(self, x):
        return self.net(x).argmax(1)


own.mistake("Your net is too large. The ledger shows which layer holds most.", "too_large")(
    _linear(128)
)


own.mistake(
    "Your net has ten scores. There are 10 digits, 26 capitals and 26 small letters.",
    "ten_classes",
)(_linear(30, 10))


own.mistake(
    "Your net returns the class. Return 62 scores, one for each class, as the loss needs them.",
    "class_itself",
)(_Odd)


@own.mistake("Your net reads three channels. The pictures have one.")
def three_channels():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 13 * 13, 62)
    )


own.alternative(_linear(50))


@own.alternative
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 12, 5, 2, 2), nn.BatchNorm2d(12)
        self.head = nn.Linear(12 * 7 * 7, 62)

    def forward(self, x):
        return self.head(F.max_pool2d(F.relu(self.norm(self.conv(x))), 2).flatten(1))


own.alternative(capstone.ENTRIES["LeNet"][0])


own.alternative(capstone.ENTRIES["separable"][0])


@own.alternative
class Shifted(Small):
    """Shifts its pictures in training mode only."""

    def forward(self, x):
        if self.training:
            row, column = torch.randint(0, 3, (2,))
            x = F.pad(x, (1, 1, 1, 1))[:, :, row : row + 28, column : column + 28]
        return super().forward(x)


own.demand("(N, 1, 28, 28) to (N, 62)", violated_by="ten_classes")
own.demand("that is admitted", violated_by="too_large")
