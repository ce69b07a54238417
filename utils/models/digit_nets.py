"""Two nets for 28x28 digits: that of most first tutorials, and one that is as good in less time.

Source of the first: the MNIST example of PyTorch (github.com/pytorch/examples, folder mnist).
"""

import torch
from torch import nn


def recipe() -> nn.Sequential:
    """Two 3x3 convolutions at full resolution, dropout, 128 units: (N, 1, 28, 28) -> (N, 10)."""
    convolutions = nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()
    pooled = nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()  # (N, 9216)
    hidden = nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5)
    return nn.Sequential(*convolutions, *pooled, *hidden, nn.Linear(128, 10))


def quick(channels=(16, 32, 64, 64), classes: int = 10) -> nn.Sequential:
    """Small at once, batch norm, a global maximum, no hidden units.

    (N, 1, 28, 28) -> (N, classes); `channels` are those of the four convolutions.
    """
    first, second, third, last = channels
    net = nn.Sequential(
        *layer(1, first, 5, stride=2, padding=2),  # (N, 16, 14, 14)
        *layer(first, second, 3, padding=1),
        nn.MaxPool2d(2),  # (N, 32, 7, 7)
        *layer(second, third, 3),  # (N, 64, 5, 5)
        *layer(third, last, 3),  # (N, 64, 3, 3)
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),  # (N, 64)
        nn.Linear(last, classes),
    )
    # channels last in memory: faster on processors, the same result
    return net.to(memory_format=torch.channels_last)


def layer(channels: int, filters: int, kernel: int, **where: int) -> tuple[nn.Module, ...]:
    """Batch norm has a shift of its own, so the convolution has no bias."""
    conv = nn.Conv2d(channels, filters, kernel, bias=False, **where)
    return conv, nn.BatchNorm2d(filters), nn.ReLU()
