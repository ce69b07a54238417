"""Xception: separable convolutions in residual blocks.

Source: Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, 2017, Figure 5.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from utils.models.start import he


def separable(inputs: int, channels: int) -> list[nn.Module]:
    """(N, inputs, H, W) -> (N, channels, H, W): 3x3 on each map, 1x1 over all, batch norm."""
    maps = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
    return [maps, nn.Conv2d(inputs, channels, 1, bias=False), nn.BatchNorm2d(channels)]


class Block(nn.Module):
    """(N, widths[0], H, W) -> (N, widths[-1], H/stride, W/stride): ReLU, then a separable layer.

    With a stride of 2 the branch ends in max pooling, and the shortcut is a 1x1 convolution.
    """

    def __init__(self, widths: Sequence[int], stride: int = 1, first: bool = True):
        super().__init__()
        layers = []
        for number, (inputs, channels) in enumerate(zip(widths, widths[1:])):
            layers += [nn.ReLU()] if number or first else []
            layers += separable(inputs, channels)
        layers += [nn.MaxPool2d(3, stride, padding=1)] if stride > 1 else []
        self.branch = nn.Sequential(*layers)
        project = nn.Conv2d(widths[0], widths[-1], 1, stride, bias=False)
        projected = nn.Sequential(project, nn.BatchNorm2d(widths[-1]))
        self.shortcut = projected if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.branch(x)  # (N, widths[-1], H/stride, W/stride)


class Xception(nn.Module):
    """(N, 3, H, W) -> (N, classes): entry, middle and exit flow, the mean of each map, linear.

    22,855,952 parameters at 1,000 classes; pictures of 299x299 are usual.
    """

    def __init__(self, classes: int = 1000):
        super().__init__()
        first = [nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
        second = [nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        self.stem = nn.Sequential(*first, *second)
        narrow = Block((64, 128, 128), 2, first=False), Block((128, 256, 256), 2)
        self.entry = nn.Sequential(*narrow, Block((256, 728, 728), 2))
        self.middle = nn.Sequential(*(Block((728,) * 4) for _ in range(8)))
        wide = [*separable(1024, 1536), nn.ReLU(), *separable(1536, 2048), nn.ReLU()]
        self.exit = nn.Sequential(Block((728, 728, 1024), 2), *wide)
        self.fc = nn.Linear(2048, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of 299x299 pictures
        x = self.entry(self.stem(x))  # (N, 64, 147, 147), (N, 728, 19, 19)
        x = self.exit(self.middle(x))  # (N, 728, 19, 19), (N, 2048, 10, 10)
        return self.fc(x.mean((2, 3)))  # (N, classes)
