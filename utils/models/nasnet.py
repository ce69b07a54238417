"""NASNet-A: two cells found by a search on small pictures, then stacked for large ones.

Source: Zoph, Vasudevan, Shlens and Le, Learning Transferable Architectures for Scalable Image
Recognition, 2018, Figures 2 and 4, Tables 1 and 2, and appendix A. What the paper leaves open (the
fit of a cell's inputs, the widths of the stem, and that a normal cell also puts out its older
input) is as in the authors' code, but windows of stride 2 are padded alike on both sides, and
dropped paths and the side head, which serve training only, are left out.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from utils.models.input_size import demand


class Separable(nn.Sequential):
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride), twice a layer (appendix A.4)."""

    def __init__(self, inputs: int, channels: int, stride: int, kernel: int):
        first = _separable(inputs, channels, stride, kernel)
        super().__init__(*first, *_separable(channels, channels, 1, kernel))


def _separable(inputs: int, channels: int, stride: int, kernel: int) -> list[nn.Module]:
    maps = nn.Conv2d(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False)
    return [nn.ReLU(), maps, nn.Conv2d(inputs, channels, 1, bias=False), norm(channels)]


def norm(channels: int) -> nn.BatchNorm2d:
    """(N, channels, H, W) -> the same shape."""
    return nn.BatchNorm2d(channels, eps=0.001)


# Each is built from (inputs, channels, stride); only separable ones change the number of channels
OPERATIONS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "identity": lambda inputs, channels, stride: nn.Identity(),
    "average 3x3": lambda inputs, channels, s: nn.AvgPool2d(3, s, 1, count_include_pad=False),
    "max 3x3": lambda inputs, channels, stride: nn.MaxPool2d(3, stride, 1),
}
OPERATIONS |= {f"separable {k}x{k}": partial(Separable, kernel=k) for k in (3, 5, 7)}


class Combination(NamedTuple):
    """Two operations, added; `x` and `y` are the states they work on.

    State 0 is the output of the cell before, 1 that of the one before it, 2 to 6 are the pairs.
    """

    first: str
    x: int
    second: str
    y: int


class Plan(NamedTuple):
    """A cell: its pairs, the states that are its output, joined along the channels, its stride."""

    pairs: tuple[Combination, ...]
    joined: tuple[int, ...]
    stride: int


# Figure 4
NORMAL_PAIRS = (
    Combination("separable 5x5", 0, "separable 3x3", 1),
    Combination("separable 5x5", 1, "separable 3x3", 1),
    Combination("average 3x3", 0, "identity", 1),
    Combination("average 3x3", 1, "average 3x3", 1),
    Combination("separable 3x3", 0, "identity", 0),
)
REDUCTION_PAIRS = (
    Combination("separable 5x5", 0, "separable 7x7", 1),
    Combination("max 3x3", 0, "separable 7x7", 1),
    Combination("average 3x3", 0, "separable 5x5", 1),
    Combination("identity", 3, "average 3x3", 2),
    Combination("separable 3x3", 2, "max 3x3", 0),
)
NORMAL = Plan(NORMAL_PAIRS, joined=(1, 2, 3, 4, 5, 6), stride=1)
REDUCTION = Plan(REDUCTION_PAIRS, joined=(3, 4, 5, 6), stride=2)


