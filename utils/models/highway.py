"""Highway networks: a gate decides, unit by unit, how much a layer changes of its input.

Source: Srivastava, Greff and Schmidhuber, Training Very Deep Networks, 2015, sections 2 and 3.
"""

from torch import Tensor, nn

from utils.models.input_size import demand
from utils.models.start import he


class Highway(nn.Module):
    """y = T(x) H(x) + (1 - T(x)) x, any shape (equation 3).

    `change` is H; `gate` is T before its sigmoid; both keep the shape of x. The bias of the gate
    starts below zero, so that a fresh layer passes on most of its input.
    """

    def __init__(self, change: nn.Module, gate: nn.Linear | nn.Conv2d, bias: float = -2.0):
        super().__init__()
        self.change, self.gate = change, gate
        he(self)
        nn.init.constant_(gate.bias, bias)

    def forward(self, x: Tensor) -> Tensor:
        share = self.gate(x).sigmoid()  # the shape of x, numbers between 0 and 1
        return share * self.change(x) + (1 - share) * x  # the shape of x


def plain(width: int) -> nn.Sequential:
    """(N, width) -> (N, width)."""
    return nn.Sequential(nn.Linear(width, width), nn.ReLU())


def dense(width: int, bias: float = -2.0) -> Highway:
    """(N, width) -> (N, width)."""
    return Highway(plain(width), nn.Linear(width, width), bias)


def conv(channels: int, kernel: int = 3, bias: float = -2.0) -> Highway:
    """(N, channels, H, W) -> the same shape, by convolutions of an odd kernel (section 2.1)."""
    window = (channels, channels, kernel, 1, kernel // 2)
    return Highway(nn.Sequential(nn.Conv2d(*window), nn.ReLU()), nn.Conv2d(*window), bias)


class HighwayNet(nn.Module):
    """(N, inputs, side, side) -> (N, classes): a layer to `width`, `depth - 1` more, the classes.

    With `gated=False` it is the plain net of section 3, there of 71 units instead of 50: so both
    have about 5,000 parameters a layer.
    """

    def __init__(self, depth=10, width=50, classes=10, gated=True, bias=-2.0, inputs=1, side=28):
        super().__init__()
        self.side = side
        self.first = nn.Sequential(nn.Flatten(), nn.Linear(inputs * side**2, width), nn.ReLU())
        self.layers = nn.Sequential(*(plain(width) for _ in range(depth - 1)))
        self.output = nn.Linear(width, classes)
        he(self)
        if gated:
            self.layers = nn.Sequential(*(dense(width, bias) for _ in range(depth - 1)))

    def forward(self, x: Tensor) -> Tensor:
        demand(x, "A highway net", self.side, self.side)
        x = self.first(x)  # (N, width)
        x = self.layers(x)  # (N, width)
        return self.output(x)  # (N, classes)


WIDTHS = {"highway": 50, "plain": 71}


def highway(depth: int = 10, classes: int = 10, gated: bool = True, bias=-2.0) -> HighwayNet:
    """The nets of section 3, for 28x28: `depth` is 10, 20, 50 or 100 there; gated, or plain."""
    return HighwayNet(depth, WIDTHS["highway" if gated else "plain"], classes, gated, bias)
