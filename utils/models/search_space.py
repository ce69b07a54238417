"""A space of small nets that differ in the cell they are stacked from: 360, few enough to train.

Source: Zoph, Vasudevan, Shlens and Le, Learning Transferable Architectures for Scalable Image
Recognition, 2018, section 3, cut down: one input to a cell instead of two, two pairs instead of
five, four operations instead of thirteen.
"""

from itertools import combinations_with_replacement, product
from typing import NamedTuple

import torch
from torch import Tensor, nn

OPERATIONS = ("identity", "max 3x3", "conv 1x1", "conv 3x3")
CHOICES = (4, 4, 2, 4, 2, 4)  # how many ways there are to make each of the six decisions


class Cell(NamedTuple):
    """Six decisions: state 0 is the input, state 1 a(0) + b(0), state 2 c(state s) + d(state t).

    a, b, c and d count in `OPERATIONS`; s and t are 0 or 1. The output is state 2, and if nothing
    has used state 1, both are joined along the channels.
    """

    a: int
    b: int
    s: int
    c: int
    t: int
    d: int

    def tidy(self) -> "Cell":
        """The same cell with each pair in order: adding does not care which of two comes first."""
        a, b = sorted((self.a, self.b))
        (s, c), (t, d) = sorted(((self.s, self.c), (self.t, self.d)))
        return Cell(a, b, s, c, t, d)

    @property
    def joins(self) -> bool:
        """Whether state 1 is used by nothing, and so is part of the output."""
        return not (self.s or self.t)

    def __str__(self) -> str:
        a, b, c, d = (OPERATIONS[place] for place in (self.a, self.b, self.c, self.d))
        output = "1 and 2 joined" if self.joins else "2"
        return f"1 = {a}(0) + {b}(0), 2 = {c}({self.s}) + {d}({self.t}), output {output}"


def cells() -> list[Cell]:
    """The 360 cells that differ, each in its tidy form: 10 first pairs times 36 second pairs."""
    firsts = combinations_with_replacement(range(4), 2)
    seconds = list(combinations_with_replacement(product(range(2), range(4)), 2))
    return [Cell(*first, *one, *other) for first in firsts for one, other in seconds]


def operation(place: int, channels: int) -> nn.Module:
    """(N, channels, H, W) -> the same shape; a convolution has ReLU before and a norm after it."""
    if place == 0:
        return nn.Identity()
    if place == 1:
        return nn.MaxPool2d(3, 1, 1)
    kernel = 1 if place == 2 else 3
    conv = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(channels))


class CellLayer(nn.Module):
    """(N, inputs, H, W) -> (N, self.outputs, H, W): `cell`, every state of it `channels` wide."""

    def __init__(self, cell: Cell, inputs: int, channels: int):
        super().__init__()
        self.cell, self.outputs = cell, channels * (2 if cell.joins else 1)
        conv = nn.Conv2d(inputs, channels, 1, bias=False)
        self.fit = nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(channels))
        places = cell.a, cell.b, cell.c, cell.d
        self.operations = nn.ModuleList(operation(place, channels) for place in places)

    def forward(self, x: Tensor) -> Tensor:
        a, b, c, d = self.operations
        states = [self.fit(x)]  # (N, channels, H, W)
        states.append(a(states[0]) + b(states[0]))
        states.append(c(states[self.cell.s]) + d(states[self.cell.t]))
        return torch.cat(states[1:], 1) if self.cell.joins else states[2]


class CellNet(nn.Module):
    """(N, 1, H, W) -> (N, classes): `cell` once a size, then at half the side, twice the maps."""

    def __init__(self, cell: Cell, channels: int = 8, sizes: int = 2, classes: int = 10):
        super().__init__()
        conv = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.stem = nn.Sequential(conv, nn.BatchNorm2d(channels))
        self.layers, inputs = nn.ModuleList(), channels
        for size in range(sizes):
            self.layers.append(CellLayer(cell, inputs, channels * 2**size))
            inputs = self.layers[-1].outputs
        self.halve = nn.AvgPool2d(2)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)  # (N, channels, H, W)
        for place, layer in enumerate(self.layers):
            x = layer(self.halve(x) if place else x)  # (N, layer.outputs, H/2**place, W/2**place)
        return self.fc(x.relu().mean((2, 3)))  # (N, classes)


class TwoDecisions(nn.Module):
    """Two steps of a recurrent controller: a cell with a memory, and scores for each decision.

    Which option was drawn first, (N,) int64, goes into the second step. Returns the scores for
    the first decision and for the second, (N, options) each.
    Source: Zoph and Le, Neural Architecture Search with Reinforcement Learning, 2017, section 3.1.
    """

    def __init__(self, options: int = 4, hidden: int = 16):
        super().__init__()
        self.cell = nn.RNNCell(hidden, hidden)
        self.heads = nn.ModuleList(nn.Linear(hidden, options) for _ in range(2))
        self.embed = nn.Embedding(options, hidden)

    def forward(self, drawn: Tensor) -> tuple[Tensor, Tensor]:
        start = self.cell.weight_hh.new_zeros(len(drawn), self.cell.hidden_size)
        first = self.cell(start, start)
        second = self.cell(self.embed(drawn), first)
        return self.heads[0](first), self.heads[1](second)
