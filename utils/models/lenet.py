"""LeNet-5: the net of 1998 exactly, its modern form, and the wider net often taught as LeNet.

Source: LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition,
1998, section II.B.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d

from utils.models.input_size import demand

Pair = tuple[int, int]

# Table I: which maps of S2 each of the 16 maps of C3 looks at. No two see the same, so they learn
# different things.
TABLE_I = "012 123 234 345 450 501 0123 1234 2345 3450 4501 5012 0134 1245 0235 012345".split()
C3_SEES = tuple(tuple(map(int, maps)) for maps in TABLE_I)

# Stylized digits, 7 wide and 12 high, after Figure 3: what the 84 units of F6 are to show. Drawn
# anew, so single pixels may differ from the paper's.
DIGITS = """
..###..  ...##..  .#####.  .#####.  ....##.  #######  ..####.  #######  .#####.  .#####.
.##.##.  ..###..  ##...##  ##...##  ...###.  ##.....  .##....  ##...##  ##...##  ##...##
##...##  .####..  ##...##  .....##  ..####.  ##.....  ##.....  .....##  ##...##  ##...##
##...##  ...##..  .....##  .....##  .##.##.  ##.....  ##.....  ....##.  ##...##  ##...##
##...##  ...##..  ....##.  ..####.  ##..##.  ######.  ######.  ....##.  .#####.  ##...##
##...##  ...##..  ...##..  .....##  ##..##.  .....##  ##...##  ...##..  ##...##  .######
##...##  ...##..  ..##...  .....##  #######  .....##  ##...##  ...##..  ##...##  .....##
##...##  ...##..  .##....  .....##  ....##.  .....##  ##...##  ..##...  ##...##  .....##
.##.##.  ...##..  ##.....  ##...##  ....##.  ##...##  ##...##  ..##...  ##...##  ....##.
..###..  .######  #######  .#####.  ....##.  .#####.  .#####.  ..##...  .#####.  .####..
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
"""


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3), any shape: near x = 1 it gives 1, and bends most there (appendix A)."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(x * 2 / 3)


class Subsample(nn.Module):
    """(N, C, H, W) -> (N, C, H/2, W/2): the mean of each 2x2 window, times a number, plus a bias.

    The two are learned, for each map. For the paper's sum of the window a quarter would do.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.coefficient = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return avg_pool2d(x, 2) * self.coefficient + self.bias


class PartialConv(nn.Module):
    """(N, C, H, W) -> (N, len(sees), H-4, W-4): a 5x5 convolution of some input maps each.

    It learns one 5x5 kernel for each pair of maps that are connected, (pairs, 5, 5), and a bias
    for each output map. One convolution with zeros for the rest is eight times as fast as many.
    """

    def __init__(self, sees: tuple[tuple[int, ...], ...]):
        super().__init__()
        self.outputs = [output for output, sources in enumerate(sees) for _ in sources]
        self.inputs = [source for sources in sees for source in sources]
        self.kernels = nn.Parameter(torch.empty(len(self.inputs), 5, 5))
        self.bias = nn.Parameter(torch.zeros(len(sees)))

    def weight(self, channels: int) -> Tensor:
        """The kernels at their places among zeros, (len(sees), channels, 5, 5)."""
        weight = self.kernels.new_zeros(len(self.bias), channels, 5, 5)
        places = torch.tensor(self.outputs), torch.tensor(self.inputs)
        return weight.index_put(places, self.kernels)

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.weight(x.shape[1]), self.bias)


class Codes(nn.Module):
    """(N, 84) -> (N, classes): minus the squared distance to each class's fixed code of -1 and +1.

    Section II.B calls the distance the output of a radial basis function. Turned round, the
    largest is the answer, and cross-entropy is the paper's equation 9 without its constant.
    Classes from the eleventh on have random codes, the same in every net.
    """

    def __init__(self, classes: int):
        super().__init__()
        self.register_buffer("codes", codes(classes))

    def forward(self, x: Tensor) -> Tensor:
        return -(x[:, None] - self.codes).square().sum(-1)


