"""AlexNet, in one tower or with the groups of the original's two GPUs.

Source: Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural
Networks, 2012, section 3 and Figure 2.
"""

from typing import NamedTuple

from torch import Tensor, nn

from utils.models.input_size import demand


class Stage(NamedTuple):
    """A convolution with ReLU. `split`: a GPU sees its own maps; `pooled`: max pooling follows."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    split: bool = False
    normalized: bool = False
    pooled: bool = False
    bias: float = 0.0


# Section 3.5; padding and the biases' start (section 5) from the text and the sizes of Figure 2
STAGES = (
    Stage(96, 11, stride=4, normalized=True, pooled=True),
    Stage(256, 5, padding=2, split=True, normalized=True, pooled=True, bias=1.0),
    Stage(384, 3, padding=1),
    Stage(384, 3, padding=1, split=True, bias=1.0),
    Stage(256, 3, padding=1, split=True, pooled=True, bias=1.0),
)


def stage(inputs: int, row: Stage, groups: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, row.channels, H', W')."""
    groups = groups if row.split else 1
    conv = nn.Conv2d(inputs, row.channels, row.kernel, row.stride, row.padding, groups=groups)
    layers = [_started(conv, row.bias), nn.ReLU()]
    if row.normalized:  # section 3.3: alpha = 1e-4, but PyTorch divides its alpha by n = 5
        layers.append(nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2))
    if row.pooled:  # section 3.4: windows of 3 every 2 pixels
        layers.append(nn.MaxPool2d(3, 2))
    return nn.Sequential(*layers)


class AlexNet(nn.Module):
    """(N, 3, size, size) -> (N, classes).

    The paper says 224 pixels, but its convolution of 11 pixels every 4 without padding then gives
    54 maps a side, not the 55 it prints: (224 - 11)/4 is no whole number. With 227 it is 55.
    PyTorch's dropout doubles what it keeps in training; the paper halves the outputs at test time.
    """

    def __init__(self, classes: int = 1000, groups: int = 1, size: int = 227, hidden: int = 4096):
        super().__init__()
        self.side = maps_side(size)
        inputs = (3, *(row.channels for row in STAGES))
        for number, row in enumerate(STAGES, 1):
            setattr(self, f"conv{number}", stage(inputs[number - 1], row, groups))
        features = STAGES[-1].channels * self.side**2
        first, second = (_started(nn.Linear(n, hidden), 1.0) for n in (features, hidden))
        self.fc6 = nn.Sequential(nn.Flatten(), nn.Dropout(), first, nn.ReLU())
        self.fc7 = nn.Sequential(nn.Dropout(), second, nn.ReLU())
        self.fc8 = _started(nn.Linear(hidden, classes), 0.0)

    def forward(self, x: Tensor) -> Tensor:  # shapes of 227x227 pictures
        smallest = 67 + 32 * (self.side - 1)
        demand(x, "AlexNet", smallest, smallest + 31)
        x = self.conv1(x)  # (N, 96, 27, 27), the convolution itself 55x55
        x = self.conv2(x)  # (N, 256, 13, 13)
        x = self.conv3(x)  # (N, 384, 13, 13)
        x = self.conv4(x)  # (N, 384, 13, 13)
        x = self.conv5(x)  # (N, 256, 6, 6)
        x = self.fc6(x)  # (N, 4096)
        x = self.fc7(x)  # (N, 4096)
        return self.fc8(x)  # (N, classes)


def maps_side(size: int) -> int:
    """The side of the last maps for pictures of `size`; 227 gives 6. ValueError below 67."""
    if size < 67:
        small = f"{size}x{size} leaves nothing to pool"
        raise ValueError(f"AlexNet needs pictures of at least 67x67 pixels; {small}.")
    return (size - 67) // 32 + 1


def _started(layer: nn.Conv2d | nn.Linear, bias: float):
    """The layer, with weights and biases as section 5 starts them."""
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.constant_(layer.bias, bias)
    return layer


def alexnet(classes: int = 1000, groups: int = 1, size: int = 227) -> AlexNet:
    """AlexNet in one tower (62,378,344 parameters at 1,000 classes); `groups=2`: 60,965,224."""
    return AlexNet(classes, groups, size)
