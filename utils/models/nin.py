"""Network in Network: a small dense net slides over the picture; the mean of a map is a class.

Source: Lin, Chen and Yan, Network In Network, 2014, section 3, Figure 2; and their Caffe net.
"""

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from utils.models.input_size import demand
from utils.models.start import he


class Stage(NamedTuple):
    """An mlpconv layer: a convolution, then 1x1 convolutions; `channels` of each."""

    channels: tuple[int, ...]
    kernel: int
    stride: int = 1
    padding: int = 0


# The last number of channels, that of the classes, is put in by the builder. Max pooling stands
# between the rows.
CIFAR = Stage((192, 160, 96), 5, padding=2), Stage((192, 192, 192), 5, padding=2)
CIFAR += (Stage((192, 192), 3, padding=1),)
IMAGENET = Stage((96, 96, 96), 11, stride=4), Stage((256, 256, 256), 5, padding=2)
IMAGENET += Stage((384, 384, 384), 3, padding=1), Stage((1024, 1024), 3, padding=1)
NETS = {"cifar": CIFAR, "imagenet": IMAGENET}
SMALLEST = {"cifar": 4, "imagenet": 39}


def mlpconv(inputs: int, row: Stage) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, row.channels[-1], H', W'); each convolution has a ReLU (eq. 2)."""
    layers = [nn.Conv2d(inputs, row.channels[0], row.kernel, row.stride, row.padding), nn.ReLU()]
    for before, after in pairwise(row.channels):
        layers += [nn.Conv2d(before, after, 1), nn.ReLU()]
    return nn.Sequential(*layers)


class NiN(nn.Module):
    """(N, inputs, H, W) -> (N, classes); it has no dense layer, so larger pictures will do."""

    def __init__(self, net: str = "cifar", classes: int = 10, inputs: int = 3):
        super().__init__()
        self.smallest = SMALLEST[net]
        self.rows = nn.Sequential()
        *rows, last = NETS[net]
        for row in rows:
            pool = nn.MaxPool2d(3, 2, ceil_mode=True)
            self.rows.extend([mlpconv(inputs, row), pool, nn.Dropout()])
            inputs = row.channels[-1]
        self.classify = mlpconv(inputs, last._replace(channels=(*last.channels, classes)))
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of "cifar" and 32x32 pictures
        demand(x, "Network in Network", self.smallest)
        x = self.rows(x)  # (N, 96, 16, 16), then (N, 192, 8, 8)
        x = self.classify(x)  # (N, classes, 8, 8)
        return x.mean((2, 3))  # (N, classes)


def nin(net: str = "cifar", classes: int = 10, inputs: int = 3) -> NiN:
    """Network in Network, "cifar" (966,986 parameters at 10) or "imagenet" (7,595,176 at 1,000)"""
    return NiN(net, classes, inputs)
