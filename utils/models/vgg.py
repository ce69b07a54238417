"""VGG: nothing but 3x3 convolutions and 2x2 pooling, 11 to 19 layers deep.

Source: Simonyan and Zisserman, Very Deep Convolutional Networks, 2015, Table 1.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from utils.models.input_size import demand
from utils.models.start import he

# Table 1, columns A, B, D and E: convolutions in each stage. Every stage ends in pooling.
CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
CHANNELS = (64, 128, 256, 512, 512)


def stage(inputs: int, channels: int, convolutions: int) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, channels, H/2, W/2)."""
    layers = []
    for _ in range(convolutions):
        layers += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()]
        inputs = channels
    return nn.Sequential(*layers, nn.MaxPool2d(2))


class VGG(nn.Module):
    """(N, inputs, size, size) -> (N, classes): a stage a number in `convolutions`, three linear.

    Weights start as He et al. propose (`start.he`), which the paper did not know yet: it started
    the deeper nets from a trained net A. Raises ValueError if `size` is too small for the stages.
    """

    def __init__(
        self,
        convolutions: Sequence[int],
        channels: Sequence[int] = CHANNELS,
        classes: int = 1000,
        inputs: int = 3,
        size: int = 224,
        hidden: int = 4096,
    ):
        super().__init__()
        self.shrinks = 2 ** len(convolutions)
        self.side = size // self.shrinks
        if self.side == 0:
            needs = f"pictures of at least {self.shrinks}x{self.shrinks}"
            raise ValueError(f"A VGG of {len(convolutions)} stages needs {needs}, not {size}.")
        sources = (inputs, *channels[:-1])
        self.names = [f"stage{number}" for number in range(1, len(convolutions) + 1)]
        for name, *row in zip(self.names, sources, channels, convolutions, strict=True):
            self.add_module(name, stage(*row))
        first = nn.Linear(channels[-1] * self.side**2, hidden)
        self.fc1 = nn.Sequential(nn.Flatten(), first, nn.ReLU(), nn.Dropout())
        self.fc2 = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout())
        self.fc3 = nn.Linear(hidden, classes)
        he(self)

    def forward(self, x: Tensor) -> Tensor:  # shapes of Table 1
        smallest = self.side * self.shrinks
        demand(x, "VGG", smallest, smallest + self.shrinks - 1)
        for name in self.names:
            # (N, 64, 112, 112), (N, 128, 56, 56), (N, 256, 28, 28), (N, 512, 14, 14 and 7, 7)
            x = getattr(self, name)(x)
        x = self.fc1(x)  # (N, 4096)
        x = self.fc2(x)  # (N, 4096)
        return self.fc3(x)  # (N, classes)


def vgg(depth: int = 16, classes: int = 1000) -> VGG:
    """VGG-11, 13, 16 (138,357,544 parameters at 1,000 classes) or 19 (143,667,240) for 224x224."""
    return VGG(CONVOLUTIONS[depth], classes=classes)