def codes(classes: int) -> Tensor:
    """The codes of the first `classes` classes, (classes, 84), of -1 and +1: pictures of 12x7."""
    columns = zip(*(line.split() for line in DIGITS.split("\n") if line), strict=True)
    digits = [[2 * (pixel == "#") - 1 for pixel in "".join(digit)] for digit in columns]
    source = torch.Generator("cpu").manual_seed(0)
    more = torch.randint(2, (max(classes - 10, 0), 84), generator=source, device="cpu")
    known = digits + (2 * more - 1).tolist()
    return torch.tensor(known[:classes], dtype=torch.get_default_dtype())


class LeNet1998(nn.Module):
    """The net of Figure 2, (N, 1, 32, 32) -> (N, classes): 60,000 numbers learned.

    Those of its layers are 156, 12, 1,516, 32, 48,120 and 10,164. The squashing function stands
    after the pooling layers, C5 and F6; of C1 and C3 the paper leaves it open. Each weight starts
    within 2.4/fan-in of zero (appendix A), the pooling, left open, at the plain mean.
    """

    def __init__(self, classes: int = 10):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = nn.Sequential(Subsample(6), ScaledTanh())
        self.c3 = PartialConv(C3_SEES)
        self.s4 = nn.Sequential(Subsample(16), ScaledTanh())
        self.c5 = nn.Sequential(nn.Conv2d(16, 120, 5), ScaledTanh())
        self.f6 = nn.Sequential(nn.Flatten(), nn.Linear(120, 84), ScaledTanh())
        self.output = Codes(classes)
        self.apply(_start_1998)

    def forward(self, x: Tensor) -> Tensor:
        demand(x, "LeNet-5", 32, 35)
        x = self.c1(x)  # (N, 6, 28, 28)
        x = self.s2(x)  # (N, 6, 14, 14)
        x = self.c3(x)  # (N, 16, 10, 10)
        x = self.s4(x)  # (N, 16, 5, 5)
        x = self.c5(x)  # (N, 120, 1, 1)
        x = self.f6(x)  # (N, 84)
        return self.output(x)  # (N, classes)


def _start_1998(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        _draw(layer.weight, math.prod(layer.weight.shape[1:]))
        nn.init.zeros_(layer.bias)
    elif isinstance(layer, PartialConv):
        for kernel, output in zip(layer.kernels, layer.outputs, strict=True):
            _draw(kernel, 25 * layer.outputs.count(output))


def _draw(weight: Tensor, fan_in: int) -> None:
    nn.init.uniform_(weight, -2.4 / fan_in, 2.4 / fan_in)


class LeNet(nn.Module):
    """The forms of later years, (N, 1, 28, 28) -> (N, classes): every map sees all, ReLU.

    `channels` and `padding` of the two 5x5 convolutions, `hidden` units; max pooling.
    """

    def __init__(self, channels: Pair, padding: Pair, hidden: tuple[int, ...], classes: int = 10):
        super().__init__()
        first, second = channels
        side = (14 + 2 * padding[1] - 4) // 2
        self.c1 = nn.Sequential(nn.Conv2d(1, first, 5, padding=padding[0]), nn.ReLU())
        self.s2 = nn.MaxPool2d(2)
        self.c3 = nn.Sequential(nn.Conv2d(first, second, 5, padding=padding[1]), nn.ReLU())
        self.s4 = nn.MaxPool2d(2)
        self.hidden = nn.Sequential(nn.Flatten())
        for inputs, outputs in pairwise((second * side * side, *hidden)):
            self.hidden.extend([nn.Linear(inputs, outputs), nn.ReLU()])
        self.output = nn.Linear(hidden[-1], classes)

    def forward(self, x: Tensor) -> Tensor:  # shapes of the modern form
        demand(x, "LeNet", 28, 31)
        x = self.c1(x)  # (N, 6, 28, 28)
        x = self.s2(x)  # (N, 6, 14, 14)
        x = self.c3(x)  # (N, 16, 10, 10)
        x = self.s4(x)  # (N, 16, 5, 5)
        x = self.hidden(x)  # (N, 84)
        return self.output(x)  # (N, classes)


# channels, padding, hidden: 61,706 and 1,256,080 parameters
FORMS = {"modern": ((6, 16), (2, 0), (120, 84)), "20-50-500": ((20, 50), (2, 2), (500,))}


def lenet(form: str = "modern", classes: int = 10) -> nn.Module:
    """LeNet-5 in the form "1998" (takes 32x32 pictures), "modern" or "20-50-500" (both 28x28)."""
    return LeNet1998(classes) if form == "1998" else LeNet(*FORMS[form], classes)
