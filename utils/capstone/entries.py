"""Three nets of the course, cut to the budget: what there is to beat."""

from torch import nn

from utils.models.lenet import LeNet
from utils.models.resnet import Basic


def lenet(classes: int = 62) -> nn.Module:
    """As in notebook 07, with fewer hidden units: (N, 1, 28, 28) -> (N, classes)."""
    return LeNet((6, 16), padding=(2, 0), hidden=(84,), classes=classes)


reference = lenet  # whose time is the unit


def _conv(inputs: int, channels: int, kernel: int, stride: int = 1, groups: int = 1):
    """A convolution without bias and its normalization, a list of layers."""
    layer = nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(channels)]


def residual(classes: int = 62) -> nn.Module:
    """A stem and two residual blocks, as in notebook 10: (N, 1, 28, 28) -> (N, classes)."""
    stem = *_conv(1, 8, 3, 2), nn.ReLU()  # (N, 8, 14, 14)
    blocks = Basic(8, 16, 2), Basic(16, 24, 2)  # (N, 24, 4, 4)
    return nn.Sequential(*stem, *blocks, nn.Flatten(), nn.Linear(24 * 4 * 4, classes))


def separable(classes: int = 62) -> nn.Module:
    """3x3 on each channel alone, then 1x1, twice: (N, 1, 28, 28) -> (N, classes)."""
    stem = *_conv(1, 16, 3, 2), nn.ReLU()  # (N, 16, 14, 14)
    layers = *_separable(16, 32, 2), *_separable(32, 32, 2)  # (N, 32, 4, 4)
    return nn.Sequential(*stem, *layers, nn.Flatten(), nn.Linear(32 * 4 * 4, classes))


def _separable(inputs: int, channels: int, stride: int) -> list[nn.Module]:
    return [*_conv(inputs, inputs, 3, stride, inputs), *_conv(inputs, channels, 1), nn.ReLU()]


ENTRIES = {"LeNet": (lenet, 0.01), "residual": (residual, 0.01), "separable": (separable, 0.01)}
