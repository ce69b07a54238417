"""Squeeze-and-excitation: a small net weighs the channels, from what each sees on average.

Source: Hu, Shen and Sun, Squeeze-and-Excitation Networks, 2018, sections 3 and 4.
"""

from torch import Tensor, nn

from utils.models.resnet import Residual, ResNet, resnet
from utils.models.start import he


class SqueezeExcitation(nn.Module):
    """(N, channels, H, W) -> the same shape, every map times a number between 0 and 1.

    The two layers meet in channels/ratio units, at least one; `ratio` is the paper's r.
    """

    def __init__(self, channels: int, ratio: int = 16):
        super().__init__()
        narrow = max(1, channels // ratio)
        squeeze, widen = nn.Linear(channels, narrow), nn.Linear(narrow, channels)
        self.excite = nn.Sequential(squeeze, nn.ReLU(), widen, nn.Sigmoid())
        he(self)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = x.mean((2, 3))  # (N, channels)
        scale = self.excite(squeezed)  # (N, channels)
        return x * scale[:, :, None, None]  # (N, channels, H, W)


def excited(net: nn.Module, ratio: int = 16) -> nn.Module:
    """`net`, changed in place: each residual branch ends in squeeze-and-excitation (Figure 3)."""
    for block in net.modules():
        if isinstance(block, Residual):
            weight = next(block.branch.parameters())
            block.branch.append(SqueezeExcitation(block.outputs, ratio).to(weight))
    return net


def se_resnet(depth: int = 50, classes: int = 1000, ratio: int = 16) -> ResNet:
    """SE-ResNet-50 (28,088,024 parameters at 1,000 classes), or a depth of `resnet.TABLE_1`."""
    return excited(resnet(depth, classes), ratio)
