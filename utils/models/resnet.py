"""Residual networks: blocks that learn what to add to their input; and plain nets to compare.

Sources: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2016, Table 1 and
sections 3.3, 4.1 and 4.2; by the same, Identity Mappings in Deep Residual Networks, 2016, for the
blocks with pre-activation.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import pad

from utils.models.start import he

# The options of section 4.1, and the net without shortcuts
SHORTCUTS = {
    "A": "zero padding where the channels grow, identity elsewhere",
    "B": "projection where the channels grow, identity elsewhere",
    "C": "projection everywhere",
    "none": "no shortcut: a plain net",
}


def conv(inputs: int, channels: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride), without bias: batch norm has one."""
    return nn.Conv2d(inputs, channels, kernel, stride, padding=kernel // 2, bias=False)


def activation(channels: int) -> nn.Sequential:
    """(N, channels, H, W) -> the same shape: batch normalization, then ReLU."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


def two(inputs: int, channels: int, stride: int) -> list[nn.Module]:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride): 3x3 and 3x3, active in between."""
    first, second = conv(inputs, channels, 3, stride), conv(channels, channels, 3)
    return [first, *activation(channels), second]


def three(inputs: int, channels: int, stride: int) -> list[nn.Module]:
    """(N, inputs, H, W) -> (N, 4 * channels, H/stride, W/stride): 1x1, 3x3, 1x1, active between.

    The stride is in the first 1x1, as in the paper. Many later nets, torchvision's among them,
    have it in the 3x3: as many parameters, more multiply-adds.
    """
    first, second = conv(inputs, channels, 1, stride), conv(channels, channels, 3)
    start = [first, *activation(channels), second, *activation(channels)]
    return [*start, conv(channels, 4 * channels, 1)]


class ZeroPadding(nn.Module):
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride): option A; it learns nothing."""

    def __init__(self, inputs: int, channels: int, stride: int):
        super().__init__()
        self.new, self.stride = channels - inputs, stride

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride, :: self.stride]  # (N, inputs, H/stride, W/stride)
        return pad(x, (0, 0, 0, 0, 0, self.new))  # (N, channels, H/stride, W/stride)


def shortcut(
    kind: str, inputs: int, channels: int, stride: int, normalized: bool = True
) -> nn.Module | None:
    """(N, inputs, H, W) -> (N, channels, H/stride, W/stride); None for "none".

    Raises ValueError where `kind` is no key of SHORTCUTS.
    """
    if kind not in SHORTCUTS:
        raise ValueError(f"There is no shortcut {kind!r}; there are {', '.join(SHORTCUTS)}.")
    if kind == "none":
        return None
    if kind != "C" and (inputs, stride) == (channels, 1):
        return nn.Identity()
    if kind == "A":
        return ZeroPadding(inputs, channels, stride)
    project = conv(inputs, channels, 1, stride)
    return nn.Sequential(project, nn.BatchNorm2d(channels)) if normalized else project


class Residual(nn.Module):
    """(N, inputs, H, W) -> (N, outputs, H/stride, W/stride): branch plus shortcut, then ReLU.

    Without a shortcut it is a piece of a plain net. If the branch's last normalization scales by
    zero and shifts by zero, an input without negative numbers comes through as it is.
    """

    def __init__(self, branch: nn.Sequential, shortcut: nn.Module | None, outputs: int):
        super().__init__()
        self.branch, self.shortcut, self.outputs = branch, shortcut, outputs
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        change = self.branch(x)  # (N, outputs, H/stride, W/stride)
        if self.shortcut is None:
            return self.relu(change)
        return self.relu(self.shortcut(x) + change)  # (N, outputs, H/stride, W/stride)


class Basic(Residual):
    """Two 3x3 convolutions (Figure 5, left)."""

    layers, widens = 2, 1

    def __init__(self, inputs: int, channels: int, stride: int = 1, kind: str = "B"):
        branch = nn.Sequential(*two(inputs, channels, stride), nn.BatchNorm2d(channels))
        super().__init__(branch, shortcut(kind, inputs, channels, stride), channels)


class Bottleneck(Residual):
    """A 3x3 convolution between a 1x1 to fewer channels and a 1x1 to four times as many."""

    layers, widens = 3, 4

    def __init__(self, inputs: int, channels: int, stride: int = 1, kind: str = "B"):
        outputs = 4 * channels
        branch = nn.Sequential(*three(inputs, channels, stride), nn.BatchNorm2d(outputs))
        super().__init__(branch, shortcut(kind, inputs, outputs, stride), outputs)


class PreActivated(Residual):
    """(N, inputs, H, W) -> (N, outputs, H/stride, W/stride): nothing stands after the addition.

    So the shortcuts of all blocks make one clean path from the first to the last. Only a
    projection starts from the activation, as in the authors' code; it has no normalization.
    """

    def __init__(self, inputs: int, branch: nn.Sequential, past: nn.Module | None, outputs: int):
        super().__init__(branch, past, outputs)
        self.activation = activation(inputs)
        self.relu = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        active = self.activation(x)  # (N, inputs, H, W)
        change = self.branch(active)  # (N, outputs, H/stride, W/stride)
        if self.shortcut is None:
            return change
        past = self.shortcut(active if isinstance(self.shortcut, nn.Conv2d) else x)
        return past + change  # (N, outputs, H/stride, W/stride)


class PreBasic(PreActivated):
    """The basic block with pre-activation (Identity Mappings, Figure 4e)."""

    layers, widens = 2, 1

    def __init__(self, inputs: int, channels: int, stride: int = 1, kind: str = "A"):
        branch = nn.Sequential(*two(inputs, channels, stride))
        past = shortcut(kind, inputs, channels, stride, normalized=False)
        super().__init__(inputs, branch, past, channels)


class PreBottleneck(PreActivated):
    """The bottleneck with pre-activation, of which ResNet-164 and ResNet-1001 are made."""

    layers, widens = 3, 4

    def __init__(self, inputs: int, channels: int, stride: int = 1, kind: str = "B"):
        outputs, branch = 4 * channels, nn.Sequential(*three(inputs, channels, stride))
        past = shortcut(kind, inputs, outputs, stride, normalized=False)
        super().__init__(inputs, branch, past, outputs)


def stage(
    block: type[Residual], inputs: int, channels: int, blocks: int, stride: int, kind: str
) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels * block.widens, H/stride, W/stride)."""
    outputs = channels * block.widens
    # the first block has the stride
    later = (block(outputs, channels, 1, kind) for _ in range(blocks - 1))
    return nn.Sequential(block(inputs, channels, stride, kind), *later)


