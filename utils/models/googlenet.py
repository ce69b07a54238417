"""GoogLeNet: modules that look at several scales at once, made cheap by 1x1 convolutions.

Source: Szegedy et al., Going Deeper with Convolutions, 2015, Table 1, Figures 2 and 3. What the
paper leaves open (padding, how pooling rounds, the constants of the normalization) is as in the
net published for Caffe, with the same 6,998,552 parameters. torchvision's has 6,624,904: batch
normalization in place of biases, and 3x3 convolutions where Table 1 says 5x5.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from utils.models.input_size import demand
from utils.models.start import he


class Widths(NamedTuple):
    """Output channels of a module's six convolutions, in the order of Table 1's columns."""

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int

    @property
    def total(self) -> int:
        """Channels of the module's output."""
        return self.one + self.three + self.five + self.pool


TABLE_1 = {"3a": Widths(64, 96, 128, 16, 32, 32), "3b": Widths(128, 128, 192, 32, 96, 64)}
TABLE_1 |= {"4a": Widths(192, 96, 208, 16, 48, 64), "4b": Widths(160, 112, 224, 24, 64, 64)}
TABLE_1 |= {"4c": Widths(128, 128, 256, 24, 64, 64), "4d": Widths(112, 144, 288, 32, 64, 64)}
TABLE_1 |= {"4e": Widths(256, 160, 320, 32, 128, 128), "5a": Widths(256, 160, 320, 32, 128, 128)}
TABLE_1 |= {"5b": Widths(384, 192, 384, 48, 128, 128)}

# The last two columns of Table 1: weights in units of 1,024, biases not among them, and
# multiply-adds in millions. The multiply-adds follow from the paper's own description in every row
# but conv1 (118 here) and 5a (51 here). The weights follow in three rows, conv2, 3a and fc; 3b and
# 4b are off by one; conv1 (9.2 here, 9,472 numbers with biases), 4a (367), 4c (498), 4d (591), 4e
# (847), 5a (1,018) and 5b (1,409) do not follow.
PUBLISHED = {"conv1": (2.7, 34), "conv2": (112, 360)}
PUBLISHED |= {"inception3a": (159, 128), "inception3b": (380, 304), "inception4a": (364, 73)}
PUBLISHED |= {"inception4b": (437, 88), "inception4c": (463, 100), "inception4d": (580, 119)}
PUBLISHED |= {"inception4e": (840, 170), "inception5a": (1072, 54), "inception5b": (1388, 71)}
PUBLISHED |= {"fc": (1000, 1)}


def conv(inputs: int, channels: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride), with ReLU."""
    layer = nn.Conv2d(inputs, channels, kernel, stride, padding=kernel // 2)
    return nn.Sequential(layer, nn.ReLU())


def narrowed(inputs: int, narrow: int, channels: int, kernel: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H, W), by way of a 1x1 convolution to `narrow` maps."""
    return nn.Sequential(conv(inputs, narrow, 1), conv(narrow, channels, kernel))


class Inception(nn.Module):
    """(N, inputs, H, W) -> (N, widths.total, H, W): four branches side by side (Figure 2b)."""

    def __init__(self, inputs: int, widths: Widths):
        super().__init__()
        w = Widths(*widths)
        self.one = conv(inputs, w.one, 1)
        self.three = narrowed(inputs, w.three_reduce, w.three, 3)
        self.five = narrowed(inputs, w.five_reduce, w.five, 5)
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), conv(inputs, w.pool, 1))

    def forward(self, x: Tensor) -> Tensor:  # shapes of module 3a
        one = self.one(x)  # (N, 64, 28, 28)
        three = self.three(x)  # (N, 128, 28, 28)
        five = self.five(x)  # (N, 32, 28, 28)
        pool = self.pool(x)  # (N, 32, 28, 28)
        return torch.cat([one, three, five, pool], dim=1)  # (N, 256, 28, 28)


class SideHead(nn.Module):
    """(N, inputs, 14, 14) -> (N, classes): a classifier halfway, in training only (section 5)."""

    def __init__(self, inputs: int, classes: int):
        super().__init__()
        self.pool = nn.AvgPool2d(5, 3)
        self.conv = conv(inputs, 128, 1)
        self.fc1 = nn.Sequential(nn.Flatten(), nn.Linear(2048, 1024), nn.ReLU(), nn.Dropout(0.7))
        self.fc2 = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(x)  # (N, inputs, 4, 4)
        x = self.conv(x)  # (N, 128, 4, 4)
        x = self.fc1(x)  # (N, 1024)
        return self.fc2(x)  # (N, classes)


class GoogLeNet(nn.Module):
    """(N, 3, H, W) -> (N, classes); in training, with side heads, a triple of such outputs.

    They are (last, after 4a, after 4d); the paper adds the losses of the side heads with weight
    0.3. Side heads need pictures of 223 to 270 pixels a side; without them any from 31 will do.
    """

    def __init__(self, classes: int = 1000, heads: bool = True):
        super().__init__()
        self.conv1 = conv(3, 64, 7, stride=2)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.norm1 = nn.LocalResponseNorm(5)
        self.conv2 = nn.Sequential(conv(64, 64, 1), conv(64, 192, 3))
        self.norm2 = nn.LocalResponseNorm(5)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        inputs = 192
        for name, widths in TABLE_1.items():
            setattr(self, f"inception{name}", Inception(inputs, widths))
            inputs = widths.total
        self.pool3 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.pool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.head4a = SideHead(TABLE_1["4a"].total, classes) if heads else None
        self.head4d = SideHead(TABLE_1["4d"].total, classes) if heads else None
        self.average = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Flatten(), nn.Dropout(0.4), nn.Linear(inputs, classes))
        he(self)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:  # shapes of 224x224 pictures
        heads = self.training and self.head4a is not None
        demand(x, "GoogLeNet", *((223, 270) if heads else (31,)))
        x = self.conv1(x)  # (N, 64, 112, 112)
        x = self.norm1(self.pool1(x))  # (N, 64, 56, 56)
        x = self.norm2(self.conv2(x))  # (N, 192, 56, 56)
        x = self.pool2(x)  # (N, 192, 28, 28)
        x = self.inception3a(x)  # (N, 256, 28, 28)
        x = self.inception3b(x)  # (N, 480, 28, 28)
        x = self.pool3(x)  # (N, 480, 14, 14)
        x = after_4a = self.inception4a(x)  # (N, 512, 14, 14)
        x = self.inception4b(x)  # (N, 512, 14, 14)
        x = self.inception4c(x)  # (N, 512, 14, 14)
        x = after_4d = self.inception4d(x)  # (N, 528, 14, 14)
        x = self.inception4e(x)  # (N, 832, 14, 14)
        x = self.pool4(x)  # (N, 832, 7, 7)
        x = self.inception5a(x)  # (N, 832, 7, 7)
        x = self.inception5b(x)  # (N, 1024, 7, 7)
        x = self.average(x)  # (N, 1024, 1, 1)
        x = self.fc(x)  # (N, classes)
        return (x, self.head4a(after_4a), self.head4d(after_4d)) if heads else x


def googlenet(classes: int = 1000, heads: bool = True) -> GoogLeNet:
    """GoogLeNet (6,998,552 parameters at 1,000 classes), with its side heads 13,378,280."""
    return GoogLeNet(classes, heads)
