"""What several exercises of notebook 12 use."""

import itertools

import torch
from torch import nn

from checker.exercise import normal
from utils.models import resnet


class Squeezed(nn.Module):
    """(N, 1, H, W) -> (N, 2).

    Neither its place nor its shape tells the head: it comes first, and another layer is as large
    and has a name like it.
    """

    def __init__(self):
        super().__init__()
        self.fc, self.fc_gate = nn.Linear(2, 2), nn.Linear(2, 2)
        self.conv, self.norm = nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.norm(self.conv(x)).relu()
        x = x * self.fc_gate(x.mean((2, 3)))[:, :, None, None]
        return self.fc(self.drop(x.mean((2, 3))))


def small(rng, classes=4, blocks=(1, 1)):
    """A ResNet of two stages, every number in it drawn anew."""
    stem = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU())
    return drawn(rng, resnet.ResNet(stem, resnet.Basic, blocks, (2, 3), classes))


def drawn(rng, net):
    with torch.no_grad():
        for name, tensor in itertools.chain(net.named_parameters(), net.named_buffers()):
            if tensor.is_floating_point():
                value = normal(rng, *tensor.shape)
                tensor.copy_(value.square() + 0.5 if name.endswith("var") else value)
    return net


def training(net, *parts):
    """The net, only the parts with one of these beginnings training."""
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name.startswith(parts))
    return net
