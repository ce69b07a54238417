"""MobileNet: depthwise convolutions and 1x1 ones; in the second, bottlenecks turned inside out.

Sources: Howard and others, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications, 2017, Table 1; Sandler, Howard, Zhu, Zhmoginov and Chen, MobileNetV2: Inverted
Residuals and Linear Bottlenecks, 2018, Table 2.
"""

from torch import Tensor, nn

from utils.models.start import he


def normalized(
    inputs: int, channels: int, kernel: int = 1, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride): a convolution, then batch norm."""
    layer = nn.Conv2d(inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [layer, nn.BatchNorm2d(channels)]


def separable(inputs: int, channels: int, stride: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride): 3x3 on each map, then 1x1."""
    maps = [*normalized(inputs, inputs, 3, stride, groups=inputs), nn.ReLU()]
    return nn.Sequential(*maps, *normalized(inputs, channels), nn.ReLU())


class Inverted(nn.Module):
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride): wide in the middle (Figure 3b).

    The 1x1 at the end has no ReLU after it. Where the shape stays, the input is added.
    """

    def __init__(self, inputs: int, channels: int, stride: int = 1, expand: int = 6):
        super().__init__()
        wide = expand * inputs
        self.adds = stride == 1 and inputs == channels
        widen = [*normalized(inputs, wide), nn.ReLU6()] if expand > 1 else []
        maps = [*normalized(wide, wide, 3, stride, groups=wide), nn.ReLU6()]
        self.branch = nn.Sequential(*widen, *maps, *normalized(wide, channels))

    def forward(self, x: Tensor) -> Tensor:
        change = self.branch(x)  # (N, channels, H/stride, W/stride)
        return x + change if self.adds else change


class MobileNet(nn.Module):
    """(N, 3, H, W) -> (N, classes): features, the mean of each map, a linear layer."""

    def __init__(self, features: nn.Module, channels: int, classes: int):
        super().__init__()
        self.features, self.fc = features, nn.Linear(channels, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # (N, channels, H/32, W/32)
        return self.fc(x.mean((2, 3)))  # (N, classes)


# channels and stride of each separable layer
V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2))
V1 += ((1024, 1),)
# expansion, channels, how many, stride of the first
V2 = (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)
V2 += (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)


def mobilenet(version: int = 1, classes: int = 1000) -> MobileNet:
    """MobileNet v1 (4,231,976 parameters at 1,000 classes) or v2 (3,504,872).

    Raises ValueError for another version.
    """
    if version not in (1, 2):
        raise ValueError(f"There are versions 1 and 2 of MobileNet; you asked for {version!r}.")
    return _first(classes) if version == 1 else _second(classes)


def _first(classes: int) -> MobileNet:
    layers, inputs = nn.Sequential(*normalized(3, 32, 3, 2), nn.ReLU()), 32
    for channels, stride in V1:
        layers.append(separable(inputs, channels, stride))
        inputs = channels
    return MobileNet(layers, inputs, classes)


def _second(classes: int) -> MobileNet:
    layers, inputs = nn.Sequential(*normalized(3, 32, 3, 2), nn.ReLU6()), 32
    for expand, channels, count, stride in V2:
        for place in range(count):
            layers.append(Inverted(inputs, channels, 1 if place else stride, expand))
            inputs = channels
    layers.extend([*normalized(inputs, 1280), nn.ReLU6()])
    return MobileNet(layers, 1280, classes)
