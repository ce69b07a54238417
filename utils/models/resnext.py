"""ResNeXt, a bottleneck in groups, and the wide residual nets: two ways to spend on width.

Sources: Xie, Girshick, Dollár, Tu and He, Aggregated Residual Transformations for Deep Neural
Networks, 2017, Table 1; Zagoruyko and Komodakis, Wide Residual Networks, 2016, section 2 and
Table 1.
"""

from torch import Tensor, nn

from utils.models.resnet import (
    CHANNELS,
    TABLE_1,
    PreBasic,
    Residual,
    ResNet,
    activation,
    conv,
    shortcut,
    stage,
)
from utils.models.start import he


def bottleneck(cardinality: int, width: int) -> type[Residual]:
    """A bottleneck of `cardinality` groups, in the first stage of `width` channels each.

    (1, 64) is ResNet's, but for the stride, which is in the 3x3; (1, 128) is the wide one.
    """

    class Grouped(Residual):
        """(N, inputs, H, W) -> (N, 4 * channels, H/stride, W/stride)."""

        layers, widens = 3, 4

        def __init__(self, inputs: int, channels: int, stride: int = 1, kind: str = "B"):
            outputs, middle = 4 * channels, cardinality * width * channels // CHANNELS[0]
            grouped = nn.Conv2d(
                middle, middle, 3, stride, padding=1, groups=cardinality, bias=False
            )
            narrow = [conv(inputs, middle, 1), *activation(middle)]
            widen = [*activation(middle), conv(middle, outputs, 1), nn.BatchNorm2d(outputs)]
            branch = nn.Sequential(*narrow, grouped, *widen)
            super().__init__(branch, shortcut(kind, inputs, outputs, stride), outputs)

    return Grouped


def resnext(depth: int = 50, cardinality: int = 32, width: int = 4, classes: int = 1000) -> ResNet:
    """ResNeXt of 50, 101 or 152 layers for ImageNet.

    At 1,000 classes: 25,028,904 (50, 32x4d), 88,791,336 (101, 32x8d) parameters. The wide
    ResNet-50-2 is `resnext(50, 1, 128)`, with 68,883,240.
    """
    _, blocks = TABLE_1[depth]
    stem = nn.Sequential(conv(3, 64, 7, 2), *activation(64), nn.MaxPool2d(3, 2, padding=1))
    return ResNet(stem, bottleneck(cardinality, width), blocks, CHANNELS, classes)


class WideResNet(nn.Module):
    """(N, 3, H, W) -> (N, classes), for small pictures: 6n + 4 layers, `widen` times as wide.

    WRN-28-10 has 36,479,194 parameters at 10 classes. Raises ValueError for another depth.
    """

    def __init__(self, depth: int = 28, widen: int = 10, classes: int = 10):
        super().__init__()
        blocks, rest = divmod(depth - 4, 6)
        if blocks < 1 or rest:
            raise ValueError(f"A wide residual net has 6n + 4 layers, not {depth}.")
        self.stem, inputs = conv(3, 16, 3), 16
        self.stages = nn.Sequential()
        for number, width in enumerate((16 * widen, 32 * widen, 64 * widen)):
            self.stages.append(stage(PreBasic, inputs, width, blocks, 2 if number else 1, "B"))
            inputs = width
        self.last = activation(inputs)
        self.fc = nn.Linear(inputs, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of WRN-28-10 and 32x32 pictures
        x = self.stages(self.stem(x))  # (N, 160, 32, 32), (N, 320, 16, 16), (N, 640, 8, 8)
        return self.fc(self.last(x).mean((2, 3)))  # (N, classes)