def fit(inputs: int, channels: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H, W): an input gets the width of the cell."""
    return nn.Sequential(nn.ReLU(), nn.Conv2d(inputs, channels, 1, bias=False), norm(channels))


class Halve(nn.Module):
    """(N, inputs, H, W) -> (N, channels, H/2, W/2): a 1x1 for even pixels, another for odd."""

    def __init__(self, inputs: int, channels: int):
        super().__init__()
        self.even = nn.Conv2d(inputs, channels // 2, 1, bias=False)
        self.odd = nn.Conv2d(inputs, channels - channels // 2, 1, bias=False)
        self.relu, self.norm = nn.ReLU(), norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(x)  # (N, inputs, H, W)
        even = self.even(x[:, :, ::2, ::2])  # (N, channels/2, H/2, W/2)
        odd = self.odd(pad(x, (0, 1, 0, 1))[:, :, 1::2, 1::2])  # (N, channels/2, H/2, W/2)
        return self.norm(torch.cat([even, odd], 1))  # (N, channels, H/2, W/2)


class Cell(nn.Module):
    """(N, inputs, H, W) and (N, older, H', W') -> (N, self.outputs, H/stride, W/stride).

    The output is that of `plan`, every state of it `channels` wide. H' is H, or 2H with `halve`.
    In the first cell of a net, without `older`, both inputs are the same.
    """

    def __init__(self, plan: Plan, inputs: int, older: int | None, channels: int, halve=False):
        super().__init__()
        self.plan, self.outputs = plan, channels * len(plan.joined)
        self.fit = fit(inputs, channels)
        adapt = Halve if halve else fit
        self.fit_older = nn.Identity() if older is None else adapt(older, channels)
        widths = [channels, inputs if older is None else channels, *[channels] * len(plan.pairs)]
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        for pair in plan.pairs:
            self.first.append(self._operation(pair.first, pair.x, widths[pair.x], channels))
            self.second.append(self._operation(pair.second, pair.y, widths[pair.y], channels))

    def _operation(self, name: str, state: int, inputs: int, channels: int) -> nn.Module:
        return OPERATIONS[name](inputs, channels, self.plan.stride if state < 2 else 1)

    def forward(self, x: Tensor, older: Tensor) -> Tensor:
        states = [self.fit(x), self.fit_older(older)]  # (N, channels, H, W) each
        for pair, first, second in zip(self.plan.pairs, self.first, self.second, strict=True):
            # (N, channels, H/stride, W/stride)
            states.append(first(states[pair.x]) + second(states[pair.y]))
        # (N, outputs, H/stride, W/stride)
        return torch.cat([states[place] for place in self.plan.joined], 1)


class Size(NamedTuple):
    """A net, `repeats` @ `penultimate`: normal cells in a row, and channels before the mean.

    `stem` are the channels of the first convolution. With `skips`, the first normal cell after a
    reduction cell has as its older input the one that the reduction cell had.
    """

    repeats: int
    penultimate: int
    stem: int
    skips: bool


SIZES = {"mobile": Size(4, 1056, 32, False), "large": Size(6, 4032, 96, True)}


class Place(NamedTuple):
    """A cell of a net, the channels of its states; it `keeps` its older input for the next one."""

    plan: Plan
    channels: int
    keeps: bool = False


def rows(size: Size) -> list[Place]:
    """The cells of a net of F normal channels at first. Raises ValueError unless F/4 is whole."""
    last = size.penultimate
    if last % 96:
        raise ValueError(f"The channels before the mean must be a multiple of 96, not {last}.")
    channels = last // 24  # the last normal cells join six states of 4F
    cells = [Place(REDUCTION, channels // 4), Place(REDUCTION, channels // 2)]
    cells += [Place(NORMAL, channels)] * size.repeats
    for width in (2 * channels, 4 * channels):
        cells += [Place(REDUCTION, width, size.skips), *[Place(NORMAL, width)] * size.repeats]
    return cells


class NASNetA(nn.Module):
    """(N, 3, H, W) -> (N, classes): the net for ImageNet (Figure 2, right), from 3x3 pixels on."""

    def __init__(self, size: Size, classes: int = 1000):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(3, size.stem, 3, 2, bias=False), norm(size.stem))
        self.cells, self.rows = nn.ModuleList(), rows(size)
        inputs, older, before = size.stem, None, NORMAL
        for row in self.rows:
            halve = before is REDUCTION
            self.cells.append(Cell(row.plan, inputs, older, row.channels, halve))
            older, before = older if row.keeps else inputs, row.plan
            inputs = self.cells[-1].outputs
        self.last = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout())
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:  # shapes of "mobile" and 224x224 pictures
        demand(x, "NASNet-A", 3)
        x = older = self.conv(x)  # (N, 32, 111, 111)
        for row, cell in zip(self.rows, self.cells, strict=True):
            # (N, 44, 56, 56), (N, 88, 28, 28), then (N, 264, 28, 28), (N, 528, 14, 14) and
            # (N, 1056, 7, 7), after reductions of (N, 176, 14, 14) and (N, 352, 7, 7)
            older, x = older if row.keeps else x, cell(x, older)
        x = self.last(x)  # (N, 1056)
        return self.fc(x)  # (N, classes)


def nasnet(size: str = "mobile", classes: int = 1000) -> NASNetA:
    """NASNet-A "mobile" (5,289,978 parameters at 1,000 classes) or "large" (88,753,150)."""
    return NASNetA(SIZES[size], classes)
