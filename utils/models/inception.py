"""Inception v3: large windows taken apart into small ones; and a residual block of Inception.

Sources: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016, Table 1
and Figures 5 to 10; Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual
Connections on Learning, 2017, Figure 16. The channels of each branch, which the paper does not
print, are of the net its authors published, of 23,834,568 parameters. It differs from the text in
two details: modules A keep a 5x5 convolution where Figure 5 draws two 3x3, and after the first
pooling come a 1x1 and a 3x3 convolution and pooling where Table 1 lists three 3x3 convolutions.
"""

import torch
from torch import Tensor, nn

from utils.models.input_size import demand

Window = tuple[int, int]
ACROSS, DOWN = (1, 7), (7, 1)


def conv(inputs: int, channels: int, kernel: int | Window, stride: int = 1, same: bool = True):
    """(N, inputs, H, W) -> (N, channels, H', W'), with batch norm and ReLU; padded if `same`."""
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (height // 2, width // 2) if same else 0
    layer = nn.Conv2d(inputs, channels, kernel, stride, padding, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(channels, eps=0.001), nn.ReLU())


def chain(inputs: int, *layers: tuple[int, int | Window]) -> nn.Sequential:
    """(N, inputs, H, W) -> the same H and W: convolutions in a row, (channels, kernel) each."""
    sources = (inputs, *(channels for channels, _ in layers[:-1]))
    return nn.Sequential(*(conv(n, *layer) for n, layer in zip(sources, layers, strict=True)))


def halved(inputs: int, channels: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, (H - 1)/2, (W - 1)/2): 3x3 at stride 2."""
    return conv(inputs, channels, 3, 2, same=False)


def pooled(inputs: int, channels: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H, W): the mean around each pixel, then 1x1."""
    return nn.Sequential(nn.AvgPool2d(3, 1, padding=1), conv(inputs, channels, 1))


class Branches(nn.Module):
    """(N, inputs, H, W) -> (N, sum of the branches' channels, H', W'): branches side by side."""

    def __init__(self, **branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleDict(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches.values()], dim=1)


def module_a(inputs: int, pool: int) -> Branches:
    """(N, inputs, 35, 35) -> (N, 224 + pool, 35, 35). Figure 5: a 5x5 window as two of 3x3."""
    return Branches(
        one=conv(inputs, 64, 1),
        five=chain(inputs, (48, 1), (64, 5)),
        threes=chain(inputs, (64, 1), (96, 3), (96, 3)),
        pool=pooled(inputs, pool),
    )


def reduction_a(inputs: int) -> Branches:
    """(N, inputs, 35, 35) -> (N, 480 + inputs, 17, 17). Figure 10: each branch has stride 2."""
    return Branches(
        three=halved(inputs, 384),
        threes=chain(inputs, (64, 1), (96, 3)).append(halved(96, 96)),
        pool=nn.MaxPool2d(3, 2),
    )


def module_b(inputs: int, n: int) -> Branches:
    """(N, inputs, 17, 17) -> (N, 768, 17, 17). Figure 6: a 7x7 window as 1x7 and 7x1."""
    return Branches(
        one=conv(inputs, 192, 1),
        seven=chain(inputs, (n, 1), (n, ACROSS), (192, DOWN)),
        sevens=chain(inputs, (n, 1), (n, DOWN), (n, ACROSS), (n, DOWN), (192, ACROSS)),
        pool=pooled(inputs, 192),
    )


def reduction_b(inputs: int) -> Branches:
    """(N, inputs, 17, 17) -> (N, 512 + inputs, 8, 8)."""
    return Branches(
        three=chain(inputs, (192, 1)).append(halved(192, 320)),
        seven=chain(inputs, (192, 1), (192, ACROSS), (192, DOWN)).append(halved(192, 192)),
        pool=nn.MaxPool2d(3, 2),
    )


def module_c(inputs: int) -> Branches:
    """(N, inputs, 8, 8) -> (N, 2048, 8, 8). Figure 7: 1x3 and 3x1 side by side."""

    def fork() -> Branches:
        return Branches(across=conv(384, 384, (1, 3)), down=conv(384, 384, (3, 1)))

    return Branches(
        one=conv(inputs, 320, 1),
        three=chain(inputs, (384, 1)).append(fork()),
        threes=chain(inputs, (448, 1), (384, 3)).append(fork()),
        pool=pooled(inputs, 192),
    )


class SideHead(nn.Module):
    """(N, 768, 17, 17) -> (N, classes): a classifier halfway, in training only (section 4)."""

    def __init__(self, classes: int):
        super().__init__()
        self.pool = nn.AvgPool2d(5, 3)
        self.conv1 = conv(768, 128, 1)
        self.conv2 = conv(128, 768, 5, same=False)
        self.fc = nn.Linear(768, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(x)  # (N, 768, 5, 5)
        x = self.conv1(x)  # (N, 128, 5, 5)
        x = self.conv2(x)  # (N, 768, 1, 1)
        return self.fc(x.mean((2, 3)))  # (N, classes)


class InceptionV3(nn.Module):
    """(N, 3, H, W) -> (N, classes); in training, with a side head (from 299x299 on), a pair."""

    def __init__(self, classes: int = 1000, head: bool = True):
        super().__init__()
        first = halved(3, 32), conv(32, 32, 3, same=False), conv(32, 64, 3)
        second = conv(64, 80, 1), conv(80, 192, 3, same=False)
        self.conv1 = nn.Sequential(*first, nn.MaxPool2d(3, 2))
        self.conv2 = nn.Sequential(*second, nn.MaxPool2d(3, 2))
        self.modules_a = nn.Sequential(module_a(192, 32), module_a(256, 64), module_a(288, 64))
        self.reduction_a = reduction_a(288)
        self.modules_b = nn.Sequential(*(module_b(768, narrow) for narrow in (128, 160, 160, 192)))
        self.head = SideHead(classes) if head else None
        self.reduction_b = reduction_b(768)
        self.modules_c = nn.Sequential(module_c(1280), module_c(2048))
        self.average = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(2048, classes))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:  # shapes of 299x299 pictures
        head = self.training and self.head is not None
        demand(x, "Inception v3", 299 if head else 75)
        x = self.conv1(x)  # (N, 64, 73, 73), after convolutions of 149, 147 and 147
        x = self.conv2(x)  # (N, 192, 35, 35), after convolutions of 73 and 71
        x = self.modules_a(x)  # (N, 288, 35, 35)
        x = self.reduction_a(x)  # (N, 768, 17, 17)
        x = side = self.modules_b(x)  # (N, 768, 17, 17)
        x = self.reduction_b(x)  # (N, 1280, 8, 8)
        x = self.modules_c(x)  # (N, 2048, 8, 8)
        x = self.average(x)  # (N, 2048, 1, 1)
        x = self.fc(x)  # (N, classes)
        return (x, self.head(side)) if head else x


class InceptionResidual(nn.Module):
    """(N, channels, H, W) -> the same shape: module A of Inception-ResNet-v2 (Figure 16).

    It is for 384 channels at 35x35. What the branches give goes through a 1x1 convolution without
    ReLU, is scaled down so that training stays stable (section 3.3: by 0.1 to 0.3), and added.
    """

    def __init__(self, channels: int = 384, scale: float = 0.2):
        super().__init__()
        self.scale = scale
        self.branches = Branches(
            one=conv(channels, 32, 1),
            three=chain(channels, (32, 1), (32, 3)),
            threes=chain(channels, (32, 1), (48, 3), (64, 3)),
        )
        self.widen = nn.Conv2d(128, channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        change = self.branches(x)  # (N, 128, H, W)
        change = self.widen(change)  # (N, channels, H, W)
        return self.relu(x + self.scale * change)  # (N, channels, H, W)


def inception_v3(classes: int = 1000, head: bool = True) -> InceptionV3:
    """Inception v3 (23,834,568 parameters at 1,000 classes), with its side head 27,161,264."""
    return InceptionV3(classes, head)