class ResNet(nn.Module):
    """(N, inputs, H, W) -> (N, classes): a stem, stages of blocks, the mean of each map, linear.

    `stem` puts out `channels[0]` maps. Every stage but the first halves the maps' sides. Pictures
    may be of any size. Weights start as `start.he` draws them.
    """

    def __init__(
        self,
        stem: nn.Module,
        block: type[Residual],
        blocks: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        shortcut: str = "B",
    ):
        super().__init__()
        self.stem, self.stages = stem, nn.Sequential()
        inputs = channels[0]
        for number, (count, width) in enumerate(zip(blocks, channels, strict=True)):
            self.stages.append(stage(block, inputs, width, count, 2 if number else 1, shortcut))
            inputs = width * block.widens
        self.last = activation(inputs) if issubclass(block, PreActivated) else nn.Identity()
        self.fc = nn.Linear(inputs, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of ResNet-50 and 224x224 pictures
        x = self.stem(x)  # (N, 64, 56, 56)
        x = self.stages(x)  # (N, 256, 56, 56), (N, 512, 28, 28), 1024 and 14, (N, 2048, 7, 7)
        x = self.last(x)  # (N, 2048, 7, 7)
        x = x.mean((2, 3))  # (N, 2048)
        return self.fc(x)  # (N, classes)


# Table 1: the block, and how many of it in conv2_x, conv3_x, conv4_x and conv5_x
TABLE_1 = {18: (Basic, (2, 2, 2, 2)), 34: (Basic, (3, 4, 6, 3)), 50: (Bottleneck, (3, 4, 6, 3))}
TABLE_1 |= {101: (Bottleneck, (3, 4, 23, 3)), 152: (Bottleneck, (3, 8, 36, 3))}
CHANNELS = (64, 128, 256, 512)
CIFAR_CHANNELS = (16, 32, 64)

# The last row of Table 1: 1e9 multiply-adds for one picture of 224x224. The nets built here have
# as many, rounded, with option B (ResNet-34 with A: 3.64). But ResNet-50 has 3.86, as the paper on
# squeeze-and-excitation says too; only cut off it is the 3.8 of Table 1.
GIGA = {18: 1.8, 34: 3.6, 50: 3.8, 101: 7.6, 152: 11.3}


def resnet(depth: int = 50, classes: int = 1000, shortcut: str = "B") -> ResNet:
    """ResNet-18, 34, 50, 101 or 152 for ImageNet; with `shortcut="none"` the plain net.

    At 1,000 classes: 11,689,512, 21,797,672, 25,557,032, 44,549,160, 60,192,808 parameters.
    """
    block, blocks = TABLE_1[depth]
    stem = nn.Sequential(conv(3, 64, 7, 2), *activation(64), nn.MaxPool2d(3, 2, padding=1))
    return ResNet(stem, block, blocks, CHANNELS, classes, shortcut)


def cifar(
    depth: int = 20,
    classes: int = 10,
    shortcut: str = "A",
    block: type[Residual] = Basic,
    channels: Sequence[int] = CIFAR_CHANNELS,
    inputs: int = 3,
) -> ResNet:
    """The nets of section 4.2 for small pictures: 6n + 2 layers (9n + 2 with bottlenecks).

    ResNet-20, 32, 56 and 110 have 269,722, 464,154, 853,018 and 1,727,962 parameters. `shortcut`
    may be "none" and `block` pre-activated. Raises ValueError for another depth.
    """
    blocks, rest = divmod(depth - 2, 3 * block.layers)
    if blocks < 1 or rest:
        right = f"{3 * block.layers}n + 2 layers"
        raise ValueError(f"Three stages of {block.__name__} blocks have {right}, not {depth}.")
    stem = nn.Sequential(conv(inputs, channels[0], 3))
    if not issubclass(block, PreActivated):
        stem.extend(activation(channels[0]))
    return ResNet(stem, block, (blocks,) * len(channels), channels, classes, shortcut)
