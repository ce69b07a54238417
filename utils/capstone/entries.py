"""Three nets of the course, cut to the budget: what there is to beat."""

import torch.nn.functional as F
from torch import Tensor, nn


def lenet(classes: int = 62) -> nn.Module:
    """As in notebook 07, with fewer hidden units: (N, 1, 28, 28) -> (N, classes)."""
    first = nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)  # (N, 6, 14, 14)
    second = nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)  # (N, 16, 5, 5)
    hidden = nn.Flatten(), nn.Linear(400, 84), nn.ReLU()  # (N, 84)
    return nn.Sequential(*first, *second, *hidden, nn.Linear(84, classes))


reference = lenet  # whose time is the unit


class Block(nn.Module):
    """As in notebook 10: (N, inputs, H, W) -> (N, channels, H/stride, W/stride)."""

    def __init__(self, inputs: int, channels: int, stride: int):
        super().__init__()
        first, second = _conv(inputs, channels, 3, stride), _conv(channels, channels, 3)
        self.branch = nn.Sequential(*first, nn.ReLU(), *second)
        self.shortcut = nn.Sequential(*_conv(inputs, channels, 1, stride))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.shortcut(x) + self.branch(x))


def _conv(inputs: int, channels: int, kernel: int, stride: int = 1, groups: int = 1):
    """A convolution without bias and its normalization, a list of layers."""
    layer = nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(channels)]


def residual(classes: int = 62) -> nn.Module:
    """A stem and two residual blocks: (N, 1, 28, 28) -> (N, classes)."""
    stem = *_conv(1, 8, 3, 2), nn.ReLU()  # (N, 8, 14, 14)
    blocks = Block(8, 16, 2), Block(16, 24, 2)  # (N, 24, 4, 4)
    return nn.Sequential(*stem, *blocks, nn.Flatten(), nn.Linear(24 * 4 * 4, classes))


def separable(classes: int = 62) -> nn.Module:
    """3x3 on each channel alone, then 1x1, twice: (N, 1, 28, 28) -> (N, classes)."""
    stem = *_conv(1, 16, 3, 2), nn.ReLU()  # (N, 16, 14, 14)
    layers = *_separable(16, 32, 2), *_separable(32, 32, 2)  # (N, 32, 4, 4)
    return nn.Sequential(*stem, *layers, nn.Flatten(), nn.Linear(32 * 4 * 4, classes))


def _separable(inputs: int, channels: int, stride: int) -> list[nn.Module]:
    return [*_conv(inputs, inputs, 3, stride, inputs), *_conv(inputs, channels, 1), nn.ReLU()]


ENTRIES = {"LeNet": (lenet, 0.01), "residual": (residual, 0.01), "separable": (separable, 0.01)}
