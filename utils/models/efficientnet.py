"""EfficientNet-Lite0: wide inside its blocks, so that cheap convolutions do most of the work.

Source: Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019,
Table 1; the block is of Sandler et al., MobileNetV2, 2018. The Lite nets (Google, 2020, published
as code with weights) are made for phones: no squeeze-and-excitation, ReLU6 in place of Swish, one
stem and head for all scales. Left out is the dropping of whole blocks in training.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import pad

from utils.models.start import he


class Same(nn.Conv2d):
    """(N, inputs, H, W) -> (N, outputs, H/stride, W/stride), rounded up, as TensorFlow pads.

    Where an odd number of rows or columns is missing, the last one is added below and on the
    right. With PyTorch's padding, the same on all sides, these weights see every picture shifted.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        down, right = (self._missing(side) for side in x.shape[2:])
        # (N, inputs, H + down, W + right)
        x = pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
        return super().forward(x)  # (N, outputs, H/stride, W/stride)

    def _missing(self, side: int) -> int:
        kernel, stride = self.kernel_size[0], self.stride[0]
        return max((-(-side // stride) - 1) * stride + kernel - side, 0)


def normalized(conv: nn.Conv2d, active: bool = True) -> nn.Sequential:
    """The convolution, batch normalization as these weights had it, and ReLU6 if `active`."""
    norm = nn.BatchNorm2d(conv.out_channels, eps=0.001, momentum=0.01)
    return nn.Sequential(conv, norm, nn.ReLU6()) if active else nn.Sequential(conv, norm)


class MBConv(nn.Module):
    """(N, inputs, H, W) -> (N, outputs, H/stride, W/stride): 1x1, each map by itself, 1x1.

    In between there are `ratio` times the channels. Nothing bends after the last convolution. The
    input is added where the output has its shape.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, ratio: int):
        super().__init__()
        wide = inputs * ratio
        self.expand = nn.Identity() if ratio == 1 else normalized(Same(inputs, wide, 1))
        self.depthwise = normalized(Same(wide, wide, kernel, stride, groups=wide))
        self.project = normalized(Same(wide, outputs, 1), active=False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        change = self.expand(x)  # (N, ratio * inputs, H, W)
        change = self.depthwise(change)  # (N, ratio * inputs, H/stride, W/stride)
        change = self.project(change)  # (N, outputs, H/stride, W/stride)
        return x + change if self.adds else change


class Stage(NamedTuple):
    """`blocks` blocks, of which the first has the stride."""

    blocks: int
    channels: int
    kernel: int
    stride: int
    ratio: int


# Table 1, rows 2 to 8
STAGES = (Stage(1, 16, 3, 1, 1), Stage(2, 24, 3, 2, 6), Stage(2, 40, 5, 2, 6))
STAGES += (Stage(3, 80, 3, 2, 6), Stage(3, 112, 5, 1, 6), Stage(4, 192, 5, 2, 6))
STAGES += (Stage(1, 320, 3, 1, 6),)
STEM, HEAD = 32, 1280


class EfficientNetLite(nn.Module):
    """(N, 3, H, W) -> (N, classes), for pictures of any size, once they went through `prepare`."""

    def __init__(self, classes: int = 1000, stages: tuple[Stage, ...] = STAGES):
        super().__init__()
        self.stem = normalized(Same(3, STEM, 3, stride=2))
        self.blocks, inputs = nn.Sequential(), STEM
        for blocks, channels, kernel, stride, ratio in stages:
            for number in range(blocks):
                step = 1 if number else stride
                self.blocks.append(MBConv(inputs, channels, kernel, step, ratio))
                inputs = channels
        self.head = normalized(Same(inputs, HEAD, 1))
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(HEAD, classes)
        he(self)

    def features(self, x: Tensor) -> Tensor:  # shapes of 224x224 pictures
        """(N, 3, H, W) -> (N, 1280), the mean of each last map: what the linear layer sees."""
        x = self.stem(x)  # (N, 32, 112, 112)
        # (N, 16, 112, 112), then (N, 24, 56, 56) twice, (N, 40, 28, 28) twice, (N, 80, 14, 14)
        # three times, (N, 112, 14, 14) three times, (N, 192, 7, 7) four times, (N, 320, 7, 7)
        x = self.blocks(x)
        x = self.head(x)  # (N, 1280, 7, 7)
        return x.mean((2, 3))  # (N, 1280)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # (N, 1280)
        return self.fc(self.dropout(x))  # (N, classes)


def prepare(pictures: Tensor) -> Tensor:
    """Pictures (N, 3, H, W), red, green, blue, 0 to 1 -> the same as these weights want them."""
    return (255 * pictures - 127) / 128  # other nets want other numbers


def lite0(classes: int = 1000) -> EfficientNetLite:
    """EfficientNet-Lite0 (4,652,008 parameters at 1,000 classes), made for pictures of 224x224."""
    return EfficientNetLite(classes)
