"""DenseNet: every layer of a block reads the maps of all layers before it, side by side.

Source: Huang, Liu, van der Maaten and Weinberger, Densely Connected Convolutional Networks, 2017,
section 3 and Table 1.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from utils.models.resnet import activation, conv
from utils.models.start import he

BOTTLENECK = 4  # a 1x1 layer first makes 4k maps (DenseNet-B)


class DenseLayer(nn.Module):
    """(N, inputs, H, W) -> (N, inputs + growth, H, W): what came in, and `growth` new maps.

    `narrow`, times growth, are the maps between the two convolutions; 0 leaves out the first.
    """

    def __init__(self, inputs: int, growth: int, narrow: int = BOTTLENECK):
        super().__init__()
        middle = narrow * growth or inputs
        squeeze = [*activation(inputs), conv(inputs, middle, 1)] if narrow else []
        self.branch = nn.Sequential(*squeeze, *activation(middle), conv(middle, growth, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.branch(x)], 1)  # (N, inputs + growth, H, W)


def block(inputs: int, growth: int, layers: int, narrow: int = BOTTLENECK) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, inputs + layers * growth, H, W)."""
    reads = range(inputs, inputs + layers * growth, growth)
    return nn.Sequential(*(DenseLayer(maps, growth, narrow) for maps in reads))


def transition(inputs: int, channels: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H/2, W/2): between two blocks."""
    return nn.Sequential(*activation(inputs), conv(inputs, channels, 1), nn.AvgPool2d(2))


class DenseNet(nn.Module):
    """(N, inputs, H, W) -> (N, classes): a stem, blocks with transitions, the mean of each map.

    `stem` puts out `first` maps; a transition keeps half of what it reads (theta = 0.5). Weights
    start as `start.he` draws them.
    """

    def __init__(
        self,
        stem: nn.Module,
        first: int,
        growth: int,
        layers: Sequence[int],
        classes: int = 1000,
        narrow: int = BOTTLENECK,
    ):
        super().__init__()
        self.stem, self.blocks, maps = stem, nn.Sequential(), first
        for number, count in enumerate(layers):
            if number:
                self.blocks.append(transition(maps, maps // 2))
                maps //= 2
            self.blocks.append(block(maps, growth, count, narrow))
            maps += count * growth
        self.last = activation(maps)
        self.fc = nn.Linear(maps, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of DenseNet-121 and 224x224 pictures
        x = self.stem(x)  # (N, 64, 56, 56)
        x = self.blocks(x)  # (N, 256, 56, 56), (N, 512, 28, 28), 1024 and 14, (N, 1024, 7, 7)
        return self.fc(self.last(x).mean((2, 3)))  # (N, classes)


# Table 1: the layers of the four blocks; a layer has two convolutions. The growth rate is 32. By
# its row DenseNet-264 has 265 layers.
TABLE_1 = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32), 264: (6, 12, 64, 48)}


def densenet(depth: int = 121, classes: int = 1000, growth: int = 32) -> DenseNet:
    """DenseNet-121, 169, 201 or 264 for ImageNet.

    At 1,000 classes 7,978,856, 14,149,480, 20,013,928 and 33,337,704 parameters.
    """
    first = 2 * growth
    stem = nn.Sequential(conv(3, first, 7, 2), *activation(first), nn.MaxPool2d(3, 2, padding=1))
    return DenseNet(stem, first, growth, TABLE_1[depth], classes)
